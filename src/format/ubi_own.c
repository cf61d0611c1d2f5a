/* ubi_own.c - headers of erase blocks, the volume table, and what no volume holds. Of two blocks
 * for one place the one that counts is content; the other is structure only where it holds the
 * same. */
#include "base/hash.h"
#include "format/own.h"
#include "format/ubi.h"

#define RECORD        172
#define MOST_RESERVED 65536 /* a volume may be larger than the image, but not than a flash */
#define NOT_KEPT      UINT32_MAX

struct pebs {
	const struct ubi *u;
	const struct ubi_map *map;
	struct own_list *out;
	struct own_map contents;
	uint32_t *kept; /* of a PEB: the place in the map, or NOT_KEPT */
};

static void own_ec(struct pebs *p, uint64_t at)
{
	static const struct own_field fields[] = {
		{ 0, 5, OWN_STRUCTURE, "erase counter header" },
		{ 8, 8, OWN_COUNTER, "erase counter" },
		{ 16, 8, OWN_PACKING, "offsets in an erase block" },
		{ 24, 4, OWN_IDENTIFIER, "image sequence number" },
		{ 60, 4, OWN_CHECKSUM, "CRC32 of a header" },
	};

	own_header(p->out, at, UBI_HEADER, fields, sizeof(fields) / sizeof(fields[0]));
	own_add(p->out, at + UBI_HEADER, p->u->vid_at - UBI_HEADER, OWN_FILL, "unused");
}

/* A dynamic volume states no sizes and no checksum but in copies. */
static void own_vid(struct pebs *p, uint64_t at, const struct ubi_leb *leb)
{
	bool is_summed = leb->copied || leb->type == UBI_STATIC;
	bool sizes = is_summed ? leb->data_size <= p->u->peb_size - p->u->data_at
			       : leb->data_size == 0 && leb->used == 0;
	bool internal = leb->volume >= UBI_INTERNAL;
	const struct own_field fields[] = {
		{ 0, 5, OWN_STRUCTURE, "volume header" },
		{ 5, 1, own_if(leb->type == 1 || leb->type == UBI_STATIC, OWN_STRUCTURE),
		  "kind of volume" },
		{ 6, 1, own_if((uint8_t)span_byte(p->u->in, at + 6) <= 1, OWN_COUNTER),
		  "copy flag" },
		{ 7, 1, own_if(leb->compat == (internal ? 5 : 0), OWN_STRUCTURE), "compatibility" },
		{ 8, 8, OWN_STRUCTURE, "volume header" },
		{ 20, 8, own_if(sizes, OWN_STRUCTURE), "sizes of a block" },
		{ 28, 4, own_if(leb->data_pad < p->u->peb_size - p->u->data_at, OWN_STRUCTURE),
		  "padding of a volume" },
		{ 32, 4,
		  is_summed ? own_if(ubi_data_holds(p->u, leb), OWN_CHECKSUM)
			    : own_if(leb->data_crc == 0, OWN_STRUCTURE),
		  "CRC32 of a block" },
		{ 40, 8, OWN_COUNTER, "sequence number" },
		{ 60, 4, OWN_CHECKSUM, "CRC32 of a header" },
	};

	own_header(p->out, at, UBI_HEADER, fields, sizeof(fields) / sizeof(fields[0]));
	own_add(p->out, at + UBI_HEADER, p->u->data_at - p->u->vid_at - UBI_HEADER, OWN_FILL,
		"unused");
}

/* Records of the volume table: what they say is data but for padding and checksum. */
static void own_table(struct pebs *p, uint64_t at, struct span data)
{
	uint64_t n = 0;

	for (; n < UBI_VOLUMES && (n + 1) * RECORD <= data.n; n++) {
		struct span r = span_sub(data, n * RECORD, RECORD);
		uint64_t from = at + n * RECORD;
		bool holds = crc32_open(span_head(r, RECORD - 4)) == span_u32(r, RECORD - 4, true);

		own_add(p->out, from, 4, own_if(span_u32(r, 0, true) <= MOST_RESERVED, OWN_PACKING),
			"reserved erase blocks");
		own_add(p->out, from + 4, 141, OWN_DATA, "volume table");
		own_add(p->out, from + 145, 23, OWN_FILL, "unused");
		own_add(p->out, from + 168, 4, own_if(holds, OWN_CHECKSUM), "CRC32 of a record");
	}
	own_add(p->out, at + n * RECORD, data.n - n * RECORD, OWN_FILL, "unused");
}

/* The LEB of the map that holds what this PEB once did. */
static const struct ubi_leb *newer(const struct ubi_map *m, const struct ubi_leb *leb)
{
	uint32_t low = 0, high = m->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct ubi_leb *k = &m->lebs[middle];

		if (k->image < leb->image ||
		    (k->image == leb->image && (k->volume < leb->volume ||
						(k->volume == leb->volume && k->lnum < leb->lnum))))
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->count && m->lebs[low].image == leb->image &&
			       m->lebs[low].volume == leb->volume && m->lebs[low].lnum == leb->lnum
		       ? &m->lebs[low]
		       : NULL;
}

static void own_data(struct pebs *p, uint64_t peb, struct ubi_leb *leb, uint32_t image)
{
	uint64_t at = peb * p->u->peb_size + p->u->data_at, usable;
	struct span data = ubi_data(p->u, leb, p->u->peb_size - p->u->data_at);
	const struct ubi_leb *now;

	if (p->kept[peb] == NOT_KEPT) {
		leb->image = image ? image : p->u->image;
		now = newer(p->map, leb);
		own_add(p->out, at, data.n,
			own_if(now && span_equal(data, ubi_data(p->u, now, data.n)), OWN_STRUCTURE),
			"older copy of a block");
		return;
	}
	if (leb->volume >= UBI_VOLUMES) {
		own_table(p, at, data);
		return;
	}
	usable = leb->type == UBI_STATIC  ? leb->data_size
		 : leb->data_pad < data.n ? data.n - leb->data_pad
					  : data.n;
	own_content(&p->contents, at, usable < data.n ? usable : data.n);
}

static void own_peb(struct pebs *p, uint64_t peb)
{
	uint64_t at = peb * p->u->peb_size, left = p->u->in.n - at;
	uint64_t size = left < p->u->peb_size ? left : p->u->peb_size;
	struct ubi_leb leb;
	uint32_t image;
	enum ubi_header ec = ubi_ec(p->u, peb, &image), vid = ubi_vid(p->u, peb, &leb);

	if ((ec != UBI_GOOD && ec != UBI_ERASED) || (vid != UBI_GOOD && vid != UBI_ERASED) ||
	    size < p->u->data_at) {
		own_add(p->out, at, size, OWN_DATA, "erase block, damaged");
		return;
	}
	if (ec == UBI_GOOD)
		own_ec(p, at);
	if (vid != UBI_GOOD)
		return;
	own_vid(p, at + p->u->vid_at, &leb);
	own_data(p, peb, &leb, image);
}

void ubi_own(const struct ubi *u, const struct ubi_map *map, struct own_list *out)
{
	struct pebs p = { .u = u, .map = map, .out = out, .contents = { .out = out } };

	p.kept = arena_take(out->arena, u->pebs, sizeof(*p.kept));
	if (!p.kept) {
		out->full = true;
		return;
	}
	memset(p.kept, 0xff, u->pebs * sizeof(*p.kept));
	for (uint32_t k = 0; k < map->count; k++)
		p.kept[map->lebs[k].peb] = k;
	for (uint64_t k = 0; k < u->pebs; k++)
		own_peb(&p, k);
	own_finish(&p.contents, u->in.n, "free");
}
