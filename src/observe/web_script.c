/* web_script.c - scripts that a server runs: the lines in which they run commands or evaluate text,
 * and whether what a request says reaches that line. One pass, line by line: a variable carries a
 * request's value once it was assigned from one, unless the line looks like a filter. */
#include "observe/web.h"

#define MOST_LINES   4096
#define MOST_CARRIED 32
#define LONGEST_LINE 2048
#define MOST_CALLS   128
#define MOST_NAME    64
#define MOST_NESTED  16 /* commands in commands of one line */

/* What a line does with a value. */
enum effect { EFFECT_NONE, EFFECT_COMMAND, EFFECT_EVALUATION, EFFECT_INCLUDE };

struct call_word {
	const char *word;
	enum effect effect;
};

struct language {
	const char *const *sources;    /* texts that read a request */
	const char *const *filters;    /* texts after which a value is harmless or checked */
	const struct call_word *calls; /* ended by NULL */
	const char *variable;          /* what a variable begins with: "$"; "": a bare word */
};

struct carried { /* names of variables that carry a request's value */
	struct span names[MOST_CARRIED];
	uint32_t n, said;
};

static const char *const shell_sources[] = { "$QUERY_STRING",   "${QUERY_STRING",   "$HTTP_",
					     "${HTTP_",         "$PATH_INFO",       "${PATH_INFO",
					     "$REQUEST_URI",    "${REQUEST_URI",    "$FORM_",
					     "${FORM_",         "$POST_",           "${POST_",
					     "$GET_",           "${GET_",           "$COOKIE_",
					     "$CONTENT_LENGTH", "${CONTENT_LENGTH", NULL };
static const char *const shell_filters[] = { "tr -cd", "tr -dc",     "s/[^",        "s,[^",
					     "s|[^",   "grep -E '^", "grep -qE '^", NULL };
static const char *const php_sources[] = { "$_GET",
					   "$_POST",
					   "$_REQUEST",
					   "$_COOKIE",
					   "$_FILES",
					   "$_SERVER['QUERY_STRING",
					   "$_SERVER[\"QUERY_STRING",
					   "$HTTP_RAW_POST_DATA",
					   "php://input",
					   NULL };
static const char *const php_filters[] = {
	"escapeshellarg", "escapeshellcmd", "intval(",      "(int)",      "preg_match", "ctype_",
	"is_numeric",     "in_array",       "preg_replace", "filter_var", NULL
};
static const char *const lua_sources[] = { "formvalue(",
					   "getenv(\"QUERY_STRING",
					   "getenv('QUERY_STRING",
					   "env.QUERY_STRING",
					   "http.content(",
					   "ngx.var.arg_",
					   "ngx.req.",
					   NULL };
static const char *const lua_filters[] = { "shellquote", "shellescape",   "tonumber",
					   ":match(",    "string.match(", NULL };
static const char *const perl_sources[] = { "$ENV{QUERY_STRING", "$ENV{'QUERY_STRING",
					    "$ENV{\"QUERY_STRING", "param(", NULL };
static const char *const perl_filters[] = { "quotemeta", "=~", NULL };
static const char *const python_sources[] = { "FieldStorage(", "getvalue(",
					      "getfirst(",     "request.args",
					      "request.form",  "request.json",
					      "QUERY_STRING",  NULL };
static const char *const python_filters[] = { "quote(", "int(", "re.match(", NULL };

