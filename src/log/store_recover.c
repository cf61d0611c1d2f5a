/* store_recover.c - what stands on the disk is checked against the signed state, and what a crash
 * left undone is done: the state says what was acknowledged; tiles, bundles and index follow from
 * the segments. A file that is not what it must be is named, and nothing is signed over it. */
#include <stdio.h>
#include <stdlib.h>

#include "log/store_own.h"

static const char rewound[] =
	"This directory is older than what the log has signed: a log that went "
	"on from here would contradict itself. Find the newer one, or begin a "
	"new log (docs/log.md, \"Restore\").";
static const char edited[] =
	"It was torn or changed. evenhand log check says all that is wrong; the "
	"tiles can be made again from the segments (docs/log.md, \"Restore\").";

/* So many leaves are made into files at once where all tiles are made again. */
#define REBUILT_AT_ONCE (1u << 18)

bool tree_at(struct log *l, uint64_t size, struct merkle *tree)
{
	struct merkle_source s = log_source(l);
	unsigned n = 0;

	*tree = (struct merkle){ .size = size };
	for (unsigned level = 64; level-- > 0;)
		if (size >> level & 1 &&
		    !s.read(s.ctx, level, (size >> level) - 1, tree->edge[n++]))
			return false;
	return true;
}

/* -- what was published -- */

static bool fail_tile(const struct log *l, const struct tile *t, const char *what,
		      struct log_error *e)
{
	char name[TILE_MOST_PATH], where[MOST_PATH];

	tile_path(t, name);
	snprintf(where, sizeof(where), "%.200s/%s", l->open_folder, name);
	return log_fail(e, edited, where, "%s", what);
}

/* The tiles that are not full, as files have them. */
static bool restore_tiles(struct log *l, uint64_t size, struct log_error *e)
{
	for (unsigned level = 0; level < tile_levels(size); level++) {
		struct tile t = { level, tile_full(level, size), tile_partial(level, size) };
		uint8_t *bytes;
		bool ok;
		size_t n;

		if (t.width == 0)
			continue;
		if (!tile_file(l, &t, &bytes, &n))
			return fail_tile(l, &t, strerror(errno), e);
		ok = n == (size_t)t.width * SHA256_SIZE &&
		     live_restore(&l->live, level, t.index, (struct span){ bytes, n });
		free(bytes);
		if (!ok)
			return fail_tile(l, &t, "it has not the size of such a tile", e);
	}
	return true;
}

/* The right edge: what the partial tiles hash to must be the root that was signed; the full tile
 * under the last hash of each must hash to it. */
static bool check_edge(struct log *l, const struct merkle_head *head, struct log_error *e)
{
	struct merkle tree;
	uint8_t root[SHA256_SIZE];

	for (unsigned level = 0; level < tile_levels(head->size); level++) {
		struct tile t = { level, tile_full(level, head->size) - 1, TILE_WIDTH };
		struct span all = { 0 };
		uint8_t *bytes, want[SHA256_SIZE], have[2][SHA256_SIZE];
		bool ok;

		if (tile_full(level, head->size) == 0)
			continue;
		if (!tile_file(l, &t, &bytes, &all.n))
			return fail_tile(l, &t, strerror(errno), e);
		all.p = bytes;
		ok = tile_hash(all, TILE_LEVELS - 1, 0, have[0]) &&
		     tile_hash(all, TILE_LEVELS - 1, 1, have[1]) &&
		     log_source(l).read(l, TILE_LEVELS * (level + 1), t.index, want);
		if (ok)
			merkle_node(have[0], have[1], have[0]);
		ok = ok && all.n == TILE_BYTES && memcmp(have[0], want, SHA256_SIZE) == 0;
		free(bytes);
		if (!ok)
			return fail_tile(l, &t, "it does not hash to what the tile above it has",
					 e);
	}
	if (!tree_at(l, head->size, &tree))
		return log_fail(e, edited, l->open_folder, "a tile of the right edge is missing");
	merkle_root(&tree, root);
	return memcmp(root, head->root, SHA256_SIZE) == 0 ||
	       log_fail(e, edited, l->open_folder,
			"the tiles of the right edge do not hash to the root that was signed");
}

static bool check_bundle(struct log *l, uint64_t size, struct log_error *e)
{
	struct tile t = { TILE_ENTRIES, (size - 1) / TILE_WIDTH, TILE_WIDTH };
	struct span entries[TILE_WIDTH];
	uint8_t *bytes;
	bool ok;
	size_t n;

	if (t.index == tile_full(0, size))
		t.width = tile_partial(0, size);
	if (!tile_file(l, &t, &bytes, &n))
		return fail_tile(l, &t, strerror(errno), e);
	ok = bundle_read((struct span){ bytes, n }, t.width, entries);
	for (unsigned i = 0; i < t.width && ok; i++) {
		uint8_t leaf[SHA256_SIZE], want[SHA256_SIZE];

		merkle_leaf(&entries[i], 1, leaf);
		ok = log_leaf(l, t.index * TILE_WIDTH + i, want) &&
		     memcmp(leaf, want, SHA256_SIZE) == 0;
	}
	free(bytes);
	return ok || fail_tile(l, &t, "its entries are not those of the tile of their hashes", e);
}

