/* qnxstartup.c - the file that boots QNX Neutrino: a header of 256 bytes, the startup code, and the
 * image file system (qnxifs.c), which may be packed. Code and image each end with a word that makes
 * the sum of their words zero. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER        256
#define FLAG_BIG      0x02
#define PACKING_SHIFT 2
#define PACKING_MASK  7
#define TRAILER       4

static const char *const packings[] = { "", "zlib", "LZO", "UCL" };

struct startup {
	bool big;
	uint8_t packing;
	uint32_t code, stored, image;
	uint16_t machine;
};

static struct fault read_header(struct span in, struct startup *s)
{
	struct cursor c = { .in = in, .at = 6 };
	uint8_t flags = cursor_u8(&c);

	*s = (struct startup){ .big = span_byte(in, 0) == 0,
			       .packing = flags >> PACKING_SHIFT & PACKING_MASK,
			       .machine = span_u16(in, 10, span_byte(in, 0) == 0),
			       .code = span_u32(in, 32, span_byte(in, 0) == 0),
			       .stored = span_u32(in, 36, span_byte(in, 0) == 0),
			       .image = span_u32(in, 44, span_byte(in, 0) == 0) };
	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (s->big != ((flags & FLAG_BIG) != 0) || span_u16(in, 8, s->big) != HEADER)
		return fault_at(FAULT_BROKEN, 8, "size of the header", span_u16(in, 8, s->big),
				HEADER);
	if (s->packing >= sizeof(packings) / sizeof(packings[0]))
		return fault_at(FAULT_UNKNOWN, 6, "compression", s->packing, 3);
	if (s->code < HEADER || s->stored <= s->code || s->code % 4)
		return fault_at(FAULT_BROKEN, 32, "size of the startup code", s->code, s->stored);
	if (!is_filled(in, 50, 6, 0))
		return fault_at(FAULT_BROKEN, 50, "zeros", span_u32(in, 52, s->big), 0);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct startup s;
	struct fault bad = read_header(in, &s);

	if (bad.kind)
		return bad;
	f->len = part_bound(s.stored, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "machine %u, %s-endian%s%s", s.machine,
		 s.big ? "big" : "little", s.packing ? ", image packed with " : "",
		 packings[s.packing]);
	return fine;
}

/* A trailer of zero was never filled in. */
static void check_sum(struct listing *l, uint64_t from, uint64_t to, bool big, const char *what)
{
	struct span part = span_sub(l->in, from, to - from);
	uint32_t sum = part.n ? span_u32(part, part.n - TRAILER, big) : 0;

	if (sum)
		part_sum(l, to - TRAILER, what,
			 0u - sum_of_32(span_head(part, part.n - TRAILER), big), sum);
}

static struct fault list(struct listing *l)
{
	struct startup s;
	struct fault bad = read_header(l->in, &s);
	uint64_t trailer = s.stored - s.code >= TRAILER && s.packing ? TRAILER : 0;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_owned(l, HEADER, s.code - HEADER, "startup code");
	part_list(l, 36, s.code, s.stored - s.code - trailer, "image");
	part_owned(l, s.stored - trailer, trailer, "checksum");
	check_sum(l, 0, s.code, s.big, "checksum of the startup code");
	if ((s.stored - s.code) % 4 == 0)
		check_sum(l, s.code, s.stored, s.big, "checksum of the image");
	return fine;
}

const struct format format_qnxstartup = {
	.name = "qnx-startup",
	.says = "QNX Neutrino boot file: startup code and image file system",
	.domain = DOMAIN_TELECOM,
	.spec = "QNX sys/startup.h (askac/dumpifs)",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "\xeb\x7e\xff\x00\x01\x00" }, { 0, 6, "\x00\xff\x7e\xeb\x00\x01" } },
	.probe = probe,
	.list = list,
};
