/* encrpted.c - D-Link's encrypted images of the DIR-X series (DIR-X1560, X1860, X4860, X5460):
 * "encrpted_img", length behind the header, big-endian, then blocks of 128 KiB, as many as a UBI
 * image has erase blocks, each encrypted on its own with the same key and initial vector: AES-256
 * in CBC mode. */
#include "base/cursor.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER 16
#define BLOCK  (128u << 10)

static const struct span key = { (const uint8_t *)"he9-4+M!)d6=m~we1,q2a3d1n&2*Z^%8", 32 };
static const struct span iv = { (const uint8_t *)"J%1iQl8$=lm-;8AE", 16 };

static bool key_fits(struct span in)
{
	uint8_t first[AES_BLOCK];

	decrypt_first(key, iv, span_from(in, HEADER), first);
	return begins_as_image((struct span){ first, AES_BLOCK });
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 12, true);

	if (in.n < HEADER + AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + AES_BLOCK);
	if (length < AES_BLOCK || length % AES_BLOCK)
		return fault_at(FAULT_BROKEN, 12, "length", length, AES_BLOCK);
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "AES-256-CBC", (struct span){ 0 });
	if (key_fits(in))
		label_add(f->label, ", published key of DIR-X", (struct span){ 0 });
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint32_t length = span_u32(l->in, 12, true);

	(void)e;
	if (!key_fits(l->in))
		return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
	for (uint64_t at = HEADER; at < l->in.n; at += BLOCK)
		if (!decrypt_into(out, key, iv, span_head(span_from(l->in, at), BLOCK)))
			return out->fault;
	if (length > l->in.n - HEADER)
		return fault_at(FAULT_SHORT, 12, "length", l->in.n - HEADER, length);
	return fine;
}

const struct format format_encrpted = {
	.name = "encrpted-img",
	.says = "D-Link encrypted image (encrpted_img, DIR-X)",
	.domain = DOMAIN_BROADBAND,
	.spec = "onekey-sec/unblob handlers/archive/dlink/encrpted_img.py; devttys0/delink "
		"src/encrpted.rs",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 12, "encrpted_img" } },
	.probe = probe,
	.load = load,
};
