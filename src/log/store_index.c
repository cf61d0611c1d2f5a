/* store_index.c - the index of statements follows the log in a thread of its own, and the files
 * that statements name are kept. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "log/index.h"
#include "log/store_own.h"

#define AT_ONCE         512u /* entries in one transaction */
#define MOST_WAITED     20u  /* transactions, by who searches */
#define CLOSING_SECONDS 5    /* that a log which closes waits for its index */

/* Under index_mutex. */
static bool open_index(struct log *l, struct log_error *e)
{
	if (!l->index)
		l->index = index_open(l->dir, l->key.name, l->options.read_only, e);
	return l->index != NULL;
}

/* An index of a longer log than this is another's. most: transactions, so that who asks does not
 * wait for an index that is far behind. */
static bool catch_up(struct log *l, uint64_t most, struct log_error *e)
{
	struct merkle_head head;
	bool ok = open_index(l, e);

	if (ok && l->options.read_only)
		return true;
	log_head(l, &head);
	if (ok && index_size(l->index) > head.size) {
		log_fail(e, "evenhand log index makes it anew from the log.", l->dir,
			 "its index is of a longer log");
		return false;
	}
	while (ok && index_size(l->index) < head.size && most--)
		ok = index_update(l->index, l, head.size, AT_ONCE, e);
	return ok;
}

bool log_search(struct log *l, const struct index_query *q,
		void (*each)(void *ctx, const struct index_row *row), void *ctx,
		struct log_error *e)
{
	bool ok;

	pthread_mutex_lock(&l->index_mutex);
	ok = catch_up(l, MOST_WAITED, e) && index_find(l->index, q, each, ctx, e);
	pthread_mutex_unlock(&l->index_mutex);
	return ok;
}

bool log_search_by_turns(struct log *l, const uint8_t image[SHA256_SIZE], struct index_turn *turns,
			 size_t most, size_t *count, struct log_error *e)
{
	bool ok;

	pthread_mutex_lock(&l->index_mutex);
	ok = catch_up(l, MOST_WAITED, e) && index_by_turns(l->index, image, turns, most, count, e);
	pthread_mutex_unlock(&l->index_mutex);
	return ok;
}

/* -- the thread -- */

/* One transaction. False: nothing more is to be done, or can be. */
static bool index_some(struct log *l)
{
	struct merkle_head head;
	struct log_error e;
	bool more;

	log_head(l, &head);
	pthread_mutex_lock(&l->index_mutex);
	more = open_index(l, &e) && index_size(l->index) < head.size &&
	       index_update(l->index, l, head.size, AT_ONCE, &e);
	pthread_mutex_unlock(&l->index_mutex);
	return more;
}

/* Once the log closes. */
static bool is_late(const struct log *l, time_t *closing)
{
	if (l->ends_index && !*closing)
		*closing = time(NULL);
	return *closing && time(NULL) - *closing > CLOSING_SECONDS;
}

/* Behind everything else: who submits must not wait for it. What it does not come to while the log
 * is open is done when it is opened again. */
void *indexer_run(void *log)
{
	struct log *l = log;
	time_t closing = 0;
	uint32_t seen = 0;
	bool more;

	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
	do {
		while (!is_late(l, &closing) && index_some(l))
			;
		pthread_mutex_lock(&l->mutex);
		while (!l->ends_index && l->signed_next == seen)
			pthread_cond_wait(&l->changed, &l->mutex);
		more = l->signed_next != seen;
		seen = l->signed_next;
		pthread_mutex_unlock(&l->mutex);
	} while (more);
	hash_thread_end();
	return NULL;
}

bool log_index_again(const char *dir, uint64_t *entries, struct log_error *e)
{
	struct log_options o = { .read_only = true };
	struct log *l = log_open(dir, &o, e);
	char path[MOST_PATH];
	bool ok = l != NULL;

	ok = ok && log_lock(l, e);
	if (ok && path_format(path, "%s/index/find.db", dir))
		unlink(path);
	if (ok) {
		l->options.read_only = false; /* nobody else writes now */
		pthread_mutex_lock(&l->index_mutex);
		ok = catch_up(l, UINT64_MAX, e);
		if (ok)
			*entries = index_size(l->index);
		pthread_mutex_unlock(&l->index_mutex);
		l->options.read_only = true;
	}
	log_close(l);
	return ok;
}

