/* cramfs.c - against images of mkfs.cramfs; hostile and older ones are made of them. */
#include "unit/format/disk_tree.h"

extern const struct format format_cramfs;

#define STORED 0x80000000u
#define DIRECT 0x40000000u

static const struct {
	const char *file, *label;
	bool big;
} images[] = {
	{ "cramfs/le.cramfs", "little-endian, edition 7, small", false },
	{ "cramfs/be.cramfs", "big-endian, edition 7, small", true },
	{ "cramfs/boot.cramfs", "little-endian, edition 0, Compressed", false },
	{ "cramfs/pages.cramfs", "little-endian, edition 0, Compressed", false },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static void reads_one_tree_from_every_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_read(images[i].file);
		struct opened o;

		open_sample(&o, &format_cramfs, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.found.label, images[i].label);
		assert_int_equal(o.l.count, 12);
		has_disk_files(&o);
		is_sparse(&o, wanted(&o, "/sparse"));
		has_disk_nodes(&o);
		has_disk_owner(&o);
		assert_false(wanted(&o, "/a.txt")->has_mtime);
		opened_free(&o);
		sample_free(in);
	}
}

static void says_that_the_checksum_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_read(images[i].file);
		struct opened o;

		sample_bytes(in)[in.n - 1] ^= 1; /* padding */
		open_sample(&o, &format_cramfs, in);
		assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
		assert_string_equal(o.l.fault.what, "CRC-32");
		has_disk_files(&o);
		opened_free(&o);
		sample_free(in);
	}
}

static void takes_a_checksum_in_the_other_byte_order(void **state)
{
	struct span in = sample_read("cramfs/le.cramfs");
	uint32_t crc = span_u32(in, 32, false);
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + 32, crc, 4);
	open_sample(&o, &format_cramfs, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_read("cramfs/le.cramfs");
	struct opened o;

	(void)state;
	open_sample(&o, &format_cramfs, span_head(in, in.n - 100));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	has_disk_files(&o);
	opened_free(&o);
	sample_free(in);
}

static void finds_the_end_that_the_first_version_does_not_state(void **state)
{
	struct span in = with_room(sample_read("cramfs/le.cramfs"), 5000);
	struct opened o;

	(void)state;
	put_le(sample_bytes(in) + 4, 0, 4);
	put_le(sample_bytes(in) + 8, 0x102, 4);
	memset(sample_bytes(in) + 4096, 0xee, 5000);
	open_sample(&o, &format_cramfs, in);
	assert_int_equal(o.found.len, 4096);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	has_disk_files(&o);
	opened_free(&o);
	sample_free(in);
}

/* The record of a name in a little-endian image. */
static uint8_t *record_of(struct span in, const char *name)
{
	size_t at = span_find(in, 76, span_text(name));

	assert_true(at < in.n);
	return sample_bytes(in) + at - 12;
}

static size_t content_of(struct span in, const char *name)
{
	return (span_u32((struct span){ record_of(in, name), 12 }, 8, false) >> 6) * 4;
}

static void follows_pointers_that_give_a_place(void **state)
{
	struct span in = with_room(sample_read("cramfs/le.cramfs"), 4096);
	uint8_t *p = sample_bytes(in);
	size_t a = content_of(in, "a.txt"), tiny = content_of(in, "inline");
	uint32_t length = span_u32(in, a, false) - (uint32_t)(a + 4);
	struct opened o;

	(void)state;
	put_le(p + 4, in.n, 4);
	put_le(p + 8, 0x903, 4);
	put_le(p + 4096, length, 2);
	memcpy(p + 4098, p + a + 4, length);
	memset(p + a + 4, 0, length);
	put_le(p + a, DIRECT | 4096 / 4, 4);
	memcpy(p + 6000, "tiny", 4);
	put_le(p + tiny, DIRECT | STORED | 6000 / 4, 4);
	open_sample(&o, &format_cramfs, in);
	has_disk_files(&o);
	opened_free(&o);
	sample_free(in);
}

