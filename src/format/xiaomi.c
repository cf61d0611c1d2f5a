/* xiaomi.c - Xiaomi's MiWiFi images: "HDR1" or "HDR2", where the signature stands, CRC-32 without
 * final inversion of what follows it, device, up to eight places of blobs; a blob is a mark, its
 * place in flash, size, type, name and the data; the RSA signature of 256 bytes ends the image. All
 * little-endian; HDR2 has more about device and region. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define MOST_BLOBS 8
#define BLOB       48
#define BLOB_MARK  0xbabeu
#define NAME_AT    16
#define NAME       32
#define SUMMED     12
#define SIGNATURE  272

static bool is_second(struct span in)
{
	return span_byte(in, 3) == '2';
}

static uint64_t table_of(struct span in)
{
	return is_second(in) ? 48 : 16;
}

static uint64_t blob_at(struct span in, uint32_t i)
{
	return i < MOST_BLOBS ? span_u32(in, table_of(in) + 4ull * i, false) : 0;
}

static uint64_t length_of(struct span in)
{
	return (uint64_t)span_u32(in, 4, false) + SIGNATURE;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t header = table_of(in) + 4ull * MOST_BLOBS, first = blob_at(in, 0);

	if (in.n < header + BLOB)
		return fault_at(FAULT_SHORT, 0, "header", in.n, header + BLOB);
	if (first < header || first > length_of(in) - SIGNATURE || first + BLOB > in.n ||
	    span_u32(in, first, false) != BLOB_MARK)
		return fault_at(FAULT_BROKEN, table_of(in), "first blob", first, header);
	f->len = part_bound(length_of(in), in);
	f->proof = PROOF_STRUCTURE;
	if (is_second(in)) {
		label_add(f->label, "HDR2 ", field_text(in, 16, 8));
		label_add(f->label, " ", field_text(in, 24, 8));
	} else {
		snprintf(f->label, sizeof(f->label), "HDR1 device %04x", span_u16(in, 14, false));
	}
	return fine;
}

/* Blobs stand in the order of the table, so that no two share their bytes. */
static void list_blobs(struct listing *l)
{
	uint64_t at, end = 0, last = length_of(l->in) - SIGNATURE;

	for (uint32_t i = 0; (at = blob_at(l->in, i)) != 0; i++) {
		uint64_t size = span_u32(l->in, at + 8, false);

		if (at < end || at > last || size + BLOB > last - at ||
		    (at + 4 <= l->in.n && span_u32(l->in, at, false) != BLOB_MARK)) {
			listing_fault(l, fault_at(FAULT_BROKEN, table_of(l->in) + 4ull * i, "blob",
						  at, last));
			continue;
		}
		if (i > 0)
			part_owned(l, at, BLOB, "blob");
		part_list_named(l, at + 8, at + BLOB, size, field_text(l->in, at + NAME_AT, NAME));
		end = at + BLOB + size;
	}
	part_owned(l, last > end ? last : end, SIGNATURE, "signature");
}

static struct fault list(struct listing *l)
{
	uint64_t length = length_of(l->in);

	l->kind = LISTING_REGIONS;
	if (length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "length", l->in.n, length));
	list_blobs(l);
	part_sum(l, 8, "CRC-32", crc32_open(span_from(l->in, SUMMED)), span_u32(l->in, 8, false));
	return fine;
}

const struct format format_xiaomi = {
	.name = "xiaomi",
	.says = "Xiaomi MiWiFi image (HDR1, HDR2)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/xiaomifw.c; onekey-sec/unblob "
		"handlers/archive/xiaomi/hdr.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "HDR1" }, { 0, 4, "HDR2" } },
	.probe = probe,
	.list = list,
};
