/* bin.c - hardening of executables: memory protection. Which programs face the network is no fact
 * yet, so what is asked of those alone is for review. */
#include "judge/object.h"
#include "observe/observe.h"

static const char *const kernels[] = { "vmlinu", "zImage", "uImage" };

/* A program or library of a root file system. Kernel modules and other relocatable files, kernels,
 * and firmware of peripherals do not run as processes. */
bool object_is_judged(const struct executable_fact *x)
{
	struct span path = x->f.node->path, name = node_name(x->f.node);

	if (!x->f.node->container || (!word_is(x->type, "EXEC") && !word_is(x->type, "DYN")))
		return false;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		if (span_starts(name, span_text(kernels[i])))
			return false;
	return span_find(path, 0, span_text("/lib/firmware/")) == SIZE_MAX &&
	       !span_ends(name, span_text(".ko"));
}

/* Old linkers gave libraries the mark of programs (DT_DEBUG): there the name decides. */
bool object_is_library(const struct executable_fact *x)
{
	bool is_named = span_find(node_name(x->f.node), 0, span_text(".so")) != SIZE_MAX;

	return word_is(x->pie, "shared object") || (is_named && x->interpreter.n == 0);
}

bool object_calls(const struct executable_fact *x, const char *names)
{
	for (uint32_t i = 0; i < x->calls.n; i++)
		if (name_matches(x->calls.p[i], names))
			return true;
	return false;
}

uint32_t object_count(const struct ruling *r)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		n += object_is_judged(x);
	}
	return n;
}

/* Sorts every object by what the rule says of it; OUTCOME_NOT_APPLICABLE counts as no object. */
uint32_t object_each(struct ruling *r, object_rule *rule)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		enum outcome o = object_is_judged(x) ? rule(r, x) : OUTCOME_NOT_APPLICABLE;

		if (x->packed && o > OUTCOME_FAIL && o < OUTCOME_NOT_APPLICABLE)
			o = OUTCOME_NOT_EVALUABLE; /* it speaks of the packer, not of the program */
		n += o != OUTCOME_NOT_APPLICABLE;
		if (o < OUTCOME_PASS)
			rule_fact(r, o, &x->f);
	}
	return n;
}

/* "what n of m objects" for an outcome that was met. */
void object_says(struct ruling *r, enum outcome o, uint32_t of, const char *what)
{
	if (rule_count(r, o))
		rule_says(r, o, "%s %s %s", what, counted(r, rule_count(r, o), "of", "of"),
			  counted(r, of, "object", "objects"));
}

/* Those without symbols, and those that a packer hides, leave the question open. */
static void say_open(struct ruling *r)
{
	uint32_t n = rule_count(r, OUTCOME_NOT_EVALUABLE), packed = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct fact *f = r->of[OUTCOME_NOT_EVALUABLE].p[i].fact;

		packed += ((const struct executable_fact *)(const void *)f)->packed != NULL;
	}
	if (packed)
		rule_open(r, REASON_OPAQUE_REGION, "%s packed",
			  counted(r, packed, "object is", "objects are"));
	else if (n)
		rule_open(r, REASON_NO_SYMBOLS, "%s no symbols to tell it by",
			  counted(r, n, "object has", "objects have"));
}

void object_passed(struct ruling *r, uint32_t of)
{
	say_open(r);
	if (of)
		rule_passed(r, "%s", counted(r, of, "object", "objects"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no program or library was found");
}

/* -- BIN-01 -- */

/* What a missing PT_GNU_STACK means to Linux (arch/.../include/asm/elf.h). Old MIPS kernels ignore
 * the flag. */
static const struct {
	const char *machine;
	enum outcome missing, executable;
} stacks[] = {
	{ "Intel 80386", OUTCOME_FAIL, OUTCOME_FAIL },
	{ "ARM", OUTCOME_FAIL, OUTCOME_FAIL },
	{ "AArch64", OUTCOME_PASS, OUTCOME_FAIL },
	{ "RISC-V", OUTCOME_PASS, OUTCOME_FAIL },
	{ "PowerPC64", OUTCOME_PASS, OUTCOME_FAIL },
	{ "MIPS R3000", OUTCOME_REVIEW, OUTCOME_REVIEW },
};

static enum outcome stack_of(const struct ruling *r, const struct executable_fact *x)
{
	enum outcome missing = OUTCOME_REVIEW, executable = OUTCOME_FAIL;

	(void)r;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
		if (span_is(x->machine, stacks[i].machine)) {
			missing = stacks[i].missing;
			executable = stacks[i].executable;
		}
	return x->nx == TRI_YES ? OUTCOME_PASS : x->nx == TRI_NO ? executable : missing;
}

static void judge_stack(struct ruling *r)
{
	uint32_t n = object_each(r, stack_of);

	object_says(r, OUTCOME_FAIL, n, "an executable stack is asked for by");
	object_says(r, OUTCOME_REVIEW, n, "the stack is left to the kernel's default by");
	object_passed(r, n);
}

const struct check check_bin_01 = {
	.id = "BIN-01",
	.group = "BIN",
	.title = "Non-executable stack",
	.rule = "fail for an object that asks for an executable stack, or says nothing where that "
		"means executable; review where the kernel may ignore it (MIPS) or its default is "
		"not certain; otherwise pass",
	.does_not_prove =
		"that the kernel enforces it; a process also takes what its libraries ask",
	.requirements = "33.117 4.3.3.1.5; ISVS 1.3.8 (L2); CRA I(2)(k)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_stack,
};

/* -- BIN-02 -- */

static enum outcome position_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	if (object_is_library(x))
		return OUTCOME_NOT_APPLICABLE;
	return word_is(x->pie, "yes") ? OUTCOME_PASS : OUTCOME_REVIEW;
}

static void judge_position(struct ruling *r)
{
	uint32_t n = object_each(r, position_of);

	object_says(r, OUTCOME_REVIEW, n, "a fixed load address is asked for by");
	object_passed(r, n);
}

const struct check check_bin_02 = {
	.id = "BIN-02",
	.group = "BIN",
	.title = "Position independence of programs",
	.rule = "pass for position-independent programs; fail for a program at a fixed address "
		"that "
		"faces the network; review for others; not applicable to libraries",
	.does_not_prove = "that the kernel randomises addresses",
	.requirements = "ISVS 1.3.9 (L2); 33.117 4.3.3.1.5; CRA I(2)(k)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_position,
};

/* -- BIN-03 -- */

static enum outcome relro_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	if (!x->relro)
		return OUTCOME_NOT_APPLICABLE;
	return word_is(x->relro, "full") ? OUTCOME_PASS : OUTCOME_REVIEW;
}

