/* ntfs_tree.c - from the names that records give themselves to the tree. Each name tells the record
 * of its directory and that record's sequence number, so no index is read: what an index has is a
 * copy. The records of the file system's own files, 0 to 15 and what $Extend holds, are no entries.
 */
#include <stdio.h>
#include <stdlib.h>

#include "format/ntfs.h"
#include "format/utf16.h"

#define DEEPEST     512
#define DEEPEST_OWN 8  /* under $Extend */
#define FIRST_NAMED 24 /* records before it are kept for the file system */
#define NAME_DOS    2
#define NAME_HEADER 66
#define NUMBER      0xffffffffffffull

struct name {
	struct span text;
	uint32_t record, parent;
	uint32_t next; /* 1 + the next name in the same directory */
	uint16_t sequence, parent_sequence;
	bool is_linked;
};

/* What is kept of a record. */
struct slot {
	uint32_t child; /* 1 + its first name, of a directory */
	uint32_t name;  /* 1 + one of its own */
	uint32_t entry; /* 1 + the entry that shows it first */
	uint16_t sequence;
	bool is_used, is_directory;
};

struct walk {
	struct listing *l;
	struct ntfs *fs;
	struct ntfs_record r;
	struct slot *slots; /* by number */
	struct name *names;
	uint32_t name_count, name_room, more_room;
	struct ntfs_budget left;
	bool is_full, is_too_deep;
};

/* The array with room for one more, or NULL. */
static void *grown(struct arena *a, void *old, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 256;
	void *wider;

	if (count < *room)
		return old;
	wider = arena_take(a, more, size);
	if (!wider)
		return NULL;
	if (count)
		memcpy(wider, old, count * size);
	*room = more;
	return wider;
}

static void out_of_memory(struct walk *w)
{
	w->is_full = true;
	listing_fault(w->l, fault_at(FAULT_MEMORY, 0, "names", w->name_count, 0));
}

/* A short name of DOS stands beside a long one. */
static void keep_name(struct walk *w, uint32_t record, uint16_t sequence, struct span value)
{
	uint64_t parent = span_u64(value, 0, false);
	struct name *wider;

	if (value.n < NAME_HEADER || span_byte(value, 65) == NAME_DOS)
		return;
	wider = grown(w->l->arena, w->names, w->name_count, &w->name_room, sizeof(*wider));
	if (!wider) {
		out_of_memory(w);
		return;
	}
	w->names = wider;
	w->names[w->name_count++] = (struct name){
		.text = utf16_name(w->l->arena, span_head(span_from(value, NAME_HEADER),
							  (uint64_t)span_byte(value, 64) * 2)),
		.record = record,
		.parent = (parent & NUMBER) < w->fs->records ? (uint32_t)(parent & NUMBER)
							     : UINT32_MAX,
		.sequence = sequence,
		.parent_sequence = (uint16_t)(parent >> 48),
	};
}

static void keep_more(struct walk *w)
{
	struct ntfs *fs = w->fs;
	struct ntfs_more *wider =
		grown(w->l->arena, fs->more, fs->more_count, &w->more_room, sizeof(*wider));

	if (!wider) {
		out_of_memory(w);
		return;
	}
	fs->more = wider;
	fs->more[fs->more_count++] = (struct ntfs_more){ (uint32_t)w->r.base, (uint32_t)w->r.number,
							 w->r.base_sequence };
}

static void scan_record(struct walk *w, uint32_t number)
{
	struct ntfs_record *r = &w->r;
	bool there = ntfs_record_read(w->fs, number, r);
	uint64_t at = r->attributes;
	struct ntfs_attribute a;

	if (!there || !(r->flags & NTFS_IN_USE)) {
		if (!there)
			listing_fault(w->l, r->fault);
		return;
	}
	if (r->is_base) {
		struct slot *s = &w->slots[number];

		s->sequence = r->sequence;
		s->is_used = true;
		s->is_directory = r->flags & NTFS_DIRECTORY;
	} else if (r->base < w->fs->records) {
		keep_more(w);
	} else {
		return;
	}
	while (ntfs_attribute_next(r, &at, &a) && !w->is_full)
		if (a.type == NTFS_NAME && a.resident)
			keep_name(w, r->is_base ? number : (uint32_t)r->base,
				  r->is_base ? r->sequence : r->base_sequence, a.value);
	listing_fault(w->l, r->fault);
}

