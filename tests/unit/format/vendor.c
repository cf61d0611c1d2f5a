/* vendor.c - headers of vendors: which parts they give, which damage they tell, and that no cut of
 * them reads too far. */
#include "format/sums.h"
#include "unit/format/header_table.h"

#define V "vendor/"

/* What a cut leaves may be whole: a TRX tells of itself, without the eight bytes behind it a
 * signature is no bundle's, and the sum of an image without a length is one byte; OpenWrt's
 * metadata stand without a signature too. A text is whole without the end of its last line. */
static const struct header_sample samples[] = {
	{ "chk", V "good.chk", "U12H072T00_NETGEAR", .parts = 2 },
	{ "dni", V "good.dni", "WNR2000v5 V1.0.0.34", .parts = 2, .open_end = true,
	  .may_be_whole = true },
	{ "seama", V "good.seama", "wrgn49_dlob_dir300b5", .parts = 2 },
	{ "packimg", V "good.packimg", "", .parts = 1 },
	{ "cybertan", V "good.cybertan", "NL16 1.2.3 of 2017-07-14", .parts = 1,
	  .may_be_whole = true },
	{ "tplink-rtos", V "good.img0", "", .parts = 1, .may_be_whole = true },
	{ "img0", V "good-inner.img0", "", .parts = 1 },
	{ "fwtool-trailer", V "good.fwtooltrailer", "signature", .parts = 0 },
	{ "zte-mark", V "good.ztemark", "ZXHN H298A V1.0", .parts = 1, .open_end = true,
	  .may_be_whole = true },
	{ "memfs", V "good.memfs", "2 files", .parts = 2 },
	{ "kwbimage", V "good.kwb", "version 0, boots from NAND", .parts = 3, .behind = 8 },
	{ "zigbee-ota", V "good.ota", "maker 117c type 11c2 version 23028631 EBL acme",
	  .parts = 3 },
	{ "esp", V "good-8266.esp", "ESP8266, 2 segments, entry 0x40100004", .parts = 4 },
	{ "esp", V "good-32.esp", "ESP32, 2 segments, entry 0x40100004", .parts = 4 },
	{ "cms", V "good.cms", "signature of a RAUC bundle", .parts = 2, .may_be_whole = true },
	{ "ihex", V "good.hex", "", .parts = 1, .open_end = true, .untold = 2 },
	{ "ihex", V "odd-split.hex", "", .parts = 2, .open_end = true, .untold = 2 },
	{ "srec", V "good.srec", "good.srec", .parts = 1, .open_end = true, .untold = 2 },
	{ "safeloader", V "good.safeloader", "", .parts = 6 },
	{ "tplink2", V "good.tplink3", "header v3, 1.0", .parts = 2, .open_end = true },
	{ "fwtool", V "good.fwtool", "metadata and signature", .parts = 4, .may_be_whole = true },
	{ "ubnt", V "good.ubnt", "XM.ar7240.v5.5.0-Acme", .parts = 4 },
	{ "zytrx", V "good.zytrx", "NR7101 1.00(ABUV.0)D0", .parts = 1 },
	{ "u-boot-env", V "good.env", "single", .parts = 1 },
	{ "u-boot-env", V "good-redundant.env", "redundant", .parts = 1 },
	{ "wrgg", V "good.wrg", "WRG wrgn49", .parts = 1 },
	{ "wrgg", V "good.wrgg", "WRGG03 wapac02_dkbs_dap2695", .parts = 1 },
	{ "bcm-tag", V "good.bcmtag", "BCM6328 96328avng", .parts = 1 },
};

