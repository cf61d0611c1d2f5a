/* vendor.c - headers of vendors: which parts they give, which damage they tell, and that no cut of
 * them reads too far. */
#include "format/sums.h"
#include "unit/support.h"

struct sample {
	const char *format, *file, *label;
	unsigned parts;
};

static const struct sample samples[] = {
	{ "chk", "good.chk", "U12H072T00_NETGEAR", 2 },
	{ "dni", "good.dni", "WNR2000v5 V1.0.0.34", 2 },
	{ "seama", "good.seama", "wrgn49_dlob_dir300b5", 2 },
	{ "packimg", "good.packimg", "", 1 },
	{ "cybertan", "good.cybertan", "NL16 1.2.3 of 2017-07-14", 1 },
	{ "tplink-rtos", "good.img0", "", 1 },
	{ "memfs", "good.memfs", "2 files", 2 },
	{ "kwbimage", "good.kwb", "version 0, boots from NAND", 3 },
	{ "zigbee-ota", "good.ota", "maker 117c type 11c2 version 23028631 EBL acme", 3 },
	{ "esp", "good-8266.esp", "ESP8266, 2 segments, entry 0x40100004", 4 },
	{ "esp", "good-32.esp", "ESP32, 2 segments, entry 0x40100004", 4 },
	{ "cms", "good.cms", "signature of a RAUC bundle", 2 },
	{ "ihex", "good.hex", "", 1 },
	{ "ihex", "odd-split.hex", "", 2 },
	{ "srec", "good.srec", "good.srec", 1 },
	{ "safeloader", "good.safeloader", "", 6 },
	{ "tplink2", "good.tplink3", "header v3, 1.0", 2 },
	{ "fwtool", "good.fwtool", "metadata and signature", 4 },
	{ "ubnt", "good.ubnt", "XM.ar7240.v5.5.0-Acme", 4 },
	{ "zytrx", "good.zytrx", "NR7101 1.00(ABUV.0)D0", 1 },
	{ "u-boot-env", "good.env", "single", 1 },
	{ "u-boot-env", "good-redundant.env", "redundant", 1 },
	{ "wrgg", "good.wrg", "WRG wrgn49", 1 },
	{ "wrgg", "good.wrgg", "WRGG03 wapac02_dkbs_dap2695", 1 },
	{ "bcm-tag", "good.bcmtag", "BCM6328 96328avng", 1 },
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static int set_up(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static struct span vendor_sample(const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "vendor/%s", file);
	return sample_read(path);
}

static void opens_each_sample_without_a_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		struct span in = vendor_sample(s->file);
		struct opened o;

		opened_init(&o, format_named(s->format), in);
		if (o.refused.kind || o.fault.kind || o.l.fault.kind)
			fail_msg("%s: %s", s->file,
				 o.l.fault.what ? o.l.fault.what : o.refused.what);
		assert_string_equal(o.found.label, s->label);
		assert_int_equal(o.l.count, s->parts);
		assert_true(o.found.len <= in.n);
		opened_free(&o);
		sample_free(in);
	}
}

/* The exact end, whatever follows. */
static void ends_where_its_own_length_says(void **state)
{
	static const char *const to_the_end[] = { "dni", "ihex", "srec", "tplink2" };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = vendor_sample(samples[i].file);
		struct found alone = { 0 }, followed = { 0 };
		uint8_t *more = malloc(in.n + 100);
		bool open = false;

		for (size_t k = 0; k < 4; k++)
			open |= strcmp(samples[i].format, to_the_end[k]) == 0;
		assert_non_null(more);
		memcpy(more, in.p, in.n);
		memset(more + in.n, 0x5a, 100);
		format_named(samples[i].format)->probe(in, &alone);
		format_named(samples[i].format)
			->probe((struct span){ more, in.n + 100 }, &followed);
		assert_int_equal(followed.len, open ? in.n + 100 : alone.len);
		free(more);
		sample_free(in);
	}
}

static void parts_stand_in_order_inside_the_container(const struct opened *o)
{
	uint64_t pos = 0;

	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		if (!e->stored)
			continue;
		assert_true(e->offset <= o->l.in.n && e->length <= o->l.in.n - e->offset);
		assert_true(e->offset >= pos || e->length == 0);
		pos = e->length ? e->offset + e->length : pos;
	}
}

/* What a cut leaves may be whole: a TRX tells of itself, without the eight bytes behind it a
 * signature is no bundle's, and the sum of an image without a length is one byte; OpenWrt's
 * metadata stand without a signature too. */
static bool may_be_whole(const char *format)
{
	static const char *const names[] = { "cybertan", "tplink-rtos", "cms", "dni", "fwtool" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(format, names[i]) == 0)
			return true;
	return false;
}

/* Every prefix against an unreadable page; what is missing is told by a refusal or a fault, but for
 * the end of the last line. */
static void takes_every_prefix_without_reading_too_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		struct span in = vendor_sample(s->file);
		struct guarded g = guarded_new(in.n);
		struct found whole = { 0 };
		size_t untold = 0;

		format_named(s->format)->probe(in, &whole);
		for (size_t n = 0; n < whole.len; n++) {
			struct opened o;

			opened_init(&o, format_named(s->format), guarded_copy(g, span_head(in, n)));
			if (o.refused.kind == FAULT_NONE) {
				parts_stand_in_order_inside_the_container(&o);
				untold += !o.fault.kind && !o.l.fault.kind;
			}
			opened_free(&o);
		}
		if (untold > 2 && !may_be_whole(s->format))
			fail_msg("%s: %zu cuts are not told", s->file, untold);
		guarded_free(g);
		sample_free(in);
	}
}

