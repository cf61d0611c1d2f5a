/* device.c - containers of phones and devices: which parts they give, which damage they tell, and
 * that no cut of them reads too far. */
#include "unit/format/header_samples.h"

static const struct header_sample samples[] = {
	{ "ota-payload", "device/good.payload", "3 partitions, over an older version", 3, ENDS },
	{ "super", "device/good.super", "3 partitions, 1 slots", 3, ENDS },
	{ "vbmeta", "device/good.vbmeta", "SHA-256 with RSA-2048", 7, ENDS },
	{ "avb-footer", "device/good.avbfooter", "image of 5000 bytes, metadata at 0x2000", 0,
	  ENDS },
	{ "mtk-head", "device/good.mtk", "lk", 1, ENDS },
	{ "rkaf", "device/good.rkaf", "ACME rk30", 4, ENDS },
	{ "rkfw", "device/good.rkfw", "1.2.3 of 2026-11-26", 3, ENDS },
	{ "imagewty", "device/good-1.imagewty", "header 100, 2 files", 2, ENDS },
	{ "imagewty", "device/good-3.imagewty", "header 300, 2 files", 2, ENDS },
	{ "mcuboot", "device/good.mcuboot", "1.2.3+4", 7, ENDS },
	{ "uf2", "device/good.uf2", "3 blocks, family 0x68ed2b88", 2, WHOLE_CUT },
	{ "dfuse", "device/good.dfuse", "ST...", 3, ENDS },
	{ "cwe", "device/good.cwe", "SPKG SWI9X30C_02.08.02.00", 1, ENDS },
	{ "dtbo", "device/good.dtbo", "3 trees", 2, ENDS },
	{ "qcdt", "device/good.qcdt", "version 2, 2 entries", 2, ENDS },
	{ "pac", "device/good.pac", "MocorDroid8.1", 2, ENDS },
	{ "dhtb", "device/good.dhtb", "", 1, ENDS },
	{ "rsce", "device/good.rsce", "2 files", 2, ENDS },
	{ "moto-star", "device/good.star", "2 files", 2, ENDS },
	{ "fbpk", "device/good-1.fbpk", "version 1 b1c1-0.3", 2, ENDS },
	{ "fbpk", "device/good-2.fbpk", "version 2 slider-1.0", 2, ENDS },
};

static const struct header_change changes[] = {
	{ "ota-payload", "device/good.payload", 11, NULL }, /* version */
	{ "ota-payload", "device/good.payload", 13, NULL }, /* length of the manifest */
	{ "super", "device/good.super", 4096 + 40, NULL },  /* under the geometry's digest */
	{ "vbmeta", "device/good.vbmeta", 0x260, "hash" },
	{ "vbmeta", "device/good.vbmeta", 31, NULL }, /* algorithm */
	{ "avb-footer", "device/good.avbfooter", 50, NULL },
	{ "mtk-head", "device/good.mtk", 30, NULL },  /* behind the name */
	{ "mtk-head", "device/good.mtk", 300, NULL }, /* filler */
	{ "rkaf", "device/good.rkaf", 0x1900, "CRC" },
	{ "rkaf", "device/good.rkaf", 139, NULL }, /* number of parts */
	{ "rkfw", "device/good.rkfw", 0x70, "MD5" },
	{ "rkfw", "device/good.rkfw", 25, NULL }, /* place of the loader */
	{ "imagewty", "device/good-1.imagewty", 21, NULL },
	{ "imagewty", "device/good-3.imagewty", 1024 + 5, NULL },
	{ "mcuboot", "device/good.mcuboot", 100, "SHA-256" },
	{ "mcuboot", "device/good.mcuboot", 12, NULL }, /* length of the image */
	{ "uf2", "device/good.uf2", 509, NULL },        /* end of a block */
	{ "cwe", "device/good.cwe", 100, NULL },        /* under the header's CRC */
	{ "cwe", "device/good.cwe", 900, "CRC-32 of the image" },
	{ "dtbo", "device/good.dtbo", 18, NULL }, /* number of trees */
	{ "qcdt", "device/good.qcdt", 12 + 18, "part" },
	{ "pac", "device/good.pac", 2117, NULL },
	{ "dhtb", "device/good.dhtb", 600, "SHA-256" },
	{ "rsce", "device/good.rsce", 512, NULL }, /* mark of a file */
	{ "moto-star", "device/good.star", 256 + 255, NULL },
	{ "fbpk", "device/good-2.fbpk", 107, NULL },
	{ "fbpk", "device/good-1.fbpk", 79, NULL },
	{ "dfuse", "device/good.dfuse", 12, NULL }, /* "Target" */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void opens_each_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_opens(&samples[i]);
}

