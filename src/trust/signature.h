/* signature.h - signatures checked by the bytes of a key: Ed25519 by libsodium, P-256 by OpenSSL
 * here and by BearSSL in the program for devices (p256.c in each), which takes no memory and ten
 * times as long. What a signature may look like is decided in one place, here. */
#ifndef EVENHAND_TRUST_SIGNATURE_H
#define EVENHAND_TRUST_SIGNATURE_H

#include "base/hash.h"

#define ED25519_KEY       32u /* bytes */
#define ED25519_SIGNATURE 64u

/* RFC 8032 5.1.7, strict: S below the order, no key and no R of small order, one encoding. */
bool ed25519_verifies(const uint8_t key[ED25519_KEY], struct span message, struct span signature);

/* A key in DER as SubjectPublicKeyInfo holds it (RFC 5480: P-256, its point uncompressed; RFC
 * 8410: Ed25519); the one form that OpenSSL writes. P-256: ECDSA with SHA-256, the signature in
 * ASN.1 DER. False for any other key. */
bool signature_verifies(struct span spki, struct span message, struct span signature);
bool spki_is_known(struct span spki);

/* -- p256.c -- */
#define P256_NUMBER 32u /* bytes of a coordinate, and of each half of a signature */
#define P256_POINT  (1u + 2 * P256_NUMBER)

/* A signature in both forms, known to be the same and canonical. */
struct ecdsa {
	struct span der;
	uint8_t raw[2 * P256_NUMBER];
};

/* The point uncompressed; one that is not on the curve verifies nothing. */
bool p256_verifies(const uint8_t point[P256_POINT], const uint8_t digest[SHA256_SIZE],
		   const struct ecdsa *s);

#endif
