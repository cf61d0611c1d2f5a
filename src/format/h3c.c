/* h3c.c - H3C's packages (Comware): a header of 6180 bytes, big-endian, with version 1, number of
 * files, product, date, length, a table of files (type, place, length, CRC-16), a signature and a
 * CRC-16 of itself; each file is 340 bytes (type, version, lengths, description, how it is packed)
 * and its data. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER      6180
#define SUMMED      6176
#define TABLE       32
#define ENTRY       24
#define MOST_FILES  128
#define FILE_HEADER 340
#define DESCRIPTION 104
#define TEXT        224
#define DATA_CRC    332

static uint64_t file_at(struct span in, uint32_t i)
{
	return span_u32(in, TABLE + (uint64_t)i * ENTRY + 4, true);
}

static uint64_t file_length(struct span in, uint32_t i)
{
	return span_u32(in, TABLE + (uint64_t)i * ENTRY + 8, true);
}

/* Files stand in the order of the table, so that no two share their bytes. */
static uint64_t end_of(struct span in, uint32_t count)
{
	uint64_t end = HEADER;

	for (uint32_t i = 0; i < count; i++) {
		if (file_at(in, i) < end || file_length(in, i) <= FILE_HEADER)
			return 0;
		end = file_at(in, i) + file_length(in, i);
	}
	return end;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t count = span_u32(in, 4, true);
	uint16_t crc;

	if (in.n <= HEADER + FILE_HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + FILE_HEADER);
	if (count == 0 || count > MOST_FILES || end_of(in, count) == 0)
		return fault_at(FAULT_BROKEN, 4, "number of files", count, MOST_FILES);
	crc = crc16_1021(0, span_sub(in, 0, SUMMED));
	if (crc != span_u16(in, SUMMED + 2, true))
		return fault_at(FAULT_BROKEN, SUMMED, "header CRC-16", crc,
				span_u16(in, SUMMED + 2, true));
	f->len = part_bound(end_of(in, count), in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%u files", count);
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t count = span_u32(l->in, 4, true);

	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t at = file_at(l->in, i), length = file_length(l->in, i) - FILE_HEADER;
		uint64_t entry = TABLE + (uint64_t)i * ENTRY;
		struct span data = span_sub(l->in, at + FILE_HEADER, length);

		if (i > 0)
			part_owned(l, at, FILE_HEADER, "file");
		part_list_named(l, entry + 8, at + FILE_HEADER, length,
				field_text(l->in, at + DESCRIPTION, TEXT));
		part_sum(l, at + DATA_CRC, "CRC-16 of a file", crc16_1021(0, data),
			 span_u16(l->in, at + DATA_CRC + 2, true));
	}
	return fine;
}

const struct format format_h3c = {
	.name = "h3c",
	.says = "H3C package (Comware)",
	.domain = DOMAIN_TELECOM,
	.spec = "openwrt/firmware-utils src/mkh3cimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { TABLE + 4, 4, "\x00\x00\x18\x24" } },
	.probe = probe,
	.list = list,
};