static void ends_where_its_own_length_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_ends(&samples[i]);
}

static void takes_every_prefix_without_reading_too_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_takes_cuts(&samples[i]);
}

static void survives_fields_of_all_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_takes_ones(&samples[i]);
}

static void tells_what_was_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++)
		change_is_told(&changes[i]);
}

/* The digests are those that the maker put into the manifest. */
static struct fault make_partition(const char *path, size_t change, uint8_t digest[SHA256_SIZE])
{
	struct span in = sample_read("device/good.payload");
	struct opened o;
	struct sink out;
	struct fault f;

	if (change)
		sample_bytes(in)[in.n - change] ^= 1;
	open_sample(&o, format_named("ota-payload"), in);
	sink_init(&out, NULL, LIMIT);
	f = opened_load(&o, wanted(&o, path), &out, LIMIT);
	sha256_of(sink_span(&out), digest);
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
	return f;
}

static void makes_partitions_from_operations_in_disorder(void **state)
{
	static const uint8_t boot[] = { 0x25, 0xeb, 0xf0, 0x95, 0xc2, 0xf0, 0xf7, 0x8e };
	uint8_t digest[SHA256_SIZE];

	(void)state;
	assert_int_equal(make_partition("/boot", 0, digest).kind, FAULT_NONE);
	assert_memory_equal(digest, boot, sizeof(boot));
	assert_int_equal(make_partition("/vendor", 0, digest).kind, FAULT_NONE);
	assert_string_equal(make_partition("/vendor", 5, digest).what, "SHA-256 of a blob");
}

static void says_which_partition_needs_an_older_version(void **state)
{
	uint8_t digest[SHA256_SIZE];
	struct fault f = make_partition("/system", 0, digest);

	(void)state;
	assert_int_equal(f.kind, FAULT_UNKNOWN);
	assert_string_equal(f.what, "operation over an older version");
	assert_int_equal(f.got, 4); /* SOURCE_COPY */
}

/* What is no manifest must be refused before all of it was read: there may be many. */
static void looks_for_the_first_partition_only_near(void **state)
{
	uint8_t bytes[24 + 4096 + 2] = "CrAU";
	const struct span in = { bytes, sizeof(bytes) };
	struct found f = { 0 };

	(void)state;
	bytes[11] = 2;
	bytes[18] = (sizeof(bytes) - 24) >> 8;
	bytes[19] = (sizeof(bytes) - 24) & 0xff;
	for (size_t i = 24; i < sizeof(bytes); i += 2)
		bytes[i] = 0x20;                    /* a number */
	bytes[24 + 2000] = bytes[24 + 4096] = 0x6a; /* a partition without fields */
	assert_int_equal(format_named("ota-payload")->probe(in, &f).kind, FAULT_NONE);
	bytes[24 + 2000] = 0x20;
	assert_string_equal(format_named("ota-payload")->probe(in, &f).what, "partitions");
}

static void puts_partitions_together_from_their_extents(void **state)
{
	struct span in = sample_read("device/good.super");
	uint8_t want[1536] = { 0 };
	struct opened o;

	(void)state;
	memset(want, 'v', 512);
	memset(want + 1024, 'w', 512);
	open_sample(&o, format_named("super"), in);
	content_is(&o, wanted(&o, "/vendor_a"), (struct span){ want, sizeof(want) });
	assert_true(wanted(&o, "/system_a")->stored);
	assert_int_equal(wanted(&o, "/system_a")->offset, 32 * 512);
	assert_int_equal(wanted(&o, "/system_b")->size, 0);
	opened_free(&o);
	sample_free(in);
}

/* Only the copy behind it says what the first metadata said. */
static void takes_the_copy_where_the_first_metadata_are_damaged(void **state)
{
	struct span in = sample_read("device/good.super");
	struct opened o;

	(void)state;
	sample_bytes(in)[12288 + 200] ^= 1;
	open_sample(&o, format_named("super"), in);
	assert_int_equal(o.l.count, 3);
	opened_free(&o);
	sample_bytes(in)[12288 + 1024 + 200] ^= 1;
	opened_init(&o, format_named("super"), in);
	assert_string_equal(first_fault(&o), "SHA-256 of the metadata");
	opened_free(&o);
	sample_free(in);
}

