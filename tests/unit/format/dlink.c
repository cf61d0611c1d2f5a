/* dlink.c - what D-Link and those who build for it put around images. */
#include "unit/format/header_table.h"

#include "base/cipher.h"

#define UIMAGE "headers/good-kernel.uimage"

static const struct header_sample samples[] = {
	{ "shrs", "dlink/good.shrs", "AES-128-CBC, published key of COVR-C1200, DIR-8xx",
	  .plain = UIMAGE, .may_be_whole = true },
	{ "shrs", "dlink/good-x3260.shrs", "AES-128-CBC, published key of DIR-X3260",
	  .plain = UIMAGE, .may_be_whole = true },
	{ "mh01", "dlink/good.mh01", "AES-128-CBC, published key of M32",
	  .plain = "dlink/good-plain.mh01" },
	{ "mh01-signed", "dlink/good-plain.mh01", "", .parts = 2 },
	{ "dlke", "dlink/good.dlke", "AES-256-CBC, published key of M30", .plain = UIMAGE },
	{ "jboot", "dlink/good.jboot", "DLK6E3803001", .parts = 1 },
	{ "jboot-stag", "dlink/good.stag", "upgrade", .parts = 1 },
	{ "jboot-sch2", "dlink/good.sch2", "lzma", .parts = 1 },
	{ "encrpted-img", "dlink/good.encrpted", "AES-256-CBC, published key of DIR-X",
	  .plain = "dlink/good-plain.encrpted" },
	{ "dlink-tlv", "dlink/good.tlv", "DAP-1620", .parts = 1 },
	{ "dlink-tlv-encrypted", "dlink/good-encrypted.tlv",
	  "DAP-1620, AES-256-CBC, key from the header", .plain = UIMAGE },
	{ "alpha-encimg", "dlink/good.alpha", "AES-256-CBC, published key of DIR-850L B1",
	  .plain = "dlink/good-plain.alpha" },
	{ "alpha-encimg-wrgg", "dlink/good.alphawrgg",
	  "AES-256-CBC, published key, wapac02_dkbs_dap2695",
	  .plain = "dlink/good-plain.encrpted" },
	{ "deafbead", "dlink/good.deafbead", "2 files", .parts = 3, .may_be_whole = true },
	{ "fpkg", "dlink/good.fpkg", "DFL-260", .parts = 2, .may_be_whole = true },
	{ "fpkg", "dlink/good.cpkg", "", .parts = 2, .may_be_whole = true },
	{ "openssl-enc", "dlink/good.enc", "AES-256-CBC, published key of D-Link R95",
	  .plain = "dlink/good-plain.enc", .open_end = true },
};

static const struct header_change changes[] = {
	{ "shrs", "dlink/good.shrs", 7, NULL },   /* length */
	{ "shrs", "dlink/good.shrs", 600, NULL }, /* zeros */
	{ "shrs", "dlink/good.shrs", 100, "SHA-512 of the plain text" },
	{ "shrs", "dlink/good.shrs", 2000, "SHA-512 of the plain text" },
	{ "mh01", "dlink/good.mh01", 5, NULL },       /* under the sum */
	{ "mh01", "dlink/good.mh01", 34, NULL },      /* initial vector */
	{ "mh01", "dlink/good.mh01", 64, NULL },      /* line feed */
	{ "mh01", "dlink/good.mh01", 74, "content" }, /* salt */
	{ "mh01-signed", "dlink/good-plain.mh01", 5, NULL },
	{ "dlke", "dlink/good.dlke", 64, NULL },
	{ "dlke", "dlink/good.dlke", 416 + 280, "content" },
	{ "dlke", "dlink/good.dlke", 416 + 288 + 280, "padding of a piece" },
	{ "dlke", "dlink/good.dlke", 1070, "padding of a piece" }, /* of the last, a short one */
	{ "jboot", "dlink/good.jboot", 64, NULL },
	{ "jboot", "dlink/good.jboot", 14, "sum of the header" },
	{ "jboot", "dlink/good.jboot", 200, "sum of the data" },
	{ "jboot-stag", "dlink/good.stag", 5, NULL },
	{ "jboot-stag", "dlink/good.stag", 200, "sum of the data" },
	{ "jboot-sch2", "dlink/good.sch2", 5, NULL },
	{ "jboot-sch2", "dlink/good.sch2", 200, "CRC-32 of the kernel" },
	{ "encrpted-img", "dlink/good.encrpted", 15, "length" },
	{ "encrpted-img", "dlink/good.encrpted", 20, "content" },
	{ "dlink-tlv", "dlink/good.tlv", 0x6c, NULL },
	{ "dlink-tlv-encrypted", "dlink/good-encrypted.tlv", 7, "content" }, /* the key */
	{ "dlink-tlv-encrypted", "dlink/good-encrypted.tlv", 0x74, NULL },
	{ "alpha-encimg", "dlink/good.alpha", 3, NULL },
	{ "alpha-encimg-wrgg", "dlink/good.alphawrgg", 3, NULL },
	{ "alpha-encimg-wrgg", "dlink/good.alphawrgg", 162, NULL },
	{ "deafbead", "dlink/good.deafbead", 6, NULL },
	{ "fpkg", "dlink/good.fpkg", 32, NULL },
	{ "openssl-enc", "dlink/good.enc", 10, NULL },
};

