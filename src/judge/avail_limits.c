/* avail_limits.c - what ends a device's service by and by: full storage, dates, a lost maker. */
#include <stdlib.h>

#include "judge/avail.h"
#include "judge/kern.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "how the device behaves in a real outage"
#define YEARS          10

static bool has(struct span s, const char *what)
{
	return span_find(s, 0, span_text(what)) != SIZE_MAX;
}

/* -- AVAIL-06 -- */

static bool is_positive(struct span s)
{
	uint64_t value;
	size_t used;

	return span_number(s, 10, &value, &used) && value > 0;
}

static bool restarts_after_panic(struct ruling *r)
{
	const struct kernel_fact *set = sysctl_of(r, "kernel.panic");

	if (set) {
		if (!is_positive(set->value))
			return false;
		rule_fact(r, OUTCOME_PASS, &set->f);
		return true;
	}
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		size_t at = span_find(f->value, 0, span_text("panic="));
		bool line = kernel_is(f, "command-line") && at != SIZE_MAX &&
			    is_positive(span_from(f->value, at + strlen("panic=")));
		bool option = kernel_is(f, "option") && span_is(f->name, "PANIC_TIMEOUT") &&
			      is_positive(f->value);

		if (!line && !option)
			continue;
		rule_fact(r, OUTCOME_PASS, &f->f);
		return true;
	}
	return false;
}

static bool bounds_logs(struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (!availability_is(f, "limit"))
			continue;
		rule_fact(r, OUTCOME_PASS, &f->f);
		return true;
	}
	return false;
}

/* Memory disks that may take half of the memory each. */
static const struct availability_fact *unbounded_tmpfs(const struct ruling *r)
{
	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		bool holds_files = name_matches(f->name, "/tmp,/var*,/run,/tmp/*");

		if (availability_is(f, "mount") && holds_files &&
		    (has(f->value, "ramfs") || (has(f->value, "tmpfs") && !has(f->value, "size="))))
			return f;
	}
	return NULL;
}

static void judge_limits(struct ruling *r)
{
	bool panic = restarts_after_panic(r), logs = bounds_logs(r);
	const struct availability_fact *open = unbounded_tmpfs(r);

	if (!has_root(r)) {
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no root file system with settings");
		return;
	}
	if (open)
		rule_fact(r, OUTCOME_REVIEW, &open->f);
	if (!panic && !logs)
		rule_says(r, OUTCOME_REVIEW, "no limit of logs, and no restart after a panic");
	else if (!logs)
		rule_says(r, OUTCOME_REVIEW, "no limit of logs was found");
	else if (!panic)
		rule_says(r, OUTCOME_REVIEW, "after a panic of the kernel nothing restarts it");
	else if (open)
		rule_says(r, OUTCOME_REVIEW, "%s: in memory, without a limit",
			  shown(r, open->name));
	rule_passed(r, "settings, mounts and start scripts");
	r->of[OUTCOME_PASS].says = "logs are bounded, and a panic ends in a restart";
}

const struct check check_avail_06 = {
	.id = "AVAIL-06",
	.group = "AVAIL",
	.title = "Resource limits",
	.rule = "pass if a limit of logs is set, kernel.panic is above 0, and file systems in "
		"memory have a size; review if one of these is missing; not evaluable without a "
		"root file system",
	.does_not_prove = DOES_NOT_PROVE "; limits within programs",
	.requirements = "33.117 4.2.4.1.1.1; ISVS 3.3.2 (L2); CWE-770; CWE-400",
	.reads = READS(AVAILABILITY) | READS(KERNEL) | READS_GAPS,
	.judge = judge_limits,
};

/* -- AVAIL-07 -- */

/* A list of certificates that others keep; single ones are the device's own. */
static bool is_of_a_store(const struct certificate_fact *x)
{
	struct span path = x->f.node->path;

	return has(path, "/ssl/certs/") || has(path, "ca-certificates") || has(path, "cacert") ||
	       has(path, "ca-bundle") || has(path, "/mozilla/");
}

/* Whether the certificate ends within so many years of the day; both are YYYY-MM-DD. */
static bool ends_soon(const struct certificate_fact *x, const char *day)
{
	char limit[32];
	int year = atoi(day) + YEARS;

	snprintf(limit, sizeof(limit), "%04d%.6s", year, day + 4);
	return x->not_after.n >= 10 &&
	       span_compare(span_head(x->not_after, 10), span_text(limit)) < 0;
}

static void judge_certificates(struct ruling *r)
{
	const char *day = r->c->options->as_of;

	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		if (is_of_a_store(x) || holds_test_data(r, x->f.node))
			continue;
		if (!day)
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &x->f);
		else if (ends_soon(x, day))
			rule_fact(r, OUTCOME_REVIEW, &x->f);
	}
}

/* Linux before 5.1 has no calls of 64-bit time where words have 32 bits. */
static bool is_before_time64(const struct kernel_fact *f)
{
	uint64_t major, minor;
	size_t used;

	return kernel_is(f, "version") && span_number(f->value, 10, &major, &used) &&
	       span_byte(f->value, used) == '.' &&
	       span_number(span_from(f->value, used + 1), 10, &minor, &used) &&
	       (major < 5 || (major == 5 && minor < 1));
}

struct times {
	uint32_t programs, of_32, open; /* of 32 bits; whose times end; that do not tell */
};

