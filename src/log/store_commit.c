/* store_commit.c - the sequencer: one batch after the other is written and synced, read again,
 * hashed, signed, and made the state of the log; then everybody who waits for it is told. What came
 * in meanwhile is the next batch. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/store_own.h"

static const char reopen[] = "Nothing that was acknowledged is lost. Mend what the disk reports, "
			     "then open the log again.";

/* -- one batch -- */

/* Where the job of the batch that has that leaf stands, or would. */
static uint32_t *batch_slot(struct batch *b, const uint8_t leaf[SHA256_SIZE])
{
	uint32_t mask = sizeof(b->slots) / sizeof(*b->slots) - 1, at;

	memcpy(&at, leaf, sizeof(at));
	for (at &= mask; b->slots[at]; at = (at + 1) & mask)
		if (memcmp(b->jobs[b->slots[at] - 1]->leaf, leaf, SHA256_SIZE) == 0)
			break;
	return &b->slots[at];
}

static bool batch_room(struct batch *b, size_t more)
{
	uint8_t *bytes;

	if (more <= b->room - b->n)
		return true;
	bytes = realloc(b->bytes, 2 * b->room + more);
	if (!bytes)
		return false;
	b->bytes = bytes;
	b->room = 2 * b->room + more;
	return true;
}

static bool batch_add(struct log *l, struct job *j, int64_t now)
{
	struct batch *b = l->batch;
	size_t size = segment_record_size(j->record.entry.n, j->record.envelope.n);
	uint32_t *slot = batch_slot(b, j->leaf);

	if (*slot) {
		j->receipt = (struct log_receipt){ LOG_KNOWN, b->jobs[*slot - 1]->receipt.index, 0,
						   NULL };
		return true;
	}
	if (!batch_room(b, size))
		return false;
	j->record.number = l->state.tree.size + b->count;
	j->record.time = now;
	j->receipt = (struct log_receipt){ LOG_ADDED, j->record.number, 0, NULL };
	segment_record_write(&j->record, b->bytes + b->n);
	b->n += size;
	b->jobs[b->count++] = j;
	*slot = b->count;
	return true;
}

/* -- making it durable -- */

/* The leaves are made of what was stored, not of what was meant to be. */
static bool read_again(struct log *l, struct place at, struct merkle *tree, struct log_error *e)
{
	struct span in = segments_written(&l->segments, at, l->batch->n);
	char where[MOST_PATH + 64];

	for (uint32_t i = 0; i < l->batch->count; i++) {
		const struct job *j = l->batch->jobs[i];
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
	if (tree->size == l->state.tree.size + l->batch->count)
		return true;
	snprintf(where, sizeof(where), "%.200s/segments/%08u", l->dir, at.segment);
	return log_fail(e, reopen, where, "what was written is not what can be read");
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
	return log_fail(e, reopen, guard, "%s", strerror(errno));
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
		ok = log_fail(e, reopen, where, "%s", strerror(errno));
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

static bool enter(struct log *l, struct place at, struct log_error *e)
{
	for (uint32_t i = 0; i < l->batch->count; i++) {
		const struct job *j = l->batch->jobs[i];

		if (!index_record(l, &j->record, j->leaf, at) ||
		    !live_add(&l->live, j->record.number, j->leaf))
			return log_fail(e, reopen, l->dir, "index: %s", strerror(errno));
		at.offset += (uint32_t)segment_record_size(j->record.entry.n, j->record.envelope.n);
	}
	return true;
}

static bool commit(struct log *l, struct log_error *e)
{
	struct batch *b = l->batch;
	struct state next = l->state;
	struct segment_fault f;
	struct merkle_head head;
	struct text note = { 0 };
	struct place at;

	if (!segments_append(&l->segments, (struct span){ b->bytes, b->n }, l->state.tree.size, &at,
			     &f)) {
		log_fail_segment(e, l, &f);
		e->advice = reopen;
		return false;
	}
	if (!read_again(l, at, &next.tree, e))
		return false;
	next.end = (struct place){ at.segment, at.offset + (uint32_t)b->n };
	head.size = next.tree.size;
	merkle_root(&next.tree, head.root);
	if (!checkpoint_sign(l->options.key, l->key.name, &head, &note)) {
		text_free(&note);
		return log_fail(e, reopen, l->dir, "the key does not sign");
	}
	next.note = text_span(&note);
	if (!replace_state(l, &next, e)) {
		text_free(&note);
		return false;
	}
	segments_keep(&l->segments, next.end);
	l->state = next;
	l->state.note = (struct span){ 0 };
	if (!enter(l, at, e)) {
		text_free(&note);
		return false;
	}
	remember(l, &head, &note);
	return true;
}

/* -- the thread -- */

/* Whether the log has that entry. */
static bool is_known(struct log *l, struct job *j)
{
	uint64_t number;

	if (!log_find(l, j->leaf, &number))
		return false;
	j->receipt = (struct log_receipt){ LOG_KNOWN, number, l->state.tree.size, NULL };
	return true;
}

static uint64_t most_entries(const struct log *l)
{
	uint64_t most = l->options.most_entries;

	return most && most < DIGESTS_MOST ? most : DIGESTS_MOST;
}

/* Takes jobs off the list as far as a batch goes; NULL where memory ran out for one of them. */
static struct job *fill(struct log *l, struct job **list, struct log_error *e)
{
	struct job *taken = *list, *last = NULL;
	int64_t now = time(NULL);
	bool ok = true;

	l->batch->count = 0;
	l->batch->n = 0;
	memset(l->batch->slots, 0, sizeof(l->batch->slots));
	while (ok && *list && l->batch->count < MOST_BATCH && l->batch->n < BATCH_BYTES) {
		struct job *j = *list;

		if (is_known(l, j))
			;
		else if (l->state.tree.size + l->batch->count >= most_entries(l))
			j->receipt = (struct log_receipt){ .outcome = LOG_NOT_ADMITTED,
							   .why = log_is_ended };
		else if (!batch_add(l, j, now))
			ok = log_fail(e, reopen, l->dir, "out of memory");
		last = j;
		*list = j->next;
	}
	if (!ok)
		log_break(l, e);
	if (last)
		last->next = NULL;
	return taken;
}

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

/* Only this thread changes the state, and breaks it. */
void *sequencer_run(void *log)
{
	struct log *l = log;
	struct log_error e;
	struct job *list;

	while ((list = queue_take(&l->ready, false)) != NULL)
		while (list) {
			struct job *batch = fill(l, &list, &e);

			if (!l->is_broken && l->batch->count && !commit(l, &e))
				log_break(l, &e);
			end_all(l, batch);
		}
	hash_thread_end();
	return NULL;
}
