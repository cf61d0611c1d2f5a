/* cksum.h - inside format/: CRC-32 with the most significant bit first, as POSIX cksum has it,
 * which headers of vendors use. */
#ifndef EVENHAND_FORMAT_CKSUM_H
#define EVENHAND_FORMAT_CKSUM_H

#include "base/span.h"

/* Goes on from the raw state; neither start nor end is inverted. */
uint32_t crc32_msb(uint32_t crc, struct span s);

/* POSIX cksum of these bytes one after the other: length behind them, inverted at the end. */
uint32_t cksum_of(const struct span *parts, size_t count);

#endif
