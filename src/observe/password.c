/* password.c - published passwords against the hashes of an image. Tests run when a worker has
 * nothing else to do. How many passwords one hash is worth follows from its own cost parameters, so
 * that it is the same on every machine; what was not tried is said. */
#include <crypt.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"
#include "observe/observe.h"
#include "observe/password.h"

/* Nominal microseconds for all hashes of an image, first come first served in tree order. */
#define BUDGET_ALL 40000000

#define MOST_PAIRS 8   /* pairs published for the account's name, before the general list */
#define MOST_WORDS 8   /* the image's own names */
#define MOST_TESTS 512 /* begun beside the loads; more are begun when they are asked for */
#define LONGEST    128

struct test {
	struct test *next;
	struct observation *all;
	const struct node *node;
	struct span user, hash;
	const struct scheme *scheme;
	uint64_t most, nominal; /* how many are tried, and what that costs */
	bool is_readable, has_run, is_admitted;
	struct password_result result;
};

struct crack {
	pthread_mutex_t lock;
	struct test *tests;
	struct arena arena;            /* under the lock */
	unsigned count;                /* of tests queued with the leaves */
	uint64_t queued, admitted;     /* nominal cost of what was begun, of what is told */
	struct span words[MOST_WORDS]; /* set while no test runs */
	size_t word_count;
};

/* Passwords in the order in which they are tried. */
struct candidates {
	struct span user;
	size_t own, pairs, all;
	const char *pair[MOST_PAIRS];
};

static const char *const tails[] = { "", "1", "12", "123", "1234" };
#define TAILS (sizeof(tails) / sizeof(tails[0]))

static struct candidates candidates_for(struct span user)
{
	struct candidates c = { .user = user.n < LONGEST - 8 ? user : (struct span){ 0 } };

	for (size_t i = 0; i < password_pairs_count && c.pairs < MOST_PAIRS; i++)
		if (span_is(user, password_pairs[i].user))
			c.pair[c.pairs++] = password_pairs[i].password;
	c.own = 1 + TAILS + 1;
	c.all = c.own + c.pairs + default_passwords_count;
	return c;
}

/* The n-th: none at all, the account's own name in the forms people give it, what is published for
 * the name, the general list. */
static void candidate(const struct candidates *c, size_t n, char word[LONGEST])
{
	size_t length = c->user.n;

	if (n >= c->own + c->pairs)
		snprintf(word, LONGEST, "%s", default_passwords[n - c->own - c->pairs].password);
	else if (n >= c->own)
		snprintf(word, LONGEST, "%s", c->pair[n - c->own]);
	else if (n == 0)
		word[0] = 0;
	else if (n <= TAILS)
		snprintf(word, LONGEST, "%.*s%s", (int)length, (const char *)c->user.p,
			 tails[n - 1]);
	else {
		for (size_t i = 0; i < length; i++)
			word[i] = (char)c->user.p[length - 1 - i];
		word[length] = 0;
	}
}

static bool opens(const struct test *t, const char *hash, const char *word)
{
	static _Thread_local struct crypt_data data;

	if (t->scheme->method == METHOD_CRYPT) {
		const char *made = crypt_rn(word, hash, &data, (int)sizeof(data));

		return made && strcmp(made, hash) == 0;
	}
	return password_opens_own(t->scheme, t->hash, span_text(word));
}

static void try_word(struct test *t, const char *hash, const char *word)
{
	struct password_result *r = &t->result;

	r->tried++;
	r->found = opens(t, hash, word);
	if (!r->found)
		return;
	r->untried = NULL;
	pthread_mutex_lock(&t->all->crack->lock);
	r->password = arena_copy(&t->all->crack->arena, span_text(word));
	pthread_mutex_unlock(&t->all->crack->lock);
}

static void try_published(struct test *t, const char *hash)
{
	struct password_result *r = &t->result;
	struct candidates c = candidates_for(t->user);
	char word[LONGEST];

	for (size_t n = 0; n < c.all && n < t->most && !r->found; n++) {
		candidate(&c, n, word);
		try_word(t, hash, word);
	}
	r->known = c.all;
	if (!r->found && t->most < c.all)
		r->untried = t->is_readable ? "budget" : "scheme";
}

static void try_own_names(struct test *t, const char *hash)
{
	const struct crack *c = t->all->crack;
	char word[LONGEST];

	for (size_t i = 0; i < c->word_count && t->most && !t->result.found; i++) {
		snprintf(word, LONGEST, "%.*s", (int)c->words[i].n, (const char *)c->words[i].p);
		try_word(t, hash, word);
	}
	t->result.known += c->word_count;
}

static void guarded(struct test *t, unsigned worker, void (*run)(struct test *, const char *))
{
	const struct guard *g = &t->all->guard;
	char hash[MOST_HASH + 1];

	if (g->enter && !g->enter(g->ctx, worker, t->node, "password")) {
		t->result.untried = "scheme";
		return;
	}
	memcpy(hash, t->hash.p, t->hash.n);
	hash[t->hash.n] = 0;
	run(t, hash);
	if (g->leave)
		g->leave(g->ctx, worker);
}

