/* account.c - who may log in: what passwd and shadow say together. */
#include "unit/observe/scenery.h"

#define MD5 "$1$saltsalt$Y3BMhxQHmg7scgLILa56u1" /* admin */

static const struct account_fact *account_of(const struct scenery *s, const char *name)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_ACCOUNT]; i++) {
		const struct account_fact *a =
			(const struct account_fact *)s->facts.of[FACT_ACCOUNT][i];

		if (span_is(a->name, name))
			return a;
	}
	return NULL;
}

static void init_root(struct scenery *s, const char *passwd, const char *shadow)
{
	scenery_init(s);
	scenery_add(s, "/etc/passwd", span_text(passwd));
	if (shadow)
		scenery_add(s, "/etc/shadow", span_text(shadow));
	scenery_finish(s);
}

static void tells_the_state_of_each_account(void **state)
{
	static const struct {
		const char *name, *state, *scheme;
		bool can_log_in, has_password;
		uint32_t hash_line;
	} wanted[] = {
		{ "root", "enabled", "md5crypt", true, true, 1 },
		{ "locked", "locked", "md5crypt", false, true, 2 },
		{ "off", "disabled", NULL, false, false, 0 },
		{ "open", "empty", NULL, true, false, 0 },
		{ "noshell", "no-shell", "md5crypt", false, true, 5 },
		{ "inpasswd", "enabled", "md5crypt", true, true, 6 },
		{ "absent", "disabled", NULL, false, false, 0 },
		{ "openhere", "empty", NULL, true, false, 0 },
	};
	struct scenery s;

	(void)state;
	init_root(&s,
		  "root:x:0:0:root:/root:/bin/sh\n"
		  "locked:x:1:1::/:/bin/sh\n"
		  "off:x:2:2::/:/bin/sh\n"
		  "open:x:3:3::/:\n"
		  "noshell:x:4:4::/:/sbin/nologin\n"
		  "inpasswd:" MD5 ":5:5::/:/bin/sh\n"
		  "absent:x:6:6::/:/bin/sh\n"
		  "openhere::7:7::/:/bin/ash\n",
		  "root:" MD5 ":1:0:99999:7:::\nlocked:!" MD5
		  ":1::::::\noff:*:1::::::\nopen::1::::::\n"
		  "noshell:" MD5 ":1::::::\n");
	assert_int_equal(s.facts.count[FACT_ACCOUNT], 8);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct account_fact *a = account_of(&s, wanted[i].name);

		assert_non_null(a);
		assert_int_equal(a->f.line, i + 1);
		if (strcmp(a->state, wanted[i].state) != 0 ||
		    a->can_log_in != wanted[i].can_log_in ||
		    a->has_password != wanted[i].has_password ||
		    a->hash_line != wanted[i].hash_line || !a->scheme != !wanted[i].scheme)
			fail_msg("%s: %s", wanted[i].name, a->state);
	}
	assert_ptr_equal(account_of(&s, "root")->hash_node, &s.files[1]);
	assert_ptr_equal(account_of(&s, "inpasswd")->hash_node, &s.files[0]);
	scenery_free(&s);
}

static void a_missing_shadow_file_gives_no_empty_password(void **state)
{
	struct scenery s;

	(void)state;
	init_root(&s, "root:x:0:0::/root:/bin/sh\n", NULL);
	assert_string_equal(account_of(&s, "root")->state, "disabled");
	assert_false(account_of(&s, "root")->can_log_in);
	scenery_free(&s);
}

static void points_at_the_line_of_the_account(void **state)
{
	static const char text[] = "# accounts\r\n  root:x:0:0::/:/bin/sh\r\nb\xf6se:x:00:1::/:";
	struct scenery s;
	const struct account_fact *a;

	(void)state;
	init_root(&s, text, NULL);
	a = account_of(&s, "root");
	assert_non_null(a);
	assert_int_equal(a->f.line, 2);
	assert_int_equal(a->f.offset, 12);
	assert_int_equal(a->f.length, 23);
	assert_true(span_is(a->shell, "/bin/sh"));
	a = account_of(&s, "b\xf6se");
	assert_non_null(a);
	assert_int_equal(a->uid, 0);
	assert_int_equal(a->f.line, 3);
	scenery_free(&s);
}

