/* signature.c - see signature.h. What the libraries are lax about is decided here: some take an
 * ASN.1 signature in more forms than one. */
#include "trust/signature.h"

#include <sodium/crypto_sign_ed25519.h>

/* SubjectPublicKeyInfo up to the key (RFC 5480 2, RFC 8410 4): ecPublicKey with prime256v1 and an
 * uncompressed point; Ed25519. */
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t ed25519_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
					0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };

static bool is_key(struct span spki, const uint8_t *head, size_t n, size_t key)
{
	return spki.n == n + key && span_starts(spki, (struct span){ head, n });
}

static bool is_p256(struct span spki)
{
	return is_key(spki, p256_head, sizeof(p256_head), P256_POINT - 1);
}

static bool is_ed25519(struct span spki)
{
	return is_key(spki, ed25519_head, sizeof(ed25519_head), ED25519_KEY);
}

bool spki_is_known(struct span spki)
{
	return is_p256(spki) || is_ed25519(spki);
}

bool ed25519_verifies(const uint8_t key[ED25519_KEY], struct span message, struct span signature)
{
	static const uint8_t none[1];

	return signature.n == ED25519_SIGNATURE &&
	       crypto_sign_ed25519_verify_detached(signature.p, message.n ? message.p : none,
						   message.n, key) == 0;
}

/* INTEGER of X.690 8.3 that is positive and no longer than it must be, taken off *in. */
static bool take_number(struct span *in, uint8_t number[P256_NUMBER])
{
	size_t n = in->n > 2 ? in->p[1] : 0;
	struct span value = span_sub(*in, 2, n);

	if (span_byte(*in, 0) != 0x02 || value.n == 0 || value.p[0] & 0x80)
		return false;
	*in = span_from(*in, 2 + n);
	if (value.p[0] == 0) {
		value = span_from(value, 1);
		if (value.n == 0 || !(value.p[0] & 0x80))
			return false; /* zero, which no signature has, or longer than need be */
	}
	if (value.n > P256_NUMBER)
		return false;
	memset(number, 0, P256_NUMBER - value.n);
	memcpy(number + P256_NUMBER - value.n, value.p, value.n);
	return true;
}

/* ECDSA-Sig-Value (RFC 3279 2.2.3) in DER. */
static bool read_ecdsa(struct span der, struct ecdsa *s)
{
	struct span in = span_from(der, 2);

	s->der = der;
	return span_byte(der, 0) == 0x30 && der.n < 0x80 && der.p[1] == der.n - 2 &&
	       take_number(&in, s->raw) && take_number(&in, s->raw + P256_NUMBER) && in.n == 0;
}

bool signature_verifies(struct span spki, struct span message, struct span signature)
{
	uint8_t digest[SHA256_SIZE];
	struct ecdsa s;

	if (is_ed25519(spki))
		return ed25519_verifies(spki.p + sizeof(ed25519_head), message, signature);
	if (!is_p256(spki) || !read_ecdsa(signature, &s))
		return false;
	sha256_of(message, digest);
	return p256_verifies(spki.p + sizeof(p256_head) - 1, digest, &s);
}
