/* dump_blocks.c - bad blocks that nothing marks, in a dump without spare bytes or erased by whoever
 * read it: with whole erase blocks left out, the bytes are the release's. */
#include "compare/dump.h"

#define SMALLEST_BLOCK (16u << 10)
#define LARGEST_BLOCK  (4u << 20)
#define MOST_LEFT_OUT  16

/* Bytes at most that two spans share from their starts. */
static uint64_t shared(struct span a, struct span b)
{
	uint64_t n = a.n < b.n ? a.n : b.n, at = 0;

	while (n - at >= 4096 && memcmp(a.p + at, b.p + at, 4096) == 0)
		at += 4096;
	while (at < n && a.p[at] == b.p[at])
		at++;
	return at;
}

static bool is_erased(struct span s)
{
	return s.n && s.p[0] == 0xff && memcmp(s.p, s.p + 1, s.n - 1) == 0;
}

/* Leaves out each block of that size in which the bytes part, as long as they meet again behind. */
static bool same_without(struct span release, struct span flash, uint64_t at, uint64_t block,
			 bool only_erased, struct left_out *out)
{
	uint64_t begin = at, done = 0;

	for (out->count = 0;;) {
		uint64_t same = shared(span_from(release, done), span_from(flash, at)), back;

		done += same;
		at += same;
		if (done == release.n)
			break;
		back = at % block;
		if (at - back < begin || back > done || out->count == MOST_LEFT_OUT ||
		    flash.n - at < block - back)
			return false;
		at -= back;
		done -= back;
		if (only_erased && !is_erased(span_sub(flash, at, block)))
			return false;
		if (out->count++ == 0)
			out->first = at;
		at += block;
		begin = at;
	}
	out->block = block;
	out->end = at;
	return out->count > 0;
}

bool same_but_blocks(struct span release, struct span flash, uint64_t at, bool only_erased,
		     struct left_out *out)
{
	for (uint64_t block = SMALLEST_BLOCK; block <= LARGEST_BLOCK; block *= 2)
		if (same_without(release, flash, at, block, only_erased, out))
			return true;
	return false;
}
