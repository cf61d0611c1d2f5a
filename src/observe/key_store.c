/* key_store.c - key stores: PKCS#12 (RFC 7292) and Java's own form (sun.security.provider). A store
 * that holds certificates alone is no private key. */
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "observe/key.h"

#define MOST_ROUNDS  65536 /* of key derivation for one store: common programs take up to 30,000 */
#define MOST_BAGS    64
#define MOST_ALIASES 256

struct store {
	const char *password; /* NULL or "", both of which people mean by "no password" */
	bool is_open;
	long rounds; /* that are left */
	unsigned bags;
	bool has_key;
	struct key_read key; /* the first */
};

/* The rounds that an algorithm of PKCS#5 or PKCS#12 asks for; MOST_ROUNDS + 1 for others. */
static long rounds_of(const X509_ALGOR *a)
{
	const ASN1_OBJECT *object;
	int type;
	const void *parameter;
	long rounds = MOST_ROUNDS + 1;
	PBE2PARAM *two = NULL;
	PBEPARAM *one = NULL;

	X509_ALGOR_get0(&object, &type, &parameter, a);
	if (type != V_ASN1_SEQUENCE)
		return rounds;
	if (OBJ_obj2nid(object) != NID_pbes2) {
		one = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBEPARAM));
		rounds = one ? ASN1_INTEGER_get(one->iter) : rounds;
		PBEPARAM_free(one);
		return rounds;
	}
	two = ASN1_item_unpack(parameter, ASN1_ITEM_rptr(PBE2PARAM));
	if (two && OBJ_obj2nid(two->keyfunc->algorithm) == NID_id_pbkdf2 &&
	    two->keyfunc->parameter && two->keyfunc->parameter->type == V_ASN1_SEQUENCE) {
		PBKDF2PARAM *derive = ASN1_item_unpack(two->keyfunc->parameter->value.sequence,
						       ASN1_ITEM_rptr(PBKDF2PARAM));

		rounds = derive ? ASN1_INTEGER_get(derive->iter) : rounds;
		PBKDF2PARAM_free(derive);
	}
	PBE2PARAM_free(two);
	return rounds;
}

static bool spend(struct store *t, long rounds)
{
	if (rounds < 0 || rounds > t->rounds)
		return false;
	t->rounds -= rounds;
	return true;
}

static void open_store(struct store *t, PKCS12 *p12)
{
	const ASN1_INTEGER *iterations = NULL;
	long rounds;

	if (!PKCS12_mac_present(p12))
		return;
	PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p12);
	rounds = iterations ? ASN1_INTEGER_get(iterations) : 1;
	if (rounds < 0 || !spend(t, rounds > MOST_ROUNDS ? rounds : 2 * rounds))
		return;
	t->is_open = PKCS12_verify_mac(p12, NULL, 0) == 1;
	if (t->is_open)
		return;
	t->password = "";
	t->is_open = PKCS12_verify_mac(p12, "", 0) == 1;
}

static void describe(struct store *t, const PKCS8_PRIV_KEY_INFO *info)
{
	EVP_PKEY *pkey = info && !t->key.has_spki ? EVP_PKCS82PKEY(info) : NULL;

	if (pkey)
		key_describe(pkey, &t->key);
	EVP_PKEY_free(pkey);
}

static void read_bag(struct store *t, const PKCS12_SAFEBAG *bag)
{
	const X509_SIG *sealed;
	const X509_ALGOR *algorithm;
	PKCS8_PRIV_KEY_INFO *info;

	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_keyBag:
		t->has_key = true;
		t->key.encrypted = false;
		describe(t, PKCS12_SAFEBAG_get0_p8inf(bag));
		break;
	case NID_pkcs8ShroudedKeyBag:
		t->has_key = true;
		t->key.encrypted = t->key.encrypted && !t->is_open;
		sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
		X509_SIG_get0(sealed, &algorithm, NULL);
		if (!t->is_open || !spend(t, rounds_of(algorithm)))
			break;
		info = PKCS12_decrypt_skey(bag, t->password, 0);
		describe(t, info);
		PKCS8_PRIV_KEY_INFO_free(info);
		break;
	default:
		break;
	}
}

