/* squashfs_proof_arrays.c - whether the arrays of a SquashFS (fragments, owners, the lookup of
 * inodes, attributes) hold nothing but what the tree uses. */
#include "format/squashfs_proof.h"

#include <stdlib.h>

#define LEAST_REFERENCE 16 /* bytes of an attribute of which the value stands elsewhere */

static bool all_used(const uint8_t *used, uint64_t n)
{
	return n == 0 || (used && memchr(used, 0, n) == NULL);
}

static int by_fragment(const void *a, const void *b)
{
	const struct tail *x = a, *y = b;

	if (x->fragment != y->fragment)
		return x->fragment < y->fragment ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

/* Every fragment is used, without gaps; of one that is not packed, to its end. */
static bool tails_hold(const struct proving *p)
{
	uint32_t k = 0;

	if (p->tail_count)
		qsort(p->tails, p->tail_count, sizeof(*p->tails), by_fragment);
	for (uint32_t f = 0; f < p->q->fragment_count; f++) {
		const struct squash_fragment *fragment = &p->q->fragments[f];
		uint64_t end = 0;

		for (; k < p->tail_count && p->tails[k].fragment == f; k++) {
			if (p->tails[k].from > end)
				return false;
			end = p->tails[k].to > end ? p->tails[k].to : end;
		}
		if (end == 0 || (fragment->is_stored && end != fragment->packed))
			return false;
	}
	return true;
}

bool proof_fragments_hold(const struct proving *p)
{
	const struct squash *q = p->q;

	for (uint32_t k = 0; k < q->fragment_count; k++)
		if (q->fragments[k].is_strange)
			return false;
	return q->fragment_count == q->super.fragments && tails_hold(p);
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void mark_id(const uint32_t *ids, uint64_t n, uint8_t *used, uint32_t id)
{
	const uint32_t *hit = bsearch(&id, ids, n, sizeof(id), by_id);

	if (hit)
		used[hit - ids] = 1;
}

/* Each id once, and each is somebody's. */
bool proof_ids_hold(const struct proving *p, struct span table)
{
	uint64_t n = table.n / 4;
	uint32_t *ids = arena_take(p->arena, n, sizeof(*ids));
	uint8_t *used = arena_take(p->arena, n, 1);

	if (n == 0 || !ids || !used)
		return n == 0;
	for (uint64_t k = 0; k < n; k++)
		ids[k] = span_u32(table, 4 * k, p->q->super.big);
	qsort(ids, n, sizeof(*ids), by_id);
	for (uint64_t k = 1; k < n; k++)
		if (ids[k] == ids[k - 1])
			return false;
	for (uint32_t k = 0; k < p->l->count; k++) {
		mark_id(ids, n, used, p->l->entries[k].uid);
		mark_id(ids, n, used, p->l->entries[k].gid);
	}
	return all_used(used, n);
}

/* The table for NFS: the place of each inode by its number. */
bool proof_lookup_holds(const struct proving *p)
{
	const struct squash *q = p->q;
	struct squash copy = *q;
	struct listing l = { .in = p->l->in };
	const struct squash_array a = { "lookup", q->super.lookup_table, 8, p->count, 8 };
	struct span table;

	if (q->super.lookup_table == NO_TABLE || q->super.major < 3)
		return true;
	copy.arena = p->arena;
	table = squash_read_array(&copy, &l, &a);
	for (uint32_t k = 0; k < p->count; k++) {
		const struct row *r = &p->rows[k];
		uint64_t reference = span_u64(table, 8 * (uint64_t)(r->number - 1), q->super.big),
			 at;

		if (!squash_find(&q->inodes, reference >> 16, reference & 0xFFFF, &at) ||
		    at != r->at)
			return false;
	}
	return l.fault.kind == FAULT_NONE;
}

static bool xattr_set_holds(const struct proving *p, uint64_t id, struct squash_xattr_extent *x,
			    struct extent *place)
{
	struct cursor c = { .in = p->q->xattr_ids };
	uint64_t reference;
	uint32_t count, size;

	cursor_seek(&c, id * SQUASH_XATTR_ID);
	reference = cursor_u64(&c, p->q->super.big);
	count = cursor_u32(&c, p->q->super.big);
	size = cursor_u32(&c, p->q->super.big);
	if (!squash_xattr_extent(p->q, reference, count, x) ||
	    (size != x->names && size != x->names + x->values && size != x->end - x->at))
		return false;
	*place = (struct extent){ x->at, x->end };
	return true;
}

/* Sets stand one behind the other, and values that they share in or between them: every byte
 * belongs to one of them. */
static bool covers_table(struct extent *all, uint64_t n, uint64_t size)
{
	uint64_t at = 0;

	if (n)
		qsort(all, n, sizeof(*all), proof_by_place);
	for (uint64_t k = 0; k < n; k++) {
		if (all[k].at > at || (all[k].at < at && all[k].end > at))
			return false;
		at = all[k].end > at ? all[k].end : at;
	}
	return at == size;
}

bool proof_xattrs_hold(const struct proving *p)
{
	uint64_t n = p->q->xattr_ids.n / SQUASH_XATTR_ID, size = p->q->xattr_table.plain.n;
	uint64_t room = size / LEAST_REFERENCE + 1;
	struct extent *all = arena_take(p->arena, n + room, sizeof(*all));
	struct squash_xattr_extent x = { .outside = arena_take(p->arena, room, sizeof(*x.outside)),
					 .room = (uint32_t)room };

	if (!all || !x.outside || !all_used(p->xattr_used, n))
		return false;
	for (uint64_t k = 0; k < n; k++)
		if (!xattr_set_holds(p, k, &x, &all[k]))
			return false;
	for (uint32_t k = 0; k < x.count; k++)
		all[n + k] = (struct extent){ x.outside[k].offset,
					      x.outside[k].offset + x.outside[k].length };
	return covers_table(all, n + x.count, size);
}
