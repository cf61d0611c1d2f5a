/* ubi_peb.c - erase blocks: their headers, their size, and how many of them are one image. */
#include "base/hash.h"
#include "format/ubi.h"

#define SMALLEST_PEB 512
#define LARGEST_PEB  (16u << 20)
#define SAMPLED      16 /* PEBs looked at to find their size */
#define MOST_MISSED  4  /* of them, before the first one that is there */
#define MOST_FOREIGN 16 /* bad blocks in a row */
#define MOST_GAP     64

struct ec {
	uint32_t vid_at, data_at, image;
};

static bool is_erased(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0xff)
			return false;
	return true;
}

static enum ubi_header header_kind(struct span h, const char *magic)
{
	if (h.n < UBI_HEADER)
		return UBI_CUT;
	if (!span_starts(h, span_text(magic)) || span_byte(h, 4) != 1)
		return is_erased(h) ? UBI_ERASED : UBI_FOREIGN;
	return crc32_open(span_head(h, 60)) == span_u32(h, 60, true) ? UBI_GOOD : UBI_DAMAGED;
}

static enum ubi_header read_ec(struct span in, uint64_t at, struct ec *e)
{
	struct span h = span_sub(in, at, UBI_HEADER);

	e->vid_at = span_u32(h, 16, true);
	e->data_at = span_u32(h, 20, true);
	e->image = span_u32(h, 24, true);
	return header_kind(h, "UBI#");
}

enum ubi_header ubi_ec(const struct ubi *u, uint64_t peb, uint32_t *image)
{
	struct ec e;
	enum ubi_header kind = read_ec(u->in, peb * u->peb_size, &e);

	*image = kind == UBI_GOOD ? e.image : 0;
	if (kind == UBI_GOOD && (e.vid_at != u->vid_at || e.data_at != u->data_at))
		return UBI_FOREIGN;
	return kind;
}

enum ubi_header ubi_vid(const struct ubi *u, uint64_t peb, struct ubi_leb *leb)
{
	struct cursor c = { .in = span_sub(u->in, peb * u->peb_size + u->vid_at, UBI_HEADER),
			    .at = 5 };
	enum ubi_header kind = header_kind(c.in, "UBI!");

	*leb = (struct ubi_leb){ .peb = (uint32_t)peb };
	leb->type = cursor_u8(&c);
	leb->copied = cursor_u8(&c) != 0;
	leb->compat = cursor_u8(&c);
	leb->volume = cursor_be32(&c);
	leb->lnum = cursor_be32(&c);
	cursor_skip(&c, 4);
	leb->data_size = cursor_be32(&c);
	leb->used = cursor_be32(&c);
	leb->data_pad = cursor_be32(&c);
	leb->data_crc = cursor_be32(&c);
	cursor_skip(&c, 4);
	leb->sqnum = cursor_be64(&c);
	return kind;
}

struct span ubi_data(const struct ubi *u, const struct ubi_leb *leb, uint64_t most)
{
	struct span peb =
		span_head(span_from(u->in, (uint64_t)leb->peb * u->peb_size), u->peb_size);

	return span_head(span_from(peb, u->data_at), most);
}

bool ubi_data_holds(const struct ubi *u, const struct ubi_leb *leb)
{
	struct span data = ubi_data(u, leb, leb->data_size);

	if (!leb->copied && leb->type != UBI_STATIC)
		return true;
	return data.n == leb->data_size && crc32_open(data) == leb->data_crc;
}

/* Whether a header with the same offsets stands there. What is cheap is asked first: a probe is
 * asked wherever the magic stands. */
static bool is_alike(struct span in, uint64_t at, const struct ec *first)
{
	struct span h = span_sub(in, at, UBI_HEADER);
	uint32_t image = span_u32(h, 24, true);

	return span_u32(h, 16, true) == first->vid_at && span_u32(h, 20, true) == first->data_at &&
	       (image == first->image || image == 0 || first->image == 0) &&
	       header_kind(h, "UBI#") == UBI_GOOD;
}

/* At how many of the first multiples of `size` a header like the first one stands, and at which the
 * last. */
