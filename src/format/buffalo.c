/* buffalo.c - Buffalo's images. A tag in front tells product, brand, version, region and platform
 * in text, then lengths and the POSIX cksum of everything with its own field zero; three layouts
 * (one part, two, DHP). A header "bgn" is DHP's. Numbers are big-endian. The encrypted part is a
 * format of its own. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define BRAND_AT  32
#define MAJOR_AT  64
#define MINOR_AT  72
#define REGION_AT 80
#define LENGTH_AT 136
#define SUM_AT    140
#define ONE       160
#define TWO       156
#define DHP       152
#define DHP_SIZE  200 /* what its total counts besides the part */
#define BGN       20
#define BGN_SUM   16

struct tag {
	uint64_t header, first, second; /* lengths */
	bool summed;
};

/* Which layout it is tells which lengths add up. */
static bool read_tag(struct span in, struct tag *t)
{
	uint64_t total = span_u32(in, LENGTH_AT, true), a = span_u32(in, 144, true),
		 b = span_u32(in, 148, true), data = span_u32(in, 152, true);

	if (in.n < ONE)
		return false;
	if (total == ONE + data && data)
		*t = (struct tag){ ONE, data, 0, true };
	else if (total == TWO + a + b && a && b)
		*t = (struct tag){ TWO, a, b, true };
	else if (total == DHP_SIZE + a && a)
		*t = (struct tag){ DHP, a, 0, false };
	else
		return false;
	return true;
}

static struct fault probe(struct span in, struct found *f)
{
	struct tag t = { 0 };

	if (!read_tag(in, &t))
		return fault_at(FAULT_BROKEN, LENGTH_AT, "length", span_u32(in, LENGTH_AT, true),
				in.n);
	if (!is_padded_text(in, 0, BRAND_AT) ||
	    !is_padded_text(in, BRAND_AT, MAJOR_AT - BRAND_AT) ||
	    !is_padded_text(in, MAJOR_AT, 8) || !is_padded_text(in, MINOR_AT, 8))
		return fault_at(FAULT_BROKEN, 0, "product", 0, 0);
	f->len = part_bound(t.header + t.first + t.second, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 0, BRAND_AT));
	label_add(f->label, " ", field_text(in, MAJOR_AT, 8));
	label_add(f->label, " ", field_text(in, MINOR_AT, 8));
	label_add(f->label, " ", span_sub(in, REGION_AT, 2));
	return fine;
}

/* Some tags leave the sum away: zero. */
static void check_sum(struct listing *l, uint64_t field)
{
	static const uint8_t zero[4];
	const struct span parts[] = { span_sub(l->in, 0, field),
				      { zero, 4 },
				      span_from(l->in, field + 4) };
	uint32_t want = span_u32(l->in, field, true);

	if (want)
		part_sum(l, field, "cksum", cksum_of(parts, 3), want);
}

static struct fault list(struct listing *l)
{
	struct tag t = { 0 };

	if (!read_tag(l->in, &t))
		return fault_at(FAULT_BROKEN, LENGTH_AT, "length", 0, 0);
	l->kind = LISTING_REGIONS;
	part_list(l, LENGTH_AT, t.header, t.first, "");
	if (t.second)
		part_list(l, LENGTH_AT, t.header + t.first, t.second, "");
	if (t.summed)
		check_sum(l, SUM_AT);
	return fine;
}

static struct fault probe_bgn(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 12, true);

	if (in.n <= BGN || length <= BGN)
		return fault_at(FAULT_SHORT, 12, "length", in.n, BGN + 1);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_bgn(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list(l, 12, BGN, span_u32(l->in, 12, true) - BGN, "");
	check_sum(l, BGN_SUM);
	return fine;
}

const struct format format_buffalotag = {
	.name = "buffalo-tag",
	.says = "Buffalo tag with product and region",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/buffalo-lib.h, buffalo-tag.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 104, 4, "hwv\0" },
		   { REGION_AT, 2, "JP" },
		   { REGION_AT, 2, "US" },
		   { REGION_AT, 2, "EU" },
		   { REGION_AT, 2, "AP" },
		   { REGION_AT, 2, "TW" },
		   { REGION_AT, 2, "KR" },
		   { REGION_AT, 2, "M_" } },
	.probe = probe,
	.list = list,
};

const struct format format_buffalodhp = {
	.name = "buffalo-dhp",
	.says = "Buffalo header of the DHP series",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdhpimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 12, "bgn\0\0\0\0\0\0\0\0\xb1" } },
	.probe = probe_bgn,
	.list = list_bgn,
};
