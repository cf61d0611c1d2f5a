/* witness_state.c - what a witness remembers: what each log said last, in a table by the SHA-256 of
 * its origin. It is read from the journal when the witness is opened. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "log/witness_inside.h"

/* -- the table -- */

static size_t slot_of(const struct log_state *logs, size_t room, const uint8_t id[SHA256_SIZE])
{
	size_t at;

	memcpy(&at, id, sizeof(at));
	for (at &= room - 1; logs[at].origin; at = (at + 1) & (room - 1))
		if (memcmp(logs[at].id, id, SHA256_SIZE) == 0)
			break;
	return at;
}

struct log_state *witness_find(const struct witness *w, const uint8_t id[SHA256_SIZE])
{
	struct log_state *s = w->room ? &w->logs[slot_of(w->logs, w->room, id)] : NULL;

	return s && s->origin ? s : NULL;
}

static bool grow(struct witness *w)
{
	size_t room = w->room ? w->room * 2 : 64;
	struct log_state *logs = calloc(room, sizeof(*logs));

	if (!logs)
		return false;
	for (size_t i = 0; i < w->room; i++)
		if (w->logs[i].origin)
			logs[slot_of(logs, room, w->logs[i].id)] = w->logs[i];
	free(w->logs);
	w->logs = logs;
	w->room = room;
	return true;
}

/* The state of an origin, a new one where there is none yet. NULL: no memory, or too many. */
static struct log_state *place(struct witness *w, struct span origin)
{
	uint8_t id[SHA256_SIZE];
	struct log_state *s;

	if (w->count >= w->room / 2 && (w->count >= WITNESS_MOST_LOGS || !grow(w)))
		return NULL;
	sha256_of(origin, id);
	s = &w->logs[slot_of(w->logs, w->room, id)];
	if (s->origin)
		return s;
	s->origin = strndup((const char *)origin.p, origin.n);
	if (!s->origin)
		return NULL;
	memcpy(s->id, id, SHA256_SIZE);
	w->count++;
	return s;
}

bool witness_set_note(struct witness *w, struct log_state *s, struct span note,
		      const struct merkle_head *head)
{
	char *copy = malloc(note.n);

	if (!copy)
		return false;
	memcpy(copy, note.p, note.n);
	w->live += note.n;
	w->live -= s->note ? s->note_size : 0;
	free(s->note);
	s->note = copy;
	s->note_size = note.n;
	s->head = *head;
	return true;
}

/* -- opening -- */

/* A key of a log; known ones stay as they are. NULL, or what is wrong. */
static const char *add_log(struct witness *w, struct span line)
{
	struct witness_log log;
	const char *wrong = witness_log_read(line, &log);
	struct log_state *s;

	if (wrong)
		return wrong;
	s = place(w, log.origin);
	if (!s)
		return "there are more logs than a witness knows, or there is no memory";
	for (uint32_t i = 0; i < s->key_count; i++)
		if (span_equal(span_text(s->keys[i]), log.vkey))
			return NULL;
	if (s->key_count == WITNESS_MOST_KEYS)
		return "its origin has more than 8 keys";
	s->keys[s->key_count] = strndup((const char *)log.vkey.p, log.vkey.n);
	if (!s->keys[s->key_count])
		return "no memory";
	s->key_count++;
	return NULL;
}

static bool list_has_changed(struct witness *w)
{
	struct stat st;

	if (fstatat(w->dir, WITNESS_LOGS, &st, 0) != 0)
		return true; /* the reader says why */
	if (st.st_size == w->list_size && st.st_mtim.tv_sec == w->list_time.tv_sec &&
	    st.st_mtim.tv_nsec == w->list_time.tv_nsec)
		return false;
	w->list_size = st.st_size;
	w->list_time = st.st_mtim;
	return true;
}

bool witness_list_again(struct witness *w, struct log_error *e)
{
	struct text file = { 0 };
	struct span rest, line;
	uint32_t number = 0;
	const char *wrong = NULL;
	bool ok;

	if (!list_has_changed(w))
		return true;
	ok = witness_file_read(w->dir, WITNESS_LOGS, &file, e);
	rest = text_span(&file);
	while (ok && !wrong && line_take(&rest, &line)) {
		number++;
		wrong = line_says(line) ? add_log(w, line) : NULL;
	}
	if (wrong) {
		ok = witness_fail(e, WITNESS_LOGS, wrong, 0);
		snprintf(e->where, sizeof(e->where), "%s:%u", WITNESS_LOGS, number);
	}
	text_free(&file);
	return ok;
}

/* A record of the journal. */
static const char *take_record(void *ctx, struct span record)
{
	struct witness *w = ctx;
	struct checkpoint c;
	const char *wrong = checkpoint_read(record, &c);
	struct log_state *s;

	if (wrong)
		return wrong;
	s = place(w, c.origin);
	if (s && s->note && c.head.size < s->head.size)
		return "a log is smaller than it was before";
	return s && witness_set_note(w, s, record, &c.head) ? NULL : "no memory";
}

