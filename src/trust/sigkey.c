/* sigkey.c - keys through OpenSSL. Private keys are held in its memory alone and are overwritten
 * when it frees them. */
/* Engines are how OpenSSL 3 as distributions have it reaches tokens; they are deprecated since. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "trust/sigkey.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* scrypt: the least that OWASP's list of 2024 asks for with 16 MiB of memory. */
#define SCRYPT_N 16384
#define SCRYPT_R 8
#define SCRYPT_P 5

struct sigkey {
	EVP_PKEY *pkey;
	enum sigkey_kind kind;
	ENGINE *token; /* NULL: it is in memory */
};

static const struct {
	const char *name, *type, *group;
} kinds[] = {
	[SIGKEY_P256] = { "p256", "EC", "P-256" },
	[SIGKEY_ED25519] = { "ed25519", "ED25519", NULL },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *sigkey_kind_name(enum sigkey_kind kind)
{
	return kinds[kind].name;
}

bool sigkey_kind_named(const char *name, enum sigkey_kind *kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*kind = (enum sigkey_kind)i;
			return true;
		}
	return false;
}

static bool kind_of(const EVP_PKEY *pkey, enum sigkey_kind *kind)
{
	char group[64] = "";

	if (EVP_PKEY_is_a(pkey, "ED25519")) {
		*kind = SIGKEY_ED25519;
		return true;
	}
	*kind = SIGKEY_P256;
	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
	       (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

/* Takes the key over. NULL where it is of no kind that signs here. */
static struct sigkey *wrap(EVP_PKEY *pkey)
{
	enum sigkey_kind kind;
	struct sigkey *key = pkey && kind_of(pkey, &kind) ? malloc(sizeof(*key)) : NULL;

	ERR_clear_error();
	if (!key) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	*key = (struct sigkey){ pkey, kind, NULL };
	return key;
}

struct sigkey *sigkey_new(enum sigkey_kind kind)
{
	return wrap(kinds[kind].group
			    ? EVP_PKEY_Q_keygen(NULL, NULL, kinds[kind].type, kinds[kind].group)
			    : EVP_PKEY_Q_keygen(NULL, NULL, kinds[kind].type));
}

void sigkey_free(struct sigkey *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	if (key->token)
		ENGINE_finish(key->token);
	free(key);
}

enum sigkey_kind sigkey_kind_of(const struct sigkey *key)
{
	return key->kind;
}

bool sigkey_is_private(struct span pem)
{
	return span_find(pem, 0, span_text("PRIVATE KEY-----")) != SIZE_MAX;
}

static int give_passphrase(char *to, int size, int writing, void *ctx)
{
	const struct span *passphrase = ctx;

	(void)writing;
	if (passphrase->n == 0 || passphrase->n > (size_t)size)
		return -1;
	memcpy(to, passphrase->p, passphrase->n);
	return (int)passphrase->n;
}

enum sigkey_state sigkey_read_private(struct span pem, struct span passphrase, struct sigkey **key)
{
	bool locked = span_find(pem, 0, span_text("ENCRYPTED")) != SIZE_MAX;
	BIO *in;
	EVP_PKEY *pkey;

	*key = NULL;
	if (!sigkey_is_private(pem) || pem.n > MOST_KEY_FILE)
		return SIGKEY_UNKNOWN;
	if (locked && passphrase.n == 0)
		return SIGKEY_LOCKED;
	in = BIO_new_mem_buf(pem.p, (int)pem.n);
	pkey = in ? PEM_read_bio_PrivateKey(in, NULL, give_passphrase, &passphrase) : NULL;
	BIO_free(in);
	ERR_clear_error();
	if (!pkey)
		return locked ? SIGKEY_REFUSED : SIGKEY_UNKNOWN;
	*key = wrap(pkey);
	return *key ? SIGKEY_READ : SIGKEY_UNKNOWN;
}

bool sigkey_is_token(const char *name)
{
	return span_starts(span_text(name), span_text("pkcs11:"));
}

/* An engine that is ready; NULL: it is not installed, or finds no module. */
static ENGINE *open_engine(const char *pin)
{
	ENGINE *e;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ENGINE_DYNAMIC, NULL);
	e = ENGINE_by_id("pkcs11");
	if (e && (ENGINE_ctrl_cmd_string(e, "PIN", pin, 0) != 1 || ENGINE_init(e) != 1)) {
		ENGINE_free(e);
		e = NULL;
	}
	if (e)
		ENGINE_free(e); /* what ENGINE_init took keeps it */
	return e;
}

/* CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED. */
static bool pin_was_refused(void)
{
	bool refused = false;
	unsigned long code;

	while ((code = ERR_get_error()) != 0) {
		int reason = ERR_GET_REASON(code);

		refused = refused || (reason >= 0xa0 && reason <= 0xa4);
	}
	return refused;
}

enum sigkey_state sigkey_read_token(const char *uri, struct span pin, struct sigkey **key)
{
	char text[MOST_PASSPHRASE + 1];
	EVP_PKEY *pkey;
	ENGINE *e;

	*key = NULL;
	if (pin.n == 0 || pin.n > MOST_PASSPHRASE)
		return SIGKEY_LOCKED;
	memcpy(text, pin.p, pin.n);
	text[pin.n] = 0;
	e = open_engine(text);
	OPENSSL_cleanse(text, sizeof(text));
	ERR_clear_error();
	if (!e)
		return SIGKEY_NO_WAY;
	pkey = ENGINE_load_private_key(e, uri, NULL, NULL);
	if (!pkey && pin_was_refused()) {
		ENGINE_finish(e);
		return SIGKEY_REFUSED;
	}
	*key = wrap(pkey);
	if (*key)
		(*key)->token = e;
	else
		ENGINE_finish(e);
	return *key ? SIGKEY_READ : SIGKEY_UNKNOWN;
}

struct sigkey *sigkey_read_public(struct span pem)
{
	BIO *in = pem.n && pem.n <= MOST_KEY_FILE ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	EVP_PKEY *pkey = in ? PEM_read_bio_PUBKEY(in, NULL, give_passphrase, NULL) : NULL;

	BIO_free(in);
	ERR_clear_error();
	return wrap(pkey);
}

struct sigkey *sigkey_read_spki(struct span der)
{
	const uint8_t *p = der.p;
	EVP_PKEY *pkey = der.n && der.n <= MOST_KEY_FILE ? d2i_PUBKEY(NULL, &p, (long)der.n) : NULL;

	if (pkey && p != der.p + der.n) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	return wrap(pkey);
}

void sigkey_digest(const struct sigkey *key, uint8_t sha256[SHA256_SIZE])
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key->pkey, &der);

	sha256_of((struct span){ der, n > 0 ? (size_t)n : 0 }, sha256);
	OPENSSL_free(der);
}

