/* trust.c - public keys and certificates that the user gives (--trust). */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/hash.h"
#include "observe/signature.h"

#define USIGN_KEY 42 /* "Ed", eight bytes that name it, the key (usign, signify) */

/* Kept in the order of their digests, each once. Takes the key. */
static bool add(struct trust *t, EVP_PKEY *key)
{
	uint8_t *der = NULL, digest[SHA256_SIZE];
	int n = key ? i2d_PUBKEY(key, &der) : 0;
	struct text hex = { 0 };
	uint32_t at = 0;

	if (n > 0) {
		sha256_of((struct span){ der, (size_t)n }, digest);
		text_hex(&hex, (struct span){ digest, sizeof(digest) });
	}
	OPENSSL_free(der);
	while (at < t->count && span_compare(t->keys[at].spki_sha256, text_span(&hex)) < 0)
		at++;
	if (n <= 0 || t->count == MOST_TRUST ||
	    (at < t->count && span_equal(t->keys[at].spki_sha256, text_span(&hex)))) {
		EVP_PKEY_free(key);
		text_free(&hex);
		return n > 0 && t->count < MOST_TRUST;
	}
	memmove(t->keys + at + 1, t->keys + at, (t->count++ - at) * sizeof(*t->keys));
	t->keys[at] = (struct trusted_key){ key, text_span(&hex) };
	return true;
}

static bool add_certificate(struct trust *t, X509 *x)
{
	EVP_PKEY *key = x ? X509_get_pubkey(x) : NULL;

	X509_free(x);
	return key && add(t, key);
}

static bool add_pem(struct trust *t, struct span file)
{
	BIO *bio = BIO_new_mem_buf(file.p, (int)file.n);
	char *name = NULL, *header = NULL;
	uint8_t *der = NULL;
	long n;
	bool all = true;
	uint32_t took = 0;

	while (bio && all && PEM_read_bio(bio, &name, &header, &der, &n)) {
		const uint8_t *p = der;

		if (strcmp(name, PEM_STRING_X509) == 0)
			all = add_certificate(t, d2i_X509(NULL, &p, n));
		else if (strcmp(name, PEM_STRING_PUBLIC) == 0)
			all = add(t, d2i_PUBKEY(NULL, &p, n));
		else
			all = false;
		took += all;
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)n);
	}
	BIO_free(bio);
	return all && took > 0;
}

static bool add_usign(struct trust *t, struct span file)
{
	size_t end = span_find(file, 0, span_text("\n"));
	struct text raw = { 0 };
	EVP_PKEY *key = NULL;

	text_base64(&raw, end < file.n ? span_from(file, end + 1) : (struct span){ 0 });
	if (raw.n == USIGN_KEY && memcmp(raw.p, "Ed", 2) == 0)
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						  (const uint8_t *)raw.p + 10, 32);
	text_free(&raw);
	return key && add(t, key);
}

bool trust_add(struct trust *t, struct span file)
{
	const uint8_t *p = file.p, *q = file.p;
	bool ok;

	hash_start();
	if (span_starts(file, span_text("untrusted comment:")))
		ok = add_usign(t, file);
	else if (span_find(file, 0, span_text("-----BEGIN ")) != SIZE_MAX)
		ok = add_pem(t, file);
	else
		ok = add_certificate(t, d2i_X509(NULL, &p, (long)file.n)) ||
		     add(t, d2i_PUBKEY(NULL, &q, (long)file.n));
	ERR_clear_error();
	return ok;
}
