/* vhd.c - Virtual PC disks. Source: Microsoft "Virtual Hard Disk Image Format Specification" 1.0.
 *
 * A dynamic disk begins with a copy of its footer, then a header, a table of blocks, and blocks
 * that each begin with a bitmap. A fixed one is the plain disk with a footer behind it: there the
 * footer alone is this format, and the disk before it is opened as what it is. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/disk.h"

#define COOKIE       "conectix"
#define HEADER       "cxsparse"
#define MAJOR        1u /* of the format */
#define SECTOR       512u
#define HEADER_SIZE  1024
#define LARGEST_DISK (1ull << 60)

enum { TYPE_FIXED = 2, TYPE_DYNAMIC, TYPE_DIFFERENCE };
enum { UNUSED = UINT32_MAX };

struct vhd {
	struct span in;
	uint64_t header, size, table;
	uint32_t type, entries, block;
};

/* The inverse of the sum of all bytes but those of the checksum itself. */
static uint32_t checksum_of(struct span s, size_t field)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += i - field < 4 ? 0 : s.p[i];
	return ~sum;
}

static struct fault read_footer(struct span in, struct vhd *v)
{
	struct span s = span_sub(in, 0, SECTOR);

	*v = (struct vhd){ .in = in };
	if (!span_starts(s, span_text(COOKIE)))
		return fault_at(FAULT_UNKNOWN, 0, "footer", in.n, SECTOR);
	v->header = span_u64(s, 16, true);
	v->size = span_u64(s, 48, true);
	v->type = span_u32(s, 60, true);
	if (span_u32(s, 12, true) >> 16 != MAJOR)
		return fault_at(FAULT_UNKNOWN, 12, "version", span_u32(s, 12, true) >> 16, MAJOR);
	if (v->type < TYPE_FIXED || v->type > TYPE_DIFFERENCE || v->size > LARGEST_DISK)
		return fault_at(FAULT_UNKNOWN, 60, "disk type", v->type, TYPE_DIFFERENCE);
	if (span_u32(s, 64, true) != checksum_of(s, 64))
		return fault_at(FAULT_BROKEN, 64, "footer checksum", checksum_of(s, 64),
				span_u32(s, 64, true));
	return fine;
}

static struct fault read_header(struct span in, struct vhd *v)
{
	struct fault bad = read_footer(in, v);
	struct span s;

	if (bad.kind || v->type == TYPE_FIXED)
		return bad;
	s = span_sub(in, v->header, HEADER_SIZE);
	if (!span_starts(s, span_text(HEADER)))
		return fault_at(s.n ? FAULT_BROKEN : FAULT_SHORT, v->header, "dynamic header", in.n,
				v->header + HEADER_SIZE);
	if (span_u32(s, 36, true) != checksum_of(s, 36))
		return fault_at(FAULT_BROKEN, v->header + 36, "header checksum", checksum_of(s, 36),
				span_u32(s, 36, true));
	v->table = span_u64(s, 16, true);
	v->entries = span_u32(s, 28, true);
	v->block = span_u32(s, 32, true);
	if (v->block < SECTOR || v->block & (v->block - 1))
		return fault_at(FAULT_BROKEN, v->header + 32, "block size", v->block, SECTOR);
	if (v->size / v->block + (v->size % v->block != 0) > v->entries || v->table >= in.n)
		return fault_at(FAULT_BROKEN, v->header + 28, "blocks", v->entries,
				v->size / v->block);
	return fine;
}

/* Bytes of the bitmap before a block: one bit a sector, in whole sectors. */
static uint64_t bitmap_size(const struct vhd *v)
{
	return (v->block / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
}

/* Behind the last block, or behind the table, stands the footer itself. */
static uint64_t find_end(const struct vhd *v)
{
	uint64_t left = (v->in.n - v->table) / 4, entries = v->entries < left ? v->entries : left;
	uint64_t end = v->table + (entries * 4 + SECTOR - 1) / SECTOR * SECTOR;

	for (uint64_t i = 0; i < entries; i++) {
		uint32_t sector = span_u32(v->in, v->table + i * 4, true);
		uint64_t behind = sector * (uint64_t)SECTOR + bitmap_size(v) + v->block;

		if (sector != UNUSED && behind > end)
			end = behind;
	}
	if (span_starts(span_from(v->in, end), span_text(COOKIE)))
		end += SECTOR;
	return end < v->in.n ? end : v->in.n;
}

static struct fault probe(struct span in, struct found *f)
{
	static const char *const types[] = { "", "", "fixed, footer", "dynamic", "difference" };
	struct vhd v;
	struct fault bad = read_header(in, &v);

	if (bad.kind)
		return bad;
	f->len = v.type == TYPE_FIXED ? SECTOR : find_end(&v);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s, disk of %llu", types[v.type],
		 (unsigned long long)v.size);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct vhd v;
	struct fault bad = read_header(l->in, &v);
	struct disk d;
	bool more;

	(void)e;
	if (bad.kind == FAULT_NONE && v.type == TYPE_DIFFERENCE)
		bad = fault_at(FAULT_UNKNOWN, 60, "disk over another one", v.type, TYPE_DYNAMIC);
	if (bad.kind || v.type == TYPE_FIXED)
		return bad;
	if (v.entries > (l->in.n - v.table) / 4)
		return fault_at(FAULT_SHORT, v.table, "block table", l->in.n,
				v.table + v.entries * 4ull);
	disk_begin(&d, l->in, out, v.size);
	more = d.left > 0;
	for (uint32_t i = 0; more && i < v.entries; i++) {
		uint32_t sector = span_u32(l->in, v.table + i * 4ull, true);

		if (sector == UNUSED)
			more = disk_hole(&d, v.block);
		else
			more = disk_block(&d, sector * (uint64_t)SECTOR + bitmap_size(&v), v.block);
	}
	return d.fault;
}

const struct format format_vhd = {
	.name = "vhd",
	.says = "Virtual PC disk image, fixed and dynamic",
	.domain = DOMAIN_CLOUD,
	.spec = "Microsoft Virtual Hard Disk Image Format Specification 1.0",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 8, COOKIE } },
	.probe = probe,
	.load = load,
};