bool sigkey_ed25519(const struct sigkey *key, uint8_t raw[32])
{
	size_t n = 32;

	return key->kind == SIGKEY_ED25519 &&
	       EVP_PKEY_get_raw_public_key(key->pkey, raw, &n) == 1 && n == 32;
}

size_t sigkey_spki(const struct sigkey *key, uint8_t *spki, size_t room)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key->pkey, &der);
	size_t size = n > 0 && (size_t)n <= room ? (size_t)n : 0;

	memcpy(spki, der, size);
	OPENSSL_free(der);
	return size;
}

void secret_free(struct text *t)
{
	if (t->p)
		OPENSSL_cleanse(t->p, t->cap);
	text_free(t);
}

/* A text grows by copying: what is secret is put with room for all of it, at once. */
static bool take_bio(BIO *bio, bool ok, struct text *pem)
{
	char *p = NULL;
	long n = ok ? BIO_get_mem_data(bio, &p) : 0;

	if (n > 0)
		text_put(pem, (struct span){ (const uint8_t *)p, (size_t)n });
	if (n > 0)
		OPENSSL_cleanse(p, (size_t)n);
	BIO_free(bio);
	ERR_clear_error();
	return n > 0 && !pem->failed;
}

static X509_SIG *encrypt(const struct sigkey *key, struct span passphrase)
{
	PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key->pkey);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	X509_ALGOR *how =
		cipher ? PKCS5_pbe2_set_scrypt(cipher, NULL, 16, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P)
		       : NULL;
	X509_SIG *sealed = plain && how ? PKCS8_set0_pbe((const char *)passphrase.p,
							 (int)passphrase.n, plain, how)
					: NULL;

	if (!sealed)
		X509_ALGOR_free(how); /* otherwise it is part of what was made */
	EVP_CIPHER_free(cipher);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return sealed;
}

