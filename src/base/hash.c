/* hash.c - SHA through OpenSSL's one-shot calls with fetched methods; CRCs. */
#include "base/hash.h"

#include <libdeflate.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

static EVP_MD *sha256, *sha384, *sha512, *sha1, *md5;

static uint32_t castagnoli[8][256];
static uint16_t a001[256];

/* Slicing by eight: table k holds the effect of a byte followed by k zero bytes. */
static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		uint32_t s = i;

		for (int bit = 0; bit < 8; bit++) {
			c = c & 1 ? c >> 1 ^ 0x82F63B78u : c >> 1;
			s = s & 1 ? s >> 1 ^ 0xA001u : s >> 1;
		}
		castagnoli[0][i] = c;
		a001[i] = (uint16_t)s;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			castagnoli[k][i] = castagnoli[k - 1][i] >> 8 ^
					   castagnoli[0][castagnoli[k - 1][i] & 0xff];
}

void hash_start(void)
{
	if (sha256)
		return;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS |
				    OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
			    NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
	sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
	sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	if (!sha256 || !sha384 || !sha512 || !sha1 || !md5)
		abort(); /* an OpenSSL without SHA: nothing here could be trusted */
	make_tables();
}

/* One context a thread: creating one costs more than hashing a small file. */
static _Thread_local EVP_MD_CTX *context;

static void digest(const EVP_MD *method, const struct span *parts, size_t count, uint8_t *out)
{
	bool ok;

	if (!context)
		context = EVP_MD_CTX_new();
	ok = context && EVP_DigestInit_ex2(context, method, NULL);
	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_DigestUpdate(context, parts[i].p, parts[i].n);
	if (!ok || !EVP_DigestFinal_ex(context, out, NULL))
		abort(); /* out of memory in OpenSSL; a wrong digest would be worse */
}

void hash_thread_end(void)
{
	EVP_MD_CTX_free(context);
	context = NULL;
}

void sha256_of(struct span s, uint8_t out[SHA256_SIZE])
{
	digest(sha256, &s, 1, out);
}

struct sha256_run {
	EVP_MD_CTX *context;
};

struct sha256_run *sha256_begin(void)
{
	struct sha256_run *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	r->context = EVP_MD_CTX_new();
	if (r->context && EVP_DigestInit_ex2(r->context, sha256, NULL))
		return r;
	sha256_drop(r);
	return NULL;
}

void sha256_add(struct sha256_run *r, struct span s)
{
	if (s.n && !EVP_DigestUpdate(r->context, s.p, s.n))
		abort(); /* as above */
}

void sha256_end(struct sha256_run *r, uint8_t out[SHA256_SIZE])
{
	if (!EVP_DigestFinal_ex(r->context, out, NULL))
		abort(); /* as above */
}

void sha256_drop(struct sha256_run *r)
{
	if (r)
		EVP_MD_CTX_free(r->context);
	free(r);
}

void sha256_peek(const struct sha256_run *r, uint8_t out[SHA256_SIZE])
{
	EVP_MD_CTX *part = EVP_MD_CTX_new();

	if (!part || !EVP_MD_CTX_copy_ex(part, r->context) || !EVP_DigestFinal_ex(part, out, NULL))
		abort(); /* as above */
	EVP_MD_CTX_free(part);
}

void sha384_of(struct span s, uint8_t out[SHA384_SIZE])
{
	digest(sha384, &s, 1, out);
}

void sha512_of(struct span s, uint8_t out[SHA512_SIZE])
{
	digest(sha512, &s, 1, out);
}

void sha1_of(struct span s, uint8_t out[20])
{
	digest(sha1, &s, 1, out);
}

void md5_of(struct span s, uint8_t out[16])
{
	digest(md5, &s, 1, out);
}

void sha1_of_parts(const struct span *parts, size_t count, uint8_t out[20])
{
	digest(sha1, parts, count, out);
}

void sha256_of_parts(const struct span *parts, size_t count, uint8_t out[SHA256_SIZE])
{
	digest(sha256, parts, count, out);
}

#define MOST_HMAC_PARTS 8
#define SHA256_BLOCK    64

void hmac_sha256_of_parts(struct span key, const struct span *parts, size_t count,
			  uint8_t out[SHA256_SIZE])
{
	uint8_t pad[SHA256_BLOCK] = { 0 }, inner[SHA256_SIZE];
	struct span all[MOST_HMAC_PARTS + 1] = { { pad, sizeof(pad) } };

	if (count > MOST_HMAC_PARTS)
		abort(); /* the caller's mistake */
	if (key.n > sizeof(pad))
		sha256_of(key, pad);
	else if (key.n)
		memcpy(pad, key.p, key.n);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	for (size_t i = 0; i < count; i++)
		all[i + 1] = parts[i];
	digest(sha256, all, count + 1, inner);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	all[1] = (struct span){ inner, sizeof(inner) };
	digest(sha256, all, 2, out);
	OPENSSL_cleanse(pad, sizeof(pad));
}

void md5_of_parts(const struct span *parts, size_t count, uint8_t out[16])
{
	digest(md5, parts, count, out);
}

uint32_t crc32_update(uint32_t crc, struct span s)
{
	return s.n ? libdeflate_crc32(crc, s.p, s.n) : crc;
}

uint32_t crc32_of(struct span s)
{
	return crc32_update(0, s);
}

uint32_t crc32_open(struct span s)
{
	return ~crc32_of(s);
}

uint32_t crc32_bare(struct span s)
{
	return ~crc32_update(UINT32_MAX, s);
}

uint32_t crc32c_update(uint32_t c, struct span s)
{
	const uint8_t *p = s.p;
	size_t n = s.n;

	for (; n >= 8; p += 8, n -= 8) {
		uint32_t low = c ^ (p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
				    (uint32_t)p[3] << 24);

		c = castagnoli[7][low & 0xff] ^ castagnoli[6][low >> 8 & 0xff] ^
		    castagnoli[5][low >> 16 & 0xff] ^ castagnoli[4][low >> 24] ^
		    castagnoli[3][p[4]] ^ castagnoli[2][p[5]] ^ castagnoli[1][p[6]] ^
		    castagnoli[0][p[7]];
	}
	for (; n; p++, n--)
		c = c >> 8 ^ castagnoli[0][(c ^ *p) & 0xff];
	return c;
}

uint16_t crc16_1021(uint16_t seed, struct span s)
{
	static const uint16_t nibble[] = { 0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5,
					   0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b,
					   0xc18c, 0xd1ad, 0xe1ce, 0xf1ef };
	uint16_t c = seed;

	for (size_t i = 0; i < s.n; i++) {
		c = (uint16_t)(c << 4) ^ nibble[c >> 12 ^ s.p[i] >> 4];
		c = (uint16_t)(c << 4) ^ nibble[c >> 12 ^ (s.p[i] & 15)];
	}
	return c;
}

uint16_t crc16_a001(uint16_t seed, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		seed = (uint16_t)(seed >> 8 ^ a001[(seed ^ s.p[i]) & 0xff]);
	return seed;
}

uint32_t adler32_of(struct span s)
{
	return libdeflate_adler32(1, s.p, s.n);
}
