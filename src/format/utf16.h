/* utf16.h - inside format/: names in UTF-16, as UTF-8. A surrogate without its partner becomes the
 * three bytes that its number would have: no name is lost, and no two become one. */
#ifndef EVENHAND_FORMAT_UTF16_H
#define EVENHAND_FORMAT_UTF16_H

#include "base/arena.h"

/* Of `units` little-endian code units, in the arena; empty if there is no room. */
struct span utf16_name(struct arena *a, struct span units);

/* For a label, where there is no arena: printable ASCII, the rest as "?", up to a NUL. */
void utf16_label(char label[64], struct span units);

#endif
