/* account.c - who may log in: passwd and shadow of each root file system, and htpasswd files. The
 * leaf pass queues the password tests; relate joins both files, which may be far apart. */
#include "base/text.h"
#include "observe/lookup.h"
#include "observe/observe.h"

#define MOST_KEPT    (1u << 20)
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

/* Passwd says of itself that a line is an account, so a name there may hold anything but what ends
 * it. */
static bool is_account_name(struct span s)
{
	return s.n > 0 && s.n <= 256 && span_byte(s, 0) != '#' && span_byte(s, 0) != '+' &&
	       span_byte(s, 0) != '-' &&
	       span_find(s, 0, (struct span){ (const uint8_t *)"", 1 }) == SIZE_MAX;
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
	while (span_byte(rest, 0) == ' ' || span_byte(rest, 0) == '\t')
		rest = span_from(rest, 1); /* as the C library does */
	p->name = field_next(&rest, ':');
	p->password = field_next(&rest, ':');
	uid = field_next(&rest, ':');
	gid = field_next(&rest, ':');
	field_next(&rest, ':');
	field_next(&rest, ':');
	p->shell = rest;
	return is_account_name(p->name) && number(uid, &p->uid) && number(gid, &p->gid);
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

/* passwd, shadow, and what links of these names may lead to: passwd-, shadow.default. */
static bool is_account_file(struct span name)
{
	return span_starts(name, span_text("passwd")) || span_starts(name, span_text("shadow"));
}

/* A file whose every line is user:hash in a scheme that is known. A word of 13 letters may be a
 * hash of DES: such lines alone do not make an account file, unless it is called so. */
static bool is_htpasswd(struct span name, struct span bytes)
{
	size_t at = 0;
	bool is_sure = span_find(name, 0, span_text("passw")) != SIZE_MAX, found = false;
	struct span line;

	if (bytes.n > (1u << 20))
		return false;
	for (int i = 0; i < MOST_LINES && line_next(bytes, &at, &line); i++) {
		const char *scheme;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!is_name(field_next(&line, ':')) || !(scheme = password_scheme(line)))
			return false;
		is_sure |= strcmp(scheme, "des") != 0;
		found = true;
	}
	return found && is_sure;
}

bool account_file(struct span name, struct span bytes)
{
	return is_account_file(name) || is_htpasswd(name, bytes);
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

	if (is_account_file(name)) {
		if (s->bytes.n <= MOST_KEPT)
			s->node->kept = arena_copy(s->bench->arena, s->bytes);
		test_lines(s);
	} else if (s->is_text && s->node->kind == KIND_FILE && is_htpasswd(name, s->bytes)) {
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

	for (uint32_t i = 1; shadow && i <= MOST_LINES && line_next(shadow->kept, &at, &line);
	     i++) {
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

/* The shadow file beside the passwd of that path; the links of the image are followed. */
static const struct node *shadow_beside(struct lookups *l, const struct node *n, struct span path)
{
	struct text beside = { 0 };
	const struct node *shadow;

	text_put(&beside, span_sub(path, 0, path.n - 6));
	text_puts(&beside, "shadow");
	shadow = follow(l, n, text_span(&beside));
	text_free(&beside);
	return shadow;
}

/* One line of the file. */
static void add_account(struct observation *o, struct arena *a, struct node *n,
			const struct node *shadow, const struct passwd_line *p, struct span line)
{
	uint64_t at = span_place(n->kept, line);
	struct account_fact *f = fact_new(a, n, FACT_ACCOUNT, at, line.n);
	struct shadow_line s = { n, p->password, at, 0, true };
	struct span hash;
	bool locked;

	if (!f)
		return;
	s.line = f->f.line = line_of(n->kept, at);
	if (span_is(p->password, "x"))
		s = find_shadow(shadow, p->name);
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

/* The file that `path` names. */
static void relate_passwd(struct observation *o, struct lookups *l, struct node *n,
			  struct span path)
{
	const struct node *shadow = shadow_beside(l, n, path);
	size_t at = 0;
	struct span line;

	for (int i = 0; i < MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct passwd_line p;

		if (read_passwd_line(line, &p))
			add_account(o, l->a, n, shadow, &p, line);
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

	for (uint32_t i = 1; i <= MOST_LINES && line_next(n->kept, &at, &line); i++) {
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

/* A link called passwd to a file of another name: that file's lines are the accounts. */
static void relate_link(struct observation *o, struct lookups *l, const struct node *link)
{
	const struct node *target = follow(l, link, link->path);
	struct node *n = (struct node *)(uintptr_t)target; /* facts are added to it */

	if (!n || n->kept.n == 0 || span_is(node_name(n), "passwd"))
		return;
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_ACCOUNT)
			return; /* by another link */
	relate_passwd(o, l, n, link->path);
}

void relate_accounts(struct observation *o, struct tree *t, struct arena *a)
{
	struct lookups l = lookups_in(t, a, "files of passwords followed");

	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];
		struct span name = node_name(n);

		if (n->kind == KIND_SYMLINK && span_is(name, "passwd"))
			relate_link(o, &l, n);
		if (n->kept.n == 0 || n->kind != KIND_FILE)
			continue;
		if (span_is(name, "passwd"))
			relate_passwd(o, &l, n, n->path);
		if (is_account_file(name))
			relate_hashes(o, a, n, false);
		else if (is_htpasswd(name, n->kept))
			relate_hashes(o, a, n, true);
	}
}
