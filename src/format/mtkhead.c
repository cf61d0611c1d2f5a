/* mtkhead.c - the head of 512 bytes that MediaTek's boot loaders want in front of a part: number,
 * length, name, address, mode, and FF to its end. Newer ones have more fields behind a second
 * number. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEAD    512
#define NAME_AT 8
#define NAME    32

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 4, false);
	struct span name = field_text(in, NAME_AT, NAME);

	if (in.n <= HEAD)
		return fault_at(FAULT_SHORT, 0, "head", in.n, HEAD);
	if (length == 0 || length > 1u << 30)
		return fault_at(FAULT_BROKEN, 4, "length", length, 1u << 30);
	if (!is_padded_text(in, NAME_AT, NAME) || !is_filled(in, 128, HEAD - 128, 0xff))
		return fault_at(FAULT_BROKEN, NAME_AT, "name", name.n, NAME);
	f->len = part_bound((uint64_t)HEAD + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", name);
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list_named(l, 4, HEAD, span_u32(l->in, 4, false), field_text(l->in, NAME_AT, NAME));
	return fine;
}

const struct format format_mtkhead = {
	.name = "mtk-head",
	.says = "part with MediaTek's head of 512 bytes",
	.domain = DOMAIN_DEVICE,
	.spec = "armijnhemel/binaryanalysis-ng mtk_image.ksy; u-boot tools/mtk_image.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x88\x16\x88\x58" } },
	.probe = probe,
	.list = list,
};
