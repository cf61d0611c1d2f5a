/* tiano.c - the compression of UEFI, with both widths of positions. */
#include <stdlib.h>

#include "base/cursor.h"
#include "codec/codec.h"

#define LARGEST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	for (unsigned position_bits = 4; position_bits <= 5; position_bits++) {
		struct sink out;
		struct decoded d;

		sink_init(&out, NULL, LARGEST);
		d = tiano_decode((struct span){ copy, size }, position_bits, LARGEST, &out);
		if (d.used > size || out.n > LARGEST)
			abort();
		sink_free(&out);
	}
	free(copy);
	return 0;
}