static bool is_current(const struct walk *w, uint32_t record, uint16_t sequence)
{
	return record < w->fs->records && w->slots[record].is_used &&
	       (sequence == 0 || sequence == w->slots[record].sequence);
}

static int by_base(const void *left, const void *right)
{
	const struct ntfs_more *a = left, *b = right;

	if (a->base != b->base)
		return a->base < b->base ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Keeps the records whose base is still the same file. */
static void settle_more(struct walk *w)
{
	struct ntfs *fs = w->fs;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < fs->more_count; i++) {
		if (is_current(w, fs->more[i].base, fs->more[i].sequence))
			fs->more[kept++] = fs->more[i];
		else
			listing_fault(w->l, fault_at(FAULT_BROKEN, 0, "base of a record",
						     fs->more[i].base, fs->more[i].number));
	}
	fs->more_count = kept;
	if (kept)
		qsort(fs->more, kept, sizeof(*fs->more), by_base);
}

/* Puts each name into its directory, in the order of records. */
static void link_names(struct walk *w)
{
	for (uint32_t i = w->name_count; i-- > 0;) {
		struct name *n = &w->names[i];
		struct slot *parent;

		if (!is_current(w, n->record, n->sequence))
			continue;
		w->slots[n->record].name = i + 1;
		if (!is_current(w, n->parent, n->parent_sequence))
			continue;
		parent = &w->slots[n->parent];
		n->is_linked = parent->is_directory;
		if (!n->is_linked)
			continue;
		n->next = parent->child;
		parent->child = i + 1;
	}
}

/* Whether a name leads into the file system's own directory. */
static bool is_own(const struct walk *w, const struct name *n)
{
	for (int i = 0; i < DEEPEST_OWN && n->is_linked; i++) {
		if (n->parent == NTFS_EXTEND)
			return true;
		if (w->slots[n->parent].name == 0)
			return false;
		n = &w->names[w->slots[n->parent].name - 1];
	}
	return false;
}

/* A further name of a file: nothing is read again. */
static struct entry again(struct walk *w, uint32_t first)
{
	struct entry e = w->l->entries[first];

	if (e.kind == KIND_DIRECTORY)
		e.fault = fault_at(FAULT_BROKEN, e.order, "directory met twice", e.key[0], 0);
	e.key[0] = e.kind == KIND_DIRECTORY ? 0 : e.key[0]; /* it is not read again */
	if (e.kind == KIND_FILE) {
		e.kind = KIND_HARDLINK;
		e.first = first;
		e.stored = false;
	}
	if (!budget_take(&w->left.xattrs, e.key[2])) {
		e.xattrs = NULL;
		e.xattr_count = 0;
		e.fault = fault_at(FAULT_LIMIT, e.order, "extended attributes", e.key[2],
				   w->left.xattrs);
	}
	return e;
}

static uint64_t xattr_cost(const struct entry *e)
{
	uint64_t cost = 0;

	for (uint32_t i = 0; i < e->xattr_count; i++)
		cost += 64 + e->xattrs[i].name.n + e->xattrs[i].value.n;
	return cost;
}

static void add(struct walk *w, uint32_t record, struct span name, uint32_t parent,
		struct fault why)
{
	uint32_t seen = w->slots[record].entry, index;
	struct ntfs_file file = { 0 };
	struct entry e = entry_new(record == NTFS_ROOT ? KIND_DIRECTORY : KIND_FILE, name);

	if (seen) {
		e = again(w, seen - 1);
		e.name = name;
	} else {
		e.key[0] = record;
		ntfs_file_read(w->fs, w->l, &w->r, &file, &e);
		ntfs_file_describe(w->fs, w->l, &file, &w->left, &e);
		e.key[2] = xattr_cost(&e);
	}
	e.parent = parent;
	e.key[3] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[3] + 1;
	if (e.fault.kind == FAULT_NONE)
		e.fault = why;
	index = listing_add(w->l, &e);
	if (index == NO_ENTRY) {
		w->is_full = true;
		return;
	}
	if (!seen) {
		w->slots[record].entry = index + 1;
		ntfs_file_streams(w->fs, w->l, &file, &w->left, index);
	}
}

