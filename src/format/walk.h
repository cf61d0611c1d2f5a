/* walk.h - inside format/: archives that libarchive reads in sequence. */
#ifndef EVENHAND_FORMAT_WALK_H
#define EVENHAND_FORMAT_WALK_H

#include "format/format.h"

struct archive;

/* Reads all entries; `support` names the one format that may be tried. */
struct fault walk_archive(const struct listing *l, struct walker *w,
			  int (*support)(struct archive *a));

#endif