static void lines_that_are_no_accounts_give_none(void **state)
{
	struct scenery s;

	(void)state;
	init_root(&s,
		  "\n:x:0:0::/:/bin/sh\n#root:x:0:0::/:/bin/sh\n+:x:0:0:::\na:x:zero:0::/:\n"
		  "b:x:1\nc:x:99999999999999999999999:1::/:\nd\n",
		  NULL);
	assert_int_equal(s.facts.count[FACT_ACCOUNT], 0);
	scenery_free(&s);
}

static void vendor_copies_are_accounts_of_their_own(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc_ro/passwd", span_text("admin:x:0:0::/:/bin/sh\n"));
	scenery_add(&s, "/etc_ro/shadow", span_text("admin:" MD5 ":1::::::\n"));
	scenery_finish(&s);
	assert_string_equal(account_of(&s, "admin")->state, "enabled");
	assert_true(span_is(account_of(&s, "admin")->password, "admin"));
	scenery_free(&s);
}

static void follows_links_inside_the_root(void **state)
{
	struct scenery s;
	struct node *link;

	(void)state;
	scenery_init(&s);
	link = scenery_add(&s, "/etc/passwd", (struct span){ 0 });
	link->kind = KIND_SYMLINK;
	link->target = span_text("passwd.factory");
	scenery_add(&s, "/etc/passwd.factory", span_text("admin:x:0:0::/:/bin/sh\n"));
	link = scenery_add(&s, "/etc/shadow", (struct span){ 0 });
	link->kind = KIND_SYMLINK;
	link->target = span_text("/data/shadow");
	scenery_add(&s, "/data/shadow", span_text("admin:" MD5 ":1::::::\n"));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_ACCOUNT], 1);
	assert_string_equal(account_of(&s, "admin")->state, "enabled");
	assert_ptr_equal(account_of(&s, "admin")->f.node, &s.files[1]);
	assert_ptr_equal(account_of(&s, "admin")->hash_node, &s.files[3]);
	scenery_free(&s);
}

static uint32_t accounts_in(const char *path, const char *text)
{
	struct scenery s;
	uint32_t n;

	scenery_init(&s);
	scenery_add(&s, path, span_text(text));
	scenery_finish(&s);
	n = s.facts.count[FACT_ACCOUNT];
	if (n)
		assert_string_equal(account_of(&s, "admin")->state, "web");
	scenery_free(&s);
	return n;
}

static void tells_files_of_web_accounts_by_their_lines(void **state)
{
	(void)state;
	assert_int_equal(accounts_in("/www/users", "# web\nadmin:" MD5 "\n"), 1);
	assert_int_equal(accounts_in("/www/users", "admin:" MD5 "\nadmin:nothing\n"), 0);
	assert_int_equal(accounts_in("/etc/mode", "mode:authenticated\n"), 0);
	assert_int_equal(accounts_in("/www/.htpasswd", "admin:ab1iBa.N.U2C6\n"), 1);
	assert_int_equal(accounts_in("/usr/share/passwords.txt", "admin:admin\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_state_of_each_account),
		cmocka_unit_test(a_missing_shadow_file_gives_no_empty_password),
		cmocka_unit_test(points_at_the_line_of_the_account),
		cmocka_unit_test(lines_that_are_no_accounts_give_none),
		cmocka_unit_test(vendor_copies_are_accounts_of_their_own),
		cmocka_unit_test(follows_links_inside_the_root),
		cmocka_unit_test(tells_files_of_web_accounts_by_their_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
