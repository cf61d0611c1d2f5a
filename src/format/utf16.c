/* utf16.c - see utf16.h. Source: Unicode 15, section 3.9, tables 3-5 and 3-6. */
#include "format/utf16.h"

#include "base/cursor.h"

static bool is_high(uint32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

static size_t put(uint8_t *to, uint32_t code)
{
	static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; code >>= 6)
		to[i] = (uint8_t)(0x80 | (code & 63));
	to[0] = (uint8_t)(first[n == 1 ? 0 : n] | code);
	return n;
}

struct span utf16_name(struct arena *a, struct span units)
{
	uint8_t *to = arena_take(a, units.n / 2 + 1, 3);
	size_t n = 0;

	for (size_t i = 0; to && i + 1 < units.n; i += 2) {
		uint32_t code = span_u16(units, i, false);
		uint32_t next = span_u16(units, i + 2, false);

		if (is_high(code) && is_low(next)) {
			code = 0x10000 + ((code & 0x3ff) << 10 | (next & 0x3ff));
			i += 2;
		}
		n += put(to + n, code);
	}
	return (struct span){ to, to ? n : 0 };
}

void utf16_label(char label[64], struct span units)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < units.n && n < 63; i += 2) {
		uint16_t unit = span_u16(units, i, false);

		if (unit == 0)
			break;
		label[n++] = unit >= 0x20 && unit < 0x7f ? (char)unit : '?';
	}
	label[n] = 0;
}
