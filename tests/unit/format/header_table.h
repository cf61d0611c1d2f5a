/* header_table.h - what is tried with every header of a vendor: a table of samples, of bytes that a
 * probe must look at, and of damage that must be told. A sample without parts is a stream or an
 * archive of one content, and tells which other sample comes out. */
#ifndef EVENHAND_TESTS_UNIT_HEADER_TABLE_H
#define EVENHAND_TESTS_UNIT_HEADER_TABLE_H

#include "unit/support.h"

#define MOST_PLAIN (1u << 20)

struct header_sample {
	const char *format, *file, *label;
	unsigned parts;
	const char *plain; /* the sample that a stream gives */
	bool open_end;     /* has no length, or must end its space */
	bool may_be_whole; /* what a cut leaves may be whole */
	size_t untold;     /* cuts that leave it whole, where not any may */
	size_t behind;     /* bytes of the file that follow the object */
};

struct header_change {
	const char *format, *file;
	size_t at;
	const char *what; /* of the fault; NULL where the probe refuses */
};

/* What a stream tells, or the listing. */
static inline struct fault header_fault(struct opened *o, struct sink *out)
{
	if (o->refused.kind)
		return o->refused;
	if (o->format->shape == SHAPE_STREAM) {
		sink_reset(out, MOST_PLAIN);
		return o->format->load(&o->l, NULL, out);
	}
	return o->fault.kind ? o->fault : o->l.fault;
}

static inline void header_opens(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct opened o;
	struct sink out;
	struct fault bad;

	sink_init(&out, NULL, MOST_PLAIN);
	opened_init(&o, format_named(s->format), in);
	bad = header_fault(&o, &out);
	if (bad.kind)
		fail_msg("%s: %s", s->file, bad.what);
	assert_string_equal(o.found.label, s->label);
	assert_int_equal(o.l.count, s->parts);
	assert_int_equal(o.found.len, in.n - s->behind);
	if (s->plain) {
		struct span want = sample_read(s->plain);

		assert_int_equal(out.n, want.n);
		assert_memory_equal(out.p, want.p, want.n);
		sample_free(want);
	}
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

/* The exact end, whatever follows. */
static inline void header_ends(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct found f = { 0 };
	uint8_t *more = malloc(in.n + 100);

	assert_non_null(more);
	memcpy(more, in.p, in.n);
	memset(more + in.n, 0x5a, 100);
	format_named(s->format)->probe((struct span){ more, in.n + 100 }, &f);
	if (!s->open_end)
		assert_int_equal(f.len, in.n - s->behind);
	else
		assert_true(f.len == 0 || f.len == in.n + 100);
	free(more);
	sample_free(in);
}

static inline void header_parts_in_order(const struct opened *o)
{
	uint64_t pos = 0;

	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		if (!e->stored)
			continue;
		assert_true(e->offset <= o->l.in.n && e->length <= o->l.in.n - e->offset);
		assert_true(e->offset >= pos || e->length == 0);
		pos = e->length ? e->offset + e->length : pos;
	}
}

/* Every prefix against an unreadable page; what is missing is told by a refusal or a fault. */
static inline void header_takes_cuts(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct guarded g = guarded_new(in.n);
	struct sink out;
	size_t untold = 0;

	sink_init(&out, NULL, MOST_PLAIN);
	for (size_t n = 0; n < in.n - s->behind; n++) {
		struct opened o;

		opened_init(&o, format_named(s->format), guarded_copy(g, span_head(in, n)));
		untold += header_fault(&o, &out).kind == FAULT_NONE;
		assert_true(o.refused.kind || (o.found.len > 0 && o.found.len <= n));
		header_parts_in_order(&o);
		opened_free(&o);
	}
	if (untold > s->untold && !s->may_be_whole)
		fail_msg("%s: %zu cuts are not told", s->file, untold);
	sink_free(&out);
	guarded_free(g);
	sample_free(in);
}

/* A header may claim what it wants: nothing overflows, nothing hangs. */
static inline void header_survives_ones(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct sink out;

	sink_init(&out, NULL, MOST_PLAIN);
	for (size_t at = 0; at + 4 <= in.n; at += 2) {
		uint8_t kept[4];
		struct opened o;

		memcpy(kept, in.p + at, 4);
		memset(sample_bytes(in) + at, 0xff, 4);
		opened_init(&o, format_named(s->format), in);
		header_fault(&o, &out);
		assert_true(o.refused.kind || (o.found.len > 0 && o.found.len <= in.n));
		header_parts_in_order(&o);
		opened_free(&o);
		memcpy(sample_bytes(in) + at, kept, 4);
	}
	sink_free(&out);
	sample_free(in);
}

static inline void header_change(const struct header_change *c)
{
	struct span in = sample_read(c->file);
	struct opened o;
	struct sink out;
	struct fault bad;

	sink_init(&out, NULL, MOST_PLAIN);
	sample_bytes(in)[c->at] ^= 0x40;
	opened_init(&o, format_named(c->format), in);
	bad = header_fault(&o, &out);
	if (!c->what && !o.refused.kind)
		fail_msg("%s: byte %zu was not looked at", c->file, c->at);
	if (c->what && (o.refused.kind || !bad.what || strcmp(bad.what, c->what) != 0 ||
			(o.format->shape == SHAPE_CONTAINER && o.l.count == 0)))
		fail_msg("%s: byte %zu: %s", c->file, c->at, bad.what ? bad.what : "no fault");
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

/* The cases of one test program: each tries all lines of its tables. */
#define HEADER_CASES(samples, changes)                                                             \
	static int set_up(void **state)                                                            \
	{                                                                                          \
		(void)state;                                                                       \
		hash_start();                                                                      \
		return 0;                                                                          \
	}                                                                                          \
	static void opens_each_sample_without_a_fault(void **state)                                \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++)                \
			header_opens(&(samples)[i]);                                               \
	}                                                                                          \
	static void ends_where_its_own_length_says(void **state)                                   \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++)                \
			header_ends(&(samples)[i]);                                                \
	}                                                                                          \
	static void takes_every_prefix_without_reading_too_far(void **state)                       \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++)                \
			header_takes_cuts(&(samples)[i]);                                          \
	}                                                                                          \
	static void survives_fields_of_all_ones(void **state)                                      \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++)                \
			header_survives_ones(&(samples)[i]);                                       \
	}                                                                                          \
	static void tells_what_was_changed(void **state)                                           \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(changes) / sizeof((changes)[0]); i++)                \
			header_change(&(changes)[i]);                                              \
	}

#define HEADER_TESTS                                                                               \
	cmocka_unit_test(opens_each_sample_without_a_fault),                                       \
		cmocka_unit_test(ends_where_its_own_length_says),                                  \
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),                      \
		cmocka_unit_test(survives_fields_of_all_ones),                                     \
		cmocka_unit_test(tells_what_was_changed)

#endif
