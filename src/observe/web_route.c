/* web_route.c - URLs of handlers: where pages send forms and requests, which names programs know,
 * and the tables of dispatchers. */
#include "base/jsontext.h"
#include "observe/component.h"
#include "observe/web.h"

#define LONGEST_URL  200
#define LEAST_URL    5
#define MOST_COMPARE 256 /* facts of the file that are compared with a new one */
#define MOST_JSON    (256u << 10)

static bool is_url_byte(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c >= 0 && c != 0 && strchr("/._-~%+:@*", c));
}

/* The word of a URL's characters around `at`; empty when it is longer than a URL is. */
static struct span url_around(struct span s, uint64_t at, uint64_t *begin)
{
	uint64_t from = at, to = at;

	while (from > 0 && at - from < LONGEST_URL && is_url_byte(span_byte(s, from - 1)))
		from--;
	while (to - at < LONGEST_URL && is_url_byte(span_byte(s, to)))
		to++;
	*begin = from;
	return to - from < LONGEST_URL ? span_sub(s, from, to - from) : (struct span){ 0 };
}

/* detail: NULL where it makes no difference. */
static bool was_said(const struct web_file *w, const char *kind, struct span name,
		     const char *detail)
{
	int left = MOST_COMPARE;

	for (const struct fact *f = w->first; f && left; f = f->next) {
		const struct web_fact *x = (const void *)f;

		if (f->kind != FACT_WEB)
			continue;
		left--;
		if (strcmp(x->web_kind, kind) == 0 && span_equal(x->name, name) &&
		    (!detail || span_is(x->detail, detail)))
			return true;
	}
	return false;
}

static void say_route(struct web_file *w, struct span url, const char *how, uint64_t at)
{
	if (url.n >= 2 && !was_said(w, "route", url, how))
		web_say(w, "route", url, span_text(how), at, url.n);
}

/* A name of its own in a program's data is one that its dispatcher knows. */
static const char *how_known(const struct web_file *w, uint64_t at, size_t n)
{
	struct span s = w->s->bytes;

	if (w->language != WEB_PROGRAM && w->language != WEB_BLOB)
		return "link";
	return at > 0 && span_byte(s, at - 1) == 0 && span_byte(s, at + n) == 0
		       ? "name in a program"
		       : "link in a program";
}

/* A program that only reads what a CGI reads may be an interpreter, with texts of all kinds. */
static bool is_of_interface(const struct web_file *w)
{
	return w->server || w->in_root || w->in_cgi || w->language == WEB_BLOB ||
	       (w->asks && w->language != WEB_PROGRAM);
}

static bool has_format(struct span s)
{
	return span_find(s, 0, span_text("%s")) != SIZE_MAX ||
	       span_find(s, 0, span_text("%d")) != SIZE_MAX;
}

/* A file of the image, not what a browser asks for. */
static bool is_path(struct span url)
{
	static const char *const folders[] = { "/tmp/",    "/var/",         "/usr/",
					       "/etc/",    "/www/",         "/home/",
					       "/htdocs/", "/web/cgi-bin/", NULL };

	for (size_t i = 0; folders[i]; i++)
		if (span_starts(url, span_text(folders[i])))
			return true;
	return false;
}

/* Names of library calls and variables end in "_cgi" or hold "cgi." too: a route has a slash or an
 * ending. "goform/" alone is a prefix. */
static bool is_route(struct span url)
{
	static const char *const prefixes[] = { "cgi-bin/", "goform/", "HNAP1", NULL };
	struct span name = url, rest = url;

	if (url.n < LEAST_URL || has_format(url) || span_starts(url, span_text("http:")) ||
	    span_find(url, 0, span_text("//")) != SIZE_MAX || span_byte(url, 0) == '@' ||
	    is_path(url))
		return false;
	while (rest.n)
		name = field_next(&rest, '/');
	for (size_t i = 0; prefixes[i]; i++) {
		size_t at = span_find(url, 0, span_text(prefixes[i]));

		if (at != SIZE_MAX && (at + strlen(prefixes[i]) < url.n || prefixes[i][0] == 'H'))
			return true;
	}
	while (name.n && name.p[name.n - 1] == '*')
		name.n--;
	return name.n > 4 && span_ends(name, span_text(".cgi"));
}

static void look_at_route(struct web_file *w, uint64_t end)
{
	uint64_t begin = 0;
	struct span url = url_around(w->s->bytes, end - 1, &begin);
	const char *how;

	if (w->language == WEB_NONE || w->language == WEB_SHELL || !is_route(url))
		return;
	how = how_known(w, begin, url.n);
	if (w->language == WEB_PROGRAM && !is_of_interface(w) &&
	    !(w->asks && strcmp(how, "name in a program") == 0))
		return;
	say_route(w, url, how, begin);
}

