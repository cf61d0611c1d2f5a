/* policy.c - evenhand policy check: what a policy demands, and what is doubtful about it. */
#include "cli/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/log.h"
#include "log/acceptance.h"
#include "log/rules.h"

#define MOST_DEPTH 20 /* of groups that are indented one below another */

static struct policy policy;
static struct policy_check checked;
static struct rules rules;
static struct roster admission;

/* -- words -- */

static void put_name(struct text *t, struct span name)
{
	text_escape(t, name, "");
}

static void say_logs(const struct policy *p, struct text *t)
{
	if (p->log_count == 0)
		text_puts(t, "log          none\n");
	for (uint32_t i = 0; i < p->log_count; i++) {
		text_puts(t, i ? "          or " : "log          ");
		put_name(t, p->logs[i].key.name);
		text_format(t, "  line %u\n", p->logs[i].line);
	}
}

static void say_indent(struct text *t, uint32_t depth)
{
	text_format(t, "%*s", 13 + 2 * (int)(depth < MOST_DEPTH ? depth : MOST_DEPTH), "");
}

static void say_witness(const struct policy *p, uint32_t i, struct text *t)
{
	put_name(t, p->witnesses[i].name);
	text_puts(t, "  ");
	put_name(t, p->witnesses[i].key.name);
	text_format(t, "  line %u\n", p->witnesses[i].line);
}

static void say_group(const struct policy *p, uint32_t i, struct text *t)
{
	const struct policy_group *g = &p->groups[i];

	put_name(t, g->name);
	if (g->needed == g->members && g->members > 1)
		text_format(t, "  all %u of these  line %u\n", g->members, g->line);
	else
		text_format(t, "  %u of these %u  line %u\n", g->needed, g->members, g->line);
}

/* From the quorum down, the members in the order of the file. The next group is always the one of
 * the stack's end; members are looked up again, since a policy keeps parents alone. */
struct walk {
	uint32_t group[POLICY_MOST_GROUPS];
	uint32_t next[POLICY_MOST_GROUPS]; /* witnesses first, then groups */
	uint32_t depth;
};

static void say_quorum_below(const struct policy *p, struct walk *w, struct text *t)
{
	while (w->depth > 0) {
		uint32_t group = w->group[w->depth - 1], at = w->next[w->depth - 1]++;

		if (at >= p->witness_count + p->group_count) {
			w->depth--;
		} else if (at < p->witness_count) {
			if (p->witnesses[at].parent == group) {
				say_indent(t, w->depth);
				say_witness(p, at, t);
			}
		} else if (p->groups[at - p->witness_count].parent == group) {
			say_indent(t, w->depth);
			say_group(p, at - p->witness_count, t);
			w->group[w->depth] = at - p->witness_count;
			w->next[w->depth++] = 0;
		}
	}
}

static void say_quorum(const struct policy *p, struct text *t)
{
	static struct walk w;

	text_puts(t, "quorum       ");
	if (p->is_quorum_none) {
		text_format(t, "none  line %u\n", p->quorum_line);
	} else if (!p->is_quorum_group) {
		say_witness(p, p->quorum, t);
	} else {
		say_group(p, p->quorum, t);
		w = (struct walk){ .group = { p->quorum }, .depth = 1 };
		say_quorum_below(p, &w, t);
	}
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

static void say_splitters(const struct policy_check *c, struct text *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->policy->witness_count && n < 8; i++)
		if (c->weight.splits[i]) {
			text_puts(t, n++ ? ", " : "             such as ");
			put_name(t, c->policy->witnesses[i].name);
		}
	text_puts(t, n < c->weight.to_split ? " and others\n" : "\n");
}

static void say_numbers(const struct policy_check *c, struct text *t)
{
	const struct policy_weight *w = &c->weight;
	uint32_t all = 0;

	if (c->policy->is_quorum_none)
		return;
	for (uint32_t i = 0; i < c->policy->witness_count; i++)
		all += w->counts[i];
	text_format(t, "passes       with %u of %u witness%s, at the least\n", w->to_pass, all,
		    all == 1 ? "" : "es");
	text_format(t, "stops        where %u of them fall%s silent, at the least\n", w->to_stop,
		    w->to_stop == 1 ? "s" : "");
	if (w->to_split == 0) {
		text_puts(t, "split view   with honest witnesses alone\n");
		return;
	}
	text_format(t, "split view   only where %u witness%s sign%s two histories, at the least,\n",
		    w->to_split, w->to_split == 1 ? "" : "es", w->to_split == 1 ? "s" : "");
	say_splitters(c, t);
}

