/* text.c - see text.h. */
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/day.h"
#include "base/unicode_table.h"

void text_free(struct text *t)
{
	free(t->p);
	*t = (struct text){ 0 };
}

/* Room for n more bytes and a NUL. */
static bool reserve(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 256;
	char *p;

	if (t->failed || n >= SIZE_MAX / 4 - t->n) {
		t->failed = true;
		return false;
	}
	if (t->n + n < t->cap)
		return true;
	while (cap <= t->n + n)
		cap *= 2;
	p = realloc(t->p, cap);
	if (!p) {
		t->failed = true;
		return false;
	}
	t->p = p;
	t->cap = cap;
	return true;
}

void text_put(struct text *t, struct span s)
{
	if (s.n == 0 || !reserve(t, s.n))
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
	t->p[t->n] = 0;
}

void text_puts(struct text *t, const char *s)
{
	text_put(t, span_text(s));
}

void text_char(struct text *t, char c)
{
	if (!reserve(t, 1))
		return;
	t->p[t->n++] = c;
	t->p[t->n] = 0;
}

void text_format(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n <= 0 || !reserve(t, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(t->p + t->n, (size_t)n + 1, format, args);
	va_end(args);
	t->n += (size_t)n;
}

static bool in_table(const struct code_range *table, size_t count, uint32_t code)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > table[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && code >= table[low].first;
}

#define IN(table, code) in_table(table, sizeof(table) / sizeof((table)[0]), code)

bool code_point_visible(uint32_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code < 0x7f;
	return IN(visible, code);
}

int code_point_width(uint32_t code)
{
	if (code < 0x80)
		return 1;
	return IN(zero, code) ? 0 : IN(wide, code) ? 2 : 1;
}

static void hex_escape(struct text *t, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";
	const char form[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

	text_put(t, (struct span){ (const uint8_t *)form, 4 });
}

/* How many bytes at the start of s stand for themselves: 0 if the first must be escaped. */
static size_t plain_bytes(struct span s, const char *also, bool at_an_end)
{
	uint32_t code = 0;
	size_t n = utf8_decode(s, &code);

	if (n == 0 || !code_point_visible(code) || code == '\\')
		return 0;
	if (code < 0x80 && ((code == ' ' && at_an_end) || strchr(also, (int)code)))
		return 0;
	return n;
}

void text_escape(struct text *t, struct span s, const char *also)
{
	for (size_t at = 0; at < s.n;) {
		size_t n = plain_bytes(span_from(s, at), also, at == 0 || at == s.n - 1);

		if (n) {
			text_put(t, span_sub(s, at, n));
			at += n;
			continue;
		}
		if (s.p[at] == '\\')
			text_puts(t, "\\\\");
		else
			hex_escape(t, s.p[at]);
		at++;
	}
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_unescape(struct text *t, struct span s)
{
	for (size_t at = 0; at < s.n;) {
		int high, low;

		if (s.p[at] != '\\') {
			text_char(t, (char)s.p[at++]);
			continue;
		}
		if (span_byte(s, at + 1) == '\\') {
			text_char(t, '\\');
			at += 2;
			continue;
		}
		high = hex_digit(span_byte(s, at + 2));
		low = hex_digit(span_byte(s, at + 3));
		if (span_byte(s, at + 1) != 'x' || high < 0 || low < 0)
			return false;
		text_char(t, (char)(high << 4 | low));
		at += 4;
	}
	return !t->failed;
}

void text_unpercent(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint64_t value;
		size_t used;

		if (s.p[i] == '%' && span_number(span_sub(s, i + 1, 2), 16, &value, &used) &&
		    used == 2) {
			text_char(t, (char)value);
			i += 2;
		} else {
			text_char(t, (char)s.p[i]);
		}
	}
}

void text_lower(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		text_char(t, (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]));
}

void text_number(struct text *t, uint64_t value)
{
	char buffer[32];
	size_t at = sizeof(buffer);
	int digits = 0;

	do {
		if (digits && digits % 3 == 0)
			buffer[--at] = ',';
		buffer[--at] = (char)('0' + value % 10);
		value /= 10;
		digits++;
	} while (value);
	text_put(t, (struct span){ (const uint8_t *)buffer + at, sizeof(buffer) - at });
}

void text_percent(struct text *t, struct span bytes, const char *also)
{
	for (size_t i = 0; i < bytes.n; i++) {
		int c = bytes.p[i];

		if (c && c < 0x80 && (isalnum(c) || strchr("-._~", c) || strchr(also, c)))
			text_char(t, (char)c);
		else
			text_format(t, "%%%02X", (unsigned)c);
	}
}

void text_hex(struct text *t, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	if (!reserve(t, bytes.n * 2))
		return;
	for (size_t i = 0; i < bytes.n; i++) {
		t->p[t->n++] = digits[bytes.p[i] >> 4];
		t->p[t->n++] = digits[bytes.p[i] & 15];
	}
	t->p[t->n] = 0;
}

static int base64_digit(int c)
{
	return c >= 'A' && c <= 'Z'   ? c - 'A'
	       : c >= 'a' && c <= 'z' ? c - 'a' + 26
	       : c >= '0' && c <= '9' ? c - '0' + 52
	       : c == '+'             ? 62
	       : c == '/'             ? 63
				      : -1;
}

void text_base64(struct text *t, struct span base64)
{
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < base64.n; i++) {
		int c = base64.p[i], next = span_byte(base64, i + 1), v = base64_digit(c);

		if (c == '\\' && (next == 'n' || next == 'r')) {
			i++;
			continue;
		}
		if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '"')
			continue;
		if (v < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			text_char(t, (char)(bits >> have));
		}
	}
}

