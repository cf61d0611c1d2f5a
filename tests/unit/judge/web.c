/* web.c - checks of web interfaces, on facts made by hand: one row a case. */
#include "unit/judge/scene.h"

struct fact_row {
	const char *path, *kind, *name, *detail;
};

#define MOST_ROWS 4

struct web_case {
	const char *check, *outcome;
	struct fact_row rows[MOST_ROWS];
	bool opaque; /* half of the image was not understood */
};

#define SERVER                                                                                     \
	{                                                                                          \
		"/usr/sbin/httpd", "server", "httpd", "program"                                    \
	}
#define CONF                                                                                       \
	{                                                                                          \
		"/etc/boa.conf", "server", "boa", "configuration"                                  \
	}
#define HANDLER                                                                                    \
	{                                                                                          \
		"/www/a.cgi", "handler", "/www/a.cgi", "shell script"                              \
	}

static const struct web_case cases[] = {
	{ "WEB-01", "not-applicable", { { 0 } }, false },
	{ "WEB-01", "not-evaluable", { { 0 } }, true },
	{ "WEB-01", "pass", { HANDLER }, false },
	{ "WEB-01",
	  "review",
	  { SERVER, { "/usr/sbin/httpd", "call", "runs a shell", "system" } },
	  false },
	{ "WEB-01",
	  "fail",
	  { HANDLER, { "/www/a.cgi", "call", "command with a request value", "ping $x" } },
	  false },
	{ "WEB-02", "not-applicable", { SERVER }, false },
	{ "WEB-02", "not-evaluable", { SERVER }, true },
	{ "WEB-02", "pass", { HANDLER }, false },
	{ "WEB-02",
	  "review",
	  { HANDLER, { "/www/a.cgi", "call", "evaluation", "eval x" } },
	  false },
	{ "WEB-02",
	  "fail",
	  { HANDLER, { "/www/a.cgi", "call", "evaluation of a request value", "eval $x" } },
	  false },
	{ "WEB-03",
	  "pass",
	  { { "/usr/sbin/httpd", "route", "a.cgi*", "name in a program" },
	    { "/www/a.html", "route", "/cgi-bin/a.cgi", "form action" } },
	  false },
	{ "WEB-03",
	  "review",
	  { { "/usr/sbin/httpd", "route", "b.cgi", "name in a program" },
	    { "/www/a.html", "route", "/cgi-bin/a.cgi", "form action" } },
	  false },
	{ "WEB-03",
	  "fail",
	  { { "/usr/sbin/httpd", "route", "b.cgi", "name in a program" },
	    { "/usr/sbin/httpd", "indicator", "BD-1", "unique" } },
	  false },
	{ "WEB-03", "not-evaluable", { SERVER }, true },
	{ "WEB-03", "not-applicable", { { 0 } }, false },
	{ "WEB-04", "pass", { SERVER }, false },
	{ "WEB-04",
	  "review",
	  { SERVER, { "/usr/sbin/httpd", "exempt", "noauth.cgi", "x" } },
	  false },
	{ "WEB-04",
	  "not-evaluable",
	  { { "/usr/sbin/httpd", "route", "b.cgi", "name in a program" } },
	  false },
	{ "WEB-05",
	  "pass",
	  { SERVER,
	    { "/usr/sbin/httpd", "setting", "cookie", "Set-Cookie: a=b; HttpOnly; Secure" },
	    { "/usr/sbin/httpd", "setting", "forgery token", "csrf" } },
	  false },
	{ "WEB-05",
	  "review",
	  { SERVER,
	    { "/usr/sbin/httpd", "setting", "cookie", "Set-Cookie: a=b; HttpOnly; Secure" } },
	  false },
	{ "WEB-05",
	  "review",
	  { SERVER,
	    { "/usr/sbin/httpd", "setting", "cookie", "Set-Cookie: a=b" },
	    { "/usr/sbin/httpd", "setting", "forgery token", "csrf" } },
	  false },
	{ "WEB-05", "not-evaluable", { SERVER }, false },
	{ "WEB-06", "pass", { CONF, { "/etc/boa.conf", "setting", "tls", "443" } }, false },
	{ "WEB-06", "review", { CONF, { "/etc/boa.conf", "setting", "tls", "off" } }, false },
	{ "WEB-06", "review", { CONF, { "/etc/boa.conf", "setting", "tls", "Off" } }, false },
	{ "WEB-06",
	  "fail",
	  { CONF, { "/etc/defaults.cfg", "service", "remote management", "remoteEnable 1" } },
	  false },
	{ "WEB-06",
	  "review",
	  { CONF, { "/etc/defaults.cfg", "service", "remote management", "remoteEnable 0" } },
	  false },
	{ "WEB-06",
	  "review",
	  { CONF, { "/etc/defaults.cfg", "service", "remote management", "wan_ssh_enable 1" } },
	  false },
	{ "WEB-06",
	  "pass",
	  { CONF,
	    { "/etc/boa.conf", "setting", "tls", "443" },
	    { "/etc/defaults.cfg", "service", "remote management", "remoteEnable 1" } },
	  false },
	{ "WEB-06", "not-evaluable", { HANDLER }, false },
	{ "WEB-07", "pass", { SERVER }, false },
	{ "WEB-07",
	  "review",
	  { SERVER, { "/www/a.bak", "leftover", "/www/a.bak", "backup file" } },
	  false },
	{ "WEB-07",
	  "review",
	  { CONF, { "/etc/boa.conf", "setting", "directory listing", "enable" } },
	  false },
	{ "WEB-07",
	  "fail",
	  { SERVER, { "/www/i.php", "leftover", "/www/i.php", "phpinfo" } },
	  false },
	{ "WEB-07", "not-evaluable", { SERVER }, true },
	{ "WEB-08", "pass", { CONF }, false },
	{ "WEB-08",
	  "review",
	  { CONF,
	    { "/etc/boa.conf", "setting", "document root", "/www" },
	    { "/etc/boa.conf", "setting", "upload folder", "/www/up" } },
	  false },
	{ "WEB-08",
	  "fail",
	  { CONF,
	    { "/etc/boa.conf", "setting", "cgi", "/www" },
	    { "/etc/boa.conf", "setting", "upload folder", "/www/up" } },
	  false },
	{ "WEB-08", "not-evaluable", { SERVER }, false },
	{ "WEB-09", "pass", { CONF }, false },
	{ "WEB-09",
	  "review",
	  { CONF, { "/etc/boa.conf", "setting", "server-side includes", ".shtml" } },
	  false },
	{ "WEB-09", "review", { { "/cgi-bin/php", "handler", "/cgi-bin/php", "program" } }, false },
	{ "WEB-09",
	  "fail",
	  { CONF, { "/etc/boa.conf", "setting", "options", "+Includes" } },
	  false },
	{ "WEB-09", "not-evaluable", { CONF }, true },
	{ "WEB-10", "not-applicable", { SERVER }, false },
	{ "WEB-10", "not-evaluable", { SERVER }, true },
	{ "WEB-10", "pass", { SERVER, { "/www/j.js", "component", "jquery", "3.5.1" } }, false },
};

