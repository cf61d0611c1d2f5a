/* sbom_support.c - whether somebody still mends a component: its branch in the table of ends of
 * support, against the day the image was built and the day of the examination. */
#include <stdio.h>

#include "judge/sbom.h"
#include "know/know.h"

#define DAY           86400
#define FIRST_DAY     7305  /* 1990-01-01: older file times are clocks that were not set */
#define LAST_DAY      24836 /* 2037-12-31 */
#define NO_DAY        INT64_MIN
#define DAYS_OF_400   146097
#define DAYS_TO_EPOCH 719468

/* Days since 1970-01-01 of a date in the Gregorian calendar, years from March on. */
static int64_t day_of(const char *date)
{
	int y, m, d, era, of_era, of_year;

	if (!date || sscanf(date, "%4d-%2d-%2d", &y, &m, &d) != 3)
		return NO_DAY;
	y -= m <= 2;
	era = y / 400;
	of_era = y - era * 400;
	of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return (int64_t)era * DAYS_OF_400 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
	       DAYS_TO_EPOCH;
}

struct days {
	int64_t built, examined; /* NO_DAY: not known */
	const struct node *newest;
};

/* The newest file time that is no clock's fault: headers say what they like. */
static struct days days_of(const struct ruling *r)
{
	const struct tree *t = r->c->tree;
	struct days d = { NO_DAY, day_of(r->c->options->as_of), NULL };
	int64_t last = d.examined == NO_DAY ? LAST_DAY : d.examined;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];
		int64_t day = n->mtime / DAY;

		if (n->kind != KIND_FILE || !n->has_mtime || day < FIRST_DAY || day > last ||
		    day <= d.built)
			continue;
		d.built = day;
		d.newest = n;
	}
	return d;
}

/* What one component comes to. OUTCOME_NOT_APPLICABLE: no row speaks of it. */
static enum outcome judge_one(const struct component_fact *c, const struct days *d,
			      enum reason *why)
{
	const struct support_row *row = support_find(c->name, c->version);
	int64_t end;

	*why = REASON_NO_DATA_TABLE;
	if (!row && !support_knows(c->name))
		return OUTCOME_NOT_APPLICABLE;
	if (!row || strcmp(row->eol, "n/a") == 0) {
		*why = c->version.n ? REASON_NO_DATA_TABLE : REASON_VERSION_UNKNOWN;
		return OUTCOME_NOT_EVALUABLE;
	}
	if (strcmp(row->eol, "supported") == 0)
		return OUTCOME_PASS;
	end = day_of(row->eol);
	if (end == NO_DAY) /* "ended" */
		return OUTCOME_REVIEW;
	if (d->built != NO_DAY && end < d->built)
		return row->from_memory ? OUTCOME_REVIEW : OUTCOME_FAIL;
	if (d->examined == NO_DAY) {
		*why = REASON_DOCUMENTS_NEEDED;
		return OUTCOME_NOT_EVALUABLE;
	}
	return end < d->examined ? OUTCOME_REVIEW : OUTCOME_PASS;
}

struct tally {
	uint32_t reasons[REASONS], known;
};

static void file_each(struct ruling *r, const struct days *d, bool (*of)(struct span name),
		      struct tally *t)
{
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	{
		enum reason why;
		enum outcome o;

		/* Distributions mend old versions: what they list is theirs to judge. Names of
		 * languages' packages are not those of the table, but for one with a CPE. */
		if (component_of_database(c) || (!component_of_files(c) && c->cpe.n == 0) ||
		    !of(c->name))
			continue;
		o = judge_one(c, d, &why);
		if (o == OUTCOME_NOT_APPLICABLE)
			continue;
		rule_fact(r, o, &c->f);
		t->known++;
		if (o == OUTCOME_NOT_EVALUABLE)
			t->reasons[why]++;
	}
	if (rule_count(r, OUTCOME_FAIL) && d->newest)
		rule_node(r, OUTCOME_FAIL, d->newest);
}

