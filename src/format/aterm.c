/* aterm.c - what NEC's Aterm routers take over USB and the web: "USB ATERMWL3050", blocks of flags,
 * their complement, length, place in memory, sum and data, filled to four bytes; a block that tells
 * the end; 32 bytes that end in "Binary Type<type> File END". Big-endian, the sum little-endian. */
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER      32
#define BLOCK       24
#define SUM_AT      12
#define TAIL        32
#define FLAG_END    0x0001
#define FLAG_RUN    0x0002
#define MOST_BLOCKS 256 /* of code and text; an image has a few */

struct block {
	uint64_t at, length, end; /* length of the data; where the next block stands */
	uint16_t flags;
};

/* The block at `at`, which may promise more than is there. False where none stands. */
static bool read_block(struct span in, uint64_t at, struct block *b)
{
	uint64_t length = span_u32(in, at + 4, true);

	if (at + BLOCK > in.n || (span_u16(in, at, true) ^ span_u16(in, at + 2, true)) != 0xffff ||
	    span_u32(in, at + 8, true) != BLOCK || length < BLOCK)
		return false;
	b->at = at;
	b->flags = span_u16(in, at, true);
	b->length = length - BLOCK;
	b->end = at + ((length + 3) & ~3ull);
	return true;
}

/* The complement of the 16-bit words behind the flags, modulo 65535, each added as it comes: the
 * 32 bits that count them overflow. */
static uint16_t sum_of(struct span in, const struct block *b)
{
	struct span all = span_sub(in, b->at, BLOCK + b->length);
	uint32_t sum = 0;

	for (size_t at = 4; at < all.n; at += 2)
		if (at != SUM_AT)
			sum += all.p[at] | (at + 1 < all.n ? all.p[at + 1] * 256u : 0);
	return (uint16_t)(0xffff - sum % 0xffff);
}

/* Where the image ends; 0 where its last block does not stand. */
static uint64_t end_of(struct span in)
{
	struct block b = { .end = HEADER };

	for (int i = 0; i < MOST_BLOCKS && read_block(in, b.end, &b); i++)
		if (b.flags & FLAG_END)
			return b.end + TAIL;
	return 0;
}

static struct fault probe(struct span in, struct found *f)
{
	struct block b;
	uint64_t end = end_of(in);

	if (!is_filled(in, 16, 16, 0xff) || !read_block(in, HEADER, &b))
		return fault_at(FAULT_BROKEN, HEADER, "block", span_u32(in, HEADER, true), 0);
	f->len = end ? part_bound(end, in) : in.n;
	f->proof = PROOF_STRUCTURE;
	if (end && end <= in.n) {
		struct span text = span_sub(in, end - TAIL, TAIL);

		while (text.n && text.p[0] == 0xff)
			text = span_from(text, 1);
		while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r' ||
				  text.p[text.n - 1] == ' '))
			text.n--;
		label_add(f->label, "", text);
	}
	return fine;
}

static void list_block(struct listing *l, const struct block *b)
{
	part_owned(l, b->at, BLOCK, "header");
	part_list(l, b->at + 4, b->at + BLOCK, b->length, b->flags & FLAG_RUN ? "" : "text");
	part_sum(l, b->at + SUM_AT, "sum", sum_of(l->in, b),
		 span_u16(l->in, b->at + SUM_AT, false));
}

static struct fault list(struct listing *l)
{
	struct block b = { .end = HEADER };

	l->kind = LISTING_REGIONS;
	for (int i = 0; !(b.flags & FLAG_END); i++) {
		if (i == MOST_BLOCKS)
			return fault_at(FAULT_LIMIT, b.end, "blocks", MOST_BLOCKS, MOST_BLOCKS);
		if (!read_block(l->in, b.end, &b))
			return fault_at(b.end + BLOCK > l->in.n ? FAULT_SHORT : FAULT_BROKEN, b.end,
					"block", l->in.n, b.end + BLOCK);
		list_block(l, &b);
	}
	if (b.end + TAIL > l->in.n)
		return fault_at(FAULT_SHORT, b.end, "type", l->in.n, b.end + TAIL);
	part_owned(l, b.end, TAIL, "type");
	return fine;
}

const struct format format_aterm = {
	.name = "nec-aterm",
	.says = "NEC Aterm image (USB ATERMWL3050)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/nec-usbatermfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "USB ATERMWL3050" } },
	.probe = probe,
	.list = list,
};