static const struct call_word php_calls[] = {
	{ "system(", EFFECT_COMMAND },         { "exec(", EFFECT_COMMAND },
	{ "shell_exec(", EFFECT_COMMAND },     { "passthru(", EFFECT_COMMAND },
	{ "popen(", EFFECT_COMMAND },          { "proc_open(", EFFECT_COMMAND },
	{ "pcntl_exec(", EFFECT_COMMAND },     { "eval(", EFFECT_EVALUATION },
	{ "assert(", EFFECT_EVALUATION },      { "create_function(", EFFECT_EVALUATION },
	{ "unserialize(", EFFECT_EVALUATION }, { "include(", EFFECT_INCLUDE },
	{ "include_once(", EFFECT_INCLUDE },   { "require(", EFFECT_INCLUDE },
	{ "require_once(", EFFECT_INCLUDE },   { "include ", EFFECT_INCLUDE },
	{ "require ", EFFECT_INCLUDE },        { NULL, EFFECT_NONE },
};
static const struct call_word lua_calls[] = {
	{ "os.execute(", EFFECT_COMMAND },    { "io.popen(", EFFECT_COMMAND },
	{ "sys.exec(", EFFECT_COMMAND },      { "sys.call(", EFFECT_COMMAND },
	{ "util.exec(", EFFECT_COMMAND },     { "nixio.exec(", EFFECT_COMMAND },
	{ "loadstring(", EFFECT_EVALUATION }, { "dofile(", EFFECT_INCLUDE },
	{ "loadfile(", EFFECT_INCLUDE },      { NULL, EFFECT_NONE },
};
static const struct call_word perl_calls[] = {
	{ "system(", EFFECT_COMMAND },  { "system ", EFFECT_COMMAND },
	{ "exec(", EFFECT_COMMAND },    { "exec ", EFFECT_COMMAND },
	{ "qx", EFFECT_COMMAND },       { "eval ", EFFECT_EVALUATION },
	{ "eval(", EFFECT_EVALUATION }, { NULL, EFFECT_NONE },
};
static const struct call_word python_calls[] = {
	{ "os.system(", EFFECT_COMMAND },          { "os.popen(", EFFECT_COMMAND },
	{ "subprocess.call(", EFFECT_COMMAND },    { "subprocess.run(", EFFECT_COMMAND },
	{ "subprocess.Popen(", EFFECT_COMMAND },   { "subprocess.check_output(", EFFECT_COMMAND },
	{ "commands.getoutput(", EFFECT_COMMAND }, { "eval(", EFFECT_EVALUATION },
	{ "pickle.loads(", EFFECT_EVALUATION },    { NULL, EFFECT_NONE },
};

static const struct language languages[] = {
	[WEB_SHELL] = { shell_sources, shell_filters, NULL, "$" },
	[WEB_PHP] = { php_sources, php_filters, php_calls, "$" },
	[WEB_LUA] = { lua_sources, lua_filters, lua_calls, "" },
	[WEB_PERL] = { perl_sources, perl_filters, perl_calls, "$" },
	[WEB_PYTHON] = { python_sources, python_filters, python_calls, "" },
};

static bool is_name_byte(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static struct span name_at(struct span s, size_t at)
{
	size_t n = 0;

	while (n < MOST_NAME && is_name_byte(span_byte(s, at + n)))
		n++;
	return span_sub(s, at, n);
}

/* Where a variable of that name is used in s; SIZE_MAX: nowhere. */
static size_t find_use(const struct language *l, struct span s, struct span name)
{
	for (size_t at = 0; (at = span_find(s, at, name)) != SIZE_MAX; at++) {
		int before = at ? s.p[at - 1] : -1, after = span_byte(s, at + name.n);

		if (is_name_byte(after) || is_name_byte(before))
			continue;
		if (l->variable[0] == 0 || before == '$' || before == '{')
			return at;
	}
	return SIZE_MAX;
}

/* Whether a request's value stands in s, read there or carried. */
static bool carries(const struct language *l, const struct carried *c, struct span s)
{
	if (has_any(s, l->sources))
		return true;
	for (uint32_t i = 0; i < c->n; i++)
		if (find_use(l, s, c->names[i]) != SIZE_MAX)
			return true;
	return false;
}

/* name = value, with "local", "my", "export" or a variable's mark before it. */
static struct span assigned(struct span line, struct span *value)
{
	static const char *const before[] = { "local ", "my ", "export ", "let ", NULL };
	struct span s = trimmed(line), name;
	size_t n;

	for (size_t i = 0; before[i]; i++)
		if (span_starts(s, span_text(before[i])))
			s = trimmed(span_from(s, strlen(before[i])));
	if (span_byte(s, 0) == '$')
		s = span_from(s, 1);
	name = name_at(s, 0);
	n = name.n;
	while (span_byte(s, n) == ' ')
		n++;
	if (name.n == 0 || span_byte(s, n) != '=' || span_byte(s, n + 1) == '=')
		return (struct span){ 0 };
	*value = span_from(s, n + 1);
	return name;
}

static void carry(const struct language *l, struct carried *c, struct span line)
{
	struct span value, name = assigned(line, &value);

	if (name.n == 0 || c->n == MOST_CARRIED || has_any(value, l->filters) ||
	    !carries(l, c, value))
		return;
	for (uint32_t i = 0; i < c->n; i++)
		if (span_equal(c->names[i], name))
			return;
	c->names[c->n++] = name;
}

/* A line that checks or cleans a variable: from there on it is taken for harmless. What runs behind
 * it is still listed, for a reader. */
static void forget_checked(const struct language *l, struct carried *c, struct span line)
{
	if (!has_any(line, l->filters))
		return;
	for (uint32_t i = 0; i < c->n;) {
		if (find_use(l, line, c->names[i]) != SIZE_MAX)
			c->names[i] = c->names[--c->n];
		else
			i++;
	}
}

static void say_call(struct web_file *w, struct carried *c, const char *what, struct span line)
{
	struct span text = trimmed(line);

	if (c->said++ < MOST_CALLS)
		web_say(w, "call", span_text(what), text, span_place(w->s->bytes, text), text.n);
}

/* -- PHP, Lua, Perl, Python -- */

/* The first argument of a call, whose opening bracket lies before: up to its comma or bracket. */
static struct span first_argument(struct span s)
{
	int quote = 0, depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		int c = s.p[i];

		if (c == '\\')
			i++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'' || c == '`')
			quote = c;
		else if (c == '(')
			depth++;
		else if (depth == 0 && (c == ',' || c == ')'))
			return span_head(s, i);
		else if (c == ')')
			depth--;
	}
	return s;
}

