/* cred.c - passwords and their hashes. */
#include <stdlib.h>

#include "judge/role.h"

#define DOES_NOT_PROVE "how strong passwords are that users set; absence of other guessable ones"

static void no_hash(struct ruling *r)
{
	rule_says(r, OUTCOME_NOT_APPLICABLE, "no password hash was found");
}

static uint32_t hashes(const struct ruling *r)
{
	return r->c->facts->count[FACT_HASH];
}

/* -- CRED-01 -- */

/* What a scheme is worth; the rest passes. */
static const struct {
	const char *scheme;
	enum outcome outcome;
	uint64_t least_cost; /* below it, where the hash states a cost, it is for review */
} schemes[] = {
	{ "des", OUTCOME_FAIL, 0 },
	{ "nt", OUTCOME_FAIL, 0 },
	{ "plain", OUTCOME_FAIL, 0 },
	{ "sha1", OUTCOME_FAIL, 0 },
	{ "bsdi", OUTCOME_REVIEW, 0 },
	{ "ssha1", OUTCOME_REVIEW, 0 },
	{ "mosquitto-sha512", OUTCOME_REVIEW, 0 },
	{ "md5crypt", OUTCOME_REVIEW, 0 },
	{ "apr1", OUTCOME_REVIEW, 0 },
	{ "sha1crypt", OUTCOME_REVIEW, 0 },
	{ "bcrypt", OUTCOME_PASS, 10 },
	{ "sha256crypt", OUTCOME_PASS, 5000 },
	{ "sha512crypt", OUTCOME_PASS, 5000 },
};

static enum outcome outcome_of_scheme(const struct hash_fact *h)
{
	for (size_t i = 0; h->scheme && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcmp(schemes[i].scheme, h->scheme) != 0)
			continue;
		if (h->cost && h->cost < schemes[i].least_cost)
			return OUTCOME_REVIEW;
		return schemes[i].outcome;
	}
	return OUTCOME_PASS;
}

static void judge_scheme(struct ruling *r)
{
	const char *worst[OUTCOMES] = { NULL };

	EACH_FACT(r, FACT_HASH, hash_fact, h)
	{
		enum outcome o = outcome_of_scheme(h);

		worst[o] = worst[o] ? worst[o] : h->scheme;
		rule_fact(r, o, &h->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s a scheme that hides it badly: %s",
			  counted(r, rule_count(r, OUTCOME_FAIL), "password is kept in",
				  "passwords are kept in"),
			  worst[OUTCOME_FAIL]);
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s cheap to try out: %s",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "hash is", "hashes are"),
			  worst[OUTCOME_REVIEW]);
	if (hashes(r)) {
		rule_passed(r, "%s", counted(r, hashes(r), "hash", "hashes"));
		r->of[OUTCOME_PASS].says = "every hash is costly to try out";
	} else {
		no_hash(r);
	}
}

const struct check check_cred_01 = {
	.id = "CRED-01",
	.group = "CRED",
	.title = "Weak hash scheme",
	.rule = "fail for DES crypt, unsalted digests, NT hashes and plain text; review for "
		"md5crypt, "
		"apr1, other salted digests, and bcrypt below cost 10; pass for bcrypt, "
		"sha256crypt, "
		"sha512crypt, scrypt and yescrypt; not applicable without hashes",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "33.117 4.2.3.2.3; EN 5.1-3 (M); EN 5.4-1 (M); CRA I(2)(e); ISVS 2.4.2; "
			"ISVS 2.3.1 (L1); CWE-916; CWE-328; CWE-256; CWE-257",
	.reads = READS(HASH) | READS_GAPS,
	.judge = judge_scheme,
};

/* -- CRED-02 -- */

static int by_salt(const void *a, const void *b)
{
	const struct hash_fact *x = *(const struct hash_fact *const *)a;
	const struct hash_fact *y = *(const struct hash_fact *const *)b;
	int order = strcmp(x->scheme, y->scheme);

	if (!order)
		order = span_compare(x->salt, y->salt);
	return order ? order : (x->f.id > y->f.id) - (x->f.id < y->f.id);
}

/* Plain text and NT hashes have no salt by their nature: CRED-01 speaks of them. */
static bool has_salt_by_rule(const struct hash_fact *h)
{
	return h->scheme && strcmp(h->scheme, "plain") != 0 && strcmp(h->scheme, "nt") != 0;
}

