/* ras.c - ZyXEL's header for NBG66xx and their relatives: a block of flash in front of the root
 * file system and the kernel, filled with 0xff. Big-endian. Sums are those of System V's `sum`: all
 * bytes, folded to 16 bits twice. There is no magic: the filler and the sum of the header, in whose
 * place the sum of the root file system is counted, stand for one. */
#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define SUMMED      2048 /* bytes under the header's sum */
#define VERSION     8
#define VERSION_LEN 32
#define SUM_AT      40
#define MODEL       44
#define MODEL_LEN   64
#define KERNEL      108 /* sum and length; 0xff where the kernel lies elsewhere */
#define FILLER      116
#define BLOCK       0x10000
#define MOST_BLOCKS 2

static uint32_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static uint32_t header_sum(struct span in)
{
	return folded(sum_of_bytes(span_sub(in, 0, SUM_AT)) + sum_of_bytes(span_sub(in, 0, 4)) +
		      sum_of_bytes(span_sub(in, MODEL, SUMMED - MODEL)));
}

/* The header takes one block of flash, on some devices two. */
static uint64_t header_length(struct span in)
{
	return is_filled(in, BLOCK, 64, 0xff) ? MOST_BLOCKS * BLOCK : BLOCK;
}

static bool has_kernel(struct span in)
{
	return !is_filled(in, KERNEL, 8, 0xff);
}

/* Text, its NUL, then filler. */
static bool is_filled_text(struct span in, uint64_t at, uint64_t size)
{
	struct span text = field_text(in, at, size);

	return text.n > 0 && text.n < size && is_padded_text(in, at, text.n + 1) &&
	       is_filled(in, at + text.n + 1, size - text.n - 1, 0xff);
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t end = header_length(in) + span_u32(in, 4, true);

	if (in.n <= BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, BLOCK);
	if (!is_filled_text(in, VERSION, VERSION_LEN) || !is_filled_text(in, MODEL, MODEL_LEN) ||
	    !is_filled(in, FILLER, SUMMED - FILLER, 0xff))
		return fault_at(FAULT_BROKEN, FILLER, "filler", 0, 0);
	if (header_sum(in) != span_u32(in, SUM_AT, true))
		return fault_at(FAULT_BROKEN, SUM_AT, "sum of the header", header_sum(in),
				span_u32(in, SUM_AT, true));
	if (has_kernel(in))
		end += span_u32(in, KERNEL + 4, true);
	f->len = part_bound(end, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, MODEL, MODEL_LEN));
	label_add(f->label, " ", field_text(in, VERSION, VERSION_LEN));
	return fine;
}

static void list_part(struct listing *l, uint64_t field, uint64_t from, const char *name)
{
	uint32_t length = span_u32(l->in, field + 4, true);

	part_list(l, field + 4, from, length, name);
	part_sum(l, field, "sum of a part", folded(sum_of_bytes(span_sub(l->in, from, length))),
		 span_u32(l->in, field, true));
}

static struct fault list(struct listing *l)
{
	uint64_t head = header_length(l->in);

	l->kind = LISTING_REGIONS;
	list_part(l, 0, head, "rootfs");
	if (has_kernel(l->in))
		list_part(l, KERNEL, head + span_u32(l->in, 4, true), "kernel");
	return fine;
}

const struct format format_ras = {
	.name = "zyxel-ras",
	.says = "ZyXEL image with header of one flash block (NBG66xx)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkrasimage.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { FILLER, 24,
		     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" } },
	.probe = probe,
	.list = list,
};
