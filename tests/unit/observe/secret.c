/* secret.c - values that everybody can read in a file: which are told, with their place, and what
 * is none. Expected values by hand. */
#include "unit/observe/scenery.h"

static const struct secret_fact *secret(const struct scenery *s, uint32_t i)
{
	assert_true(i < s->facts.count[FACT_SECRET]);
	return (const struct secret_fact *)s->facts.of[FACT_SECRET][i];
}

static const struct dismissed_fact *dismissed(const struct scenery *s, uint32_t i)
{
	assert_true(i < s->facts.count[FACT_DISMISSED]);
	return (const struct dismissed_fact *)s->facts.of[FACT_DISMISSED][i];
}

static void see(struct scenery *s, const char *path, const char *text)
{
	scenery_init(s);
	scenery_add(s, path, span_text(text));
	scenery_finish(s);
}

/* A path that the first glob of a rule takes. */
static void path_for(const struct secret_rule *r, struct text *path)
{
	struct span rest = span_text(r->files ? r->files : "settings.conf");
	struct span glob = field_next(&rest, ',');

	if (glob.p[0] != '*' || span_find(glob, 0, span_text("/")) == SIZE_MAX)
		text_puts(path, "/etc/");
	for (size_t i = 0; i < glob.n; i++)
		text_puts(path, glob.p[i] == '*' ? "x" : (char[]){ (char)glob.p[i], 0 });
}

static bool tells(const struct secret_rule *r, const char *line, bool in_program)
{
	struct text path = { 0 }, bytes = { 0 };
	struct scenery s;
	bool found = false;

	path_for(r, &path);
	if (in_program)
		text_put(&bytes, (struct span){ (const uint8_t *)"\x7f"
								 "ELF\0\1\2\3before\0",
						15 });
	text_puts(&bytes, line);
	text_put(&bytes, (struct span){ (const uint8_t *)(in_program ? "\0after\0" : "\n"),
					in_program ? 7 : r->unit != SECRET_WHOLE_FILE });
	scenery_init(&s);
	scenery_add(&s, path.p, text_span(&bytes));
	scenery_finish(&s);
	for (uint32_t i = 0; i < s.facts.count[FACT_SECRET]; i++)
		found |= span_is(secret(&s, i)->rule, r->id);
	scenery_free(&s);
	text_free(&path);
	text_free(&bytes);
	return found;
}

static void every_rule_tells_its_own_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < secret_rules_count; i++)
		if (!tells(&secret_rules[i], secret_rules[i].yes, false))
			fail_msg("%s: misses %s", secret_rules[i].id, secret_rules[i].yes);
}

static void no_rule_tells_its_look_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < secret_rules_count; i++)
		if (tells(&secret_rules[i], secret_rules[i].no, false))
			fail_msg("%s: tells %s", secret_rules[i].id, secret_rules[i].no);
}

/* In a program strings end with NUL; rules for text alone do not speak of them. */
static void programs_are_asked_by_the_rules_made_for_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < secret_rules_count; i++) {
		const struct secret_rule *r = &secret_rules[i];

		if (tells(r, r->yes, true) != (r->where == SECRET_ANY))
			fail_msg("%s: %s in a program", r->id, r->yes);
	}
}

static void a_secret_has_the_place_of_its_value(void **state)
{
	static const char text[] = "interface=wlan0\n"
				   "# wpa_passphrase=not this one\n"
				   "wpa_passphrase=two words 1\n";
	struct scenery s;

	(void)state;
	see(&s, "/etc/hostapd/hostapd.conf", text);
	assert_int_equal(s.facts.count[FACT_SECRET], 1);
	assert_int_equal(secret(&s, 0)->f.offset, 61);
	assert_int_equal(secret(&s, 0)->f.length, 11);
	assert_int_equal(secret(&s, 0)->f.line, 3);
	assert_true(span_is(secret(&s, 0)->value, "two words 1"));
	assert_true(span_is(secret(&s, 0)->masked, "tw... 1, 11 characters"));
	assert_true(span_is(secret(&s, 0)->what, "wifi passphrase"));
	assert_string_equal(secret(&s, 0)->holder, "configuration");
	scenery_free(&s);
}

static void a_short_value_shows_its_length_alone(void **state)
{
	struct scenery s;

	(void)state;
	see(&s, "/etc/default.nvram", "http_passwd=admin\n");
	assert_true(span_is(secret(&s, 0)->masked, "5 characters"));
	scenery_free(&s);
	see(&s, "/etc/snmp/snmpd.conf", "rocommunity x\n");
	assert_true(span_is(secret(&s, 0)->masked, "1 character"));
	scenery_free(&s);
}

