/* store_batch.c - a batch is filled from what is submitted, and written by a thread of its own. */
#include <stdlib.h>
#include <time.h>

#include "log/store_own.h"

/* -- filling -- */

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

static bool batch_add(struct log *l, struct batch *b, struct job *j, int64_t now)
{
	size_t size = segment_record_size(j->record.entry.n, j->record.envelope.n);
	uint32_t *slot = batch_slot(b, j->leaf);
	const uint32_t *twin = j->has_twin ? batch_slot(b, j->twin) : slot;

	if (*slot || *twin) {
		const struct job *known = b->jobs[(*slot ? *slot : *twin) - 1];

		j->receipt = (struct log_receipt){ LOG_KNOWN, known->receipt.index, 0, NULL };
		return true;
	}
	if (!batch_room(b, size))
		return false;
	j->record.number = l->next_number + b->count;
	j->record.time = now;
	j->receipt = (struct log_receipt){ LOG_ADDED, j->record.number, 0, NULL };
	segment_record_write(&j->record, b->bytes + b->n);
	b->n += size;
	b->jobs[b->count++] = j;
	*slot = b->count;
	return true;
}

static uint64_t most_entries(const struct log *l)
{
	uint64_t most = l->options.most_entries;

	return most && most < DIGESTS_MOST ? most : DIGESTS_MOST;
}

static bool find_leaf(struct log *l, struct batch *before, const uint8_t leaf[SHA256_SIZE],
		      uint64_t *number)
{
	const uint32_t *slot = before ? batch_slot(before, leaf) : NULL;

	if (!slot || !*slot)
		return log_find(l, leaf, number);
	*number = before->jobs[*slot - 1]->receipt.index;
	return true;
}

/* Whether the log has that entry, or the batch before this one, which is not in the index yet. */
static bool is_known(struct log *l, struct batch *before, struct job *j)
{
	uint64_t number;

	if (!find_leaf(l, before, j->leaf, &number) &&
	    !(j->has_twin && find_leaf(l, before, j->twin, &number)))
		return false;
	j->receipt = (struct log_receipt){ LOG_KNOWN, number, 0, NULL };
	return true;
}

static bool take_job(struct log *l, struct batch *b, struct batch *before, struct job *j)
{
	if (is_known(l, before, j))
		return true;
	if (l->next_number + b->count >= most_entries(l)) {
		j->receipt =
			(struct log_receipt){ .outcome = LOG_NOT_ADMITTED, .why = log_is_ended };
		return true;
	}
	return batch_add(l, b, j, time(NULL));
}

void batch_fill(struct log *l, struct batch *b, struct batch *before, struct job **list)
{
	struct job *last = NULL;
	bool ok = true;

	b->list = *list;
	b->count = 0;
	b->n = 0;
	memset(b->slots, 0, sizeof(b->slots));
	while (ok && *list && b->count < MOST_BATCH && b->n < BATCH_BYTES) {
		last = *list;
		ok = take_job(l, b, before, last);
		*list = last->next;
	}
	if (!ok) {
		struct log_error e;

		log_fail(&e, log_reopen, l->dir, "out of memory");
		log_break(l, &e);
	}
	if (last)
		last->next = NULL;
	l->next_number += b->count;
}

/* -- writing -- */

static bool write_batch(struct log *l, struct batch *b, struct log_error *e)
{
	struct segment_fault f;

	if (segments_append(&l->segments, (struct span){ b->bytes, b->n },
			    b->jobs[0]->record.number, &b->at, &f))
		return true;
	log_fail_segment(e, l, &f);
	e->advice = log_reopen;
	return false;
}

void *writer_run(void *log)
{
	struct log *l = log;
	struct writer *w = &l->writer;

	pthread_mutex_lock(&w->mutex);
	for (;;) {
		struct log_error e;
		struct batch *b;
		bool ok;

		while (!w->batch && !w->is_closed)
			pthread_cond_wait(&w->changed, &w->mutex);
		if (!w->batch)
			break;
		b = w->batch;
		pthread_mutex_unlock(&w->mutex);
		ok = write_batch(l, b, &e);
		pthread_mutex_lock(&w->mutex);
		w->batch = NULL;
		w->ok = ok;
		if (!ok)
			w->why = e;
		pthread_cond_broadcast(&w->changed);
	}
	pthread_mutex_unlock(&w->mutex);
	return NULL;
}

void writer_start(struct log *l, struct batch *b)
{
	struct writer *w = &l->writer;

	pthread_mutex_lock(&w->mutex);
	w->batch = b;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->mutex);
}

void writer_wait(struct log *l)
{
	struct writer *w = &l->writer;

	pthread_mutex_lock(&w->mutex);
	while (w->batch)
		pthread_cond_wait(&w->changed, &w->mutex);
	if (!w->ok)
		log_break(l, &w->why);
	pthread_mutex_unlock(&w->mutex);
}

void writer_stop(struct log *l)
{
	struct writer *w = &l->writer;

	pthread_mutex_lock(&w->mutex);
	w->is_closed = true;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->mutex);
	if (w->has_thread)
		pthread_join(w->thread, NULL);
	w->has_thread = false;
}
