/* edimax.c - Edimax's images. "eDiMaX": model, sums of header and data (bytes added, XOR B9),
 * length, version, partition; big-endian. "CSYS": where the code goes, where in flash, model,
 * length (also of the sum at the end), the 16-bit words of the data and that sum make zero; in
 * either byte order. Older boxes with ADM5120 have a CSYS of 12 bytes and the sum of bytes or words
 * behind it. */
#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER     94
#define MODEL_AT   16
#define MODEL      32
#define SUM_AT     49
#define DATA_SUM   50
#define LENGTH_AT  51
#define VERSION_AT 63
#define VERSION    14
#define NAME_AT    78
#define NAME       16
#define XOR        0xb9
#define CSYS       20
#define CSYS_MODEL 12
#define CSYS_SIZE  16
#define ADM        12
#define ADM_CODE   0x80500000u
#define LARGEST    (64u << 20)

static uint8_t sum_of(struct span s)
{
	return (uint8_t)sum_of_bytes(s) ^ XOR;
}

static uint8_t header_sum(struct span in)
{
	uint8_t copy[HEADER];

	memcpy(copy, in.p, HEADER);
	copy[SUM_AT] = 0;
	return sum_of((struct span){ copy, HEADER });
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, LENGTH_AT, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_padded_text(in, MODEL_AT, MODEL) || !is_padded_text(in, NAME_AT, NAME) ||
	    length == 0)
		return fault_at(FAULT_BROKEN, LENGTH_AT, "length", length, 1);
	if (header_sum(in) != in.p[SUM_AT])
		return fault_at(FAULT_BROKEN, SUM_AT, "sum of the header", header_sum(in),
				in.p[SUM_AT]);
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, MODEL_AT, MODEL));
	label_add(f->label, " ", field_text(in, VERSION_AT, VERSION));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t length = span_u32(l->in, LENGTH_AT, true);

	l->kind = LISTING_REGIONS;
	part_list_named(l, LENGTH_AT, HEADER, length, field_text(l->in, NAME_AT, NAME));
	part_sum(l, DATA_SUM, "sum of the data", sum_of(span_sub(l->in, HEADER, length)),
		 l->in.p[DATA_SUM]);
	return fine;
}

/* Gives the same for all of the space and for the object alone. */
static bool is_big(struct span in)
{
	uint64_t room = in.n > CSYS ? in.n - CSYS : 0;
	uint64_t little = span_u32(in, CSYS_SIZE, false), big = span_u32(in, CSYS_SIZE, true);

	return little > room && big < little;
}

static struct fault probe_csys(struct span in, struct found *f)
{
	bool big = is_big(in);
	uint32_t length = span_u32(in, CSYS_SIZE, big);

	if (in.n <= CSYS)
		return fault_at(FAULT_SHORT, 0, "header", in.n, CSYS + 1);
	if (span_u32(in, 4, big) % 16 || span_u32(in, 8, big) % 256) /* else it may be any text */
		return fault_at(FAULT_BROKEN, 4, "address", span_u32(in, 4, big), 0);
	if (!is_padded_text(in, CSYS_MODEL, 4) || length < 4 || length % 2 || length > LARGEST)
		return fault_at(FAULT_BROKEN, CSYS_SIZE, "length", length, 4);
	f->len = part_bound((uint64_t)CSYS + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_sub(in, CSYS_MODEL, 4));
	return fine;
}

static uint16_t sum_of_words(struct span s, bool big)
{
	uint16_t sum = 0;

	for (uint64_t i = 0; i + 1 < s.n; i += 2)
		sum = (uint16_t)(sum + span_u16(s, i, big));
	return sum;
}

/* An odd byte before the sum is not summed: the word that holds it is passed over. */
static uint16_t csys_sum(struct span in, uint32_t length, bool big)
{
	struct span data = span_sub(in, CSYS, length - 2);
	uint16_t sum = span_u16(in, CSYS + (uint64_t)length - 2, big), all;

	all = (uint16_t)(sum + sum_of_words(data, big));
	if (all == 0 || data.n < 2 || data.p[data.n - 1] != 0)
		return all;
	data.n -= 2;
	return (uint16_t)(sum + sum_of_words(data, big));
}

static struct fault list_csys(struct listing *l)
{
	bool big = is_big(l->in);
	uint32_t length = span_u32(l->in, CSYS_SIZE, big);

	l->kind = LISTING_REGIONS;
	part_list(l, CSYS_SIZE, CSYS, length - 2, "");
	part_owned(l, CSYS + (uint64_t)length - 2, 2, "checksum");
	if (l->in.n < CSYS + (uint64_t)length)
		listing_fault(l,
			      fault_at(FAULT_SHORT, CSYS_SIZE, "length", l->in.n - CSYS, length));
	part_sum(l, CSYS + (uint64_t)length - 2, "sum of the data", csys_sum(l->in, length, big),
		 0);
	return fine;
}

static struct fault probe_adm(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 8, false);

	if (in.n <= ADM)
		return fault_at(FAULT_SHORT, 0, "header", in.n, ADM + 1);
	if (span_u32(in, 4, false) != ADM_CODE || length == 0)
		return fault_at(FAULT_BROKEN, 4, "address", span_u32(in, 4, false), ADM_CODE);
	f->len = part_bound((uint64_t)ADM + length + 2, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_adm(struct listing *l)
{
	uint64_t length = span_u32(l->in, 8, false);
	struct span data = span_sub(l->in, ADM, length);
	uint16_t sum = (uint16_t)(sum_of_words(data, false) + span_u16(l->in, ADM + length, false));

	if (data.n % 2)
		sum = (uint16_t)(sum + data.p[data.n - 1]);
	l->kind = LISTING_REGIONS;
	part_list(l, 8, ADM, length, "");
	part_owned(l, ADM + length, 2, "checksum");
	if (l->in.n < ADM + length + 2)
		listing_fault(l, fault_at(FAULT_SHORT, 8, "length", l->in.n, ADM + length + 2));
	part_sum(l, ADM + length, "sum of the data", sum, 0);
	return fine;
}

const struct format format_edimax = {
	.name = "edimax",
	.says = "Edimax header (eDiMaX)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/edimax_fw_header.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "eDiMaX\0\0" } },
	.probe = probe,
	.list = list,
};

const struct format format_csys = {
	.name = "csys",
	.says = "Edimax image (CSYS with model)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkedimaximg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "CSYS" } },
	.probe = probe_csys,
	.list = list_csys,
};

const struct format format_csysadm = {
	.name = "csys-adm",
	.says = "Edimax image for ADM5120 (CSYS)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/csysimg.h, mkcsysimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "CSYS\x00\x00\x50\x80" } },
	.probe = probe_adm,
	.list = list_adm,
};
