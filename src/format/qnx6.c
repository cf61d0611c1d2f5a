/* qnx6.c - QNX's power-safe file system is identified and measured, not opened. Source: kernel
 * include/linux/qnx6_fs.h, fs/qnx6/inode.c. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/unopened.h"

#define SUPER      0x2000u /* behind the boot blocks */
#define SUPER_SIZE 512u
#define AREA       0x1000u /* that each of the two superblocks takes */
#define MAGIC      0x68191122u

/* The highest bit first, from zero, without inversion. */
static uint32_t crc32_be(struct span s)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (uint32_t)s.p[i] << 24;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0);
	}
	return crc;
}

static struct fault probe(struct span in, struct found *f)
{
	struct span s = span_sub(in, SUPER, SUPER_SIZE);
	bool big = span_u32(s, 0, true) == MAGIC;
	uint32_t block = span_u32(s, 48, big), blocks = span_u32(s, 60, big);
	uint64_t length = SUPER + 2ull * AREA + (uint64_t)blocks * block;

	if (s.n == 0)
		return fault_at(FAULT_SHORT, SUPER, "superblock", in.n, SUPER + SUPER_SIZE);
	if (crc32_be(span_from(s, 8)) != span_u32(s, 4, big))
		return fault_at(FAULT_BROKEN, SUPER + 4, "superblock CRC-32",
				crc32_be(span_from(s, 8)), span_u32(s, 4, big));
	if (block < 512 || block > 65536 || block & (block - 1) || blocks == 0)
		return fault_at(FAULT_BROKEN, SUPER + 48, "block size", block, 65536);
	f->len = part_bound(length, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s-endian, %llu bytes", big ? "big" : "little",
		 (unsigned long long)length);
	return fine;
}

static struct fault list(struct listing *l)
{
	return unopened(l, SUPER);
}

const struct format format_qnx6 = {
	.name = "qnx6",
	.says = "QNX power-safe file system",
	.domain = DOMAIN_DEVICE,
	.spec = "kernel include/linux/qnx6_fs.h, fs/qnx6/inode.c",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { SUPER, 4, "\x22\x11\x19\x68" }, { SUPER, 4, "\x68\x19\x11\x22" } },
	.probe = probe,
	.list = list,
};
