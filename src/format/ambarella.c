/* ambarella.c - Ambarella's romfs, the files of cameras: count and magic, 0xff to 2 KiB, then 128
 * bytes a file: name, offset from the start, length, a magic. Little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define TABLE      2048
#define ENTRY      128
#define NAME       116
#define MARK       0x2387ab76u
#define MOST_FILES 500 /* the probe reads the table whole */

static struct span record(struct span in, uint64_t i)
{
	return span_sub(in, TABLE + i * ENTRY, ENTRY);
}

/* Files stand in the order of the table, so that no two share their bytes. */
static struct fault probe(struct span in, struct found *f)
{
	uint32_t count = span_u32(in, 0, false);
	uint64_t end = TABLE + (uint64_t)count * ENTRY;

	if (count == 0 || count > MOST_FILES || in.n < end)
		return fault_at(FAULT_BROKEN, 0, "number of files", count, MOST_FILES);
	if (!is_filled(in, 8, TABLE - 8, 0xff))
		return fault_at(FAULT_BROKEN, 8, "filler", 0, 0xff);
	for (uint64_t i = 0; i < count; i++) {
		struct span r = record(in, i);
		uint64_t from = span_u32(r, NAME, false);

		if (span_u32(r, NAME + 8, false) != MARK || !is_padded_text(r, 0, NAME) ||
		    from < end)
			return fault_at(FAULT_BROKEN, TABLE + i * ENTRY, "file", from, end);
		end = from + span_u32(r, NAME + 4, false);
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files", count);
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t count = span_u32(l->in, 0, false);

	listing_expect(l, count);
	for (uint64_t i = 0; i < count; i++) {
		struct span r = record(l->in, i);

		part_file(l, TABLE + i * ENTRY + NAME + 4, span_u32(r, NAME, false),
			  span_u32(r, NAME + 4, false), field_text(r, 0, NAME));
	}
	return fine;
}

const struct format format_ambarella = {
	.name = "ambarella-romfs",
	.says = "Ambarella romfs, files of cameras",
	.domain = DOMAIN_DEVICE,
	.spec = "armijnhemel/binaryanalysis-ng filesystem/romfs_ambarella",
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 8, "\x8a\x32\xfc\x66\xff\xff\xff\xff" } },
	.probe = probe,
	.list = list,
};
