/* kern.c - the kernel's own configuration: memory, debugging, modules. */
#include <stdlib.h>

#include "judge/kern.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE                                                                             \
	"that the device boots this kernel; what a vendor has added or taken back; settings at "   \
	"run time"

/* -- the kernels of an image -- */

bool kernel_is(const struct kernel_fact *f, const char *kind)
{
	return word_is(f->kernel_kind, kind);
}

uint32_t release_number(struct span release)
{
	uint64_t part[3] = { 0 };
	size_t used = 0;

	for (int i = 0; i < 3; i++) {
		if (!span_number(release, 10, &part[i], &used))
			break;
		release = span_from(release, used);
		if (span_byte(release, 0) != '.')
			break;
		release = span_from(release, 1);
	}
	for (int i = 0; i < 3; i++)
		part[i] = part[i] < 255 ? part[i] : 255;
	return RELEASE(part[0], part[1], part[2]);
}

uint32_t newest_release(const struct ruling *r)
{
	uint32_t newest = 0;

	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		uint32_t n = kernel_is(f, "version") ? release_number(f->value) : 0;

		newest = n > newest ? n : newest;
	}
	return newest;
}

bool has_fact(const struct ruling *r, const char *kind)
{
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	if (kernel_is(f, kind))
		return true;
	return false;
}

static bool has_configuration(const struct ruling *r)
{
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	if (word_is(f->from, "config"))
		return true;
	return false;
}

static const struct kernel_fact *find(const struct kernel *k, const char *option)
{
	const struct kernel_option *o = kernel_option_find(span_text(option));

	return o ? k->option[o - kernel_options] : NULL;
}

bool option_is_on(const struct kernel *k, const char *option)
{
	const struct kernel_fact *f = find(k, option);

	return f && (span_is(f->value, "y") || span_is(f->value, "m"));
}

static const char *architecture_of(const struct kernel *k)
{
	static const struct {
		const char *option, *name;
	} all[] = {
		{ "ARM64", "arm64" }, { "ARM", "arm" },     { "MIPS", "mips" }, { "X86", "x86" },
		{ "PPC", "powerpc" }, { "RISCV", "riscv" }, { "S390", "s390" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (option_is_on(k, all[i].option))
			return all[i].name;
	return NULL;
}

static bool is_about(const struct kernel_fact *f, bool inferred)
{
	bool version = kernel_is(f, "version");

	if (!inferred)
		return word_is(f->from, "config") && (version || kernel_is(f, "option"));
	return version || kernel_is(f, "option");
}

static void add_fact(struct kernel *k, const struct kernel_fact *f)
{
	const struct kernel_option *o;

	if (kernel_is(f, "version")) {
		k->release = k->release ? k->release : f;
		return;
	}
	o = kernel_option_find(f->name);
	if (o)
		k->option[o - kernel_options] = f;
}

bool kernel_next(struct ruling *r, uint32_t *at, struct kernel *k)
{
	const struct facts *all = r->c->facts;
	bool inferred = !has_configuration(r);

	*k = (struct kernel){ .is_inferred = inferred };
	for (; *at < all->count[FACT_KERNEL]; ++*at) {
		const struct kernel_fact *f = (const void *)all->of[FACT_KERNEL][*at];

		if (!is_about(f, inferred))
			continue;
		if (k->node && k->node != f->f.node)
			break;
		if (!k->node)
			k->option =
				arena_take(r->c->arena, kernel_options_count, sizeof(*k->option));
		k->node = f->f.node;
		r->failed |= !k->option;
		if (r->failed)
			return false;
		add_fact(k, f);
	}
	if (!k->node)
		return false;
	k->number = k->release ? release_number(k->release->value) : 0;
	k->architecture = architecture_of(k);
	return true;
}

static bool names(const char *list, const char *one)
{
	return name_matches(span_text(one), list);
}

bool option_applies(const struct kernel *k, const struct kernel_option *o)
{
	if (o->architectures && (!k->architecture || !names(o->architectures, k->architecture)))
		return false;
	return k->number == 0 ||
	       (k->number >= o->since && (o->until == 0 || k->number <= o->until));
}

static bool any_instead(const struct kernel *k, const struct kernel_option *o)
{
	struct span rest = span_text(o->instead ? o->instead : "");

	while (rest.n) {
		const struct kernel_option *other = kernel_option_find(field_next(&rest, ','));

		if (other && option_is_on(k, other->option))
			return true;
	}
	return false;
}

bool option_holds(const struct kernel *k, const struct kernel_option *o)
{
	bool on = option_is_on(k, o->option);

	if (o->wanted == 'a')
		return true;
	return on == (o->wanted == 'y') || any_instead(k, o);
}

void rule_option(struct ruling *r, enum outcome o, const struct kernel *k,
		 const struct kernel_option *row)
{
	const struct kernel_fact *f = k->option[row - kernel_options];

	f = f ? f : k->release;
	if (f)
		rule_fact(r, o, &f->f);
}

bool lacks_configuration(struct ruling *r)
{
	if (has_configuration(r))
		return false;
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		if (kernel_is(f, "version") || kernel_is(f, "option"))
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &f->f);
	}
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_DOCUMENTS_NEEDED, "the kernel brings no configuration along");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no kernel was found");
	return true;
}

