/* romfs.c - Linux romfs. Source: kernel Documentation/filesystems/romfs.rst.
 *
 * Headers stand at multiples of 16, big-endian, each with the place of the next in its directory;
 * the low four bits of that place are the kind and the executable bit. Two checksums guard the
 * first 512 bytes and every header: the sum of their words is zero. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "format/marks.h"
#include "format/own.h"
#include "format/stream.h"
#include "format/sums.h"

#define MAGIC          "-rom1fs-"
#define SUPER_SIZE     16
#define HEADER_SIZE    16
#define CHECKED        512 /* bytes of the image that its checksum covers */
#define BLOCK          1024
#define LONGEST_NAME   256
#define DEEPEST        512
#define MOST_SHARED    64 /* times the image that all contents together may hold */
#define EXECUTABLE     8u
#define KIND_BITS      7u
#define LONGEST_TARGET 4096

enum { ROMFS_HARD_LINK, ROMFS_DIRECTORY };

struct header {
	uint64_t at, next, content;
	uint32_t kind, info, size;
	bool executable, sum_holds;
	struct span name;
};

/* A name and its NUL, padded to 16. The empty span where it does not end. */
static struct span read_name(struct span in, uint64_t at, uint64_t *end)
{
	struct span name = span_head(span_from(in, at), LONGEST_NAME);
	size_t n = name.n ? strnlen((const char *)name.p, name.n) : 0;

	if (n == name.n)
		return (struct span){ 0 };
	*end = at + (n / 16 + 1) * 16;
	return span_sub(in, at, n);
}

static struct fault read_header(struct span in, uint64_t at, struct header *h)
{
	struct cursor c = { .in = span_from(in, at) };
	uint32_t next = cursor_be32(&c);

	*h = (struct header){ .at = at, .next = next & ~15u, .kind = next & KIND_BITS };
	h->executable = next & EXECUTABLE;
	h->info = cursor_be32(&c);
	h->size = cursor_be32(&c);
	cursor_skip(&c, 4);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "file header", in.n, at + HEADER_SIZE);
	h->name = read_name(in, at + HEADER_SIZE, &h->content);
	if (!h->name.p)
		return fault_at(FAULT_BROKEN, at + HEADER_SIZE, "end of name", 0, LONGEST_NAME);
	h->sum_holds = sum_of_32(span_sub(in, at, h->content - at), true) == 0;
	return fine;
}

struct romfs {
	uint64_t size, root;
	struct span name;
};

static struct fault read_super(struct span in, struct romfs *fs)
{
	*fs = (struct romfs){ .size = span_u32(in, 8, true) };
	if (!span_starts(in, span_text(MAGIC)))
		return fault_at(FAULT_UNKNOWN, 0, "romfs magic", 0, 0);
	fs->name = read_name(in, SUPER_SIZE, &fs->root);
	if (!fs->name.p)
		return fault_at(FAULT_BROKEN, SUPER_SIZE, "end of volume name", 0, LONGEST_NAME);
	if (fs->size < fs->root + HEADER_SIZE)
		return fault_at(FAULT_BROKEN, 8, "size", fs->size, fs->root + HEADER_SIZE);
	return fine;
}

static bool sum_holds(struct span in, const struct romfs *fs)
{
	struct span checked = span_sub(in, 0, fs->size < CHECKED ? fs->size : CHECKED);

	return checked.n && sum_of_32(checked, true) == 0;
}

/* Writers pad the volume to whole blocks; only zeros count as that. */
static uint64_t padded_end(struct span in, uint64_t size)
{
	uint64_t end = (size + BLOCK - 1) / BLOCK * BLOCK;

	if (size >= in.n)
		return in.n;
	for (uint64_t i = size; i < end; i++)
		if (span_byte(in, i) != 0)
			return size;
	return end;
}

static struct fault probe(struct span in, struct found *f)
{
	struct romfs fs;
	struct header root;
	struct fault bad = read_super(in, &fs);

	if (bad.kind)
		return bad;
	bad = read_header(in, fs.root, &root);
	if (bad.kind)
		return bad;
	if (root.kind != ROMFS_DIRECTORY)
		return fault_at(FAULT_BROKEN, fs.root, "root header", root.kind, ROMFS_DIRECTORY);
	f->proof = sum_holds(in, &fs) ? PROOF_CHECKSUM
		   : root.sum_holds   ? PROOF_STRUCTURE
				      : PROOF_PLAUSIBLE;
	f->len = padded_end(in, fs.size);
	label_bytes(f->label, fs.name);
	return fine;
}

struct place {
	uint64_t at;
	uint32_t entry;
};

struct walk {
	struct listing *l;
	struct marks headers; /* by offset / 16: each names one file */
	uint64_t shared;      /* bytes that contents may still hold */
};

