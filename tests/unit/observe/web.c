/* web.c - servers, handlers, routes, and commands that a request's values reach. */
#include "unit/observe/scenery.h"

static const struct web_fact *fact_at(const struct scenery *s, uint32_t i)
{
	return (const struct web_fact *)s->facts.of[FACT_WEB][i];
}

/* The fact of that kind and name, or NULL. */
static const struct web_fact *find(const struct scenery *s, const char *kind, const char *name)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_WEB]; i++) {
		const struct web_fact *w = fact_at(s, i);

		if (strcmp(w->web_kind, kind) == 0 && span_is(w->name, name))
			return w;
	}
	return NULL;
}

static uint32_t count(const struct scenery *s, const char *kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->facts.count[FACT_WEB]; i++)
		n += strcmp(fact_at(s, i)->web_kind, kind) == 0;
	return n;
}

static void wants(const struct scenery *s, const char *kind, const char *name, const char *detail,
		  uint32_t line)
{
	const struct web_fact *w = find(s, kind, name);

	if (!w)
		fail_msg("no %s %s", kind, name);
	if (!span_is(w->detail, detail))
		fail_msg("%s %s: %.*s, not %s", kind, name, (int)w->detail.n, w->detail.p, detail);
	assert_int_equal(w->f.line, line);
}

static void one_file(struct scenery *s, const char *path, const char *text)
{
	scenery_init(s);
	scenery_add(s, path, span_text(text));
	scenery_finish(s);
}

/* -- scripts: one row a line that is judged -- */

struct line_case {
	const char *path, *before, *line;
	const char *name; /* NULL: says nothing */
};

static const struct line_case lines[] = {
	/* shell */
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nHOST=$QUERY_STRING\n", "ping -c 1 $HOST",
	  "command with a request value" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nHOST=$QUERY_STRING\n", "ping -c 1 \"$HOST\"",
	  "command" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nHOST=$QUERY_STRING\n", "sh -c \"ping $HOST\"",
	  "command with a request value" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nHOST=$QUERY_STRING\nX=$HOST\n", "ping $X",
	  "command with a request value" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\n", "echo $QUERY_STRING", NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nHOST=192.0.2.1\n", "ping -c 1 $HOST", NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\n", "# ping $QUERY_STRING", NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=`echo $QUERY_STRING | tr -cd 0-9`\n", "ping $H",
	  NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\n", "eval `echo $QUERY_STRING | tr '&' ';'`",
	  "evaluation of a request value" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\n", "eval x=\\$POST_y", "evaluation" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\n", "eval x=\\$$POST_y",
	  "evaluation of a request value" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=$POST_h\n", "[ \"$(ping \"$H\")\" = 1 ]", "command" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=$POST_h\n", "x=\"$(ping $H)\"",
	  "command with a request value" },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=$POST_h\n", "x=${H%%.*}", NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=$POST_h\n", "<b><%= $H %></b>", NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=$POST_h\n", "show_page \"$H\"", NULL },
	{ "/www/cgi-bin/a.cgi", "#!/bin/sh\nH=$POST_h\n", "show_page $H", "command" },
	{ "/usr/bin/tool", "#!/bin/sh\nX=$1\n", "ping $X", NULL },
	/* PHP */
	{ "/www/p.php", "<?php\n", "system(\"ping \" . $_GET['h']);",
	  "command with a request value" },
	{ "/www/p.php", "<?php\n$h = $_POST['h'];\n", "exec(\"ping $h\");",
	  "command with a request value" },
	{ "/www/p.php", "<?php\n$h = $_POST['h'];\n", "exec('ping ' . escapeshellarg($h));",
	  "command" },
	{ "/www/p.php", "<?php\n", "exec('uptime');", NULL },
	{ "/www/p.php", "<?php\n", "exec(\"free | awk '{print $2}'\", $out);", NULL },
	{ "/www/p.php", "<?php\n", "exec('cat $x', $out);", NULL },
	{ "/www/p.php", "<?php\n$h = $_POST['h'];\nif (!preg_match('/^a$/', $h)) exit;\n",
	  "exec(\"ping $h\");", "command" },
	{ "/www/p.php", "<?php\n$h = $_POST['h'];\n$h = escapeshellarg($h);\n",
	  "exec(\"ping $h\");", "command" },
	{ "/www/p.php", "<?php\n", "curl_exec($c);", NULL },
	{ "/www/p.php", "<?php\n", "include($_GET['page']);", "include of a request value" },
	{ "/www/p.php", "<?php\n", "include($dir . 'x.php');", NULL },
	{ "/www/p.php", "<?php\n", "eval($_REQUEST['c']);", "evaluation of a request value" },
	/* Lua */
	{ "/usr/lib/lua/luci/controller/x.lua", "local h = luci.http.formvalue(\"h\")\n",
	  "luci.sys.exec(\"ping \" .. h)", "command with a request value" },
	{ "/usr/lib/lua/luci/controller/x.lua",
	  "local h = luci.util.shellquote(luci.http.formvalue(\"h\"))\n",
	  "luci.sys.exec(\"ping \" .. h)", "command" },
	{ "/usr/lib/lua/luci/controller/x.lua", "", "os.execute(\"reboot\")", NULL },
	/* Perl, Python */
	{ "/www/cgi-bin/p.pl", "#!/usr/bin/perl\nmy $h = param('h');\n", "system(\"ping $h\");",
	  "command with a request value" },
	{ "/www/cgi-bin/p.py", "#!/usr/bin/python3\nh = form.getvalue('h')\n",
	  "os.system('ping ' + h)", "command with a request value" },
	{ "/www/cgi-bin/p.py", "#!/usr/bin/python3\n", "os.system('reboot')", NULL },
};