static bool check_public(struct log *l, struct log_error *e)
{
	const struct merkle_head *head = &l->public_head.head;

	l->published = l->published_before = l->published_older = head->size;
	if (head->size == 0)
		return true;
	return restore_tiles(l, head->size, e) && check_edge(l, head, e) &&
	       check_bundle(l, head->size, e);
}

/* -- the segments behind it -- */

struct replay {
	struct merkle tree; /* of what is published, then of all */
	uint64_t number;    /* of the next record */
	struct place at;
};

/* The last file is read whole; those before it as far as they are not published. */
static void start_replay(struct log *l, struct replay *r)
{
	uint64_t last = l->segments.list[l->segments.count - 1].first;
	uint64_t from = tile_full(0, l->published) * TILE_WIDTH;

	r->at = segments_find(&l->segments, from < last ? from : last);
	r->number = l->segments.list[r->at.segment].first;
}

static bool replay_one(struct log *l, struct replay *r, struct log_error *e)
{
	struct segment_fault f = { 0 };
	struct record rec;
	uint8_t leaf[SHA256_SIZE];
	size_t size;

	snprintf(f.file, sizeof(f.file), "segments/%08u", r->at.segment);
	f.what = segment_record_read(segments_at(&l->segments, r->at), &rec, &size);
	if (!f.what && rec.number != r->number)
		f.what = "a record is missing";
	if (f.what)
		return log_fail_segment(e, l, &f);
	if (r->number == tile_full(0, l->published) * TILE_WIDTH)
		l->bundle_at = r->at;
	if (r->number >= r->tree.size) {
		merkle_leaf(&rec.entry, 1, leaf);
		if (!live_add(&l->live, r->number, leaf))
			return log_fail(e, NULL, l->dir, "out of memory");
		merkle_add(&r->tree, leaf);
	}
	r->number++;
	segments_advance(&l->segments, &r->at, size);
	return true;
}

static bool replay(struct log *l, struct log_error *e)
{
	struct replay r = { 0 };
	char where[MOST_PATH + 16];

	if (!tree_at(l, l->published, &r.tree))
		return log_fail(e, edited, l->open_folder, "a tile of the right edge is missing");
	l->bundle_at = l->state.end;
	start_replay(l, &r);
	while (r.number < l->state.tree.size) {
		if (!replay_one(l, &r, e))
			return false;
		if (r.tree.size - l->published >= REBUILT_AT_ONCE && r.tree.size == r.number &&
		    !publish_tiles(l, r.tree.size, e))
			return false;
	}
	if (memcmp(r.tree.edge, l->state.tree.edge,
		   (size_t)__builtin_popcountll(r.tree.size) * SHA256_SIZE) == 0 &&
	    r.at.segment == l->state.end.segment && r.at.offset == l->state.end.offset)
		return true;
	snprintf(where, sizeof(where), "%.200s/segments", l->dir);
	return log_fail(e,
			"evenhand log check says where. Restore the directory from a backup that "
			"is not older than what was published, or begin a new log "
			"(docs/log.md).",
			where, "the records do not give the root that was signed");
}

/* -- the index -- */

static bool open_index(struct log *l, struct log_error *e)
{
	bool ok = digests_open(&l->leaves, l->dir, "leaf", true, false, l->disk);

	ok = digests_open(&l->paes, l->dir, "pae", false, false, l->disk) && ok;
	if (ok && digests_covered(&l->leaves) <= l->state.tree.size &&
	    digests_covered(&l->paes) <= l->state.tree.size)
		return true;
	if (digests_reset(&l->leaves) && digests_reset(&l->paes))
		return true;
	return log_fail(e, NULL, l->dir, "index: %s", strerror(errno));
}

static bool fill_index(struct log *l, struct log_error *e)
{
	uint64_t a = digests_covered(&l->leaves), b = digests_covered(&l->paes);
	uint64_t from = a < b ? a : b;
	struct place at = segments_find(&l->segments, from);
	uint8_t leaf[SHA256_SIZE];
	struct record r;
	size_t size;

	l->covered = from;
	if (from == l->state.tree.size)
		return true;
	for (uint64_t n = 0; n < l->state.tree.size; n = r.number + 1) {
		struct segment_fault f = { 0 };

		snprintf(f.file, sizeof(f.file), "segments/%08u", at.segment);
		f.what = segment_record_read(segments_at(&l->segments, at), &r, &size);
		if (f.what)
			return log_fail_segment(e, l, &f);
		merkle_leaf(&r.entry, 1, leaf);
		if (r.number >= from && !index_record(l, &r, leaf, at))
			return log_fail(e, NULL, l->dir, "index: %s", strerror(errno));
		segments_advance(&l->segments, &at, size);
	}
	return true;
}