static struct times judge_times(struct ruling *r)
{
	struct times t = { 0 };

	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		if (x->bits != 32 || word_is(x->type, "REL") || word_is(x->type, "CORE"))
			continue;
		t.programs++;
		if (x->time_bits == 32) {
			rule_fact(r, OUTCOME_REVIEW, &x->f);
			t.of_32++;
		} else if (x->time_bits == 0 && x->is_static == TRI_YES) {
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &x->f);
			t.open++;
		}
	}
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		if (t.programs && is_before_time64(f))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	return t;
}

static void judge_dates(struct ruling *r)
{
	uint32_t ends, undated;
	struct times t;

	judge_certificates(r);
	ends = rule_count(r, OUTCOME_REVIEW);
	undated = rule_count(r, OUTCOME_NOT_EVALUABLE);
	t = judge_times(r);
	if (ends)
		rule_says(r, OUTCOME_REVIEW, "%s within %d years%s",
			  counted(r, ends, "certificate ends", "certificates end"), YEARS,
			  t.of_32 ? "; times end in 2038" : "");
	else if (t.of_32)
		rule_says(r, OUTCOME_REVIEW, "the time of %s ends in 2038",
			  counted(r, t.of_32, "program", "programs"));
	else if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "the kernel's time for 32-bit programs ends in 2038");
	if (undated)
		rule_open(r, REASON_DOCUMENTS_NEEDED, "without a day (--as-of) no end is judged");
	else if (t.open)
		rule_open(r, REASON_NO_SYMBOLS, "%s of 32 bits tell%s no width of time",
			  counted(r, t.open, "static program", "static programs"),
			  t.open == 1 ? "s" : "");
	rule_passed(r, "%s; %s of 32 bits",
		    counted(r, r->c->facts->count[FACT_CERTIFICATE], "certificate", "certificates"),
		    counted(r, t.programs, "program", "programs"));
}

const struct check check_avail_07 = {
	.id = "AVAIL-07",
	.group = "AVAIL",
	.title = "Dates that stop the device",
	.rule = "review for each certificate outside of lists of authorities that ends within 10 "
		"years of the day given, for each 32-bit program that asks the C library for times "
		"of 32 bits, which end in 2038, and beside 32-bit programs for a kernel before "
		"5.1, which has no others; not evaluable if there are certificates and no day is "
		"given, or static 32-bit programs; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE "; what a certificate is needed for; times within files, "
					 "file systems and protocols",
	.requirements = "CRA I(2)(h); EN 5.9-1 (R); CWE-298; CWE-190",
	.reads = READS(CERTIFICATE) | READS(COMPONENT) | READS(EXECUTABLE) | READS(KERNEL) |
		 READS_DATE | READS_GAPS,
	.judge = judge_dates,
};

/* -- AVAIL-08 -- */

#define VOICE "asterisk,*voip*,*sip*ua*,sipd,*pjsip*,libosip*,libeXosip*,linphone*,freeswitch,mgcp*"

static void judge_voice(struct ruling *r)
{
	for (uint32_t i = 0; i < r->c->tree->count; i++) {
		const struct node *n = r->c->tree->nodes[i];

		if (n->container && n->kind == KIND_FILE && name_matches(node_name(n), VOICE))
			rule_node(r, OUTCOME_NOT_EVALUABLE, n);
	}
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_RUNTIME_ONLY,
			  "%s for voice; emergency calls need a running device",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "file", "files"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no program for voice was found");
}

const struct check check_avail_08 = {
	.id = "AVAIL-08",
	.group = "AVAIL",
	.title = "Emergency services path (voice)",
	.rule = "not evaluable where programs for voice are found; not applicable without them",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.9-2 (R)",
	.reads = READS_GAPS | READS_TREE,
	.judge = judge_voice,
};

/* -- AVAIL-09 -- */

static void judge_recovery(struct ruling *r)
{
	uint32_t resets = 0;

	EACH_FACT(r, FACT_AVAILABILITY, availability_fact, f)
	{
		if (!availability_is(f, "recovery"))
			continue;
		resets += span_is(f->name, "reset");
		rule_fact(r, OUTCOME_PASS, &f->f);
	}
	if (rule_count(r, OUTCOME_PASS)) {
		rule_passed(r, "boot loaders, partition tables and start scripts");
		r->of[OUTCOME_PASS].says = resets ? "a way back to the delivered state was found"
						  : "a way to recover was found";
	} else if (has_root(r) || r->c->facts->count[FACT_KERNEL]) {
		rule_says(r, OUTCOME_REVIEW, "neither a rescue system nor a reset was found");
	} else {
		rule_open(r, REASON_DOCUMENTS_NEEDED, "neither a system nor a boot loader is here");
	}
}

const struct check check_avail_09 = {
	.id = "AVAIL-09",
	.group = "AVAIL",
	.title = "Recovery without vendor",
	.rule = "pass if a boot loader's way to recover, a part for it or a reset is found; review "
		"if there is none; never fails; not evaluable without a system or a boot loader",
	.does_not_prove = DOES_NOT_PROVE "; that users are told of it",
	.requirements = "CRA I(2)(b); CRA I(2)(h)",
	.reads = READS(AVAILABILITY) | READS(KERNEL) | READS_GAPS,
	.judge = judge_recovery,
};