/* Whether a variable stands in s, outside of single quotes: "$name", "${", "@list"; not "$5" of
 * awk. */
static bool has_variable(struct span s)
{
	bool once = false, twice = false;

	for (size_t i = 0; i < s.n; i++) {
		int c = s.p[i], next = span_byte(s, i + 1);

		if (c == '\\')
			i++;
		else if (c == '"' && !once)
			twice = !twice;
		else if (c == '\'' && !twice)
			once = !once;
		else if ((c == '$' || c == '@') && !once &&
			 (next == '{' || (is_name_byte(next) && !(next >= '0' && next <= '9'))))
			return true;
	}
	return false;
}

/* An argument that holds no variable does what its author wrote, and nothing else. */
static bool is_constant(enum web_language l, struct span argument)
{
	static const char *const parts[] = { "..", "+", "%", ".format", "f\"", "f'", NULL };
	int first = span_byte(trimmed(argument), 0);

	if (l == WEB_PHP || l == WEB_PERL)
		return !has_variable(argument);
	return (first == '"' || first == '\'') && !has_any(argument, parts);
}

static const char *call_name(enum effect effect, bool asked)
{
	static const char *const names[][2] = {
		[EFFECT_COMMAND] = { "command", "command with a request value" },
		[EFFECT_EVALUATION] = { "evaluation", "evaluation of a request value" },
		[EFFECT_INCLUDE] = { "include", "include of a request value" },
	};

	return names[effect][asked];
}

static bool is_comment(struct span line)
{
	static const char *const marks[] = { "#", "//", "--", "*", "/*", ";", NULL };

	for (size_t i = 0; marks[i]; i++)
		if (span_starts(line, span_text(marks[i])))
			return true;
	return false;
}

/* Where a call of that word begins; SIZE_MAX: nowhere. */
static size_t find_call(struct span line, const char *word)
{
	struct span w = span_text(word);

	for (size_t at = 0; (at = span_find(line, at, w)) != SIZE_MAX; at++) {
		int before = at ? line.p[at - 1] : -1;

		if (!is_name_byte(before) && before != '>' && before != '$' && before != ':')
			return at;
	}
	return SIZE_MAX;
}

static void read_line(struct web_file *w, struct carried *c, struct span line)
{
	const struct language *l = &languages[w->language];

	for (const struct call_word *k = l->calls; k->word; k++) {
		size_t at = find_call(line, k->word);
		struct span argument;
		bool asked;

		if (at == SIZE_MAX)
			continue;
		argument = first_argument(span_from(line, at + strlen(k->word)));
		if (is_constant(w->language, argument))
			continue;
		asked = carries(l, c, argument) && !has_any(argument, l->filters);
		if (k->effect == EFFECT_INCLUDE && !asked)
			continue; /* code of its own, by a folder that a variable names */
		say_call(w, c, call_name(k->effect, asked), line);
		return;
	}
}

/* -- shell -- */

/* Commands that take words and run nothing. */
static bool is_harmless(struct span command)
{
	static const char *const names[] = { "echo",   "printf", "[",   "[[",     "test",   "case",
					     "export", "local",  "for", "in",     "return", "exit",
					     "read",   "shift",  "if",  "elif",   "while",  "set",
					     "until",  "true",   "let", "logger", "esac",   NULL };

	for (size_t i = 0; names[i]; i++)
		if (span_is(command, names[i]))
			return true;
	return command.n == 0 || span_find(command, 0, span_text("=")) != SIZE_MAX;
}

/* The command whose word stands at `at`: the first word behind what parts commands. */
static struct span command_at(struct span line, size_t at)
{
	static const char *const before[] = { "then", "do",   "else",  "!",    "{", "<%",
					      "if",   "elif", "while", "sudo", NULL };
	size_t from = at;
	struct span s, word;
	bool again;

