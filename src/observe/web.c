/* web.c - the web interface: its servers, its handlers, and what they do with what a request says.
 * A file's name and kind come before its contents, and places in it come from the one pattern pass.
 */
#include "observe/web.h"

#define MOST_FACTS   512 /* of one file */
#define MOST_DETAIL  240
#define MOST_TEXT    (1u << 20) /* of a script or configuration that is read line by line */
#define MOST_SHEBANG 128

static const struct {
	const char *ending;
	enum web_language language;
} endings[] = {
	{ ".php", WEB_PHP },    { ".php3", WEB_PHP },  { ".php4", WEB_PHP },   { ".php5", WEB_PHP },
	{ ".phtml", WEB_PHP },  { ".lua", WEB_LUA },   { ".lp", WEB_LUA },     { ".lsp", WEB_LUA },
	{ ".pl", WEB_PERL },    { ".py", WEB_PYTHON }, { ".sh", WEB_SHELL },   { ".asp", WEB_ASP },
	{ ".aspx", WEB_ASP },   { ".jsp", WEB_ASP },   { ".html", WEB_PAGE },  { ".htm", WEB_PAGE },
	{ ".shtml", WEB_PAGE }, { ".stm", WEB_PAGE },  { ".xhtml", WEB_PAGE }, { ".tpl", WEB_PAGE },
	{ ".js", WEB_PAGE },
};

static const struct {
	const char *interpreter;
	enum web_language language;
} interpreters[] = {
	{ "sh", WEB_SHELL },      { "ash", WEB_SHELL },   { "bash", WEB_SHELL },
	{ "dash", WEB_SHELL },    { "ksh", WEB_SHELL },   { "haserl", WEB_SHELL },
	{ "php", WEB_PHP },       { "php-cgi", WEB_PHP }, { "phpcgi", WEB_PHP },
	{ "perl", WEB_PERL },     { "lua", WEB_LUA },     { "luajit", WEB_LUA },
	{ "python", WEB_PYTHON },
};

static const char *const language_names[] = {
	[WEB_NONE] = "file",    [WEB_SHELL] = "shell script", [WEB_PHP] = "PHP",
	[WEB_LUA] = "Lua",      [WEB_PERL] = "Perl",          [WEB_PYTHON] = "Python",
	[WEB_ASP] = "ASP page", [WEB_PAGE] = "page",          [WEB_PROGRAM] = "program",
	[WEB_BLOB] = "program",
};

const char *web_language_name(enum web_language l)
{
	return language_names[l];
}

/* Programs that serve HTTP, by the name of their file. */
const char *web_server_of(struct span name)
{
	static const char *const servers[] = {
		"lighttpd", "nginx",    "uhttpd",    "boa",      "mini_httpd",  "micro_httpd",
		"thttpd",   "goahead",  "webs",      "httpd",    "apache2",     "mathopd",
		"appweb",   "hiawatha", "monkey",    "cherokee", "civetweb",    "mongoose",
		"shttpd",   "webd",     "webserver", "httpd2",   "mini_httpds", "httpsd",
	};

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		if (span_is(name, servers[i]))
			return servers[i];
	return NULL;
}

/* Whether one of the folders of a path has one of the names. */
static bool has_folder(struct span path, const char *const *names)
{
	struct span rest = path;

	while (rest.n) {
		struct span folder = field_next(&rest, '/');

		for (size_t i = 0; rest.n && folder.n && names[i]; i++)
			if ((uint8_t)names[i][0] == folder.p[0] && span_is(folder, names[i]))
				return true;
	}
	return false;
}

/* Manuals and modules of languages have pages and scripts that no server hands out. */
static bool is_elsewhere(struct span path)
{
	static const char *const folders[] = { "doc",           "man",      "python3",
					       "perl5",         "perl",     "include",
					       "info",          "licenses", "dist-packages",
					       "site-packages", NULL };

	return has_folder(path, folders);
}

bool web_path_in_root(struct span path)
{
	static const char *const roots[] = { "www",        "htdocs",      "webroot", "wwwroot",
					     "web",        "public_html", "webs",    "webpages",
					     "web_ui",     "webui",       "cgi-bin", "www-data",
					     "webroot_ro", "www_safe",    "html",    NULL };

	return has_folder(path, roots) && !is_elsewhere(path);
}

bool web_path_in_cgi(struct span path)
{
	static const char *const roots[] = { "cgi-bin", "cgi", "rpcd", NULL };
	struct span rest = path, name = { 0 };

	while (rest.n)
		name = field_next(&rest, '/');
	if (is_elsewhere(path))
		return false;
	return has_folder(path, roots) ||
	       span_find(path, 0, span_text("/luci/controller/")) != SIZE_MAX ||
	       span_ends(name, span_text(".cgi")) || span_ends(name, span_text(".fcgi"));
}

enum web_language web_language_of_name(struct span name)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (span_ends(name, span_text(endings[i].ending)))
			return endings[i].language;
	return WEB_NONE;
}

/* "#!/usr/bin/env python3" and "#!/bin/sh -e". */
static enum web_language of_first_line(struct span bytes)
{
	struct span line = { 0 }, word = { 0 };
	size_t at = 2;

