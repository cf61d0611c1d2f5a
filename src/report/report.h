/* report.h - everything a report is written from, and the writers. All are functions of their
 * argument alone: no clock, file name, locale, thread count. */
#ifndef EVENHAND_REPORT_REPORT_H
#define EVENHAND_REPORT_REPORT_H

#include "base/hash.h"
#include "base/text.h"
#include "judge/judge.h"
#include "observe/observe.h"

#define REPORT_SCHEMA "evenhand-report/1"

struct report {
	const struct tree *tree;
	const struct facts *facts;
	const struct coverage *coverage;
	const struct verdict *verdicts;
	uint32_t verdict_count;
	const struct judge_options *options;
	const struct trust *trust;   /* keys that were given; may be NULL */
	const struct budget *budget; /* non-default limits stand in tool.options */
	uint64_t image_size;
	uint8_t image_sha256[SHA256_SIZE], image_sha512[SHA512_SIZE];
};

/* The canonical JSON; the report digest is its SHA-256. */
void report_json(const struct report *r, struct text *out);

/* One self-contained page. json is what report_json wrote. */
void report_html(const struct report *r, struct span json, struct text *out);

/* Formats of others, for the tools that read them (docs/exports.md); json as above. */
void report_cdx(const struct report *r, struct span json, struct text *out);
void report_spdx(const struct report *r, struct span json, struct text *out);
void report_sarif(const struct report *r, struct span json, struct text *out);
/* Nothing where no vulnerability is known: OpenVEX has no empty document. */
void report_vex(const struct report *r, struct span json, struct text *out);

struct text_view {
	bool colour, utf8;
	const char *image_name; /* what stands in lines to copy: IMAGE in a pipe */
	int only;               /* an outcome, or -1: the first screen */
	bool recipes, reveal;
};

/* A declaration to be filled in: every fact that is to be declared, once, its reason open. counts
 * has one number a section (judge/declaration.h). */
void report_draft(const struct report *r, struct text *out, uint32_t counts[]);

/* The first screen (terminal.md 1), or all verdicts of one outcome. */
void report_text(const struct report *r, const struct text_view *view, struct text *out);

enum tree_form { TREE_SUMMARY, TREE_ALL, TREE_EXPLAIN };

/* The tree of an image: its regions; every entry, one a line; or why each region is what it is
 * (terminal.md 3). */
void report_tree(const struct tree *t, const struct text_view *view, enum tree_form form,
		 struct text *out);

/* 0, 1 or 3 of DESIGN.md 8; fail_on: what counts for 1, "fail", "review", "never"; NULL: fail. What
 * a declaration excepts does not count. */
int report_exit(const struct report *r, const char *fail_on);

#endif
