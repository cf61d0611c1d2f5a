/* back.c - the checks of published indicators, on facts made by hand: one row a case. */
#include "unit/judge/scene.h"

struct parts {
	struct scene_tree s;
	struct node *root, *passwd, *program, *manual, *script;
};

static void begin(struct parts *p)
{
	p->root = scene_begin(&p->s, 1000000, 1000000);
	p->passwd = scene_entry(&p->s, p->root, KIND_FILE, "/etc/passwd", 100);
	p->program = scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/httpd", 1000);
	p->manual = scene_entry(&p->s, p->root, KIND_FILE, "/usr/share/doc/httpd/README", 1000);
	p->script = scene_entry(&p->s, p->root, KIND_FILE, "/etc/init.d/S50httpd", 100);
}

static void opaque(struct parts *p)
{
	struct node *n;

	p->s.tree.image->size = p->s.tree.image->length = 1100000;
	n = scene_region(&p->s, p->s.tree.image, NULL, 1000000, 100000, STATE_ENCRYPTED);
	n->entropy = 7990;
}

static void indicator(struct parts *p, struct node *n, const char *id, const char *kind,
		      bool is_unique, const char *reference)
{
	struct indicator_fact *f = scene_fact(&p->s, n, FACT_INDICATOR, 1);

	f->indicator = span_text(id);
	f->indicator_kind = kind;
	f->strength = is_unique ? "unique" : "supporting";
	f->what = span_text("something");
	f->reference = span_text(reference);
}

static struct executable_fact *object(struct parts *p)
{
	struct executable_fact *x = scene_fact(&p->s, p->program, FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->bits = 32;
	x->endian = "little";
	x->type = "DYN";
	x->pie = "yes";
	x->relro = "full";
	return x;
}

static struct service_fact *service(struct parts *p, enum fact_kind kind, uint32_t port)
{
	struct service_fact *f = scene_fact(&p->s, p->script, kind, 1);

