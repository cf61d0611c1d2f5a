/* sec.c - secrets in configurations, scripts and programs. A value that opens something elsewhere
 * is the same on every device whatever the device does; of others the files alone do not tell what
 * they open. Login keys (group ssh) are judged by ACC-08. */
#include "judge/key.h"
#include "judge/secret.h"
#include "know/know.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "that a secret is valid today; that it opens anything"
#define REMOTE         "url,vpn,cloud"

bool secret_is_of(const struct secret_fact *s, const char *groups)
{
	const struct secret_rule *rule = secret_rule_find(s->rule);
	struct span rest = span_text(groups);

	while (rule && rest.n)
		if (span_is(field_next(&rest, ','), rule->group))
			return true;
	return false;
}

const char *secrets_searched(struct ruling *r)
{
	uint64_t dismissed = 0;
	struct text t = { 0 };
	const char *kept;

	EACH_FACT(r, FACT_DISMISSED, dismissed_fact, d)
	{
		dismissed += d->count;
	}
	text_number(&t, secret_rules_count);
	text_puts(&t, " rules; ");
	text_number(&t, dismissed);
	text_puts(&t, dismissed == 1 ? " placeholder or sample" : " placeholders or samples");
	kept = arena_text(r->c->arena, text_span(&t));
	text_free(&t);
	r->failed |= !kept;
	return kept ? kept : "";
}

const struct node *node_named(const struct ruling *r, const char *globs)
{
	const struct tree *t = r->c->tree;

	for (uint32_t i = 0; i < t->count; i++)
		if (t->nodes[i]->container && name_matches(node_name(t->nodes[i]), globs))
			return t->nodes[i];
	return NULL;
}

/* What a secret is to a check; OUTCOME_NOT_APPLICABLE: nothing. */
typedef enum outcome weigher(const struct ruling *r, const struct secret_fact *s);

/* One sentence for an outcome: what, of the first, and how many more. */
static void say(struct ruling *r, enum outcome o, const struct secret_fact *first, const char *what)
{
	if (first)
		rule_says(r, o, "%s: %s", shown_of(r, first->what, rule_count(r, o)), what);
}

static void judge_secrets(struct ruling *r, weigher *weigh, const char *fail, const char *review)
{
	const struct secret_fact *first[OUTCOMES] = { NULL };

	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		enum outcome o = weigh(r, s);

		if (o == OUTCOME_NOT_APPLICABLE)
			continue;
		first[o] = first[o] ? first[o] : s;
		rule_fact(r, o, &s->f);
	}
	say(r, OUTCOME_FAIL, first[OUTCOME_FAIL], fail);
	say(r, OUTCOME_REVIEW, first[OUTCOME_REVIEW], review);
}

/* -- SEC-01 to SEC-03: by what holds them -- */

static bool opens_wifi(const struct ruling *r, const struct secret_fact *s)
{
	return secret_is_of(s, "wifi") &&
	       service_named(r, "hostapd,wpa_supplicant,wpad,iwd,NetworkManager", true);
}

static enum outcome weigh_holder(const struct ruling *r, const struct secret_fact *s,
				 const char *holder)
{
	if (!word_is(s->holder, holder) || secret_is_of(s, "ssh"))
		return OUTCOME_NOT_APPLICABLE;
	return secret_is_of(s, REMOTE) || opens_wifi(r, s) ? OUTCOME_FAIL : OUTCOME_REVIEW;
}

static enum outcome weigh_configuration(const struct ruling *r, const struct secret_fact *s)
{
	return weigh_holder(r, s, "configuration");
}

