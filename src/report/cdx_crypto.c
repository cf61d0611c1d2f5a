/* cdx_crypto.c - the cryptographic assets of a CycloneDX document (a CBOM): each key and
 * certificate by itself, each algorithm and protocol once with all its places. No key's bytes are
 * written. */
#include <stdlib.h>

#include "report/cdx.h"

/* One sighting of an algorithm or protocol. */
struct sighting {
	bool is_protocol;
	struct span name, variant; /* a curve, or a protocol's detail; may be empty */
	uint32_t bits;             /* 0: not said */
	const struct fact *f;
};

/* A name that is empty, as of an encrypted key, is no sighting. */
static struct sighting of_key(const struct key_fact *k)
{
	return (struct sighting){ .name = span_text(k->algorithm ? k->algorithm : ""),
				  .variant = span_text(k->curve ? k->curve : ""),
				  .bits = k->bits,
				  .f = &k->f };
}

static struct sighting of_signature(const struct certificate_fact *c)
{
	return (struct sighting){ .name = c->signature, .f = &c->f };
}

static struct sighting of_certificate_key(const struct certificate_fact *c)
{
	return (struct sighting){ .name = span_text(c->key_algorithm ? c->key_algorithm : ""),
				  .bits = c->key_bits,
				  .f = &c->f };
}

static struct sighting of_crypto(const struct crypto_fact *c)
{
	bool protocol = c->crypto_kind && strcmp(c->crypto_kind, "protocol") == 0;

	return (struct sighting){ .is_protocol = protocol,
				  .name = c->name,
				  .variant = protocol ? c->detail : (struct span){ 0 },
				  .bits = c->bits,
				  .f = &c->f };
}

static int by_asset(const struct sighting *x, const struct sighting *y)
{
	int order = (int)x->is_protocol - (int)y->is_protocol;

	if (order == 0)
		order = span_compare(x->name, y->name);
	if (order == 0)
		order = span_compare(x->variant, y->variant);
	return order ? order : (x->bits > y->bits) - (x->bits < y->bits);
}

static int by_asset_and_place(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;
	int order = by_asset(x, y);

	if (order == 0)
		order = (int)x->f->kind - (int)y->f->kind;
	return order ? order : (x->f->id > y->f->id) - (x->f->id < y->f->id);
}

/* One text an asset, as its parts are escaped: "algorithm:ec:prime256v1:256". */
static void put_ref(struct json *j, const char *key, const struct sighting *s)
{
	struct text t = { 0 };

	text_puts(&t, s->is_protocol ? "protocol:" : "algorithm:");
	text_escape(&t, s->name, ":");
	if (s->variant.n || s->bits)
		text_char(&t, ':');
	text_escape(&t, s->variant, ":");
	if (s->bits)
		text_format(&t, ":%u", s->bits);
	json_key(j, key);
	json_text(j, text_span(&t));
	text_free(&t);
}

/* -- algorithms and protocols -- */

/* The first whose mark stands in the name tells. */
static const struct {
	const char *mark, *primitive;
} primitives[] = {
	{ "with", "signature" },
	{ "hmac", "mac" },
	{ "cmac", "mac" },
	{ "gcm", "ae" },
	{ "ccm", "ae" },
	{ "poly1305", "ae" },
	{ "pbkdf", "kdf" },
	{ "scrypt", "kdf" },
	{ "bcrypt", "kdf" },
	{ "argon2", "kdf" },
	{ "hkdf", "kdf" },
	{ "shake", "xof" },
	{ "sha", "hash" },
	{ "md4", "hash" },
	{ "md5", "hash" },
	{ "sm3", "hash" },
	{ "ripemd", "hash" },
	{ "blake", "hash" },
	{ "aes", "block-cipher" },
	{ "des", "block-cipher" },
	{ "blowfish", "block-cipher" },
	{ "sm4", "block-cipher" },
	{ "camellia", "block-cipher" },
	{ "rc4", "stream-cipher" },
	{ "chacha", "stream-cipher" },
	{ "salsa", "stream-cipher" },
	{ "ecdh", "key-agree" },
	{ "x25519", "key-agree" },
	{ "x448", "key-agree" },
	{ "dsa", "signature" },
	{ "ed25519", "signature" },
	{ "ed448", "signature" },
	{ "dh", "key-agree" },
	{ "kem", "kem" },
	{ "rsa", "pke" },
};

