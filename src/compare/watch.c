/* watch.c - what is noted of an image while it is opened, and contents that are equal. */
#include "compare/watch.h"

#include <stdlib.h>

#include "base/names.h"

static struct watched *watched_of(struct arena *a, struct node *n)
{
	if (!n->watch)
		n->watch = arena_take(a, 1, sizeof(struct watched));
	return n->watch;
}

static bool in_image(const struct watch *w, struct span s)
{
	return s.n && s.p >= w->image.p && s.p < w->image.p + w->image.n;
}

static void keep(struct watch *w, struct watched *noted, struct span bytes)
{
	struct sink *sink = malloc(sizeof(*sink));

	if (!sink)
		return;
	sink_init(sink, w->spill, bytes.n);
	if (!sink_put(sink, bytes) || sink->n != bytes.n) {
		sink_free(sink);
		free(sink);
		return;
	}
	noted->kept = sink;
	noted->content = sink_span(sink);
	noted->has_content = true;
	noted->next_kept = atomic_load(&w->kept);
	while (!atomic_compare_exchange_weak(&w->kept, &noted->next_kept, noted))
		;
}

void watch_content(void *ctx, struct bench *b, struct node *n, struct span bytes)
{
	struct watch *w = ctx;
	bool is_stream = n->format && n->format->shape == SHAPE_STREAM;
	struct watched *noted;

	if (w->survey || (n->kind == KIND_REGION && !is_stream))
		return;
	noted = watched_of(b->arena, n);
	if (!noted)
		return;
	if (in_image(w, bytes) || bytes.n == 0) {
		noted->content = bytes;
		noted->has_content = true;
	} else if (atomic_fetch_add(&w->kept_bytes, bytes.n) + bytes.n <= MOST_KEPT) {
		keep(w, noted, bytes);
	}
}

static int fill_of(struct span s)
{
	if (s.n == 0 || !is_fill_byte(s.p[0]) || (s.n > 1 && memcmp(s.p, s.p + 1, s.n - 1) != 0))
		return -1;
	return s.p[0];
}

/* Without the bits that another stretch tells. */
static void digest(const struct own_stretch *s, struct span bytes, uint8_t sha256[SHA256_SIZE])
{
	uint8_t copy[MOST_TOLD_BITS];

	if (!s->told || bytes.n > MOST_TOLD_BITS) {
		sha256_of(bytes, sha256);
		return;
	}
	memcpy(copy, bytes.p, bytes.n);
	copy[0] &= (uint8_t)~s->told;
	sha256_of((struct span){ copy, bytes.n }, sha256);
}

