/* secret_holder.c - whether a file is a device's own, or a text about devices: a password in a
 * manual or in the data of a test is everybody's. By name and place alone, the same for all. */
#include "observe/secret.h"

#define MOST_MANUAL (1u << 20)

const char *holder_name(enum holder h)
{
	static const char *const names[] = {
		[HOLDER_PROGRAM] = "program", [HOLDER_SCRIPT] = "script",
		[HOLDER_CODE] = "script",     [HOLDER_CONFIGURATION] = "configuration",
		[HOLDER_HISTORY] = "history", [HOLDER_DOCUMENT] = "document",
		[HOLDER_TEST] = "test",
	};

	return names[h];
}

struct places {
	const char *const *folders; /* parts of a path, ended by NULL */
	const char *names;          /* globs */
};

static bool is_at(const struct node *n, const struct places *p)
{
	for (size_t i = 0; p->folders[i]; i++)
		if (span_find(n->path, 0, span_text(p->folders[i])) != SIZE_MAX)
			return true;
	return name_matches(node_name(n), p->names);
}

static const struct places histories = {
	(const char *const[]){ "/.git/", "/.svn/", "/.hg/", "/CVS/", "/.bzr/", NULL },
	"*_history,*.history,.viminfo,.lesshst,.rediscli_history,.histfile,.zhistory,.sh_history,"
	".bash_logout~"
};

static const struct places documents = {
	(const char *const[]){ "/share/doc/",
			       "/share/man/",
			       "/share/info/",
			       "/share/licenses/",
			       "/share/help/",
			       "/share/gtk-doc/",
			       "/share/doc-base/",
			       "/usr/doc/",
			       "/locale/",
			       "/i18n/",
			       "/l10n/",
			       "/lang/",
			       "/languages/",
			       "/translations/",
			       "/examples/",
			       "/example/",
			       "/samples/",
			       "/sample/",
			       "/docs/",
			       "/doc/",
			       "/share/bash-completion/",
			       "/share/zsh/",
			       "/share/vim/",
			       "/share/nmap/",
			       NULL },
	"*.sample,*.example,*.examples,*-sample.*,*-example.*,*.sample.*,*.example.*,sample-*,"
	"example-*,*.dist,*.tmpl,*.md,*.rst,*.adoc,*.pod,*.texi,*.j2,*.erb,*.po,*.pot,*.mo,*.qm,"
	"README*,"
	"readme*,CHANGELOG*,ChangeLog*,NEWS*,COPYING*,LICENSE*,INSTALL*,*.[1-9],*.1,*.3,*.5,*.7,"
	"*.8,*.3pm,*.css,*.svg,languages-*.js,lang_*.js,*_lang.js,lang-*.js,language_*.js"
};

static const struct places tests = {
	(const char *const[]){ "/test/", "/tests/", "/testing/", "/testdata/", "/test-data/",
			       "/test_data/", "/selftest/", "/testsuite/", "/fixtures/", "/mocks/",
			       "/_test/", "/spec/", NULL },
	"test_*.py,test*.sh,*_test.py,*_test.go,*.test.js,*_spec.rb,test_*.sh,*.t"
};

static bool begins_with_code(struct span bytes)
{
	static const char *const signs[] = { "<?php",   "<html",   "<HTML",     "<!DOCTYPE",
					     "<script", "<SCRIPT", "function ", "document." };
	struct span head = span_head(bytes, 4096);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (span_find(head, 0, span_text(signs[i])) != SIZE_MAX)
			return true;
	return false;
}

static enum holder holder_of_text(struct span name, struct span bytes)
{
	size_t at = 0;
	struct span first = { 0 };

