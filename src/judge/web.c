/* web.c - what handlers do with requests, which routes there are, and how sessions are kept. */
#include "judge/web.h"

#include <stdlib.h>

#include "judge/back.h"
#include "judge/role.h"
#include "observe/observe.h"

bool web_is(const struct web_fact *w, const char *kind)
{
	return word_is(w->web_kind, kind);
}

bool web_tells(const struct web_fact *w, const char *kind, const char *name)
{
	return web_is(w, kind) && span_is(w->name, name);
}

uint32_t web_count(const struct ruling *r, const char *kind)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_WEB, web_fact, w)
	n += web_is(w, kind);
	return n;
}

bool web_is_there(struct ruling *r)
{
	if (web_count(r, "server") + web_count(r, "handler") + web_count(r, "route") > 0)
		return true;
	rule_says(r, OUTCOME_NOT_APPLICABLE, "no web server and no handler was found");
	return false;
}

bool web_is_script(const struct web_fact *w)
{
	return web_is(w, "handler") && name_matches(w->detail, "shell script,PHP,Lua,Perl,Python");
}

bool web_is_on(struct span value)
{
	return value.n > 0 && value_switch(value) != TRI_NO;
}

/* -- WEB-01 -- */

/* A program without symbols may run anything. */
static bool is_closed(const struct node *n)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE) {
			const struct executable_fact *x = (const void *)f;

			return x->is_static == TRI_YES && x->stripped == TRI_YES;
		}
	return false;
}

static void judge_commands(struct ruling *r)
{
	uint32_t programs = 0, looked = 0;

	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		bool runs = web_tells(w, "call", "runs a shell");

		looked += web_is(w, "handler") || web_is(w, "server");
		programs += runs;
		if (web_tells(w, "call", "command with a request value"))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (runs || web_tells(w, "call", "command format") ||
			 web_tells(w, "call", "command"))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
		else if ((web_is(w, "handler") || web_is(w, "server")) && is_closed(w->f.node))
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &w->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s a request's value to a command unquoted",
			  counted(r, rule_count(r, OUTCOME_FAIL), "line gives", "lines give"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s a shell; its command formats are listed",
			  counted(r, programs, "web program runs", "web programs run"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_NO_SYMBOLS, "%s no symbols",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "web program has",
				  "web programs have"));
	rule_passed(r, "%s", counted(r, looked, "server or handler", "servers and handlers"));
}

const struct check check_web_01 = {
	.id = "WEB-01",
	.group = "WEB",
	.title = "Shell commands in request handlers",
	.rule = "fail if a script gives what a request says to a command without quotes or "
		"filter; review if a program of the web interface runs a shell, with the formats "
		"of its commands; not evaluable without symbols; pass if none does",
	.does_not_prove = "exploitability; that a filter elsewhere does not help; one web program "
			  "of many handlers makes all of them share its calls",
	.requirements = "33.117 4.2.5.4; EN 5.13-1B (M); CRA I(2)(k); ISVS 1.3.15 (L1); CWE-78; "
			"CWE-77",
	.reads = READS(EXECUTABLE) | READS(WEB) | READS_GAPS,
	.judge = judge_commands,
};

/* -- WEB-02 -- */

