/* text.c - what of base/text.h takes memory, over memory that the text's owner gave: p and cap. */
#include "base/text.h"

void text_put(struct text *t, struct span s)
{
	if (t->failed || s.n >= t->cap - t->n) {
		t->failed |= s.n > 0;
		return;
	}
	if (s.n)
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
	text_put(t, (struct span){ (const uint8_t *)&c, 1 });
}
