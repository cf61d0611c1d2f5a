/* dni.c - Netgear's images made by DNI: 128 bytes of text lines, the payload, and one byte that
 * brings the sum of all bytes to 255. No field tells the length: the image ends with its file.
 * Buffalo's end the header in a mark. */
#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER  128
#define MARK_AT 126
#define BUFFALO 0x1232

/* The text behind `key`, up to the end of the line. */
static struct span value(struct span head, const char *key)
{
	size_t at = span_find(head, 0, span_text(key));
	struct span rest = at == SIZE_MAX ? (struct span){ 0 } : span_from(head, at + strlen(key));
	size_t end = span_find(rest, 0, span_text("\n"));

	return end == SIZE_MAX ? (struct span){ 0 } : span_head(rest, end);
}

static bool is_text(struct span head)
{
	uint64_t end = span_u16(head, MARK_AT, true) == BUFFALO ? MARK_AT : HEADER;
	struct span text = field_text(head, 0, end);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\n' && (text.p[i] < 0x20 || text.p[i] > 0x7e))
			return false;
	return span_ends(text, span_text("\n")) && is_filled(head, text.n, end - text.n, 0);
}

static struct fault probe(struct span in, struct found *f)
{
	struct span head = span_sub(in, 0, HEADER);

	if (in.n <= HEADER + 1)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 2);
	if (!is_text(head) || value(head, "device:").n == 0 || value(head, "\nversion:").n == 0 ||
	    span_find(head, 0, span_text("\nregion:")) == SIZE_MAX)
		return fault_at(FAULT_BROKEN, 0, "lines of the header", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", value(head, "device:"));
	label_add(f->label, " ", value(head, "\nversion:"));
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	listing_region(l, HEADER, l->in.n - HEADER - 1, (struct span){ 0 });
	listing_owned(l, l->in.n - 1, 1, span_text("checksum"));
	part_sum(l, l->in.n - 1, "sum of bytes", sum_of_bytes(l->in) & 0xff, 0xff);
	return fine;
}

const struct format format_dni = {
	.name = "dni",
	.says = "Netgear or Buffalo image with a text header (DNI)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdniimg.c, mkbuffaloimg.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 7, "device:" } },
	.probe = probe,
	.list = list,
};
