/* mirror.c - see mirror.h. What a run does becomes public by one step, the last: the checkpoint is
 * renamed into its place. Files behind its size are nobody's, and are written again by the next
 * run. */
#include "log/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "log/fork.h"

static bool fail(struct mirror *m, const char *what, const char *advice)
{
	*m->remote->error = (struct log_error){ .advice = advice };
	snprintf(m->remote->error->where, sizeof(m->remote->error->where), "%.200s", m->dir);
	snprintf(m->remote->error->what, sizeof(m->remote->error->what), "%s", what);
	return false;
}

static bool fail_disk(struct mirror *m)
{
	return fail(m, strerror(errno), "Is there room, and may you write to it?");
}

void mirror_free(struct mirror *m)
{
	text_free(&m->head.note);
	text_free(&m->fork);
	text_free(&m->note);
	live_free(&m->live);
	public_free(&m->files_put);
	if (m->lock > 0)
		close(m->lock);
}

/* -- what is there -- */

static bool take_folder(struct mirror *m)
{
	char path[MOST_PATH];

	if (!path_format(m->root, "%s/public", m->dir) || !path_format(path, "%s/lock", m->dir) ||
	    !m->disk->make_folder(m->disk->ctx, m->dir) ||
	    !m->disk->make_folder(m->disk->ctx, m->root))
		return fail_disk(m);
	m->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (m->lock < 0)
		return fail_disk(m);
	if (flock(m->lock, LOCK_EX | LOCK_NB) != 0)
		return fail(m, "another process is at it", "Wait until it is done.");
	m->files_put = (struct public_files){ .disk = m->disk, .root = m->root };
	return true;
}

static bool read_public(const struct mirror *m, const char *name, size_t most, uint8_t **bytes,
			size_t *n)
{
	char path[MOST_PATH];

	return path_format(path, "%s/%s", m->root, name) && file_read(path, most, bytes, n);
}

/* A tile of ours as it lies there. */
static bool read_tile(const struct mirror *m, const struct tile *t, uint8_t **bytes, size_t *n)
{
	char name[TILE_MOST_PATH];

	tile_path(t, name);
	return read_public(m, name, TILE_BYTES, bytes, n);
}

static bool read_hash(const void *ctx, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	const struct mirror *m = ctx;
	struct tile t = tile_of(level, index, m->before);
	uint8_t *bytes;
	size_t n;
	bool ok;

	if (!read_tile(m, &t, &bytes, &n))
		return false;
	ok = tile_hash((struct span){ bytes, n }, level, index, hash);
	free(bytes);
	return ok;
}

/* The right edge of what is there, and the tiles that are not full. */
static bool read_edge(struct mirror *m)
{
	const struct merkle_source source = { read_hash, m };
	uint64_t start = 0;
	unsigned n = 0;

	for (unsigned level = 63; level-- > 0;) {
		if (!(m->before >> level & 1))
			continue;
		if (!merkle_range(&source, start, start + (1ull << level), m->tree.edge[n++]))
			return false;
		start += 1ull << level;
	}
	m->tree.size = m->before;
	for (unsigned level = 0; level < tile_levels(m->before); level++) {
		struct tile t = { level, tile_full(level, m->before),
				  tile_partial(level, m->before) };
		uint8_t *bytes;
		size_t size;
		bool ok;

		if (t.width == 0)
			continue;
		if (!read_tile(m, &t, &bytes, &size))
			return false;
		ok = live_restore(&m->live, level, t.index, (struct span){ bytes, size });
		free(bytes);
		if (!ok)
			return false;
	}
	return true;
}

