/* comparison.h - what a comparison is written from, and its writers. */
#ifndef EVENHAND_REPORT_COMPARISON_H
#define EVENHAND_REPORT_COMPARISON_H

#include "base/json.h"
#include "compare/compare.h"
#include "compare/facts.h"
#include "report/comparison_verdicts.h"
#include "report/report.h"

#define COMPARISON_SCHEMA "evenhand-comparison/1"

struct compared {
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
	const struct tree *tree;
	const struct facts *facts;
};

struct comparison_report {
	struct compared left, right;
	const struct comparison *comparison;
	const struct fact_change *facts;
	uint32_t fact_count;
	struct calls_table calls;
	bool judged; /* --verdicts */
	const struct verdict_change *verdicts;
	uint32_t verdict_count;
	const struct budget *budget;
};

void comparison_json(const struct comparison_report *r, struct text *out);
void comparison_text(const struct comparison_report *r, const struct text_view *view,
		     struct text *out);

/* 0 identical or equivalent, 1 different, 3 undecided. */
int comparison_exit(const struct comparison_report *r);

/* One sentence for the answer. */
const char *comparison_says(const struct comparison_report *r, char *line, size_t size);

/* One self-contained page. json is what comparison_json wrote. */
void comparison_html(const struct comparison_report *r, struct span json, struct text *out);

/* -- inside: what the writers share -- */
struct page;
/* Of several causes the one with the lower rank is said first; below COMPARISON_RANKS. */
#define COMPARISON_RANKS (2u * CAUSES)
unsigned comparison_rank(enum cause cause);
void comparison_facts_json(const struct comparison_report *r, struct json *j);
void comparison_facts_text(const struct comparison_report *r, const struct page *p);

#endif
