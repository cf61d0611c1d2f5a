/* push.c - see push.h. What the bucket has is asked of it, so that nothing is kept here that could
 * be wrong, and so that two who push do no harm to each other. */
#include "log/push.h"

#include <stdio.h>
#include <stdlib.h>

#include "log/client.h"
#include "log/store_own.h"

#define AT_ONCE  32u
#define MOST_URL 2048u

static const char immutable[] = "Cache-Control: public, max-age=604800, immutable";

/* An object that is on its way. */
struct sending {
	char url[MOST_URL + TILE_MOST_PATH];
	char digest[32 + 2 * SHA256_SIZE];
	const char *headers[3];
	uint8_t *bytes;
};

struct push {
	struct log *log;
	const struct push_options *o;
	struct pushed *sum;
	struct log_error *e;
	char sigv4[128];
	struct merkle_head there, here;
	struct sending sending[AT_ONCE];
	struct client_call calls[AT_ONCE];
	unsigned count;
};

/* -- objects -- */

static bool name_object(struct push *p, struct sending *s, const char *name, struct span bytes)
{
	uint8_t digest[SHA256_SIZE];
	int n = snprintf(s->url, sizeof(s->url), "%s/%s", p->o->url, name);

	if (n < 0 || (size_t)n >= sizeof(s->url))
		return log_fail(p->e, NULL, p->o->url, "the address is too long");
	sha256_of(bytes, digest);
	n = snprintf(s->digest, sizeof(s->digest), "x-amz-content-sha256: ");
	for (size_t i = 0; i < SHA256_SIZE; i++)
		n += snprintf(s->digest + n, sizeof(s->digest) - (size_t)n, "%02x", digest[i]);
	return true;
}

static struct client_call call_of(const struct push *p, struct sending *s, const char *method,
				  struct span body)
{
	return (struct client_call){ .method = method,
				     .url = s->url,
				     .body = body,
				     .headers = s->headers,
				     .sigv4 = p->sigv4,
				     .user = p->o->user };
}

static bool refused(struct push *p, const struct client_call *call)
{
	if (call->status == 0)
		return log_fail(p->e, "What was public stays so. Try again.", call->url, "%s",
				call->wrong);
	return log_fail(p->e,
			call->status == 403
				? "The credentials, the region and the clock of this machine count."
			: call->status == 404 ? "The bucket must be there before."
					      : "What was public stays so. Try again.",
			call->url, "the storage answers %u", call->status);
}

/* Waits for all that are on their way. */
static bool flush(struct push *p)
{
	bool ok = true;

	if (p->count)
		client_run(p->o->client, p->calls, p->count);
	for (unsigned i = 0; i < p->count; i++) {
		if (ok && p->calls[i].status != 200)
			ok = refused(p, &p->calls[i]);
		client_call_free(&p->calls[i]);
		free(p->sending[i].bytes);
	}
	p->count = 0;
	return ok;
}

/* Takes the bytes over. */
static bool put(struct push *p, const char *name, uint8_t *bytes, size_t n, bool is_checkpoint)
{
	struct sending *s = &p->sending[p->count];

	s->bytes = bytes;
	s->headers[0] = s->digest;
	s->headers[1] = is_checkpoint ? "Cache-Control: no-store" : immutable;
	s->headers[2] = NULL;
	if (!name_object(p, s, name, (struct span){ bytes, n })) {
		free(bytes);
		return false;
	}
	p->calls[p->count] = call_of(p, s, "PUT", (struct span){ bytes, n });
	p->calls[p->count].type =
		is_checkpoint ? "text/plain; charset=utf-8" : "application/octet-stream";
	p->count++;
	p->sum->files++;
	p->sum->bytes += n;
	return p->count < AT_ONCE || flush(p);
}

/* -- what is there -- */

static bool read_there(struct push *p, struct span note)
{
	struct checkpoint c;
	struct merkle tree;
	uint8_t root[SHA256_SIZE];
	uint64_t time;
	const char *wrong = checkpoint_read(note, &c);

	if (!wrong && (!span_equal(c.origin, p->log->key.name) ||
		       checkpoint_check(&c, &p->log->key, &time) != NOTE_SIGNED))
		wrong = "what is there is no checkpoint of this log";
	if (!wrong && c.head.size > p->here.size)
		wrong = "what is there is ahead of this log: it was wound back, or is a copy";
	if (!wrong && !tree_at(p->log, c.head.size, &tree))
		wrong = "a tile of the log cannot be read";
	if (!wrong) {
		merkle_root(&tree, root);
		if (memcmp(root, c.head.root, SHA256_SIZE) != 0)
			wrong = "what is there is another history of this log";
	}
	if (wrong)
		return log_fail(
			p->e,
			"Nothing was written. docs/log.md, \"Restore\", says what to do with a "
			"log that was wound back.",
			p->o->url, "%s", wrong);
	p->there = c.head;
	return true;
}

