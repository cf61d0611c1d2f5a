/* btrfs_data.c - contents of files: extents in the leaf itself, as they are, reserved or packed.
 * What no extent covers is a hole. */
#include "format/btrfs.h"

#define HEAD 21 /* of an extent, before what stands in the leaf */
#define SIZE 53

enum { IN_LEAF, REGULAR, RESERVED };

struct extent {
	uint64_t from; /* in the file */
	uint64_t plain, at, packed, skip, count;
	uint8_t method, encryption, kind;
	struct span inside; /* what stands in the leaf */
};

static struct fault read_extent(const struct btrfs *fs, const struct btrfs_item *item,
				struct extent *e)
{
	struct span s = item->bytes;
	uint64_t place = s.n ? span_place(fs->in, s) : 0;

	*e = (struct extent){ .from = item->key.offset,
			      .plain = span_u64(s, 8, false),
			      .method = (uint8_t)span_byte(s, 16),
			      .encryption = (uint8_t)span_byte(s, 17),
			      .kind = (uint8_t)span_byte(s, 20),
			      .at = span_u64(s, 21, false),
			      .packed = span_u64(s, 29, false),
			      .skip = span_u64(s, 37, false),
			      .count = span_u64(s, 45, false) };
	if (s.n < HEAD || e->kind > RESERVED || (e->kind != IN_LEAF && s.n < SIZE))
		return fault_at(FAULT_BROKEN, place, "extent", e->kind, RESERVED);
	if (e->encryption)
		return fault_at(FAULT_ENCRYPTED, place + 17, "encryption", e->encryption, 0);
	if (e->kind == IN_LEAF) {
		e->inside = span_from(s, HEAD);
		e->count = e->method ? e->plain : e->inside.n;
		e->at = e->packed = e->skip = 0; /* content stands there */
	}
	/* Whole sectors, so that an extent costs no more than what it gives. */
	if (e->count > UINT64_MAX / 4 || e->from > UINT64_MAX / 4 || e->skip > UINT64_MAX / 4 ||
	    e->at > UINT64_MAX / 4 ||
	    (e->kind != IN_LEAF && (e->count == 0 || e->count % fs->sector)))
		return fault_at(FAULT_BROKEN, place, "extent", e->count, e->from);
	if (e->method && (e->plain > BTRFS_PLAIN_MOST || e->packed > BTRFS_PLAIN_MOST))
		return fault_at(FAULT_BROKEN, place, "size of a packed extent", e->plain,
				BTRFS_PLAIN_MOST);
	return fine;
}

struct reader {
	const struct btrfs *fs;
	struct sink *out;
	uint64_t size;
	struct sink plain; /* of the packed extent at `plain_at` */
	uint64_t plain_at;
	struct fault fault;
};

static bool fail(struct reader *r, struct fault f)
{
	if (r->fault.kind == FAULT_NONE)
		r->fault = f;
	return false;
}

/* Zeros up to there; content ends with the size of the file. */
static bool zeros_to(struct reader *r, uint64_t at)
{
	uint64_t to = at < r->size ? at : r->size;

	return to <= r->out->n || sink_zero(r->out, to - r->out->n);
}

/* Bytes at a logical address, piece by piece. */
static bool put_bytes(struct reader *r, uint64_t logical, uint64_t count, struct sink *out)
{
	while (count) {
		struct btrfs_place p;
		struct fault bad = btrfs_locate(r->fs, logical, &p);
		uint64_t most = p.length < count ? p.length : count;
		struct span bytes = { 0 };

		if (bad.kind)
			return fail(r, bad);
		for (uint32_t i = 0; i < p.copies && bytes.n < most; i++)
			bytes = span_head(span_from(r->fs->in, p.at[i]), most);
		if (!sink_put(out, bytes))
			return false;
		if (bytes.n < most)
			return fail(r, fault_at(FAULT_SHORT, r->fs->in.n, "extent", p.at[0] + most,
						r->fs->in.n));
		logical += most;
		count -= most;
	}
	return true;
}

/* Neighbours in a file often are parts of one packed extent, which is kept. */
static void unpack(struct reader *r, const struct extent *e)
{
	struct span packed = e->inside;
	struct sink copy;
	struct fault bad;

	if (e->kind != IN_LEAF && r->plain_at == e->at)
		return;
	sink_reset(&r->plain, BTRFS_PLAIN_MOST);
	r->plain_at = e->at;
	sink_init(&copy, NULL, BTRFS_PLAIN_MOST);
	if (e->kind != IN_LEAF && put_bytes(r, e->at, e->packed, &copy))
		packed = sink_span(&copy);
	bad = btrfs_unpack(r->fs, e->method, packed, e->plain, &r->plain);
	sink_free(&copy);
	if (bad.kind)
		fail(r, bad);
	else if (r->plain.n < e->plain)
		sink_zero(&r->plain, e->plain - r->plain.n);
}

