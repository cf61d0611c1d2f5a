/* web_server.c - how servers are set up, and what lies in their folders. */
#include "judge/role.h"
#include "judge/web.h"
#include "observe/observe.h"

/* -- WEB-06 -- */

/* A listener of a web server, if the port says so. */
static bool is_port(const struct service_fact *s, uint32_t one, uint32_t other)
{
	return s->enabled && (s->port == one || s->port == other);
}

static bool is_server_in_clear(const struct web_fact *w)
{
	return web_tells(w, "setting", "port") || web_tells(w, "server", "httpd") ||
	       (web_is(w, "server") && span_is(w->detail, "configuration"));
}

static uint32_t servers_with_tls(const struct ruling *r)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_WEB, web_fact, w)
	n += web_tells(w, "setting", "tls") && web_is_on(w->detail);
	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	n += is_port(s, 443, 8443);
	return n;
}

static void rule_servers_in_clear(struct ruling *r)
{
	EACH_FACT(r, FACT_WEB, web_fact, w)
	if (is_server_in_clear(w))
		rule_fact(r, OUTCOME_REVIEW, &w->f);
	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	if (is_port(s, 80, 8080))
		rule_fact(r, OUTCOME_REVIEW, &s->f);
}

/* Switches by which the servers in clear are reached from outside, too; those of shells are none.
 */
static void rule_remote_switches(struct ruling *r)
{
	EACH_SETTING(r, "remote management", s)
	if (!value_has(s->command, "telnet") && !value_has(s->command, "ssh") &&
	    value_switch(setting_value(s)) == TRI_YES)
		rule_fact(r, OUTCOME_FAIL, &s->f);
}

static void judge_tls(struct ruling *r)
{
	if (!web_is_there(r))
		return;
	if (servers_with_tls(r)) {
		rule_passed(r, "configurations, start scripts and listeners");
		rule_says(r, OUTCOME_PASS, "a server is set up for TLS");
		return;
	}
	rule_servers_in_clear(r);
	if (rule_count(r, OUTCOME_REVIEW) == 0) {
		rule_open(r, REASON_RUNTIME_ONLY, "no file says how the server is set up");
		return;
	}
	rule_says(r, OUTCOME_REVIEW, "a server is set up, and nothing says TLS");
	rule_remote_switches(r);
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "remote management is on, and nothing says TLS");
}

const struct check check_web_06 = {
	.id = "WEB-06",
	.group = "WEB",
	.title = "HTTPS for management",
	.rule = "pass if a configuration, a command line or a listener says that a web server uses "
		"TLS; fail if a server is set up, nothing says so, and a switch of remote "
		"management is on by default; review without such a switch; not evaluable if no "
		"file says how it is set up",
	.does_not_prove = "which interface is reached from where; that HTTP is off beside HTTPS",
	.requirements =
		"33.117 4.2.5.1; TR.D.3 (SHOULD); TR.D.5 (MUST); EN 5.5-1 (M); EN 5.5-7 (M); "
		"CWE-319",
	.reads = READS(LISTENER) | READS(SERVICE) | READS(WEB) | READS_GAPS,
	.judge = judge_tls,
};

/* -- WEB-07 -- */

static bool runs_commands(const struct node *n)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_WEB && web_is((const struct web_fact *)f, "call"))
			return true;
	return false;
}

static bool lists_folders(const struct web_fact *w)
{
	return web_tells(w, "setting", "directory listing") && web_is_on(w->detail);
}

static void judge_leftovers(struct ruling *r)
{
	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		bool sample = web_is(w, "leftover") && span_is(w->detail, "sample program");

		if (web_is(w, "leftover") && span_is(w->detail, "phpinfo"))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (sample && runs_commands(w->f.node))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (web_is(w, "leftover") || lists_folders(w))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s the server's set-up or runs commands",
			  counted(r, rule_count(r, OUTCOME_FAIL), "left-over file shows",
				  "left-over files show"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s left over in the web root",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "file or setting is",
				  "files and settings are"));
	rule_passed(r, "names below web roots, and settings");
}

const struct check check_web_07 = {
	.id = "WEB-07",
	.group = "WEB",
	.title = "Server leftovers",
	.rule = "fail if a page shows the server's set-up (phpinfo) or a sample program runs "
		"commands; review if backup files, source maps, sample programs, folders of "
		"version control or listings of folders are there; otherwise pass",
	.does_not_prove = "that the server hands the file out",
	.requirements =
		"33.117 4.3.4.9; 33.117 4.3.4.10; 33.117 4.3.4.11; CWE-548; CWE-200; CWE-531",
	.reads = READS(WEB) | READS_GAPS,
	.judge = judge_leftovers,
};

/* -- WEB-08 -- */

static bool is_below(struct span path, struct span folder)
{
	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	return folder.n > 1 && span_starts(path, folder) &&
	       (path.n == folder.n || path.p[folder.n] == '/');
}

