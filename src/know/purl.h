/* purl.h - names of packages by URL (package-url/purl-spec). */
#ifndef EVENHAND_KNOW_PURL_H
#define EVENHAND_KNOW_PURL_H

#include "base/text.h"

/* "pkg:TYPE/SPACE/NAME@VERSION?QUALIFIERS#PATH", with %XX as they stand; all but type and name may
 * be empty. */
struct purl {
	struct span type, space, name, version, qualifiers;
};

/* False: it is none. */
bool purl_split(struct span purl, struct purl *p);

/* Appends "purl:TYPE/SPACE/NAME", the key of feeds, of another package of that type and space. */
void purl_key(struct text *t, const struct purl *p, struct span name);

#endif
