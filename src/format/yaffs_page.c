/* yaffs_page.c - pages one by one: their tags, their headers, and how large page and spare are. */
#include "format/yaffs.h"

#define FIRST_SEQUENCE 0x1000u
#define LAST_SEQUENCE  0xeffffeffu
#define LAST_OBJECT    0x3ffffu
#define LAST_CHUNK     0xfffffffu
#define EXTRA          0x80000000u /* a header's tags that repeat fields of it */
#define TAGS           16
#define FIRST_PAGE     512
#define FIRST_SPARE    16
#define LAST_PLACE     40 /* of the tags in the spare bytes */
#define HEADER         512
#define LONGEST_NAME   255
#define LONGEST_ALIAS  159
#define LOOKED_AT      8   /* pages that must agree */
#define LEAST_AGREE    2   /* of them, written ones */
#define MOST_FOREIGN   256 /* pages: bad blocks */

static const struct {
	uint32_t page, spare;
} sizes[] = { { 2048, 64 },  { 2048, 112 }, { 2048, 128 }, { 4096, 128 },
	      { 4096, 218 }, { 4096, 224 }, { 4096, 256 }, { 8192, 448 },
	      { 8192, 640 }, { 8192, 744 }, { 1024, 32 },  { 512, 16 } };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Of YAFFS1: eight bytes around the marks of page and block and the check bytes of the data. */
static void gather(struct span spare, uint8_t tags[8])
{
	static const uint8_t places[8] = { 0, 1, 2, 3, 6, 7, 11, 12 };

	for (size_t i = 0; i < 8; i++)
		tags[i] = spare.p[places[i]];
}

/* The numbers of all bits that are set, but for those of the sum itself. */
static uint32_t sum_of(const uint8_t tags[8], bool big)
{
	static const uint8_t mask[2][8] = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03, 0xc0 },
					    { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc0, 0x03 } };
	uint32_t sum = 0;

	for (uint32_t bit = 0; bit < 64; bit++)
		if (tags[bit / 8] & mask[big][bit / 8] & 1u << bit % 8)
			sum ^= bit + 1;
	return sum;
}

static int ones(unsigned byte)
{
	int n = 0;

	for (; byte; byte &= byte - 1)
		n++;
	return n;
}

/* Bit fields, which compilers fill from the low end on little-endian machines and from the high end
 * on others. */
static bool first_tags(struct span spare, bool big, struct yaffs_tags *t)
{
	uint8_t bytes[8];
	uint32_t low, high;

	gather(spare, bytes);
	low = span_u32((struct span){ bytes, 8 }, 0, big);
	high = span_u32((struct span){ bytes, 8 }, 4, big);
	if (low == UINT32_MAX ||
	    (big ? high >> 2 & 0xfff : high >> 18 & 0xfff) != sum_of(bytes, big))
		return false;
	*t = (struct yaffs_tags){
		.serial = big ? low >> 10 & 3 : low >> 20 & 3,
		.object = big ? high >> 14 : high & 0x3ffff,
		.chunk = big ? low >> 12 : low & 0xfffff,
		.bytes = big ? low & 0x3ff : low >> 22,
		.deleted = ones(spare.p[4]) < 7,
	};
	return t->object >= 1 && (t->chunk == 0 || (t->bytes > 0 && t->bytes <= FIRST_PAGE));
}

bool yaffs_tags_at(const struct yaffs_layout *y, struct span in, uint64_t page,
		   struct yaffs_tags *t)
{
	struct span spare = span_sub(in, page * yaffs_page_size(y) + y->page, y->spare);
	struct cursor c = { .in = spare, .at = y->tags };

	if (y->first)
		return spare.n && first_tags(spare, y->big_tags, t);
	*t = (struct yaffs_tags){ 0 };
	t->sequence = cursor_u32(&c, y->big_tags);
	t->object = cursor_u32(&c, y->big_tags);
	t->chunk = cursor_u32(&c, y->big_tags);
	t->bytes = cursor_u32(&c, y->big_tags);
	if (c.ran_out || t->sequence < FIRST_SEQUENCE || t->sequence > LAST_SEQUENCE)
		return false;
	if (t->chunk & EXTRA) {
		t->parent = t->chunk & 0x0fffffff;
		t->type = t->object >> 28;
		t->chunk = 0;
		t->object &= 0x0fffffff;
		if (t->type < YAFFS_FILE || t->type > YAFFS_SPECIAL)
			return false;
	} else if (t->chunk == 0 && t->bytes != 0 && t->bytes != 0xffff) {
		return false; /* a header has no length */
	}
	if (t->object < 1 || t->object > LAST_OBJECT || t->chunk > LAST_CHUNK)
		return false;
	return t->chunk == 0 || (t->bytes > 0 && t->bytes <= y->page);
}

static struct span text_field(struct cursor *c, uint64_t room)
{
	struct span s = cursor_span(c, room);

	if (s.n)
		s.n = strnlen((const char *)s.p, s.n);
	return s;
}

