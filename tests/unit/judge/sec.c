/* sec.c - checks of secrets, and of accounts and passphrases that a device is shipped with, on
 * facts made by hand: one row a case. */
#include "unit/judge/scene.h"

#include "know/know.h"

struct parts {
	struct scene_tree s;
	struct node *root, *conf, *script, *program, *history;
};

static void begin(struct parts *p)
{
	p->root = scene_begin(&p->s, 1000000, 1000000);
	p->conf = scene_entry(&p->s, p->root, KIND_FILE, "/etc/a.conf", 100);
	p->script = scene_entry(&p->s, p->root, KIND_FILE, "/usr/lib/backup.sh", 100);
	p->program = scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/tool", 1000);
}

static struct secret_fact *secret(struct parts *p, struct node *n, const char *rule)
{
	struct secret_fact *s = scene_fact(&p->s, n, FACT_SECRET, 3);
	const struct secret_rule *r = secret_rule_find(span_text(rule));

	assert_non_null(r);
	s->rule = span_text(r->id);
	s->what = span_text(r->what);
	s->masked = span_text("ab...yz, 12 characters");
	s->holder = n == p->conf      ? "configuration"
		    : n == p->script  ? "script"
		    : n == p->program ? "program"
				      : "history";
	return s;
}

static void started(struct parts *p, const char *name, bool enabled)
{
	struct service_fact *f = scene_fact(&p->s, p->script, FACT_SERVICE, 1);

	f->name = span_text(name);
	f->service_kind = "init.d";
	f->enabled = enabled;
}

static struct executable_fact *executable(struct parts *p, const char *type)
{
	struct executable_fact *x = scene_fact(&p->s, p->program, FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->bits = 32;
	x->endian = "little";
	x->type = type;
	x->pie = "yes";
	x->relro = "full";
	return x;
}

static void nothing(struct parts *p)
{
	(void)p;
}
static void unknown_region(struct parts *p)
{
	p->s.tree.image->size = p->s.tree.image->length = 2000000;
	scene_region(&p->s, p->s.tree.image, NULL, 1000000, 1000000, STATE_ENCRYPTED);
}
static void vpn_in_conf(struct parts *p)
{
	secret(p, p->conf, "ipsec-psk");
}
static void wifi_in_conf(struct parts *p)
{
	secret(p, p->conf, "wpa-passphrase");
	scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/hostapd", 100);
}
static void wifi_started(struct parts *p)
{
	wifi_in_conf(p);
	started(p, "hostapd", true);
}
static void wifi_not_started(struct parts *p)
{
	wifi_in_conf(p);
	started(p, "hostapd", false);
}
static void wifi_open(struct parts *p)
{
	scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/hostapd", 100);
}
static void login_key(struct parts *p)
{
	secret(p, p->conf, "authorized-key");
}
static void url_in_script(struct parts *p)
{
	secret(p, p->script, "url-credentials");
}
static void account_in_script(struct parts *p)
{
	secret(p, p->script, "set-password");
}
static void token_in_program(struct parts *p)
{
	executable(p, "EXEC");
	secret(p, p->program, "github-token");
}
static void hash_in_program(struct parts *p)
{
	executable(p, "EXEC");
	secret(p, p->program, "crypt-hash");
}
static void token_in_library(struct parts *p)
{
	executable(p, "DYN")->pie = "shared object";
	secret(p, p->program, "github-token");
}
static void key_in_program(struct parts *p)
{
	struct key_fact *k = scene_fact(&p->s, p->program, FACT_KEY, 0);

	executable(p, "EXEC");
	k->key_kind = "private";
	k->algorithm = "rsa";
	k->encoding = "der pkcs1";
}
static void packed(struct parts *p)
{
	executable(p, "EXEC")->packed = "upx";
}
static void tr069(struct parts *p)
{
	secret(p, p->conf, "tr069-credential");
}
static void token_by_name(struct parts *p)
{
	secret(p, p->conf, "command-variable-key");
}
static void token_by_form(struct parts *p)
{
	secret(p, p->conf, "aws-access-key-id");
}
static void backup_script(struct parts *p)
{
	secret(p, p->script, "openssl-passphrase");
}
static void backup_elsewhere(struct parts *p)
{
	secret(p, p->conf, "openssl-passphrase");
}
static void agent(struct parts *p)
{
	scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/snmpd", 100);
}
static void write_started(struct parts *p)
{
	agent(p);
	started(p, "snmpd", true);
	secret(p, p->conf, "snmp-write-community");
}
static void write_not_started(struct parts *p)
{
	agent(p);
	secret(p, p->conf, "snmp-write-community");
}
static void read_started(struct parts *p)
{
	agent(p);
	started(p, "snmpd", true);
	secret(p, p->conf, "snmp-read-community");
}
static void history(struct parts *p)
{
	p->history = scene_entry(&p->s, p->root, KIND_FILE, "/root/.bash_history", 100);
}
static void empty_history(struct parts *p)
{
	p->history = scene_entry(&p->s, p->root, KIND_FILE, "/root/.bash_history", 0);
}
static void secret_in_history(struct parts *p)
{
	history(p);
	secret(p, p->history, "database-command");
}
static void folder_of_git(struct parts *p)
{
	scene_entry(&p->s, p->root, KIND_DIRECTORY, "/www/.git", 0);
}
static void core_dump(struct parts *p)
{
	executable(p, "CORE");
}
static void path_of_builder(struct parts *p)
{
	executable(p, "EXEC")->runpath = span_text("/home/joan/lib");
}
static void symmetric_key(struct parts *p)
{
	secret(p, p->conf, "symmetric-key");
}
static struct executable_fact *key_setter(struct parts *p, enum tri read)
{
	static const struct span name = { (const uint8_t *)"AES_set_encrypt_key", 19 };
	struct executable_fact *x = executable(p, "EXEC");