	f->name = span_text("httpd");
	f->service_kind = "init.d";
	f->enabled = true;
	f->command = span_text("/usr/sbin/httpd");
	f->protocol = span_text("tcp");
	f->port = port;
	f->program = p->program;
	return f;
}

static void component(struct parts *p, const char *name, const char *source)
{
	struct component_fact *c = scene_fact(&p->s, p->program, FACT_COMPONENT, 0);
	const struct node **list = arena_take(&p->s.arena, 1, sizeof(*list));

	assert_non_null(list);
	list[0] = p->program;
	c->name = span_text(name);
	c->version = span_text("1.0");
	c->source = source;
	c->nodes = (struct node_list){ list, 1 };
}

static void account(struct parts *p, const char *state)
{
	struct account_fact *a = scene_fact(&p->s, p->passwd, FACT_ACCOUNT, 1);

	a->name = span_text("zyfwp");
	a->state = state;
	a->shell = span_text("/bin/sh");
}

/* -- what the rows of the table put in -- */
static void nothing(struct parts *p)
{
	(void)p;
}
static void encrypted(struct parts *p)
{
	opaque(p);
}
static void program(struct parts *p)
{
	object(p);
}
static void value_in_program(struct parts *p)
{
	object(p);
	indicator(p, p->program, "BD-001", "literal", true, "CVE-2013-6026");
}
static void value_in_manual(struct parts *p)
{
	object(p);
	indicator(p, p->manual, "BD-001", "literal", true, "CVE-2013-6026");
}
static void weak_value(struct parts *p)
{
	indicator(p, p->program, "BD-025", "literal", false, "habr.com/en/post/486856 (2020)");
}
static void weak_name(struct parts *p)
{
	indicator(p, p->program, "BD-016", "file", false, "Trend Micro 2014: Netis routers");
}
static void many_values(struct parts *p)
{
	indicator(p, p->program, "BD-001", "literal", true, "CVE-2013-6026");
	indicator(p, p->program, "BD-002", "literal", true, "CVE-2020-29583");
	indicator(p, p->program, "BD-004", "literal", true, "CVE-2015-7755");
	indicator(p, p->program, "BD-005", "literal", true, "CVE-2016-1909");
}
static void usable_account(struct parts *p)
{
	account(p, "enabled");
	indicator(p, p->passwd, "BD-003", "account", true, "CVE-2020-29583");
}
static void locked_account(struct parts *p)
{
	account(p, "locked");
	indicator(p, p->passwd, "BD-003", "account", true, "CVE-2020-29583");
}
static void packet_in_program(struct parts *p)
{
	object(p);
	indicator(p, p->program, "BD-008", "literal", true, "CVE-2016-10178");
}
static void packet_in_manual(struct parts *p)
{
	object(p);
	indicator(p, p->manual, "BD-008", "literal", true, "CVE-2016-10178");
}
static void honest_listener(struct parts *p)
{
	service(p, FACT_LISTENER, 80);
}
static void published_listener(struct parts *p)
{
	service(p, FACT_LISTENER, 39889);
	indicator(p, p->script, "BD-070", "listener", false, "CVE-2016-10178");
}
static void listener_and_packet(struct parts *p)
{
	published_listener(p);
	packet_in_program(p);
}
static void listener_and_manual(struct parts *p)
{
	published_listener(p);
	packet_in_manual(p);
}
static void switch_in_script(struct parts *p)
{
	indicator(p, p->script, "BD-110", "switch", false, "CWE-912");
}
static void honest_component(struct parts *p)
{
	component(p, "httpd", "banner");
}
static void tampered_version(struct parts *p)
{
	component(p, "vsftpd", "banner");
	indicator(p, p->program, "BD-103", "component", false, "CVE-2011-2523");
}
static void tampered_bytes(struct parts *p)
{
	indicator(p, p->program, "BD-078", "literal", true, "CVE-2011-2523");
}
static void malware(struct parts *p)
{
	indicator(p, p->program, "BD-096", "hex", true, "Mirai source 2016, bot/table.c");
}
static void malware_in_manual(struct parts *p)
{
	indicator(p, p->manual, "BD-097", "literal", true, "BASHLITE source");
}
static struct executable_fact *calls(struct parts *p, const char *name, enum tri read)
{
	static struct span name_of[1];
	struct executable_fact *x = object(p);

