/* version_parts.h - inside know/: what the orders of versions share. */
#ifndef EVENHAND_KNOW_VERSION_PARTS_H
#define EVENHAND_KNOW_VERSION_PARTS_H

#include "base/span.h"

bool is_digit(int c);
bool is_letter(int c);

/* Whether letters are that word, which is in lower case, in either case. */
bool same_letters(struct span s, const char *word);

/* Decimal numbers of any length; the empty one is 0. */
int order_of_numbers(struct span a, struct span b);

/* The bytes at the start of *s for which is() holds; *s moves behind them. */
struct span take_while(struct span *s, bool (*is)(int c));

int apk_compare(struct span a, struct span b);
int generic_compare(struct span a, struct span b);
int pep440_compare(struct span a, struct span b);

#endif