static void keeps_parts_when_a_checksum_is_wrong(void **state)
{
	static const struct {
		const char *format, *file;
		size_t at;
		const char *what;
	} changes[] = {
		{ "chk", "good.chk", 100, "checksum of the kernel" },
		{ "chk", "good.chk", 700, "checksum of the root file system" },
		{ "dni", "good.dni", 300, "sum of bytes" },
		{ "seama", "good.seama", 300, "MD5" },
		{ "kwbimage", "good.kwb", 0x210, "checksum of the data" },
		{ "esp", "good-8266.esp", 30, "XOR of the segments" },
		{ "esp", "good-32.esp", 150, "SHA-256" },
		{ "ihex", "good.hex", 400, "sum of a line" },
		{ "safeloader", "good.safeloader", 9000, "MD5" },
		{ "tplink2", "good.tplink3", 700, "length" },
		{ "ubnt", "good.ubnt", 400, "CRC-32 of a part" },
		{ "ubnt", "good.ubnt", 1209 - 8, "CRC-32 of the image" },
		{ "zytrx", "good.zytrx", 500, "CRC-32 of the payload" },
		{ "wrgg", "good.wrg", 400, "MD5" },
		{ "wrgg", "good.wrgg", 400, "MD5" },
		{ "bcm-tag", "good.bcmtag", 400, "CRC-32 of the image" },
		{ "srec", "good.srec", 400, "sum of a line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span in = vendor_sample(changes[i].file);
		struct opened o;

		sample_bytes(in)[changes[i].at] ^= 1;
		opened_init(&o, format_named(changes[i].format), in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_true(o.l.count > 0);
		assert_int_not_equal(o.l.fault.kind, FAULT_NONE);
		assert_string_equal(o.l.fault.what, changes[i].what);
		opened_free(&o);
		sample_free(in);
	}
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	static const struct {
		const char *format, *file;
		size_t at;
	} changes[] = {
		{ "chk", "good.chk", 10 },           /* under the header's checksum */
		{ "dni", "good.dni", 100 },          /* behind the lines */
		{ "seama", "good.seama", 8 },        /* size of the seal */
		{ "packimg", "good.packimg", 25 },   /* zeros */
		{ "cybertan", "good.cybertan", 9 },  /* month */
		{ "cybertan", "good.cybertan", 32 }, /* TRX */
		{ "tplink-rtos", "good.img0", 25 },  /* length */
		{ "memfs", "good.memfs", 35 },       /* version */
		{ "memfs", "good.memfs", 88 },       /* offset of a file */
		{ "kwbimage", "good.kwb", 0x20 - 1 },
		{ "zigbee-ota", "good.ota", 6 },
		{ "esp", "good-8266.esp", 1 },
		{ "esp", "good-32.esp", 27 }, /* address of a segment */
		{ "cms", "good.cms", 3 },     /* outer length */
		{ "ihex", "good.hex", 12 },
		{ "srec", "good.srec", 12 },
		{ "safeloader", "good.safeloader", 0x1016 },
		{ "tplink2", "good.tplink3", 0x8c },
		{ "fwtool", "good.fwtool", 8 + 88 + 15 }, /* length in the trailer */
		{ "ubnt", "good.ubnt", 20 },              /* version, under the CRC */
		{ "bcm-tag", "good.bcmtag", 64 },         /* length, under the CRC */
		{ "zytrx", "good.zytrx", 300 },           /* version, under the CRC */
		{ "u-boot-env", "good.env", 1000 },       /* filler, under the CRC */
		{ "wrgg", "good.wrg", 31 },               /* padding of the signature */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span in = vendor_sample(changes[i].file);

		refuses_once_changed(changes[i].format, in, changes[i].at);
		sample_free(in);
	}
}

static void keeps_fuses_apart_from_the_program(void **state)
{
	struct span in = vendor_sample("odd-split.hex");
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
	static const char *const files[][2] = { { "ihex", "good.hex" }, { "srec", "good.srec" } };
	struct span chk = vendor_sample("good.chk");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = vendor_sample(files[i][1]);
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

/* A header may claim what it wants: nothing overflows, nothing hangs. */
static void survives_fields_of_all_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = vendor_sample(samples[i].file);

		for (size_t at = 0; at + 4 <= in.n; at += 2) {
			uint8_t kept[4];
			struct opened o;

			memcpy(kept, in.p + at, 4);
			memset(sample_bytes(in) + at, 0xff, 4);
			opened_init(&o, format_named(samples[i].format), in);
			if (o.refused.kind == FAULT_NONE)
				assert_true(o.found.len > 0 && o.found.len <= in.n);
			opened_free(&o);
			memcpy(sample_bytes(in) + at, kept, 4);
		}
		sample_free(in);
	}
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
		cmocka_unit_test(opens_each_sample_without_a_fault),
		cmocka_unit_test(ends_where_its_own_length_says),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(keeps_parts_when_a_checksum_is_wrong),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
		cmocka_unit_test(keeps_fuses_apart_from_the_program),
		cmocka_unit_test(gives_the_bytes_that_were_written_as_text),
		cmocka_unit_test(survives_fields_of_all_ones),
		cmocka_unit_test(knows_the_end_mark_by_what_follows),
		cmocka_unit_test(sums_as_their_definitions_do),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
