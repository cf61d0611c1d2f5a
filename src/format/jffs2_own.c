/* jffs2_own.c - all nodes of a JFFS2: those that show are structure where they say what the entries
 * say; those that newer ones cover, wholly or in part, are data. Numbers of inodes and versions are
 * counters of whoever wrote. */
#include <stdlib.h>

#include "format/jffs2.h"
#include "format/marks.h"
#include "format/own.h"

#define HEADER      12
#define INODE       68
#define DIRENT      40
#define CLEANMARKER 0x2003
#define PADDING     0x2004
#define MOST_NUMBER (1u << 24)

struct nodes {
	const struct listing *l;
	const struct jffs2 *fs;
	struct own_list *out;
	struct own_map contents;
	struct marks shown; /* metadata and names, by place / 4 */
	struct marks given; /* values of attributes that an inode has, by their place in the list */
	uint32_t *bytes;    /* of a node's content that show, by place / 4 */
	uint64_t summarized; /* behind the last summary */
};

static int by_number(const void *wanted, const void *one)
{
	uint32_t a = *(const uint32_t *)wanted, b = *(const uint32_t *)one;

	return (a > b) - (a < b);
}

static const struct jffs2_file *file_of(const struct jffs2 *fs, uint32_t ino)
{
	return bsearch(&ino, fs->files, fs->file_count, sizeof(*fs->files), by_number);
}

static enum own number_own(struct span n, uint64_t at, bool big)
{
	return own_if(span_u32(n, at, big) < MOST_NUMBER, OWN_COUNTER);
}

/* One that the entry shows may be as unlikely as it is; packers take it for all. */
static bool is_time(struct span n, uint64_t at, bool big, uint32_t shown)
{
	uint32_t time = span_u32(n, at, big);

	return time == shown || is_likely_time(time);
}

/* What each node of a file repeats agrees with the newest; the size may have grown since. */
static bool agrees(const struct jffs2_inode *i, const struct jffs2_inode *newest)
{
	return i->mode == newest->mode && i->uid == newest->uid && i->gid == newest->gid &&
	       (i->size == newest->size || i->size == i->offset + i->plain);
}

static bool inode_holds(const struct nodes *x, const struct jffs2_node *n,
			const struct jffs2_inode *i, const struct jffs2_file *f)
{
	bool big = x->fs->big;
	struct jffs2_inode newest;

	return f && f->entry && jffs2_inode_at(x->fs, f->at, &newest) && agrees(i, &newest) &&
	       i->mode <= 0177777 &&
	       (span_byte(n->bytes, 57) == 0 || span_byte(n->bytes, 57) == i->method) &&
	       is_zero(span_sub(n->bytes, 58, 2)) && is_time(n->bytes, 32, big, newest.mtime) &&
	       is_time(n->bytes, 36, big, newest.mtime) && is_time(n->bytes, 40, big, newest.mtime);
}

static void own_inode(struct nodes *x, const struct jffs2_node *n)
{
	bool big = x->fs->big;
	struct jffs2_inode i;
	const struct jffs2_file *f;
	uint64_t data = n->at + INODE, rest;
	bool holds, shows;
	enum own own;

	if (!jffs2_inode_read(n, big, &i) || !i.data_sound) {
		own_add(x->out, n->at, n->bytes.n, OWN_DATA, "older node");
		return;
	}
	f = file_of(x->fs, i.ino);
	shows = x->bytes[n->at / 4] == i.plain && i.plain;
	holds = inode_holds(x, n, &i, f) && (shows || marks_has(&x->shown, n->at / 4));
	own = own_if(holds, OWN_STRUCTURE);
	own_add(x->out, n->at, HEADER, own, "inode");
	own_add(x->out, n->at + HEADER, 4, holds ? number_own(n->bytes, 12, big) : OWN_DATA,
		"inode number");
	own_add(x->out, n->at + 16, 4, holds ? number_own(n->bytes, 16, big) : OWN_DATA, "version");
	own_add(x->out, n->at + 20, INODE - 20, own, "inode");
	rest = n->bytes.n - INODE - i.data.n;
	if (holds && shows && (i.mode & 0170000) == 0100000)
		own_content(&x->contents, data, i.data.n);
	else
		own_add(x->out, data, i.data.n,
			own_if(holds && jffs2_is_plain(&i) && (i.mode & 0170000) != 0100000 &&
				       f->at == n->at,
			       OWN_STRUCTURE),
			"target or device");
	own_add(x->out, data + i.data.n, rest, OWN_FILL, "behind a node");
}

