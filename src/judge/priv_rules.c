/* priv_rules.c - rights that configuration gives: sudo, confinement, search paths. */
#include "judge/back.h"
#include "judge/priv.h"
#include "judge/role.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "rights at run time, after start scripts, mounts and overlays"

static bool has(struct span s, const char *what)
{
	return span_find(s, 0, span_text(what)) != SIZE_MAX;
}

static struct span word(struct span *rest)
{
	size_t n = 0;
	struct span found;

	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = span_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	found = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return found;
}

/* -- PRIV-06 -- */

/* Who a rule speaks of. */
static struct span subject(const struct privilege_fact *p)
{
	struct span rest = p->detail, who = word(&rest);

	if (!privilege_is(p, "doas"))
		return who;
	who = word(&rest);
	while (span_is(who, "nopass") || span_is(who, "persist") || span_is(who, "keepenv"))
		who = word(&rest);
	return who;
}

static bool asks_nothing(const struct privilege_fact *p)
{
	struct span rest = p->detail;

	if (privilege_is(p, "doas"))
		return span_is(word(&rest), "permit") && has(rest, "nopass");
	return has(p->detail, "NOPASSWD") || has(p->detail, "!authenticate");
}

static bool reaches_shell(const struct privilege_fact *p)
{
	size_t tag = span_find(p->detail, 0, span_text("NOPASSWD"));
	struct span commands = tag == SIZE_MAX ? p->detail : span_from(p->detail, tag + 8);

	if (privilege_is(p, "doas"))
		return !has(p->detail, " cmd ") || has(p->detail, "/sh");
	return has(commands, "ALL") || has(commands, "/sh") || has(commands, "/bash") ||
	       has(commands, "/ash") || has(commands, "/su") || has(commands, "!authenticate");
}

/* Whether an account other than root, that the rule speaks of, opens with a known password. */
static bool is_open_to(const struct ruling *r, struct span who)
{
	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (a->uid == 0 || !a->can_log_in || !(a->has_password || account_is(a, "empty")))
			continue;
		if (span_equal(a->name, who) || span_is(who, "ALL"))
			return true;
	}
	return false;
}

static enum outcome outcome_of_rule(const struct ruling *r, const struct privilege_fact *p)
{
	struct span who = subject(p);

	if (!asks_nothing(p) || span_is(who, "root"))
		return OUTCOME_PASS;
	return reaches_shell(p) && is_open_to(r, who) ? OUTCOME_FAIL : OUTCOME_REVIEW;
}

static bool has_sudo(const struct ruling *r)
{
	for (uint32_t i = 0; i < r->c->tree->count; i++) {
		const struct node *n = r->c->tree->nodes[i];

		if (n->kind == KIND_FILE && n->container && name_matches(node_name(n), "sudo,doas"))
			return true;
	}
	return false;
}

