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

#define BUDGET      500000  /* nominal microseconds for one hash */
#define BUDGET_HARD 1750000 /* for the schemes made to be slow: a dozen tries would say nothing */
#define LEAST_TRIED 12
#define MOST_PAIRS  8 /* pairs published for the account's name, before the general list */
#define LONGEST     128

struct test {
	struct test *next;
	struct observation *all;
	const struct node *node;
	struct span user, hash;
	const struct scheme *scheme;
	struct password_result result;
};

struct crack {
	pthread_mutex_t lock;
	struct test *tests;
	struct arena arena; /* under the lock */
};

static uint64_t decimal_after(struct span hash, const char *word, uint64_t otherwise)
{
	size_t at = span_find(hash, 0, span_text(word));
	uint64_t value;
	size_t used;

	if (at == SIZE_MAX || !span_number(span_from(hash, at + strlen(word)), 10, &value, &used))
		return otherwise;
	return value;
}

static int base64_index(int c)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c > 0 ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Costs: rounds or the like as the hash states them, and microseconds of a current core. */
static uint64_t cost_fixed(struct span hash)
{
	(void)hash;
	return 0;
}

static uint64_t cost_rounds(struct span hash)
{
	return decimal_after(hash, "$rounds=", 5000);
}

static uint64_t cost_sha1(struct span hash)
{
	return decimal_after(hash, "$sha1$", 20000);
}

static uint64_t cost_bcrypt(struct span hash)
{
	return decimal_after(hash, "$2", 0) ? 0 : decimal_after(span_from(hash, 3), "$", 5);
}

/* N * r: $y$jNr$, with N as a power of two and r as one digit each. */
static uint64_t cost_yescrypt(struct span hash)
{
	size_t at = span_find(hash, 1, span_text("$"));
	int n = base64_index(span_byte(hash, at + 2)), r = base64_index(span_byte(hash, at + 3));

	return n < 0 || r < 0 || n > 24 ? 1u << 17 : ((uint64_t)r + 1) << (n + 1);
}

static uint64_t cost_scrypt(struct span hash)
{
	int n = base64_index(span_byte(hash, 3)), r = base64_index(span_byte(hash, 4));

	return n < 0 || r < 0 || n > 30 ? 1u << 19 : ((uint64_t)r + 1) << n;
}

static const struct scheme schemes[] = {
	{ "yescrypt", "$y$", METHOD_CRYPT, cost_yescrypt, 0, 240, true },
	{ "gost-yescrypt", "$gy$", METHOD_CRYPT, cost_yescrypt, 0, 240, true },
	{ "scrypt", "$7$", METHOD_CRYPT, cost_scrypt, 0, 340, true },
	{ "bcrypt", "$2a$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "bcrypt", "$2b$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "bcrypt", "$2x$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "bcrypt", "$2y$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "sha512crypt", "$6$", METHOD_CRYPT, cost_rounds, 0, 880, false },
	{ "sha256crypt", "$5$", METHOD_CRYPT, cost_rounds, 0, 720, false },
	{ "sha1crypt", "$sha1$", METHOD_CRYPT, cost_sha1, 0, 1500, false },
	{ "md5crypt", "$1$", METHOD_CRYPT, cost_fixed, 180, 0, false },
	{ "apr1", "$apr1$", METHOD_APR1, cost_fixed, 400, 0, false },
	{ "nt", "$3$$", METHOD_CRYPT, cost_fixed, 2, 0, false },
	{ "plain", "{PLAIN}", METHOD_PLAIN, cost_fixed, 1, 0, false },
	{ "sha1", "{SHA}", METHOD_SHA, cost_fixed, 1, 0, false },
	{ "ssha1", "{SSHA}", METHOD_SHA, cost_fixed, 1, 0, false },
	{ "bsdi", "_", METHOD_CRYPT, cost_fixed, 5000, 0, false },
	{ "des", "", METHOD_CRYPT, cost_fixed, 6, 0, false },
};

static bool all_base64(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (base64_index(s.p[i]) < 0)
			return false;
	return s.n > 0;
}

static bool printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static const struct scheme *scheme_of(struct span hash)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const struct scheme *s = &schemes[i];

		if (!span_starts(hash, span_text(s->prefix)) || !printable(hash))
			continue;
		if (strcmp(s->name, "des") == 0)
			return hash.n == 13 && all_base64(hash) ? s : NULL;
		if (strcmp(s->name, "bsdi") == 0)
			return hash.n == 20 && all_base64(span_from(hash, 1)) ? s : NULL;
		return hash.n >= strlen(s->prefix) + 4 ? s : NULL;
	}
	return NULL;
}

const char *password_scheme(struct span hash)
{
	const struct scheme *s = scheme_of(hash);

	return s ? s->name : NULL;
}

