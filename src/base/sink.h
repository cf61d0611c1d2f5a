/* sink.h - where unpacked bytes go: one growing buffer with a limit. Up to 64 MiB it is memory;
 * beyond, it lies in the spill file and the kernel may write it back. A worker keeps one sink a
 * nesting level and resets it, so that buffers are reused. */
#ifndef EVENHAND_BASE_SINK_H
#define EVENHAND_BASE_SINK_H

#include "base/fault.h"
#include "base/span.h"

/* The one spill file of a scan, shared by all sinks. fd < 0: no spill, memory only. */
struct spill {
	int fd;
	_Atomic uint64_t end; /* next free byte of the file */
};

struct sink {
	uint8_t *p;
	size_t n, cap;
	uint64_t limit; /* bytes this content may have */
	struct spill *spill;
	bool spilled;       /* p is a mapping of the spill file */
	uint64_t at;        /* where in the spill file */
	uint64_t paged;     /* bytes of the mapping whose pages are there */
	struct fault fault; /* FAULT_LIMIT or FAULT_MEMORY once a request was refused */
};

/* Gives an empty sink. spill may be NULL. */
void sink_init(struct sink *s, struct spill *spill, uint64_t limit);
void sink_free(struct sink *s);

/* Empties the sink for the next content and sets its limit; keeps a modest buffer. */
void sink_reset(struct sink *s, uint64_t limit);

/* At least n writable bytes behind what is there, or NULL (then s->fault says why). A decoder
 * writes into them and calls sink_advance with what it wrote. The pointer is valid until the next
 * call on the sink. Asking in full for a known size avoids growth by copying. */
uint8_t *sink_room(struct sink *s, uint64_t n);
void sink_advance(struct sink *s, size_t n);

/* Appends bytes, or n times the same one (zero: a hole). False when the limit is met: what fits is
 * kept. */
bool sink_put(struct sink *s, struct span bytes);
bool sink_fill(struct sink *s, uint8_t byte, uint64_t n);
bool sink_zero(struct sink *s, uint64_t n);

/* All bytes put so far; valid until the next call that changes the sink. */
static inline struct span sink_span(const struct sink *s)
{
	return (struct span){ s->p, s->n };
}

#endif