/* Whether a value of that setting in the same configuration covers the path. */
static bool is_covered(const struct ruling *r, const struct web_fact *of, const char *name,
		       struct span path)
{
	EACH_FACT(r, FACT_WEB, web_fact, w)
	if (w->f.node == of->f.node && web_tells(w, "setting", name) &&
	    span_byte(w->detail, 0) == '/' && is_below(path, w->detail))
		return true;
	return false;
}

static void judge_uploads(struct ruling *r)
{
	uint32_t configured = 0;

	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		struct span path = w->f.node->path;

		configured += web_is(w, "server") && span_is(w->detail, "configuration");
		if (web_tells(w, "setting", "upload folder") && is_covered(r, w, "cgi", w->detail))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (web_tells(w, "setting", "upload folder") &&
			 is_covered(r, w, "document root", w->detail))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
		else if (web_tells(w, "setting", "write methods") && web_is_on(w->detail))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
		else if (web_tells(w, "setting", "document root") && is_below(path, w->detail))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "uploads go to a folder whose files are run");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "uploads or configurations lie in the web root");
	if (configured)
		rule_passed(r, "%s", counted(r, configured, "configuration", "configurations"));
	else
		rule_open(r, REASON_RUNTIME_ONLY, "no configuration says where uploads go");
}

const struct check check_web_08 = {
	.id = "WEB-08",
	.group = "WEB",
	.title = "Upload and write paths",
	.rule = "fail if uploads are written below a path whose files are run; review if they, or "
		"the server's configuration, lie below the web root, or files may be written by "
		"HTTP; not evaluable without a configuration; otherwise pass",
	.does_not_prove = "where handlers themselves write",
	.requirements = "33.117 4.3.4.6; 33.117 4.3.4.14; 33.117 4.3.4.15; CWE-434; CWE-22",
	.reads = READS(WEB) | READS_GAPS,
	.judge = judge_uploads,
};

/* -- WEB-09 -- */

/* An interpreter that a URL reaches runs what the request sends. */
static bool is_interpreter(const struct web_fact *w)
{
	return web_is(w, "handler") &&
	       name_matches(node_name(w->f.node),
			    "php.cgi,php-cgi,perl,perl.cgi,sh,bash,python,busybox,lua,php");
}

static void judge_includes(struct ruling *r)
{
	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_WEB, web_fact, w)
	{
		bool includes = web_tells(w, "setting", "options") &&
				value_has(w->detail, "Includes") &&
				!value_has(w->detail, "-Includes");

		if (web_tells(w, "setting", "server-side exec") && web_is_on(w->detail))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (includes && !value_has(w->detail, "NoExec"))
			rule_fact(r, OUTCOME_FAIL, &w->f);
		else if (includes || is_interpreter(w) ||
			 (web_tells(w, "setting", "server-side includes") && web_is_on(w->detail)))
			rule_fact(r, OUTCOME_REVIEW, &w->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "pages may run commands by server-side includes");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "an interpreter or includes are open to requests");
	rule_passed(r, "settings and handlers");
}

const struct check check_web_09 = {
	.id = "WEB-09",
	.group = "WEB",
	.title = "Server-side includes and compilers",
	.rule = "fail if server-side includes may run commands; review if includes are on or an "
		"interpreter itself is a handler; otherwise pass",
	.does_not_prove = "what a server does that has no configuration in the image",
	.requirements = "33.117 4.3.4.5; 33.117 4.3.4.7; CWE-97",
	.reads = READS(WEB) | READS_GAPS,
	.judge = judge_includes,
};

/* -- WEB-10 -- */

/* Libraries that run in the browser stand in scripts of pages. */
static bool runs_in_browser(const struct component_fact *c)
{
	return name_matches(node_name(c->f.node), "*.js,*.js.gz,*.html,*.htm,*.css");
}

static void judge_libraries(struct ruling *r)
{
	uint32_t found = 0;

	if (!web_is_there(r))
		return;
	EACH_FACT(r, FACT_COMPONENT, component_fact, c)
	if (runs_in_browser(c)) {
		rule_fact(r, OUTCOME_PASS, &c->f);
		found++;
	}
	if (!found) {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no known library runs in the browser");
		return;
	}
	rule_passed(r, "scripts and pages");
	rule_says(r, OUTCOME_PASS, "%s; see the checks of components",
		  counted(r, found, "library of the browser is listed",
			  "libraries of the browser are listed"));
}

const struct check check_web_10 = {
	.id = "WEB-10",
	.group = "WEB",
	.title = "Client-side libraries",
	.rule = "pass if libraries that run in the browser are listed as components: their age and "
		"known vulnerabilities are judged by the checks of components; not applicable if "
		"none was recognised",
	.does_not_prove = "that every library was recognised: scripts are often merged and renamed",
	.requirements = "ISVS 1.2.1 (L1); ISVS 3.2.4 (L1)",
	.reads = READS(COMPONENT) | READS(WEB) | READS_GAPS,
	.judge = judge_libraries,
};
