/* zcomax.c - images of ZComax (ZCN-1523H): "firm" and length, then "Kimg" and "Rimg", each with
 * length, data, and at the end the device and a CRC-32 of data and device without any inversion;
 * the same again over all. Lengths are little-endian, device and CRC big-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER 16
#define TAIL   8
#define PARTS  2

static const char *const marks[PARTS] = { "Kimg", "Rimg" };
static const char *const names[PARTS] = { "kernel", "rootfs" };

/* Where the second part begins. */
static uint64_t second(struct span in)
{
	return 2 * HEADER + (uint64_t)span_u32(in, HEADER + 4, false);
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t length = span_u32(in, 4, false), kernel = span_u32(in, HEADER + 4, false);

	if (in.n < 2 * HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, 2 * HEADER);
	if (!span_starts(span_from(in, HEADER), span_text(marks[0])) || kernel <= TAIL ||
	    length < kernel + 2 * HEADER + 2 * TAIL)
		return fault_at(FAULT_BROKEN, 4, "length", length, kernel + 2 * HEADER + 2 * TAIL);
	f->len = part_bound(HEADER + length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static void check(struct listing *l, uint64_t from, uint64_t length, const char *what)
{
	struct span s = span_sub(l->in, from, length);

	part_sum(l, from + length - 4, what, crc32_bare(span_head(s, length - 4)),
		 span_u32(s, length - 4, true));
}

static struct fault list(struct listing *l)
{
	uint64_t at[PARTS] = { HEADER, second(l->in) };

	l->kind = LISTING_REGIONS;
	for (int i = 0; i < PARTS; i++) {
		uint64_t length = span_u32(l->in, at[i] + 4, false);

		if (!span_starts(span_from(l->in, at[i]), span_text(marks[i])) || length <= TAIL) {
			listing_fault(l, fault_at(FAULT_SHORT, at[i], "part", 0, 0));
			return fine;
		}
		if (i > 0)
			part_owned(l, at[i], HEADER, "part");
		part_list(l, at[i] + 4, at[i] + HEADER, length - TAIL, names[i]);
		part_owned(l, at[i] + HEADER + length - TAIL, TAIL, "device and CRC-32");
		check(l, at[i] + HEADER, length, "CRC-32 of a part");
	}
	if (l->in.n < HEADER + (uint64_t)span_u32(l->in, 4, false))
		listing_fault(
			l, fault_at(FAULT_SHORT, 4, "length", l->in.n, span_u32(l->in, 4, false)));
	check(l, HEADER, span_u32(l->in, 4, false), "CRC-32");
	return fine;
}

const struct format format_zcomax = {
	.name = "zcomax",
	.says = "ZComax image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkzcfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "firm" } },
	.probe = probe,
	.list = list,
};