	while (from > 0 && !strchr(";|&`()", line.p[from - 1]))
		from--;
	s = span_from(line, from);
	do {
		s = trimmed(s);
		word = field_next(&s, ' ');
		again = false;
		for (size_t i = 0; before[i]; i++)
			again |= span_is(word, before[i]);
	} while (again && s.n);
	return trimmed(word);
}

/* Whether byte `at` stands between double quotes, or between single ones. A command within "$(...)"
 * has quotes of its own. */
static bool is_quoted(struct span line, size_t at)
{
	bool twice[MOST_NESTED] = { false }, once = false;
	unsigned depth = 0;

	for (size_t i = 0; i < at; i++) {
		int c = line.p[i];

		if (c == '\\' && !once)
			i++;
		else if (c == '\'' && !twice[depth])
			once = !once;
		else if (once)
			continue;
		else if (c == '"')
			twice[depth] = !twice[depth];
		else if (c == '$' && span_byte(line, i + 1) == '(' && depth + 1 < MOST_NESTED)
			twice[++depth] = false;
		else if (c == ')' && depth > 0 && !twice[depth])
			depth--;
	}
	return twice[depth] || once;
}

static bool runs_a_shell(struct span line)
{
	static const char *const words[] = { "sh -c", "| sh",  "|sh", "| bash",
					     "|bash", "su -c", NULL };

	return has_any(line, words);
}

/* Where in the line a request's value stands, at or behind `at`. */
static size_t next_use(const struct carried *c, struct span line, size_t at)
{
	const struct language *l = &languages[WEB_SHELL];
	size_t first = SIZE_MAX;

	for (size_t i = 0; l->sources[i]; i++) {
		size_t found = span_find(line, at, span_text(l->sources[i]));

		first = found < first ? found : first;
	}
	for (uint32_t i = 0; i < c->n; i++) {
		size_t found = find_use(l, span_from(line, at), c->names[i]);

		if (found != SIZE_MAX && at + found < first)
			first = at + found;
	}
	return first;
}

/* Whether a value itself is evaluated: "eval x=\\$y" only names it. */
static bool is_evaluated(const struct carried *c, struct span line, size_t use)
{
	for (int i = 0; i < 8 && use != SIZE_MAX; i++) {
		size_t at = use;

		while (at > 0 && line.p[at] != '$')
			at--;
		if (at == 0 || line.p[at - 1] != '\\')
			return true;
		use = next_use(c, line, use + 1);
	}
	return false;
}

/* haserl: markup, and "<%= $value %>", which only prints. */
static bool is_markup(struct span line)
{
	return (line.p[0] == '<' && span_byte(line, 1) != '%') ||
	       span_find(line, 0, span_text("<%=")) != SIZE_MAX;
}

static void read_shell(struct web_file *w, struct carried *c, struct span line)
{
	const struct language *l = &languages[WEB_SHELL];
	size_t use = next_use(c, line, 0);
	bool runs = false, open = false;

	if (find_call(line, "eval ") != SIZE_MAX) {
		bool asked = is_evaluated(c, line, use) && !has_any(line, l->filters);

		if (asked || find_use(l, line, span_text("1")) == SIZE_MAX)
			say_call(w, c, call_name(EFFECT_EVALUATION, asked), line);
		return;
	}
	if (use == SIZE_MAX || has_any(line, l->filters) || is_markup(line))
		return;
	for (int i = 0; i < 8 && use != SIZE_MAX; i++) {
		struct span command = command_at(line, use);
		bool known = web_is_command(command), open_here = !is_quoted(line, use);

		/* A function of the script may be called so too, and do no harm. */
		if (!is_harmless(command) && (known || open_here))
			runs = true;
		open |= runs && known && open_here;
		use = next_use(c, line, use + 1);
	}
	if (runs_a_shell(line))
		runs = open = true;
	if (runs)
		say_call(w, c, call_name(EFFECT_COMMAND, open), line);
}

void web_script(struct web_file *w)
{
	struct carried c = { .n = 0 };
	uint32_t said;
	size_t at = 0;
	struct span line;

	for (int i = 0; i < MOST_LINES && line_next(w->s->bytes, &at, &line); i++) {
		struct span text = trimmed(span_head(line, LONGEST_LINE));

		said = c.said;
		if (text.n == 0 || is_comment(text))
			continue;
		if (w->language == WEB_SHELL)
			read_shell(w, &c, text);
		else if (languages[w->language].calls)
			read_line(w, &c, text);
		if (c.said == said)
			forget_checked(&languages[w->language], &c, text);
		carry(&languages[w->language], &c, text);
	}
}
