/* iso9660.c - ISO 9660 with Rock Ridge, Joliet and zisofs. Source: ECMA-119, sections 8 and 9;
 * Microsoft "Joliet Specification" (1995); fs/isofs/compress.c of Linux for zisofs. Numbers stand
 * in both byte orders, which must agree. Rock Ridge is preferred where it is there, then Joliet. */
#include <stdio.h>

#include "codec/codec.h"
#include "format/iso9660.h"
#include "format/links.h"
#include "format/marks.h"
#include "format/utf16.h"

#define DESCRIPTOR       0x8000
#define SECTOR           2048
#define MOST_DESCRIPTORS 64
#define DEEPEST          256
#define MOST_EXTENTS     65536 /* of one file */

enum { FLAG_DIRECTORY = 2, FLAG_ASSOCIATED = 4, FLAG_GOES_ON = 0x80 };

static struct fault probe(struct span in, struct found *f)
{
	struct span d = span_sub(in, DESCRIPTOR, SECTOR);
	uint32_t blocks = span_u32(d, 80, false);
	uint16_t size = span_u16(d, 128, false);
	uint64_t length = (uint64_t)blocks * size;

	if (d.n == 0)
		return fault_at(FAULT_SHORT, DESCRIPTOR, "volume descriptor", in.n,
				DESCRIPTOR + SECTOR);
	if (blocks != span_u32(d, 84, true) || size != span_u16(d, 130, true) ||
	    (size != 2048 && size != 1024 && size != 512))
		return fault_at(FAULT_BROKEN, DESCRIPTOR + 80, "volume size", blocks,
				span_u32(d, 84, true));
	if (length <= DESCRIPTOR || span_u32(d, 158, false) >= blocks)
		return fault_at(FAULT_BROKEN, DESCRIPTOR + 158, "root directory",
				span_u32(d, 158, false), blocks);
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s", length > in.n ? "ends early" : "");
	return fine;
}

/* A stretch of a file; most have one. */
struct extent {
	uint64_t from, length;
	struct extent *next;
};

struct content {
	struct extent *first, *last;
	uint32_t count;
	uint64_t length;
	bool packed; /* zisofs */
};

static void take_root(struct iso *iso, struct span descriptor)
{
	iso->root = (uint64_t)span_u32(descriptor, 158, false) * iso->block;
	iso->root_size = span_u32(descriptor, 166, false);
}

static bool is_joliet(struct span d)
{
	struct span escape = span_sub(d, 88, 3);

	return span_is(escape, "%/@") || span_is(escape, "%/C") || span_is(escape, "%/E");
}

/* The record at a directory's start stands for the directory itself. */
static struct span own_record(const struct iso *iso, uint64_t at)
{
	int n = span_byte(iso->in, at);

	return n >= 34 ? span_sub(iso->in, at, (uint64_t)n) : (struct span){ 0 };
}

static void open_volume(struct span in, struct iso *iso)
{
	struct span d = span_sub(in, DESCRIPTOR, SECTOR);

	*iso = (struct iso){ .in = in, .block = span_u16(d, 128, false) };
	iso->reading = (uint64_t)in.n * 2 + SECTOR;
	take_root(iso, d);
	iso->rock = rock_announced(own_record(iso, iso->root), &iso->skip);
	for (uint64_t i = 1; i < MOST_DESCRIPTORS && !iso->rock; i++) {
		d = span_sub(in, DESCRIPTOR + i * SECTOR, SECTOR);
		if (!span_starts(span_from(d, 1), span_text("CD001")) || d.p[0] == 0xff)
			return;
		if (d.p[0] == 2 && is_joliet(d)) {
			iso->joliet = true;
			take_root(iso, d);
			return;
		}
	}
}

struct walk {
	struct listing *l;
	struct iso *iso;
	struct marks met; /* blocks where a directory begins */
};

/* "NAME.EXT;1": the version goes, and the dot of an empty extension. */
static struct span plain_name(struct span name)
{
	size_t end = name.n;

