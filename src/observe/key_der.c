/* key_der.c - keys in DER, through OpenSSL's parsers; SSH forms are turned into
 * SubjectPublicKeyInfo first, so that one digest stands for a key in every dress. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "observe/key.h"

#define MOST_BITS 4096 /* of a DSA key that is checked */

uint64_t der_length(struct span s, uint8_t tag)
{
	struct cursor c = { .in = s };
	uint8_t first = cursor_u8(&c), n = cursor_u8(&c);
	uint64_t length = n;

	if (c.ran_out || first != tag)
		return 0;
	if (n & 0x80) {
		length = 0;
		if ((n & 0x7f) == 0 || (n & 0x7f) > 4)
			return 0;
		for (int i = 0; i < (n & 0x7f); i++)
			length = length << 8 | cursor_u8(&c);
	}
	if (c.ran_out || length > cursor_left(&c))
		return 0;
	return c.at + length;
}

static const char *algorithm_name(int id)
{
	static const struct {
		int id;
		const char *name;
	} names[] = {
		{ EVP_PKEY_RSA, "rsa" },         { EVP_PKEY_RSA_PSS, "rsa-pss" },
		{ EVP_PKEY_DSA, "dsa" },         { EVP_PKEY_EC, "ec" },
		{ EVP_PKEY_ED25519, "ed25519" }, { EVP_PKEY_ED448, "ed448" },
		{ EVP_PKEY_X25519, "x25519" },   { EVP_PKEY_X448, "x448" },
		{ EVP_PKEY_DH, "dh" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].id == id)
			return names[i].name;
	return "other";
}

/* Names of curves come from OpenSSL's static tables. */
static const char *curve_name(const EVP_PKEY *pkey)
{
	char name[80];
	size_t n;
	int nid;

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    !EVP_PKEY_get_group_name(pkey, name, sizeof(name), &n))
		return NULL;
	nid = OBJ_txt2nid(name);
	return nid == NID_undef ? NULL : OBJ_nid2sn(nid);
}

/* Numbers of an RSA key that no other kind has. */
static void take_rsa(const EVP_PKEY *pkey, struct key_read *k)
{
	BIGNUM *n = NULL, *e = NULL;

	k->modulus_size = 0;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) &&
	    BN_num_bytes(n) <= MOST_MODULUS) {
		k->modulus_size = (uint32_t)BN_bn2bin(n, k->modulus);
		k->weak_exponent = BN_is_one(e) || !BN_is_odd(e);
	}
	BN_free(n);
	BN_free(e);
}

struct rsa_public key_rsa(struct arena *a, const struct key_read *k)
{
	return (struct rsa_public){ arena_copy(a, (struct span){ k->modulus, k->modulus_size }),
				    k->weak_exponent };
}

void key_describe_as(EVP_PKEY *pkey, struct span spki, struct key_read *k)
{
	sha256_of(spki, k->spki_sha256);
	k->spki_size = spki.n <= MOST_SPKI ? (uint32_t)spki.n : 0;
	memcpy(k->spki, spki.p, k->spki_size);
	k->has_spki = true;
	k->algorithm = algorithm_name(EVP_PKEY_get_base_id(pkey));
	k->curve = curve_name(pkey);
	k->bits = (uint32_t)EVP_PKEY_get_bits(pkey);
	if (strcmp(k->algorithm, "ed25519") == 0 || strcmp(k->algorithm, "x25519") == 0)
		k->bits = 256;
	if (strncmp(k->algorithm, "rsa", 3) == 0)
		take_rsa(pkey, k);
}

bool key_describe(EVP_PKEY *pkey, struct key_read *k)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(pkey, &der);

	if (n <= 0)
		return false;
	key_describe_as(pkey, (struct span){ der, (size_t)n }, k);
	OPENSSL_free(der);
	return true;
}

/* p * q = n: bytes that merely look like a key do not pass. */
static bool rsa_holds(EVP_PKEY *pkey)
{
	BIGNUM *n = NULL, *p = NULL, *q = NULL, *product = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool holds = product && ctx && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) &&
		     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, &p) &&
		     EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, &q) &&
		     BN_mul(product, p, q, ctx) && BN_cmp(product, n) == 0;

	BN_free(n);
	BN_clear_free(p);
	BN_clear_free(q);
	BN_free(product);
	BN_CTX_free(ctx);
	return holds;
}

