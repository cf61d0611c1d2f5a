/* broadband.c - headers of Realtek, Broadcom, Sagemcom and Technicolor. */
#include "unit/format/header_cases.h"

enum { KERNEL, WEB, OLD, RTK, MIPS, ARM, BCM_KERNEL, GSDF, BLI };

static const struct header_case cases[] = {
	{ .format = "realtek",
	  .file = "good-kernel.realtek",
	  .label = "cs6c for flash 0x60000",
	  .parts = 1 },
	{ .format = "realtek",
	  .file = "good-web.realtek",
	  .label = "w6cg for flash 0x10000",
	  .parts = 1 },
	{ .format = "realtek-old",
	  .file = "good-old.realtek",
	  .label = "csys for flash 0x30000",
	  .parts = 1 },
	{ .format = "realtek-rtk",
	  .file = "good.rtk",
	  .label = "RTK0",
	  .parts = 1,
	  .open_end = true },
	{ .format = "bcm-flash",
	  .file = "good-mips.wfi",
	  .label = "BCM63268 NAND 128K",
	  .parts = 2,
	  .open_end = true },
	{ .format = "bcm-flash",
	  .file = "good-arm.wfi",
	  .label = "BCM4908 NAND 128K",
	  .parts = 2,
	  .open_end = true },
	{ .format = "bcm-kernel",
	  .file = "good.bcmkernel",
	  .label = "LZMA, for 0x80000",
	  .parts = 1 },
	{ .format = "gsdf",
	  .file = "good.gsdf",
	  .label = "payload 0x1000, RSA signature, FAST5355",
	  .parts = 3 },
	{ .format = "bli",
	  .file = "good.bli",
	  .label = "AES-128, RSA signature, QH BANT-R SpeedTouch 780",
	  .parts = 1 },
};

HEADER_CASES(cases)

static void keeps_parts_when_a_checksum_is_wrong(void **state)
{
	(void)state;
	case_tells_damage(&cases[KERNEL], 100, 1, "sum of the payload");
	case_tells_damage(&cases[WEB], 100, 1, "sum of the payload");
	case_tells_damage(&cases[OLD], 50, 1, "sum of the payload");
	case_tells_damage(&cases[MIPS], 10, 1, "CRC-32 of the image");
	case_tells_damage(&cases[ARM], 10, 1, "CRC-32 of the image");
	case_tells_damage(&cases[GSDF], 800, 1, "SHA-256 of the data");
	case_tells_damage(&cases[GSDF], 0x185, 1, "SHA-256 under the signature");
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	(void)state;
	case_refuses(&cases[KERNEL], 11); /* address in flash */
	case_refuses(&cases[KERNEL], 12); /* length */
	case_refuses(&cases[RTK], 5);
	case_refuses(&cases[MIPS], 400 + 6);  /* version */
	case_refuses(&cases[ARM], 400 + 12);  /* type of flash */
	case_refuses(&cases[BCM_KERNEL], 11); /* length */
	case_refuses(&cases[GSDF], 40);       /* name, under the hash */
	case_refuses(&cases[BLI], 42);        /* size of the header */
}

static void names_parts_in_the_order_of_their_places(void **state)
{
	struct span in = case_read(&cases[GSDF]);
	struct opened o;

	(void)state;
	opened_init(&o, format_named("gsdf"), in);
	assert_int_equal(opened_entry(&o, "/rootfs")->offset, 0x2e0);
	assert_int_equal(opened_entry(&o, "/kernel")->offset, 0x2e0 + 120);
	assert_int_equal(opened_entry(&o, "/root\\x20certificate")->length, 28);
	opened_free(&o);
	sample_free(in);
}

static void tells_a_part_inside_another(void **state)
{
	struct span in = case_read(&cases[GSDF]);
	uint8_t *p = sample_bytes(in);
	struct opened o;

	(void)state;
	for (size_t at = 0x60; at < 0x160; at += 16) /* what begins at 0x358 begins earlier */
		if (p[at + 6] == 0x03 && p[at + 7] == 0x58)
			p[at + 7] = 0x50;
	sha256_of(span_head(in, 0x160), p + 0x160);
	opened_init(&o, format_named("gsdf"), in);
	assert_int_equal(o.l.count, cases[GSDF].parts - 1);
	assert_string_equal(o.l.fault.what, "offset of a part");
	opened_free(&o);
	sample_free(in);
}

