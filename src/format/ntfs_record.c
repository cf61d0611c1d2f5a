/* ntfs_record.c - records of the file table. The last two bytes of every 512 are kept elsewhere in
 * the record and replaced by a number, so that a write that was torn shows. */
#include "format/ntfs.h"

#define STRIDE       512
#define HEADER       48
#define ENDS         UINT32_MAX
#define NUMBER       0xffffffffffffull /* of a reference; its upper bits are the sequence */
#define LARGEST_LIST (256u << 10)

static void broken(struct ntfs_record *r, uint64_t at, const char *what, uint64_t got,
		   uint64_t limit)
{
	if (r->fault.kind == FAULT_NONE)
		r->fault = fault_at(FAULT_BROKEN, r->at + at, what, got, limit);
}

static void mend_sectors(const struct ntfs *fs, struct ntfs_record *r)
{
	struct span all = { r->bytes, (size_t)fs->record };
	uint32_t place = span_u16(all, 4, false), count = span_u16(all, 6, false);
	struct span kept = span_sub(all, place, count * 2ull);

	if (kept.n < 2 || (count - 1ull) * STRIDE > fs->record) {
		broken(r, 4, "sequence array of a record", count, fs->record / STRIDE + 1);
		return;
	}
	for (uint32_t i = 1; i < count; i++) {
		uint8_t *last = r->bytes + i * (size_t)STRIDE - 2;

		if (memcmp(last, kept.p, 2) != 0)
			broken(r, i * (uint64_t)STRIDE - 2, "torn record",
			       span_u16((struct span){ last, 2 }, 0, false),
			       span_u16(kept, 0, false));
		memcpy(last, kept.p + i * 2ull, 2);
	}
}

bool ntfs_record_take(const struct ntfs *fs, struct ntfs_record *r)
{
	struct span all = { r->bytes, (size_t)fs->record };
	uint64_t base = span_u64(all, 32, false);
	uint32_t used = span_u32(all, 24, false);

	r->fault = fine;
	if (!span_starts(all, span_text("FILE"))) {
		/* A record that was never used is empty. */
		for (size_t i = 0; i < all.n; i++)
			if (all.p[i])
				broken(r, 0, "signature of a record", span_u32(all, 0, false), 0);
		return false;
	}
	mend_sectors(fs, r);
	r->sequence = span_u16(all, 16, false);
	r->attributes = span_u16(all, 20, false);
	r->flags = span_u16(all, 22, false);
	r->is_base = base == 0;
	r->base = base & NUMBER;
	r->base_sequence = (uint16_t)(base >> 48);
	if (used < HEADER || used > all.n)
		broken(r, 24, "length of a record", used, all.n);
	r->in = span_head(all, used < HEADER ? all.n : used);
	return true;
}

static const struct ntfs_place *place_of(const struct ntfs *fs, uint64_t vcn)
{
	uint32_t low = 0, high = fs->place_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct ntfs_place *p = &fs->places[middle];

		if (vcn < p->vcn)
			high = middle;
		else if (vcn - p->vcn >= p->count)
			low = middle + 1;
		else
			return p;
	}
	return NULL;
}

/* As much of the table from that byte on as lies in a row, at most `most`. */
static struct span piece_of(const struct ntfs *fs, uint64_t from, uint64_t most)
{
	uint64_t vcn = from / fs->cluster, within = from % fs->cluster, room;
	const struct ntfs_place *p = place_of(fs, vcn);

	if (!p)
		return (struct span){ 0 };
	room = (p->count - (vcn - p->vcn)) * fs->cluster - within;
	return span_sub(fs->in, (p->lcn + vcn - p->vcn) * fs->cluster + within,
			room < most ? room : most);
}