static void judge_evaluation(struct ruling *r)
{
	static const char *const fails[] = { "evaluation of a request value",
					     "include of a request value",
					     "command with a request value" };
	uint32_t scripts = 0;

	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		scripts += web_is_script(w);
		for (size_t i = 0; i < sizeof(fails) / sizeof(fails[0]); i++)
			if (web_tells(w, "call", fails[i]))
				rule_fact(r, OUTCOME_FAIL, &w->f);
		if (web_tells(w, "call", "evaluation") || web_tells(w, "call", "command"))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "a request's value is run or evaluated in %s",
			  counted(r, rule_count(r, OUTCOME_FAIL), "line", "lines"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s a command or evaluate text",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "line of scripts may run",
				  "lines of scripts may run"));
	if (scripts)
		rule_passed(r, "%s", counted(r, scripts, "script", "scripts"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no handler is a script");
}

const struct check check_web_02 = {
	.id = "WEB-02",
	.group = "WEB",
	.title = "Script handlers evaluating input",
	.rule = "fail if in one script what a request says reaches a command, an evaluation or an "
		"include without a filter; review if a handler's script runs commands or "
		"evaluates text otherwise; pass if none does; not applicable without such scripts",
	.does_not_prove = "exploitability; a value that goes through another file or a function "
			  "is not followed",
	.requirements = "33.117 4.2.5.4; EN 5.13-1B (M); CRA I(2)(k); ISVS 1.3.15 (L1); CWE-95; "
			"CWE-98; CWE-502; CWE-78",
	.reads = READS(WEB) | READS_GAPS,
	.judge = judge_evaluation,
};

/* -- WEB-03 -- */

/* "/goform/x" and "x" lead to the same place, "apply.cgi*" to apply.cgi. */
static struct span last_part(struct span url)
{
	while (url.n && (url.p[url.n - 1] == '*' || url.p[url.n - 1] == '/'))
		url.n--;
	for (size_t i = url.n; i > 0; i--)
		if (url.p[i - 1] == '/')
			return span_from(url, i);
	return url;
}

static int by_part(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

static bool is_known_to_program(const struct web_fact *w)
{
	return web_is(w, "route") &&
	       (span_is(w->detail, "name in a program") || span_is(w->detail, "table"));
}

static void judge_unlinked(struct ruling *r)
{
	uint32_t routes = web_count(r, "route"), linked = 0, known = 0;
	struct span *parts = arena_take(r->c->arena, routes, sizeof(*parts));

	if (!parts) {
		r->failed = true;
		return;
	}
	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	if (web_is(w, "route") && !is_known_to_program(w))
		parts[linked++] = last_part(w->name);
	qsort(parts, linked, sizeof(*parts), by_part);
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		struct span part = last_part(w->name);

		if (!is_known_to_program(w))
			continue;
		known++;
		if (indicator_stands_in(r, "*", &w->f))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (!bsearch(&part, parts, linked, sizeof(*parts), by_part))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s published as an indicator",
			  counted(r, rule_count(r, OUTCOME_FAIL), "route is", "routes are"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s linked from no page that was read",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "route is", "routes are"));
	rule_passed(r, "%s", counted(r, known, "route", "routes"));
}

const struct check check_web_03 = {
	.id = "WEB-03",
	.group = "WEB",
	.title = "Routes not linked from the interface",
	.rule = "review if a program of the web interface knows a route to which no page and no "
		"script leads, with a list; fail if one of them is published as an indicator; "
		"otherwise pass",
	.does_not_prove = "intent: routes for mobile applications and for management systems are "
			  "linked from no page",
	.requirements = "TR.C.2 (MUST NOT); ISVS 1.3.12 (L1); CWE-912; CWE-425; CWE-489",
	.reads = READS(INDICATOR) | READS(WEB) | READS_GAPS,
	.judge = judge_unlinked,
};

/* -- WEB-04 -- */

static void judge_exempt(struct ruling *r)
{
	bool closed = false;

	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		if (web_is(w, "exempt") || web_tells(w, "setting", "ubus without login"))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
		closed |= is_known_to_program(w);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s to ask for no login",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "route seems", "routes seem"));
	else if (closed)
		rule_open(r, REASON_NO_SYMBOLS, "which routes need no login is in compiled code");
	rule_passed(r, "access lists, controllers and names of routes");
}

const struct check check_web_04 = {
	.id = "WEB-04",
	.group = "WEB",
	.title = "Routes exempt from authentication",
	.rule = "review if a list, a setting or a name says that a route asks for no login; not "
		"evaluable if compiled code decides; otherwise pass",
	.does_not_prove = "that such a route changes anything; that every other route asks",
	.requirements = "33.117 4.2.3.4.1.1; EN 5.5-5 (M); EN 5.6-2 (M); CWE-306; CWE-288; CWE-290",
	.reads = READS(WEB) | READS_GAPS,
	.judge = judge_exempt,
};

/* -- WEB-05 -- */

static void judge_sessions(struct ruling *r)
{
	uint32_t cookies = 0, open = 0, tokens = 0;

	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		tokens += web_tells(w, "setting", "forgery token");
		if (!web_tells(w, "setting", "cookie"))
			continue;
		cookies++;
		if (value_has(w->detail, "HttpOnly") && value_has(w->detail, "Secure"))
			continue;
		open++;
		rule_fact(r, OUTCOME_REVIEW, &w->f);
	}
	if (open)
		rule_says(r, OUTCOME_REVIEW, "%s without HttpOnly and Secure%s",
			  counted(r, open, "cookie is set", "cookies are set"),
			  tokens ? "" : "; no CSRF token");
	else if (cookies && !tokens)
		rule_says(r, OUTCOME_REVIEW, "no token against forged requests was found");
	else if (!cookies)
		rule_open(r, REASON_NO_SYMBOLS, "no cookie is set in what can be read");
	if (cookies)
		rule_passed(r, "%s", counted(r, cookies, "cookie", "cookies"));
}

const struct check check_web_05 = {
	.id = "WEB-05",
	.group = "WEB",
	.title = "Session handling",
	.rule = "review if a cookie is set without HttpOnly and Secure, or no token against forged "
		"requests is found; pass if all are there; not evaluable if no cookie is set in "
		"what can be read",
	.does_not_prove = "that the session's number is random or expires: compiled code decides",
	.requirements = "33.117 4.2.5.3; 33.117 4.2.3.5.2; TR.D.12 (MUST); CWE-330; CWE-352; "
			"CWE-613; CWE-614",
	.reads = READS(WEB) | READS_GAPS,
	.judge = judge_sessions,
};
