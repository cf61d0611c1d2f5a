/* superimg.c - the super partition of Android, which holds others: its geometry at 4096, then
 * metadata from 12288 on, one a slot and all of them twice. Tables of partitions (name, extents),
 * of extents (sectors of 512 bytes, kind, place, device), of groups and devices; a partition is its
 * extents in their order. Geometry, header and tables have a SHA-256 each. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/disk.h"
#include "format/marks.h"
#include "format/parts.h"

#define GEOMETRY_AT     4096
#define GEOMETRY        52
#define METADATA_AT     12288
#define MAGIC           0x414c5030
#define HEADER_LEAST    128
#define HEADER_MOST     256
#define SUM_AT          12
#define SECTOR          512
#define MOST_SECTORS    (1ull << 40)
#define MOST_METADATA   (1u << 20)
#define MOST_SLOTS      8
#define MOST_PARTITIONS 1024
#define PARTITION       52
#define NAME            36
#define EXTENT          24
#define DEVICE          64

enum { KIND_LINEAR, KIND_ZERO };

struct table {
	uint64_t at;
	uint32_t count, size; /* bytes of an entry */
};

struct super {
	uint32_t most, slots;
	struct table partitions, extents, devices;
};

struct extent {
	uint64_t at, length;
	uint32_t kind, device;
};

/* Whether the SHA-256 at sum_at, inside the bytes and counted as zeros, is theirs. */
static bool own_sum_stands(struct span bytes, uint64_t sum_at)
{
	uint8_t copy[HEADER_MOST], digest[SHA256_SIZE];

	if (bytes.n > sizeof(copy) || bytes.n < sum_at + SHA256_SIZE)
		return false;
	memcpy(copy, bytes.p, bytes.n);
	memset(copy + sum_at, 0, SHA256_SIZE);
	sha256_of((struct span){ copy, bytes.n }, digest);
	return memcmp(digest, bytes.p + sum_at, SHA256_SIZE) == 0;
}

static struct fault read_geometry(struct span in, struct super *s)
{
	struct cursor c = { .in = in, .at = GEOMETRY_AT + 4 };
	uint32_t size = cursor_le32(&c);

	cursor_skip(&c, SHA256_SIZE);
	s->most = cursor_le32(&c);
	s->slots = cursor_le32(&c);
	if (c.ran_out || in.n < METADATA_AT)
		return fault_at(FAULT_SHORT, GEOMETRY_AT, "geometry", in.n, METADATA_AT);
	if (size != GEOMETRY || s->most < SECTOR || s->most > MOST_METADATA || s->slots == 0 ||
	    s->slots > MOST_SLOTS)
		return fault_at(FAULT_BROKEN, GEOMETRY_AT + 4, "geometry", s->most, MOST_METADATA);
	if (!own_sum_stands(span_sub(in, GEOMETRY_AT, GEOMETRY), 8))
		return fault_at(FAULT_BROKEN, GEOMETRY_AT + 8, "SHA-256 of the geometry", 0, 0);
	return fine;
}

static struct table read_table(struct cursor *c, uint64_t tables)
{
	uint32_t at = cursor_le32(c), count = cursor_le32(c);

	return (struct table){ tables + at, count, cursor_le32(c) };
}

static bool table_fits(const struct table *t, uint64_t from, uint64_t length, uint32_t least)
{
	uint64_t at = t->at - from;

	return t->size >= least && at <= length && t->count <= (length - at) / t->size;
}

static struct fault read_metadata(struct span in, uint64_t at, struct super *s)
{
	struct cursor c = { .in = span_from(in, at), .at = 4 };
	uint16_t major = cursor_le16(&c);
	uint32_t size, length;
	uint8_t digest[SHA256_SIZE];
	struct span sum;

	cursor_skip(&c, 2);
	size = cursor_le32(&c);
	cursor_skip(&c, SHA256_SIZE);
	length = cursor_le32(&c);
	sum = cursor_span(&c, SHA256_SIZE);
	s->partitions = read_table(&c, at + size);
	s->extents = read_table(&c, at + size);
	read_table(&c, at + size); /* groups */
	s->devices = read_table(&c, at + size);
	if (c.ran_out || span_u32(in, at, false) != MAGIC || major != 10)
		return fault_at(FAULT_UNKNOWN, at, "metadata", major, 10);
	if (size < HEADER_LEAST || size > HEADER_MOST || length > s->most)
		return fault_at(FAULT_BROKEN, at + 8, "length of the metadata", size, HEADER_MOST);
	if (!own_sum_stands(span_sub(in, at, size), SUM_AT))
		return fault_at(FAULT_BROKEN, at + SUM_AT, "SHA-256 of the metadata", 0, 0);
	sha256_of(span_sub(in, at + size, length), digest);
	if (!span_equal(sum, (struct span){ digest, SHA256_SIZE }))
		return fault_at(FAULT_BROKEN, at + SUM_AT, "SHA-256 of the metadata", 0, 0);
	if (s->partitions.count > MOST_PARTITIONS || s->devices.count == 0 ||
	    !table_fits(&s->partitions, at + size, length, PARTITION) ||
	    !table_fits(&s->extents, at + size, length, EXTENT) ||
	    !table_fits(&s->devices, at + size, length, DEVICE))
		return fault_at(FAULT_BROKEN, at + 80, "tables", s->partitions.count,
				MOST_PARTITIONS);
	return fine;
}