static uint32_t hits(struct span in, const struct ec *first, uint32_t size, uint64_t *last)
{
	uint32_t n = 0;

	*last = 1;
	for (uint64_t i = 1; i <= SAMPLED && (n || i <= MOST_MISSED); i++)
		if (is_alike(in, i * size, first)) {
			*last = i;
			n++;
		}
	return n;
}

/* The smallest size of which most multiples hold a header: half of it has them at every second
 * place only. Bad blocks leave some out. */
static uint32_t find_size(struct span in, const struct ec *first)
{
	uint64_t best = 0, best_of = 1;
	uint32_t found = 0;

	for (uint32_t size = SMALLEST_PEB; size <= LARGEST_PEB;
	     size = size & (size - 1) ? size / 3 * 4 : size / 2 * 3) {
		uint64_t of, n = size > first->data_at ? hits(in, first, size, &of) : 0;

		if (n == 0 || n * best_of <= best * of)
			continue;
		best = n;
		best_of = of;
		found = size;
		if (4 * n >= 3 * of)
			break;
	}
	return found;
}

enum owner { OWN, OTHER_IMAGE, FREE, FOREIGN };

static enum owner owner_of(struct ubi *u, uint64_t peb)
{
	struct ubi_leb leb;
	uint32_t image;
	enum ubi_header kind = ubi_ec(u, peb, &image);

	if (kind != UBI_GOOD && ubi_vid(u, peb, &leb) == UBI_GOOD)
		return OWN;
	if (kind != UBI_GOOD)
		return kind == UBI_ERASED ? FREE : kind == UBI_DAMAGED ? OWN : FOREIGN;
	if (u->image == 0)
		u->image = image;
	return image == 0 || image == u->image ? OWN : OTHER_IMAGE;
}

/* Up to the last PEB of the same image. Bad and erased blocks and leftovers of an older image may
 * stand between, but no more of them than there are PEBs already: what a probe reads stays in
 * proportion to what it claims. */
static uint64_t count_pebs(struct ubi *u)
{
	uint64_t all = u->in.n / u->peb_size + (u->in.n % u->peb_size != 0), count = 1, foreign = 0;

	for (uint64_t i = 1; i < all && i - count < MOST_GAP + count; i++) {
		enum owner owner = owner_of(u, i);

		foreign = owner == FOREIGN ? foreign + 1 : 0;
		if (foreign > MOST_FOREIGN)
			break;
		if (owner == OWN)
			count = i + 1;
	}
	return count;
}

struct fault ubi_geometry(struct span in, struct ubi *u)
{
	struct ec first;
	struct ubi_leb leb;
	enum ubi_header kind = read_ec(in, 0, &first);

	*u = (struct ubi){ .in = in, .vid_at = first.vid_at, .data_at = first.data_at };
	if (kind == UBI_CUT)
		return fault_at(FAULT_SHORT, 0, "erase counter header", in.n, UBI_HEADER);
	if (kind < UBI_DAMAGED)
		return fault_at(FAULT_UNKNOWN, 4, "UBI version", span_u32(in, 4, true) >> 24, 1);
	if (first.vid_at < UBI_HEADER || first.data_at > LARGEST_PEB ||
	    first.data_at < first.vid_at || first.data_at - first.vid_at < UBI_HEADER)
		return fault_at(FAULT_BROKEN, 20, "data offset", first.data_at, LARGEST_PEB);
	if (kind == UBI_DAMAGED && ubi_vid(u, 0, &leb) != UBI_GOOD)
		return fault_at(FAULT_BROKEN, 60, "header checksum", span_u32(in, 60, true), 0);
	u->peb_size = find_size(in, &first);
	if (u->peb_size == 0)
		return fault_at(FAULT_BROKEN, 0, "second erase block", 0, 0);
	u->image = kind == UBI_GOOD ? first.image : 0;
	u->pebs = count_pebs(u);
	if (u->pebs > UINT32_MAX)
		return fault_at(FAULT_LIMIT, 0, "erase blocks", u->pebs, UINT32_MAX);
	return fine;
}
