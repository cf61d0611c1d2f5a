/* products.c - containers of products and their chips: which parts they give, which damage they
 * tell, and that no cut of them reads too far. */
#include "unit/format/header_samples.h"

static const struct header_sample samples[] = {
	{ "puma-uimg", "products/good-3.uimg", "version 3", 6, ENDS },
	{ "puma-uimg", "products/good-2.uimg", "version 2", 4, ENDS },
	{ "matter-ota", "products/good.matter", "vendor fff1 product 8000 version 66051 1.2.3", 1,
	  ENDS },
	{ "matter-ota", "products/good-short.matter",
	  "vendor fff1 product 8000 version 66051 1.2.3", 1, ENDS },
	{ "matter-ota", "products/good-384.matter", "vendor fff1 product 8000 version 66051 1.2.3",
	  1, ENDS },
	{ "matter-ota", "products/good-512.matter", "vendor fff1 product 8000 version 66051 1.2.3",
	  1, ENDS },
	{ "wince-b000ff", "products/good.b000ff", "at 0x80220000, 20480 bytes", 3, ENDS },
	{ "avm-sqfs-fake", "products/good.avmfake", "before ext", 1, ENDS },
	{ "gm8126", "products/good.gm8126", "kernel image", 1, ENDS },
	{ "bcm-sao", "products/good.sao", "", 5, WHOLE_CUT },
	{ "tenvis-pk2", "products/good.pk2", "camera 1234, 4 sections", 4, ENDS },
	{ "bosch-fw", "products/good.bosch", "version 6.50", 4, WHOLE_CUT },
	{ "bosch-fw", "products/good-one.bosch", "version 6.50", 1, ENDS },
	{ "bosch-fw", "products/good-aes.bosch", "version 6.50", 1, ENDS },
	{ "bosch-romfs", "products/good.boschfiles", "", 2, ENDS },
	{ "hp-bdl", "products/good.bdl", "release 5, brand, M607", 2, ENDS },
	{ "hp-ipkg", "products/good.ipkg", "1.2, printer, boot", 2, ENDS },
	{ "draytek-2rdh", "products/good.2rdh", "", 3, ENDS },
};

