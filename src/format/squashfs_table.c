/* squashfs_table.c - metadata blocks: 16 bits of length (bit 15: stored), then at most 8192 bytes
 * plain. Inodes and directories are chains of them, read in full at once; ids, fragments and xattr
 * ids are arrays whose blocks an index points at. */
#include "format/squashfs.h"

#define STORED     0x8000u
#define LENGTH     0x7FFFu
#define MOST_TABLE (256u << 20) /* plain bytes of one chain */

struct fault squash_place(const struct squash *q, uint64_t at, struct squash_place *p)
{
	struct cursor c = { .in = q->image };
	uint32_t word, size;

	cursor_seek(&c, at);
	word = cursor_u16(&c, q->super.big_lengths);
	if (q->super.major < 4 && q->super.flags & SQUASH_CHECKED)
		cursor_skip(&c, 1);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "metadata block", q->image.n, at + 2);
	size = word & LENGTH;
	p->is_stored = word & STORED;
	if (size == 0 || size > SQUASH_METADATA)
		return fault_at(FAULT_BROKEN, at, "metadata length", size, SQUASH_METADATA);
	p->body = cursor_span(&c, size);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "metadata block", cursor_left(&c), size);
	p->next = c.at;
	return fine;
}

static struct fault unpack(const struct squash *q, const struct squash_place *p, uint64_t plain,
			   struct sink *out)
{
	if (!p->is_stored)
		return squash_unpack(&q->packing, p->body, plain, SQUASH_METADATA, out);
	if (plain != PLAIN_UNKNOWN && p->body.n != plain)
		return fault_at(FAULT_BROKEN, 0, "plain size of block", p->body.n, plain);
	sink_put(out, p->body);
	return fine;
}

/* Memory of the arena as a sink: with its limit at its capacity it never grows. */
static struct sink sink_over(uint8_t *memory, size_t n)
{
	return (struct sink){ .p = memory, .cap = n, .limit = n };
}

bool squash_next_packed(const struct squash *q, struct squash_packed_blocks *b)
{
	struct squash_place p;

	while (b->next < b->end && squash_place(q, b->next, &p).kind == FAULT_NONE) {
		b->at = b->next;
		b->next = p.next;
		b->is_last = p.next >= b->end;
		b->body = p.body;
		if (!p.is_stored)
			return true;
	}
	return false;
}

/* Follows the lengths; says where the chain ends and how many blocks it has. */
static uint32_t count_blocks(const struct squash *q, struct listing *l, uint64_t from, uint64_t to)
{
	const uint32_t most = MOST_TABLE / SQUASH_METADATA;
	uint32_t n = 0;
	uint64_t at = from;

	while (at < to) {
		struct squash_place p;
		struct fault bad = squash_place(q, at, &p);

		if (bad.kind == FAULT_NONE && n == most)
			bad = fault_at(FAULT_LIMIT, at, "metadata blocks", n, most);
		if (bad.kind) {
			listing_fault(l, bad);
			break;
		}
		at = p.next;
		n++;
	}
	return n;
}

/* What a broken block held is lost; zeros keep its place where its neighbours are known to be
 * full. */
static void replace(struct squash_table *t, struct squash_block *b, struct sink *out, size_t before)
{
	b->is_broken = true;
	t->has_broken = true;
	sink_zero(out, SQUASH_METADATA - (out->n - before));
}

bool squash_read_table(struct squash *q, struct listing *l, uint64_t from, uint64_t to,
		       struct squash_table *t)
{
	uint32_t n = count_blocks(q, l, from, to);
	uint8_t *memory = n ? arena_take(q->arena, n, SQUASH_METADATA) : NULL;
	struct sink out = sink_over(memory, (size_t)n * SQUASH_METADATA);
	uint64_t at = from;

	t->blocks = memory ? arena_take(q->arena, n, sizeof(*t->blocks)) : NULL;
	if (!t->blocks)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct squash_block *b = &t->blocks[t->count++];
		size_t before = out.n;
		struct fault bad;
		struct squash_place p;

		squash_place(q, at, &p);
		*b = (struct squash_block){ .at = at - from, .plain = (uint32_t)before };
		bad = unpack(q, &p,
			     i + 1 < n && q->packing.method && q->packing.method->bare
				     ? SQUASH_METADATA
				     : PLAIN_UNKNOWN,
			     &out);
		if (bad.kind) {
			bad.at = at;
			listing_fault(l, bad);
			replace(t, b, &out, before);
		}
		at = p.next;
	}
	t->plain = sink_span(&out);
	return true;
}

bool squash_find(const struct squash_table *t, uint64_t block, uint32_t offset, uint64_t *at)
{
	uint32_t low = 0, high = t->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (t->blocks[middle].at < block)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->count || t->blocks[low].at != block || offset >= SQUASH_METADATA)
		return false;
	*at = (uint64_t)t->blocks[low].plain + offset;
	return *at < t->plain.n;
}

bool squash_is_whole(const struct squash_table *t, uint64_t from, uint64_t to)
{
	uint32_t low = 0, high = t->count;

	if (!t->has_broken)
		return true;
	while (low < high) { /* the last block that begins at or before `from` */
		uint32_t middle = low + (high - low + 1) / 2;

		if (middle < t->count && t->blocks[middle].plain <= from)
			low = middle;
		else
			high = middle - 1;
	}
	for (; low < t->count && t->blocks[low].plain < to; low++)
		if (t->blocks[low].is_broken)
			return false;
	return true;
}

/* One block of an array, at the place its index names. Zeros stand for what cannot be had. */
static struct fault read_part(const struct squash *q, uint64_t at, uint64_t plain, struct sink *out)
{
	struct squash_place p;
	size_t before = out->n;
	struct fault bad = squash_place(q, at, &p);

	if (bad.kind == FAULT_NONE)
		bad = unpack(q, &p, plain, out);
	if (bad.kind) {
		bad.at = at;
		sink_zero(out, plain - (out->n - before));
	}
	return bad;
}

struct span squash_read_array(struct squash *q, struct listing *l, const struct squash_array *a)
{
	uint64_t left = a->count * a->record;
	uint64_t parts = left / SQUASH_METADATA + (left % SQUASH_METADATA != 0);
	struct cursor c = { .in = span_sub(q->image, a->index, parts * a->width) };
	uint8_t *memory;
	struct sink out;

	if (a->count == 0)
		return (struct span){ 0 };
	if (c.in.n == 0) {
		listing_fault(l, fault_at(FAULT_SHORT, a->index, a->what, q->image.n,
					  a->index + parts * a->width));
		return (struct span){ 0 };
	}
	memory = arena_take(q->arena, left, 1);
	if (!memory) {
		listing_fault(l, fault_at(FAULT_MEMORY, a->index, a->what, left, 0));
		return (struct span){ 0 };
	}
	out = sink_over(memory, (size_t)left);
	while (left) {
		uint64_t plain = left < SQUASH_METADATA ? left : SQUASH_METADATA;
		uint64_t at =
			a->width == 8 ? cursor_u64(&c, q->super.big) : cursor_u32(&c, q->super.big);

		listing_fault(l, read_part(q, at, plain, &out));
		left -= plain;
	}
	return sink_span(&out);
}
