/* pull.c - deflate streams read piece by piece (RFC 1951, 1952), by zlib. */
#include <stdlib.h>
#include <zlib.h>

#include "codec/codec.h"

#define MOST_FEED (1u << 30) /* zlib counts in 32 bits */

enum { WINDOW_RAW = -15, WINDOW_GZIP = 15 + 16 }; /* as zlib names them */

struct puller {
	z_stream z;
	bool ready, is_gzip, ended;
	struct span in;
	uint64_t used;
	struct fault fault;
};

struct puller *puller_new(void)
{
	return calloc(1, sizeof(struct puller));
}

void puller_free(struct puller *p)
{
	if (p && p->ready)
		inflateEnd(&p->z);
	free(p);
}

bool puller_start(struct puller *p, struct span in, bool is_gzip)
{
	int window = is_gzip ? WINDOW_GZIP : WINDOW_RAW;
	int result = p->ready ? inflateReset2(&p->z, window) : inflateInit2(&p->z, window);

	p->ready = result == Z_OK;
	p->is_gzip = is_gzip;
	p->ended = !p->ready;
	p->in = in;
	p->used = 0;
	p->z.avail_in = 0;
	p->fault = p->ready ? fine : fault_at(FAULT_MEMORY, 0, "deflate stream", 0, 0);
	return p->ready;
}

static void fail(struct puller *p, enum fault_kind kind)
{
	p->fault = fault_at(kind, p->used, p->is_gzip ? "gzip stream" : "deflate stream", 0, 0);
	p->ended = true;
}

/* Another member may follow; what else stands behind a gzip file is padding. */
static void next_member(struct puller *p)
{
	p->ended = !p->is_gzip || span_byte(p->in, p->used) != 0x1f ||
		   span_byte(p->in, p->used + 1) != 0x8b;
	if (!p->ended && inflateReset(&p->z) != Z_OK)
		fail(p, FAULT_MEMORY);
}

size_t puller_read(struct puller *p, uint8_t *to, size_t n)
{
	size_t room = n < MOST_FEED ? n : MOST_FEED;

	p->z.next_out = to;
	p->z.avail_out = (uInt)room;
	while (!p->ended && p->z.avail_out == room) {
		struct span rest = span_head(span_from(p->in, p->used), MOST_FEED);
		int result;

		p->z.next_in = (uint8_t *)(uintptr_t)rest.p;
		p->z.avail_in = (uInt)rest.n;
		result = inflate(&p->z, Z_NO_FLUSH);
		p->used += rest.n - p->z.avail_in;
		if (result == Z_STREAM_END)
			next_member(p);
		else if (result == Z_BUF_ERROR)
			fail(p, FAULT_SHORT);
		else if (result != Z_OK)
			fail(p, FAULT_BROKEN);
	}
	return room - p->z.avail_out;
}

struct fault puller_fault(const struct puller *p)
{
	return p->fault;
}

uint64_t puller_used(const struct puller *p)
{
	return p->used;
}
