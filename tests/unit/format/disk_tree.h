/* disk_tree.h - the tree that tests/tools/make_disks.sh puts into disk file systems: what each must
 * give, as far as it can hold it. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_DISK_TREE_H
#define EVENHAND_TESTS_UNIT_FORMAT_DISK_TREE_H

#include <zlib.h>

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

/* A sample that is kept in gzip, at most 16 MiB large; sample_free gives it back. */
static inline struct span sample_unzipped(const char *name)
{
	struct span packed = sample_read(name), plain = { malloc(16u << 20), 16u << 20 };
	z_stream z = { .next_in = sample_bytes(packed), .avail_in = (uInt)packed.n };

	assert_non_null(plain.p);
	z.next_out = sample_bytes(plain);
	z.avail_out = (uInt)plain.n;
	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	plain.n = z.total_out;
	inflateEnd(&z);
	sample_free(packed);
	return plain;
}

/* As cut_everywhere and spoil_everywhere, of a sample in gzip, up to `to`. */
static inline void harm_unzipped(const struct format *f, const char *name, size_t to, size_t step)
{
	struct span in = sample_unzipped(name);
	struct guarded g = guarded_new(in.n);
	uint8_t *bytes = sample_bytes(in);

	for (size_t n = 0; n < to && n < in.n; n += step) {
		uint8_t kept = bytes[n];

		open_anyhow(f, guarded_copy(g, span_head(in, n)));
		bytes[n] = (uint8_t)~kept;
		open_anyhow(f, in);
		bytes[n] = 0xff;
		open_anyhow(f, in);
		bytes[n] = kept;
	}
	guarded_free(g);
	sample_free(in);
}

/* Probes and decodes; the caller frees the sink. */
static inline struct fault decode_disk(const struct format *f, struct span in, struct found *found,
				       uint64_t limit, struct sink *out)
{
	struct fault bad = f->probe(in, found);
	uint64_t length = found->len;
	struct listing l = { .in = span_head(in, found->len), .beyond = in, .len = &length };

	sink_init(out, NULL, limit);
	if (bad.kind)
		return bad;
	assert_true(found->len > 0 && found->len <= in.n);
	bad = f->load(&l, NULL, out);
	assert_int_equal(length, found->len);
	return bad;
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
