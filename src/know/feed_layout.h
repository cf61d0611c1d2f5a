/* feed_layout.h - inside know/: the index of feeds on disk. All numbers are little-endian.
 *
 *   head       magic 8, counts of sources, products, vulnerabilities, rows (4 each), bytes of ids
 *              and of texts (8 each), SHA-256 of all this and of the table of digests
 *   digests    SHA-256 of each 16 KiB of the body
 *   body       sources, products by hash, vulnerabilities by id, rows by product, ids, texts
 */
#ifndef EVENHAND_KNOW_FEED_LAYOUT_H
#define EVENHAND_KNOW_FEED_LAYOUT_H

#include "base/span.h"

#define FEED_MAGIC              "EVHFEED\001"
#define FEED_DIGEST_AT          40
#define FEED_HEAD_SIZE          72
#define FEED_CHUNK              16384u
#define FEED_SOURCE_SIZE        56
#define FEED_PRODUCT_SIZE       20
#define FEED_VULNERABILITY_SIZE 8
#define FEED_ROW_SIZE           24

/* FNV-1a, then mixed: part of the format. */
static inline uint64_t feed_hash(struct span s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

#endif