/* action="/goform/x", and the same in the scripts of a page. */
static void look_at_form(struct web_file *w, uint64_t end)
{
	uint64_t begin = end, at;
	struct span s = w->s->bytes, url;
	int quote;

	if (w->language == WEB_NONE || w->language == WEB_SHELL || w->language == WEB_BLOB ||
	    (w->language == WEB_PROGRAM && !is_of_interface(w)))
		return;
	while (span_byte(s, begin) == ' ' && begin - end < 4)
		begin++;
	quote = span_byte(s, begin);
	if (quote == '"' || quote == '\'')
		begin++;
	else if (quote != '/')
		return;
	url = url_around(s, begin, &at);
	if (at != begin || url.n < 2 || has_format(url) ||
	    span_starts(url, span_text("javascript")) || span_starts(url, span_text("http:")) ||
	    span_starts(url, span_text("https:")) ||
	    (span_find(url, 0, span_text(".")) == SIZE_MAX && url.p[0] != '/'))
		return;
	say_route(w, url, "form action", at);
}

/* -- other marks -- */

/* What stands around a mark: a line of a text, a string of a program. */
static struct span text_around(const struct web_file *w, uint64_t at, uint64_t *begin)
{
	struct span line;

	if (!w->s->is_text)
		return string_around(w->s->bytes, at, begin);
	line = line_around(w->s->bytes, at);
	*begin = span_place(w->s->bytes, line);
	return line;
}

static void look_at_cookie(struct web_file *w, uint64_t end)
{
	uint64_t begin = 0;
	struct span text = text_around(w, end - 1, &begin);
	struct span line = trimmed(text);

	if (!is_of_interface(w) || line.n == 0 || was_said(w, "setting", span_text("cookie"), NULL))
		return;
	if (span_find(line, 0, span_text("=")) == SIZE_MAX)
		return; /* the header's name alone */
	web_say(w, "setting", span_text("cookie"), line, begin + span_place(text, line), line.n);
}

static void look_at_forgery(struct web_file *w, uint64_t end)
{
	uint64_t begin = 0;
	struct span text = trimmed(text_around(w, end - 1, &begin));

	if (is_of_interface(w) && text.n &&
	    !was_said(w, "setting", span_text("forgery token"), NULL))
		web_say(w, "setting", span_text("forgery token"), text,
			span_place(w->s->bytes, text), text.n);
}

/* Only a name: what it leads to is for a reader. */
static void look_at_open(struct web_file *w, uint64_t end)
{
	uint64_t begin = 0;
	struct span url;

	if (!w->server && !w->asks && w->language != WEB_BLOB)
		return;
	url = url_around(w->s->bytes, end - 1, &begin);
	if (span_byte(url, 0) == '/') {
		url = span_from(url, 1);
		begin++;
	}
	if (url.n < LEAST_URL || has_format(url) || was_said(w, "exempt", url, NULL) ||
	    span_find(url, 0, span_text(".")) == SIZE_MAX)
		return;
	web_say(w, "exempt", url, span_text("name says that no login is asked for"), begin, url.n);
}

static void look_at_info(struct web_file *w, uint64_t end)
{
	struct span line = line_around(w->s->bytes, end - 1);

	if (w->language == WEB_PHP && span_byte(trimmed(line), 0) != '/' &&
	    !was_said(w, "leftover", w->s->node->path, NULL))
		web_say(w, "leftover", w->s->node->path, span_text("phpinfo"),
			span_place(w->s->bytes, line), line.n);
}

void web_mark(struct web_file *w, const struct hit *h)
{
	switch (web_marks[h->row].tells) {
	case MARK_ROUTE:
		look_at_route(w, h->end);
		break;
	case MARK_FORM:
		look_at_form(w, h->end);
		break;
	case MARK_COOKIE:
		look_at_cookie(w, h->end);
		break;
	case MARK_FORGERY:
		look_at_forgery(w, h->end);
		break;
	case MARK_SERVER:
		web_command_line(w, h->end - 1);
		break;
	case MARK_INFO:
		look_at_info(w, h->end);
		break;
	case MARK_OPEN:
		look_at_open(w, h->end);
		break;
	default:
		break;
	}
}

/* -- tables of dispatchers -- */

/* entry({"admin", "system", "flash"}, call("action_flash"), ...) */
static void luci_entry(struct web_file *w, struct span line, uint64_t begin)
{
	size_t at = span_find(line, 0, span_text("entry({"));
	struct text url = { 0 };
	struct span rest, list;

	if (at == SIZE_MAX || span_byte(trimmed(line), 0) == '-')
		return;
	rest = span_from(line, at + 7);
	list = field_next(&rest, '}');
	text_puts(&url, "/cgi-bin/luci");
	while (list.n) {
		struct span word = trimmed(field_next(&list, ','));

		if (word.n < 3 || (word.p[0] != '"' && word.p[0] != '\''))
			break;
		text_char(&url, '/');
		text_put(&url, span_sub(word, 1, word.n - 2));
	}
	if (!url.failed && url.n > 14)
		say_route(w, text_span(&url), "luci entry", begin + at);
	text_free(&url);
}

