/* dtb.c - device tree blobs that are no FIT. */
#include "format/fdt.h"
#include "format/stream.h"

static struct fault probe(struct span in, struct found *f)
{
	struct fdt t;
	struct fdt_walk w;
	struct fault bad = fdt_open(in, &t);
	struct span model = { 0 };

	if (bad.kind)
		return bad;
	fdt_begin(&t, &w);
	for (int i = 0; i < 64; i++) {
		struct fdt_step s = fdt_next(&w);

		if (s.event == FDT_BROKEN && i < 2)
			return fault_at(FAULT_BROKEN, 8, "structure block", 0, 0);
		if (s.event == FDT_PROPERTY && s.depth == 1 && span_is(s.name, "model"))
			model = fdt_text(s.value);
		if (s.event == FDT_DONE || s.event == FDT_BROKEN)
			break;
	}
	f->len = t.total < in.n ? t.total : in.n;
	f->proof = PROOF_STRUCTURE;
	label_bytes(f->label, t.total > in.n ? span_text("ends early") : model);
	return fine;
}

const struct format format_dtb = {
	.name = "dtb",
	.says = "flattened device tree",
	.spec = "Devicetree Specification 0.4, chapter 5",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4, "\xd0\x0d\xfe\xed" } },
	.probe = probe,
};
