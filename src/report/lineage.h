/* lineage.h - what many releases say together, written out. Functions of their argument alone. */
#ifndef EVENHAND_REPORT_LINEAGE_H
#define EVENHAND_REPORT_LINEAGE_H

#include "compare/lineage.h"
#include "report/report.h"

#define LINEAGE_SCHEMA "evenhand-lineage/1"

/* The canonical JSON (docs/lineage.schema.json). */
void lineage_json(const struct lineage *l, struct text *out);

/* One self-contained page without script. json is what lineage_json wrote. */
void lineage_html(const struct lineage *l, struct span json, struct text *out);

/* A table: thing, first and last release, gaps. names: of the files, as they were given, or NULL;
 * all: things that every release has, too. */
void lineage_text(const struct lineage *l, const struct text_view *view, const char *const *names,
		  bool all, struct text *out);

/* "cannot log in": what is said of a thing that is there and not active; NULL: always is. */
const char *lineage_inactive(enum fact_kind kind);

/* The next releases, from *at on of the runs, that lie between two that have it. False: no more. */
bool lineage_gap(const struct thing *t, uint32_t *at, struct run *gap);

#endif