static bool read_what_is_there(struct mirror *m)
{
	uint8_t *bytes, root[SHA256_SIZE];
	struct remote_head known;
	const char *wrong;
	size_t n;

	live_start(&m->live);
	if (!read_public(m, "checkpoint", NOTE_MOST_BYTES, &bytes, &n))
		return errno == ENOENT || fail_disk(m);
	text_put(&m->note, (struct span){ bytes, n });
	free(bytes);
	wrong = remote_head_read(text_span(&m->note), m->policy, &known);
	if (wrong)
		return fail(m, "its checkpoint does not hold under the policy",
			    "A mirror in another directory begins anew.");
	m->before = known.checkpoint.head.size;
	if (!read_edge(m))
		return fail(m, "its tiles cannot be read",
			    "A mirror in another directory begins anew.");
	merkle_root(&m->tree, root);
	return memcmp(root, known.checkpoint.head.root, SHA256_SIZE) == 0 ||
	       fail(m, "its tiles are not those of its checkpoint",
		    "A mirror in another directory begins anew.");
}

static bool is_same_log(const struct mirror *m)
{
	struct checkpoint c;

	return m->note.n == 0 || (!checkpoint_read(text_span(&m->note), &c) &&
				  span_equal(c.origin, m->head.checkpoint.origin));
}

/* -- what came -- */

/* The entries that were there before must be the same ones; the others are hashed. */
static bool hash_entries(struct mirror *m, uint64_t start, const struct span *entries,
			 unsigned width)
{
	for (unsigned i = 0; i < width; i++) {
		uint8_t leaf[SHA256_SIZE], known[SHA256_SIZE];

		merkle_leaf(&entries[i], 1, leaf);
		if (start + i >= m->tree.size) {
			if (!live_add(&m->live, start + i, leaf))
				return fail(m, "out of memory", NULL);
			merkle_add(&m->tree, leaf);
		} else if (!live_hash(&m->live, 0, start + i, known) ||
			   memcmp(known, leaf, SHA256_SIZE) != 0) {
			m->differs = true;
			return false;
		}
	}
	return true;
}

static bool take_bundle(struct mirror *m, uint64_t bundle, struct span bytes)
{
	uint64_t start = bundle * TILE_WIDTH, size = m->head.checkpoint.head.size;
	unsigned width = size - start < TILE_WIDTH ? (unsigned)(size - start) : TILE_WIDTH;
	unsigned first = m->tree.size > start ? (unsigned)(m->tree.size - start) : 0;
	struct tile t = { TILE_ENTRIES, bundle, width };
	struct span entries[TILE_WIDTH], last;

	if (!remote_entries(bytes, width, entries))
		return fail(m, "the log gives a malformed bundle of entries", NULL);
	if (!hash_entries(m, start, entries, width))
		return false;
	/* A full bundle may have come for a partial one: its beginning is that. */
	last = entries[width - 1];
	bytes = span_head(bytes, span_place(bytes, last) + last.n);
	if (!public_put(&m->files_put, &t, bytes))
		return fail_disk(m);
	m->new_entries += width - first;
	return mirror_beside(m, entries + first, width - first);
}

/* Full tiles, and at the end those that are not. */
static bool put_tiles(struct mirror *m, bool all)
{
	const struct live_tile *t = NULL;

	while ((t = live_next(&m->live, t)) != NULL) {
		struct span hashes = { t->hashes[0], (size_t)t->tile.width * SHA256_SIZE };

		if ((all || t->tile.width == TILE_WIDTH) &&
		    !public_put(&m->files_put, &t->tile, hashes))
			return fail_disk(m);
	}
	live_drop(&m->live, m->tree.size);
	return public_finish(&m->files_put) || fail_disk(m);
}

static bool take_entries(struct mirror *m)
{
	uint64_t size = m->head.checkpoint.head.size;
	struct client_call calls[REMOTE_BUNDLES];

	while (m->tree.size < size) {
		uint64_t first = m->tree.size / TILE_WIDTH;
		unsigned count = remote_bundles(m->remote, first, size, calls);
		bool ok = count > 0;

		for (unsigned i = 0; i < count && ok; i++)
			ok = take_bundle(m, first + i, text_span(&calls[i].answer));
		remote_free(calls, count);
		if (!ok || !put_tiles(m, false))
			return false;
	}
	return true;
}

/* -- the end -- */

