/* udf_volume.c - from the anchor to the root directory: ECMA-167 3/8 and 3/10, 4/14.1; partition
 * maps of OSTA UDF 2.60, 2.2.8 to 2.2.10. Blocks are of 512 to 4096 bytes: the anchor at block 256
 * tells which. */
#include "base/hash.h"
#include "format/udf.h"
#include "format/utf16.h"

#define MOST_DESCRIPTORS 64 /* of one sequence */
#define ANCHOR_BLOCK     256
#define BEHIND           600 /* blocks behind the partition in which the last anchor stands */

struct span udf_descriptor(struct span in, uint64_t at, enum udf_tag id)
{
	struct span tag = span_sub(in, at, 16), body;
	uint8_t sum = 0;

	for (size_t i = 0; i < tag.n; i++)
		sum = (uint8_t)(sum + (i == 4 ? 0 : tag.p[i]));
	if (tag.n == 0 || span_u16(tag, 0, false) != id || sum != tag.p[4])
		return (struct span){ 0 };
	body = span_sub(in, at + 16, span_u16(tag, 10, false));
	if (body.n == 0 || crc16_1021(0, body) != span_u16(tag, 8, false))
		return (struct span){ 0 };
	return span_sub(in, at, 16 + (uint64_t)body.n);
}

struct udf_address udf_long_address(struct span s, uint64_t at)
{
	uint32_t length = span_u32(s, at, false);

	return (struct udf_address){ length & 0x3fffffff, span_u32(s, at + 4, false),
				     span_u16(s, at + 8, false), length >> 30 };
}

struct span udf_text(struct arena *a, struct span s)
{
	struct span units = span_from(s, 1);
	uint8_t *little;

	if (span_byte(s, 0) != 8 && span_byte(s, 0) != 16)
		return (struct span){ 0 };
	little = arena_take(a, (uint64_t)units.n + 1, 2);
	if (!little)
		return (struct span){ 0 };
	if (s.p[0] == 16)
		for (size_t i = 0; i + 1 < units.n; i += 2) {
			little[i] = units.p[i + 1];
			little[i + 1] = units.p[i];
		}
	else
		for (size_t i = 0; i < units.n; i++)
			little[2 * i] = units.p[i];
	return utf16_name(a, (struct span){ little, s.p[0] == 16 ? units.n / 2 * 2 : units.n * 2 });
}

static void reach(struct udf *u, uint64_t end)
{
	if (end > u->end)
		u->end = end;
}

static enum udf_map map_of(struct span map)
{
	static const struct {
		const char *name;
		enum udf_map map;
	} known[] = { { "*UDF Sparable Partition", UDF_SPARABLE },
		      { "*UDF Metadata Partition", UDF_METADATA },
		      { "*UDF Virtual Partition", UDF_VIRTUAL } };

	if (span_byte(map, 0) == 1)
		return UDF_PLAIN;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_starts(span_from(map, 5), span_text(known[i].name)))
			return known[i].map;
	return UDF_OTHER;
}

static void read_maps(struct udf *u, struct span d)
{
	struct span maps = span_sub(d, 440, span_u32(d, 264, false));

	while (maps.n >= 6 && u->part_count < UDF_PARTITIONS) {
		struct span map = span_sub(maps, 0, maps.p[1]);
		struct udf_partition *p = &u->parts[u->part_count];

		if (map.n < 6)
			return;
		*p = (struct udf_partition){ .map = map_of(map) };
		p->number = span_u16(map, p->map == UDF_PLAIN ? 4 : 38, false);
		p->metadata = span_u32(map, 40, false);
		u->part_count++;
		maps = span_from(maps, map.n);
	}
}

static void read_volume(struct udf *u, struct span d)
{
	u->file_set = udf_long_address(d, 248);
	if (u->part_count == 0 && span_u32(d, 212, false) == u->block)
		read_maps(u, d);
	reach(u, ((uint64_t)span_u32(d, 436, false) * u->block) + span_u32(d, 432, false));
}

/* Where the partition of that number stands, for every map that is over it. */
static void place_partition(struct udf *u, struct span d)
{
	uint64_t start = span_u32(d, 188, false), blocks = span_u32(d, 192, false);

	for (uint32_t i = 0; i < u->part_count; i++)
		if (u->parts[i].number == span_u16(d, 22, false)) {
			u->parts[i].start = start;
			u->parts[i].blocks = blocks;
		}
	reach(u, (start + blocks) * u->block);
}

