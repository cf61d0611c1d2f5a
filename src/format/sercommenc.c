/* sercommenc.c - Sercomm's encrypted updates: five fields of 32 bytes (key, version, initial
 * vector, random text, plain size in decimal), then AES-256 in CBC mode. The key is the MD5 of
 * random text and version, and the MD5 of size and version: whoever has the image can open it. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define FIELD      32
#define HEADER     (5 * FIELD)
#define VERSION_AT FIELD
#define IV_AT      (2 * FIELD)
#define RANDOM_AT  (3 * FIELD)
#define SIZE_AT    (4 * FIELD)

static uint64_t packed_size(uint64_t size)
{
	return (size / AES_BLOCK + 1) * AES_BLOCK;
}

static void derive(struct span in, uint8_t key[32])
{
	struct span version = span_sub(in, VERSION_AT, FIELD);
	struct span first[] = { span_sub(in, RANDOM_AT, FIELD), version };
	struct span second[] = { span_sub(in, SIZE_AT, FIELD), version };

	md5_of_parts(first, 2, key);
	md5_of_parts(second, 2, key + 16);
}

static struct span packed_of(struct span in, uint64_t size)
{
	return span_head(span_from(in, HEADER), packed_size(size));
}

/* Whole, it ends in the padding that its size asks for; the right key is proved by that. */
static bool key_fits(struct span in, const uint8_t key[32], uint64_t size)
{
	struct span packed = packed_of(in, size);
	uint8_t padding;

	if (packed.n < packed_size(size) || packed.n < 2 * AES_BLOCK)
		return packed.n < packed_size(size);
	return decrypt_ends_padded((struct span){ key, 32 }, packed, &padding) &&
	       padding == packed.n - size;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t size;

	if (in.n < HEADER + 2 * AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 2 * AES_BLOCK);
	if (!field_number(in, SIZE_AT, FIELD, &size) || !is_padded_text(in, VERSION_AT, FIELD) ||
	    !is_filled(in, 0, FIELD, 0))
		return fault_at(FAULT_BROKEN, SIZE_AT, "size", 0, 0);
	f->len = part_bound(HEADER + packed_size(size), in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "version ", field_text(in, VERSION_AT, FIELD));
	label_add(f->label, ", AES-256-CBC, key from the header", (struct span){ 0 });
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint8_t key[32];
	uint64_t size = 0;

	(void)e;
	field_number(l->in, SIZE_AT, FIELD, &size);
	derive(l->in, key);
	if (!key_fits(l->in, key, size))
		return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
	if (!decrypt_into(out, (struct span){ key, 32 }, span_sub(l->in, IV_AT, AES_BLOCK),
			  packed_of(l->in, size)))
		return out->fault;
	if (l->in.n < HEADER + packed_size(size))
		return fault_at(FAULT_SHORT, SIZE_AT, "length", l->in.n,
				HEADER + packed_size(size));
	out->n = size;
	return fine;
}

const struct format format_sercommenc = {
	.name = "sercomm-encrypted",
	.says = "Sercomm encrypted update",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt scripts/sercomm-crypto.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.magic = { { 24, 8, "\0\0\0\0\0\0\0\0" } },
	.probe = probe,
	.load = load,
};