static void judge_configurations(struct ruling *r)
{
	judge_secrets(r, weigh_configuration, "in clear", "in clear");
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_sec_01 = {
	.id = "SEC-01",
	.group = "SEC",
	.title = "Secret literals in configuration files",
	.rule = "fail if a value opens a remote service (URL, VPN, RADIUS, routing, cloud) or the "
		"Wi-Fi that is started; review for any other; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.4-1 (M); EN 5.4-3 (M); 33.117 4.2.3.2.2; 33.117 4.2.3.2.3; TR.A.12; "
			"TR.D.20; CRA I(2)(e); ISVS 2.1.9 (L1); ISVS 2.3.1 (L1); CWE-312; CWE-798; "
			"CWE-260",
	.reads = READS(DISMISSED) | READS(SECRET) | READS(SERVICE) | READS_GAPS,
	.judge = judge_configurations,
};

static enum outcome weigh_script(const struct ruling *r, const struct secret_fact *s)
{
	return weigh_holder(r, s, "script");
}

static void judge_scripts(struct ruling *r)
{
	judge_secrets(r, weigh_script, "in clear", "in clear");
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_sec_02 = {
	.id = "SEC-02",
	.group = "SEC",
	.title = "Secret literals in scripts",
	.rule = "fail if a value opens a remote service (URL, VPN, RADIUS, routing, cloud) or the "
		"Wi-Fi that is started; review for any other; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.4-1 (M); EN 5.4-3 (M); 33.117 4.2.3.2.2; 33.117 4.2.3.2.3; TR.A.12; "
			"TR.D.20; CRA I(2)(e); ISVS 2.1.9 (L1); ISVS 2.3.1 (L1); CWE-312; CWE-798; "
			"CWE-260",
	.reads = READS(DISMISSED) | READS(SECRET) | READS(SERVICE) | READS_GAPS,
	.judge = judge_scripts,
};

/* Keys whose parse holds, in a program that is not everybody's. */
static void find_keys(struct ruling *r)
{
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		if (key_is_private(k) && !k->encrypted &&
		    r->premises->marks[k->f.node->id] & MARK_EXECUTABLE &&
		    !holds_test_data(r, k->f.node))
			rule_fact(r, OUTCOME_FAIL, &k->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s in programs",
			  counted(r, rule_count(r, OUTCOME_FAIL), "private key", "private keys"));
}

static enum outcome weigh_program(const struct ruling *r, const struct secret_fact *s)
{
	if (!word_is(s->holder, "program"))
		return OUTCOME_NOT_APPLICABLE;
	return secret_is_of(s, "cloud") && !holds_test_data(r, s->f.node) ? OUTCOME_FAIL
									  : OUTCOME_REVIEW;
}

static void judge_programs(struct ruling *r)
{
	find_keys(r);
	judge_secrets(r, weigh_program, "in a program", "in a program");
	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		if (x->packed)
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &x->f);
	}
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_OPAQUE_REGION, "%s packed",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "program is",
				  "programs are"));
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_sec_03 = {
	.id = "SEC-03",
	.group = "SEC",
	.title = "Secret literals in executables",
	.rule = "fail for cloud tokens and for private keys that parse, outside of libraries and "
		"published programs; review for any other; not evaluable for packed programs; pass "
		"if there is none",
	.does_not_prove = DOES_NOT_PROVE "; absence of secrets that a program puts together",
	.requirements = "EN 5.4-3 (M); ISVS 2.1.9 (L1); ISVS 1.3.14 (L1); CWE-798; CWE-321",
	.reads = READS(COMPONENT) | READS(DISMISSED) | READS(EXECUTABLE) | READS(KEY) |
		 READS(SECRET) | READS_GAPS,
	.judge = judge_programs,
};

/* -- SEC-04 to SEC-07: by what they open -- */

/* Host, user and password stand together. */
static bool names_a_host(const struct secret_fact *s)
{
	return span_is(s->rule, "url-credentials") || span_is(s->rule, "netrc") ||
	       span_is(s->rule, "sasl-passwd");
}

static enum outcome weigh_remote(const struct ruling *r, const struct secret_fact *s)
{
	if (!secret_is_of(s, "url") && !span_is(s->what, "tr-069 credential") &&
	    !span_is(s->what, "sip account"))
		return OUTCOME_NOT_APPLICABLE;
	return names_a_host(s) && !holds_test_data(r, s->f.node) ? OUTCOME_FAIL : OUTCOME_REVIEW;
}