static struct node *file_of(struct scene_tree *s, struct node *root, const char *path)
{
	for (struct node *n = root->children; n; n = n->next)
		if (span_is(n->path, path))
			return n;
	return scene_entry(s, root, KIND_FILE, path, 1000);
}

static void add(struct scene_tree *s, struct node *root, const struct fact_row *row)
{
	struct node *n = file_of(s, root, row->path);

	if (strcmp(row->kind, "component") == 0) {
		struct component_fact *c = scene_fact(s, n, FACT_COMPONENT, 0);

		c->name = span_text(row->name);
		c->version = span_text(row->detail);
		c->source = "banner";
	} else if (strcmp(row->kind, "service") == 0) {
		struct service_fact *f = scene_fact(s, n, FACT_SERVICE, 1);

		f->service_kind = "setting";
		f->name = span_text(row->name);
		f->command = span_text(row->detail);
	} else if (strcmp(row->kind, "indicator") == 0) {
		struct indicator_fact *i = scene_fact(s, n, FACT_INDICATOR, 0);

		i->indicator = span_text(row->name);
		i->indicator_kind = "literal";
		i->strength = row->detail;
	} else {
		struct web_fact *w = scene_fact(s, n, FACT_WEB, 1);

		w->web_kind = row->kind;
		w->name = span_text(row->name);
		w->detail = span_text(row->detail);
	}
}

static void judges_each_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct web_case *c = &cases[i];
		struct scene_tree s;
		struct node *root = scene_begin(&s, 1000000, c->opaque ? 500000 : 1000000);
		const struct verdict *v;

		for (int k = 0; k < MOST_ROWS && c->rows[k].path; k++)
			add(&s, root, &c->rows[k]);
		if (c->opaque)
			scene_region(&s, s.tree.image, NULL, 500000, 500000, STATE_ENCRYPTED);
		scene_judge(&s);
		v = scene_verdict(&s, c->check);
		if (strcmp(outcome_name(v->outcome), c->outcome) != 0)
			fail_msg("row %zu, %s: %s (%s), not %s", i, c->check,
				 outcome_name(v->outcome), v->says, c->outcome);
		assert_in_range(strlen(v->says), 1, 66);
		scene_end(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_each_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
