/* jffs2_xattr.c - extended attributes: nodes with a name and a value, and nodes that give them to
 * inodes. One value may be many inodes'. */
#include <stdlib.h>

#include "format/jffs2.h"

#define DELETED_VALUE UINT32_MAX /* as version of a value */
#define DELETED_REF   1          /* as bit of a reference's sequence */

static int by_value(const void *left, const void *right)
{
	const struct jffs2_value *a = left, *b = right;

	if (a->xid != b->xid)
		return a->xid < b->xid ? -1 : 1;
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return (a->value.p > b->value.p) - (a->value.p < b->value.p);
}

static int by_ref(const void *left, const void *right)
{
	const struct jffs2_xref *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->xid != b->xid)
		return a->xid < b->xid ? -1 : 1;
	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* Of each value the newest version stays, of each pair of inode and value the newest reference. */
void jffs2_sort_values(struct jffs2 *fs)
{
	uint32_t values = 0, refs = 0;

	qsort(fs->values, fs->value_count, sizeof(*fs->values), by_value);
	for (uint32_t i = 0; i < fs->value_count; i++)
		if (i + 1 == fs->value_count || fs->values[i + 1].xid != fs->values[i].xid)
			fs->values[values++] = fs->values[i];
	fs->value_count = values;
	qsort(fs->refs, fs->ref_count, sizeof(*fs->refs), by_ref);
	for (uint32_t i = 0; i < fs->ref_count; i++) {
		const struct jffs2_xref *r = &fs->refs[i], *next = r + 1;
		bool newest = i + 1 == fs->ref_count || next->ino != r->ino || next->xid != r->xid;

		if (newest && !(r->sequence & DELETED_REF))
			fs->refs[refs++] = *r;
	}
	fs->ref_count = refs;
}

static const struct jffs2_value *value_of(const struct jffs2 *fs, uint32_t xid)
{
	uint32_t low = 0, high = fs->value_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->values[middle].xid < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < fs->value_count && fs->values[low].xid == xid ? &fs->values[low] : NULL;
}

static uint32_t first_ref(const struct jffs2 *fs, uint32_t ino)
{
	uint32_t low = 0, high = fs->ref_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->refs[middle].ino < ino)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* One attribute, unless it was deleted. What all entries together are given is bounded: the same
 * value may be referred to without end. */
static bool give(struct jffs2 *fs, const struct jffs2_xref *r, struct xattr *to, struct entry *e)
{
	const struct jffs2_value *v = value_of(fs, r->xid);

	if (!v) {
		e->fault = fault_at(FAULT_BROKEN, 0, "attribute number", r->xid, 0);
		return false;
	}
	if (v->version == DELETED_VALUE)
		return false;
	if (v->name.n == 0) {
		e->fault = fault_at(FAULT_UNKNOWN, 0, "kind of attribute", 0, 0);
		return false;
	}
	if (v->value.n > fs->xattr_room) {
		e->fault =
			fault_at(FAULT_LIMIT, 0, "extended attributes", v->value.n, fs->xattr_room);
		return false;
	}
	fs->xattr_room -= v->value.n;
	*to = (struct xattr){ v->name, v->value };
	return true;
}

void jffs2_xattrs(struct jffs2 *fs, uint32_t ino, struct entry *e)
{
	uint32_t first = first_ref(fs, ino), n = 0;
	struct xattr *list;

	while (first + n < fs->ref_count && fs->refs[first + n].ino == ino)
		n++;
	list = n ? arena_take(fs->arena, n, sizeof(*list)) : NULL;
	if (!list)
		return;
	for (uint32_t i = 0; i < n; i++)
		e->xattr_count += give(fs, &fs->refs[first + i], &list[e->xattr_count], e);
	e->xattrs = list;
}