static bool name_holds(const struct nodes *x, const struct jffs2_node *n,
		       const struct jffs2_dirent *d)
{
	const struct jffs2_file *f = file_of(x->fs, d->ino);
	struct jffs2_inode i;

	return marks_has(&x->shown, n->at / 4) && f && jffs2_inode_at(x->fs, f->at, &i) &&
	       d->type == i.mode >> 12 && is_zero(span_sub(n->bytes, 30, 2)) &&
	       is_time(n->bytes, 24, x->fs->big, i.mtime) && n->bytes.n == DIRENT + d->name.n;
}

static void own_name(struct nodes *x, const struct jffs2_node *n)
{
	bool big = x->fs->big;
	struct jffs2_dirent d;
	bool holds = jffs2_dirent_read(n, big, &d) && name_holds(x, n, &d);
	enum own own = own_if(holds, OWN_STRUCTURE);

	if (!holds) {
		own_add(x->out, n->at, n->bytes.n, OWN_DATA, "older node");
		return;
	}
	own_add(x->out, n->at, HEADER, own, "name");
	own_add(x->out, n->at + 12, 4, number_own(n->bytes, 12, big), "inode number");
	own_add(x->out, n->at + 16, 4, number_own(n->bytes, 16, big), "version");
	own_add(x->out, n->at + 20, 4, number_own(n->bytes, 20, big), "inode number");
	own_add(x->out, n->at + 24, n->bytes.n - 24, own, "name");
}

/* -- attributes -- */

static int by_xid(const void *wanted, const void *one)
{
	uint32_t a = *(const uint32_t *)wanted, b = ((const struct jffs2_value *)one)->xid;

	return (a > b) - (a < b);
}

static const struct jffs2_value *value_of(const struct jffs2 *fs, uint32_t xid)
{
	return bsearch(&xid, fs->values, fs->value_count, sizeof(*fs->values), by_xid);
}

static int by_ref(const void *wanted, const void *one)
{
	const struct jffs2_xref *a = wanted, *b = one;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->xid > b->xid) - (a->xid < b->xid);
}

static bool value_holds(const struct nodes *x, const struct jffs2_node *n)
{
	const struct jffs2_value *v;
	struct jffs2_xattr a;

	if (!jffs2_xattr_read(n, x->fs->big, &a))
		return false;
	v = value_of(x->fs, a.xid);
	return v && v->value.p == a.value.p &&
	       marks_has(&x->given, (uint64_t)(v - x->fs->values)) &&
	       span_byte(n->bytes, 32 + a.name.n) == 0;
}

static bool reference_holds(const struct nodes *x, const struct jffs2_node *n)
{
	const struct jffs2_xref *known;
	const struct jffs2_file *f;
	struct jffs2_xref r;

	if (!jffs2_xref_read(n, x->fs->big, &r) || n->bytes.n != 28)
		return false;
	known = bsearch(&r, x->fs->refs, x->fs->ref_count, sizeof(r), by_ref);
	f = file_of(x->fs, r.ino);
	return known && known->sequence == r.sequence && f && f->entry;
}

/* Numbers stand behind the header of either kind. */
static void own_attribute(struct nodes *x, const struct jffs2_node *n)
{
	bool is_value = n->type == JFFS2_XATTR;
	uint64_t numbers = is_value ? 8 : 12, end = n->bytes.n;
	enum own number = OWN_COUNTER;

	if (!(is_value ? value_holds(x, n) : reference_holds(x, n))) {
		own_add(x->out, n->at, n->bytes.n, OWN_DATA, "older node");
		return;
	}
	if (is_value)
		end = 33 + (uint64_t)span_byte(n->bytes, 21) + span_u16(n->bytes, 22, x->fs->big);
	for (uint64_t k = 0; k < numbers; k += 4)
		if (span_u32(n->bytes, HEADER + k, x->fs->big) >= MOST_NUMBER)
			number = OWN_DATA;
	own_add(x->out, n->at, HEADER, OWN_STRUCTURE, "attribute");
	own_add(x->out, n->at + HEADER, numbers, number, "attribute number");
	own_add(x->out, n->at + HEADER + numbers, end - HEADER - numbers, OWN_STRUCTURE,
		"attribute");
	own_add(x->out, n->at + end, n->bytes.n - end, OWN_FILL, "behind a node");
}

