/* ubi.c - UBI, as it stands on flash or as ubinize writes it: each volume is one entry, its blocks
 * joined. Blocks that a volume does not map read as 0xff; those behind the last mapped one are not
 * content, for a volume may be declared far larger than the image. */
#include <stdio.h>

#include "base/hash.h"
#include "format/own.h"
#include "format/ubi.h"

#define RECORD        172
#define MOST_UNMAPPED 16 /* blocks that volumes may have in all, for each PEB of the image */
#define AUTORESIZE    1
#define ERASED        0xff /* what a volume does not map reads so */
#define REJECT        5    /* of "compat": an image with such an internal volume is not attached */

struct volume {
	uint32_t id, reserved, data_pad;
	uint8_t type, flags;
	bool has_record, is_unfinished;
	struct span name;
};

/* What load() needs. */
struct opened {
	struct ubi u;
	struct ubi_map map;
};

/* One image of those that the PEBs belong to. */
struct image {
	struct listing *l;
	const struct opened *o;
	uint32_t at, end;      /* in the map */
	struct span tables[2]; /* the two copies of the volume table */
	uint64_t *left;        /* blocks that volumes may still have */
	uint32_t volumes;
	uint32_t autoresize; /* volume, or UBI_VOLUMES */
};

static struct fault probe(struct span in, struct found *f)
{
	struct ubi u;
	struct fault bad = ubi_geometry(in, &u);

	if (bad.kind)
		return bad;
	f->len = u.pebs <= in.n / u.peb_size ? u.pebs * u.peb_size : in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "version 1, erase blocks of %u", u.peb_size);
	return fine;
}

/* The record of one volume in the first copy of the table in which its checksum is right. */
static bool read_record(const struct image *i, uint32_t id, struct volume *v)
{
	struct cursor c = { 0 };
	uint16_t name;

	*v = (struct volume){ .id = id };
	for (int k = 0; k < 2 && c.in.n == 0; k++) {
		struct span r = span_sub(i->tables[k], (uint64_t)id * RECORD, RECORD);

		if (r.n && crc32_open(span_head(r, RECORD - 4)) == span_u32(r, RECORD - 4, true))
			c.in = r;
	}
	v->reserved = cursor_be32(&c);
	cursor_skip(&c, 4);
	v->data_pad = cursor_be32(&c);
	v->type = cursor_u8(&c);
	v->is_unfinished = cursor_u8(&c) != 0;
	name = cursor_be16(&c);
	v->name = span_head(cursor_span(&c, 128), name);
	v->flags = cursor_u8(&c);
	v->has_record = !c.ran_out && v->reserved > 0;
	return !c.ran_out;
}

/* A name that can stand in a path; else, as Linux names the device, by number. */
static struct span name_of(struct arena *a, const struct volume *v)
{
	size_t used = v->name.n ? strnlen((const char *)v->name.p, v->name.n) : 0;
	char text[32];

	for (size_t i = 0; i < used; i++)
		if (v->name.p[i] != '/' && v->name.p[i] != '.')
			return span_head(v->name, used);
	snprintf(text, sizeof(text), "ubi0_%u", v->id);
	return arena_copy(a, span_text(text));
}

/* The plain size, from what the blocks say of themselves. */
static uint64_t size_of(const struct entry *e, const struct ubi_leb *last)
{
	uint64_t usable = e->key[3] >> 1, blocks = e->key[2];

	if (blocks == 0 || last->type != UBI_STATIC || last->lnum != blocks - 1 ||
	    last->data_size > usable)
		return blocks * usable;
	return (blocks - 1) * usable + last->data_size;
}

static struct fault check_volume(const struct image *i, const struct volume *v,
				 const struct entry *e, uint64_t wanted)
{
	const struct ubi_leb *lebs = &i->o->map.lebs[e->key[0]];
	const struct ubi_leb *last = e->key[1] ? &lebs[e->key[1] - 1] : NULL;
	bool is_static = e->key[3] & 1;

	if (!v->has_record)
		return fault_at(FAULT_BROKEN, 0, "volume table record", v->id, 0);
	if (wanted > e->key[2])
		return fault_at(FAULT_LIMIT, 0, "blocks of a volume", wanted, e->key[2]);
	if (last && last->lnum >= v->reserved)
		return fault_at(FAULT_BROKEN, (uint64_t)last->peb * i->o->u.peb_size,
				"block behind the volume's end", last->lnum, v->reserved);
	if (v->is_unfinished)
		return fault_at(FAULT_BROKEN, 0, "volume update not finished", v->id, 0);
	if (is_static && e->key[1] < e->key[2])
		return fault_at(FAULT_SHORT, 0, "blocks of a static volume", e->key[1], e->key[2]);
	return fine;
}

