/* base64.c - see base64.h. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_write_into(struct span bytes, uint8_t *out)
{
	const uint8_t *p = bytes.p;
	size_t n = 0, left = bytes.n;

	for (; left >= 3; left -= 3, p += 3, n += 4) {
		out[n] = (uint8_t)alphabet[p[0] >> 2];
		out[n + 1] = (uint8_t)alphabet[(p[0] & 3) << 4 | p[1] >> 4];
		out[n + 2] = (uint8_t)alphabet[(p[1] & 15) << 2 | p[2] >> 6];
		out[n + 3] = (uint8_t)alphabet[p[2] & 63];
	}
	if (left == 0)
		return n;
	out[n] = (uint8_t)alphabet[p[0] >> 2];
	out[n + 1] = (uint8_t)alphabet[(p[0] & 3) << 4 | (left == 2 ? p[1] >> 4 : 0)];
	out[n + 2] = left == 2 ? (uint8_t)alphabet[(p[1] & 15) << 2] : '=';
	out[n + 3] = '=';
	return n + 4;
}

/* 1 to 64 by character; 0: it is none of the alphabet. The last two are those of files, or of URLs.
 */
#define LETTERS(X)                                                                                 \
	X('A', 1), X('B', 2), X('C', 3), X('D', 4), X('E', 5), X('F', 6), X('G', 7), X('H', 8),    \
		X('I', 9), X('J', 10), X('K', 11), X('L', 12), X('M', 13), X('N', 14), X('O', 15), \
		X('P', 16), X('Q', 17), X('R', 18), X('S', 19), X('T', 20), X('U', 21),            \
		X('V', 22), X('W', 23), X('X', 24), X('Y', 25), X('Z', 26), X('a', 27),            \
		X('b', 28), X('c', 29), X('d', 30), X('e', 31), X('f', 32), X('g', 33),            \
		X('h', 34), X('i', 35), X('j', 36), X('k', 37), X('l', 38), X('m', 39),            \
		X('n', 40), X('o', 41), X('p', 42), X('q', 43), X('r', 44), X('s', 45),            \
		X('t', 46), X('u', 47), X('v', 48), X('w', 49), X('x', 50), X('y', 51),            \
		X('z', 52), X('0', 53), X('1', 54), X('2', 55), X('3', 56), X('4', 57),            \
		X('5', 58), X('6', 59), X('7', 60), X('8', 61), X('9', 62)
#define VALUE(letter, value) [letter] = (value)
static const uint8_t values[2][256] = {
	{ LETTERS(VALUE), ['+'] = 63, ['/'] = 64 },
	{ LETTERS(VALUE), ['-'] = 63, ['_'] = 64 },
};

static bool is_of_urls(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '-' || text.p[i] == '_')
			return true;
	return false;
}

bool base64_read_into(struct span text, bool either, uint8_t *out, size_t room, size_t *count)
{
	size_t pad = span_ends(text, span_text("==")) ? 2 : span_ends(text, span_text("=")) ? 1 : 0;
	bool url = either && is_of_urls(text);
	uint32_t bits = 0;
	size_t n = 0;

	if (text.n % 4 || text.n / 4 * 3 - pad > room)
		return false;
	for (size_t i = 0; i < text.n - pad; i++) {
		uint32_t value = values[url][text.p[i]];

		if (value == 0)
			return false;
		bits = bits << 6 | (value - 1);
		if (i % 4)
			out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	*count = n;
	/* What is left of the last character stands for nothing. */
	return pad == 0 || (bits & (pad == 1 ? 3u : 15u)) == 0;
}
