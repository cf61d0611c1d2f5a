/* acc.c - accounts: who may log in. An account that would let somebody in fails where a service of
 * the same root lets him try. */
#include <stdlib.h>

#include "judge/role.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "that a login is reachable; that an account is used; who knows it"

bool account_is(const struct account_fact *a, const char *state)
{
	return strcmp(a->state, state) == 0;
}

bool account_is_usable(const struct account_fact *a)
{
	return account_is(a, "enabled") || account_is(a, "web");
}

/* -- ACC-01 -- */

#define MOST_LINKS 16 /* that are followed: an image full of them must not hold the judge up */

static bool is_account_link(const struct node *n)
{
	struct span name = node_name(n);

	return n->kind == KIND_SYMLINK && (span_is(name, "passwd") || span_is(name, "shadow")) &&
	       span_find(n->path, 0, span_text("etc")) != SIZE_MAX;
}

/* passwd or shadow that points out of the image is made when the device starts. */
static void find_made_at_start(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint32_t tried = 0;

	for (uint32_t i = 0; i < t->count && tried < MOST_LINKS; i++) {
		const struct node *n = t->nodes[i];

		if (!is_account_link(n))
			continue;
		tried++;
		if (!node_resolve(n, n->path))
			rule_node(r, OUTCOME_NOT_EVALUABLE, n);
	}
}

/* SSH servers refuse an empty password unless a setting allows it (sshd_config(5), dropbear(8)). */
static bool ssh_takes_empty(const struct ruling *r, const struct node *accounts)
{
	struct span value;

	EACH_SETTING(r, "sshd", s)
	if (s->f.node->container == accounts->container &&
	    setting_is(s, "PermitEmptyPasswords", &value) && value_is(value, "yes"))
		return true;
	return false;
}

/* A console, or a server that asks for a name. */
static bool has_login_path(const struct ruling *r, const struct node *accounts)
{
	if (started_role(r, "telnet,ftp", accounts) ||
	    (ssh_takes_empty(r, accounts) && started_role(r, "ssh", accounts)))
		return true;
	EACH_SERVICE(r, s)
	if (is_started(s) && s->f.node->container == accounts->container &&
	    name_matches(s->name, "*getty*,login,login.sh,console shell without login"))
		return true;
	return false;
}

static void judge_empty(struct ruling *r)
{
	const struct account_fact *first[OUTCOMES] = { NULL };

	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		enum outcome o;

		if (!account_is(a, "empty") || !a->can_log_in)
			continue;
		o = has_login_path(r, a->f.node) ? OUTCOME_FAIL : OUTCOME_REVIEW;
		first[o] = first[o] ? first[o] : a;
		rule_fact(r, o, &a->f);
	}
	find_made_at_start(r);
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s: no password; a login is up",
			  shown_of(r, first[OUTCOME_FAIL]->name, rule_count(r, OUTCOME_FAIL)));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s: a shell, and no password",
			  shown_of(r, first[OUTCOME_REVIEW]->name, rule_count(r, OUTCOME_REVIEW)));
	if (rule_count(r, OUTCOME_FAIL) || rule_count(r, OUTCOME_REVIEW))
		return;
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_RUNTIME_ONLY, "the account files are made when it starts");
	else if (r->c->facts->count[FACT_ACCOUNT])
		rule_passed(r, "%s",
			    counted(r, r->c->facts->count[FACT_ACCOUNT], "account", "accounts"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no account was found");
}

const struct check check_acc_01 = {
	.id = "ACC-01",
	.group = "ACC",
	.title = "Accounts without a password",
	.rule = "fail if an account has an empty password, a login shell, and a login path in the "
		"same root; review if no login path was found; pass if every account has a hash or "
		"is locked; not applicable without accounts",
	.does_not_prove = "that a login is reachable; that first boot does not set a password",
	.requirements =
		"33.117 4.2.3.4.2.1; EN 5.1-1 (M); EN 5.5-5 (M); CRA I(2)(d); TR.D.2 (MUST); "
		"N8425 IAC; ISVS 2.1.3 (L1); CWE-258; CWE-306",
	.reads = READS(ACCOUNT) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_empty,
};

/* -- ACC-02 and ACC-03: accounts of one file side by side -- */

static int by_uid(const void *a, const void *b)
{
	const struct account_fact *x = *(const struct account_fact *const *)a;
	const struct account_fact *y = *(const struct account_fact *const *)b;

	if (x->f.node != y->f.node)
		return x->f.node->id < y->f.node->id ? -1 : 1;
	if ((uint32_t)x->uid != (uint32_t)y->uid)
		return (uint32_t)x->uid < (uint32_t)y->uid ? -1 : 1;
	return (x->f.id > y->f.id) - (x->f.id < y->f.id);
}

static int by_name(const void *a, const void *b)
{
	const struct account_fact *x = *(const struct account_fact *const *)a;
	const struct account_fact *y = *(const struct account_fact *const *)b;
	int order = span_compare(x->name, y->name);

	if (x->f.node != y->f.node)
		return x->f.node->id < y->f.node->id ? -1 : 1;
	if (order)
		return order;
	return (x->f.id > y->f.id) - (x->f.id < y->f.id);
}

/* Accounts of passwd files, sorted. Uids are compared as the kernel keeps them, in 32 bits, so
 * that 4294967296 is 0. */
static const struct account_fact **sorted(struct ruling *r, uint32_t *count,
					  int (*order)(const void *, const void *))
{
	const struct account_fact **list =
		arena_take(r->c->arena, r->c->facts->count[FACT_ACCOUNT], sizeof(*list));

	*count = 0;
	r->failed |= !list;
	if (!list)
		return NULL;
	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (!account_is(a, "web"))
			list[(*count)++] = a;
	}
	qsort(list, *count, sizeof(*list), order);
	return list;
}

