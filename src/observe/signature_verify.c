/* signature_verify.c - one signature, one key, through OpenSSL. Nothing is looked up anywhere: no
 * store, no clock, no revocation. */
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "observe/signature.h"

#define MOST_SIGNERS 8
#define MOST_INSIDE  32 /* certificates */

/* r and s side by side, each half of the value, as DER has them. Gives its length. */
static int ecdsa_der(struct span raw, uint8_t **der)
{
	int half = (int)(raw.n / 2), n = 0;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.p, half, NULL), *s = BN_bin2bn(raw.p + half, half, NULL);

	if (sig && r && s && ECDSA_SIG_set0(sig, r, s)) {
		n = i2d_ECDSA_SIG(sig, der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return n;
}

static bool digest_verifies(const struct message *m, EVP_PKEY *key, struct span value)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok = ctx && EVP_PKEY_verify_init(ctx) > 0;

	if (ok && m->by == SIGNING_RSA_PSS)
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) > 0;
	ok = ok && EVP_PKEY_CTX_set_signature_md(ctx, EVP_get_digestbyname(m->digest_name)) > 0 &&
	     EVP_PKEY_verify(ctx, value.p, value.n, m->digest, m->digest_size) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool ecdsa_verifies(const struct message *m, EVP_PKEY *key)
{
	uint8_t *der = NULL;
	int n;
	bool ok;

	if (digest_verifies(m, key, m->value))
		return true;
	n = m->value.n % 2 ? 0 : ecdsa_der(m->value, &der);
	ok = n > 0 && digest_verifies(m, key, (struct span){ der, (size_t)n });
	OPENSSL_free(der);
	return ok;
}

static bool ed25519_verifies(const struct message *m, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct span over = m->digest_size ? (struct span){ m->digest, m->digest_size } : m->whole;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) > 0 &&
		  EVP_DigestVerify(ctx, m->value.p, m->value.n, over.p, over.n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static CMS_ContentInfo *read_cms(struct span value)
{
	const uint8_t *p = value.p;

	return value.n <= MOST_CMS ? d2i_CMS_ContentInfo(NULL, &p, (long)value.n) : NULL;
}

/* NULL where there is none, or more than anyone needs. */
static CMS_SignerInfo *first_signer(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *all = cms ? CMS_get0_SignerInfos(cms) : NULL;
	int n = all ? sk_CMS_SignerInfo_num(all) : 0;

	return n > 0 && n <= MOST_SIGNERS ? sk_CMS_SignerInfo_value(all, 0) : NULL;
}

static X509 *certificate_of(STACK_OF(X509) * inside, CMS_SignerInfo *signer)
{
	for (int i = 0; i < sk_X509_num(inside); i++)
		if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(inside, i)) == 0)
			return sk_X509_value(inside, i);
	return NULL;
}

void signer_name(const X509_NAME *name, struct text *to)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n;

	if (bio && name) {
		X509_NAME_print_ex(bio, name, 0,
				   XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
		n = BIO_get_mem_data(bio, &p);
		text_put(to, (struct span){ (const uint8_t *)p, n > 0 ? (size_t)n : 0 });
	}
	BIO_free(bio);
}

/* Of its certificate, else the issuer that names it. */
static void name_signer(CMS_SignerInfo *signer, X509 *certificate, struct text *to)
{
	X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;

	if (!name)
		CMS_SignerInfo_get0_signer_id(signer, NULL, &name, NULL);
	signer_name(name, to);
}

bool cms_describe(struct span value, struct cms_signer *s)
{
	CMS_ContentInfo *cms = read_cms(value);
	CMS_SignerInfo *signer = first_signer(cms);
	STACK_OF(X509) *inside = signer ? CMS_get1_certs(cms) : NULL;
	X509 *certificate = signer ? certificate_of(inside, signer) : NULL;
	EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
	X509_ALGOR *digest = NULL;
	const ASN1_OBJECT *object = NULL;

	if (signer) {
		CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
		X509_ALGOR_get0(&object, NULL, NULL, digest);
		s->digest = OBJ_nid2ln(OBJ_obj2nid(object));
		s->bits = key ? (uint32_t)EVP_PKEY_get_bits(key) : 0;
		name_signer(signer, certificate, &s->name);
	}
	sk_X509_pop_free(inside, X509_free);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return signer != NULL;
}

