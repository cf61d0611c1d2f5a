/* shrs.c - D-Link's encrypted images by SGE (DIR-8xx, COVR): "SHRS", plain and padded length, a
 * salt that is the initial vector, SHA-512 of plain text and key, of plain text, of ciphertext, and
 * two RSA signatures; all big-endian. AES-128 in CBC mode, five bytes behind it. The keys of
 * several models stand in the sources that D-Link had to publish; the first digest tells which one
 * it was. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER    0x6dc
#define IV_AT     12
#define KEYED_AT  28
#define PLAIN_AT  92
#define UNUSED_AT 220
#define UNUSED    512
#define KEY       16

static const uint8_t footer[] = { 0, 0, 0, 0, 0x30 };

static const struct {
	const char *models;
	uint8_t bytes[KEY + 1];
} keys[] = {
	{ "COVR-C1200, DIR-8xx",
	  "\xc0\x5f\xbf\x19\x36\xc9\x94\x29\xce\x2a\x07\x81\xf0\x8d\x6a\xd8" },
	{ "COVR-X1860", "he9-4+M!)d6=m~#$" },
	{ "DIR-X1860 B1", "he9-4+M8-80!)d6=" },
	{ "DIR-X3260", "rt9-4%^+M!)d6=m~" },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static struct span key_at(size_t i)
{
	return (struct span){ keys[i].bytes, KEY };
}

static struct span iv_of(struct span in)
{
	return span_sub(in, IV_AT, AES_BLOCK);
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t plain = span_u32(in, 4, true), padded = span_u32(in, 8, true);
	uint8_t first[AES_BLOCK];

	if (in.n < HEADER + AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + AES_BLOCK);
	if (plain == 0 || padded % AES_BLOCK || plain > padded || padded - plain > AES_BLOCK)
		return fault_at(FAULT_BROKEN, 4, "lengths", plain, padded);
	if (!is_filled(in, UNUSED_AT, UNUSED, 0))
		return fault_at(FAULT_BROKEN, UNUSED_AT, "reserved bytes", 0, 0);
	f->len = part_bound((uint64_t)HEADER + padded, in);
	if (span_starts(span_from(in, f->len), (struct span){ footer, sizeof(footer) }))
		f->len += sizeof(footer);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "AES-128-CBC", (struct span){ 0 });
	for (size_t i = 0; i < KEYS; i++) {
		decrypt_first(key_at(i), iv_of(in), span_from(in, HEADER), first);
		if (begins_as_image((struct span){ first, AES_BLOCK }))
			label_add(f->label, ", published key of ", span_text(keys[i].models));
	}
	return fine;
}

static bool digest_stands(struct span in, uint64_t at, struct span of)
{
	uint8_t digest[SHA512_SIZE];

	sha512_of(of, digest);
	return span_equal((struct span){ digest, SHA512_SIZE }, span_sub(in, at, SHA512_SIZE));
}

/* Whether what came out ends, without its padding, in what the digest over plain text and key says.
 */
static bool is_key(struct span in, struct span key, uint32_t plain, struct sink *out)
{
	bool stands;

	if (begins_as_image(sink_span(out)) || out->n < plain)
		return begins_as_image(sink_span(out));
	out->n = plain;
	stands = sink_put(out, key) && digest_stands(in, KEYED_AT, sink_span(out));
	out->n = plain;
	return stands;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint32_t plain = span_u32(l->in, 4, true), padded = span_u32(l->in, 8, true);
	struct span packed = span_head(span_from(l->in, HEADER), padded);

	(void)e;
	for (size_t i = 0; i < KEYS; i++) {
		out->n = 0;
		if (!decrypt_into(out, key_at(i), iv_of(l->in), packed))
			return out->fault;
		if (!is_key(l->in, key_at(i), plain, out))
			continue;
		if (packed.n < padded)
			return fault_at(FAULT_SHORT, 8, "length", packed.n, padded);
		out->n = plain;
		if (!digest_stands(l->in, PLAIN_AT, sink_span(out)))
			return fault_at(FAULT_BROKEN, PLAIN_AT, "SHA-512 of the plain text", 0, 0);
		return fine;
	}
	out->n = 0;
	return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
}

const struct format format_shrs = {
	.name = "shrs",
	.says = "D-Link encrypted image (SHRS)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/dlink-sge-image.c",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "SHRS" } },
	.probe = probe,
	.load = load,
};
