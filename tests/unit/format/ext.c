/* ext.c - ext2 and ext4 against images of mke2fs; hostile ones are made of them. */
#include "unit/format/small_tree.h"

extern const struct format format_ext;

#define BLOCK 1024
#define SUPER 1024

static const struct {
	const char *file, *label;
} images[] = {
	{ "ext/ext2.img", "ext2, blocks of 1024" },
	{ "ext/ext4.img", "ext4, blocks of 1024" },
	{ "ext/inline.img", "ext4, blocks of 1024" },
	{ "ext/metabg.img", "ext4, blocks of 1024" },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static void reads_one_tree_from_every_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_read(images[i].file);
		const struct entry *e;
		struct opened o;

		open_sample(&o, &format_ext, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.found.label, images[i].label);
		e = wanted(&o, "/a.txt");
		is_a_txt(&o, e);
		assert_int_equal(e->mode, 04755);
		assert_int_equal(e->uid, 70000);
		assert_int_equal(e->gid, 80000);
		assert_int_equal(e->mtime, MTIME);
		has_xattr(e, "user.key", span_text("value"));
		is_link(&o);
		assert_int_equal(wanted(&o, "/longlink")->target.n, 70);
		is_hard_link(&o, "/dir/two", "/dir/one");
		content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
		is_device(&o, "/null", KIND_CHAR_DEVICE, 1, 3);
		is_device(&o, "/disk", KIND_BLOCK_DEVICE, 179, 300);
		assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
		is_sparse(&o, wanted(&o, "/sparse"));
		opened_free(&o);
		sample_free(in);
	}
}

static void gives_a_place_to_content_in_one_piece(void **state)
{
	struct span in = sample_read("ext/ext4.img");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ext, in);
	e = wanted(&o, "/a.txt");
	assert_true(e->stored);
	assert_int_equal(e->length, e->size);
	assert_true(span_starts(span_from(in, e->offset), span_text("1\n2\n3\n")));
	assert_false(wanted(&o, "/sparse")->stored);
	opened_free(&o);
	sample_free(in);
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_read("ext/ext4.img");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ext, span_head(in, 60 * BLOCK));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void says_that_the_journal_was_not_replayed(void **state)
{
	struct span in = sample_read("ext/ext4.img");
	struct opened o;

	(void)state;
	sample_bytes(in)[SUPER + 96] |= 4;
	open_sample(&o, &format_ext, in);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_string_equal(o.l.fault.what, "journal not replayed");
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void refuses_the_copy_of_a_superblock(void **state)
{
	struct span in = sample_read("ext/ext4.img");
	struct found f;

	(void)state;
	sample_bytes(in)[SUPER + 90] = 1;
	assert_int_equal(format_ext.probe(in, &f).kind, FAULT_UNKNOWN);
	sample_free(in);
}

/* Where the record of an inode of the first group stands. */
static size_t inode_at(struct span in, uint32_t number)
{
	uint32_t table = span_u32(in, 2 * BLOCK + 8, false);

	return (size_t)table * BLOCK + (number - 1) * (size_t)span_u16(in, SUPER + 88, false);
}

static size_t record_of(struct span in, const char *name)
{
	size_t at = span_find(in, 2 * BLOCK, span_text(name));

	assert_true(at < in.n && at > 8);
	return at - 8;
}

static void put_le32(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_read("ext/ext2.img");
	struct opened o;
	uint32_t count;

	(void)state;
	open_sample(&o, &format_ext, in);
	count = o.l.count;
	opened_free(&o);
	put_le32(sample_bytes(in) + record_of(in, "deep"), 2); /* the root */
	open_sample(&o, &format_ext, in);
	assert_true(o.l.count <= count);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	sample_free(in);
}

static void a_name_may_lead_to_no_inode(void **state)
{
	struct span in = sample_read("ext/ext2.img");
	struct opened o;

	(void)state;
	put_le32(sample_bytes(in) + record_of(in, "deep"), 0xfffffff0);
	open_sample(&o, &format_ext, in);
	assert_int_not_equal(wanted(&o, "/dir/deep")->fault.kind, FAULT_NONE);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

/* Every block of pointers is one and the same: a small image with much work in it. */
static void shared_blocks_of_pointers_cost_no_more_than_the_image(void **state)
{
	struct span in = sample_read("ext/ext2.img");
	uint8_t *bytes = sample_bytes(in);
	const uint32_t table = 60;
	struct opened o;

	(void)state;
	for (uint32_t i = 0; i < BLOCK / 4; i++)
		put_le32(bytes + table * BLOCK + i * 4, table);
	for (uint32_t number = 12; number <= 32; number++) {
		size_t at = inode_at(in, number);

		if ((span_u16(in, at, false) & 0170000) != 0100000)
			continue;
		put_le32(bytes + at + 4, 0xffffffff);
		put_le32(bytes + at + 108, 0xff);
		for (uint32_t k = 0; k < 15; k++)
			put_le32(bytes + at + 40 + k * 4, table);
	}
	open_anyhow(&format_ext, in);
	opened_init(&o, &format_ext, in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_false(wanted(&o, "/a.txt")->stored);
	opened_free(&o);
	sample_free(in);
}

static void extents_that_lead_nowhere_are_broken(void **state)
{
	struct span in = sample_read("ext/ext4.img");
	uint32_t inode = span_u32(in, record_of(in, "a.txt"), false);
	uint8_t *extent = sample_bytes(in) + inode_at(in, inode) + 40 + 12;
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	put_le32(extent + 8, 0x7fffffff); /* a block behind the end */
	open_sample(&o, &format_ext, in);
	assert_int_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind, FAULT_BROKEN);
	opened_free(&o);
	extent[4] = extent[5] = 0; /* an extent without length */
	open_sample(&o, &format_ext, in);
	assert_int_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind, FAULT_BROKEN);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

static void an_extent_that_was_never_written_reads_as_zeros(void **state)
{
	struct span in = sample_read("ext/ext4.img");
	uint32_t inode = span_u32(in, record_of(in, "a.txt"), false);
	uint8_t *extent = sample_bytes(in) + inode_at(in, inode) + 40 + 12;
	uint8_t zeros[1092] = { 0 };
	struct opened o;

	(void)state;
	extent[5] |= 0x80; /* its length and 32768 */
	open_sample(&o, &format_ext, in);
	content_is(&o, wanted(&o, "/a.txt"), (struct span){ zeros, sizeof(zeros) });
	opened_free(&o);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		cut_everywhere(&format_ext, images[i].file, 509);
		spoil_everywhere(&format_ext, images[i].file, 41);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_layout),
		cmocka_unit_test(gives_a_place_to_content_in_one_piece),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(says_that_the_journal_was_not_replayed),
		cmocka_unit_test(refuses_the_copy_of_a_superblock),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(a_name_may_lead_to_no_inode),
		cmocka_unit_test(shared_blocks_of_pointers_cost_no_more_than_the_image),
		cmocka_unit_test(extents_that_lead_nowhere_are_broken),
		cmocka_unit_test(an_extent_that_was_never_written_reads_as_zeros),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
