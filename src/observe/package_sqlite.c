/* package_sqlite.c - the rows of one table of an SQLite database (sqlite.org/fileformat2.html).
 * Read in place: rpm leaves its database in WAL mode, which a library wants to open files for. */
#include "observe/package_store.h"

#define HEAD       100 /* of the database, on the first page */
#define MOST_DEPTH 16
#define MOST_VALUE (8u << 20)

enum { INTERIOR_TABLE = 5, LEAF_TABLE = 13 };

struct record {
	struct span payload;
	uint64_t offset, length; /* of what stands on the leaf page */
};

struct sqlite {
	struct span in;
	uint32_t page, usable;
	uint64_t steps; /* pages that may still be read: each belongs to one tree */
	void (*each)(void *ctx, const struct record *r);
	void *ctx;
};

static struct span page_of(struct sqlite *db, uint32_t number)
{
	if (number == 0 || db->steps == 0)
		return (struct span){ 0 };
	db->steps--;
	return span_sub(db->in, (uint64_t)(number - 1) * db->page, db->page);
}

/* Seven bits a byte, high ones first; the ninth byte gives eight. */
static uint64_t varint(struct cursor *c)
{
	uint64_t value = 0;

	for (int i = 0; i < 9; i++) {
		uint8_t b = cursor_u8(c);

		if (i == 8)
			return value << 8 | b;
		value = value << 7 | (b & 0x7f);
		if (!(b & 0x80))
			break;
	}
	return value;
}

/* How much of a payload stands on the leaf page itself. */
static uint64_t local_size(const struct sqlite *db, uint64_t payload)
{
	uint64_t most = db->usable - 35, least = (db->usable - 12) * 32 / 255 - 23;
	uint64_t k = least + (payload - least) % (db->usable - 4);

	if (payload <= most)
		return payload;
	return k <= most ? k : least;
}

static void visit_cell(struct sqlite *db, struct span page, uint64_t page_at, uint16_t cell)
{
	struct cursor c = { .in = page, .at = cell < page.n ? cell : page.n };
	uint64_t size = varint(&c);
	struct text whole = { 0 };
	struct record r = { .payload = { 0 } };
	uint32_t next = 0;

	varint(&c); /* row id */
	r.offset = page_at + c.at;
	r.length = local_size(db, size);
	r.payload = cursor_span(&c, r.length);
	if (c.ran_out || size > MOST_VALUE)
		return;
	if (r.length < size) {
		text_put(&whole, r.payload);
		next = cursor_be32(&c);
	}
	while (next && whole.n < size) {
		struct span overflow = page_of(db, next);

		if (overflow.n == 0)
			break;
		text_put(&whole, span_head(span_sub(overflow, 4, db->usable - 4), size - whole.n));
		next = span_u32(overflow, 0, true);
	}
	if (whole.n)
		r.payload = text_span(&whole);
	if (r.payload.n == size)
		db->each(db->ctx, &r);
	text_free(&whole);
}

static void walk(struct sqlite *db, uint32_t number, unsigned depth)
{
	struct span page = page_of(db, number);
	uint64_t page_at = (uint64_t)(number - 1) * db->page;
	struct cursor c = { .in = page, .at = number == 1 ? HEAD : 0 };
	uint8_t type;
	uint16_t cells;

	if (page.n == 0 || depth == MOST_DEPTH)
		return;
	type = cursor_u8(&c);
	cursor_skip(&c, 2);
	cells = cursor_be16(&c);
	cursor_skip(&c, 3);
	if (type == INTERIOR_TABLE)
		walk(db, cursor_be32(&c), depth + 1);
	for (uint16_t i = 0; i < cells && !c.ran_out; i++) {
		uint16_t cell = cursor_be16(&c);

		if (type == LEAF_TABLE)
			visit_cell(db, page, page_at, cell);
		else if (type == INTERIOR_TABLE)
			walk(db, span_u32(page, cell, true), depth + 1);
	}
}

/* The value of a column: its bytes for texts and blobs, its number for small integers. */
static struct span column(const struct record *r, unsigned wanted, uint64_t *number)
{
	static const uint8_t sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };
	struct cursor head = { .in = r->payload };
	uint64_t head_size = varint(&head), at = head_size;

	for (unsigned i = 0; head.at < head_size && !head.ran_out; i++) {
		uint64_t type = varint(&head);
		uint64_t size = type < 12 ? sizes[type] : (type - 12) / 2;
		struct span value = span_sub(r->payload, at, size);

		if (size > r->payload.n)
			break;
		at += size;
		if (i != wanted)
			continue;
		*number = type == 9;
		for (size_t k = 0; k < value.n && type < 7; k++)
			*number = *number << 8 | (uint8_t)span_byte(value, k);
		return value;
	}
	return (struct span){ 0 };
}

struct search {
	const char *table;
	uint32_t root;
	store_visitor *each;
	void *ctx;
};

static void on_schema(void *ctx, const struct record *r)
{
	struct search *s = ctx;
	uint64_t number = 0;

	if (!span_is(column(r, 0, &number), "table") || !span_is(column(r, 1, &number), s->table))
		return;
	if (column(r, 3, &number).n && number <= UINT32_MAX)
		s->root = (uint32_t)number;
}

static void on_package(void *ctx, const struct record *r)
{
	const struct search *s = ctx;
	uint64_t number;

	s->each(s->ctx, column(r, 1, &number), r->offset, r->length);
}

void store_sqlite(struct span in, store_visitor *each, void *ctx)
{
	struct search s = { .table = "Packages", .each = each, .ctx = ctx };
	struct sqlite db = { .in = in, .each = on_schema, .ctx = &s };
	struct cursor c = { .in = in, .at = 16 };

	if (in.n < HEAD || !span_starts(in, span_text("SQLite format 3")))
		return;
	db.page = cursor_be16(&c);
	db.page = db.page == 1 ? 65536 : db.page;
	db.usable = db.page - (uint32_t)span_byte(in, 20);
	if (db.page < 512 || db.usable < 480 || db.usable > db.page)
		return;
	db.steps = in.n / db.page;
	walk(&db, 1, 0);
	db.each = on_package;
	if (s.root)
		walk(&db, s.root, 0);
}
