/* ntfs_stream.c - contents. Their clusters are said by pairs of a count and a distance; what is
 * packed is so in units of clusters, of which those that were saved are a hole. */
#include <stdlib.h>

#include "format/ntfs.h"

#define MOST_STREAMS  256          /* of one file */
#define LARGEST_UNIT  (1u << 20)   /* Windows packs 64 KiB */
#define MOST_CLUSTERS (1ull << 48) /* in one content */
#define STRIDE        512
#define CHUNK         4096 /* plain bytes that are packed together, behind a header of two */

struct ntfs_runs ntfs_runs_of(const struct ntfs *fs, const struct ntfs_stream *s)
{
	return (struct ntfs_runs){ .fs = fs, .part = s->first };
}

/* A number of so many bytes; the highest bit is its sign. */
static uint64_t signed_number(struct span s)
{
	uint64_t v = s.n && s.p[s.n - 1] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = s.n; i-- > 0;)
		v = v << 8 | s.p[i];
	return v;
}

static bool runs_end(struct ntfs_runs *r, const char *what, uint64_t got, uint64_t limit)
{
	if (r->fault.kind == FAULT_NONE)
		r->fault = fault_at(FAULT_BROKEN, 0, what, got, limit);
	r->part = NULL;
	return false;
}

/* What lies between two parts is lost: a hole takes its place. */
static bool give_gap(struct ntfs_runs *r, struct ntfs_run *run)
{
	if (r->part->vcn >= MOST_CLUSTERS)
		return runs_end(r, "cluster of a content", r->part->vcn, MOST_CLUSTERS);
	if (r->fault.kind == FAULT_NONE)
		r->fault = fault_at(FAULT_BROKEN, 0, "part of a content is missing", r->vcn,
				    r->part->vcn);
	*run = (struct ntfs_run){ r->vcn, 0, r->part->vcn - r->vcn, true };
	r->vcn = r->part->vcn;
	return true;
}

bool ntfs_runs_next(struct ntfs_runs *r, struct ntfs_run *run)
{
	while (r->part) {
		struct span pairs = span_from(r->part->pairs, r->at);
		int head = span_byte(pairs, 0);
		uint64_t low = (uint64_t)head & 15, high = (uint64_t)head >> 4 & 15;
		struct span distance = span_sub(pairs, 1 + low, high);

		if (r->at == 0 && r->part->vcn != r->vcn)
			return r->part->vcn > r->vcn ? give_gap(r, run)
						     : runs_end(r, "parts of a content overlap",
								r->part->vcn, r->vcn);
		if (head <= 0) {
			r->part = r->part->next;
			r->at = 0;
			r->lcn = 0;
			continue;
		}
		*run = (struct ntfs_run){ r->vcn, 0, signed_number(span_sub(pairs, 1, low)),
					  high == 0 };
		if (run->count == 0 || run->count > MOST_CLUSTERS - r->vcn || low > 8 || high > 8 ||
		    distance.n < high)
			return runs_end(r, "run of clusters", run->count, MOST_CLUSTERS - r->vcn);
		r->lcn += signed_number(distance);
		run->lcn = r->lcn;
		if (high && (r->lcn >= r->fs->clusters || run->count > r->fs->clusters - r->lcn))
			return runs_end(r, "cluster number", r->lcn, r->fs->clusters);
		r->vcn += run->count;
		r->at += 1 + low + high;
		return true;
	}
	return false;
}

static struct ntfs_stream *stream_of(const struct ntfs_attribute *a, struct arena *arena,
				     struct ntfs_stream **streams)
{
	uint32_t count = 0;

	for (; *streams; streams = &(*streams)->next, count++)
		if ((*streams)->type == a->type && span_equal((*streams)->name, a->name))
			return *streams;
	if (count == MOST_STREAMS)
		return NULL;
	*streams = arena_take(arena, 1, sizeof(**streams));
	if (*streams)
		**streams = (struct ntfs_stream){ .type = a->type,
						  .name = arena_copy(arena, a->name),
						  .value_at = UINT64_MAX };
	return *streams;
}