bool ntfs_record_read(const struct ntfs *fs, uint64_t number, struct ntfs_record *r)
{
	r->number = number;
	r->fault = fine;
	if (number >= fs->records)
		return false;
	for (uint64_t done = 0; done < fs->record;) {
		struct span piece = piece_of(fs, number * fs->record + done, fs->record - done);

		if (piece.n == 0)
			return false;
		if (done == 0) {
			r->at = span_place(fs->in, piece);
			r->in_one_piece = piece.n == fs->record;
		}
		memcpy(r->bytes + done, piece.p, piece.n);
		done += piece.n;
	}
	return ntfs_record_take(fs, r);
}

static void read_resident(struct ntfs_record *r, uint64_t at, struct span in,
			  struct ntfs_attribute *a)
{
	uint32_t size = span_u32(in, 16, false);

	a->value = span_sub(in, span_u16(in, 20, false), size);
	a->size = a->initialised = a->value.n;
	if (a->value.n < size)
		broken(r, at, "value of an attribute", size, in.n);
}

static void read_outside(struct ntfs_record *r, uint64_t at, struct span in,
			 struct ntfs_attribute *a)
{
	a->vcn = span_u64(in, 16, false);
	a->end = span_u64(in, 24, false) + 1;
	a->pairs = span_from(in, span_u16(in, 32, false));
	a->unit = (uint8_t)span_byte(in, 34);
	a->size = span_u64(in, 48, false);
	a->initialised = span_u64(in, 56, false);
	if (in.n < 64 || a->size >> 63 || a->initialised > a->size) {
		broken(r, at, "size of an attribute", a->size, a->initialised);
		a->size = in.n < 64 ? 0 : a->size & INT64_MAX;
		a->initialised = a->size < a->initialised ? a->size : a->initialised;
	}
}

bool ntfs_attribute_next(struct ntfs_record *r, uint64_t *at, struct ntfs_attribute *a)
{
	struct span in = span_from(r->in, *at);
	uint32_t type = span_u32(in, 0, false), length = span_u32(in, 4, false);

	if (in.n < 8 || type == ENDS)
		return false;
	if (length < 24 || length > in.n) {
		broken(r, *at, "length of an attribute", length, in.n);
		return false;
	}
	in = span_head(in, length);
	*a = (struct ntfs_attribute){ .type = type,
				      .flags = span_u16(in, 12, false),
				      .resident = span_byte(in, 8) == 0,
				      .name = span_sub(in, span_u16(in, 10, false),
						       (uint64_t)span_byte(in, 9) * 2) };
	if (a->resident)
		read_resident(r, *at, in, a);
	else
		read_outside(r, *at, in, a);
	*at += length;
	return true;
}

/* Adds the clusters of one part of the table; they must go on where the last ones ended. */
static bool add_places(struct ntfs *fs, struct listing *l, const struct ntfs_attribute *a,
		       uint32_t *room)
{
	struct ntfs_part part = { .vcn = a->vcn, .end = a->end, .pairs = a->pairs };
	struct ntfs_stream s = { .first = &part };
	struct ntfs_runs runs = ntfs_runs_of(fs, &s);
	struct ntfs_run run;

	runs.vcn = a->vcn;
	while (ntfs_runs_next(&runs, &run)) {
		if (run.is_hole)
			continue;
		if (fs->place_count == *room) {
			uint32_t more = *room ? *room * 2 : 64;
			struct ntfs_place *wider = arena_take(l->arena, more, sizeof(*wider));

			if (!wider)
				return false;
			if (*room)
				memcpy(wider, fs->places, *room * sizeof(*wider));
			fs->places = wider;
			*room = more;
		}
		fs->places[fs->place_count++] = (struct ntfs_place){ run.vcn, run.lcn, run.count };
	}
	listing_fault(l, runs.fault);
	return true;
}

static bool is_table(const struct ntfs_attribute *a, uint64_t vcn)
{
	return a->type == NTFS_DATA && !a->resident && a->name.n == 0 && a->vcn == vcn;
}