static void follows_a_request_into_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct line_case *c = &lines[i];
		struct scenery s;
		char text[512];
		int n = snprintf(text, sizeof(text), "%s%s\n", c->before, c->line);
		const struct web_fact *w;
		uint32_t line = 1;

		assert_in_range(n, 1, sizeof(text) - 1);
		for (const char *p = c->before; *p; p++)
			line += *p == '\n';
		one_file(&s, c->path, text);
		w = c->name ? find(&s, "call", c->name) : NULL;
		if (count(&s, "call") != (c->name ? 1 : 0) || (c->name && !w))
			fail_msg("%s: %u calls", c->line, count(&s, "call"));
		if (w && (!span_is(w->detail, c->line) || w->f.line != line))
			fail_msg("%s: other place", c->line);
		scenery_free(&s);
	}
}

/* -- routes and handlers -- */

static void reads_where_pages_lead(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/www/a.html",
		    span_text("<html>\n<form action=\"/goform/setWan\" method=post>\n"
			      "<script>$.get('/cgi-bin/status.cgi?x=1')</script>\n"
			      "<a href=\"help.html\">\n<form action=\"\">\n"
			      "<form action=/boaform/x method=post>\n"));
	scenery_add(&s, "/www/b.html", span_text("<form action=\"/goform/setWan\">\n"));
	scenery_add(&s, "/usr/share/doc/a.html", span_text("see libcgi.so and mycgi\n"));
	scenery_finish(&s);
	assert_int_equal(count(&s, "route"), 4);
	wants(&s, "route", "/goform/setWan", "form action", 2);
	wants(&s, "route", "/cgi-bin/status.cgi", "link", 3);
	wants(&s, "route", "/boaform/x", "form action", 6);
	scenery_free(&s);
}

/* The data of a program, as its strings stand there; not a program of any machine. */
static const char data[] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0data\0apply.cgi\0%s.cgi\0"
			   "<form action=\"/apply_x.cgi\">\0start_no_auth.htm\0"
			   "Set-Cookie: sid=%s; path=/\0Set-Cookie\0/www/cgi-bin/x.sh\0";

static void reads_the_names_a_server_knows(void **state)
{
	struct scenery s;
	struct span bytes = { (const uint8_t *)data, sizeof(data) };

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/sbin/httpd", bytes);
	scenery_add(&s, "/usr/lib/other.so", bytes);
	scenery_finish(&s);
	wants(&s, "server", "httpd", "program", 0);
	wants(&s, "route", "apply.cgi", "name in a program", 0);
	wants(&s, "exempt", "start_no_auth.htm", "name says that no login is asked for", 0);
	wants(&s, "setting", "cookie", "Set-Cookie: sid=%s; path=/", 0);
	assert_non_null(find(&s, "route", "/apply_x.cgi"));
	assert_null(find(&s, "route", "/www/cgi-bin/x.sh"));
	assert_int_equal(count(&s, "exempt"), 1);
	assert_int_equal(count(&s, "setting"), 1);
	scenery_free(&s);
}

