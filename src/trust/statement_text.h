/* statement_text.h - what a statement says, in a line or two, as a person reads it. */
#ifndef EVENHAND_TRUST_STATEMENT_TEXT_H
#define EVENHAND_TRUST_STATEMENT_TEXT_H

#include "trust/statement.h"

/* What stands behind the kind's name, 13 columns wide; further lines are as far in. What others
 * wrote stands between quotation marks, is broken where there would be more than 80 columns, and
 * then goes on behind a bar: no text can look like a line of ours. Ends with "\n". Takes memory
 * through text_put alone. */
void statement_text(struct text *out, const struct statement *s);

#endif
