/* sbom.c - the checks of components on facts made by hand. */
#include "unit/judge/scene.h"

struct parts {
	struct scene_tree s;
	struct node *root, *program, *library;
};

static void begin(struct parts *p)
{
	p->root = scene_begin(&p->s, 1000000, 1000000);
	p->program = scene_entry(&p->s, p->root, KIND_FILE, "/usr/sbin/httpd", 1000);
	p->library = scene_entry(&p->s, p->root, KIND_FILE, "/usr/lib/libssl.so.1.1", 1000);
}

static void has_file_of(struct node *n, int64_t mtime)
{
	n->has_mtime = true;
	n->mtime = mtime;
}

static struct component_fact *component(struct parts *p, struct node *n, const char *name,
					const char *version)
{
	struct component_fact *c = scene_fact(&p->s, n, FACT_COMPONENT, 0);
	const struct node **nodes = arena_take(&p->s.arena, 1, sizeof(struct node *));

	nodes[0] = n;
	c->name = span_text(name);
	c->version = span_text(version);
	c->source = "banner";
	c->nodes = (struct node_list){ nodes, 1 };
	return c;
}

static void executable(struct parts *p, struct node *n)
{
	struct executable_fact *x = scene_fact(&p->s, n, FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->type = "EXEC";
	x->endian = "little";
	x->pie = "yes";
	x->relro = "full";
}

static void started(struct parts *p, struct node *program)
{
	struct service_fact *s = scene_fact(&p->s, p->library, FACT_SERVICE, 1);

	s->name = s->command = span_text("httpd");
	s->enabled = true;
	s->service_kind = "init.d";
	s->program = program;
}

static void comes_to(struct parts *p, const char *id, enum outcome o, const char *says)
{
	const struct verdict *v;

	scene_judge(&p->s);
	v = scene_verdict(&p->s, id);
	if (v->outcome != o)
		print_error("%s: %s: %s\n", id, outcome_name(v->outcome), v->says);
	assert_int_equal(v->outcome, o);
	assert_string_equal(v->says, says);
	assert_true(strlen(says) <= 66);
	scene_end(&p->s);
}

static void started_programs_are_identified_or_not(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	comes_to(&p, "SBOM-01", OUTCOME_NOT_EVALUABLE, "no file system with programs was found");
	begin(&p);
	executable(&p, p.program);
	comes_to(&p, "SBOM-01", OUTCOME_NOT_EVALUABLE, "which programs are started is not known");
	begin(&p);
	executable(&p, p.program);
	started(&p, p.program);
	comes_to(&p, "SBOM-01", OUTCOME_REVIEW, "started and of unknown origin: \"httpd\"");
	begin(&p);
	executable(&p, p.program);
	started(&p, p.program);
	component(&p, p.program, "boa", "0.94.13");
	comes_to(&p, "SBOM-01", OUTCOME_PASS, "every program that is started is identified");
}

static void two_versions_in_one_file_are_a_conflict(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	component(&p, p.program, "zlib", "1.2.3");
	component(&p, p.program, "zlib", "1.2.11");
	comes_to(&p, "SBOM-02", OUTCOME_REVIEW, "one file, several versions: \"zlib\"");
	begin(&p);
	component(&p, p.program, "zlib", "1.2.3");
	component(&p, p.library, "zlib", "1.2.11");
	comes_to(&p, "SBOM-02", OUTCOME_PASS, "no file claims two versions of one component");
	begin(&p);
	comes_to(&p, "SBOM-02", OUTCOME_NOT_APPLICABLE, "no component was found");
}

static void a_lock_file_may_name_two(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	for (int i = 0; i < 2; i++) {
		struct component_fact *c = component(&p, p.program, "ms", i ? "2.1.3" : "2.0.0");

		c->source = "language-package";
		c->purl = span_text(i ? "pkg:npm/ms@2.1.3" : "pkg:npm/ms@2.0.0");
	}
	comes_to(&p, "SBOM-02", OUTCOME_PASS, "no file claims two versions of one component");
}

/* Another root is another slot. */
static void versions_are_compared_within_one_root(void **state)
{
	struct parts p;
	struct node *slot;

	(void)state;
	begin(&p);
	component(&p, p.program, "zlib", "1.2.3");
	component(&p, p.library, "zlib", "1.2.11");
	comes_to(&p, "SBOM-03", OUTCOME_REVIEW, "several versions within one root: \"zlib\"");
	begin(&p);
	component(&p, p.program, "zlib", "1.2.3");
	slot = scene_region(&p.s, p.s.tree.image, &scene_squashfs, 500000, 500000,
			    STATE_UNDERSTOOD);
	p.root->length = p.root->size = 500000;
	component(&p, scene_entry(&p.s, slot, KIND_FILE, "/usr/lib/libz.so.1", 10), "zlib",
		  "1.2.11");
	comes_to(&p, "SBOM-03", OUTCOME_PASS, "each component has one version within each root");
	begin(&p);
	comes_to(&p, "SBOM-03", OUTCOME_NOT_APPLICABLE, "no component was found");
}

/* OpenSSL 1.0.2 ended on 2019-12-31, 3.0 on 2026-09-07 (endoflife.date). */
static void support_is_judged_by_two_dates(void **state)
{
	static const struct {
		const char *name, *version, *as_of;
		int64_t mtime; /* 0: no time */
		enum outcome o;
		const char *says;
	} cases[] = {
		{ "openssl", "1.0.2f", "2024-01-01", 1577836800, OUTCOME_FAIL,
		  "1 component had lost upstream support before the build" },
		{ "openssl", "1.0.2f", NULL, 1577836800, OUTCOME_FAIL,
		  "1 component had lost upstream support before the build" },
		{ "openssl", "1.0.2f", "2024-01-01", 1577750400, OUTCOME_REVIEW,
		  "1 component seems without upstream support; see the dates" },
		{ "openssl", "1.0.2f", "2024-01-01", 0, OUTCOME_REVIEW,
		  "1 component seems without upstream support; see the dates" },
		{ "openssl", "3.0.17", "2024-01-01", 1577836800, OUTCOME_PASS,
		  "upstream supports every branch whose end is published" },
		{ "openssl", "3.0.17", NULL, 1577836800, OUTCOME_NOT_EVALUABLE,
		  "no date was given to judge support by (--as-of)" },
		{ "openssl", "", "2024-01-01", 1577836800, OUTCOME_NOT_EVALUABLE,
		  "1 component is of unknown version" },
		{ "busybox", "1.36.1", "2024-01-01", 1577836800, OUTCOME_NOT_EVALUABLE,
		  "1 component has no published end of support" },
		{ "acmed", "1.0", "2024-01-01", 1577836800, OUTCOME_NOT_EVALUABLE,
		  "no component with published dates was found" },
		/* from memory: nothing fails by it */
		{ "linux_kernel", "3.10.108", "2024-01-01", 1577836800, OUTCOME_REVIEW,
		  "1 component seems without upstream support; see the dates" },
		/* a clock that was not set, and one ahead of the examination */
		{ "openssl", "1.0.2f", "2024-01-01", 86400, OUTCOME_REVIEW,
		  "1 component seems without upstream support; see the dates" },
		{ "openssl", "1.0.2f", "2019-06-01", 1577836800, OUTCOME_PASS,
		  "upstream supports every branch whose end is published" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parts p;

		begin(&p);
		component(&p, p.library, cases[i].name, cases[i].version);
		if (cases[i].mtime)
			has_file_of(p.program, cases[i].mtime);
		p.s.options.as_of = cases[i].as_of;
		comes_to(&p, "SBOM-04", cases[i].o, cases[i].says);
	}
}

/* A distribution mends what it lists. */
static void databases_are_not_judged_by_upstream(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	component(&p, p.library, "openssl", "1.0.2u-1")->source = "package-database";
	has_file_of(p.program, 1704067200);
	comes_to(&p, "SBOM-04", OUTCOME_NOT_EVALUABLE,
		 "no component with published dates was found");
}

static void the_kernel_is_judged_like_others(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	component(&p, p.program, "linux_kernel", "4.14.336");
	has_file_of(p.program, 1735689600);
	comes_to(&p, "SBOM-07", OUTCOME_FAIL,
		 "1 component had lost upstream support before the build");
	begin(&p);
	p.s.options.as_of = "2025-01-01";
	component(&p, p.program, "linux_kernel", "6.12.1");
	component(&p, p.library, "linux_kernel", "6.12.2");
	comes_to(&p, "SBOM-07", OUTCOME_REVIEW,
		 "the kernel and its modules are of several versions");
	begin(&p);
	p.s.options.as_of = "2025-01-01";
	component(&p, p.program, "linux_kernel", "6.12.1");
	comes_to(&p, "SBOM-07", OUTCOME_PASS,
		 "upstream supports every branch whose end is published");
	begin(&p);
	component(&p, p.program, "linux_kernel", "");
	comes_to(&p, "SBOM-07", OUTCOME_NOT_EVALUABLE, "1 component is of unknown version");
	begin(&p);
	component(&p, p.program, "busybox", "1.36.1");
	comes_to(&p, "SBOM-07", OUTCOME_NOT_APPLICABLE, "no Linux kernel was found");
}

static void licence_texts_are_looked_for(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	component(&p, p.program, "busybox", "1.36.1")->license = span_text("GPL-2.0-only");
	comes_to(&p, "SBOM-08", OUTCOME_REVIEW,
		 "1 copyleft component, and no licence text or offer");
	begin(&p);
	component(&p, p.program, "busybox", "1.36.1")->license = span_text("GPL-2.0-only");
	scene_entry(&p.s, p.root, KIND_FILE, "/usr/share/COPYING.txt", 18000);
	comes_to(&p, "SBOM-08", OUTCOME_PASS, "licence texts are in the image");
	begin(&p);
	component(&p, p.program, "zlib", "1.3")->license = span_text("Zlib");
	comes_to(&p, "SBOM-08", OUTCOME_NOT_APPLICABLE, "no component under a copyleft licence");
	begin(&p);
	p.root->state = STATE_ENCRYPTED;
	comes_to(&p, "SBOM-08", OUTCOME_NOT_EVALUABLE,
		 "nothing to judge; 1,000,000 bytes were not understood");
}

static void the_list_is_there(void **state)
{
	struct parts p;

	(void)state;
	begin(&p);
	component(&p, p.program, "zlib", "1.3");
	comes_to(&p, "SBOM-09", OUTCOME_PASS, "each component is listed with its place and source");
	begin(&p);
	comes_to(&p, "SBOM-09", OUTCOME_NOT_APPLICABLE, "no component was found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(started_programs_are_identified_or_not),
		cmocka_unit_test(two_versions_in_one_file_are_a_conflict),
		cmocka_unit_test(a_lock_file_may_name_two),
		cmocka_unit_test(versions_are_compared_within_one_root),
		cmocka_unit_test(support_is_judged_by_two_dates),
		cmocka_unit_test(databases_are_not_judged_by_upstream),
		cmocka_unit_test(the_kernel_is_judged_like_others),
		cmocka_unit_test(licence_texts_are_looked_for),
		cmocka_unit_test(the_list_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