void policy_check_say(const struct policy_check *c, struct text *out)
{
	if (c->warning_count)
		text_format(out, "%u warning%s\n\n", c->warning_count, plural(c->warning_count));
	else
		text_puts(out, "no warning\n\n");
	say_logs(c->policy, out);
	say_quorum(c->policy, out);
	say_numbers(c, out);
}

/* -- the command -- */

/* A file with lines. False after an error was printed. */
static bool take_file(const char *path, size_t most, struct span *file)
{
	file->p = small_file(path, most, &file->n);
	return file->p != NULL;
}

static bool wrong_line(const char *path, uint32_t line, const char *what, const char *advice)
{
	char where[4200];

	snprintf(where, sizeof(where), "%s:%u", path, line);
	return complain(where, advice, "%s", what);
}

bool policy_file_read(const char *path, struct policy *p, struct span *file)
{
	const char *wrong;

	if (!take_file(path, POLICY_MOST_BYTES, file))
		return false;
	wrong = policy_read(*file, p);
	return !wrong || wrong_line(path, p->wrong_line, wrong, ACCEPTANCE_FILES);
}

static bool read_rosters(const struct options *o, struct span *rules_file,
			 struct span *admission_file)
{
	const char *wrong;
	uint32_t line = 0;

	if (o->signing.rules) {
		if (!take_file(o->signing.rules, RULES_MOST_BYTES, rules_file))
			return false;
		wrong = rules_read(*rules_file, &rules);
		if (wrong)
			return wrong_line(o->signing.rules, rules.wrong_line, wrong,
					  ACCEPTANCE_FILES);
		policy_check_add(&checked, &rules.roster, IN_RULES);
		policy_check_needs(&checked, &rules,
				   o->signing.at ? o->signing.at : (int64_t)time(NULL));
	}
	if (o->logging.admission) {
		if (!take_file(o->logging.admission, RULES_MOST_BYTES, admission_file))
			return false;
		wrong = roster_read(*admission_file, &admission, &line);
		if (wrong)
			return wrong_line(o->logging.admission, line, wrong,
					  "key NAME ROLE BASE64 [from DAY] [until DAY]");
		policy_check_add(&checked, &admission, IN_ADMISSION);
	}
	return true;
}

static int print_check(void)
{
	struct text out = { 0 };
	bool ok;

	policy_check_warn(&checked);
	policy_check_say(&checked, &out);
	text_put(&out, text_span(&checked.warnings));
	ok = !out.failed && !checked.warnings.failed && fwrite(out.p, 1, out.n, stdout) == out.n &&
	     fflush(stdout) == 0;
	text_free(&out);
	text_free(&checked.warnings);
	if (!ok)
		return complain(NULL, NULL, "it could not be written"), EXIT_TROUBLE;
	return checked.warning_count ? EXIT_FAILED : EXIT_PASSED;
}

static int check(struct options *o)
{
	struct span files[3] = { { 0 } };
	int code = EXIT_TROUBLE;

	if (policy_file_read(o->inputs[0], &policy, &files[0])) {
		policy_check_start(&checked, &policy);
		if (read_rosters(o, &files[1], &files[2]))
			code = print_check();
	}
	for (int i = 0; i < 3; i++)
		free((void *)(uintptr_t)files[i].p);
	return code;
}

static const struct option_row *const rows[] = { &option_rules, &option_admission, &option_at,
						 NULL };

const struct command command_policy_check = {
	.name = "policy check",
	.usage = "policy check [options] FILE",
	.about = "Says in words what a policy of logs and witnesses demands, how many witnesses\n"
		 "must be dishonest before two histories pass, and warns of what is doubtful.",
	.options = rows,
	.notes = "Warned of: a split view that needs no dishonest witness; one key or one\n"
		 "operator in two roles; an issuer that witnesses itself; witnesses that count\n"
		 "nowhere; rules that need more keys than count on the day (--at, otherwise\n"
		 "today).\n"
		 "Exit: 0 nothing to warn of, 1 warnings, 2 no check.",
	.run = check,
	.least = 1,
	.most = 1,
};
