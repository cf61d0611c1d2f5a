/* udf.c - UDF: DVDs, update media, appliances' installers. Walks the directories from the root; a
 * name is a descriptor of its own in the directory's content (ECMA-167 4/14.4). */
#include <stdio.h>

#include "format/links.h"
#include "format/marks.h"
#include "format/udf.h"

#define RECOGNITION    0x8000
#define LONGEST_TARGET 65536
#define DEEPEST        256

enum { NAME_DIRECTORY = 2, NAME_DELETED = 4, NAME_PARENT = 8 };

static struct fault probe(struct span in, struct found *f)
{
	struct udf u;
	struct fault bad = udf_open(in, NULL, &u);

	if (bad.kind)
		return bad;
	f->len = u.end < in.n ? u.end : in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "blocks of %u%s", u.block,
		 u.end > in.n ? ", ends early" : "");
	return fine;
}

struct walk {
	struct listing *l;
	struct udf *u;
	struct marks met; /* blocks that hold a directory's file entry */
	uint64_t left;    /* bytes of directories and links: many may share one place */
};

/* The content in one span: where it stands, or joined in the arena. */
static struct fault join(struct walk *w, const struct udf_extents *x, uint64_t most,
			 struct span *whole)
{
	uint8_t *to;
	size_t n = 0;

	*whole = (struct span){ 0 };
	if (x->length > most)
		return fault_at(FAULT_LIMIT, 0, "content of a directory or link", x->length, most);
	if (!budget_take(&w->left, x->length))
		return fault_at(FAULT_LIMIT, 0, "bytes of directories", x->length, w->left);
	if (x->count == 1 && !x->list->hole)
		*whole = span_sub(w->u->in, x->list->from, x->length);
	if (whole->n || x->length == 0)
		return fine;
	to = arena_take(w->l->arena, x->length, 1);
	if (!to)
		return fault_at(FAULT_MEMORY, 0, "directory in pieces", x->length, 0);
	for (uint32_t i = 0; i < x->count; i++) {
		if (!x->list[i].hole)
			memcpy(to + n, w->u->in.p + x->list[i].from, x->list[i].length);
		n += x->list[i].length;
	}
	*whole = (struct span){ to, n };
	return fine;
}

/* Path components (4/14.16): a kind, the length of the name, the name. */
static struct span target_of(struct walk *w, struct span parts)
{
	static const char *const fixed[] = { NULL, "/", "/", "..", "." };
	uint8_t *to = arena_take(w->l->arena, (uint64_t)parts.n + 1, 4);
	size_t n = 0;

	while (to && parts.n >= 4) {
		unsigned kind = parts.p[0];
		struct span name = span_sub(parts, 4, parts.p[1]);

		parts = span_from(parts, 4 + (uint64_t)parts.p[1]);
		if (kind < 5)
			name = fixed[kind] ? span_text(fixed[kind]) : (struct span){ 0 };
		else
			name = udf_text(w->l->arena, name);
		if (n && to[n - 1] != '/' && name.n)
			to[n++] = '/';
		if (name.n)
			memcpy(to + n, name.p, name.n);
		n += name.n;
	}
	return (struct span){ to, to ? n : 0 };
}

/* The extended attribute of a device (4/14.10.7). */
static void set_device(struct entry *e, struct span attributes)
{
	struct span rest = span_from(attributes, 24);

	while (rest.n >= 24) {
		uint32_t length = span_u32(rest, 8, false);

		if (span_u32(rest, 0, false) == 12) {
			e->major = span_u32(rest, 16, false);
			e->minor = span_u32(rest, 20, false);
			return;
		}
		if (length < 12)
			return;
		rest = span_from(rest, length);
	}
}

static void set_content(struct walk *w, const struct udf_inode *i, uint16_t partition,
			struct entry *e)
{
	struct udf_extents *x = arena_take(w->l->arena, 1, sizeof(*x));
	struct span whole;

	if (!x) {
		e->fault = fault_at(FAULT_MEMORY, 0, "extents", 0, 0);
		return;
	}
	e->size = i->size;
	e->fault = udf_extents(w->u, i, partition, w->l->arena, x);
	e->key[2] = (uintptr_t)x;
	e->order = x->count ? x->list->from : 0;
	if (e->kind == KIND_SYMLINK && e->fault.kind == FAULT_NONE) {
		e->fault = join(w, x, LONGEST_TARGET, &whole);
		e->target = target_of(w, whole);
	} else if (x->count == 1 && !x->list->hole && e->fault.kind == FAULT_NONE) {
		e->stored = e->kind == KIND_FILE;
		e->offset = x->list->from;
		e->length = i->size;
	}
}