static bool opens(const struct account_fact *a)
{
	return a->can_log_in && (account_is_usable(a) || account_is(a, "empty"));
}

static void judge_root(struct ruling *r)
{
	uint32_t count;
	const struct account_fact **list = sorted(r, &count, by_uid), *known = NULL, *first = NULL;

	for (uint32_t i = 1; i < count; i++) {
		const struct account_fact *a = list[i];

		if ((uint32_t)a->uid != 0 || (uint32_t)list[i - 1]->uid != 0 ||
		    a->f.node != list[i - 1]->f.node || !opens(a))
			continue;
		if (a->has_password) {
			known = known ? known : a;
			rule_fact(r, OUTCOME_FAIL, &a->f);
		} else {
			first = first ? first : a;
			rule_fact(r, OUTCOME_REVIEW, &a->f);
		}
	}
	if (known)
		rule_says(r, OUTCOME_FAIL, "%s: root rights, a known password",
			  shown_of(r, known->name, rule_count(r, OUTCOME_FAIL)));
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: root rights under another name",
			  shown_of(r, first->name, rule_count(r, OUTCOME_REVIEW)));
	if (count)
		rule_passed(r, "%s", counted(r, count, "account", "accounts"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no account was found");
}

const struct check check_acc_02 = {
	.id = "ACC-02",
	.group = "ACC",
	.title = "More than one account with uid 0",
	.rule = "review for each further account with uid 0 (as the kernel reads it) that can log "
		"in; fail if its password is publicly known; pass if there is only one",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements =
		"33.117 4.2.4.2.2; 33.117 4.2.3.4.1.2; TR.D.13 (MUST NOT); ISVS 2.1.1 (L1); "
		"CWE-250; CWE-912",
	.reads = READS(ACCOUNT) | READS_GAPS,
	.judge = judge_root,
};

static bool is_locked(const struct account_fact *a)
{
	return account_is(a, "locked") || account_is(a, "no-shell");
}

/* How much an account opens: 2, 0 when nothing, 1 when somebody has to unlock it first. */
static int openness(const struct account_fact *a)
{
	return opens(a) ? 2 : is_locked(a);
}

/* An account and the one that opens most of those before it that share its uid or name. */
static void judge_pair(struct ruling *r, const struct account_fact *a, const struct account_fact *b)
{
	int both = openness(a) + openness(b);

	if (both >= 3)
		rule_fact(r, both == 4 ? OUTCOME_FAIL : OUTCOME_REVIEW, &b->f);
}

static bool same_uid(const struct account_fact *a, const struct account_fact *b)
{
	return (uint32_t)a->uid == (uint32_t)b->uid && (uint32_t)a->uid != 0;
}

static bool same_name(const struct account_fact *a, const struct account_fact *b)
{
	return span_equal(a->name, b->name);
}

static void judge_duplicates(struct ruling *r)
{
	static const struct {
		int (*order)(const void *, const void *);
		bool (*same)(const struct account_fact *, const struct account_fact *);
	} ways[] = { { by_uid, same_uid }, { by_name, same_name } };
	uint32_t count = 0;

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		const struct account_fact **list = sorted(r, &count, ways[w].order);
		const struct account_fact *most = count ? list[0] : NULL;

		for (uint32_t i = 1; i < count; i++) {
			bool shares =
				list[i]->f.node == most->f.node && ways[w].same(most, list[i]);

			if (shares)
				judge_pair(r, most, list[i]);
			if (!shares || openness(list[i]) > openness(most))
				most = list[i];
		}
	}
	for (int o = OUTCOME_FAIL; o <= OUTCOME_REVIEW; o++)
		if (rule_count(r, (enum outcome)o))
			rule_says(r, (enum outcome)o, "%s a uid or name%s",
				  counted(r, rule_count(r, (enum outcome)o),
					  "pair of accounts shares", "pairs of accounts share"),
				  o == OUTCOME_FAIL ? "" : "; one of them is locked");
	if (count)
		rule_passed(r, "%s", counted(r, count, "account", "accounts"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no account was found");
}

const struct check check_acc_03 = {
	.id = "ACC-03",
	.group = "ACC",
	.title = "Duplicate uids or names",
	.rule = "fail if two accounts that can log in share a name or a uid other than 0; review "
		"if "
		"one of them is locked; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "33.117 4.2.4.2.2; ISVS 2.1.1 (L1)",
	.reads = READS(ACCOUNT) | READS_GAPS,
	.judge = judge_duplicates,
};

/* -- ACC-04, ACC-06 to ACC-08; the others of the group stand in login.c -- */

static void judge_predefined(struct ruling *r)
{
	const struct account_fact *first = NULL;

	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (!account_is(a, "enabled") || !a->can_log_in)
			continue;
		first = first ? first : a;
		rule_fact(r,
			  a->has_password && started_role(r, "ssh,telnet,ftp", a->f.node)
				  ? OUTCOME_FAIL
				  : OUTCOME_REVIEW,
			  &a->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s over the network by a known password",
			  counted(r, rule_count(r, OUTCOME_FAIL), "account lets somebody in",
				  "accounts let somebody in"));
	if (first && !rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_REVIEW, "%s: a shell, and a password set at the factory",
			  shown_of(r, first->name, rule_count(r, OUTCOME_REVIEW)));
	else
		rule_passed(r, "%s",
			    counted(r, r->c->facts->count[FACT_ACCOUNT], "account", "accounts"));
}

const struct check check_acc_04 = {
	.id = "ACC-04",
	.group = "ACC",
	.title = "Predefined accounts able to log in",
	.rule = "review for each account with a hash and a login shell; fail if it may log in over "
		"the network by default and its password is publicly known; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE "; that first boot does not replace the hash",
	.requirements = "33.117 4.2.3.4.2.2; TR.D.13 (MUST NOT); CRA I(2)(b); ISVS 2.1.8 (L1); "
			"ISVS 2.1.9 (L1); CWE-798",
	.reads = READS(ACCOUNT) | READS(SERVICE) | READS_GAPS,
	.judge = judge_predefined,
};

static void judge_declared(struct ruling *r)
{
	const struct account_fact *first = NULL;

	if (!r->c->options->declaration) {
		rule_open(r, REASON_DOCUMENTS_NEEDED,
			  "no declaration says which accounts are meant");
		return;
	}
	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (!a->can_log_in || is_declared(r, &a->f) == DECLARED_YES)
			continue;
		first = first ? first : a;
		rule_fact(r, OUTCOME_FAIL, &a->f);
	}
	if (first)
		rule_says(r, OUTCOME_FAIL, "%s can log in, not declared",
			  shown_of(r, first->name, rule_count(r, OUTCOME_FAIL)));
	else
		rule_passed(r, "%s",
			    counted(r, r->c->facts->count[FACT_ACCOUNT], "account", "accounts"));
}

const struct check check_acc_07 = {
	.id = "ACC-07",
	.group = "ACC",
	.title = "Accounts absent from the documentation",
	.rule = "with a declaration: fail if an account that can log in is missing from it, pass "
		"if "
		"all are declared; not evaluable without one",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "TR.D.13 (MUST NOT); TR.C.2 (MUST NOT); 33.117 4.2.3.4.2.2; ISVS 2.1.1; "
			"CWE-912",
	.reads = READS(ACCOUNT) | READS(COMPONENT) | READS(ENDPOINT) | READS(KEY) |
		 READS(LISTENER) | READS(PRIVILEGE) | READS(SERVICE),
	.blind = BLIND_NEVER,
	.judge = judge_declared,
};

static void judge_authorised(struct ruling *r)
{
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		struct span name = node_name(k->f.node);

		if (strcmp(k->key_kind, "public") != 0 ||
		    !span_starts(name, span_text("authorized_keys")))
			continue;
		rule_fact(r, k->known.n ? OUTCOME_FAIL : OUTCOME_REVIEW, &k->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s log in whose private half is public",
			  counted(r, rule_count(r, OUTCOME_FAIL), "key may", "keys may"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s log in by SSH, the same on every device",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "key may", "keys may"));
	rule_passed(r, "files named authorized_keys");
}

const struct check check_acc_08 = {
	.id = "ACC-08",
	.group = "ACC",
	.title = "SSH authorised keys shipped in the image",
	.rule = "fail if the private half of an authorised key is public; review for any other "
		"that "
		"is shipped; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "33.117 4.2.3.4.2.3; TR.D.20 (MUST NOT); EN 5.4-4 (M); CRA I(2)(d); "
			"ISVS 2.1.10; ISVS 2.4.1 (L1); CWE-798",
	.reads = READS(KEY) | READS_GAPS,
	.judge = judge_authorised,
};
