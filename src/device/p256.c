/* p256.c - ECDSA on P-256 by BearSSL; see trust/signature.h. */
#include <bearssl/bearssl_ec.h>

#include "trust/signature.h"

bool p256_verifies(const uint8_t point[P256_POINT], const uint8_t digest[SHA256_SIZE],
		   const struct ecdsa *s)
{
	uint8_t q[P256_POINT];
	br_ec_public_key key = { .curve = BR_EC_secp256r1, .q = q, .qlen = P256_POINT };

	memcpy(q, point, P256_POINT);
	return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, SHA256_SIZE, &key, s->raw,
				     sizeof(s->raw)) == 1;
}
