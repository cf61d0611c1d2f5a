/* stream.h - inside format/: what formats of one compressed stream share. */
#ifndef EVENHAND_FORMAT_STREAM_H
#define EVENHAND_FORMAT_STREAM_H

#include "codec/codec.h"
#include "format/format.h"

typedef struct decoded stream_decoder(struct span in, uint64_t most, struct sink *out);

/* Decodes the first member and those that follow while `again` says that one begins at once. Sets
 * *l->len to the end of the last whole member; a broken later member ends the stream before it. */
struct fault stream_members(const struct listing *l, struct sink *out, stream_decoder *decode,
			    bool (*again)(struct span rest));

/* Whether the first `want` plain bytes (or the whole stream, if shorter) decode. */
bool stream_begins(struct span in, stream_decoder *decode, uint64_t want);

/* What is there of a stream, up to the end that load() found. */
static inline struct span stream_bytes(const struct listing *l)
{
	return span_head(l->in, l->len && *l->len ? *l->len : l->in.n);
}

/* Copies bytes of the image into a label: printable ASCII, the rest as "?". */
void label_bytes(char label[64], struct span bytes);

#endif