X509 *signer_issuer(X509 *certificate, STACK_OF(X509) * inside)
{
	for (int i = 0; i < sk_X509_num(inside) && i < MOST_INSIDE; i++) {
		X509 *c = sk_X509_value(inside, i);

		if (c != certificate && X509_check_ca(c) > 0 &&
		    X509_check_issued(c, certificate) == X509_V_OK &&
		    X509_verify(certificate, X509_get0_pubkey(c)) == 1)
			return c;
	}
	return NULL;
}

bool signer_leads_to(EVP_PKEY *key, X509 *certificate, STACK_OF(X509) * inside)
{
	for (int depth = 0; certificate && depth < LONGEST_CHAIN; depth++) {
		if (EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1 ||
		    X509_verify(certificate, key) == 1)
			return true;
		certificate = signer_issuer(certificate, inside);
	}
	return false;
}

/* CMS_verify keeps a copy of a BIO of memory where it knows no digest; of this one it makes none.
 */
static BIO *content_bio(struct span content)
{
	BIO *memory = content.n && content.n <= INT32_MAX
			      ? BIO_new_mem_buf(content.p, (int)content.n)
			      : NULL;
	BIO *buffer = memory ? BIO_new(BIO_f_buffer()) : NULL;

	if (!buffer) {
		BIO_free(memory);
		return NULL;
	}
	return BIO_push(buffer, memory);
}

/* CMS_NO_SIGNER_CERT_VERIFY: who signed is judged by signer_leads_to. */
static bool cms_verifies(const struct message *m, EVP_PKEY *key)
{
	CMS_ContentInfo *cms = read_cms(m->value);
	BIO *content = content_bio(m->whole);
	CMS_SignerInfo *signer = first_signer(cms);
	STACK_OF(X509) *inside = signer ? CMS_get1_certs(cms) : NULL;
	X509 *certificate = signer ? certificate_of(inside, signer) : NULL;
	BIO *detached = signer && CMS_is_detached(cms) == 1 ? content : NULL;
	bool ok = certificate && signer_leads_to(key, certificate, inside) &&
		  CMS_verify(cms, NULL, NULL, detached, NULL,
			     CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;

	sk_X509_pop_free(inside, X509_free);
	BIO_free_all(content);
	CMS_ContentInfo_free(cms);
	return ok;
}

bool message_fits(const struct message *m, EVP_PKEY *key)
{
	int id = EVP_PKEY_get_base_id(key);

	switch (m->by) {
	case SIGNING_RSA:
	case SIGNING_RSA_PSS:
		return m->digest_size && id == EVP_PKEY_RSA &&
		       (size_t)EVP_PKEY_get_size(key) == m->value.n;
	case SIGNING_ECDSA:
		return m->digest_size && id == EVP_PKEY_EC;
	case SIGNING_ED25519:
		return (m->whole.p || m->digest_size) && id == EVP_PKEY_ED25519;
	case SIGNING_QUALCOMM:
		return m->digest_size &&
		       (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS || id == EVP_PKEY_EC);
	case SIGNING_AUTHENTICODE:
	case SIGNING_CMS:
		return id == EVP_PKEY_RSA || id == EVP_PKEY_EC || id == EVP_PKEY_ED25519;
	default:
		return false;
	}
}

bool message_verifies(const struct message *m, EVP_PKEY *key)
{
	struct signer *signer;
	bool ok = false;

	switch (m->by) {
	case SIGNING_RSA:
	case SIGNING_RSA_PSS:
		ok = digest_verifies(m, key, m->value);
		break;
	case SIGNING_ECDSA:
		ok = ecdsa_verifies(m, key);
		break;
	case SIGNING_ED25519:
		ok = ed25519_verifies(m, key);
		break;
	case SIGNING_CMS:
		ok = cms_verifies(m, key);
		break;
	case SIGNING_AUTHENTICODE:
		ok = authenticode_verifies(m, key);
		break;
	case SIGNING_QUALCOMM:
		signer = qualcomm_open(m);
		ok = qualcomm_leads_to(signer, key);
		qualcomm_close(signer);
		break;
	default:
		break;
	}
	ERR_clear_error();
	return ok;
}
