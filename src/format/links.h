/* links.h - inside format/: several names of one inode. */
#ifndef EVENHAND_FORMAT_LINKS_H
#define EVENHAND_FORMAT_LINKS_H

#include "format/format.h"

/* Makes hard links of all files but the first among those whose key[0] and key[1] agree, which are
 * those of one inode. Files without metadata are left alone. */
void links_join(struct listing *l);

#endif
