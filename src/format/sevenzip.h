/* sevenzip.h - inside format/: the names that a 7z archive stores. */
#ifndef EVENHAND_FORMAT_SEVENZIP_H
#define EVENHAND_FORMAT_SEVENZIP_H

#include "format/walk.h"

/* None where the header is encrypted, packed otherwise than by LZMA, or not as it should be. */
struct walk_names sevenzip_names(const struct listing *l);

#endif
