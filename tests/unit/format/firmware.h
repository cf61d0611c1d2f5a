/* firmware.h - what the tests of PC firmware share: the text that make.py packs everywhere, and
 * that neither cuts nor wild fields do harm. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_FIRMWARE_H
#define EVENHAND_TESTS_UNIT_FORMAT_FIRMWARE_H

#include "codec/codec.h"
#include "unit/format/small_tree.h"

/* A sample of tests/samples/uefi/. */
static inline struct span firmware(const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "uefi/%s", file);
	return sample_read(path);
}

static inline struct span packed_text(void)
{
	static char text[2048];
	size_t n = 0;

	for (int i = 1; i <= 60; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "line %d of a text\n", i);
	return (struct span){ (const uint8_t *)text, n };
}

static inline void open_firmware(struct opened *o, const char *format, struct span in)
{
	opened_init(o, format_named(format), in);
	if (o->refused.kind || o->fault.kind)
		fail_msg("%s: %s", format, o->refused.kind ? o->refused.what : o->fault.what);
}

/* The place of a region that a container lists. */
static inline void part_is(const struct opened *o, const char *path, uint64_t offset,
			   uint64_t length)
{
	const struct entry *e = wanted(o, path);

	assert_int_equal(e->kind, KIND_REGION);
	assert_int_equal(e->offset, offset);
	assert_int_equal(e->length, length);
}

/* The content of an entry in memory of its own, for a format that opens it in turn. */
static inline struct span unpack(const struct opened *o, const char *path)
{
	struct sink out;
	struct span copy;

	sink_init(&out, NULL, LIMIT);
	assert_int_equal(opened_load(o, wanted(o, path), &out, LIMIT).kind, FAULT_NONE);
	copy = (struct span){ malloc(out.n + 1), out.n };
	assert_non_null(copy.p);
	memcpy(sample_bytes(copy), out.p, out.n);
	sink_free(&out);
	return copy;
}

/* A region that began with its container would be taken for the container once more. */
static inline void entries_stay_inside(const struct opened *o)
{
	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		assert_true(e->offset <= o->l.in.n && e->length <= o->l.in.n - e->offset);
		assert_true(e->parent == NO_ENTRY || e->parent < i);
		assert_true(e->kind != KIND_REGION || e->offset > 0);
	}
}

static inline void load_all(const struct opened *o)
{
	struct sink out;

	sink_init(&out, NULL, LIMIT);
	for (uint32_t i = 0; i < o->l.count; i++)
		if (o->l.entries[i].kind == KIND_FILE)
			opened_load(o, &o->l.entries[i], &out, LIMIT);
	sink_free(&out);
}

/* Prefixes against an unreadable page: every one at first, then every seventh. */
static inline void cuts_do_no_harm(const char *format, struct span in)
{
	struct guarded g = guarded_new(in.n);

	for (size_t n = 0; n < in.n; n += n < 256 ? 1 : 7) {
		struct opened o;

		opened_init(&o, format_named(format), guarded_copy(g, span_head(in, n)));
		if (o.refused.kind == FAULT_NONE) {
			assert_true(o.found.len > 0 && o.found.len <= n);
			entries_stay_inside(&o);
			if (n % 16 == 0)
				load_all(&o);
		}
		opened_free(&o);
	}
	guarded_free(g);
}

static inline void wild_fields_do_no_harm(const char *format, struct span in)
{
	for (size_t at = 0; at + 4 <= in.n && at < 2048; at += 2) {
		uint8_t kept[4];
		struct opened o;

		memcpy(kept, in.p + at, 4);
		memset(sample_bytes(in) + at, at % 4 ? 0xff : 0, 4);
		opened_init(&o, format_named(format), in);
		if (o.refused.kind == FAULT_NONE) {
			assert_true(o.found.len > 0 && o.found.len <= in.n);
			entries_stay_inside(&o);
		}
		opened_free(&o);
		memcpy(sample_bytes(in) + at, kept, 4);
	}
}

static inline bool has_note(const struct entry *e, const char *name, const char *value)
{
	for (uint32_t i = 0; i < e->xattr_count; i++)
		if (span_is(e->xattrs[i].name, name))
			return span_is(e->xattrs[i].value, value);
	return false;
}

static inline int firmware_set_up(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static inline int firmware_tear_down(void **state)
{
	(void)state;
	hash_thread_end();
	codec_thread_end();
	return 0;
}

#endif
