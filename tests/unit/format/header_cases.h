/* header_cases.h - what every header of a vendor owes: opens its sample without a fault, ends where
 * its own length says, tells each cut, survives fields of all ones. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_HEADER_CASES_H
#define EVENHAND_TESTS_UNIT_FORMAT_HEADER_CASES_H

#include "unit/support.h"

#define CASE_CONTENT (1u << 20)

struct header_case {
	const char *format, *file, *label;
	unsigned parts;
	bool open_end;     /* the object takes all there is */
	unsigned untold;   /* cuts that leave a whole object */
	size_t hole, size; /* 0xff left out of the file: where, how many */
};

static inline struct span case_read(const struct header_case *k)
{
	char path[128];
	struct span in, whole;

	snprintf(path, sizeof(path), "vendorb/%s", k->file);
	in = sample_read(path);
	if (k->size == 0)
		return in;
	whole = (struct span){ malloc(in.n + k->size), in.n + k->size };
	assert_non_null(whole.p);
	memcpy(sample_bytes(whole), in.p, k->hole);
	memset(sample_bytes(whole) + k->hole, 0xff, k->size);
	memcpy(sample_bytes(whole) + k->hole + k->size, in.p + k->hole, in.n - k->hole);
	sample_free(in);
	return whole;
}

/* Whether anything was said: by the probe, the list, an entry or a load. */
static inline bool case_is_told(struct opened *o, struct sink *out)
{
	if (o->refused.kind || o->fault.kind || o->l.fault.kind || opened_faults(o))
		return true;
	for (uint32_t i = 0; i < o->l.count; i++)
		if (o->l.entries[i].kind == KIND_FILE && !o->l.entries[i].encrypted &&
		    opened_load(o, &o->l.entries[i], out, CASE_CONTENT).kind)
			return true;
	return false;
}

static inline bool case_tells(const struct header_case *k, struct span in, struct sink *out)
{
	struct opened o;
	bool told;

	opened_init(&o, format_named(k->format), in);
	told = case_is_told(&o, out);
	opened_free(&o);
	return told;
}

static inline void case_opens(const struct header_case *k)
{
	struct span in = case_read(k);
	struct opened o;
	struct sink out;

	sink_init(&out, NULL, CASE_CONTENT);
	opened_init(&o, format_named(k->format), in);
	if (o.refused.kind || o.fault.kind || o.l.fault.kind)
		fail_msg("%s: %s", k->file,
			 o.refused.kind ? o.refused.what
			 : o.fault.kind ? o.fault.what
					: o.l.fault.what);
	assert_string_equal(o.found.label, k->label);
	assert_int_equal(o.l.count, k->parts);
	assert_true(o.found.len <= in.n);
	if (case_is_told(&o, &out))
		fail_msg("%s: an entry does not load", k->file);
	opened_free(&o);
	sink_free(&out);
	sample_free(in);
}

static inline void case_ends(const struct header_case *k)
{
	struct span in = case_read(k);
	struct found alone = { 0 }, followed = { 0 };
	uint8_t *more = malloc(in.n + 100);

	assert_non_null(more);
	memcpy(more, in.p, in.n);
	memset(more + in.n, 0x5a, 100);
	format_named(k->format)->probe(in, &alone);
	format_named(k->format)->probe((struct span){ more, in.n + 100 }, &followed);
	assert_int_equal(alone.len, in.n);
	if (!k->open_end)
		assert_int_equal(followed.len, in.n);
	free(more);
	sample_free(in);
}

static inline void case_survives_cuts(const struct header_case *k)
{
	struct span in = case_read(k);
	struct guarded g = guarded_new(in.n);
	struct sink out;
	unsigned untold = 0;

	sink_init(&out, NULL, CASE_CONTENT);
	for (size_t n = 0; n < in.n; n += k->size && n < k->hole + k->size ? 97 : 1)
		untold += !case_tells(k, guarded_copy(g, span_head(in, n)), &out);
	if (untold > k->untold)
		fail_msg("%s: %u cuts are not told", k->file, untold);
	sink_free(&out);
	guarded_free(g);
	sample_free(in);
}

/* A header may claim what it wants: nothing overflows, nothing hangs. */
static inline void case_survives_ones(const struct header_case *k)
{
	struct span in = case_read(k);
	struct sink out;

	sink_init(&out, NULL, CASE_CONTENT);
	for (size_t at = 0; at + 4 <= in.n; at += 2) {
		uint8_t kept[4];
		struct opened o;

		if (k->size && at >= k->hole)
			break;
		memcpy(kept, in.p + at, 4);
		memset(sample_bytes(in) + at, 0xff, 4);
		opened_init(&o, format_named(k->format), in);
		if (o.refused.kind == FAULT_NONE)
			assert_true(o.found.len > 0 && o.found.len <= in.n);
		case_is_told(&o, &out);
		opened_free(&o);
		memcpy(sample_bytes(in) + at, kept, 4);
	}
	sink_free(&out);
	sample_free(in);
}

