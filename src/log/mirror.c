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
	copy_free(&m->copy);
	public_free(&m->files_put);
	if (m->lock > 0)
		close(m->lock);
}

/* -- what is there -- */

static bool take_folder(struct mirror *m)
{
	char path[MOST_PATH];

	if (!path_format(m->copy.root, "%s/public", m->dir) ||
	    !path_format(path, "%s/lock", m->dir) || !m->disk->make_folder(m->disk->ctx, m->dir) ||
	    !m->disk->make_folder(m->disk->ctx, m->copy.root))
		return fail_disk(m);
	m->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (m->lock < 0)
		return fail_disk(m);
	if (flock(m->lock, LOCK_EX | LOCK_NB) != 0)
		return fail(m, "another process is at it", "Wait until it is done.");
	m->files_put = (struct public_files){ .disk = m->disk };
	m->copy.files = &m->files_put;
	return true;
}

static bool read_what_is_there(struct mirror *m)
{
	static const char anew[] = "A mirror in another directory begins anew.";
	struct remote_head known;
	const char *wrong;
	uint8_t *bytes;
	size_t n;

	copy_start(&m->copy);
	if (!copy_read(&m->copy, "checkpoint", NOTE_MOST_BYTES, &bytes, &n))
		return errno == ENOENT || fail_disk(m);
	text_put(&m->note, (struct span){ bytes, n });
	free(bytes);
	wrong = remote_head_read(text_span(&m->note), m->policy, &known);
	if (wrong)
		return fail(m, "its checkpoint does not hold under the policy", anew);
	wrong = copy_open(&m->copy, &known.checkpoint.head);
	return !wrong || fail(m, wrong, anew);
}

static bool is_same_log(const struct mirror *m)
{
	struct checkpoint c;

	return m->note.n == 0 || (!checkpoint_read(text_span(&m->note), &c) &&
				  span_equal(c.origin, m->head.checkpoint.origin));
}

/* -- what came -- */

static bool take_bundle(struct mirror *m, uint64_t bundle, struct span bytes)
{
	uint64_t start = bundle * TILE_WIDTH, size = m->head.checkpoint.head.size;
	unsigned width = size - start < TILE_WIDTH ? (unsigned)(size - start) : TILE_WIDTH;
	uint64_t known = m->copy.tree.size;
	unsigned first = known > start ? (unsigned)(known - start) : 0;
	struct span entries[TILE_WIDTH];

	/* A full bundle may have come for a partial one: its beginning is that. */
	if (!remote_entries(bytes, width, entries))
		return fail(m, "the log gives a malformed bundle of entries", NULL);
	switch (copy_add(&m->copy, bundle, entries, width)) {
	case COPY_ADDED:
		break;
	case COPY_DIFFERS:
		m->differs = true;
		return false;
	case COPY_NO_MEMORY:
		return fail(m, "out of memory", NULL);
	case COPY_DISK:
		return fail_disk(m);
	}
	m->new_entries += width - first;
	return mirror_beside(m, entries + first, width - first);
}

static bool take_entries(struct mirror *m)
{
	uint64_t size = m->head.checkpoint.head.size;
	struct client_call calls[REMOTE_BUNDLES];

	while (m->copy.tree.size < size) {
		uint64_t first = m->copy.tree.size / TILE_WIDTH;
		unsigned count = remote_bundles(m->remote, first, size, calls);
		bool ok = count > 0;

		for (unsigned i = 0; i < count && ok; i++)
			ok = take_bundle(m, first + i, text_span(&calls[i].answer));
		remote_free(calls, count);
		if (!ok)
			return false;
		if (!copy_sync(&m->copy, false))
			return fail_disk(m);
	}
	return true;
}

/* -- the end -- */

static bool publish(struct mirror *m)
{
	if (span_equal(text_span(&m->note), text_span(&m->head.note)))
		return true;
	return (m->copy.tree.size == m->copy.before || copy_sync(&m->copy, true)) &&
			       copy_publish(&m->copy, text_span(&m->head.note))
		       ? true
		       : fail_disk(m);
}

static void write_fork(struct mirror *m, const struct merkle_proof *path)
{
	struct span ours = text_span(&m->note), theirs = text_span(&m->head.note);
	bool is_smaller = m->head.checkpoint.head.size < m->copy.before;
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
		source = copy_source(&m->copy);
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
	enum follow_end end = theirs->size == m->copy.before ? FOLLOW_SAME : FOLLOW_GREW;
	uint8_t root[SHA256_SIZE];

	merkle_root(&m->copy.tree, root);
	if (memcmp(root, theirs->root, SHA256_SIZE) == 0)
		return publish(m) ? end : FOLLOW_TROUBLE;
	if (theirs->size > m->copy.before)
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
	if (m->head.checkpoint.head.size < m->copy.before)
		return look_for_fork(m, FOLLOW_REWOUND);
	if (take_entries(m))
		return end_run(m);
	return m->differs ? look_for_fork(m, FOLLOW_FALSE) : FOLLOW_TROUBLE;
}
