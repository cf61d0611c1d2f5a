/* witness_serve.c - see witness_serve.h. One thread works for the witness, on all requests that
 * wait: they share a sync of the disk. Mirrors answer what they keep from their files. */
#include "log/witness_serve.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log/tile.h"
#include "log/upload.h"

#define BATCH 256u

struct witness_server {
	struct witness *w;
	struct http_server *http;
	struct http_queue *queue;
	void (*warn)(const struct log_error *e);
	struct text about;
	int open_folder; /* DIR/public of a mirror; -1 */
	struct witness_exchange exchanges[BATCH];
};

/* What is asked for: POST /add-checkpoint, /add-entries; GET /, /HEX/checkpoint, and of a mirror
 * /HEX/tile/... */
enum asked { NOTHING, ABOUT, CHECKPOINT, ENTRIES, MONITOR, TILE };

struct address {
	enum asked asked;
	uint8_t id[SHA256_SIZE];
	char file[2 * SHA256_SIZE + 1 + TILE_MOST_PATH]; /* HEX/..., below DIR/public */
};

/* "/HEX/checkpoint", "/HEX/tile/...". What becomes a file's name is written anew. */
static bool read_monitor(struct span path, struct address *a)
{
	struct span rest = span_from(path, 1 + 2 * SHA256_SIZE + 1);
	char *to = a->file + 2 * SHA256_SIZE + 1;
	struct tile t;

	if (path.n < 2 + 2 * SHA256_SIZE || path.p[0] != '/' ||
	    path.p[1 + 2 * SHA256_SIZE] != '/' ||
	    !span_hex(span_sub(path, 1, 2 * SHA256_SIZE), a->id, SHA256_SIZE))
		return false;
	memcpy(a->file, path.p + 1, 2 * SHA256_SIZE + 1);
	if (span_is(rest, "checkpoint")) {
		a->asked = MONITOR;
		memcpy(to, "checkpoint", sizeof("checkpoint"));
		return true;
	}
	if (!tile_path_read(rest, &t))
		return false;
	a->asked = TILE;
	tile_path(&t, to);
	return true;
}

static struct address address_of(const struct witness_server *s, const struct http_job *job)
{
	bool is_mirror = witness_is_mirror(s->w);
	struct address a = { .asked = NOTHING };

	if (job->query.n)
		return a;
	if (span_is(job->path, "/"))
		a.asked = ABOUT;
	else if (span_is(job->path, "/add-checkpoint"))
		a.asked = CHECKPOINT;
	else if (is_mirror && span_is(job->path, "/add-entries"))
		a.asked = ENTRIES;
	else if (read_monitor(job->path, &a) && a.asked == TILE && !is_mirror)
		a.asked = NOTHING;
	return a;
}

static bool is_posted(enum asked asked)
{
	return asked == CHECKPOINT || asked == ENTRIES;
}

static size_t room(void *ctx, const struct http_job *job)
{
	enum asked asked = address_of(ctx, job).asked;

	if (job->method != HTTP_POST || !is_posted(asked))
		return 0;
	return asked == ENTRIES ? UPLOAD_MOST_BYTES : WITNESS_MOST_REQUEST;
}

