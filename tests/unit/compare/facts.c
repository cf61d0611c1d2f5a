/* facts.c - what came, went and changed between two images made by hand. */
#include "unit/judge/scene.h"

#include "compare/facts.h"

struct pair {
	struct scene_tree left, right;
	struct node *left_root, *right_root;
	struct arena arena;
	struct fact_change *changes;
	uint32_t count;
};

static void begin(struct pair *p)
{
	*p = (struct pair){ 0 };
	p->left_root = scene_begin(&p->left, 4096, 4096);
	p->right_root = scene_begin(&p->right, 4096, 4096);
}

static void collect(struct scene_tree *s)
{
	assert_true(facts_collect(s->nodes, s->tree.count, &s->arena, &s->facts));
}

static void compare(struct pair *p)
{
	collect(&p->left);
	collect(&p->right);
	assert_true(
		facts_compare(&p->left.facts, &p->right.facts, &p->arena, &p->changes, &p->count));
}

static void end(struct pair *p)
{
	arena_free(&p->arena);
	scene_end(&p->left);
	scene_end(&p->right);
}

static struct node *file(struct scene_tree *s, struct node *root, const char *path, uint8_t content)
{
	struct node *n = scene_entry(s, root, KIND_FILE, path, 10);

	n->has_sha256 = true;
	memset(n->sha256, content, sizeof(n->sha256));
	return n;
}

static struct account_fact *account(struct scene_tree *s, struct node *n, const char *name)
{
	struct account_fact *f = scene_fact(s, n, FACT_ACCOUNT, 1);

	f->name = span_text(name);
	f->state = "enabled";
	return f;
}

static struct component_fact *component(struct scene_tree *s, struct node *n, const char *name,
					const char *version)
{
	struct component_fact *f = scene_fact(s, n, FACT_COMPONENT, 0);
	const struct node **one = arena_take(&s->arena, 1, sizeof(*one));

	f->name = span_text(name);
	f->version = span_text(version);
	f->source = "banner";
	*one = n;
	f->nodes = (struct node_list){ one, 1 };
	return f;
}

static void assert_span(struct span s, const char *expected)
{
	char have[256];

	snprintf(have, sizeof(have), "%.*s", (int)s.n, (const char *)s.p);
	assert_string_equal(have, expected);
}

static void assert_change(const struct fact_change *x, enum fact_change_kind kind, const char *what)
{
	assert_int_equal(x->kind, kind);
	assert_span(x->what, what);
}

static void assert_field(const struct field_change *f, const char *name, const char *left,
			 const char *right)
{
	assert_string_equal(f->name, name);
	assert_int_equal(f->has_left, left != NULL);
	assert_int_equal(f->has_right, right != NULL);
	assert_span(f->left, left ? left : "");
	assert_span(f->right, right ? right : "");
}

static void where_a_fact_stands_is_no_change(void **state)
{
	struct pair p;
	struct account_fact *f;
	struct node *n;

	(void)state;
	begin(&p);
	n = file(&p.left, p.left_root, "/etc/passwd", 1);
	account(&p.left, n, "root")->f.line = 1;
	n = scene_region(&p.right, p.right_root, &scene_gzip, 512, 100, STATE_UNDERSTOOD);
	n = file(&p.right, scene_region(&p.right, n, &scene_squashfs, 0, 500, STATE_UNDERSTOOD),
		 "/etc/passwd", 2);
	f = account(&p.right, n, "root");
	f->f.line = 7;
	f->f.offset = 99;
	f->hash_line = 3;
	f->passwords_tried = 12;
	compare(&p);
	assert_int_equal(p.count, 0);
	end(&p);
}

static void accounts_come_and_go_by_name_and_file(void **state)
{
	struct pair p;
	struct node *passwd, *web;

	(void)state;
	begin(&p);
	passwd = file(&p.left, p.left_root, "/etc/passwd", 1);
	account(&p.left, passwd, "root");
	account(&p.left, passwd, "backup2");
	web = file(&p.right, p.right_root, "/etc/web/users.htpasswd", 3);
	account(&p.right, web, "root");
	account(&p.right, file(&p.right, p.right_root, "/etc/passwd", 2), "root")->gid = 5;
	compare(&p);
	assert_int_equal(p.count, 3);
	assert_change(&p.changes[0], FACT_REMOVED, "account backup2");
	assert_ptr_equal(p.changes[0].left, p.left.facts.of[FACT_ACCOUNT][1]);
	assert_null(p.changes[0].right);
	assert_change(&p.changes[1], FACT_CHANGED, "account root");
	assert_int_equal(p.changes[1].field_count, 1);
	assert_field(p.changes[1].fields, "gid", "0", "5");
	assert_change(&p.changes[2], FACT_ADDED, "account root, /etc/web/users.htpasswd");
	end(&p);
}