static uint64_t places_end(const struct ntfs *fs)
{
	const struct ntfs_place *last = &fs->places[fs->place_count - 1];

	return fs->place_count ? last->vcn + last->count : 0;
}

/* The records in which the table's own attributes go on are named by a list, in order; each lies in
 * the part of the table that those before it tell of. */
static struct fault follow_list(struct ntfs *fs, struct listing *l, struct span list,
				struct ntfs_record *r)
{
	uint32_t room = fs->place_count;
	uint64_t at = 0;

	while (at + 26 <= list.n) {
		struct span in = span_from(list, at);
		uint32_t length = span_u16(in, 4, false);
		uint64_t vcn = span_u64(in, 8, false), where;
		uint64_t number = span_u64(in, 16, false) & NUMBER;
		struct ntfs_attribute a;

		if (length < 26 || length > in.n)
			return fault_at(FAULT_BROKEN, r->at, "attribute list of the file table",
					length, in.n);
		at += length;
		if (span_u32(in, 0, false) != NTFS_DATA || span_byte(in, 6) != 0 || vcn == 0)
			continue;
		if (!ntfs_record_read(fs, number, r) || vcn != places_end(fs))
			return fault_at(FAULT_BROKEN, r->at, "record of the file table", number,
					vcn);
		where = r->attributes;
		while (ntfs_attribute_next(r, &where, &a))
			if (is_table(&a, vcn) && !add_places(fs, l, &a, &room))
				return fault_at(FAULT_MEMORY, 0, "file table", vcn, 0);
	}
	return fine;
}

/* The list may itself be too long for the record. */
static struct span read_list(const struct ntfs *fs, struct arena *arena,
			     const struct ntfs_attribute *a)
{
	struct ntfs_part part = { .vcn = 0, .end = a->end, .pairs = a->pairs };
	struct ntfs_stream s = { .first = &part, .size = a->size, .initialised = a->initialised };
	struct span copy;
	struct sink out;

	if (a->resident)
		return arena_copy(arena, a->value);
	sink_init(&out, NULL, LARGEST_LIST);
	ntfs_stream_put(fs, &s, &out);
	copy = arena_copy(arena, sink_span(&out));
	sink_free(&out);
	return copy;
}

/* Record 0 at that cluster; false where it says nothing of the table. */
static bool map_from(struct ntfs *fs, struct listing *l, uint64_t cluster, struct ntfs_record *r,
		     struct span *list)
{
	struct span in = span_sub(fs->in, cluster * fs->cluster, fs->record);
	uint64_t at, size = 0;
	struct ntfs_attribute a;
	uint32_t room = 0;

	r->number = NTFS_MFT;
	r->at = cluster * fs->cluster;
	fs->place_count = 0;
	if (in.n == 0)
		return false;
	memcpy(r->bytes, in.p, in.n);
	if (!ntfs_record_take(fs, r) || r->fault.kind)
		return false;
	at = r->attributes;
	while (ntfs_attribute_next(r, &at, &a)) {
		if (a.type == NTFS_LIST)
			*list = read_list(fs, l->arena, &a);
		if (!is_table(&a, 0))
			continue;
		add_places(fs, l, &a, &room);
		size = (a.size < fs->in.n ? a.size : fs->in.n) / fs->record;
	}
	fs->records = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
	return fs->place_count && r->fault.kind == FAULT_NONE;
}

struct fault ntfs_map(struct ntfs *fs, struct listing *l, struct ntfs_record *r)
{
	struct span list = { 0 };

	if (!map_from(fs, l, fs->table, r, &list)) {
		listing_fault(l, fault_at(FAULT_BROKEN, fs->table * fs->cluster,
					  "first record of the file table", 0, 0));
		if (!map_from(fs, l, fs->mirror, r, &list))
			return fault_at(FAULT_BROKEN, fs->mirror * fs->cluster,
					"mirror of the file table", 0, 0);
	}
	return list.n ? follow_list(fs, l, list, r) : fine;
}
