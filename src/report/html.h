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
/* The part of a locator that a person needs: an entry's path, else the whole. */
void html_place(struct text *t, const struct node *n);
/* A link to a fact or, where there is none, to a node. */
void html_evidence(struct text *t, const struct evidence_ref *e);
/* <span class="o fail">fail</span> */
void html_outcome(struct text *t, enum outcome o);

void html_summary(struct text *t, const struct report *r);
void html_coverage(struct text *t, const struct report *r);
void html_map(struct text *t, const struct report *r, bool tall);
void html_verdicts(struct text *t, const struct report *r);
void html_facts(struct text *t, const struct report *r);
void html_about(struct text *t, const struct report *r);
/* The compact table of nodes that the script builds the file tree from. */
void html_nodes(struct text *t, const struct tree *tree);

#endif