static void a_line_that_stands_there_twice_counts_twice(void **state)
{
	struct pair p;
	struct node *passwd;

	(void)state;
	begin(&p);
	account(&p.left, file(&p.left, p.left_root, "/etc/passwd", 1), "root");
	passwd = file(&p.right, p.right_root, "/etc/passwd", 2);
	account(&p.right, passwd, "root");
	account(&p.right, passwd, "root");
	compare(&p);
	assert_int_equal(p.count, 1);
	assert_change(&p.changes[0], FACT_ADDED, "account root");
	end(&p);
}

static void a_second_copy_of_the_root_adds_nothing(void **state)
{
	struct pair p;
	struct node *second;

	(void)state;
	begin(&p);
	account(&p.left, file(&p.left, p.left_root, "/etc/passwd", 1), "root");
	account(&p.right, file(&p.right, p.right_root, "/etc/passwd", 1), "root");
	second = scene_region(&p.right, p.right.tree.image, &scene_squashfs, 2048, 2048,
			      STATE_UNDERSTOOD);
	account(&p.right, file(&p.right, second, "/etc/passwd", 1), "root");
	compare(&p);
	assert_int_equal(p.count, 0);
	end(&p);
}

static void a_file_that_moved_is_no_change(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	account(&p.left, file(&p.left, p.left_root, "/etc/a", 1), "admin");
	account(&p.right, file(&p.right, p.right_root, "/etc/b", 1), "admin");
	compare(&p);
	assert_int_equal(p.count, 0);
	end(&p);
}

static void a_file_that_moved_and_changed_is_one(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	account(&p.left, file(&p.left, p.left_root, "/etc/a", 1), "admin");
	account(&p.right, file(&p.right, p.right_root, "/etc/b", 2), "admin");
	compare(&p);
	assert_int_equal(p.count, 2);
	assert_change(&p.changes[0], FACT_REMOVED, "account admin, /etc/a");
	assert_change(&p.changes[1], FACT_ADDED, "account admin, /etc/b");
	end(&p);
}

static void privileges_are_about_their_path(void **state)
{
	struct pair p;
	struct privilege_fact *f;

	(void)state;
	begin(&p);
	f = scene_fact(&p.left, file(&p.left, p.left_root, "/bin/a", 1), FACT_PRIVILEGE, 0);
	f->privilege_kind = "setuid";
	f->mode = 04755;
	f = scene_fact(&p.right, file(&p.right, p.right_root, "/bin/b", 1), FACT_PRIVILEGE, 0);
	f->privilege_kind = "setuid";
	f->mode = 04755;
	compare(&p);
	assert_int_equal(p.count, 2);
	assert_change(&p.changes[0], FACT_REMOVED, "setuid /bin/a");
	assert_change(&p.changes[1], FACT_ADDED, "setuid /bin/b");
	end(&p);
}

static void search_paths_of_one_file_are_told_by_their_text(void **state)
{
	static const char *const paths[] = { "PATH=/a", "PATH=/b", "PATH=/c" };
	struct pair p;
	struct node *l, *r;

	(void)state;
	begin(&p);
	l = file(&p.left, p.left_root, "/etc/profile", 1);
	r = file(&p.right, p.right_root, "/etc/profile", 2);
	for (int i = 0; i < 3; i++) {
		struct privilege_fact *f = scene_fact(&p.right, r, FACT_PRIVILEGE, 1);

		f->privilege_kind = "search-path";
		f->detail = span_text(paths[i]);
		f->mode = 0644;
		if (i == 1)
			continue;
		f = scene_fact(&p.left, l, FACT_PRIVILEGE, 1);
		f->privilege_kind = "search-path";
		f->detail = span_text(paths[i]);
		f->mode = i ? 0644 : 0600;
	}
	compare(&p);
	assert_int_equal(p.count, 2);
	assert_change(&p.changes[0], FACT_CHANGED, "search-path /etc/profile, PATH=/a");
	assert_field(p.changes[0].fields, "mode", "0600", "0644");
	assert_change(&p.changes[1], FACT_ADDED, "search-path /etc/profile, PATH=/b");
	end(&p);
}