static const struct header_change changes[] = {
	{ "puma-uimg", "products/good-3.uimg", 26, "CRC-32 of the header" }, /* date */
	{ "puma-uimg", "products/good-3.uimg", 400, "CRC-32 of a part" },
	{ "puma-uimg", "products/good-2.uimg", 50, "CRC-32 of the header" },
	{ "puma-uimg", "products/good-3.uimg", 43, NULL }, /* number of parts */
	{ "matter-ota", "products/good.matter", 450, "digest of the payload" },
	{ "matter-ota", "products/good-short.matter", 90, "digest of the payload" },
	{ "matter-ota", "products/good-384.matter", 200, "digest of the payload" },
	{ "matter-ota", "products/good-512.matter", 200, "digest of the payload" },
	{ "matter-ota", "products/odd-sha3.matter", 200, "kind of digest" },
	{ "matter-ota", "products/good.matter", 11, NULL }, /* length of all */
	{ "matter-ota", "products/good.matter", 14, NULL }, /* length of the header */
	{ "matter-ota", "products/good.matter", 16, NULL }, /* structure */
	{ "matter-ota", "products/good.matter", 17, NULL }, /* type of the vendor */
	{ "matter-ota", "products/good.matter", 45, NULL }, /* length of the payload */
	{ "wince-b000ff", "products/good.b000ff", 40, "sum of a record" },
	{ "wince-b000ff", "products/good.b000ff", 18, NULL },                /* first address */
	{ "wince-b000ff", "products/good.b000ff", 21, NULL },                /* first length */
	{ "wince-b000ff", "products/good.b000ff", 94, "last record" },       /* second address */
	{ "avm-sqfs-fake", "products/good.avmfake", 256 + 1024 + 56, NULL }, /* magic of the ext */
	{ "gm8126", "products/good.gm8126", 8, NULL },                       /* length */
	{ "gm8126", "products/good.gm8126", 10, "length" },
	{ "bcm-sao", "products/good.sao", 65, "CRC-32 of an object" },
	{ "bcm-sao", "products/good.sao", 40, "CRC-32 of a header" },
	{ "bcm-sao", "products/good.sao", 19, NULL }, /* length */
	{ "bcm-sao", "products/good.sao", 66 + 40, "CRC-32 of a header" },
	{ "tenvis-pk2", "products/good.pk2", 28, NULL },       /* kind of the first section */
	{ "tenvis-pk2", "products/good.pk2", 25, NULL },       /* number of sections */
	{ "tenvis-pk2", "products/good.pk2", 67, "section" },  /* kind of the second */
	{ "tenvis-pk2", "products/good.pk2", 105, "section" }, /* length of its file */
	{ "bosch-fw", "products/good.bosch", 2048, NULL },     /* mark of a file */
	{ "bosch-fw", "products/good.bosch", 2048 + 64 + 112 + 3, "head of a file" },
	{ "bosch-fw", "products/good-one.bosch", 18, NULL }, /* length */
	{ "bosch-fw", "products/good-aes.bosch", 19, NULL },
	{ "bosch-romfs", "products/good.boschfiles", 4, "head of a file" }, /* far next */
	{ "bosch-romfs", "products/good.boschfiles", 7, NULL },  /* next before its own end */
	{ "bosch-romfs", "products/good.boschfiles", 43, NULL }, /* length beyond the next */
	{ "bosch-romfs", "products/good.boschfiles", 80, NULL }, /* the next mark */
	{ "bosch-romfs", "products/good.boschfiles", 150, "head of a file" },
	{ "hp-bdl", "products/good.bdl", 17, NULL },                       /* number of packages */
	{ "hp-bdl", "products/good.bdl", 10, NULL },                       /* place of the table */
	{ "hp-bdl", "products/good.bdl", 32 + 768 + 9 + 512 + 1, "part" }, /* place of a package */
	{ "hp-bdl", "products/good.bdl", 32 + 768 + 9 + 512 + 15, "length" },
	{ "hp-ipkg", "products/good.ipkg", 18, NULL },
	{ "hp-ipkg", "products/good.ipkg", 32 + 1024 + 256 + 10, "length" },
	{ "draytek-2rdh", "products/good.2rdh", 300, "CRC-32" },
	{ "draytek-2rdh", "products/good.2rdh", 200, "MD5" },
	{ "draytek-2rdh", "products/good.2rdh", 406 + 20, "MD5" },
	{ "draytek-2rdh", "products/good.2rdh", 10, NULL },
	{ "draytek-2rdh", "products/good.2rdh", 83, NULL }, /* length of the kernel */
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

/* Zeros in every field of a header, too. */
static void survives_fields_of_zeros(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct span in = sample_read(samples[i].file);

		for (size_t at = 0; at + 4 <= in.n && at < 4096; at += 2) {
			uint8_t kept[4];

			memcpy(kept, in.p + at, 4);
			memset(sample_bytes(in) + at, 0, 4);
			open_anyhow(format_named(samples[i].format), in);
			memcpy(sample_bytes(in) + at, kept, 4);
		}
		sample_free(in);
	}
}

/* A header that does not hold is told, and its parts are opened all the same. */
static void names_partitions_of_cable_modems(void **state)
{
	static const char *const names[] = { "/atom-kernel", "/atom-rootfs", "/arm-kernel",
					     "/arm-rootfs",  "/gateway-fs",  "/part-6" };
	struct span in = sample_read("products/good-3.uimg");
	uint64_t at = 252;
	struct opened o;

	(void)state;
	open_sample(&o, format_named("puma-uimg"), in);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(wanted(&o, names[i])->offset, at);
		at += wanted(&o, names[i])->length;
	}
	assert_int_equal(at, in.n);
	opened_free(&o);
	sample_bytes(in)[26] ^= 1;
	opened_init(&o, format_named("puma-uimg"), in);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_int_equal(o.l.count, COUNT(names));
	opened_free(&o);
	sample_free(in);
}

/* Only numbers and texts stand in the header: a truth value has no length that could be skipped. */
static void refuses_other_types_in_the_header(void **state)
{
	struct span in = sample_read("products/good.matter");
	size_t notes = span_find(in, 16, span_text("\x2d\x07\x2c\x01"));
	struct found f = { 0 };

	(void)state;
	assert_int_not_equal(notes, SIZE_MAX);
	sample_bytes(in)[notes] = 0x29;
	assert_string_equal(format_named("matter-ota")->probe(in, &f).what, "element");
	sample_free(in);
}

static void fills_memory_from_records(void **state)
{
	struct span in = sample_read("products/good.b000ff");
	uint8_t want[0x400 + 100] = { 0 };
	struct opened o;

	(void)state;
	memcpy(want, in.p + 27, 64);
	memcpy(want + 64, "ECEC", 4);
	memcpy(want + 0x400, in.p + 27 + 64 + 12 + 8 + 12, 100);
	open_sample(&o, format_named("wince-b000ff"), in);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	content_is(&o, wanted(&o, "/0x80220000"), (struct span){ want, sizeof(want) });
	assert_int_equal(wanted(&o, "/0x80224000")->size, 30);
	content_is(&o, wanted(&o, "/0x80222000"), span_sub(in, in.n - 22, 10));
	opened_free(&o);
	sample_free(in);
}

