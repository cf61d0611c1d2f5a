/* lvm.c - LVM2: the checksum of the label is made right first, and the text under the fuzzer. */
#include "format/lvm.h"
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_lvm;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_label(uint8_t *p)
{
	uint32_t crc = ~crc32_update(~0xf597a6cfu, (struct span){ p + 20, 492 });

	for (int i = 0; i < 4; i++)
		p[16 + i] = (uint8_t)(crc >> 8 * i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct lvm_text text;
	struct arena arena;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (size >= 1024)
		mend_label(copy + 512);
	fuzz_format(&format_lvm, copy, size);
	arena_init(&arena, FUZZ_ARENA);
	lvm_text_read(&arena, (struct span){ copy, size }, &text);
	arena_free(&arena);
	free(copy);
	return 0;
}
