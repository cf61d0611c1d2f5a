/* witness.c - see witness.h. What each log said last stands in a table by the SHA-256 of its
 * origin; a batch of requests changes the table, then the journal, and only then is anything
 * answered. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "log/witness_inside.h"
#include "log/witness_journal.h"

#define LEAST_TO_COMPACT (4u << 20) /* bytes of a journal */
#define EVIDENCE         "evidence"
#define MOST_EVIDENCE    64u

struct log_state {
	uint8_t id[SHA256_SIZE]; /* of the origin */
	char *keys[WITNESS_MOST_KEYS];
	uint32_t key_count; /* 0: not on the list, but cosigned once */
	char *note;         /* the newest, with signatures; NULL: never */
	size_t note_size;
	struct merkle_head head;
};

struct witness {
	const struct sigkey *key;
	struct note_key self;
	struct text self_file; /* the name is a view of it */
	int dir, lock;
	struct log_state *logs; /* open addressing: room is a power of two */
	size_t room, count;
	uint64_t live; /* bytes of the newest notes */
	struct witness_journal journal;
	uint32_t evidence_count;
	struct timespec list_time; /* of the list that was read last */
	off_t list_size;
};

/* -- the table -- */

static size_t slot_of(const struct log_state *logs, size_t room, const uint8_t id[SHA256_SIZE])
{
	size_t at;

	memcpy(&at, id, sizeof(at));
	for (at &= room - 1; logs[at].key_count || logs[at].note; at = (at + 1) & (room - 1))
		if (memcmp(logs[at].id, id, SHA256_SIZE) == 0)
			break;
	return at;
}

static struct log_state *find(const struct witness *w, const uint8_t id[SHA256_SIZE])
{
	struct log_state *s = w->room ? &w->logs[slot_of(w->logs, w->room, id)] : NULL;

	return s && (s->key_count || s->note) ? s : NULL;
}

static bool grow(struct witness *w)
{
	size_t room = w->room ? w->room * 2 : 64;
	struct log_state *logs = calloc(room, sizeof(*logs));

	if (!logs)
		return false;
	for (size_t i = 0; i < w->room; i++)
		if (w->logs[i].key_count || w->logs[i].note)
			logs[slot_of(logs, room, w->logs[i].id)] = w->logs[i];
	free(w->logs);
	w->logs = logs;
	w->room = room;
	return true;
}

/* The state of an origin, a new one where there is none yet; the caller gives it a key or a note.
 * NULL: no memory, or too many. */
static struct log_state *place(struct witness *w, struct span origin)
{
	uint8_t id[SHA256_SIZE];
	struct log_state *s;

	if (w->count >= w->room / 2 && (w->count >= WITNESS_MOST_LOGS || !grow(w)))
		return NULL;
	sha256_of(origin, id);
	s = &w->logs[slot_of(w->logs, w->room, id)];
	if (!s->key_count && !s->note) {
		memcpy(s->id, id, SHA256_SIZE);
		w->count++;
	}
	return s;
}

static bool set_note(struct witness *w, struct log_state *s, struct span note,
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
	return s && set_note(w, s, record, &c.head) ? NULL : "no memory";
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
	if (note_key_read(self.vkey, &w->self) || w->self.type != NOTE_COSIGNATURE)
		return witness_fail(e, WITNESS_SELF, "its vkey is none of a witness", 0);
	if (!note_key_of(w->key, w->self.name, NOTE_COSIGNATURE, &k) ||
	    !note_keys_equal(&k, &w->self)) {
		witness_fail(e, WITNESS_SELF, "the private key is not that of its vkey", 0);
		e->advice = "A witness keeps its key for life. A new key is a new witness.";
		return false;
	}
	return true;
}

struct witness *witness_open(const char *dir, const struct sigkey *key, struct log_error *e)
{
	struct witness *w = calloc(1, sizeof(*w));
	const struct journal_reader reader = { take_record, w };

