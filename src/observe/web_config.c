/* web_config.c - what servers are told: their configuration files, and options on command lines.
 * Each server's words for one thing become one name. */
#include "observe/web.h"

#define MOST_LINES 4096
#define MOST_WORDS 64

struct option {
	const char *server, *word, *name;
};

/* -- configuration files -- */

static const struct option options[] = {
	{ "lighttpd", "server.document-root", "document root" },
	{ "lighttpd", "server.port", "port" },
	{ "lighttpd", "server.bind", "address" },
	{ "lighttpd", "server.username", "user" },
	{ "lighttpd", "server.upload-dirs", "upload folder" },
	{ "lighttpd", "server.tag", "version header" },
	{ "lighttpd", "ssl.engine", "tls" },
	{ "lighttpd", "ssl.pemfile", "certificate" },
	{ "lighttpd", "cgi.assign", "cgi" },
	{ "lighttpd", "fastcgi.server", "cgi" },
	{ "lighttpd", "dir-listing.activate", "directory listing" },
	{ "lighttpd", "server.dir-listing", "directory listing" },
	{ "lighttpd", "auth.backend", "authentication" },
	{ "lighttpd", "auth.require", "authentication" },
	{ "lighttpd", "index-file.names", "index" },
	{ "lighttpd", "ssi.extension", "server-side includes" },
	{ "lighttpd", "ssi.exec", "server-side exec" },
	{ "lighttpd", "alias.url", "alias" },
	{ "nginx", "root", "document root" },
	{ "nginx", "listen", "port" },
	{ "nginx", "user", "user" },
	{ "nginx", "ssl", "tls" },
	{ "nginx", "ssl_certificate", "certificate" },
	{ "nginx", "autoindex", "directory listing" },
	{ "nginx", "auth_basic", "authentication" },
	{ "nginx", "index", "index" },
	{ "nginx", "fastcgi_pass", "cgi" },
	{ "nginx", "uwsgi_pass", "cgi" },
	{ "nginx", "proxy_pass", "proxy" },
	{ "nginx", "ssi", "server-side includes" },
	{ "nginx", "server_tokens", "version header" },
	{ "nginx", "alias", "alias" },
	{ "nginx", "dav_methods", "write methods" },
	{ "apache", "DocumentRoot", "document root" },
	{ "apache", "Listen", "port" },
	{ "apache", "User", "user" },
	{ "apache", "SSLEngine", "tls" },
	{ "apache", "SSLCertificateFile", "certificate" },
	{ "apache", "Options", "options" },
	{ "apache", "ScriptAlias", "cgi" },
	{ "apache", "AddHandler", "cgi" },
	{ "apache", "AuthType", "authentication" },
	{ "apache", "DirectoryIndex", "index" },
	{ "apache", "ServerTokens", "version header" },
	{ "apache", "Alias", "alias" },
	{ "boa", "DocumentRoot", "document root" },
	{ "boa", "Port", "port" },
	{ "boa", "Listen", "address" },
	{ "boa", "User", "user" },
	{ "boa", "ScriptAlias", "cgi" },
	{ "boa", "AddType", "cgi" },
	{ "boa", "Alias", "alias" },
	{ "boa", "DirectoryIndex", "index" },
	{ "boa", "DirectoryMaker", "directory listing" },
	{ "boa", "Auth", "authentication" },
	{ "boa", "SSLPort", "tls" },
	{ "thttpd", "dir", "document root" },
	{ "thttpd", "data_dir", "document root" },
	{ "thttpd", "port", "port" },
	{ "thttpd", "host", "address" },
	{ "thttpd", "user", "user" },
	{ "thttpd", "cgipat", "cgi" },
	{ "thttpd", "ssl", "tls" },
	{ "thttpd", "certfile", "certificate" },
	{ "uhttpd", "home", "document root" },
	{ "uhttpd", "listen_http", "port" },
	{ "uhttpd", "listen_https", "tls" },
	{ "uhttpd", "redirect_https", "redirect to tls" },
	{ "uhttpd", "cert", "certificate" },
	{ "uhttpd", "cgi_prefix", "cgi" },
	{ "uhttpd", "lua_prefix", "cgi" },
	{ "uhttpd", "ucode_prefix", "cgi" },
	{ "uhttpd", "interpreter", "cgi" },
	{ "uhttpd", "ubus_prefix", "ubus" },
	{ "uhttpd", "no_ubusauth", "ubus without login" },
	{ "uhttpd", "index_page", "index" },
	{ "uhttpd", "no_dirlists", "no directory listing" },
	{ "uhttpd", "realm", "realm" },
	{ "appweb", "Documents", "document root" },
	{ "appweb", "DocumentRoot", "document root" },
	{ "appweb", "Listen", "port" },
	{ "appweb", "ListenSecure", "tls" },
	{ "appweb", "AuthType", "authentication" },
};

