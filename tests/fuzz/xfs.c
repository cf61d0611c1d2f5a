/* xfs.c - XFS, in pieces; tests/samples/xfs/seeds.py makes a seed of a sample. The checksum of the
 * superblock is made right; the others hide nothing. */
#include "base/hash.h"
#include "fuzz/pieces.h"

extern const struct format format_xfs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *image, size_t n)
{
	/* Nothing else is a superblock, nor may another piece be changed. */
	if (n < PIECE || memcmp(image, "XFSB", 4) != 0)
		return;
	memset(image + 224, 0, 4);
	put_le32(image + 224, ~crc32c_update(~0u, (struct span){ image, 512 }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_pieces(&format_xfs, (struct span){ data, size }, mend);
}
