/* avail.c - what keeps the device working: watchdog, second image, read-only root, waits. */
#include "judge/avail.h"
#include "judge/kern.h"
#include "judge/role.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "how the device behaves in a real outage"

bool has_root(const struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	if (availability_is(f, "read-only-root"))
		return true;
	return false;
}

/* -- AVAIL-01 -- */

/* The kernel's part: an option, a driver as a module, or the node of one. */
static const struct fact *watchdog_driver(const struct ruling *r)
{
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		bool option = kernel_is(f, "option") &&
			      (span_is(f->name, "WATCHDOG") || span_is(f->name, "WATCHDOG_CORE"));
		bool module = kernel_is(f, "module") || kernel_is(f, "module-load");

		if ((option && !span_is(f->value, "n")) ||
		    (module && name_matches(f->name, "*wdt*,softdog,*watchdog*")))
			return &f->f;
	}
	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		if (word_is(p->privilege_kind, "device") &&
		    name_matches(node_name(p->f.node), "watchdog*"))
			return &p->f;
	}
	return NULL;
}

/* Whether the default boot runs the script: it is one that every boot runs, or starts something. */
static bool is_run(const struct ruling *r, const struct node *script)
{
	if (name_matches(node_name(script), "inittab,rc,rcS,rc.*,init,preinit"))
		return true;
	EACH_SERVICE(r, s)
	if (is_started(s) && s->f.node == script)
		return true;
	return false;
}

/* The first process is started always; other programs by a service. */
static bool is_at_work(const struct ruling *r, const struct availability_fact *f)
{
	struct span name = node_name(f->f.node);

	if (span_is(f->name, "program"))
		return name_matches(name, "init,procd,systemd") || service_of(r, f->f.node);
	if (span_is(name, "system.conf")) /* systemd's own setting */
		return !value_is(f->value, "0,0s,off");
	return is_run(r, f->f.node);
}

static const struct fact *watchdog_feeder(const struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (availability_is(f, "watchdog") && is_at_work(r, f))
			return &f->f;
	}
	EACH_SERVICE(r, s)
	{
		if (is_started(s) && has_role(s, "watchdog"))
			return &s->f;
	}
	return NULL;
}

/* What knows the watchdog, whether it is started or not. */
static const struct fact *watchdog_known(const struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (availability_is(f, "watchdog"))
			return &f->f;
	}
	return NULL;
}

static void judge_watchdog(struct ruling *r)
{
	const struct fact *driver = watchdog_driver(r);
	const struct fact *feeder = watchdog_feeder(r), *other = watchdog_known(r);
	enum outcome o = driver && feeder ? OUTCOME_PASS : OUTCOME_REVIEW;

	if (driver)
		rule_fact(r, o, driver);
	if (feeder || other)
		rule_fact(r, o, feeder ? feeder : other);
	if (driver && feeder) {
		rule_passed(r, "drivers and start scripts");
		r->of[OUTCOME_PASS].says = "a driver and a program that feeds it were found";
	} else if (feeder) {
		rule_says(r, OUTCOME_REVIEW, "a watchdog is fed, its driver was not found");
	} else if (other) {
		rule_says(r, OUTCOME_REVIEW,
			  "something knows the watchdog; whether it is started is open");
	} else if (driver) {
		rule_says(r, OUTCOME_REVIEW, "a watchdog's driver, and nothing that feeds it");
	} else if (has_root(r)) {
		rule_says(r, OUTCOME_REVIEW, "neither driver nor feeder of a watchdog was found");
	} else {
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no root file system with start scripts");
	}
}

const struct check check_avail_01 = {
	.id = "AVAIL-01",
	.group = "AVAIL",
	.title = "Watchdog",
	.rule = "pass if a driver and a started feeder are found; review if one is missing; not "
		"evaluable without a root file system",
	.does_not_prove = DOES_NOT_PROVE "; feeders within programs that nothing names",
	.requirements = "EN 5.9-1 (R); 33.117 4.2.3.3.1; CRA I(2)(h)",
	.reads = READS(AVAILABILITY) | READS(KERNEL) | READS(PRIVILEGE) | READS(SERVICE) |
		 READS_GAPS,
	.judge = judge_watchdog,
};

/* -- AVAIL-02 -- */

/* What a boot loader does when a start fails. */
static bool is_fallback(const struct availability_fact *f)
{
	return availability_is(f, "recovery") && !span_is(f->name, "reset");
}

static void judge_second_image(struct ruling *r)
{
	uint32_t single = 0;

	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		bool slot = availability_is(f, "slot");

		if (is_fallback(f) || (slot && f->value.n))
			rule_fact(r, OUTCOME_PASS, &f->f);
		else if (slot)
			single++;
	}
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "partition tables, command lines, boot loaders");
		r->of[OUTCOME_PASS].says = "a second image or a way to recover was found";
		return;
	}
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (availability_is(f, "slot"))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (single)
		rule_says(r, OUTCOME_REVIEW, "the layout shows one system and no second");
	else
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no partition table and no boot loader here");
}

