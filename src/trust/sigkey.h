/* sigkey.h - keys that sign: ECDSA P-256 with SHA-256, Ed25519 (RFC 8032). Files are those of
 * everybody: PKCS#8 and SPKI in PEM. */
#ifndef EVENHAND_TRUST_SIGKEY_H
#define EVENHAND_TRUST_SIGKEY_H

#include "base/hash.h"
#include "base/text.h"

enum sigkey_kind { SIGKEY_P256, SIGKEY_ED25519 };

#define MOST_SIGNATURE  80u         /* bytes */
#define MOST_KEY_FILE   (64u << 10) /* bytes */
#define MOST_PASSPHRASE 1024u       /* bytes */

struct sigkey;

enum sigkey_state {
	SIGKEY_READ,
	SIGKEY_LOCKED,  /* encrypted, and no passphrase was given */
	SIGKEY_REFUSED, /* the passphrase does not open it */
	SIGKEY_UNKNOWN, /* no key, or one of another kind */
	SIGKEY_NO_WAY,  /* nothing here speaks to tokens */
};

/* "p256", "ed25519". */
const char *sigkey_kind_name(enum sigkey_kind kind);
/* False where no kind has that name. */
bool sigkey_kind_named(const char *name, enum sigkey_kind *kind);

/* NULL: the random source or memory failed. */
struct sigkey *sigkey_new(enum sigkey_kind kind);
/* A private key; passphrase is empty where none is given. */
enum sigkey_state sigkey_read_private(struct span pem, struct span passphrase, struct sigkey **key);
/* The same on a PKCS#11 token, by its URI (RFC 7512), through OpenSSL's engine "pkcs11". The key
 * stays where it is; pin is empty where none is given. */
enum sigkey_state sigkey_read_token(const char *uri, struct span pin, struct sigkey **key);
bool sigkey_is_token(const char *name);
/* NULL: no public key of these kinds. */
struct sigkey *sigkey_read_public(struct span pem);
/* The same as SubjectPublicKeyInfo in DER. */
struct sigkey *sigkey_read_spki(struct span der);
void sigkey_free(struct sigkey *key);

enum sigkey_kind sigkey_kind_of(const struct sigkey *key);
bool sigkey_is_private(struct span pem);
/* SHA-256 of the SPKI in DER: what `openssl pkey -pubin -outform DER | sha256sum` says. */
void sigkey_digest(const struct sigkey *key, uint8_t sha256[SHA256_SIZE]);
/* That SPKI, at most room bytes; 0: it has more. */
size_t sigkey_spki(const struct sigkey *key, uint8_t *spki, size_t room);
/* The public key of Ed25519 itself (RFC 8032 5.1.5). False: it is of another kind. */
bool sigkey_ed25519(const struct sigkey *key, uint8_t raw[32]);

/* With a passphrase the private key is encrypted: scrypt (16384, 8, 5) and AES-256-CBC. */
bool sigkey_write_private(const struct sigkey *key, struct span passphrase, struct text *pem);
bool sigkey_write_public(const struct sigkey *key, struct text *pem);
/* Frees a text after its bytes were overwritten. */
void secret_free(struct text *t);

bool sigkey_sign(const struct sigkey *key, struct span message, uint8_t signature[MOST_SIGNATURE],
		 size_t *n);
bool sigkey_verifies(const struct sigkey *key, struct span message, struct span signature);
/* A key that is to check many signatures, one after the other: what OpenSSL prepares for each is
 * prepared once. The key must live as long. NULL: no memory. */
struct sigcheck;
struct sigcheck *sigcheck_new(const struct sigkey *key);
bool sigcheck_holds(struct sigcheck *c, struct span message, struct span signature);
void sigcheck_free(struct sigcheck *c);
/* The other signature that verifies wherever this one does, and that anybody can make of it: of
 * ECDSA (r, n - s), in DER. False: the kind of key has none, or it is malformed. */
bool sigkey_twin(const struct sigkey *key, struct span signature, uint8_t twin[MOST_SIGNATURE],
		 size_t *n);

#endif
