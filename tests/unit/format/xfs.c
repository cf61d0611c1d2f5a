/* xfs.c - against file systems that a kernel and mkfs.xfs wrote; hostile ones are made of them. */
#include "unit/format/live_tree.h"

extern const struct format format_xfs;

#define V5      "xfs/good-v5.xfs.xz"
#define V4      "xfs/good-v4.xfs.xz"
#define CRC     224
#define ENTRIES 121
#define BLOCKS  3600000 /* here, behind the log, begin those of the sample */
#define ROOM    11      /* for keys in the fork of /odd */

static struct span opened_sample(struct opened *o, const char *name)
{
	struct span in = sample_unxz(name);

	open_sample(o, &format_xfs, in);
	return in;
}

static void closed(struct opened *o, struct span in)
{
	opened_free(o);
	sample_free(in);
}

/* There is one group, so that numbers of inodes have no gaps. */
static uint8_t *inode_of(struct span in, const struct opened *o, const char *path)
{
	return sample_bytes(in) + wanted(o, path)->key[0] * span_u16(in, 104, true);
}

static void reads_what_the_kernel_wrote(void **state)
{
	static const char *const samples[] = { V5, "xfs/good-counters.xfs.xz" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = with_room(sample_unxz(samples[i]), 3000);
		struct opened o;

		open_sample(&o, &format_xfs, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n - 3000);
		assert_int_equal(o.found.proof, PROOF_CHECKSUM);
		assert_string_equal(o.found.label, "version 5, 16777216 bytes, small");
		assert_int_equal(o.l.count, ENTRIES);
		has_live_tree(&o, 120, 5000);
		assert_true(wanted(&o, "/large")->stored);
		assert_false(wanted(&o, "/even")->stored);
		closed(&o, in);
	}
}

static void reads_version_4_without_kinds(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V4);

	(void)state;
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(&o), 0);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_int_equal(o.l.count, 70);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	has_disk_nodes(&o);
	assert_int_equal(wanted(&o, "/a.txt")->mode, 04755);
	assert_int_equal(wanted(&o, "/a.txt")->uid, 700);
	content_is(&o, wanted(&o, "/names/a-name-of-some-length-60"), span_text("tiny"));
	closed(&o, in);
}

static void says_that_the_journal_is_not_replayed(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, "xfs/odd-journal.xfs.xz");

	(void)state;
	assert_string_equal(o.l.fault.what, "journal not replayed");
	has_live_tree(&o, 120, 5000);
	closed(&o, in);
}

static void says_that_the_journal_is_elsewhere(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, "xfs/odd-outside.xfs.xz");

	(void)state;
	assert_string_equal(o.l.fault.what, "journal on another device");
	has_live_tree(&o, 120, 5000);
	closed(&o, in);
}

static void opens_what_only_the_checksum_speaks_against(void **state)
{
	struct span in = sample_unxz(V5);
	struct opened o;

	(void)state;
	sample_bytes(in)[150] ^= 1;
	open_sample(&o, &format_xfs, in);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_string_equal(o.l.fault.what, "superblock CRC-32C");
	assert_int_equal(o.l.count, ENTRIES);
	opened_free(&o);
	sample_bytes(in)[512] ^= 1; /* nor do the headers of the group agree */
	opened_init(&o, &format_xfs, in);
	assert_string_equal(o.refused.what, "superblock CRC-32C");
	sample_free(in);
}

static void a_copy_of_the_superblock_is_no_file_system(void **state)
{
	struct span in = sample_unxz(V5);
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + 512 + 8, 3, 4);
	opened_init(&o, &format_xfs, in);
	assert_string_equal(o.refused.what, "copy of a superblock, group");
	assert_int_equal(o.refused.got, 3);
	sample_free(in);
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_unxz(V5);
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	open_sample(&o, &format_xfs, span_head(in, 5000000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(opened_faults(&o), 0);
	has_live_tree(&o, 120, 5000);
	opened_free(&o);
	open_sample(&o, &format_xfs, span_head(in, 4580000));
	assert_int_equal(wanted(&o, "/names")->fault.kind, FAULT_SHORT);
	assert_int_equal(wanted(&o, "/long")->fault.kind, FAULT_SHORT);
	assert_int_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind, FAULT_SHORT);
	sink_free(&content);
	closed(&o, in);
}