static const struct header_change changes[] = {
	{ "chk", V "good.chk", 100, "checksum of the kernel" },
	{ "chk", V "good.chk", 700, "checksum of the root file system" },
	{ "dni", V "good.dni", 300, "sum of bytes" },
	{ "seama", V "good.seama", 300, "MD5" },
	{ "kwbimage", V "good.kwb", 0x210, "checksum of the data" },
	{ "esp", V "good-8266.esp", 30, "XOR of the segments" },
	{ "esp", V "good-32.esp", 150, "SHA-256" },
	{ "safeloader", V "good.safeloader", 9000, "MD5" },
	{ "tplink2", V "good.tplink3", 700, "length" },
	{ "ubnt", V "good.ubnt", 400, "CRC-32 of a part" },
	{ "ubnt", V "good.ubnt", 1209 - 8, "CRC-32 of the image" },
	{ "zytrx", V "good.zytrx", 500, "CRC-32 of the payload" },
	{ "wrgg", V "good.wrg", 400, "MD5" },
	{ "wrgg", V "good.wrgg", 400, "MD5" },
	{ "bcm-tag", V "good.bcmtag", 400, "CRC-32 of the image" },
	{ "img0", V "good-inner.img0", 5, NULL },
	{ "fwtool-trailer", V "good.fwtooltrailer", 9, NULL },
	{ "zte-mark", V "good.ztemark", 8, NULL },
	{ "chk", V "good.chk", 10, NULL },           /* under the header's checksum */
	{ "dni", V "good.dni", 100, NULL },          /* behind the lines */
	{ "seama", V "good.seama", 8, NULL },        /* size of the seal */
	{ "packimg", V "good.packimg", 25, NULL },   /* zeros */
	{ "cybertan", V "good.cybertan", 9, NULL },  /* month */
	{ "cybertan", V "good.cybertan", 32, NULL }, /* TRX */
	{ "tplink-rtos", V "good.img0", 25, NULL },  /* length */
	{ "memfs", V "good.memfs", 35, NULL },       /* version */
	{ "memfs", V "good.memfs", 88, NULL },       /* offset of a file */
	{ "kwbimage", V "good.kwb", 0x20 - 1, NULL },
	{ "zigbee-ota", V "good.ota", 6, NULL },
	{ "esp", V "good-8266.esp", 1, NULL },
	{ "esp", V "good-32.esp", 27, NULL }, /* address of a segment */
	{ "cms", V "good.cms", 3, NULL },     /* outer length */
	{ "ihex", V "good.hex", 12, NULL },
	{ "srec", V "good.srec", 12, NULL },
	{ "safeloader", V "good.safeloader", 0x1016, NULL },
	{ "tplink2", V "good.tplink3", 0x8c, NULL },
	{ "fwtool", V "good.fwtool", 8 + 88 + 15, NULL }, /* length in the trailer */
	{ "ubnt", V "good.ubnt", 20, NULL },              /* version, under the CRC */
	{ "bcm-tag", V "good.bcmtag", 64, NULL },         /* length, under the CRC */
	{ "zytrx", V "good.zytrx", 300, NULL },           /* version, under the CRC */
	{ "u-boot-env", V "good.env", 1000, NULL },       /* filler, under the CRC */
	{ "wrgg", V "good.wrg", 31, NULL },               /* padding of the signature */
};

HEADER_CASES(samples, changes)

/* A digit that becomes another digit. */
static void tells_a_line_whose_sum_is_wrong(void **state)
{
	static const char *const files[][2] = { { "ihex", V "good.hex" },
						{ "srec", V "good.srec" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(files[i][1]);
		struct opened o;

		sample_bytes(in)[400] ^= 1;
		opened_init(&o, format_named(files[i][0]), in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_true(o.l.count > 0);
		assert_string_equal(o.l.fault.what, "sum of a line");
		opened_free(&o);
		sample_free(in);
	}
}

static void keeps_fuses_apart_from_the_program(void **state)
{
	struct span in = sample_read(V "odd-split.hex");
	struct opened o;
	struct sink out;

	(void)state;
	opened_init(&o, format_named("ihex"), in);
	sink_init(&out, NULL, 1 << 20);
	assert_non_null(opened_entry(&o, "/0x00000000"));
	assert_non_null(opened_entry(&o, "/0x10001000"));
	assert_int_equal(o.l.entries[0].size, 48);
	assert_int_equal(o.l.entries[1].size, 4);
	assert_int_equal(opened_load(&o, &o.l.entries[0], &out, 1 << 20).kind, FAULT_NONE);
	assert_int_equal(out.n, 48);
	for (size_t i = 16; i < 32; i++)
		assert_int_equal(out.p[i], 0xff);
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

/* The bytes that objcopy was given: those of the kernel in the CHK. */
static void gives_the_bytes_that_were_written_as_text(void **state)
{
	static const char *const files[][2] = { { "ihex", V "good.hex" },
						{ "srec", V "good.srec" } };
	struct span chk = sample_read(V "good.chk");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(files[i][1]);
		struct opened o;
		struct sink out;

		opened_init(&o, format_named(files[i][0]), in);
		sink_init(&out, NULL, 1 << 20);
		assert_int_equal(opened_load(&o, &o.l.entries[0], &out, 1 << 20).kind, FAULT_NONE);
		assert_int_equal(out.n, 500);
		assert_memory_equal(out.p, chk.p + 58, 500);
		sink_free(&out);
		opened_free(&o);
		sample_free(in);
	}
	sample_free(chk);
}

static void knows_the_end_mark_by_what_follows(void **state)
{
	struct found f = { 0 };
	const struct format *mark = format_named("end-mark");

	(void)state;
	assert_int_equal(mark->probe(span_text("\xde\xad\xc0\xde"), &f).kind, FAULT_NONE);
	assert_int_equal(f.len, 4);
	assert_int_equal(mark->probe(span_text("\xde\xad\xc0\xde\xff"), &f).kind, FAULT_NONE);
	assert_int_not_equal(mark->probe(span_text("\xde\xad\xc0\xde\x0c"), &f).kind, FAULT_NONE);
}

static void sums_as_their_definitions_do(void **state)
{
	struct span nine = span_text("123456789");

	(void)state;
	assert_int_equal(sum_of_bytes(nine), 477);
	assert_int_equal(xor_of_bytes(0xef, span_text("ab")), 0xef ^ 'a' ^ 'b');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(tells_a_line_whose_sum_is_wrong),
		cmocka_unit_test(keeps_fuses_apart_from_the_program),
		cmocka_unit_test(gives_the_bytes_that_were_written_as_text),
		cmocka_unit_test(knows_the_end_mark_by_what_follows),
		cmocka_unit_test(sums_as_their_definitions_do),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
