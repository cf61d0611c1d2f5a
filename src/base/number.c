/* number.c - numbers and days as people write them; see text.h. Takes no memory. */
#include "base/day.h"
#include "base/text.h"

/* 0 to 15; -1: no digit. */
static int digit_value(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool span_number(struct span s, unsigned base, uint64_t *value, size_t *used)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < s.n; n++) {
		int c = s.p[n] >= 'A' && s.p[n] <= 'F' ? s.p[n] + 32 : s.p[n];
		int digit = digit_value(c);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (v > (UINT64_MAX - (unsigned)digit) / base)
			return false;
		v = v * base + (unsigned)digit;
	}
	*value = v;
	*used = n;
	return n > 0;
}

bool span_hex(struct span digits, uint8_t *bytes, size_t n)
{
	if (digits.n / 2 != n || digits.n % 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit_value(digits.p[2 * i]), low = digit_value(digits.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool parse_u64(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	struct span s = span_text(hex ? text + 2 : text);
	size_t used;

	return span_number(s, hex ? 16 : 10, value, &used) && used == s.n;
}

bool date_is_valid(const char *text)
{
	int64_t begins;

	return day_read(span_text(text), &begins);
}