const struct kernel_fact *sysctl_of(const struct ruling *r, const char *name)
{
	const struct kernel_fact *last = NULL;

	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		if (kernel_is(f, "sysctl") && span_is(f->name, name))
			last = f;
	}
	return last;
}

static uint32_t count_kernels(struct ruling *r)
{
	struct kernel k;
	uint32_t at = 0, n = 0;

	while (kernel_next(r, &at, &k))
		n++;
	return n;
}

static void passed(struct ruling *r, const char *what)
{
	rule_passed(r, "%s", counted(r, count_kernels(r), "configuration", "configurations"));
	r->of[OUTCOME_PASS].says = what;
}

/* All rows of a check that do not hold, for review; the first that does not. */
static const struct kernel_option *review_rows(struct ruling *r, const struct kernel *k,
					       const char *check)
{
	const struct kernel_option *first = NULL;

	for (size_t i = 0; i < kernel_options_count; i++) {
		const struct kernel_option *o = &kernel_options[i];

		if (!o->check || strcmp(o->check, check) != 0 || !option_applies(k, o) ||
		    option_holds(k, o))
			continue;
		first = first ? first : o;
		rule_option(r, OUTCOME_REVIEW, k, o);
	}
	return first;
}

static void say_rows(struct ruling *r, const struct kernel_option *first, const char *what)
{
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: %s",
			  shown_of(r, span_text(first->option), rule_count(r, OUTCOME_REVIEW)),
			  what);
}

/* -- KERN-01 -- */

static void judge_memory(struct ruling *r)
{
	const struct kernel_option *rwx = kernel_option_find(span_text("STRICT_KERNEL_RWX"));
	const struct kernel_option *first = NULL;
	struct kernel k;
	uint32_t at = 0;

	if (lacks_configuration(r))
		return;
	while (kernel_next(r, &at, &k)) {
		const struct kernel_option *missing = review_rows(r, &k, "KERN-01");

		first = first ? first : missing;
		if (rwx && k.number && option_applies(&k, rwx) && !option_holds(&k, rwx))
			rule_option(r, OUTCOME_FAIL, &k, rwx);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "kernel code and constants are left writable");
	say_rows(r, first, "off in the kernel");
	passed(r, "every protection that this kernel has is on");
}

const struct check check_kern_01 = {
	.id = "KERN-01",
	.group = "KERN",
	.title = "Memory protection of the kernel",
	.rule = "fail if STRICT_KERNEL_RWX is off where the architecture has it and the release is "
		"4.11 or later; review for every other protection of the table that is off and "
		"exists for this architecture and release; pass if all are on; not evaluable "
		"without a configuration",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "33.117 4.3.3.1.5; CRA I(2)(k); ISVS 3.2.7 (L2); ISVS 3.2.1 (L1); CWE-693",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_memory,
};

/* -- KERN-02 -- */

static bool opens_memory(const struct kernel *k, const struct kernel_option *strict)
{
	return option_is_on(k, "DEVMEM") && option_applies(k, strict) &&
	       !option_is_on(k, strict->option);
}

static void judge_raw_memory(struct ruling *r)
{
	const struct kernel_option *strict = kernel_option_find(span_text("STRICT_DEVMEM"));
	const struct kernel_option *kmem = kernel_option_find(span_text("DEVKMEM"));
	const struct kernel_option *first = NULL;
	struct kernel k;
	uint32_t at = 0;

	if (lacks_configuration(r) || !strict || !kmem)
		return;
	while (kernel_next(r, &at, &k)) {
		const struct kernel_option *other = review_rows(r, &k, "KERN-02");

		first = first ? first : other;
		if (opens_memory(&k, strict))
			rule_option(r, OUTCOME_FAIL, &k, strict);
		if (option_is_on(&k, "DEVKMEM"))
			rule_option(r, OUTCOME_FAIL, &k, kmem);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "programs of root may read and write all memory");
	say_rows(r, first, "not as wanted");
	passed(r, "raw memory is closed to programs");
}

