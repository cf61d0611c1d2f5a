/* server_collect.c - the thread that asks witnesses for each new checkpoint of a log that serves.
 */
#include <time.h>

#include "log/cosigned.h"
#include "log/server_inside.h"

#define LOOK_MS 50u /* how often it looks for a new checkpoint */

struct watch {
	struct merkle_head head; /* that was asked for last */
	struct text given;       /* lines that the log has of it */
	bool has_quorum;
	int64_t refreshed; /* seconds */
};

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec;
}

/* Waits a while; false: it is over. */
static bool pause_for(struct log_server *s, uint32_t ms)
{
	struct timespec until;
	bool goes_on;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&s->mutex);
	if (!s->is_over)
		pthread_cond_timedwait(&s->ending, &s->mutex, &until);
	goes_on = !s->is_over;
	pthread_mutex_unlock(&s->mutex);
	return goes_on;
}

static void ask_all(struct log_server *s, struct watch *w, struct span note)
{
	struct text lines = { 0 };

	collector_round(s->collector, note, &lines);
	w->has_quorum =
		w->has_quorum || collector_has_quorum(s->collector, note, text_span(&lines));
	/* What is public always has the quorum, where one is asked for; more lines may come. */
	if (lines.n && !lines.failed && (w->has_quorum || !s->needs_quorum) &&
	    !span_equal(text_span(&lines), text_span(&w->given)) &&
	    log_cosigned(s->log, &w->head, text_span(&lines))) {
		text_free(&w->given);
		w->given = lines;
		lines = (struct text){ 0 };
	}
	text_free(&lines);
}

/* Whether there is somebody to ask for this checkpoint now. */
static bool is_due(struct log_server *s, struct watch *w, const struct merkle_head *head)
{
	if (head->size == 0)
		return false;
	if (!merkle_head_equal(head, &w->head)) {
		w->head = *head;
		w->given.n = 0;
		w->has_quorum = false;
		w->refreshed = now_s();
		return true;
	}
	if (now_s() - w->refreshed < s->refresh_s)
		return collector_wait(s->collector) == 0;
	collector_again(s->collector);
	w->refreshed = now_s();
	return true;
}

static void look(struct log_server *s, struct watch *w)
{
	struct checkpoint c;
	struct text note = { 0 };

	log_checkpoint(s->log, &note);
	if (!note.failed && !checkpoint_read(text_span(&note), &c) && is_due(s, w, &c.head))
		ask_all(s, w, text_span(&note));
	text_free(&note);
}

static void *run(void *ctx)
{
	struct log_server *s = ctx;
	struct watch w = { .refreshed = now_s() };

	do
		look(s, &w);
	while (pause_for(s, LOOK_MS));
	text_free(&w.given);
	hash_thread_end();
	return NULL;
}

bool server_collect_start(struct log_server *s, const struct log_server_options *o)
{
	s->collector = o->collector;
	s->needs_quorum = o->needs_quorum;
	s->refresh_s = o->refresh_s ? o->refresh_s : 600;
	if (!s->collector)
		return true;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->ending, NULL);
	s->is_collecting = pthread_create(&s->collecting, NULL, run, s) == 0;
	return s->is_collecting;
}

void server_collect_stop(struct log_server *s)
{
	if (!s->is_collecting)
		return;
	pthread_mutex_lock(&s->mutex);
	s->is_over = true;
	pthread_cond_broadcast(&s->ending);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->collecting, NULL);
	pthread_mutex_destroy(&s->mutex);
	pthread_cond_destroy(&s->ending);
}

/* -- what is brought -- */

/* Whether it is the checkpoint that is public. */
static bool is_public(const struct log_server *s, const struct merkle_head *head)
{
	struct text note = { 0 };
	struct checkpoint c;
	bool same = server_checkpoint(s, &note) && !checkpoint_read(text_span(&note), &c) &&
		    merkle_head_equal(&c.head, head);

	text_free(&note);
	return same;
}

void server_cosign(struct log_server *s, struct http_job *job)
{
	const struct cosigned k = { s->policies, s->policy_count };
	struct text lines = { 0 };
	struct checkpoint c;
	const char *wrong = checkpoint_read(job->body, &c);

	if (wrong || !span_equal(c.origin, log_origin(s->log)))
		http_say(job, 400, wrong ? wrong : "It is another log's.");
	else if (cosigned_lines(&k, &c, &lines) == 0)
		http_say(job, 403, "No witness of this log's policies has signed it.");
	else if (s->needs_quorum && !is_public(s, &c.head) && !cosigned_has_quorum(&k, &c))
		http_say(job, 409, "It is not the checkpoint that is public, and has no quorum.");
	else if (lines.failed || !log_cosigned(s->log, &c.head, text_span(&lines)))
		http_say(job, 409, "The log has grown since.");
	else
		http_say(job, 200, "cosigned");
	text_free(&lines);
}
