/* walk.h - inside format/: archives that libarchive reads in sequence. */
#ifndef EVENHAND_FORMAT_WALK_H
#define EVENHAND_FORMAT_WALK_H

#include "format/format.h"

struct archive;

/* What the library fills in where the archive says nothing must not be taken for a fact. */
enum walk_keeps { WALK_KEEPS_MODES = 1 };

/* Names as they are stored, in the order of the archive: the library composes those in Unicode
 * (NFC). None, or fewer than there are entries: the library's. */
struct walk_names {
	const struct span *list;
	uint64_t count;
};

/* Reads all entries; `support` names the one format that may be tried, `keeps` is what archives of
 * that format have of each entry. */
struct fault walk_archive(const struct listing *l, struct walker *w,
			  int (*support)(struct archive *a), unsigned keeps,
			  struct walk_names names);

#endif