/* An image at the start of memory: its first record is no continuation of anything. */
static void begins_a_file_at_low_addresses(void **state)
{
	uint8_t bytes[15 + 12 + 4 + 12] = "B000FF\n\x10";
	const struct span in = { bytes, sizeof(bytes) };
	struct opened o;

	(void)state;
	bytes[11] = 4;
	bytes[15] = 0x10;
	bytes[19] = 4;
	bytes[23] = 10;
	memcpy(bytes + 27, "\1\2\3\4", 4);
	open_sample(&o, format_named("wince-b000ff"), in);
	assert_null(first_fault(&o));
	content_is(&o, wanted(&o, "/0x00000010"), span_sub(in, 27, 4));
	opened_free(&o);
	bytes[19] = 5; /* leaves the image's memory */
	opened_init(&o, format_named("wince-b000ff"), in);
	assert_string_equal(first_fault(&o), "record");
	opened_free(&o);
}

/* A real one never has only zeros behind its mark, nor an ext there. */
static void takes_no_squashfs_for_a_fake(void **state)
{
	struct span in = sample_read("products/good.avmfake");
	const struct format *fake = format_named("avm-sqfs-fake");
	uint8_t real[4096] = "sqsh\0\0\0\1";
	struct found f = { 0 };

	(void)state;
	real[29] = 4; /* version, big-endian */
	assert_int_not_equal(fake->probe((struct span){ real, sizeof(real) }, &f).kind, FAULT_NONE);
	assert_int_not_equal(format_named("squashfs")->probe(in, &f).kind, FAULT_NONE);
	memset(real + 4, 0, 252);
	assert_int_equal(fake->probe((struct span){ real, sizeof(real) }, &f).kind, FAULT_NONE);
	assert_int_equal(f.proof, PROOF_PLAUSIBLE);
	assert_int_equal(f.len, sizeof(real));
	assert_int_not_equal(fake->probe((struct span){ real, 256 }, &f).kind, FAULT_NONE);
	sample_free(in);
}

static void refuses_heads_without_a_length_or_a_name(void **state)
{
	struct span in = sample_read("products/good.gm8126");
	struct found f = { 0 };

	(void)state;
	memset(sample_bytes(in) + 8, 0, 4);
	assert_string_equal(format_named("gm8126")->probe(in, &f).what, "length");
	sample_bytes(in)[11] = 120;
	memset(sample_bytes(in) + 16, 'n', 64); /* without an end */
	assert_string_equal(format_named("gm8126")->probe(in, &f).what, "name");
	memset(sample_bytes(in) + 16, 0, 64);
	assert_string_equal(format_named("gm8126")->probe(in, &f).what, "name");
	sample_free(in);
}

/* Where the first header does not hold, another object must follow. */
static void needs_a_sum_or_a_second_object(void **state)
{
	struct span in = sample_read("products/good.sao");
	const struct format *sao = format_named("bcm-sao");
	struct found f = { 0 };

	(void)state;
	assert_int_equal(sao->probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.proof, PROOF_CHECKSUM);
	assert_int_equal(f.len, in.n);
	assert_int_equal(sao->probe(span_head(in, 66), &f).kind, FAULT_NONE);
	assert_int_equal(sao->probe(span_head(in, 64), &f).kind, FAULT_SHORT);
	sample_bytes(in)[40] ^= 1;
	assert_int_equal(sao->probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.proof, PROOF_STRUCTURE);
	assert_string_equal(sao->probe(span_head(in, 66), &f).what, "next object");
	sample_free(in);
}

