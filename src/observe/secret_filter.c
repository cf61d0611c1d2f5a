/* secret_filter.c - the one filter of values that are no secrets: variables, placeholders, words of
 * an interface, values too regular to be anybody's (checks.md 6). */
#include <ctype.h>

#include "observe/secret.h"

#define LEAST_SHOWN  8
#define LONGEST_BITS 3500 /* millibits a character of a strong key */

struct span secret_masked(struct arena *a, struct span value)
{
	struct text t = { 0 };
	struct span copy;

	if (value.n >= LEAST_SHOWN) {
		text_put(&t, span_head(value, 2));
		text_puts(&t, "...");
		text_put(&t, span_from(value, value.n - 2));
		text_puts(&t, ", ");
	}
	text_format(&t, "%zu character%s", value.n, value.n == 1 ? "" : "s");
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

static bool holds(struct span s, const char *part)
{
	return span_find(s, 0, span_text(part)) != SIZE_MAX;
}

static bool is_word_of(struct span s, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (span_is(s, list[i]))
			return true;
	return false;
}

static struct span lower(struct span s, uint8_t room[128])
{
	size_t n = s.n < 128 ? s.n : 128;

	for (size_t i = 0; i < n; i++)
		room[i] = (uint8_t)tolower(s.p[i]);
	return (struct span){ room, n };
}

/* -- variables -- */

/* "$1$salt$..." and "$y$j9T$...": a hash, no variable. */
static bool is_hash(struct span s)
{
	size_t i = 1;

	while (i < s.n && i < 6 && isalnum(s.p[i]))
		i++;
	return s.n > 10 && s.p[0] == '$' && i > 1 && span_byte(s, i) == '$';
}

static bool begins_variable(struct span s, uint64_t at, enum holder holder)
{
	int next = span_byte(s, at + 1), before = at ? span_byte(s, at - 1) : ' ';

	if (next == '{' || next == '(')
		return true;
	if (next < 0 || !(isalnum(next) || strchr("_@*#?!$", next)))
		return false;
	return holder == HOLDER_SCRIPT || holder == HOLDER_CODE ? next != '$'
								: !isalnum(before) && before != '$';
}

/* "%s", "%-8d", "%1$s": a form that a program fills. */
static bool begins_format(struct span s, uint64_t at)
{
	uint64_t i = at + 1;

	while (i < s.n && strchr("0123456789.*-+#lhz$", s.p[i]))
		i++;
	if (span_byte(s, at + 1) == '(' || span_byte(s, at + 1) == '{')
		return true;
	return i < s.n && strchr("sdiuxXcp", s.p[i]) && !isalnum(span_byte(s, i + 1));
}

static bool is_between(struct span s, int open, int close)
{
	return s.n > 1 && s.p[0] == open && s.p[s.n - 1] == close;
}

/* "@ADMIN_PASSWORD", "%PASSWORD%": the name of what is put there. */
static bool is_marked_name(struct span s)
{
	for (size_t i = 1; i < s.n; i++)
		if (!isupper(s.p[i]) && !isdigit(s.p[i]) && s.p[i] != '_')
			return false;
	return s.n > 4 && ispunct(s.p[0]);
}

static bool is_variable(struct span s, enum holder holder)
{
	if (is_hash(s))
		return false;
	if (is_between(s, '<', '>') || is_between(s, '[', ']') || is_between(s, '{', '}') ||
	    is_between(s, '@', '@') || is_between(s, '%', '%') || is_between(s, '(', ')') ||
	    span_starts(s, span_text("__")) || span_byte(s, 0) == '`' || is_marked_name(s))
		return true;
	if (span_starts(s, span_text("~~")) || holds(s, "{{") || holds(s, "{%") || holds(s, "#{") ||
	    holds(s, "<%") || holds(s, "<?") || holds(s, "$(") || holds(s, "%("))
		return true;
	for (uint64_t i = 0; i < s.n; i++)
		if ((s.p[i] == '$' && begins_variable(s, i, holder)) ||
		    (s.p[i] == '%' && begins_format(s, i)))
			return true;
	return s.n <= 3 && s.p[0] == '\\';
}

/* -- placeholders -- */

static const char *const parts[] = { "example",
				     "sample",
				     "changeme",
				     "change_me",
				     "change-me",
				     "change_it",
				     "changeit",
				     "placeholder",
				     "your_",
				     "your-",
				     "yourpass",
				     "yourkey",
				     "yoursecret",
				     "redacted",
				     "dummypass",
				     "replaceme",
				     "replace_",
				     "insert_",
				     "xxxx",
				     "notreal",
				     "akiaiosfodnn7",
				     "goeshere",
				     "$abcd0123$",
				     "$0123456789abcdef$",
				     "$abc0123456789$",
				     "abcdefghijklmnopqrstu",
				     "somepass",
				     NULL };

static bool is_one_character(struct span s)
{
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] != s.p[0])
			return false;
	return true;
}

