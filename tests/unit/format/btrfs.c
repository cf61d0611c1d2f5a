/* btrfs.c - against file systems that a kernel wrote; hostile ones are made of them. */
#include "unit/format/live_tree.h"

extern const struct format format_btrfs;

#define PLAIN   "btrfs/good-plain.btrfs.xz"
#define SUPER   65536
#define MIRROR  (64u << 20)
#define NODE    4096 /* of the sample */
#define HEAD    101
#define ENTRIES 128

static const char *const samples[] = { PLAIN, "btrfs/good-zlib.btrfs.xz", "btrfs/good-lzo.btrfs.xz",
				       "btrfs/good-zstd.btrfs.xz" };

static struct span opened_sample(struct opened *o, const char *name)
{
	struct span in = sample_unxz(name);

	open_sample(o, &format_btrfs, in);
	return in;
}

static void closed(struct opened *o, struct span in)
{
	opened_free(o);
	sample_free(in);
}

static void mend(uint8_t *p, size_t n)
{
	put_le(p, ~crc32c_update(~0u, (struct span){ p + 32, n - 32 }), 4);
}

/* What is changed in the image from here on is in nodes of 4096 bytes. */
static void mend_node_at(struct span in, size_t at)
{
	mend(sample_bytes(in) + at / NODE * NODE, NODE);
}

static void has_subvolumes(const struct opened *o)
{
	content_is(o, wanted(o, "/volume/file"), span_text("later\n"));
	content_is(o, wanted(o, "/volume/nested/file"), span_text("nested\n"));
	content_is(o, wanted(o, "/dir/snapshot/file"), span_text("inside\n"));
	/* What was mounted within a subvolume is not part of its snapshot. */
	assert_int_equal(wanted(o, "/dir/snapshot/nested")->kind, KIND_DIRECTORY);
	assert_false(wanted(o, "/dir/snapshot/nested")->has_mode);
	assert_null(opened_entry(o, "/dir/snapshot/nested/file"));
}

static void reads_what_the_kernel_wrote(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct span in = with_room(sample_unxz(samples[i]), 3000);
		struct opened o;

		open_sample(&o, &format_btrfs, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n - 3000);
		assert_int_equal(o.found.proof, PROOF_CHECKSUM);
		assert_string_equal(o.found.label, "16777216 bytes, small");
		assert_string_equal(o.l.label, "16777216 bytes, small, default subvolume 256");
		assert_int_equal(o.l.count, ENTRIES);
		has_live_tree(&o, 12, 500);
		has_subvolumes(&o);
		assert_int_equal(wanted(&o, "/large")->stored, i == 0);
		closed(&o, in);
	}
}

static void says_that_the_log_is_not_replayed(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, "btrfs/odd-log.btrfs.xz");

	(void)state;
	assert_string_equal(o.l.fault.what, "log tree not replayed");
	has_live_tree(&o, 12, 500);
	has_subvolumes(&o);
	closed(&o, in);
}

static void gives_what_one_of_two_devices_has(void **state)
{
	struct span in = sample_unxz("btrfs/odd-half.btrfs.xz");
	struct sink content;
	struct fault bad;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	in = with_room(in, (126u << 20) - in.n);
	open_sample(&o, &format_btrfs, in);
	assert_string_equal(o.l.fault.what, "devices of the file system");
	assert_int_equal(o.l.fault.limit, 2);
	assert_int_equal(opened_faults(&o), 0);
	has_names(&o);
	has_attributes(&o, 12, 500);
	bad = opened_load(&o, wanted(&o, "/both"), &content, LIMIT);
	assert_int_equal(bad.kind, FAULT_SHORT);
	assert_string_equal(bad.what, "other device of the file system");
	assert_int_not_equal(bad.got, bad.limit);
	sink_free(&content);
	closed(&o, in);
}

