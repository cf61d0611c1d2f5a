/* observe.c - one leaf: what later needs it is kept, its patterns are searched, its observers run.
 */
#include "observe/observe.h"

#include <crypt.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"

#define MOST_HITS    131072 /* of one leaf; a leaf with more shows nothing new */
#define MOST_IN_VAIN 16384  /* hits of one leaf that no row keeps any more, */
#define BYTES_A_HIT  16     /* and one more for so many bytes */

struct observing {
	struct pattern_scratch *scratch;
	struct hit *hits;
	uint32_t hit_count;
	uint64_t in_vain, most_in_vain;
	uint16_t *seen;       /* how often each row of each owner was met in this leaf */
	size_t first[OWNERS]; /* where the owner's rows begin in `seen` */
	size_t rows;
};

/* How many hits of one row are kept of one leaf; 0: all. */
static const uint16_t most_of[OWNERS] = {
	[OWNER_COMPONENT] = 64, [OWNER_KEY] = 0,          [OWNER_SYSTEM] = 64,
	[OWNER_SECRET] = 2048,  [OWNER_INDICATOR] = 1024, [OWNER_ENDPOINT] = 8192,
	[OWNER_WEB] = 1024,     [OWNER_UPDATE] = 1024,
};

static const struct observer *const observers[] = {
	&observe_executables, &observe_accounts, &observe_keys,      &observe_components,
	&observe_privileges,  &observe_kernels,  &observe_secrets,   &observe_indicators,
	&observe_endpoints,   &observe_web,      &observe_updates,   &observe_availability,
	&observe_crypto,      &observe_services, &observe_constants,
};

static reads_file *const readers[] = {
	identity_reads,
	services_read,
};

static bool count_rows(struct observing *w)
{
	for (int i = 0; i < OWNERS; i++) {
		w->first[i] = w->rows;
		w->rows += pattern_rows((enum pattern_owner)i);
	}
	w->seen = malloc(w->rows * sizeof(uint16_t));
	return w->seen != NULL;
}

static bool is_read_later(const struct node *n, struct span bytes)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i](n, bytes))
			return true;
	return false;
}

void observe_start(void)
{
	static bool done;
	struct crypt_data data = { 0 };

	if (done)
		return;
	done = true;
	hash_start();
	crypt_rn("", "$1$abcdefgh$", &data, (int)sizeof(data));
	daemons_start();
}

bool observation_init(struct observation *o, struct pool *pool)
{
	unsigned jobs = pool_jobs(pool);

	o->pool = pool;
	o->workers = calloc(jobs, sizeof(*o->workers));
	if (!o->workers || !crack_init(o))
		return false;
	for (unsigned i = 0; i < jobs; i++) {
		o->workers[i].scratch = know_scratch_new();
		o->workers[i].hits = malloc(MOST_HITS * sizeof(struct hit));
		if (!count_rows(&o->workers[i]) || !o->workers[i].scratch || !o->workers[i].hits)
			return false;
	}
	return true;
}

void observation_free(struct observation *o)
{
	unsigned jobs = o->workers ? pool_jobs(o->pool) : 0;

	for (unsigned i = 0; i < jobs; i++) {
		pattern_scratch_free(o->workers[i].scratch);
		free(o->workers[i].hits);
		free(o->workers[i].seen);
	}
	free(o->workers);
	crack_free(o);
}

