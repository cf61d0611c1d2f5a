/* sums.h - inside format/: checksums that only headers of vendors use. */
#ifndef EVENHAND_FORMAT_SUMS_H
#define EVENHAND_FORMAT_SUMS_H

#include "base/span.h"

/* The sum of all bytes, modulo 2^32. */
uint32_t sum_of_bytes(struct span s);

/* The sum of words of four bytes, modulo 2^32; bytes behind the last whole word do not count. */
uint32_t sum_of_32(struct span s, bool big);

/* XOR of all bytes, from a start. */
uint8_t xor_of_bytes(uint8_t seed, struct span s);

/* CRC-16 of X.25 (reflected 0x8408, inverted at both ends: 0x906E), going on from that of the bytes
 * before (0 where there are none): Huawei. */
uint16_t crc16_x25(uint16_t crc, struct span s);

/* CRC-16 of polynomial 0x1021, inverted at both ends (GENIBUS: 0xD64E), going on likewise: Cisco,
 * Broadcom's cable modems. */
uint16_t crc16_ccitt(uint16_t crc, struct span s);

/* CRC-32, going on as crc32_update does, of a header with zeros where its own CRC-32 stands. */
uint32_t crc32_around(uint32_t crc, struct span header, uint64_t field);

/* CRC-32 with the highest bit first, going on from the raw state; neither start nor end is
 * inverted. */
uint32_t crc32_msb(uint32_t crc, struct span s);

/* POSIX cksum of these bytes one after the other: length behind them, inverted at the end. */
uint32_t cksum_of(const struct span *parts, size_t count);

#endif
