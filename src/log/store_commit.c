/* store_commit.c - the sequencer: one batch after the other is written and synced, read again,
 * hashed, signed, and made the state of the log; then everybody who waits for it is told. What came
 * in meanwhile is the next batch, which is written while this one is signed. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/store_own.h"

const char log_reopen[] = "Nothing that was acknowledged is lost. Mend what the disk reports, "
			  "then open the log again.";

/* -- making it durable -- */

/* The leaves are made of what was stored, not of what was meant to be. */
static bool read_again(struct log *l, const struct batch *b, struct merkle *tree,
		       struct log_error *e)
{
	struct span in = segments_written(&l->segments, b->at, b->n);
	char where[MOST_PATH + 64];

	for (uint32_t i = 0; i < b->count; i++) {
		const struct job *j = b->jobs[i];
		uint8_t leaf[SHA256_SIZE];
		struct record r;
		size_t size;

		if (segment_record_read(in, &r, &size) || r.number != j->record.number)
			break;
		merkle_leaf(&r.entry, 1, leaf);
		if (memcmp(leaf, j->leaf, SHA256_SIZE) != 0)
			break;
		merkle_add(tree, leaf);
		in = span_from(in, size);
	}
	if (tree->size == l->state.tree.size + b->count)
		return true;
	snprintf(where, sizeof(where), "%.200s/segments/%08u", l->dir, b->at.segment);
	return log_fail(e, log_reopen, where, "what was written is not what can be read");
}

bool checkpoint_sign(const struct sigkey *key, struct span origin, const struct merkle_head *head,
		     struct text *out)
{
	struct text body = { 0 };
	bool ok;

	checkpoint_write(&body, origin, head);
	text_put(out, text_span(&body));
	text_char(out, '\n');
	ok = !body.failed && note_sign(key, origin, text_span(&body), out) && !out->failed;
	text_free(&body);
	return ok;
}

/* Another process that took the log over would have left another state. */
static bool state_is_mine(struct log *l, struct log_error *e)
{
	char path[MOST_PATH];
	uint8_t *bytes = NULL;
	size_t n = 0;
	bool same = path_format(path, "%s/state", l->dir) &&
		    file_read(path, STATE_MOST, &bytes, &n) &&
		    span_equal((struct span){ bytes, n }, text_span(&l->state_bytes));

	free(bytes);
	return same || log_fail(e, "Somebody else writes to this log, or changed it. Find out who.",
				path, "it is not the state that this process left");
}

static bool write_guard(struct log *l, struct span note, struct log_error *e)
{
	const char *guard = l->options.guard;
	const char *name = guard ? strrchr(guard, '/') : NULL;
	char folder[MOST_PATH];

	if (!guard)
		return true;
	name = name ? name + 1 : guard;
	if (path_format(folder, "%.*s", (int)(name - guard), guard) &&
	    disk_replace(l->disk, folder[0] ? folder : ".", name, note))
		return true;
	return log_fail(e, log_reopen, guard, "%s", strerror(errno));
}

/* Writes the state that follows. */
static bool replace_state(struct log *l, const struct state *next, struct log_error *e)
{
	struct text bytes = { 0 };
	bool ok;

	state_write(&bytes, next);
	ok = !bytes.failed && state_is_mine(l, e);
	if (ok && !disk_replace(l->disk, l->dir, "state", text_span(&bytes))) {
		char where[MOST_PATH + 16];

		snprintf(where, sizeof(where), "%.200s/state", l->dir);
		ok = log_fail(e, log_reopen, where, "%s", strerror(errno));
	}
	ok = ok && write_guard(l, next->note, e);
	if (!ok) {
		text_free(&bytes);
		return false;
	}
	text_free(&l->state_bytes);
	l->state_bytes = bytes;
	return true;
}

/* -- what everybody may know then -- */

void remember(struct log *l, const struct merkle_head *head, struct text *note)
{
	struct signed_head *h;

	pthread_mutex_lock(&l->mutex);
	h = &l->signed_heads[l->signed_next % SIGNED_KEPT];
	text_free(&h->note);
	*h = (struct signed_head){ *head, *note, false };
	l->signed_next++;
	if (l->signed_count < SIGNED_KEPT)
		l->signed_count++;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->mutex);
}

