/* store_init.c - a new log, and the way into one that is there. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/store_own.h"

/* -- a new one -- */

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool empty = true;

	if (!d)
		return errno == ENOENT;
	while (empty && (entry = readdir(d)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(d);
	return empty;
}

static bool make_folders(const struct disk *d, const char *dir)
{
	static const char *const names[] = { "", "/segments", "/index", "/kept", "/public" };
	char path[MOST_PATH];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!path_format(path, "%s%s", dir, names[i]) || !d->make_folder(d->ctx, path))
			return false;
	return true;
}

/* The state comes last: without it there is no log. */
static bool write_files(const struct disk *d, const char *dir, const struct note_key *k,
			struct span note)
{
	struct state empty = { .end = { 0, SEGMENT_HEAD }, .note = note };
	struct text vkey = { 0 }, state = { 0 };
	char public[MOST_PATH];
	bool ok;

	note_key_write(&vkey, k);
	text_char(&vkey, '\n');
	state_write(&state, &empty);
	ok = !vkey.failed && !state.failed && path_format(public, "%s/public", dir) &&
	     disk_replace(d, dir, "vkey", text_span(&vkey)) &&
	     disk_replace(d, dir, "lock", (struct span){ 0 }) && segments_create(dir, d) &&
	     disk_replace(d, public, "checkpoint", note) &&
	     disk_replace(d, dir, "version", span_text(LOG_VERSION)) &&
	     disk_replace(d, dir, "state", text_span(&state));
	text_free(&vkey);
	text_free(&state);
	return ok;
}

/* Origins that could be taken for what witnesses and DSSE sign begin otherwise. */
static const char *bad_origin(struct span origin)
{
	if (origin.n > MOST_ORIGIN)
		return "it is longer than 255 bytes";
	if (!note_name_is_valid(origin))
		return "it is empty, or has a blank or \"+\"";
	if (span_starts(origin, span_text("DSSEv1")) ||
	    span_starts(origin, span_text("cosignature/")))
		return "it could be taken for another kind of what is signed";
	return NULL;
}

bool log_init(const char *dir, struct span origin, const struct sigkey *key, struct log_error *e)
{
	const struct disk *d = &disk_of_machine;
	struct merkle_head head = { 0 };
	struct merkle nothing = { 0 };
	const char *wrong = bad_origin(origin);
	struct text note = { 0 };
	struct note_key k;
	bool ok;

	if (wrong)
		return log_fail(e, "A bare host name is what all clients take.", "--origin", "%s",
				wrong);
	if (!note_key_of(key, origin, NOTE_ED25519, &k))
		return log_fail(e, "evenhand key new --type ed25519 makes one.", dir,
				"a log's key is one of Ed25519");
	if (!is_empty(dir))
		return log_fail(e, "Choose another name: what is there is not touched.", dir,
				"it is no empty folder");
	merkle_root(&nothing, head.root);
	ok = checkpoint_sign(key, origin, &head, &note);
	if (!ok)
		log_fail(e, NULL, dir, "the key does not sign");
	if (ok && !(make_folders(d, dir) && write_files(d, dir, &k, text_span(&note))))
		ok = log_fail(e, NULL, dir, "%s", strerror(errno));
	text_free(&note);
	return ok;
}

/* -- opening -- */

static bool read_small(struct log *l, const char *name, size_t most, struct text *out,
		       struct log_error *e)
{
	char path[MOST_PATH];
	uint8_t *bytes;
	size_t n;

	if (!path_format(path, "%s/%s", l->dir, name) || !file_read(path, most, &bytes, &n))
		return log_fail(e, errno == ENOENT ? "evenhand log init makes a log." : NULL, path,
				"%s", strerror(errno));
	text_put(out, (struct span){ bytes, n });
	free(bytes);
	return !out->failed || log_fail(e, NULL, path, "out of memory");
}

static bool read_version(struct log *l, struct log_error *e)
{
	struct text t = { 0 };
	bool ok = read_small(l, "version", 64, &t, e);

	if (ok && !span_is(text_span(&t), LOG_VERSION))
		ok = log_fail(e, "Use the evenhand that wrote it, or a newer one.", l->dir,
			      "its layout is of another version");
	text_free(&t);
	return ok;
}

static bool read_vkey(struct log *l, struct log_error *e)
{
	struct text t = { 0 };
	bool ok = read_small(l, "vkey", MOST_VKEY - 1, &t, e);
	const char *wrong;

	if (!ok)
		return false;
	snprintf(l->vkey, sizeof(l->vkey), "%.*s", (int)t.n, t.p ? t.p : "");
	text_free(&t);
	l->vkey[strcspn(l->vkey, "\n")] = 0;
	wrong = note_key_read(span_text(l->vkey), &l->key);
	return !wrong || log_fail(e, NULL, l->dir, "vkey: %s", wrong);
}

/* Whether the private key is that of the log. */
static bool check_key(const struct log *l, struct log_error *e)
{
	struct note_key k;

	if (l->options.key && note_key_of(l->options.key, l->key.name, NOTE_ED25519, &k) &&
	    note_keys_equal(&k, &l->key))
		return true;
	return log_fail(e,
			"Give the key that the log was made with. A log never changes its key; "
			"another one is another log.",
			l->dir, "this key is not the log's, which is %s", l->vkey);
}

