/* bill.h - inside report/: the bill of materials that CycloneDX and SPDX write in their own words.
 * Elements are the components, then the programs and libraries that no component accounts for. */
#ifndef EVENHAND_REPORT_BILL_H
#define EVENHAND_REPORT_BILL_H

#include "report/export.h"

struct edge {
	uint32_t from, to; /* elements: the first needs the second */
};

struct bill {
	const struct report *r;
	uint32_t components;       /* elements 0 ... */
	const struct node **files; /* elements from `components` on */
	uint32_t file_count;
	const struct node **copies; /* files of components, in tree order, each once */
	uint32_t copy_count;
	struct edge *edges; /* sorted, each once */
	uint32_t edge_count;
	bool edges_cut;         /* there were more than are kept */
	uint32_t *first, *held; /* inside bill.c: components of each node */
	uint32_t *element;      /* of a node that is a file here, or UINT32_MAX */
	bool failed;            /* out of memory */
};

void bill_make(struct bill *b, const struct report *r);
void bill_free(struct bill *b);

const struct component_fact *bill_component(const struct bill *b, uint32_t i);

enum use { USE_APPLICATION, USE_LIBRARY, USE_SYSTEM };
enum use bill_use(const struct component_fact *c);

#endif