/* Files by a glob of their name, and a part that stands in their path. */
static const struct {
	const char *server, *globs, *folder;
} files[] = {
	{ "lighttpd", "lighttpd*.conf", "/" },
	{ "lighttpd", "*.conf", "/lighttpd/" },
	{ "nginx", "nginx*.conf", "/" },
	{ "nginx", "*.conf,default,*.locations", "/nginx/" },
	{ "apache", "apache*.conf", "/" },
	{ "apache", "*.conf", "/apache2/" },
	{ "apache", "httpd.conf", "/conf/" },
	{ "boa", "boa.conf,boa-*.conf,boa_*.conf", "/" },
	{ "thttpd", "thttpd*.conf,mini_httpd*.conf", "/" },
	{ "uhttpd", "uhttpd", "/etc/config/" },
	{ "appweb", "appweb*.conf", "/" },
	{ "httpd", "httpd.conf", "/etc/" },
};

static const char *server_of_file(const struct node *n)
{
	struct span name = node_name(n);

	if (n->kind != KIND_FILE)
		return NULL;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (name_matches(name, files[i].globs) &&
		    span_find(n->path, 0, span_text(files[i].folder)) != SIZE_MAX)
			return files[i].server;
	return NULL;
}

/* What no setting of these files holds between a word and its value. */
static struct span bare_value(struct span s)
{
	s = trimmed(s);
	while (s.n && strchr("=+:", s.p[0]) && s.p[0])
		s = trimmed(span_from(s, 1));
	while (s.n && (s.p[s.n - 1] == ';' || s.p[s.n - 1] <= ' '))
		s.n--;
	if (s.n >= 2 && s.p[0] == '(' && s.p[s.n - 1] == ')')
		s = trimmed(span_sub(s, 1, s.n - 2));
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') &&
	    span_find(s, 1, span_head(s, 1)) == s.n - 1)
		s = span_sub(s, 1, s.n - 2);
	return s;
}

/* The first word of a line; *rest is what follows it. */
static struct span first_word(struct span line, struct span *rest)
{
	size_t n = 0;

	line = trimmed(line);
	while (n < line.n && line.p[n] > ' ' && line.p[n] != '=' && line.p[n] != ';' &&
	       !(line.p[n] == '+' && span_byte(line, n + 1) == '='))
		n++;
	*rest = span_from(line, n);
	return span_sub(line, 0, n);
}

static void say_setting(struct web_file *w, const char *name, struct span value, struct span line)
{
	bool is_tls = span_find(value, 0, span_text(" ssl")) != SIZE_MAX;

	if (span_starts(line, span_text("AddType")) &&
	    span_find(value, 0, span_text("cgi")) == SIZE_MAX)
		return; /* types of pages and pictures */
	web_say(w, "setting", span_text(name), value, span_place(w->s->bytes, line), line.n);
	if (is_tls && strcmp(name, "port") == 0)
		web_say(w, "setting", span_text("tls"), value, span_place(w->s->bytes, line),
			line.n);
}

static void read_setting(struct web_file *w, const char *server, struct span line)
{
	struct span rest, word = first_word(line, &rest);

	if (strcmp(server, "uhttpd") == 0 && (span_is(word, "option") || span_is(word, "list")))
		word = first_word(rest, &rest);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].server, server) == 0 && span_is(word, options[i].word))
			say_setting(w, options[i].name, bare_value(rest), line);
}

/* BusyBox: H:/www, A:10., *.php:/usr/bin/php-cgi, /cgi-bin:user:password. */
static void read_busybox(struct web_file *w, struct span line)
{
	struct span rest = line, word = field_next(&rest, ':');

	if (rest.n == 0)
		return;
	if (span_is(word, "H") || span_is(word, "h"))
		say_setting(w, "document root", trimmed(rest), line);
	else if (span_is(word, "I") || span_is(word, "i"))
		say_setting(w, "index", trimmed(rest), line);
	else if (span_starts(word, span_text("*.")))
		say_setting(w, "cgi", line, line);
	else if (span_byte(word, 0) == '/')
		say_setting(w, "authentication", word, line);
}

bool web_configuration(struct web_file *w)
{
	const char *server = server_of_file(w->s->node);
	struct span line;
	size_t at = 0;

	if (!server)
		return false;
	web_say(w, "server", span_text(server), span_text("configuration"), 0, w->s->bytes.n);
	for (int i = 0; i < MOST_LINES && line_next(w->s->bytes, &at, &line); i++) {
		struct span text = trimmed(line);

		if (text.n == 0 || text.p[0] == '#')
			continue;
		if (strcmp(server, "httpd") != 0)
			read_setting(w, server, text);
		else if (text.p[0] >= 'A' && text.p[0] <= 'Z' && span_byte(text, 1) != ':')
			read_setting(w, "apache", text);
		else
			read_busybox(w, text);
	}
	return true;
}

