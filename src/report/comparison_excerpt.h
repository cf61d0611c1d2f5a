/* comparison_excerpt.h - inside report/: bytes, lines and instructions of one difference. */
#ifndef EVENHAND_REPORT_COMPARISON_EXCERPT_H
#define EVENHAND_REPORT_COMPARISON_EXCERPT_H

#include "report/comparison_html.h"

/* A side of a difference. */
struct excerpt {
	struct span all; /* of its node */
	struct place place;
	bool is_there;
};

/* What differs of it; empty where it is not there. */
struct span stretch_of(const struct excerpt *e);

/* Whether the byte `at` of a node belongs to a secret, a hash or a private key; up to *until all
 * bytes are alike in that. */
bool held_back(const struct node *n, uint64_t at, uint64_t *until);

static inline uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* "Nothing on this side." */
void comparison_html_nothing(struct text *t);
/* Lines that differ, with those around them. */
void comparison_html_lines(struct text *t, const struct excerpt *l, const struct excerpt *r);
/* Both listings of the first function that differs. */
void comparison_html_code(struct text *t, const struct difference *d);

#endif