/* 0123456789abcdef..., abcdefgh: each character follows the one before it. */
static bool is_row(struct span s)
{
	size_t follows = 0;

	for (size_t i = 1; i < s.n; i++)
		follows += s.p[i] == s.p[i - 1] + 1 || (s.p[i - 1] == '9' && s.p[i] == 'a') ||
			   (s.p[i - 1] == '9' && s.p[i] == 'A') ||
			   (s.p[i - 1] == 'f' && s.p[i] == '0') ||
			   (s.p[i - 1] == '9' && s.p[i] == '0');
	return s.n >= 16 && follows + 1 >= s.n - 2;
}

static bool is_placeholder(struct span value)
{
	uint8_t room[128];
	struct span s = lower(value, room);

	if (is_one_character(s) && (s.n > 1 || !isalnum(s.p[0])))
		return true;
	for (size_t i = 0; parts[i]; i++)
		if (holds(s, parts[i]))
			return true;
	return holds(s, "...") || holds(s, "***") || is_row(s);
}

/* Words that stand for a password, and never are one where nothing else says so. */
/* clang-format off */
static const char *const plain_words[] = {
	"password", "passwd", "pass", "passphrase", "pw", "pwd", "secret", "none", "null",
	"nil", "undefined", "true", "false", "yes", "no", "on", "off", "enabled", "disabled",
	"required", "optional", "string", "text", "username", "foo", "bar", "baz", "foobar",
	"secretpassword", "mypass", "mypassword", "mysecret", "token", "key", "passwort",
	"hunter2", "s3cr3t", "s3cret", "p4ssw0rd", "userpass", "thepassword", "somepassword",
	"word", "hidden", "function", "anonymous", "anonymous@", "return", "input", "type",
	"default", "value", "this", "self", "ask", "prompt", "empty", NULL,
};
/* clang-format on */

static bool is_plain_word(struct span value)
{
	uint8_t room[128];
	struct span s = lower(value, room);

	return span_starts(s, span_text("anon@")) || span_starts(s, span_text("anonymous")) ||
	       is_word_of(s, plain_words);
}

/* -- forms of values -- */

bool secret_is_published(struct span value)
{
	for (size_t i = 0; i < default_passwords_count; i++)
		if (span_is(value, default_passwords[i].password))
			return true;
	return false;
}

/* Words joined as names are: "WrongPasswort", "newPassword". */
static bool is_camel(struct span s)
{
	size_t run = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!isalpha(s.p[i]) || (isupper(s.p[i]) && i > 0 && run < 3))
			return false;
		run = isupper(s.p[i]) ? 1 : run + 1;
	}
	return run >= 3;
}

/* How many kinds of characters a word has; what joins the words of a name is none. */
static int kinds(struct span s)
{
	bool small = false, capital = false, digit = false, other = false;

	for (size_t i = 0; i < s.n; i++) {
		int c = s.p[i];

		small |= islower(c) != 0;
		capital |= isupper(c) != 0;
		digit |= isdigit(c) != 0;
		other |= ispunct(c) && !strchr("-_./:\\", c);
		if (c >= 0x80)
			return 1; /* a word of some language */
	}
	return is_camel(s) ? 1 : small + capital + digit + other;
}

