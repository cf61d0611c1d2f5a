/* volumes.c - file systems that are identified. The checksum of btrfs is made right. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_btrfs, format_f2fs;

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The superblock stands far behind the start: the input is taken for it. */
static void run_btrfs(const uint8_t *data, size_t size)
{
	size_t n = 65536 + 4096;
	uint8_t *copy = calloc(1, n);

	if (!copy)
		return;
	if (size)
		memcpy(copy + 65536, data, size < 4096 ? size : 4096);
	put_le32(copy + 65536, ~crc32c_update(~0u, (struct span){ copy + 65536 + 32, 4064 }));
	fuzz_format(&format_btrfs, copy, n);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_f2fs, data, size);
	run_btrfs(data, size);
	return 0;
}
