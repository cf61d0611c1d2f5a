/* gsdf.c - Sagemcom's images for gateways, "GSDF 10": size, payload, time and name, 16 slots of
 * parts, three SHA-256 (header, data, and the block of both with a signature, RSA), then the parts:
 * kernel, root file system, boot loaders, certificates. Big-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/table.h"

#define NAME       32
#define NAME_LEN   64
#define SLOTS      0x60
#define SLOT       16
#define SLOT_COUNT 16
#define AUTH       0x160 /* the header's hash; it covers what stands before */
#define AUTH_HASH  0x180
#define DATA_HASH  0x1a0
#define SIGNATURE  0x1c0
#define DATA       0x2c0 /* the data's hash begins here */
#define PARTS      0x2e0
#define FIRST      0x2000u

static const char *const names[] = {
	"root certificate",
	"second certificate",
	"attribute certificate",
	"permanent parameters",
	"primary boot loader",
	"secondary boot loader",
	"u-boot",
	"kernel",
	"rootfs",
	"device tree",
};

static bool hash_holds(struct span in, struct span summed, uint64_t field)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(summed, digest);
	return span_equal((struct span){ digest, SHA256_SIZE }, span_sub(in, field, SHA256_SIZE));
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, 8, true);

	if (in.n < PARTS)
		return fault_at(FAULT_SHORT, 0, "header", in.n, PARTS);
	if (size < PARTS)
		return fault_at(FAULT_BROKEN, 8, "size", size, PARTS);
	if (!hash_holds(in, span_sub(in, 0, AUTH), AUTH))
		return fault_at(FAULT_BROKEN, AUTH, "SHA-256 of the header", 0, 0);
	f->len = part_bound(size, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "payload 0x%x, RSA signature", span_u32(in, 12, true));
	label_add(f->label, ", ", field_text(in, NAME, NAME_LEN));
	return fine;
}

static const char *name_of(uint32_t type)
{
	uint32_t i = type - FIRST;

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : "arguments";
}

static void check(struct listing *l)
{
	uint8_t auth[DATA - AUTH];

	memcpy(auth, l->in.p + AUTH, sizeof(auth));
	memset(auth + (AUTH_HASH - AUTH), 0, SHA256_SIZE);
	memset(auth + (SIGNATURE - AUTH), 0, DATA - SIGNATURE);
	if (!hash_holds(l->in, (struct span){ auth, sizeof(auth) }, AUTH_HASH))
		listing_fault(
			l, fault_at(FAULT_BROKEN, AUTH_HASH, "SHA-256 under the signature", 0, 0));
	if (!hash_holds(l->in, span_from(l->in, DATA), DATA_HASH))
		listing_fault(l, fault_at(FAULT_BROKEN, DATA_HASH, "SHA-256 of the data", 0, 0));
}

/* Slots stand in no order; one that is not used has no type or no length. */
static struct fault list(struct listing *l)
{
	struct table_part parts[SLOT_COUNT];
	size_t n = 0;

	for (uint64_t i = 0; i < SLOT_COUNT; i++) {
		uint64_t at = SLOTS + i * SLOT;
		uint32_t type = span_u32(l->in, at, true), length = span_u32(l->in, at + 8, true);

		if (type && length)
			parts[n++] = (struct table_part){ .name = span_text(name_of(type)),
							  .field = at + 8,
							  .from = span_u32(l->in, at + 4, true),
							  .length = length };
	}
	table_list(l, PARTS, parts, n);
	if (span_u32(l->in, 8, true) > l->in.n)
		listing_fault(l,
			      fault_at(FAULT_SHORT, 8, "size", l->in.n, span_u32(l->in, 8, true)));
	else
		check(l);
	return fine;
}

const struct format format_gsdf = {
	.name = "gsdf",
	.says = "Sagemcom image (GSDF)",
	.domain = DOMAIN_BROADBAND,
	.spec = "up-n-atom/gsdftool gsdftool.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "GSDF 10\x00" } },
	.probe = probe,
	.list = list,
};
