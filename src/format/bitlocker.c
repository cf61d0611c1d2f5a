/* bitlocker.c - volumes encrypted by BitLocker: which algorithm, and how large. Sources: libbde
 * documentation/BitLocker Drive Encryption (BDE) format.asciidoc; cryptsetup lib/bitlk/bitlk.c.
 *
 * The boot sector leads to three copies of the metadata; each ends with its CRC-32. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define SIGNATURE    "-FVE-FS-"
#define COPIES       3
#define HEADERS      112u /* of a copy */
#define UNIT         16u  /* in which the size of a copy counts */
#define LARGEST_DISK (1ull << 60)

/* What follows the signature tells where the places of the metadata stand. */
static const struct {
	uint64_t guid;
	uint8_t bytes[16];
} kinds[] = {
	{ 160,
	  { 0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3,
	    0xd0, 0x01 } },
	{ 160,
	  { 0x3b, 0x4d, 0xa8, 0x92, 0x80, 0xdd, 0x0e, 0x4d, 0x9e, 0x4e, 0xb1, 0xe3, 0x28, 0x4e,
	    0xae, 0xd8 } },
	{ 424,
	  { 0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3,
	    0xd0, 0x01 } },
};

struct volume {
	uint64_t places[COPIES], size, at;
	uint16_t method;
	bool is_sound; /* a copy of the metadata is there, and its checksum holds */
};

static bool read_places(struct span in, struct volume *v)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span guid = { kinds[i].bytes, sizeof(kinds[i].bytes) };

		if (!span_starts(span_from(in, kinds[i].guid), guid))
			continue;
		for (uint64_t k = 0; k < COPIES; k++)
			v->places[k] = span_u64(in, kinds[i].guid + 16 + k * 8, false);
		return true;
	}
	return false;
}

/* A copy of the metadata: its size stands in units since the second version. One whose checksum is
 * wrong serves until a sound one is met. */
static void read_copy(struct span in, uint64_t at, struct volume *v)
{
	struct span s = span_sub(in, at, HEADERS);
	uint64_t length = (uint64_t)span_u16(s, 8, false) * UNIT;
	uint64_t size = span_u64(s, 16, false);
	struct span whole = span_sub(in, at, length);

	if (!span_starts(s, span_text(SIGNATURE)) || span_u16(s, 10, false) != 2 ||
	    size <= HEADERS || size > LARGEST_DISK)
		return;
	v->at = at;
	v->size = size;
	v->method = span_u16(s, 100, false);
	v->is_sound = whole.n && crc32_of(whole) == span_u32(in, at + length + 4, false);
}

static struct fault read_volume(struct span in, struct volume *v)
{
	*v = (struct volume){ 0 };
	if (!read_places(in, v))
		return fault_at(FAULT_UNKNOWN, 160, "identifier", in.n, 0);
	for (size_t i = 0; i < COPIES && !v->is_sound; i++)
		read_copy(in, v->places[i], v);
	return fine;
}

static const char *method_of(uint16_t method)
{
	static const char *const methods[] = { "AES-128-CBC with diffuser",
					       "AES-256-CBC with diffuser",
					       "AES-128-CBC",
					       "AES-256-CBC",
					       "AES-128-XTS",
					       "AES-256-XTS" };
	uint16_t i = (uint16_t)(method - 0x8000);

	return i < sizeof(methods) / sizeof(methods[0]) ? methods[i] : "unknown method";
}

static struct fault probe(struct span in, struct found *f)
{
	struct volume v;
	struct fault bad = read_volume(in, &v);

	if (bad.kind)
		return bad;
	f->len = v.at ? part_bound(v.size, in) : in.n;
	f->proof = v.is_sound ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	if (v.at)
		snprintf(f->label, sizeof(f->label), "%s, %llu bytes", method_of(v.method),
			 (unsigned long long)v.size);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct volume v;
	struct fault bad = read_volume(l->in, &v);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (v.at == 0)
		return fault_at(v.places[0] < l->in.n ? FAULT_BROKEN : FAULT_SHORT, 176, "metadata",
				l->in.n, v.places[0]);
	if (!v.is_sound)
		return fault_at(FAULT_BROKEN, v.at, "metadata CRC-32", 0, 0);
	return fault_at(FAULT_ENCRYPTED, 0, method_of(v.method), 0, 0);
}

const struct format format_bitlocker = {
	.name = "bitlocker",
	.says = "volume encrypted by BitLocker",
	.domain = DOMAIN_IT,
	.spec = "libbde BitLocker Drive Encryption (BDE) format",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { 3, 8, SIGNATURE },
		   { 424, 16,
		     "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01" } },
	.probe = probe,
	.list = list,
};