/* A statement that several signed is found by the first. */
static bool is_first_of_pae(struct log *l, const struct record *r)
{
	struct digests_walk w;
	struct record other;
	uint64_t number;

	digests_look(&l->paes, r->pae_sha256, &w);
	while (digests_next(&l->paes, &w, &number))
		if (record_of(l, number, &other, NULL) &&
		    memcmp(other.pae_sha256, r->pae_sha256, SHA256_SIZE) == 0)
			return false;
	return true;
}

bool index_record(struct log *l, const struct record *r, const uint8_t leaf[SHA256_SIZE],
		  struct place at)
{
	return digests_add(&l->leaves, leaf, r->number, at) &&
	       (!is_first_of_pae(l, r) || digests_add(&l->paes, r->pae_sha256, r->number, at));
}

static bool enter(struct log *l, const struct batch *b, struct log_error *e)
{
	struct place at = b->at;

	for (uint32_t i = 0; i < b->count; i++) {
		const struct job *j = b->jobs[i];

		if (!index_record(l, &j->record, j->leaf, at) ||
		    !live_add(&l->live, j->record.number, j->leaf))
			return log_fail(e, log_reopen, l->dir, "index: %s", strerror(errno));
		at.offset += (uint32_t)segment_record_size(j->record.entry.n, j->record.envelope.n);
	}
	return true;
}

/* Its records are written and synced. */
static bool commit(struct log *l, const struct batch *b, struct log_error *e)
{
	struct state next = l->state;
	struct merkle_head head;
	struct text note = { 0 };
	bool ok;

	if (!read_again(l, b, &next.tree, e))
		return false;
	next.end = (struct place){ b->at.segment, b->at.offset + (uint32_t)b->n };
	head.size = next.tree.size;
	merkle_root(&next.tree, head.root);
	ok = checkpoint_sign(l->options.key, l->key.name, &head, &note) ||
	     log_fail(e, log_reopen, l->dir, "the key does not sign");
	next.note = text_span(&note);
	ok = ok && replace_state(l, &next, e);
	if (ok) {
		segments_keep(&l->segments, next.end);
		l->state = next;
		l->state.note = (struct span){ 0 };
		ok = enter(l, b, e);
	}
	if (ok)
		remember(l, &head, &note);
	else
		text_free(&note);
	return ok;
}

/* -- the thread -- */

static void end_all(struct log *l, struct job *list)
{
	while (list) {
		struct job *next = list->next;

		if (l->is_broken)
			list->receipt =
				(struct log_receipt){ .outcome = LOG_BROKEN, .why = l->why_text };
		else if (list->receipt.outcome != LOG_NOT_ADMITTED)
			list->receipt.size = l->state.tree.size;
		job_end(l, list);
		list = next;
	}
}

static void finish(struct log *l, struct batch *b)
{
	struct log_error e;

	if (!l->is_broken && b->count && !commit(l, b, &e))
		log_break(l, &e);
	end_all(l, b->list);
	b->list = NULL;
}

/* -- how large a batch becomes -- */

/* A batch costs the same syncs whatever is in it. While others are being verified it waits for
 * them, so long at most behind the batch before; whoever is alone never waits. */
#define PACE_MS 10
#define ENOUGH  256u

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool is_worth_waiting(struct log *l)
{
	return l->unverified > 0 && queue_count(&l->ready) < ENOUGH;
}

static void pace(struct log *l, int64_t last)
{
	const struct timespec nap = { .tv_nsec = 500000 };

	while (is_worth_waiting(l) && now_us() < last + PACE_MS * 1000)
		nanosleep(&nap, NULL);
}

/* Two batches are on their way at most: one is written, the other filled or signed. */
void *sequencer_run(void *log)
{
	struct log *l = log;
	struct batch *written = NULL;
	struct job *list = NULL;
	int64_t last = 0;

	for (unsigned turn = 0;; turn++) {
		struct batch *b = NULL;

		if (!list && written && is_worth_waiting(l)) {
			writer_wait(l);
			finish(l, written);
			written = NULL;
		}
		if (!list && !written) {
			queue_wait(&l->ready);
			pace(l, last);
		}
		if (!list)
			list = queue_take(&l->ready, QUEUE_NOW);
		if (!list && !written)
			break;
		if (list) {
			last = now_us();
			b = l->batches[turn % 2];
			batch_fill(l, b, written, &list);
		}
		if (written)
			writer_wait(l);
		if (b && b->count && !l->is_broken)
			writer_start(l, b);
		if (written)
			finish(l, written);
		written = b;
	}
	hash_thread_end();
	return NULL;
}