/* -- what others have seen -- */

/* Reads it; it must not be of a larger tree than the state. */
static bool read_seen(const struct log *l, const char *who, struct span note,
		      struct merkle_head *head, struct log_error *e)
{
	struct checkpoint c;
	uint64_t time;
	const char *wrong = checkpoint_read(note, &c);

	if (!wrong && (!span_equal(c.origin, l->key.name) ||
		       checkpoint_check(&c, &l->key, &time) != NOTE_SIGNED))
		wrong = "it is no checkpoint that this log signed";
	if (wrong)
		return log_fail(e, NULL, who, "%s", wrong);
	*head = c.head;
	return head->size <= l->state.tree.size ||
	       log_fail(e, rewound, who,
			"the log has signed a tree of %llu entries, and has %llu here",
			(unsigned long long)head->size, (unsigned long long)l->state.tree.size);
}

static bool read_guard(const struct log *l, struct merkle_head *head, struct log_error *e)
{
	static const char advice[] = "The first time, copy DIR/public/checkpoint there. Later its "
				     "absence means that the other disk is not mounted, or was "
				     "lost.";
	const char *guard = l->options.guard;
	uint8_t *bytes;
	bool ok;
	size_t n;

	if (!file_read(guard, NOTE_MOST_BYTES, &bytes, &n))
		return log_fail(e, errno == ENOENT ? advice : NULL, guard, "%s", strerror(errno));
	ok = read_seen(l, guard, (struct span){ bytes, n }, head, e);
	free(bytes);
	return ok;
}

static const char others[] = "a checkpoint that others have";

typedef bool look_at(struct log *l, const char *who, const struct merkle_head *head,
		     struct log_error *e);

/* What others have is read twice: its size counts before anything is changed, its root once the
 * tree can be read. */
static bool each_seen(struct log *l, struct log_error *e, look_at *look)
{
	struct merkle_head head;

	if (l->options.guard &&
	    !(read_guard(l, &head, e) && (!look || look(l, l->options.guard, &head, e))))
		return false;
	for (uint32_t i = 0; i < l->options.seen_count; i++)
		if (!read_seen(l, others, l->options.seen[i], &head, e) ||
		    (look && !look(l, others, &head, e)))
			return false;
	return true;
}

static bool look_at_root(struct log *l, const char *who, const struct merkle_head *head,
			 struct log_error *e)
{
	struct merkle tree;
	uint8_t root[SHA256_SIZE];

	if (!tree_at(l, head->size, &tree))
		return log_fail(e, edited, l->open_folder, "a tile is missing");
	merkle_root(&tree, root);
	return memcmp(root, head->root, SHA256_SIZE) == 0 ||
	       log_fail(e, rewound, who,
			"the log has signed another tree of %llu entries than it has here",
			(unsigned long long)head->size);
}

bool check_sizes(struct log *l, struct log_error *e)
{
	char where[MOST_PATH + 16];

	snprintf(where, sizeof(where), "%.200s/checkpoint", l->open_folder);
	if (l->public_head.head.size > l->state.tree.size)
		return log_fail(e, rewound, where, "it is of %llu entries, the state of %llu",
				(unsigned long long)l->public_head.head.size,
				(unsigned long long)l->state.tree.size);
	return each_seen(l, e, NULL);
}

/* -- all of it -- */

/* The newest signed checkpoint: with its cosignatures where it is public. */
static bool remember_state(struct log *l, struct log_error *e)
{
	struct merkle_head head = { .size = l->state.tree.size };
	struct text note = { 0 };

	merkle_root(&l->state.tree, head.root);
	text_put(&note, merkle_head_equal(&head, &l->public_head.head)
				? text_span(&l->public_head.note)
				: l->state.note);
	if (l->public_head.is_cosigned) {
		text_put(&l->cosigned, text_span(&l->public_head.note));
		l->cosigned_head = l->public_head.head;
	}
	if (note.failed)
		return log_fail(e, NULL, l->dir, "out of memory");
	remember(l, &head, &note);
	l->state.note = (struct span){ 0 };
	return true;
}

bool recover(struct log *l, struct log_error *e)
{
	return check_public(l, e) && replay(l, e) && open_index(l, e) && fill_index(l, e) &&
	       each_seen(l, e, look_at_root) && remember_state(l, e);
}