/* -- command lines -- */

/* An option's letter, and whether a value follows it. */
static const struct {
	const char *server;
	char letter;
	bool has_value;
	const char *name;
} letters[] = {
	{ "httpd", 'h', true, "document root" },
	{ "httpd", 'p', true, "port" },
	{ "httpd", 'c', true, "configuration" },
	{ "httpd", 'f', true, "configuration" },
	{ "httpd", 'u', true, "user" },
	{ "httpd", 'r', true, "realm" },
	{ "httpd", 'S', false, "tls" },
	{ "uhttpd", 'h', true, "document root" },
	{ "uhttpd", 'p', true, "port" },
	{ "uhttpd", 's', true, "tls" },
	{ "uhttpd", 'x', true, "cgi" },
	{ "uhttpd", 'u', true, "ubus" },
	{ "uhttpd", 'a', false, "ubus without login" },
	{ "uhttpd", 'D', false, "no directory listing" },
	{ "mini_httpd", 'd', true, "document root" },
	{ "mini_httpd", 'p', true, "port" },
	{ "mini_httpd", 'c', true, "cgi" },
	{ "mini_httpd", 'u', true, "user" },
	{ "mini_httpd", 'C', true, "configuration" },
	{ "mini_httpd", 'S', false, "tls" },
	{ "thttpd", 'd', true, "document root" },
	{ "thttpd", 'p', true, "port" },
	{ "thttpd", 'c', true, "cgi" },
	{ "thttpd", 'u', true, "user" },
	{ "thttpd", 'C', true, "configuration" },
	{ "boa", 'c', true, "server root" },
	{ "boa", 'f', true, "configuration" },
	{ "lighttpd", 'f', true, "configuration" },
	{ "nginx", 'c', true, "configuration" },
};

/* The next word of a command; empty at its end. */
static struct span next_word(struct span *rest)
{
	struct span s = trimmed(*rest), word;
	size_t n = 0;
	int quote = span_byte(s, 0);

	*rest = (struct span){ 0 };
	if (s.n == 0 || strchr(";&|<>#)", quote))
		return *rest;
	if (quote == '"' || quote == '\'') {
		n = span_find(s, 1, (struct span){ s.p, 1 });
		n = n < s.n ? n : s.n;
		*rest = span_from(s, n + 1);
		return span_sub(s, 1, n - 1);
	}
	while (n < s.n && s.p[n] > ' ' && !strchr(";&|<>)", s.p[n]))
		n++;
	word = span_sub(s, 0, n);
	*rest = span_from(s, n);
	return word;
}

/* "-p80" and "-p 80". */
static void read_letter(struct web_file *w, const char *server, struct span word, struct span *rest)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		struct span value = span_from(word, 2);

		if (strcmp(letters[i].server, server) != 0 ||
		    span_byte(word, 1) != letters[i].letter)
			continue;
		if (!letters[i].has_value)
			value = span_text("on");
		else if (value.n == 0)
			value = next_word(rest);
		if (value.n)
			web_say(w, "setting", span_text(letters[i].name), value,
				span_place(w->s->bytes, word), word.n);
		return;
	}
}

void web_command_line(struct web_file *w, uint64_t at)
{
	struct span line = line_around(w->s->bytes, at), rest, word, path;
	uint64_t begin = span_place(w->s->bytes, line), from = at, to = at + 1;
	const char *server;

	if (w->language != WEB_SHELL || span_byte(trimmed(line), 0) == '#')
		return;
	while (from > begin && span_byte(w->s->bytes, from - 1) > ' ' &&
	       span_byte(w->s->bytes, from - 1) != ';')
		from--;
	while (to < begin + line.n && span_byte(w->s->bytes, to) > ' ' &&
	       span_byte(w->s->bytes, to) != ';')
		to++;
	word = path = span_sub(w->s->bytes, from, to - from);
	while (path.n)
		word = field_next(&path, '/');
	server = web_server_of(word);
	if (!server || !is_command(line, from - begin))
		return;
	rest = span_sub(line, to - begin, begin + line.n - to);
	for (int i = 0; i < MOST_WORDS; i++) {
		word = next_word(&rest);
		if (word.n == 0)
			break;
		if (word.n >= 2 && word.p[0] == '-' && word.p[1] != '-')
			read_letter(w, server, word, &rest);
	}
}
