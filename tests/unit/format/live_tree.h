/* live_tree.h - the tree that tests/samples/live_tree.py writes into file systems that a kernel has
 * mounted: what each must give. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_LIVE_TREE_H
#define EVENHAND_TESTS_UNIT_FORMAT_LIVE_TREE_H

#include "base/text.h"
#include "codec/codec.h"
#include "unit/format/disk_tree.h"

#define LIVE_NS 789000000

/* A sample that is kept in xz; sample_free gives it back. */
static inline struct span sample_unxz(const char *name)
{
	struct span packed = sample_read(name), plain;
	struct sink out;

	sink_init(&out, NULL, 64u << 20);
	assert_int_equal(xz_decode(packed, PLAIN_UNKNOWN, &out).fault.kind, FAULT_NONE);
	plain = with_room((struct span){ memcpy(malloc(out.n), out.p, out.n), out.n }, 0);
	sink_free(&out);
	sample_free(packed);
	return plain;
}

/* `seq 1 LAST` */
static inline struct text seq_to(int last)
{
	struct text t = { 0 };

	for (int i = 1; i <= last; i++)
		text_format(&t, "%d\n", i);
	return t;
}

static inline void is_seq(const struct opened *o, const char *path, int last)
{
	struct text want = seq_to(last);

	content_is(o, wanted(o, path), text_span(&want));
	text_free(&want);
}

/* Blocks of 4096 that hold their number 1024 times, every `step`-th of the file. */
static inline void is_numbered(const struct opened *o, const char *path, size_t step)
{
	size_t n = (59 * step + 1) * 4096;
	uint8_t *want = calloc(1, n);
	char word[5];

	assert_non_null(want);
	for (size_t i = 0; i < 60; i++) {
		snprintf(word, sizeof(word), "%04zu", i);
		for (size_t k = 0; k < 1024; k++)
			memcpy(want + i * step * 4096 + k * 4, word, 4);
	}
	content_is(o, wanted(o, path), (struct span){ want, n });
	free(want);
}

static inline void has_reserved(const struct opened *o)
{
	struct text want = seq_to(1000);

	while (want.n < 100000)
		text_char(&want, 0);
	content_is(o, wanted(o, "/reserved"), text_span(&want));
	text_free(&want);
}

static inline void has_shared(const struct opened *o)
{
	struct text want = seq_to(6000);

	content_is(o, wanted(o, "/large"), text_span(&want));
	memcpy(want.p + 8192, "changed", 7);
	content_is(o, wanted(o, "/same"), text_span(&want));
	text_free(&want);
}

static inline const struct xattr *xattr_of(const struct entry *e, const char *name)
{
	for (uint32_t i = 0; i < e->xattr_count; i++)
		if (span_is(e->xattrs[i].name, name))
			return &e->xattrs[i];
	fail_msg("no %s", name);
	return NULL;
}

static inline void has_attributes(const struct opened *o, int count, size_t large)
{
	const struct entry *e = wanted(o, "/attributes");
	struct text lines = seq_to(4000);

	assert_int_equal(e->xattr_count, count + 2);
	for (int i = 0; i < count; i++) {
		struct text want = { 0 };
		char name[24];

		snprintf(name, sizeof(name), "user.%03d", i);
		for (int k = 0; k < 10; k++)
			text_format(&want, "%d", i);
		assert_true(span_equal(xattr_of(e, name)->value, text_span(&want)));
		text_free(&want);
	}
	assert_true(span_equal(xattr_of(e, "trusted.large")->value,
			       span_head(text_span(&lines), large)));
	assert_int_equal(xattr_of(e, "security.none")->value.n, 0);
	text_free(&lines);
}

static inline void has_names(const struct opened *o)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < o->l.count; i++)
		count += o->l.entries[i].parent != NO_ENTRY &&
			 &o->l.entries[o->l.entries[i].parent] == wanted(o, "/names");
	assert_int_equal(count, 100);
	wanted(o, "/names/149-nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
}

/* Where the kernel mounts what was made of it; ns is 0 where times are whole seconds. */
static inline void has_live_tree_of(const struct opened *o, int attributes, size_t large,
				    uint32_t ns)
{
	const struct entry *e = wanted(o, "/a.txt");
	uint8_t target[600];

	has_disk_files(o);
	has_disk_nodes(o);
	has_disk_owner(o);
	assert_int_equal(e->mtime, DISK_MTIME);
	assert_int_equal(e->mtime_ns, ns);
	has_xattr(e, "user.key", span_text("value"));
	is_hard_link(o, "/dir/two", "/dir/one");
	is_sparse(o, wanted(o, "/sparse"));
	is_numbered(o, "/odd", 2);
	is_numbered(o, "/even", 1);
	has_reserved(o);
	has_shared(o);
	has_names(o);
	has_attributes(o, attributes, large);
	memset(target, 'l', sizeof(target));
	assert_true(
		span_equal(wanted(o, "/long")->target, (struct span){ target, sizeof(target) }));
}

static inline void has_live_tree(const struct opened *o, int attributes, size_t large)
{
	has_live_tree_of(o, attributes, large, LIVE_NS);
}

#endif
