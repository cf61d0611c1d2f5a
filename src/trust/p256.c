/* p256.c - ECDSA on P-256 through OpenSSL; see signature.h. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "trust/signature.h"

static EVP_PKEY *key_of(const uint8_t point[P256_POINT])
{
	OSSL_PARAM parts[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){ "P-256" },
						 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point,
						  P256_POINT),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (make && EVP_PKEY_fromdata_init(make) == 1)
		EVP_PKEY_fromdata(make, &key, EVP_PKEY_PUBLIC_KEY, parts);
	EVP_PKEY_CTX_free(make);
	return key;
}

bool p256_verifies(const uint8_t point[P256_POINT], const uint8_t digest[SHA256_SIZE],
		   const struct ecdsa *s)
{
	EVP_PKEY *key = key_of(point);
	EVP_PKEY_CTX *run = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	bool holds = run && EVP_PKEY_verify_init(run) == 1 &&
		     EVP_PKEY_verify(run, s->der.p, s->der.n, digest, SHA256_SIZE) == 1;

	EVP_PKEY_CTX_free(run);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return holds;
}
