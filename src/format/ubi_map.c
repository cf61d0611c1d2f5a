/* ubi_map.c - which erase block holds which block of which volume. After a power cut two may claim
 * the same one: the higher sequence number counts, unless it is a copy that was not finished. */
#include <stdlib.h>

#include "format/ubi.h"

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By image, volume, number; of one LEB the newest first, then as they stand in the image. */
static int by_place(const void *left, const void *right)
{
	const struct ubi_leb *a = left, *b = right;
	int order = by_number(a->image, b->image);

	order = order ? order : by_number(a->volume, b->volume);
	order = order ? order : by_number(a->lnum, b->lnum);
	order = order ? order : by_number(b->sqnum, a->sqnum);
	return order ? order : by_number(a->peb, b->peb);
}

static bool is_same_leb(const struct ubi_leb *a, const struct ubi_leb *b)
{
	return a->image == b->image && a->volume == b->volume && a->lnum == b->lnum;
}

/* A copy counts only when it is whole; of equals, as old writers left them, one that is whole. */
static bool is_doubtful(const struct ubi *u, const struct ubi_leb *leb, const struct ubi_leb *next)
{
	return (leb->copied || leb->sqnum == next->sqnum) && !ubi_data_holds(u, leb);
}

/* Keeps one of each; the newest where none is whole. */
static void keep_valid(const struct ubi *u, struct ubi_map *m)
{
	uint32_t kept = 0;

	for (uint32_t i = 0, end; i < m->count; i = end) {
		uint32_t best = i;

		for (end = i + 1; end < m->count && is_same_leb(&m->lebs[i], &m->lebs[end]);)
			end++;
		while (best + 1 < end && is_doubtful(u, &m->lebs[best], &m->lebs[best + 1]))
			best++;
		if (best + 1 == end && !ubi_data_holds(u, &m->lebs[best]))
			best = i;
		m->lebs[kept++] = m->lebs[best];
	}
	m->count = kept;
}

static void note_damage(struct ubi_map *m, uint64_t at)
{
	if (m->damaged++ == 0)
		m->damaged_at = at;
}

/* A number of 0 fits any image: PEBs of before the field was introduced, or damaged headers. */
static void read_peb(const struct ubi *u, uint64_t peb, struct ubi_map *m)
{
	struct ubi_leb *leb = &m->lebs[m->count];
	uint32_t image;
	enum ubi_header ec = ubi_ec(u, peb, &image), vid = ubi_vid(u, peb, leb);

	if (ec == UBI_FOREIGN && vid != UBI_GOOD) {
		note_damage(m, peb * u->peb_size);
		return;
	}
	if (ec == UBI_DAMAGED || (vid != UBI_GOOD && vid != UBI_ERASED))
		note_damage(m, peb * u->peb_size);
	leb->image = image ? image : u->image;
	m->count += vid == UBI_GOOD;
}

bool ubi_map_read(const struct ubi *u, struct arena *a, struct ubi_map *m)
{
	*m = (struct ubi_map){ .lebs = arena_take(a, u->pebs, sizeof(*m->lebs)) };
	if (!m->lebs)
		return false;
	for (uint64_t i = 0; i < u->pebs; i++)
		read_peb(u, i, m);
	if (m->count)
		qsort(m->lebs, m->count, sizeof(*m->lebs), by_place);
	keep_valid(u, m);
	return true;
}
