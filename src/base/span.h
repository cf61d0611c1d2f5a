/* span.h - a view of bytes that something else owns. Passed by value, never freed, valid as long
 * as the owner says. Functions here are total: a request that cannot be met yields the empty span,
 * never a wider one, so a forgotten check fails closed. */
#ifndef EVENHAND_BASE_SPAN_H
#define EVENHAND_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

/* The bytes [at, at + len) of s; empty if any is missing. */
static inline struct span span_sub(struct span s, uint64_t at, uint64_t len)
{
	if (at > s.n || len > s.n - at || !s.p)
		return (struct span){ 0 };
	return (struct span){ s.p + at, (size_t)len };
}

/* The bytes from at to the end of s; empty if at lies behind the end. */
static inline struct span span_from(struct span s, uint64_t at)
{
	return at > s.n || !s.p ? (struct span){ 0 } : (struct span){ s.p + at, s.n - (size_t)at };
}

/* The first bytes of s, at most len of them. */
static inline struct span span_head(struct span s, uint64_t len)
{
	return (struct span){ s.p, len < s.n ? (size_t)len : s.n };
}

/* The bytes of a C string, without its NUL. */
static inline struct span span_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

/* The byte at `at`, or -1 where there is none. */
static inline int span_byte(struct span s, uint64_t at)
{
	return at < s.n ? s.p[at] : -1;
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span s, const char *text)
{
	return span_equal(s, span_text(text));
}

static inline bool span_starts(struct span s, struct span with)
{
	return s.n >= with.n && (with.n == 0 || memcmp(s.p, with.p, with.n) == 0);
}

static inline bool span_ends(struct span s, struct span with)
{
	return s.n >= with.n && (with.n == 0 || memcmp(s.p + s.n - with.n, with.p, with.n) == 0);
}

/* Where `part`, a view of bytes of s, begins in s. */
static inline uint64_t span_place(struct span s, struct span part)
{
	return (uint64_t)(part.p - s.p);
}

/* Bytes order: the shorter of two that agree comes first. */
static inline int span_compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* Where `what` first stands in s at or behind `from`; SIZE_MAX if nowhere. */
static inline size_t span_find(struct span s, size_t from, struct span what)
{
	const void *hit;

	if (from >= s.n || what.n == 0)
		return SIZE_MAX;
	hit = memmem(s.p + from, s.n - from, what.p, what.n);
	return hit ? (size_t)((const uint8_t *)hit - s.p) : SIZE_MAX;
}

#endif
