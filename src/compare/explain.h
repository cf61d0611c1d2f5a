/* explain.h - inside compare/: contents that differ, descended to the smallest unit. An explainer
 * names stretches of both contents; whatever it leaves out must be equal, byte for byte and in
 * order, and explain_content() proves that (explain.c). A stretch is named once. */
#ifndef EVENHAND_COMPARE_EXPLAIN_H
#define EVENHAND_COMPARE_EXPLAIN_H

#include "compare/compare.h"

struct explaining {
	struct arena *arena; /* differences and their texts */
	const struct node *left, *right;
	struct difference *first, *last;
	uint32_t count;
	bool lost; /* no memory: something was not said */
};

/* A stretch of both contents (either may be empty) differs for that reason. `accepted`: the form is
 * proved, so that the cause changes no behaviour where the table says so; else the difference
 * counts as a change. unit and the text are copied; text may be NULL. Gives the difference, to add
 * code to; NULL when memory is out. */
__attribute__((format(printf, 6, 7))) struct difference *
differ(struct explaining *x, enum cause cause, struct byte_range left, struct byte_range right,
       const char *unit, const char *text, ...);

/* The same, but the cause is not proven: what it means stays open. */
void leave_open(struct difference *d);
/* What would be accepted by its cause is not, because its form is not what it should be. */
void refuse_form(struct difference *d);

/* Whatever was not named must be equal: where the rests of both contents part, the remainder gets a
 * difference of its own, of unknown cause. */
void prove(struct explaining *x, struct span left, struct span right);

/* Names all differences of two contents that are not equal. */
void explain_content(struct explaining *x, struct span left, struct span right);

/* -- explainers -- */

/* Each: false when not both are of its form, and nothing was said; true when every stretch that
 * differs was named. */
bool explain_elf(struct explaining *x, struct span left, struct span right);
bool explain_pyc(struct explaining *x, struct span left, struct span right);
bool explain_dtb(struct explaining *x, struct span left, struct span right);
bool explain_text(struct explaining *x, struct span left, struct span right);

/* -- parts of a content -- */

/* A stretch of each side, and where it begins in the content. */
struct stretch {
	struct span left, right;
	uint64_t left_at, right_at;
	const char *unit;
};

/* Both of one length. Texts of a build (form.h) are named by their cause, what else differs as
 * `other`. */
void explain_embedded(struct explaining *x, const struct stretch *s, enum cause other);
/* Both of one length: all that differs has that cause. */
void explain_bytes(struct explaining *x, const struct stretch *s, enum cause cause);

#endif
