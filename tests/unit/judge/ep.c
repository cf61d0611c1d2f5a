/* ep.c - the checks of remote places, on facts made by hand: one row a case. */
#include "unit/judge/scene.h"

struct parts {
	struct scene_tree s;
	struct node *root, *program, *script, *config;
};

static void begin(struct parts *p)
{
	p->root = scene_begin(&p->s, 1000000, 1000000);
	p->program = scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/agent", 1000);
	p->script = scene_entry(&p->s, p->root, KIND_FILE, "/usr/lib/update.sh", 100);
	p->config = scene_entry(&p->s, p->root, KIND_FILE, "/etc/agent.conf", 100);
}

static void endpoint(struct parts *p, struct node *n, const char *kind, const char *scheme,
		     const char *host)
{
	struct endpoint_fact *e = scene_fact(&p->s, n, FACT_ENDPOINT, n == p->program ? 0 : 1);

	e->endpoint_kind = kind;
	e->scheme = span_text(scheme);
	e->value = e->host = span_text(host);
}

static void start(struct parts *p, const struct node *program, const char *name)
{
	struct service_fact *f = scene_fact(&p->s, p->config, FACT_SERVICE, 1);

	f->name = span_text(name);
	f->service_kind = "init.d";
	f->enabled = true;
	f->command = span_text(name);
	f->program = program;
}

static void update(struct parts *p, const char *url)
{
	struct update_fact *u = scene_fact(&p->s, p->script, FACT_UPDATE, 1);

	u->update_kind = "url";
	u->value = span_text(url);
}

/* -- what the rows of the table put in -- */
static void nothing(struct parts *p)
{
	(void)p;
}
static void encrypted(struct parts *p)
{
	struct node *n;

	p->s.tree.image->size = p->s.tree.image->length = 1100000;
	n = scene_region(&p->s, p->s.tree.image, NULL, 1000000, 100000, STATE_ENCRYPTED);
	n->entropy = 7990;
}
static void https(struct parts *p)
{
	endpoint(p, p->program, "url", "https", "a.acme.example");
	start(p, p->program, "agent");
}
static void http(struct parts *p)
{
	endpoint(p, p->program, "url", "http", "a.acme.example");
}
static void public_address6(struct parts *p)
{
	endpoint(p, p->config, "address", "", "2001:503:ba3e::2:30");
}
static void home_network6(struct parts *p)
{
	endpoint(p, p->config, "address", "", "fd12:3456::1");
	endpoint(p, p->config, "address", "", "fe80::1");
}
static void home_network(struct parts *p)
{
	endpoint(p, p->config, "address", "", "192.168.1.1");
	endpoint(p, p->config, "url", "http", "10.0.0.1");
	endpoint(p, p->config, "set-aside", "", "");
}
static void public_address(struct parts *p)
{
	endpoint(p, p->program, "address", "", "203.0.113.7");
}
static void published_address(struct parts *p)
{
	struct indicator_fact *f;

	public_address(p);
	f = scene_fact(&p->s, p->program, FACT_INDICATOR, 0);
	f->indicator = span_text("BD-059");
	f->indicator_kind = "host";
	f->strength = "unique";
	f->what = f->reference = span_text("CVE-2025-0626");
}
static void clear_update(struct parts *p)
{
	update(p, "http://a.acme.example/fw.bin");
	start(p, p->script, "update.sh");
}
static void clear_update_not_started(struct parts *p)
{
	update(p, "http://a.acme.example/fw.bin");
	endpoint(p, p->script, "url", "http", "a.acme.example");
}
static void unchecked(struct parts *p)
{
	endpoint(p, p->script, "unchecked", "", "");
}
static void unchecked_and_started(struct parts *p)
{
	unchecked(p);
	start(p, p->script, "update.sh");
}
static void unchecked_in_program(struct parts *p)
{
	endpoint(p, p->program, "unchecked", "", "");
	start(p, p->program, "agent");
}
static void servers(struct parts *p)
{
	endpoint(p, p->config, "host", "ntp", "time.acme.example");
	endpoint(p, p->config, "address", "dns", "203.0.113.9");
}
static void log_host(struct parts *p)
{
	endpoint(p, p->config, "host", "syslog", "log.acme.example");
}
static void logger(struct parts *p)
{
	start(p, p->program, "syslogd");
}
static void no_logger(struct parts *p)
{
	start(p, p->program, "agent");
}
static void tcpdump(struct parts *p)
{
	scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/tcpdump", 1000);
}
static void manual_of_tcpdump(struct parts *p)
{
	scene_entry(&p->s, p->root, KIND_FILE, "/usr/share/doc/tcpdump", 1000);
}

