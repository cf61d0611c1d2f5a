/* sink.c - memory first, the spill file beyond 64 MiB. The spill file is mapped shared, so its
 * pages can be written back and do not count as the process's own memory. */
#include "base/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPILL_FROM (64ull << 20)
#define KEEP       (16u << 20) /* a reset sink keeps a buffer up to this size */
#define FIRST      4096u
#define AHEAD      (256u << 10) /* pages of the spill file that are made at a time */
#define HUGE_FROM  (4u << 20)   /* from here on huge pages spare faults and waste little */
#define HUGE       (2u << 20)

void sink_init(struct sink *s, struct spill *spill, uint64_t limit)
{
	*s = (struct sink){ .limit = limit, .spill = spill };
}

static void drop(struct sink *s)
{
	if (s->spilled) {
		munmap(s->p, s->cap);
		/* Gives the blocks back; where the file system cannot, they stay unused. */
		(void)!fallocate(s->spill->fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
				 (off_t)s->at, (off_t)s->cap);
	} else {
		free(s->p);
	}
	s->p = NULL;
	s->n = s->cap = 0;
	s->spilled = false;
}

void sink_free(struct sink *s)
{
	drop(s);
}

void sink_reset(struct sink *s, uint64_t limit)
{
	if (s->spilled || s->cap > KEEP)
		drop(s);
	s->n = 0;
	s->limit = limit;
	s->fault = fine;
}

static uint8_t *refuse(struct sink *s, enum fault_kind kind, uint64_t want)
{
	if (kind == FAULT_MEMORY)
		machine_ran_out();
	if (s->fault.kind == FAULT_NONE)
		s->fault = fault_at(kind, s->n, kind == FAULT_LIMIT ? "plain size" : "memory", want,
				    s->limit);
	return NULL;
}

/* Blocks are reserved, so that a full disk shows here and not as SIGBUS in a decoder. */
static bool reserve_blocks(int fd, uint64_t at, uint64_t size)
{
	if (fallocate(fd, 0, (off_t)at, (off_t)size) == 0)
		return true;
	return errno == EOPNOTSUPP && ftruncate(fd, (off_t)(at + size)) == 0;
}

/* A fresh stretch of the spill file; a moved content leaves a hole behind. */
static bool map_spill(struct sink *s, uint64_t cap)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t size = (cap + page - 1) / page * page;
	uint64_t at = atomic_fetch_add(&s->spill->end, size);
	size_t n = s->n;
	uint8_t *p;

	if (!reserve_blocks(s->spill->fd, at, size))
		return false;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->spill->fd, (off_t)at);
	if (p == MAP_FAILED)
		return false;
	if (n)
		memcpy(p, s->p, n);
	drop(s);
	*s = (struct sink){ p, n, size, s->limit, s->spill, true, at, n, s->fault };
	return true;
}

/* Pages that a call writes cost half of those that a write to the mapping brings in one by one, and
 * are there when a decoder comes to them. Only a wish: where it fails the faults do it. */
static void page_ahead(struct sink *s, uint64_t want)
{
	static const uint8_t zeros[AHEAD];
	uint64_t end = s->n + (want < AHEAD ? want : AHEAD);

	if (s->paged < s->n)
		s->paged = s->n;
	while (s->paged < end && s->paged < s->cap) {
		uint64_t left = s->cap - s->paged;
		size_t n = left < AHEAD ? (size_t)left : AHEAD;

		if (pwrite(s->spill->fd, zeros, n, (off_t)(s->at + s->paged)) != (ssize_t)n)
			s->paged = s->cap;
		else
			s->paged += n;
	}
}

/* A wish: without it, or where there are none, the pages are small. */
static void wish_huge(uint8_t *p, size_t cap)
{
	uintptr_t from = ((uintptr_t)p + HUGE - 1) / HUGE * HUGE;
	uintptr_t to = ((uintptr_t)p + cap) / HUGE * HUGE;

	if (cap >= HUGE_FROM)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
}

static bool grow(struct sink *s, uint64_t need)
{
	uint64_t cap = s->cap < FIRST ? FIRST : s->cap;
	uint8_t *p;

	/* A request in full for a known size is granted as asked; small steps double. */
	if (need > cap * 2)
		cap = need;
	else
		while (cap < need)
			cap *= 2;
	if (cap > SPILL_FROM && s->spill && s->spill->fd >= 0)
		return map_spill(s, cap);
	if (cap > SIZE_MAX / 2)
		return false;
	p = realloc(s->p, (size_t)cap);
	if (!p)
		return false;
	s->p = p;
	s->cap = (size_t)cap;
	wish_huge(p, s->cap);
	return true;
}

uint8_t *sink_room(struct sink *s, uint64_t n)
{
	if (n > s->limit - s->n)
		return refuse(s, FAULT_LIMIT, n);
	if ((!s->p || n > s->cap - s->n) && !grow(s, s->n + n))
		return refuse(s, FAULT_MEMORY, n);
	if (s->spilled)
		page_ahead(s, n);
	return s->p + s->n;
}

void sink_advance(struct sink *s, size_t n)
{
	s->n += n <= s->cap - s->n ? n : s->cap - s->n;
}

bool sink_put(struct sink *s, struct span bytes)
{
	uint64_t fits = s->limit - s->n;
	size_t n = bytes.n < fits ? bytes.n : (size_t)fits;
	uint8_t *room = sink_room(s, n);

	if (room && n) {
		memcpy(room, bytes.p, n);
		s->n += n;
	}
	if (n < bytes.n)
		refuse(s, FAULT_LIMIT, bytes.n);
	return room && n == bytes.n;
}

bool sink_fill(struct sink *s, uint8_t byte, uint64_t want)
{
	uint64_t fits = s->limit - s->n;
	uint64_t n = want < fits ? want : fits;
	uint8_t *room = sink_room(s, n);

	if (room) {
		memset(room, byte, (size_t)n);
		s->n += (size_t)n;
	}
	if (n < want)
		refuse(s, FAULT_LIMIT, want);
	return room && n == want;
}

bool sink_zero(struct sink *s, uint64_t want)
{
	return sink_fill(s, 0, want);
}