static void versions_of_a_component_are_a_set(void **state)
{
	struct pair p;
	struct node *l, *r;

	(void)state;
	begin(&p);
	l = file(&p.left, p.left_root, "/lib/libssl.so.3", 1);
	r = file(&p.right, p.right_root, "/lib/libssl.so.3", 2);
	component(&p.left, l, "openssl", "3.0.17");
	component(&p.left, l, "openssl", "1.1.1k");
	component(&p.left, l, "zlib", "1.3");
	component(&p.left, l, "lua", "5.1");
	component(&p.right, r, "openssl", "1.1.1k");
	component(&p.right, r, "openssl", "3.0.20");
	component(&p.right, r, "openssl", "3.0.20");
	component(&p.right, r, "zlib", "1.3")->purl = span_text("pkg:generic/zlib");
	component(&p.right, r, "zlib", "1.3");
	component(&p.right, r, "miniupnpd", "");
	compare(&p);
	assert_int_equal(p.count, 3);
	assert_change(&p.changes[0], FACT_REMOVED, "component lua");
	assert_field(&p.changes[0].fields[0], "version", "5.1", NULL);
	assert_field(&p.changes[0].fields[1], "copies", "1", NULL);
	assert_change(&p.changes[1], FACT_ADDED, "component miniupnpd");
	assert_field(&p.changes[1].fields[0], "version", NULL, NULL);
	assert_change(&p.changes[2], FACT_CHANGED, "component openssl");
	assert_int_equal(p.changes[2].field_count, 2);
	assert_field(&p.changes[2].fields[0], "version", "1.1.1k, 3.0.17", "1.1.1k, 3.0.20");
	assert_field(&p.changes[2].fields[1], "copies", "2", "3");
	end(&p);
}

static struct service_fact *service(struct scene_tree *s, struct node *n, enum fact_kind kind,
				    const char *command, uint32_t port)
{
	struct service_fact *f = scene_fact(s, n, kind, 0);

	f->name = span_text("telnetd");
	f->service_kind = strncmp(command, "telnetd.", 8) == 0 ? "setting" : "inittab";
	f->command = span_text(command);
	f->protocol = span_text("tcp");
	f->port = port;
	return f;
}

static void names_say_what_both_sides_say(void **state)
{
	struct pair p;
	struct node *l, *r;

	(void)state;
	begin(&p);
	l = file(&p.left, p.left_root, "/etc/inittab", 1);
	r = file(&p.right, p.right_root, "/etc/inittab", 2);
	service(&p.left, l, FACT_SERVICE, "/sbin/telnetd", 23);
	service(&p.right, r, FACT_SERVICE, "/sbin/telnetd", 2323);
	service(&p.left, l, FACT_LISTENER, "/sbin/telnetd", 23);
	service(&p.right, r, FACT_LISTENER, "/sbin/telnetd", 2323);
	compare(&p);
	assert_int_equal(p.count, 3);
	assert_change(&p.changes[0], FACT_CHANGED, "service telnetd, inittab");
	assert_field(p.changes[0].fields, "port", "23", "2323");
	assert_change(&p.changes[1], FACT_REMOVED, "listener tcp 23, telnetd");
	assert_change(&p.changes[2], FACT_ADDED, "listener tcp 2323, telnetd");
	end(&p);
}

static void settings_are_told_apart_by_their_keys(void **state)
{
	struct pair p;
	struct node *l, *r;

	(void)state;
	begin(&p);
	l = file(&p.left, p.left_root, "/etc/config/telnetd", 1);
	r = file(&p.right, p.right_root, "/etc/config/telnetd", 2);
	service(&p.left, l, FACT_SERVICE, "telnetd.b 1", 0);
	service(&p.left, l, FACT_SERVICE, "telnetd.c 1", 0);
	service(&p.right, r, FACT_SERVICE, "telnetd.a 1", 0);
	service(&p.right, r, FACT_SERVICE, "telnetd.c 2", 0);
	compare(&p);
	assert_int_equal(p.count, 3);
	for (int i = 0; i < 3; i++)
		assert_span(p.changes[i].what, "service telnetd, setting");
	assert_int_equal(p.changes[0].kind, FACT_ADDED);
	assert_int_equal(p.changes[1].kind, FACT_REMOVED);
	assert_field(p.changes[2].fields, "command", "telnetd.c 1", "telnetd.c 2");
	end(&p);
}

