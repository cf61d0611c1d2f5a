/* zyxel.c - ZyXEL's headers: RAS, ZLD, ZyNOS and its configuration memory. */
#include "unit/format/header_cases.h"

enum { RAS, ZLD, ZYNOS, ZYNOS_SHORT, ZYNOS_IMAGE, ROMDIR };

static const struct header_case cases[] = {
	{ .format = "zyxel-ras",
	  .file = "good.ras",
	  .label = "NBG6617 V1.00(ABCT.2)C0",
	  .parts = 2,
	  .hole = 2048,
	  .size = 63488 },
	{ .format = "zyxel-zld", .file = "good.zld", .label = "NWA5121-NI", .parts = 3 },
	{ .format = "zynos",
	  .file = "good.zynos",
	  .label = "type 4, packed, 3.40(FN.0)C0",
	  .parts = 1 },
	{ .format = "zynos",
	  .file = "odd-short.zynos",
	  .label = "type 4, packed, 3.40(FN.0)C0",
	  .parts = 1 },
	{ .format = "zynos", .file = "good-image.zynos", .label = "type 3", .parts = 4 },
	{ .format = "zynos-romdir",
	  .file = "good.romdir",
	  .label = "block 2, 3 files",
	  .parts = 3 },
};

HEADER_CASES(cases)

static void keeps_parts_when_a_checksum_is_wrong(void **state)
{
	(void)state;
	case_tells_damage(&cases[RAS], 65536 + 10, 1, "sum of a part");
	case_tells_damage(&cases[RAS], 65536 + 400, 1, "sum of a part");
	case_tells_damage(&cases[ZLD], 1961 - 300, 1, "checksum of a file");
	case_tells_damage(&cases[ZLD], 60, 1, "checksum of the archive");
	case_tells_damage(&cases[ZYNOS], 100, 1, "sum of the object");
	case_tells_damage(&cases[ZYNOS], 21, 1, "sum of the plain bytes");
	case_tells_damage(&cases[ZYNOS_IMAGE], 60, 1, "sum of the object");
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	(void)state;
	case_refuses(&cases[RAS], 1000); /* filler */
	case_refuses(&cases[RAS], 20);   /* version, under the sum */
	case_refuses(&cases[ZLD], 29);
	case_refuses(&cases[ZLD], 33);
	case_refuses(&cases[ZYNOS], 19);
	case_refuses(&cases[ZYNOS], 45);
	case_refuses(&cases[ZYNOS], 38); /* behind the NUL of the version */
	case_refuses(&cases[ROMDIR], 3);
	case_refuses(&cases[ROMDIR], 26 + 18); /* offset of a file */
}

static void unpacks_lzma_with_either_size(void **state)
{
	(void)state;
	case_holds_text(&cases[ZYNOS], "/object", 1);
	case_holds_text(&cases[ZYNOS_SHORT], "/object", 1);
}

static void names_objects_by_the_memory_map(void **state)
{
	struct span in = case_read(&cases[ZYNOS_IMAGE]);
	struct opened o;

	(void)state;
	opened_init(&o, format_named("zynos"), in);
	assert_int_equal(opened_entry(&o, "/BootExt")->offset, 48);
	assert_true(opened_entry(&o, "/MemMapT")->owned);
	assert_int_equal(opened_entry(&o, "/termcap")->offset, 0x300);
	assert_int_equal(opened_entry(&o, "/RasCode")->offset, 0x340);
	opened_free(&o);
	sample_bytes(in)[0x103] ^= 1; /* its address: then it is no map, and the payload one part */
	opened_init(&o, format_named("zynos"), in);
	assert_int_equal(o.l.count, 1);
	assert_int_equal(o.l.entries[0].length, in.n - 48);
	opened_free(&o);
	sample_free(in);
}

static void unpacks_chunks_over_one_window(void **state)
{
	(void)state;
	case_holds_text(&cases[ROMDIR], "/spt.dat", 2);
}

static void takes_no_lzs_distance_before_the_start(void **state)
{
	(void)state;
	/* the first bit of the first chunk says literal */
	case_tells_damage(&cases[ROMDIR], 6 + 60 + 0x30 + 16, 0x80, "LZS distance");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(keeps_parts_when_a_checksum_is_wrong),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
		cmocka_unit_test(unpacks_lzma_with_either_size),
		cmocka_unit_test(names_objects_by_the_memory_map),
		cmocka_unit_test(unpacks_chunks_over_one_window),
		cmocka_unit_test(takes_no_lzs_distance_before_the_start),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
