/* opensslenc.c - what `openssl enc` writes: "Salted__", eight bytes of salt, ciphertext to the end;
 * on D-Link's R and M series behind 512 bytes of a header.
 * Cipher and digest stand nowhere; D-Link encrypts images of some devices so (AES-256 in CBC mode,
 * SHA-256), with passwords that are published. What no such password opens is told by its entropy.
 */
#include "base/cursor.h"
#include "base/text.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define LEAST         4096
#define MEASURED      (64u << 10)
#define BEHIND        512
#define LEAST_ENTROPY 7900 /* of 8000; noise of 4 KiB has 7950 */

static const struct {
	const char *model, *text;
} passwords[] = {
	{ "D-Link R36", "CAD1C42B11F1982FFA94B6A24C260A43" },
	{ "D-Link M36", "A11E331C15CE73ABA8E06171A11D2FB6" },
	{ "D-Link R95", "BE81AE1B6F523AC7164C4FD67B6BD8FD" },
	{ "D-Link M95", "91A9A3AF2218F4EA60AC37D5835EB318" },
	{ "D-Link DAP-1610 B1", "2c3b6fa78bd60b41bb0796fef4b058b0" },
};

#define PASSWORDS (sizeof(passwords) / sizeof(passwords[0]))

/* What was encrypted, with its salt. */
static struct span packed_of(struct span in)
{
	return span_starts(in, span_text("Salted__")) ? in : span_from(in, BEHIND);
}

/* The model whose password opens it; NULL if none does. */
static const char *find_key(struct span in, uint8_t key_iv[48])
{
	struct span packed = span_head(span_from(in, OPENSSL_HEADER), 512);
	uint8_t plain[512];

	for (size_t i = 0; i < PASSWORDS; i++) {
		openssl_derive(OPENSSL_SHA256, span_text(passwords[i].text), span_sub(in, 8, 8),
			       key_iv);
		aes_cbc_decrypt((struct span){ key_iv, 32 },
				(struct span){ key_iv + 32, AES_BLOCK },
				span_head(packed, packed.n / AES_BLOCK * AES_BLOCK), plain);
		if (begins_as_image((struct span){ plain, packed.n / AES_BLOCK * AES_BLOCK }))
			return passwords[i].model;
	}
	return NULL;
}

static struct fault probe(struct span in, struct found *f)
{
	struct span packed = packed_of(in);
	uint8_t key_iv[48];
	const char *model;

	if (packed.n < OPENSSL_HEADER + 2 * AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, OPENSSL_HEADER + 2 * AES_BLOCK);
	model = find_key(packed, key_iv);
	if (!model &&
	    (packed.n < LEAST || entropy_millibits(span_head(packed, MEASURED)) < LEAST_ENTROPY))
		return fault_at(FAULT_UNKNOWN, OPENSSL_HEADER, "ciphertext", in.n, LEAST);
	f->len = in.n;
	f->proof = model ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	label_add(f->label, model ? "AES-256-CBC, published key of " : "",
		  span_text(model ? model : ""));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span salted = packed_of(l->in), packed = span_from(salted, OPENSSL_HEADER);
	uint8_t key_iv[48];

	(void)e;
	if (!find_key(salted, key_iv))
		return fault_at(FAULT_ENCRYPTED, OPENSSL_HEADER, "content", 0, 0);
	if (!decrypt_into(out, (struct span){ key_iv, 32 }, (struct span){ key_iv + 32, AES_BLOCK },
			  packed))
		return out->fault;
	if (packed.n % AES_BLOCK || !decrypt_unpad(out, 0))
		return fault_at(FAULT_SHORT, OPENSSL_HEADER, "padding of the plain text", 0, 0);
	return fine;
}

const struct format format_opensslenc = {
	.name = "openssl-enc",
	.says = "file encrypted by openssl enc (some D-Link devices are opened)",
	.domain = DOMAIN_BROADBAND,
	.spec = "OpenSSL apps/enc.c; devttys0/delink src/r95.rs, dap1610.rs",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.magic = { { 0, 8, "Salted__" }, { BEHIND, 8, "Salted__" } },
	.probe = probe,
	.load = load,
};
