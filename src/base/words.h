/* words.h - files of lines, a line of words: blanks and tabs part words, "\n" ends a line. */
#ifndef EVENHAND_BASE_WORDS_H
#define EVENHAND_BASE_WORDS_H

#include "base/span.h"

static inline bool is_blank(int c)
{
	return c == ' ' || c == '\t';
}

/* The next line, without its end, taken off *rest; false where nothing is left. */
static inline bool line_take(struct span *rest, struct span *line)
{
	size_t n = 0;

	if (rest->n == 0)
		return false;
	while (n < rest->n && rest->p[n] != '\n')
		n++;
	*line = span_head(*rest, n);
	*rest = span_from(*rest, n < rest->n ? n + 1 : n);
	return true;
}

/* The next word, taken off *line; empty where there is none. */
static inline struct span word_take(struct span *line)
{
	struct span word;
	size_t from = 0, to;

	while (is_blank(span_byte(*line, from)))
		from++;
	for (to = from; to < line->n && !is_blank(line->p[to]);)
		to++;
	word = span_sub(*line, from, to - from);
	*line = span_from(*line, to);
	return word;
}

/* Whether a line says something: it is neither empty nor a remark. */
static inline bool line_says(struct span line)
{
	struct span word = word_take(&line);

	return word.n && word.p[0] != '#';
}

#endif