static struct text lowered(struct span s)
{
	struct text t = { 0 };

	text_lower(&t, s);
	return t;
}

static const char *primitive_of(struct span name)
{
	struct text t = lowered(name);
	const char *found = "unknown";

	for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++)
		if (span_find(text_span(&t), 0, span_text(primitives[i].mark)) != SIZE_MAX) {
			found = primitives[i].primitive;
			break;
		}
	text_free(&t);
	return found;
}

static const char *protocol_type(struct span name)
{
	static const struct {
		const char *mark, *type;
	} types[] = {
		{ "tls", "tls" },   { "ssl", "tls" }, { "ssh", "ssh" },   { "ipsec", "ipsec" },
		{ "esp", "ipsec" }, { "ike", "ike" }, { "sstp", "sstp" }, { "wpa", "wpa" },
	};
	struct text t = lowered(name);
	const char *found = "other";

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_starts(text_span(&t), span_text(types[i].mark))) {
			found = types[i].type;
			break;
		}
	text_free(&t);
	return found;
}

static void put_asset_properties(struct json *j, const struct sighting *s)
{
	member_object(j, "cryptoProperties");
	if (s->is_protocol) {
		member_text(j, "assetType", "protocol");
		member_object(j, "protocolProperties");
		member_text(j, "type", protocol_type(s->name));
		if (s->variant.n)
			member_bytes(j, "version", s->variant);
	} else {
		member_text(j, "assetType", "algorithm");
		member_object(j, "algorithmProperties");
		member_text(j, "primitive", primitive_of(s->name));
		if (s->bits)
			member_format(j, "parameterSetIdentifier", "%u", s->bits);
		if (s->variant.n)
			member_bytes(j, "curve", s->variant);
	}
	json_object_end(j);
	json_object_end(j);
}

/* All sightings of one algorithm or protocol. */
static void put_asset(struct export *x, const struct sighting *s, uint32_t n)
{
	struct json *j = &x->j;

	json_object(j);
	member_text(j, "type", "cryptographic-asset");
	put_ref(j, "bom-ref", s);
	member_bytes(j, "name", s->name);
	member_object(j, "evidence");
	member_array(j, "occurrences");
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || s[i].f != s[i - 1].f)
			cdx_occurrence(x, s[i].f->node, s[i].f);
	json_array_end(j);
	json_object_end(j);
	put_asset_properties(j, s);
	json_object_end(j);
}

static void note(struct sighting *list, uint32_t *count, struct sighting s)
{
	if (s.name.n)
		list[(*count)++] = s;
}

static struct sighting *gather(const struct facts *f, uint32_t *count)
{
	size_t room = (size_t)f->count[FACT_KEY] + 2 * (size_t)f->count[FACT_CERTIFICATE] +
		      f->count[FACT_CRYPTO];
	struct sighting *list = calloc(room + 1, sizeof(*list));

	*count = 0;
	for (uint32_t i = 0; list && i < f->count[FACT_KEY]; i++)
		note(list, count, of_key((const void *)f->of[FACT_KEY][i]));
	for (uint32_t i = 0; list && i < f->count[FACT_CERTIFICATE]; i++) {
		const struct certificate_fact *c = (const void *)f->of[FACT_CERTIFICATE][i];

		note(list, count, of_signature(c));
		note(list, count, of_certificate_key(c));
	}
	for (uint32_t i = 0; list && i < f->count[FACT_CRYPTO]; i++)
		note(list, count, of_crypto((const void *)f->of[FACT_CRYPTO][i]));
	return list;
}

