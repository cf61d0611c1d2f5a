/* crypt.c - encrypted volumes, hash trees, and the JSON that headers hold. */
#include "base/jsontext.h"
#include "fuzz/format.h"

extern const struct format format_luks, format_bitlocker, format_verity, format_rauc;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct json_text text;

	fuzz_format(&format_luks, data, size);
	fuzz_format(&format_bitlocker, data, size);
	fuzz_format(&format_verity, data, size);
	fuzz_format(&format_rauc, data, size);
	arena_init(&arena, FUZZ_ARENA);
	json_text_read(&arena, (struct span){ data, size }, &text);
	arena_free(&arena);
	return 0;
}
