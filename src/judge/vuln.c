/* vuln.c - known vulnerabilities, by the feeds that were given: what others state of a component's
 * version. Nothing here says that one can be exploited in this device. */
#include "judge/check.h"

#define NO_FEED   "no feed was given (--feed)"
#define NO_RANGES "no feed gives the affected versions"

static bool has_feed(const struct ruling *r)
{
	const struct feed_set *given = r->c->options->feeds;

	return given && given->feed_count > 0;
}

/* A list of what is exploited: KEV itself, or NVD, which repeats it. */
static bool has_exploited(const struct ruling *r)
{
	const struct feed_set *given = r->c->options->feeds;

	for (uint32_t i = 0; has_feed(r) && i < given->source_count; i++)
		if (given->sources[i].source.format == FEED_KEV ||
		    given->sources[i].source.format == FEED_NVD)
			return true;
	return false;
}

/* Ranges of affected versions: KEV has none. */
static bool has_ranges(const struct ruling *r)
{
	const struct feed_set *given = r->c->options->feeds;

	for (uint32_t i = 0; has_feed(r) && i < given->source_count; i++)
		if (given->sources[i].source.format != FEED_KEV)
			return true;
	return false;
}

struct tally {
	uint32_t affected, open, aside;
	const struct vulnerability_fact *first_affected, *first_open;
};

/* Counts, and lets the facts speak for those outcomes. aside: a VEX says otherwise. */
static struct tally count(struct ruling *r, bool exploited, enum outcome affected)
{
	struct tally t = { 0 };

	EACH_FACT(r, FACT_VULNERABILITY, vulnerability_fact, v)
	{
		if (v->exploited != exploited)
			continue;
		if (word_is(v->status, "affected")) {
			t.first_affected = t.first_affected ? t.first_affected : v;
			t.affected++;
			rule_fact(r, affected, &v->f);
		} else if (word_is(v->status, "under-investigation")) {
			t.first_open = t.first_open ? t.first_open : v;
			t.open++;
			rule_fact(r, OUTCOME_REVIEW, &v->f);
		} else if (word_is(v->without_vex, "affected")) {
			t.aside++;
			rule_fact(r, OUTCOME_REVIEW, &v->f);
		}
	}
	return t;
}

static bool any_version(const struct ruling *r)
{
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	if (c->version.n)
		return true;
	return false;
}

/* What both checks have in common; false: nothing more is to be said. */
static bool can_judge(struct ruling *r, const char *missing)
{
	if (missing) {
		rule_open(r, REASON_NO_DATA_TABLE, "%s", missing);
		return false;
	}
	if (r->c->options->feeds->is_cut)
		rule_open(r, REASON_LIMIT_REACHED, "more is stated than one report holds");
	if (r->c->facts->count[FACT_COMPONENT] == 0)
		return false;
	if (!any_version(r))
		rule_open(r, REASON_VERSION_UNKNOWN, "no component's version is known");
	return any_version(r);
}

/* Of one outcome the last sentence stands: what weighs more comes later. */
static void say(struct ruling *r, const struct tally *t, enum outcome affected, const char *aside)
{
	if (t->aside)
		rule_says(r, OUTCOME_REVIEW, "%s not so by a VEX", aside);
	if (t->open)
		rule_says(r, OUTCOME_REVIEW, "%s may have %s",
			  shown(r, t->first_open->component->name),
			  shown_of(r, t->first_open->id, t->open));
	if (t->affected)
		rule_says(r, affected, "%s is said to have %s",
			  shown(r, t->first_affected->component->name),
			  shown_of(r, t->first_affected->id, t->affected));
	rule_passed(r, "versions of all components against the feeds given");
}

static void judge_exploited(struct ruling *r)
{
	struct tally t;

	if (!can_judge(r, !has_feed(r)        ? NO_FEED
			  : !has_exploited(r) ? "no list of exploited ones was given"
			  : !has_ranges(r)    ? NO_RANGES
					      : NULL))
		return;
	t = count(r, true, OUTCOME_FAIL);
	say(r, &t, OUTCOME_FAIL, counted(r, t.aside, "exploited one is", "exploited ones are"));
}

const struct check check_sbom_05 = {
	.id = "SBOM-05",
	.group = "SBOM",
	.title = "No component with a vulnerability known to be exploited",
	.rule = "fail if the feeds given say that a component's version is affected by a "
		"vulnerability on the list of exploited ones; review if version or configuration "
		"leave it open, or if only a VEX says otherwise; pass if none is stated; not "
		"evaluable without such a list and ranges of versions",
	.does_not_prove = "exploitability in this device; that a fix is missing (back-ports "
			  "leave the version as it was) or present (copies)",
	.requirements = "CRA I(2)(a); 33.117 4.4.3; EN 5.3-8 (M); TR.E.11 (MUST); ISVS 3.2.4 (L1); "
			"CWE-1395",
	.reads = READS(COMPONENT) | READS(VULNERABILITY) | READS_GAPS,
	.blind = BLIND_ALWAYS,
	.judge = judge_exploited,
};

static void judge_known(struct ruling *r)
{
	struct tally t;

	if (!can_judge(r, !has_feed(r) ? NO_FEED : !has_ranges(r) ? NO_RANGES : NULL))
		return;
	t = count(r, false, OUTCOME_REVIEW);
	say(r, &t, OUTCOME_REVIEW, counted(r, t.aside, "known one is", "known ones are"));
}

const struct check check_sbom_06 = {
	.id = "SBOM-06",
	.group = "SBOM",
	.title = "Known vulnerabilities of components",
	.rule = "review if the feeds given say that a component's version is affected, if "
		"version or configuration leave it open, or if only a VEX says otherwise; pass if "
		"none is stated; never fail; not evaluable without a feed that gives versions",
	.does_not_prove = "exploitability in this device; that a fix is missing (back-ports "
			  "leave the version as it was) or present (copies); that nothing is wrong "
			  "where no feed says anything",
	.requirements = "33.117 4.4.3; CRA I(2)(a); CRA II(1); ISVS 3.2.4 (L1); CWE-1395",
	.reads = READS(COMPONENT) | READS(VULNERABILITY) | READS_GAPS,
	.blind = BLIND_ALWAYS,
	.judge = judge_known,
};