	x->machine = span_text("ARM");
	x->is_static = TRI_NO;
	x->calls = (struct spans){ &name, 1 };
	x->calls_read = read;
	return x;
}
static void key_handed_over(struct parts *p)
{
	const struct node *n = key_setter(p, TRI_YES)->f.node;
	struct constant_fact *f = scene_fact(&p->s, (struct node *)(uintptr_t)n, FACT_CONSTANT, 0);

	f->constant_kind = "key";
	f->call = "AES_set_encrypt_key";
	f->masked = span_text("bytes");
}
static void key_from_elsewhere(struct parts *p)
{
	key_setter(p, TRI_YES);
}
static void key_unread(struct parts *p)
{
	key_setter(p, TRI_NO);
}
static void key_pushed(struct parts *p)
{
	key_setter(p, TRI_YES)->machine = span_text("Intel 80386");
}
static void static_program(struct parts *p)
{
	key_setter(p, TRI_NULL)->is_static = TRI_YES;
}
static struct secret_fact *web_password(struct parts *p)
{
	return secret(p, p->conf, "nvram-secret");
}
static void web_known_started(struct parts *p)
{
	web_password(p)->published = true;
	started(p, "httpd", true);
}
static void web_known(struct parts *p)
{
	web_password(p)->published = true;
}
static void web_unknown_started(struct parts *p)
{
	web_password(p);
	started(p, "httpd", true);
}
static void pin(struct parts *p)
{
	secret(p, p->conf, "wps-pin");
}
static void pin_started(struct parts *p)
{
	pin(p);
	started(p, "hostapd", true);
}

/* clang-format off */
static const struct row {
	const char *check;
	void (*put)(struct parts *p);
	enum outcome outcome;
	enum reason reason;
} table[] = {
	{ "SEC-01", vpn_in_conf, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-01", wifi_started, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-01", wifi_not_started, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-01", login_key, OUTCOME_PASS, REASON_NONE },
	{ "SEC-01", url_in_script, OUTCOME_PASS, REASON_NONE },
	{ "SEC-01", nothing, OUTCOME_PASS, REASON_NONE },
	{ "SEC-01", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-02", url_in_script, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-02", account_in_script, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-02", vpn_in_conf, OUTCOME_PASS, REASON_NONE },
	{ "SEC-02", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-03", token_in_program, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-03", key_in_program, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-03", token_in_library, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-03", hash_in_program, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-03", vpn_in_conf, OUTCOME_PASS, REASON_NONE },
	{ "SEC-03", packed, OUTCOME_NOT_EVALUABLE, REASON_OPAQUE_REGION },
	{ "SEC-04", url_in_script, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-04", tr069, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-04", vpn_in_conf, OUTCOME_PASS, REASON_NONE },
	{ "SEC-04", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-05", token_by_form, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-05", token_by_name, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-05", vpn_in_conf, OUTCOME_PASS, REASON_NONE },
	{ "SEC-05", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-06", backup_script, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-06", backup_elsewhere, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-06", vpn_in_conf, OUTCOME_PASS, REASON_NONE },
	{ "SEC-06", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-07", write_started, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-07", write_not_started, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-07", read_started, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-07", agent, OUTCOME_PASS, REASON_NONE },
	{ "SEC-07", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "SEC-07", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-08", secret_in_history, OUTCOME_FAIL, REASON_NONE },
	{ "SEC-08", history, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-08", folder_of_git, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-08", core_dump, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-08", empty_history, OUTCOME_PASS, REASON_NONE },
	{ "SEC-08", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "SEC-09", path_of_builder, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-09", login_key, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-09", nothing, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "SEC-10", symmetric_key, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-10", key_handed_over, OUTCOME_REVIEW, REASON_NONE },
	{ "SEC-10", key_from_elsewhere, OUTCOME_PASS, REASON_NONE },
	{ "SEC-10", nothing, OUTCOME_PASS, REASON_NONE },
	{ "SEC-10", key_unread, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "SEC-10", key_pushed, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "SEC-10", static_program, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "ACC-06", web_known_started, OUTCOME_FAIL, REASON_NONE },
	{ "ACC-06", web_known, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-06", web_unknown_started, OUTCOME_REVIEW, REASON_NONE },
	{ "ACC-06", nothing, OUTCOME_PASS, REASON_NONE },
	{ "ACC-06", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "CRED-07", wifi_started, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-07", wifi_not_started, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-07", wifi_open, OUTCOME_PASS, REASON_NONE },
	{ "CRED-07", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-07", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "CRED-08", pin_started, OUTCOME_FAIL, REASON_NONE },
	{ "CRED-08", pin, OUTCOME_REVIEW, REASON_NONE },
	{ "CRED-08", wifi_open, OUTCOME_PASS, REASON_NONE },
	{ "CRED-08", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "CRED-08", unknown_region, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
};
/* clang-format on */

static void every_row_ends_as_the_catalogue_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct row *row = &table[i];
		const struct verdict *v;
		struct parts p;

		begin(&p);
		row->put(&p);
		scene_judge(&p.s);
		v = scene_verdict(&p.s, row->check);
		if (v->outcome != row->outcome || v->reason != row->reason)
			fail_msg("row %zu, %s: %s (%s)", i, row->check, outcome_name(v->outcome),
				 v->reason ? reason_name(v->reason) : "-");
		if (strlen(v->says) > 66 || strlen(v->searched) > 66)
			fail_msg("row %zu, %s: %s", i, row->check, v->says);
		scene_end(&p.s);
	}
}

static void a_verdict_names_the_value_and_counts_the_others(void **state)
{
	const struct verdict *v;
	struct parts p;

	(void)state;
	begin(&p);
	secret(&p, p.conf, "wpa-passphrase");
	secret(&p, p.conf, "ppp-secret");
	scene_judge(&p.s);
	v = scene_verdict(&p.s, "SEC-01");
	assert_string_equal(v->says, "\"wifi passphrase\" and 1 more: in clear");
	assert_int_equal(v->evidence_count, 2);
	assert_ptr_equal(v->evidence[0].node, p.conf);
	scene_end(&p.s);
}

static void a_pass_says_how_much_was_left_out(void **state)
{
	struct dismissed_fact *d;
	struct parts p;

	(void)state;
	begin(&p);
	d = scene_fact(&p.s, p.conf, FACT_DISMISSED, 1);
	d->rule = span_text("wpa-passphrase");
	d->what = span_text("wifi passphrase");
	d->why = "variable";
	d->count = 3;
	scene_judge(&p.s);
	assert_non_null(strstr(scene_verdict(&p.s, "SEC-01")->searched, "; 3 placeholders"));
	scene_end(&p.s);
}

/* An account without a login path, and one of another root where telnet is started. */
static void a_verdict_names_an_account_of_its_own_outcome(void **state)
{
	static const char *const names[] = { "guest", "root" };
	struct parts p;
	struct node *other;

	(void)state;
	begin(&p);
	other = scene_region(&p.s, p.s.tree.image, &scene_squashfs, 1000, 500, STATE_UNDERSTOOD);
	for (int i = 0; i < 2; i++) {
		struct account_fact *a;

		if (i == 1)
			p.script = scene_entry(&p.s, other, KIND_FILE, "/etc/passwd", 100);
		a = scene_fact(&p.s, p.script, FACT_ACCOUNT, 1);
		a->name = span_text(names[i]);
		a->state = "empty";
		a->can_log_in = true;
	}
	started(&p, "telnetd", true);
	scene_judge(&p.s);
	assert_int_equal(scene_verdict(&p.s, "ACC-01")->outcome, OUTCOME_FAIL);
	assert_string_equal(scene_verdict(&p.s, "ACC-01")->says,
			    "\"root\": no password; a login is up");
	scene_end(&p.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
		cmocka_unit_test(a_verdict_names_the_value_and_counts_the_others),
		cmocka_unit_test(a_pass_says_how_much_was_left_out),
		cmocka_unit_test(a_verdict_names_an_account_of_its_own_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