/* Volume `v` has `count` mapped blocks, from `first` of the map on. */
static void add_volume(struct image *i, const struct volume *v, uint32_t first, uint32_t count)
{
	const struct ubi *u = &i->o->u;
	const struct ubi_leb *lebs = &i->o->map.lebs[first], *last = &lebs[count ? count - 1 : 0];
	uint32_t leb_size = u->peb_size - u->data_at, pad = v->data_pad;
	struct entry e = entry_new(KIND_FILE, name_of(i->l->arena, v));
	bool is_static = (v->has_record || count == 0 ? v->type : last->type) == UBI_STATIC;
	uint64_t wanted = count ? (uint64_t)last->lnum + 1 : 0;

	if (!v->has_record && count)
		pad = last->data_pad;
	if (is_static && count && last->used > wanted)
		wanted = last->used;
	e.key[0] = first;
	e.key[1] = count;
	e.key[2] = wanted < *i->left ? wanted : *i->left;
	e.key[3] = (uint64_t)(pad < leb_size ? leb_size - pad : leb_size) << 1 | is_static;
	e.size = count ? size_of(&e, last) : 0;
	e.order = count ? lebs[0].peb : 0;
	e.fault = check_volume(i, v, &e, wanted);
	*i->left -= e.key[2];
	if (v->has_record && v->flags & AUTORESIZE)
		i->autoresize = v->id;
	i->volumes++;
	listing_add(i->l, &e);
}

static void check_internal(struct image *i, const struct ubi_leb *leb)
{
	bool known = leb->volume == UBI_INTERNAL || leb->compat != REJECT;

	if (leb->volume >= UBI_VOLUMES && (leb->volume < UBI_INTERNAL || !known))
		listing_fault(i->l, fault_at(FAULT_UNKNOWN, (uint64_t)leb->peb * i->o->u.peb_size,
					     "volume number", leb->volume, UBI_VOLUMES - 1));
}

static void find_tables(struct image *i)
{
	const struct ubi *u = &i->o->u;

	for (uint32_t k = i->at; k < i->end; k++) {
		const struct ubi_leb *leb = &i->o->map.lebs[k];

		if (leb->volume == UBI_INTERNAL && leb->lnum < 2)
			i->tables[leb->lnum] = ubi_data(u, leb, UBI_VOLUMES * RECORD);
		check_internal(i, leb);
	}
	if (i->tables[0].n == 0 && i->tables[1].n == 0)
		listing_fault(i->l, fault_at(FAULT_BROKEN, 0, "volume table", 0, 2));
}

/* The table holds as many records as a block has room for. */
static void list_volumes(struct image *i)
{
	uint32_t records = (i->o->u.peb_size - i->o->u.data_at) / RECORD, at = i->at;

	find_tables(i);
	for (uint32_t id = 0; id < UBI_VOLUMES; id++) {
		struct volume v;
		bool readable = read_record(i, id, &v);
		uint32_t first = at;

		while (at < i->end && i->o->map.lebs[at].volume == id)
			at++;
		if (v.has_record || at > first)
			add_volume(i, &v, first, at - first);
		if (!readable && id < records && (i->tables[0].n || i->tables[1].n))
			listing_fault(i->l,
				      fault_at(FAULT_BROKEN, 0, "volume table record", id, 0));
	}
}

/* Leftovers of an image that was on the flash before are listed too, behind the volumes of the one
 * that most PEBs belong to. */
static void list_images(struct listing *l, const struct opened *o, bool own, uint64_t *left)
{
	const struct ubi_leb *lebs = o->map.lebs;

	for (uint32_t at = 0, end; at < o->map.count; at = end) {
		struct image i = { l, o, .at = at, .left = left, .autoresize = UBI_VOLUMES };
		size_t n;

		for (end = at + 1; end < o->map.count && lebs[end].image == lebs[at].image;)
			end++;
		i.end = end;
		if ((lebs[at].image == o->u.image) != own)
			continue;
		list_volumes(&i);
		if (!own)
			listing_fault(
				l, fault_at(FAULT_BROKEN, (uint64_t)lebs[at].peb * o->u.peb_size,
					    "image sequence number", lebs[at].image, o->u.image));
		n = strlen(l->label);
		if (own && i.autoresize < UBI_VOLUMES)
			snprintf(l->label + n, sizeof(l->label) - n, ", volume %u grows",
				 i.autoresize);
	}
}