static void set_content(struct walk *w, const struct header *h, struct entry *e)
{
	e->stored = true;
	if (!budget_take(&w->shared, h->size)) {
		e->fault = fault_at(FAULT_LIMIT, h->at, "content shared with others", h->size,
				    w->shared);
		return;
	}
	e->offset = h->content;
	e->length = e->size = h->size;
}

static void set_target(const struct walk *w, const struct header *h, struct entry *e)
{
	if (h->size > LONGEST_TARGET)
		e->fault =
			fault_at(FAULT_BROKEN, h->at + 8, "link target", h->size, LONGEST_TARGET);
	else
		e->target = span_sub(w->l->in, h->content, h->size);
	if (h->size && !e->target.p && e->fault.kind == FAULT_NONE)
		e->fault = fault_at(FAULT_SHORT, h->at + 8, "link target", w->l->in.n,
				    h->content + h->size);
}

/* In the order of the format. Of the mode it keeps one bit, executable; the kernel shows the others
 * so (fs/romfs/super.c). */
static const struct {
	enum kind kind;
	uint32_t mode;
} kinds[] = {
	{ KIND_HARDLINK, 0 },   { KIND_DIRECTORY, 0644 },    { KIND_FILE, 0644 },
	{ KIND_SYMLINK, 0777 }, { KIND_BLOCK_DEVICE, 0600 }, { KIND_CHAR_DEVICE, 0600 },
	{ KIND_SOCKET, 0644 },  { KIND_FIFO, 0644 },
};

static uint32_t add(struct walk *w, const struct header *h, uint32_t parent)
{
	struct entry e = entry_new(kinds[h->kind].kind, h->name);

	e.parent = parent;
	e.mode = kinds[h->kind].mode | (h->executable ? 0111 : 0);
	e.has_mode = true;
	e.order = e.key[0] = h->at;
	e.key[1] = h->info;
	e.key[2] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[2] + 1; /* depth */
	if (!h->sum_holds)
		e.fault =
			fault_at(FAULT_BROKEN, h->at + 12, "header checksum",
				 sum_of_32(span_sub(w->l->in, h->at, h->content - h->at), true), 0);
	if (e.kind == KIND_FILE)
		set_content(w, h, &e);
	else if (e.kind == KIND_SYMLINK)
		set_target(w, h, &e);
	else if (e.kind == KIND_BLOCK_DEVICE || e.kind == KIND_CHAR_DEVICE) {
		e.major = h->info >> 16;
		e.minor = h->info & 0xffff;
	}
	return listing_add(w->l, &e);
}

/* The chain of a directory's files from its first on. */
static void read_directory(struct walk *w, uint32_t index)
{
	uint64_t at = w->l->entries[index].key[1] & ~15u;
	struct header h;

	if (w->l->entries[index].key[2] >= DEEPEST) {
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_LIMIT, at, "directory depth", DEEPEST, DEEPEST));
		return;
	}
	for (; at != 0; at = h.next) {
		struct fault bad = read_header(w->l->in, at, &h);

		if (bad.kind == FAULT_NONE && !marks_add(&w->headers, at / 16))
			bad = fault_at(FAULT_BROKEN, at, "file header met twice", 0, 0);
		if (bad.kind) {
			listing_entry_fault(w->l, index, bad);
			return;
		}
		if (!is_dot(h.name) && add(w, &h, index) == NO_ENTRY)
			return;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* A link gives the place of a header. What it leads to is one more name of a file; of anything else
 * it is a copy, since only files have contents to share. */
static void join_link(struct listing *l, struct entry *e, const struct place *first)
{
	const struct entry *target = first ? &l->entries[first->entry] : NULL;
	struct entry joined;

	if (!target || target->kind == KIND_HARDLINK || target->kind == KIND_DIRECTORY) {
		e->kind = KIND_FILE;
		e->stored = true;
		e->fault =
			fault_at(FAULT_BROKEN, e->key[0] + 4, "hard link's target", e->key[1], 0);
		return;
	}
	joined = *target;
	joined.name = e->name;
	joined.parent = e->parent;
	joined.fault = e->fault;
	if (target->kind == KIND_FILE) {
		joined.kind = KIND_HARDLINK;
		joined.first = first->entry;
		joined.stored = false;
	}
	*e = joined;
}

static void join_links(struct listing *l)
{
	struct place *places = arena_take(l->arena, l->count, sizeof(*places));

	if (!places)
		return;
	for (uint32_t i = 0; i < l->count; i++)
		places[i] = (struct place){ l->entries[i].key[0], i };
	qsort(places, l->count, sizeof(*places), by_place);
	for (uint32_t i = 0; i < l->count; i++) {
		struct place wanted = { .at = l->entries[i].key[1] & ~15ull };

		if (l->entries[i].kind == KIND_HARDLINK && l->entries[i].first == NO_ENTRY)
			join_link(l, &l->entries[i],
				  bsearch(&wanted, places, l->count, sizeof(*places), by_place));
	}
}

static struct fault list(struct listing *l)
{
	struct walk w = { .l = l, .shared = (uint64_t)l->in.n * MOST_SHARED };
	struct romfs fs;
	struct header root;
	struct fault bad = read_super(l->in, &fs);

	if (bad.kind == FAULT_NONE)
		bad = read_header(l->in, fs.root, &root);
	if (bad.kind)
		return bad;
	if (!marks_init(&w.headers, l->arena, l->in.n / 16 + 1))
		return fault_at(FAULT_MEMORY, 0, "file headers", l->in.n, 0);
	if (fs.size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 8, "size", l->in.n, fs.size));
	else if (!sum_holds(l->in, &fs))
		listing_fault(l, fault_at(FAULT_BROKEN, 12, "checksum",
					  sum_of_32(span_head(l->in, CHECKED), true), 0));
	root.name = (struct span){ 0 };
	add(&w, &root, NO_ENTRY);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	join_links(l);
	return fine;
}

