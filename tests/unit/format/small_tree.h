/* small_tree.h - the tree that tests/tools/make_archives.sh packs in every format: what all of them
 * must give, and that no cut of an archive reads too far. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_SMALL_TREE_H
#define EVENHAND_TESTS_UNIT_FORMAT_SMALL_TREE_H

#include "unit/support.h"

#define LIMIT (1u << 20)
#define MTIME 1612325106

static inline void open_sample(struct opened *o, const struct format *f, struct span in)
{
	opened_init(o, f, in);
	assert_int_equal(o->refused.kind, FAULT_NONE);
	assert_int_equal(o->fault.kind, FAULT_NONE);
}

static inline const struct entry *wanted(const struct opened *o, const char *path)
{
	const struct entry *e = opened_entry(o, path);

	if (!e)
		fail_msg("no %s", path);
	return e;
}

static inline void content_is(const struct opened *o, const struct entry *e, struct span want)
{
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, e, &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, want.n);
	if (want.n)
		assert_memory_equal(content.p, want.p, want.n);
	sink_free(&content);
}

/* `seq 1 300` */
static inline void is_a_txt(const struct opened *o, const struct entry *e)
{
	char want[1200];
	size_t n = 0;

	for (int i = 1; i <= 300; i++)
		n += (size_t)snprintf(want + n, sizeof(want) - n, "%d\n", i);
	assert_int_equal(e->kind, KIND_FILE);
	assert_int_equal(e->size, n);
	content_is(o, e, (struct span){ (const uint8_t *)want, n });
}

static inline void is_link(const struct opened *o)
{
	const struct entry *e = wanted(o, "/link");

	assert_int_equal(e->kind, KIND_SYMLINK);
	assert_true(span_is(e->target, "a.txt"));
}

static inline void is_device(const struct opened *o, const char *path, enum kind kind,
			     uint32_t major, uint32_t minor)
{
	const struct entry *e = wanted(o, path);

	assert_int_equal(e->kind, kind);
	assert_int_equal(e->major, major);
	assert_int_equal(e->minor, minor);
}

static inline void has_xattr(const struct entry *e, const char *name, struct span value)
{
	assert_int_equal(e->xattr_count, 1);
	assert_true(span_is(e->xattrs[0].name, name));
	assert_true(span_equal(e->xattrs[0].value, value));
}

/* "head", a hole, "tail" */
static inline void is_sparse(const struct opened *o, const struct entry *e)
{
	uint8_t want[40004] = "head";

	memcpy(want + 40000, "tail", 4);
	assert_int_equal(e->size, sizeof(want));
	content_is(o, e, (struct span){ want, sizeof(want) });
}

static inline void is_hard_link(const struct opened *o, const char *path, const char *first)
{
	const struct entry *e = wanted(o, path);

	assert_int_equal(e->kind, KIND_HARDLINK);
	assert_true(e->first < o->l.count);
	assert_ptr_equal(&o->l.entries[e->first], wanted(o, first));
}

/* Opens the bytes and loads everything; whatever they say, nothing else may happen. */
static inline void open_anyhow(const struct format *f, struct span in)
{
	struct opened o;
	struct sink content;

	opened_init(&o, f, in);
	sink_init(&content, NULL, LIMIT);
	for (uint32_t i = 0; i < o.l.count; i++)
		if (o.l.entries[i].kind == KIND_FILE)
			opened_load(&o, &o.l.entries[i], &content, LIMIT);
	sink_free(&content);
	opened_free(&o);
}

/* Every cut, `step` bytes apart, against an unreadable page. */
static inline void cut_everywhere(const struct format *f, const char *sample, size_t step)
{
	struct span in = sample_read(sample);
	struct guarded g = guarded_new(in.n);

	for (size_t n = 0; n <= in.n; n += step)
		open_anyhow(f, guarded_copy(g, span_head(in, n)));
	guarded_free(g);
	sample_free(in);
}

/* Every `step`-th byte set to 0, 0xff and to its inverse. */
static inline void spoil_everywhere(const struct format *f, const char *sample, size_t step)
{
	struct span in = sample_read(sample);
	uint8_t *bytes = sample_bytes(in);

	for (size_t i = 0; i < in.n; i += step) {
		uint8_t kept = bytes[i];
		const uint8_t values[] = { 0, 0xff, (uint8_t)~kept };

		for (size_t k = 0; k < sizeof(values); k++) {
			bytes[i] = values[k];
			open_anyhow(f, in);
		}
		bytes[i] = kept;
	}
	sample_free(in);
}

#endif
