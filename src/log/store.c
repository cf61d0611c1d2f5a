/* store.c - see store.h: submissions, the queues between threads, and their end. */
#include "log/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/index.h"
#include "log/store_own.h"

bool log_fail(struct log_error *e, const char *advice, const char *where, const char *format, ...)
{
	va_list args;

	snprintf(e->where, sizeof(e->where), "%s", where);
	va_start(args, format);
	vsnprintf(e->what, sizeof(e->what), format, args);
	va_end(args);
	e->advice = advice;
	return false;
}

bool log_fail_segment(struct log_error *e, const struct log *l, const struct segment_fault *f)
{
	char where[MOST_PATH + 64];
	const char *what = f->what ? f->what : strerror(errno);

	snprintf(where, sizeof(where), "%.200s/%s", l->dir, f->file);
	return log_fail(e,
			f->what ? "Restore the directory from a backup that is not older than "
				  "what was published, or begin a new log (docs/log.md)."
				: NULL,
			where, "%s", what);
}

const char log_is_ended[] =
	"this log is closed and takes nothing in any more: another one follows it";

/* -- queues -- */

void queue_put(struct queue *q, struct job *j)
{
	pthread_mutex_lock(&q->mutex);
	j->next = NULL;
	if (q->last)
		q->last->next = j;
	else
		q->first = j;
	q->last = j;
	q->count++;
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->mutex);
}

struct job *queue_take(struct queue *q, enum queue_how how)
{
	bool one = how == QUEUE_ONE;
	struct job *j;

	pthread_mutex_lock(&q->mutex);
	while (!q->first && !q->is_closed && how != QUEUE_NOW)
		pthread_cond_wait(&q->filled, &q->mutex);
	j = q->first;
	q->first = one && j ? j->next : NULL;
	if (!q->first)
		q->last = NULL;
	if (one && j)
		j->next = NULL;
	q->count = one && j ? q->count - 1 : 0;
	pthread_mutex_unlock(&q->mutex);
	return j;
}

uint32_t queue_count(struct queue *q)
{
	uint32_t n;

	pthread_mutex_lock(&q->mutex);
	n = q->count;
	pthread_mutex_unlock(&q->mutex);
	return n;
}

void queue_wait(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	while (!q->first && !q->is_closed)
		pthread_cond_wait(&q->filled, &q->mutex);
	pthread_mutex_unlock(&q->mutex);
}

static void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	q->is_closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->mutex);
}

/* -- submissions -- */

void job_end(struct log *l, struct job *j)
{
	pthread_mutex_lock(&l->mutex);
	l->waiting--;
	l->waiting_bytes -= j->size;
	pthread_mutex_unlock(&l->mutex);
	j->done(j->ctx, &j->receipt);
	free(j->bytes);
	free(j);
}

void log_break(struct log *l, const struct log_error *e)
{
	pthread_mutex_lock(&l->mutex);
	if (!l->is_broken) {
		l->is_broken = true;
		l->why = *e;
		snprintf(l->why_text, sizeof(l->why_text), "%s: %s", e->where, e->what);
	}
	pthread_mutex_unlock(&l->mutex);
}

/* Whether there is room for one more; why not in *r. */
static bool take_in(struct log *l, size_t size, struct log_receipt *r)
{
	bool ok = false;

	pthread_mutex_lock(&l->mutex);
	if (l->options.read_only || l->is_closing)
		*r = (struct log_receipt){ .outcome = LOG_BROKEN,
					   .why = "the log is not open for writing" };
	else if (l->is_ended)
		*r = (struct log_receipt){ .outcome = LOG_NOT_ADMITTED, .why = log_is_ended };
	else if (l->is_broken)
		*r = (struct log_receipt){ .outcome = LOG_BROKEN, .why = l->why_text };
	else if (l->waiting >= MOST_WAITING || l->waiting_bytes + size > WAITING_BYTES)
		*r = (struct log_receipt){ .outcome = LOG_BUSY,
					   .why = "too many submissions are waiting" };
	else
		ok = true;
	if (ok) {
		l->waiting++;
		l->waiting_bytes += size;
	}
	pthread_mutex_unlock(&l->mutex);
	return ok;
}

/* NULL after the submitter was told why not. */
static struct job *job_new(struct log *l, size_t size,
			   void (*done)(void *ctx, const struct log_receipt *r), void *ctx)
{
	struct log_receipt r;
	struct job *j;

	if (!take_in(l, size, &r)) {
		done(ctx, &r);
		return NULL;
	}
	j = calloc(1, sizeof(*j));
	if (j)
		j->bytes = malloc(size + 1);
	if (!j || !j->bytes) {
		pthread_mutex_lock(&l->mutex);
		l->waiting--;
		l->waiting_bytes -= size;
		pthread_mutex_unlock(&l->mutex);
		free(j);
		done(ctx, &(struct log_receipt){ .outcome = LOG_BUSY, .why = "out of memory" });
		return NULL;
	}
	j->size = size;
	j->done = done;
	j->ctx = ctx;
	return j;
}

void log_submit(struct log *l, struct span envelope,
		void (*done)(void *ctx, const struct log_receipt *r), void *ctx)
{
	struct job *j;

	if (envelope.n > MOST_ENVELOPE) {
		done(ctx, &(struct log_receipt){ .outcome = LOG_MALFORMED,
						 .why = "it is too large for an envelope" });
		return;
	}
	j = job_new(l, envelope.n, done, ctx);
	if (!j)
		return;
	if (envelope.n)
		memcpy(j->bytes, envelope.p, envelope.n);
	j->record.envelope = (struct span){ j->bytes, envelope.n };
	l->unverified++;
	queue_put(&l->submitted, j);
}

