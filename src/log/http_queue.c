/* http_queue.c - jobs in order, taken by threads in batches. */
#include <pthread.h>
#include <stdlib.h>

#include "log/http.h"

#define MOST_WAITING 4096u
#define MOST_THREADS 16u
#define MOST_BATCH   256u

struct http_queue {
	void (*work)(void *ctx, struct http_job **jobs, size_t count);
	void *ctx;
	size_t batch, waiting;
	struct http_job *first, **last;
	bool is_over;
	pthread_mutex_t mutex;
	pthread_cond_t more;
	pthread_t threads[MOST_THREADS];
	unsigned thread_count;
};

/* At most a batch; 0: it is over, and nothing waits. */
static size_t take(struct http_queue *q, struct http_job **jobs)
{
	size_t n = 0;

	pthread_mutex_lock(&q->mutex);
	while (!q->first && !q->is_over)
		pthread_cond_wait(&q->more, &q->mutex);
	for (; q->first && n < q->batch; n++) {
		jobs[n] = q->first;
		q->first = q->first->next;
	}
	q->waiting -= n;
	if (!q->first)
		q->last = &q->first;
	pthread_mutex_unlock(&q->mutex);
	return n;
}

static void *run(void *ctx)
{
	struct http_queue *q = ctx;
	struct http_job *jobs[MOST_BATCH];
	size_t n;

	while ((n = take(q, jobs)) > 0)
		q->work(q->ctx, jobs, n);
	hash_thread_end();
	return NULL;
}

struct http_queue *http_queue_new(unsigned threads, size_t batch,
				  void (*work)(void *ctx, struct http_job **jobs, size_t count),
				  void *ctx)
{
	struct http_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	*q = (struct http_queue){ .work = work,
				  .ctx = ctx,
				  .batch = batch < MOST_BATCH ? batch : MOST_BATCH };
	q->last = &q->first;
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->more, NULL);
	for (; q->thread_count < threads && q->thread_count < MOST_THREADS; q->thread_count++)
		if (pthread_create(&q->threads[q->thread_count], NULL, run, q))
			break;
	if (q->thread_count)
		return q;
	http_queue_free(q);
	return NULL;
}

void http_queue_add(struct http_queue *q, struct http_job *job)
{
	bool is_full;

	pthread_mutex_lock(&q->mutex);
	is_full = q->waiting >= MOST_WAITING || q->is_over;
	if (!is_full) {
		job->next = NULL;
		*q->last = job;
		q->last = &job->next;
		q->waiting++;
		pthread_cond_signal(&q->more);
	}
	pthread_mutex_unlock(&q->mutex);
	if (!is_full)
		return;
	http_say(job, 503, "Too many requests wait here.");
	job->reply.retry_after = 1;
	http_done(job);
}

void http_queue_free(struct http_queue *q)
{
	if (!q)
		return;
	pthread_mutex_lock(&q->mutex);
	q->is_over = true;
	pthread_cond_broadcast(&q->more);
	pthread_mutex_unlock(&q->mutex);
	for (unsigned i = 0; i < q->thread_count; i++)
		pthread_join(q->threads[i], NULL);
	pthread_mutex_destroy(&q->mutex);
	pthread_cond_destroy(&q->more);
	free(q);
}
