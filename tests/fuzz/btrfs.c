/* btrfs.c - btrfs, in pieces; tests/samples/btrfs/seeds.py makes a seed of a sample. The checksums
 * of superblock and nodes are made right, all as CRC-32C. */
#include "base/hash.h"
#include "fuzz/pieces.h"

extern const struct format format_btrfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SUPER 65536
#define BLOCK 4096

static void mend_block(uint8_t *p)
{
	put_le32(p, ~crc32c_update(~0u, (struct span){ p + 32, BLOCK - 32 }));
}

/* Nodes begin with the identifier that the superblock has, behind their sum. */
static void mend(uint8_t *image, size_t n)
{
	uint8_t *super = image + SUPER;

	if (n < SUPER + BLOCK || memcmp(super + 64, "_BHRfS_M", 8) != 0)
		return;
	super[196] = 0;
	super[197] = 0;
	for (size_t at = 0; at + BLOCK <= n; at += BLOCK)
		if (image[at + 32] && memcmp(image + at + 32, super + 32, 16) == 0)
			mend_block(image + at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_pieces(&format_btrfs, (struct span){ data, size }, mend);
}