const struct check check_kern_02 = {
	.id = "KERN-02",
	.group = "KERN",
	.title = "Access to raw memory",
	.rule = "fail if DEVKMEM is on, or DEVMEM without STRICT_DEVMEM where the architecture has "
		"it; review if IO_STRICT_DEVMEM is off, or PROC_KCORE or LEGACY_PTYS on; otherwise "
		"pass; not evaluable without a configuration",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.6-8 (R); CRA I(2)(k); CWE-782; CWE-732",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_raw_memory,
};

/* -- KERN-03 -- */

static const struct kernel_fact *debugger_line(const struct ruling *r)
{
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		if (kernel_is(f, "command-line") &&
		    span_find(f->value, 0, span_text("kgdboc=")) != SIZE_MAX)
			return f;
	}
	return NULL;
}

static void judge_debugging(struct ruling *r)
{
	const struct kernel_option *serial = kernel_option_find(span_text("KGDB_SERIAL_CONSOLE"));
	const struct kernel_option *first = NULL;
	const struct kernel_fact *line = debugger_line(r);
	struct kernel k;
	uint32_t at = 0;

	while (serial && kernel_next(r, &at, &k)) {
		const struct kernel_option *on = review_rows(r, &k, "KERN-03");

		first = first ? first : on;
		if (line && option_is_on(&k, serial->option)) {
			rule_option(r, OUTCOME_FAIL, &k, serial);
			rule_fact(r, OUTCOME_FAIL, &line->f);
		}
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "the kernel's debugger waits at the serial console");
	say_rows(r, first, "on in the kernel");
	if (!lacks_configuration(r))
		passed(r, "no facility for debugging the kernel is on");
}

const struct check check_kern_03 = {
	.id = "KERN-03",
	.group = "KERN",
	.title = "Debug facilities",
	.rule = "fail if KGDB_SERIAL_CONSOLE is on and a command line has kgdboc; review for KGDB, "
		"KDB, DEBUG_FS, KPROBES, FUNCTION_TRACER, MAGIC_SYSRQ, DYNAMIC_DEBUG, "
		"PROC_PAGE_MONITOR and KEXEC without forced signatures, also where only texts of "
		"the image show them; pass if all are off; not evaluable without a configuration",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.6-4A (M); ISVS 1.3.12 (L1); CWE-489",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_debugging,
};

/* -- KERN-04 -- */

static void judge_forced(struct ruling *r, const struct kernel *k)
{
	const struct kernel_option *force = kernel_option_find(span_text("MODULE_SIG_FORCE"));

	if (!option_is_on(k, "MODULES"))
		return;
	if (option_is_on(k, "MODULE_SIG_FORCE"))
		rule_option(r, OUTCOME_PASS, k, force);
	else
		rule_option(r, OUTCOME_REVIEW, k, force);
}

static void judge_module_files(struct ruling *r, uint32_t *all, uint32_t *open)
{
	EACH_FACT(r, FACT_KERNEL, kernel_fact, f)
	{
		if (!kernel_is(f, "module") || f->is_signed == TRI_NULL)
			continue;
		++*all;
		if (f->is_signed == TRI_YES)
			continue;
		++*open;
		rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
}

static void judge_modules(struct ruling *r)
{
	uint32_t at = 0, all = 0, open = 0, forced;
	bool configured = has_configuration(r);
	struct kernel k;

	while (configured && kernel_next(r, &at, &k))
		judge_forced(r, &k);
	forced = rule_count(r, OUTCOME_PASS);
	if (forced && !rule_count(r, OUTCOME_REVIEW)) {
		passed(r, "the kernel loads only modules that are signed");
		return;
	}
	judge_module_files(r, &all, &open);
	if (open)
		rule_says(r, OUTCOME_REVIEW, "%s of %u without a signature",
			  counted(r, open, "module", "modules"), all);
	else if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "the kernel loads modules without a signature");
	else if (configured)
		rule_says(r, OUTCOME_NOT_APPLICABLE, "the kernel loads no modules");
	else if (all)
		rule_open(r, REASON_DOCUMENTS_NEEDED,
			  "all modules are signed; whether they must be is open");
	else
		lacks_configuration(r);
}

const struct check check_kern_04 = {
	.id = "KERN-04",
	.group = "KERN",
	.title = "Module signing",
	.rule = "pass if MODULE_SIG_FORCE is on; review if it is not, or for modules without a "
		"signature at their end; not applicable if MODULES is off or there is no kernel; "
		"not evaluable if all modules are signed and there is no configuration",
	.does_not_prove = DOES_NOT_PROVE "; that a signature is right, or its key secret",
	.requirements = "ISVS 3.6.1 (L2); CRA I(2)(f); CWE-347",
	.reads = READS(KERNEL) | READS_GAPS,
	.judge = judge_modules,
};
