/* signature.h - signatures checked without taking memory, by BearSSL (P-256) and libsodium
 * (Ed25519), so that the program for devices checks as this one does. sigkey.h signs, and checks
 * by OpenSSL, which is faster with P-256. */
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

#endif
