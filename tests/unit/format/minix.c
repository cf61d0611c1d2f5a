/* minix.c - against file systems of mkfs.minix; hostile ones are made of them. */
#include "unit/format/disk_tree.h"

extern const struct format format_minix;

#define BLOCK 1024
#define LARGE 614181

static const struct {
	const char *file, *label;
} images[] = {
	{ "minix/v1.minix.gz", "version 1, names of 30, little-endian" },
	{ "minix/v2.minix.gz", "version 2, names of 30, little-endian" },
	{ "minix/v3.minix.gz", "version 3, names of 60, little-endian" },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

/* `seq 1 3000`, zeros, `seq 1 99` */
static void is_large(const struct opened *o)
{
	struct sink content;
	const char *start = "1\n2\n3\n", *end = "98\n99\n";

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, wanted(o, "/large"), &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, LARGE);
	assert_true(span_starts(sink_span(&content), span_text(start)));
	assert_true(span_ends(sink_span(&content), span_text(end)));
	assert_int_equal(content.p[300000], 0);
	sink_free(&content);
}

static void has_tree(const struct opened *o)
{
	const struct entry *e = wanted(o, "/a.txt");

	assert_int_equal(o->l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(o), 0);
	assert_int_equal(o->l.count, 13);
	has_disk_files(o);
	has_disk_nodes(o);
	has_disk_owner(o);
	assert_true(e->has_mtime);
	assert_int_equal(e->mtime, DISK_MTIME);
	is_hard_link(o, "/dir/two", "/dir/one");
	is_large(o);
}

static void reads_one_tree_from_every_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = with_room(sample_unzipped(images[i].file), 3000);
		struct opened o;

		open_sample(&o, &format_minix, in);
		assert_int_equal(o.found.len, in.n - 3000);
		assert_string_equal(o.found.label, images[i].label);
		has_tree(&o);
		opened_free(&o);
		sample_free(in);
	}
}

static void swap(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		uint8_t kept = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = kept;
	}
}

static void swap_each(uint8_t *p, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++)
		swap(p + i * size, size);
}

/* Version 1 as a big-endian machine writes it: what opened() found says where directories and
 * tables of zones stand. */
static void reads_the_other_byte_order(void **state)
{
	struct span in = sample_unzipped("minix/v1.minix.gz");
	uint8_t *p = sample_bytes(in);
	uint8_t *table = p + (2u + span_u16(in, 1028, false) + span_u16(in, 1030, false)) * BLOCK;
	uint32_t inodes = span_u16(in, 1024, false);
	struct opened o;

	(void)state;
	for (uint32_t i = 0; i < inodes; i++) {
		uint8_t *inode = table + i * 32;
		struct span s = { inode, 32 };
		uint32_t mode = span_u16(s, 0, false) & 0170000;
		uint32_t single = span_u16(s, 28, false), outer = span_u16(s, 30, false);

		if (mode == 0040000)
			for (uint32_t k = 0; k < BLOCK / 32; k++)
				swap(p + span_u16(s, 14, false) * BLOCK + k * 32, 2);
		if (mode == 0100000 && single)
			swap_each(p + single * BLOCK, BLOCK / 2, 2);
		for (uint32_t k = 0; mode == 0100000 && outer && k < BLOCK / 2; k++) {
			uint32_t inner = span_u16(in, outer * BLOCK + k * 2, false);

			if (inner)
				swap_each(p + inner * BLOCK, BLOCK / 2, 2);
		}
		if (mode == 0100000 && outer)
			swap_each(p + outer * BLOCK, BLOCK / 2, 2);
		swap_each(inode, 2, 2);
		swap_each(inode + 4, 2, 4);
		swap_each(inode + 14, 9, 2);
	}
	swap_each(p + 1024, 6, 2);
	swap_each(p + 1040, 2, 2);
	open_sample(&o, &format_minix, in);
	assert_string_equal(o.found.label, "version 1, names of 30, big-endian");
	has_tree(&o);
	opened_free(&o);
	sample_free(in);
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_unzipped("minix/v2.minix.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_minix, span_head(in, 60 * BLOCK));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static uint8_t *record_of(struct span in, const char *name, size_t number)
{
	size_t at = span_find(in, 4 * BLOCK, span_text(name));

	assert_true(at < in.n);
	return sample_bytes(in) + at - number;
}

/* The first zone pointer of an inode of version 2. */
static uint8_t *zones_of(struct span in, const char *name)
{
	uint32_t number = span_u16((struct span){ record_of(in, name, 2), 2 }, 0, false);
	uint32_t maps = span_u16(in, 1028, false) + span_u16(in, 1030, false);

	return sample_bytes(in) + (2 + maps) * BLOCK + (number - 1) * 64 + 24;
}

static void zones_that_are_used_twice_end_a_file(void **state)
{
	struct span in = sample_unzipped("minix/v2.minix.gz");
	uint32_t large = span_u32((struct span){ zones_of(in, "large"), 4 }, 0, false);
	const uint32_t zones[] = { large, 1, UINT32_MAX };
	struct opened o;

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		put_le(zones_of(in, "large") + 28, zones[i], 4); /* its table */
		open_sample(&o, &format_minix, in);
		assert_string_equal(wanted(&o, "/large")->fault.what,
				    i == 0 ? "block used twice" : "zone number");
		assert_int_equal(wanted(&o, "/large")->key[2], 7 * BLOCK); /* sound */
		opened_free(&o);
	}
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_unzipped("minix/v2.minix.gz");
	struct opened o;

	(void)state;
	put_le(record_of(in, "deep", 2), 1, 2); /* the root */
	open_sample(&o, &format_minix, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	put_le(record_of(in, "deep", 2), 0xffff, 2);
	open_sample(&o, &format_minix, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "inode number");
	opened_free(&o);
	sample_free(in);
}

static void a_size_of_the_largest_number_ends_with_the_zones(void **state)
{
	struct span in = sample_unzipped("minix/v2.minix.gz");
	struct opened o;

	(void)state;
	memset(zones_of(in, "empty") - 16, 0xff, 4);
	open_sample(&o, &format_minix, in);
	assert_int_equal(wanted(&o, "/empty")->size, UINT32_MAX); /* holes up to three levels */
	assert_false(wanted(&o, "/empty")->stored);
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_make_no_file_system(void **state)
{
	static const struct {
		uint16_t at, value;
	} wrong[] = { { 1024, 0 }, { 1024, 0xffff }, { 1028, 0 }, { 1030, 0 },
		      { 1032, 3 }, { 1032, 0xffff }, { 1034, 1 }, { 1040, 0 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped("minix/v1.minix.gz");

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, 2);
		assert_int_not_equal(format_minix.probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		harm_unzipped(&format_minix, images[i].file, 1100, 3);
		harm_unzipped(&format_minix, images[i].file, 12000, 29);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_version),
		cmocka_unit_test(reads_the_other_byte_order),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(zones_that_are_used_twice_end_a_file),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(a_size_of_the_largest_number_ends_with_the_zones),
		cmocka_unit_test(refuses_fields_that_make_no_file_system),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
