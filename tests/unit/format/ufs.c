/* ufs.c - against file systems of makefs; hostile ones are made of them. */
#include "unit/format/disk_tree.h"

extern const struct format format_ufs;

#define LARGE 614181
#define SUPER 8192

static const struct {
	const char *file, *label;
} images[] = {
	{ "ufs/le1.ufs.gz", "UFS1, little-endian" },
	{ "ufs/be1.ufs.gz", "UFS1, big-endian" },
	{ "ufs/le2.ufs.gz", "UFS2, little-endian" },
	{ "ufs/be2.ufs.gz", "UFS2, big-endian" },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

/* `seq 1 3000`, zeros, `seq 1 99` */
static void is_large(const struct opened *o)
{
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, wanted(o, "/large"), &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, LARGE);
	assert_true(span_starts(sink_span(&content), span_text("1\n2\n3\n")));
	assert_true(span_ends(sink_span(&content), span_text("98\n99\n")));
	assert_int_equal(content.p[300000], 0);
	sink_free(&content);
}

static void reads_one_tree_from_every_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = with_room(sample_unzipped(images[i].file), 3000);
		struct opened o;

		open_sample(&o, &format_ufs, in);
		assert_int_equal(o.found.len, in.n - 3000);
		assert_int_equal(o.found.proof, PROOF_STRUCTURE);
		assert_string_equal(o.found.label, images[i].label);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.l.count, 14);
		has_disk_files(&o);
		has_disk_nodes(&o);
		has_disk_owner(&o);
		is_hard_link(&o, "/dir/two", "/dir/one");
		is_sparse(&o, wanted(&o, "/sparse"));
		is_large(&o);
		assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME);
		assert_true(wanted(&o, "/a.txt")->stored);
		opened_free(&o);
		sample_free(in);
	}
}

/* Where the inode of an entry of the first cylinder group stands. */
static uint8_t *inode_of(struct span in, const struct opened *o, const char *path)
{
	bool second = o->found.label[3] == '2';
	uint64_t table =
		(uint64_t)span_u32(in, SUPER + 16, false) * span_u32(in, SUPER + 52, false);

	return sample_bytes(in) + table + wanted(o, path)->key[0] * (second ? 256 : 128);
}

/* As they were before a record had a type. */
static void reads_lengths_of_names_that_have_two_bytes(void **state)
{
	struct span in = sample_unzipped("ufs/le1.ufs.gz");
	uint32_t fragment = span_u32(in, SUPER + 52, false);
	uint64_t root = (uint64_t)span_u32(in, SUPER + 16, false) * fragment + 2 * 128ull;
	uint8_t *p = sample_bytes(in) + (uint64_t)span_u32(in, root + 40, false) * fragment;
	struct opened o;

	(void)state;
	for (size_t at = 0; at < 512; at += p[at + 4] | (size_t)p[at + 5] << 8) {
		p[at + 6] = p[at + 7];
		p[at + 7] = 0;
	}
	open_sample(&o, &format_ufs, in);
	assert_int_equal(o.l.count, 14);
	is_large(&o);
	opened_free(&o);
	sample_free(in);
}

/* Of a UFS2 inode: the first pointers, then that to the table of pointers. */
#define POINTERS 112
#define TABLE    208

static void a_hole_reads_as_zeros(void **state)
{
	struct span in = sample_unzipped("ufs/le2.ufs.gz");
	struct sink content;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ufs, in);
	memset(inode_of(in, &o, "/large") + POINTERS, 0, 8);
	memset(inode_of(in, &o, "/large") + TABLE, 0, 8);
	opened_free(&o);
	open_sample(&o, &format_ufs, in);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/large"), &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, LARGE);
	assert_int_equal(content.p[0], 0);
	assert_int_equal(content.p[LARGE - 1], 0);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

