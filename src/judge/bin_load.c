/* bin_load.c - executables: how they are loaded, what they call, what they carry. */
#include "judge/object.h"
#include "know/know.h"

/* -- BIN-06 -- */

/* Folders that anybody may write to, or that come from a removable medium. */
static bool is_open_folder(struct span folder)
{
	static const char *const open[] = { "/tmp", "/var/tmp", "/mnt", "/media", "/dev/shm" };

	if (folder.n == 0)
		return true;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		if (span_starts(folder, span_text(open[i])) &&
		    (folder.n == strlen(open[i]) || folder.p[strlen(open[i])] == '/'))
			return true;
	return folder.p[0] != '/' && folder.p[0] != '$';
}

static bool is_build_folder(struct span folder)
{
	return span_starts(folder, span_text("/home/")) || span_starts(folder, span_text("/root/"));
}

static enum outcome outcome_of_path(struct span path)
{
	enum outcome worst = OUTCOME_PASS;

	for (size_t at = 0; path.n && at <= path.n;) {
		size_t end = span_find(path, at, span_text(":"));
		struct span folder = span_sub(path, at, (end < path.n ? end : path.n) - at);
		enum outcome o = is_open_folder(folder)    ? OUTCOME_FAIL
				 : is_build_folder(folder) ? OUTCOME_REVIEW
							   : OUTCOME_PASS;

		worst = o < worst ? o : worst;
		at += folder.n + 1;
	}
	return worst;
}

static enum outcome search_of(const struct ruling *r, const struct executable_fact *x)
{
	enum outcome a = outcome_of_path(x->rpath), b = outcome_of_path(x->runpath);

	(void)r;
	return a < b ? a : b;
}

static void judge_search(struct ruling *r)
{
	uint32_t n = object_each(r, search_of);

	object_says(r, OUTCOME_FAIL, n, "libraries are taken from an open folder by");
	object_says(r, OUTCOME_REVIEW, n, "libraries are taken from a build folder by");
	object_passed(r, n);
}

const struct check check_bin_06 = {
	.id = "BIN-06",
	.group = "BIN",
	.title = "Library search path",
	.rule = "fail if RPATH or RUNPATH names a relative folder, or one that anybody may write "
		"to "
		"or that is removable; review for folders of a build host; otherwise pass",
	.does_not_prove = "who may write there on a running device",
	.requirements = "ISVS 3.2.1 (L1); CWE-426; CWE-427",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_search,
};

/* -- BIN-08 -- */

static bool is_always(struct span function)
{
	const struct call_rule *rule = call_rule_find(function);

	return rule && rule->mode && strcmp(rule->mode, "always") == 0;
}

static enum outcome calls_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	for (uint32_t i = 0; i < x->unsafe_calls.n; i++)
		if (is_always(x->unsafe_calls.p[i]))
			return OUTCOME_REVIEW;
	return x->canary == TRI_NULL ? OUTCOME_NOT_EVALUABLE : OUTCOME_PASS;
}

static void judge_calls(struct ruling *r)
{
	uint32_t n = object_each(r, calls_of);

	object_says(r, OUTCOME_REVIEW, n, "functions such as gets, DES or SSL 2 are called by");
	object_passed(r, n);
}

const struct check check_bin_08 = {
	.id = "BIN-08",
	.group = "BIN",
	.title = "Unsafe functions",
	.rule = "review if an object calls a function that the table marks always; counts of the "
		"others stand in the facts; pass if there is none; not evaluable without symbols; "
		"never fail",
	.does_not_prove = "a defect: presence of a call is none",
	.requirements = "ISVS 1.3.3 (L2); 33.117 4.3.3.1.5; CRA I(2)(k); CWE-676; CWE-120; CWE-242",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_calls,
};

/* -- BIN-09 -- */

static enum outcome symbols_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	return x->stripped == TRI_NO ? OUTCOME_REVIEW : OUTCOME_PASS;
}

static void judge_symbols(struct ruling *r)
{
	uint32_t n = object_each(r, symbols_of);

	object_says(r, OUTCOME_REVIEW, n, "a full symbol table is carried by");
	object_passed(r, n);
}

const struct check check_bin_09 = {
	.id = "BIN-09",
	.group = "BIN",
	.title = "Symbols and debug information",
	.rule = "review if a full symbol table is in an object; otherwise pass; it is no defect "
		"and "
		"helps examination",
	.does_not_prove = "anything about security by itself",
	.requirements = "ISVS 1.3.12; ISVS 1.3.14 (L1); CWE-489",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_symbols,
};

/* -- BIN-07 -- */

static enum outcome relocations_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	return x->text_relocations == TRI_YES ? OUTCOME_REVIEW : OUTCOME_PASS;
}

static void judge_text_relocations(struct ruling *r)
{
	uint32_t n = object_each(r, relocations_of);

	object_says(r, OUTCOME_REVIEW, n, "code is patched when it is loaded, in");
	object_passed(r, n);
}

const struct check check_bin_07 = {
	.id = "BIN-07",
	.group = "BIN",
	.title = "Text relocations",
	.rule = "fail in an object that faces the network, review in others, pass if there are "
		"none",
	.does_not_prove = "absence or presence of a memory error",
	.requirements = "ISVS 3.2.7 (L2)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_text_relocations,
};

/* -- BIN-10 -- */

/* What an architecture has; clang's own integrity is built for several. */
#define X86                                                                                        \
	{                                                                                          \
		"Intel 80386", "Advanced Micro Devices X86-64"                                     \
	}