/* Control characters but tab to carriage return, and escape. */
static bool is_odd(uint8_t c)
{
	return (c < 0x20) & !((uint8_t)(c - '\t') <= '\r' - '\t') & (c != 0x1b);
}

#define LANES 64

/* Runs of LANES have a fixed length and counters of a byte, so that compilers make vectors of them.
 */
static size_t count_odd(struct span s)
{
	size_t odd = 0, i = 0;

	for (; i + LANES <= s.n; i += LANES) {
		uint8_t here = 0;

		for (size_t k = 0; k < LANES; k++)
			here = (uint8_t)(here + is_odd(s.p[i + k]));
		odd += here;
	}
	for (; i < s.n; i++)
		odd += is_odd(s.p[i]);
	return odd;
}

bool looks_like_text(struct span s)
{
	return s.n && !memchr(s.p, 0, s.n) && count_odd(s) <= s.n / 100;
}

/* Four tables: equal neighbours would wait for each other's sum. */
void byte_counts(struct span s, uint64_t count[256])
{
	uint64_t part[3][256] = { 0 };
	size_t i = 0;

	memset(count, 0, 256 * sizeof(*count));
	for (; i + 4 <= s.n; i += 4) {
		count[s.p[i]]++;
		part[0][s.p[i + 1]]++;
		part[1][s.p[i + 2]]++;
		part[2][s.p[i + 3]]++;
	}
	for (; i < s.n; i++)
		count[s.p[i]]++;
	for (int b = 0; b < 256; b++)
		count[b] += part[0][b] + part[1][b] + part[2][b];
}

uint32_t entropy_millibits(struct span s)
{
	uint64_t count[256];
	double bits = 0;

	if (s.n == 0)
		return 0;
	byte_counts(s, count);
	for (int i = 0; i < 256; i++)
		if (count[i])
			bits -= (double)count[i] * log2((double)count[i] / (double)s.n);
	return (uint32_t)(bits * 1000 / (double)s.n);
}

bool span_number(struct span s, unsigned base, uint64_t *value, size_t *used)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < s.n; n++) {
		int c = s.p[n] >= 'A' && s.p[n] <= 'F' ? s.p[n] + 32 : s.p[n];
		int digit = hex_digit(c);

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
