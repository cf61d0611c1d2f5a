/* server_read.c - what a log's server looks up: proofs, what is logged about a digest, pages. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/json.h"
#include "log/gather.h"
#include "log/index.h"
#include "log/page.h"
#include "log/proof.h"
#include "log/server_inside.h"

#define MOST_MEMORY (128u << 20) /* bytes of one answer's statements */

bool server_checkpoint(const struct log_server *s, struct text *note)
{
	int fd = openat(s->open_folder, "checkpoint", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char buffer[8192];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0 && note->n <= NOTE_MOST_BYTES)
		text_put(note, (struct span){ (const uint8_t *)buffer, (size_t)n });
	if (fd >= 0)
		close(fd);
	return n == 0 && !note->failed;
}

static bool prove(const struct log_server *s, uint64_t index, uint64_t size,
		  struct merkle_proof *proof)
{
	struct merkle_source source = log_source(s->log);

	return index < size && merkle_prove_included(&source, index, size, proof);
}

bool server_proof(const struct log_server *s, uint64_t index, struct span note, struct text *out)
{
	struct tlog_proof proof = { .index = index, .note = note };
	struct checkpoint c;

	if (checkpoint_read(note, &c) || !prove(s, index, c.head.size, &proof.path))
		return false;
	tlog_proof_write(out, &proof);
	return !out->failed;
}

/* -- what is found -- */

struct found {
	struct arena arena;
	struct shown *entries;
	size_t count;
	bool has_more;
};

static void found_free(struct found *f)
{
	arena_free(&f->arena);
	free(f->entries);
}

/* The entries of these numbers. False: no memory. */
static bool show(const struct log_server *s, const struct numbers *numbers, struct found *f)
{
	arena_init(&f->arena, MOST_MEMORY);
	f->has_more = numbers->has_more;
	f->entries = calloc(numbers->count + 1, sizeof(*f->entries));
	if (!f->entries)
		return false;
	for (size_t i = 0; i < numbers->count; i++)
		f->count += shown_read(s->log, numbers->list[i], s->roster, &f->arena,
				       &f->entries[f->count]);
	shown_revoke(f->entries, f->count);
	return true;
}

static bool find_newest(const struct log_server *s, struct found *f)
{
	struct numbers numbers = { .count = 0 };
	struct merkle_head head;

	if (!log_head(s->log, &head))
		head.size = 0;
	for (; numbers.count < MOST_SHOWN && numbers.count < head.size; numbers.count++)
		numbers.list[numbers.count] = head.size - 1 - numbers.count;
	numbers.has_more = numbers.count < head.size;
	return show(s, &numbers, f);
}

static bool find_about(const struct log_server *s, const uint8_t digest[SHA256_SIZE],
		       struct found *f)
{
	struct numbers numbers = { .count = 0 };
	struct log_error e;

	return server_index_find(s, digest, &numbers, &e) && show(s, &numbers, f);
}

/* -- as a bundle (docs/verify.md) -- */

/* One line, where the entry is a statement about the image. */
static void put_line(const struct gathering *g, uint64_t number, const uint8_t image[SHA256_SIZE],
		     struct text *line)
{
	struct gathered one;
	struct arena a;

	arena_init(&a, MOST_MEMORY);
	if (gather_read(g, number, &a, &one) && statement_is_about(&one.s, image) &&
	    gather_prove(g, &one))
		sigbundle_write(line, &one.b);
	arena_free(&a);
}

struct bundle_line {
	uint64_t number;
	struct text text;
};

