/* lineage.c - traces of images, and what they tell together. */
#include "compare/lineage.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "compare/fact_item.h"
#include "know/version.h"

/* A thing in one release, as a trace has it. */
struct seen {
	enum fact_kind kind;
	bool is_active;
	struct span key, what, version;
	uint32_t release;
};

bool lineage_has(enum fact_kind kind)
{
	static const bool has[FACT_LISTS] = {
		[FACT_ACCOUNT] = true, [FACT_KEY] = true,      [FACT_COMPONENT] = true,
		[FACT_SERVICE] = true, [FACT_LISTENER] = true, [FACT_ENDPOINT] = true,
	};

	return has[kind];
}

/* -- a trace is written -- */

static void put_u32(struct text *t, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		text_char(t, (char)(value >> 8 * i & 0xff));
}

static void put_u64(struct text *t, uint64_t value)
{
	put_u32(t, (uint32_t)value);
	put_u32(t, (uint32_t)(value >> 32));
}

static void put_span(struct text *t, struct span s)
{
	put_u64(t, s.n);
	text_put(t, s);
}

static bool is_active(const struct fact *f)
{
	if (f->kind == FACT_ACCOUNT)
		return ((const struct account_fact *)(const void *)f)->can_log_in;
	if (f->kind == FACT_SERVICE || f->kind == FACT_LISTENER)
		return ((const struct service_fact *)(const void *)f)->enabled;
	return true;
}

/* What a configuration says of a service, and what a program of many names could do, are none. */
static bool is_thing(const struct fact *f)
{
	const struct service_fact *s = (const void *)f;

	return f->kind != FACT_SERVICE ||
	       (strcmp(s->service_kind, "setting") != 0 && strcmp(s->service_kind, "applet") != 0);
}

/* The same version of a component is one thing. */
static struct span version_of(const struct fact *f)
{
	return f->kind == FACT_COMPONENT ? ((const struct component_fact *)(const void *)f)->version
					 : (struct span){ 0 };
}

static uint32_t put_things(struct comparing *c, const struct facts *f, enum fact_kind kind,
			   struct text *out)
{
	struct items items = items_of(c, f, kind);
	uint32_t n = 0;

	for (uint32_t i = 0; i < items.n; i++) {
		const struct item *item = &items.p[i];

		if (!is_thing(item->fact))
			continue;
		text_char(out, (char)kind);
		text_char(out, is_active(item->fact));
		put_u64(out, item->key.n + item->place.n + sizeof(uint64_t));
		put_u64(out, item->key.n);
		text_put(out, item->key);
		text_put(out, item->place);
		put_span(out, item_name(c, item, item));
		put_span(out, version_of(item->fact));
		n++;
	}
	return n;
}

/* The name that says most. */
static const struct identity_fact *identity_of(const struct facts *f)
{
	const struct identity_fact *best = NULL;
	int most = -1;

	for (uint32_t i = 0; i < f->count[FACT_IDENTITY]; i++) {
		const struct identity_fact *x = (const void *)f->of[FACT_IDENTITY][i];
		int says = 2 * (x->version.n > 0) + (x->product.n > 0);

		if (says > most)
			best = x;
		most = says > most ? says : most;
	}
	return best;
}

bool lineage_trace(const struct release *head, const struct facts *f, struct arena *a,
		   struct text *out)
{
	struct comparing c = { .arena = a };
	static const struct identity_fact nameless;
	const struct identity_fact *id = identity_of(f);
	struct text things = { 0 };
	uint32_t n = 0;

	id = id ? id : &nameless;
	for (int k = 0; k < FACT_KINDS; k++)
		if (lineage_has((enum fact_kind)k))
			n += put_things(&c, f, (enum fact_kind)k, &things);
	put_u64(out, head->size);
	text_put(out, (struct span){ head->sha256, SHA256_SIZE });
	text_char(out, head->is_stored);
	put_u64(out, head->opaque);
	put_u32(out, head->blind);
	put_span(out, id->vendor);
	put_span(out, id->product);
	put_span(out, id->version);
	put_u32(out, n);
	text_put(out, text_span(&things));
	out->failed |= things.failed;
	text_free(&things);
	text_free(&c.scratch);
	return !c.lost && !out->failed;
}

/* -- traces are read -- */

#define LEAST_THING   26 /* bytes of a thing without any text */
#define LEAST_RELEASE 81 /* and of a release */

struct reader {
	struct cursor in;
	struct seen *seen;
	uint64_t count;
};

static struct span take_span(struct cursor *c)
{
	return cursor_span(c, cursor_le64(c));
}

static bool read_thing(struct reader *r, uint32_t release)
{
	struct seen *s = &r->seen[r->count];
	uint8_t kind = cursor_u8(&r->in);

	*s = (struct seen){ .is_active = cursor_u8(&r->in) == 1, .release = release };
	s->key = take_span(&r->in);
	s->what = take_span(&r->in);
	s->version = take_span(&r->in);
	if (r->in.ran_out || kind >= FACT_KINDS || !lineage_has((enum fact_kind)kind))
		return false;
	s->kind = (enum fact_kind)kind;
	r->count++;
	return true;
}