void log_submit_unverified(struct log *l, const struct log_unverified *u,
			   void (*done)(void *ctx, const struct log_receipt *r), void *ctx)
{
	struct job *j;

	if (u->envelope.n > MOST_ENVELOPE || u->entry.n > BUNDLE_MOST_ENTRY) {
		done(ctx, &(struct log_receipt){ .outcome = LOG_MALFORMED,
						 .why = "it is too large for an entry" });
		return;
	}
	j = job_new(l, u->entry.n + u->envelope.n, done, ctx);
	if (!j)
		return;
	if (u->entry.n)
		memcpy(j->bytes, u->entry.p, u->entry.n);
	if (u->envelope.n)
		memcpy(j->bytes + u->entry.n, u->envelope.p, u->envelope.n);
	j->record.entry = (struct span){ j->bytes, u->entry.n };
	j->record.envelope = (struct span){ j->bytes + u->entry.n, u->envelope.n };
	memcpy(j->record.pae_sha256, u->pae_sha256, SHA256_SIZE);
	merkle_leaf(&j->record.entry, 1, j->leaf);
	queue_put(&l->ready, j);
}

struct waiter {
	pthread_mutex_t mutex;
	pthread_cond_t told;
	bool is_told;
	struct log_receipt receipt;
};

static void wake(void *ctx, const struct log_receipt *r)
{
	struct waiter *w = ctx;

	pthread_mutex_lock(&w->mutex);
	w->receipt = *r;
	w->is_told = true;
	pthread_cond_signal(&w->told);
	pthread_mutex_unlock(&w->mutex);
}

struct log_receipt log_add(struct log *l, struct span envelope)
{
	struct waiter w = { .mutex = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER };

	log_submit(l, envelope, wake, &w);
	pthread_mutex_lock(&w.mutex);
	while (!w.is_told)
		pthread_cond_wait(&w.told, &w.mutex);
	pthread_mutex_unlock(&w.mutex);
	return w.receipt;
}

/* -- threads -- */

bool log_start(struct log *l)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned wanted = cores < 1 ? 1 : cores > MOST_VERIFIERS ? MOST_VERIFIERS : (unsigned)cores;

	l->writer.ok = true;
	l->writer.has_thread = pthread_create(&l->writer.thread, NULL, writer_run, l) == 0;
	l->has_sequencer =
		l->writer.has_thread && pthread_create(&l->sequencer, NULL, sequencer_run, l) == 0;
	l->has_publisher = pthread_create(&l->publisher, NULL, publisher_run, l) == 0;
	l->has_indexer =
		l->options.has_index && pthread_create(&l->indexer, NULL, indexer_run, l) == 0;
	while (l->verifier_count < wanted &&
	       pthread_create(&l->verifiers[l->verifier_count], NULL, verifier_run, l) == 0)
		l->verifier_count++;
	return l->has_sequencer && l->has_publisher && l->verifier_count;
}

/* Each queue is emptied before the next one is closed. */
void log_stop(struct log *l)
{
	pthread_mutex_lock(&l->mutex);
	l->is_closing = true;
	pthread_mutex_unlock(&l->mutex);
	queue_close(&l->submitted);
	while (l->verifier_count)
		pthread_join(l->verifiers[--l->verifier_count], NULL);
	queue_close(&l->ready);
	if (l->has_sequencer)
		pthread_join(l->sequencer, NULL);
	writer_stop(l);
	pthread_mutex_lock(&l->mutex);
	l->must_publish = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->mutex);
	if (l->has_publisher)
		pthread_join(l->publisher, NULL);
	pthread_mutex_lock(&l->mutex);
	l->ends_index = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->mutex);
	if (l->has_indexer)
		pthread_join(l->indexer, NULL);
	l->has_sequencer = l->has_publisher = l->has_indexer = false;
}

static void queue_free(struct queue *q)
{
	pthread_mutex_destroy(&q->mutex);
	pthread_cond_destroy(&q->filled);
}

void log_close(struct log *l)
{
	if (!l)
		return;
	log_stop(l);
	if (!l->options.read_only && !l->is_broken && l->leaves.count) {
		digests_sync(&l->leaves, l->state.tree.size);
		digests_sync(&l->paes, l->state.tree.size);
	}
	index_close(l->index);
	admission_free(l);
	digests_free(&l->leaves);
	digests_free(&l->paes);
	segments_free(&l->segments);
	live_free(&l->live);
	for (uint32_t i = 0; i < SIGNED_KEPT; i++)
		text_free(&l->signed_heads[i].note);
	text_free(&l->public_head.note);
	text_free(&l->cosigned);
	text_free(&l->state_bytes);
	for (int i = 0; i < 2; i++) {
		if (l->batches[i])
			free(l->batches[i]->bytes);
		free(l->batches[i]);
	}
	if (l->lock >= 0)
		close(l->lock);
	queue_free(&l->submitted);
	queue_free(&l->ready);
	pthread_mutex_destroy(&l->writer.mutex);
	pthread_cond_destroy(&l->writer.changed);
	pthread_mutex_destroy(&l->mutex);
	pthread_mutex_destroy(&l->index_mutex);
	pthread_cond_destroy(&l->changed);
	free(l);
}