/* Patterns that end at one place are found in an order that depends on the processor. */
static int by_end(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static bool keep_hit(void *ctx, struct hit h)
{
	struct observing *w = ctx;
	uint16_t *seen = &w->seen[w->first[h.owner] + h.row];

	if (most_of[h.owner]) {
		if (*seen >= most_of[h.owner])
			return ++w->in_vain < w->most_in_vain;
		(*seen)++;
	}
	w->hits[w->hit_count++] = h;
	return w->hit_count < MOST_HITS;
}

/* A text of nothing but signs costs many times what others do: it is searched as far as it may
 * cost.
 */
static void search(struct observing *w, const struct scene *s)
{
	struct span bytes = s->bytes;

	w->hit_count = 0;
	w->in_vain = 0;
	w->most_in_vain = MOST_IN_VAIN + bytes.n / BYTES_A_HIT;
	memset(w->seen, 0, w->rows * sizeof(uint16_t));
	know_scan(w->scratch, s->is_text ? PATTERNS_OF_TEXTS : PATTERNS_OF_PROGRAMS, bytes,
		  keep_hit, w);
	qsort(w->hits, w->hit_count, sizeof(struct hit), by_end);
	if (w->hit_count == MOST_HITS || w->in_vain == w->most_in_vain)
		leaf_fault(s->bench->arena, s->node,
			   fault_at(FAULT_LIMIT, 0, "signs", w->hit_count + w->in_vain,
				    w->hit_count == MOST_HITS ? MOST_HITS : w->most_in_vain));
}

void observe_leaf(void *ctx, struct bench *b, struct node *n, struct span bytes)
{
	struct observation *o = ctx;
	const struct guard *g = &o->guard;
	struct observing *w = &o->workers[b->worker];
	uint64_t key;
	struct scene s = { .all = o, .bench = b, .node = n, .bytes = bytes };

	if (bytes.n == 0)
		return;
	s.is_text = looks_like_text(span_head(bytes, 64u << 10));
	if (is_read_later(n, bytes))
		leaf_keep(b, n, bytes);
	search(w, &s);
	s.hits = w->hits;
	s.hit_count = w->hit_count;
	key = g->enter ? node_key(n) : 0;
	for (size_t i = 0; i < sizeof(observers) / sizeof(observers[0]); i++) {
		if (g->enter && !g->enter(g->ctx, b->worker, n, key, observers[i]->name))
			continue;
		observers[i]->look(&s);
		if (g->leave)
			g->leave(g->ctx, b->worker);
	}
}

void observe_again(void *ctx)
{
	struct observation *o = ctx;

	crack_free(o);
	if (!crack_init(o))
		machine_ran_out();
}

bool observe_finish(struct observation *o, struct tree *t, struct facts *out)
{
	struct arena *a = &t->arenas[0];

	pool_drain(o->pool);
	relate_identity(o, t, a);
	password_try_names(o, t);
	relate_accounts(o, t, a);
	relate_services(o, t, a);
	relate_components(o, t, a);
	relate_keys(o->pool, t);
	relate_signatures(o, t);
	relate_privileges(o, t, a);
	relate_indicators(t, a);
	relate_endpoints(t, a);
	relate_web(t, a);
	relate_updates(t, a);
	relate_availability(o, t, a);
	relate_crypto(t, a);
	return facts_collect(t->nodes, t->count, a, out);
}

uint32_t line_of(struct span bytes, uint64_t at)
{
	struct span before = span_head(bytes, at);
	uint32_t line = 1;

	for (size_t i = 0; (i = span_find(before, i, span_text("\n"))) != SIZE_MAX; i++)
		line++;
	return line;
}

uint32_t scene_line(struct scene *s, uint64_t at)
{
	if (!s->is_text)
		return 0;
	if (at < s->counted)
		s->counted = s->lines = 0;
	s->lines += line_of(span_sub(s->bytes, s->counted, at - s->counted), at) - 1;
	s->counted = at;
	return s->lines + 1;
}

bool line_next(struct span s, size_t *at, struct span *line)
{
	size_t end;

	if (*at >= s.n)
		return false;
	end = span_find(s, *at, span_text("\n"));
	*line = span_sub(s, *at, (end < s.n ? end : s.n) - *at);
	*at += line->n + 1;
	if (span_byte(*line, line->n - 1) == '\r')
		line->n--;
	return true;
}

struct span field_next(struct span *rest, char mark)
{
	size_t end = span_find(*rest, 0, (struct span){ (const uint8_t *)&mark, 1 });
	struct span field = span_sub(*rest, 0, end < rest->n ? end : rest->n);

	*rest = span_from(*rest, field.n + (end < rest->n));
	return field;
}

/* Moves to the next place where what follows the star may begin. */
static size_t place_behind_star(struct span name, size_t from, int next)
{
	while (next != '?' && next != '*' && from < name.n && name.p[from] != next)
		from++;
	return from;
}

/* One "*" is tried at every place. */
bool glob_matches(struct span name, struct span pattern)
{
	size_t n = 0, p = 0, star = SIZE_MAX, mark = 0;

	while (n < name.n) {
		int c = span_byte(pattern, p);

		if (c == '*') {
			star = p++;
			n = mark = place_behind_star(name, n, span_byte(pattern, p));
		} else if (c == '?' || c == name.p[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = mark = place_behind_star(name, mark + 1, span_byte(pattern, p));
		} else {
			return false;
		}
	}
	while (span_byte(pattern, p) == '*')
		p++;
	return p == pattern.n;
}

bool name_matches(struct span name, const char *globs)
{
	const char *at = globs ? globs : "";
	int first = span_byte(name, 0);

	/* Asked for many files: most globs are told by their first letter. */
	while (*at) {
		const char *begin = at;
		bool may_match = *at == first || *at == '*' || *at == '?';

		while (*at && *at != ',')
			at++;
		if (may_match && glob_matches(name, (struct span){ (const uint8_t *)begin,
								   (size_t)(at - begin) }))
			return true;
		at += *at == ',';
	}
	return false;
}

#define LONGEST_KEY 96

/* The same in every locale. */
static char in_lower_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool key_matches(struct span key, const char *globs)
{
	char lower[LONGEST_KEY], lowered[512];
	size_t n = strlen(globs);

	if (key.n == 0 || key.n > sizeof(lower) || n >= sizeof(lowered))
		return false;
	for (size_t i = 0; i < key.n; i++)
		lower[i] = in_lower_case((char)key.p[i]);
	for (size_t i = 0; i <= n; i++)
		lowered[i] = in_lower_case(globs[i]);
	return name_matches((struct span){ (const uint8_t *)lower, key.n }, lowered);
}