/* Where a value stands as it is: in a record that lies in one piece, and of which no byte was kept
 * elsewhere. */
static uint64_t place_of(const struct ntfs_record *r, struct span value)
{
	uint64_t at = value.n ? span_place(r->in, value) : 0;

	return value.n && r->in_one_piece && at % STRIDE + value.n <= STRIDE - 2 ? r->at + at
										 : UINT64_MAX;
}

bool ntfs_stream_add(const struct ntfs_record *r, const struct ntfs_attribute *a,
		     struct arena *arena, struct ntfs_stream **streams)
{
	struct ntfs_stream *s = stream_of(a, arena, streams);
	struct ntfs_part *part;

	if (!s)
		return false;
	if (a->vcn == 0 && !s->has_start) {
		s->has_start = true;
		s->resident = a->resident;
		s->flags = a->flags;
		s->size = a->size;
		s->initialised = a->initialised;
		s->unit = a->unit;
	}
	if (a->resident) {
		s->value = arena_copy(arena, a->value);
		s->value_at = place_of(r, a->value);
		return s->value.n == a->value.n;
	}
	part = arena_take(arena, 1, sizeof(*part));
	if (part)
		*part = (struct ntfs_part){ a->vcn, a->end, arena_copy(arena, a->pairs), s->first };
	s->first = part ? part : s->first;
	s->parts += part != NULL;
	return part && part->pairs.n == a->pairs.n;
}

static int by_cluster(const void *left, const void *right)
{
	const struct ntfs_part *a = *(struct ntfs_part *const *)left,
			       *b = *(struct ntfs_part *const *)right;

	return (a->vcn > b->vcn) - (a->vcn < b->vcn);
}

/* Records that continue a file need not come in the order of its clusters. */
bool ntfs_stream_settle(struct ntfs_stream *s, struct arena *arena)
{
	struct ntfs_part **sorted =
		s->parts > 1 ? arena_take(arena, s->parts, sizeof(*sorted)) : NULL;
	uint32_t n = 0;

	if (s->parts > 1 && !sorted)
		return false;
	for (struct ntfs_part *p = s->first; sorted && p; p = p->next)
		sorted[n++] = p;
	if (n == 0)
		return true;
	qsort(sorted, n, sizeof(*sorted), by_cluster);
	for (uint32_t i = 0; i < n; i++)
		sorted[i]->next = i + 1 < n ? sorted[i + 1] : NULL;
	s->first = sorted[0];
	return true;
}

/* A content while it is read: what is left of the run that comes next. */
struct reader {
	const struct ntfs *fs;
	const struct ntfs_stream *s;
	struct ntfs_runs runs;
	struct ntfs_run run;
	struct fault fault; /* the first; what comes behind it is still given */
};

static bool take(struct reader *r, uint64_t most, struct ntfs_run *got)
{
	if (r->run.count == 0 && !ntfs_runs_next(&r->runs, &r->run)) {
		if (r->fault.kind == FAULT_NONE)
			r->fault = r->runs.fault.kind
					   ? r->runs.fault
					   : fault_at(FAULT_BROKEN, 0, "clusters of a content",
						      r->runs.vcn, r->s->size / r->fs->cluster);
		return false;
	}
	*got = r->run;
	got->count = most < r->run.count ? most : r->run.count;
	r->run.vcn += got->count;
	r->run.lcn += got->count;
	r->run.count -= got->count;
	return true;
}

/* The bytes of a run, as far as they are there; the rest is said. */
static struct span bytes_of(struct reader *r, const struct ntfs_run *run)
{
	uint64_t at = run->lcn * r->fs->cluster, length = run->count * r->fs->cluster;
	struct span bytes = span_head(span_from(r->fs->in, at), length);

	if (bytes.n < length && r->fault.kind == FAULT_NONE)
		r->fault = fault_at(FAULT_SHORT, at, "cluster", r->fs->in.n, at + length);
	return bytes;
}