static void settings_parted_by_zero_bytes_are_read(void **state)
{
	static const char bytes[] =
		"lan_ip=192.0.2.1\0http_passwd=adm1n\0wl0_wpa_psk=Fake12345\0\0\1";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/nvram.bin", (struct span){ (const uint8_t *)bytes, sizeof(bytes) });
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_SECRET], 2);
	assert_int_equal(secret(&s, 0)->f.offset, 29);
	assert_int_equal(secret(&s, 0)->f.line, 0);
	assert_int_equal(secret(&s, 1)->f.offset, 47);
	assert_int_equal(secret(&s, 1)->f.length, 9);
	scenery_free(&s);
}

static void what_is_no_secret_is_dismissed_with_its_reason(void **state)
{
	static const struct {
		const char *path, *line, *why;
	} cases[] = {
		{ "/etc/a.conf", "wpa_passphrase=${PSK_FROM_FLASH}", "variable" },
		{ "/etc/a.conf", "wpa_passphrase=@WPA_PHRASE@", "variable" },
		{ "/etc/a.conf", "acs_password=<password>", NULL },
		{ "/etc/a.conf", "wpa_passphrase=your_passphrase", "placeholder" },
		{ "/etc/a.conf", "wpa_passphrase=xxxxxxxxxxxx", "placeholder" },
		{ "/etc/a.conf", "wpa_passphrase=********", "placeholder" },
		{ "/etc/a.sh", "K=AKIAIOSFODNN7EXAMPLE", "placeholder" },
		{ "/etc/a.sh", "K=AKIAAAAAAAAAAAAAAAAA", "entropy" },
		{ "/etc/a.sh", "u=http://user:Fake123@h.example/", "placeholder" },
		{ "/etc/a.sh", "u=http://joan:Fake123@example.com/", "documentation host" },
		{ "/etc/a.sh", "u=http://joan:%s@h.example/", "variable" },
		{ "/etc/a.sh", "wps_pin=12345678", "checksum" },
		{ "/etc/a.sh", "LDAP_PASSWORD=required", "word" },
		{ "/usr/share/doc/a/a.conf", "wpa_passphrase=FakePass-123", "document" },
		{ "/usr/lib/a/tests/a.conf", "wpa_passphrase=FakePass-123", "test" },
		{ "/etc/hostapd.conf.sample", "wpa_passphrase=FakePass-123", "document" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenery s;

		see(&s, cases[i].path, cases[i].line);
		if (s.facts.count[FACT_SECRET])
			fail_msg("%s is told", cases[i].line);
		if (cases[i].why) {
			assert_int_equal(s.facts.count[FACT_DISMISSED], 1);
			assert_string_equal(dismissed(&s, 0)->why, cases[i].why);
		}
		scenery_free(&s);
	}
}

static void comments_are_no_secrets(void **state)
{
	static const char *const lines[] = {
		"#wpa_passphrase=FakePass-123",
		"   # psk=\"FakePass-123\"",
		"; rwcommunity fakewrite",
		"// password = \"FakePass-123\"",
		"ENABLED=1 # ADMIN_PASSWORD='FakePass-123'",
		"<!-- <AdminPassword>FakePass-123</AdminPassword> -->",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct scenery s;

		see(&s, "/etc/a.conf", lines[i]);
		if (s.facts.count[FACT_SECRET] || s.facts.count[FACT_DISMISSED])
			fail_msg("%s", lines[i]);
		scenery_free(&s);
	}
}

static void a_sign_of_comments_inside_a_value_ends_nothing(void **state)
{
	struct scenery s;

	(void)state;
	see(&s, "/etc/a.sh", "u='ftp://joan:Fake#123@h.example/x'\nPASSWORD='a #b1#'\n");
	assert_int_equal(s.facts.count[FACT_SECRET], 0); /* "#" ends the authority of a URL */
	scenery_free(&s);
	see(&s, "/etc/a.sh", "ADMIN_PASSWORD='Fake#123'\n");
	assert_int_equal(s.facts.count[FACT_SECRET], 1);
	assert_true(span_is(secret(&s, 0)->value, "Fake#123"));
	scenery_free(&s);
}

static void one_value_is_told_once_by_the_most_exact_rule(void **state)
{
	struct scenery s;

	(void)state;
	see(&s, "/etc/config/wireless", "\toption key 'FakePass-123'\n");
	assert_int_equal(s.facts.count[FACT_SECRET], 1);
	assert_true(span_is(secret(&s, 0)->rule, "uci-wifi-key"));
	scenery_free(&s);
	see(&s, "/etc/init.d/up", "#!/bin/sh\nwl0_wpa_psk=FakePass-123\n");
	assert_int_equal(s.facts.count[FACT_SECRET], 1);
	assert_true(span_is(secret(&s, 0)->rule, "wpa-psk-vendor"));
	assert_string_equal(secret(&s, 0)->holder, "script");
	scenery_free(&s);
}

/* Minified scripts are one line: far more than the part that is read around a word. */
static void a_secret_deep_in_a_long_line_is_found(void **state)
{
	struct text t = { 0 };
	struct scenery s;

	(void)state;
	for (int i = 0; i < 2000; i++)
		text_puts(&t, "var a=\"b\";");
	text_puts(&t, "var password=\"FakePass-123\";");
	for (int i = 0; i < 2000; i++)
		text_puts(&t, "var a=\"b\";");
	see(&s, "/www/a.js", t.p);
	assert_int_equal(s.facts.count[FACT_SECRET], 1);
	assert_int_equal(secret(&s, 0)->f.offset, 20014);
	assert_int_equal(secret(&s, 0)->f.length, 12);
	scenery_free(&s);
	text_free(&t);
}

/* The next is looked for behind a match: 8,192 are looked at in a file. */
static void every_line_of_long_ones_is_looked_at(void **state)
{
	struct text t = { 0 };
	struct scenery s;

	(void)state;
	for (int line = 0; line < 40; line++) {
		for (int i = 0; i < 90; i++)
			text_puts(&t, "var a=\"b\";");
		text_format(&t, "var password=\"FakePass-%d\";\n", line);
	}
	see(&s, "/www/a.js", t.p);
	assert_int_equal(s.facts.count[FACT_SECRET], 40);
	scenery_free(&s);
	text_free(&t);
}

static void a_file_with_too_many_values_says_that_it_was_cut(void **state)
{
	struct text t = { 0 };
	struct scenery s;
	bool said = false;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_format(&t, "rocommunity fake%d\n", i);
	see(&s, "/etc/snmpd.conf", t.p);
	assert_int_equal(s.facts.count[FACT_SECRET], 256);
	for (uint32_t i = 0; i < s.facts.count[FACT_DISMISSED]; i++)
		said |= strcmp(dismissed(&s, i)->why, "limit") == 0;
	assert_true(said);
	scenery_free(&s);
	text_free(&t);
}

static void hashes_of_account_files_are_no_secrets_again(void **state)
{
	static const char *const paths[] = { "/etc/shadow", "/etc/passwd", "/www/.htpasswd" };
	static const char line[] = "root:$1$saltsalt$Y3BMhxQHmg7scgLILa56u1";
	struct scenery s;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		see(&s, paths[i], line);
		assert_int_equal(s.facts.count[FACT_SECRET], 0);
		scenery_free(&s);
	}
	see(&s, "/etc/init.d/rcS",
	    "echo 'root:$1$saltsalt$Y3BMhxQHmg7scgLILa56u1:0:0::/:/bin/sh' "
	    "> /tmp/passwd");
	assert_int_equal(s.facts.count[FACT_SECRET], 1);
	assert_int_equal(secret(&s, 0)->f.offset, 11);
	assert_int_equal(secret(&s, 0)->f.length, 34);
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest unit[] = {
		cmocka_unit_test(every_rule_tells_its_own_line),
		cmocka_unit_test(no_rule_tells_its_look_alike),
		cmocka_unit_test(programs_are_asked_by_the_rules_made_for_them),
		cmocka_unit_test(a_secret_has_the_place_of_its_value),
		cmocka_unit_test(a_short_value_shows_its_length_alone),
		cmocka_unit_test(settings_parted_by_zero_bytes_are_read),
		cmocka_unit_test(what_is_no_secret_is_dismissed_with_its_reason),
		cmocka_unit_test(comments_are_no_secrets),
		cmocka_unit_test(a_sign_of_comments_inside_a_value_ends_nothing),
		cmocka_unit_test(one_value_is_told_once_by_the_most_exact_rule),
		cmocka_unit_test(a_secret_deep_in_a_long_line_is_found),
		cmocka_unit_test(every_line_of_long_ones_is_looked_at),
		cmocka_unit_test(a_file_with_too_many_values_says_that_it_was_cut),
		cmocka_unit_test(hashes_of_account_files_are_no_secrets_again),
	};

	return cmocka_run_group_tests(unit, NULL, NULL);
}
