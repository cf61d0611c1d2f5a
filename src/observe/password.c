/* password.c - published passwords against the hashes of an image. Tests run when a worker has
 * nothing else to do, those of quick schemes first: accounts of an image often share a password,
 * and what opens one is tried early on the slower ones. How many passwords one hash is worth
 * follows from its own cost parameters, so that it is the same on every machine; what was not tried
 * is said. */
#include <crypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/names.h"
#include "observe/observe.h"
#include "observe/password.h"

/* Nominal microseconds for all hashes of an image, first come first served in tree order. */
#define BUDGET_ALL 40000000

#define SLICE      30000 /* nominal microseconds of one piece of work for a worker */
#define MOST_TESTS 512   /* begun beside the loads; more are begun when they are asked for */

/* From so many nominal microseconds a try on, a hash waits for the others. */
#define SLOW 10000

/* One hash of one account. */
struct test {
	struct test *next;
	struct observation *all;
	const struct node *node;
	struct span hash;
	const struct scheme *scheme;
	struct candidates words;
	uint64_t each, nominal; /* of one try, of all */
	bool is_slow, is_readable, is_begun, is_ended, is_admitted;
	_Atomic bool is_refused;  /* its scheme is quarantined here */
	_Atomic size_t opened_at; /* number of the first candidate that opens; NOT_OPENED */
	struct password_result result;
};

#define NOT_OPENED SIZE_MAX

/* Candidates [from, to) of one test. */
struct stretch {
	struct test *test;
	size_t from, to;
};

struct crack {
	pthread_mutex_t lock;
	struct test *tests;
	struct names known;        /* "user:hash" to its test */
	struct arena arena;        /* under the lock */
	unsigned count;            /* of tests begun with the leaves */
	uint64_t queued, admitted; /* nominal cost of what was begun, of what is told */
	bool left_some;            /* not every test was begun with the leaves */
	struct words own, found;   /* set while no test runs; found: for the slow ones */
};

static bool opens(const struct test *t, const char *hash, const char *word)
{
	static _Thread_local struct crypt_data data;

	if (t->scheme->method == METHOD_CRYPT) {
		const char *made = crypt_rn(word, hash, &data, (int)sizeof(data));

		return made && strcmp(made, hash) == 0;
	}
	return password_opens_own(t->scheme, t->hash, span_text(word));
}

/* Workers try stretches of one hash side by side; the first candidate in order counts. */
static void note_opened(struct test *t, size_t n)
{
	size_t best = t->opened_at;

	while (n < best && !atomic_compare_exchange_weak(&t->opened_at, &best, n))
		;
}

static void try_stretch(const struct stretch *s)
{
	struct test *t = s->test;
	char hash[MOST_HASH + 1], word[LONGEST_WORD];

	memcpy(hash, t->hash.p, t->hash.n);
	hash[t->hash.n] = 0;
	for (size_t n = s->from; n < s->to && n < t->opened_at; n++)
		if (candidate(&t->words, n, word) && opens(t, hash, word))
			note_opened(t, n);
}

static void work(void *ctx, unsigned worker)
{
	const struct stretch *s = ctx;
	const struct guard *g = &s->test->all->guard;
	const struct node *n = s->test->node;

	if (s->from >= s->test->opened_at)
		return;
	if (g->enter && !g->enter(g->ctx, worker, n, node_key(n), "password")) {
		s->test->is_refused = true;
		return;
	}
	try_stretch(s);
	if (g->leave)
		g->leave(g->ctx, worker);
}

/* Under the lock; or on worker 0 once the leaves are through, when nobody else takes memory. */
static void queue(struct test *t, size_t from, size_t to)
{
	size_t step = t->each < SLICE ? SLICE / t->each : 1;

	while (from < to) {
		struct stretch *s = arena_take(&t->all->crack->arena, 1, sizeof(*s));

		if (!s) {
			machine_ran_out();
			return;
		}
		*s = (struct stretch){ t, from, to - from < step ? to : from + step };
		from = s->to;
		pool_later(t->all->pool, work, s);
	}
}

/* The candidates that need nothing of the image. */
static void begin(struct test *t)
{
	t->is_begun = true;
	queue(t, 0, candidates_alone(&t->words));
}

/* Once the image's own names are known, and for a slow hash what opens the others. */
static void end(struct test *t)
{
	t->is_ended = true;
	if (t->words.most && t->opened_at == NOT_OPENED)
		queue(t, candidates_alone(&t->words), candidates_count(&t->words));
}

/* "user:hash"; no user holds a colon. */
static struct span key_of(struct arena *a, struct span user, struct span hash)
{
	uint8_t *p = arena_take(a, user.n + 1 + hash.n, 1);

	if (!p)
		return (struct span){ 0 };
	if (user.n)
		memcpy(p, user.p, user.n);
	p[user.n] = ':';
	memcpy(p + user.n + 1, hash.p, hash.n);
	return (struct span){ p, user.n + 1 + hash.n };
}

/* The test of that hash, made if there is none; NULL when there is no memory. */
static struct test *test_of(struct observation *o, const struct node *n, struct span user,
			    struct span hash)
{
	struct crack *c = o->crack;
	struct span key = key_of(&c->arena, user, hash);
	struct name *known = key.n ? names_add(&c->known, key) : NULL;
	struct test *t = known && !known->what ? arena_take(&c->arena, 1, sizeof(*t)) : NULL;
	uint64_t most = 0;

