/* alphaenc.c - images that Alpha Networks' encimg encrypts for D-Link: AES-256 in CBC mode, key and
 * initial vector from a text of the model, XORed with its signature and a counter. Older ones are a
 * whole Seama, so that each model has a first block of its own; newer ones have a WRGG header whose
 * signature is used. Models whose text is not published are known by that first block. */
#include "base/cursor.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define MAGIC         16
#define COUNTER_TURNS 0xfc
#define WRGG_HEADER   160
#define WRGG_SIZE_AT  104
#define SIGNATURE     32
#define PROBED        256

struct model {
	const char *name, *signature, *key, *iv;
	char first[MAGIC + 1]; /* block of its images */
};

/* What a model is called, its signature, key and initial vector in text, the first block. */
#define MODELS(X)                                                                                  \
	X("DAP-1665 B", "wapac25_dlink.2015_dap1665", "EfCHXytwsC6F0zsedwZc+9vDbCjE3ge4",          \
	  "ggPy917jwESpnfXm", "\x35\x66\x6f\x68\xef\x1a\xfe\x1f\x34\xef\x4f\x11\x21\x05\x4e\xbe")  \
	X("DAP-1720 A", "wapac28_dlink.2015_dap1720", "qBiz6o/1RVQTtJBd3FS7FDbqogE8yoBm",          \
	  "EfDMqWWxHCOhEqgY", "\x68\x01\xcc\xfb\xad\x6b\xa0\xba\x33\x04\xb0\x9c\xbb\x48\xb0\x27")  \
	X("DIR-822 C1", "wrgac43s_dlink.2015_dir822c1", "KNpsEntCcsep1jdFIs3wnXySKRGNCGmf",        \
	  "uph587JdKHrtAUlr", "\xdf\x8c\x39\x0d\x22\xb4\xdc\x29\xfb\x4e\xbf\xdb\xe8\xe1\x8b\xfb")  \
	X("DIR-842 C1", "wrgac65_dlink.2015_dir842", "xQYoRZeD726UAbRb846kO7TeNw8eZa6u",           \
	  "zufEbNF3kUafxFiE", "\xf5\x2a\xa0\xb4\x92\x53\xbf\xef\xf8\x21\xa6\x2e\x28\xa7\x39\x8b")  \
	X("DIR-842 C3", "wrgac65_dlink.2015_dir842EU", "xQYoRZeD726UAbRb846kO7TeNw8eZa6u",         \
	  "zufEbNF3kUafxFiE", "\x21\xdd\xda\x00\x99\xd8\x87\xa9\xd5\x2d\x7e\xff\x3b\x58\x70\xa6")  \
	X("DIR-850L A1", "wrgac05_dlob.hans_dir850l", "BIuS1CVMEQG+0pUeE99jnR+vLlLd9unr",          \
	  "f3+odwHhmJL1ceW1", "\xe3\x13\x00\x5b\x76\xdf\x0b\xe8\x83\x24\x5a\x42\xff\x91\x2d\x3d")  \
	X("DIR-850L B1", "wrgac25_dlink.2013gui_dir850l", "qQehHMEmEPQ5izL+cabn8bNHZXHjkp6W",      \
	  "Mmb+IKQgnO8OuF4b", "\x0a\x14\xe4\x24\xff\x0f\xb4\xd7\x53\x66\xa0\xb0\x72\xfe\xab\xdf")  \
	X("DIR-859 A", "wrgac37_dlink.2013gui_dir859", "KY0H9R2PDL3eu1J4uCVd1CK7BJ7vF1kc",         \
	  "qbStAzIRvWeQHz5U", "\x4c\x1b\x95\xaf\x93\x72\x5f\x81\x03\x03\x96\x4d\xdd\x76\x01\x74")  \
	X("DIR-865L A", NULL, NULL, NULL,                                                          \
	  "\x98\x9c\x3c\x2c\x6b\x19\x1b\x25\x6e\x03\xee\x0f\x72\x5c\x6c\xa0")                      \
	X("DIR-868L A", NULL, NULL, NULL,                                                          \
	  "\x3d\xe6\x02\x63\x3f\xc1\x85\xe7\xd2\xbf\x64\xaf\x29\x57\x3a\xbd")                      \
	X("DIR-880L A", NULL, NULL, NULL,                                                          \
	  "\x8e\x69\x57\xe7\x76\x09\xd7\x94\x47\x75\x78\xa2\x4a\x1f\xc9\xb2")                      \
	X("DIR-885L A", NULL, NULL, NULL,                                                          \
	  "\x92\x61\x58\x58\x14\xdb\xbb\x3b\xe5\xa5\xf3\xe7\x10\x9c\xa2\x0b")                      \
	X("DIR-890L A", NULL, NULL, NULL,                                                          \
	  "\xcb\xc3\xa7\x4c\x50\x0f\x42\x43\xa5\xd9\x7c\xa5\x25\x6b\xcd\xba")                      \
	X("DIR-895L A", NULL, NULL, NULL,                                                          \
	  "\x91\x5a\xc9\xa2\x11\xff\xaa\x6d\xb0\x12\xe8\x8d\x2c\x3c\x23\xcb")

