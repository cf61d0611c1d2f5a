/* explain.h - inside report/: tree --explain. */
#ifndef EVENHAND_REPORT_EXPLAIN_H
#define EVENHAND_REPORT_EXPLAIN_H

#include "report/page.h"

void explain_tree(const struct page *p, const struct tree *t);

#endif
