/* vhdx.c - Hyper-V disks, against the disk that qemu-img put into them. */
#include "unit/format/disk_tree.h"

extern const struct format format_vhdx;

#define DISK    (256u << 10)
#define KIB     1024u
#define HEADER  (64 * KIB) /* the first one */
#define REGIONS (192 * KIB)

/* Whether the disk comes out whole, and with what fault. */
static struct fault gives_the_disk(struct span in)
{
	struct span plain = sample_unzipped("simg/plain.disk.gz");
	struct found found = { 0 };
	struct sink out;
	struct fault bad = decode_disk(&format_vhdx, in, &found, LIMIT, &out);

	assert_int_equal(out.n, DISK);
	assert_memory_equal(out.p, plain.p, DISK);
	assert_int_equal(found.proof, PROOF_CHECKSUM);
	sink_free(&out);
	sample_free(plain);
	return bad;
}

static void both_kinds_give_the_same_disk(void **state)
{
	static const struct {
		const char *file, *label;
	} images[] = {
		{ "disk/dynamic.vhdx.gz", "dynamic, disk of 262144" },
		{ "disk/fixed.vhdx.gz", "fixed, disk of 262144" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_unzipped(images[i].file);
		size_t size = in.n;
		struct found found = { 0 };

		in = with_room(in, 3000);
		memset(sample_bytes(in) + size, 0xa5, 3000);
		assert_int_equal(gives_the_disk(in).kind, FAULT_NONE);
		assert_int_equal(format_vhdx.probe(in, &found).kind, FAULT_NONE);
		assert_string_equal(found.label, images[i].label);
		assert_int_equal(found.len, size);
		sample_free(in);
	}
}

static void either_copy_of_headers_and_tables_serves(void **state)
{
	static const uint32_t places[] = { HEADER + 100, HEADER + 64 * KIB + 100, REGIONS + 100,
					   REGIONS + 64 * KIB + 100 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct span in = sample_unzipped("disk/dynamic.vhdx.gz");

		sample_bytes(in)[places[i]] ^= 1;
		assert_int_equal(gives_the_disk(in).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void refuses_what_has_no_sound_header(void **state)
{
	struct span in = sample_unzipped("disk/dynamic.vhdx.gz");
	struct found found = { 0 };

	(void)state;
	sample_bytes(in)[HEADER + 100] ^= 1;
	sample_bytes(in)[HEADER + 64 * KIB + 100] ^= 1;
	assert_string_equal(format_vhdx.probe(in, &found).what, "headers");
	sample_free(in);
}

/* The checksum of both headers, by the definition: CRC-32C, bit by bit. */
static void mend_headers(struct span in)
{
	for (int i = 0; i < 2; i++) {
		uint8_t *p = sample_bytes(in) + HEADER + (size_t)i * 64 * KIB;
		uint32_t crc = UINT32_MAX;

		memset(p + 4, 0, 4);
		for (size_t k = 0; k < 4096; k++) {
			crc ^= p[k];
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		}
		put_le(p + 4, ~crc, 4);
	}
}

static void says_that_the_log_is_not_replayed(void **state)
{
	struct span in = sample_unzipped("disk/dynamic.vhdx.gz");

	(void)state;
	sample_bytes(in)[HEADER + 48] = 1;
	sample_bytes(in)[HEADER + 64 * KIB + 48] = 1;
	mend_headers(in);
	assert_string_equal(gives_the_disk(in).what, "log, which is not replayed");
	sample_free(in);
}

/* Where the metadata stand, by the table of regions. */
static uint64_t metadata_of(struct span in)
{
	size_t at = span_find(in, 0, span_text("metadata"));

	assert_true(at < in.n);
	return at;
}

/* The value of an item: the flags stand behind the block size, which is the only item of 1 MiB. */
static size_t block_size_at(struct span in)
{
	static const uint8_t mib[] = { 0, 0, 0x10, 0 };
	size_t at = span_find(in, metadata_of(in) + 64 * KIB, (struct span){ mib, 4 });

	assert_true(at < in.n);
	while (span_u32(in, at, false) != 1u << 20)
		at++;
	return at;
}

static void says_why_a_disk_cannot_be_given(void **state)
{
	static const struct {
		const char *what;
		int at, bytes; /* from the block size on */
		uint64_t value;
	} odd[] = {
		{ "disk over another one", 4, 4, 2 },
		{ "block size", 0, 4, 1u << 19 },
		{ "block size", 0, 4, 0 },
		{ "block size", 0, 4, 3u << 20 },
		{ "block size", 0, 4, 1u << 31 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct span in = sample_unzipped("disk/dynamic.vhdx.gz");
		size_t at = block_size_at(in) + (size_t)odd[i].at;
		struct found found = { 0 };
		struct sink out;

		put_le(sample_bytes(in) + at, odd[i].value, odd[i].bytes);
		assert_string_equal(decode_disk(&format_vhdx, in, &found, LIMIT, &out).what,
				    odd[i].what);
		assert_int_equal(out.n, 0);
		assert_int_equal(found.proof, PROOF_CHECKSUM);
		sink_free(&out);
		sample_free(in);
	}
}

static void an_image_that_is_cut_is_said(void **state)
{
	struct span in = sample_unzipped("disk/dynamic.vhdx.gz");
	size_t cuts[] = { 0, 7, 100 * KIB, 150 * KIB, 300 * KIB, 2050 * KIB, 5000 * KIB, 0 };
	struct found found = { 0 };

	(void)state;
	cuts[7] = in.n - (1u << 20) + 1000; /* in the only block */
	for (size_t i = 0; i < 8; i++) {
		struct guarded g = guarded_new(cuts[i]);
		struct sink out;
		struct fault bad = decode_disk(
			&format_vhdx, guarded_copy(g, span_head(in, cuts[i])), &found, LIMIT, &out);

		assert_true(bad.kind != FAULT_NONE);
		if (i >= 4)
			assert_int_equal(bad.kind, FAULT_SHORT);
		sink_free(&out);
		guarded_free(g);
	}
	sample_free(in);
}

static void flips_do_no_harm(void **state)
{
	static const uint64_t values[] = { 0, UINT64_MAX, 1ull << 63, 6 };
	struct span in = sample_unzipped("disk/dynamic.vhdx.gz");
	uint64_t places[] = { metadata_of(in), block_size_at(in), 0 };
	struct span table = span_sub(in, REGIONS + 16, 64);

	(void)state;
	for (size_t i = 0; i < 2; i++)
		if (span_u64(table, i * 32 + 16, false) != places[0])
			places[2] = span_u64(table, i * 32 + 16, false);
	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < 240; n += 4)
			for (size_t k = 0; k < 4; k++) {
				uint8_t *p = sample_bytes(in) + places[i] + n, kept[8];
				struct found found = { 0 };
				struct sink out;

				memcpy(kept, p, 8);
				put_le(p, values[k], 8);
				decode_disk(&format_vhdx, in, &found, LIMIT, &out);
				assert_true(out.n <= LIMIT);
				sink_free(&out);
				memcpy(p, kept, 8);
			}
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_kinds_give_the_same_disk),
		cmocka_unit_test(either_copy_of_headers_and_tables_serves),
		cmocka_unit_test(refuses_what_has_no_sound_header),
		cmocka_unit_test(says_that_the_log_is_not_replayed),
		cmocka_unit_test(says_why_a_disk_cannot_be_given),
		cmocka_unit_test(an_image_that_is_cut_is_said),
		cmocka_unit_test(flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