	while (end > 0 && name.p[end - 1] >= '0' && name.p[end - 1] <= '9')
		end--;
	if (end > 1 && end < name.n && name.p[end - 1] == ';')
		name.n = end - 1;
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

/* Units of two bytes, the higher first. */
static struct span joliet_name(struct arena *a, struct span name)
{
	uint8_t *units = arena_take(a, (uint64_t)name.n + 1, 1);
	struct span plain;

	if (!units)
		return (struct span){ 0 };
	for (size_t i = 0; i + 1 < name.n; i += 2) {
		units[i] = name.p[i + 1];
		units[i + 1] = name.p[i];
	}
	plain = utf16_name(a, (struct span){ units, name.n / 2 * 2 });
	return plain_name(plain);
}

static bool add_extent(struct walk *w, struct content *c, uint64_t from, uint64_t length)
{
	struct extent *e = c->count < MOST_EXTENTS ? arena_take(w->l->arena, 1, sizeof(*e)) : NULL;

	if (!e)
		return false;
	*e = (struct extent){ from, length, NULL };
	if (c->last)
		c->last->next = e;
	else
		c->first = e;
	c->last = e;
	c->count++;
	c->length += length;
	return true;
}

/* What an entry has that is never joined with another one. */
static uint64_t no_serial(uint32_t index)
{
	return UINT64_MAX - index;
}

static void set_content(struct walk *w, struct span record, const struct rock *r, struct entry *e)
{
	struct content *c = (struct content *)(uintptr_t)e->key[2];
	uint64_t from = ((uint64_t)span_u32(record, 2, false) + record.p[1]) * w->iso->block;
	uint64_t length = span_u32(record, 10, false);

	if (!c)
		c = arena_take(w->l->arena, 1, sizeof(*c));
	e->key[2] = (uintptr_t)c;
	if (!c || !add_extent(w, c, from, length)) {
		if (e->fault.kind == FAULT_NONE)
			e->fault =
				fault_at(FAULT_LIMIT, 0, "extents", c ? c->count : 0, MOST_EXTENTS);
		return;
	}
	if (e->fault.kind == FAULT_NONE && length &&
	    (from > w->iso->in.n || length > w->iso->in.n - from))
		e->fault = fault_at(FAULT_SHORT, from, "extent", w->iso->in.n, from + length);
	c->packed = r->packed;
	/* Names with one serial number are one file only where they have one content. */
	e->key[1] = from / w->iso->block << 32 | length;
	if (r->packed || c->count > 1)
		e->key[0] = no_serial(w->l->count - (c->count > 1));
	e->size = r->packed ? r->plain : c->length;
	e->order = c->first->from;
	e->stored = !r->packed && c->count == 1 && e->fault.kind == FAULT_NONE && length > 0;
	e->offset = from;
	e->length = length;
}

/* Two words: the major number and the minor one, or nothing and a number as the C library makes it
 * (which of them, the standard leaves to the writer). */
static void set_device(const struct rock *r, struct entry *e)
{
	if (r->device_high == 0) {
		entry_device(e, r->device_low);
		return;
	}
	e->major = r->device_high;
	e->minor = r->device_low;
}

static void set_metadata(const struct walk *w, struct span record, const struct rock *r,
			 struct entry *e)
{
	e->has_mtime = r->has_mtime;
	e->mtime = r->mtime;
	e->mtime_ns = r->mtime_ns;
	if (!r->has_mtime)
		e->has_mtime = iso_time(span_sub(record, 18, 7), &e->mtime);
	e->fault = r->fault;
	if (!w->iso->rock || !r->has_mode)
		return;
	e->has_mode = e->has_owner = true;
	e->mode = r->mode & 07777;
	e->uid = r->uid;
	e->gid = r->gid;
	if (e->kind != KIND_DIRECTORY)
		e->kind = kind_of_mode(r->mode);
	if (e->kind == KIND_SYMLINK)
		e->target = r->target;
	if (r->has_device)
		set_device(r, e);
}

/* A directory by the block where it begins, which may be met once. */
static void set_directory(struct walk *w, uint64_t at, uint64_t size, uint64_t depth,
			  struct entry *e)
{
	e->key[0] = at;
	e->key[1] = size;
	e->key[3] = depth;
	if (at % w->iso->block || !marks_add(&w->met, at / w->iso->block)) {
		e->fault = fault_at(FAULT_BROKEN, at, "directory met twice", 0, 0);
		e->key[1] = 0;
	}
}

static void add(struct walk *w, struct span record, struct span name, uint32_t parent,
		uint32_t *open)
{
	bool is_directory = record.p[25] & FLAG_DIRECTORY;
	struct entry e = entry_new(is_directory ? KIND_DIRECTORY : KIND_FILE, name);
	uint64_t at = (uint64_t)span_u32(record, 2, false) * w->iso->block;
	uint64_t depth = w->l->entries[parent].key[3] + 1, size = span_u32(record, 10, false);
	struct rock r = { 0 };

	if (w->iso->rock)
		rock_read(w->iso, w->l->arena, record, &r);
	if (r.is_moved)
		return;
	if (r.name.n)
		e.name = r.name;
	if (r.child) { /* too deep for the standard: it stands elsewhere */
		at = (uint64_t)r.child * w->iso->block;
		size = span_u32(own_record(w->iso, at), 10, false);
		e.kind = KIND_DIRECTORY;
	}
	e.parent = parent;
	set_metadata(w, record, &r, &e);
	e.key[0] = r.serial ? r.serial : no_serial(w->l->count);
	if (e.kind == KIND_DIRECTORY)
		set_directory(w, at, size, depth, &e);
	else if (e.kind == KIND_FILE)
		set_content(w, record, &r, &e);
	*open = listing_add(w->l, &e);
}

/* A file of several extents has a record for each; only the last is not marked to go on. */
static void take_record(struct walk *w, struct span record, uint32_t parent, uint32_t *open)
{
	struct span name = span_sub(record, 33, record.p[32]);
	struct rock r = { 0 };

	if (record.p[25] & FLAG_ASSOCIATED || (name.n == 1 && name.p[0] <= 1))
		return;
	if (*open != NO_ENTRY) {
		struct entry *e = &w->l->entries[*open];

		r.packed = e->key[2] && ((struct content *)(uintptr_t)e->key[2])->packed;
		r.plain = (uint32_t)e->size;
		set_content(w, record, &r, e);
	} else {
		add(w, record, w->iso->joliet ? joliet_name(w->l->arena, name) : plain_name(name),
		    parent, open);
	}
	if (!(record.p[25] & FLAG_GOES_ON) ||
	    (*open != NO_ENTRY && w->l->entries[*open].kind != KIND_FILE))
		*open = NO_ENTRY;
}

/* Records do not cross sectors; a length of zero ends one. */
static void read_directory(struct walk *w, uint32_t index)
{
	uint64_t at = w->l->entries[index].key[0], size = w->l->entries[index].key[1];
	struct span all = span_head(span_from(w->iso->in, at), size);
	uint32_t open = NO_ENTRY;
	uint64_t pos = 0;

	if (w->l->entries[index].key[3] >= DEEPEST)
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_LIMIT, at, "directory depth", DEEPEST, DEEPEST));
	else if (!budget_take(&w->iso->reading, all.n))
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_LIMIT, at, "bytes of directories", all.n, 0));
	else if (all.n < size)
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_SHORT, at, "directory", all.n, size));
	if (w->l->entries[index].fault.kind == FAULT_LIMIT)
		return;
	while (pos < all.n && w->l->fault.kind != FAULT_LIMIT) {
		struct span record = span_sub(all, pos, all.p[pos]);

		if (record.n == 0) {
			pos = (pos / SECTOR + 1) * SECTOR;
			continue;
		}
		if (record.n < 34 || record.n < 33u + record.p[32]) {
			listing_entry_fault(
				w->l, index,
				fault_at(FAULT_BROKEN, at + pos, "directory record", record.n, 34));
			return;
		}
		take_record(w, record, index, &open);
		pos += record.n;
	}
	if (open != NO_ENTRY)
		listing_entry_fault(w->l, open,
				    fault_at(FAULT_SHORT, at + pos, "further extent", all.n, 0));
}

