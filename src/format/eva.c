/* eva.c - kernels for AVM's boot loader EVA (FRITZ!Box) and TI's on AR7: a record of 12 bytes
 * (mark, length, load address), in it LZMA (a type, packed and plain length, CRC-32 of the packed
 * bytes, properties, dictionary, three zeros), then a sum, a zero and the entry. A wrapper with its
 * own mark holds two records. All little-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "format/parts.h"
#include "format/sums.h"

#define RECORD    12
#define TYPE      0x075a0201u
#define PACKED_AT 36
#define OVERHEAD  24 /* of the record's length, besides packed bytes */
#define TRAILER   12

struct eva {
	uint64_t length, packed;
	uint32_t load, plain, crc;
	struct lzma_properties properties;
};

static struct fault read_header(struct span in, struct eva *e)
{
	struct cursor c = { .in = span_sub(in, 0, PACKED_AT), .at = 4 };
	uint32_t type;
	uint8_t byte;
	uint32_t dictionary;

	e->length = cursor_le32(&c);
	e->load = cursor_le32(&c);
	type = cursor_le32(&c);
	e->packed = cursor_le32(&c);
	e->plain = cursor_le32(&c);
	e->crc = cursor_le32(&c);
	byte = cursor_u8(&c);
	dictionary = cursor_le32(&c);
	if (in.n < PACKED_AT)
		return fault_at(FAULT_SHORT, 0, "header", in.n, PACKED_AT);
	if (type != TYPE || e->packed == 0 || e->length != e->packed + OVERHEAD)
		return fault_at(FAULT_BROKEN, 4, "length", e->length, e->packed + OVERHEAD);
	if (!lzma_properties_from(byte, dictionary, &e->properties) ||
	    !is_filled(in, PACKED_AT - 3, 3, 0))
		return fault_at(FAULT_BROKEN, 28, "LZMA properties", byte, 224);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct eva e = { 0 };
	struct fault bad = read_header(in, &e);

	if (bad.kind)
		return bad;
	f->len = part_bound(RECORD + e.length + TRAILER, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "LZMA", (struct span){ 0 });
	return fine;
}

/* Bytes added up; the packer of OpenWrt adds length and address as words, others their bytes. */
static bool sum_holds(struct span in, const struct eva *e)
{
	uint32_t sum = sum_of_bytes(span_sub(in, RECORD, e->length)) +
		       span_u32(in, RECORD + e->length, false);

	return sum + (uint32_t)e->length + e->load == 0 ||
	       sum + sum_of_bytes(span_sub(in, 4, 8)) == 0;
}

static struct fault load(const struct listing *l, const struct entry *entry, struct sink *out)
{
	struct eva e = { 0 };
	struct fault bad = read_header(l->in, &e);
	struct span packed = span_head(span_from(l->in, PACKED_AT), e.packed);
	struct decoded d;

	(void)entry;
	if (bad.kind)
		return bad;
	d = lzma_raw_decode(packed, &e.properties, e.plain, out);
	if (packed.n < e.packed || l->in.n < RECORD + e.length + TRAILER)
		return fault_at(FAULT_SHORT, 4, "length", l->in.n, RECORD + e.length + TRAILER);
	if (d.fault.kind) {
		d.fault.at += PACKED_AT;
		return d.fault;
	}
	if (crc32_of(packed) != e.crc)
		return fault_at(FAULT_BROKEN, 24, "CRC-32 of the packed bytes", crc32_of(packed),
				e.crc);
	if (!sum_holds(l->in, &e))
		return fault_at(FAULT_BROKEN, RECORD + e.length, "sum of the record", 0, 0);
	return fine;
}

static struct fault probe_dual(struct span in, struct found *f)
{
	uint64_t length = span_u32(in, 4, false);
	struct eva first = { 0 };
	struct fault bad = read_header(span_from(in, RECORD), &first);

	if (bad.kind)
		return bad;
	if (length < first.length + 2 * RECORD + TRAILER)
		return fault_at(FAULT_BROKEN, 4, "length", length,
				first.length + 2 * RECORD + TRAILER);
	f->len = part_bound(RECORD + length + TRAILER, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "two kernels", (struct span){ 0 });
	return fine;
}

static struct fault list_dual(struct listing *l)
{
	uint64_t length = span_u32(l->in, 4, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 4, RECORD, length, "");
	if (l->in.n < RECORD + length + TRAILER)
		listing_fault(
			l, fault_at(FAULT_SHORT, 4, "length", l->in.n, RECORD + length + TRAILER));
	part_owned(l, RECORD + length, TRAILER, "trailer");
	return fine;
}

const struct format format_eva = {
	.name = "eva",
	.says = "AVM EVA and TI AR7 kernel (LZMA)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/lzma2eva.c; PeterPawn/YourFritz avm_kernel_config",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x81\x12\xed\xfe" },
		   { 0, 4, "\x07\xb0\xed\xfe" },
		   { 0, 4, "\x12\x81\xed\xfe" } },
	.probe = probe,
	.load = load,
};

const struct format format_evadual = {
	.name = "eva-dual",
	.says = "AVM EVA wrapper of two kernels",
	.domain = DOMAIN_BROADBAND,
	.spec = "PeterPawn/YourFritz avm_kernel_config",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x12\x91\xed\xfe" } },
	.probe = probe_dual,
	.list = list_dual,
};
