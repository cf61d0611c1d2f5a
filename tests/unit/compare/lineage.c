/* lineage.c - traces of releases made by hand, and what they tell together. */
#include "unit/judge/scene.h"

#include "report/lineage.h"

struct one { /* release */
	const char *version;
	const char *accounts; /* a letter each; a capital one cannot log in */
	const char *openssl;  /* version; NULL: it has none */
};

static void add_account(struct scene_tree *s, struct node *passwd, char letter)
{
	struct account_fact *f = scene_fact(s, passwd, FACT_ACCOUNT, 1);
	char name[2] = { (char)(letter | 0x20), 0 };

	f->name = arena_copy(&s->arena, span_text(name));
	f->can_log_in = letter >= 'a';
	f->state = "enabled";
}

static void add_service(struct scene_tree *s, struct node *n, const char *kind, const char *name)
{
	struct service_fact *f = scene_fact(s, n, FACT_SERVICE, 1);

	f->name = span_text(name);
	f->service_kind = kind;
	f->enabled = true;
}

/* Appends the trace of one release. */
static void put(struct text *t, const struct one *r)
{
	struct scene_tree s;
	struct node *root = scene_begin(&s, 4096, 4096);
	struct node *passwd = scene_entry(&s, root, KIND_FILE, "/etc/passwd", 10);
	struct identity_fact *id = scene_fact(&s, passwd, FACT_IDENTITY, 0);
	struct release head = { .size = 4096, .blind = r->version[0] == 0 };

	id->version = span_text(r->version);
	id->product = span_text("router");
	for (const char *p = r->accounts; *p; p++)
		add_account(&s, passwd, *p);
	if (r->openssl) {
		struct component_fact *c = scene_fact(&s, passwd, FACT_COMPONENT, 0);

		c->name = span_text("openssl");
		c->version = span_text(r->openssl);
		c->source = "banner";
	}
	add_service(&s, passwd, "setting", "telnetd");
	add_service(&s, passwd, "applet", "httpd");
	add_service(&s, passwd, "inittab", "syslogd");
	assert_true(facts_collect(s.nodes, s.tree.count, &s.arena, &s.facts));
	head.sha256[0] = (uint8_t)r->version[0];
	assert_true(lineage_trace(&head, &s.facts, &s.arena, t));
	scene_end(&s);
}

struct joined {
	struct text traces;
	struct arena arena;
	struct lineage l;
};

static void join(struct joined *x, const struct one *releases, size_t n, bool by_version)
{
	*x = (struct joined){ 0 };
	for (size_t i = 0; i < n; i++)
		put(&x->traces, &releases[i]);
	assert_true(lineage_join(text_span(&x->traces), by_version, &x->arena, &x->l));
	assert_int_equal(x->l.release_count, n);
}

static void end(struct joined *x)
{
	text_free(&x->traces);
	arena_free(&x->arena);
}

static void assert_thing(const struct thing *t, const char *what, const char *version)
{
	assert_true(span_is(t->what, what));
	assert_true(span_is(t->version, version));
}

static void assert_run(const struct thing *t, uint32_t i, uint32_t first, uint32_t last,
		       bool active)
{
	assert_true(i < t->run_count);
	assert_int_equal(t->runs[i].first, first);
	assert_int_equal(t->runs[i].last, last);
	assert_int_equal(t->runs[i].is_active, active);
}

static const struct one four[] = { { "1.2", "ab", "3.0.9" },
				   { "1.10", "aab", "3.0.9" },
				   { "1.9", "aC", "3.0.10" },
				   { "2.0", "abc", NULL } };

static void things_come_and_go(void **state)
{
	struct joined x;
	struct run gap;
	uint32_t at = 0;

	(void)state;
	join(&x, four, 4, false);
	assert_int_equal(x.l.thing_count, 6);
	assert_thing(&x.l.things[0], "account a", "");
	assert_int_equal(x.l.things[0].run_count, 1);
	assert_run(&x.l.things[0], 0, 0, 3, true);
	assert_true(thing_is_constant(&x.l.things[0], &x.l));
	assert_thing(&x.l.things[1], "account b", "");
	assert_run(&x.l.things[1], 0, 0, 1, true);
	assert_run(&x.l.things[1], 1, 3, 3, true);
	assert_false(thing_is_constant(&x.l.things[1], &x.l));
	assert_true(lineage_gap(&x.l.things[1], &at, &gap));
	assert_int_equal(gap.first, 2);
	assert_int_equal(gap.last, 2);
	assert_false(lineage_gap(&x.l.things[1], &at, &gap));
	end(&x);
}

static void an_account_that_cannot_log_in_is_there(void **state)
{
	struct joined x;
	struct run gap;
	uint32_t at = 0;

	(void)state;
	join(&x, four, 4, false);
	assert_thing(&x.l.things[2], "account c", "");
	assert_int_equal(x.l.things[2].run_count, 2);
	assert_run(&x.l.things[2], 0, 2, 2, false);
	assert_run(&x.l.things[2], 1, 3, 3, true);
	assert_false(lineage_gap(&x.l.things[2], &at, &gap));
	end(&x);
}

static void versions_of_a_component_are_things(void **state)
{
	struct joined x;

	(void)state;
	join(&x, four, 4, false);
	assert_thing(&x.l.things[3], "component openssl", "3.0.9");
	assert_run(&x.l.things[3], 0, 0, 1, true);
	assert_thing(&x.l.things[4], "component openssl", "3.0.10");
	assert_run(&x.l.things[4], 0, 2, 2, true);
	end(&x);
}

