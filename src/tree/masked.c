/* masked.c - what hides bytes without encrypting them well, by what it leaves to be seen: one byte
 * added to each by exclusive or, a short key, a block cipher without chaining (ECB). Where the
 * plain bytes are alike, so are these. */
#include "tree/engine.h"

#define LEAST_IMAGE     1024
#define LEAST_MASKED    (16u << 10)
#define MOST_LOOKED_AT  (1u << 20)
#define SHORTEST_BLOCK  8
#define LONGEST_BLOCK   32
#define STRETCH         64 /* compared at once */
#define LEAST_RUNS      3  /* at different places: a table is at one */
#define CANDIDATES      8
#define APART           1024
#define LEAST_DIFFERENT 6 /* bytes of a block: a filling has fewer */

/* What images begin with. Not the magics of all formats: in those of few different bytes any
 * filling that changes once would be seen. */
static const struct {
	uint8_t n, bytes[6];
} heads[] = {
	{ 4, "hsqs" },
	{ 4, "sqsh" },
	{ 4, { 0x27, 0x05, 0x19, 0x56 } },
	{ 4, { 0xd0, 0x0d, 0xfe, 0xed } },
	{ 4, { 0x7f, 'E', 'L', 'F' } },
	{ 4, "UBI#" },
	{ 4, "HDR0" },
	{ 4, { 0x1f, 0x8b, 0x08, 0x00 } },
	{ 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 } },
	{ 6, "070701" },
};

static bool begins_masked(struct span s)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		uint8_t key = s.p[0] ^ heads[i].bytes[0];
		size_t k = 1;

		while (k < heads[i].n && (s.p[k] ^ heads[i].bytes[k]) == key)
			k++;
		if (key && k == heads[i].n)
			return true;
	}
	return false;
}

static unsigned different_bytes(const uint8_t *p, size_t n)
{
	bool seen[256] = { false };
	unsigned count = 0;

	for (size_t i = 0; i < n; i++) {
		count += !seen[p[i]];
		seen[p[i]] = true;
	}
	return count;
}

/* A block by its phase: the byte that stands where the place divides by the block's length. */
static void take_block(const uint8_t *p, size_t at, size_t length, uint8_t block[LONGEST_BLOCK])
{
	for (size_t i = 0; i < length; i++)
		block[(at + i) % length] = p[at + i];
}

struct candidate {
	uint8_t block[LONGEST_BLOCK];
	size_t last; /* where it was seen */
	unsigned runs;
};

/* One more place of a block. Gives whether there are enough; a block that finds no room replaces
 * the one that was seen least. */
static bool note(struct candidate all[CANDIDATES], const uint8_t *block, size_t length, size_t at)
{
	struct candidate *least = &all[0];

	for (struct candidate *c = all; c < all + CANDIDATES; c++) {
		if (c->runs && memcmp(c->block, block, length) == 0) {
			if (at - c->last >= APART)
				c->runs++;
			c->last = at;
			return c->runs == LEAST_RUNS;
		}
		least = c->runs < least->runs ? c : least;
	}
	*least = (struct candidate){ .last = at, .runs = 1 };
	memcpy(least->block, block, length);
	return false;
}

/* Whether stretches of equal blocks stand at several places, and the block is the same in these, in
 * the same phase: equal plain bytes, masked by a key that begins anew after each block. */
static bool repeats(struct span s, size_t length)
{
	struct candidate all[CANDIDATES] = { 0 };
	uint8_t block[LONGEST_BLOCK];

	for (size_t at = 0; at + STRETCH + length <= s.n; at += STRETCH) {
		if (memcmp(s.p + at, s.p + at + length, STRETCH) != 0 ||
		    different_bytes(s.p + at, length) < LEAST_DIFFERENT)
			continue;
		take_block(s.p, at, length, block);
		if (note(all, block, length, at))
			return true;
	}
	return false;
}

const char *masked_as(struct span s)
{
	struct span head = span_head(s, MOST_LOOKED_AT);

	if (s.n >= LEAST_IMAGE && begins_masked(s))
		return LABEL_ONE_BYTE;
	if (s.n < LEAST_MASKED)
		return NULL;
	for (size_t block = SHORTEST_BLOCK; block <= LONGEST_BLOCK; block++)
		if (repeats(head, block))
			return LABEL_REPEATS;
	return NULL;
}
