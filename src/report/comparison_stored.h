/* comparison_stored.h - a stored comparison, as far as it can be checked without its images: that
 * it is canonical, and that its answer is that of its differences. */
#ifndef EVENHAND_REPORT_COMPARISON_STORED_H
#define EVENHAND_REPORT_COMPARISON_STORED_H

#include "base/hash.h"
#include "base/jsontext.h"
#include "compare/compare.h"

struct stored_comparison {
	enum comparison_answer answer;
	uint64_t size[2]; /* left, right */
	uint8_t sha256[2][SHA256_SIZE];
	uint32_t difference_count;
};

/* Whether json is one, whatever it says. */
bool comparison_is_stored(struct span json);
/* NULL, or what is wrong with it. */
const char *comparison_read(struct span json, struct arena *a, struct stored_comparison *c);

#endif