static void forget_partial(struct mirror *m)
{
	for (unsigned level = 0; level < tile_levels(m->before); level++)
		if (tile_full(level, m->tree.size) > tile_full(level, m->before) &&
		    tile_partial(level, m->before))
			public_forget_partial(m->disk, m->root, level, tile_full(level, m->before));
	if (tile_full(0, m->tree.size) > tile_full(0, m->before) && tile_partial(0, m->before))
		public_forget_partial(m->disk, m->root, TILE_ENTRIES, tile_full(0, m->before));
}

static bool publish(struct mirror *m)
{
	if (span_equal(text_span(&m->note), text_span(&m->head.note)))
		return true;
	if (m->tree.size > m->before && !put_tiles(m, true))
		return false;
	if (!disk_replace(m->disk, m->root, "checkpoint", text_span(&m->head.note)))
		return fail_disk(m);
	forget_partial(m);
	return true;
}

static void write_fork(struct mirror *m, const struct merkle_proof *path)
{
	struct span ours = text_span(&m->note), theirs = text_span(&m->head.note);
	bool is_smaller = m->head.checkpoint.head.size < m->before;
	struct log_fork f = { .notes = { is_smaller ? theirs : ours, is_smaller ? ours : theirs } };

	if (path)
		f.path = *path;
	log_fork_write(&m->fork, &f);
}

/* Whether the smaller of the two trees is not the beginning of the larger one, by the tiles of the
 * larger one, which are here or there. */
static bool is_forked(struct mirror *m, const struct merkle_head *ours, struct merkle_proof *path)
{
	const struct merkle_head *theirs = &m->head.checkpoint.head;
	bool is_smaller = theirs->size < ours->size;
	const struct merkle_head *older = is_smaller ? theirs : ours;
	const struct merkle_head *newer = is_smaller ? ours : theirs;
	struct remote_tiles tiles;
	struct merkle_source source = remote_source(&tiles, m->remote, newer->size);
	bool is_shown;

	if (is_smaller)
		source = (struct merkle_source){ read_hash, m };
	is_shown = older->size > 0 && older->size < newer->size &&
		   fork_path_make(&source, older->size, newer->size, path) &&
		   fork_path_shows(older, newer, path);
	remote_tiles_free(&tiles);
	return is_shown;
}

static enum follow_end look_for_fork(struct mirror *m, enum follow_end otherwise)
{
	struct merkle_proof path;
	struct checkpoint c;
	bool is_shown = !checkpoint_read(text_span(&m->note), &c) && is_forked(m, &c.head, &path);

	write_fork(m, is_shown ? &path : NULL);
	return is_shown ? FOLLOW_FORKED : otherwise;
}

static enum follow_end end_run(struct mirror *m)
{
	const struct merkle_head *theirs = &m->head.checkpoint.head;
	uint8_t root[SHA256_SIZE];

	merkle_root(&m->tree, root);
	if (memcmp(root, theirs->root, SHA256_SIZE) == 0)
		return !publish(m)                 ? FOLLOW_TROUBLE
		       : theirs->size == m->before ? FOLLOW_SAME
						   : FOLLOW_GREW;
	if (theirs->size > m->before)
		return look_for_fork(m, FOLLOW_FALSE);
	write_fork(m, NULL); /* two roots of one size */
	return FOLLOW_FORKED;
}

enum follow_end mirror_run(struct mirror *m)
{
	if (!take_folder(m) || !read_what_is_there(m) ||
	    !remote_checkpoint(m->remote, m->policy, &m->head))
		return FOLLOW_TROUBLE;
	if (!is_same_log(m))
		return fail(m, "it is a mirror of another log", "Give each log a directory."),
		       FOLLOW_TROUBLE;
	if (m->head.checkpoint.head.size < m->before)
		return look_for_fork(m, FOLLOW_REWOUND);
	if (take_entries(m))
		return end_run(m);
	return m->differs ? look_for_fork(m, FOLLOW_FALSE) : FOLLOW_TROUBLE;
}
