/* encrpted.c - "encrpted_img": D-Link's DIR-X series (X1560, X1860, X4860, X5460) and Netgear's
 * access points (WAX202 to WAX220, EAX11 to EAX19). Length of the ciphertext, big-endian, then
 * blocks of 128 KiB (Netgear tells how many bytes), each encrypted on its own with the same key and
 * initial vector: AES-256 in CBC mode. Netgear has 512 bytes in front with model, region, version
 * and hardware in text, and a CRC-32 without any inversion at the end. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER  16
#define BLOCK   (128u << 10)
#define TRIAL   512
#define NETGEAR 532
#define MARK_AT 512
#define CRC     4

static const struct span key = { (const uint8_t *)"he9-4+M!)d6=m~we1,q2a3d1n&2*Z^%8", 32 };
static const struct span iv = { (const uint8_t *)"J%1iQl8$=lm-;8AE", 16 };

static bool key_fits(struct span packed)
{
	uint8_t plain[TRIAL];
	struct span some =
		span_head(packed, packed.n < TRIAL ? packed.n / AES_BLOCK * AES_BLOCK : TRIAL);

	aes_cbc_decrypt(key, iv, some, plain);
	return begins_as_image((struct span){ plain, some.n });
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
	if (key_fits(span_from(in, HEADER)))
		label_add(f->label, ", published key of DIR-X", (struct span){ 0 });
	return fine;
}

static struct fault open_blocks(struct span packed, uint64_t block, struct sink *out)
{
	if (!key_fits(packed))
		return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
	for (uint64_t at = 0; at < packed.n; at += block)
		if (!decrypt_into(out, key, iv, span_head(span_from(packed, at), block)))
			return out->fault;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint32_t length = span_u32(l->in, 12, true);
	struct fault bad = open_blocks(span_from(l->in, HEADER), BLOCK, out);

	(void)e;
	if (bad.kind == FAULT_NONE && length > l->in.n - HEADER)
		bad = fault_at(FAULT_SHORT, 12, "length", l->in.n - HEADER, length);
	return bad;
}

static struct fault probe_netgear(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, MARK_AT + 12, true),
		 block = span_u32(in, MARK_AT + 16, true);

	if (in.n < NETGEAR + AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, NETGEAR + AES_BLOCK);
	if (length < AES_BLOCK || length % AES_BLOCK || block < AES_BLOCK || block % AES_BLOCK)
		return fault_at(FAULT_BROKEN, MARK_AT + 12, "length", length, AES_BLOCK);
	if (!is_padded_text(in, 0, 32) || !is_padded_text(in, 64, 64) || span_byte(in, 64) != 'V')
		return fault_at(FAULT_BROKEN, 64, "version", 0, 0);
	f->len = part_bound((uint64_t)NETGEAR + length + CRC, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_head(field_text(in, 0, 32), 12));
	label_add(f->label, " ", span_head(field_text(in, 64, 64), 12));
	label_add(f->label, ", AES-256-CBC", (struct span){ 0 });
	if (key_fits(span_from(in, NETGEAR)))
		label_add(f->label, ", published key", (struct span){ 0 });
	return fine;
}

static struct fault load_netgear(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t length = span_u32(l->in, MARK_AT + 12, true), end = NETGEAR + length;
	struct span packed = span_head(span_from(l->in, NETGEAR), length);
	struct fault bad = open_blocks(packed, span_u32(l->in, MARK_AT + 16, true), out);
	uint32_t crc;

	(void)e;
	if (bad.kind)
		return bad;
	if (l->in.n < end + CRC)
		return fault_at(FAULT_SHORT, MARK_AT + 12, "length", l->in.n, end + CRC);
	crc = crc32_bare(span_head(l->in, end));
	if (crc != span_u32(l->in, end, true))
		return fault_at(FAULT_BROKEN, end, "CRC-32", crc, span_u32(l->in, end, true));
	return fine;
}

const struct format format_netgearenc = {
	.name = "netgear-encrypted",
	.says = "Netgear encrypted image (encrpted_img, WAX and EAX)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt scripts/netgear-encrypted-factory.py",
	.shape = SHAPE_STREAM,
	.magic = { { MARK_AT, 12, "encrpted_img" } },
	.probe = probe_netgear,
	.load = load_netgear,
};

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