static void says_which_checksum_is_wrong(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V5);
	size_t names = span_find(in, BLOCKS, span_text("XDD3"));
	size_t runs = span_find(in, BLOCKS, span_text("BMA3"));
	size_t value = span_find(in, BLOCKS, span_text("XARM"));
	size_t target = span_find(in, BLOCKS, span_text("XSLM"));
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	inode_of(in, &o, "/a.txt")[110] ^= 1;
	sample_bytes(in)[names + 16] ^= 1;
	sample_bytes(in)[runs + 16] ^= 1;
	sample_bytes(in)[value + 50] ^= 1;
	sample_bytes(in)[target + 50] ^= 1;
	opened_free(&o);
	open_sample(&o, &format_xfs, in);
	assert_int_equal(o.l.count, ENTRIES);
	assert_string_equal(wanted(&o, "/a.txt")->fault.what, "inode CRC-32C");
	is_a_txt(&o, wanted(&o, "/a.txt"));
	assert_string_equal(wanted(&o, "/names")->fault.what, "CRC-32C of a directory");
	assert_string_equal(wanted(&o, "/attributes")->fault.what, "CRC-32C of a value");
	assert_string_equal(wanted(&o, "/long")->fault.what, "CRC-32C of a link target");
	assert_int_equal(opened_faults(&o), 4);
	assert_string_equal(opened_load(&o, wanted(&o, "/odd"), &content, LIMIT).what,
			    "CRC-32C of a block of extents");
	assert_int_equal(content.n, wanted(&o, "/odd")->size);
	sink_free(&content);
	closed(&o, in);
}

static void a_torn_inode_keeps_its_kind(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V5);
	uint8_t *link = inode_of(in, &o, "/link"), *dir = inode_of(in, &o, "/dir");

	(void)state;
	opened_free(&o);
	link[0] = dir[0] = 0;
	open_sample(&o, &format_xfs, in);
	assert_int_equal(wanted(&o, "/link")->kind, KIND_SYMLINK);
	assert_int_equal(wanted(&o, "/dir")->kind, KIND_DIRECTORY);
	assert_string_equal(wanted(&o, "/dir")->fault.what, "inode magic");
	closed(&o, in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V4);
	uint64_t dir = wanted(&o, "/dir")->key[0], deep = wanted(&o, "/dir/deep")->key[0];
	uint8_t *names = inode_of(in, &o, "/dir") + 100;

	(void)state;
	assert_int_equal(span_u32((struct span){ names, 100 }, 13, true), deep);
	put_be(names + 13, dir, 4);
	opened_free(&o);
	open_sample(&o, &format_xfs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	put_be(names + 13, span_u64(in, 56, true), 4);
	open_sample(&o, &format_xfs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	closed(&o, in);
}

static void numbers_of_inodes_must_exist(void **state)
{
	static const struct {
		uint32_t number;
		const char *what;
	} wrong[] = { { 0xffffffff, "inode number" },
		      { 1, "inode magic" },
		      { 0, "inode magic" },
		      { 0xffff, "inode" } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct opened o;
		struct span in = opened_sample(&o, V4);

		put_be(inode_of(in, &o, "/dir") + 113, wrong[i].number, 4);
		opened_free(&o);
		open_sample(&o, &format_xfs, span_head(in, in.n - 512));
		assert_string_equal(wanted(&o, "/dir/deep")->fault.what, wrong[i].what);
		closed(&o, in);
	}
}

static void runs_must_follow_each_other_and_exist(void **state)
{
	static const struct {
		uint64_t high, low;
		const char *what;
	} wrong[] = {
		{ 0, 1ull << 63 | 1, "block number" },
		{ 0, 0, "extent order" },
		{ 0x1ff, UINT64_MAX, "block number" },
	};
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct opened o;
		struct span in = opened_sample(&o, V4);
		uint8_t *run = inode_of(in, &o, "/a.txt") + 100;

		put_be(run, wrong[i].high, 8);
		put_be(run + 8, wrong[i].low, 8);
		opened_free(&o);
		open_sample(&o, &format_xfs, in);
		assert_string_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).what,
				    wrong[i].what);
		closed(&o, in);
	}
	sink_free(&content);
}

static void blocks_of_extents_that_come_back_end_the_file(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V5);
	uint8_t *pointers = inode_of(in, &o, "/odd") + 176 + 4 + ROOM * 8;
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	memcpy(pointers + 8, pointers, 8);
	assert_string_equal(opened_load(&o, wanted(&o, "/odd"), &content, LIMIT).what,
			    "extent order");
	sink_free(&content);
	closed(&o, in);
}