/* The first metadata whose digests hold. */
static struct fault read_super(struct span in, struct super *s)
{
	struct fault bad = read_geometry(in, s), first = fine;

	for (uint32_t i = 0; !bad.kind && i < s->slots * 2; i++) {
		struct fault slot = read_metadata(in, METADATA_AT + (uint64_t)i * s->most, s);

		if (!slot.kind)
			return fine;
		first = first.kind ? first : slot;
	}
	return bad.kind ? bad : first;
}

static struct fault probe(struct span in, struct found *f)
{
	struct super s;
	struct fault bad = read_super(in, &s);
	uint64_t length;

	if (bad.kind)
		return bad;
	length = span_u64(in, s.devices.at + 16, false);
	if (length < METADATA_AT)
		return fault_at(FAULT_BROKEN, s.devices.at + 16, "length of the device", length,
				METADATA_AT);
	f->len = part_bound(length, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%u partitions, %u slots", s.partitions.count,
		 s.slots);
	return fine;
}

static struct fault read_extent(struct span in, const struct super *s, uint64_t i, struct extent *x)
{
	uint64_t at = s->extents.at + i * s->extents.size;
	struct cursor c = { .in = span_sub(in, at, EXTENT) };
	uint64_t sectors = cursor_le64(&c);

	x->kind = cursor_le32(&c);
	x->at = cursor_le64(&c);
	x->device = cursor_le32(&c);
	if (i >= s->extents.count || sectors > MOST_SECTORS || x->at > MOST_SECTORS)
		return fault_at(FAULT_BROKEN, at, "extent", sectors, MOST_SECTORS);
	if (x->kind > KIND_ZERO || (x->kind == KIND_LINEAR && x->device))
		return fault_at(FAULT_UNKNOWN, at + 8, "extent on another device", x->device, 0);
	x->length = sectors * SECTOR;
	x->at *= SECTOR;
	return fine;
}

/* The size of a partition; a fault where an extent makes no sense. */
static struct fault measure(struct span in, const struct super *s, struct entry *e)
{
	for (uint64_t i = 0; i < e->key[1]; i++) {
		struct extent x;
		struct fault bad = read_extent(in, s, e->key[0] + i, &x);

		if (bad.kind)
			return bad;
		e->size += x.length;
	}
	return fine;
}

/* One stretch of the image needs no load. */
static void place(struct span in, const struct super *s, struct entry *e)
{
	struct extent x;

	if (e->key[1] != 1 || read_extent(in, s, e->key[0], &x).kind || x.kind != KIND_LINEAR ||
	    x.at > in.n || x.length > in.n - x.at)
		return;
	e->stored = true;
	e->offset = x.at;
	e->length = x.length;
}

static void add_partition(struct listing *l, const struct super *s, uint32_t i, uint64_t *left)
{
	uint64_t at = s->partitions.at + (uint64_t)i * s->partitions.size;
	struct entry e = entry_new(KIND_FILE, field_text(l->in, at, NAME));

	e.key[0] = span_u32(l->in, at + NAME + 4, false);
	e.key[1] = span_u32(l->in, at + NAME + 8, false);
	e.order = i;
	if (e.key[1] > s->extents.count)
		e.fault = fault_at(FAULT_BROKEN, at + NAME + 8, "extents", e.key[1],
				   s->extents.count);
	else
		e.fault = measure(l->in, s, &e);
	if (!e.fault.kind && !budget_take(left, e.size))
		e.fault = fault_at(FAULT_LIMIT, at, "partitions larger than the device", e.size,
				   *left);
	if (e.fault.kind)
		e.key[1] = 0;
	place(l->in, s, &e);
	listing_fault(l, e.fault);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct super s;
	struct fault bad = read_super(l->in, &s);
	uint64_t length = span_u64(l->in, s.devices.at + 16, false), left;

	if (bad.kind)
		return bad;
	left = length > UINT64_MAX / 2 ? UINT64_MAX : length * 2;
	for (uint32_t i = 0; i < s.partitions.count; i++)
		add_partition(l, &s, i, &left);
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, s.devices.at + 16, "length of the device",
					  l->in.n, length));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct super s;
	struct disk d;
	struct fault bad = read_super(l->in, &s);
	bool more = e->size > 0;

	if (bad.kind || e->fault.kind)
		return bad.kind ? bad : e->fault;
	disk_begin(&d, l->in, out, e->size);
	for (uint64_t i = 0; i < e->key[1] && more; i++) {
		struct extent x;

		if (read_extent(l->in, &s, e->key[0] + i, &x).kind)
			break;
		more = x.kind == KIND_ZERO ? disk_hole(&d, x.length)
					   : disk_block(&d, x.at, x.length);
	}
	return d.fault;
}

const struct format format_superimg = {
	.name = "super",
	.says = "super partition of Android (liblp)",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP system/core/fs_mgr/liblp/include/liblp/metadata_format.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { GEOMETRY_AT, 8, "gDla\x34\x00\x00\x00" } },
	.probe = probe,
	.list = list,
	.load = load,
};