bool log_lock(struct log *l, struct log_error *e)
{
	char path[MOST_PATH];

	if (!path_format(path, "%s/lock", l->dir))
		return log_fail(e, NULL, l->dir, "%s", strerror(errno));
	l->lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (l->lock < 0)
		return log_fail(e, NULL, path, "%s", strerror(errno));
	while (flock(l->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		return log_fail(
			e,
			errno == EWOULDBLOCK
				? "One process writes to a log at a time. Send the envelope "
				  "to the server that has it open, or end that first."
				: NULL,
			l->dir, "%s",
			errno == EWOULDBLOCK ? "another process writes to this log"
					     : strerror(errno));
	}
	return true;
}

static bool read_state(struct log *l, struct log_error *e)
{
	static const char advice[] = "Restore it from a backup that is not older than what was "
				     "published, or begin a new log (docs/log.md).";
	struct log_error ignored;
	char path[MOST_PATH];
	struct checkpoint c;
	const char *wrong;
	uint64_t time;

	if (!read_small(l, "state", STATE_MOST, &l->state_bytes, e))
		return false;
	path_format(path, "%s/state", l->dir);
	wrong = state_read(text_span(&l->state_bytes), &l->state);
	if (wrong)
		return log_fail(e, advice, path, "%s", wrong);
	checkpoint_read(l->state.note, &c);
	if (!span_equal(c.origin, l->key.name) ||
	    checkpoint_check(&c, &l->key, &time) != NOTE_SIGNED)
		return log_fail(e, advice, path, "the log's key did not sign it");
	if (!public_read(l, &l->public_head, &ignored))
		l->public_head.head = (struct merkle_head){ 0 };
	return true;
}

static struct log *new_log(const char *dir, const struct log_options *o)
{
	struct log *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->options = *o;
	l->disk = o->disk ? o->disk : &disk_of_machine;
	l->lock = -1;
	l->segments.fd = l->segments.direct = -1;
	pthread_mutex_init(&l->mutex, NULL);
	pthread_mutex_init(&l->index_mutex, NULL);
	pthread_cond_init(&l->changed, NULL);
	pthread_mutex_init(&l->writer.mutex, NULL);
	pthread_cond_init(&l->writer.changed, NULL);
	pthread_mutex_init(&l->submitted.mutex, NULL);
	pthread_cond_init(&l->submitted.filled, NULL);
	pthread_mutex_init(&l->ready.mutex, NULL);
	pthread_cond_init(&l->ready.filled, NULL);
	live_start(&l->live);
	if (path_format(l->dir, "%s", dir) && path_format(l->open_folder, "%s/public", dir))
		return l;
	log_close(l);
	return NULL;
}

static bool open_segments(struct log *l, struct log_error *e)
{
	struct segment_options o = { l->disk, l->options.segment_bytes };
	struct segment_fault f;

	return segments_open(&l->segments, l->dir, l->state.end.segment + 1, &o, &f) ||
	       log_fail_segment(e, l, &f);
}

static bool open_to_read(struct log *l, struct log_error *e)
{
	if (!read_state(l, e) || !public_read(l, &l->public_head, e) || !open_segments(l, e))
		return false;
	/* An index that is not there yet, or is being made again, finds nothing. */
	digests_open(&l->leaves, l->dir, "leaf", true, true, l->disk);
	digests_open(&l->paes, l->dir, "pae", false, true, l->disk);
	return true;
}

static bool is_ended(const struct log *l)
{
	char path[MOST_PATH];

	return !path_format(path, "%s/closed", l->dir) || access(path, F_OK) == 0;
}

bool log_end(struct log *l, struct log_error *e)
{
	pthread_mutex_lock(&l->mutex);
	l->is_ended = true;
	pthread_mutex_unlock(&l->mutex);
	return disk_replace(l->disk, l->dir, "closed", span_text("evenhand log 1, closed\n")) ||
	       log_fail(e, NULL, l->dir, "closed: %s", strerror(errno));
}

static bool open_to_write(struct log *l, struct log_error *e)
{
	struct segment_fault f;

	if (!check_key(l, e) || !log_lock(l, e) || !read_state(l, e) || !check_sizes(l, e) ||
	    !admission_open(l, e))
		return false;
	l->is_ended = is_ended(l);
	if (!open_segments(l, e))
		return false;
	if (!segments_cut(&l->segments, l->state.end, &f))
		return log_fail_segment(e, l, &f);
	for (int i = 0; i < 2; i++) {
		l->batches[i] = calloc(1, sizeof(*l->batches[i]));
		if (l->batches[i])
			l->batches[i]->bytes = malloc(l->batches[i]->room = 1u << 20);
		if (!l->batches[i] || !l->batches[i]->bytes)
			return log_fail(e, NULL, l->dir, "out of memory");
	}
	l->next_number = l->state.tree.size;
	return recover(l, e) &&
	       (log_start(l) || log_fail(e, NULL, l->dir, "no thread could be started"));
}

struct log *log_open(const char *dir, const struct log_options *o, struct log_error *e)
{
	struct log *l = new_log(dir, o);

	if (!l) {
		log_fail(e, NULL, dir, "out of memory");
		return NULL;
	}
	if (read_version(l, e) && read_vkey(l, e) &&
	    (o->read_only ? open_to_read(l, e) : open_to_write(l, e)))
		return l;
	l->is_broken = true;
	log_close(l);
	return NULL;
}
