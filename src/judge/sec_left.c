/* sec_left.c - what was left behind when the image was made: histories, folders of version control,
 * core dumps, traces of the people who made it; and keys that stand in the code. */
#include "judge/back.h"
#include "judge/secret.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "that a secret is valid today; that it opens anything"

/* -- SEC-08 -- */

static bool is_left_behind(const struct node *n)
{
	struct span name = node_name(n);

	if (n->kind == KIND_DIRECTORY)
		return span_is(name, ".git") || span_is(name, ".svn") || span_is(name, ".hg") ||
		       span_is(name, ".bzr") || span_is(name, "CVS");
	return n->kind == KIND_FILE && n->size > 0 &&
	       name_matches(name, ".*_history,.history,.histfile,.viminfo,.lesshst,.wget-hsts,"
				  ".gdb_history,.gitconfig,*.swp,core,core.[0-9]*");
}

/* "core.1234" is a dump, "core.js" is not; a dump says so itself. */
static bool is_dump(const struct executable_fact *x)
{
	return span_is(span_text(x->type), "CORE");
}

static void judge_left(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	const struct node *first = NULL;

	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		if (word_is(s->holder, "history"))
			rule_fact(r, OUTCOME_FAIL, &s->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s in histories",
			  counted(r, rule_count(r, OUTCOME_FAIL), "secret", "secrets"));
	for (uint32_t i = 0; i < t->count; i++) {
		if (!t->nodes[i]->container || !is_left_behind(t->nodes[i]))
			continue;
		first = first ? first : t->nodes[i];
		rule_node(r, OUTCOME_REVIEW, t->nodes[i]);
	}
	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		if (!is_dump(x))
			continue;
		first = first ? first : x->f.node;
		rule_fact(r, OUTCOME_REVIEW, &x->f);
	}
	if (first)
		rule_says(r, OUTCOME_REVIEW, "%s: left behind",
			  shown_of(r, node_name(first), rule_count(r, OUTCOME_REVIEW)));
	rule_passed(r, "names of files and folders; core dumps");
}

const struct check check_sec_08 = {
	.id = "SEC-08",
	.group = "SEC",
	.title = "Secrets in debug information and history files",
	.rule = "fail if a rule for secrets finds one in a history, a folder of version control or "
		"an editor's traces; review if there are such files, or core dumps; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "ISVS 1.3.14 (L1); ISVS 1.3.12 (L1); CWE-540; CWE-527; CWE-528",
	.reads = READS(EXECUTABLE) | READS(SECRET) | READS_GAPS | READS_TREE,
	.judge = judge_left,
};

/* -- SEC-09 -- */

/* A folder of somebody's home among those a program searches for libraries. */
static bool names_a_home(struct span path)
{
	return span_find(path, 0, span_text("/home/")) != SIZE_MAX ||
	       span_find(path, 0, span_text("/Users/")) != SIZE_MAX;
}

static void judge_people(struct ruling *r)
{
	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		if (names_a_home(x->rpath) || names_a_home(x->runpath))
			rule_fact(r, OUTCOME_REVIEW, &x->f);
	}
	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		if (secret_is_of(s, "ssh"))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s somebody's home folder or login key",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "file names", "files name"));
	rule_unseen(r, "mail addresses and names in paths");
}

const struct check check_sec_09 = {
	.id = "SEC-09",
	.group = "SEC",
	.title = "Personal or developer data left behind",
	.rule = "review for each program that searches somebody's home folder and each login key "
		"that names its owner; not evaluable otherwise: mail addresses and paths within "
		"programs are not looked for",
	.does_not_prove = "whose data it is; that it was not meant to be there",
	.requirements = "EN 6-6; CWE-615",
	.reads = READS(EXECUTABLE) | READS(SECRET) | READS_GAPS,
	.judge = judge_people,
};

/* -- SEC-10 -- */

static bool sets_keys(const struct executable_fact *x)
{
	for (uint32_t i = 0; i < x->calls.n; i++)
		if (is_key_setup(x->calls.p[i]))
			return true;
	return false;
}

/* Keys that files name, and such that programs hand over. */
static void gather_keys(struct ruling *r)
{
	EACH_FACT(r, FACT_SECRET, secret_fact, s)
	{
		if (secret_is_of(s, "key"))
			rule_fact(r, OUTCOME_REVIEW, &s->f);
	}
	EACH_FACT(r, FACT_CONSTANT, constant_fact, f)
	{
		if (word_is(f->constant_kind, "key"))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
}

static void judge_symmetric(struct ruling *r)
{
	uint32_t read = 0;

	gather_keys(r);
	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		bool sets = sets_keys(x), pushes = span_is(x->machine, "Intel 80386");

		read += sets && x->calls_read == TRI_YES && !pushes;
		if (hides_calls(x) || (sets && (x->calls_read != TRI_YES || pushes)))
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &x->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s in files and programs",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "key stands", "keys stand"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_NO_SYMBOLS, "which keys %s cannot be read",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "program sets",
				  "programs set"));
	rule_passed(r, "files by pattern; calls of %s",
		    counted(r, read, "program that sets keys", "programs that set keys"));
}

const struct check check_sec_10 = {
	.id = "SEC-10",
	.group = "SEC",
	.title = "Hard-coded symmetric keys",
	.rule = "review for each key in hexadecimal behind a name that says so, and for each "
		"constant that a program hands to a function that sets a cipher's or MAC's key; "
		"not evaluable where a program is static or such a program cannot be read; pass if "
		"none is found",
	.does_not_prove = DOES_NOT_PROVE "; keys that are put together at run time; ciphers of the "
					 "program's own",
	.requirements = "EN 5.4-3 (M); ISVS 2.4.1 (L1); CWE-321",
	.reads = READS(CONSTANT) | READS(EXECUTABLE) | READS(SECRET) | READS_GAPS,
	.judge = judge_symmetric,
};
