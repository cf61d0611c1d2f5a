/* policy_warn.c - what may be wrong with a policy although it is well formed. */
#include "cli/policy.h"

#include <stdarg.h>

#include "base/day.h"

#define MOST_PLACES (MOST_PARTIES + POLICY_MOST_GROUPS)

static const char *const files[] = {
	[IN_POLICY] = "policy",
	[IN_RULES] = "rules",
	[IN_ADMISSION] = "admission",
};

/* -- parties -- */

void policy_check_start(struct policy_check *c, const struct policy *p)
{
	memset(c, 0, sizeof(*c));
	c->policy = p;
	policy_weigh(p, NULL, &c->weight);
	for (uint32_t i = 0; i < p->log_count; i++)
		c->parties[c->party_count++] = (struct party){
			.kind = PARTY_LOG,
			.place = { IN_POLICY, p->logs[i].line },
			.name = p->logs[i].key.name,
			.domains = { domain_of(p->logs[i].key.name), domain_of(p->logs[i].url) },
			.key = { p->logs[i].key.key, p->logs[i].key.key_size },
		};
	for (uint32_t i = 0; i < p->witness_count; i++) {
		const struct policy_witness *w = &p->witnesses[i];

		c->parties[c->party_count++] = (struct party){
			.kind = PARTY_WITNESS,
			.place = { IN_POLICY, w->line },
			.name = w->name,
			.domains = { domain_of(w->key.name), domain_of(w->url) },
			.key = { w->key.key, w->key.key_size },
			.witness = i,
		};
	}
}

/* RFC 8410: twelve bytes stand before a key of Ed25519. */
static struct span raw_key(const struct roster_key *k)
{
	struct span spki = { k->spki, k->spki_size };

	return spki.n == 44 ? span_from(spki, 12) : (struct span){ 0 };
}

void policy_check_add(struct policy_check *c, const struct roster *r, enum spot_file file)
{
	for (uint32_t i = 0; i < r->count; i++)
		c->parties[c->party_count++] = (struct party){
			.kind = PARTY_ISSUER,
			.place = { file, r->keys[i].line },
			.name = r->keys[i].name,
			.domains = { domain_of(r->keys[i].name) },
			.key = raw_key(&r->keys[i]),
			.role = r->keys[i].role,
		};
}

/* -- one warning -- */

__attribute__((format(printf, 2, 3))) static void warn(struct policy_check *c, const char *format,
						       ...)
{
	char sentence[256];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	text_format(&c->warnings, "\nwarning      %s\n", sentence);
	c->warning_count++;
}

static void add_line(struct policy_check *c, const char *words)
{
	text_format(&c->warnings, "             %s\n", words);
}

/* "policy lines 3 and 7, admission line 2": places of one file stand together. */
static void add_places(struct policy_check *c, const struct spot *list, uint32_t n)
{
	text_puts(&c->warnings, "             ");
	for (uint32_t i = 0; i < n; i++) {
		bool starts = i == 0 || list[i].file != list[i - 1].file;
		bool is_last = i + 1 == n || list[i + 1].file != list[i].file;

		if (starts)
			text_format(&c->warnings, "%s%s line%s ", i ? ", " : "",
				    files[list[i].file], is_last ? "" : "s");
		else
			text_puts(&c->warnings, is_last ? " and " : ", ");
		text_format(&c->warnings, "%u", list[i].line);
	}
	text_char(&c->warnings, '\n');
}

/* -- what the policy itself says -- */

static void warn_of_split(struct policy_check *c)
{
	const struct policy *p = c->policy;
	struct spot places[POLICY_MOST_GROUPS + 1] = { { IN_POLICY, p->quorum_line } };
	uint32_t n = 0;

	if (p->is_quorum_none) {
		warn(c, "no witness is needed: the log can show each another history");
		add_places(c, places, 1);
		return;
	}
	if (c->weight.to_split > 0)
		return;
	for (uint32_t i = 0; i < p->group_count; i++)
		if (c->weight.group_counts[i] && 2 * p->groups[i].needed <= p->groups[i].members)
			places[n++] = (struct spot){ IN_POLICY, p->groups[i].line };
	warn(c, "a split view is possible: two quorums may share no witness");
	add_line(c, "These groups need half of their members or fewer:");
	add_places(c, places, n);
}

static void warn_of_idle(struct policy_check *c)
{
	const struct policy *p = c->policy;
	struct spot places[MOST_PLACES];
	uint32_t witnesses = 0, groups = 0;

	for (uint32_t i = 0; i < p->witness_count; i++)
		if (!c->weight.counts[i])
			places[witnesses++] = (struct spot){ IN_POLICY, p->witnesses[i].line };
	for (uint32_t i = 0; i < p->group_count; i++)
		if (!c->weight.group_counts[i])
			places[witnesses + groups++] =
				(struct spot){ IN_POLICY, p->groups[i].line };
	if (witnesses + groups == 0)
		return;
	warn(c, "what these lines name counts nowhere: the quorum does not lead to it");
	add_places(c, places, witnesses + groups);
}

/* -- keys and operators -- */

static void warn_of_shared_keys(struct policy_check *c)
{
	for (uint32_t i = 0; i < c->party_count; i++)
		for (uint32_t k = i + 1; k < c->party_count; k++) {
			const struct party *a = &c->parties[i], *b = &c->parties[k];
			struct spot places[2] = { a->place, b->place };

			if (a->key.n == 0 || !span_equal(a->key, b->key) || a->kind == b->kind)
				continue;
			warn(c, "one key is %s and %s: a key should have one role",
			     a->kind == PARTY_LOG ? "a log's" : "a witness's",
			     b->kind == PARTY_ISSUER ? "signs statements" : "a witness's");
			add_places(c, places, 2);
		}
}