const struct check check_avail_02 = {
	.id = "AVAIL-02",
	.group = "AVAIL",
	.title = "Second image or recovery",
	.rule = "pass if parts of the storage come in pairs, or there is a part or a boot loader's "
		"way to recover; review if the layout has one system only; not evaluable without "
		"layout and boot loader",
	.does_not_prove = DOES_NOT_PROVE "; that the second image works",
	.requirements = "ISVS 3.4.7 (L1); EN 5.9-1 (R); EN 5.9-2 (R); CRA I(2)(h)",
	.reads = READS(AVAILABILITY) | READS_GAPS,
	.judge = judge_second_image,
};

/* -- AVAIL-03 -- */

/* "ro" as a word of mount options or of a command line. */
static bool has_ro(struct span s)
{
	static const char marks[] = " ,";

	for (size_t at = 0; (at = span_find(s, at, span_text("ro"))) != SIZE_MAX; at++) {
		int before = at ? span_byte(s, at - 1) : ' ', after = span_byte(s, at + 2);

		if (strchr(marks, before) && (after < 0 || strchr(marks, after)))
			return true;
	}
	return false;
}

static bool is_mounted_read_only(const struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (availability_is(f, "mount") && span_is(f->name, "/") && has_ro(f->value))
			return true;
	}
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		if (kernel_is(f, "command-line") && has_ro(f->value))
			return true;
	}
	return false;
}

static void judge_root(struct ruling *r)
{
	bool read_only = is_mounted_read_only(r);

	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (!availability_is(f, "read-only-root"))
			continue;
		if (span_is(f->value, "read-only") || read_only)
			rule_fact(r, OUTCOME_PASS, &f->f);
		else if (span_is(f->value, "writable"))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s can be written to",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "root file system",
				  "root file systems"));
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "%s",
			    counted(r, rule_count(r, OUTCOME_PASS), "root file system",
				    "root file systems"));
		r->of[OUTCOME_PASS].says = "the root file system is read-only";
	} else {
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no root file system of a device was found");
	}
}

const struct check check_avail_03 = {
	.id = "AVAIL-03",
	.group = "AVAIL",
	.title = "Read-only root",
	.rule = "pass if the root file system is of a kind that cannot be written to, or mounted "
		"ro; review if it is writable; not evaluable if there is none but in memory",
	.does_not_prove = DOES_NOT_PROVE "; an overlay that hides files of it",
	.requirements = "EN 5.7-1 (R); EN 5.9-2 (R); CRA I(2)(f); CRA I(2)(h)",
	.reads = READS(AVAILABILITY) | READS(KERNEL) | READS_GAPS,
	.judge = judge_root,
};

/* -- AVAIL-04 -- */

static void judge_waits(struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (availability_is(f, "remote-wait"))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s for an answer from the network",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "script waits",
				  "places in scripts wait"));
	if (has_root(r))
		rule_passed(r, "loops of scripts; programs were not looked into");
	else
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no root file system with start scripts");
}

const struct check check_avail_04 = {
	.id = "AVAIL-04",
	.group = "AVAIL",
	.title = "Works without remote service",
	.rule = "review for each loop of a script that waits for an answer from the network; pass "
		"if no script has one; not evaluable without a root file system",
	.does_not_prove = DOES_NOT_PROVE "; waits within programs",
	.requirements = "EN 5.9-2 (R); CRA I(2)(h)",
	.reads = READS(AVAILABILITY) | READS_GAPS,
	.judge = judge_waits,
};

/* -- AVAIL-05 -- */

static void judge_remote(struct ruling *r)
{
	const struct node *last = NULL;
	uint32_t programs = 0;

	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (!availability_is(f, "remote-control"))
			continue;
		programs += f->f.node != last;
		last = f->f.node;
		rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (programs)
		rule_says(r, OUTCOME_REVIEW, "%s what resets or ends the service",
			  counted(r, programs, "program knows", "programs know"));
	else if (r->c->facts->count[FACT_EXECUTABLE])
		rule_passed(r, "texts of %s",
			    counted(r, r->c->facts->count[FACT_EXECUTABLE], "program", "programs"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no program was found");
}

const struct check check_avail_05 = {
	.id = "AVAIL-05",
	.group = "AVAIL",
	.title = "Remote kill or lock functions",
	.rule = "review for each program with the texts of a remote reset (FactoryReset "
		"beside cwmp) or of a licence that expires; pass if none has them; not applicable "
		"without programs",
	.does_not_prove = DOES_NOT_PROVE "; that anybody remote can call it; other functions",
	.requirements = "CRA I(2)(h); TR.K.4; EN 5.9-1 (R)",
	.reads = READS(AVAILABILITY) | READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_remote,
};
