/* server.c - see server.h. Public files are answered at once, on the server's thread; what reads
 * the index or writes to the disk is done by workers; what is added is answered by the log's own
 * thread once it is durable. */
#include "log/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "log/server_inside.h"
#include "log/tile.h"
#include "trust/dsse.h"

#define WORKERS 2u

extern const uint8_t web_log_css[], web_log_css_end[];

_Static_assert(sizeof(((struct log_path *)0)->file) >= TILE_MOST_PATH, "a tile's path fits");

/* -- adding -- */

static const struct {
	const char *word;
	unsigned status;
} outcomes[] = {
	[LOG_ADDED] = { "added", 200 },
	[LOG_KNOWN] = { "known", 200 },
	[LOG_NOT_ADMITTED] = { "not-admitted", 403 },
	[LOG_MALFORMED] = { "malformed", 400 },
	[LOG_BUSY] = { "busy", 503 },
	[LOG_BROKEN] = { "broken", 500 },
};

static void added(void *ctx, const struct log_receipt *r)
{
	struct http_job *job = ctx;
	struct json j = { .out = &job->reply.body };

	json_object(&j);
	json_key(&j, "outcome");
	json_text(&j, span_text(outcomes[r->outcome].word));
	if (r->outcome <= LOG_KNOWN) {
		json_key(&j, "index");
		json_u64(&j, r->index);
		json_key(&j, "size");
		json_u64(&j, r->size);
	} else if (r->why) {
		json_key(&j, "why");
		json_bytes(&j, span_text(r->why));
	}
	json_object_end(&j);
	text_char(&job->reply.body, '\n');
	job->reply.status = outcomes[r->outcome].status;
	job->reply.type = "application/json";
	job->reply.retry_after = r->outcome == LOG_BUSY ? 5 : 0;
	http_done(job);
}

static void keep(struct log_server *s, struct http_job *job)
{
	struct log_error e = { .what = "" };
	struct text why = { 0 };

	if (log_keep(s->log, job->body, &e)) {
		http_say(job, 200, "kept");
		return;
	}
	text_escape(&why, span_text(e.what), "");
	if (e.advice)
		text_format(&why, ". %s", e.advice);
	http_say(job, 403, why.p ? why.p : "It is not kept.");
	text_free(&why);
}

/* -- reading -- */

/* What goes by its digest never changes. */
static void answer_bytes(struct http_job *job, struct span bytes, const char *type)
{
	job->reply.status = 200;
	job->reply.type = type;
	job->reply.cache = HTTP_FOREVER;
	text_put(&job->reply.body, bytes);
}

static void not_kept(struct http_job *job)
{
	http_say(job, 404, "Nothing of that digest is kept here.");
}

static void envelope(struct log_server *s, struct http_job *job, const struct log_path *p)
{
	uint8_t *bytes;
	size_t n;

	if (!log_envelope(s->log, p->digest, &bytes, &n)) {
		not_kept(job);
		return;
	}
	answer_bytes(job, (struct span){ bytes, n }, "application/json");
	log_bytes_free(bytes);
}

/* As it was sent, by whoever signed this entry. */
static void signed_entry(struct log_server *s, struct http_job *job, const struct log_path *p)
{
	struct log_entry e;

	if (log_entry(s->log, p->index, &e) && e.envelope.n)
		answer_bytes(job, e.envelope, "application/json");
	else
		http_say(job, 404, "There is no such entry, or its envelope is not here.");
}

/* Kept files may be large: they are sent from the disk. */
static void kept_file(struct log_server *s, struct http_job *job, const struct log_path *p)
{
	job->reply.fd = log_kept_open(s->log, p->digest, &job->reply.size);
	if (job->reply.fd < 0) {
		not_kept(job);
		return;
	}
	answer_bytes(job, (struct span){ 0 }, "application/octet-stream");
}

static void answer_style(struct http_job *job)
{
	answer_bytes(job, (struct span){ web_log_css, (size_t)(web_log_css_end - web_log_css) },
		     "text/css; charset=utf-8");
	job->reply.cache = "public, max-age=3600";
}

/* A tlog-proof of the newest checkpoint that is public. */
static void proof(struct log_server *s, struct http_job *job, const struct log_path *p)
{
	struct text note = { 0 };

	if (!server_checkpoint(s, &note))
		http_say(job, 503, "There is no public checkpoint yet.");
	else if (!server_proof(s, p->index, text_span(&note), &job->reply.body))
		http_say(job, 404, "The newest public checkpoint has no such entry.");
	else {
		job->reply.status = 200;
		job->reply.type = "text/plain; charset=utf-8";
	}
	text_free(&note);
}

