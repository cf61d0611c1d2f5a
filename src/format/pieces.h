/* pieces.h - inside format/: contents that old file systems give piece by piece, by way of tables
 * of blocks; a piece at 0 is a hole. */
#ifndef EVENHAND_FORMAT_PIECES_H
#define EVENHAND_FORMAT_PIECES_H

#include "format/format.h"

/* Whether the pieces are one. */
struct piece {
	uint64_t from, length, holes;
	bool broken;
};

static inline void piece_join(void *ctx, uint64_t at, uint64_t length)
{
	struct piece *p = ctx;

	if (p->length == 0)
		p->from = at;
	p->broken |= at == 0 || at != p->from + p->length;
	p->holes += at ? 0 : length;
	p->length += length;
}

/* The bytes of the first one that is no hole. */
struct piece_text {
	struct span in, text;
};

static inline void piece_first(void *ctx, uint64_t at, uint64_t length)
{
	struct piece_text *t = ctx;

	if (at && !t->text.p)
		t->text = span_sub(t->in, at, length);
}

/* All of them, into a sink. */
struct piece_output {
	struct span in;
	struct sink *out;
};

static inline void piece_put(void *ctx, uint64_t at, uint64_t length)
{
	struct piece_output *o = ctx;

	if (at)
		sink_put(o->out, span_sub(o->in, at, length));
	else
		sink_zero(o->out, length);
}

#endif
