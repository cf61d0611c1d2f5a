/* comparison_html.h - inside report/: the sections of the page of a comparison. */
#ifndef EVENHAND_REPORT_COMPARISON_HTML_H
#define EVENHAND_REPORT_COMPARISON_HTML_H

#include "compare/match.h"
#include "report/comparison.h"
#include "report/html.h"

#define MOST_EXCERPTS 200

/* What the sections share. Differences are numbered in the order of the list. */
struct comparison_page {
	struct text *t;
	const struct comparison_report *r;
	struct arena *arena;
	const struct difference **d;
	uint32_t n;
	uint32_t *heavy; /* those that are not accepted, the weightiest first */
	uint32_t heavy_count;
	bool *is_row;    /* it has a row of its own among the causes, #c-N */
	bool *has_bytes; /* its bytes are shown, under #d-N */
	uint32_t excerpts;
};

/* Whether the left image is known by its report alone. */
bool comparison_html_is_against(const struct comparison_page *p);
/* Chooses whose bytes are shown: those that change something first. */
void comparison_html_choose(struct comparison_page *p);

void comparison_html_causes(struct comparison_page *p);
void comparison_html_facts(struct comparison_page *p);
void comparison_html_tree(struct comparison_page *p);
void comparison_html_bytes(struct comparison_page *p);

/* -- pieces -- */

/* What lies on a side of a difference; NULL: nothing. */
const struct node *difference_node(const struct difference *d);
/* "changes behaviour" */
const char *weight_words(enum weight w);
/* Where to a link to difference i leads: "d-3", "c-3" or "causes". */
void comparison_html_target(const struct comparison_page *p, uint32_t i, struct text *t);
/* What is said of a difference: unit and sentence. */
void comparison_html_says(struct text *t, const struct difference *d);
/* "and 12 more ... in the JSON report" */
void comparison_html_more(struct text *t, uint64_t more, const char *what);

#endif