/* -- kept files -- */

static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;

static bool kept_path(const struct log *l, const uint8_t sha256[SHA256_SIZE],
		      char folder[MOST_PATH], char name[2 * SHA256_SIZE + 1])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(name + 2 * i, 3, "%02x", sha256[i]);
	return path_format(folder, "%s/kept/%.2s", l->dir, name);
}

static bool is_whole(struct log *l, const uint8_t sha256[SHA256_SIZE])
{
	uint8_t *bytes;
	size_t n;

	if (!log_kept(l, sha256, &bytes, &n))
		return false;
	log_bytes_free(bytes);
	return true;
}

/* One at a time: two who bring the same file would write to the same one. A file that is there and
 * was torn is written again. */
bool log_keep(struct log *l, struct span file, struct log_error *e)
{
	char folder[MOST_PATH], name[2 * SHA256_SIZE + 1], path[MOST_PATH];
	uint8_t sha256[SHA256_SIZE];
	bool ok;

	if (l->options.read_only)
		return log_fail(e, NULL, l->dir, "it is not open for writing");
	sha256_of(file, sha256);
	pthread_mutex_lock(&l->index_mutex);
	ok = catch_up(l, UINT64_MAX, e);
	if (ok && index_withholds_file(l->index, sha256))
		ok = log_fail(
			e,
			"Add the copy that sign --publish wrote; --reveal signs that they may be "
			"read.",
			l->dir,
			"it has found passwords, which its statement leaves out of what is "
			"published");
	else if (ok && !index_names_file(l->index, sha256))
		ok = log_fail(e,
			      "Add the statement first. A report must be the one that was signed, "
			      "or its published copy.",
			      l->dir, "no statement in this log names a file with that digest");
	pthread_mutex_unlock(&l->index_mutex);
	if (!ok)
		return false;
	pthread_mutex_lock(&keeping);
	ok = is_whole(l, sha256) ||
	     (kept_path(l, sha256, folder, name) && l->disk->make_folder(l->disk->ctx, folder) &&
	      path_format(path, "%s/kept", l->dir) && l->disk->sync_folder(l->disk->ctx, path) &&
	      disk_replace(l->disk, folder, name, file)) ||
	     log_fail(e, NULL, folder, "%s", strerror(errno));
	pthread_mutex_unlock(&keeping);
	return ok;
}

bool log_kept(struct log *l, const uint8_t sha256[SHA256_SIZE], uint8_t **bytes, size_t *n)
{
	char folder[MOST_PATH], name[2 * SHA256_SIZE + 1], path[MOST_PATH];
	uint8_t have[SHA256_SIZE];

	if (!kept_path(l, sha256, folder, name) || !path_format(path, "%s/%s", folder, name) ||
	    !file_read(path, SIZE_MAX >> 1, bytes, n))
		return false;
	sha256_of((struct span){ *bytes, *n }, have);
	if (memcmp(have, sha256, SHA256_SIZE) == 0)
		return true;
	free(*bytes);
	*bytes = NULL;
	return false;
}

int log_kept_open(struct log *l, const uint8_t sha256[SHA256_SIZE], uint64_t *size)
{
	char folder[MOST_PATH], name[2 * SHA256_SIZE + 1], path[MOST_PATH];
	uint8_t *bytes;
	size_t n;

	if (!log_kept(l, sha256, &bytes, &n))
		return -1;
	log_bytes_free(bytes);
	*size = n;
	return kept_path(l, sha256, folder, name) && path_format(path, "%s/%s", folder, name)
		       ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
		       : -1;
}

bool log_is_kept(const struct log *l, const uint8_t sha256[SHA256_SIZE])
{
	char folder[MOST_PATH], name[2 * SHA256_SIZE + 1], path[MOST_PATH];

	return kept_path(l, sha256, folder, name) && path_format(path, "%s/%s", folder, name) &&
	       access(path, F_OK) == 0;
}