/* Whether all newest records are this witness's own. */
static bool verify_records(struct witness *w, struct log_error *e)
{
	for (size_t i = 0; i < w->room; i++) {
		struct log_state *s = &w->logs[i];
		struct checkpoint c;
		uint64_t time;

		if (!s->note)
			continue;
		if (checkpoint_read((struct span){ (uint8_t *)s->note, s->note_size }, &c) ||
		    checkpoint_check(&c, &w->self, &time) != NOTE_SIGNED) {
			witness_fail(e, "journal", "a record is not signed by this witness", 0);
			e->advice = "Is it another witness's journal, or was it edited?";
			return false;
		}
	}
	return true;
}

static bool take_lock(struct witness *w, const char *dir, struct log_error *e)
{
	w->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0)
		return witness_fail(e, dir, "it cannot be opened", errno);
	if (!w->key)
		return true;
	w->lock = openat(w->dir, WITNESS_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (w->lock < 0)
		return witness_fail(e, dir, "it cannot be locked", errno);
	if (flock(w->lock, LOCK_EX | LOCK_NB) != 0) {
		witness_fail(e, dir, "another process works with this witness", 0);
		e->advice =
			"Two that sign for one witness could sign two histories. End the other.";
		return false;
	}
	return true;
}

static bool take_self(struct witness *w, struct log_error *e)
{
	struct witness_self self;
	struct note_key k;

	if (!witness_file_read(w->dir, WITNESS_SELF, &w->self_file, e) ||
	    !witness_self_read(text_span(&w->self_file), &self, e))
		return false;
	w->is_mirror = self.is_mirror;
	if (note_key_read(self.vkey, &w->self) || w->self.type != NOTE_COSIGNATURE)
		return witness_fail(e, WITNESS_SELF, "its vkey is none of a witness", 0);
	if (w->key && (!note_key_of(w->key, w->self.name, NOTE_COSIGNATURE, &k) ||
		       !note_keys_equal(&k, &w->self))) {
		witness_fail(e, WITNESS_SELF, "the private key is not that of its vkey", 0);
		e->advice = "A witness keeps its key for life. A new key is a new witness.";
		return false;
	}
	return true;
}

struct witness *witness_open(const char *dir, const struct sigkey *key, struct log_error *e)
{
	struct witness *w = calloc(1, sizeof(*w));
	const struct journal_reader reader = { take_record, w, !key };

	if (!w) {
		witness_fail(e, dir, "no memory", 0);
		return NULL;
	}
	*w = (struct witness){ .key = key, .dir = -1, .lock = -1, .journal.fd = -1 };
	w->path = strdup(dir);
	if ((w->path || witness_fail(e, dir, "no memory", 0)) && take_lock(w, dir, e) &&
	    take_self(w, e) && witness_journal_open(&w->journal, w->dir, &reader, e) &&
	    verify_records(w, e) && witness_list_again(w, e) && mirror_open(w, e))
		return w;
	witness_close(w);
	return NULL;
}

void witness_close(struct witness *w)
{
	if (!w)
		return;
	mirror_close(w);
	free(w->path);
	for (size_t i = 0; i < w->room; i++) {
		for (uint32_t k = 0; k < w->logs[i].key_count; k++)
			free(w->logs[i].keys[k]);
		free(w->logs[i].note);
		free(w->logs[i].origin);
	}
	free(w->logs);
	witness_journal_close(&w->journal);
	text_free(&w->self_file);
	if (w->lock >= 0)
		close(w->lock);
	if (w->dir >= 0)
		close(w->dir);
	free(w);
}

bool witness_is_mirror(const struct witness *w)
{
	return w->is_mirror;
}

struct span witness_name(const struct witness *w)
{
	return w->self.name;
}

size_t witness_log_count(const struct witness *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->room; i++)
		n += w->logs[i].key_count != 0;
	return n;
}

void witness_vkey(const struct witness *w, struct text *out)
{
	note_key_write(out, &w->self);
}

bool witness_is_broken(const struct witness *w)
{
	return w->journal.is_broken;
}

bool witness_newest(const struct witness *w, const uint8_t origin_sha256[SHA256_SIZE],
		    struct text *out)
{
	const struct log_state *s = witness_find(w, origin_sha256);

	if (!s || !s->note || witness_is_broken(w))
		return false;
	text_put(out, (struct span){ (const uint8_t *)s->note, s->note_size });
	return !out->failed;
}

static int by_origin(const void *a, const void *b)
{
	const struct log_state *const *x = a, *const *y = b;

	return strcmp((*x)->origin, (*y)->origin);
}

void witness_show(const struct witness *w, struct text *out)
{
	const struct log_state **list = calloc(w->count + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; list && i < w->room; i++)
		if (w->logs[i].origin)
			list[n++] = &w->logs[i];
	if (n)
		qsort(list, n, sizeof(*list), by_origin);
	for (size_t i = 0; i < n; i++) {
		struct text size = { 0 };

		text_number(&size, list[i]->head.size);
		text_format(out, "%15s  ", size.p ? size.p : "");
		text_escape(out, span_text(list[i]->origin), "");
		text_puts(out, list[i]->key_count ? "\n" : " (not listed)\n");
		text_free(&size);
	}
	out->failed |= !list;
	free(list);
}
