/* pack.c - tables given at run time: the shipped ones give the compiled rows and digests, cell by
 * cell; what is wrong with one is said with its line. */
#include "unit/support.h"

#include "base/text.h"
#include "know/table.h"

static struct arena arena;
static struct pack_error error;

static int index_of(const char *name)
{
	int i = 0;

	while (strcmp(pack_names[i], name) != 0)
		i++;
	return i;
}

/* One table alone in place of the compiled one. */
static bool give(struct pack *p, const char *name, struct span bytes)
{
	struct span tables[PACK_TABLES] = { 0 };

	tables[index_of(name)] = bytes;
	memset(&error, 0, sizeof(error));
	*p = pack_in_use();
	return pack_read(p, tables, &arena, &error);
}

static bool give_text(struct pack *p, const char *name, const char *text)
{
	return give(p, name, span_text(text));
}

static struct span shipped(const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "../../data/%s.tsv", name);
	return sample_read(path);
}

static struct pack give_all(void)
{
	struct pack p = pack_in_use();
	struct span tables[PACK_TABLES];

	for (int i = 0; i < PACK_TABLES; i++)
		tables[i] = shipped(pack_names[i]);
	if (!pack_read(&p, tables, &arena, &error))
		fail_msg("%s:%u: %s", error.table, error.line, error.what);
	for (int i = 0; i < PACK_TABLES; i++)
		sample_free(tables[i]);
	return p;
}