	if (name_matches(name,
			 "*.lua,*.php,*.py,*.pl,*.pm,*.cgi,*.tcl,*.rb,*.asp,*.aspx,*.js,*.jsp,"
			 "*.inc,*.htm,*.html,*.uc,*.go,*.c,*.h,*.ts,*.java,*.ejs,*.shtml"))
		return HOLDER_CODE;
	line_next(span_head(bytes, 256), &at, &first);
	if (span_starts(first, span_text("#!")))
		return span_find(first, 0, span_text("sh")) != SIZE_MAX ? HOLDER_SCRIPT
									: HOLDER_CODE;
	if (name_matches(name, "*.sh,*.ash,*.bash,*.expect,rcS,rc.local"))
		return HOLDER_SCRIPT;
	return begins_with_code(bytes) ? HOLDER_CODE : HOLDER_CONFIGURATION;
}

enum holder holder_of(const struct node *leaf, struct span bytes, bool is_text)
{
	const struct node *n = leaf;

	while (n->path.n == 0 && n->parent)
		n = n->parent; /* what is packed in a file is called as the file */
	if (is_at(n, &histories))
		return HOLDER_HISTORY;
	if (is_at(n, &documents))
		return HOLDER_DOCUMENT;
	if (is_at(n, &tests))
		return HOLDER_TEST;
	if (!is_text)
		return HOLDER_PROGRAM;
	return holder_of_text(node_name(n), bytes);
}

/* Blanks before a sign of comments, and whether quotes are open there. */
static bool is_comment_sign(struct span line, uint64_t i, int quote)
{
	int before = i ? span_byte(line, i - 1) : ' ';

	return line.p[i] == '#' && !quote && (before == ' ' || before == '\t');
}

static bool ends_open(struct span before, const char *opening, const char *closing)
{
	size_t open = SIZE_MAX, close = SIZE_MAX;

	for (size_t i = 0; (i = span_find(before, i, span_text(opening))) != SIZE_MAX; i++)
		open = i;
	for (size_t i = 0; (i = span_find(before, i, span_text(closing))) != SIZE_MAX; i++)
		close = i;
	return open != SIZE_MAX && (close == SIZE_MAX || close < open);
}

/* "#define" in C; "//host/folder" in fstab and "//host/:_authToken" in .npmrc. */
static bool is_no_comment(struct span text)
{
	size_t i = 2;

	if (span_starts(text, span_text("#define")))
		return true;
	while (i < text.n && text.p[i] != '/' && text.p[i] > ' ' && text.p[i] != '=')
		i++;
	return span_starts(text, span_text("//")) && i > 2 && span_byte(text, i) == '/';
}

bool is_commented(struct span line, uint64_t at)
{
	static const char *const signs[] = { "#",  ";",    "//",   "-- ",  "* ",
					     "/*", "<!--", "dnl ", "rem ", "REM " };
	struct span text = span_head(line, at);
	int quote = 0;
	size_t i = 0;

	while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'))
		i++;
	text = span_from(text, i);
	for (size_t k = 0; k < sizeof(signs) / sizeof(signs[0]); k++)
		if (span_starts(text, span_text(signs[k])))
			return !is_no_comment(text);
	for (i = 0; i < text.n; i++) {
		if (is_comment_sign(text, i, quote))
			return true;
		if (text.p[i] == quote)
			quote = 0;
		else if (!quote && (text.p[i] == '"' || text.p[i] == '\''))
			quote = text.p[i];
	}
	return ends_open(text, "<!--", "-->");
}

/* Whether the place lies in a text between three quotes, which Python's programs keep manuals in.
 */
bool is_in_manual(const struct node *n, struct span bytes, uint64_t at)
{
	static const char *const quotes[] = { "\"\"\"", "'''" };
	struct span before = span_head(bytes, at);
	bool inside = false;

	if (!name_matches(node_name(n), "*.py") || at > MOST_MANUAL)
		return false;
	for (size_t k = 0; k < 2 && !inside; k++)
		for (size_t i = 0; (i = span_find(before, i, span_text(quotes[k]))) != SIZE_MAX;
		     i += 3)
			inside = !inside;
	return inside;
}