#define ARM                                                                                        \
	{                                                                                          \
		"AArch64", NULL                                                                    \
	}
static const struct flow_guard {
	const char *name, *title, *machines[2];
} guards[] = {
	{ "ibt", "IBT", X86 }, { "shstk", "SHSTK", X86 },        { "bti", "BTI", ARM },
	{ "pac", "PAC", ARM }, { "cfi", "CFI", { NULL, NULL } },
};

#define GUARDS (sizeof(guards) / sizeof(guards[0]))

static bool names_guard(const struct executable_fact *x, const char *name)
{
	for (uint32_t i = 0; i < x->control_flow.n; i++)
		if (span_is(x->control_flow.p[i], name))
			return true;
	return false;
}

static bool may_have(const struct executable_fact *x, const struct flow_guard *g)
{
	for (size_t i = 0; i < 2 && g->machines[i]; i++)
		if (span_is(x->machine, g->machines[i]))
			return true;
	return false;
}

/* Those that lack what their architecture has are for review. Others count for CFI alone. */
static enum outcome flow_of(const struct ruling *r, const struct executable_fact *x)
{
	enum outcome o = OUTCOME_NOT_APPLICABLE;

	(void)r;
	for (size_t i = 0; i < GUARDS; i++) {
		if (names_guard(x, guards[i].name))
			o = o == OUTCOME_REVIEW ? o : OUTCOME_PASS;
		else if (may_have(x, &guards[i]))
			o = OUTCOME_REVIEW;
	}
	return o;
}

/* "IBT 3, SHSTK 12" of the guards that the architectures of the image have. */
static void put_guards(const struct ruling *r, struct text *t)
{
	for (size_t i = 0; i < GUARDS; i++) {
		uint32_t named = 0, able = 0;

		EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
		{
			named += object_is_judged(x) && names_guard(x, guards[i].name);
			able += object_is_judged(x) && may_have(x, &guards[i]);
		}
		if (able || named)
			text_format(t, "%s%s %u", text_span(t).n ? ", " : "", guards[i].title,
				    named);
	}
}

static void judge_control_flow(struct ruling *r)
{
	uint32_t n = object_each(r, flow_of);
	struct text t = { 0 };

	put_guards(r, &t);
	if (n)
		rule_says(r, OUTCOME_REVIEW, "%.*s of %s", (int)text_span(&t).n,
			  (const char *)text_span(&t).p, counted(r, n, "object", "objects"));
	else if (object_count(r))
		rule_says(r, OUTCOME_NOT_APPLICABLE, "the architecture has no such protection");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no program or library was found");
	text_free(&t);
}

const struct check check_bin_10 = {
	.id = "BIN-10",
	.group = "BIN",
	.title = "Control-flow protection",
	.rule = "review with counts of IBT and SHSTK on x86, BTI and PAC on AArch64, and clang's "
		"CFI; not applicable on architectures without them; never fail",
	.does_not_prove = "that the processor and kernel enforce it",
	.requirements = "CRA I(2)(k)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_control_flow,
};

/* -- BIN-11 -- */

static void judge_packed(struct ruling *r)
{
	uint32_t n = object_count(r);

	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		if (object_is_judged(x) && x->packed)
			rule_fact(r, OUTCOME_REVIEW, &x->f);
	}
	object_says(r, OUTCOME_REVIEW, n, "what it holds is hidden by a packer, in");
	object_passed(r, n);
}

const struct check check_bin_11 = {
	.id = "BIN-11",
	.group = "BIN",
	.title = "Packed executables",
	.rule = "review for a packed object, whose other checks are then not evaluable; pass if "
		"there is none",
	.does_not_prove = "why it is packed",
	.requirements = "",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_packed,
};

/* -- BIN-12 -- */

static bool is_old_abi(const struct executable_fact *x)
{
	return x->writable_code && strcmp(x->writable_code, "old abi") == 0;
}

static enum outcome segments_of(const struct ruling *r, const struct executable_fact *x)
{
	(void)r;
	return is_old_abi(x) || (x->writable_code && strcmp(x->writable_code, "yes") == 0)
		       ? OUTCOME_FAIL
		       : OUTCOME_PASS;
}

/* The old ABIs of MIPS and PowerPC are a reason, no excuse. */
static void judge_segments(struct ruling *r)
{
	uint32_t n = object_each(r, segments_of), old = 0;
	uint32_t failed = rule_count(r, OUTCOME_FAIL);

	for (uint32_t i = 0; i < failed; i++)
		old += is_old_abi((const void *)r->of[OUTCOME_FAIL].p[i].fact);
	if (failed && old == failed)
		rule_says(r, OUTCOME_FAIL, "writable code, by an old ABI, in %u of %s", failed,
			  counted(r, n, "object", "objects"));
	else if (old)
		rule_says(r, OUTCOME_FAIL, "writable code in %u of %s, %u by an old ABI", failed,
			  counted(r, n, "object", "objects"), old);
	else
		object_says(r, OUTCOME_FAIL, n, "a segment is writable and executable in");
	object_passed(r, n);
}

const struct check check_bin_12 = {
	.id = "BIN-12",
	.group = "BIN",
	.title = "Writable and executable segments",
	.rule = "fail if a segment to be loaded is writable and executable, also where an old ABI "
		"of MIPS or PowerPC is the reason; otherwise pass",
	.does_not_prove = "that the kernel enforces it",
	.requirements = "ISVS 3.2.7 (L2); 33.117 4.3.3.1.5; CRA I(2)(k)",
	.reads = READS(EXECUTABLE) | READS_GAPS,
	.judge = judge_segments,
};
