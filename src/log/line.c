/* line.c - see line.h. */
#include "log/line.h"

#include "base/base64.h"

bool whole_line_take(struct span *rest, struct span *line)
{
	size_t end = span_find(*rest, 0, span_text("\n"));

	if (end == SIZE_MAX)
		return false;
	*line = span_head(*rest, end);
	*rest = span_from(*rest, end + 1);
	return true;
}

bool decimal_read(struct span text, uint64_t *value)
{
	uint64_t v = 0;

	if (text.n == 0 || text.n > 19 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(text.p[i] - '0'); /* 19 digits fit */
	}
	*value = v;
	return v <= INT64_MAX;
}

size_t decimal_write(uint64_t value, uint8_t out[DECIMAL_MOST])
{
	uint8_t back[DECIMAL_MOST];
	size_t n = 0;

	do {
		back[n++] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value);
	for (size_t i = 0; i < n; i++)
		out[i] = back[n - 1 - i];
	return n;
}

bool hash_read(struct span text, uint8_t hash[SHA256_SIZE])
{
	size_t n = 0;

	return base64_read_into(text, false, hash, SHA256_SIZE, &n) && n == SHA256_SIZE;
}

/* In pieces of whole quartets, so that a line of any length takes no memory. */
bool base64_is_canonical(struct span text)
{
	uint8_t bytes[192];

	for (size_t at = 0; at < text.n; at += 256) {
		struct span piece = span_head(span_from(text, at), 256);
		size_t n = 0;

		if (at + piece.n < text.n && span_ends(piece, span_text("=")))
			return false;
		if (!base64_read_into(piece, false, bytes, sizeof(bytes), &n))
			return false;
	}
	return text.n > 0;
}