static void keys_are_the_same_in_any_file(void **state)
{
	struct pair p;
	struct key_fact *f;

	(void)state;
	begin(&p);
	for (int i = 0; i < 2; i++) {
		struct scene_tree *s = i ? &p.right : &p.left;
		struct node *root = i ? p.right_root : p.left_root;

		f = scene_fact(s, file(s, root, i ? "/b.pem" : "/a.pem", (uint8_t)i), FACT_KEY, 1);
		f->key_kind = "private";
		f->algorithm = "rsa";
		f->encoding = "der pkcs1";
		f->spki_sha256 = span_text("00112233445566778899aabbccddeeff");
		f = scene_fact(s, file(s, root, i ? "/d.pem" : "/c.pem", (uint8_t)i), FACT_KEY, 1);
		f->key_kind = "private";
		f->algorithm = "ec";
		f->encrypted = true;
	}
	compare(&p);
	assert_int_equal(p.count, 2);
	assert_change(&p.changes[0], FACT_REMOVED, "private key ec, /c.pem");
	assert_change(&p.changes[1], FACT_ADDED, "private key ec, /d.pem");
	end(&p);
}

static void secrets_that_look_alike_masked_differ(void **state)
{
	static const char *const values[] = { "8maaa2L", "8mbbb2L" };
	struct pair p;

	(void)state;
	begin(&p);
	for (int i = 0; i < 2; i++) {
		struct scene_tree *s = i ? &p.right : &p.left;
		struct secret_fact *f =
			scene_fact(s, file(s, i ? p.right_root : p.left_root, "/w", (uint8_t)i),
				   FACT_SECRET, 4);

		f->rule = span_text("wpa-passphrase");
		f->what = span_text("wifi passphrase");
		f->masked = span_text("8m...2L, 7 characters");
		f->holder = "configuration";
		f->value = span_text(values[i]);
	}
	compare(&p);
	assert_int_equal(p.count, 1);
	assert_change(&p.changes[0], FACT_CHANGED, "wifi passphrase, /w");
	assert_field(p.changes[0].fields, "value", "8m...2L, 7 characters",
		     "8m...2L, 7 characters");
	end(&p);
}

static struct spans list(struct scene_tree *s, const char *a, const char *b)
{
	struct span *p = arena_take(&s->arena, 2, sizeof(*p));

	p[0] = span_text(a);
	p[1] = span_text(b);
	return (struct spans){ p, 2 };
}

static struct executable_fact *executable(struct scene_tree *s, struct node *n)
{
	struct executable_fact *f = scene_fact(s, n, FACT_EXECUTABLE, 0);

	f->endian = "little";
	f->type = "DYN";
	f->pie = "yes";
	return f;
}

static void lists_are_sets(void **state)
{
	struct pair p;
	struct executable_fact *l, *r;

	(void)state;
	begin(&p);
	l = executable(&p.left, file(&p.left, p.left_root, "/bin/a", 1));
	r = executable(&p.right, file(&p.right, p.right_root, "/bin/a", 2));
	l->needed = list(&p.left, "libc.so.6", "libz.so.1");
	r->needed = list(&p.right, "libz.so.1", "libm.so.6");
	l->unsafe_calls = list(&p.left, "strcpy", "sprintf");
	r->unsafe_calls = list(&p.right, "sprintf", "strcpy");
	l->build_id = span_text("1234");
	l->nx = TRI_NULL;
	r->nx = TRI_YES;
	compare(&p);
	assert_int_equal(p.count, 1);
	assert_change(&p.changes[0], FACT_CHANGED, "executable /bin/a");
	assert_int_equal(p.changes[0].field_count, 2);
	assert_field(&p.changes[0].fields[0], "nx", NULL, "yes");
	assert_field(&p.changes[0].fields[1], "needed", "libc.so.6", "libm.so.6");
	end(&p);
}

