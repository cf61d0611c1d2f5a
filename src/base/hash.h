/* hash.h - digests and checksums of formats.md 0.1. SHA through OpenSSL, which uses the CPU's
 * instructions; OpenSSL is started without a configuration file. */
#ifndef EVENHAND_BASE_HASH_H
#define EVENHAND_BASE_HASH_H

#include "base/span.h"

#define SHA256_SIZE 32
#define SHA384_SIZE 48
#define SHA512_SIZE 64

/* Loads OpenSSL's algorithms before the jail closes. Call once, before any thread starts. */
void hash_start(void);
/* Frees what this thread kept for hashing. */
void hash_thread_end(void);

void sha256_of(struct span s, uint8_t digest[SHA256_SIZE]);
/* Of bytes that come piece by piece. NULL: no memory; sha256_end may be called once. */
struct sha256_run;
struct sha256_run *sha256_begin(void);
void sha256_add(struct sha256_run *r, struct span s);
void sha256_end(struct sha256_run *r, uint8_t digest[SHA256_SIZE]);
void sha256_drop(struct sha256_run *r);
/* Of what came so far; more may follow. */
void sha256_peek(const struct sha256_run *r, uint8_t digest[SHA256_SIZE]);
void sha384_of(struct span s, uint8_t digest[SHA384_SIZE]);
void sha512_of(struct span s, uint8_t digest[SHA512_SIZE]);
void sha1_of(struct span s, uint8_t digest[20]);
void md5_of(struct span s, uint8_t digest[16]);
/* Over several spans one after the other. */
void sha256_of_parts(const struct span *parts, size_t count, uint8_t digest[SHA256_SIZE]);
void sha1_of_parts(const struct span *parts, size_t count, uint8_t digest[20]);
void md5_of_parts(const struct span *parts, size_t count, uint8_t digest[16]);

/* HMAC-SHA-256 (RFC 2104) of parts one after the other, with a key of any length. */
void hmac_sha256_of_parts(struct span key, const struct span *parts, size_t count,
			  uint8_t digest[SHA256_SIZE]);

/* CRC-32 (IEEE) as gzip has it: crc32_of("123456789") == 0xCBF43926. */
uint32_t crc32_of(struct span s);
/* Goes on from the CRC-32 of the bytes before (0 where there are none). */
uint32_t crc32_update(uint32_t crc, struct span s);
/* Without the final inversion (JAM): TRX, UBI, UBIFS. 0x340BC6D9. */
uint32_t crc32_open(struct span s);
/* From a start of zero, without any inversion: JFFS2. 0x2DFD2D88. */
uint32_t crc32_bare(struct span s);
/* Reflected Castagnoli: ext4, btrfs. 0xE3069283. `seed` is the raw state (~0 at the start);
 * the result is the raw state: invert it for the usual value. */
uint32_t crc32c_update(uint32_t seed, struct span s);
/* CRC-16 reflected 0xA001 with the given start (0: ARC/LHA; 0xffff: ext4 group descriptors). */
uint16_t crc16_a001(uint16_t seed, struct span s);
/* CRC-16 with 0x1021, highest bit first, not reflected (seed 0: XMODEM, UDF). 0x31C3. */
uint16_t crc16_1021(uint16_t seed, struct span s);
uint32_t adler32_of(struct span s);

#endif
