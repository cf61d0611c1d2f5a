/* collect.c - see collect.h. */
#include <stdlib.h>
#include <time.h>

#include "log/collect_inside.h"
#include "log/cosigned.h"
#include "log/line.h"
#include "log/witness.h"

#define MOST_ANSWER (64u << 10)   /* bytes */
#define FIRST_PAUSE 1000u         /* ms */
#define LAST_PAUSE  (600u * 1000) /* ms */
#define TRIES       3u            /* of a round: each size that a witness names is answered once */
#define PARTS       8u            /* of the entries for a mirror, in a round */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool fail(struct log_error *e, const char *where, const char *what, const char *advice)
{
	*e = (struct log_error){ .advice = advice };
	snprintf(e->where, sizeof(e->where), "%s", where);
	snprintf(e->what, sizeof(e->what), "%s", what);
	return false;
}

/* -- whom to ask -- */

static bool is_asked(const struct collector *c, const struct policy_witness *w)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (note_keys_equal(&c->asked[i].witness->key, &w->key))
			return true;
	return false;
}

/* ADDRESS/add-checkpoint, and where a witness shows what it has cosigned of this log. */
static bool name_addresses(struct collector *c, struct asked *a)
{
	struct span url = a->witness->url;
	struct text add = { 0 }, monitor = { 0 }, entries = { 0 };
	uint8_t id[SHA256_SIZE];

	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	sha256_of(c->options.origin, id);
	text_put(&add, url);
	text_puts(&add, "/add-checkpoint");
	text_put(&monitor, url);
	text_char(&monitor, '/');
	text_hex(&monitor, (struct span){ id, sizeof(id) });
	text_puts(&monitor, "/checkpoint");
	text_put(&entries, url);
	text_puts(&entries, "/add-entries");
	a->add = add.p;
	a->monitor = monitor.p;
	a->entries = entries.p;
	return !add.failed && !monitor.failed && !entries.failed;
}

static bool names_log(const struct policy *p, struct span origin)
{
	for (uint32_t i = 0; i < p->log_count; i++)
		if (span_equal(p->logs[i].key.name, origin))
			return true;
	return false;
}

static bool take_policy(struct collector *c, const struct policy *p, struct log_error *e)
{
	if (!names_log(p, c->options.origin))
		return fail(e, "--policy", "it does not name this log",
			    "A line \"log\" with the log's key, which is in DIR/vkey.");
	for (uint32_t i = 0; i < p->witness_count; i++) {
		const struct policy_witness *w = &p->witnesses[i];

		if (w->url.n == 0 || is_asked(c, w))
			continue;
		if (c->count == COLLECT_MOST_ASKED)
			return fail(e, "--policy", "more than 64 witnesses have an address", NULL);
		c->asked[c->count] = (struct asked){ .witness = w };
		if (!name_addresses(c, &c->asked[c->count++]))
			return fail(e, "--policy", "no memory", NULL);
	}
	return true;
}

struct collector *collector_new(const struct collect_options *o, struct log_error *e)
{
	struct client_options client = { .tries = 1, .total_ms = o->round_ms ? o->round_ms : 2000 };
	struct collector *c = calloc(1, sizeof(*c));
	bool ok;

	if (!c)
		return fail(e, "--policy", "no memory", NULL), NULL;
	c->options = *o;
	c->client = client_new(&client);
	ok = c->client || fail(e, "--policy", "witnesses cannot be asked: no libcurl, or no memory",
			       "On Debian: libcurl4.");
	for (uint32_t i = 0; ok && i < o->policy_count; i++)
		ok = take_policy(c, o->policies[i], e);
	if (ok)
		return c;
	collector_free(c);
	return NULL;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->count; i++) {
		free(c->asked[i].add);
		free(c->asked[i].monitor);
		free(c->asked[i].entries);
		text_free(&c->asked[i].ticket);
		text_free(&c->asked[i].lines);
		text_free(&c->asked[i].request);
	}
	client_free(c->client);
	free(c);
}

void collector_set_source(struct collector *c, struct merkle_source source,
			  struct collect_entries entries)
{
	c->options.source = source;
	c->options.entries = entries;
}

uint32_t collector_witnesses(const struct collector *c)
{
	return c->count;
}

/* -- what comes -- */

static void tell(const struct collector *c, const struct asked *a, const char *what,
		 const char *advice)
{
	struct log_error e;

	if (!c->options.warn)
		return;
	fail(&e, "", what, advice);
	snprintf(e.where, sizeof(e.where), "witness %.*s", (int)a->witness->name.n,
		 a->witness->name.p);
	c->options.warn(&e);
}

