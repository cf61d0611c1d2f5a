/* text.h - bytes of an image on their way to a person. One escaping for locators, terminal, JSON
 * and HTML: what is not printable ASCII or a well-formed, visible UTF-8 character becomes \xNN. */
#ifndef EVENHAND_BASE_TEXT_H
#define EVENHAND_BASE_TEXT_H

#include <stdio.h>

#include "base/arena.h"

/* A growing text. `failed` stays set once memory is out; then the text is cut. */
struct text {
	char *p; /* NUL-ended once anything was put */
	size_t n, cap;
	bool failed;
};

void text_free(struct text *t);
void text_put(struct text *t, struct span s);
void text_puts(struct text *t, const char *s);
void text_char(struct text *t, char c);
__attribute__((format(printf, 2, 3))) void text_format(struct text *t, const char *format, ...);

static inline struct span text_span(const struct text *t)
{
	return (struct span){ (const uint8_t *)t->p, t->n };
}

/* Appends s escaped: printable ASCII and well-formed UTF-8 letters, marks, digits, punctuation
 * stay; control characters, bytes that are no UTF-8, bidirectional controls, zero-width and
 * unassigned code points become \xNN byte for byte, backslash \\. `also` names further ASCII
 * characters to write as \xNN ("!" in locators). */
void text_escape(struct text *t, struct span s, const char *also);

/* The inverse: \xNN and \\ back to bytes. False at a malformed escape (what came before it is
 * kept). */
bool text_unescape(struct text *t, struct span s);

/* Appends s with %XX as the bytes that they stand for. */
void text_unpercent(struct text *t, struct span s);
/* Appends s with A to Z as small letters. */
void text_lower(struct text *t, struct span s);
/* Appends with thousands parted by commas: 5,701,632. */
void text_number(struct text *t, uint64_t value);
void text_hex(struct text *t, struct span bytes);
/* Appends bytes percent-encoded as URIs and package URLs have them: all but the unreserved letters,
 * digits, "-._~" and the characters of `also`. */
void text_percent(struct text *t, struct span bytes, const char *also);
/* Appends the bytes that stand there in base64, with white space, quotes and escaped ends of lines
 * (a key in JSON or in a program's source); stops at anything else. */
void text_base64(struct text *t, struct span base64);

/* Length of the well-formed UTF-8 sequence at s.p (1..4), 0 if malformed or cut; *code is its
 * code point. */
size_t utf8_decode(struct span s, uint32_t *code);

/* Whether a code point may reach a terminal or page as itself. */
bool code_point_visible(uint32_t code);

/* Cells of a terminal that one code point takes: 0, 1 or 2. */
int code_point_width(uint32_t code);

/* Whether the bytes look like text a person wrote: UTF-8 or Latin, hardly any control bytes. */
bool looks_like_text(struct span s);

/* How often each value of a byte stands in s. */
void byte_counts(struct span s, uint64_t count[256]);

/* Bits per byte times 1000, 0..8000, over all of s. */
uint32_t entropy_millibits(struct span s);

/* The n bytes that 2 n small hexadecimal digits stand for, and nothing else. */
bool span_hex(struct span digits, uint8_t *bytes, size_t n);

/* Parses a whole unsigned number, decimal, or hexadecimal with 0x. False for anything else. */
bool parse_u64(const char *text, uint64_t *value);

/* Whether it is a day of the calendar as 2026-11-25. */
bool date_is_valid(const char *text);

/* The number in ASCII digits at the start of s in the given base (8, 10, 16); false when there is
 * no digit or it does not fit. *used tells how many characters it took. */
bool span_number(struct span s, unsigned base, uint64_t *value, size_t *used);

#endif
