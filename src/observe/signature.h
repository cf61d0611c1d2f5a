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
	struct span value; /* the signature */
	struct span whole; /* what is signed, where the digest alone does not do */
};

/* What a SignedData says of its first signer. */
struct cms_signer {
	const char *digest;
	uint32_t bits; /* of its key, if its certificate is inside; otherwise 0 */
	struct text name;
};

#define MOST_CMS (64u << 10)

bool cms_describe(struct span value, struct cms_signer *s);
/* The same of a PE file's signature; `digest` is that of the file. */
bool authenticode_describe(struct span value, struct cms_signer *s);
bool authenticode_verifies(const struct message *m, EVP_PKEY *key);

/* Appends a name as RFC 2253 has it. */
void signer_name(const X509_NAME *name, struct text *to);
/* Whether it is the certificate's key, or one that leads to it through certificates inside: each
 * signed by the next, all but the first allowed to sign others. */
bool signer_leads_to(EVP_PKEY *key, X509 *certificate, STACK_OF(X509) * inside);

/* Whether the key made the signature, or signed the certificates that lead to the one that did. */
bool message_verifies(const struct message *m, EVP_PKEY *key);

/* Whether the key is of a kind that can have made it. */
bool message_fits(const struct message *m, EVP_PKEY *key);

#endif
