/* witness.c - how a witness answers: a batch of requests changes the table, then the journal, and
 * only then is anything answered. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/witness_inside.h"

#define LEAST_TO_COMPACT (4u << 20) /* bytes of a journal */
#define EVIDENCE         "evidence"
#define MOST_EVIDENCE    64u

void witness_say(struct witness_exchange *x, unsigned status, const char *text)
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

enum note_check witness_log_lines(const struct log_state *s, const struct checkpoint *c,
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
		for (uint32_t l = 0; l < c->note.count; l++) {
			if (!note_line_is_of(&c->note.lines[l], &k))
				continue;
			text_put(lines, c->note.lines[l].line);
			break;
		}
	}
	return all;
}

/* Two checkpoints of one size that a log signed: both are kept, byte for byte. */
static void keep_evidence(struct witness *w, const struct log_state *s, uint64_t size,
			  struct span ours, struct span theirs)
{
	struct text pair = { 0 };
	char name[64];
	int fd;

	if (w->evidence_count >= MOST_EVIDENCE ||
	    (mkdirat(w->dir, EVIDENCE, 0755) && errno != EEXIST))
		return;
	text_put(&pair, ours);
	text_char(&pair, '\n');
	text_put(&pair, theirs);
	snprintf(name, sizeof(name), EVIDENCE "/%02x%02x%02x%02x-%llu-%08x", s->id[0], s->id[1],
		 s->id[2], s->id[3], (unsigned long long)size, crc32_of(theirs));
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
	struct merkle_head older;
	struct span newest = mirror_newest(s, &older);

	if (r->old != older.size)
		return answer_size(x, older.size), false;
	if (r->is_other_empty)
		return witness_say(x, 422, "An empty tree has another root."), false;
	if (r->old == 0 && r->proof.count)
		return witness_say(x, 422, "From size 0 there is nothing to prove."), false;
	if (!newest.n)
		return true;
	if (older.size == head->size && !merkle_head_equal(&older, head)) {
		keep_evidence(w, s, older.size, newest, r->note);
		return witness_say(x, 422,
				   "A tree of this size with another root was cosigned before."),
		       false;
	}
	if (!merkle_consistent(&older, head, &r->proof))
		return witness_say(x, 422, "The consistency proof does not hold."), false;
	return true;
}

bool witness_cosign(struct witness *w, struct log_state *s, const struct checkpoint *c,
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
	ok = ok && !note.failed && !x->body.failed && note.n <= JOURNAL_MOST_RECORD &&
	     witness_set_note(w, s, text_span(&note), &again.head);
	if (ok) {
		witness_journal_add(&w->journal, text_span(&note));
		x->status = 200;
		x->type = "text/plain; charset=utf-8";
	}
	text_free(&note);
	return ok;
}

/* A mirror signs later, when it has the entries: its answer is empty. */
static bool take(struct witness *w, struct log_state *s, const struct checkpoint *c,
		 struct span log_lines, uint64_t time, struct witness_exchange *x)
{
	if (!w->is_mirror)
		return witness_cosign(w, s, c, log_lines, time, x);
	x->status = 200;
	x->type = "text/plain; charset=utf-8";
	return mirror_hold(w, s, c, log_lines);
}

static void answer_one(struct witness *w, struct witness_exchange *x, uint64_t time)
{
	struct witness_request r;
	const char *wrong = witness_request_read(x->request, &r);
	struct text lines = { 0 };
	uint8_t id[SHA256_SIZE];
	struct log_state *s;
	enum note_check check;

	if (wrong) {
		witness_say(x, 400, wrong);
		return;
	}
	sha256_of(r.checkpoint.origin, id);
	s = witness_find(w, id);
	if (!s || s->key_count == 0) {
		witness_say(x, 404, "This witness does not know that log.");
		return;
	}
	check = witness_log_lines(s, &r.checkpoint, &lines);
	if (check == NOTE_UNSIGNED)
		witness_say(x, 403, "No key of the log that is known here has signed it.");
	else if (check == NOTE_BROKEN)
		witness_say(x, 403, "A signature of the log does not hold.");
	else if (is_next(w, s, &r, x) &&
		 (lines.failed || !take(w, s, &r.checkpoint, text_span(&lines), time, x)))
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
			(x[i].has_entries ? mirror_take_entries : answer_one)(w, &x[i], time);
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
		witness_say(&x[i], 500,
			    "This witness cannot write, and signs nothing until it is "
			    "started again.");
	}
}