static uint64_t nominal_cost(const struct scheme *s, uint64_t cost)
{
	uint64_t units =
		s->hard && strcmp(s->name, "bcrypt") == 0 ? 1ull << (cost < 31 ? cost : 31) : cost;
	uint64_t micros = s->fixed + units * s->nanos / 1000;

	return micros ? micros : 1;
}

/* The account's own name in the forms people give it, then what is published for the name, then the
 * general list. The n-th; false behind the last. */
static bool candidate(struct span user, size_t n, char word[LONGEST])
{
	static const char *const tails[] = { "", "1", "12", "123", "1234" };
	size_t length = user.n < LONGEST - 8 ? user.n : 0, pairs = 0;

	word[0] = 0;
	if (n == 0)
		return true;
	if (--n < 5) {
		snprintf(word, LONGEST, "%.*s%s", (int)length, (const char *)user.p, tails[n]);
		return true;
	}
	if (n == 5) {
		for (size_t i = 0; i < length; i++)
			word[i] = (char)user.p[length - 1 - i];
		word[length] = 0;
		return true;
	}
	n -= 6;
	for (size_t i = 0; i < password_pairs_count && pairs < MOST_PAIRS; i++)
		if (span_is(user, password_pairs[i].user) && pairs++ == n) {
			snprintf(word, LONGEST, "%s", password_pairs[i].password);
			return true;
		}
	n -= pairs;
	if (n >= default_passwords_count)
		return false;
	snprintf(word, LONGEST, "%s", default_passwords[n].password);
	return true;
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

static void run(struct test *t, const char *hash)
{
	struct password_result *r = &t->result;
	uint64_t budget = t->scheme->hard ? BUDGET_HARD : BUDGET;
	uint64_t each = nominal_cost(t->scheme, r->cost);
	uint64_t most = budget / each < LEAST_TRIED ? LEAST_TRIED : budget / each;
	char word[LONGEST];

	for (size_t n = 0; candidate(t->user, n, word); n++) {
		r->known = n + 1;
		if (r->found || r->tried >= most)
			continue; /* count what there is */
		r->tried++;
		if (!opens(t, hash, word))
			continue;
		r->found = true;
		pthread_mutex_lock(&t->all->crack->lock);
		r->password = arena_copy(&t->all->crack->arena, span_text(word));
		pthread_mutex_unlock(&t->all->crack->lock);
	}
	if (!r->found && r->tried < r->known)
		r->untried = "budget";
}

static void work(void *ctx, unsigned worker)
{
	struct test *t = ctx;
	const struct guard *g = &t->all->guard;
	char hash[384];

	if (t->hash.n >= sizeof(hash) ||
	    (g->enter && !g->enter(g->ctx, worker, t->node, "password"))) {
		t->result.untried = "scheme";
		return;
	}
	memcpy(hash, t->hash.p, t->hash.n);
	hash[t->hash.n] = 0;
	run(t, hash);
	if (g->leave)
		g->leave(g->ctx, worker);
}

static struct test *find(const struct crack *c, struct span user, struct span hash)
{
	struct test *t = c->tests;

	while (t && !(span_equal(t->hash, hash) && span_equal(t->user, user)))
		t = t->next;
	return t;
}

/* What stands between the scheme's parameters and the digest. */
static struct span salt_of(const struct scheme *s, struct span hash)
{
	struct span rest = span_from(hash, strlen(s->prefix)), field;

	if (strcmp(s->name, "des") == 0)
		return span_sub(hash, 0, 2);
	if (s->prefix[0] != '$')
		return (struct span){ 0 };
	field = field_next(&rest, '$');
	if (s->method == METHOD_CRYPT && (span_starts(field, span_text("rounds=")) ||
					  s->cost == cost_yescrypt || s->cost == cost_sha1))
		field = field_next(&rest, '$');
	if (s->cost == cost_bcrypt)
		field = span_sub(rest, 0, 22);
	return field;
}

void password_test(struct observation *o, const struct node *n, struct span user, struct span hash)
{
	struct crack *c = o->crack;
	const struct scheme *scheme = scheme_of(hash);
	struct test *t = NULL;

	if (!scheme)
		return;
	pthread_mutex_lock(&c->lock);
	if (!find(c, user, hash) && (t = arena_take(&c->arena, 1, sizeof(*t)))) {
		*t = (struct test){ .next = c->tests, .all = o, .node = n, .scheme = scheme };
		t->user = arena_copy(&c->arena, user);
		t->hash = arena_copy(&c->arena, hash);
		t->result.scheme = scheme->name;
		t->result.cost = scheme->cost(hash);
		t->result.salt = salt_of(scheme, t->hash);
		c->tests = t;
	}
	pthread_mutex_unlock(&c->lock);
	if (t)
		pool_later(o->pool, work, t);
}

struct password_result password_result(const struct observation *o, struct span user,
				       struct span hash)
{
	const struct test *t = find(o->crack, user, hash);

	return t ? t->result : (struct password_result){ 0 };
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