/* The entries themselves are the queue. */
static void read_directories(struct walk *w, uint32_t from)
{
	for (uint32_t i = from; i < w->l->count && !w->is_full; i++) {
		const struct entry d = w->l->entries[i];

		if (d.kind != KIND_DIRECTORY || d.key[0] == 0)
			continue;
		if (d.key[3] >= DEEPEST) {
			w->is_too_deep = true;
			listing_entry_fault(
				w->l, i,
				fault_at(FAULT_LIMIT, 0, "directory depth", d.key[3], DEEPEST));
			continue;
		}
		for (uint32_t n = w->slots[d.key[0]].child; n && !w->is_full;
		     n = w->names[n - 1].next) {
			const struct name *name = &w->names[n - 1];

			if (name->record >= NTFS_FIRST_USER)
				add(w, name->record, name->text, i, fine);
		}
	}
}

/* A file to which no directory leads, with what is below it: its number, and its name if any. */
static void add_lost(struct walk *w, uint32_t record, struct span name, struct fault why)
{
	uint32_t had = w->l->count;
	char number[16];
	int n = snprintf(number, sizeof(number), name.n ? "#%u " : "#%u", record);
	uint8_t *text = arena_take(w->l->arena, name.n + (size_t)n, 1);

	if (!text)
		return;
	memcpy(text, number, (size_t)n);
	if (name.n)
		memcpy(text + n, name.p, name.n);
	add(w, record, (struct span){ text, name.n + (size_t)n }, 0, why);
	read_directories(w, had);
}

/* Names whose directory is gone; then what is left, which is its own parent, or has no name. */
static void find_lost(struct walk *w)
{
	for (uint32_t i = 0; i < w->name_count && !w->is_full; i++) {
		const struct name *n = &w->names[i];

		if (!n->is_linked && n->record >= NTFS_FIRST_USER &&
		    is_current(w, n->record, n->sequence))
			add_lost(w, n->record, n->text,
				 fault_at(FAULT_BROKEN, 0, "directory of a name", n->parent,
					  n->parent_sequence));
	}
	for (uint32_t i = FIRST_NAMED; i < w->fs->records && !w->is_full && !w->is_too_deep; i++) {
		const struct slot *s = &w->slots[i];
		const struct name *n = s->name ? &w->names[s->name - 1] : NULL;

		if (s->is_used && !s->entry && !(n && is_own(w, n)))
			add_lost(w, i, n ? n->text : (struct span){ 0 },
				 fault_at(FAULT_BROKEN, 0, "name of a record", i, 0));
	}
}

static bool start(struct walk *w)
{
	struct ntfs *fs = w->fs;
	struct arena *a = w->l->arena;

	w->slots = arena_take(a, (uint64_t)fs->records + NTFS_FIRST_USER, sizeof(*w->slots));
	return w->slots && marks_init(&w->left.used, a, fs->in.n / fs->cluster + 1);
}

struct fault ntfs_list(struct listing *l)
{
	struct ntfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs };
	struct fault bad = fs ? ntfs_boot(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);

	if (bad.kind)
		return bad;
	l->state = fs;
	if (fs->sectors * fs->sector > l->in.n)
		listing_fault(
			l, fault_at(FAULT_SHORT, 40, "volume", l->in.n, fs->sectors * fs->sector));
	w.r.bytes = arena_take(l->arena, fs->record, 1);
	w.left.clusters = l->in.n / fs->cluster * 2 + 1;
	w.left.xattrs = l->in.n + (8u << 20);
	if (!w.r.bytes)
		return fault_at(FAULT_MEMORY, 0, "record", fs->record, 0);
	bad = ntfs_map(fs, l, &w.r);
	listing_fault(l, bad);
	if (fs->records == 0)
		return bad;
	if (!start(&w))
		return fault_at(FAULT_MEMORY, 0, "records", fs->records, 0);
	for (uint32_t i = 0; i < fs->records && !w.is_full; i++)
		scan_record(&w, i);
	settle_more(&w);
	/* Where the root's record is torn, its names still lead to it. */
	w.slots[NTFS_ROOT].is_used = w.slots[NTFS_ROOT].is_directory = true;
	link_names(&w);
	ntfs_owners_read(fs, l, &w.r);
	listing_expect(l, (uint64_t)w.name_count + 1);
	add(&w, NTFS_ROOT, (struct span){ 0 }, NO_ENTRY, fine);
	if (l->count == 0)
		return fine;
	l->entries[0].kind = KIND_DIRECTORY; /* whatever its record says */
	read_directories(&w, 0);
	find_lost(&w);
	return fine;
}

struct fault ntfs_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct ntfs *fs = l->state;
	const struct ntfs_content *c = &fs->contents[e->key[1]];

	if (c->packing)
		return ntfs_overlay_put(fs, c, out);
	return ntfs_stream_put(fs, c->stream, out);
}