static bool put_extent(struct reader *r, const struct extent *e)
{
	uint64_t left = r->size - r->out->n, most = e->count < left ? e->count : left;

	if (e->kind == RESERVED || (e->kind == REGULAR && e->at == 0))
		return zeros_to(r, e->from + e->count);
	if (e->method) {
		unpack(r, e);
		return sink_put(r->out,
				span_head(span_from(sink_span(&r->plain), e->skip), most)) &&
		       zeros_to(r, e->from + e->count);
	}
	if (e->kind == IN_LEAF)
		return sink_put(r->out, span_head(e->inside, most));
	return put_bytes(r, e->at + e->skip, most, r->out);
}

struct fault btrfs_content(const struct btrfs *fs, struct btrfs_tree tree, uint64_t inode,
			   uint64_t size, struct sink *out)
{
	struct reader r = { .fs = fs, .out = out, .size = size };
	struct btrfs_cursor c;
	struct btrfs_item item;
	bool goes_on = true;

	if (!sink_room(out, size))
		return out->fault;
	sink_init(&r.plain, NULL, BTRFS_PLAIN_MOST);
	btrfs_seek(&c, fs, tree, (struct btrfs_key){ inode, BTRFS_EXTENT_DATA, 0 });
	while (goes_on && out->n < size && btrfs_next_of(&c, inode, BTRFS_EXTENT_DATA, &item)) {
		struct extent e;
		struct fault bad = read_extent(fs, &item, &e);

		if (bad.kind == FAULT_NONE && e.from < out->n)
			bad = fault_at(FAULT_BROKEN, 0, "extent order", e.from, out->n);
		if (bad.kind)
			goes_on = fail(&r, bad);
		else
			goes_on = zeros_to(&r, e.from) && put_extent(&r, &e);
	}
	sink_free(&r.plain);
	if (r.fault.kind == FAULT_NONE)
		r.fault = c.fault;
	if (goes_on)
		zeros_to(&r, size);
	return r.fault.kind ? r.fault : out->fault;
}

/* One piece of the image, as long as each extent goes on where the last one ended. */
struct piece {
	const struct btrfs *fs;
	uint64_t at, length;
	uint64_t *steps;
};

static bool join(struct piece *p, const struct extent *e)
{
	uint64_t logical = e->at + e->skip, left = e->count;
	struct btrfs_place place;

	if (e->kind == IN_LEAF && e->method == 0 && p->length == 0) {
		p->at = span_place(p->fs->in, e->inside);
		p->length = e->inside.n;
		return true;
	}
	if (e->kind != REGULAR || e->at == 0 || e->from != p->length)
		return false;
	while (left) {
		uint64_t most;

		if (!budget_take(p->steps, 1) || btrfs_locate(p->fs, logical, &place).kind)
			return false;
		if (p->length == 0)
			p->at = place.at[0];
		if (e->method || place.at[0] != p->at + p->length)
			return false;
		most = place.length < left ? place.length : left;
		p->length += most;
		logical += most;
		left -= most;
	}
	return true;
}

bool btrfs_in_one_piece(const struct btrfs *fs, struct btrfs_tree tree, uint64_t inode,
			uint64_t size, uint64_t *steps, uint64_t *first)
{
	struct piece p = { .fs = fs, .steps = steps };
	struct btrfs_cursor c;
	struct btrfs_item item;
	struct extent e;
	bool goes_on = true;

	btrfs_seek(&c, fs, tree, (struct btrfs_key){ inode, BTRFS_EXTENT_DATA, 0 });
	while (goes_on && p.length < size && btrfs_next_of(&c, inode, BTRFS_EXTENT_DATA, &item)) {
		goes_on = read_extent(fs, &item, &e).kind == FAULT_NONE;
		goes_on = goes_on && budget_take(steps, 1) && join(&p, &e);
	}
	*first = p.at;
	return p.length >= size && c.fault.kind == FAULT_NONE && span_sub(fs->in, p.at, size).n;
}

struct fault btrfs_target(const struct btrfs *fs, struct btrfs_tree tree, uint64_t inode,
			  uint64_t size, struct span *target)
{
	struct btrfs_item item;
	struct extent e;
	struct fault bad;

	*target = (struct span){ 0 };
	if (!btrfs_find(fs, tree, (struct btrfs_key){ inode, BTRFS_EXTENT_DATA, 0 }, &item, &bad))
		return bad.kind ? bad : fault_at(FAULT_BROKEN, 0, "link target", 0, size);
	bad = read_extent(fs, &item, &e);
	if (bad.kind)
		return bad;
	*target = span_head(e.inside, size);
	if (e.method || e.inside.n != size)
		return fault_at(FAULT_BROKEN, 0, "link target", size, e.inside.n);
	return fine;
}