#define ROW(name, signature, key, iv, first)   { name, signature, key, iv, first },
#define FIRST(name, signature, key, iv, first) { 0, MAGIC, first },

static const struct model models[] = { MODELS(ROW) };

/* Of DAP-2xxx and DAP-3xxx. */
static const char wrgg_key[] = "oVhq0hvXHdfaGFLdubM4/QvuVHdKee7v";
static const char wrgg_iv[] = "0BO5nlYankuVBe4s";

struct secret {
	uint8_t key[32], iv[AES_BLOCK];
};

static void mangle(struct span signature, const char *text, size_t count, uint8_t *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint8_t)text[i] ^ (uint8_t)((i + 1) % COUNTER_TURNS) ^
			 signature.p[i % signature.n];
}

static struct secret secret_of(struct span signature, const char *key, const char *iv)
{
	struct secret s;

	mangle(signature, key, sizeof(s.key), s.key);
	mangle(signature, iv, sizeof(s.iv), s.iv);
	return s;
}

static void begin(const struct secret *s, struct span in, uint8_t *plain, size_t count)
{
	aes_cbc_decrypt((struct span){ s->key, 32 }, (struct span){ s->iv, AES_BLOCK },
			span_head(in, count), plain);
}

static struct fault finish(const struct secret *s, struct span in, struct sink *out)
{
	if (!decrypt_into(out, (struct span){ s->key, 32 }, (struct span){ s->iv, AES_BLOCK }, in))
		return out->fault;
	return fine;
}

static const struct model *model_of(struct span in)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (span_starts(in, (struct span){ (const uint8_t *)models[i].first, MAGIC }))
			return &models[i];
	return NULL;
}

static uint64_t whole_blocks(uint64_t length)
{
	return (length + AES_BLOCK - 1) / AES_BLOCK * AES_BLOCK;
}

static uint64_t length_of(struct span in, const struct secret *s)
{
	uint8_t plain[PROBED];
	struct span some = span_head(in, PROBED);

	some.n -= some.n % AES_BLOCK;
	begin(s, some, plain, some.n);
	return whole_blocks(seama_end_of((struct span){ plain, some.n }));
}

static struct fault probe(struct span in, struct found *f)
{
	const struct model *m = model_of(in);
	struct secret s;
	uint64_t length = in.n;

