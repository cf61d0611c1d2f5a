/* utf8.c - one well-formed sequence; apart from text.c, which takes memory. */
#include "base/text.h"

size_t utf8_decode(struct span s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int first = span_byte(s, 0);
	size_t n = first < 0      ? 0
		   : first < 0x80 ? 1
		   : first < 0xc2 ? 0
		   : first < 0xe0 ? 2
		   : first < 0xf0 ? 3
		   : first < 0xf5 ? 4
				  : 0;
	uint32_t c;

	if (n == 0 || n > s.n)
		return 0;
	c = n == 1 ? (uint32_t)first : (uint32_t)first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		int b = span_byte(s, i);

		if ((b & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((uint32_t)b & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code = c;
	return n;
}
