/* sevenzip.c - 7z archives: the start header, with its own CRC, states the exact length. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/sevenzip.h"

#define HEADER 32

static struct fault probe(struct span in, struct found *f)
{
	uint64_t offset = span_u64(in, 12, false), size = span_u64(in, 20, false), end;

	if (in.n < HEADER || crc32_of(span_sub(in, 12, 20)) != span_u32(in, 8, false))
		return fault_at(FAULT_BROKEN, 8, "start header CRC-32", 0, 0);
	if (offset > INT64_MAX - HEADER || size > INT64_MAX - HEADER - offset)
		return fault_at(FAULT_BROKEN, 12, "next header", offset, in.n);
	end = HEADER + offset + size;
	f->len = end < in.n ? end : in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s", end > in.n ? "ends early" : "");
	return fine;
}

static struct fault walk(const struct listing *l, struct walker *w)
{
	return walk_archive(l, w, archive_read_support_format_7zip, WALK_KEEPS_MODES,
			    sevenzip_names(l));
}

const struct format format_sevenzip = {
	.name = "7z",
	.says = "7z archive",
	.spec = "7-Zip DOC/7zFormat.txt",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "7z\xbc\xaf\x27\x1c" } },
	.probe = probe,
	.walk = walk,
};
