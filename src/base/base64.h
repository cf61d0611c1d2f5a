/* base64.h - base64 as RFC 4648 section 4 has it. Read strictly: a value has one form. */
#ifndef EVENHAND_BASE_BASE64_H
#define EVENHAND_BASE_BASE64_H

#include "base/text.h"

void base64_write(struct text *out, struct span bytes);
/* The same into memory that has room, four bytes for each three begun; how many were written. */
size_t base64_write_into(struct span bytes, uint8_t *out);

/* The bytes, *count of them, at most `room`. False where it is no base64 or there is no room:
 * another character, missing padding, bits set that stand for nothing. either: the alphabet of URLs
 * (section 5) is taken too, never both in one text. */
bool base64_read_into(struct span text, bool either, uint8_t *out, size_t room, size_t *count);
/* The same, in the arena. */
bool base64_read(struct span text, bool either, struct arena *a, struct span *bytes);

#endif
