/* vhdx.c - Hyper-V disks. Source: Microsoft [MS-VHDX] "Virtual Hard Disk v2 (VHDX) File Format".
 *
 * Two headers, of which the newer sound one holds, and two copies of a table lead to the metadata
 * and to the table of blocks. What still stands in the log was not written to its place: it is not
 * replayed, and that is said. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/disk.h"

#define SIGNATURE      "vhdxfile"
#define KIB            1024ull
#define MIB            (1024 * KIB)
#define HEADERS        (64 * KIB) /* two of them, 64 KiB apart */
#define HEADER_SIZE    4096u
#define REGIONS        (192 * KIB) /* the same */
#define TABLE_SIZE     (64 * KIB)
#define MOST_REGIONS   2047u
#define MOST_ITEMS     2047u
#define GUID_SIZE      16u
#define ENTRY_SIZE     32u
#define LARGEST_DISK   (64ull << 40)
#define LARGEST_BLOCK  (256 * MIB)
#define BITMAP_SECTORS (1ull << 23) /* that one block of a sector bitmap speaks of */

enum { BLOCK_PRESENT = 6, BLOCK_PARTIAL = 7 };
enum { FLAG_FIXED = 1, FLAG_PARENT = 2 };

/* As they stand in the file: the first three groups of digits are little-endian. */
static const uint8_t guid_blocks[GUID_SIZE] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
						0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
static const uint8_t guid_metadata[GUID_SIZE] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
						  0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
static const uint8_t guid_parameters[GUID_SIZE] = {
	0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
	0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b
};
static const uint8_t guid_size[GUID_SIZE] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
					      0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };
static const uint8_t guid_sector[GUID_SIZE] = { 0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47,
						0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f };

struct vhdx {
	struct span in;
	uint64_t log, log_length;
	bool has_log; /* with something in it */
	uint64_t table, table_length, metadata, metadata_length;
	uint64_t block, flags, size, sector;
	uint64_t per_bitmap; /* blocks, after which an entry speaks of a sector bitmap */
};

/* A CRC-32C of all bytes, those of itself taken as zeros. */
static bool sum_holds(struct span s)
{
	static const uint8_t zeros[4];
	uint32_t sum = crc32c_update(~0u, span_head(s, 4));

	sum = crc32c_update(sum, (struct span){ zeros, sizeof(zeros) });
	return s.n && ~crc32c_update(sum, span_from(s, 8)) == span_u32(s, 4, false);
}

static struct fault read_header(struct vhdx *v)
{
	uint64_t newest = 0;
	bool found = false;

	for (uint32_t i = 0; i < 2; i++) {
		struct span s = span_sub(v->in, HEADERS * (1 + i), HEADER_SIZE);
		uint64_t sequence = span_u64(s, 8, false);

		if (!span_starts(s, span_text("head")) || !sum_holds(s) ||
		    (found && sequence <= newest))
			continue;
		if (span_u16(s, 66, false) != 1)
			return fault_at(FAULT_UNKNOWN, HEADERS + 66, "version",
					span_u16(s, 66, false), 1);
		found = true;
		newest = sequence;
		v->has_log = span_u64(s, 48, false) || span_u64(s, 56, false);
		v->log_length = span_u32(s, 68, false);
		v->log = span_u64(s, 72, false);
	}
	return found ? fine : fault_at(FAULT_BROKEN, HEADERS, "headers", v->in.n, 0);
}

/* The entry of that identifier in a table of `count` entries, as a span. */
static struct span find_entry(struct span table, uint64_t count, const uint8_t guid[GUID_SIZE])
{
	struct span wanted = { guid, GUID_SIZE };

	for (uint64_t i = 0; i < count; i++) {
		struct span e = span_sub(table, i * ENTRY_SIZE, ENTRY_SIZE);

		if (span_starts(e, wanted))
			return e;
	}
	return (struct span){ 0 };
}

static struct fault read_regions(struct vhdx *v)
{
	for (uint32_t i = 0; i < 2; i++) {
		uint64_t at = REGIONS + TABLE_SIZE * i;
		struct span s = span_sub(v->in, at, TABLE_SIZE), blocks, metadata;
		uint32_t count = span_u32(s, 8, false);

		if (!span_starts(s, span_text("regi")) || !sum_holds(s) || count > MOST_REGIONS)
			continue;
		blocks = find_entry(span_from(s, 16), count, guid_blocks);
		metadata = find_entry(span_from(s, 16), count, guid_metadata);
		if (blocks.n == 0 || metadata.n == 0)
			return fault_at(FAULT_BROKEN, at, "region", count, 2);
		v->table = span_u64(blocks, 16, false);
		v->table_length = span_u32(blocks, 24, false);
		v->metadata = span_u64(metadata, 16, false);
		v->metadata_length = span_u32(metadata, 24, false);
		return fine;
	}
	return fault_at(v->in.n < REGIONS + TABLE_SIZE ? FAULT_SHORT : FAULT_BROKEN, REGIONS,
			"region table", v->in.n, REGIONS + TABLE_SIZE);
}

/* The value of an item of at most eight bytes; 0 where it is missing. */
static uint64_t item_value(struct span metadata, const uint8_t guid[GUID_SIZE], uint32_t bytes)
{
	uint32_t count = span_u16(metadata, 10, false);
	struct span e = find_entry(span_from(metadata, 32), count <= MOST_ITEMS ? count : 0, guid);
	struct span s = span_sub(metadata, span_u32(e, 16, false), bytes);

	return e.n == 0 ? 0 : bytes == 8 ? span_u64(s, 0, false) : span_u32(s, 0, false);
}

