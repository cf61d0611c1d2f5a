/* ubootenv.c - the environment of U-Boot: CRC-32 (in the machine's order), in redundant ones a byte
 * that counts or says which copy is active, then "name=value" texts ended by an empty one, and
 * filler. Nothing states the size: the one for which the CRC holds is right. Sizes of up to 64 KiB
 * are tried, at structural places only: a file full of such names would cost a CRC each. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define LEAST     64
#define MOST_TEXT (64u << 10)

/* Printable texts with "=", then an empty one; where it ends. */
static uint64_t texts_end(struct span in, uint64_t at)
{
	struct span data = span_head(in, MOST_TEXT);

	while (span_byte(data, at) > 0) {
		struct span text = field_text(data, at, data.n - at);

		if (span_find(text, 0, span_text("=")) == SIZE_MAX || at + text.n >= data.n)
			return 0;
		at += text.n + 1;
	}
	return at < data.n ? at + 1 : 0;
}

/* The whole size with which the CRC of what stands behind `head` bytes holds; 0 if none. */
static uint64_t size_of(struct span in, uint64_t head)
{
	static const uint32_t sizes[] = { 0x400,  0x800,  0x1000, 0x2000,
					  0x4000, 0x8000, 0xe000, 0x10000 };
	uint64_t end = texts_end(in, head);

	for (size_t i = 0; end >= LEAST && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct span data = span_sub(in, head, sizes[i] - head);
		uint32_t crc = crc32_of(data);

		if (sizes[i] >= end && data.n &&
		    (crc == span_u32(in, 0, true) || crc == span_u32(in, 0, false)))
			return sizes[i];
	}
	return 0;
}

static struct fault probe(struct span in, struct found *f)
{
	for (uint64_t head = 4; head <= 5; head++) {
		f->len = size_of(in, head);
		if (f->len == 0)
			continue;
		f->proof = PROOF_CHECKSUM;
		snprintf(f->label, sizeof(f->label), "%s", head == 5 ? "redundant" : "single");
		return fine;
	}
	return fault_at(FAULT_BROKEN, 0, "CRC-32", 0, 0);
}

static struct fault list(struct listing *l)
{
	uint64_t head = size_of(l->in, 4) ? 4 : 5;

	l->kind = LISTING_REGIONS;
	part_list(l, 0, head, texts_end(l->in, head) - 1 - head, "variables");
	return fine;
}

const struct format format_ubootenv = {
	.name = "u-boot-env",
	.says = "environment of U-Boot",
	.domain = DOMAIN_BROADBAND,
	.spec = "u-boot/u-boot include/env_internal.h, tools/mkenvimage.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 8, "bootcmd=" },
		   { 5, 8, "bootcmd=" },
		   { 4, 9, "bootargs=" },
		   { 5, 9, "bootargs=" },
		   { 4, 9, "baudrate=" },
		   { 5, 9, "baudrate=" },
		   { 4, 10, "bootdelay=" },
		   { 5, 10, "bootdelay=" },
		   { 4, 5, "arch=" },
		   { 5, 5, "arch=" },
		   { 4, 8, "ethaddr=" },
		   { 5, 8, "ethaddr=" } },
	.probe = probe,
	.list = list,
};
