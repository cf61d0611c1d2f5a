/* base64_memory.c - what of base64.h takes memory. */
#include "base/base64.h"

void base64_write(struct text *out, struct span bytes)
{
	uint8_t some[512];

	for (size_t at = 0; at < bytes.n; at += 384) {
		size_t n = base64_write_into(span_head(span_from(bytes, at), 384), some);

		text_put(out, (struct span){ some, n });
	}
}

bool base64_read(struct span text, bool either, struct arena *a, struct span *bytes)
{
	uint8_t *out = arena_take(a, text.n / 4 * 3, 1);
	size_t n = 0;

	if (!out || !base64_read_into(text, either, out, text.n / 4 * 3, &n))
		return false;
	*bytes = (struct span){ out, n };
	return true;
}
