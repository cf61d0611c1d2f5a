/* draytek.h - inside format/: how DrayTek packs programs and files. */
#ifndef EVENHAND_FORMAT_DRAYTEK_H
#define EVENHAND_FORMAT_DRAYTEK_H

#include "base/fault.h"
#include "base/sink.h"

/* Whether the bytes begin as blocks of LZ4 do. */
bool draytek_is_lz4(struct span in);

/* Blocks of LZ4 (newer) or one LZO1X stream (older). */
struct fault draytek_unpack(struct span in, struct sink *out);

#endif
