/* key.h - inside observe/: one key read from some bytes. */
#ifndef EVENHAND_OBSERVE_KEY_H
#define EVENHAND_OBSERVE_KEY_H

#include <openssl/evp.h>

#include "base/cursor.h"
#include "base/text.h"
#include "observe/observe.h"

#define MOST_DER     (64u << 10)
#define MOST_TRIED   (64u << 20) /* bytes of one leaf that are tried as keys, overlaps counted */
#define EACH_TRY     (8u << 10)  /* the arithmetic behind a try, in bytes */
#define EACH_ROUND   64          /* and behind a round of key derivation */
#define MOST_MODULUS 1024        /* bytes of an RSA modulus that is tested for weaknesses */
#define MOST_SPKI    1200        /* of a public key that signatures are tried with */

struct key_read {
	const char *algorithm, *curve, *encoding;
	uint32_t bits;
	bool is_private, encrypted;
	bool has_spki;
	uint8_t spki_sha256[32];
	uint8_t spki[MOST_SPKI];
	uint32_t spki_size; /* 0: none, or longer */
	uint8_t modulus[MOST_MODULUS];
	uint32_t modulus_size; /* 0: none, or longer */
	bool weak_exponent;
};

/* Reads an unencrypted private key that is the whole of der: PKCS#8, PKCS#1 or SEC1; or says that
 * it is an encrypted PKCS#8. False when it is none, or its parts contradict each other. */
bool key_from_private_der(struct span der, struct key_read *k);
/* SubjectPublicKeyInfo, or PKCS#1 public when `rsa`. */
bool key_from_public_der(struct span der, bool rsa, struct key_read *k);
/* OpenSSH's own private form ("openssh-key-v1"), decoded from base64. */
bool key_from_openssh(struct span raw, struct key_read *k);
/* A field of SSH: its length, its bytes. */
struct span ssh_string(struct cursor *c);
/* The public fields behind an algorithm's name. */
bool key_from_ssh_fields(struct span name, struct cursor *c, struct key_read *k);
/* A public key as SSH sends it. */
bool key_from_ssh_blob(struct span blob, struct key_read *k);
/* A Dropbear private key at the start of s; its length. */
bool key_from_dropbear(struct span s, struct key_read *k, uint64_t *length);

/* Length of the DER object at the start of s, header included; 0 when it is cut or none. */
uint64_t der_length(struct span s, uint8_t tag);

/* Fills algorithm, curve, bits and SPKI digest of a key; with the SubjectPublicKeyInfo at hand (RFC
 * 5280, 4.1) OpenSSL need not write it anew, which costs as much as reading the certificate. */
bool key_describe(EVP_PKEY *pkey, struct key_read *k);
void key_describe_as(EVP_PKEY *pkey, struct span spki, struct key_read *k);

/* A key store whose mark stands at `mark`, or which begins there: appends its private keys and
 * tells where to search on; 0 when it holds none. */
uint64_t key_store_pkcs12(struct scene *s, uint64_t mark);
uint64_t key_store_java(struct scene *s, uint64_t at);

/* The modulus kept for later tests. */
struct rsa_public key_rsa(struct arena *a, const struct key_read *k);

/* Appends the fact. */
void key_add(struct scene *s, const struct key_read *k, uint64_t at, uint64_t length);
bool certificate_add(struct scene *s, struct span der, uint64_t at, uint64_t length);

#endif
