/* account.c - who may log in: passwd and shadow of each root file system, and htpasswd files. The
 * leaf pass queues the password tests; relate joins both files, which may be far apart. */
#include "base/text.h"
#include "observe/observe.h"

#define MOST_LINES   4096
#define LONGEST_LINE 4096

/* One line of passwd: name, password, uid, gid, comment, home, shell. */
struct passwd_line {
	struct span name, password, shell;
	uint64_t uid, gid;
};

static bool is_name(struct span s)
{
	if (s.n == 0 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '/' || s.p[i] == '<' ||
		    s.p[i] == '$')
			return false;
	return true;
}

/* As strtoul of the C library reads it: a leading zero does not make it octal in passwd. */
static bool number(struct span s, uint64_t *value)
{
	size_t used = 0;
	bool hex = span_starts(s, span_text("0x")) || span_starts(s, span_text("0X"));

	s = hex ? span_from(s, 2) : s;
	return span_number(s, hex ? 16 : 10, value, &used) && used == s.n;
}

static bool read_passwd_line(struct span line, struct passwd_line *p)
{
	struct span rest = line, uid, gid;

	if (line.n > LONGEST_LINE)
		return false;
	p->name = field_next(&rest, ':');
	p->password = field_next(&rest, ':');
	uid = field_next(&rest, ':');
	gid = field_next(&rest, ':');
	field_next(&rest, ':');
	field_next(&rest, ':');
	p->shell = rest;
	return is_name(p->name) && number(uid, &p->uid) && number(gid, &p->gid);
}

/* The hash itself, without the marks that lock it; *locked tells whether one stood there. */
static struct span bare_hash(struct span field, bool *locked)
{
	*locked = false;
	while (field.n && (field.p[0] == '!' || field.p[0] == '*')) {
		*locked = true;
		field = span_from(field, 1);
	}
	return field;
}

static void test_field(struct scene *s, struct span name, struct span field)
{
	bool locked;
	struct span hash = bare_hash(field, &locked);

	if (password_scheme(hash))
		password_test(s->all, s->node, name, hash);
}

/* name:field:... of passwd and shadow alike. */
static void test_lines(struct scene *s)
{
	size_t at = 0;
	struct span line;

	for (int i = 0; i < MOST_LINES && line_next(s->bytes, &at, &line); i++) {
		struct span name = field_next(&line, ':'), field = field_next(&line, ':');

		if (is_name(name))
			test_field(s, name, field);
	}
}

/* A file whose every line is user:hash in a scheme that is known. */
static bool is_htpasswd(struct span bytes)
{
	size_t at = 0, found = 0;
	struct span line;

	if (bytes.n > (1u << 20))
		return false;
	for (int i = 0; i < MOST_LINES && line_next(bytes, &at, &line); i++) {
		struct span name;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		name = field_next(&line, ':');
		if (!is_name(name) || !password_scheme(line))
			return false;
		found++;
	}
	return found > 0;
}

static void add_hash(struct observation *o, struct arena *a, struct node *n, struct span name,
		     struct span hash, uint64_t at, uint32_t line)
{
	struct hash_fact *h = fact_new(a, n, FACT_HASH, at, hash.n);
	struct password_result r = password_result(o, n, name, hash);

	if (!h)
		return;
	h->f.line = line;
	h->account = arena_copy(a, name);
	h->scheme = r.scheme ? r.scheme : password_scheme(hash);
	h->cost = r.cost;
	h->salt = arena_copy(a, r.salt);
	h->passwords_tried = r.tried;
	h->passwords_known = r.known;
	h->untried = r.untried;
	h->has_password = r.found;
	h->password = arena_copy(a, r.password);
}

static void set_password(struct observation *o, struct arena *a, struct account_fact *f,
			 struct span name, struct span hash)
{
	const struct node *n = f->hash_node;
	struct password_result r = password_result(o, n, name, hash);

	f->scheme = r.scheme ? r.scheme : password_scheme(hash);
	f->passwords_tried = r.tried;
	f->has_password = r.found;
	f->password = arena_copy(a, r.password);
}

/* Web accounts are joined after the tests are done, so the file is kept. */
static void look(struct scene *s)
{
	struct span name = node_name(s->node);

	if (span_is(name, "passwd") || span_is(name, "shadow")) {
		test_lines(s);
	} else if (s->is_text && s->node->kind == KIND_FILE && is_htpasswd(s->bytes)) {
		s->node->kept = arena_copy(s->bench->arena, s->bytes);
		test_lines(s);
	}
}

const struct observer observe_accounts = { "accounts", look };

static bool cannot_log_in(struct span shell)
{
	static const char *const none[] = { "nologin", "false",    "null", "sync",
					    "halt",    "shutdown", "true" };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct span end = span_text(none[i]);

		if (span_ends(shell, end) &&
		    (shell.n == end.n || shell.p[shell.n - end.n - 1] == '/'))
			return true;
	}
	return false;
}

