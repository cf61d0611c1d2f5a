/* cwe.c - firmware of Sierra Wireless modems: a header of 400 bytes, big-endian, of which the first
 * 256 are of another time; then their CRC-32 without final inversion, revision, "GOOD", kind,
 * product, length and CRC of the image, version and date. An image may be such files again, one
 * behind the other. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER  400
#define SUMMED  256
#define KIND    268
#define LENGTH  276
#define VERSION 284

static struct fault probe(struct span in, struct found *f)
{
	uint32_t crc = crc32_open(span_sub(in, 0, SUMMED)), want = span_u32(in, SUMMED, true);

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (crc != want)
		return fault_at(FAULT_BROKEN, SUMMED, "CRC-32 of the header", crc, want);
	f->len = part_bound(HEADER + (uint64_t)span_u32(in, LENGTH, true), in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", span_sub(in, KIND, 4));
	label_add(f->label, " ", field_text(in, VERSION, 48));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t length = span_u32(l->in, LENGTH, true);

	l->kind = LISTING_REGIONS;
	part_list_named(l, LENGTH, HEADER, length, span_sub(l->in, KIND, 4));
	part_sum(l, LENGTH + 4, "CRC-32 of the image", crc32_open(span_sub(l->in, HEADER, length)),
		 span_u32(l->in, LENGTH + 4, true));
	return fine;
}

const struct format format_cwe = {
	.name = "cwe",
	.says = "firmware of Sierra Wireless modems",
	.domain = DOMAIN_TELECOM,
	.spec = "eagleusb/wwan scripts/parsecwe.pl",
	.shape = SHAPE_CONTAINER,
	.magic = { { 260, 8, "\x00\x00\x00\x03GOOD" },
		   { 260, 8, "\x00\x00\x00\x02GOOD" },
		   { 260, 8, "\x00\x00\x00\x01GOOD" } },
	.probe = probe,
	.list = list,
};