bool yaffs_header_read(struct span page, bool big, struct yaffs_header *h)
{
	struct cursor c = { .in = page };
	uint32_t low, high;

	h->type = cursor_u32(&c, big);
	h->parent = cursor_u32(&c, big);
	cursor_skip(&c, 2);
	h->name = text_field(&c, LONGEST_NAME + 1);
	cursor_skip(&c, 2);
	h->mode = cursor_u32(&c, big);
	h->uid = cursor_u32(&c, big);
	h->gid = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	h->mtime = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	low = cursor_u32(&c, big);
	h->equivalent = cursor_u32(&c, big);
	h->alias = text_field(&c, LONGEST_ALIAS + 1);
	h->device = cursor_u32(&c, big);
	cursor_skip(&c, 32);
	high = cursor_u32(&c, big);
	h->size = low | (uint64_t)(high == UINT32_MAX ? 0 : high) << 32;
	h->more = span_from(page, HEADER);
	return !c.ran_out && h->type >= YAFFS_FILE && h->type <= YAFFS_SPECIAL && h->parent >= 1 &&
	       h->parent <= LAST_OBJECT && h->name.n <= LONGEST_NAME;
}

static unsigned parity(unsigned byte)
{
	byte ^= byte >> 4;
	byte ^= byte >> 2;
	return (byte ^ byte >> 1) & 1;
}

/* Parity of the columns of all bytes, and of the numbers of those with odd parity. */
static bool check_agrees(struct span spare, uint64_t at, bool big)
{
	uint32_t column = 0, line = 0, inverse = 0;
	struct cursor c = { .in = spare, .at = (size_t)at };
	uint8_t have;

	for (uint32_t i = 0; i < TAGS; i++) {
		uint8_t byte = cursor_u8(&c);

		column ^= byte;
		if (parity(byte)) {
			line ^= i;
			inverse ^= ~i;
		}
	}
	column = parity(column & 0xf0) << 5 | parity(column & 0x0f) << 4 |
		 parity(column & 0xcc) << 3 | parity(column & 0x33) << 2 |
		 parity(column & 0xaa) << 1 | parity(column & 0x55);
	have = cursor_u8(&c);
	cursor_skip(&c, 3);
	return have == column && cursor_u32(&c, big) == line && cursor_u32(&c, big) == inverse &&
	       !c.ran_out;
}

static bool is_erased(struct span s)
{
	return s.n && s.p[0] == 0xff && memcmp(s.p, s.p + 1, s.n - 1) == 0;
}

/* A header, which says what its tags say. */
static bool is_header(struct span page, bool big, const struct yaffs_tags *t)
{
	struct yaffs_header h;

	return yaffs_header_read(page, big, &h) &&
	       (t->type == 0 || (t->type == h.type && t->parent == h.parent));
}

/* Whether the first pages say what they can be; the first is a header. */
static bool agrees(struct yaffs_layout *y, struct span in)
{
	uint64_t size = yaffs_page_size(y);
	uint32_t agree = 0, checked = 0;

	for (uint64_t i = 0; i < LOOKED_AT && (i + 1) * size <= in.n; i++) {
		struct span page = yaffs_page(y, in, i);
		struct yaffs_tags t;

		if (is_erased(span_sub(in, i * size, size)))
			continue;
		if (!yaffs_tags_at(y, in, i, &t))
			return false;
		if (i == 0)
			y->big = span_byte(page, 0) == 0;
		if (i == 0 && t.chunk)
			return false;
		if (t.chunk == 0 && !is_header(page, y->big, &t))
			return false;
		agree++;
		checked += y->first || check_agrees(span_sub(in, i * size + y->page, y->spare),
						    y->tags, y->big_tags);
	}
	y->checked = agree == checked;
	return agree >= LEAST_AGREE;
}

/* With pages and spare of this size, wherever in the spare bytes the tags stand. */
static bool agrees_somewhere(struct yaffs_layout *y, struct span in)
{
	uint32_t last = y->spare - TAGS < LAST_PLACE ? y->spare - TAGS : LAST_PLACE;

	for (y->tags = 0; y->tags <= last; y->tags += 2)
		for (int big = 0; big < 2; big++) {
			y->big_tags = big;
			if (agrees(y, in))
				return true;
		}
	return false;
}

bool yaffs_layout_of(struct span in, struct yaffs_layout *y)
{
	for (size_t i = 0; i < SIZES; i++) {
		*y = (struct yaffs_layout){ .page = sizes[i].page, .spare = sizes[i].spare };
		if (agrees_somewhere(y, in))
			return true;
	}
	for (int big = 0; big < 2; big++) {
		*y = (struct yaffs_layout){
			.page = FIRST_PAGE, .spare = FIRST_SPARE, .big_tags = big, .first = true
		};
		if (agrees(y, in))
			return true;
	}
	return false;
}

uint64_t yaffs_pages(const struct yaffs_layout *y, struct span in)
{
	uint64_t all = in.n / yaffs_page_size(y), end = 0, foreign = 0;
	struct yaffs_tags t;

	for (uint64_t i = 0; i < all && i < UINT32_MAX && foreign <= MOST_FOREIGN; i++) {
		if (yaffs_tags_at(y, in, i, &t)) {
			end = i + 1;
			foreign = 0;
		} else if (!is_erased(span_sub(in, i * yaffs_page_size(y), yaffs_page_size(y)))) {
			foreign++;
		}
	}
	return end;
}