HEADER_CASES(samples, changes)

static void says_what_no_published_key_opens(void **state)
{
	struct span in = sample_read("dlink/good.shrs");
	struct opened o;
	struct sink out;

	(void)state;
	sample_bytes(in)[0x6dc] ^= 1; /* the first plain block, and with it every digest */
	sink_init(&out, NULL, MOST_PLAIN);
	opened_init(&o, format_named("shrs"), in);
	assert_string_equal(o.found.label, "AES-128-CBC");
	assert_int_equal(header_fault(&o, &out).kind, FAULT_ENCRYPTED);
	assert_int_equal(out.n, 0);
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

/* DIR-865L: only its first block is known. */
static void knows_models_whose_key_is_not_published(void **state)
{
	static const uint8_t first[64] = { 0x98, 0x9c, 0x3c, 0x2c, 0x6b, 0x19, 0x1b, 0x25,
					   0x6e, 0x03, 0xee, 0x0f, 0x72, 0x5c, 0x6c, 0xa0 };
	struct opened o;
	struct sink out;

	(void)state;
	sink_init(&out, NULL, MOST_PLAIN);
	opened_init(&o, format_named("alpha-encimg"), (struct span){ first, sizeof(first) });
	assert_string_equal(o.found.label, "AES-256-CBC, DIR-865L A");
	assert_int_equal(header_fault(&o, &out).kind, FAULT_ENCRYPTED);
	sink_free(&out);
	opened_free(&o);
}

static void opens_files_of_an_archive(void **state)
{
	struct span in = sample_read("dlink/good.deafbead");
	struct opened o;
	struct sink out;

	(void)state;
	sink_init(&out, NULL, MOST_PLAIN);
	opened_init(&o, format_named("deafbead"), in);
	assert_int_equal(opened_entry(&o, "/html")->kind, KIND_DIRECTORY);
	assert_int_equal(opened_entry(&o, "/html/index.htm")->size, 9 * 19);
	assert_int_equal(opened_load(&o, opened_entry(&o, "/a.js"), &out, 100).kind, FAULT_NONE);
	assert_int_equal(out.n, 10);
	assert_memory_equal(out.p, "alert(1);\n", 10);
	opened_free(&o);
	sample_free(in);
	in = sample_read("dlink/good.fpkg");
	opened_init(&o, format_named("fpkg"), in);
	assert_int_equal(opened_entry(&o, "/image.bin")->size, 200);
	assert_int_equal(opened_entry(&o, "/checksum")->length, 20);
	opened_free(&o);
	sample_free(in);
	sink_free(&out);
}

/* FIPS 197 has no CBC; NIST SP 800-38A, F.2.2. */
static void decrypts_as_the_standard_shows(void **state)
{
	static const uint8_t key[] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
				       0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
	static const uint8_t iv[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t packed[] = { 0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
					  0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d };
	static const uint8_t plain[] = { 0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
					 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a };
	uint8_t out[16];

	(void)state;
	aes_cbc_decrypt((struct span){ key, 16 }, (struct span){ iv, 16 },
			(struct span){ packed, 16 }, out);
	assert_memory_equal(out, plain, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(says_what_no_published_key_opens),
		cmocka_unit_test(knows_models_whose_key_is_not_published),
		cmocka_unit_test(opens_files_of_an_archive),
		cmocka_unit_test(decrypts_as_the_standard_shows),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
