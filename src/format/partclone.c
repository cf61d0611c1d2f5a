/* partclone.c - Partclone images of a file system, format 2: a header, a bit for each block of the
 * device, then the blocks that are in use, with a checksum behind every few. Source:
 * Thomas-Tsai/partclone docs/IMAGE_FORMATS.md. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/disk.h"
#include "format/parts.h"

#define MAGIC        "partclone-image\0"
#define HEADER       110u
#define LEAST_BLOCK  512u
#define MOST_BLOCK   (16u << 20)
#define LARGEST_DISK (1ull << 60)
#define CRC_SIZE     4u

enum { SUMS_NONE = 0, SUMS_CRC32 = 0x20 };
enum { BITMAP_BITS = 1 };

struct image {
	struct span in, system;
	uint64_t size, blocks, used, bitmap; /* of the device; blocks there; bytes */
	uint32_t block, per_sum;             /* blocks before a checksum; 0: none are there */
	bool reseeds;
};

static struct fault read_header(struct span in, struct image *i)
{
	struct span h = span_sub(in, 0, HEADER);
	uint16_t sums = span_u16(h, 96, false), sum_size = span_u16(h, 98, false);

	*i = (struct image){ .in = in, .system = field_text(h, 36, 16) };
	if (h.n == 0)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (crc32_open(span_head(h, HEADER - CRC_SIZE)) != span_u32(h, HEADER - CRC_SIZE, false))
		return fault_at(FAULT_BROKEN, 106, "header CRC-32",
				crc32_open(span_head(h, HEADER - CRC_SIZE)),
				span_u32(h, 106, false));
	i->size = span_u64(h, 52, false);
	i->blocks = span_u64(h, 60, false);
	i->used = span_u64(h, 76, false);
	i->block = span_u32(h, 84, false);
	i->per_sum = sums == SUMS_NONE ? 0 : span_u32(h, 100, false);
	i->reseeds = span_byte(h, 104);
	i->bitmap = i->blocks / 8 + (i->blocks % 8 != 0);
	if (span_u16(h, 34, false) != 0xc0de || span_byte(h, 105) != BITMAP_BITS)
		return fault_at(FAULT_UNKNOWN, 105, "bitmap", (uint64_t)span_byte(h, 105),
				BITMAP_BITS);
	if (sums != SUMS_NONE && (sums != SUMS_CRC32 || sum_size != CRC_SIZE || !i->per_sum))
		return fault_at(FAULT_UNKNOWN, 96, "checksums", sums, SUMS_CRC32);
	if (i->block < LEAST_BLOCK || i->block > MOST_BLOCK || i->size > LARGEST_DISK ||
	    i->blocks > LARGEST_DISK / i->block || i->used > i->blocks)
		return fault_at(FAULT_BROKEN, 84, "block size", i->block, MOST_BLOCK);
	return fine;
}

static uint64_t data_start(const struct image *i)
{
	return HEADER + i->bitmap + CRC_SIZE;
}

static struct fault probe(struct span in, struct found *f)
{
	struct image i;
	struct fault bad = read_header(in, &i);
	uint64_t sums;

	if (bad.kind)
		return bad;
	sums = i.per_sum ? (i.used + i.per_sum - 1) / i.per_sum : 0;
	f->len = part_bound(data_start(&i) + i.used * i.block + sums * CRC_SIZE, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", i.system);
	snprintf(f->label + strlen(f->label), sizeof(f->label) - strlen(f->label),
		 ", %llu blocks of %u", (unsigned long long)i.used, i.block);
	return fine;
}

/* Where the next block in use stands, and the checksum of those since the last one. */
struct place {
	uint64_t at;
	uint32_t since, crc; /* as of zlib: the inverse of what is stored */
};

static void check_sum(struct disk *d, const struct image *i, struct place *p)
{
	struct span sum = span_sub(i->in, p->at, CRC_SIZE);

	if (sum.n && span_u32(sum, 0, false) != ~p->crc)
		disk_fault(d, fault_at(FAULT_BROKEN, p->at, "CRC-32 of blocks", ~p->crc,
				       span_u32(sum, 0, false)));
	p->at += CRC_SIZE;
	p->since = 0;
	if (i->reseeds)
		p->crc = 0;
}

static void pass_block(struct disk *d, const struct image *i, struct place *p)
{
	if (i->per_sum)
		p->crc = crc32_update(p->crc, span_sub(i->in, p->at, i->block));
	p->at += i->block;
	if (i->per_sum && ++p->since == i->per_sum)
		check_sum(d, i, p);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct image i;
	struct fault bad = read_header(l->in, &i);
	struct place p = { 0 };
	struct span bits;
	struct disk d;
	bool more;

	(void)e;
	if (bad.kind)
		return bad;
	bits = span_sub(l->in, HEADER, i.bitmap);
	if (bits.n == 0)
		return fault_at(FAULT_SHORT, HEADER, "bitmap", l->in.n, data_start(&i));
	disk_begin(&d, l->in, out, i.size);
	if (crc32_open(bits) != span_u32(l->in, HEADER + i.bitmap, false))
		disk_fault(&d,
			   fault_at(FAULT_BROKEN, HEADER + i.bitmap, "bitmap CRC-32",
				    crc32_open(bits), span_u32(l->in, HEADER + i.bitmap, false)));
	p.at = data_start(&i);
	more = d.left > 0;
	for (uint64_t k = 0; more && k < i.blocks; k++) {
		bool is_used = bits.p[k / 8] >> k % 8 & 1;

		more = is_used ? disk_block(&d, p.at, i.block) : disk_hole(&d, i.block);
		if (is_used)
			pass_block(&d, &i, &p);
	}
	if (p.since)
		check_sum(&d, &i, &p);
	if (more)
		disk_hole(&d, d.left); /* behind the last block */
	return d.fault;
}

const struct format format_partclone = {
	.name = "partclone",
	.says = "Partclone image of a file system",
	.domain = DOMAIN_IT,
	.spec = "Thomas-Tsai/partclone docs/IMAGE_FORMATS.md",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 16, MAGIC } },
	.probe = probe,
	.load = load,
};
