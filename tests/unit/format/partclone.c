/* partclone.c - images that partclone made of one small ext2. */
#include "unit/format/disk_tree.h"

extern const struct format format_partclone;

#define DISK   (512u << 10)
#define HEADER 110u
#define BLOCKS (HEADER + 64 + 4) /* where those in use begin */

static const char *const images[] = { "partclone/none.gz", "partclone/every8.gz",
				      "partclone/going-on.gz" };

static void every_image_gives_the_same_disk(void **state)
{
	struct span plain = sample_unzipped("partclone/plain.gz");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span in = sample_unzipped(images[i]);
		size_t size = in.n;
		struct found found = { 0 };
		struct sink out;

		in = with_room(in, 3000);
		assert_int_equal(decode_disk(&format_partclone, in, &found, LIMIT, &out).kind,
				 FAULT_NONE);
		assert_int_equal(found.len, size);
		assert_int_equal(found.proof, PROOF_CHECKSUM);
		assert_string_equal(found.label, "EXTFS, 51 blocks of 1024");
		assert_int_equal(out.n, DISK);
		assert_memory_equal(out.p, plain.p, DISK);
		sink_free(&out);
		sample_free(in);
	}
	sample_free(plain);
}

static void a_wrong_checksum_is_said_and_hides_nothing(void **state)
{
	static const struct {
		size_t image, at;
		const char *what;
	} wrong[] = {
		{ 1, BLOCKS + 3000, "CRC-32 of blocks" },
		{ 2, BLOCKS + 3000, "CRC-32 of blocks" },
		{ 1, BLOCKS + 51 * 1024 + 7 * 4 - 1, "CRC-32 of blocks" }, /* the last one */
		{ 0, HEADER + 63, "bitmap CRC-32" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped(images[wrong[i].image]);
		struct found found = { 0 };
		struct sink out;

		sample_bytes(in)[wrong[i].at] ^= 1;
		assert_string_equal(decode_disk(&format_partclone, in, &found, LIMIT, &out).what,
				    wrong[i].what);
		assert_int_equal(out.n, DISK);
		sink_free(&out);
		sample_free(in);
	}
}

static void refuses_a_header_that_does_not_hold(void **state)
{
	(void)state;
	for (size_t at = 36; at < HEADER; at += 5) {
		struct span in = sample_unzipped(images[1]);

		refuses_once_changed("partclone", in, at);
		sample_free(in);
	}
}

/* The header's own checksum made right: what it says must still make an image. */
static struct fault with_field(uint32_t at, uint64_t value, int bytes, struct found *found)
{
	struct span in = sample_unzipped(images[1]);
	uint8_t *p = sample_bytes(in);
	struct sink out;
	struct fault bad;

	put_le(p + at, value, bytes);
	put_le(p + 106, ~crc32(0, p, 106), 4);
	bad = decode_disk(&format_partclone, in, found, LIMIT, &out);
	assert_true(out.n <= LIMIT);
	sink_free(&out);
	sample_free(in);
	return bad;
}

static void fields_of_any_size_do_no_harm(void **state)
{
	struct found found = { 0 };

	(void)state;
	assert_string_equal(with_field(84, 0, 4, &found).what, "block size");
	assert_string_equal(with_field(60, UINT64_MAX, 8, &found).what, "block size");
	assert_string_equal(with_field(76, UINT64_MAX, 8, &found).what, "block size");
	assert_string_equal(with_field(96, 7, 2, &found).what, "checksums");
	assert_string_equal(with_field(100, 0, 4, &found).what, "checksums");
	assert_string_equal(with_field(105, 8, 1, &found).what, "bitmap");
	assert_string_equal(with_field(60, 1u << 30, 8, &found).what, "bitmap");
	assert_int_equal(with_field(60, 1u << 30, 8, &found).kind, FAULT_SHORT);
	assert_int_equal(with_field(52, 1ull << 50, 8, &found).kind, FAULT_LIMIT);
	assert_string_equal(with_field(84, 4096, 4, &found).what, "CRC-32 of blocks");
}

static void cuts_do_no_harm(void **state)
{
	struct span in = sample_unzipped(images[1]);
	struct guarded g = guarded_new(in.n);

	(void)state;
	for (size_t n = 0; n < in.n; n += n < 400 ? 1 : 997) {
		struct found found = { 0 };
		struct sink out;
		struct fault bad = decode_disk(&format_partclone, guarded_copy(g, span_head(in, n)),
					       &found, LIMIT, &out);

		assert_true(bad.kind != FAULT_NONE);
		if (n >= BLOCKS)
			assert_int_equal(bad.kind, FAULT_SHORT);
		sink_free(&out);
	}
	guarded_free(g);
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_image_gives_the_same_disk),
		cmocka_unit_test(a_wrong_checksum_is_said_and_hides_nothing),
		cmocka_unit_test(refuses_a_header_that_does_not_hold),
		cmocka_unit_test(fields_of_any_size_do_no_harm),
		cmocka_unit_test(cuts_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
