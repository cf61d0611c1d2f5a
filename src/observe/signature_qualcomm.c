/* signature_qualcomm.c - signatures of Qualcomm's images (Qualcomm, Secure Boot and Image
 * Authentication v1.0, v2.0). Who signed is told by the first of the certificates behind the
 * signature; the one behind it signed that one, and so on; what is left of their room is 0xff.
 *
 * Three kinds are in the field, over header, metadata and code or hashes. RSA-PSS and ECDSA are as
 * their standards have them. The oldest is PKCS #1 1.5 without DigestInfo, of a digest into which
 * two numbers of 64 bits go that stand in the signer's certificate, so that no other image or chip
 * can be meant: H(HW_ID ^ 5c.. || H(SW_ID ^ 36.. || H(bytes))). */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "observe/key.h"
#include "observe/signature.h"

#define MOST_CHAIN 32   /* certificates; makers with several roots put all of them behind */
#define MOST_RSA   1024 /* bytes of a signature */
#define LONGEST_ID 16   /* digits */
#define INNER_PAD  0x3636363636363636u
#define OUTER_PAD  0x5c5c5c5c5c5c5c5cu

struct signer {
	STACK_OF(X509) * inside;
	X509 *own;
	EVP_PKEY *key;
	struct span value; /* without what fills its room */
	enum signing by;   /* SIGNING_QUALCOMM: the oldest kind */
	const char *digest;
	uint8_t bare[MOST_RSA]; /* what the oldest kind signs */
	size_t bare_size;
	X509 *path[LONGEST_CHAIN]; /* from the signer's own on, each signed by the next */
	int path_length;
	bool is_open; /* the last one is signed by another that is not inside */
};

static void read_chain(struct span in, struct signer *s)
{
	s->inside = sk_X509_new_null();
	while (s->inside && in.n && sk_X509_num(s->inside) < MOST_CHAIN) {
		struct span der = span_head(in, der_length(in, 0x30));
		const uint8_t *p = der.p;
		X509 *x = der.n ? d2i_X509(NULL, &p, (long)der.n) : NULL;

		if (!x || sk_X509_push(s->inside, x) <= 0) {
			X509_free(x);
			break;
		}
		in = span_from(in, der.n);
	}
	s->own = s->inside ? sk_X509_value(s->inside, 0) : NULL;
	s->key = s->own ? X509_get0_pubkey(s->own) : NULL;
}

static const char *digest_of_size(size_t n)
{
	switch (n) {
	case 20:
		return "sha1";
	case 32:
		return "sha256";
	case 48:
		return "sha384";
	default:
		return NULL;
	}
}

/* The digest by which the signer's certificate is signed. */
static const char *digest_of_certificate(X509 *x)
{
	int nid = NID_undef;

	return X509_get_signature_info(x, &nid, NULL, NULL, NULL) && EVP_get_digestbynid(nid)
		       ? OBJ_nid2ln(nid)
		       : NULL;
}

/* What is in the signature, if it has the form of PKCS #1 1.5 and nothing but a digest in it. */
static bool read_bare(struct signer *s)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->key, NULL);
	bool ok;

	s->bare_size = sizeof(s->bare);
	ok = ctx && EVP_PKEY_verify_recover_init(ctx) > 0 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	     EVP_PKEY_verify_recover(ctx, s->bare, &s->bare_size, s->value.p, s->value.n) > 0;
	EVP_PKEY_CTX_free(ctx);
	s->digest = ok ? digest_of_size(s->bare_size) : NULL;
	return s->digest != NULL;
}

static bool read_kind(struct span value, struct signer *s)
{
	int id = s->key ? EVP_PKEY_get_base_id(s->key) : EVP_PKEY_NONE;

	if (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS) {
		s->value = span_sub(value, 0, (uint64_t)EVP_PKEY_get_size(s->key));
		if (s->value.n == 0 || s->value.n > MOST_RSA)
			return false;
		s->by = read_bare(s) ? SIGNING_QUALCOMM : SIGNING_RSA_PSS;
	} else if (id == EVP_PKEY_EC) {
		s->value = span_head(value, der_length(value, 0x30));
		s->by = SIGNING_ECDSA;
	}
	if (s->value.n && !s->digest)
		s->digest = digest_of_certificate(s->own);
	return s->digest != NULL;
}

static void signer_free(struct signer *s)
{
	sk_X509_pop_free(s->inside, X509_free);
	ERR_clear_error();
}