static bool read_release(struct reader *r, uint32_t index, struct release *to)
{
	uint32_t things;
	struct span digest;

	to->given = index;
	to->size = cursor_le64(&r->in);
	digest = cursor_span(&r->in, SHA256_SIZE);
	to->is_stored = cursor_u8(&r->in) == 1;
	to->opaque = cursor_le64(&r->in);
	to->blind = cursor_le32(&r->in);
	to->vendor = take_span(&r->in);
	to->product = take_span(&r->in);
	to->version = take_span(&r->in);
	things = cursor_le32(&r->in);
	if (r->in.ran_out || things > cursor_left(&r->in) / LEAST_THING)
		return false;
	memcpy(to->sha256, digest.p, SHA256_SIZE);
	for (uint32_t i = 0; i < things; i++)
		if (!read_thing(r, index))
			return false;
	return true;
}

static bool read_all(struct reader *r, struct lineage *out)
{
	while (cursor_left(&r->in)) {
		if (!read_release(r, out->release_count, &out->releases[out->release_count]))
			return false;
		out->release_count++;
	}
	return true;
}

/* -- the order of releases -- */

static int by_version(const void *a, const void *b)
{
	const struct release *x = a, *y = b;
	int order = version_compare(SCHEME_GENERIC, x->version, y->version);

	return order ? order : (x->given > y->given) - (x->given < y->given);
}

static void order_releases(struct lineage *l)
{
	for (uint32_t i = 0; i < l->release_count; i++)
		if (l->releases[i].version.n == 0) {
			l->unversioned = i + 1;
			return;
		}
	qsort(l->releases, l->release_count, sizeof(*l->releases), by_version);
	l->by_version = true;
}

/* What was seen tells arguments; it is to tell places in the order shown. */
static bool renumber(struct reader *r, const struct lineage *l, struct arena *a)
{
	uint32_t *place = arena_take(a, l->release_count, sizeof(*place));

	if (!place)
		return false;
	for (uint32_t i = 0; i < l->release_count; i++)
		place[l->releases[i].given] = i;
	for (uint64_t i = 0; i < r->count; i++)
		r->seen[i].release = place[r->seen[i].release];
	return true;
}

/* -- things -- */

static int same_thing(const struct seen *x, const struct seen *y)
{
	int order = (x->kind > y->kind) - (x->kind < y->kind);

	order = order ? order : span_compare(x->key, y->key);
	return order ? order : span_compare(x->version, y->version);
}

/* Of one release what is active comes last. */
static int by_thing(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = same_thing(x, y);

	order = order ? order : (x->release > y->release) - (x->release < y->release);
	order = order ? order : x->is_active - y->is_active;
	return order ? order : span_compare(x->what, y->what);
}

static void add_run(struct run *runs, uint32_t *n, uint32_t release, bool active)
{
	struct run *last = *n ? &runs[*n - 1] : NULL;

	if (last && last->is_active == active && last->last + 1 == release)
		last->last = release;
	else
		runs[(*n)++] = (struct run){ release, release, active };
}

/* All that was seen of one thing; each release counts once. */
static struct thing thing_of(const struct seen *seen, uint64_t n, struct run *runs)
{
	const struct seen *last = &seen[n - 1];
	struct thing t = { last->kind, last->what, last->version, last->key, runs, 0 };

	for (uint64_t i = 0; i < n; i++)
		if (i + 1 == n || seen[i].release != seen[i + 1].release)
			add_run(runs, &t.run_count, seen[i].release, seen[i].is_active);
	return t;
}

static int by_what(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;
	int order = (x->kind > y->kind) - (x->kind < y->kind);

	order = order ? order : span_compare(x->what, y->what);
	order = order ? order : version_compare(SCHEME_GENERIC, x->version, y->version);
	order = order ? order : span_compare(x->version, y->version);
	return order ? order : span_compare(x->key, y->key);
}

static bool join_things(struct reader *r, struct arena *a, struct lineage *out)
{
	struct run *runs = arena_take(a, r->count, sizeof(*runs));
	uint64_t end;

	out->things = arena_take(a, r->count, sizeof(*out->things));
	if (!out->things || !runs || r->count > UINT32_MAX)
		return false;
	qsort(r->seen, r->count, sizeof(*r->seen), by_thing);
	for (uint64_t i = 0; i < r->count; i = end) {
		struct thing *t = &out->things[out->thing_count++];

		for (end = i + 1; end < r->count && same_thing(&r->seen[i], &r->seen[end]) == 0;)
			end++;
		*t = thing_of(&r->seen[i], end - i, runs);
		runs += t->run_count;
	}
	qsort(out->things, out->thing_count, sizeof(*out->things), by_what);
	return true;
}

bool lineage_join(struct span traces, bool wants_version, struct arena *a, struct lineage *out)
{
	struct reader r = { .in = { .in = traces } };

	*out = (struct lineage){
		.releases = arena_take(a, traces.n / LEAST_RELEASE + 1, sizeof(*out->releases)),
	};
	r.seen = arena_take(a, traces.n / LEAST_THING + 1, sizeof(*r.seen));
	if (!out->releases || !r.seen || !read_all(&r, out))
		return false;
	if (wants_version)
		order_releases(out);
	return renumber(&r, out, a) && join_things(&r, a, out);
}

bool thing_is_constant(const struct thing *t, const struct lineage *l)
{
	return t->run_count == 1 && t->runs[0].first == 0 &&
	       t->runs[0].last + 1 == l->release_count;
}
