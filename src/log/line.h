/* line.h - what the texts of a log are made of: lines, decimal numbers, hashes in base64; each has
 * one form (C2SP tlog-checkpoint, tlog-proof). Takes no memory. */
#ifndef EVENHAND_LOG_LINE_H
#define EVENHAND_LOG_LINE_H

#include "base/hash.h"

#define DECIMAL_MOST 20u /* characters of a number, without a NUL */

/* The next line of *rest, without its "\n", which goes. False: there is none with an end. */
bool whole_line_take(struct span *rest, struct span *line);
/* A number in ASCII digits without sign and leading zero, at most 2^63 - 1. */
bool decimal_read(struct span text, uint64_t *value);
/* The same way back; how many characters there are in out. */
size_t decimal_write(uint64_t value, uint8_t out[DECIMAL_MOST]);
/* 32 bytes in base64 (RFC 4648 4) with padding, in the one form that is canonical. */
bool hash_read(struct span text, uint8_t hash[SHA256_SIZE]);
/* Whether it is that form of any bytes, however many; not of none. */
bool base64_is_canonical(struct span text);

#endif