/* The private number belongs to the public one. */
static bool pair_holds(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool holds =
		ctx && EVP_PKEY_get_bits(pkey) <= MOST_BITS && EVP_PKEY_pairwise_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return holds;
}

static bool parts_hold(EVP_PKEY *pkey)
{
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return rsa_holds(pkey);
	case EVP_PKEY_DSA:
	case EVP_PKEY_EC:
		return pair_holds(pkey);
	default:
		return true; /* the public half is computed from the private one */
	}
}

static bool take_key(EVP_PKEY *pkey, const char *encoding, struct key_read *k)
{
	bool holds = pkey && parts_hold(pkey) && key_describe(pkey, k);

	EVP_PKEY_free(pkey);
	k->is_private = true;
	k->encoding = encoding;
	return holds;
}

static bool read_pkcs8(struct span der, struct key_read *k)
{
	const uint8_t *p = der.p;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
	EVP_PKEY *pkey = info ? EVP_PKCS82PKEY(info) : NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	return take_key(pkey, "der pkcs8", k);
}

static bool read_traditional(struct span der, int type, const char *encoding, struct key_read *k)
{
	const uint8_t *p = der.p;

	return take_key(d2i_PrivateKey(type, NULL, &p, (long)der.n), encoding, k);
}

/* EncryptedPrivateKeyInfo: the algorithm must be one of PKCS#5 or PKCS#12. */
static bool read_encrypted(struct span der, struct key_read *k)
{
	const uint8_t *p = der.p;
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)der.n);
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *object = NULL;
	const ASN1_OCTET_STRING *data = NULL;
	bool holds = false;

	if (sig && p == der.p + der.n) {
		X509_SIG_get0(sig, &algorithm, &data);
		X509_ALGOR_get0(&object, NULL, NULL, algorithm);
		switch (OBJ_obj2nid(object)) {
		case NID_pbes2:
		case NID_pbeWithMD5AndDES_CBC:
		case NID_pbeWithSHA1AndDES_CBC:
		case NID_pbe_WithSHA1And3_Key_TripleDES_CBC:
		case NID_pbe_WithSHA1And2_Key_TripleDES_CBC:
		case NID_pbe_WithSHA1And40BitRC2_CBC:
			holds = true;
			break;
		default:
			break;
		}
	}
	X509_SIG_free(sig);
	*k = (struct key_read){ .is_private = true, .encrypted = true, .encoding = "der pkcs8" };
	return holds;
}

/* INTEGER version, then what follows tells the form. */
bool key_from_private_der(struct span der, struct key_read *k)
{
	struct cursor c = { .in = der };
	int version, next;

	*k = (struct key_read){ 0 };
	if (der.n < 16 || der.n > MOST_DER || der_length(der, 0x30) != der.n)
		return false;
	cursor_skip(&c, 1);
	cursor_skip(&c, der.p[1] & 0x80 ? 1u + (der.p[1] & 0x7fu) : 1u);
	if (span_byte(der, c.at) == 0x30)
		return read_encrypted(der, k);
	version = span_byte(der, c.at + 2);
	next = span_byte(der, c.at + 3);
	if (span_byte(der, c.at) != 2 || span_byte(der, c.at + 1) != 1 || version > 1)
		return false;
	if (next == 0x30)
		return read_pkcs8(der, k);
	if (next == 0x04 && version == 1)
		return read_traditional(der, EVP_PKEY_EC, "der sec1", k);
	if (next != 0x02)
		return false;
	return read_traditional(der, EVP_PKEY_RSA, "der pkcs1", k) ||
	       read_traditional(der, EVP_PKEY_DSA, "der dsa", k);
}

bool key_from_public_der(struct span der, bool rsa, struct key_read *k)
{
	const uint8_t *p = der.p;
	EVP_PKEY *pkey = NULL;
	bool holds;

	*k = (struct key_read){ .encoding = rsa ? "der pkcs1" : "der spki" };
	if (der.n > MOST_DER || der_length(der, 0x30) != der.n)
		return false;
	if (rsa)
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
	else
		pkey = d2i_PUBKEY(NULL, &p, (long)der.n);
	holds = pkey && key_describe(pkey, k);
	EVP_PKEY_free(pkey);
	return holds;
}