/* Changes bits of one byte: the parts stay, and the first fault says what. */
static inline void case_tells_damage(const struct header_case *k, size_t at, uint8_t bits,
				     const char *what)
{
	struct span in = case_read(k);
	struct fault told = { 0 };
	struct opened o;
	struct sink out;

	sink_init(&out, NULL, CASE_CONTENT);
	sample_bytes(in)[at] ^= bits;
	opened_init(&o, format_named(k->format), in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.l.count, k->parts);
	told = o.fault.kind ? o.fault : o.l.fault;
	for (uint32_t i = 0; i < o.l.count && !told.kind; i++) {
		const struct entry *e = &o.l.entries[i];

		told = e->fault.kind || e->kind != KIND_FILE
			       ? e->fault
			       : opened_load(&o, e, &out, CASE_CONTENT);
	}
	if (!told.what || strcmp(told.what, what) != 0)
		fail_msg("%s, byte %zu: %s", k->file, at, told.what ? told.what : "nothing");
	opened_free(&o);
	sink_free(&out);
	sample_free(in);
}

static inline void case_refuses(const struct header_case *k, size_t at)
{
	struct span in = case_read(k);

	refuses_once_changed(k->format, in, at);
	sample_free(in);
}

/* The content of one entry, in a sink of the caller. */
static inline void case_content(const struct header_case *k, const char *path, struct sink *out)
{
	struct span in = case_read(k);
	const struct entry *e;
	struct opened o;

	opened_init(&o, format_named(k->format), in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	e = opened_entry(&o, path);
	if (!e)
		fail_msg("%s: no %s", k->file, path);
	assert_int_equal(opened_load(&o, e, out, CASE_CONTENT).kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

/* A stream's plain bytes, in a sink of the caller. */
static inline struct fault case_load_stream(const char *format, struct opened *o, struct span in,
					    struct sink *out)
{
	opened_init(o, format_named(format), in);
	sink_reset(out, CASE_CONTENT);
	return o->refused.kind ? o->refused : o->format->load(&o->l, NULL, out);
}

/* The text that make.py packs, in memory of the caller. */
static inline size_t case_text(char *text, size_t size)
{
	size_t n = 0;

	for (int i = 0; i < 60; i++)
		n += (size_t)snprintf(text + n, size - n, "line %d of the program\n", i);
	return n;
}

/* That the entry holds that text so many times. */
static inline void case_holds_text(const struct header_case *k, const char *path, size_t times)
{
	char text[2048];
	size_t n = case_text(text, sizeof(text));
	struct sink out;

	sink_init(&out, NULL, CASE_CONTENT);
	case_content(k, path, &out);
	assert_int_equal(out.n, n * times);
	for (size_t i = 0; i < times; i++)
		assert_memory_equal(out.p + n * i, text, n);
	sink_free(&out);
}

#define HEADER_CASES(cases)                                                                        \
	static int set_up(void **state)                                                            \
	{                                                                                          \
		(void)state;                                                                       \
		hash_start();                                                                      \
		return 0;                                                                          \
	}                                                                                          \
	static void opens_each_sample_without_a_fault(void **state)                                \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)                    \
			case_opens(&(cases)[i]);                                                   \
	}                                                                                          \
	static void ends_where_its_own_length_says(void **state)                                   \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)                    \
			case_ends(&(cases)[i]);                                                    \
	}                                                                                          \
	static void tells_every_cut_and_reads_no_byte_too_far(void **state)                        \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)                    \
			case_survives_cuts(&(cases)[i]);                                           \
	}                                                                                          \
	static void survives_fields_of_all_ones(void **state)                                      \
	{                                                                                          \
		(void)state;                                                                       \
		for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++)                    \
			case_survives_ones(&(cases)[i]);                                           \
	}

#define HEADER_TESTS                                                                               \
	cmocka_unit_test(opens_each_sample_without_a_fault),                                       \
		cmocka_unit_test(ends_where_its_own_length_says),                                  \
		cmocka_unit_test(tells_every_cut_and_reads_no_byte_too_far),                       \
		cmocka_unit_test(survives_fields_of_all_ones)

#endif