void collect_put_off(struct collector *c, struct asked *a, const char *why)
{
	if (!a->is_failing)
		tell(c, a, why, "It is asked again from time to time.");
	a->is_failing = true;
	a->is_open = false;
	a->pause = a->pause ? a->pause * 2 : FIRST_PAUSE;
	a->pause = a->pause < LAST_PAUSE ? a->pause : LAST_PAUSE;
	a->due = now_ms() + a->pause;
}

/* The newest line of the answer that is this witness's, if all of his hold: nothing else gets
 * further. */
static bool keep_line(struct asked *a, struct span answer, const struct checkpoint *sent)
{
	struct checkpoint both;
	struct text note = { 0 };
	uint64_t time;
	bool ok;

	text_put(&note, sent->note.text);
	text_char(&note, '\n');
	text_put(&note, answer);
	a->lines.n = 0;
	ok = !note.failed && !checkpoint_read(text_span(&note), &both) &&
	     checkpoint_check(&both, &a->witness->key, &time) == NOTE_SIGNED && time > 0;
	if (ok)
		text_put(&a->lines, cosigned_line(&both.note, &a->witness->key)->line);
	text_free(&note);
	return ok && !a->lines.failed;
}

void collect_is_ahead(struct collector *c, struct asked *a)
{
	if (!a->is_ahead)
		tell(c, a, "it has cosigned a larger tree of this log than this one",
		     "Was the log set back, as by an old backup? It must not go on: docs/log.md, "
		     "\"Restore\".");
	a->is_ahead = true;
	collect_put_off(c, a, "it cannot cosign this tree");
}

static void take_size(struct collector *c, struct asked *a, struct span body)
{
	struct span line;
	uint64_t size;

	if (!whole_line_take(&body, &line) || body.n || !decimal_read(line, &size)) {
		collect_put_off(c, a, "it answers by a size that is none");
		return;
	}
	if (size > c->head.size)
		collect_is_ahead(c, a);
	else
		a->size = size; /* and once more, if there is a try left */
}

void collect_take_lines(struct collector *c, struct asked *a, struct span answer,
			const struct checkpoint *sent)
{
	if (!keep_line(a, answer, sent)) {
		collect_put_off(c, a, "its answer is no cosignature by its key");
		return;
	}
	if (a->is_failing)
		tell(c, a, "it cosigns again", NULL);
	a->size = c->head.size;
	a->has_signed = true;
	a->is_failing = a->is_ahead = a->is_open = false;
	a->pause = 0;
	a->due = 0;
}

static void take_answer(struct collector *c, struct asked *a, const struct client_call *call,
			const struct checkpoint *sent)
{
	struct span body = text_span(&call->answer);
	char why[320];

	if (call->status == 409 && strcmp(call->content_type, WITNESS_SIZE_TYPE) == 0) {
		take_size(c, a, body);
		return;
	}
	if (call->status != 200) {
		if (call->status)
			snprintf(why, sizeof(why), "it answers %u", call->status);
		else
			snprintf(why, sizeof(why), "no answer: %s", call->wrong);
		collect_put_off(c, a, why);
		return;
	}
	if (body.n || !c->options.entries.read) {
		collect_take_lines(c, a, body, sent);
		return;
	}
	a->size = c->head.size; /* a mirror: it goes on with the entries */
	a->has_heard = a->has_moved = true;
}

/* -- a round -- */

static void new_head(struct collector *c, const struct merkle_head *head)
{
	if (merkle_head_equal(&c->head, head))
		return;
	c->head = *head;
	for (uint32_t i = 0; i < c->count; i++) {
		c->asked[i].has_signed = c->asked[i].has_heard = false;
		c->asked[i].lines.n = 0;
	}
}

/* What is asked of it now. */
static bool make_call(struct collector *c, struct asked *a, const struct checkpoint *checkpoint,
		      struct client_call *call)
{
	if (a->has_heard)
		return collect_mirror_ask(c, a, call);
	a->request.n = 0;
	if (!cosigned_request(&c->options.source, a->size, checkpoint, &a->request))
		return false;
	*call = (struct client_call){ .url = a->add,
				      .type = "application/octet-stream",
				      .body = text_span(&a->request),
				      .most = MOST_ANSWER };
	return true;
}