	if (!w) {
		witness_fail(e, dir, "no memory", 0);
		return NULL;
	}
	*w = (struct witness){ .key = key, .dir = -1, .lock = -1, .journal.fd = -1 };
	if (take_lock(w, dir, e) && take_self(w, e) &&
	    witness_journal_open(&w->journal, w->dir, &reader, e) && verify_records(w, e) &&
	    witness_list_again(w, e))
		return w;
	witness_close(w);
	return NULL;
}

void witness_close(struct witness *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->room; i++) {
		for (uint32_t k = 0; k < w->logs[i].key_count; k++)
			free(w->logs[i].keys[k]);
		free(w->logs[i].note);
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

bool witness_newest(const struct witness *w, const uint8_t origin_sha256[SHA256_SIZE],
		    struct text *out)
{
	const struct log_state *s = find(w, origin_sha256);

	if (!s || !s->note)
		return false;
	text_put(out, (struct span){ (const uint8_t *)s->note, s->note_size });
	return !out->failed;
}

/* -- answering -- */

static void answer(struct witness_exchange *x, unsigned status, const char *text)
{
	x->status = status;
	x->type = "text/plain; charset=utf-8";
	text_puts(&x->body, text);
	text_char(&x->body, '\n');
}

static void answer_size(struct witness_exchange *x, uint64_t size)
{
	x->status = 409;
	x->type = WITNESS_SIZE_TYPE;
	text_format(&x->body, "%llu\n", (unsigned long long)size);
}

/* The log's lines that hold, appended. A configured key's line that does not hold, or none that
 * does: NOTE_BROKEN, NOTE_UNSIGNED. */
static enum note_check take_signatures(const struct log_state *s, const struct checkpoint *c,
				       struct text *lines)
{
	enum note_check all = NOTE_UNSIGNED;

	for (uint32_t i = 0; i < s->key_count; i++) {
		enum note_check one;
		struct note_key k;
		uint64_t time;

		if (note_key_read(span_text(s->keys[i]), &k))
			continue;
		one = checkpoint_check(c, &k, &time);
		if (one == NOTE_BROKEN)
			return NOTE_BROKEN;
		if (one == NOTE_UNSIGNED)
			continue;
		all = NOTE_SIGNED;
		for (uint32_t l = 0; l < c->note.count; l++)
			if (note_line_is_of(&c->note.lines[l], &k))
				text_put(lines, c->note.lines[l].line);
	}
	return all;
}

/* Two checkpoints of one size that a log signed: both are kept, byte for byte. */
static void keep_evidence(struct witness *w, const struct log_state *s, struct span theirs)
{
	struct text pair = { 0 };
	char name[64];
	int fd;

	if (w->evidence_count >= MOST_EVIDENCE ||
	    (mkdirat(w->dir, EVIDENCE, 0755) && errno != EEXIST))
		return;
	text_put(&pair, (struct span){ (const uint8_t *)s->note, s->note_size });
	text_char(&pair, '\n');
	text_put(&pair, theirs);
	snprintf(name, sizeof(name), EVIDENCE "/%02x%02x%02x%02x-%llu-%08x", s->id[0], s->id[1],
		 s->id[2], s->id[3], (unsigned long long)s->head.size, crc32_of(theirs));
	fd = openat(w->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd >= 0 && !pair.failed && write(fd, pair.p, pair.n) == (ssize_t)pair.n && !fsync(fd))
		w->evidence_count++;
	if (fd >= 0)
		close(fd);
	text_free(&pair);
}

/* What the history allows. */
static bool is_next(struct witness *w, const struct log_state *s, const struct witness_request *r,
		    struct witness_exchange *x)
{
	const struct merkle_head *head = &r->checkpoint.head;
	struct merkle_head older = s->head;

	if (r->old != (s->note ? s->head.size : 0))
		return answer_size(x, s->note ? s->head.size : 0), false;
	if (r->is_other_empty)
		return answer(x, 422, "An empty tree has another root."), false;
	if (r->old == 0 && r->proof.count)
		return answer(x, 422, "From size 0 there is nothing to prove."), false;
	if (!s->note)
		return true;
	if (older.size == head->size && !merkle_head_equal(&older, head)) {
		keep_evidence(w, s, r->note);
		return answer(x, 422, "A tree of this size with another root was cosigned before."),
		       false;
	}
	if (!merkle_consistent(&older, head, &r->proof))
		return answer(x, 422, "The consistency proof does not hold."), false;
	return true;
}

/* The log's signatures and the new line, which is the answer too, become the newest note and a
 * record. What is signed is written anew from what was parsed. */
static bool cosign(struct witness *w, struct log_state *s, const struct checkpoint *c,
		   struct span log_lines, uint64_t time, struct witness_exchange *x)
{
	struct checkpoint again = { .has_extensions = false };
	struct text note = { 0 };
	bool ok;

	checkpoint_write(&note, c->origin, &c->head);
	again.note.text = text_span(&note);
	ok = !note.failed && span_equal(again.note.text, c->note.text) &&
	     !checkpoint_body_read(again.note.text, &again) &&
	     checkpoint_cosign(w->key, w->self.name, &again, time, &x->body);
	text_char(&note, '\n');
	text_put(&note, log_lines);
	text_put(&note, text_span(&x->body));
	ok = ok && !note.failed && !x->body.failed && note.n <= MOST_RECORD &&
	     set_note(w, s, text_span(&note), &again.head);
	if (ok) {
		witness_journal_add(&w->journal, text_span(&note));
		x->status = 200;
		x->type = "text/plain; charset=utf-8";
	}
	text_free(&note);
	return ok;
}

static void answer_one(struct witness *w, struct witness_exchange *x, uint64_t time)
{
	static struct witness_request r; /* one thread at a time */
	const char *wrong = witness_request_read(x->request, &r);
	struct text lines = { 0 };
	uint8_t id[SHA256_SIZE];
	struct log_state *s;
	enum note_check check;

	if (wrong) {
		answer(x, 400, wrong);
		return;
	}
	sha256_of(r.checkpoint.origin, id);
	s = find(w, id);
	if (!s || s->key_count == 0) {
		answer(x, 404, "This witness does not know that log.");
		return;
	}
	check = take_signatures(s, &r.checkpoint, &lines);
	if (check == NOTE_UNSIGNED)
		answer(x, 403, "No key of the log that is known here has signed it.");
	else if (check == NOTE_BROKEN)
		answer(x, 403, "A signature of the log does not hold.");
	else if (is_next(w, s, &r, x) &&
		 (lines.failed || !cosign(w, s, &r.checkpoint, text_span(&lines), time, x)))
		w->journal.is_broken = true; /* no memory: the table and the journal may differ */
	text_free(&lines);
}

/* A journal of the newest records alone, where most of it has become old. */
static bool compact(struct witness *w)
{
	for (size_t i = 0; i < w->room; i++)
		if (w->logs[i].note)
			witness_journal_add(&w->journal, (struct span){ (uint8_t *)w->logs[i].note,
									w->logs[i].note_size });
	return witness_journal_replace(&w->journal);
}

void witness_answer(struct witness *w, struct witness_exchange *x, size_t count, uint64_t time)
{
	bool any, ok;

	for (size_t i = 0; i < count; i++) {
		x[i].status = 0;
		x[i].body.n = 0;
		if (!w->journal.is_broken)
			answer_one(w, &x[i], time);
	}
	any = w->journal.pending.n > 0;
	ok = !w->journal.is_broken && (!any || witness_journal_commit(&w->journal));
	if (ok && w->journal.size > LEAST_TO_COMPACT && w->journal.size / 4 > w->live)
		ok = compact(w);
	for (size_t i = 0; i < count; i++) {
		if (ok)
			continue;
		/* Not even by an error may a signature get out that is not on disk. */
		text_free(&x[i].body);
		answer(&x[i], 500,
		       "This witness cannot write, and signs nothing until it is "
		       "started again.");
	}
}
