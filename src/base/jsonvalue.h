/* jsonvalue.h - one value of canonical JSON as our reports have it: no blanks, integers only, and
 * nothing in a string that a terminal must not see. Finds its end without building anything. */
#ifndef EVENHAND_BASE_JSONVALUE_H
#define EVENHAND_BASE_JSONVALUE_H

#include "base/span.h"

#define JSON_VALUE_DEPTH 60

/* Where the value that begins at `at` ends; SIZE_MAX: none of that form stands there. */
size_t json_value_end(struct span in, size_t at);
/* The same for a string with its quotes. */
size_t json_string_end(struct span in, size_t at);

#endif