static void same(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void shipped_tables_give_the_compiled_digests(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_string_equal(p.observing, knowledge_observing);
	assert_string_equal(p.judging, knowledge_judging);
	assert_int_equal(p.knowledge_tables_count, knowledge_tables_count);
	for (size_t i = 0; i < knowledge_tables_count; i++) {
		const struct knowledge_table *a = &p.knowledge_tables[i], *b = &knowledge_tables[i];

		same(a->name, b->name);
		same(a->sha256, b->sha256);
		same(a->provenance, b->provenance);
		assert_int_equal(a->rows, b->rows);
		assert_true(a->is_given && !b->is_given && a->observing == b->observing);
	}
}

static void shipped_passwords_and_keys_give_the_compiled_rows(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_int_equal(p.default_passwords_count, default_passwords_count);
	for (size_t i = 0; i < default_passwords_count; i++) {
		same(p.default_passwords[i].password, default_passwords[i].password);
		assert_int_equal(p.default_passwords[i].sources, default_passwords[i].sources);
	}
	assert_int_equal(p.password_pairs_count, password_pairs_count);
	for (size_t i = 0; i < password_pairs_count; i++) {
		same(p.password_pairs[i].user, password_pairs[i].user);
		same(p.password_pairs[i].password, password_pairs[i].password);
	}
	assert_int_equal(p.known_keys_count, known_keys_count);
	for (size_t i = 0; i < known_keys_count; i++) {
		const struct known_key *a = &p.known_keys[i], *b = &known_keys[i];

		assert_memory_equal(a->spki_sha256, b->spki_sha256, 32);
		same(a->kind, b->kind);
		same(a->source, b->source);
		same(a->product, b->product);
		same(a->reference, b->reference);
	}
}

static void shipped_components_and_calls_give_the_compiled_rows(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_int_equal(p.component_rules_count, component_rules_count);
	for (size_t i = 0; i < component_rules_count; i++) {
		const struct component_rule *a = &p.component_rules[i], *b = &component_rules[i];

		same(a->name, b->name);
		same(a->cpe, b->cpe);
		same(a->purl, b->purl);
		same(a->license, b->license);
		same(a->file_names, b->file_names);
		assert_int_equal(a->evidence, b->evidence);
		same(a->pattern, b->pattern);
		same(a->scan, b->scan);
		same(a->yes, b->yes);
		same(a->no, b->no);
	}
	assert_int_equal(p.call_rules_count, call_rules_count);
	for (size_t i = 0; i < call_rules_count; i++) {
		same(p.call_rules[i].function, call_rules[i].function);
		same(p.call_rules[i].cwe, call_rules[i].cwe);
		same(p.call_rules[i].mode, call_rules[i].mode);
	}
	assert_int_equal(p.safe_calls_count, safe_calls_count);
	for (size_t i = 0; i < safe_calls_count; i++)
		same(p.safe_calls[i].function, safe_calls[i].function);
}

static void shipped_secrets_give_the_compiled_rows(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_int_equal(p.secret_rules_count, secret_rules_count);
	for (size_t i = 0; i < secret_rules_count; i++) {
		const struct secret_rule *a = &p.secret_rules[i], *b = &secret_rules[i];

		same(a->id, b->id);
		same(a->what, b->what);
		same(a->group, b->group);
		same(a->files, b->files);
		same(a->pattern, b->pattern);
		same(a->yes, b->yes);
		same(a->no, b->no);
		assert_true(a->where == b->where && a->unit == b->unit && a->value == b->value &&
			    a->millibits == b->millibits);
	}
	assert_int_equal(p.secret_anchors_count, secret_anchors_count);
	for (size_t i = 0; i < secret_anchors_count; i++) {
		same(p.secret_anchors[i].expression, secret_anchors[i].expression);
		assert_int_equal(p.secret_anchors[i].first, secret_anchors[i].first);
		assert_int_equal(p.secret_anchors[i].count, secret_anchors[i].count);
	}
	assert_int_equal(p.secret_anchor_rules_count, secret_anchor_rules_count);
	for (size_t i = 0; i < secret_anchor_rules_count; i++)
		assert_int_equal(p.secret_anchor_rules[i].rule, secret_anchor_rules[i].rule);
}

static void shipped_indicators_and_options_give_the_compiled_rows(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_int_equal(p.indicator_rules_count, indicator_rules_count);
	for (size_t i = 0; i < indicator_rules_count; i++) {
		const struct indicator_rule *a = &p.indicator_rules[i], *b = &indicator_rules[i];

		same(a->id, b->id);
		assert_true(a->kind == b->kind && a->topic == b->topic && a->len == b->len &&
			    a->is_unique == b->is_unique);
		assert_memory_equal(a->pattern, b->pattern, a->len);
		same(a->found, b->found);
		same(a->reference, b->reference);
		same(a->meaning, b->meaning);
		same(a->yes, b->yes);
		same(a->no, b->no);
	}
	assert_int_equal(p.kernel_options_count, kernel_options_count);
	for (size_t i = 0; i < kernel_options_count; i++) {
		const struct kernel_option *a = &p.kernel_options[i], *b = &kernel_options[i];

		same(a->option, b->option);
		assert_true(a->wanted == b->wanted && a->since == b->since &&
			    a->until == b->until && a->sign_size == b->sign_size);
		same(a->architectures, b->architectures);
		same(a->check, b->check);
		same(a->instead, b->instead);
		same(a->modules, b->modules);
		assert_true(!a->sign == !b->sign);
		if (a->sign)
			assert_memory_equal(a->sign, b->sign, a->sign_size);
	}
}

static void shipped_rules_of_services_give_the_compiled_rows(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_int_equal(p.noise_rules_count, noise_rules_count);
	for (size_t i = 0; i < noise_rules_count; i++) {
		same(p.noise_rules[i].host, noise_rules[i].host);
		same(p.noise_rules[i].path, noise_rules[i].path);
		assert_true(p.noise_rules[i].noise == noise_rules[i].noise &&
			    p.noise_rules[i].anywhere == noise_rules[i].anywhere);
	}
	assert_int_equal(p.daemon_rules_count, daemon_rules_count);
	for (size_t i = 0; i < daemon_rules_count; i++) {
		same(p.daemon_rules[i].programs, daemon_rules[i].programs);
		same(p.daemon_rules[i].role, daemon_rules[i].role);
		same(p.daemon_rules[i].ports, daemon_rules[i].ports);
		same(p.daemon_rules[i].option, daemon_rules[i].option);
	}
	assert_int_equal(p.setting_rules_count, setting_rules_count);
	for (size_t i = 0; i < setting_rules_count; i++) {
		const struct setting_rule *a = &p.setting_rules[i], *b = &setting_rules[i];

		same(a->service, b->service);
		same(a->files, b->files);
		assert_int_equal(a->syntax, b->syntax);
		same(a->keys, b->keys);
		same(a->what, b->what);
		same(a->yes, b->yes);
		same(a->no, b->no);
	}
}

static void shipped_requirements_give_the_compiled_rows(void **state)
{
	struct pack p = give_all();

	(void)state;
	assert_int_equal(p.requirements_count, requirements_count);
	for (size_t i = 0; i < requirements_count; i++) {
		same(p.requirements[i].catalogue, requirements[i].catalogue);
		same(p.requirements[i].id, requirements[i].id);
		same(p.requirements[i].title, requirements[i].title);
		same(p.requirements[i].evaluable, requirements[i].evaluable);
	}
	assert_int_equal(p.support_rows_count, support_rows_count);
	for (size_t i = 0; i < support_rows_count; i++) {
		same(p.support_rows[i].component, support_rows[i].component);
		same(p.support_rows[i].branch, support_rows[i].branch);
		same(p.support_rows[i].eol, support_rows[i].eol);
		same(p.support_rows[i].source, support_rows[i].source);
		assert_int_equal(p.support_rows[i].from_memory, support_rows[i].from_memory);
	}
	assert_int_equal(p.manual_steps_count, manual_steps_count);
	for (size_t i = 0; i < manual_steps_count; i++) {
		same(p.manual_steps[i].catalogue, manual_steps[i].catalogue);
		same(p.manual_steps[i].id, manual_steps[i].id);
		same(p.manual_steps[i].by_hand, manual_steps[i].by_hand);
	}
}

/* printf 'by-hand\tC\tI\tdo it\n' | sha256sum, and so on. */
static void a_digest_is_over_rows_without_remarks(void **state)
{
	struct table t = {
		.name = "by-hand", .kind = &table_by_hand, .arena = &arena, .error = &error
	};

	(void)state;
	assert_true(table_read(&t, span_text("# provenance: here\n# more\n\ncatalogue\tremark\tid\t"
					     "by_hand\nC\tso\tI\tdo it\n")));
	assert_string_equal(table_digest(&t),
			    "a36f324a3071fbc3af4b134656b44ff0d62a444373dea726e50f0a0e27769514");
	assert_string_equal(t.provenance, "provenance: here");
	assert_int_equal(t.lines[0], 5);
	assert_string_equal(table_cell(&t, 0, 1), "I");
}

static void passwords_count_lists_and_vendors(void **state)
{
	struct pack p;

	(void)state;
	assert_true(give_text(&p, "default-passwords",
			      "password\tuser\tvendor\tkind\tsource\n"
			      "admin\troot\tACME\tlogin\tone\n"
			      "admin\troot\tacme\tlogin\tone,two\n"
			      "1234\t<blank>\tacme\tlogin\tmirai\n"
			      "<blank>\troot\tacme\tlogin\tone\n"
			      "-\troot\tacme\tlogin\tcommon\n"
			      "public\t<blank>\t-\tcommunity\tone\n"));
	assert_int_equal(p.default_passwords_count, 4);
	assert_string_equal(p.default_passwords[0].password, "-");
	assert_string_equal(p.default_passwords[1].password, "1234");
	assert_string_equal(p.default_passwords[2].password, "admin");
	assert_int_equal(p.default_passwords[2].sources, 3);
	assert_string_equal(p.default_passwords[3].password, "");
	assert_int_equal(p.password_pairs_count, 3);
	assert_string_equal(p.password_pairs[0].password, "admin");
	assert_string_equal(p.password_pairs[1].password, "");
	assert_string_equal(p.password_pairs[2].password, "-");
}

static void a_pattern_for_lines_becomes_one_for_binaries(void **state)
{
#define BETWEEN "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\xff]"
#define WITHIN  "[\\x20-\\x7e\\t]"
	static const char *const pairs[][2] = {
		{ "^a.b$", "(?:^|" BETWEEN ")a" WITHIN "b" },
		{ "a\\.\\nb[^\\n]+", "a\\." BETWEEN "{1,16}b" WITHIN "+" },
		{ "[.^$]x[]$]y[^]\\].]", "[.^$]x[]$]y[^]\\].]" },
		{ "[]x.", "[]x" WITHIN },
		{ "[a.[b", "[a" WITHIN "[b" },
		{ "a\\", "a\\" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct text t = { 0 };

		component_scan_pattern(pairs[i][0], &t);
		assert_string_equal(t.p, pairs[i][1]);
		text_free(&t);
	}
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *table, *text;
		uint32_t line;
		const char *says;
	} wrong[] = {
		{ "eol", "", 0, "has no head" },
		{ "eol", "# only remarks\n", 0, "has no head" },
		{ "eol", "component\tbranch\n", 1, "no column \"eol\"" },
		{ "eol", "eol\teol\n", 1, "stands twice" },
		{ "eol", "component\tbranch\teol\tsource\nx\t1\tended\n", 2,
		  "3 cells, the head has 4" },
		{ "eol", "component\tbranch\teol\tsource\n\n#\nx\t1\tsoon\ts\n", 4, "\"soon\"" },
		{ "eol", "component\tbranch\teol\tsource\nx\t\tended\ts\n", 2, "branch is empty" },
		{ "eol", "component\tbranch\teol\tsource\nx\t1\tended\ts\nx\t1\tended\ts\n", 3,
		  "x 1 stands twice" },
		{ "eol", "component\tbranch\teol\tsource\r\n", 1, "carriage return" },
		{ "eol", "component\tbranch\teol\tsource\nx\t\x01\tended\ts\n", 2,
		  "control character" },
		{ "eol", "component\tbranch\teol\tsource\nx\t\xff\tended\ts\n", 2, "not UTF-8" },
		{ "requirements", "catalogue\tid\ttitle\tstatic\nC\t1\tt\tmaybe\n", 2,
		  "static \"maybe\" is not known" },
		{ "by-hand", "catalogue\tid\tby_hand\nC\t1\tlook\n", 2, "C 1 is no requirement" },
		{ "daemons", "program\trole\tports\toption\nd\tr\ttcp/x\t-\n", 2, "tcp/x" },
		{ "settings",
		  "service\tfiles\tsyntax\tkeys\twhat\tyes\tno\na\tb\tini\tc\td\te\tf\n", 2,
		  "syntax \"ini\"" },
		{ "kernel-options",
		  "option\twanted\tsince\tuntil\tarchitectures\tcheck\tinstead\tmodules\tsign\n"
		  "A\ty\t4\t-\t-\t-\t-\t-\t-\n",
		  2, "\"4\" is no release" },
		{ "backdoors",
		  "id\tkind\ttopic\tpattern\tstrength\tfound\treference\tmeaning\tyes\tno\n"
		  "B\thex\thost\t0g\tunique\tf\tr\tm\ty\tn\n",
		  2, "not hexadecimal" },
		{ "backdoors",
		  "id\tkind\ttopic\tpattern\tstrength\tfound\treference\tmeaning\tyes\tno\n"
		  "B\tfile\thost\tp\tunique\tf\tr\tm\ty\tn\nA\tfile\thost\tp\tunique\tf\tr\tm\ty\t"
		  "n\n",
		  3, "out of order" },
		{ "component-names",
		  "name\tcpe_vendor_product\tpurl\tlicense\tfile_"
		  "names\tevidence\tpattern\tyes\tno\n"
		  "a\t-\t-\t-\t-\tinline\ta ([0-9]\ta 1\tb\n",
		  2, "the pattern: " },
		{ "component-names",
		  "name\tcpe_vendor_product\tpurl\tlicense\tfile_"
		  "names\tevidence\tpattern\tyes\tno\n"
		  "a\t-\t-\t-\t-\tinline\ta [0-9]\ta 1\tb\n",
		  2, "0 captures" },
		{ "component-names",
		  "name\tcpe_vendor_product\tpurl\tlicense\tfile_"
		  "names\tevidence\tpattern\tyes\tno\n"
		  "a\t-\t-\t-\t-\tinline\ta ([0-9])\ta x\tb\n",
		  2, "does not match its line \"yes\"" },
		{ "component-names",
		  "name\tcpe_vendor_product\tpurl\tlicense\tfile_"
		  "names\tevidence\tpattern\tyes\tno\n"
		  "a\t-\t-\t-\t-\tinline\ta ([0-9])\ta 1\ta 2\n",
		  2, "matches its line \"no\"" },
		{ "secrets",
		  "id\twhat\tgroup\twhere\tfiles\tanchor\tregex\tvalue\tyes\tno\n"
		  "a\tb\tc\ttext\t-\t-\tp=(.+)\tany\tp=1\tq\n",
		  2, "needs names of files" },
		{ "secrets",
		  "id\twhat\tgroup\twhere\tfiles\tanchor\tregex\tvalue\tyes\tno\n"
		  "a\tb\tc\ttext\t-\tp\tp=(.+)\t9.5\tp=1\tq\n",
		  2, "value \"9.5\"" },
		{ "component-names",
		  "name\tcpe_vendor_product\tpurl\tlicense\tfile_"
		  "names\tevidence\tpattern\tyes\tno\n"
		  "a\t-\t-\t-\t-\tabi\ta ([0-9])\ta 1\ta x\n",
		  2, "needs file_names" },
		{ "secrets",
		  "id\twhat\tgroup\twhere\tfiles\tanchor\tregex\tvalue\tyes\tno\n"
		  "a\tb\tc\ttext\t-\tp\t(p)(=)(1)(2)?\tany\tp=1\tq\n",
		  2, "more than 3 captures" },
		{ "secrets",
		  "id\twhat\tgroup\twhere\tfiles\tanchor\tregex\tvalue\tyes\tno\n"
		  "a\tb\tc\ttext\t-\tp\tp=.+\tany\tp=1\tq\n",
		  2, "captures nothing" },
	};
	struct pack p;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (give_text(&p, wrong[i].table, wrong[i].text))
			fail_msg("%zu: %s is taken", i, wrong[i].text);
		if (error.line != wrong[i].line || !strstr(error.what, wrong[i].says) ||
		    strcmp(error.table, wrong[i].table) != 0)
			fail_msg("%zu: %s:%u: %s", i, error.table, error.line, error.what);
	}
}