bool sigkey_write_private(const struct sigkey *key, struct span passphrase, struct text *pem)
{
	BIO *out = BIO_new(BIO_s_secmem());
	bool ok = false;

	if (out && passphrase.n) {
		X509_SIG *sealed = encrypt(key, passphrase);

		ok = sealed && PEM_write_bio_PKCS8(out, sealed) == 1;
		X509_SIG_free(sealed);
	} else if (out) {
		ok = PEM_write_bio_PKCS8PrivateKey(out, key->pkey, NULL, NULL, 0, NULL, NULL) == 1;
	}
	return take_bio(out, ok, pem);
}

bool sigkey_write_public(const struct sigkey *key, struct text *pem)
{
	BIO *out = BIO_new(BIO_s_mem());

	return take_bio(out, out && PEM_write_bio_PUBKEY(out, key->pkey) == 1, pem);
}

/* Ed25519 takes the message as it is, ECDSA its digest. */
static const char *digest_for(const struct sigkey *key)
{
	return key->kind == SIGKEY_ED25519 ? NULL : "SHA256";
}

bool sigkey_sign(const struct sigkey *key, struct span message, uint8_t signature[MOST_SIGNATURE],
		 size_t *n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	*n = MOST_SIGNATURE;
	ok = ctx &&
	     EVP_DigestSignInit_ex(ctx, NULL, digest_for(key), NULL, NULL, key->pkey, NULL) == 1 &&
	     EVP_DigestSign(ctx, signature, n, message.p, message.n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool sigkey_verifies(const struct sigkey *key, struct span message, struct span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
		  EVP_DigestVerifyInit_ex(ctx, NULL, digest_for(key), NULL, NULL, key->pkey,
					  NULL) == 1 &&
		  EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

struct sigcheck {
	const struct sigkey *key;
	EVP_PKEY_CTX *ctx; /* of P-256; Ed25519 has nothing to prepare */
};

struct sigcheck *sigcheck_new(const struct sigkey *key)
{
	struct sigcheck *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->key = key;
	if (key->kind == SIGKEY_P256)
		c->ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	if (key->kind == SIGKEY_P256 && (!c->ctx || EVP_PKEY_verify_init(c->ctx) != 1)) {
		sigcheck_free(c);
		ERR_clear_error();
		return NULL;
	}
	return c;
}

bool sigcheck_holds(struct sigcheck *c, struct span message, struct span signature)
{
	uint8_t digest[SHA256_SIZE];
	bool ok;

	if (!c->ctx)
		return sigkey_verifies(c->key, message, signature);
	sha256_of(message, digest);
	ok = EVP_PKEY_verify(c->ctx, signature.p, signature.n, digest, sizeof(digest)) == 1;
	if (!ok)
		ERR_clear_error();
	return ok;
}

void sigcheck_free(struct sigcheck *c)
{
	if (c)
		EVP_PKEY_CTX_free(c->ctx);
	free(c);
}

bool sigkey_twin(const struct sigkey *key, struct span signature, uint8_t twin[MOST_SIGNATURE],
		 size_t *n)
{
	/* SEC 2, 2.4.2. */
	static const char order[] =
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	const uint8_t *in = signature.p;
	ECDSA_SIG *sig = sigkey_kind_of(key) == SIGKEY_P256 && signature.n <= MOST_SIGNATURE
				 ? d2i_ECDSA_SIG(NULL, &in, (long)signature.n)
				 : NULL;
	BIGNUM *s = NULL, *r = sig ? BN_dup(ECDSA_SIG_get0_r(sig)) : NULL;
	uint8_t *out = twin;
	int size = 0;
	bool ok = r && BN_hex2bn(&s, order) && BN_sub(s, s, ECDSA_SIG_get0_s(sig)) &&
		  !BN_is_negative(s) && ECDSA_SIG_set0(sig, r, s) == 1;

	if (ok)
		size = i2d_ECDSA_SIG(sig, NULL);
	else {
		BN_free(r);
		BN_free(s);
	}
	ok = ok && size > 0 && (unsigned)size <= MOST_SIGNATURE && i2d_ECDSA_SIG(sig, &out) == size;
	*n = ok ? (size_t)size : 0;
	ECDSA_SIG_free(sig);
	ERR_clear_error();
	return ok;
}