static void judge_relro(struct ruling *r)
{
	uint32_t n = object_each(r, relro_of);

	object_says(r, OUTCOME_REVIEW, n, "linkage tables stay writable in");
	object_passed(r, n);
}

const struct check check_bin_03 = {
	.id = "BIN-03",
	.group = "BIN",
	.title = "RELRO",
	.rule = "pass if full (GNU_RELRO and immediate binding); review if partial; fail if none "
		"in "
		"an object that faces the network, review in others",
	.does_not_prove = "absence or presence of a memory error",
	.requirements = "ISVS 1.3.11 (L2); CRA I(2)(k)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_relro,
};

/* -- BIN-04 -- */

/* Functions that glibc has a checked form of (its folder debug). */
static const char *const fortifiable[] = {
	"fgets",    "fprintf", "gets",     "memcpy",  "memmove",   "memset",   "printf", "read",
	"realpath", "recv",    "snprintf", "sprintf", "stpcpy",    "strcat",   "strcpy", "strncat",
	"strncpy",  "syslog",  "vfprintf", "vprintf", "vsnprintf", "vsprintf", "wcscpy",
};

static bool calls_fortifiable(const struct executable_fact *x)
{
	for (uint32_t i = 0; i < x->unsafe_calls.n; i++)
		for (size_t k = 0; k < sizeof(fortifiable) / sizeof(fortifiable[0]); k++)
			if (span_is(x->unsafe_calls.p[i], fortifiable[k]))
				return true;
	return false;
}

static enum outcome canary_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	if (x->canary == TRI_NULL)
		return OUTCOME_NOT_EVALUABLE;
	/* Without a call that fills buffers there may be nothing to protect. */
	return x->canary == TRI_YES || !calls_fortifiable(x) ? OUTCOME_PASS : OUTCOME_REVIEW;
}

static void judge_canary(struct ruling *r)
{
	uint32_t n = object_each(r, canary_of);

	object_says(r, OUTCOME_REVIEW, n, "buffers are filled without a stack protector in");
	object_passed(r, n);
}

const struct check check_bin_04 = {
	.id = "BIN-04",
	.group = "BIN",
	.title = "Stack protector",
	.rule = "pass if the object uses __stack_chk_fail, or calls no function that fills "
		"buffers; "
		"review otherwise; not evaluable without symbols; never fail",
	.does_not_prove = "absence or presence of a memory error",
	.requirements = "ISVS 1.3.10 (L2); 33.117 4.3.3.1.5; CRA I(2)(k); CWE-121",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_canary,
};

/* -- BIN-05 -- */

/* musl and uClibc have no checked forms. */
static enum outcome fortify_of(const struct ruling *r, const struct executable_fact *x)
{
	if (has_other_libc(r, x->f.node))
		return OUTCOME_NOT_APPLICABLE;
	if (x->fortify == TRI_NULL)
		return OUTCOME_NOT_EVALUABLE;
	return x->fortify == TRI_YES || !calls_fortifiable(x) ? OUTCOME_PASS : OUTCOME_REVIEW;
}

static void judge_fortify(struct ruling *r)
{
	uint32_t n = object_each(r, fortify_of);

	object_says(r, OUTCOME_REVIEW, n, "no checked form of any function is called by");
	object_passed(r, n);
	if (n == 0 && object_count(r))
		rule_says(r, OUTCOME_NOT_APPLICABLE, "the C library has no checked functions");
}

const struct check check_bin_05 = {
	.id = "BIN-05",
	.group = "BIN",
	.title = "FORTIFY_SOURCE",
	.rule = "pass if a checked form is called or no function that has one; review if such "
		"functions are called and none is checked; not applicable with musl and uClibc; "
		"not "
		"evaluable without symbols",
	.does_not_prove = "that every call is checked",
	.requirements = "ISVS 1.3.7 (L2); 33.117 4.3.3.1.5; CWE-120",
	.reads = READS(COMPONENT) | READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_fortify,
};