static void judge_sudo(struct ruling *r)
{
	uint32_t count = 0;

	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		enum outcome o;

		if (!privilege_is(p, "sudoers") && !privilege_is(p, "doas"))
			continue;
		count++;
		o = outcome_of_rule(r, p);
		if (o != OUTCOME_PASS)
			rule_fact(r, o, &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s root for a known password",
			  counted(r, rule_count(r, OUTCOME_FAIL), "rule gives", "rules give"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s root's rights without a password",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "rule gives", "rules give"));
	if (count || has_sudo(r))
		rule_passed(r, "%s of sudo and doas", counted(r, count, "rule", "rules"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "neither sudo nor doas was found");
}

const struct check check_priv_06 = {
	.id = "PRIV-06",
	.group = "PRIV",
	.title = "Sudo, doas and su rules",
	.rule = "fail if a rule that asks for no password reaches a shell or all commands for an "
		"account other than root whose password is known; review for any other that asks "
		"for none; otherwise pass; not applicable without sudo and doas",
	.does_not_prove = DOES_NOT_PROVE "; members of groups",
	.requirements = "33.117 4.2.4.1.2.1; CWE-250; CWE-269",
	.reads = READS(ACCOUNT) | READS(PRIVILEGE) | READS_GAPS | READS_TREE,
	.judge = judge_sudo,
};

/* -- PRIV-08 -- */

static const struct {
	const char *part; /* of a path */
	const char *what;
} confinements[] = {
	{ "/etc/apparmor.d/", "AppArmor" },  { "/etc/selinux/", "SELinux" },
	{ "/etc/seccomp/", "seccomp" },      { "/usr/share/seccomp/", "seccomp" },
	{ "/sbin/ujail", "ujail" },          { "/etc/smack/", "SMACK" },
	{ "/usr/bin/firejail", "firejail" }, { "/usr/bin/bwrap", "bubblewrap" },
	{ "/sepolicy", "SELinux" },          { "/etc/lxc/", "LXC" },
};

/* What the start of a listener says of it itself. */
static const struct service_fact *confinement_of(const struct ruling *r,
						 const struct service_fact *listener)
{
	struct fact *const *list = r->c->facts->of[FACT_SERVICE];
	const struct node *n = listener->f.node;

	for (uint32_t i = first_fact_in(r, FACT_SERVICE, n);
	     i < r->c->facts->count[FACT_SERVICE] && list[i]->node == n; i++) {
		const struct service_fact *s = (const void *)list[i];

		if (is_setting(s, "isolation") && s->f.offset == listener->f.offset)
			return s;
	}
	return NULL;
}

/* The first of the policies and tools that were found, or NULL. */
static const char *rule_policies(struct ruling *r)
{
	const char *what = NULL;

	for (uint32_t i = 0; i < r->c->tree->count; i++) {
		const struct node *n = r->c->tree->nodes[i];

		for (size_t k = 0; n->kind == KIND_FILE && n->container &&
				   k < sizeof(confinements) / sizeof(confinements[0]);
		     k++) {
			if (!has(n->path, confinements[k].part))
				continue;
			what = what ? what : confinements[k].what;
			rule_node(r, OUTCOME_REVIEW, n);
			break;
		}
	}
	return what;
}

static void judge_isolation(struct ruling *r)
{
	uint32_t listeners = r->c->facts->count[FACT_LISTENER], confined = 0, files;
	const char *what;

	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	{
		const struct service_fact *by = confinement_of(r, s);

		confined += by != NULL;
		if (by)
			rule_fact(r, OUTCOME_PASS, &by->f);
	}
	if (r->c->facts->count[FACT_EXECUTABLE] == 0) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no program was found");
		return;
	}
	if (listeners && confined == listeners) {
		rule_passed(r, "%s", counted(r, listeners, "listener", "listeners"));
		r->of[OUTCOME_PASS].says = "every listener is started confined";
		return;
	}
	what = rule_policies(r);
	files = rule_count(r, OUTCOME_REVIEW);
	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	if (!confinement_of(r, s))
		rule_fact(r, OUTCOME_REVIEW, &s->f);
	if (confined)
		rule_says(r, OUTCOME_REVIEW, "%u of %s started confined", confined,
			  counted(r, listeners, "listener is", "listeners are"));
	else if (what)
		rule_says(r, OUTCOME_REVIEW, "%s of %s; which programs it confines is open",
			  counted(r, files, "file", "files"), what);
	else
		rule_says(r, OUTCOME_REVIEW, "no policy and no tool that confines programs");
}

const struct check check_priv_08 = {
	.id = "PRIV-08",
	.group = "PRIV",
	.title = "Isolation features in use",
	.rule = "pass if every listener is started confined: in a jail, by a namespace, a filter "
		"of calls or fewer capabilities, or another root directory; otherwise review "
		"with the policies and tools that were found (AppArmor, SELinux, SMACK, seccomp, "
		"ujail, containers) and the listeners; never fails; not applicable without "
		"programs",
	.does_not_prove = "that a policy is loaded, or strict; what programs do by themselves",
	.requirements = "ISVS 3.3.1 (L2); ISVS 3.3.2 (L2); ISVS 3.3.4 (L2); ISVS 3.3.5 (L3); "
			"CRA I(2)(k)",
	.reads = READS(EXECUTABLE) | READS(LISTENER) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_isolation,
};

/* -- PRIV-10 -- */

#define MOST_PLACES 20000
#define MOST_STEPS  60000000ull /* of all places: a large image costs more */

/* Places that may still be looked up: each costs as much as there are entries. */
static uint64_t most_places(const struct ruling *r)
{
	uint64_t most = MOST_STEPS / (r->c->tree->count + 1ull);

	return most < MOST_PLACES ? most : MOST_PLACES;
}

/* One element of a search path: empty and relative ones are wherever the program was started. */
static bool is_open_place(const struct node *from, struct span place, uint64_t *left)
{
	const struct node *n;

	if (place.n == 0 || span_is(place, ".") || span_is(place, ".."))
		return true;
	if (place.p[0] != '/')
		return false; /* a variable, or what the shell makes of it */
	if (span_is(place, "/tmp") || span_starts(place, span_text("/tmp/")) ||
	    span_is(place, "/var/tmp"))
		return true;
	*left -= *left > 0;
	if (*left == 0)
		return false;
	n = node_resolve(from, place);
	return n && n->kind == KIND_DIRECTORY && n->has_mode && n->mode & 0002;
}

/* "PATH=/bin:/sbin": an element that any user may fill. */
static bool has_open_place(const struct privilege_fact *p, uint64_t *left)
{
	size_t equals = span_find(p->detail, 0, span_text("="));
	struct span rest = equals == SIZE_MAX ? p->detail : span_from(p->detail, equals + 1);
	bool more = true;

	while (rest.n && (rest.p[0] == '"' || rest.p[0] == '\''))
		rest = span_from(rest, 1);
	while (more) {
		more = span_find(rest, 0, span_text(":")) != SIZE_MAX;
		if (is_open_place(p->f.node, field_next(&rest, ':'), left))
			return true;
	}
	return false;
}

static void judge_search_paths(struct ruling *r)
{
	uint64_t left = most_places(r);
	uint32_t count = 0;
	bool preload = false;

	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		bool is_path = privilege_is(p, "search-path");
		bool loads = privilege_is(p, "preload") ||
			     (is_path && span_starts(p->detail, span_text("LD_PRELOAD=")));

		count += is_path || loads;
		preload |= loads;
		if (loads)
			rule_fact(r, OUTCOME_REVIEW, &p->f);
		else if (is_path && has_open_place(p, &left))
			rule_fact(r, OUTCOME_FAIL, &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s a place that every user may fill",
			  counted(r, rule_count(r, OUTCOME_FAIL), "search path has",
				  "search paths have"));
	if (preload)
		rule_says(r, OUTCOME_REVIEW, "%s into every program",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "library is loaded",
				  "libraries are loaded"));
	if (left == 0)
		rule_open(r, REASON_LIMIT_REACHED, "not all search paths were followed");
	if (count)
		rule_passed(r, "%s", counted(r, count, "search path", "search paths"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no file that sets a search path was found");
}

const struct check check_priv_10 = {
	.id = "PRIV-10",
	.group = "PRIV",
	.title = "Search paths of root",
	.rule = "fail if PATH or LD_LIBRARY_PATH in start files, or ld.so.conf, has an empty "
		"element, \".\" or a directory that all may write; review for libraries that are "
		"preloaded; otherwise pass; not applicable where none is set",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "CWE-426; CWE-427; ISVS 3.2.1 (L1)",
	.reads = READS(PRIVILEGE) | READS_GAPS | READS_TREE,
	.judge = judge_search_paths,
};
