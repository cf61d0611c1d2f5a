/* airoha.c - Airoha's update files for audio and network chips: a SHA-256, 0xff to 256, then what
 * it is of: fields of tag, length, value: how the firmware is packed and where it lies, and where
 * its pieces go in memory. Little-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define PRELUDE    256
#define PACKING    260
#define INTEGRITY  261
#define OFFSET     262
#define SIZE       266
#define FIELDS_END 270
#define PACKED_AES 2
#define MOST_KIND  2

static struct fault probe(struct span in, struct found *f)
{
	static const char *const packings[] = { "plain", "LZMA", "LZMA and AES" };
	static const char *const checks[] = { "CRC-32", "SHA-256", "SHA-256, RSA signature" };
	uint32_t from = span_u32(in, OFFSET, false), size = span_u32(in, SIZE, false);
	int packing = span_byte(in, PACKING), check = span_byte(in, INTEGRITY);

	if (in.n < FIELDS_END || packing > MOST_KIND || check > MOST_KIND)
		return fault_at(FAULT_UNKNOWN, PACKING, "packing", (uint64_t)packing, MOST_KIND);
	if (!is_filled(in, SHA256_SIZE, PRELUDE - SHA256_SIZE, 0xff) || from < FIELDS_END ||
	    size == 0)
		return fault_at(FAULT_BROKEN, OFFSET, "offset of the firmware", from, FIELDS_END);
	f->len = part_bound((uint64_t)from + size, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, %s", packings[packing], checks[check]);
	return fine;
}

static void check(struct listing *l, uint64_t end)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(span_sub(l->in, PRELUDE, end - PRELUDE), digest);
	if (!span_equal((struct span){ digest, SHA256_SIZE }, span_sub(l->in, 0, SHA256_SIZE)))
		listing_fault(l, fault_at(FAULT_BROKEN, 0, "SHA-256", 0, 0));
}

static struct fault list(struct listing *l)
{
	uint64_t from = span_u32(l->in, OFFSET, false), size = span_u32(l->in, SIZE, false);
	struct entry e = entry_new(KIND_FILE, span_text("firmware"));

	e.size = size;
	e.encrypted = span_byte(l->in, PACKING) == PACKED_AES;
	e.stored = !e.encrypted;
	e.offset = from < l->in.n ? from : 0;
	e.length = from >= l->in.n ? 0 : size < l->in.n - from ? size : l->in.n - from;
	listing_add(l, &e);
	if (from + size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, SIZE, "size", l->in.n, from + size));
	else
		check(l, from + size);
	return fine;
}

const struct format format_airoha = {
	.name = "airoha",
	.says = "Airoha update file",
	.domain = DOMAIN_DEVICE,
	.spec = "onekey-sec/unblob archive/airoha.py; ramikg/airoha-firmware-parser",
	.shape = SHAPE_CONTAINER,
	.magic = { { PRELUDE - 16, 20,
		     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		     "\x11\x00\x0a\x00" } },
	.probe = probe,
	.list = list,
};
