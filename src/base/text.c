/* text.c - texts that grow; what bytes look like. See text.h. */
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

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
