/* package_store.c - rpm's ndb and Berkeley DB stores: see package_store.h. */
#include "observe/package_store.h"

#define MOST_VALUE (8u << 20)

/* -- ndb: slots of 16 bytes name blobs, all little-endian -- */

#define NDB_PAGE  4096
#define NDB_BLOCK 16

void store_ndb(struct span in, store_visitor *each, void *ctx)
{
	uint32_t pages = span_u32(in, 12, false);
	uint64_t slots = (uint64_t)pages * NDB_PAGE;
	uint64_t left = in.n; /* blobs do not overlap */

	if (!span_starts(in, span_text("RpmP")) || slots > in.n)
		return;
	for (uint64_t at = 32; at < slots; at += 16) {
		struct cursor c = { .in = span_sub(in, at, 16) };
		bool is_slot = span_starts(c.in, span_text("Slot"));
		uint32_t index, block, length;

		cursor_skip(&c, 4);
		index = cursor_le32(&c);
		block = cursor_le32(&c);
		if (!is_slot || index == 0 || block == 0)
			continue;
		c = (struct cursor){ .in = span_sub(in, (uint64_t)block * NDB_BLOCK, 16) };
		cursor_skip(&c, 12);
		length = cursor_le32(&c);
		if (!span_starts(c.in, span_text("BlbS")) || length > left)
			continue;
		left -= length;
		each(ctx, span_sub(in, (uint64_t)block * NDB_BLOCK + 16, length),
		     (uint64_t)block * NDB_BLOCK + 16, length);
	}
}

/* -- Berkeley DB -- */

#define BDB_MAGIC    0x061561u
#define BDB_HEAD     26 /* of a page */
#define BDB_OVERFLOW 7
#define BDB_OFFPAGE  3 /* an item that stands on overflow pages */

struct bdb {
	struct span in;
	bool big;
	uint32_t page;
	uint64_t steps; /* overflow pages that may still be read: each belongs to one value */
	store_visitor *each;
	void *ctx;
};

static bool bdb_open(struct bdb *b)
{
	b->big = span_u32(b->in, 12, true) == BDB_MAGIC;
	b->page = span_u32(b->in, 20, b->big);
	if (span_u32(b->in, 12, b->big) != BDB_MAGIC || b->page < 512 || b->page > 65536)
		return false;
	b->steps = b->in.n / b->page;
	return true;
}

static bool is_hash_page(struct span page)
{
	int type = span_byte(page, 25);

	return type == 2 || type == 13; /* unsorted, sorted */
}

static void visit_overflow(struct bdb *b, uint32_t number, uint32_t length)
{
	struct text value = { 0 };
	uint64_t offset = (uint64_t)number * b->page + BDB_HEAD;
	uint64_t first = 0;

	while (number && value.n < length && b->steps) {
		struct span page = span_sub(b->in, (uint64_t)number * b->page, b->page);
		uint16_t here = span_u16(page, 22, b->big);

		b->steps--;
		if (span_byte(page, 25) != BDB_OVERFLOW || here == 0)
			break;
		text_put(&value, span_sub(page, BDB_HEAD, here));
		first = first ? first : value.n;
		number = span_u32(page, 16, b->big);
	}
	b->each(b->ctx, span_head(text_span(&value), length), offset, first);
	text_free(&value);
}

static void visit_page(struct bdb *b, struct span page)
{
	struct cursor index = { .in = page, .at = 20 };
	uint16_t items = cursor_u16(&index, b->big);

	cursor_seek(&index, BDB_HEAD);
	for (uint16_t i = 0; i < items && !index.ran_out; i++) {
		uint16_t at = cursor_u16(&index, b->big);
		uint32_t length = span_u32(page, (uint64_t)at + 8, b->big);

		/* Keys and values take turns; a header never fits beside its key. */
		if (i % 2 && span_byte(page, at) == BDB_OFFPAGE && length <= MOST_VALUE)
			visit_overflow(b, span_u32(page, (uint64_t)at + 4, b->big), length);
	}
}

void store_bdb(struct span in, store_visitor *each, void *ctx)
{
	struct bdb b = { .in = in, .each = each, .ctx = ctx };

	if (in.n < 512 || !bdb_open(&b))
		return;
	for (uint64_t at = b.page; at < in.n; at += b.page) {
		struct span page = span_sub(in, at, b.page);

		if (is_hash_page(page))
			visit_page(&b, page);
	}
}
