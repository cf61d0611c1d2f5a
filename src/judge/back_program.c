/* back_program.c - what programs and scripts would have to be read for, and releases that somebody
 * tampered with. */
#include "judge/back.h"

/* -- BACK-03 -- */

static void judge_comparisons(struct ruling *r)
{
	if (has_programs(r))
		rule_open(r, REASON_NO_SYMBOLS, "comparisons in %s are not read",
			  counted(r, r->c->facts->count[FACT_EXECUTABLE], "program", "programs"));
}

const struct check check_back_03 = {
	.id = "BACK-03",
	.group = "BACK",
	.title = "Credential comparison in code",
	.rule = "review for each constant that a login compares with; not evaluable, as programs "
		"are not disassembled; not applicable without programs",
	.does_not_prove = BACK_DOES_NOT_PROVE,
	.requirements = "CWE-798; CWE-259; EN 5.4-3 (M); ISVS 2.1.9 (L1)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
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