static void add_root(struct walk *w)
{
	struct entry e = entry_new(KIND_DIRECTORY, (struct span){ 0 });
	struct span record = own_record(w->iso, w->iso->root);
	struct rock r = { 0 };

	if (record.n && w->iso->rock)
		rock_read(w->iso, w->l->arena, record, &r);
	if (record.n)
		set_metadata(w, record, &r, &e);
	set_directory(w, w->iso->root, w->iso->root_size, 0, &e);
	listing_add(w->l, &e);
}

static struct fault list(struct listing *l)
{
	struct iso *iso = arena_take(l->arena, 1, sizeof(*iso));
	struct walk w = { .l = l, .iso = iso };
	uint64_t whole = (uint64_t)span_u32(l->in, DESCRIPTOR + 80, false) *
			 span_u16(l->in, DESCRIPTOR + 128, false);

	if (!iso || !marks_init(&w.met, l->arena, l->in.n / 512 + 1))
		return fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	open_volume(l->in, iso);
	l->state = iso;
	snprintf(l->label, sizeof(l->label), "%s%s",
		 iso->rock     ? "Rock Ridge"
		 : iso->joliet ? "Joliet"
			       : "plain",
		 whole > l->in.n ? ", ends early" : "");
	if (whole > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, DESCRIPTOR + 80, "volume", l->in.n, whole));
	add_root(&w);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	if (iso->rock)
		links_join(l);
	return fine;
}

