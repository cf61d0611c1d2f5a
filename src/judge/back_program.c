/* back_program.c - what programs and scripts would have to be read for, and releases that somebody
 * tampered with. */
#include "judge/back.h"
#include "observe/observe.h"

/* -- BACK-03 -- */

static bool checks_passwords(const struct executable_fact *x)
{
	for (uint32_t i = 0; i < x->calls.n; i++)
		if (is_password_check(x->calls.p[i]))
			return true;
	return false;
}

/* Programs with all of their libraries inside show no calls. */
bool hides_calls(const struct executable_fact *x)
{
	return x->is_static == TRI_YES && !word_is(x->type, "CORE");
}

static void judge_comparisons(struct ruling *r)
{
	uint32_t read = 0;

	if (!has_programs(r))
		return;
	EACH_FACT(r, FACT_CONSTANT, constant_fact, f)
	{
		if (word_is(f->constant_kind, "password-check"))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		bool asks = checks_passwords(x);

		read += asks && x->calls_read == TRI_YES;
		if (hides_calls(x) || (asks && x->calls_read != TRI_YES))
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &x->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(
			r, OUTCOME_REVIEW, "%s compared where passwords are checked",
			counted(r, rule_count(r, OUTCOME_REVIEW), "constant is", "constants are"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_NO_SYMBOLS, "comparisons in %s cannot be read",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "program", "programs"));
	rule_passed(
		r, "calls of %s",
		counted(r, read, "program that checks passwords", "programs that check passwords"));
}

const struct check check_back_03 = {
	.id = "BACK-03",
	.group = "BACK",
	.title = "Credential comparison in code",
	.rule = "review for each constant that is handed to strcmp, memcmp or the like in a "
		"function that fetches or checks a password, unless it is a word of protocols and "
		"settings; not evaluable where a program is static, or its processor or calls "
		"cannot be read; pass if none is found; not applicable without programs",
	.does_not_prove = BACK_DOES_NOT_PROVE
	"; comparisons that are compiled in place or made by functions of the program's own; that "
	"the constant is a password",
	.requirements = "CWE-798; CWE-259; EN 5.4-3 (M); ISVS 2.1.9 (L1)",
	.reads = READS(CONSTANT) | READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_comparisons,
};

/* -- BACK-07 -- */

static bool is_web(const struct node *n)
{
	return span_find(n->path, 0, span_text("/cgi")) != SIZE_MAX;
}

static void judge_switches(struct ruling *r)
{
	const struct indicator_fact *first = NULL;

	EACH_FACT(r, FACT_INDICATOR, indicator_fact, f)
	{
		if (!indicator_is_of(f, TOPIC_SWITCH))
			continue;
		first = first ? first : f;
		rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s of remote access %s on a trigger%s",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "start", "starts"),
			  rule_count(r, OUTCOME_REVIEW) == 1 ? "depends" : "depend",
			  is_web(first->f.node) ? " by web" : "");
	rule_passed(r, "the scripts of the image");
}

const struct check check_back_07 = {
	.id = "BACK-07",
	.group = "BACK",
	.title = "Switchable remote access",
	.rule = "review for each script that starts a telnet or SSH server or a debug bridge on a "
		"trigger from outside: a plugged medium, a lease, a button, a request, a stored "
		"variable; pass if none does",
	.does_not_prove = BACK_DOES_NOT_PROVE "; what programs start, which are not read",
	.requirements = "EN 5.6-4A (M); TR.C.2 (MUST NOT); TR.B.4; ISVS 2.2.4 (L2); CWE-912; "
			"CWE-489",
	.reads = READS(INDICATOR) | READS_GAPS,
	.judge = judge_switches,
};

/* -- BACK-08 -- */

static void judge_releases(struct ruling *r)
{
	uint32_t components = r->c->facts->count[FACT_COMPONENT];

	rule_indicators(r, "*", TOPIC_RELEASE);
	if (components)
		rule_passed(r, "the versions of %s",
			    counted(r, components, "component", "components"));
	else
		rule_open(r, REASON_VERSION_UNKNOWN, "no component was recognised");
}

const struct check check_back_08 = {
	.id = "BACK-08",
	.group = "BACK",
	.title = "Tampered upstream components",
	.rule = "fail if bytes of a release that somebody tampered with are found; review if only "
		"the version is such a one; pass if neither is; not evaluable if no component was "
		"recognised",
	.does_not_prove = BACK_DOES_NOT_PROVE "; that a version was built from the tampered files",
	.requirements = "CWE-506; ISVS 1.3.6 (L1); ISVS 1.3.4 (L1)",
	.reads = READS(COMPONENT) | READS(INDICATOR) | READS_GAPS,
	.judge = judge_releases,
};

/* -- BACK-10 -- */

static bool has_package_database(const struct ruling *r)
{
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	if (word_is(c->source, "package-database"))
		return true;
	return false;
}

static void judge_strangers(struct ruling *r)
{
	uint32_t started = 0, strangers;

	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	{
		if (!s->enabled || !s->program)
			continue;
		started++;
		if (!(r->premises->marks[s->program->id] & MARK_COMPONENT))
			rule_node(r, OUTCOME_NOT_EVALUABLE, s->program);
	}
	strangers = rule_count(r, OUTCOME_NOT_EVALUABLE);
	if (started == 0)
		rule_open(r, REASON_RUNTIME_ONLY, "what is started is not known");
	else if (strangers)
		rule_open(r, REASON_NO_DATA_TABLE, "%s of no known component; %s",
			  counted(r, strangers, "started program", "started programs"),
			  has_package_database(r) ? "packages name no files"
						  : "no package database");
	rule_passed(r, "%s", counted(r, started, "started program", "started programs"));
}

const struct check check_back_10 = {
	.id = "BACK-10",
	.group = "BACK",
	.title = "Programs that belong to no known package",
	.rule = "pass if every program that is started belongs to a known component; not evaluable "
		"for others, as which files a package owns is not read, and if nothing is known to "
		"be started",
	.does_not_prove = BACK_DOES_NOT_PROVE "; that a program of no known origin does harm",
	.requirements = "ISVS 1.2.8 (L2); CRA II(1)",
	.reads = READS(COMPONENT) | READS(EXECUTABLE) | READS(SERVICE) | READS_GAPS,
	.judge = judge_strangers,
};
