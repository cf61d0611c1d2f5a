/* key_dropbear.c - Dropbear's host keys (signkey.c): the public fields as SSH sends them, then the
 * private ones. The same bytes may be a public key that other strings follow, so the private half
 * has to fit the public one. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "observe/key.h"

#define MOST_NUMBER 1024 /* bytes */

static BIGNUM *number(struct span s)
{
	return s.n && s.n <= MOST_NUMBER ? BN_bin2bn(s.p, (int)s.n, NULL) : NULL;
}

/* e, n; d, p, q: p * q = n. */
static bool rsa_fits(struct cursor *c)
{
	struct span fields[5];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n, *p, *q, *product = BN_new();
	bool fits;

	for (int i = 0; i < 5; i++)
		fields[i] = ssh_string(c);
	n = number(fields[1]);
	p = number(fields[3]);
	q = number(fields[4]);
	fits = ctx && product && n && p && q && BN_mul(product, p, q, ctx) &&
	       BN_cmp(product, n) == 0;
	BN_free(n);
	BN_clear_free(p);
	BN_clear_free(q);
	BN_clear_free(product);
	BN_CTX_free(ctx);
	return fits;
}

/* p, q, g, y; x: g to the power of x is y. */
static bool dss_fits(struct cursor *c)
{
	BIGNUM *n[5], *power = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool fits = ctx && power;

	for (int i = 0; i < 5; i++) {
		n[i] = number(ssh_string(c));
		fits = fits && n[i];
	}
	fits = fits && BN_num_bits(n[0]) <= 4096 && BN_num_bits(n[1]) <= 512 &&
	       BN_cmp(n[4], n[1]) < 0 && BN_mod_exp(power, n[2], n[4], n[0], ctx) &&
	       BN_cmp(power, n[3]) == 0;
	for (int i = 0; i < 5; i++)
		BN_clear_free(n[i]);
	BN_clear_free(power);
	BN_CTX_free(ctx);
	return fits;
}

/* Whether the point is the generator times d. */
static bool point_fits(const EC_GROUP *group, struct span point, const BIGNUM *d)
{
	uint8_t made[160];
	BN_CTX *ctx = BN_CTX_new();
	EC_POINT *product = EC_POINT_new(group);
	bool fits = ctx && product && EC_POINT_mul(group, product, d, NULL, NULL, ctx) &&
		    EC_POINT_point2oct(group, product, POINT_CONVERSION_UNCOMPRESSED, made,
				       sizeof(made), ctx) == point.n &&
		    memcmp(made, point.p, point.n) == 0;

	EC_POINT_free(product);
	BN_CTX_free(ctx);
	return fits;
}

/* Curve, point; d. */
static bool ecdsa_fits(struct cursor *c)
{
	struct span curve = ssh_string(c), point = ssh_string(c);
	int nid = span_is(curve, "nistp256")   ? NID_X9_62_prime256v1
		  : span_is(curve, "nistp384") ? NID_secp384r1
					       : NID_secp521r1;
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	BIGNUM *d = number(ssh_string(c));
	bool fits = group && d && point.n && point_fits(group, point, d);

	BN_clear_free(d);
	EC_GROUP_free(group);
	return fits;
}

/* One field: the seed, then the public key that it makes. */
static bool ed25519_fits(struct cursor *c, struct key_read *k)
{
	struct span both = ssh_string(c);
	uint8_t made[32];
	size_t n = sizeof(made);
	EVP_PKEY *pkey = NULL;
	bool fits;

	if (both.n == 64)
		pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, both.p, 32);
	fits = pkey && EVP_PKEY_get_raw_public_key(pkey, made, &n) &&
	       memcmp(made, both.p + 32, 32) == 0 && key_describe(pkey, k);
	EVP_PKEY_free(pkey);
	return fits;
}

bool key_from_dropbear(struct span s, struct key_read *k, uint64_t *length)
{
	struct cursor c = { .in = s }, public;
	struct span name = ssh_string(&c);
	bool fits;

	*k = (struct key_read){ 0 };
	public = c;
	if (span_is(name, "ssh-ed25519"))
		fits = ed25519_fits(&c, k);
	else if (!key_from_ssh_fields(name, &public, k))
		fits = false;
	else if (span_is(name, "ssh-rsa"))
		fits = rsa_fits(&c);
	else if (span_is(name, "ssh-dss"))
		fits = dss_fits(&c);
	else
		fits = ecdsa_fits(&c);
	k->encoding = "dropbear";
	k->is_private = true;
	*length = c.at;
	return fits && !c.ran_out;
}