static void calls_are_counted_by_executable(void **state)
{
	struct pair p;
	struct calls_table t;
	struct executable_fact *f;

	(void)state;
	begin(&p);
	f = executable(&p.left, file(&p.left, p.left_root, "/bin/a", 1));
	f->unsafe_calls = list(&p.left, "strcpy", "sprintf");
	executable(&p.left, file(&p.left, p.left_root, "/bin/none", 1));
	f = executable(&p.right, file(&p.right, p.right_root, "/bin/a", 2));
	f->unsafe_calls = list(&p.right, "strcpy", "gets");
	f->safe_calls = list(&p.right, "snprintf", "strlcpy");
	f = executable(&p.right, file(&p.right, p.right_root, "/bin/b", 3));
	f->unsafe_calls = list(&p.right, "strcpy", "gets");
	collect(&p.left);
	collect(&p.right);
	assert_true(calls_compare(&p.left.facts, &p.right.facts, &p.arena, &t));
	assert_int_equal(t.row_count, 2);
	assert_span(t.rows[0].path, "/bin/a");
	assert_true(t.rows[0].is_left && t.rows[0].is_right);
	assert_int_equal(t.rows[0].unsafe.left.n, 2);
	assert_int_equal(t.rows[0].unsafe.added.n, 1);
	assert_span(t.rows[0].unsafe.added.p[0], "gets");
	assert_span(t.rows[0].unsafe.removed.p[0], "sprintf");
	assert_int_equal(t.rows[0].safe.added.n, 2);
	assert_span(t.rows[1].path, "/bin/b");
	assert_true(!t.rows[1].is_left && t.rows[1].is_right);
	assert_int_equal(t.total_count, 5);
	assert_span(t.totals[0].call, "gets");
	assert_int_equal(t.totals[0].left, 0);
	assert_int_equal(t.totals[0].right, 2);
	assert_span(t.totals[2].call, "strcpy");
	assert_int_equal(t.totals[2].left, 1);
	assert_int_equal(t.totals[2].right, 2);
	assert_true(t.totals[3].is_safe);
	end(&p);
}

/* -- each field of each kind, by the tables -- */

/* What may differ without being a change, or tells facts apart only as the tests above show. */
static const char *const aside[] = {
	"accounts.hash_node",     "accounts.hash_line",     "accounts.passwords_tried",
	"hashes.passwords_tried", "hashes.passwords_known", "hashes.untried",
	"components.purl",        "components.cpe",         "components.origin",
	"components.source",      "components.nodes",       "components.linked",
	"executables.build_id",   "updates.signed",         "updates.signed_by_digest",
	"constants.address",      "constants.function",
};

static bool is_aside(const char *list_name, const char *field)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%s", list_name, field);
	for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
		if (strcmp(aside[i], name) == 0)
			return true;
	return false;
}

static void set_names(void *fact, const struct fact_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->fields[i].type == FIELD_NAME)
			*(const char **)((uint8_t *)fact + t->fields[i].at) = "name";
}

/* Another value than zero. */
static void set_field(struct pair *p, void *fact, const struct field *f)
{
	uint8_t *at = (uint8_t *)fact + f->at;

	switch (f->type) {
	case FIELD_PASSWORD:
		*(bool *)((uint8_t *)fact + f->with) = true;
		break;
	case FIELD_SPAN:
	case FIELD_SPAN_OR_NULL:
		*(struct span *)at = span_text("other");
		break;
	case FIELD_NAME:
	case FIELD_NAME_OR_NULL:
		*(const char **)at = "other";
		break;
	case FIELD_U64:
		*(uint64_t *)at = 9;
		break;
	case FIELD_U32:
	case FIELD_U32_OR_NULL:
	case FIELD_MODE:
		*(uint32_t *)at = 9;
		break;
	case FIELD_BOOL:
		*(bool *)at = true;
		break;
	case FIELD_TRI:
		*(enum tri *)at = TRI_NULL;
		break;
	case FIELD_SPANS:
	case FIELD_SPANS_OR_NULL:
		*(struct spans *)at = list(&p->left, "one", "other");
		break;
	case FIELD_NODE:
		*(const struct node **)at = p->left_root;
		break;
	case FIELD_NODES:
	case FIELD_COMPONENT:
	case FIELD_RANGES:
		break;
	}
}