/* -- who answers what -- */

static size_t room(void *ctx, const struct http_job *job)
{
	struct log_path p = log_path_read(job->path, job->query);

	(void)ctx;
	if (job->method != HTTP_POST)
		return 0;
	switch (p.kind) {
	case LOG_PATH_ADD:
		return MOST_ENVELOPE;
	case LOG_PATH_KEEP:
		return SERVER_MOST_KEPT;
	case LOG_PATH_COSIGN:
		return NOTE_MOST_BYTES;
	default:
		return 0;
	}
}

static bool is_posted(enum log_path_kind kind)
{
	return kind == LOG_PATH_ADD || kind == LOG_PATH_KEEP || kind == LOG_PATH_COSIGN;
}

static bool answer_now(void *ctx, struct http_job *job)
{
	struct log_path p = log_path_read(job->path, job->query);
	struct log_server *s = ctx;

	if (p.kind == LOG_PATH_NONE)
		http_say(job, 404, "There is nothing of that name.");
	else if (is_posted(p.kind) != (job->method == HTTP_POST))
		http_say(job, 405, is_posted(p.kind) ? "This is for POST." : "This is for GET.");
	else if (p.kind == LOG_PATH_CHECKPOINT || p.kind == LOG_PATH_TILE)
		http_answer_file(job, s->open_folder, p.file, p.kind == LOG_PATH_TILE);
	else if (p.kind == LOG_PATH_STYLE)
		answer_style(job);
	else
		return false;
	return true;
}

static void answer_later(void *ctx, struct http_job *job)
{
	struct log_server *s = ctx;

	if (log_path_read(job->path, job->query).kind == LOG_PATH_ADD)
		log_submit(s->log, job->body, added, job);
	else
		http_queue_add(s->queue, job);
}

static void work_on(struct log_server *s, struct http_job *job)
{
	struct log_path p = log_path_read(job->path, job->query);

	switch (p.kind) {
	case LOG_PATH_KEEP:
		keep(s, job);
		break;
	case LOG_PATH_COSIGN:
		server_cosign(s, job);
		break;
	case LOG_PATH_ENVELOPE:
		envelope(s, job, &p);
		break;
	case LOG_PATH_FILE:
		kept_file(s, job, &p);
		break;
	case LOG_PATH_SIGNED:
		signed_entry(s, job, &p);
		break;
	case LOG_PATH_PROOF:
		proof(s, job, &p);
		break;
	case LOG_PATH_BUNDLE:
		server_bundle(s, job, p.digest);
		break;
	case LOG_PATH_LOOKUP:
		server_lookup(s, job, p.digest);
		break;
	default:
		server_page(s, job, &p);
	}
}

static void work(void *ctx, struct http_job **jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		work_on(ctx, jobs[i]);
		http_done(jobs[i]);
	}
}

/* -- start and end -- */

static bool open_all(struct log_server *s, const struct log_server_options *o, struct log_error *e)
{
	const struct http_service service = { s, room, answer_now, answer_later };
	char path[4096];

	snprintf(path, sizeof(path), "%s/public", o->dir);
	s->open_folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->open_folder < 0) {
		*e = (struct log_error){ .what = "" };
		snprintf(e->where, sizeof(e->where), "%.250s", path);
		snprintf(e->what, sizeof(e->what), "it cannot be opened: %s", strerror(errno));
		return false;
	}
	s->queue = http_queue_new(WORKERS, 1, work, s);
	if (!s->queue || !server_collect_start(s, o)) {
		*e = (struct log_error){ .what = "no memory" };
		return false;
	}
	s->http = http_start(&o->http, &service, e);
	return s->http != NULL;
}

struct log_server *log_serve(struct log *l, const struct log_server_options *o, struct log_error *e)
{
	struct log_server *s = calloc(1, sizeof(*s));

	if (!s) {
		*e = (struct log_error){ .what = "no memory" };
		return NULL;
	}
	s->log = l;
	s->roster = o->roster;
	s->dir = o->dir;
	s->policies = o->policies;
	s->policy_count = o->policy_count;
	s->open_folder = -1;
	if (open_all(s, o, e))
		return s;
	log_server_stop(s);
	return NULL;
}

const char *log_server_address(const struct log_server *s)
{
	return http_address(s->http);
}

void log_server_stop(struct log_server *s)
{
	if (s->http)
		http_stop(s->http);
	http_queue_free(s->queue);
	server_collect_stop(s);
	if (s->open_folder >= 0)
		close(s->open_folder);
	free(s);
}