/* Maps first: a partition descriptor may stand before the logical volume's. */
static bool read_sequence(struct udf *u, uint64_t at, uint32_t length, bool partitions)
{
	uint64_t count = length / u->block;

	for (uint64_t i = 0; i < count && i < MOST_DESCRIPTORS; i++) {
		uint64_t place = at + i * u->block;
		struct span d;

		if (span_u16(u->in, place, false) == UDF_END)
			break;
		d = udf_descriptor(span_sub(u->in, place, u->block), 0,
				   partitions ? UDF_PARTITION : UDF_LOGICAL_VOLUME);
		if (d.n >= 196 && partitions)
			place_partition(u, d);
		else if (d.n >= 440 && !partitions)
			read_volume(u, d);
	}
	reach(u, at + length);
	return u->part_count > 0;
}

static bool read_anchor(struct udf *u, uint64_t at)
{
	struct span d = udf_descriptor(u->in, at, UDF_ANCHOR);

	/* The main sequence, else the reserve. */
	for (uint64_t field = 16; d.n >= 32 && field <= 24; field += 8) {
		uint32_t length = span_u32(d, field, false);
		uint64_t place = (uint64_t)span_u32(d, field + 4, false) * u->block;

		if (read_sequence(u, place, length, false))
			read_sequence(u, place, length, true);
		reach(u, place + length);
	}
	return u->part_count > 0;
}

/* Behind the partition stand the reserve sequence and one or two anchors; the last block of the
 * medium is an anchor where its writer knew the medium's size. */
static void find_end(struct udf *u)
{
	uint64_t first = u->end / u->block;

	for (uint64_t i = first; i < first + BEHIND; i++)
		if (span_u16(u->in, i * u->block, false) == UDF_ANCHOR &&
		    span_u32(u->in, i * u->block + 12, false) == i &&
		    udf_descriptor(u->in, i * u->block, UDF_ANCHOR).n)
			u->end = (i + 1) * u->block;
}

/* The last extent that begins at or before the byte: there may be many, and every name asks. */
static bool place_in_file(const struct udf_extents *x, uint64_t byte, uint64_t *at)
{
	uint32_t low = 0, high = x->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (x->list[middle].at <= byte)
			low = middle;
		else
			high = middle;
	}
	if (byte >= x->length || x->list[low].hole)
		return false;
	*at = x->list[low].from + (byte - x->list[low].at);
	return true;
}

bool udf_place(const struct udf *u, uint16_t partition, uint32_t block, uint64_t *at)
{
	const struct udf_partition *p = &u->parts[partition < u->part_count ? partition : 0];

	if (partition >= u->part_count || p->map == UDF_OTHER)
		return false;
	if (p->map != UDF_METADATA) {
		*at = (p->start + block) * u->block;
		return block < p->blocks;
	}
	return place_in_file(&p->file, (uint64_t)block * u->block, at);
}

/* The metadata file stands in the partition below, by its block there. */
static struct fault open_metadata(struct udf *u, struct udf_partition *p, struct arena *a)
{
	struct udf_inode file;
	struct udf_address where = { u->block, p->metadata, UINT16_MAX, 0 };
	struct fault bad;

	for (uint32_t i = 0; i < u->part_count; i++)
		if (u->parts[i].map != UDF_METADATA && u->parts[i].number == p->number)
			where.partition = (uint16_t)i;
	bad = udf_read_inode(u, where, &file);
	return bad.kind ? bad : udf_extents(u, &file, where.partition, a, &p->file);
}

/* Media that are written once have a table that places every block anew: it is not read. */
static struct fault open_file_set(struct udf *u)
{
	uint64_t at = 0;
	struct span d = { 0 };

	if (u->file_set.partition < u->part_count &&
	    u->parts[u->file_set.partition].map == UDF_VIRTUAL)
		return fault_at(FAULT_UNKNOWN, at, "virtual allocation table", 0, 0);
	if (udf_place(u, u->file_set.partition, u->file_set.block, &at))
		d = udf_descriptor(u->in, at, UDF_FILE_SET);
	if (d.n < 416)
		return fault_at(FAULT_BROKEN, at, "file set descriptor", d.n, 416);
	u->root = udf_long_address(d, 400);
	return fine;
}

struct fault udf_open(struct span in, struct arena *a, struct udf *u)
{
	*u = (struct udf){ .in = in, .addresses = in.n / 8 + UDF_EXTENTS };
	for (u->block = 512; u->block <= 4096; u->block *= 2)
		if (read_anchor(u, (uint64_t)u->block * ANCHOR_BLOCK))
			break;
	if (u->part_count == 0)
		return fault_at(FAULT_BROKEN, ANCHOR_BLOCK * 2048ull, "anchor", 0, UDF_ANCHOR);
	find_end(u);
	if (!a)
		return fine;
	for (uint32_t i = 0; i < u->part_count; i++)
		if (u->parts[i].map == UDF_METADATA) {
			struct fault bad = open_metadata(u, &u->parts[i], a);

			if (bad.kind)
				return bad;
		}
	return open_file_set(u);
}