static const struct hash_fact **salted(struct ruling *r, uint32_t *count)
{
	const struct hash_fact **list = arena_take(r->c->arena, hashes(r), sizeof(*list));

	*count = 0;
	r->failed |= !list;
	EACH_FACT(r, FACT_HASH, hash_fact, h)
	{
		if (list && has_salt_by_rule(h))
			list[(*count)++] = h;
	}
	if (*count)
		qsort(list, *count, sizeof(*list), by_salt);
	return list;
}

static bool shares_salt(const struct hash_fact *a, const struct hash_fact *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && span_equal(a->salt, b->salt) &&
	       !span_equal(a->account, b->account);
}

static void judge_salt(struct ruling *r)
{
	uint32_t count;
	const struct hash_fact **list = salted(r, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct hash_fact *h = list[i];

		if (h->salt.n == 0 || span_equal(h->salt, h->account))
			rule_fact(r, OUTCOME_FAIL, &h->f);
		else if (i > 0 && shares_salt(list[i - 1], h))
			rule_fact(r, OUTCOME_REVIEW, &h->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s no salt of its own",
			  counted(r, rule_count(r, OUTCOME_FAIL), "hash has", "hashes have"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s the salt of another account",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "hash has", "hashes have"));
	if (count) {
		rule_passed(r, "the salts of %s", counted(r, count, "hash", "hashes"));
		r->of[OUTCOME_PASS].says = "every hash has a salt of its own";
	} else {
		no_hash(r);
	}
}

const struct check check_cred_02 = {
	.id = "CRED-02",
	.group = "CRED",
	.title = "Salt missing or constant",
	.rule = "fail if a salt is empty or is the account's name; review if two accounts share a "
		"salt and scheme; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "33.117 4.2.3.2.3; CWE-759; CWE-760",
	.reads = READS(HASH) | READS_GAPS,
	.judge = judge_salt,
};

/* -- CRED-03 -- */

/* The account whose hash this is, of the accounts sorted by the place of their hashes. */
static int by_hash_place(const void *a, const void *b)
{
	const struct account_fact *x = *(const struct account_fact *const *)a;
	const struct account_fact *y = *(const struct account_fact *const *)b;

	if (x->hash_node != y->hash_node)
		return x->hash_node->id < y->hash_node->id ? -1 : 1;
	if (x->hash_line != y->hash_line)
		return x->hash_line < y->hash_line ? -1 : 1;
	return 0;
}

struct holders {
	const struct account_fact **p;
	uint32_t n;
};

static struct holders holders_of(struct ruling *r)
{
	struct holders h = { .p = arena_take(r->c->arena, r->c->facts->count[FACT_ACCOUNT],
					     sizeof(*h.p)) };

	r->failed |= !h.p;
	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (h.p && a->hash_node)
			h.p[h.n++] = a;
	}
	if (h.n)
		qsort(h.p, h.n, sizeof(*h.p), by_hash_place);
	return h;
}

/* Whether an account that is enabled has this hash: several may share a shadow file. */
static bool is_of_enabled(const struct holders *h, const struct hash_fact *hash)
{
	struct account_fact want = { .hash_node = hash->f.node, .hash_line = hash->f.line };
	const struct account_fact *key = &want;
	const struct account_fact **hit =
		h->n ? bsearch(&key, h->p, h->n, sizeof(*h->p), by_hash_place) : NULL;
	uint32_t at = hit ? (uint32_t)(hit - h->p) : h->n;

	while (hit && at > 0 && by_hash_place(&h->p[at - 1], &key) == 0)
		at--;
	for (; at < h->n && by_hash_place(&h->p[at], &key) == 0; at++)
		if (account_is_usable(h->p[at]))
			return true;
	return false;
}

static void say_known(struct ruling *r, const struct hash_fact *h)
{
	rule_says(r, OUTCOME_FAIL, "%s publicly known; of \"%s\": \"%s\"",
		  counted(r, rule_count(r, OUTCOME_FAIL), "password is", "passwords are"),
		  shown(r, h->account), shown(r, h->password));
}

static void say_untried(struct ruling *r, const char *why)
{
	bool budget = strcmp(why, "budget") == 0;

	rule_open(r, budget ? REASON_LIMIT_REACHED : REASON_NO_DATA_TABLE,
		  budget ? "%s too costly to try all known passwords"
			 : "%s of a scheme that could not be tried",
		  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "hash is", "hashes are"));
}

static void judge_known(struct ruling *r)
{
	const struct hash_fact *first = NULL;
	const char *untried = NULL;
	struct holders holders = holders_of(r);
	uint64_t tried = 0;

	EACH_FACT(r, FACT_HASH, hash_fact, h)
	{
		bool enabled = h->has_password && is_of_enabled(&holders, h);

		tried = h->passwords_tried > tried ? h->passwords_tried : tried;
		if (enabled && (!first || span_is(h->account, "root")))
			first = h;
		untried = h->untried && !untried ? h->untried : untried;
		if (h->has_password)
			rule_fact(r, enabled ? OUTCOME_FAIL : OUTCOME_REVIEW, &h->f);
		else if (h->untried)
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &h->f);
	}
	if (first)
		say_known(r, first);
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(
			r, OUTCOME_REVIEW, "%s publicly known; the account is locked",
			counted(r, rule_count(r, OUTCOME_REVIEW), "password is", "passwords are"));
	if (untried && rule_count(r, OUTCOME_NOT_EVALUABLE))
		say_untried(r, untried);
	if (hashes(r))
		rule_passed(r, "%s, up to %s on each", counted(r, hashes(r), "hash", "hashes"),
			    counted(r, tried, "password", "passwords"));
	else
		no_hash(r);
}