/* `length` bytes: those of `bytes` as far as they were ever written, then zeros. */
static bool put(const struct ntfs_stream *s, struct span bytes, uint64_t done, uint64_t length,
		struct sink *out)
{
	uint64_t valid = done < s->initialised ? s->initialised - done : 0;
	struct span real = span_head(bytes, valid < length ? valid : length);

	return sink_put(out, real) && sink_zero(out, length - real.n);
}

static bool put_plain(struct reader *r, struct sink *out)
{
	const struct ntfs_stream *s = r->s;
	struct ntfs_run run;

	for (uint64_t done = 0; done < s->size;) {
		uint64_t length = s->size - done, whole;
		struct span bytes = { 0 };

		/* Space may end with what was written; the rest needs none. */
		if (done >= s->initialised)
			return sink_zero(out, length);
		if (!take(r, UINT64_MAX, &run))
			return true;
		whole = run.count > length / r->fs->cluster ? length : run.count * r->fs->cluster;
		if (!run.is_hole)
			bytes = span_head(bytes_of(r, &run), whole);
		if (!put(s, bytes, done, whole, out))
			return false;
		done += whole;
	}
	return true;
}

/* The clusters of one unit: what is in them, in `packed`, as much as `length` plain bytes can need,
 * and how many are a hole. False where the content ended. */
static bool gather_unit(struct reader *r, uint64_t length, struct sink *packed, uint64_t *holes)
{
	uint64_t clusters = 1ull << r->s->unit, most = (length / CHUNK + 1) * (CHUNK + 2);
	struct ntfs_run run;

	sink_reset(packed, LARGEST_UNIT);
	*holes = 0;
	while (clusters && take(r, clusters, &run)) {
		clusters -= run.count;
		if (run.is_hole)
			*holes += run.count;
		else
			sink_put(packed, span_head(bytes_of(r, &run), most - packed->n));
	}
	return clusters == 0;
}

static bool put_packed(struct reader *r, struct sink *packed, struct sink *out)
{
	const struct ntfs_stream *s = r->s;
	uint64_t clusters = 1ull << s->unit, unit = clusters * r->fs->cluster, holes;

	for (uint64_t done = 0; done < s->size; done += unit) {
		uint64_t length = s->size - done < unit ? s->size - done : unit;
		uint64_t valid = s->initialised > done ? s->initialised - done : 0;
		size_t before = out->n;
		struct fault bad;

		if (valid == 0)
			return sink_zero(out, s->size - done);
		if (!gather_unit(r, length, packed, &holes) && packed->n == 0)
			return true;
		if (holes == 0 || holes == clusters) {
			if (!put(s, sink_span(packed), done, length, out))
				return false;
			continue;
		}
		valid = valid < length ? valid : length;
		bad = ntfs_unpack(sink_span(packed), valid, out);
		if (out->fault.kind)
			return false;
		r->fault = r->fault.kind ? r->fault : bad;
		if (!sink_zero(out, length - (out->n - before)))
			return false;
	}
	return true;
}

struct fault ntfs_stream_put(const struct ntfs *fs, const struct ntfs_stream *s, struct sink *out)
{
	struct reader r = { .fs = fs, .s = s, .runs = ntfs_runs_of(fs, s) };
	struct sink packed;
	bool whole;

	if (s->resident)
		return sink_put(out, s->value) ? fine : out->fault;
	if (s->flags & NTFS_ENCRYPTED)
		return fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0);
	if (!(s->flags & NTFS_COMPRESSED) || s->unit == 0) {
		whole = put_plain(&r, out);
		return whole ? r.fault : out->fault;
	}
	if (s->unit > 8 || fs->cluster << s->unit > LARGEST_UNIT)
		return fault_at(FAULT_UNKNOWN, 0, "compression unit", s->unit, 4);
	sink_init(&packed, NULL, LARGEST_UNIT);
	whole = put_packed(&r, &packed, out);
	sink_free(&packed);
	return whole ? r.fault : out->fault;
}
