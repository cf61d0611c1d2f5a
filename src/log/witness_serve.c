/* witness_serve.c - see witness_serve.h. One thread works for the witness, on all requests that
 * wait: they share a sync of the disk. */
#include "log/witness_serve.h"

#include <stdlib.h>
#include <time.h>

#define BATCH 256u

struct witness_server {
	struct witness *w;
	struct http_server *http;
	struct http_queue *queue;
	void (*warn)(const struct log_error *e);
	struct text about;
	struct witness_exchange exchanges[BATCH];
};

static bool is_submission(const struct http_job *job)
{
	return span_is(job->path, "/add-checkpoint") && job->query.n == 0;
}

static int hex_digit(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "/HEX/checkpoint". */
static bool is_monitoring(const struct http_job *job, uint8_t id[SHA256_SIZE])
{
	struct span s = job->path;

	if (s.n != 1 + 2 * SHA256_SIZE + strlen("/checkpoint") || s.p[0] != '/' || job->query.n ||
	    !span_is(span_from(s, 1 + 2 * SHA256_SIZE), "/checkpoint"))
		return false;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = hex_digit(s.p[1 + 2 * i]), low = hex_digit(s.p[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		id[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static size_t room(void *ctx, const struct http_job *job)
{
	(void)ctx;
	return job->method == HTTP_POST && is_submission(job) ? WITNESS_MOST_REQUEST : 0;
}

static bool answer_now(void *ctx, struct http_job *job)
{
	struct witness_server *s = ctx;
	uint8_t id[SHA256_SIZE];

	if (job->method == HTTP_POST && is_submission(job))
		return false;
	if (job->method == HTTP_GET && is_monitoring(job, id))
		return false;
	if (job->method == HTTP_GET && span_is(job->path, "/")) {
		http_say(job, 200, "");
		job->reply.body.n = 0;
		text_put(&job->reply.body, text_span(&s->about));
	} else if (is_submission(job) || job->method == HTTP_POST) {
		http_say(job, is_submission(job) ? 405 : 404,
			 "Checkpoints are sent by POST to /add-checkpoint.");
	} else {
		http_say(job, 404, "There is nothing of that name.");
	}
	return true;
}

static void answer_later(void *ctx, struct http_job *job)
{
	http_queue_add(((struct witness_server *)ctx)->queue, job);
}

static void answer_monitor(struct witness_server *s, struct http_job *job)
{
	uint8_t id[SHA256_SIZE];

	job->reply.status = 200;
	job->reply.type = "text/plain; charset=utf-8";
	if (witness_is_broken(s->w))
		http_say(job, 500,
			 "This witness cannot write, and shows nothing that may be lost.");
	else if (!is_monitoring(job, id) || !witness_newest(s->w, id, &job->reply.body))
		http_say(job, 404, "No checkpoint of such a log was cosigned here.");
}

static void work(void *ctx, struct http_job **jobs, size_t count)
{
	struct witness_server *s = ctx;
	struct log_error e;
	size_t n = 0;

	if (!witness_list_again(s->w, &e))
		s->warn(&e);
	for (size_t i = 0; i < count; i++)
		if (jobs[i]->method == HTTP_POST)
			s->exchanges[n++] = (struct witness_exchange){ .request = jobs[i]->body };
	if (n)
		witness_answer(s->w, s->exchanges, n, (uint64_t)time(NULL));
	n = 0;
	for (size_t i = 0; i < count; i++) {
		if (jobs[i]->method == HTTP_POST) {
			const struct witness_exchange *x = &s->exchanges[n++];

			jobs[i]->reply.status = x->status;
			jobs[i]->reply.type = x->type;
			jobs[i]->reply.body = x->body;
		} else {
			answer_monitor(s, jobs[i]);
		}
		http_done(jobs[i]);
	}
}

static void about(struct witness_server *s)
{
	text_puts(&s->about, "A witness of transparency logs (C2SP tlog-witness).\n\n");
	witness_vkey(s->w, &s->about);
	text_puts(&s->about, "\n\nPOST /add-checkpoint\nGET /SHA-256-OF-ORIGIN/checkpoint\n");
}

struct witness_server *witness_serve(struct witness *w, const struct http_options *o,
				     void (*warn)(const struct log_error *e), struct log_error *e)
{
	struct witness_server *s = calloc(1, sizeof(*s));
	const struct http_service service = { s, room, answer_now, answer_later };

	if (s) {
		s->w = w;
		s->warn = warn;
		about(s);
		s->queue = http_queue_new(1, BATCH, work, s);
	}
	if (!s || !s->queue || s->about.failed)
		snprintf(e->what, sizeof(e->what), "no memory");
	else
		s->http = http_start(o, &service, e);
	if (s && s->http)
		return s;
	if (s) {
		http_queue_free(s->queue);
		text_free(&s->about);
	}
	free(s);
	return NULL;
}

const char *witness_server_address(const struct witness_server *s)
{
	return http_address(s->http);
}

void witness_server_stop(struct witness_server *s)
{
	http_stop(s->http);
	http_queue_free(s->queue);
	text_free(&s->about);
	free(s);
}