static void work(void *ctx, unsigned worker)
{
	struct test *t = ctx;

	guarded(t, worker, try_published);
	t->has_run = true;
}

static void work_own_names(void *ctx, unsigned worker)
{
	guarded(ctx, worker, try_own_names);
}

static struct test *find(const struct crack *c, struct span user, struct span hash)
{
	struct test *t = c->tests;

	while (t && !(span_equal(t->hash, hash) && span_equal(t->user, user)))
		t = t->next;
	return t;
}

static struct test *test_new(struct observation *o, const struct node *n, struct span user,
			     struct span hash)
{
	struct crack *c = o->crack;
	struct test *t = arena_take(&c->arena, 1, sizeof(*t));
	const struct scheme *scheme = scheme_of(hash);
	uint64_t each;
	struct password_result *r;

	if (!t)
		return NULL;
	*t = (struct test){ .next = c->tests, .all = o, .node = n, .scheme = scheme };
	t->user = arena_copy(&c->arena, user);
	t->hash = arena_copy(&c->arena, hash);
	r = &t->result;
	r->scheme = scheme->name;
	r->salt = salt_of(scheme, t->hash);
	t->is_readable = scheme->cost(hash, &r->cost);
	if (t->is_readable) {
		password_price(scheme, r->cost, &t->most, &each);
		t->nominal =
			(t->most < default_passwords_count ? t->most : default_passwords_count) *
			each;
	} else {
		r->cost = 0;
	}
	c->tests = t;
	return t;
}

void password_test(struct observation *o, const struct node *n, struct span user, struct span hash)
{
	struct crack *c = o->crack;
	struct test *t = NULL;

	if (!scheme_of(hash))
		return;
	pthread_mutex_lock(&c->lock);
	if (!find(c, user, hash) && c->count < MOST_TESTS)
		t = test_new(o, n, user, hash);
	if (t)
		c->count++;
	if (t && t->nominal <= BUDGET_ALL - c->queued)
		c->queued += t->nominal;
	else
		t = NULL; /* password_result decides */
	pthread_mutex_unlock(&c->lock);
	if (t)
		pool_later(o->pool, work, t);
}

/* Which hashes are within the budget must not depend on which leaf came first: relate asks in tree
 * order, and what is over the budget is told as untried even where a test was begun. */
struct password_result password_result(struct observation *o, const struct node *n,
				       struct span user, struct span hash)
{
	struct crack *c = o->crack;
	struct test *t = find(c, user, hash);
	struct password_result over;

	if (!scheme_of(hash) || (!t && !(t = test_new(o, n, user, hash))))
		return (struct password_result){ 0 };
	if (!t->is_admitted && t->nominal > BUDGET_ALL - c->admitted) {
		over = t->result;
		over.tried = 0;
		over.known = candidates_for(user).all + c->word_count;
		over.found = false;
		over.password = (struct span){ 0 };
		over.untried = "budget";
		return over;
	}
	if (!t->is_admitted)
		c->admitted += t->nominal;
	t->is_admitted = true;
	if (!t->has_run) {
		work(t, 0);
		work_own_names(t, 0);
	}
	return t->result;
}

static void add_word(struct crack *c, struct span word)
{
	if (word.n < 3 || word.n >= LONGEST || c->word_count == MOST_WORDS)
		return;
	for (size_t i = 0; i < c->word_count; i++)
		if (span_equal(c->words[i], word))
			return;
	c->words[c->word_count++] = arena_copy(&c->arena, word);
}

/* "Acme Networks" is tried as acme and Acme. */
static void add_claim(struct crack *c, struct span claim)
{
	struct span first = field_next(&claim, ' ');
	char lower[LONGEST];

	if (first.n >= LONGEST)
		return;
	for (size_t i = 0; i < first.n; i++)
		lower[i] = first.p[i] >= 'A' && first.p[i] <= 'Z' ? (char)(first.p[i] + 32)
								  : (char)first.p[i];
	add_word(c, (struct span){ (const uint8_t *)lower, first.n });
	add_word(c, first);
}

void password_try_names(struct observation *o, const struct tree *t)
{
	struct crack *c = o->crack;

	for (uint32_t i = 0; i < t->count; i++)
		for (const struct fact *f = t->nodes[i]->facts; f; f = f->next) {
			const struct identity_fact *claims = (const struct identity_fact *)f;

			if (f->kind != FACT_IDENTITY)
				continue;
			add_claim(c, claims->vendor);
			add_claim(c, claims->product);
		}
	for (struct test *test = c->tests; test; test = test->next)
		if (test->has_run && !test->result.found)
			pool_later(o->pool, work_own_names, test);
	pool_drain(o->pool);
}

bool crack_init(struct observation *o)
{
	o->crack = calloc(1, sizeof(*o->crack));
	if (o->crack)
		pthread_mutex_init(&o->crack->lock, NULL);
	return o->crack != NULL;
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