static void mark_values(struct nodes *x)
{
	const struct jffs2 *fs = x->fs;

	for (uint32_t k = 0; k < fs->ref_count; k++) {
		const struct jffs2_file *f = file_of(fs, fs->refs[k].ino);
		const struct jffs2_value *v = value_of(fs, fs->refs[k].xid);

		if (f && f->entry && v && v->version != UINT32_MAX)
			marks_add(&x->given, (uint64_t)(v - fs->values));
	}
}

static void own_node(struct nodes *x, const struct jffs2_node *n)
{
	if (!n->obsolete && (n->type == JFFS2_XATTR || n->type == JFFS2_XREF)) {
		own_attribute(x, n);
		return;
	}
	if (!n->obsolete && n->type == JFFS2_SUMMARY) {
		jffs2_own_summary(x->fs, x->out, n, &x->summarized);
		return;
	}
	if (n->obsolete || (n->type != JFFS2_INODE && n->type != JFFS2_DIRENT &&
			    n->type != CLEANMARKER && n->type != PADDING)) {
		own_add(x->out, n->at, n->bytes.n, OWN_DATA,
			n->obsolete ? "older node" : "node of another kind");
	} else if (n->type == JFFS2_INODE) {
		own_inode(x, n);
	} else if (n->type == JFFS2_DIRENT) {
		own_name(x, n);
	} else {
		own_add(x->out, n->at, HEADER, OWN_STRUCTURE, "marker");
		own_add(x->out, n->at + HEADER, n->bytes.n - HEADER, OWN_FILL, "behind a marker");
	}
}

/* What entries show: the newest metadata and all parts of each inode, and the names. */
static bool mark_shown(struct nodes *x)
{
	const struct jffs2 *fs = x->fs;

	x->bytes = arena_take(x->out->arena, x->l->in.n / 4 + 1, sizeof(*x->bytes));
	if (!x->bytes || !marks_init(&x->shown, x->out->arena, x->l->in.n / 4 + 1) ||
	    !marks_init(&x->given, x->out->arena, fs->value_count + 1ull))
		return false;
	mark_values(x);
	for (uint32_t k = 0; k < fs->file_count; k++) {
		const struct jffs2_file *f = &fs->files[k];

		if (f->entry == 0 && f->ino != JFFS2_ROOT)
			continue;
		marks_add(&x->shown, f->at / 4);
		for (uint32_t p = f->first; p < f->first + f->count; p++)
			x->bytes[fs->parts[p].at / 4] += fs->parts[p].length;
	}
	for (uint32_t k = 0; k < fs->directory_count; k++) {
		const struct jffs2_directory *d = &fs->directories[k];

		for (uint32_t i = d->first; d->entry && i < d->first + d->count; i++)
			marks_add(&x->shown, (span_place(fs->in, fs->names[i].name) - DIRENT) / 4);
	}
	return true;
}

void jffs2_own(const struct listing *l, struct own_list *out)
{
	struct nodes x = { .l = l, .fs = l->state, .out = out, .contents = { .out = out } };
	bool ok = x.fs && l->fault.kind == FAULT_NONE && mark_shown(&x);
	struct jffs2_walk w;
	struct jffs2_node n;

	for (uint32_t k = 0; ok && k < l->count; k++)
		ok = l->entries[k].fault.kind == FAULT_NONE;
	if (!ok) {
		own_add(out, 0, l->in.n, OWN_DATA, "file system");
		return;
	}
	w = jffs2_begin(l->in);
	while (jffs2_next(&w, &n))
		own_node(&x, &n);
	own_finish(&x.contents, l->in.n, "free");
}

/* -- where contents stand -- */

bool jffs2_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct jffs2 *fs = l->state;

	if (!fs || e->kind != KIND_FILE || e->fault.kind)
		return false;
	storage_text(out, fs->big ? "nodes, big-endian" : "nodes");
	storage_number(out, e->size);
	for (uint64_t k = 0; k < e->key[1]; k++) {
		const struct jffs2_part *p = &fs->parts[e->key[0] + k];
		struct jffs2_inode i;

		if (!jffs2_inode_at(fs, p->at, &i))
			return false;
		storage_number(out, p->from);
		storage_number(out, p->length);
		storage_number(out, i.offset);
		storage_number(out, i.plain);
		storage_number(out, i.method);
		storage_number(out, i.data.n);
		storage_add(out, i.data);
	}
	return true;
}