static void tells_handlers_by_place_and_language(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/www/cgi-bin/x", span_text("#!/bin/sh\necho\n"));
	scenery_add(&s, "/www/cgi-bin/readme.txt", span_text("text\n"));
	scenery_add(&s, "/www/s.php", span_text("<?php echo 1;\n"));
	scenery_add(&s, "/www/libs/part.php", span_text("<?php echo 1;\n"));
	scenery_add(&s, "/www/t.asp", span_text("<% write(); %>\n"));
	scenery_add(&s, "/www/plain.asp", span_text("<p>\n"));
	scenery_add(&s, "/usr/bin/x", span_text("#!/bin/sh\necho\n"));
	scenery_add(&s, "/usr/bin/y", span_text("#!/bin/sh\necho $QUERY_STRING\n"));
	scenery_add(&s, "/usr/lib/python3/www/z.py", span_text("#!/usr/bin/python3\n"));
	scenery_finish(&s);
	assert_int_equal(count(&s, "handler"), 4);
	wants(&s, "handler", "/www/cgi-bin/x", "shell script", 1);
	wants(&s, "handler", "/www/s.php", "PHP", 1);
	wants(&s, "handler", "/www/t.asp", "ASP page", 1);
	wants(&s, "handler", "/usr/bin/y", "shell script", 1);
	scenery_free(&s);
}

static void reads_tables_of_dispatchers(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/lib/lua/luci/controller/a.lua",
		    span_text("module(\"luci.controller.a\")\n"
			      "function index()\n"
			      "\tentry({\"admin\", \"flash\"}, call(\"f\"), _(\"F\"), 1)\n"
			      "\tlocal p = entry({'open'}, call('g'))\n"
			      "\tp.sysauth = false\nend\n"));
	scenery_add(&s, "/usr/share/rpcd/acl.d/a.json",
		    span_text("{\"unauthenticated\": {\"read\": {\"ubus\": {\"session\": "
			      "[\"access\", \"login\"]}}},\n\"luci-app\": {\"read\": {}}}"));
	scenery_add(&s, "/etc/goahead/route.txt",
		    span_text("# routes\nroute uri=/action/ handler=action auth=form\n"
			      "route uri=/pub/ handler=file\n"));
	scenery_finish(&s);
	wants(&s, "route", "/cgi-bin/luci/admin/flash", "luci entry", 3);
	wants(&s, "route", "/cgi-bin/luci/open", "luci entry", 4);
	wants(&s, "exempt", "p.sysauth = false", "no login is asked for", 5);
	wants(&s, "exempt", "session: access, login", "ubus methods that may be read without login",
	      1);
	wants(&s, "route", "luci-app", "ubus access group", 2);
	wants(&s, "route", "/action/", "table", 2);
	wants(&s, "exempt", "/pub/", "route without auth=", 3);
	assert_int_equal(count(&s, "exempt"), 3);
	scenery_free(&s);
}

/* -- servers -- */