static void field_is_compared(int kind, const struct field *f)
{
	const struct fact_table *t = &fact_tables[kind];
	struct pair p;
	bool expected = facts_are_compared((enum fact_kind)kind) && !is_aside(t->list, f->name);
	void *left, *right;

	begin(&p);
	left = scene_fact(&p.left, file(&p.left, p.left_root, "/a", 1), (enum fact_kind)kind, 0);
	right = scene_fact(&p.right, file(&p.right, p.right_root, "/a", 2), (enum fact_kind)kind,
			   0);
	set_names(left, t);
	set_names(right, t);
	set_field(&p, left, f);
	compare(&p);
	if ((p.count > 0) != expected)
		fail_msg("%s.%s: %u changes", t->list, f->name, p.count);
	if (p.count == 1)
		assert_string_equal(p.changes[0].fields[0].name, f->name);
	end(&p);
}

static void each_field_that_says_something_is_compared(void **state)
{
	(void)state;
	for (int k = 0; k < FACT_KINDS; k++)
		for (size_t i = 0; i < fact_tables[k].count; i++)
			field_is_compared(k, &fact_tables[k].fields[i]);
}

/* -- swapped -- */

static void fill(struct scene_tree *s, struct node *root, uint32_t seed)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const char *const paths[] = { "/etc/passwd", "/x", "/y" };

	for (uint32_t i = 0; i < 40; i++) {
		struct node *n;

		seed = seed * 1664525 + 1013904223;
		n = file(s, root, paths[seed >> 30 ? (seed >> 30) - 1 : 0], seed >> 12 & 1);
		account(s, n, names[seed >> 24 & 3])->uid = seed >> 16 & 1;
		component(s, n, names[seed >> 22 & 3], names[seed >> 20 & 3]);
		service(s, n, FACT_SERVICE, names[seed >> 18 & 3], seed >> 8 & 1);
	}
}

static void assert_mirror(const struct fact_change *a, const struct fact_change *b)
{
	static const enum fact_change_kind mirror[] = { FACT_REMOVED, FACT_ADDED, FACT_CHANGED };

	assert_int_equal(a->kind, mirror[b->kind]);
	assert_true(span_equal(a->what, b->what));
	assert_ptr_equal(a->left, b->right);
	assert_ptr_equal(a->right, b->left);
	assert_int_equal(a->field_count, b->field_count);
	for (uint32_t i = 0; i < a->field_count; i++) {
		assert_string_equal(a->fields[i].name, b->fields[i].name);
		assert_true(span_equal(a->fields[i].left, b->fields[i].right));
		assert_true(span_equal(a->fields[i].right, b->fields[i].left));
		assert_int_equal(a->fields[i].has_left, b->fields[i].has_right);
	}
}

static void swapped_images_give_the_mirror_image(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (uint32_t seed = 1; seed < 60; seed++) {
		struct pair p;
		struct fact_change *back;
		uint32_t count;

		begin(&p);
		fill(&p.left, p.left_root, seed);
		fill(&p.right, p.right_root, seed * 77 + 5);
		compare(&p);
		assert_true(facts_compare(&p.right.facts, &p.left.facts, &p.arena, &back, &count));
		assert_int_equal(count, p.count);
		for (uint32_t i = 0; i < count; i++)
			assert_mirror(&p.changes[i], &back[i]);
		seen += count;
		end(&p);
	}
	assert_true(seen > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_a_fact_stands_is_no_change),
		cmocka_unit_test(accounts_come_and_go_by_name_and_file),
		cmocka_unit_test(a_line_that_stands_there_twice_counts_twice),
		cmocka_unit_test(a_second_copy_of_the_root_adds_nothing),
		cmocka_unit_test(a_file_that_moved_is_no_change),
		cmocka_unit_test(a_file_that_moved_and_changed_is_one),
		cmocka_unit_test(privileges_are_about_their_path),
		cmocka_unit_test(search_paths_of_one_file_are_told_by_their_text),
		cmocka_unit_test(versions_of_a_component_are_a_set),
		cmocka_unit_test(names_say_what_both_sides_say),
		cmocka_unit_test(settings_are_told_apart_by_their_keys),
		cmocka_unit_test(keys_are_the_same_in_any_file),
		cmocka_unit_test(secrets_that_look_alike_masked_differ),
		cmocka_unit_test(lists_are_sets),
		cmocka_unit_test(calls_are_counted_by_executable),
		cmocka_unit_test(each_field_that_says_something_is_compared),
		cmocka_unit_test(swapped_images_give_the_mirror_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
