/* squashfs_data.c - contents: data blocks straight into the sink, then the tail out of a fragment,
 * which many small files share. Each thread keeps the fragment it decoded last; tree/ loads files
 * in the order of their fragments, so that each is decoded about once. */
#include <stdlib.h>
#include <threads.h>

#include "format/squashfs.h"

struct fragment_cache {
	uint64_t serial; /* of the listing; 0: nothing is kept */
	uint32_t index;
	struct sink plain;
	struct fault fault;
};

static tss_t cache_key;
static once_flag cache_once = ONCE_FLAG_INIT;
static bool has_key;

static void free_cache(void *p)
{
	struct fragment_cache *c = p;

	sink_free(&c->plain);
	free(c);
}

static void make_key(void)
{
	has_key = tss_create(&cache_key, free_cache) == thrd_success;
}

/* This thread's cache, which ends with the thread. NULL when there is no memory. */
static struct fragment_cache *own_cache(void)
{
	struct fragment_cache *c;

	call_once(&cache_once, make_key);
	if (!has_key)
		return NULL;
	c = tss_get(cache_key);
	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c || tss_set(cache_key, c) != thrd_success) {
		free(c);
		return NULL;
	}
	return c;
}

/* Bytes of the image that a block takes, as far as they are there. */
static struct fault locate(const struct squash *q, uint64_t at, uint64_t packed, struct span *bytes)
{
	*bytes = span_sub(q->image, at, packed);
	if (packed > q->super.block_size)
		return fault_at(FAULT_BROKEN, at, "block length", packed, q->super.block_size);
	if (bytes->n < packed)
		return fault_at(FAULT_SHORT, at, "data block",
				at < q->image.n ? q->image.n - at : 0, packed);
	return fine;
}

static struct fault decode_fragment(const struct squash *q, const struct squash_fragment *f,
				    struct sink *out)
{
	struct span bytes;
	struct fault bad = locate(q, f->start, f->packed, &bytes);

	if (bad.kind)
		return bad;
	bad = squash_unpack_all(&q->packing, bytes, PLAIN_UNKNOWN, q->super.block_size, out);
	bad.at += bad.kind ? f->start : 0;
	return bad;
}

/* The plain bytes of a fragment, as far as they decode. */
static struct span fragment_bytes(const struct squash *q, uint32_t index, struct fault *bad)
{
	const struct squash_fragment *f = &q->fragments[index];
	struct fragment_cache *c;
	struct span bytes;

	if (f->is_stored) {
		*bad = locate(q, f->start, f->packed, &bytes);
		return bytes;
	}
	c = own_cache();
	if (!c) {
		machine_ran_out();
		*bad = fault_at(FAULT_MEMORY, f->start, "fragment", 0, 0);
		return (struct span){ 0 };
	}
	if (c->serial != q->serial || c->index != index) {
		sink_reset(&c->plain, q->super.block_size);
		c->fault = decode_fragment(q, f, &c->plain);
		c->serial = q->serial;
		c->index = index;
	}
	*bad = c->fault;
	return sink_span(&c->plain);
}

static struct fault load_tail(const struct squash *q, const struct squash_inode *i, uint64_t tail,
			      struct sink *out)
{
	struct fault bad = fine;
	struct span bytes, part;

	if (i->fragment >= q->fragment_count)
		return fault_at(FAULT_BROKEN, q->super.fragment_table, "fragment", i->fragment,
				q->fragment_count);
	bytes = fragment_bytes(q, i->fragment, &bad);
	part = span_head(span_from(bytes, i->offset), tail);
	if (!sink_put(out, part))
		return out->fault;
	if (part.n == tail && bad.what != squash_behind)
		return fine; /* a fault behind it is its neighbour's */
	return bad.kind ? bad
			: fault_at(FAULT_BROKEN, q->fragments[i->fragment].start, "fragment",
				   bytes.n, i->offset + tail);
}

static struct fault load_block(const struct squash *q, const struct squash_data_block *b,
			       uint64_t at, uint64_t want, struct sink *out)
{
	struct span bytes;
	struct fault bad;

	if (b->packed == 0) {
		sink_zero(out, want);
		return fine;
	}
	bad = locate(q, at, b->packed, &bytes);
	if (bad.kind == FAULT_NONE && b->is_stored) {
		sink_put(out, span_head(bytes, want));
		if (bytes.n != want)
			bad = fault_at(FAULT_BROKEN, at, "stored block", bytes.n, want);
	} else if (bad.kind == FAULT_NONE) {
		bad = squash_unpack_all(&q->packing, bytes, want, want, out);
		bad.at += bad.kind ? at : 0;
	}
	return bad;
}

/* All data blocks. A broken one becomes zeros, so that what follows stands at its place; the first
 * that lies behind the image's end ends the file. */
static struct fault load_blocks(const struct squash *q, const struct squash_inode *i, uint64_t left,
				struct sink *out)
{
	struct cursor list = squash_block_list(q, i);
	struct fault first = fine;
	uint64_t at = i->start;

	while (left && cursor_left(&list)) {
		struct squash_data_block b = squash_next_block(q, &list);
		uint64_t want = left < q->super.block_size ? left : q->super.block_size;
		size_t before = out->n;
		struct fault bad = load_block(q, &b, at, want, out);

		if (out->fault.kind)
			return out->fault;
		first = first.kind ? first : bad;
		if (bad.kind && at >= q->image.n)
			return first;
		if (bad.kind && !sink_zero(out, want - (out->n - before)))
			return out->fault;
		at += b.packed;
		left -= want;
	}
	if (left && first.kind == FAULT_NONE)
		first = fault_at(FAULT_BROKEN, q->super.inode_table, "block list", left, 0);
	return first;
}

struct fault squash_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct squash *q = l->state;
	struct squash_inode i;
	struct fault bad, bad_tail = fine;
	uint64_t tail, most = out->limit - out->n, listed;

	if (!q || e->kind != KIND_FILE)
		return fine;
	bad = squash_read_inode(q, e->key[0], &i);
	if (bad.kind || i.size == 0)
		return bad;
	squash_block_count(q, &i, &tail);
	listed = squash_blocks_listed(q, &i) * q->super.block_size + tail;
	if (listed > i.size)
		listed = i.size;
	/* In full at once, so that it never grows by copying. */
	if (!sink_room(out, listed < most ? listed : most))
		return out->fault;
	bad = load_blocks(q, &i, i.size - tail, out);
	if (tail && out->fault.kind == FAULT_NONE && out->n >= i.size - tail)
		bad_tail = load_tail(q, &i, tail, out);
	return bad.kind ? bad : bad_tail;
}
