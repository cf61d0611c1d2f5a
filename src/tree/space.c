/* space.c - search and settle: which formats stand where in a stretch of bytes.
 *
 * One pass of the pattern database gives candidates. A sweep from left to right probes them: what
 * is proved (by checksum or structure) and begins first wins, so containers beat their contents;
 * what is merely plausible wins only where nothing proved begins inside it. The order is total:
 * offset, proof, length, place in the list of formats. */
#include <stdlib.h>

#include "tree/engine.h"

#define MOST_CANDIDATES   (1u << 20)
#define MOST_INNER_PROBES 256
#define SMALLEST_WHOLE    (64u << 10) /* of an object whose magic may stand anywhere */

struct candidate {
	uint64_t start;
	uint16_t format;
};

struct candidates {
	struct candidate *p;
	size_t n, room;
	uint64_t from;
	bool anywhere; /* a magic that may stand anywhere was met */
	bool full;
};

/* The best object found at one offset. */
struct choice {
	const struct format *format;
	struct found found;
};

static bool add_candidate(void *ctx, uint16_t format, uint8_t magic, uint64_t end)
{
	struct candidates *c = ctx;
	const struct magic *m = &formats[format]->magic[magic];
	uint64_t start;

	if (m->at == MAGIC_ANYWHERE) {
		c->anywhere = true;
		return true;
	}
	if (end < (uint64_t)m->at + m->len)
		return true;
	start = end - m->len - (uint64_t)m->at;
	if (c->n == c->room) {
		size_t room = c->room ? c->room * 2 : 256;
		struct candidate *p = realloc(c->p, room * sizeof(*p));

		c->full = !p || room > MOST_CANDIDATES;
		if (p)
			c->p = p;
		if (c->full)
			return false;
		c->room = room;
	}
	c->p[c->n++] = (struct candidate){ c->from + start, format };
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->format > y->format) - (x->format < y->format);
}

/* Candidates from `from` to the end of the space in order, each once. */
static void search(const struct space *s, uint64_t from, struct candidates *c)
{
	size_t kept = 0;

	*c = (struct candidates){ .from = from };
	search_magics(s->w->scratch, span_sub(s->bytes, from, s->to - from), add_candidate, c);
	if (c->n == 0)
		return;
	qsort(c->p, c->n, sizeof(*c->p), by_place);
	for (size_t i = 0; i < c->n; i++)
		if (i == 0 || by_place(&c->p[i - 1], &c->p[i]) != 0)
			c->p[kept++] = c->p[i];
	c->n = kept;
}

/* Runs one probe and checks its answer: a length it cannot have is a defect, treated as refusal. */
static bool probe(const struct space *s, const struct format *f, uint64_t start,
		  struct found *found)
{
	struct span in = span_sub(s->bytes, start, s->to - start);
	struct fault why;

	*found = (struct found){ 0 };
	if (!guard_enter_key(s->w, s->node, s->key, f->name))
		return false;
	why = f->probe(in, found);
	guard_leave(s->w);
	if (why.kind == FAULT_NONE && found->len > 0 && found->len <= in.n)
		return true;
	if (s->w->engine->o->explain && f->magic[0].len)
		refuse(s->w, s->node, start, f, why);
	return false;
}

static bool better(const struct found *a, const struct found *b)
{
	if (a->proof != b->proof)
		return a->proof > b->proof;
	return a->len > b->len;
}

static void consider(const struct space *s, const struct format *f, uint64_t start,
		     struct choice *best)
{
	struct found found;

	if (probe(s, f, start, &found) && (!best->format || better(&found, &best->found)))
		*best = (struct choice){ f, found };
}

static bool magic_stands(const struct format *f, struct span in)
{
	if (f->magic[0].len == 0)
		return true;
	for (int i = 0; i < FORMAT_MAGICS && f->magic[i].len; i++) {
		const struct magic *m = &f->magic[i];

		if (m->at != MAGIC_ANYWHERE && (uint64_t)m->at < in.n &&
		    m->len <= in.n - (uint64_t)m->at && memcmp(in.p + m->at, m->bytes, m->len) == 0)
			return true;
	}
	return false;
}

/* At a structural place every format is asked, short magics too. */
static struct choice identify(const struct space *s, uint64_t start)
{
	struct span in = span_sub(s->bytes, start, s->to - start);
	struct choice best = { 0 };
	const struct format *f;
	size_t at = 0;

	while ((f = search_asked(in.p[0], &at)))
		if (magic_stands(f, in))
			consider(s, f, start, &best);
	return best;
}

/* Whether something proved begins inside a merely plausible object: then that is not one. */
static bool hides_proved(const struct space *s, const struct candidates *c, size_t next,
			 uint64_t end)
{
	struct found found;
	size_t probes = 0;

	for (; next < c->n && c->p[next].start < end && probes < MOST_INNER_PROBES;
	     next++, probes++)
		if (probe(s, formats[c->p[next].format], c->p[next].start, &found) &&
		    found.proof > PROOF_PLAUSIBLE)
			return true;
	return false;
}

/* Takes the choice as a piece; false when it is a stream that does not decode. */
static bool accept(struct space *s, uint64_t start, const struct choice *c, struct pieces *out)
{
	struct piece piece = { .offset = start,
			       .len = c->found.len,
			       .format = c->format,
			       .found = c->found,
			       .state = STATE_UNDERSTOOD };

	if (c->format->shape == SHAPE_STREAM) {
		piece.node = region_new(s->w, s->node, &piece);
		if (!piece.node)
			return false;
		piece.len = open_stream(s->w, piece.node, &c->found,
					span_sub(s->bytes, start, s->to - start), s->level);
		if (piece.len == 0)
			return false;
	}
	return pieces_add(out, &piece) != NULL;
}

