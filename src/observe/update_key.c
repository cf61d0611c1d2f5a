/* update_key.c - the keys that updates and boot stages are checked with: of usign, in files whose
 * place says what they are for, and in device trees (U-Boot, doc/usage/fit/signature.rst). */
#include "base/hash.h"
#include "format/fdt.h"
#include "observe/key.h"
#include "observe/update.h"

#define USIGN_KEY  42 /* "Ed", eight bytes that name it, the key */
#define MOST_TREE  (4u << 20)
#define MOST_STEPS 65536

static void set_spki(struct update_file *u, struct update_fact *f, struct span spki,
		     const uint8_t digest[32])
{
	struct text hex = { 0 };

	text_hex(&hex, (struct span){ digest, 32 });
	f->spki_sha256 = arena_copy(u->s->bench->arena, text_span(&hex));
	f->spki = arena_copy(u->s->bench->arena, spki);
	text_free(&hex);
}

/* -- usign -- */

void update_usign_key(struct update_file *u)
{
	/* SubjectPublicKeyInfo of Ed25519 (RFC 8410) before the key itself. */
	uint8_t spki[44] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21 };
	struct span file = u->s->bytes;
	size_t end = span_find(file, 0, span_text("\n"));
	uint8_t digest[32];
	struct text raw = { 0 };

	if (file.n > 1024 || end == SIZE_MAX || !span_starts(file, span_text("untrusted comment:")))
		return;
	text_base64(&raw, span_from(file, end + 1));
	if (raw.n == USIGN_KEY && memcmp(raw.p, "Ed", 2) == 0) {
		struct update_fact *f =
			update_say(u, "verifier", "public key", u->s->node->path, 0, file.n);

		memcpy(spki + 12, raw.p + 10, 32);
		sha256_of((struct span){ spki, sizeof(spki) }, digest);
		if (f) {
			f->algorithm = "ed25519";
			f->bits = 256;
			set_spki(u, f, (struct span){ spki, sizeof(spki) }, digest);
		}
	}
	text_free(&raw);
}

/* -- device trees -- */

struct tree_key {
	struct span name, algo, required, modulus;
	uint64_t exponent, offset, end;
};

static void put_length(struct text *t, size_t n)
{
	if (n >= 0x100) {
		text_char(t, (char)0x82);
		text_char(t, (char)(n >> 8));
	} else if (n >= 0x80) {
		text_char(t, (char)0x81);
	}
	text_char(t, (char)n);
}

/* INTEGER, DER: no zeros before it, but one where the first bit is set. */
static void put_integer(struct text *t, struct span s)
{
	bool pad;

	while (s.n > 1 && s.p[0] == 0)
		s = span_from(s, 1);
	pad = s.n && s.p[0] >= 0x80;
	text_char(t, 0x02);
	put_length(t, s.n + pad);
	if (pad)
		text_char(t, 0);
	text_put(t, s);
}

/* RSAPublicKey of PKCS#1. */
static bool read_rsa(const struct tree_key *k, struct key_read *out)
{
	struct text body = { 0 }, der = { 0 };
	uint8_t exponent[8];
	bool ok = false;

	for (int i = 0; i < 8; i++)
		exponent[i] = (uint8_t)(k->exponent >> (56 - 8 * i));
	put_integer(&body, k->modulus);
	put_integer(&body, (struct span){ exponent, sizeof(exponent) });
	text_char(&der, 0x30);
	put_length(&der, body.n);
	text_put(&der, text_span(&body));
	if (!der.failed && !body.failed)
		ok = key_from_public_der(text_span(&der), true, out);
	text_free(&body);
	text_free(&der);
	return ok;
}

static void say_key(struct update_file *u, const struct tree_key *k)
{
	struct update_fact *f;
	struct key_read key = { 0 };

	f = update_say(u, "verified-boot",
		       k->required.n ? "required key in a device tree" : "key in a device tree",
		       k->name, k->offset, k->end - k->offset);
	if (!f)
		return;
	f->key = arena_copy(u->s->bench->arena, k->algo);
	if (k->modulus.n < 32 || k->modulus.n > 1024 || !read_rsa(k, &key))
		return;
	f->algorithm = "rsa";
	f->bits = key.bits;
	if (key.has_spki)
		set_spki(u, f, (struct span){ key.spki, key.spki_size }, key.spki_sha256);
}

static void take_property(struct tree_key *k, const struct fdt_step *s)
{
	struct cursor c = { .in = s->value };

	if (span_is(s->name, "algo"))
		k->algo = fdt_text(s->value);
	else if (span_is(s->name, "required"))
		k->required = fdt_text(s->value);
	else if (span_is(s->name, "rsa,modulus"))
		k->modulus = s->value;
	else if (span_is(s->name, "rsa,exponent") && s->value.n == 8) {
		k->exponent = (uint64_t)cursor_be32(&c) << 32;
		k->exponent |= cursor_be32(&c);
	}
	k->end = s->to;
}