/* Where an account's hash stands. */
struct shadow_line {
	const struct node *node;
	struct span field;
	uint64_t at;
	uint32_t line;
	bool found;
};

static struct shadow_line find_shadow(const struct node *shadow, struct span name)
{
	size_t at = 0, from = 0;
	struct span line;

	for (uint32_t i = 1; shadow && line_next(shadow->kept, &at, &line); i++) {
		struct span rest = line;

		if (span_equal(field_next(&rest, ':'), name)) {
			uint64_t begin = from + name.n + 1;

			return (struct shadow_line){ shadow, field_next(&rest, ':'), begin, i,
						     true };
		}
		from = at;
	}
	return (struct shadow_line){ 0 };
}

static const char *state_of(const struct passwd_line *p, struct span field, bool locked,
			    struct span hash)
{
	if (field.n == 0)
		return "empty";
	if (password_scheme(hash) == NULL)
		return "disabled";
	if (locked)
		return "locked";
	return cannot_log_in(p->shell) ? "no-shell" : "enabled";
}

static void add_account(struct observation *o, struct arena *a, struct node *n,
			const struct passwd_line *p, uint64_t at, struct span line)
{
	struct account_fact *f = fact_new(a, n, FACT_ACCOUNT, at, line.n);
	const struct node *shadow = NULL;
	struct shadow_line s = { n, p->password, at + p->name.n + 1, 0, true };
	struct span hash, path = n->path;
	bool locked;

	if (!f)
		return;
	f->f.line = line_of(n->kept, at);
	s.line = f->f.line;
	/* The shadow file beside it; the links of the image are followed. */
	if (span_is(p->password, "x") && span_ends(path, span_text("passwd"))) {
		struct text beside = { 0 };

		text_put(&beside, span_sub(path, 0, path.n - 6));
		text_puts(&beside, "shadow");
		shadow = node_resolve(n, text_span(&beside));
		text_free(&beside);
		s = find_shadow(shadow, p->name);
	}
	hash = bare_hash(s.field, &locked);
	f->name = arena_copy(a, p->name);
	f->uid = p->uid;
	f->gid = p->gid;
	f->shell = arena_copy(a, p->shell);
	f->state = s.found ? state_of(p, s.field, locked, hash) : "disabled";
	f->can_log_in = (strcmp(f->state, "enabled") == 0 || strcmp(f->state, "empty") == 0) &&
			!cannot_log_in(p->shell);
	if (!s.found || !password_scheme(hash))
		return;
	f->hash_node = s.node;
	f->hash_line = s.line;
	set_password(o, a, f, p->name, hash);
}

static void relate_passwd(struct observation *o, struct arena *a, struct node *n)
{
	size_t at = 0, from = 0;
	struct span line;

	for (int i = 0; i < MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct passwd_line p;

		if (read_passwd_line(line, &p))
			add_account(o, a, n, &p, from, line);
		from = at;
	}
}

static void add_web_account(struct observation *o, struct arena *a, struct node *n,
			    struct span line, uint64_t at, uint32_t number)
{
	struct account_fact *f = fact_new(a, n, FACT_ACCOUNT, at, line.n);
	struct span hash = line, name = field_next(&hash, ':');

	if (!f)
		return;
	f->f.line = f->hash_line = number;
	f->name = arena_copy(a, name);
	f->can_log_in = true;
	f->state = "web";
	f->hash_node = n;
	set_password(o, a, f, name, hash);
}

/* Every hash that stands in the file, whatever passwd says of its account. */
static void relate_hashes(struct observation *o, struct arena *a, struct node *n, bool web)
{
	size_t at = 0, from = 0;
	struct span line;

	for (uint32_t i = 1; i < MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct span rest = line, name = field_next(&rest, ':');
		struct span field = web ? rest : field_next(&rest, ':');
		bool locked;
		struct span hash = bare_hash(field, &locked);

		if (is_name(name) && password_scheme(hash)) {
			add_hash(o, a, n, name, hash, from + name.n + 1 + (field.n - hash.n), i);
			if (web)
				add_web_account(o, a, n, line, from, i);
		}
		from = at;
	}
}

void relate_accounts(struct observation *o, struct tree *t, struct arena *a)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];
		struct span name = node_name(n);

		if (n->kept.n == 0 || n->kind != KIND_FILE)
			continue;
		if (span_is(name, "passwd"))
			relate_passwd(o, a, n);
		if (span_is(name, "passwd") || span_is(name, "shadow"))
			relate_hashes(o, a, n, false);
		else if (is_htpasswd(n->kept))
			relate_hashes(o, a, n, true);
	}
}