	name_of[0] = span_text(name);
	x->calls = (struct spans){ name_of, 1 };
	x->calls_read = read;
	return x;
}
static void constant(struct parts *p, const char *kind)
{
	struct constant_fact *f = scene_fact(&p->s, p->program, FACT_CONSTANT, 0);

	f->constant_kind = kind;
	f->call = "strcmp";
	f->masked = span_text("xy...31, 10 characters");
}
static void of_web(struct parts *p)
{
	struct web_fact *f = scene_fact(&p->s, p->program, FACT_WEB, 0);

	f->web_kind = "handler";
	f->name = span_text("a.cgi");
}
static void compared_password(struct parts *p)
{
	calls(p, "crypt", TRI_YES);
	constant(p, "password-check");
}
static void honest_login(struct parts *p)
{
	calls(p, "crypt", TRI_YES);
}
static void unread_login(struct parts *p)
{
	calls(p, "crypt", TRI_NO);
}
static void static_program(struct parts *p)
{
	calls(p, "socket", TRI_NULL)->is_static = TRI_YES;
}
static void compared_header(struct parts *p)
{
	calls(p, "bind", TRI_YES);
	of_web(p);
	constant(p, "request-header");
}
static void honest_handler(struct parts *p)
{
	calls(p, "bind", TRI_YES);
	of_web(p);
}
static void unread_handler(struct parts *p)
{
	calls(p, "bind", TRI_NO);
	of_web(p);
}
static void known_service(struct parts *p)
{
	service(p, FACT_SERVICE, 0);
	component(p, "httpd", "banner");
}
static void unknown_service(struct parts *p)
{
	service(p, FACT_SERVICE, 0);
}

/* clang-format off */
static const struct row {
	const char *check;
	void (*put)(struct parts *p);
	enum outcome outcome;
	enum reason reason;
} table[] = {
	{ "BACK-01", value_in_program, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-01", tampered_bytes, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-01", value_in_manual, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-01", weak_value, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-01", weak_name, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-01", many_values, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-01", usable_account, OUTCOME_PASS, REASON_NONE },
	{ "BACK-01", switch_in_script, OUTCOME_PASS, REASON_NONE },
	{ "BACK-01", nothing, OUTCOME_PASS, REASON_NONE },
	{ "BACK-01", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "BACK-02", usable_account, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-02", locked_account, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-02", nothing, OUTCOME_PASS, REASON_NONE },
	{ "BACK-02", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "BACK-03", compared_password, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-03", compared_header, OUTCOME_PASS, REASON_NONE },
	{ "BACK-03", honest_login, OUTCOME_PASS, REASON_NONE },
	{ "BACK-03", program, OUTCOME_PASS, REASON_NONE },
	{ "BACK-03", unread_login, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BACK-03", static_program, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BACK-03", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BACK-04", value_in_program, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-04", value_in_manual, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-04", compared_header, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-04", compared_password, OUTCOME_PASS, REASON_NONE },
	{ "BACK-04", honest_handler, OUTCOME_PASS, REASON_NONE },
	{ "BACK-04", packet_in_program, OUTCOME_PASS, REASON_NONE },
	{ "BACK-04", unread_handler, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BACK-04", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BACK-05", packet_in_program, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-05", packet_in_manual, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-05", value_in_program, OUTCOME_NOT_EVALUABLE, REASON_NO_SYMBOLS },
	{ "BACK-05", nothing, OUTCOME_NOT_APPLICABLE, REASON_NONE },
	{ "BACK-06", listener_and_packet, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-06", listener_and_manual, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-06", published_listener, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-06", honest_listener, OUTCOME_PASS, REASON_NONE },
	{ "BACK-06", nothing, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "BACK-07", switch_in_script, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-07", nothing, OUTCOME_PASS, REASON_NONE },
	{ "BACK-07", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "BACK-08", tampered_bytes, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-08", tampered_version, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-08", honest_component, OUTCOME_PASS, REASON_NONE },
	{ "BACK-08", nothing, OUTCOME_NOT_EVALUABLE, REASON_VERSION_UNKNOWN },
	{ "BACK-09", malware, OUTCOME_FAIL, REASON_NONE },
	{ "BACK-09", malware_in_manual, OUTCOME_REVIEW, REASON_NONE },
	{ "BACK-09", value_in_program, OUTCOME_PASS, REASON_NONE },
	{ "BACK-09", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "BACK-10", known_service, OUTCOME_PASS, REASON_NONE },
	{ "BACK-10", unknown_service, OUTCOME_NOT_EVALUABLE, REASON_NO_DATA_TABLE },
	{ "BACK-10", nothing, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
};
/* clang-format on */

/* What no sentence says: intent is outside the evidence. */
static void check_words(const struct verdict *v)
{
	assert_null(strstr(v->says, "backdoor"));
	assert_true(v->says[0] != '\0' && strlen(v->says) <= 66 + 8);
}

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
			fail_msg("row %zu, %s: %s (%s: %s)", i, row->check,
				 outcome_name(v->outcome), v->reason ? reason_name(v->reason) : "-",
				 v->says);
		check_words(v);
		scene_end(&p.s);
	}
}

static void the_sentence_names_indicator_and_publication(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	value_in_program(&p);
	indicator(&p, p.program, "BD-004", "literal", true, "CVE-2015-7755; others");
	scene_judge(&p.s);
	assert_string_equal(scene_verdict(&p.s, "BACK-01")->says,
			    "indicator BD-001, published in CVE-2013-6026, found; 1 more");
	scene_end(&p.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
		cmocka_unit_test(the_sentence_names_indicator_and_publication),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