static void put_assets(struct export *x)
{
	uint32_t count, end;
	struct sighting *list = gather(x->r->facts, &count);

	x->j.out->failed |= !list;
	if (count)
		qsort(list, count, sizeof(*list), by_asset_and_place);
	for (uint32_t i = 0; list && i < count; i = end) {
		for (end = i + 1; end < count && by_asset(&list[i], &list[end]) == 0; end++)
			;
		put_asset(x, list + i, end - i);
	}
	free(list);
}

/* -- keys and certificates -- */

static void put_weaknesses(struct json *j, const struct spans *w)
{
	for (uint32_t i = 0; w->p && i < w->n; i++)
		cdx_property(j, "weakness", w->p[i]);
}

static void begin_material(struct export *x, const struct fact *f, const char *name)
{
	struct json *j = &x->j;

	json_object(j);
	member_text(j, "type", "cryptographic-asset");
	member_format(j, "bom-ref", "%s-%u", fact_tables[f->kind].one, f->id);
	member_text(j, "name", name);
	member_object(j, "evidence");
	member_array(j, "occurrences");
	cdx_occurrence(x, f->node, f);
	json_array_end(j);
	json_object_end(j);
}

static void put_key(struct export *x, const struct key_fact *k)
{
	const char *kind = k->key_kind ? k->key_kind : "public";
	bool is_private = strcmp(kind, "private") == 0;
	struct sighting algorithm = of_key(k);
	struct json *j = &x->j;
	char name[80];

	snprintf(name, sizeof(name), "%s %s key", k->algorithm ? k->algorithm : "unknown", kind);
	begin_material(x, &k->f, name);
	member_array(j, "properties");
	if (k->spki_sha256.n)
		cdx_property(j, "spki-sha256", k->spki_sha256);
	if (k->known.n)
		cdx_property(j, "published", k->known);
	if (k->encrypted)
		cdx_property(j, "encrypted", span_text("true"));
	put_weaknesses(j, &k->weaknesses);
	json_array_end(j);
	member_object(j, "cryptoProperties");
	member_text(j, "assetType", "related-crypto-material");
	member_object(j, "relatedCryptoMaterialProperties");
	member_text(j, "type", is_private ? "private-key" : "public-key");
	if (is_private && k->known.n)
		member_text(j, "state", "compromised"); /* everybody can read it */
	if (k->algorithm)
		put_ref(j, "algorithmRef", &algorithm);
	if (k->bits)
		member_u64(j, "size", k->bits);
	if (k->encoding)
		member_text(j, "format", k->encoding);
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
}

static void member_time(struct json *j, const char *key, struct span time)
{
	if (time.n == 20)
		member_bytes(j, key, time);
}

static void put_certificate(struct export *x, const struct certificate_fact *c)
{
	struct sighting signature = of_signature(c);
	struct json *j = &x->j;

	begin_material(x, &c->f, "X.509 certificate");
	member_array(j, "properties");
	cdx_property(j, "sha256", c->sha256);
	cdx_property(j, "spki-sha256", c->spki_sha256);
	put_weaknesses(j, &c->weaknesses);
	json_array_end(j);
	member_object(j, "cryptoProperties");
	member_text(j, "assetType", "certificate");
	member_object(j, "certificateProperties");
	member_bytes(j, "subjectName", c->subject);
	member_bytes(j, "issuerName", c->issuer);
	member_time(j, "notValidBefore", c->not_before);
	member_time(j, "notValidAfter", c->not_after);
	if (c->signature.n)
		put_ref(j, "signatureAlgorithmRef", &signature);
	member_text(j, "certificateFormat", "X.509");
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
}

void cdx_crypto(struct export *x)
{
	const struct facts *f = x->r->facts;

	put_assets(x);
	for (uint32_t i = 0; i < f->count[FACT_KEY]; i++)
		put_key(x, (const void *)f->of[FACT_KEY][i]);
	for (uint32_t i = 0; i < f->count[FACT_CERTIFICATE]; i++)
		put_certificate(x, (const void *)f->of[FACT_CERTIFICATE][i]);
}