static void read_safe(struct store *t, PKCS7 *safe)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	if (PKCS7_type_is_data(safe))
		bags = PKCS12_unpack_p7data(safe);
	else if (PKCS7_type_is_encrypted(safe) && t->is_open && safe->d.encrypted &&
		 spend(t, rounds_of(safe->d.encrypted->enc_data->algorithm)))
		bags = PKCS12_unpack_p7encdata(safe, t->password, 0);
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && t->bags < MOST_BAGS; i++, t->bags++)
		read_bag(t, sk_PKCS12_SAFEBAG_value(bags, i));
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static void read_store(struct store *t, PKCS12 *p12)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);

	open_store(t, p12);
	for (int i = 0; i < sk_PKCS7_num(safes) && i < MOST_BAGS; i++)
		read_safe(t, sk_PKCS7_value(safes, i));
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

/* What is left for one store of a leaf that may hold thousands. */
static long rounds_left(const struct scene *s)
{
	uint64_t left = s->parsed < MOST_TRIED ? (MOST_TRIED - s->parsed) / EACH_ROUND : 0;

	return left < MOST_ROUNDS ? (long)left : MOST_ROUNDS;
}

uint64_t key_store_pkcs12(struct scene *s, uint64_t mark)
{
	struct store t = { .rounds = rounds_left(s),
			   .key = { .is_private = true, .encrypted = true, .encoding = "pkcs12" } };

	for (uint64_t back = 2; back <= 6 && back <= mark; back++) {
		struct span from = span_from(s->bytes, mark - back);
		uint64_t n = der_length(from, 0x30);
		const uint8_t *p = from.p;
		PKCS12 *p12;
		long rounds = t.rounds;

		if (n <= back || n > MOST_DER || s->parsed > MOST_TRIED)
			continue;
		s->parsed += n + EACH_TRY;
		p12 = d2i_PKCS12(NULL, &p, (long)n);
		if (!p12)
			continue;
		read_store(&t, p12);
		s->parsed += (uint64_t)(rounds - t.rounds) * EACH_ROUND;
		PKCS12_free(p12);
		if (!t.has_key)
			return 0;
		key_add(s, &t.key, mark - back, n);
		return mark - back + n;
	}
	return 0;
}

/* Certificates of a chain: since version 2 with the name of their type. */
static void skip_certificates(struct cursor *c, uint32_t count, uint32_t version)
{
	for (uint32_t i = 0; i < count && i < MOST_ALIASES && !c->ran_out; i++) {
		if (version > 1)
			cursor_skip(c, cursor_be16(c));
		cursor_skip(c, cursor_be32(c));
	}
}

/* Entries of tag 1 are private keys, always encrypted; of tag 2 certificates that are trusted. They
 * are found by themselves. */
uint64_t key_store_java(struct scene *s, uint64_t at)
{
	struct cursor c = { .in = span_from(s->bytes, at), .at = 4 };
	uint32_t version = cursor_be32(&c), count = cursor_be32(&c);
	uint64_t next = 0;

	for (uint32_t i = 0; i < count && i < MOST_ALIASES && !c.ran_out; i++) {
		struct key_read k = { .is_private = true, .encrypted = true, .encoding = "jks" };
		size_t from = c.at;
		uint32_t tag = cursor_be32(&c);
		struct span sealed;

		cursor_skip(&c, cursor_be16(&c));
		cursor_skip(&c, 8); /* when it was made */
		if (tag == 2) {
			skip_certificates(&c, 1, version);
			continue;
		}
		sealed = cursor_span(&c, cursor_be32(&c));
		if (tag != 1 || c.ran_out || der_length(sealed, 0x30) != sealed.n)
			break;
		key_add(s, &k, at + from, c.at - from);
		next = at + 12;
		skip_certificates(&c, cursor_be32(&c), version);
	}
	return next;
}
