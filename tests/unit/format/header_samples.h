/* header_samples.h - what every sample of a header must hold: no fault, the expected parts, its own
 * end whatever follows, no cut and no field of all ones that reads too far or tells nothing. */
#ifndef EVENHAND_TESTS_UNIT_FORMAT_HEADER_SAMPLES_H
#define EVENHAND_TESTS_UNIT_FORMAT_HEADER_SAMPLES_H

#include "unit/format/small_tree.h"

enum sample_end {
	ENDS,       /* where its own header says */
	TO_THE_END, /* of its space */
	WHOLE_CUT,  /* ends, and what a cut leaves may be whole */
};

struct header_sample {
	const char *format, *file, *label;
	unsigned parts;
	enum sample_end end;
};

/* What is changed where, and what fault that must give; NULL: the probe must refuse. */
struct header_change {
	const char *format, *file;
	size_t at;
	const char *what;
};

static inline int start_hashing(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static inline const char *first_fault(const struct opened *o)
{
	if (o->refused.kind)
		return o->refused.what;
	if (o->fault.kind)
		return o->fault.what;
	return o->l.fault.kind ? o->l.fault.what : NULL;
}

static inline void sample_opens(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct opened o;

	opened_init(&o, format_named(s->format), in);
	if (first_fault(&o))
		fail_msg("%s: %s", s->file, first_fault(&o));
	if (strcmp(o.found.label, s->label) != 0 || o.l.count != s->parts)
		fail_msg("%s: \"%s\", %u parts", s->file, o.found.label, o.l.count);
	assert_true(o.found.len <= in.n);
	opened_free(&o);
	sample_free(in);
}

static inline void sample_ends(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct found alone = { 0 }, followed = { 0 };
	uint8_t *more = malloc(in.n + 100);

	assert_non_null(more);
	memcpy(more, in.p, in.n);
	memset(more + in.n, 0x5a, 100);
	format_named(s->format)->probe(in, &alone);
	format_named(s->format)->probe((struct span){ more, in.n + 100 }, &followed);
	if (followed.len != (s->end == TO_THE_END ? in.n + 100 : alone.len))
		fail_msg("%s: ends at %zu", s->file, (size_t)followed.len);
	free(more);
	sample_free(in);
}

static inline void parts_are_in_order(const struct opened *o)
{
	uint64_t pos = 0;

	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		if (!e->stored || o->l.kind != LISTING_REGIONS)
			continue;
		assert_true(e->offset <= o->l.in.n && e->length <= o->l.in.n - e->offset);
		assert_true(e->offset >= pos || e->length == 0);
		pos = e->length ? e->offset + e->length : pos;
	}
}

/* A stream tells only when it is loaded; then its content or its fault must differ. */
static inline bool tells_a_fault(struct opened *o)
{
	struct fault f = fine;
	struct sink out;

	if (first_fault(o))
		return true;
	for (uint32_t i = 0; i < o->l.count; i++)
		if (o->l.entries[i].fault.kind)
			return true;
	if (o->format->shape != SHAPE_STREAM)
		return false;
	sink_init(&out, NULL, LIMIT);
	o->l.kind = LISTING_STREAM;
	f = o->format->load(&o->l, NULL, &out);
	sink_free(&out);
	return f.kind != FAULT_NONE;
}

static inline void sample_takes_cuts(const struct header_sample *s)
{
	struct span in = sample_read(s->file);
	struct guarded g = guarded_new(in.n);
	struct found whole = { 0 };
	size_t untold = 0;

	format_named(s->format)->probe(in, &whole);
	for (size_t n = 0; n < whole.len; n++) {
		struct opened o;

		opened_init(&o, format_named(s->format), guarded_copy(g, span_head(in, n)));
		if (o.refused.kind == FAULT_NONE) {
			parts_are_in_order(&o);
			untold += !tells_a_fault(&o);
		}
		opened_free(&o);
		open_anyhow(format_named(s->format), guarded_copy(g, span_head(in, n)));
	}
	if (untold > 2 && s->end == ENDS)
		fail_msg("%s: %zu cuts are not told", s->file, untold);
	guarded_free(g);
	sample_free(in);
}

static inline void sample_takes_ones(const struct header_sample *s)
{
	struct span in = sample_read(s->file);

	for (size_t at = 0; at + 4 <= in.n && at < 4096; at += 2) {
		uint8_t kept[4];
		struct opened o;

		memcpy(kept, in.p + at, 4);
		memset(sample_bytes(in) + at, 0xff, 4);
		opened_init(&o, format_named(s->format), in);
		if (o.refused.kind == FAULT_NONE) {
			assert_true(o.found.len > 0 && o.found.len <= in.n);
			parts_are_in_order(&o);
		}
		opened_free(&o);
		memcpy(sample_bytes(in) + at, kept, 4);
	}
	sample_free(in);
}

static inline void change_is_told(const struct header_change *c)
{
	struct span in = sample_read(c->file);
	struct opened o;

	sample_bytes(in)[c->at] ^= 0x41;
	opened_init(&o, format_named(c->format), in);
	if (!c->what && !o.refused.kind)
		fail_msg("%s: byte %zu was not looked at", c->file, c->at);
	if (c->what && (o.refused.kind || o.l.count == 0 || !first_fault(&o) ||
			strcmp(first_fault(&o), c->what) != 0))
		fail_msg("%s: byte %zu: %s", c->file, c->at,
			 first_fault(&o) ? first_fault(&o) : "no fault");
	opened_free(&o);
	sample_free(in);
}

#endif
