/* cvimg.c - Realtek's header for RTL819x and RTL86xx: a tag, addresses in memory and flash, length;
 * big-endian. The words of the payload add up to zero with the last two bytes, those of web pages
 * byte by byte, those of a whole image with the header. Images are several of them in a row. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER        16
#define FLASH_STEP    0x1000
#define LARGEST_FLASH (128u << 20)
#define IN_MEMORY     0x80000000u

enum sum { SUM_WORDS, SUM_BYTES, SUM_ALL };

/* The first two bytes of a tag tell; where a kernel is loaded lies in MIPS's unmapped memory. */
static const struct tag {
	const char *text, *name;
	enum sum sum;
	bool loaded;
} tags[] = {
	{ "cs", "kernel", SUM_WORDS, true },   { "cr", "kernel", SUM_WORDS, true },
	{ "r6", "rootfs", SUM_WORDS, false },  { "root", "rootfs", SUM_WORDS, false },
	{ "w", "web", SUM_BYTES, false },      { "boot", "boot", SUM_WORDS, false },
	{ "ALL", "image", SUM_ALL, false },    { "kl", "kernel", SUM_WORDS, true },
	{ "k6ln", "kernel", SUM_WORDS, true }, { "k6rt", "rootfs", SUM_WORDS, false },
};

static const struct tag *tag_of(struct span in)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (span_starts(in, span_text(tags[i].text)))
			return &tags[i];
	return NULL;
}

static struct fault probe(struct span in, struct found *f)
{
	const struct tag *t = tag_of(in);
	uint32_t memory = span_u32(in, 4, true), flash = span_u32(in, 8, true);
	uint32_t length = span_u32(in, 12, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (!t || (t->loaded && memory < IN_MEMORY))
		return fault_at(FAULT_BROKEN, 4, "address in memory", memory, IN_MEMORY);
	if (flash % FLASH_STEP || flash > LARGEST_FLASH)
		return fault_at(FAULT_BROKEN, 8, "address in flash", flash, LARGEST_FLASH);
	if (length < 2 || length > LARGEST_FLASH)
		return fault_at(FAULT_BROKEN, 12, "length", length, LARGEST_FLASH);
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_sub(in, 0, 4));
	snprintf(f->label + strlen(f->label), 32, " for flash 0x%x", flash);
	return fine;
}

static uint16_t word_sum(struct span s)
{
	struct cursor c = { .in = s };
	uint32_t sum = 0;

	while (cursor_left(&c) >= 2)
		sum += cursor_be16(&c);
	if (cursor_left(&c))
		sum += (uint32_t)cursor_u8(&c) << 8;
	return (uint16_t)sum;
}

static struct fault list(struct listing *l)
{
	const struct tag *t = tag_of(l->in);
	uint32_t length = span_u32(l->in, 12, true);
	struct span payload = span_sub(l->in, HEADER, length);

	l->kind = LISTING_REGIONS;
	if (!t)
		return fault_at(FAULT_UNKNOWN, 0, "tag", 0, 0);
	part_list(l, 12, HEADER, length, t->name);
	part_sum(l, HEADER + (uint64_t)length - 2, "sum of the payload",
		 t->sum == SUM_BYTES   ? sum_of_bytes(payload) & 0xff
		 : t->sum == SUM_WORDS ? word_sum(payload)
				       : word_sum(l->in),
		 0);
	return fine;
}

const struct format format_cvimg = {
	.name = "realtek",
	.says = "Realtek header (cs6c, cr6c, r6cr, w6cg)",
	.domain = DOMAIN_BROADBAND,
	.spec = "cobyism/edimax-br-6528n boot/init/rtk.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "cs6c" },
		   { 0, 4, "cr6c" },
		   { 0, 4, "r6cr" },
		   { 0, 4, "w6cg" },
		   { 0, 4, "w6cp" },
		   { 0, 4, "w6ca" },
		   { 0, 4, "w6cc" },
		   { 0, 4, "w6cv" },
		   { 0, 4, "cs6b" },
		   { 0, 4, "cr6b" },
		   { 0, 4, "r6br" },
		   { 0, 4, "w6bg" },
		   { 0, 4, "w6bp" } },
	.probe = probe,
	.list = list,
};

/* Tags that are words too are believed only where something begins. */
const struct format format_cvimgold = {
	.name = "realtek-old",
	.says = "Realtek header of older devices (csys, csro, root, boot and others)",
	.domain = DOMAIN_BROADBAND,
	.spec = "cobyism/edimax-br-6528n boot/init/rtk.h",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "csys" },
		   { 0, 4, "csro" },
		   { 0, 4, "root" },
		   { 0, 4, "webp" },
		   { 0, 4, "boot" },
		   { 0, 4, "ALL1" },
		   { 0, 4, "ALL2" },
		   { 0, 4, "klln" },
		   { 0, 4, "k6ln" },
		   { 0, 4, "k6rt" } },
	.probe = probe,
	.list = list,
};

#define RTK_HEADER 32

/* Its size counts four bytes less; the image is all of the file, or the tag is only a text. */
static uint64_t rtk_header(struct span in)
{
	return (uint64_t)span_u32(in, 16, false) + 4;
}

static struct fault probe_rtk(struct span in, struct found *f)
{
	uint64_t head = rtk_header(in);

	if (in.n <= RTK_HEADER || span_u32(in, 4, false) != in.n)
		return fault_at(FAULT_BROKEN, 4, "size", span_u32(in, 4, false), in.n);
	if (head < RTK_HEADER || head >= in.n)
		return fault_at(FAULT_BROKEN, 16, "size of the header", head, in.n);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_sub(in, 0, 4));
	return fine;
}

static struct fault list_rtk(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_rest(l, rtk_header(l->in), "");
	return fine;
}

const struct format format_rtk = {
	.name = "realtek-rtk",
	.says = "Realtek image RTK0, RTK1",
	.domain = DOMAIN_BROADBAND,
	.spec = "ReFirmLabs/binwalk src/structures/rtk.rs",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "RTK0" }, { 0, 4, "RTK1" } },
	.probe = probe_rtk,
	.list = list_rtk,
};
