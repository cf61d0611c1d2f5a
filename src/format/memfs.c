/* memfs.c - the management file system of VxWorks devices: 32 bytes of "ow", version, count, then
 * 48 bytes a file: name, length, offset from the start. All big-endian. Files are stored as they
 * are; most are LZMA. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEADER     44
#define ENTRY      48
#define NAME       40
#define MOST_FILES 1300 /* the table is read whole by the probe */

/* Files stand in the order of the table, so that no two share their bytes. */
static struct fault find_end(struct span in, uint32_t count, uint64_t *end)
{
	*end = HEADER + (uint64_t)count * ENTRY;
	for (uint64_t i = 0; i < count; i++) {
		struct span e = span_sub(in, HEADER + i * ENTRY, ENTRY);
		uint64_t from = span_u32(e, NAME + 4, true);

		if (!is_padded_text(e, 0, NAME) || from < *end)
			return fault_at(FAULT_BROKEN, HEADER + i * ENTRY, "file", from, *end);
		*end = from + span_u32(e, NAME, true);
	}
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t count = span_u32(in, 36, true);
	struct fault bad;
	uint64_t end;

	if (span_u32(in, 32, true) != 1 || count == 0 || count > MOST_FILES)
		return fault_at(FAULT_BROKEN, 36, "number of files", count, MOST_FILES);
	if (in.n < HEADER + (uint64_t)count * ENTRY)
		return fault_at(FAULT_SHORT, 36, "table of files", in.n, count * ENTRY);
	bad = find_end(in, count, &end);
	if (bad.kind)
		return bad;
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files", count);
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t count = span_u32(l->in, 36, true);

	listing_expect(l, count);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = HEADER + i * ENTRY;

		part_file(l, at + NAME, span_u32(l->in, at + NAME + 4, true),
			  span_u32(l->in, at + NAME, true), field_text(l->in, at, NAME));
	}
	return fine;
}

const struct format format_memfs = {
	.name = "memfs",
	.says = "management file system of VxWorks devices",
	.domain = DOMAIN_BROADBAND,
	.spec = "armijnhemel/binaryanalysis-ng src/bang/parsers/filesystem/vxworks_memfs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 24, "owowowowowowowowowowowow" } },
	.probe = probe,
	.list = list,
};