static void names_what_is_verified(void **state)
{
	static const char *const names[] = { "/key\\x20of\\x20vendor", "/property\\x20version",
					     "/kernel\\x20command\\x20line",
					     "/hash\\x20of\\x20boot", "/public\\x20key" };
	struct span in = sample_read("device/good.vbmeta");
	struct opened o;

	(void)state;
	open_sample(&o, format_named("vbmeta"), in);
	for (size_t i = 0; i < COUNT(names); i++)
		wanted(&o, names[i]);
	opened_free(&o);
	sample_free(in);
}

/* One file a stretch of addresses; uf2conv fills up the last block. */
static void parts_blocks_by_address_and_chip(void **state)
{
	struct span in = sample_read("device/good.uf2"), dfuse = sample_read("device/good.dfuse");
	const struct entry *e;
	struct opened o;
	struct sink out;

	(void)state;
	open_sample(&o, format_named("uf2"), in);
	e = wanted(&o, "/0x10000000");
	assert_int_equal(e->size, 768);
	sink_init(&out, NULL, LIMIT);
	assert_int_equal(opened_load(&o, e, &out, LIMIT).kind, FAULT_NONE);
	assert_int_equal(out.n, 768);
	assert_memory_equal(out.p, dfuse.p + 0x125, 700); /* the same program */
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
	sample_free(dfuse);
}

static void says_that_an_image_is_encrypted(void **state)
{
	struct span in = sample_read("device/good-aes.mcuboot");
	struct opened o;

	(void)state;
	opened_init(&o, format_named("mcuboot"), in);
	assert_int_equal(o.fault.kind, FAULT_ENCRYPTED);
	assert_string_equal(o.fault.what, "AES-128-CTR");
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

static void knows_a_suffix_only_at_the_end(void **state)
{
	struct span in = sample_read("device/good.dfusuffix");
	struct found f = { 0 };
	uint8_t more[20] = { 0 };

	(void)state;
	assert_int_equal(format_named("dfu-suffix")->probe(in, &f).kind, FAULT_NONE);
	assert_string_equal(f.label, "for 0483:df11, device 2200");
	memcpy(more, in.p, in.n);
	assert_int_not_equal(format_named("dfu-suffix")->probe((struct span){ more, 20 }, &f).kind,
			     FAULT_NONE);
	sample_free(in);
}

/* The table where it stands in the flash. */
static void opens_the_flash_of_an_esp32(void **state)
{
	static uint8_t flash[0xb200];
	struct span table = sample_read("device/good.esptable"), in = { flash, sizeof(flash) };
	struct opened o;

	(void)state;
	memcpy(flash + 0x8000, table.p, table.n);
	open_sample(&o, format_named("esp-flash"), in);
	assert_int_equal(o.found.len, sizeof(flash));
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_int_equal(o.l.count, 5);
	assert_int_equal(wanted(&o, "/factory")->offset, 0xb000);
	parts_are_in_order(&o);
	opened_free(&o);
	opened_init(&o, format_named("esp-flash"), span_head(in, 0xb100));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	opened_free(&o);
	flash[0x8000 + 76] ^= 1;
	opened_init(&o, format_named("esp-flash"), in);
	assert_string_equal(first_fault(&o), "MD5");
	opened_free(&o);
	sample_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_each_sample),
		cmocka_unit_test(ends_where_its_own_length_says),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(survives_fields_of_all_ones),
		cmocka_unit_test(tells_what_was_changed),
		cmocka_unit_test(makes_partitions_from_operations_in_disorder),
		cmocka_unit_test(says_which_partition_needs_an_older_version),
		cmocka_unit_test(looks_for_the_first_partition_only_near),
		cmocka_unit_test(puts_partitions_together_from_their_extents),
		cmocka_unit_test(takes_the_copy_where_the_first_metadata_are_damaged),
		cmocka_unit_test(names_what_is_verified),
		cmocka_unit_test(parts_blocks_by_address_and_chip),
		cmocka_unit_test(says_that_an_image_is_encrypted),
		cmocka_unit_test(knows_a_suffix_only_at_the_end),
		cmocka_unit_test(opens_the_flash_of_an_esp32),
	};

	return cmocka_run_group_tests(tests, start_hashing, NULL);
}