/* zisofs: a header, then where each block of the plain content begins, packed by zlib; one that
 * takes no bytes is zero. */
static struct fault unpack(struct span packed, uint64_t size, struct sink *out)
{
	static const uint8_t magic[] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };
	uint64_t table = (uint64_t)span_byte(packed, 12) * 4;
	unsigned shift = (unsigned)span_byte(packed, 13);

	if (!span_starts(packed, (struct span){ magic, sizeof(magic) }) || shift < 15 || shift > 17)
		return fault_at(FAULT_BROKEN, 0, "zisofs header", shift, 17);
	for (uint64_t i = 0; out->n < size; i++) {
		uint64_t want = size - out->n < 1u << shift ? size - out->n : 1u << shift;
		uint32_t from = span_u32(packed, table + i * 4, false);
		uint32_t to = span_u32(packed, table + i * 4 + 4, false);
		struct span block = span_sub(packed, from, to > from ? to - from : 0);
		struct decoded d = { 0 };
		uint64_t before = out->n;

		if (table + i * 4 + 8 > packed.n || to < from || (to > from && block.n == 0))
			return fault_at(FAULT_BROKEN, table + i * 4, "zisofs block", to, packed.n);
		if (block.n)
			d = inflate_zlib(block, want, out);
		else if (!sink_zero(out, want))
			return out->fault;
		if (d.fault.kind || out->n - before != want)
			return d.fault.kind ? d.fault
					    : fault_at(FAULT_BROKEN, from, "zisofs block",
						       out->n - before, want);
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct content *c = (const struct content *)(uintptr_t)e->key[2];

	if (c && c->packed && c->count > 1)
		return fault_at(FAULT_UNKNOWN, c->first->from, "zisofs in extents", c->count, 1);
	if (c && c->packed)
		return unpack(span_sub(l->in, c->first->from, c->first->length), e->size, out);
	for (const struct extent *x = c ? c->first : NULL; x; x = x->next) {
		struct span piece = span_head(span_from(l->in, x->from), x->length);

		if (!sink_put(out, piece))
			return out->fault;
		if (piece.n < x->length)
			return fault_at(FAULT_SHORT, x->from, "extent", piece.n, x->length);
	}
	return fine;
}

const struct format format_iso9660 = {
	.name = "iso9660",
	.says = "ISO 9660 image, Rock Ridge, Joliet, zisofs",
	.domain = DOMAIN_IT,
	.spec = "ECMA-119; IEEE P1281 and P1282; Joliet Specification",
	.shape = SHAPE_CONTAINER,
	.magic = { { DESCRIPTOR, 8,
		     "\x01"
		     "CD001\x01\x00" } },
	.probe = probe,
	.list = list,
	.load = load,
};
