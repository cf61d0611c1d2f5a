/* base64.h - base64 as RFC 4648 section 4 has it. Read strictly: a value has one form. */
#ifndef EVENHAND_TRUST_BASE64_H
#define EVENHAND_TRUST_BASE64_H

#include "base/text.h"

void base64_write(struct text *out, struct span bytes);

/* The bytes, in the arena. False where it is no base64: another character, missing padding, bits
 * set that stand for nothing. either: the alphabet of URLs (section 5) is taken too, never both in
 * one text. */
bool base64_read(struct span text, bool either, struct arena *a, struct span *bytes);

#endif
