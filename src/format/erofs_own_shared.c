/* erofs_own_shared.c - see erofs_own.h. */
#include "format/erofs_own.h"

#include <stdlib.h>

void sharing_init(struct sharing *s, struct arena *a)
{
	*s = (struct sharing){ .arena = a, .gaps = { .arena = a } };
	s->used.out = &s->gaps;
}

void sharing_fragment(struct sharing *s, uint64_t from, uint64_t length)
{
	own_content(&s->used, from, length);
}

/* Room for one more; the list of gaps says when there is none. */
static void *grown(struct sharing *s, void *old, size_t n, size_t *room, size_t size)
{
	void *p;

	if (n < *room)
		return old;
	*room = *room ? *room * 2 : 64;
	p = arena_take(s->arena, *room, size);
	if (p && n)
		memcpy(p, old, n * size);
	s->gaps.full |= !p;
	return p;
}

void sharing_part(struct sharing *s, const struct erofs_part *p)
{
	if (s->gaps.full)
		return;
	s->parts = grown(s, s->parts, s->part_count, &s->part_room, sizeof(*s->parts));
	if (s->parts)
		s->parts[s->part_count++] = *p;
}

/* A file that was cut short when a part of it was found elsewhere goes on as the cluster does: what
 * the packer left in it is content of that very file. */
static bool is_whole(const struct erofs_part *p, struct span content)
{
	uint8_t digest[SHA256_SIZE];
	struct span rest;

	if (p->plain < p->length)
		return false;
	rest = span_sub(content, p->from + p->length, p->plain - p->length);
	if (rest.n != p->plain - p->length)
		return false;
	sha256_of(rest, digest);
	return rest.n == 0 || memcmp(digest, p->rest, sizeof(digest)) == 0;
}

void sharing_file(struct sharing *s, struct span content)
{
	for (size_t i = 0; i < s->part_count && !s->gaps.full; i++) {
		const struct erofs_part *p = &s->parts[i];

		s->clusters = grown(s, s->clusters, s->count, &s->room, sizeof(*s->clusters));
		if (s->clusters)
			s->clusters[s->count++] = (struct cluster){ p->at, is_whole(p, content) };
	}
	s->part_count = 0;
}

static int by_place(const void *a, const void *b)
{
	const struct cluster *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* One file that uses all of a cluster is enough. */
static bool clusters_hold(struct sharing *s)
{
	bool holds = true;

	if (s->count)
		qsort(s->clusters, s->count, sizeof(*s->clusters), by_place);
	for (size_t i = 0, next; holds && i < s->count; i = next) {
		holds = false;
		for (next = i; next < s->count && s->clusters[next].at == s->clusters[i].at; next++)
			holds |= s->clusters[next].is_whole;
	}
	return holds;
}

bool sharing_holds(struct sharing *s, struct span packed)
{
	if (s->gaps.full || !clusters_hold(s))
		return false;
	own_finish(&s->used, packed.n, "no file has it");
	for (size_t i = 0; i < s->gaps.n; i++)
		if (!is_zero(span_sub(packed, s->gaps.p[i].offset, s->gaps.p[i].length)))
			return false;
	return !s->gaps.full;
}