/* Asks all that are open, once. How many still are; *moved: whether a mirror took something. */
static uint32_t ask(struct collector *c, const struct checkpoint *checkpoint, bool *moved)
{
	struct client_call calls[COLLECT_MOST_ASKED];
	struct asked *who[COLLECT_MOST_ASKED];
	uint32_t n = 0, left = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		struct asked *a = &c->asked[i];

		if (!a->is_open)
			continue;
		a->has_moved = false;
		if (make_call(c, a, checkpoint, &calls[n]))
			who[n++] = a;
		else
			collect_put_off(c, a, "the log cannot prove what it needs");
	}
	client_run(c->client, calls, n);
	for (uint32_t i = 0; i < n; i++) {
		(who[i]->has_heard ? collect_mirror_take : take_answer)(c, who[i], &calls[i],
									checkpoint);
		client_call_free(&calls[i]);
		left += who[i]->is_open;
		*moved |= who[i]->is_open && who[i]->has_moved;
	}
	return left;
}

uint32_t collector_round(struct collector *c, struct span note, struct text *lines)
{
	struct checkpoint checkpoint;
	uint32_t open = 0, have = 0;
	int64_t now = now_ms();

	if (checkpoint_read(note, &checkpoint) || !span_equal(checkpoint.origin, c->options.origin))
		return 0;
	new_head(c, &checkpoint.head);
	for (uint32_t i = 0; i < c->count; i++) {
		struct asked *a = &c->asked[i];

		a->is_open = !a->has_signed && a->due <= now;
		open += a->is_open;
	}
	for (unsigned try = 0, parts = 0; open && try < TRIES && parts < PARTS;) {
		bool moved = false;

		open = ask(c, &checkpoint, &moved);
		try += !moved;
		parts += moved;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		if (c->asked[i].is_open && !c->asked[i].has_moved)
			collect_put_off(c, &c->asked[i], "it names another size each time");
		if (!c->asked[i].has_signed)
			continue;
		text_put(lines, text_span(&c->asked[i].lines));
		have++;
	}
	return have;
}

bool collector_has_quorum(const struct collector *c, struct span note, struct span lines)
{
	const struct cosigned k = { c->options.policies, c->options.policy_count };
	struct checkpoint checkpoint;
	struct text both = { 0 };
	bool ok;

	text_put(&both, note);
	text_put(&both, lines);
	ok = !both.failed && !checkpoint_read(text_span(&both), &checkpoint) &&
	     cosigned_has_quorum(&k, &checkpoint);
	text_free(&both);
	return ok;
}

uint32_t collector_wait(const struct collector *c)
{
	int64_t now = now_ms(), least = UINT32_MAX;

	for (uint32_t i = 0; i < c->count; i++) {
		int64_t wait = c->asked[i].due > now ? c->asked[i].due - now : 0;

		if (!c->asked[i].has_signed && wait < least)
			least = wait;
	}
	return (uint32_t)least;
}

void collector_again(struct collector *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		c->asked[i].has_signed = false;
}

/* -- what they have -- */

static bool log_signed(const struct collector *c, const struct checkpoint *checkpoint)
{
	uint64_t time;

	for (uint32_t i = 0; i < c->options.policy_count; i++)
		for (uint32_t k = 0; k < c->options.policies[i]->log_count; k++) {
			const struct note_key *key = &c->options.policies[i]->logs[k].key;

			if (span_equal(key->name, c->options.origin) &&
			    checkpoint_check(checkpoint, key, &time) == NOTE_SIGNED)
				return true;
		}
	return false;
}

/* What the log has not signed says nothing of it: else a witness could stop it. */
static bool is_seen(const struct collector *c, const struct asked *a, struct span note)
{
	struct checkpoint checkpoint;
	uint64_t time;

	return !checkpoint_read(note, &checkpoint) &&
	       span_equal(checkpoint.origin, c->options.origin) && log_signed(c, &checkpoint) &&
	       checkpoint_check(&checkpoint, &a->witness->key, &time) == NOTE_SIGNED;
}

uint32_t collector_seen(struct collector *c, struct text seen[POLICY_MOST_WITNESSES])
{
	struct client_call calls[COLLECT_MOST_ASKED];
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->count; i++)
		calls[i] =
			(struct client_call){ .url = c->asked[i].monitor, .most = NOTE_MOST_BYTES };
	client_run(c->client, calls, c->count);
	for (uint32_t i = 0; i < c->count; i++) {
		if (calls[i].status == 200 &&
		    is_seen(c, &c->asked[i], text_span(&calls[i].answer))) {
			seen[n++] = calls[i].answer;
			calls[i].answer = (struct text){ 0 };
		}
		client_call_free(&calls[i]);
	}
	return n;
}
