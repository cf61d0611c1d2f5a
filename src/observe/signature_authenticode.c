/* signature_authenticode.c - signatures of PE files: a PKCS #7 SignedData over an
 * SpcIndirectDataContent, which holds the digest of the file (Microsoft, Windows Authenticode
 * Portable Executable Signature Format, 2008). Its content is no OCTET STRING, so that OpenSSL's
 * CMS does not read it and its PKCS #7 does. */
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "observe/key.h"
#include "observe/signature.h"

#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

struct indirect {
	PKCS7 *p7;
	PKCS7_SIGNER_INFO *signer;
	X509 *certificate;   /* of the signer, if it is inside */
	struct span content; /* what is signed: without the header of its SEQUENCE */
	X509_SIG *told;      /* the DigestInfo in it */
};

static bool is_indirect(const PKCS7 *p7)
{
	char type[32];

	return p7 && PKCS7_type_is_signed(p7) && p7->d.sign->contents &&
	       OBJ_obj2txt(type, sizeof(type), p7->d.sign->contents->type, 1) > 0 &&
	       strcmp(type, SPC_INDIRECT_DATA) == 0 && p7->d.sign->contents->d.other &&
	       p7->d.sign->contents->d.other->type == V_ASN1_SEQUENCE;
}

/* SEQUENCE { what it is, DigestInfo }. */
static bool take_content(struct indirect *i)
{
	const ASN1_STRING *all = i->p7->d.sign->contents->d.other->value.sequence;
	struct span der = { ASN1_STRING_get0_data(all), (size_t)ASN1_STRING_length(all) };
	const uint8_t *p = der.p;
	long length = 0;
	int tag, class;
	struct span told;

	if (ASN1_get_object(&p, &length, &tag, &class, (long)der.n) & 0x80)
		return false;
	i->content = span_sub(der, (uint64_t)(p - der.p), (uint64_t)length);
	told = span_from(i->content, der_length(i->content, 0x30));
	p = told.p;
	i->told = told.n ? d2i_X509_SIG(NULL, &p, (long)told.n) : NULL;
	return i->told != NULL;
}

static X509 *certificate_of(const struct indirect *i)
{
	const PKCS7_ISSUER_AND_SERIAL *is = i->signer->issuer_and_serial;

	return X509_find_by_issuer_and_serial(i->p7->d.sign->cert, is->issuer, is->serial);
}

static void indirect_free(struct indirect *i)
{
	X509_SIG_free(i->told);
	PKCS7_free(i->p7);
	ERR_clear_error();
}

static bool indirect_read(struct span value, struct indirect *i)
{
	const uint8_t *p = value.p;
	STACK_OF(PKCS7_SIGNER_INFO) * signers;

	*i = (struct indirect){ 0 };
	i->p7 = value.n <= MOST_CMS ? d2i_PKCS7(NULL, &p, (long)value.n) : NULL;
	signers = is_indirect(i->p7) ? PKCS7_get_signer_info(i->p7) : NULL;
	if (signers && sk_PKCS7_SIGNER_INFO_num(signers) == 1 && take_content(i)) {
		i->signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
		i->certificate = certificate_of(i);
		return true;
	}
	indirect_free(i);
	return false;
}

/* The digest that the content holds: its algorithm, and its bytes. */
static const char *digest_told(const struct indirect *i, struct span *bytes)
{
	const X509_ALGOR *algorithm;
	const ASN1_OCTET_STRING *digest;
	const ASN1_OBJECT *object;

	X509_SIG_get0(i->told, &algorithm, &digest);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	*bytes = (struct span){ ASN1_STRING_get0_data(digest), (size_t)ASN1_STRING_length(digest) };
	return OBJ_nid2ln(OBJ_obj2nid(object));
}

bool authenticode_describe(struct span value, struct cms_signer *s)
{
	struct indirect i;
	struct span bytes;
	EVP_PKEY *key;

	if (!indirect_read(value, &i))
		return false;
	key = i.certificate ? X509_get0_pubkey(i.certificate) : NULL;
	s->digest = digest_told(&i, &bytes);
	s->bits = key ? (uint32_t)EVP_PKEY_get_bits(key) : 0;
	signer_name(i.certificate ? X509_get_subject_name(i.certificate)
				  : i.signer->issuer_and_serial->issuer,
		    &s->name);
	indirect_free(&i);
	return true;
}

/* Not PKCS7_verify, which keeps memory where it knows no digest. */
static bool content_is_signed(const struct indirect *i)
{
	BIO *content = BIO_new_mem_buf(i->content.p, (int)i->content.n);
	BIO *digests = content ? PKCS7_dataInit(i->p7, content) : NULL;
	uint8_t part[1024];
	bool ok = false;

	if (digests) {
		while (BIO_read(digests, part, sizeof(part)) > 0)
			;
		ok = PKCS7_signatureVerify(digests, i->p7, i->signer, i->certificate) == 1;
	}
	BIO_free_all(digests ? digests : content);
	return ok;
}

bool authenticode_verifies(const struct message *m, EVP_PKEY *key)
{
	struct indirect i;
	struct span told;
	bool ok;

	if (!indirect_read(m->value, &i))
		return false;
	digest_told(&i, &told);
	ok = i.certificate && m->digest_size &&
	     span_equal(told, (struct span){ m->digest, m->digest_size }) &&
	     signer_leads_to(key, i.certificate, i.p7->d.sign->cert) && content_is_signed(&i);
	indirect_free(&i);
	return ok;
}