static void settings_and_applets_are_no_services(void **state)
{
	struct joined x;

	(void)state;
	join(&x, four, 4, false);
	assert_thing(&x.l.things[5], "service syslogd, inittab", "");
	end(&x);
}

static void releases_are_put_in_the_order_of_their_versions(void **state)
{
	struct joined x;

	(void)state;
	join(&x, four, 4, true);
	assert_true(x.l.by_version);
	assert_int_equal(x.l.unversioned, 0);
	assert_int_equal(x.l.releases[1].given, 2);
	assert_true(span_is(x.l.releases[1].version, "1.9"));
	assert_true(span_is(x.l.releases[2].version, "1.10"));
	assert_thing(&x.l.things[1], "account b", "");
	assert_run(&x.l.things[1], 0, 0, 0, true);
	assert_run(&x.l.things[1], 1, 2, 3, true);
	end(&x);
}

static void a_release_without_a_version_keeps_the_order_given(void **state)
{
	const struct one three[] = { { "2", "a", NULL }, { "", "a", NULL }, { "1", "a", NULL } };
	struct joined x;

	(void)state;
	join(&x, three, 3, true);
	assert_false(x.l.by_version);
	assert_int_equal(x.l.unversioned, 2);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(x.l.releases[i].given, i);
	assert_int_equal(x.l.releases[1].blind, 1);
	assert_int_equal(x.l.releases[0].sha256[0], '2');
	end(&x);
}

static void a_trace_that_ends_early_is_refused(void **state)
{
	struct text t = { 0 };
	struct guarded g;

	(void)state;
	put(&t, &four[0]);
	g = guarded_new(t.n);
	for (size_t n = 1; n <= t.n; n++) {
		struct arena a = { 0 };
		struct lineage l;

		assert_int_equal(
			lineage_join(guarded_copy(g, span_head(text_span(&t), n)), false, &a, &l),
			n == t.n);
		arena_free(&a);
	}
	guarded_free(g);
	text_free(&t);
}

/* By hand after the table: number, name, digest; thing, first, last, gaps. */
static void text_has_a_line_for_what_came_or_went(void **state)
{
	static const struct text_view plain = { .utf8 = true, .only = -1 };
	static const char *const names[] = { "r1", "r2", "r3", "r4" };
	struct text t = { 0 };
	struct joined x;

	(void)state;
	join(&x, four, 4, false);
	lineage_text(&x.l, &plain, names, false, &t);
	assert_string_equal(
		t.p,
		"4 releases, in the order given\n"
		"\n"
		"   1  router, version 1.2                                sha256 3100000000000000\n"
		"      r1\n"
		"   2  router, version 1.10                               sha256 3100000000000000\n"
		"      r2\n"
		"   3  router, version 1.9                                sha256 3100000000000000\n"
		"      r3\n"
		"   4  router, version 2.0                                sha256 3200000000000000\n"
		"      r4\n"
		"\n"
		"accounts                                       first   last   gaps\n"
		"  account b                                        1      4   3\n"
		"  account c                                        3      4\n"
		"      cannot log in: 3\n"
		"  1 more in every release\n"
		"\n"
		"keys                                           first   last   gaps\n"
		"  none in any release\n"
		"\n"
		"components                                     first   last   gaps\n"
		"  component openssl 3.0.9                          1      2\n"
		"  component openssl 3.0.10                         3      3\n"
		"\n"
		"services                                       first   last   gaps\n"
		"  1 in every release\n"
		"\n"
		"listeners                                      first   last   gaps\n"
		"  none in any release\n"
		"\n"
		"endpoints                                      first   last   gaps\n"
		"  none in any release\n");
	text_free(&t);
	end(&x);
}

static void a_picture_has_a_cell_for_each_run(void **state)
{
	struct text json = { 0 }, t = { 0 };
	struct joined x;

	(void)state;
	join(&x, four, 4, false);
	lineage_json(&x.l, &json);
	lineage_html(&x.l, text_span(&json), &t);
	assert_non_null(strstr(
		t.p, "<tr><td><bdi>account c</bdi></td><td class=\"r\">3</td><td class=\"r\">4"
		     "</td><td class=\"c\" colspan=\"2\"><i class=\"none\"></i><span "
		     "class=\"v\">not in 1 to 2</span></td><td class=\"c\"><i class=\"off\"></i>"
		     "<span class=\"v\">cannot log in 3</span></td><td class=\"c\"><i></i><span "
		     "class=\"v\">in 4</span></td></tr>\n"));
	assert_non_null(strstr(json.p,
			       "{\"kind\":\"account\",\"what\":\"account c\",\"version\":null,"
			       "\"first\":3,\"last\":4,\"present\":[{\"from\":3,\"to\":3,"
			       "\"active\":false},{\"from\":4,\"to\":4,\"active\":true}]}"));
	text_free(&json);
	text_free(&t);
	end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_come_and_go),
		cmocka_unit_test(an_account_that_cannot_log_in_is_there),
		cmocka_unit_test(versions_of_a_component_are_things),
		cmocka_unit_test(settings_and_applets_are_no_services),
		cmocka_unit_test(releases_are_put_in_the_order_of_their_versions),
		cmocka_unit_test(a_release_without_a_version_keeps_the_order_given),
		cmocka_unit_test(a_trace_that_ends_early_is_refused),
		cmocka_unit_test(text_has_a_line_for_what_came_or_went),
		cmocka_unit_test(a_picture_has_a_cell_for_each_run),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
