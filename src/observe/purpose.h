/* purpose.h - what a file is for, told by its path alone: a text that speaks of something is not a
 * text that does it. One classifier for observers and judges. */
#ifndef EVENHAND_OBSERVE_PURPOSE_H
#define EVENHAND_OBSERVE_PURPOSE_H

#include "tree/node.h"

enum purpose {
	PURPOSE_WORKING,  /* programs, scripts, configuration, and whatever is not below */
	PURPOSE_WEB,      /* pages, styles and their scripts */
	PURPOSE_DOCUMENT, /* manuals, licences, records of packages: they speak to people */
	PURPOSE_SOURCE,   /* of programs, and headers */
	PURPOSE_LIST,     /* signatures, rules and words for searching */
};

enum purpose purpose_of(const struct node *n);

#endif
