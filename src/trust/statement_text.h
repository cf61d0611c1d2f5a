/* statement_text.h - what a statement says, in a line or two, as a person reads it. */
#ifndef EVENHAND_TRUST_STATEMENT_TEXT_H
#define EVENHAND_TRUST_STATEMENT_TEXT_H

#include "trust/statement.h"

/* What stands behind the kind's name, 13 columns wide; further lines are as far in, and broken at
 * blanks where there would be more than 80 columns. Ends with "\n".
 * Takes memory through text_put alone. */
void statement_text(struct text *out, const struct statement *s);

#endif