static bool is_of(const struct party *p, struct span domain)
{
	return domains_equal(p->domains[0], domain) || domains_equal(p->domains[1], domain);
}

/* What one operator is in all these files. */
struct operator_roles {
	struct spot places[MOST_PARTIES];
	uint32_t count;
	uint32_t logs, witnesses, issuers;
	uint32_t parents[POLICY_MOST_WITNESSES],
		parent_count; /* groups that its witnesses are in */
	bool is_in_role[ROLES];
	uint32_t issuer_roles;
	bool two_faced[POLICY_MOST_WITNESSES];
	bool counts_twice; /* in a group that needs more than one */
};

static void note_parent(struct operator_roles *r, const struct policy *p, uint32_t parent)
{
	for (uint32_t i = 0; i < r->parent_count; i++)
		if (r->parents[i] == parent) {
			r->counts_twice |= parent != POLICY_NONE && p->groups[parent].needed > 1;
			return;
		}
	r->parents[r->parent_count++] = parent;
}

static void collect(const struct policy_check *c, struct span domain, struct operator_roles *r)
{
	memset(r, 0, sizeof(*r));
	for (uint32_t i = 0; i < c->party_count; i++) {
		const struct party *p = &c->parties[i];

		if (!is_of(p, domain) ||
		    (p->kind == PARTY_WITNESS && !c->weight.counts[p->witness]))
			continue;
		r->places[r->count++] = p->place;
		r->logs += p->kind == PARTY_LOG;
		r->issuers += p->kind == PARTY_ISSUER;
		if (p->kind == PARTY_WITNESS) {
			r->witnesses++;
			r->two_faced[p->witness] = true;
			note_parent(r, c->policy, c->policy->witnesses[p->witness].parent);
		}
		if (p->kind == PARTY_ISSUER && !r->is_in_role[p->role]) {
			r->is_in_role[p->role] = true;
			r->issuer_roles++;
		}
	}
}

/* The first that holds: NULL where nothing is to be said. */
static const char *conflict(const struct operator_roles *r)
{
	if (r->logs && r->witnesses)
		return "runs a log and a witness: the log witnesses itself";
	if (r->issuers && r->witnesses)
		return "signs statements and is a witness: it witnesses itself";
	if (r->logs && r->issuers)
		return "runs a log and signs statements: two roles";
	if (r->parent_count > 1)
		return "is a witness in two groups: two roles";
	if (r->counts_twice)
		return "counts more than once in a group that needs several";
	return r->issuer_roles > 1 ? "signs statements in two roles" : NULL;
}

static void warn_of_operator(struct policy_check *c, struct span domain)
{
	struct operator_roles roles;
	struct policy_weight alone;
	struct text shown = { 0 };
	const char *what;

	collect(c, domain, &roles);
	what = conflict(&roles);
	if (!what)
		return;
	c->tells_operators = true;
	text_escape(&shown, span_head(domain, 200), "");
	warn(c, "%s %s", shown.p ? shown.p : "", what);
	text_free(&shown);
	add_places(c, roles.places, roles.count);
	policy_weigh(c->policy, roles.two_faced, &alone);
	if (c->weight.to_split > 0 && alone.to_split == 0)
		add_line(c, "It alone can let a split view pass.");
}

/* Each domain once: where no party before has it. */
static void warn_of_operators(struct policy_check *c)
{
	for (uint32_t i = 0; i < c->party_count; i++)
		for (uint32_t d = 0; d < 2; d++) {
			struct span domain = c->parties[i].domains[d];
			bool is_new = domain.n > 0 &&
				      !(d && domains_equal(domain, c->parties[i].domains[0]));

			for (uint32_t k = 0; k < i && is_new; k++)
				is_new = !is_of(&c->parties[k], domain);
			if (is_new)
				warn_of_operator(c, domain);
		}
}

static uint32_t keys_on(const struct rules *r, const struct rules_need *need, int64_t at)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->roster.count; i++)
		n += (need->role == ROLES || r->roster.keys[i].role == need->role) &&
		     roster_key_counts(&r->roster.keys[i], at);
	return n;
}

void policy_check_needs(struct policy_check *c, const struct rules *r, int64_t at)
{
	char day[DAY_TEXT];

	day_write(at, day);
	for (uint32_t i = 0; i < r->need_count; i++) {
		const struct rules_need *need = &r->needs[i];
		uint32_t n = keys_on(r, need, at);
		struct spot spot = { IN_RULES, need->line };

		if (n >= need->count)
			continue;
		warn(c, "%u %s key%s must have signed, and on %s %u count%s", need->count,
		     need->role == ROLES ? "known" : role_name(need->role),
		     need->count == 1 ? "" : "s", day, n, n == 1 ? "s" : "");
		add_places(c, &spot, 1);
	}
}

void policy_check_warn(struct policy_check *c)
{
	struct spot quorum = { IN_POLICY, c->policy->quorum_line };

	if (c->policy->log_count == 0) {
		warn(c, "it names no log: under it nothing is shown to be logged");
		add_places(c, &quorum, 1);
	}
	warn_of_split(c);
	warn_of_idle(c);
	warn_of_shared_keys(c);
	warn_of_operators(c);
	if (c->tells_operators)
		text_puts(&c->warnings,
			  "\nOperators are told by the domain of a key's name or address: the last "
			  "two\nlabels of its host, three under endings like co.uk.\n");
}
