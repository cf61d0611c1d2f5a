/* apr1.c - the schemes of web servers and brokers that libxcrypt lacks. */
#include "observe/password.h"

#include <limits.h>
#include <openssl/evp.h>

#include "base/hash.h"
#include "base/text.h"

#define ROUNDS 1000

static void put_digits(char *to, uint32_t value, int n)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	for (; n; n--, value >>= 6)
		*to++ = digits[value & 63];
}

static void encode(const uint8_t d[16], char out[23])
{
	static const uint8_t order[5][3] = {
		{ 0, 6, 12 }, { 1, 7, 13 }, { 2, 8, 14 }, { 3, 9, 15 }, { 4, 10, 5 }
	};

	for (int i = 0; i < 5; i++)
		put_digits(out + 4 * i,
			   (uint32_t)d[order[i][0]] << 16 | (uint32_t)d[order[i][1]] << 8 |
				   d[order[i][2]],
			   4);
	put_digits(out + 20, d[11], 2);
	out[22] = 0;
}

/* The first digest: password, magic, salt, a digest of password-salt-password as often as the
 * password is long, then a byte for each bit of its length. */
static void first_digest(struct span word, struct span salt, uint8_t d[16])
{
	struct text t = { 0 };

	text_put(&t, word);
	text_put(&t, salt);
	text_put(&t, word);
	md5_of(text_span(&t), d);
	t.n = 0;
	text_put(&t, word);
	text_puts(&t, "$apr1$");
	text_put(&t, salt);
	for (size_t left = word.n; left; left -= left > 16 ? 16 : left)
		text_put(&t, (struct span){ d, left > 16 ? 16 : left });
	for (size_t bit = word.n; bit; bit >>= 1)
		text_char(&t, bit & 1 ? 0 : (char)span_byte(word, 0));
	md5_of(text_span(&t), d);
	text_free(&t);
}

static void apr1(struct span word, struct span salt, char out[23])
{
	uint8_t d[16];
	struct text t = { 0 };

	first_digest(word, salt, d);
	for (int i = 0; i < ROUNDS; i++) {
		struct span digest = { d, 16 };

		t.n = 0;
		text_put(&t, i & 1 ? word : digest);
		if (i % 3)
			text_put(&t, salt);
		if (i % 7)
			text_put(&t, word);
		text_put(&t, i & 1 ? digest : word);
		md5_of(text_span(&t), d);
	}
	text_free(&t);
	encode(d, out);
}

static bool apr1_opens(struct span hash, struct span word)
{
	struct span rest = span_from(hash, 6);
	size_t end = span_find(rest, 0, span_text("$"));
	struct span salt = span_head(span_sub(rest, 0, end < rest.n ? end : 0), 8);
	char made[23];

	if (salt.n == 0)
		return false;
	apr1(word, salt, made);
	return span_is(span_from(rest, end + 1), made);
}

static bool sha_opens(struct span hash, struct span word, size_t prefix)
{
	struct span text = span_from(hash, prefix);
	uint8_t raw[128], digest[20];
	struct text t = { 0 };
	int n = text.n > 160 || text.n % 4 ? -1 : EVP_DecodeBlock(raw, text.p, (int)text.n);
	bool one = span_byte(text, text.n - 1) == '=',
	     two = one && span_byte(text, text.n - 2) == '=';
	size_t padding = (one ? 1u : 0) + (two ? 1u : 0);

	if (n < 20 || (size_t)n > sizeof(raw))
		return false;
	text_put(&t, word);
	text_put(&t, (struct span){ raw + 20, (size_t)n - 20 - padding });
	sha1_of(text_span(&t), digest);
	text_free(&t);
	return memcmp(digest, raw, 20) == 0;
}

/* The digest of password and salt, or PBKDF2 with as many rounds as the hash says. */
static bool mosquitto_opens(const struct scheme *s, struct span hash, struct span word)
{
	struct text salt = { 0 }, want = { 0 }, salted = { 0 };
	uint8_t made[SHA512_SIZE];
	uint64_t rounds = 0;
	bool ok;

	text_base64(&salt, salt_of(s, hash));
	text_base64(&want, span_from(hash, hash.n - MOSQUITTO_DIGITS));
	ok = salt.n && want.n == sizeof(made) && s->cost(hash, &rounds) && rounds <= INT_MAX;
	if (ok && rounds) {
		ok = PKCS5_PBKDF2_HMAC((const char *)word.p, (int)word.n, (const uint8_t *)salt.p,
				       (int)salt.n, (int)rounds, EVP_sha512(), sizeof(made), made);
	} else if (ok) {
		text_put(&salted, word);
		text_put(&salted, text_span(&salt));
		sha512_of(text_span(&salted), made);
	}
	ok = ok && memcmp(made, want.p, sizeof(made)) == 0;
	text_free(&salt);
	text_free(&want);
	text_free(&salted);
	return ok;
}

bool password_opens_own(const struct scheme *s, struct span hash, struct span word)
{
	size_t prefix = strlen(s->prefix);

	switch (s->method) {
	case METHOD_APR1:
		return apr1_opens(hash, word);
	case METHOD_SHA:
		return sha_opens(hash, word, prefix);
	case METHOD_MOSQUITTO:
		return mosquitto_opens(s, hash, word);
	case METHOD_PLAIN:
		return span_equal(span_from(hash, prefix), word);
	case METHOD_CRYPT:
		break;
	}
	return false;
}