/* clang-format off */
static const struct row {
	const char *check;
	void (*put)(struct parts *p);
	enum outcome outcome;
	enum reason reason;
} table[] = {
	{ "EP-01", https, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-01", home_network, OUTCOME_PASS, REASON_NONE },
	{ "EP-01", unchecked, OUTCOME_PASS, REASON_NONE },
	{ "EP-01", nothing, OUTCOME_PASS, REASON_NONE },
	{ "EP-01", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "EP-02", published_address, OUTCOME_FAIL, REASON_NONE },
	{ "EP-02", public_address, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-02", public_address6, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-02", home_network, OUTCOME_PASS, REASON_NONE },
	{ "EP-02", home_network6, OUTCOME_PASS, REASON_NONE },
	{ "EP-02", https, OUTCOME_PASS, REASON_NONE },
	{ "EP-02", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "EP-03", clear_update, OUTCOME_FAIL, REASON_NONE },
	{ "EP-03", clear_update_not_started, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-03", http, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-03", https, OUTCOME_PASS, REASON_NONE },
	{ "EP-03", home_network, OUTCOME_PASS, REASON_NONE },
	{ "EP-03", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "EP-04", unchecked_and_started, OUTCOME_FAIL, REASON_NONE },
	{ "EP-04", unchecked, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-04", unchecked_in_program, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-04", https, OUTCOME_PASS, REASON_NONE },
	{ "EP-04", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "EP-05", https, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "EP-05", home_network, OUTCOME_PASS, REASON_NONE },
	{ "EP-06", servers, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-06", https, OUTCOME_PASS, REASON_NONE },
	{ "EP-06", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "EP-07", log_host, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-07", servers, OUTCOME_PASS, REASON_NONE },
	{ "EP-07", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
	{ "EP-08", no_logger, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-08", logger, OUTCOME_PASS, REASON_NONE },
	{ "EP-08", nothing, OUTCOME_NOT_EVALUABLE, REASON_RUNTIME_ONLY },
	{ "EP-09", nothing, OUTCOME_NOT_EVALUABLE, REASON_DOCUMENTS_NEEDED },
	{ "EP-10", tcpdump, OUTCOME_REVIEW, REASON_NONE },
	{ "EP-10", manual_of_tcpdump, OUTCOME_PASS, REASON_NONE },
	{ "EP-10", encrypted, OUTCOME_NOT_EVALUABLE, REASON_ENCRYPTED },
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
			fail_msg("row %zu, %s: %s (%s: %s)", i, row->check,
				 outcome_name(v->outcome), v->reason ? reason_name(v->reason) : "-",
				 v->says);
		assert_true(v->says[0] != '\0' && strlen(v->says) <= 66);
		scene_end(&p.s);
	}
}

static void says_what_is_started_and_what_was_set_aside(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	https(&p);
	endpoint(&p, p.config, "url", "http", "b.acme.example");
	scene_judge(&p.s);
	assert_string_equal(scene_verdict(&p.s, "EP-01")->says,
			    "2 remote places are named, 1 by what is started");
	scene_end(&p.s);
	begin(&p);
	endpoint(&p, p.config, "set-aside", "", "");
	((struct endpoint_fact *)p.config->last_fact)->value = span_text("41: in documents 41");
	scene_judge(&p.s);
	assert_non_null(strstr(scene_verdict(&p.s, "EP-01")->searched, "41 more were set aside"));
	scene_end(&p.s);
}

/* A stored report may say null where a kind or a strength stands. */
static void words_of_a_fact_may_be_missing(void **state)
{
	static const enum fact_kind kinds[] = { FACT_ENDPOINT, FACT_INDICATOR, FACT_LISTENER,
						FACT_SERVICE,  FACT_UPDATE,    FACT_WEB };
	struct parts p;

	(void)state;
	begin(&p);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		scene_fact(&p.s, p.program, kinds[i], 1);
	scene_judge(&p.s);
	assert_int_equal(scene_verdict(&p.s, "EP-08")->outcome, OUTCOME_REVIEW);
	assert_int_equal(scene_verdict(&p.s, "WEB-01")->outcome, OUTCOME_NOT_APPLICABLE);
	assert_int_equal(scene_verdict(&p.s, "UPD-01")->outcome, OUTCOME_NOT_EVALUABLE);
	assert_int_equal(scene_verdict(&p.s, "BACK-01")->outcome, OUTCOME_PASS);
	scene_end(&p.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
		cmocka_unit_test(says_what_is_started_and_what_was_set_aside),
		cmocka_unit_test(words_of_a_fact_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
