/* ubifs_own_lpt.c - LEB properties: how much of each block is free and how much is garbage, in a
 * tree of packed bits (kernel fs/ubifs/lpt.c). Each node has a checksum of 16 bits; numbers are
 * held against what they can be, not against what they should be. */
#include "base/hash.h"
#include "format/own.h"
#include "format/ubifs.h"

#define FANOUT    4
#define HEAD_BITS 20 /* checksum and type */
#define BIG       0x02

enum { PNODE, NNODE, LTAB, LSAVE, KINDS };

struct geometry {
	uint32_t bytes[KINDS];
	unsigned space, number, place, spare, position, leb;
	uint32_t lebs, saved;
	bool is_big;
};

static unsigned bits_of(uint32_t v)
{
	unsigned n = 0;

	for (; v; v >>= 1)
		n++;
	return n;
}

static bool geometry_of(const struct ubifs *fs, struct geometry *g)
{
	uint32_t flags = span_u32(fs->in, 28, false), most = span_u32(fs->in, 44, false);
	uint32_t pnodes = most / FANOUT + (most % FANOUT != 0);
	uint64_t head, ltab, lsave;

	*g = (struct geometry){ .lebs = span_u32(fs->in, 60, false),
				.saved = span_u32(fs->in, 76, false),
				.is_big = flags & BIG };
	if (most == 0 || g->lebs > 1024 || g->saved > 65536)
		return false;
	g->space = bits_of(fs->leb_size) - 3;
	g->number = bits_of(g->lebs);
	g->place = bits_of(fs->leb_size - 1);
	g->spare = bits_of(fs->leb_size);
	g->position = bits_of(pnodes - 1);
	g->leb = bits_of(most - 1);
	head = HEAD_BITS + (g->is_big ? g->position : 0);
	ltab = HEAD_BITS + (uint64_t)g->lebs * g->spare * 2;
	lsave = HEAD_BITS + (uint64_t)g->saved * g->leb;
	g->bytes[PNODE] = (uint32_t)((head + (g->space * 2 + 1) * FANOUT + 7) / 8);
	g->bytes[NNODE] = (uint32_t)((head + (g->number + g->place) * FANOUT + 7) / 8);
	g->bytes[LTAB] = (uint32_t)((ltab + 7) / 8);
	g->bytes[LSAVE] = (uint32_t)((lsave + 7) / 8);
	return true;
}

struct bits {
	struct span in;
	uint64_t at;
};

static uint32_t take(struct bits *b, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++, b->at++)
		value |= (uint32_t)(span_byte(b->in, b->at / 8) >> (b->at % 8) & 1) << i;
	return value;
}

/* Whether the numbers are possible, and the bits behind the last are not set. */
static bool numbers_hold(const struct ubifs *fs, const struct geometry *g, int kind, struct span n)
{
	struct bits b = { n, HEAD_BITS };
	uint32_t count = kind == LTAB ? g->lebs : kind == LSAVE ? g->saved : FANOUT;

	if (g->is_big && kind <= NNODE)
		take(&b, g->position);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t free, garbage;

		if (kind == NNODE) {
			if (take(&b, g->number) > g->lebs || take(&b, g->place) >= fs->leb_size)
				return false;
			continue;
		}
		if (kind == LSAVE) {
			if (take(&b, g->leb) > fs->lebs)
				return false;
			continue;
		}
		free = kind == PNODE ? (uint64_t)take(&b, g->space) * 8 : take(&b, g->spare);
		garbage = kind == PNODE ? (uint64_t)take(&b, g->space) * 8 : take(&b, g->spare);
		if (kind == PNODE)
			take(&b, 1);
		if (free + garbage > fs->leb_size)
			return false;
	}
	while (b.at < n.n * 8ull)
		if (take(&b, 1))
			return false;
	return true;
}

/* The node at that place; its length, or 0. */
static uint32_t node_length(const struct ubifs *fs, const struct geometry *g, struct span left,
			    bool *holds)
{
	int kind = left.n > 2 ? left.p[2] & 15 : KINDS;
	struct span n;

	if (kind >= KINDS)
		return 0;
	n = span_sub(left, 0, g->bytes[kind]);
	if (n.n < 3 || crc16_a001(0xffff, span_from(n, 2)) != span_u16(n, 0, false))
		return 0;
	*holds = numbers_hold(fs, g, kind, n);
	return (uint32_t)n.n;
}

/* Nodes one behind the other; each write ends at a unit of the flash, and is filled up. */
void ubifs_own_lpt(const struct ubifs *fs, uint64_t leb, struct own_list *out)
{
	struct span in = span_head(span_from(fs->in, leb * fs->leb_size), fs->leb_size);
	uint64_t base = leb * fs->leb_size, at = 0;
	struct geometry g;

	if (!geometry_of(fs, &g))
		return;
	while (at < in.n) {
		bool holds = false;
		uint32_t n = node_length(fs, &g, span_from(in, at), &holds);

		if (n) {
			own_add(out, base + at, n, own_if(holds, OWN_STRUCTURE), "LEB properties");
			at += n;
			continue;
		}
		if (at % fs->min_io == 0)
			return; /* what follows is free */
		at += fs->min_io - at % fs->min_io;
	}
}