static struct fault read_metadata(struct vhdx *v)
{
	struct span s = span_head(span_from(v->in, v->metadata), v->metadata_length);
	uint64_t parameters;

	if (s.n < TABLE_SIZE)
		return fault_at(FAULT_SHORT, v->metadata, "metadata", s.n, TABLE_SIZE);
	if (!span_starts(s, span_text("metadata")))
		return fault_at(FAULT_BROKEN, v->metadata, "metadata", 0, 0);
	parameters = item_value(s, guid_parameters, 8);
	v->block = parameters & UINT32_MAX;
	v->flags = parameters >> 32;
	v->size = item_value(s, guid_size, 8);
	v->sector = item_value(s, guid_sector, 4);
	if (v->block < MIB || v->block > LARGEST_BLOCK || v->block & (v->block - 1))
		return fault_at(FAULT_BROKEN, v->metadata, "block size", v->block, LARGEST_BLOCK);
	if (v->size > LARGEST_DISK)
		return fault_at(FAULT_BROKEN, v->metadata, "disk size", v->size, LARGEST_DISK);
	if (v->sector != 512 && v->sector != 4096)
		return fault_at(FAULT_BROKEN, v->metadata, "sector size", v->sector, 4096);
	v->per_bitmap = BITMAP_SECTORS * v->sector / v->block;
	return fine;
}

static struct fault read_all(struct span in, struct vhdx *v)
{
	struct fault bad;

	*v = (struct vhdx){ .in = in };
	bad = read_regions(v);
	return bad.kind ? bad : read_metadata(v);
}

static uint64_t entry_place(uint64_t entry)
{
	return entry >> 20 << 20;
}

static void raise_end(uint64_t *end, uint64_t at, uint64_t length)
{
	if (at < UINT64_MAX - length && at + length > *end)
		*end = at + length;
}

/* Behind the last of log, tables and blocks; those of sector bitmaps take 1 MiB. */
static uint64_t find_end(const struct vhdx *v)
{
	struct span table = span_head(span_from(v->in, v->table), v->table_length);
	uint64_t end = MIB;

	raise_end(&end, v->log, v->log_length);
	raise_end(&end, v->table, v->table_length);
	raise_end(&end, v->metadata, v->metadata_length);
	for (uint64_t i = 0; i < table.n / 8; i++) {
		uint64_t entry = span_u64(table, i * 8, false);
		bool is_bitmap = i % (v->per_bitmap + 1) == v->per_bitmap;

		if ((entry & 7) >= BLOCK_PRESENT)
			raise_end(&end, entry_place(entry), is_bitmap ? MIB : v->block);
	}
	return end < v->in.n ? end : v->in.n;
}

static const char *kind_of(const struct vhdx *v)
{
	if (v->flags & FLAG_PARENT)
		return "difference";
	return v->flags & FLAG_FIXED ? "fixed" : "dynamic";
}

/* An image that is cut before its tables is one all the same. */
static struct fault probe(struct span in, struct found *f)
{
	struct vhdx v = { .in = in };
	struct fault bad;

	if (!span_starts(in, span_text(SIGNATURE)))
		return fault_at(FAULT_UNKNOWN, 0, "signature", 0, 0);
	bad = read_header(&v);
	if (bad.kind)
		return bad;
	f->proof = PROOF_CHECKSUM;
	f->len = in.n;
	bad = read_regions(&v);
	if (bad.kind == FAULT_NONE)
		bad = read_metadata(&v);
	if (bad.kind) {
		snprintf(f->label, sizeof(f->label), "version 1");
		return fine;
	}
	f->len = find_end(&v);
	snprintf(f->label, sizeof(f->label), "%s, disk of %llu", kind_of(&v),
		 (unsigned long long)v.size);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct vhdx v = { .in = l->in };
	struct fault bad = read_all(l->in, &v), log = read_header(&v);
	uint64_t blocks, entries;
	struct disk d;
	bool more;

	(void)e;
	if (bad.kind == FAULT_NONE && v.flags & FLAG_PARENT)
		bad = fault_at(FAULT_UNKNOWN, v.metadata, "disk over another one", v.flags, 0);
	if (bad.kind)
		return bad;
	blocks = v.size / v.block + (v.size % v.block != 0);
	entries = span_head(span_from(l->in, v.table), v.table_length).n / 8;
	disk_begin(&d, l->in, out, v.size);
	if (log.kind == FAULT_NONE && v.has_log)
		disk_fault(&d, fault_at(FAULT_BROKEN, v.log, "log, which is not replayed",
					v.log_length, 0));
	more = d.left > 0;
	for (uint64_t i = 0; more && i < blocks; i++) {
		uint64_t at = i + i / v.per_bitmap, entry;

		if (at >= entries) {
			disk_fault(&d,
				   fault_at(v.table_length / 8 > at ? FAULT_SHORT : FAULT_BROKEN,
					    v.table, "block table", entries, at));
			break;
		}
		entry = span_u64(l->in, v.table + at * 8, false);
		more = (entry & 7) == BLOCK_PRESENT ? disk_block(&d, entry_place(entry), v.block)
						    : disk_hole(&d, v.block);
	}
	return d.fault;
}

const struct format format_vhdx = {
	.name = "vhdx",
	.says = "Hyper-V disk image",
	.domain = DOMAIN_CLOUD,
	.spec = "[MS-VHDX]",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 8, SIGNATURE } },
	.probe = probe,
	.load = load,
};
