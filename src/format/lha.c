/* lha.c - LHA (LZH) archives, headers of levels 0 to 3: each member's header states its own length
 * and that of what is packed; a byte of zero ends them. Source: jca02266/lha header.doc.md. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
#include "format/sums.h"
#include "format/walk.h"

#define LEAST_HEADER 21
#define LEVEL_AT     20

/* The member at `at`: where the next one is; 0 where there is none. */
static uint64_t behind_member(struct span in, uint64_t at)
{
	struct span h = span_from(in, at);
	uint64_t packed = span_u32(h, 7, false), head;
	int size = span_byte(h, 0), level = span_byte(h, LEVEL_AT);

	if (h.n < LEAST_HEADER || h.p[2] != '-' || h.p[3] != 'l' || h.p[6] != '-')
		return 0;
	if (level < 2) { /* what follows the header counts as packed */
		struct span summed = span_sub(h, 2, (uint64_t)size);

		head = (uint64_t)size + 2;
		if (size < LEAST_HEADER || summed.n == 0 ||
		    (sum_of_bytes(summed) & 0xff) != (uint32_t)span_byte(h, 1))
			return 0;
	} else {
		head = level == 2 ? span_u16(h, 0, false) : span_u32(h, 24, false);
		if (level > 3 || head < LEAST_HEADER + 3 || head > h.n)
			return 0;
	}
	return at + head + packed;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t at = 0, next;
	uint32_t members = 0;

	while (at < in.n && (next = behind_member(in, at)) != 0) {
		at = next;
		members++;
	}
	if (members == 0)
		return fault_at(FAULT_BROKEN, 0, "header", 0, 0);
	if (at < in.n && in.p[at] == 0)
		at++;
	else if (at <= in.n && members == 1)
		return fault_at(FAULT_BROKEN, at, "end of the archive", 0, 0);
	f->len = at < in.n ? at : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "level %d, %u files%s", span_byte(in, LEVEL_AT),
		 members, at > in.n ? ", ends early" : "");
	return fine;
}

static struct fault walk(const struct listing *l, struct walker *w)
{
	return walk_archive(l, w, archive_read_support_format_lha, 0, (struct walk_names){ 0 });
}

const struct format format_lha = {
	.name = "lha",
	.says = "LHA archive (LZH)",
	.spec = "jca02266/lha header.doc.md",
	.shape = SHAPE_CONTAINER,
	.magic = { { 2, 5, "-lh0-" },
		   { 2, 5, "-lh1-" },
		   { 2, 5, "-lh4-" },
		   { 2, 5, "-lh5-" },
		   { 2, 5, "-lh6-" },
		   { 2, 5, "-lh7-" },
		   { 2, 5, "-lhd-" },
		   { 2, 5, "-lz4-" },
		   { 2, 5, "-lz5-" },
		   { 2, 5, "-lzs-" } },
	.probe = probe,
	.walk = walk,
};
