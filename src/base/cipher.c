/* cipher.c - AES through OpenSSL's default provider. */
#include "base/cipher.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define MOST_AT_ONCE (1u << 20) /* OpenSSL counts in int */

void aes_cbc_decrypt(struct span key, struct span iv, struct span in, uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher = key.n == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
	bool ok = context && EVP_DecryptInit_ex2(context, cipher, key.p, iv.p, NULL) &&
		  EVP_CIPHER_CTX_set_padding(context, 0);
	int n = 0;

	for (size_t at = 0; ok && at < in.n; at += (size_t)n) {
		struct span some = span_head(span_from(in, at), MOST_AT_ONCE);

		ok = EVP_DecryptUpdate(context, out + at, &n, some.p, (int)some.n) && n > 0;
	}
	EVP_CIPHER_CTX_free(context);
	if (!ok)
		abort(); /* out of memory in OpenSSL; wrong bytes would be worse */
}
