/* parts.h - inside codec/: parts of one stream, decoded side by side. */
#ifndef EVENHAND_CODEC_PARTS_H
#define EVENHAND_CODEC_PARTS_H

#include "codec/internal.h"

#define MOST_PARTS 16 /* at a time */

struct part {
	const void *stream; /* the codec's own */
	uint64_t from, to;  /* where the part stands in it, as the codec counts */
	struct sink *out;   /* where it goes; or */
	uint8_t *room;      /* so many bytes */
	size_t plain;
	bool holds; /* decode() sets it */
};

/* How many are worth decoding at a time: 1 where the thread has no helpers. */
size_t parts_threads(void);
/* Decodes n parts; false when one of them does not hold. */
bool parts_decode(struct part *parts, size_t n, void (*decode)(struct part *part));

#endif
