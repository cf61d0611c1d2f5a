/* support.h - what unit tests share: samples, bytes against an unreadable page, one format run by
 * hand. Included first: cmocka wants its headers in this order. Tests run in the repository's root.
 */
#ifndef EVENHAND_TESTS_UNIT_SUPPORT_H
#define EVENHAND_TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/format.h"

/* A file of tests/samples/, in memory of its own; sample_free gives it back. */
static inline struct span sample_read(const char *name)
{
	char path[512];
	long size;
	uint8_t *p;
	FILE *f;

	snprintf(path, sizeof(path), "tests/samples/%s", name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("no sample %s", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	p = malloc((size_t)size + 1);
	assert_non_null(p);
	assert_int_equal(fread(p, 1, (size_t)size, f), size);
	fclose(f);
	return (struct span){ p, (size_t)size };
}

static inline void sample_free(struct span s)
{
	free((void *)(uintptr_t)s.p);
}

/* The sample's bytes for a test that changes them. */
static inline uint8_t *sample_bytes(struct span s)
{
	return (uint8_t *)(uintptr_t)s.p;
}

/* Room whose end lies against an unreadable page: one byte too far ends the test. */
struct guarded {
	uint8_t *map;
	size_t size; /* of the readable part */
};

static inline struct guarded guarded_new(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guarded g = { .size = (n + page - 1) / page * page + page };

	g.map = mmap(NULL, g.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(mprotect(g.map + g.size, page, PROT_NONE), 0);
	return g;
}

static inline void guarded_free(struct guarded g)
{
	munmap(g.map, g.size + (size_t)sysconf(_SC_PAGESIZE));
}

/* A copy of s that ends where the page does. */
static inline struct span guarded_copy(struct guarded g, struct span s)
{
	uint8_t *to = g.map + g.size - s.n;

	if (s.n)
		memcpy(to, s.p, s.n);
	return (struct span){ to, s.n };
}

/* A format that was probed and listed by hand. */
struct opened {
	const struct format *format;
	struct arena arena;
	struct found found;
	struct fault refused; /* by the probe */
	struct fault fault;   /* of list() itself */
	uint64_t stream_length;
	struct listing l;
};

static inline void opened_init(struct opened *o, const struct format *f, struct span in)
{
	*o = (struct opened){ .format = f };
	o->refused = f->probe(in, &o->found);
	if (o->refused.kind)
		return;
	o->stream_length = o->found.len;
	o->l = (struct listing){ .in = span_head(in, o->found.len),
				 .beyond = in,
				 .arena = &o->arena,
				 .len = &o->stream_length,
				 .most = 100000 };
	o->fault = f->list ? f->list(&o->l) : fine; /* a stream has no list */
}

static inline void opened_free(struct opened *o)
{
	arena_free(&o->arena);
}

/* One entry's content, stored or loaded. */
static inline struct fault opened_load(const struct opened *o, const struct entry *e,
				       struct sink *out, uint64_t limit)
{
	sink_reset(out, limit);
	if (!e->stored)
		return o->format->load(&o->l, e, out);
	sink_put(out, span_sub(o->l.in, e->offset, e->length));
	return fine;
}

/* The path of an entry, "/" first; what is not printable, blanks and backslashes as \xNN. */
static inline void opened_path(const struct opened *o, uint32_t index, char *path, size_t size)
{
	const struct entry *e = &o->l.entries[index];
	size_t n;

	path[0] = 0;
	if (e->parent != NO_ENTRY)
		opened_path(o, e->parent, path, size);
	n = strlen(path);
	if (e->name.n && n + 1 < size && (n == 0 || path[n - 1] != '/'))
		path[n++] = '/';
	for (size_t i = 0; i < e->name.n && n + 5 < size; i++) {
		uint8_t c = e->name.p[i];
		bool shown = c > 32 && c < 127 && c != '\\';

		n += (size_t)snprintf(path + n, size - n, shown ? "%c" : "\\x%02x", c);
	}
	if (n == 0)
		path[n++] = '/';
	if (n > 1 || e->parent == NO_ENTRY)
		path[n] = 0;
}

/* The entry of that path, or NULL. */
static inline const struct entry *opened_entry(const struct opened *o, const char *path)
{
	char have[8192];

	for (uint32_t i = 0; i < o->l.count; i++) {
		opened_path(o, i, have, sizeof(have));
		if (strcmp(have, path) == 0)
			return &o->l.entries[i];
	}
	return NULL;
}

/* Number of entries that carry a fault. */
static inline uint32_t opened_faults(const struct opened *o)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < o->l.count; i++)
		n += o->l.entries[i].fault.kind != FAULT_NONE;
	return n;
}

/* That a probe looks at the byte there. */
static inline void refuses_once_changed(const char *format, struct span in, size_t at)
{
	struct found f = { 0 };

	sample_bytes(in)[at] ^= 0x40;
	if (format_named(format)->probe(in, &f).kind == FAULT_NONE)
		fail_msg("%s: byte %zu was not looked at", format, at);
}

#endif