	if (!m)
		return fault_at(FAULT_UNKNOWN, 0, "model", 0, 0);
	if (m->key) {
		s = secret_of(span_text(m->signature), m->key, m->iv);
		length = length_of(in, &s);
	}
	if (length < 2 * AES_BLOCK)
		return fault_at(FAULT_BROKEN, 0, "Seama", length, 2 * AES_BLOCK);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, m->key ? "AES-256-CBC, published key of " : "AES-256-CBC, ",
		  span_text(m->name));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct model *m = model_of(l->in);
	struct secret s;
	struct fault bad;

	(void)e;
	if (!m || !m->key)
		return fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0);
	s = secret_of(span_text(m->signature), m->key, m->iv);
	bad = finish(&s, l->in, out);
	if (bad.kind == FAULT_NONE && l->in.n < length_of(l->in, &s))
		bad = fault_at(FAULT_SHORT, 0, "length", l->in.n, length_of(l->in, &s));
	return bad;
}

static struct secret wrgg_secret(struct span in)
{
	return secret_of(field_text(in, 0, SIGNATURE), wrgg_key, wrgg_iv);
}

/* Gives the same for all of the space and for the object alone. */
static uint64_t wrgg_length(struct span in)
{
	uint64_t room = in.n > WRGG_HEADER ? in.n - WRGG_HEADER : 0;
	uint64_t little = span_u32(in, WRGG_SIZE_AT, false), big = span_u32(in, WRGG_SIZE_AT, true);

	return little <= room || big > room ? little : big;
}

/* Only what the key opens: others are WRGG as it always was. */
static struct fault probe_wrgg(struct span in, struct found *f)
{
	uint8_t plain[AES_BLOCK];
	struct secret s;

	if (in.n < WRGG_HEADER + AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, WRGG_HEADER + AES_BLOCK);
	if (!is_padded_text(in, 0, SIGNATURE) || wrgg_length(in) % AES_BLOCK ||
	    wrgg_length(in) == 0)
		return fault_at(FAULT_BROKEN, WRGG_SIZE_AT, "length", wrgg_length(in), AES_BLOCK);
	s = wrgg_secret(in);
	begin(&s, span_from(in, WRGG_HEADER), plain, AES_BLOCK);
	if (!begins_as_image((struct span){ plain, AES_BLOCK }))
		return fault_at(FAULT_UNKNOWN, WRGG_HEADER, "encrypted data", 0, 0);
	f->len = part_bound(WRGG_HEADER + wrgg_length(in), in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "AES-256-CBC, published key, ", field_text(in, 0, SIGNATURE));
	return fine;
}

static struct fault load_wrgg(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct secret s = wrgg_secret(l->in);
	struct span packed = span_from(l->in, WRGG_HEADER);
	struct fault bad = finish(&s, packed, out);

	(void)e;
	if (bad.kind == FAULT_NONE && packed.n < wrgg_length(l->in))
		bad = fault_at(FAULT_SHORT, WRGG_SIZE_AT, "length", packed.n, wrgg_length(l->in));
	return bad;
}

const struct format format_alphaenc = {
	.name = "alpha-encimg",
	.says = "D-Link encrypted image by Alpha Networks (encimg)",
	.domain = DOMAIN_BROADBAND,
	.spec = "onekey-sec/unblob handlers/archive/dlink/alpha_encimg.py; devttys0/delink "
		"src/encimg.rs",
	.shape = SHAPE_STREAM,
	.magic = { MODELS(FIRST) },
	.probe = probe,
	.load = load,
};

const struct format format_alphawrgg = {
	.name = "alpha-encimg-wrgg",
	.says = "D-Link encrypted image by Alpha Networks with a WRGG header",
	.domain = DOMAIN_BROADBAND,
	.spec = "onekey-sec/unblob handlers/archive/dlink/alpha_encimg.py",
	.shape = SHAPE_STREAM,
	.magic = { { SIGNATURE, 8, "\x21\x03\x08\x20\x21\x03\x08\x20" },
		   { SIGNATURE, 8, "\x20\x08\x03\x21\x20\x08\x03\x21" } },
	.probe = probe_wrgg,
	.load = load_wrgg,
};