static int by_offset(const void *a, const void *b)
{
	const struct own_value *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

void watch_listed(void *ctx, struct bench *b, struct node *n, const struct listing *l)
{
	struct watch *w = ctx;
	struct own_list own = { .arena = l->arena };
	struct watched *noted = w->survey || !n->format->own ? NULL : watched_of(b->arena, n);

	if (!noted)
		return;
	n->format->own(l, &own);
	noted->own = arena_take(b->arena, own.n, sizeof(*noted->own));
	if (!noted->own || own.full)
		return;
	for (size_t i = 0; i < own.n; i++) {
		const struct own_stretch *s = &own.p[i];
		struct span bytes = span_sub(l->in, s->offset, s->length);
		struct own_value *v = &noted->own[noted->own_count];

		if (bytes.n != s->length)
			return; /* the format errs: nothing of it is believed */
		*v = (struct own_value){ .name = s->name,
					 .own = s->own,
					 .time = s->time,
					 .offset = s->offset,
					 .length = s->length,
					 .fill = fill_of(bytes) };
		digest(s, bytes, v->sha256);
		noted->own_count++;
	}
	qsort(noted->own, noted->own_count, sizeof(*noted->own), by_offset);
	noted->own_known = true;
}

/* -- what is left alone -- */

static bool note_storage(struct watch *w, struct bench *b, struct node *n, const struct listing *l,
			 const struct entry *e)
{
	const struct format *f = n->container->format;
	struct text parameters = { 0 };
	struct storage s = { .arena = b->arena, .parameters = &parameters };
	struct watched *noted = NULL;
	bool known;

	if (e->stored) {
		struct span bytes = span_sub(l->in, e->offset, e->length);

		known = bytes.n == e->length;
		storage_add(&s, bytes);
	} else {
		known = f->stored && f->stored(l, e, &s) && !parameters.failed;
	}
	for (uint32_t i = 0; known && i < s.count; i++)
		known = s.spans[i].n == 0 || in_image(w, s.spans[i]);
	if (known)
		noted = watched_of(b->arena, n);
	if (noted) {
		noted->spans = s.spans;
		noted->span_count = s.count;
		noted->parameters = arena_copy(b->arena, text_span(&parameters));
		noted->has_storage = noted->parameters.n == parameters.n;
	}
	text_free(&parameters);
	return noted && noted->has_storage;
}

static int by_key(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

uint32_t watch_pair(const struct watch *w, const struct node *n)
{
	struct known wanted = { .key = node_key(n) };
	const struct known *at =
		w->known_count ? bsearch(&wanted, w->known, w->known_count, sizeof(wanted), by_key)
			       : NULL;

	return at ? at->pair : 0;
}

bool watch_wants(void *ctx, struct bench *b, struct node *n, const struct listing *l,
		 const struct entry *e)
{
	struct watch *w = ctx;

	if (w->survey)
		return !in_image(w, l->in) || n->container->format->walk ||
		       !note_storage(w, b, n, l, e);
	return !watch_pair(w, n);
}

/* -- what was unpacked once -- */

void watch_remember(void *ctx, const struct format *f, struct span packed, struct span plain,
		    uint64_t used)
{
	struct watch *w = ctx;
	struct unpacked *u;

	if (!in_image(w, packed) ||
	    atomic_fetch_add(&w->remembered_bytes, plain.n) + plain.n > MOST_REMEMBERED)
		return;
	u = calloc(1, sizeof(*u));
	if (!u)
		return;
	*u = (struct unpacked){ .format = f, .packed = packed, .used = used };
	sink_init(&u->plain, w->spill, plain.n);
	if (!sink_put(&u->plain, plain) || u->plain.n != plain.n) {
		sink_free(&u->plain);
		free(u);
		return;
	}
	u->next = atomic_load(&w->remembered);
	while (!atomic_compare_exchange_weak(&w->remembered, &u->next, u))
		;
}

bool watch_recall(void *ctx, const struct format *f, struct span packed, struct span *plain,
		  uint64_t *used)
{
	const struct watch *w = ctx;
	const struct unpacked *u = w->surveyed ? atomic_load(&w->surveyed->remembered) : NULL;

	while (u && (u->format != f || u->packed.p != packed.p || u->packed.n != packed.n))
		u = u->next;
	if (!u)
		return false;
	*plain = sink_span(&u->plain);
	*used = u->used;
	return true;
}

void watch_free(struct watch *w)
{
	struct watched *next;
	struct unpacked *after;

	for (struct watched *k = atomic_load(&w->kept); k; k = next) {
		next = k->next_kept;
		sink_free(k->kept);
		free(k->kept);
		k->kept = NULL;
	}
	atomic_store(&w->kept, NULL);
	for (struct unpacked *u = atomic_load(&w->remembered); u; u = after) {
		after = u->next;
		sink_free(&u->plain);
		free(u);
	}
	atomic_store(&w->remembered, NULL);
	atomic_store(&w->remembered_bytes, 0);
}

void watch_again(void *ctx)
{
	struct watch *w = ctx;

	watch_free(w);
	atomic_store(&w->kept_bytes, 0);
}

/* -- equal contents -- */

/* Which contents were kept before there was no room depends on threads: then none is used. */
static bool has_bytes(const struct watch *w, const struct watched *noted)
{
	return noted && noted->has_content &&
	       (!noted->kept || atomic_load(&w->kept_bytes) <= MOST_KEPT);
}

bool region_bytes(const struct watch *w, const struct node *n, struct span *bytes)
{
	uint64_t offset = 0;
	const struct node *at = n;

	for (; at->parent; at = at->parent) {
		const struct watched *noted = at->watch;

		if (at != n && has_bytes(w, noted)) {
			*bytes = span_sub(noted->content, offset, n->length);
			return bytes->n == n->length;
		}
		if (at->kind != KIND_REGION || !at->has_place ||
		    (at != n && at->format && at->format->shape == SHAPE_STREAM))
			return false;
		offset += at->offset;
	}
	*bytes = span_sub(w->image, offset, n->parent ? n->length : w->image.n);
	return !n->parent || bytes->n == n->length;
}

bool content_of(const struct watch *w, const struct node *n, struct span *bytes)
{
	const struct watched *noted = n->watch;

	if (has_bytes(w, noted)) {
		*bytes = noted->content;
		return true;
	}
	if (n->kind != KIND_REGION || (n->format && n->format->shape == SHAPE_STREAM))
		return false;
	return region_bytes(w, n, bytes);
}

static bool spans_equal(struct span a, struct span b)
{
	/* Small files share a block, which is compared once. */
	static _Thread_local struct span left, right;

	if (a.n != b.n)
		return false;
	if (a.n == 0 || (a.p == left.p && b.p == right.p && a.n == left.n))
		return true;
	if (memcmp(a.p, b.p, a.n) != 0)
		return false;
	left = a;
	right = b;
	return true;
}

static bool same_storage(const struct watched *l, const struct watched *r)
{
	if (!l || !r || !l->has_storage || !r->has_storage || l->span_count != r->span_count ||
	    !span_equal(l->parameters, r->parameters))
		return false;
	for (uint32_t i = 0; i < l->span_count; i++)
		if (!spans_equal(l->spans[i], r->spans[i]))
			return false;
	return true;
}

bool same_content(const struct watch *lw, const struct node *l, const struct watch *rw,
		  const struct node *r)
{
	struct span a, b;
	uint32_t pair;

	l = l->hardlink_of ? l->hardlink_of : l;
	r = r->hardlink_of ? r->hardlink_of : r;
	if (l->kind == KIND_REGION && region_bytes(lw, l, &a) && region_bytes(rw, r, &b))
		return span_equal(a, b);
	if (l->has_sha256 && r->has_sha256)
		return memcmp(l->sha256, r->sha256, SHA256_SIZE) == 0;
	/* What stands in the image as it is has no digest in the look. */
	if (content_of(lw, l, &a) && content_of(rw, r, &b))
		return span_equal(a, b);
	if (same_storage(l->watch, r->watch))
		return true;
	pair = l->left_alone && r->left_alone ? watch_pair(lw, l) : 0;
	return pair && pair == watch_pair(rw, r);
}