static void takes_the_xor_off_files_and_commands(void **state)
{
	struct span in = sample_read("products/good.pk2");
	const struct entry *e;
	struct opened o;
	struct sink out;

	(void)state;
	open_sample(&o, format_named("tenvis-pk2"), in);
	content_is(&o, wanted(&o, "/command-0"),
		   (struct span){ (const uint8_t *)"killall camera", 15 });
	content_is(&o, wanted(&o, "/etc/motd"), span_text("hello\n"));
	content_is(&o, wanted(&o, "/empty"), (struct span){ 0 });
	e = wanted(&o, "/usr/data");
	assert_int_equal(e->size, 5000);
	sink_init(&out, NULL, LIMIT);
	assert_int_equal(opened_load(&o, e, &out, LIMIT).kind, FAULT_NONE);
	sample_bytes(in)[e->key[0] + 4999] ^= 1;
	assert_string_equal(opened_load(&o, e, &out, LIMIT).what, "MD5");
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

static void takes_the_xor_off_files_of_each_target(void **state)
{
	struct span in = sample_read("products/good.bosch");
	struct span files = sample_read("products/good.boschfiles");
	struct opened o;

	(void)state;
	open_sample(&o, format_named("bosch-fw"), in);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(wanted(&o, "/7A/kernel")->size, 100);
	content_is(&o, wanted(&o, "/999/RomFS_a"), files);
	opened_free(&o);
	open_sample(&o, format_named("bosch-romfs"), files);
	content_is(&o, wanted(&o, "/www/index.htm"), span_text("<html>"));
	content_is(&o, wanted(&o, "/empty"), (struct span){ 0 });
	opened_free(&o);
	sample_free(files);
	sample_free(in);
}

static void says_which_image_is_encrypted(void **state)
{
	struct span in = sample_read("products/good-aes.bosch");
	struct opened o;

	(void)state;
	open_sample(&o, format_named("bosch-fw"), in);
	assert_true(wanted(&o, "/999")->encrypted);
	opened_free(&o);
	sample_free(in);
}

static void opens_packages_of_printers(void **state)
{
	struct span in = sample_read("products/good.bdl"), one = sample_read("products/good.ipkg");
	struct opened o;

	(void)state;
	open_sample(&o, format_named("hp-bdl"), in);
	assert_true(span_equal(span_sub(in, o.l.entries[0].offset, one.n), one));
	opened_free(&o);
	open_sample(&o, format_named("hp-ipkg"), one);
	content_is(&o, wanted(&o, "/kernel"), span_from(one, one.n - 60));
	content_is(&o, wanted(&o, "/empty"), (struct span){ 0 });
	opened_free(&o);
	sample_free(one);
	sample_free(in);
}

/* A small package of files that are all the same bytes. */
static void stops_where_files_of_a_package_overlap(void **state)
{
	enum { TABLE = 32 + 1024, ENTRY = 276, DATA = TABLE + 3 * ENTRY, LENGTH = 2000 };
	static uint8_t bytes[DATA + LENGTH] = "ipkg\1\0\3";
	const struct span in = { bytes, sizeof(bytes) };
	struct opened o;

	(void)state;
	bytes[8] = TABLE & 0xff;
	bytes[9] = TABLE >> 8;
	bytes[16] = 3;
	for (size_t i = 0; i < 3; i++) {
		uint8_t *entry = bytes + TABLE + i * ENTRY;

		entry[0] = (uint8_t)('a' + i);
		entry[256] = DATA & 0xff;
		entry[257] = DATA >> 8;
		entry[264] = LENGTH & 0xff;
		entry[265] = LENGTH >> 8;
	}
	opened_init(&o, format_named("hp-ipkg"), in);
	assert_string_equal(first_fault(&o), "overlapping files");
	assert_int_equal(o.l.count, 2);
	opened_free(&o);
	memset(bytes + TABLE + 256, 0xff, 16); /* the end beyond 2^64 */
	opened_init(&o, format_named("hp-ipkg"), in);
	assert_string_equal(first_fault(&o), "place of an entry");
	opened_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_each_sample),
		cmocka_unit_test(ends_where_its_own_length_says),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(survives_fields_of_all_ones),
		cmocka_unit_test(survives_fields_of_zeros),
		cmocka_unit_test(tells_what_was_changed),
		cmocka_unit_test(names_partitions_of_cable_modems),
		cmocka_unit_test(refuses_other_types_in_the_header),
		cmocka_unit_test(fills_memory_from_records),
		cmocka_unit_test(begins_a_file_at_low_addresses),
		cmocka_unit_test(takes_no_squashfs_for_a_fake),
		cmocka_unit_test(refuses_heads_without_a_length_or_a_name),
		cmocka_unit_test(needs_a_sum_or_a_second_object),
		cmocka_unit_test(takes_the_xor_off_files_and_commands),
		cmocka_unit_test(takes_the_xor_off_files_of_each_target),
		cmocka_unit_test(says_which_image_is_encrypted),
		cmocka_unit_test(opens_packages_of_printers),
		cmocka_unit_test(stops_where_files_of_a_package_overlap),
	};

	return cmocka_run_group_tests(tests, start_hashing, NULL);
}