static void say_open(struct ruling *r, const struct tally *t)
{
	uint32_t n = rule_count(r, OUTCOME_NOT_EVALUABLE);

	if (t->reasons[REASON_DOCUMENTS_NEEDED] == n)
		rule_open(r, REASON_DOCUMENTS_NEEDED,
			  "no date was given to judge support by (--as-of)");
	else if (t->reasons[REASON_VERSION_UNKNOWN] == n)
		rule_open(r, REASON_VERSION_UNKNOWN, "%s",
			  counted(r, n, "component is of unknown version",
				  "components are of unknown version"));
	else
		rule_open(r, REASON_NO_DATA_TABLE, "%s",
			  counted(r, n, "component has no published end of support",
				  "components have no published end of support"));
}

static void say(struct ruling *r, const struct tally *t)
{
	uint32_t failed = rule_count(r, OUTCOME_FAIL);

	if (failed > 1) /* the newest file stands there too */
		rule_says(r, OUTCOME_FAIL, "%s upstream support before the build",
			  counted(r, failed - 1, "component had lost", "components had lost"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s upstream support; see the dates",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "component seems without",
				  "components seem without"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		say_open(r, t);
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "%s with published dates",
			    counted(r, t->known, "component", "components"));
		r->of[OUTCOME_PASS].says = "upstream supports every branch whose end is published";
	}
}

static bool any_name(struct span name)
{
	(void)name;
	return true;
}

static void judge_support(struct ruling *r)
{
	struct days d = days_of(r);
	struct tally t = { { 0 }, 0 };

	file_each(r, &d, any_name, &t);
	say(r, &t);
	if (t.known == 0)
		rule_open(r, REASON_NO_DATA_TABLE, "no component with published dates was found");
}

const struct check check_sbom_04 = {
	.id = "SBOM-04",
	.group = "SBOM",
	.title = "End of life",
	.rule = "fail if upstream support of a component's branch had ended before the image was "
		"built, by its newest file time; review if it ended later and before the date of "
		"examination, on a day that is not known, or by a row that was not verified; not "
		"evaluable where no dates are published, the version is unknown, or no date was "
		"given; otherwise pass",
	.does_not_prove = "that nobody mends it: makers of chips and distributions continue dead "
			  "branches, only upstream is cited",
	.requirements = "33.117 4.3.2.5; EN 5.3-8 (M); CRA I(2)(a); CRA II(2); TR.E.11 (MUST); "
			"ISVS 3.2.4 (L1); ISVS 1.2.9 (L2); CWE-1104; CWE-1329",
	.reads = READS(COMPONENT) | READS_DATE | READS_GAPS | READS_TREE,
	.blind = BLIND_ALWAYS,
	.judge = judge_support,
};

/* -- SBOM-07 -- */

static bool is_kernel(struct span name)
{
	return span_is(name, "linux_kernel");
}

/* Banner, modules and configuration give the facts of one version each. */
static void judge_kernel(struct ruling *r)
{
	struct days d = days_of(r);
	struct tally t = { { 0 }, 0 };
	const struct component_fact *first = NULL;
	bool differ = false;

	file_each(r, &d, is_kernel, &t);
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	{
		if (!component_of_files(c) || !is_kernel(c->name) || c->version.n == 0)
			continue;
		differ |= first && !span_equal(first->version, c->version);
		first = first ? first : c;
	}
	EACH_FACT(r, FACT_COMPONENT, component_fact, k)
	if (differ && component_of_files(k) && is_kernel(k->name))
		rule_fact(r, OUTCOME_REVIEW, &k->f);
	say(r, &t);
	if (differ)
		rule_says(r, OUTCOME_REVIEW, "the kernel and its modules are of several versions");
	if (t.known == 0)
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no Linux kernel was found");
}

const struct check check_sbom_07 = {
	.id = "SBOM-07",
	.group = "SBOM",
	.title = "Kernel version",
	.rule = "as SBOM-04 for the kernel's branch; also review if the kernel and its modules are "
		"of different versions; not applicable without a Linux kernel",
	.does_not_prove = "that fixes are missing: makers patch old kernels; several kernels may "
			  "belong there (recovery, modem)",
	.requirements = "33.117 4.3.2.5; EN 5.3-8 (M); CRA I(2)(a); TR.E.11 (MUST); "
			"ISVS 3.2.4 (L1); CWE-1104",
	.reads = READS(COMPONENT) | READS_DATE | READS_GAPS | READS_TREE,
	.blind = BLIND_ALWAYS,
	.judge = judge_kernel,
};