static bool ask_what_is_there(struct push *p)
{
	struct sending *s = &p->sending[0];
	struct client_call call;
	bool ok;

	if (!name_object(p, s, "checkpoint", (struct span){ 0 }))
		return false;
	s->headers[0] = s->digest;
	s->headers[1] = NULL;
	call = call_of(p, s, NULL, (struct span){ 0 });
	call.most = NOTE_MOST_BYTES;
	client_run(p->o->client, &call, 1);
	ok = call.status == 404 ||
	     (call.status == 200 ? read_there(p, text_span(&call.answer)) : refused(p, &call));
	client_call_free(&call);
	return ok;
}

/* -- tiles -- */

/* The first entries of a bundle. */
static size_t bundle_prefix(struct span bundle, unsigned width)
{
	struct span entry;
	size_t at = 0;

	while (width-- && bundle_next(bundle, &at, &entry))
		;
	return at;
}

/* A partial file goes once the full one is there, whose beginning it was. */
static bool read_tile(struct push *p, const struct tile *t, uint8_t **bytes, size_t *n)
{
	struct tile full = { t->level, t->index, TILE_WIDTH };

	if (tile_file(p->log, t, bytes, n))
		return true;
	if (t->width == TILE_WIDTH || !tile_file(p->log, &full, bytes, n))
		return false;
	*n = t->level == TILE_ENTRIES ? bundle_prefix((struct span){ *bytes, *n }, t->width)
				      : (size_t)t->width * SHA256_SIZE;
	return true;
}

static bool put_tile(struct push *p, const struct tile *t)
{
	char name[TILE_MOST_PATH];
	uint8_t *bytes;
	size_t n;

	tile_path(t, name);
	if (!read_tile(p, t, &bytes, &n))
		return log_fail(p->e, "evenhand log check says what is wrong with the log.", name,
				"%s", strerror(errno));
	return put(p, name, bytes, n, false);
}

static bool put_level(struct push *p, unsigned level)
{
	struct tile t = { level, tile_full(level, p->there.size), TILE_WIDTH };

	for (; t.index < tile_full(level, p->here.size); t.index++)
		if (!put_tile(p, &t))
			return false;
	t.width = tile_partial(level, p->here.size);
	if (t.width == 0 || (t.index == tile_full(level, p->there.size) &&
			     t.width == tile_partial(level, p->there.size)))
		return true;
	return put_tile(p, &t);
}

static bool put_all(struct push *p, const struct text *note)
{
	uint8_t *copy = malloc(note->n);

	if (!copy)
		return log_fail(p->e, NULL, p->o->url, "out of memory");
	memcpy(copy, note->p, note->n);
	for (unsigned level = 0; level < tile_levels(p->here.size); level++)
		if (!put_level(p, level))
			return free(copy), false;
	if (!put_level(p, TILE_ENTRIES) || !flush(p))
		return free(copy), false;
	return put(p, "checkpoint", copy, note->n, true) && flush(p);
}

bool log_push(struct log *l, const struct push_options *o, struct pushed *sum, struct log_error *e)
{
	struct push *p = calloc(1, sizeof(*p));
	struct text note = { 0 };
	struct checkpoint c;
	bool ok;

	*sum = (struct pushed){ 0 };
	if (!p)
		return log_fail(e, NULL, o->url, "out of memory");
	p->log = l;
	p->o = o;
	p->sum = sum;
	p->e = e;
	snprintf(p->sigv4, sizeof(p->sigv4), "aws:amz:%.64s:s3",
		 o->region ? o->region : "us-east-1");
	log_checkpoint(l, &note);
	ok = !note.failed && !checkpoint_read(text_span(&note), &c);
	if (ok)
		p->here = c.head;
	else
		log_fail(e, NULL, l->open_folder, "it has no checkpoint");
	ok = ok && ask_what_is_there(p) && put_all(p, &note);
	sum->from = p->there.size;
	sum->to = p->here.size;
	for (unsigned i = 0; i < p->count; i++)
		free(p->sending[i].bytes);
	text_free(&note);
	free(p);
	return ok;
}