	if (!t)
		return known ? known->what : NULL;
	*t = (struct test){
		.next = c->tests, .all = o, .node = n, .each = 1, .opened_at = NOT_OPENED
	};
	t->hash = span_from(key, user.n + 1);
	t->scheme = scheme_of(hash);
	t->words = candidates_for(span_head(key, user.n));
	t->result.scheme = t->scheme->name;
	t->result.salt = salt_of(t->scheme, t->hash);
	t->is_readable = t->scheme->cost(hash, &t->result.cost);
	if (t->is_readable)
		password_price(t->scheme, t->result.cost, &most, &t->each);
	else
		t->result.cost = 0;
	t->is_slow = t->each >= SLOW;
	t->words.own = &c->own;
	t->words.found = t->is_slow ? &c->found : NULL;
	t->words.most = most < t->words.all ? most : t->words.all;
	t->nominal = t->words.most * t->each;
	c->tests = known->what = t;
	return t;
}

static uint64_t budget_of(const struct observation *o)
{
	return o->no_passwords ? 0 : BUDGET_ALL;
}

void password_test(struct observation *o, const struct node *n, struct span user, struct span hash)
{
	struct crack *c = o->crack;
	struct test *t;

	if (!scheme_of(hash))
		return;
	pthread_mutex_lock(&c->lock);
	t = c->count < MOST_TESTS ? test_of(o, n, user, hash) : NULL;
	/* What is not begun here is left to password_result. */
	if (t && !t->is_begun && t->nominal <= budget_of(o) - c->queued) {
		c->count++;
		c->queued += t->nominal;
		begin(t);
	}
	/* From the last one on it is not looked whether a test was there before. */
	c->left_some |= !t || !t->is_begun || c->count == MOST_TESTS;
	pthread_mutex_unlock(&c->lock);
}

struct opener {
	struct span word;
	uint32_t accounts;
};

static int by_accounts(const void *a, const void *b)
{
	const struct opener *x = a, *y = b;

	if (x->accounts != y->accounts)
		return x->accounts > y->accounts ? -1 : 1;
	return span_compare(x->word, y->word);
}

/* What opened hashes, the one with most accounts first. Where not every test was begun, which ones
 * were depends on the order of the leaves: then none learns from another. */
static void note_found(struct crack *c)
{
	struct opener all[MOST_TESTS];
	char word[LONGEST_WORD];
	size_t n = 0;

	for (struct test *t = c->left_some ? NULL : c->tests; t; t = t->next) {
		size_t i = 0;

		if (!t->is_ended || t->opened_at == NOT_OPENED)
			continue;
		candidate(&t->words, t->opened_at, word);
		while (i < n && !span_is(all[i].word, word))
			i++;
		if (i == n)
			all[n++] = (struct opener){ arena_copy(&c->arena, span_text(word)), 0 };
		all[i].accounts++;
	}
	qsort(all, n, sizeof(all[0]), by_accounts);
	for (size_t i = 0; i < n; i++)
		if (all[i].word.n)
			words_put(&c->found, &c->arena, all[i].word);
}

static void end_begun(struct observation *o, bool slow)
{
	for (struct test *t = o->crack->tests; t; t = t->next)
		if (t->is_begun && t->is_slow == slow)
			end(t);
	pool_drain(o->pool);
}

void password_try_names(struct observation *o, const struct tree *t)
{
	struct crack *c = o->crack;

	for (uint32_t i = 0; i < t->count; i++)
		for (const struct fact *f = t->nodes[i]->facts; f; f = f->next) {
			const struct identity_fact *claims = (const struct identity_fact *)f;

			if (f->kind != FACT_IDENTITY)
				continue;
			words_add_claim(&c->own, &c->arena, claims->vendor);
			words_add_claim(&c->own, &c->arena, claims->product);
		}
	end_begun(o, false);
	note_found(c);
	end_begun(o, true);
}

static void run_now(struct test *t)
{
	begin(t);
	pool_drain(t->all->pool);
	end(t);
	pool_drain(t->all->pool);
}

static size_t known_for(const struct test *t)
{
	return t->words.all + candidates_count(&t->words) - t->words.most;
}

static void tell(struct test *t)
{
	struct password_result *r = &t->result;
	char word[LONGEST_WORD];

	r->known = known_for(t);
	r->found = t->opened_at != NOT_OPENED;
	r->tried = t->is_refused || t->words.most == 0 ? 0 : candidates_count(&t->words);
	if (r->found) {
		r->tried = t->opened_at + 1;
		candidate(&t->words, t->opened_at, word);
		r->password = arena_copy(&t->all->crack->arena, span_text(word));
	} else if (r->tried < r->known) {
		r->untried = t->is_refused || !t->is_readable ? "scheme" : "budget";
	}
}

/* Which hashes are within the budget must not depend on which leaf came first: relate asks in tree
 * order, and what is over the budget is told as untried even where a test was begun. */
struct password_result password_result(struct observation *o, const struct node *n,
				       struct span user, struct span hash)
{
	struct crack *c = o->crack;
	struct test *t = scheme_of(hash) ? test_of(o, n, user, hash) : NULL;

	if (!t)
		return (struct password_result){ 0 };
	if (!t->is_admitted && t->nominal > budget_of(o) - c->admitted) {
		struct password_result over = t->result;

		over.known = known_for(t);
		over.untried = "budget";
		return over;
	}
	if (!t->is_admitted) {
		c->admitted += t->nominal;
		t->is_admitted = true;
		if (!t->is_ended)
			run_now(t);
		tell(t);
	}
	return t->result;
}

bool crack_init(struct observation *o)
{
	o->crack = calloc(1, sizeof(*o->crack));
	if (!o->crack)
		return false;
	o->crack->known.arena = &o->crack->arena;
	pthread_mutex_init(&o->crack->lock, NULL);
	return true;
}

void crack_free(struct observation *o)
{
	if (!o->crack)
		return;
	arena_free(&o->crack->arena);
	pthread_mutex_destroy(&o->crack->lock);
	free(o->crack);
	o->crack = NULL;
}