/* vectorscan takes no look-around: said with the row's line, though all are compiled at once. */
static void a_pattern_that_no_database_takes_is_told_by_its_line(void **state)
{
	struct pack p, compiled = pack_in_use();
	struct span head = shipped("component-names");
	struct text t = { 0 };

	(void)state;
	text_put(&t, head);
	text_puts(&t, "x\t-\t-\t-\t-\ttext\t(?<=v)([0-9])\tv1\tw\n");
	assert_true(give(&p, "component-names", text_span(&t)));
	pack_use(&p);
	assert_false(pack_compile(&p, &error));
	assert_string_equal(error.table, "component-names");
	assert_int_equal(error.line, p.lines[2][p.component_rules_count - 1]);
	assert_non_null(strstr(error.what, "(?<=v)([0-9])"));
	pack_use(&compiled);
	text_free(&t);
	sample_free(head);
}

static void one_table_stands_for_one(void **state)
{
	struct pack p;

	(void)state;
	assert_true(
		give_text(&p, "daemons", "program\trole\tports\toption\nxd\tx\ttcp/1,udp/2\t-\n"));
	assert_int_equal(p.daemon_rules_count, 1);
	assert_ptr_equal(p.component_rules, component_rules);
	assert_string_not_equal(p.observing, knowledge_observing);
	assert_string_equal(p.judging, knowledge_judging);
	assert_true(give_text(&p, "requirements", "catalogue\tid\ttitle\tstatic\n"));
	assert_int_equal(p.requirements_count, 0);
	assert_string_equal(p.observing, knowledge_observing);
	assert_string_not_equal(p.judging, knowledge_judging);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_tables_give_the_compiled_digests),
		cmocka_unit_test(shipped_passwords_and_keys_give_the_compiled_rows),
		cmocka_unit_test(shipped_components_and_calls_give_the_compiled_rows),
		cmocka_unit_test(shipped_secrets_give_the_compiled_rows),
		cmocka_unit_test(shipped_indicators_and_options_give_the_compiled_rows),
		cmocka_unit_test(shipped_rules_of_services_give_the_compiled_rows),
		cmocka_unit_test(shipped_requirements_give_the_compiled_rows),
		cmocka_unit_test(a_digest_is_over_rows_without_remarks),
		cmocka_unit_test(passwords_count_lists_and_vendors),
		cmocka_unit_test(a_pattern_for_lines_becomes_one_for_binaries),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(a_pattern_that_no_database_takes_is_told_by_its_line),
		cmocka_unit_test(one_table_stands_for_one),
	};
	int failed;

	hash_start();
	arena_init(&arena, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
