/* brn.c - images for the BRN boot loader (Arcadyan: Astoria, Speedport W 502V, ARV): parts, the
 * first an LZMA kernel, each followed by filler and a foot of length, mark and CRC-32 that ends at
 * a multiple of 1 KiB; at the end a text names the device. Little-endian. They are read from the
 * end. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define BLOCK        0x400
#define FOOT         12
#define MARK         0x12345678u
#define LONGEST_NAME 32
#define MOST_PARTS   16

struct brn {
	uint64_t end; /* of the last foot; the name follows */
	struct {
		uint64_t from, length;
	} parts[MOST_PARTS]; /* from the last to the first */
	unsigned count;
};

/* The name is the text behind the last whole block. */
static bool find_name(struct span in, uint64_t *end)
{
	*end = in.n / BLOCK * BLOCK;
	return in.n - *end <= LONGEST_NAME && is_padded_text(in, *end, in.n - *end) &&
	       span_byte(in, in.n - 1) == 0 && span_starts(span_from(in, *end), span_text("BRN"));
}

static bool read_parts(struct span in, struct brn *b)
{
	uint64_t end;

	if (in.n <= BLOCK || !find_name(in, &b->end))
		return false;
	end = b->end;
	for (b->count = 0; end > 0 && b->count < MOST_PARTS; b->count++) {
		uint64_t length = span_u32(in, end - FOOT, false);
		uint64_t room = (length + FOOT + BLOCK - 1) / BLOCK * BLOCK;

		if (span_u32(in, end - FOOT + 4, false) != MARK || length == 0 || room > end)
			return false;
		end -= room;
		b->parts[b->count].from = end;
		b->parts[b->count].length = length;
	}
	return end == 0;
}

static struct fault probe(struct span in, struct found *f)
{
	struct brn b;

	if (!read_parts(in, &b))
		return fault_at(FAULT_BROKEN, in.n, "foot of a part", 0, MARK);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, b.end, in.n - b.end));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct brn b;

	if (!read_parts(l->in, &b))
		return fault_at(FAULT_BROKEN, l->in.n, "foot of a part", 0, MARK);
	l->kind = LISTING_REGIONS;
	for (unsigned i = b.count; i-- > 0;) {
		uint64_t from = b.parts[i].from, length = b.parts[i].length;
		uint64_t next = i ? b.parts[i - 1].from : b.end;

		part_list(l, next - FOOT, from, length, "");
		part_sum(l, next - 4, "CRC-32 of a part", crc32_of(span_sub(l->in, from, length)),
			 span_u32(l->in, next - 4, false));
		part_owned(l, from + length, next - from - length, "foot");
	}
	part_owned(l, b.end, l->in.n - b.end, "name");
	return fine;
}

const struct format format_brn = {
	.name = "brn",
	.says = "image for the BRN boot loader (Arcadyan)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkbrnimg.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x5d\x00\x00\x80" } },
	.probe = probe,
	.list = list,
};
