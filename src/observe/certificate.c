/* certificate.c - X.509 certificates. */
#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/hash.h"
#include "observe/key.h"

static struct span take_bio(struct arena *a, BIO *bio)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);
	struct span copy =
		arena_copy(a, (struct span){ (const uint8_t *)p, n > 0 ? (size_t)n : 0 });

	BIO_free(bio);
	return copy;
}

/* RFC 2253, UTF-8 left as it is: text_escape has the last word. */
static struct span name_text(struct arena *a, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio)
		return (struct span){ 0 };
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
	return take_bio(a, bio);
}

static struct span time_text(struct arena *a, const ASN1_TIME *t)
{
	struct tm tm;
	struct text out = { 0 };
	struct span copy;

	if (ASN1_TIME_to_tm(t, &tm))
		text_format(&out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	copy = arena_copy(a, text_span(&out));
	text_free(&out);
	return copy;
}

static struct span hex_text(struct arena *a, const uint8_t *digest)
{
	struct text t = { 0 };
	struct span copy;

	text_hex(&t, (struct span){ digest, 32 });
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

static void describe(struct arena *a, X509 *x, struct certificate_fact *f)
{
	const char *signature = OBJ_nid2ln(X509_get_signature_nid(x));
	EVP_PKEY *key = X509_get0_pubkey(x);
	struct key_read k = { 0 };
	uint8_t *spki = NULL;
	int spki_size = key ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki) : 0;

	f->subject = name_text(a, X509_get_subject_name(x));
	f->issuer = name_text(a, X509_get_issuer_name(x));
	f->not_before = time_text(a, X509_get0_notBefore(x));
	f->not_after = time_text(a, X509_get0_notAfter(x));
	f->self_signed = X509_self_signed(x, 0) == 1;
	f->is_ca = X509_check_ca(x) == 1;
	f->signature = arena_copy(a, span_text(signature ? signature : "unknown"));
	if (spki_size > 0) {
		key_describe_as(key, (struct span){ spki, (size_t)spki_size }, &k);
		f->key_algorithm = k.algorithm;
		f->key_bits = k.bits;
		f->spki_sha256 = hex_text(a, k.spki_sha256);
		f->spki = arena_copy(a, (struct span){ k.spki, k.spki_size });
		f->rsa = key_rsa(a, &k);
	}
	OPENSSL_free(spki);
}

bool certificate_add(struct scene *s, struct span der, uint64_t at, uint64_t length)
{
	const uint8_t *p = der.p;
	X509 *x = der.n <= MOST_DER ? d2i_X509(NULL, &p, (long)der.n) : NULL;
	struct certificate_fact *f =
		x ? fact_new(s->bench->arena, s->node, FACT_CERTIFICATE, at, length) : NULL;
	uint8_t digest[32];

	if (f) {
		f->f.line = scene_line(s, at);
		describe(s->bench->arena, x, f);
		sha256_of(span_sub(der, 0, (uint64_t)(p - der.p)), digest);
		f->sha256 = hex_text(s->bench->arena, digest);
	}
	X509_free(x);
	return f != NULL;
}
