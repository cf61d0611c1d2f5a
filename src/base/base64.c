/* base64.c - see base64.h. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The four characters of up to three bytes. */
static void write_group(struct span three, uint8_t out[4])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 | (i < three.n ? three.p[i] : 0);
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(i <= three.n ? alphabet[bits >> (18 - 6 * i) & 63] : '=');
}

size_t base64_write_into(struct span bytes, uint8_t *out)
{
	size_t n = 0;

	for (size_t at = 0; at < bytes.n; at += 3, n += 4)
		write_group(span_head(span_from(bytes, at), 3), out + n);
	return n;
}

/* 0 to 63; -1: no character of it. */
static int value_of(int c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	return c == (url ? '_' : '/') ? 63 : -1;
}

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
		int value = value_of(text.p[i], url);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4)
			out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	*count = n;
	/* What is left of the last character stands for nothing. */
	return pad == 0 || (bits & (pad == 1 ? 3u : 15u)) == 0;
}
