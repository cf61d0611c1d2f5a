/* escape.c - bytes in the forms that texts have for them; takes memory through text_put alone. See
 * text.h. */
#include "base/text.h"

#include "base/unicode_table.h"

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

/* Letters, digits and signs stand for themselves: most names are one such run. */
static size_t plain_run(struct span s, const char *also)
{
	size_t n = 0;

	for (; n < s.n && s.p[n] > 0x20 && s.p[n] < 0x7f && s.p[n] != '\\'; n++)
		for (const char *a = also; *a; a++)
			if (*a == (char)s.p[n])
				return n;
	return n;
}

void text_escape(struct text *t, struct span s, const char *also)
{
	for (size_t at = 0; at < s.n;) {
		struct span rest = span_from(s, at);
		size_t n = plain_run(rest, also);

		if (n == 0)
			n = plain_bytes(rest, also, at == 0 || at == s.n - 1);
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
		size_t mark = span_find(s, at, span_text("\\"));
		int high, low;

		if (mark != at) {
			mark = mark < s.n ? mark : s.n;
			text_put(t, span_sub(s, at, mark - at));
			at = mark;
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

static void percent_escape(struct text *t, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";
	const char form[3] = { '%', digits[byte >> 4], digits[byte & 15] };

	text_put(t, (struct span){ (const uint8_t *)form, 3 });
}

static bool is_letter_or_digit(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void text_percent(struct text *t, struct span bytes, const char *also)
{
	for (size_t i = 0; i < bytes.n; i++) {
		int c = bytes.p[i];

		if (c && c < 0x80 &&
		    (is_letter_or_digit(c) || strchr("-._~", c) || strchr(also, c)))
			text_char(t, (char)c);
		else
			percent_escape(t, bytes.p[i]);
	}
}

void text_hex(struct text *t, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hex[128];

	for (size_t at = 0; at < bytes.n; at += sizeof(hex) / 2) {
		struct span some = span_head(span_from(bytes, at), sizeof(hex) / 2);

		for (size_t i = 0; i < some.n; i++) {
			hex[2 * i] = (uint8_t)digits[some.p[i] >> 4];
			hex[2 * i + 1] = (uint8_t)digits[some.p[i] & 15];
		}
		text_put(t, (struct span){ hex, 2 * some.n });
	}
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