static void judge_remote(struct ruling *r)
{
	judge_secrets(r, weigh_remote, "with host and user", "of a remote service");
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_sec_04 = {
	.id = "SEC-04",
	.group = "SEC",
	.title = "Credentials for remote services",
	.rule = "fail if host, user and literal password stand together; review for another "
		"literal of such a service; pass if there is none",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.4-3 (M); EN 5.4-4 (M); TR.K.3 (MUST NOT); ISVS 2.1.10; CWE-798; "
			"CWE-522",
	.reads = READS(COMPONENT) | READS(DISMISSED) | READS(EXECUTABLE) | READS(SECRET) |
		 READS_GAPS,
	.judge = judge_remote,
};

static enum outcome weigh_cloud(const struct ruling *r, const struct secret_fact *s)
{
	(void)r;
	if (secret_is_of(s, "cloud"))
		return OUTCOME_FAIL;
	return secret_is_of(s, "token") ? OUTCOME_REVIEW : OUTCOME_NOT_APPLICABLE;
}

static void judge_cloud(struct ruling *r)
{
	judge_secrets(r, weigh_cloud, "a token by its form", "may be a token");
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_sec_05 = {
	.id = "SEC-05",
	.group = "SEC",
	.title = "Cloud tokens",
	.rule = "fail if a token has the form that its service publishes, and its entropy; review "
		"for a value that is called a token or key; pass if there is none. No token is "
		"ever "
		"tried",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.4-3 (M); ISVS 2.1.9 (L1); CWE-798",
	.reads = READS(DISMISSED) | READS(SECRET) | READS_GAPS,
	.judge = judge_cloud,
};

/* A script that is called after settings makes or reads the copy that a user keeps of them. */
static bool is_backup_script(const struct secret_fact *s)
{
	return word_is(s->holder, "script") &&
	       name_matches(node_name(s->f.node), "*backup*,*export*,*import*,*restore*,*config*,"
						  "*cfg*,*settings*");
}

static enum outcome weigh_backup(const struct ruling *r, const struct secret_fact *s)
{
	(void)r;
	if (!secret_is_of(s, "backup"))
		return OUTCOME_NOT_APPLICABLE;
	return is_backup_script(s) ? OUTCOME_FAIL : OUTCOME_REVIEW;
}

static void judge_backup(struct ruling *r)
{
	judge_secrets(r, weigh_backup, "the same on every device", "the same on every device");
	rule_passed(r, "%s", secrets_searched(r));
}

const struct check check_sec_06 = {
	.id = "SEC-06",
	.group = "SEC",
	.title = "Configuration backup encryption key",
	.rule = "fail if a script that is called after settings or their backup has a literal "
		"passphrase in a command that encrypts or packs; review for such a command "
		"elsewhere; pass if there is none in scripts",
	.does_not_prove = DOES_NOT_PROVE "; what compiled programs do with a backup",
	.requirements = "TR.D.7; TR.D.8; EN 5.4-3 (M); CWE-321",
	.reads = READS(DISMISSED) | READS(SECRET) | READS_GAPS,
	.judge = judge_backup,
};

static void judge_snmp(struct ruling *r)
{
	static const char agents[] = "snmpd,snmpd.*,*_snmpd,*-snmpd,bsnmpd,mini_snmpd,snmpagent*";
	bool started = service_named(r, agents, true) != NULL;
	const struct secret_fact *fails = NULL, *reviews = NULL;

	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		bool fail = secret_is_of(s, "snmp-write") && started;

		if (!secret_is_of(s, "snmp-write,snmp-read"))
			continue;
		if (fail)
			fails = fails ? fails : s;
		else
			reviews = reviews ? reviews : s;
		rule_fact(r, fail ? OUTCOME_FAIL : OUTCOME_REVIEW, &s->f);
	}
	if (fails)
		rule_says(r, OUTCOME_FAIL, "a community that may write, and the agent is started");
	if (reviews)
		rule_says(r, OUTCOME_REVIEW, "%s set",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "community is",
				  "communities are"));
	if (node_named(r, agents))
		rule_passed(r, "%s", secrets_searched(r));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no SNMP agent was found");
}

const struct check check_sec_07 = {
	.id = "SEC-07",
	.group = "SEC",
	.title = "SNMP communities",
	.rule = "fail if a community that may write is set and the agent is started; review for "
		"any other community; pass if there is none; not applicable without an agent",
	.does_not_prove = DOES_NOT_PROVE "; who can reach the agent",
	.requirements = "33.117 4.3.2.1; 33.117 4.2.3.4.2.3; EN 5.1-1 (M); TR.A.3; "
			"ISVS 3.2.3 (L1); CWE-1392; CWE-319",
	.reads = READS(DISMISSED) | READS(SECRET) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_snmp,
};