const struct check check_cred_03 = {
	.id = "CRED-03",
	.group = "CRED",
	.title = "Password is publicly known",
	.rule = "fail if a published default password, or a name that the account or the image "
		"bears, opens the hash of an enabled account; review if the account is locked or "
		"has no shell; pass if none of "
		"those tried does; not evaluable for hashes that were not tried in full",
	.does_not_prove = "more than that the password is not in this list: nothing is guessed",
	.requirements = "33.117 4.2.3.4.2.3; EN 5.1-1 (M); EN 5.1-2 (M); TR.D.16 (MUST NOT); "
			"TR.D.17 (MUST NOT); PSTI 1; CRA I(2)(b); CRA I(2)(d); ISVS 2.1.9 (L1); "
			"CWE-521; CWE-1391; CWE-1392; CWE-1393",
	.reads = READS(ACCOUNT) | READS(HASH) | READS_GAPS,
	.judge = judge_known,
};

/* -- CRED-04 -- */

/* A script of the same root writes account files. */
static bool is_replaced(const struct ruling *r, const struct node *accounts)
{
	EACH_SETTING(r, "accounts", s)
	if (s->f.node->container == accounts->container)
		return true;
	return false;
}

static void judge_same_everywhere(struct ruling *r)
{
	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		const char *roles = account_is(a, "web") ? "web" : "ssh,telnet,ftp";

		if (!account_is_usable(a) || !a->hash_node)
			continue;
		rule_fact(r,
			  started_role(r, roles, a->f.node) && !is_replaced(r, a->f.node)
				  ? OUTCOME_FAIL
				  : OUTCOME_REVIEW,
			  &a->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s the same password on every device",
			  counted(r, rule_count(r, OUTCOME_FAIL), "account in reach has",
				  "accounts in reach have"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(
			r, OUTCOME_REVIEW, "%s the same password on every device",
			counted(r, rule_count(r, OUTCOME_REVIEW), "account has", "accounts have"));
	rule_passed(r, "%s", counted(r, r->c->facts->count[FACT_ACCOUNT], "account", "accounts"));
}

const struct check check_cred_04 = {
	.id = "CRED-04",
	.group = "CRED",
	.title = "The same password or hash on every device",
	.rule = "fail if an enabled account that is reachable over the network has a hash in the "
		"image and nothing replaces it; review if something does or reachability is "
		"unknown; pass if no usable hash is shipped",
	.does_not_prove = "that first boot or the first login does not replace it",
	.requirements = "EN 5.1-1 (M); TR.D.17 (MUST NOT); TR.A.12; TR.K.3; TR.M.3; PSTI 1; "
			"ISVS 2.1.10; ISVS 2.4.1 (L1); CWE-798; CWE-1392",
	.reads = READS(ACCOUNT) | READS(SERVICE) | READS_GAPS,
	.judge = judge_same_everywhere,
};
