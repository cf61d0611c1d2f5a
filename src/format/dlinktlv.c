/* dlinktlv.c - images of D-Link's wireless extenders (DAP-1620 B1, DRA-1360, DAP-LX1880): mark,
 * model, board, MD5 as text, then type 1 and length of what follows, little-endian. That is plain,
 * or what `openssl enc` wrote (AES-256 in CBC mode), with the HMAC-SHA-1 of the model's name under
 * the board's as hexadecimal password. */
#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER    0x74
#define MODEL_AT  4
#define BOARD_AT  0x24
#define NAME      0x20
#define LENGTH_AT 0x70
#define HMAC_PAD  64
#define SHA1_SIZE 20

static bool is_packed(struct span in)
{
	struct span data = span_from(in, HEADER);

	return span_starts(data, span_text("Salted__")) && data.n >= OPENSSL_HEADER + 2 * AES_BLOCK;
}

/* Ended by NUL; what stands behind it is nobody's. */
static bool is_name(struct span in, uint64_t at)
{
	return is_padded_text(in, at, field_text(in, at, NAME).n);
}

static struct fault probe_any(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, LENGTH_AT, false);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_name(in, MODEL_AT) || !is_name(in, BOARD_AT))
		return fault_at(FAULT_BROKEN, MODEL_AT, "model", 0, 0);
	if (span_u32(in, 0x6c, false) != 1 || length == 0)
		return fault_at(FAULT_BROKEN, 0x6c, "type", span_u32(in, 0x6c, false), 1);
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, MODEL_AT, NAME));
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct fault bad = probe_any(in, f);

	if (bad.kind == FAULT_NONE && is_packed(span_head(in, f->len)))
		bad = fault_at(FAULT_UNKNOWN, HEADER, "plain data", 0, 0);
	return bad;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list(l, LENGTH_AT, HEADER, span_u32(l->in, LENGTH_AT, false), "");
	return fine;
}

/* RFC 2104 with SHA-1, for keys and messages of at most a field. */
static void hmac(struct span k, struct span message, uint8_t digest[SHA1_SIZE])
{
	uint8_t inner[HMAC_PAD + NAME], outer[HMAC_PAD + SHA1_SIZE];

	for (uint64_t i = 0; i < HMAC_PAD; i++) {
		uint8_t byte = i < k.n ? (uint8_t)span_byte(k, i) : 0;

		inner[i] = byte ^ 0x36;
		outer[i] = byte ^ 0x5c;
	}
	memcpy(inner + HMAC_PAD, message.p, message.n);
	sha1_of((struct span){ inner, HMAC_PAD + message.n }, outer + HMAC_PAD);
	sha1_of((struct span){ outer, sizeof(outer) }, digest);
}

static void find_key(struct span in, uint8_t key_iv[48])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA1_SIZE], password[2 * SHA1_SIZE];

	hmac(field_text(in, BOARD_AT, NAME), field_text(in, MODEL_AT, NAME), digest);
	for (size_t i = 0; i < SHA1_SIZE; i++) {
		password[2 * i] = (uint8_t)digits[digest[i] >> 4];
		password[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
	}
	openssl_derive(OPENSSL_MD5, (struct span){ password, sizeof(password) },
		       span_sub(in, HEADER + 8, 8), key_iv);
}

static struct fault probe_packed(struct span in, struct found *f)
{
	struct fault bad = probe_any(in, f);

	if (bad.kind)
		return bad;
	if (!is_packed(span_head(in, f->len)))
		return fault_at(FAULT_UNKNOWN, HEADER, "encrypted data", 0, 0);
	label_add(f->label, ", AES-256-CBC, key from the header", (struct span){ 0 });
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t length = span_u32(l->in, LENGTH_AT, false);
	struct span packed = span_from(l->in, HEADER + OPENSSL_HEADER);
	uint8_t key_iv[48], padding;
	struct span key = { key_iv, 32 };

	(void)e;
	find_key(l->in, key_iv);
	if (length == l->in.n - HEADER &&
	    (packed.n % AES_BLOCK || !decrypt_ends_padded(key, packed, &padding)))
		return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
	if (!decrypt_into(out, key, (struct span){ key_iv + 32, AES_BLOCK }, packed))
		return out->fault;
	if (length > l->in.n - HEADER)
		return fault_at(FAULT_SHORT, LENGTH_AT, "length", l->in.n - HEADER, length);
	decrypt_unpad(out, 0);
	return fine;
}

const struct format format_dlinktlv = {
	.name = "dlink-tlv",
	.says = "D-Link image with model and board (TLV)",
	.domain = DOMAIN_BROADBAND,
	.spec = "ReFirmLabs/binwalk src/structures/dlink_tlv.rs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x64\x80\x19\x40" } },
	.probe = probe,
	.list = list,
};

const struct format format_dlinktlvenc = {
	.name = "dlink-tlv-encrypted",
	.says = "D-Link encrypted image with model and board (TLV)",
	.domain = DOMAIN_BROADBAND,
	.spec = "devttys0/delink src/tlv.rs",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x64\x80\x19\x40" } },
	.probe = probe_packed,
	.load = load,
};
