/* apfs.c - APFS containers are identified and measured, not opened. Source: "Apple File System
 * Reference". */
#include <stdio.h>

#include "base/cursor.h"
#include "format/unopened.h"

#define LEAST_BLOCK  4096u
#define MOST_BLOCK   65536u
#define LARGEST_DISK (1ull << 60)

/* Fletcher's checksum of words of four bytes, over all but its own eight; the sum with it is zero.
 */
static uint64_t fletcher64(struct span s)
{
	const uint64_t most = UINT32_MAX;
	uint64_t low = 0, high = 0, first;

	for (uint64_t at = 8; at + 4 <= s.n; at += 4) {
		low = (low + span_u32(s, at, false)) % most;
		high = (high + low) % most;
	}
	first = most - (low + high) % most;
	return (most - (low + first) % most) << 32 | first;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t block = span_u32(in, 36, false);
	uint64_t blocks = span_u64(in, 40, false), length;
	struct span super = span_sub(in, 0, block);

	if (block < LEAST_BLOCK || block > MOST_BLOCK || block & (block - 1))
		return fault_at(FAULT_BROKEN, 36, "block size", block, MOST_BLOCK);
	if (blocks == 0 || blocks > LARGEST_DISK / block)
		return fault_at(FAULT_BROKEN, 40, "blocks", blocks, LARGEST_DISK / block);
	if (super.n == 0 || fletcher64(super) != span_u64(in, 0, false))
		return fault_at(FAULT_BROKEN, 0, "superblock checksum", 0, 0);
	length = blocks * block;
	f->len = part_bound(length, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "blocks of %u, %llu bytes", block,
		 (unsigned long long)length);
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, 0);
}

const struct format format_apfs = {
	.name = "apfs",
	.says = "APFS container",
	.domain = DOMAIN_IT,
	.spec = "Apple File System Reference",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { 32, 4, "NXSB" } },
	.probe = probe,
	.list = list,
};