static int by_number(const void *a, const void *b)
{
	const struct bundle_line *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Whether a newer one of that key had no room: then its older ones have none either. */
static bool is_full(const int64_t *full, size_t count, int64_t key)
{
	for (size_t i = 0; i < count; i++)
		if (full[i] == key)
			return true;
	return false;
}

/* As many as a bundle takes, by number and by size, in the order of the log; how many. */
static uint32_t put_bundle(const struct gathering *g, const struct index_turn *turns,
			   size_t turn_count, const uint8_t image[SHA256_SIZE], struct text *out)
{
	struct bundle_line lines[SIGBUNDLE_MOST_LINES] = { { 0 } };
	int64_t full[SIGBUNDLE_MOST_LINES];
	size_t count = 0, full_count = 0, size = 0;

	for (size_t i = 0; i < turn_count; i++) {
		struct bundle_line line = { .number = turns[i].number };

		if (is_full(full, full_count, turns[i].key))
			continue;
		put_line(g, line.number, image, &line.text);
		if (line.text.n > SIGBUNDLE_MOST_BYTES - size) {
			full[full_count++] = turns[i].key;
			text_free(&line.text);
			continue;
		}
		size += line.text.n;
		if (line.text.n)
			lines[count++] = line;
	}
	qsort(lines, count, sizeof(*lines), by_number);
	for (size_t i = 0; i < count; i++) {
		out->failed |= lines[i].text.failed;
		text_put(out, text_span(&lines[i].text));
		text_free(&lines[i].text);
	}
	return (uint32_t)count;
}

void server_bundle(struct log_server *s, struct http_job *job, const uint8_t digest[SHA256_SIZE])
{
	struct index_turn turns[SIGBUNDLE_MOST_LINES];
	struct gathering g = { .log = NULL };
	struct text note = { 0 };
	struct log_error e;
	size_t count;

	if (!log_search_by_turns(s->log, digest, turns, SIGBUNDLE_MOST_LINES, &count, &e) ||
	    !server_checkpoint(s, &note) || gathering_start(&g, s->log, text_span(&note))) {
		http_say(job, 503, "It cannot be looked up now.");
	} else if (put_bundle(&g, turns, count, digest, &job->reply.body) == 0) {
		http_say(job, 404, "Nothing is logged about this image.");
	} else {
		job->reply.status = 200;
		job->reply.type = "application/jsonl";
	}
	gathering_end(&g);
	text_free(&note);
}

/* -- as JSON -- */

static void put_digest(struct json *j, const char *key, const uint8_t sha256[SHA256_SIZE])
{
	struct text t = { 0 };

	text_puts(&t, "sha256:");
	text_hex(&t, (struct span){ sha256, SHA256_SIZE });
	json_key(j, key);
	json_text(j, text_span(&t));
	j->out->failed |= t.failed;
	text_free(&t);
}

static void put_signer(struct json *j, const struct shown *e)
{
	if (!e->has_signer)
		return;
	json_key(j, "signer");
	json_object(j);
	put_digest(j, "key", e->signer_sha256);
	if (e->signer) {
		json_key(j, "name");
		json_bytes(j, e->signer->name);
		json_key(j, "role");
		json_text(j, span_text(role_name(e->signer->role)));
	}
	json_object_end(j);
}

static void put_hash(struct json *j, const uint8_t hash[SHA256_SIZE])
{
	struct text t = { 0 };

	base64_write(&t, (struct span){ hash, SHA256_SIZE });
	json_text(j, text_span(&t));
	j->out->failed |= t.failed;
	text_free(&t);
}

/* Under the checkpoint that stands below; left out where it is not there yet. */
static void put_proof(struct json *j, const struct log_server *s, const struct shown *e,
		      uint64_t size)
{
	struct merkle_proof proof;

	if (!prove(s, e->index, size, &proof))
		return;
	json_key(j, "proof");
	json_array(j);
	for (unsigned i = 0; i < proof.count; i++)
		put_hash(j, proof.hash[i]);
	json_array_end(j);
}

static void put_statement(struct json *j, const struct shown *e)
{
	const struct statement *st = &e->statement;

	json_key(j, "kind");
	json_text(j, span_text(statement_name(st->kind)));
	json_key(j, "subjects");
	json_array(j);
	for (uint32_t i = 0; i < st->subject_count; i++) {
		json_object(j);
		put_digest(j, "digest", st->subjects[i].sha256);
		json_object_end(j);
	}
	json_array_end(j);
	if (st->kind <= STATEMENT_DECLARATION)
		put_digest(j, "file", st->file.sha256);
	if (st->kind == STATEMENT_RESPONSE || st->kind == STATEMENT_REVOCATION)
		put_digest(j, "about", st->pae_sha256);
}

static void put_entry(struct json *j, const struct log_server *s, const struct shown *e,
		      uint64_t size)
{
	json_object(j);
	json_key(j, "index");
	json_u64(j, e->index);
	put_digest(j, "pae", e->pae_sha256);
	json_key(j, "time");
	json_i64(j, e->time);
	put_signer(j, e);
	if (e->has_statement)
		put_statement(j, e);
	if (e->revoked_by != UINT64_MAX) {
		json_key(j, "revoked_by");
		json_u64(j, e->revoked_by);
	}
	put_proof(j, s, e, size);
	json_object_end(j);
}

static void put_found(struct json *j, const struct log_server *s, const struct found *f,
		      struct span note)
{
	struct checkpoint c;
	bool has_checkpoint = !checkpoint_read(note, &c);

	json_key(j, "entries");
	json_array(j);
	for (size_t i = 0; i < f->count; i++)
		put_entry(j, s, &f->entries[i], has_checkpoint ? c.head.size : 0);
	json_array_end(j);
	json_key(j, "more");
	json_bool(j, f->has_more);
	json_key(j, "checkpoint");
	if (has_checkpoint)
		json_text(j, note); /* UTF-8 without control characters, as its reader saw to it */
	else
		json_null(j);
}

void server_lookup(struct log_server *s, struct http_job *job, const uint8_t digest[SHA256_SIZE])
{
	struct json j = { .out = &job->reply.body };
	struct found f = { .count = 0 };
	struct text note = { 0 };

	if (!find_about(s, digest, &f)) {
		http_say(job, 503, "It cannot be looked up now.");
	} else {
		server_checkpoint(s, &note);
		json_object(&j);
		put_digest(&j, "digest", digest);
		put_found(&j, s, &f, text_span(&note));
		json_object_end(&j);
		text_char(j.out, '\n');
		job->reply.status = 200;
		job->reply.type = "application/json";
	}
	found_free(&f);
	text_free(&note);
}

/* -- as a page -- */

void server_page(struct log_server *s, struct http_job *job, const struct log_path *path)
{
	bool is_about = path->kind == LOG_PATH_PAGE || path->kind == LOG_PATH_SEARCH;
	struct found f = { .count = 0 };
	struct text note = { 0 };
	struct page p = { .up = path->kind == LOG_PATH_PAGE ? "../" : "",
			  .origin = log_origin(s->log),
			  .digest = is_about ? path->digest : NULL,
			  .policies = s->policies,
			  .policy_count = s->policy_count };

	if (!(is_about ? find_about(s, path->digest, &f) : find_newest(s, &f))) {
		http_say(job, 503, "It cannot be looked up now.");
	} else {
		server_checkpoint(s, &note);
		p.is_kept = is_about && log_is_kept(s->log, path->digest);
		p.entries = f.entries;
		p.count = f.count;
		p.has_more = f.has_more;
		p.checkpoint = text_span(&note);
		page_write(&p, &job->reply.body);
		job->reply.status = 200;
		job->reply.type = "text/html; charset=utf-8";
		job->reply.policy = PAGE_POLICY;
	}
	found_free(&f);
	text_free(&note);
}