/* What a mirror keeps is public, and comes from its files. */
static bool answer_now(void *ctx, struct http_job *job)
{
	struct witness_server *s = ctx;
	struct address a = address_of(s, job);
	bool is_file = a.asked == TILE || (a.asked == MONITOR && witness_is_mirror(s->w));

	if (is_posted(a.asked) && job->method == HTTP_POST)
		return false;
	if (a.asked == MONITOR && job->method == HTTP_GET && !is_file)
		return false;
	if (is_file && job->method == HTTP_GET) {
		http_answer_file(job, s->open_folder, a.file, a.asked == TILE);
	} else if (job->method == HTTP_GET && a.asked == ABOUT) {
		http_say(job, 200, "");
		job->reply.body.n = 0;
		text_put(&job->reply.body, text_span(&s->about));
	} else if (is_posted(a.asked) || job->method == HTTP_POST) {
		http_say(job, is_posted(a.asked) ? 405 : 404,
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

static void take_answer(struct http_job *job, const struct witness_exchange *x)
{
	job->reply.status = x->status;
	job->reply.type = x->type;
	job->reply.body = x->body;
}

static void answer_monitor(struct witness_server *s, struct http_job *job)
{
	struct address a = address_of(s, job);

	job->reply.status = 200;
	job->reply.type = "text/plain; charset=utf-8";
	if (witness_is_broken(s->w))
		http_say(job, 500,
			 "This witness cannot write, and shows nothing that may be lost.");
	else if (a.asked != MONITOR || !witness_newest(s->w, a.id, &job->reply.body))
		http_say(job, 404, "No checkpoint of such a log was cosigned here.");
}

/* Those that only touch checkpoints are answered together. */
static void answer_checkpoints(struct witness_server *s, struct http_job **jobs, size_t count)
{
	uint64_t now = (uint64_t)time(NULL);
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (address_of(s, jobs[i]).asked == CHECKPOINT)
			s->exchanges[n++] = (struct witness_exchange){ .request = jobs[i]->body };
	if (n)
		witness_answer(s->w, s->exchanges, n, now);
	for (size_t i = count; i-- > 0;)
		if (address_of(s, jobs[i]).asked == CHECKPOINT)
			take_answer(jobs[i], &s->exchanges[--n]);
}

/* One after the other: unpacked they may be a thousand times as long. */
static void answer_entries(struct witness_server *s, struct http_job *job)
{
	struct witness_exchange x = { .request = job->body, .has_entries = true };
	bool is_packed = job->encoding.n && !span_is(job->encoding, "identity");
	struct text plain = { 0 };

	if (is_packed && !span_is(job->encoding, "gzip")) {
		http_say(job, 415, "Entries may come packed by gzip, and by nothing else.");
		return;
	}
	if (is_packed && !http_unpack(job->body, UPLOAD_MOST_BYTES, &plain)) {
		http_say(job, 400, "What gzip packed is malformed, or too long.");
	} else {
		x.request = is_packed ? text_span(&plain) : job->body;
		witness_answer(s->w, &x, 1, (uint64_t)time(NULL));
		take_answer(job, &x);
	}
	text_free(&plain);
}

static void work(void *ctx, struct http_job **jobs, size_t count)
{
	struct witness_server *s = ctx;
	struct log_error e;

	if (!witness_list_again(s->w, &e))
		s->warn(&e);
	answer_checkpoints(s, jobs, count);
	for (size_t i = 0; i < count; i++) {
		enum asked asked = address_of(s, jobs[i]).asked;

		if (asked == ENTRIES)
			answer_entries(s, jobs[i]);
		else if (asked != CHECKPOINT)
			answer_monitor(s, jobs[i]);
		http_done(jobs[i]);
	}
}

static void about(struct witness_server *s)
{
	bool is_mirror = witness_is_mirror(s->w);

	text_puts(&s->about, is_mirror ? "A mirror of transparency logs (C2SP tlog-mirror).\n\n"
				       : "A witness of transparency logs (C2SP tlog-witness).\n\n");
	witness_vkey(s->w, &s->about);
	text_puts(&s->about, "\n\nPOST /add-checkpoint\n");
	if (is_mirror)
		text_puts(&s->about, "POST /add-entries\n");
	text_puts(&s->about, "GET /SHA-256-OF-ORIGIN/checkpoint\n");
	if (is_mirror)
		text_puts(&s->about, "GET /SHA-256-OF-ORIGIN/tile/...\n");
}

struct witness_server *witness_serve(struct witness *w, const struct http_options *o,
				     void (*warn)(const struct log_error *e), struct log_error *e)
{
	struct witness_server *s = calloc(1, sizeof(*s));
	const struct http_service service = { s, room, answer_now, answer_later };

	if (!s) {
		snprintf(e->what, sizeof(e->what), "no memory");
		return NULL;
	}
	s->w = w;
	s->warn = warn;
	s->open_folder = witness_open_public(w);
	about(s);
	s->queue = http_queue_new(1, BATCH, work, s);
	if (!s->queue || s->about.failed || (witness_is_mirror(w) && s->open_folder < 0))
		snprintf(e->what, sizeof(e->what), "no memory, or its folder cannot be opened");
	else
		s->http = http_start(o, &service, e);
	if (s->http)
		return s;
	witness_server_stop(s);
	return NULL;
}

const char *witness_server_address(const struct witness_server *s)
{
	return http_address(s->http);
}

void witness_server_stop(struct witness_server *s)
{
	if (s->http)
		http_stop(s->http);
	http_queue_free(s->queue);
	text_free(&s->about);
	if (s->open_folder >= 0)
		close(s->open_folder);
	free(s);
}