bool qualcomm_describe(struct span value, struct span certificates, struct cms_signer *to)
{
	struct signer s = { 0 };
	bool known;

	read_chain(certificates, &s);
	known = read_kind(value, &s);
	if (s.key) {
		to->bits = (uint32_t)EVP_PKEY_get_bits(s.key);
		signer_name(X509_get_subject_name(s.own), &to->name);
	}
	if (known) {
		to->by = s.by;
		to->digest = s.digest;
	}
	signer_free(&s);
	return known;
}

/* "01 0000000000000009 SW_ID": two digits, the number, its name. */
static bool read_number(struct span text, const char *name, uint64_t *number)
{
	size_t end = span_find(text, 3, span_text(" "));

	*number = 0;
	if (end == SIZE_MAX || end <= 3 || end > 3 + LONGEST_ID ||
	    !span_is(span_from(text, (uint64_t)end + 1), name))
		return false;
	for (size_t i = 3; i < end; i++) {
		int digit = OPENSSL_hexchar2int((uint8_t)span_byte(text, i));

		if (digit < 0)
			return false;
		*number = *number << 4 | (uint64_t)digit;
	}
	return true;
}

/* The number of that name among the units (OU) of the signer. */
static bool find_number(const X509 *x, const char *name, uint64_t *number)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_organizationalUnitName, at)) >= 0) {
		const ASN1_STRING *s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
		struct span text = { ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };

		if (read_number(text, name, number))
			return true;
	}
	return false;
}

/* digest = H(number || digest) */
static bool fold(const EVP_MD *md, uint64_t number, uint8_t digest[EVP_MAX_MD_SIZE], unsigned *size)
{
	uint8_t in[8 + EVP_MAX_MD_SIZE];

	for (int i = 0; i < 8; i++)
		in[i] = (uint8_t)(number >> (56 - 8 * i));
	memcpy(in + 8, digest, *size);
	return EVP_Digest(in, 8 + *size, digest, size, md, NULL) > 0;
}

static bool bare_holds(const struct message *m, const struct signer *s)
{
	const EVP_MD *md = EVP_get_digestbyname(m->digest_name);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = m->digest_size;
	uint64_t software, hardware;

	memcpy(digest, m->digest, sizeof(digest));
	return find_number(s->own, "SW_ID", &software) && find_number(s->own, "HW_ID", &hardware) &&
	       fold(md, software ^ INNER_PAD, digest, &size) &&
	       fold(md, hardware ^ OUTER_PAD, digest, &size) &&
	       span_equal((struct span){ digest, size }, (struct span){ s->bare, s->bare_size });
}

static bool signature_holds(const struct message *m, const struct signer *s)
{
	struct message plain = *m;

	plain.by = s->by;
	plain.value = s->value;
	return strcmp(s->digest, m->digest_name) == 0 &&
	       (s->by == SIGNING_QUALCOMM ? bare_holds(m, s) : message_verifies(&plain, s->key));
}

/* Phones have hundreds of these, with three certificates each: what does not depend on the key that
 * is tried is computed once. */
static void find_path(struct signer *s)
{
	X509 *x = s->own;

	while (x && s->path_length < LONGEST_CHAIN) {
		s->path[s->path_length++] = x;
		x = signer_issuer(x, s->inside);
	}
	s->is_open = !x && X509_self_signed(s->path[s->path_length - 1], 1) != 1;
}

struct signer *qualcomm_open(const struct message *m)
{
	struct signer *s = calloc(1, sizeof(*s));

	if (!s) {
		machine_ran_out();
		return NULL;
	}
	read_chain(m->certificates, s);
	if (read_kind(m->value, s) && signature_holds(m, s)) {
		find_path(s);
		ERR_clear_error();
		return s;
	}
	qualcomm_close(s);
	return NULL;
}

void qualcomm_close(struct signer *s)
{
	if (s)
		signer_free(s);
	free(s);
}

bool qualcomm_is_open(const struct signer *s)
{
	return s && s->is_open;
}

bool qualcomm_leads_to(const struct signer *s, EVP_PKEY *key)
{
	for (int i = 0; s && i < s->path_length; i++)
		if (EVP_PKEY_eq(X509_get0_pubkey(s->path[i]), key) == 1)
			return true;
	return qualcomm_is_open(s) && X509_verify(s->path[s->path_length - 1], key) == 1;
}