/* /signature/key-NAME, each with its algorithm and its key. */
void update_device_tree(struct update_file *u)
{
	struct tree_key k = { .exponent = 0 };
	bool in_signature = false, in_key = false;
	struct fdt t;
	struct fdt_walk w;

	if (!span_starts(u->s->bytes, span_text("\xd0\x0d\xfe\xed")) || u->s->bytes.n > MOST_TREE ||
	    fdt_open(u->s->bytes, &t).kind)
		return;
	fdt_begin(&t, &w);
	for (int i = 0; i < MOST_STEPS; i++) {
		struct fdt_step s = fdt_next(&w);

		if (s.event == FDT_DONE || s.event == FDT_BROKEN)
			return;
		if (s.event == FDT_BEGIN && s.depth == 2)
			in_signature = span_is(s.name, "signature");
		if (s.event == FDT_BEGIN && s.depth == 3) {
			in_key = in_signature && span_starts(s.name, span_text("key-"));
			k = (struct tree_key){ .name = s.name, .offset = s.from, .end = s.to };
		} else if (s.event == FDT_PROPERTY && s.depth == 3 && in_key) {
			take_property(&k, &s);
		} else if (s.event == FDT_END && s.depth == 3 && in_key) {
			say_key(u, &k);
			in_key = false;
		}
	}
}

/* -- files whose place says what they are for -- */

static bool is_verifier_path(const struct node *n)
{
	static const char *const folders[] = {
		"/etc/opkg/keys/", "/etc/apk/keys/",          "/etc/rauc/", "/etc/swupdate/",
		"/etc/ucert/",     "/etc/apt/trusted.gpg.d/", NULL
	};

	for (size_t i = 0; folders[i]; i++)
		if (span_find(n->path, 0, span_text(folders[i])) != SIZE_MAX)
			return true;
	return name_matches(node_name(n), "*update*.pub,*update*.pem,*update*.crt,*upgrade*.pem,"
					  "*upgrade*.pub,*upgrade*.crt,*firmware*.pem,"
					  "*firmware*.pub,*firmware*.crt,swupdate*.pem,"
					  "*fw*pub*,*_sign*.pub,*verify*.pub,*verify*.pem,"
					  "*fwkey*,*image*pub*,*ota*.pem,*ota*.pub,ota*.crt,"
					  "*release*.pub,*release-key*");
}

/* What signs with a key of that kind. */
static const char *signs_as(const char *key)
{
	static const char *const names[][2] = { { "rsa", "rsa" },
						{ "ec", "ecdsa" },
						{ "ed25519", "ed25519" } };

	for (size_t i = 0; key && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], key) == 0)
			return names[i][1];
	return "other";
}

static void add_verifier(struct arena *a, struct node *n, const struct fact *of,
			 const char *algorithm, uint32_t bits, struct span spki)
{
	struct update_fact *f = fact_new(a, n, FACT_UPDATE, of->offset, of->length);

	if (!f)
		return;
	f->f.line = of->line;
	f->update_kind = "verifier";
	f->what = span_text("public key");
	f->value = n->path;
	f->algorithm = signs_as(algorithm);
	f->bits = bits;
	f->verified = TRI_NULL;
	f->spki_sha256 = spki;
}

static bool is_verifier(const struct fact *f)
{
	return f->kind == FACT_UPDATE &&
	       strcmp(((const struct update_fact *)f)->update_kind, "verifier") == 0;
}

/* Metadata of Android verified boot, and hash trees: formats of their own, which say it all. */
static void add_format(struct arena *a, struct node *n)
{
	static const char *const told[][2] = { { "vbmeta", "Android verified boot" },
					       { "verity", "dm-verity hash tree" } };
	struct update_fact *f;

	for (size_t i = 0; n->format && i < sizeof(told) / sizeof(told[0]); i++) {
		if (strcmp(n->format->name, told[i][0]) != 0)
			continue;
		f = fact_new(a, n, FACT_UPDATE, 0, n->length);
		if (!f)
			return;
		f->update_kind = "verified-boot";
		f->what = span_text(told[i][1]);
		f->value = span_text(n->label ? n->label : "");
		f->verified = TRI_NULL;
	}
}

/* Public keys and certificates that stand there are what updates are checked with. */
void relate_updates(struct tree *t, struct arena *a)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];
		const struct fact *last = n->last_fact;

		if (n->kind == KIND_REGION)
			add_format(a, n);
		if (n->kind != KIND_FILE || !n->facts || is_verifier(n->facts) ||
		    !is_verifier_path(n))
			continue;
		for (const struct fact *f = n->facts; f; f = f == last ? NULL : f->next) {
			const struct key_fact *k = (const void *)f;
			const struct certificate_fact *c = (const void *)f;

			if (f->kind == FACT_KEY && strcmp(k->key_kind, "public") == 0)
				add_verifier(a, n, f, k->algorithm, k->bits, k->spki_sha256);
			else if (f->kind == FACT_CERTIFICATE)
				add_verifier(a, n, f, c->key_algorithm, c->key_bits,
					     c->spki_sha256);
		}
	}
}
