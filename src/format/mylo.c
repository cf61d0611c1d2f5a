/* mylo.c - images for Compex's MyLoader: "\0MYL" little-endian, CRC-32 of everything with its own
 * field zero, device, version, then descriptors of 16 bytes (type, where in flash, length of the
 * data, room) up to one of zeros, then the data in that order. A block may begin with its length
 * and CRC. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER      40
#define CRC_AT      4
#define BLOCK       16
#define MOST_BLOCKS 16

/* How many blocks there are; MOST_BLOCKS + 1 where no zeros end them. */
static uint32_t count_blocks(struct span in)
{
	uint32_t n = 0;

	while (n <= MOST_BLOCKS && span_u32(in, HEADER + (uint64_t)n * BLOCK, false) == 1)
		n++;
	return is_filled(in, HEADER + (uint64_t)n * BLOCK, BLOCK, 0) ? n : MOST_BLOCKS + 1;
}

static uint32_t block_length(struct span in, uint32_t i)
{
	return span_u32(in, HEADER + (uint64_t)i * BLOCK + 8, false);
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t count = count_blocks(in);
	uint64_t end = HEADER + (uint64_t)(count + 1) * BLOCK;

	if (count == 0 || count > MOST_BLOCKS)
		return fault_at(FAULT_BROKEN, HEADER, "number of blocks", count, MOST_BLOCKS);
	for (uint32_t i = 0; i < count; i++) {
		if (block_length(in, i) == 0)
			return fault_at(FAULT_BROKEN, HEADER + (uint64_t)i * BLOCK + 8, "length", 0,
					1);
		end += block_length(in, i);
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "device %04x:%04x", span_u16(in, 16, false),
		 span_u16(in, 18, false));
	return fine;
}

static char *block_name(struct listing *l, uint32_t address)
{
	char *name = arena_take(l->arena, 16, 1);

	if (name)
		snprintf(name, 16, "0x%08x", address);
	return name;
}

static struct fault list(struct listing *l)
{
	static const uint8_t zero[4];
	uint32_t count = count_blocks(l->in), crc;
	uint64_t at = HEADER + (uint64_t)(count + 1) * BLOCK;

	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t entry = HEADER + (uint64_t)i * BLOCK;
		char *name = block_name(l, span_u32(l->in, entry + 4, false));

		if (!name)
			return fault_at(FAULT_MEMORY, entry, "name", 0, 0);
		part_list(l, entry + 8, at, block_length(l->in, i), name);
		at += block_length(l->in, i);
	}
	crc = crc32_update(crc32_of(span_head(l->in, CRC_AT)), (struct span){ zero, 4 });
	crc = crc32_update(crc, span_from(l->in, CRC_AT + 4));
	part_sum(l, CRC_AT, "CRC-32", crc, span_u32(l->in, CRC_AT, false));
	return fine;
}

const struct format format_mylo = {
	.name = "mylo",
	.says = "Compex image for MyLoader",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/myloader.h, mkmylofw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\0MYL" } },
	.probe = probe,
	.list = list,
};