static void luci_open(struct web_file *w, struct span line, uint64_t begin)
{
	size_t at = span_find(line, 0, span_text("sysauth"));
	struct span value;

	if (at == SIZE_MAX)
		return;
	value = trimmed(span_from(line, at + 7));
	if (span_byte(value, 0) != '=')
		return;
	value = trimmed(span_from(value, 1));
	if (span_starts(value, span_text("false")) || span_starts(value, span_text("nil")))
		web_say(w, "exempt", trimmed(line), span_text("no login is asked for"), begin,
			line.n);
}

static void luci_controller(struct web_file *w)
{
	size_t at = 0, begin = 0;
	struct span line;

	while (line_next(w->s->bytes, &at, &line)) {
		luci_entry(w, line, begin);
		luci_open(w, line, begin);
		begin = at;
	}
}

/* route uri=/action/ methods=POST handler=action auth=form */
static void goahead_routes(struct web_file *w)
{
	size_t at = 0, begin = 0;
	struct span line;

	while (line_next(w->s->bytes, &at, &line)) {
		size_t uri = span_find(line, 0, span_text("uri="));
		struct span url = { 0 };

		if (span_starts(line, span_text("route ")) && uri != SIZE_MAX) {
			struct span rest = span_from(line, uri + 4);

			url = field_next(&rest, ' ');
		}
		if (url.n) {
			say_route(w, url, "table", begin + uri + 4);
			if (span_find(line, 0, span_text("auth=")) == SIZE_MAX)
				web_say(w, "exempt", url, span_text("route without auth="), begin,
					line.n);
		}
		begin = at;
	}
}

/* Each method that a group of an access list names, below read or write. */
static void list_methods(struct web_file *w, const struct json_text *t, uint32_t objects,
			 const char *what)
{
	for (uint32_t o = json_child(t, objects); o != JSON_NONE; o = json_next(t, o)) {
		struct text name = { 0 };
		struct span key = t->items[o].key;

		text_put(&name, key);
		for (uint32_t m = json_child(t, o); m != JSON_NONE; m = json_next(t, m)) {
			text_puts(&name, m == json_child(t, o) ? ": " : ", ");
			text_put(&name, t->items[m].value);
		}
		if (!name.failed)
			web_say(w, "exempt", text_span(&name), span_text(what),
				span_place(w->s->bytes, key), key.n);
		text_free(&name);
	}
}

static void rpcd_group(struct web_file *w, const struct json_text *t, uint32_t group)
{
	static const char *const rights[] = { "read", "write" };
	static const char *const said[] = { "ubus methods that may be read without login",
					    "ubus methods that may be called without login" };
	struct span key = t->items[group].key;

	if (!span_is(key, "unauthenticated")) {
		web_say(w, "route", key, span_text("ubus access group"),
			span_place(w->s->bytes, key), key.n);
		return;
	}
	for (int i = 0; i < 2; i++) {
		uint32_t right = json_find(t, group, rights[i]);
		uint32_t objects = right == JSON_NONE ? JSON_NONE : json_find(t, right, "ubus");

		if (objects != JSON_NONE)
			list_methods(w, t, objects, said[i]);
	}
}

static void json_table(struct web_file *w, bool is_menu)
{
	struct arena a = { 0 };
	struct json_text t;
	struct fault f;

	arena_init(&a, 16u << 20);
	f = json_text_read(&a, w->s->bytes, &t);
	if (f.kind == FAULT_NONE && t.count)
		for (uint32_t i = json_child(&t, 0); i != JSON_NONE; i = json_next(&t, i)) {
			struct span key = t.items[i].key;

			if (is_menu)
				web_say(w, "route", key, span_text("luci menu"),
					span_place(w->s->bytes, key), key.n);
			else
				rpcd_group(w, &t, i);
		}
	arena_free(&a);
}

enum table { TABLE_NONE, TABLE_LUCI, TABLE_ACCESS, TABLE_MENU, TABLE_ROUTES };

static enum table table_of(const struct node *n)
{
	struct span path = n->path, name = node_name(n);
	bool is_json = span_ends(name, span_text(".json"));

	if (span_find(path, 0, span_text("/luci/controller/")) != SIZE_MAX)
		return TABLE_LUCI;
	if (is_json && span_find(path, 0, span_text("/rpcd/acl.d/")) != SIZE_MAX)
		return TABLE_ACCESS;
	if (is_json && span_find(path, 0, span_text("/luci/menu.d/")) != SIZE_MAX)
		return TABLE_MENU;
	return span_is(name, "route.txt") ? TABLE_ROUTES : TABLE_NONE;
}

bool web_is_table(const struct node *n)
{
	return table_of(n) != TABLE_NONE;
}

void web_tables(struct web_file *w)
{
	enum table table = table_of(w->s->node);
	bool fits = w->s->bytes.n <= MOST_JSON;

	if (table == TABLE_LUCI)
		luci_controller(w);
	else if (fits && (table == TABLE_ACCESS || table == TABLE_MENU))
		json_table(w, table == TABLE_MENU);
	else if (table == TABLE_ROUTES)
		goahead_routes(w);
}