static void add(struct walk *w, struct udf_address where, uint32_t parent, struct span name)
{
	struct entry e = entry_new(KIND_FILE, name);
	struct udf_inode i;

	e.parent = parent;
	e.fault = udf_read_inode(w->u, where, &i);
	if (e.fault.kind == FAULT_NONE) {
		e.kind = i.kind;
		e.mode = i.mode;
		e.uid = i.uid;
		e.gid = i.gid;
		e.mtime = i.mtime;
		e.mtime_ns = i.mtime_ns;
		e.has_mode = true;
		e.has_owner = i.has_owner;
		e.has_mtime = i.has_mtime;
		e.key[0] = i.unique;
		e.key[3] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[3] + 1; /* depth */
		if (e.kind == KIND_CHAR_DEVICE || e.kind == KIND_BLOCK_DEVICE)
			set_device(&e, i.attributes);
		else if (e.kind != KIND_FIFO && e.kind != KIND_SOCKET)
			set_content(w, &i, where.partition, &e);
	}
	if (e.kind == KIND_DIRECTORY && !marks_add(&w->met, i.unique / w->u->block)) {
		e.fault = fault_at(FAULT_BROKEN, i.unique, "directory met twice", 0, 0);
		e.key[2] = 0;
	}
	listing_add(w->l, &e);
}

/* One name; false at the end of the directory. */
static bool next_name(struct walk *w, uint32_t index, struct span content, uint64_t *at)
{
	uint64_t use = span_u16(content, *at + 36, false);
	uint8_t marks = (uint8_t)span_byte(content, *at + 18);
	uint8_t length = (uint8_t)span_byte(content, *at + 19);
	uint64_t padded = (38 + use + length + 3) / 4 * 4;
	/* No checksum over names that follow: all of them would be summed for each. */
	struct span d = udf_descriptor(span_head(span_from(content, *at), padded), 0, UDF_NAME);
	struct span name;

	if (d.n < 38 || 38 + use + length > content.n - *at) {
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_BROKEN, *at, "name in a directory", d.n, 38));
		return false;
	}
	name = span_sub(content, *at + 38 + use, length);
	if (!(marks & (NAME_DELETED | NAME_PARENT)))
		add(w, udf_long_address(content, *at + 20), index, udf_text(w->l->arena, name));
	*at += padded;
	return w->l->fault.kind != FAULT_LIMIT;
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry e = w->l->entries[index];
	const struct udf_extents *x = (const void *)(uintptr_t)e.key[2];
	struct span content = { 0 };
	uint64_t at = 0;
	struct fault bad = fine;

	if (!x)
		return;
	if (e.key[3] >= DEEPEST)
		bad = fault_at(FAULT_LIMIT, 0, "directory depth", e.key[3], DEEPEST);
	else
		bad = join(w, x, w->u->in.n, &content);
	if (bad.kind)
		listing_entry_fault(w->l, index, bad);
	while (at < content.n && next_name(w, index, content, &at))
		;
}

static struct fault list(struct listing *l)
{
	struct udf *u = arena_take(l->arena, 1, sizeof(*u));
	struct walk w = { .l = l, .u = u, .left = l->in.n };
	struct fault bad =
		u ? udf_open(l->in, l->arena, u) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);

	if (bad.kind)
		return bad;
	if (!marks_init(&w.met, l->arena, l->in.n / u->block + 1))
		return fault_at(FAULT_MEMORY, 0, "blocks", 0, 0);
	l->state = u;
	if (u->end > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 0, "volume", l->in.n, u->end));
	add(&w, u->root, NO_ENTRY, (struct span){ 0 });
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	links_join(l);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct udf *u = l->state;
	const struct udf_extents *x = (const void *)(uintptr_t)e->key[2];

	for (uint32_t i = 0; x && i < x->count; i++) {
		const struct udf_extent *piece = &x->list[i];
		bool ok = piece->hole ? sink_zero(out, piece->length)
				      : sink_put(out, span_sub(u->in, piece->from, piece->length));

		if (!ok)
			return out->fault;
	}
	return fine;
}

const struct format format_udf = {
	.name = "udf",
	.says = "UDF volume, 1.02 to 2.60, partitions plain, sparable (as recorded), of metadata",
	.domain = DOMAIN_IT,
	.spec = "ECMA-167; OSTA Universal Disk Format 2.60",
	.shape = SHAPE_CONTAINER,
	.magic = { { RECOGNITION, 7, "\0BEA01\x01" } },
	.probe = probe,
	.list = list,
	.load = load,
};
