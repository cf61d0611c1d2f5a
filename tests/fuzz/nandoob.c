/* nandoob.c - dumps of NAND flash. A dump is large and its bytes hardly matter: the input is spread
 * over pages whose spare bytes are as they should be, but for what its first bytes change. */
#include "fuzz/format.h"

extern const struct format format_nandoob;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGES 64u

static const struct {
	uint32_t page, spare;
} sizes[] = { { 512, 16 }, { 2048, 64 }, { 4096, 128 }, { 4096, 224 } };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t page, all;
	uint8_t *dump;

	fuzz_format(&format_nandoob, data, size);
	if (size < 8)
		return 0;
	page = sizes[data[0] % 4].page;
	all = page + sizes[data[0] % 4].spare;
	dump = malloc((size_t)all * PAGES);
	if (!dump)
		return 0;
	for (size_t i = 0; i < (size_t)all * PAGES; i++)
		dump[i] = i % all < page ? (uint8_t)(data[i % size] + i / 7) : 0xff;
	for (size_t i = 1; i + 2 < 8; i += 3)
		dump[(data[i] | (size_t)data[i + 1] << 8) * 7 % ((size_t)all * PAGES)] =
			data[i + 2];
	fuzz_format(&format_nandoob, dump, (size_t)all * PAGES - (data[7] & 1 ? data[7] : 0u));
	free(dump);
	return 0;
}