static bool is_name_of_code(struct span s)
{
	static const char *const endings[] = { ".htm", ".html", ".js", ".asp",  ".cgi", ".php",
					       ".xml", ".txt",  ".sh", ".conf", ".png", ".gif",
					       ".css", ".log",  ".py", ".c",    ".h",   ".cfg" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (span_ends(s, span_text(endings[i])))
			return true;
	return holds(s, "\\\\") || holds(s, "::") || holds(s, "->") || holds(s, "()") ||
	       holds(s, "://") || strchr("/.:&#+=,;)?|*", s.p[0]) ||
	       strchr(":+(,&\\", s.p[s.n - 1]);
}

static bool is_of_letters(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalpha(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return true;
}

/* Pages speak to people: there letters alone are a word of an interface. */
static bool is_mixed(struct span s, enum holder holder)
{
	if (is_plain_word(s) || is_name_of_code(s))
		return false;
	return secret_is_published(s) ||
	       (kinds(s) >= 2 && !(holder == HOLDER_CODE && is_of_letters(s)));
}

/* Without quotes only a shell and configurations have literals; elsewhere it is a name. */
static bool is_bare(struct span s, enum holder holder)
{
	return holder != HOLDER_CODE && is_mixed(s, holder);
}

static bool is_strong(struct span s)
{
	bool digit = false, letter = false;

	for (size_t i = 0; i < s.n; i++) {
		digit |= isdigit(s.p[i]) != 0;
		letter |= isalpha(s.p[i]) != 0;
	}
	return digit && letter && entropy_millibits(s) >= LONGEST_BITS && !is_plain_word(s);
}

/* The checksum digit of a WPS PIN (Wi-Fi Simple Configuration 2.0, 7.4.1). */
static bool is_pin(struct span s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < 8; i++) {
		int c = span_byte(s, i);

		if (c < '0' || c > '9')
			return false;
		sum += (unsigned)(c - '0') * (i % 2 ? 1 : 3);
	}
	return s.n == 8 && sum % 10 == 0;
}

/* user:password of a URL: the user stands before the value in the text, the host behind it. */
static const char *url_filter(struct span text, struct span value)
{
	static const char *const users[] = { "user",  "username", "anonymous", "foo",    "me",
					     "login", "name",     "joe",       "myuser", "uname",
					     "usr",   "u",        NULL };
	static const char *const hosts[] = { "example.com",
					     "example.org",
					     "example.net",
					     "www.example.com",
					     "host",
					     "hostname",
					     "server",
					     "proxy",
					     "foo",
					     "localhost",
					     "proxy.example.com",
					     "foo.com",
					     "bar.com",
					     "domain.com",
					     "site.com",
					     NULL };
	uint64_t at = span_place(text, value), begin = at ? at - 1 : 0;
	uint8_t room[128];
	struct span user, host = span_from(text, at + value.n + 1);
	size_t n = 0;

	while (begin > 0 && text.p[begin - 1] != '/')
		begin--;
	user = span_sub(text, begin, at ? at - 1 - begin : 0);
	while (n < host.n && (isalnum(host.p[n]) || host.p[n] == '.' || host.p[n] == '-'))
		n++;
	host = span_head(host, n);
	if (value.n < 3 || is_word_of(lower(user, room), users) || is_plain_word(value))
		return "placeholder";
	if (is_variable(user, HOLDER_SCRIPT))
		return "variable";
	return is_word_of(lower(host, room), hosts) || holds(host, "xxx") ? "documentation host"
									  : NULL;
}

static const char *basic_filter(struct span value)
{
	struct text plain = { 0 };
	struct span s;
	bool holds_two;

	text_base64(&plain, value);
	s = text_span(&plain);
	holds_two = span_find(s, 0, span_text(":")) != SIZE_MAX && looks_like_text(s);
	text_free(&plain);
	return holds_two ? NULL : "form";
}

static const char *form_filter(const struct secret_rule *r, enum holder holder, struct span text,
			       struct span value)
{
	switch (r->value) {
	case FORM_OF_ANY:
	case FORM_OF_WORD:
		return NULL;
	case FORM_OF_NAME:
		if (holder == HOLDER_CONFIGURATION ||
		    (holder == HOLDER_SCRIPT && !is_plain_word(value)))
			return NULL;
		return is_mixed(value, holder) ? NULL : "word";
	case FORM_OF_BARE:
		return is_bare(value, holder) ? NULL : "word";
	case FORM_OF_MIXED:
		return is_mixed(value, holder) ? NULL : "word";
	case FORM_OF_STRONG:
		return is_strong(value) ? NULL : "entropy";
	case FORM_OF_PIN:
		return is_pin(value) ? NULL : "checksum";
	case FORM_OF_URL:
		return url_filter(text, value);
	case FORM_OF_BASIC:
		return basic_filter(value);
	case FORM_OF_ENTROPY:
		return entropy_millibits(value) >= r->millibits ? NULL : "entropy";
	}
	return NULL;
}

bool secret_is_doubt(const char *why)
{
	static const char *const doubts[] = { "word", "entropy", "checksum", "form", NULL };

	return is_word_of(span_text(why), doubts);
}

const char *secret_filter(const struct secret_rule *r, enum holder holder, struct span text,
			  struct span value)
{
	if (holder == HOLDER_DOCUMENT || holder == HOLDER_TEST)
		return holder_name(holder);
	if (is_variable(value, holder))
		return "variable";
	if (r->value != FORM_OF_WORD && is_placeholder(value))
		return "placeholder";
	return form_filter(r, holder, text, value);
}
