/* elecom.c - Elecom's images: product and version in 32 bytes of text, the image, its MD5 as text,
 * and on some a line feed or the product again. No field tells the length: it ends with its file.
 * Besides, the trailer that Gemtek's images have. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER 32
#define MD5    32 /* digits */
#define AGAIN  "MT7621_ELECOM_"
#define LAST   64

/* Where the MD5 ends. */
static uint64_t md5_end(struct span in)
{
	struct span last = span_from(in, in.n < LAST ? 0 : in.n - LAST);
	size_t again = span_find(last, 0, span_text(AGAIN));

	if (again != SIZE_MAX)
		return in.n - last.n + again;
	return span_ends(in, span_text("\n")) ? in.n - 1 : in.n;
}

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == MD5;
}

static struct fault probe(struct span in, struct found *f)
{
	struct span text = field_text(in, 0, HEADER);

	if (in.n <= HEADER + MD5)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + MD5 + 1);
	if (!is_padded_text(in, 0, HEADER) || span_find(text, 7, span_text(" v")) == SIZE_MAX)
		return fault_at(FAULT_BROKEN, 0, "version", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", text);
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t end = md5_end(l->in), from = end < HEADER + MD5 ? HEADER : end - MD5;
	struct span text = span_sub(l->in, from, MD5);

	l->kind = LISTING_REGIONS;
	if (!is_digits(text)) {
		part_rest(l, HEADER, "");
		return fault_at(FAULT_SHORT, l->in.n, "MD5", 0, 0);
	}
	part_list(l, 0, HEADER, from - HEADER, "");
	part_owned(l, from, l->in.n - from, "MD5");
	part_sum(l, from, "MD5", is_md5_text(text, span_sub(l->in, HEADER, from - HEADER)), true);
	return fine;
}

/* Gemtek's last 16 bytes: cksum of everything before them, not checked here. */
static struct fault probe_gemtek(struct span in, struct found *f)
{
	struct span digits = span_sub(in, 8, 8);

	if (in.n < 16)
		return fault_at(FAULT_SHORT, 0, "trailer", in.n, 16);
	for (size_t i = 0; i < digits.n; i++)
		if (!((digits.p[i] >= '0' && digits.p[i] <= '9') ||
		      (digits.p[i] >= 'A' && digits.p[i] <= 'F')))
			return fault_at(FAULT_BROKEN, 8 + i, "cksum", digits.p[i], 0);
	f->len = 16;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "cksum ", digits);
	return fine;
}

const struct format format_elecom = {
	.name = "elecom",
	.says = "Elecom image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt include/image-commands.mk, elecom-wrc-gs-factory",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 7, "ELECOM " } },
	.probe = probe,
	.list = list,
};

const struct format format_gemtektrailer = {
	.name = "gemtek-trailer",
	.says = "last bytes of a Gemtek image (.GEMTEK.)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt target/linux/ramips/image/mt7621.mk, gemtek-trailer",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 8, ".GEMTEK." } },
	.probe = probe_gemtek,
};