static void the_copy_opens_what_its_first_superblock_does_not(void **state)
{
	static const size_t changed[] = { 64, 1000 }; /* magic; anything */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = with_room(sample_unxz(PLAIN), MIRROR + 4096 - (16u << 20));
		uint8_t *copy = sample_bytes(in) + MIRROR;
		struct opened o;

		memcpy(copy, in.p + SUPER, 4096);
		put_le(copy + 48, MIRROR, 8);
		put_le(copy + 209, in.n, 8);
		mend(copy, 4096);
		sample_bytes(in)[SUPER + changed[i]] ^= 1;
		open_sample(&o, &format_btrfs, in);
		assert_string_equal(o.l.fault.what, "first superblock");
		assert_int_equal(o.l.count, ENTRIES);
		has_subvolumes(&o);
		closed(&o, in);
	}
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_unxz(PLAIN);
	struct opened o;

	(void)state;
	open_sample(&o, &format_btrfs, span_head(in, 10u << 20));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.count, ENTRIES);
	has_live_tree(&o, 12, 500);
	opened_free(&o);
	open_sample(&o, &format_btrfs, span_head(in, 200000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	closed(&o, in);
}

/* The item of a key that begins so in the newest leaf of the top subvolume: where its place and
 * length stand. */
static size_t newest_item(struct span in, struct span key)
{
	uint64_t newest = 0;
	size_t best = SIZE_MAX;

	for (size_t at = 0; (at = span_find(in, at, key)) < in.n; at++) {
		size_t node = at / NODE * NODE;
		uint64_t generation = span_u64(in, node + 80, false);

		if (span_u64(in, node + 88, false) == 5 && span_byte(in, node + 100) == 0 &&
		    at - node >= HEAD && (at - node - HEAD) % 25 == 0 && generation >= newest) {
			newest = generation;
			best = at + 17;
		}
	}
	assert_true(best < in.n);
	return best;
}

static size_t item_of(struct span in, uint64_t id, uint8_t type, uint64_t offset)
{
	uint8_t key[17];

	put_le(key, id, 8);
	key[8] = type;
	put_le(key + 9, offset, 8);
	return newest_item(in, (struct span){ key, 17 });
}

static size_t data_of(struct span in, size_t item)
{
	return item / NODE * NODE + HEAD + span_u32(in, item, false);
}

static void a_node_whose_checksum_is_wrong_takes_only_its_items(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	size_t item = item_of(in, wanted(&o, "/attributes")->key[0], 1, 0);
	uint32_t count;

	(void)state;
	opened_free(&o);
	sample_bytes(in)[item / NODE * NODE + 4000] ^= 1;
	open_sample(&o, &format_btrfs, in);
	assert_string_equal(wanted(&o, "/attributes")->fault.what, "checksum of a tree node");
	count = opened_faults(&o);
	assert_true(count > 0 && count < o.l.count);
	is_hard_link(&o, "/dir/two", "/dir/one");
	closed(&o, in);
}

static void an_older_root_tree_stands_in_for_a_torn_one(void **state)
{
	struct span in = sample_unxz(PLAIN);
	uint64_t root = span_u64(in, SUPER + 80, false);
	struct opened o;

	(void)state;
	for (size_t at = 0; at < in.n; at += NODE)
		if (span_u64(in, at + 48, false) == root && span_u64(in, at + 88, false) == 1)
			sample_bytes(in)[at + 200] ^= 1;
	open_sample(&o, &format_btrfs, in);
	assert_string_equal(o.l.fault.what, "checksum of a tree node");
	is_a_txt(&o, wanted(&o, "/a.txt"));
	closed(&o, in);
}

static void a_torn_inode_keeps_its_kind(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	size_t item = item_of(in, wanted(&o, "/link")->key[0], 1, 0);

	(void)state;
	opened_free(&o);
	sample_bytes(in)[item / NODE * NODE + 4000] ^= 1;
	open_sample(&o, &format_btrfs, in);
	assert_false(wanted(&o, "/link")->has_mode);
	assert_int_equal(wanted(&o, "/link")->kind, KIND_SYMLINK);
	closed(&o, in);
}

static void an_attribute_that_leaves_its_item_is_said(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	size_t item, data;
	uint8_t key[9] = { 0 };

	(void)state;
	put_le(key, wanted(&o, "/attributes")->key[0], 8);
	key[8] = 24;
	opened_free(&o);
	item = newest_item(in, (struct span){ key, 9 });
	data = data_of(in, item);
	put_le(sample_bytes(in) + data + 25, 60000, 2);
	mend_node_at(in, data);
	open_sample(&o, &format_btrfs, in);
	assert_string_equal(wanted(&o, "/attributes")->fault.what, "extended attributes");
	closed(&o, in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	uint64_t dir = wanted(&o, "/dir")->key[0];
	size_t item = item_of(in, dir, 96, 2), data = data_of(in, item);

	(void)state;
	assert_int_equal(span_u64(in, data, false), wanted(&o, "/dir/deep")->key[0]);
	opened_free(&o);
	put_le(sample_bytes(in) + data, dir, 8);
	mend_node_at(in, data);
	open_sample(&o, &format_btrfs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	closed(&o, in);
}

static void a_subvolume_stands_only_where_it_was_mounted(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	size_t item = item_of(in, wanted(&o, "/dir")->key[0], 96, 2), data = data_of(in, item);

	(void)state;
	opened_free(&o);
	put_le(sample_bytes(in) + data, 256, 8);
	sample_bytes(in)[data + 8] = 132;
	mend_node_at(in, data);
	open_sample(&o, &format_btrfs, in);
	assert_false(wanted(&o, "/dir/deep")->has_mode);
	assert_null(opened_entry(&o, "/dir/deep/file"));
	content_is(&o, wanted(&o, "/volume/file"), span_text("later\n"));
	closed(&o, in);
}

static void extents_must_make_sense(void **state)
{
	static const struct {
		uint32_t at, bytes;
		uint64_t value;
		enum fault_kind kind;
		const char *what;
	} wrong[] = {
		{ 16, 1, 9, FAULT_UNKNOWN, "compression" },
		{ 16, 1, 2, FAULT_BROKEN, NULL },
		{ 17, 1, 1, FAULT_ENCRYPTED, "encryption" },
		{ 20, 1, 3, FAULT_BROKEN, "extent" },
		{ 21, 8, 1ull << 50, FAULT_BROKEN, "logical address" },
		{ 21, 8, UINT64_MAX, FAULT_BROKEN, "extent" },
		{ 37, 8, UINT64_MAX, FAULT_BROKEN, "extent" },
		{ 45, 8, UINT64_MAX, FAULT_BROKEN, "extent" },
		{ 45, 8, 0, FAULT_BROKEN, "extent" },
		{ 45, 8, 7, FAULT_BROKEN, "extent" },
	};
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct opened o;
		struct span in = opened_sample(&o, PLAIN);
		size_t data = data_of(in, item_of(in, wanted(&o, "/large")->key[0], 108, 0));
		struct fault bad;

		opened_free(&o);
		put_le(sample_bytes(in) + data + wrong[i].at, wrong[i].value, (int)wrong[i].bytes);
		mend_node_at(in, data);
		open_sample(&o, &format_btrfs, in);
		bad = opened_load(&o, wanted(&o, "/large"), &content, LIMIT);
		assert_int_equal(bad.kind, wrong[i].kind);
		if (wrong[i].what)
			assert_string_equal(bad.what, wrong[i].what);
		closed(&o, in);
	}
	sink_free(&content);
}

static void a_size_of_the_largest_number_meets_a_limit(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	size_t data = data_of(in, item_of(in, wanted(&o, "/large")->key[0], 1, 0));
	size_t link = data_of(in, item_of(in, wanted(&o, "/link")->key[0], 1, 0));
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	opened_free(&o);
	put_le(sample_bytes(in) + data + 16, UINT64_MAX, 8);
	put_le(sample_bytes(in) + link + 16, UINT64_MAX >> 1, 8);
	mend_node_at(in, data);
	mend_node_at(in, link);
	open_sample(&o, &format_btrfs, in);
	assert_int_equal(opened_load(&o, wanted(&o, "/large"), &content, LIMIT).kind, FAULT_LIMIT);
	assert_string_equal(wanted(&o, "/link")->fault.what, "link target");
	sink_free(&content);
	closed(&o, in);
}

/* A leaf whose items lie one over the other would multiply what they hold. */
static void items_that_overlap_make_no_leaf(void **state)
{
	struct opened o;
	struct span in = opened_sample(&o, PLAIN);
	size_t item = item_of(in, wanted(&o, "/dir")->key[0], 96, 2);

	(void)state;
	opened_free(&o);
	memcpy(sample_bytes(in) + item, in.p + item - 25, 8); /* as the one before */
	mend_node_at(in, item);
	open_sample(&o, &format_btrfs, in);
	assert_string_equal(wanted(&o, "/dir")->fault.what, "tree node");
	assert_null(opened_entry(&o, "/dir/deep"));
	closed(&o, in);
}

static void refuses_fields_that_make_no_file_system(void **state)
{
	static const struct {
		uint32_t at, bytes;
		uint64_t value;
	} wrong[] = { { 48, 8, 67108864 }, { 64, 1, 0 },  { 144, 4, 0 },    { 144, 4, 5000 },
		      { 148, 4, 2048 },    { 148, 4, 1 }, { 136, 8, 0 },    { 198, 1, 8 },
		      { 199, 1, 255 },     { 209, 8, 0 }, { 209, 8, ~0ull } };
	struct span in = sample_unxz(PLAIN);
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t super[4096];

		memcpy(super, in.p + SUPER, 4096);
		put_le(sample_bytes(in) + SUPER + wrong[i].at, wrong[i].value, (int)wrong[i].bytes);
		mend(sample_bytes(in) + SUPER, 4096);
		if (format_btrfs.probe(in, &f).kind == FAULT_NONE)
			fail_msg("field at %u was not looked at", wrong[i].at);
		memcpy(sample_bytes(in) + SUPER, super, 4096);
	}
	refuses_once_changed("btrfs", in, SUPER + 1000);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct span in = sample_unxz(samples[i]);
		struct guarded g = guarded_new(in.n);
		uint8_t *p = sample_bytes(in);

		for (size_t n = SUPER; n < 8000000; n += n < SUPER + 4096 ? 211 : 190027) {
			uint8_t kept = p[n];

			open_anyhow(&format_btrfs, guarded_copy(g, span_head(in, n)));
			p[n] = (uint8_t)~kept;
			if (i == 0 && n < SUPER + 4096)
				mend(p + SUPER, 4096);
			open_anyhow(&format_btrfs, in);
			p[n] = kept;
			if (i == 0)
				mend(p + SUPER, 4096);
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_kernel_wrote),
		cmocka_unit_test(says_that_the_log_is_not_replayed),
		cmocka_unit_test(gives_what_one_of_two_devices_has),
		cmocka_unit_test(the_copy_opens_what_its_first_superblock_does_not),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(a_node_whose_checksum_is_wrong_takes_only_its_items),
		cmocka_unit_test(an_older_root_tree_stands_in_for_a_torn_one),
		cmocka_unit_test(a_torn_inode_keeps_its_kind),
		cmocka_unit_test(an_attribute_that_leaves_its_item_is_said),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(a_subvolume_stands_only_where_it_was_mounted),
		cmocka_unit_test(extents_must_make_sense),
		cmocka_unit_test(a_size_of_the_largest_number_meets_a_limit),
		cmocka_unit_test(items_that_overlap_make_no_leaf),
		cmocka_unit_test(refuses_fields_that_make_no_file_system),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