static void fragments_of_two_files_end_the_second(void **state)
{
	struct span in = sample_unzipped("ufs/le2.ufs.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ufs, in);
	memcpy(inode_of(in, &o, "/a.txt") + POINTERS, inode_of(in, &o, "/large") + POINTERS, 8);
	opened_free(&o);
	open_sample(&o, &format_ufs, in);
	assert_string_equal(wanted(&o, "/a.txt")->fault.what, "block used twice");
	opened_free(&o);
	sample_free(in);
}

static void a_table_that_leads_to_itself_ends(void **state)
{
	struct span in = sample_unzipped("ufs/le2.ufs.gz");
	struct sink content;
	struct opened o;
	uint64_t table;
	uint8_t *inode;

	(void)state;
	open_sample(&o, &format_ufs, in);
	inode = inode_of(in, &o, "/large");
	table = span_u64((struct span){ inode, 256 }, TABLE, false);
	put_le(sample_bytes(in) + table * span_u32(in, SUPER + 52, false), table, 8);
	memset(inode + 16, 0xff, 7); /* its size */
	opened_free(&o);
	open_sample(&o, &format_ufs, in);
	assert_string_equal(wanted(&o, "/large")->fault.what, "block used twice");
	sink_init(&content, NULL, LIMIT);
	opened_load(&o, wanted(&o, "/large"), &content, LIMIT);
	assert_true(content.n < in.n);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

static void holes_without_end_meet_a_limit(void **state)
{
	struct span in = sample_unzipped("ufs/le2.ufs.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ufs, in);
	memset(inode_of(in, &o, "/large") + POINTERS, 0, 15 * 8);
	put_le(inode_of(in, &o, "/large") + 16, 1ull << 42, 8);
	opened_free(&o);
	open_sample(&o, &format_ufs, in);
	assert_string_equal(wanted(&o, "/large")->fault.what, "holes");
	opened_free(&o);
	sample_free(in);
}

static void an_image_that_is_cut_is_said(void **state)
{
	struct span in = sample_unzipped("ufs/le1.ufs.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ufs, span_head(in, 300000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	assert_int_equal(wanted(&o, "/large")->fault.kind, FAULT_SHORT);
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_make_no_file_system(void **state)
{
	static const struct {
		uint32_t at;
		uint64_t value;
	} wrong[] = {
		{ 1372, 0 }, { 48, 3000 },       { 48, 0 },  { 52, 0 },
		{ 56, 3 },   { 44, 0 },          { 184, 0 }, { 184, UINT32_MAX },
		{ 188, 0 },  { 16, UINT32_MAX }, { 36, 0 },  { 36, UINT32_MAX },
	};
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped("ufs/le1.ufs.gz");

		put_le(sample_bytes(in) + SUPER + wrong[i].at, wrong[i].value, 4);
		if (format_ufs.probe(in, &f).kind == FAULT_NONE)
			fail_msg("%u changed", wrong[i].at);
		sample_free(in);
	}
}

/* Copies of superblocks stand in every cylinder group. */
static void a_copy_of_the_superblock_is_no_file_system(void **state)
{
	struct span in = sample_unzipped("ufs/le2.ufs.gz");
	struct found f;

	(void)state;
	assert_int_equal(span_u32(in, 2 * SUPER + 1372, false), 0x19540119);
	assert_true(format_ufs.probe(span_from(in, SUPER), &f).kind != FAULT_NONE);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_unzipped(images[i].file);
		struct guarded g = guarded_new(in.n);
		uint8_t *p = sample_bytes(in);

		for (size_t n = SUPER; n < SUPER + 70000; n += n < SUPER + 1400 ? 9 : 331) {
			uint8_t kept = p[n];

			if (n % 4 == 0)
				open_anyhow(&format_ufs, guarded_copy(g, span_head(in, n * 2)));
			p[n] = (uint8_t)~kept;
			open_anyhow(&format_ufs, in);
			p[n] = 0xff;
			open_anyhow(&format_ufs, in);
			p[n] = kept;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_version),
		cmocka_unit_test(reads_lengths_of_names_that_have_two_bytes),
		cmocka_unit_test(a_hole_reads_as_zeros),
		cmocka_unit_test(fragments_of_two_files_end_the_second),
		cmocka_unit_test(a_table_that_leads_to_itself_ends),
		cmocka_unit_test(holes_without_end_meet_a_limit),
		cmocka_unit_test(an_image_that_is_cut_is_said),
		cmocka_unit_test(refuses_fields_that_make_no_file_system),
		cmocka_unit_test(a_copy_of_the_superblock_is_no_file_system),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
