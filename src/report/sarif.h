/* sarif.h - inside report/: the parts of a SARIF log. */
#ifndef EVENHAND_REPORT_SARIF_H
#define EVENHAND_REPORT_SARIF_H

#include "report/export.h"

struct sarif {
	struct export x;
	uint32_t *artifact; /* of each node: its index among the artifacts, or UINT32_MAX */
	uint8_t *found_in;  /* of each node: 1 where evidence stands in it */
};

/* A member that is a message: braces doubled, brackets escaped, so that no text of an image becomes
 * an argument or a link. */
void sarif_message(struct json *j, const char *key, struct span text);

/* Rules with what they answer to, and the catalogues. */
void sarif_driver(struct json *j);
void sarif_taxonomies(struct json *j);

/* Fills artifact and found_in. False: no memory. */
bool sarif_number(struct sarif *s);
void sarif_artifacts(struct sarif *s);
void sarif_results(struct sarif *s);
/* "locations" of one place; the whole content of the node when length is 0. */
void sarif_locations(struct sarif *s, const struct node *n, uint32_t line, uint64_t offset,
		     uint64_t length);

#define MOST_RESULTS 1000 /* of one check: the rest stands in the report */

#endif
