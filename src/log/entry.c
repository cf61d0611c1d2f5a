/* entry.c - see entry.h. Base64 needs no escaping in JSON, so the body is pieces of text put one
 * behind the other. */
#include "log/entry.h"

#include "base/base64.h"

#define P256_SPKI    91u
#define ED25519_SPKI 44u

/* What all SPKI of a kind begin with: RFC 5480 (P-256, the point uncompressed), RFC 8410. */
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t ed25519_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
					0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

static const struct {
	struct span head;
	size_t size;
	const char *details;
} kinds[] = {
	{ { p256_head, sizeof(p256_head) }, P256_SPKI, "PKIX_ECDSA_P256_SHA_256" },
	{ { ed25519_head, sizeof(ed25519_head) }, ED25519_SPKI, "PKIX_ED25519" },
};

struct body {
	uint8_t *out;
	size_t n;
	bool is_full;
};

static void put(struct body *b, const char *text)
{
	size_t n = strlen(text);

	b->is_full |= n > ENTRY_MOST - b->n;
	if (b->is_full)
		return;
	memcpy(b->out + b->n, text, n);
	b->n += n;
}

static void put_base64(struct body *b, struct span bytes)
{
	b->is_full |= bytes.n > ENTRY_MOST || (bytes.n + 2) / 3 * 4 > ENTRY_MOST - b->n;
	if (!b->is_full)
		b->n += base64_write_into(bytes, b->out + b->n);
}

static const char *key_details(struct span spki)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (spki.n == kinds[i].size && span_starts(spki, kinds[i].head))
			return kinds[i].details;
	return NULL;
}

size_t entry_write(const uint8_t pae_sha256[SHA256_SIZE], struct span signature, struct span spki,
		   uint8_t out[ENTRY_MOST])
{
	const char *details = key_details(spki);
	struct body b = { .out = out };

	if (!details || signature.n == 0)
		return 0;
	put(&b,
	    "{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{\"hashedRekordV002\":"
	    "{\"data\":{\"algorithm\":\"SHA2_256\",\"digest\":\"");
	put_base64(&b, (struct span){ pae_sha256, SHA256_SIZE });
	put(&b, "\"},\"signature\":{\"content\":\"");
	put_base64(&b, signature);
	put(&b, "\",\"verifier\":{\"keyDetails\":\"");
	put(&b, details);
	put(&b, "\",\"publicKey\":{\"rawBytes\":\"");
	put_base64(&b, spki);
	put(&b, "\"}}}}}}");
	return b.is_full ? 0 : b.n;
}
