/* html.h - inside report/: pieces of the page. Every string of the image passes html_image; texts
 * that text_escape has already passed go through html_said. Neither can open a tag. */
#ifndef EVENHAND_REPORT_HTML_H
#define EVENHAND_REPORT_HTML_H

#include "report/report.h"

/* Text of ours or already escaped, with < > & and quotes as entities. */
void html_said(struct text *t, struct span escaped);
void html_says(struct text *t, const char *text);
/* Bytes of the image: escaped as everywhere, then as above, isolated by <bdi>. */
void html_image(struct text *t, struct span raw);
/* A locator in <code>. */
void html_locator(struct text *t, const struct node *n);
void html_number(struct text *t, uint64_t value);
/* Tenths of a percent, never 100.0 for a part. */
void html_percent(struct text *t, uint64_t part, uint64_t whole);
/* Bytes of the image that could not be understood. */
uint64_t html_opaque(const struct coverage *c);
/* The part of a locator that a person needs: an entry's path, else the whole. */
void html_place(struct text *t, const struct node *n);
/* A link to a fact or, where there is none, to a node. */
void html_evidence(struct text *t, const struct evidence_ref *e);
/* <span class="o fail">fail</span> */
void html_outcome(struct text *t, enum outcome o);

/* The digest of an element's text, as the policy of a page names it. */
void html_hash(struct text *t, struct span bytes);

void html_summary(struct text *t, const struct report *r);
void html_coverage(struct text *t, const struct report *r);
/* The picture: one row, or a row for each depth with the unknown named beneath. */
void html_map(struct text *t, const struct report *r, bool full);
void html_verdicts(struct text *t, const struct report *r);
/* Components have a section of their own: versions, support, known vulnerabilities. */
void html_components(struct text *t, const struct report *r);
void html_facts(struct text *t, const struct report *r);
/* The first cell of a fact's row: its file and line, its bytes. Leaves the row open. */
void html_fact_place(struct text *t, const struct fact *f);
/* Links to nodes, the first of many. */
void html_nodes(struct text *t, const struct node_list *list);
void html_about(struct text *t, const struct report *r);
/* What the script builds the file list and the views by catalogue from. */
void html_data(struct text *t, const struct report *r);
struct json;
/* The facts behind the rows of the page, and how many of each kind the page has in all. */
void html_more_facts(struct json *j, const struct report *r);

struct requirement;
/* Whether no check speaks to it: no image can tell, or none does yet. */
bool html_is_beyond(const struct requirement *row);
/* Whether the table of requirements goes on with another catalogue there. */
bool html_begins_catalogue(size_t row);

#define HTML_MOST_ROWS 1500 /* of one kind that are there without script */

#endif
