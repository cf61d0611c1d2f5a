/* crypt.c - LUKS, BitLocker, dm-verity and RAUC bundles: what their own tools made, and for
 * BitLocker a volume laid out here as documented. */
#include "base/jsontext.h"
#include "format/verity.h"
#include "unit/format/disk_tree.h"

extern const struct format format_luks, format_bitlocker, format_verity, format_rauc;

#define DATA_BLOCKS 100u
#define DATA_BLOCK  512u

/* -- LUKS -- */

static void says_cipher_key_and_derivation(void **state)
{
	static const struct {
		const char *file, *label;
		uint64_t payload;
	} volumes[] = {
		{ "crypt/luks1.gz",
		  "version 1, aes-cbc-essiv:sha256, key of 256 bits, PBKDF2 sha256", 0 },
		{ "crypt/luks2.gz", "version 2, aes-xts-plain64, key of 512 bits, pbkdf2 sha512",
		  16u << 20 },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_unzipped(volumes[i].file);
		struct opened o;

		opened_init(&o, &format_luks, in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		assert_int_equal(o.found.proof, PROOF_STRUCTURE);
		assert_string_equal(o.l.label[0] ? o.l.label : o.found.label, volumes[i].label);
		assert_int_equal(o.fault.kind, FAULT_ENCRYPTED);
		assert_string_equal(o.fault.what, "payload, encrypted by AES");
		if (volumes[i].payload)
			assert_int_equal(o.fault.at, volumes[i].payload);
		assert_int_equal(o.l.count, 0);
		opened_free(&o);
		sample_free(in);
	}
}

static void a_header_of_luks2_is_checked(void **state)
{
	struct span in = sample_unzipped("crypt/luks2.gz");
	struct opened o;

	(void)state;
	sample_bytes(in)[24] ^= 1; /* the label */
	opened_init(&o, &format_luks, in);
	assert_string_equal(o.fault.what, "header checksum");
	opened_free(&o);
	sample_bytes(in)[4096 + 1] = '}';
	opened_init(&o, &format_luks, in);
	assert_string_equal(o.fault.what, "JSON");
	opened_free(&o);
	opened_init(&o, &format_luks, span_head(in, 5000));
	assert_int_equal(o.fault.kind, FAULT_SHORT);
	opened_free(&o);
	sample_free(in);
}

/* As `cryptsetup reencrypt --device-size` leaves them. */
static void a_segment_of_luks2_that_states_its_size(void **state)
{
	struct span in = sample_unzipped("crypt/luks2.gz");
	uint8_t *p;
	size_t at = span_find(in, 4096, span_text("\"size\":\"dynamic\""));
	struct found f;

	(void)state;
	in = with_room(in, 20u << 20);
	assert_int_equal(format_luks.probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, in.n);
	p = sample_bytes(in);
	memcpy(p + at + 8, "1048576", 7);
	assert_int_equal(format_luks.probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, 16777216 + 1048576);
	assert_int_equal(format_luks.probe(span_head(in, 9 << 20), &f).kind, FAULT_NONE);
	assert_int_equal(f.len, 9 << 20);
	memcpy(p + at + 8, "9999999", 7); /* and an end beyond the image */
	memcpy(p + span_find(in, 4096, span_text("16777216")), "99999999", 8);
	assert_int_equal(format_luks.probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, in.n);
	sample_free(in);
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		const char *format, *file;
		uint32_t at;
	} wrong[] = {
		{ "luks", "crypt/luks1.gz", 7 },
		{ "luks", "crypt/luks1.gz", 8 + 20 },
		{ "luks", "crypt/luks1.gz", 72 + 31 },
		{ "luks", "crypt/luks1.gz", 108 },
		{ "luks", "crypt/luks1.gz", 208 + 48 },
		{ "luks", "crypt/luks2.gz", 8 },
		{ "luks", "crypt/luks2.gz", 14 },
		{ "luks", "crypt/luks2.gz", 263 },
		{ "luks", "crypt/luks2.gz", 4096 },
		{ "verity", "crypt/sha256.verity.gz", 12 },
		{ "verity", "crypt/sha256.verity.gz", 60 },
		{ "verity", "crypt/sha256.verity.gz", 64 },
		{ "verity", "crypt/sha256.verity.gz", 79 },
		{ "verity", "crypt/sha256.verity.gz", 81 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped(wrong[i].file);

		refuses_once_changed(wrong[i].format, in, wrong[i].at);
		sample_free(in);
	}
}

static void json_is_read_as_it_is_written(void **state)
{
	static const char written[] =
		" {\"a\": [1, {\"b\": \"x\\\"y\"}, [], null], \"c\": {\"d\": \"7\"} , \"e\":-1}\n";
	struct arena a = { 0 };
	struct json_text t;
	uint64_t number;
	uint32_t i;

	(void)state;
	assert_int_equal(json_text_read(&a, span_text(written), &t).kind, FAULT_NONE);
	assert_int_equal(t.count, 10);
	i = json_child(&t, json_find(&t, 0, "a"));
	assert_true(span_is(t.items[i].value, "1"));
	i = json_next(&t, i);
	assert_true(span_is(json_value(&t, i, "b"), "x\\\"y"));
	i = json_next(&t, i);
	assert_int_equal(t.items[i].kind, JSON_ARRAY);
	assert_int_equal(json_child(&t, i), JSON_NONE);
	assert_int_equal(json_next(&t, json_next(&t, i)), JSON_NONE);
	assert_true(json_number(&t, json_find(&t, 0, "c"), "d", &number));
	assert_int_equal(number, 7);
	assert_false(json_number(&t, 0, "e", &number));
	assert_int_equal(json_find(&t, 0, "d"), JSON_NONE);
	arena_free(&a);
}

static void json_that_is_none_is_said(void **state)
{
	static const struct {
		const char *text;
		enum fault_kind kind;
	} wrong[] = {
		{ "", FAULT_SHORT },           { "{\"a\": 1", FAULT_SHORT },
		{ "[1 2]", FAULT_BROKEN },     { "[1]]", FAULT_BROKEN },
		{ "{\"a\" 1}", FAULT_BROKEN }, { "{a: 1}", FAULT_BROKEN },
		{ "\"a", FAULT_SHORT },        { "[,1]", FAULT_BROKEN },
		{ "[[[[[[", FAULT_SHORT },     { "{\"a\": 1}}", FAULT_BROKEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct arena a = { 0 };
		struct json_text t;

		assert_int_equal(json_text_read(&a, span_text(wrong[i].text), &t).kind,
				 wrong[i].kind);
		arena_free(&a);
	}
}

/* -- BitLocker -- */

#define VOLUME   (1u << 20)
#define METADATA 65536u

static struct span bitlocker_volume(void)
{
	static const uint8_t guid[] = { 0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a,
					0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01 };
	uint8_t *p = calloc(1, VOLUME), *m = p + METADATA;

	assert_non_null(p);
	memcpy(p, "\xeb\x58\x90-FVE-FS-", 11);
	put_le(p + 11, 512, 2);
	memcpy(p + 160, guid, sizeof(guid));
	put_le(p + 176, METADATA, 8);
	put_le(p + 184, VOLUME / 2, 8);
	put_le(p + 192, 3 * VOLUME / 4, 8);
	memcpy(m, "-FVE-FS-", 8);
	put_le(m + 8, 0x200 / 16, 2);
	put_le(m + 10, 2, 2);
	put_le(m + 16, VOLUME - 4096, 8);
	put_le(m + 100, 0x8004, 2);
	put_le(m + 0x200 + 4, crc32(0, m, 0x200), 4);
	return (struct span){ p, VOLUME };
}

static void says_the_method_of_bitlocker(void **state)
{
	struct span in = bitlocker_volume();
	struct opened o;

	(void)state;
	opened_init(&o, &format_bitlocker, in);
	assert_int_equal(o.found.len, VOLUME - 4096);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, "AES-128-XTS, 1044480 bytes");
	assert_int_equal(o.fault.kind, FAULT_ENCRYPTED);
	assert_string_equal(o.fault.what, "AES-128-XTS");
	opened_free(&o);
	sample_bytes(in)[METADATA + 300] ^= 1;
	opened_init(&o, &format_bitlocker, in);
	assert_string_equal(o.fault.what, "metadata CRC-32");
	opened_free(&o);
	memcpy(sample_bytes(in) + VOLUME / 2, in.p + METADATA, 1024); /* the second copy is sound */
	sample_bytes(in)[VOLUME / 2 + 300] ^= 1;
	opened_init(&o, &format_bitlocker, in);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	opened_free(&o);
	opened_init(&o, &format_bitlocker, span_head(in, 4096));
	assert_string_equal(o.fault.what, "metadata");
	assert_int_equal(o.fault.kind, FAULT_SHORT);
	opened_free(&o);
	put_le(sample_bytes(in) + METADATA + 16, 0, 8); /* of no size */
	put_le(sample_bytes(in) + VOLUME / 2 + 16, 0, 8);
	opened_init(&o, &format_bitlocker, in);
	assert_int_equal(o.found.len, VOLUME);
	assert_string_equal(o.fault.what, "metadata");
	opened_free(&o);
	refuses_once_changed("bitlocker", in, 165);
	sample_free(in);
}

/* -- dm-verity -- */

static void trees_have_the_size_that_veritysetup_gave(void **state)
{
	static const struct {
		const char *file, *label;
		uint32_t header;
	} trees[] = {
		{ "crypt/sha1.verity.gz", "sha1, 100 blocks of 512, salt of 8", 512 },
		{ "crypt/sha256.verity.gz", "sha256, 100 blocks of 512, salt of 8", 512 },
		{ "crypt/sha384.verity.gz", "sha384, 100 blocks of 512, salt of 8", 4096 },
		{ "crypt/sha512.verity.gz", "sha512, 100 blocks of 512, salt of 8", 1024 },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct span in = sample_unzipped(trees[i].file);
		size_t size = in.n;
		struct opened o;

		in = with_room(in, 3000);
		open_sample(&o, &format_verity, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(o.found.len, size);
		assert_string_equal(o.found.label, trees[i].label);
		assert_int_equal(o.l.count, 1);
		assert_true(o.l.entries[0].owned);
		assert_int_equal(o.l.entries[0].offset, trees[i].header);
		assert_int_equal(o.l.entries[0].length, size - trees[i].header);
		opened_free(&o);
		opened_init(&o, &format_verity, span_head(in, size - 100));
		assert_int_equal(o.fault.kind, FAULT_SHORT);
		opened_free(&o);
		sample_free(in);
	}
}

static struct span numbers(void)
{
	uint8_t *p = malloc(DATA_BLOCKS * DATA_BLOCK);

	assert_non_null(p);
	for (uint32_t i = 0; i < DATA_BLOCKS * DATA_BLOCK / 4; i++)
		put_le(p + (size_t)i * 4, i, 4);
	return (struct span){ p, DATA_BLOCKS * DATA_BLOCK };
}

static void every_block_is_compared_with_its_digest(void **state)
{
	static const uint8_t salt[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	static const struct {
		const char *file, *algorithm;
		uint32_t type, block;
	} trees[] = {
		{ "crypt/sha1.verity.gz", "sha1", 0, 512 },
		{ "crypt/sha256.verity.gz", "sha256", 1, 512 },
		{ "crypt/sha512.verity.gz", "sha512", 1, 1024 },
	};
	struct span data = numbers();
	bool in_data;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span in = sample_unzipped(trees[i].file);
		struct span tree = span_from(in, trees[i].block);
		struct verity v = { trees[i].type,
				    DATA_BLOCK,
				    trees[i].block,
				    DATA_BLOCKS,
				    span_text(trees[i].algorithm),
				    { salt, 8 } };
		struct fault bad;

		assert_int_equal(verity_check(&v, tree, data, &in_data).kind, FAULT_NONE);
		sample_bytes(data)[77 * DATA_BLOCK + 5] ^= 1;
		bad = verity_check(&v, tree, data, &in_data);
		assert_int_equal(bad.kind, FAULT_BROKEN);
		assert_int_equal(bad.at, 77 * DATA_BLOCK);
		assert_true(in_data);
		sample_bytes(data)[77 * DATA_BLOCK + 5] ^= 1;
		sample_bytes(in)[in.n - trees[i].block * 2] ^= 1; /* of the lowest level */
		bad = verity_check(&v, tree, data, &in_data);
		assert_int_equal(bad.at, tree.n - trees[i].block * 2);
		assert_false(in_data);
		v.salt.n = 7;
		bad = verity_check(&v, tree, data, &in_data);
		assert_true(bad.kind == FAULT_BROKEN && !in_data);
		sample_free(in);
	}
	sample_free(data);
}

static void a_tree_that_does_not_agree_with_itself_is_said(void **state)
{
	struct span in = sample_unzipped("crypt/sha256.verity.gz");
	struct opened o;

	(void)state;
	sample_bytes(in)[in.n - 512] ^= 1;
	opened_init(&o, &format_verity, in);
	assert_string_equal(o.fault.what, "digest of a block");
	assert_int_equal(o.fault.at, in.n - 512);
	opened_free(&o);
	sample_free(in);
}

static void trees_of_any_size_are_measured(void **state)
{
	struct verity v = { 1, 4096, 4096, 1, span_text("sha256"), { 0 } };

	(void)state;
	assert_int_equal(verity_tree_size(&v), 0); /* the block's own digest is the root */
	v.data_blocks = 128;
	assert_int_equal(verity_tree_size(&v), 4096);
	v.data_blocks = 129;
	assert_int_equal(verity_tree_size(&v), 3 * 4096);
	v.data_blocks = UINT64_MAX;
	assert_int_equal(verity_tree_size(&v), 0);
	v.hash_block = 32;
	v.data_blocks = 5;
	assert_int_equal(verity_tree_size(&v), 0);
	v.algorithm = span_text("md6");
	assert_int_equal(verity_tree_size(&v), 0);
}

/* -- RAUC -- */

static void a_bundle_is_divided_and_checked(void **state)
{
	struct span in = sample_unzipped("crypt/small.raucb.gz");
	uint64_t signature = span_u64(in, in.n - 8, true);
	struct opened o;

	(void)state;
	open_sample(&o, &format_rauc, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, "verity");
	assert_int_equal(o.l.count, 3);
	assert_true(o.l.entries[1].owned);
	assert_int_equal(o.l.entries[1].length, 4096);
	assert_int_equal(o.l.entries[2].offset, in.n - 8 - signature);
	opened_free(&o);
	sample_bytes(in)[5000] ^= 1;
	opened_init(&o, &format_rauc, in);
	assert_string_equal(o.l.fault.what, "digest of a block");
	assert_int_equal(o.l.fault.at, 4096);
	opened_free(&o);
	sample_bytes(in)[in.n - 8 - signature - 4096] ^= 1;
	opened_init(&o, &format_rauc, in);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_string_equal(o.l.fault.what, "root hash");
	opened_free(&o);
	sample_free(in);
}

static void a_squashfs_without_signature_is_no_bundle(void **state)
{
	struct span in = sample_unzipped("crypt/small.raucb.gz");
	struct found f;

	(void)state;
	assert_int_equal(format_rauc.probe(span_head(in, in.n - 1), &f).kind, FAULT_UNKNOWN);
	assert_int_equal(format_rauc.probe(span_head(in, 4096), &f).kind, FAULT_UNKNOWN);
	assert_int_equal(format_rauc.probe(span_head(in, 50), &f).kind, FAULT_SHORT);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	struct span bitlocker = bitlocker_volume();

	(void)state;
	harm_unzipped(&format_luks, "crypt/luks1.gz", 600, 1);
	harm_unzipped(&format_luks, "crypt/luks2.gz", 600, 3);
	harm_unzipped(&format_luks, "crypt/luks2.gz", 5200, 61);
	harm_unzipped(&format_verity, "crypt/sha256.verity.gz", 520, 1);
	harm_unzipped(&format_verity, "crypt/sha1.verity.gz", 5000, 37);
	harm_unzipped(&format_rauc, "crypt/small.raucb.gz", 20000, 101);
	for (size_t n = 0; n < 70000; n += n < 300 ? 1 : 997)
		open_anyhow(&format_bitlocker, span_head(bitlocker, n));
	sample_free(bitlocker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_cipher_key_and_derivation),
		cmocka_unit_test(a_header_of_luks2_is_checked),
		cmocka_unit_test(a_segment_of_luks2_that_states_its_size),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(json_is_read_as_it_is_written),
		cmocka_unit_test(json_that_is_none_is_said),
		cmocka_unit_test(says_the_method_of_bitlocker),
		cmocka_unit_test(trees_have_the_size_that_veritysetup_gave),
		cmocka_unit_test(every_block_is_compared_with_its_digest),
		cmocka_unit_test(a_tree_that_does_not_agree_with_itself_is_said),
		cmocka_unit_test(trees_of_any_size_are_measured),
		cmocka_unit_test(a_bundle_is_divided_and_checked),
		cmocka_unit_test(a_squashfs_without_signature_is_no_bundle),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