static struct fault list(struct listing *l)
{
	struct opened *o = arena_take(l->arena, 1, sizeof(*o));
	struct fault bad = o ? ubi_geometry(l->in, &o->u) : fault_at(FAULT_MEMORY, 0, "UBI", 0, 0);
	uint64_t left;

	if (bad.kind)
		return bad;
	if (!ubi_map_read(&o->u, l->arena, &o->map))
		return fault_at(FAULT_MEMORY, 0, "erase blocks", o->u.pebs, 0);
	l->state = o;
	left = o->u.pebs * MOST_UNMAPPED;
	snprintf(l->label, sizeof(l->label), "version 1, erase blocks of %u", o->u.peb_size);
	if (o->u.pebs > l->in.n / o->u.peb_size)
		listing_fault(l, fault_at(FAULT_SHORT, l->in.n, "erase block",
					  l->in.n % o->u.peb_size, o->u.peb_size));
	if (o->map.damaged)
		listing_fault(l, fault_at(FAULT_BROKEN, o->map.damaged_at, UBI_BAD_HEADERS,
					  o->map.damaged, 0));
	list_images(l, o, true, &left);
	list_images(l, o, false, &left);
	return fine;
}

/* One block. The last of a static volume ends with its data. */
static struct fault put_block(const struct ubi *u, const struct ubi_leb *leb, uint64_t usable,
			      bool is_last, struct sink *out)
{
	uint64_t size = leb->type == UBI_STATIC ? leb->data_size : usable, at;
	struct span data = ubi_data(u, leb, size < usable ? size : usable);

	at = (uint64_t)leb->peb * u->peb_size + u->data_at;
	if (!sink_put(out, data) || (!is_last && !sink_fill(out, ERASED, usable - data.n)))
		return out->fault;
	if (size > usable)
		return fault_at(FAULT_BROKEN, at, "data size of a block", size, usable);
	if (data.n < size)
		return fault_at(FAULT_SHORT, at, "block of a volume", data.n, size);
	if (!ubi_data_holds(u, leb))
		return fault_at(FAULT_BROKEN, at, "checksum of a block", leb->lnum, leb->data_crc);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct opened *o = l->state;
	const struct ubi_leb *leb = &o->map.lebs[e->key[0]], *end = leb + e->key[1];
	uint64_t next = 0, usable = e->key[3] >> 1, blocks = e->key[2];
	struct fault first = fine;

	for (; leb < end && leb->lnum < blocks; leb++) {
		struct fault bad;

		if (!sink_fill(out, ERASED, (leb->lnum - next) * usable))
			return out->fault;
		next = (uint64_t)leb->lnum + 1;
		bad = put_block(&o->u, leb, usable, next == blocks, out);
		first = first.kind ? first : bad;
		if (out->fault.kind)
			return out->fault;
	}
	return sink_fill(out, ERASED, (blocks - next) * usable) ? first : out->fault;
}

static void own(const struct listing *l, struct own_list *out)
{
	const struct opened *o = l->state;

	if (o)
		ubi_own(&o->u, &o->map, out);
}

/* The blocks of a volume, and which they are. */
static bool stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct opened *o = l->state;
	const struct ubi_leb *leb = o ? &o->map.lebs[e->key[0]] : NULL;
	uint64_t usable = e->key[3] >> 1;

	if (!o || e->fault.kind)
		return false;
	storage_text(out, "blocks");
	storage_number(out, e->key[2]);
	storage_number(out, e->key[3]);
	for (uint64_t i = 0; i < e->key[1] && leb->lnum < e->key[2]; i++, leb++) {
		uint64_t size = leb->type == UBI_STATIC ? leb->data_size : usable;
		struct span data = ubi_data(&o->u, leb, size < usable ? size : usable);

		if (size > usable || data.n < size || !ubi_data_holds(&o->u, leb))
			return false;
		storage_number(out, leb->lnum);
		storage_number(out, size);
		storage_add(out, data);
	}
	return true;
}

const struct format format_ubi = {
	.name = "ubi",
	.says = "UBI volumes, from an image or a flash dump",
	.domain = DOMAIN_BROADBAND,
	.spec = "kernel drivers/mtd/ubi/ubi-media.h, attach.c, vtbl.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 5, "UBI#\x01" } },
	.probe = probe,
	.list = list,
	.load = load,
	.own = own,
	.stored = stored,
};
