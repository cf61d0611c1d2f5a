/* ntfs_overlay.h - inside format/: the chunks of a file that Windows' overlay filter packed. */
#ifndef EVENHAND_FORMAT_NTFS_OVERLAY_H
#define EVENHAND_FORMAT_NTFS_OVERLAY_H

#include "base/span.h"

/* One chunk of exactly `size` plain bytes; false where it is broken. */
bool ntfs_xpress(struct span in, uint8_t *to, size_t size);
bool ntfs_lzx(struct span in, uint8_t *to, size_t size);

#endif
