/* disk_tree.h - the tree that tests/tools/make_disks.sh puts into disk file systems: what each must
 * give, as far as it can hold it. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_DISK_TREE_H
#define EVENHAND_TESTS_UNIT_FORMAT_DISK_TREE_H

#include "unit/format/small_tree.h"

#define DISK_MTIME 1612325106

static inline void has_disk_files(const struct opened *o)
{
	is_a_txt(o, wanted(o, "/a.txt"));
	content_is(o, wanted(o, "/dir/one"), span_text("first\n"));
	content_is(o, wanted(o, "/dir/deep/inline"), span_text("tiny"));
	content_is(o, wanted(o, "/empty"), (struct span){ 0 });
	assert_int_equal(wanted(o, "/dir/deep")->kind, KIND_DIRECTORY);
}

static inline void has_disk_nodes(const struct opened *o)
{
	is_link(o);
	is_device(o, "/null", KIND_CHAR_DEVICE, 1, 3);
	is_device(o, "/disk", KIND_BLOCK_DEVICE, 179, 200);
	assert_int_equal(wanted(o, "/pipe")->kind, KIND_FIFO);
}

static inline void has_disk_owner(const struct opened *o)
{
	const struct entry *e = wanted(o, "/a.txt");

	assert_true(e->has_mode && e->has_owner);
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->uid, 700);
	assert_int_equal(e->gid, 80);
}

/* A copy of a sample with room behind it for what a test adds; sample_free gives it back. */
static inline struct span with_room(struct span in, size_t room)
{
	uint8_t *p = calloc(1, in.n + room);

	assert_non_null(p);
	memcpy(p, in.p, in.n);
	sample_free(in);
	return (struct span){ p, in.n + room };
}

static inline void put_le(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline void put_be(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

#endif
