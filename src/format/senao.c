/* senao.c - Senao's header (EnGenius, and D-Link and others built by them): vendor, product,
 * version, type, size and MD5 of the payload, a sum of all bytes of the header. Type 0 ("combo")
 * goes on with versions and the model's name. Big-endian. The payload is XORed with eight bytes
 * that the packer takes from its magic, 12345678; the key is public (firmware-utils).
 *
 * EnGenius's own packer counts the header in the size, firmware-utils does not: the one that fits
 * is right. Padding may follow the payload, XORed too. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER       96
#define TYPE         28
#define SIZE         32
#define MD5          40
#define SUM          88
#define MAGIC        0x12345678u
#define COMBO_HEAD   40 /* in front of the model */
#define MODEL_SIZE   132
#define MODEL        136
#define MOST_MODEL   256
#define LARGEST_TYPE 12
#define KEY          8
#define BUFFER       4096

static uint64_t header_length(struct span in)
{
	return span_u32(in, TYPE, true) ? HEADER
					: HEADER + COMBO_HEAD + span_u32(in, MODEL_SIZE, true);
}

static uint64_t payload_length(struct span in, uint64_t head)
{
	uint64_t size = span_u32(in, SIZE, true);

	return size > in.n - head && size <= in.n && size > head ? size - head : size;
}

static struct fault check_head(struct span in)
{
	uint32_t type = span_u32(in, TYPE, true);

	if (in.n <= HEADER + COMBO_HEAD)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + COMBO_HEAD);
	if (type > LARGEST_TYPE || span_u32(in, SIZE, true) == 0 || span_u32(in, 36, true) != 0)
		return fault_at(FAULT_BROKEN, TYPE, "type", type, LARGEST_TYPE);
	if (type == 0 && span_u32(in, MODEL_SIZE, true) > MOST_MODEL)
		return fault_at(FAULT_BROKEN, MODEL_SIZE, "size of the model's name",
				span_u32(in, MODEL_SIZE, true), MOST_MODEL);
	if (in.n <= header_length(in))
		return fault_at(FAULT_SHORT, 0, "header", in.n, header_length(in));
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct fault bad = check_head(in);
	uint64_t head;
	uint32_t sum;

	if (bad.kind)
		return bad;
	head = header_length(in);
	sum = sum_of_bytes(span_sub(in, 0, head)) - sum_of_bytes(span_sub(in, SUM, 4));
	if (sum != span_u32(in, SUM, true) && !span_starts(span_from(in, HEADER), span_text("all")))
		return fault_at(FAULT_BROKEN, SUM, "sum of the header", sum,
				span_u32(in, SUM, true));
	f->len = part_bound(head + payload_length(in, head), in);
	f->proof = sum == span_u32(in, SUM, true) ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%04x/%04x", span_u32(in, 4, true) & 0xffff,
		 span_u32(in, 8, true) & 0xffff);
	label_add(f->label, " ", field_text(in, 12, 16));
	if (head > HEADER)
		label_add(f->label, " ", field_text(in, MODEL, head - MODEL));
	label_add(f->label, ", XOR key of mksenaofw", (struct span){ 0 });
	return fine;
}

static struct fault list(struct listing *l)
{
	struct entry e = entry_new(KIND_FILE, span_text("payload"));
	uint64_t head = header_length(l->in);

	e.size = payload_length(l->in, head);
	if (e.size > l->in.n - head)
		listing_fault(l, fault_at(FAULT_SHORT, SIZE, "size", l->in.n - head, e.size));
	listing_add(l, &e);
	return fine;
}

/* The eight bytes are the magic, shifted on by one bit each. */
static uint8_t key_byte(uint64_t i)
{
	return (uint8_t)(MAGIC >> i % KEY);
}

/* Where in the key the payload begins: at its start, unless a run of zeros, which the key itself is
 * then, says otherwise. */
static unsigned phase_of(struct span coded)
{
	uint8_t zeros[2 * KEY];
	size_t at;

	for (size_t i = 0; i < sizeof(zeros); i++)
		zeros[i] = key_byte(i);
	at = span_find(coded, 0, (struct span){ zeros, sizeof(zeros) });
	return at == SIZE_MAX ? 0 : (KEY - at % KEY) % KEY;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t head = header_length(l->in);
	struct span coded = span_head(span_from(l->in, head), e->size);
	uint8_t plain[BUFFER], digest[16];
	unsigned phase = phase_of(coded);

	for (size_t at = 0; at < coded.n; at += BUFFER) {
		struct span piece = span_head(span_from(coded, at), BUFFER);

		for (size_t i = 0; i < piece.n; i++)
			plain[i] = piece.p[i] ^ key_byte(phase + i);
		if (!sink_put(out, (struct span){ plain, piece.n }))
			return out->fault;
	}
	if (coded.n < e->size)
		return fault_at(FAULT_SHORT, SIZE, "size", coded.n, e->size);
	md5_of(sink_span(out), digest);
	if (!span_equal((struct span){ digest, 16 }, span_sub(l->in, MD5, 16)))
		return fault_at(FAULT_BROKEN, MD5, "MD5",
				span_u64((struct span){ digest, 16 }, 0, true),
				span_u64(l->in, MD5, true));
	return fine;
}

const struct format format_senao = {
	.name = "senao",
	.says = "Senao image (EnGenius), payload under XOR",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mksenaofw.c; onekey-sec/unblob archive/engeniustech",
	.shape = SHAPE_CONTAINER,
	.magic = { { 92, 4, "\x12\x34\x56\x78" } },
	.probe = probe,
	.list = list,
	.load = load,
};