	if (span_byte(bytes, 0) == '<' && span_starts(bytes, span_text("<?php")))
		return WEB_PHP;
	if (!span_starts(bytes, span_text("#!")) ||
	    !line_next(span_head(bytes, MOST_SHEBANG), &at, &line))
		return WEB_NONE;
	while (line.n && !web_language_of_name(word)) {
		struct span path = field_next(&line, ' ');

		word = path;
		while (path.n)
			word = field_next(&path, '/');
		if (!span_is(word, "env") && word.n)
			break;
	}
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++)
		if (span_is(word, interpreters[i].interpreter))
			return interpreters[i].language;
	return span_starts(word, span_text("python")) ? WEB_PYTHON : WEB_NONE;
}

static enum web_language language_of(const struct scene *s)
{
	enum web_language l = WEB_NONE;

	if (s->node->kind == KIND_REGION)
		return WEB_BLOB;
	if (span_starts(s->bytes, span_text("\177ELF")))
		return WEB_PROGRAM;
	if (!s->is_text)
		return WEB_NONE;
	l = of_first_line(s->bytes);
	return l ? l : web_language_of_name(node_name(s->node));
}

void web_say(struct web_file *w, const char *kind, struct span name, struct span detail,
	     uint64_t offset, uint64_t length)
{
	struct arena *a = w->s->bench->arena;
	struct web_fact *f;

	if (w->made > MOST_FACTS)
		return;
	f = fact_new(a, w->s->node, FACT_WEB, offset, length);
	if (!f)
		return;
	w->first = w->first ? w->first : &f->f;
	f->f.line = scene_line(w->s, offset);
	f->web_kind = kind;
	f->name = arena_copy(a, span_head(name, MOST_DETAIL));
	f->detail = arena_copy(a, span_head(detail, MOST_DETAIL));
	if (w->made++ < MOST_FACTS)
		return;
	f->web_kind = "setting";
	f->name = span_text("cut off");
	f->detail = span_text("more of this file is not listed");
}

static bool is_asking(const struct scene *s)
{
	for (uint32_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].owner == OWNER_WEB &&
		    web_marks[s->hits[i].row].tells == MARK_REQUEST)
			return true;
	return false;
}

/* One program that is many commands runs shells for other commands than the one that serves. */
static bool is_many_commands(const struct scene *s)
{
	for (uint32_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].owner == OWNER_COMPONENT &&
		    strcmp(component_rules[s->hits[i].row].name, "busybox") == 0)
			return true;
	return false;
}

static bool is_script(enum web_language l)
{
	return l >= WEB_SHELL && l <= WEB_PYTHON;
}

/* Pages are made of parts, which stand in folders called so. */
static bool is_part(struct span path)
{
	static const char *const names[] = { "include", "includes", "templates", "view", "views",
					     "inc",     "lib",      "libs",      NULL };
	struct span rest = path;

	while (rest.n) {
		struct span folder = field_next(&rest, '/');

		if (rest.n &&
		    (span_ends(folder, span_text("inc")) || span_ends(folder, span_text("lib"))))
			return true;
	}
	return has_folder(path, names);
}

static bool is_library(struct span name)
{
	return span_find(name, 0, span_text(".so")) != SIZE_MAX ||
	       span_ends(name, span_text(".ko"));
}

/* A file that a server runs for a request. */
static bool is_handler(const struct web_file *w)
{
	bool served = w->in_root || w->in_cgi;

	if (w->language == WEB_PROGRAM)
		return !w->server && !is_library(node_name(w->s->node)) && served;
	if (w->language == WEB_ASP)
		return served && span_find(w->s->bytes, 0, span_text("<%")) != SIZE_MAX &&
		       !is_part(w->s->node->path);
	if (w->language == WEB_PHP)
		return served && !is_part(w->s->node->path);
	return is_script(w->language) && (w->in_cgi || w->asks || w->in_root);
}

static void look_inside(struct web_file *w)
{
	struct span all = { 0 };

	if (w->server)
		web_say(w, "server", span_text(w->server), span_text("program"), 0, w->s->bytes.n);
	if (is_handler(w))
		web_say(w, "handler", w->s->node->path, span_text(web_language_name(w->language)),
			0, w->s->bytes.n);
	for (uint32_t i = 0; i < w->s->hit_count; i++)
		if (w->s->hits[i].owner == OWNER_WEB)
			web_mark(w, &w->s->hits[i]);
	if (w->s->is_text && w->s->bytes.n <= MOST_TEXT)
		all = w->s->bytes;
	if (all.n)
		web_tables(w);
	if (all.n && is_script(w->language) && (w->in_root || w->in_cgi || w->asks))
		web_script(w);
	if (w->language == WEB_PROGRAM &&
	    (w->server || w->asks || (is_handler(w) && w->s->hit_count)))
		web_formats(w);
}

static void look(struct scene *s)
{
	struct web_file w = { .s = s };
	bool marked = false;

	for (uint32_t i = 0; i < s->hit_count && !marked; i++)
		marked = s->hits[i].owner == OWNER_WEB;
	if (s->node->kind != KIND_FILE && (s->node->kind != KIND_REGION || !marked))
		return;
	w.language = language_of(s);
	if (w.language == WEB_PROGRAM)
		w.server = web_server_of(node_name(s->node));
	if (w.language != WEB_BLOB) {
		w.in_root = web_path_in_root(s->node->path);
		w.in_cgi = web_path_in_cgi(s->node->path);
	}
	w.asks = marked && is_asking(s) && !is_many_commands(s);
	if (s->is_text && s->bytes.n <= MOST_TEXT && web_configuration(&w))
		return;
	if (marked || w.in_root || w.in_cgi || w.server || web_is_table(s->node))
		look_inside(&w);
}

const struct observer observe_web = { "web", look };
