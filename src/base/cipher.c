/* cipher.c - AES through OpenSSL's default provider. Ciphers are fetched once: that costs more than
 * a hundred blocks do. */
#include "base/cipher.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <threads.h>

#define MOST_AT_ONCE (1u << 20) /* OpenSSL counts in int */

static once_flag fetched = ONCE_FLAG_INIT;
static EVP_CIPHER *aes128, *aes256, *aes128_ecb;

static void fetch(void)
{
	aes128 = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	aes256 = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	aes128_ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
}

static void decrypt(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, struct span in,
		    uint8_t *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool ok;
	int n = 0;

	ok = context && cipher && EVP_DecryptInit_ex2(context, cipher, key, iv, NULL) &&
	     EVP_CIPHER_CTX_set_padding(context, 0);
	for (size_t at = 0; ok && at < in.n; at += (size_t)n) {
		struct span some = span_head(span_from(in, at), MOST_AT_ONCE);

		ok = EVP_DecryptUpdate(context, out + at, &n, some.p, (int)some.n) && n > 0;
	}
	EVP_CIPHER_CTX_free(context);
	if (!ok)
		abort(); /* out of memory in OpenSSL; wrong bytes would be worse */
}

void aes_cbc_decrypt(struct span key, struct span iv, struct span in, uint8_t *out)
{
	call_once(&fetched, fetch);
	decrypt(key.n == 32 ? aes256 : aes128, key.p, iv.p, in, out);
}

void aes_ecb_decrypt(struct span key, struct span in, uint8_t *out)
{
	call_once(&fetched, fetch);
	decrypt(aes128_ecb, key.p, NULL, in, out);
}
