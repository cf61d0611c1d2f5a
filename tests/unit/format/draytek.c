/* draytek.c - DrayTek's images and the file system of their web server. */
#include "unit/format/header_cases.h"

enum { LZ4, LZO, LINUX, PFS, PFS_BIG, MODULES };

static const struct header_case cases[] = {
	{ .format = "draytek", .file = "good-lz4.draytek", .label = "LZ4", .parts = 4 },
	{ .format = "draytek", .file = "good-lzo.draytek", .label = "LZO", .parts = 3 },
	{ .format = "draytek-linux",
	  .file = "good-linux.draytek",
	  .label = "ChaCha20",
	  .parts = 1 },
	{ .format = "pfs", .file = "good.pfs", .label = "4 files", .parts = 4 },
	{ .format = "pfs", .file = "good-40-big.pfs", .label = "4 files", .parts = 4 },
	{ .format = "pfs", .file = "good-modules.pfs", .label = "1 files, XTEA", .parts = 1 },
};

HEADER_CASES(cases)

static void unpacks_the_program_and_the_files(void **state)
{
	(void)state;
	for (size_t i = LZ4; i <= LZO; i++) {
		struct sink web;
		struct opened o;

		case_holds_text(&cases[i], "/program", 1);
		sink_init(&web, NULL, CASE_CONTENT);
		case_content(&cases[i], "/web", &web);
		opened_init(&o, format_named("pfs"), sink_span(&web));
		assert_int_equal(o.l.count, 2);
		assert_non_null(opened_entry(&o, "/img/logo.gif"));
		opened_free(&o);
		sink_free(&web);
	}
}

static void finds_the_mark_at_a_multiple_of_four(void **state)
{
	struct span in = case_read(&cases[LZ4]);
	struct opened o;

	(void)state;
	memcpy(sample_bytes(in) + 257, "\xa5\x5a\xa5\x5a", 4);
	opened_init(&o, format_named("draytek"), in);
	assert_int_equal(opened_entry(&o, "/loader")->length, 0x84);
	opened_free(&o);
	sample_free(in);
}

static void reads_either_table_of_files(void **state)
{
	(void)state;
	for (size_t i = PFS; i <= PFS_BIG; i++) {
		case_holds_text(&cases[i], "/js/a.js", 1);
		case_holds_text(&cases[i], "/b.js", 1);
	}
}

static void gives_what_only_looks_packed_as_it_is(void **state)
{
	struct span in = case_read(&cases[PFS]);
	const struct entry *e;
	struct opened o;
	struct sink out;

	(void)state;
	memcpy(sample_bytes(in) + 16 + 4 * 44 + 80 - 3, "\x11\x00\x00", 3);
	sink_init(&out, NULL, CASE_CONTENT);
	opened_init(&o, format_named("pfs"), in);
	e = opened_entry(&o, "/index.htm");
	assert_false(e->stored);
	assert_int_equal(opened_load(&o, e, &out, CASE_CONTENT).kind, FAULT_NONE);
	assert_int_equal(out.n, 80);
	assert_memory_equal(out.p, in.p + 16 + 4 * 44, 80);
	opened_free(&o);
	sink_free(&out);
	sample_free(in);
}

static void says_what_is_encrypted(void **state)
{
	(void)state;
	for (size_t i = LINUX; i <= MODULES; i += MODULES - LINUX) {
		struct span in = case_read(&cases[i]);
		struct opened o;

		opened_init(&o, format_named(cases[i].format), in);
		assert_true(o.l.entries[0].encrypted);
		opened_free(&o);
		sample_free(in);
	}
}

static void tells_damage(void **state)
{
	(void)state;
	case_tells_damage(&cases[LZ4], 20, 1, "sum of a section");
	case_tells_damage(&cases[LZO], 990, 1, "sum of a section");
	case_tells_damage(&cases[PFS], 16 + 4 * 44 + 80 + 90 + 5, 0x80, "LZ4 block");
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	(void)state;
	case_refuses(&cases[LZ4], 2);
	case_refuses(&cases[LZO], 0x186); /* mark */
	case_refuses(&cases[LINUX], 22);
	case_refuses(&cases[PFS], 16 + 30); /* behind a name */
	case_refuses(&cases[PFS], 16 + 44 + 37);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(unpacks_the_program_and_the_files),
		cmocka_unit_test(finds_the_mark_at_a_multiple_of_four),
		cmocka_unit_test(reads_either_table_of_files),
		cmocka_unit_test(gives_what_only_looks_packed_as_it_is),
		cmocka_unit_test(says_what_is_encrypted),
		cmocka_unit_test(tells_damage),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
