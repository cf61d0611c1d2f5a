/* moved.c - files that are on one side only, but not by their content: renamed and moved ones. */
#include <stdlib.h>

#include "compare/match.h"

#define LEAST_MOVED   16 /* bytes; smaller contents are equal by chance */
#define MOST_SIMILAR  512
#define SKETCH        64   /* smallest hashes of a content's pieces */
#define PIECE_MASK    0x3f /* pieces of some 64 bytes */
#define MOST_SKETCHED (1u << 20)

static bool is_single_file(const struct pair *p, enum relation relation)
{
	const struct node *n = relation == PAIR_LEFT ? p->left : p->right;

	return p->relation == relation && n->kind == KIND_FILE && n->size >= LEAST_MOVED;
}

/* Pairs of that relation, in their order. */
static struct pair **singles(struct matching *m, enum relation relation, uint32_t *count)
{
	struct pair **list = arena_take(m->arena, m->pair_count, sizeof(struct pair *));

	m->lost |= !list;
	*count = 0;
	for (uint32_t i = 0; list && i < m->pair_count; i++)
		if (is_single_file(&m->pairs[i], relation))
			list[(*count)++] = &m->pairs[i];
	return list;
}

static const struct node *node_of(const struct pair *p)
{
	return p->left ? p->left : p->right;
}

static int by_digest(const void *a, const void *b)
{
	const struct pair *x = *(struct pair *const *)a, *y = *(struct pair *const *)b;
	int order = memcmp(node_of(x)->sha256, node_of(y)->sha256, SHA256_SIZE);

	return order ? order : (x > y) - (x < y);
}

/* Both become one pair; the other's place is marked as taken. */
static void join(struct pair *l, struct pair *r, enum relation relation)
{
	l->right = r->right;
	l->relation = relation;
	l->moved = true;
	r->left = l->left;
	r->relation = PAIR_TAKEN;
}

static void join_equal(struct pair **l, uint32_t nl, struct pair **r, uint32_t nr)
{
	uint32_t i = 0, k = 0;

	qsort(l, nl, sizeof(*l), by_digest);
	qsort(r, nr, sizeof(*r), by_digest);
	while (i < nl && k < nr) {
		const struct node *a = l[i]->left, *b = r[k]->right;
		int order = memcmp(a->sha256, b->sha256, SHA256_SIZE);

		if (order == 0 && a->has_sha256 && b->has_sha256)
			join(l[i], r[k], PAIR_SAME);
		i += order <= 0;
		k += order >= 0;
	}
}

/* -- similar contents -- */

/* The smallest hashes of the pieces into which a rolling hash cuts a content: contents that share
 * much share many of them (Broder: On the resemblance and containment of documents, 1997). */
struct sketch {
	uint64_t p[SKETCH];
	uint32_t n;
};

static void sketch_add(struct sketch *s, uint64_t hash)
{
	uint32_t at = s->n;

	while (at > 0 && s->p[at - 1] > hash)
		at--;
	if (at == SKETCH || (at > 0 && s->p[at - 1] == hash))
		return;
	if (s->n < SKETCH)
		s->n++;
	memmove(&s->p[at + 1], &s->p[at], (s->n - at - 1) * sizeof(s->p[0]));
	s->p[at] = hash;
}

static uint64_t mixed(uint64_t h)
{
	h = (h ^ h >> 31) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static void sketch_of(struct span s, struct sketch *out)
{
	uint64_t rolling = 0, piece = 0;

	out->n = 0;
	s = span_head(s, MOST_SKETCHED);
	for (size_t i = 0; i < s.n; i++) {
		rolling = (rolling << 1) + mixed(s.p[i]);
		piece = (piece ^ s.p[i]) * 0x100000001b3u;
		if ((mixed(rolling) & PIECE_MASK) == 0 || i + 1 == s.n) {
			sketch_add(out, mixed(piece));
			piece = 0;
		}
	}
}

static uint32_t shared(const struct sketch *a, const struct sketch *b)
{
	uint32_t i = 0, k = 0, n = 0;

	while (i < a->n && k < b->n) {
		n += a->p[i] == b->p[k];
		if (a->p[i] < b->p[k])
			i++;
		else if (a->p[i] > b->p[k])
			k++;
		else {
			i++;
			k++;
		}
	}
	return n;
}

static struct sketch *sketches(struct matching *m, const struct watch *w, struct pair **p,
			       uint32_t n)
{
	struct sketch *s = arena_take(m->arena, n, sizeof(*s));
	struct span bytes;

	m->lost |= !s;
	for (uint32_t i = 0; s && i < n; i++)
		if (content_of(w, node_of(p[i]), &bytes))
			sketch_of(bytes, &s[i]);
	return s;
}

static void join_similar(struct matching *m, struct pair **l, uint32_t nl, struct pair **r,
			 uint32_t nr)
{
	struct sketch *a, *b;

	if (nl > MOST_SIMILAR || nr > MOST_SIMILAR)
		return;
	a = sketches(m, m->left, l, nl);
	b = sketches(m, m->right, r, nr);
	for (uint32_t i = 0; a && b && i < nl; i++) {
		uint32_t best = 0, at = 0;

		for (uint32_t k = 0; k < nr; k++) {
			uint32_t n = r[k]->relation == PAIR_RIGHT ? shared(&a[i], &b[k]) : 0;

			if (n > best) {
				best = n;
				at = k;
			}
		}
		if (best * 2 > a[i].n && best * 2 > b[at].n) {
			join(l[i], r[at], PAIR_OTHER);
		}
	}
}

/* What lies in files that were joined; adding pairs moves the list. */
static void match_joined(struct matching *m)
{
	uint32_t count = m->pair_count;

	for (uint32_t i = 0; i < count; i++) {
		struct pair p = m->pairs[i];

		if (p.moved && p.relation == PAIR_OTHER)
			match_inside(m, i);
	}
}

void match_moved(struct matching *m)
{
	uint32_t nl, nr;
	struct pair **l = singles(m, PAIR_LEFT, &nl), **r = singles(m, PAIR_RIGHT, &nr);

	if (m->lost || nl == 0 || nr == 0)
		return;
	join_equal(l, nl, r, nr);
	l = singles(m, PAIR_LEFT, &nl);
	r = singles(m, PAIR_RIGHT, &nr);
	if (!m->lost)
		join_similar(m, l, nl, r, nr);
	match_joined(m);
}
