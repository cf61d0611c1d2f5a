/* signature.h - inside observe/: a signature and what it is over, kept until all keys are known. */
#ifndef EVENHAND_OBSERVE_SIGNATURE_H
#define EVENHAND_OBSERVE_SIGNATURE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/text.h"
#include "observe/observe.h"

struct message {
	enum signing by;
	const char *digest_name; /* OpenSSL's */
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_size;
	struct span value;        /* the signature */
	struct span certificates; /* where they stand beside it */
	struct span whole;        /* what is signed, where the digest alone does not do */
};

/* What a signature with certificates says of its first signer. */
struct cms_signer {
	enum signing by; /* of Qualcomm's: which kind it is */
	const char *digest;
	uint32_t bits; /* of its key, if its certificate is inside; otherwise 0 */
	struct text name;
};

#define MOST_CMS      (64u << 10)
#define LONGEST_CHAIN 4

bool cms_describe(struct span value, struct cms_signer *s);
/* The same of a PE file's signature; `digest` is that of the file. */
bool authenticode_describe(struct span value, struct cms_signer *s);
bool authenticode_verifies(const struct message *m, EVP_PKEY *key);
/* The same of Qualcomm's; false where the kind is not known, though the signer may be. */
bool qualcomm_describe(struct span value, struct span certificates, struct cms_signer *s);
/* The signer, once for all keys: NULL where the signature is not by its certificate. */
struct signer *qualcomm_open(const struct message *m);
void qualcomm_close(struct signer *s);
/* Whether it is the signer's key, or one that leads to it; false for NULL. */
bool qualcomm_leads_to(const struct signer *s, EVP_PKEY *key);
/* Whether each key takes arithmetic, as the last certificate is signed by one that is not inside.
 */
bool qualcomm_is_open(const struct signer *s);

/* Appends a name as RFC 2253 has it. */
void signer_name(const X509_NAME *name, struct text *to);
/* The certificate inside that signed it and may; NULL where there is none. */
X509 *signer_issuer(X509 *certificate, STACK_OF(X509) * inside);
/* Whether it is the certificate's key, or one that leads to it through certificates inside: each
 * signed by the next, all but the first allowed to sign others. */
bool signer_leads_to(EVP_PKEY *key, X509 *certificate, STACK_OF(X509) * inside);

/* Whether the key made the signature, or signed the certificates that lead to the one that did. */
bool message_verifies(const struct message *m, EVP_PKEY *key);

/* Whether the key is of a kind that can have made it. */
bool message_fits(const struct message *m, EVP_PKEY *key);

#endif