/* -- what its own bytes are -- */

struct owning {
	const struct listing *l;
	struct own_list *out;
	struct own_map contents;
	struct marks headers;
};

/* A name, its NUL and what fills it up to 16 bytes. */
static void own_name(struct own_list *out, uint64_t at, struct span name, uint64_t end,
		     enum own own, const char *what)
{
	own_add(out, at, name.n + 1, own, what);
	own_add(out, at + name.n + 1, end - at - name.n - 1, OWN_FILL, "behind a name");
}

/* What info must be: a place of the volume, a device, or nothing. */
static bool info_holds(const struct owning *x, const struct header *h)
{
	switch (kinds[h->kind].kind) {
	case KIND_HARDLINK:
	case KIND_DIRECTORY:
		return h->info % 16 == 0 && h->info < x->l->in.n && h->size == 0;
	case KIND_BLOCK_DEVICE:
	case KIND_CHAR_DEVICE:
		return h->size == 0;
	case KIND_FILE:
	case KIND_SYMLINK:
		return h->info == 0;
	default:
		return h->info == 0 && h->size == 0;
	}
}

static void own_header_of(struct owning *x, const struct header *h)
{
	own_add(x->out, h->at, 12, own_if(info_holds(x, h), OWN_STRUCTURE), "file header");
	own_add(x->out, h->at + 12, 4, own_if(h->sum_holds, OWN_CHECKSUM), "header checksum");
	own_name(x->out, h->at + HEADER_SIZE, h->name, h->content, OWN_STRUCTURE, "file header");
	if (kinds[h->kind].kind == KIND_SYMLINK)
		own_add(x->out, h->content, h->size, OWN_STRUCTURE, "link target");
	else if (kinds[h->kind].kind == KIND_FILE)
		own_content(&x->contents, h->content, h->size);
}

static void own_directory(struct owning *x, uint64_t at)
{
	struct header h;

	for (at &= ~15ull; at != 0; at = h.next) {
		if (read_header(x->l->in, at, &h).kind || !marks_add(&x->headers, at / 16))
			return;
		own_header_of(x, &h);
	}
}

static void own(const struct listing *l, struct own_list *out)
{
	struct owning x = { .l = l, .out = out, .contents = { .out = out } };
	struct romfs fs;
	struct header root;

	if (read_super(l->in, &fs).kind || read_header(l->in, fs.root, &root).kind ||
	    !marks_init(&x.headers, out->arena, l->in.n / 16 + 1))
		return;
	own_add(out, 0, 12, OWN_STRUCTURE, "superblock");
	own_add(out, 12, 4, own_if(sum_holds(l->in, &fs), OWN_CHECKSUM), "checksum");
	own_name(out, SUPER_SIZE, fs.name, fs.root, own_label(fs.name), "volume name");
	/* The root's header is the first of its directory's chain, as "." or with any name. */
	if ((root.info & ~15u) != fs.root) {
		marks_add(&x.headers, fs.root / 16);
		own_header_of(&x, &root);
	}
	for (uint32_t i = 0; i < l->count; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			own_directory(&x, l->entries[i].key[1]);
	own_finish(&x.contents, l->in.n, "padding");
}

const struct format format_romfs = {
	.name = "romfs",
	.says = "Linux romfs",
	.domain = DOMAIN_BROADBAND,
	.spec = "kernel Documentation/filesystems/romfs.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, MAGIC } },
	.probe = probe,
	.list = list,
	.own = own,
};