static void a_size_of_the_largest_number_meets_a_limit(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V4);
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	memset(inode_of(in, &o, "/a.txt") + 56, 0xff, 8);
	memset(inode_of(in, &o, "/link") + 56, 0xff, 8);
	memset(inode_of(in, &o, "/dir") + 56, 0xff, 8);
	opened_free(&o);
	open_sample(&o, &format_xfs, in);
	assert_int_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind, FAULT_LIMIT);
	assert_string_equal(wanted(&o, "/link")->fault.what, "link target");
	wanted(&o, "/dir/deep/inline");
	sink_free(&content);
	closed(&o, in);
}

static void realtime_files_are_said_to_be_elsewhere(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V4);

	(void)state;
	inode_of(in, &o, "/a.txt")[91] |= 1;
	opened_free(&o);
	open_sample(&o, &format_xfs, in);
	assert_string_equal(wanted(&o, "/a.txt")->fault.what, "realtime device");
	assert_int_equal(wanted(&o, "/a.txt")->length, 0);
	closed(&o, in);
}

static void attributes_that_lead_back_end(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, V5);
	const struct span leaf = { (const uint8_t *)"\x3b\xee\0\0", 4 };
	uint32_t met = 0;

	(void)state;
	opened_free(&o);
	for (size_t at = BLOCKS; (at = span_find(in, at, leaf)) < in.n; at++)
		put_be(sample_bytes(in) + at - 8, 1, 4), met++;
	assert_true(met > 1);
	open_sample(&o, &format_xfs, in);
	assert_string_equal(wanted(&o, "/attributes")->fault.what, "CRC-32C of attributes");
	assert_true(wanted(&o, "/attributes")->xattr_count >= in.n / 1024);
	closed(&o, in);
}

static void refuses_fields_that_make_no_file_system(void **state)
{
	static const struct {
		uint32_t at, bytes, value;
	} wrong[] = { { 0, 4, 0 },    { 4, 4, 1000 }, { 8, 4, 1 },    { 84, 4, 0 },
		      { 84, 4, 1 },   { 88, 4, 0 },   { 100, 2, 7 },  { 102, 2, 100 },
		      { 104, 2, 17 }, { 120, 1, 12 }, { 122, 1, 13 }, { 123, 1, 7 },
		      { 124, 1, 40 }, { 192, 1, 100 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unxz(V4);

		put_be(sample_bytes(in) + wrong[i].at, wrong[i].value, (int)wrong[i].bytes);
		if (format_xfs.probe(in, &f).kind == FAULT_NONE)
			fail_msg("field at %u was not looked at", wrong[i].at);
		sample_free(in);
	}
}

/* The first bytes of the image, and those that hold the tree. */
static void cuts_and_flips_do_no_harm(void **state)
{
	static const struct {
		const char *name;
		size_t from, to;
	} parts[] = {
		{ V4, 0, 4096 }, { V4, 2466304, 2539520 }, { V5, 0, 7680 }, { V5, 4570000, 4720000 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct span in = sample_unxz(parts[i].name);
		struct guarded g = guarded_new(in.n);
		uint8_t *p = sample_bytes(in);

		for (size_t n = parts[i].from; n < parts[i].to; n += 1009) {
			uint8_t kept = p[n];

			open_anyhow(&format_xfs, guarded_copy(g, span_head(in, n)));
			p[n] = (uint8_t)~kept;
			open_anyhow(&format_xfs, in);
			p[n] = kept;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_kernel_wrote),
		cmocka_unit_test(reads_version_4_without_kinds),
		cmocka_unit_test(says_that_the_journal_is_not_replayed),
		cmocka_unit_test(says_that_the_journal_is_elsewhere),
		cmocka_unit_test(opens_what_only_the_checksum_speaks_against),
		cmocka_unit_test(a_copy_of_the_superblock_is_no_file_system),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(says_which_checksum_is_wrong),
		cmocka_unit_test(a_torn_inode_keeps_its_kind),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(numbers_of_inodes_must_exist),
		cmocka_unit_test(runs_must_follow_each_other_and_exist),
		cmocka_unit_test(blocks_of_extents_that_come_back_end_the_file),
		cmocka_unit_test(a_size_of_the_largest_number_meets_a_limit),
		cmocka_unit_test(realtime_files_are_said_to_be_elsewhere),
		cmocka_unit_test(attributes_that_lead_back_end),
		cmocka_unit_test(refuses_fields_that_make_no_file_system),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