static void knows_a_foot_alone(void **state)
{
	struct span in = case_read(&cases[MIPS]);
	struct opened o;

	(void)state;
	opened_init(&o, format_named("bcm-flash"), span_from(in, 400));
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 1);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

static void says_what_is_encrypted(void **state)
{
	struct span in = case_read(&cases[BLI]);
	struct opened o;

	(void)state;
	opened_init(&o, format_named("bli"), in);
	assert_true(o.l.entries[0].encrypted);
	assert_int_equal(o.l.entries[0].size, 300);
	opened_free(&o);
	sample_free(in);
}

/* Netgear's WNR2000v3 asks for "2003". */
static void believes_any_magic_under_a_right_crc(void **state)
{
	struct span in = sample_read("headers/good-kernel.uimage");
	const struct format *altered = format_named("uimage-altered");
	uint8_t *p = sample_bytes(in);
	struct found f = { 0 };
	uint32_t crc;

	(void)state;
	memcpy(p, "2003\0\0\0\0", 8);
	crc = crc32_of(span_head(in, 64));
	for (int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(crc >> (24 - 8 * i));
	assert_int_equal(altered->probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, in.n);
	assert_string_equal(f.label, "mips kernel none, altered magic, MIPS Linux-6.1");
	p[0] ^= 1;
	assert_int_not_equal(altered->probe(in, &f).kind, FAULT_NONE);
	sample_free(in);
}

/* 0xff eight times and zeros have a right CRC too. */
static void believes_no_header_of_filler(void **state)
{
	uint8_t filler[64] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct found f = { 0 };

	(void)state;
	assert_int_not_equal(format_named("uimage-altered")
				     ->probe((struct span){ filler, sizeof(filler) }, &f)
				     .kind,
			     FAULT_NONE);
}

static const struct header_case kernels[] = {
	{ .format = "bcm-lzma", .file = "good-mark.bcmlzma" },
	{ .format = "bcm-lzma", .file = "good-length.bcmlzma" },
};

static void unpacks_a_kernel_with_and_without_end_mark(void **state)
{
	char text[2048];
	size_t n = case_text(text, sizeof(text));

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = case_read(&kernels[i]);
		struct opened o;
		struct sink out;

		sink_init(&out, NULL, CASE_CONTENT);
		assert_int_equal(case_load_stream("bcm-lzma", &o, in, &out).kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.found.label, "for 0x80010000, entry 0x80010470");
		assert_int_equal(out.n, 2000 + n);
		assert_memory_equal(out.p + 2000, text, n);
		opened_free(&o);
		sink_free(&out);
		sample_free(in);
	}
}

static void tells_every_cut_of_a_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = case_read(&kernels[i]);
		struct guarded g = guarded_new(in.n);
		struct sink out;

		sink_init(&out, NULL, CASE_CONTENT);
		for (size_t n = 0; n < in.n; n++) {
			struct opened o;

			assert_int_not_equal(case_load_stream("bcm-lzma", &o,
							      guarded_copy(g, span_head(in, n)),
							      &out)
						     .kind,
					     FAULT_NONE);
			opened_free(&o);
		}
		sink_free(&out);
		guarded_free(g);
		sample_free(in);
	}
}

static void refuses_what_is_no_kernel(void **state)
{
	static const size_t places[] = { 4, 8, 15, 17 };

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		case_refuses(&kernels[0], places[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(keeps_parts_when_a_checksum_is_wrong),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
		cmocka_unit_test(names_parts_in_the_order_of_their_places),
		cmocka_unit_test(tells_a_part_inside_another),
		cmocka_unit_test(knows_a_foot_alone),
		cmocka_unit_test(says_what_is_encrypted),
		cmocka_unit_test(unpacks_a_kernel_with_and_without_end_mark),
		cmocka_unit_test(tells_every_cut_of_a_kernel),
		cmocka_unit_test(refuses_what_is_no_kernel),
		cmocka_unit_test(believes_any_magic_under_a_right_crc),
		cmocka_unit_test(believes_no_header_of_filler),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