static void reads_each_server_s_settings(void **state)
{
	static const struct {
		const char *path, *text, *name, *value;
		uint32_t line;
	} cases[] = {
		{ "/etc/lighttpd/lighttpd.conf", "# x\nserver.document-root = \"/www\"\n",
		  "document root", "/www", 2 },
		{ "/etc/lighttpd/lighttpd.conf", "server.upload-dirs = ( \"/var/up\" )\n",
		  "upload folder", "/var/up", 1 },
		{ "/etc/nginx/nginx.conf", "server {\n\tlisten 443 ssl;\n}\n", "tls", "443 ssl",
		  2 },
		{ "/etc/nginx/nginx.conf", "root /usr/share/www;\n", "document root",
		  "/usr/share/www", 1 },
		{ "/etc/boa/boa.conf", "ScriptAlias /cgi-bin/ /www/cgi-bin/\n", "cgi",
		  "/cgi-bin/ /www/cgi-bin/", 1 },
		{ "/etc/mini_httpd.conf", "port=8080\ndir=/web\n", "document root", "/web", 2 },
		{ "/etc/config/uhttpd", "config uhttpd main\n\tlist listen_https '0.0.0.0:443'\n",
		  "tls", "0.0.0.0:443", 2 },
		{ "/etc/httpd.conf", "H:/www\n", "document root", "/www", 1 },
		{ "/etc/apache2/apache2.conf", "Options Indexes +Includes\n", "options",
		  "Indexes +Includes", 1 },
		{ "/etc/init.d/web", "#!/bin/sh\nuhttpd -f -h /www -p 80\n", "document root",
		  "/www", 2 },
		{ "/etc/init.d/web", "#!/bin/sh\nbusybox httpd -p8080\n", "port", "8080", 2 },
		{ "/etc/init.d/web", "#!/bin/sh\nif uhttpd -p 81; then\n", "port", "81", 2 },
		{ "/etc/init.d/web", "#!/bin/sh\nstart-stop-daemon -S -x uhttpd -- -p 82\n", "port",
		  "82", 2 },
		{ "/etc/init.d/web", "#!/bin/sh\n[ -x /x ] && /usr/sbin/mini_httpd -S -d '/a b'\n",
		  "tls", "on", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenery s;

		one_file(&s, cases[i].path, cases[i].text);
		wants(&s, "setting", cases[i].name, cases[i].value, cases[i].line);
		scenery_free(&s);
	}
}

static void takes_no_other_line_for_a_setting(void **state)
{
	static const char *const texts[] = {
		"#!/bin/sh\nkillall uhttpd -p 80\n",
		"#!/bin/sh\npidof -x uhttpd -p 80\n",
		"#!/bin/sh\n# httpd -h /www\n",
		"#!/bin/sh\necho start httpd -h /www\n",
	};
	struct scenery s;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		one_file(&s, "/etc/init.d/web", texts[i]);
		assert_int_equal(s.facts.count[FACT_WEB], 0);
		scenery_free(&s);
	}
	one_file(&s, "/etc/lighttpd/conf-available/10-x.conf", "server.port = 80\n");
	assert_int_equal(s.facts.count[FACT_WEB], 0);
	scenery_free(&s);
}

static void tells_what_was_left_over(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/www/i.php", span_text("<?php\nphpinfo();\n"));
	scenery_add(&s, "/www/a.asp.bak", span_text("x\n"));
	scenery_add(&s, "/www/app.js.map", span_text("{}\n"));
	scenery_add(&s, "/etc/passwd.bak", span_text("x\n"));
	scenery_finish(&s);
	assert_int_equal(count(&s, "leftover"), 3);
	wants(&s, "leftover", "/www/i.php", "phpinfo", 2);
	wants(&s, "leftover", "/www/a.asp.bak", "backup file", 0);
	wants(&s, "leftover", "/www/app.js.map", "source map", 0);
	scenery_free(&s);
}

static void says_where_a_list_was_cut_off(void **state)
{
	struct scenery s;
	struct text t = { 0 };

	(void)state;
	for (int i = 0; i < 600; i++)
		text_format(&t, "<form action=\"/f%d\">\n", i);
	scenery_init(&s);
	scenery_add(&s, "/www/a.html", text_span(&t));
	scenery_finish(&s);
	assert_non_null(find(&s, "setting", "cut off"));
	assert_int_equal(s.facts.count[FACT_WEB], 513);
	scenery_free(&s);
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_a_request_into_commands),
		cmocka_unit_test(reads_where_pages_lead),
		cmocka_unit_test(reads_the_names_a_server_knows),
		cmocka_unit_test(tells_handlers_by_place_and_language),
		cmocka_unit_test(reads_tables_of_dispatchers),
		cmocka_unit_test(reads_each_server_s_settings),
		cmocka_unit_test(takes_no_other_line_for_a_setting),
		cmocka_unit_test(tells_what_was_left_over),
		cmocka_unit_test(says_where_a_list_was_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