/* The first byte behind pos that differs from the one at pos, at most 1 MiB away. */
static uint64_t behind_padding(const struct space *s, uint64_t pos)
{
	int pad = span_byte(s->bytes, pos);
	uint64_t end = s->to - pos > (1u << 20) ? pos + (1u << 20) : s->to;

	if (pad != 0 && pad != 0xff)
		return pos;
	while (pos < end && s->bytes.p[pos] == pad)
		pos++;
	return pos;
}

/* A format at a structural place: the start of the space, or behind a known region. */
static bool take_anchored(struct space *s, uint64_t pos, struct pieces *out, enum proof least)
{
	struct choice best = pos < s->to ? identify(s, pos) : (struct choice){ 0 };

	return best.format && best.found.proof >= least && accept(s, pos, &best, out);
}

static bool take_candidate(struct space *s, const struct candidates *c, size_t *next,
			   struct pieces *out)
{
	uint64_t start = c->p[*next].start;
	struct choice best = { 0 };

	for (; *next < c->n && c->p[*next].start == start; ++*next)
		consider(s, formats[c->p[*next].format], start, &best);
	if (!best.format)
		return false;
	if (best.found.proof == PROOF_PLAUSIBLE &&
	    hides_proved(s, c, *next, start + best.found.len))
		return false;
	return accept(s, start, &best, out);
}

static uint64_t end_of(const struct pieces *out, size_t first, uint64_t from)
{
	const struct piece *last = out->n > first ? &out->p[out->n - 1] : NULL;

	return last ? last->offset + last->len : from;
}

/* From the end of one object on: what is anchored there, at once or behind padding, then the next
 * candidate. */
static void sweep(struct space *s, const struct candidates *c, struct pieces *out, uint64_t pos)
{
	size_t next = 0, first = out->n;
	bool anchored = pos > s->from;

	while (pos < s->to) {
		if (anchored) {
			uint64_t behind = behind_padding(s, pos);

			anchored = take_anchored(s, pos, out, PROOF_PLAUSIBLE) ||
				   (behind > pos && take_anchored(s, behind, out, PROOF_STRUCTURE));
			if (anchored) {
				pos = end_of(out, first, pos);
				continue;
			}
		}
		while (next < c->n && c->p[next].start < pos)
			next++;
		if (next == c->n)
			break;
		anchored = take_candidate(s, c, &next, out);
		if (anchored)
			pos = end_of(out, first, pos);
	}
}

/* An object that fills [from, to) and whose magic stands anywhere in it: a raw kernel. */
static bool take_whole(struct space *s, uint64_t from, uint64_t to, struct pieces *out)
{
	struct space part = *s;
	struct choice best = { 0 };

	part.from = from;
	part.to = to;
	if (s->owned || to - from < SMALLEST_WHOLE)
		return false;
	for (size_t i = 0; i < format_count; i++)
		if (formats[i]->magic[0].at == MAGIC_ANYWHERE)
			consider(&part, formats[i], from, &best);
	return best.format && accept(&part, from, &best, out);
}

/* Fills the stretches between pieces: whole objects first, then padding, text, unknown. */
static void fill_gaps(struct space *s, const struct pieces *found, bool anywhere,
		      struct pieces *out)
{
	uint64_t pos = s->from;
	struct piece whole = { .offset = s->from, .len = s->to - s->from, .state = STATE_UNKNOWN };

	/* A file in which nothing was found is one leaf: what its bytes are is of no interest here.
	 */
	if (s->kind == SPACE_FILE && found->n == 0 && !anywhere) {
		pieces_add(out, &whole);
		return;
	}
	for (size_t i = 0; i <= found->n; i++) {
		uint64_t end = i < found->n ? found->p[i].offset : s->to;

		if (end > pos && !(anywhere && take_whole(s, pos, end, out)))
			gap_tile(s, pos, end, out);
		pos = end;
		if (i == found->n)
			break;
		pieces_add(out, &found->p[i]);
		pos += found->p[i].len;
	}
}

void space_tile(struct space *s, struct pieces *out)
{
	struct pieces found = { .arena = out->arena };
	struct candidates c = { 0 };
	uint64_t pos = s->from;

	if (s->to == s->from)
		return;
	s->key = node_key(s->node);
	if (take_anchored(s, s->from, &found, PROOF_PLAUSIBLE))
		pos = end_of(&found, 0, s->from);
	if (pos < s->to && (pos > s->from || s->kind != SPACE_FILE ||
			    !looks_like_text(span_head(s->bytes, 64 << 10))))
		search(s, pos, &c);
	if (pos == s->from && c.anywhere && s->kind == SPACE_PART &&
	    take_whole(s, s->from, s->to, &found))
		pos = s->to;
	if (pos < s->to)
		sweep(s, &c, &found, pos);
	free(c.p);
	if (c.full)
		node_fault(s->w, s->node,
			   fault_at(FAULT_LIMIT, s->from, "candidates", c.n, MOST_CANDIDATES));
	fill_gaps(s, &found, c.anywhere, out);
}

struct piece *pieces_add(struct pieces *ps, const struct piece *piece)
{
	if (ps->n == ps->room) {
		size_t room = ps->room ? ps->room * 2 : 16;
		struct piece *p = arena_take(ps->arena, room, sizeof(*p));

		if (!p)
			return NULL;
		if (ps->n)
			memcpy(p, ps->p, ps->n * sizeof(*p));
		ps->p = p;
		ps->room = room;
	}
	ps->p[ps->n] = *piece;
	return &ps->p[ps->n++];
}