static void begins_with_the_boot_sector_not_behind_it(void **state)
{
	struct span in = sample_read("cramfs/boot.cramfs");
	struct found f;

	(void)state;
	assert_int_equal(format_cramfs.probe(span_from(in, 512), &f).kind, FAULT_BROKEN);
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_read("cramfs/le.cramfs");
	struct opened o;

	(void)state;
	memcpy(record_of(in, "deep") + 8, sample_bytes(in) + 72, 4);
	put_le(record_of(in, "deep") + 4, span_u32(in, 68, false), 3);
	/* The length of the name shares a word with the offset. */
	record_of(in, "deep")[8] = (uint8_t)((record_of(in, "deep")[8] & 0xc0) | 1);
	open_sample(&o, &format_cramfs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void directories_that_overlap_end(void **state)
{
	struct span in = sample_read("cramfs/le.cramfs");
	struct opened o;

	(void)state;
	put_le(record_of(in, "deep") + 4, 0xffffff, 3); /* longer than the image */
	open_sample(&o, &format_cramfs, in);
	assert_int_equal(wanted(&o, "/dir/deep")->fault.kind, FAULT_SHORT);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void a_block_pointer_may_lead_nowhere(void **state)
{
	static const uint32_t pointers[] = { 0, 1, 0xffffffff, 0x3fffffff, 0x7fffffff, 0xbfffffff };
	struct span in = sample_read("cramfs/le.cramfs");
	size_t a = content_of(in, "a.txt");
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		put_le(sample_bytes(in) + a, pointers[i], 4);
		open_sample(&o, &format_cramfs, in);
		assert_int_not_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind,
				     FAULT_NONE);
		opened_free(&o);
	}
	sink_free(&content);
	sample_free(in);
}

/* 340 names for one content that claims 16 MiB of holes: more than an honest image unpacks to. */
static void contents_that_share_bytes_meet_a_limit(void **state)
{
	const uint32_t size = 0xffffff, names = 340, table = 76 + 16 * names;
	uint8_t image[32768] = { 0 };
	struct span in = { image, sizeof(image) };
	uint32_t refused = 0;
	struct opened o;

	(void)state;
	memcpy(image, "\x45\x3d\xcd\x28", 4);
	put_le(image + 4, sizeof(image), 4);
	put_le(image + 8, 1, 4);
	memcpy(image + 16, "Compressed ROMFS", 16);
	put_le(image + 64, 0040755, 2);
	put_le(image + 68, 16 * names, 3);
	put_le(image + 72, (76 / 4) << 6, 4);
	for (uint32_t i = 0; i < names; i++) {
		put_le(image + 76 + 16 * i, 0100644, 2);
		put_le(image + 80 + 16 * i, size, 3);
		put_le(image + 84 + 16 * i, (table / 4) << 6 | 1, 4);
		memcpy(image + 88 + 16 * i, "name", 4);
	}
	for (uint32_t i = 0; i < 4096; i++)
		put_le(image + table + 4 * i, table + 4 * 4096, 4);
	open_sample(&o, &format_cramfs, in);
	assert_int_equal(o.l.count, names + 1);
	for (uint32_t i = 1; i < o.l.count; i++)
		refused += o.l.entries[i].fault.kind == FAULT_LIMIT;
	assert_true(refused > names - 8 && refused < names);
	opened_free(&o);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		cut_everywhere(&format_cramfs, images[i].file, 7);
		spoil_everywhere(&format_cramfs, images[i].file, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_layout),
		cmocka_unit_test(says_that_the_checksum_is_wrong),
		cmocka_unit_test(takes_a_checksum_in_the_other_byte_order),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(finds_the_end_that_the_first_version_does_not_state),
		cmocka_unit_test(follows_pointers_that_give_a_place),
		cmocka_unit_test(begins_with_the_boot_sector_not_behind_it),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(directories_that_overlap_end),
		cmocka_unit_test(a_block_pointer_may_lead_nowhere),
		cmocka_unit_test(contents_that_share_bytes_meet_a_limit),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
