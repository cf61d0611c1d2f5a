/* reads.c - what a check sees of a case, and that every requirement is accounted for. */
#include "unit/judge/scene.h"

#include "judge/reads.h"
#include "know/know.h"

static void begin(struct scene_tree *s)
{
	struct node *root = scene_begin(s, 1 << 20, 1 << 20);
	struct node *n = scene_entry(s, root, KIND_FILE, "/etc/shadow", 100);

	for (int kind = 0; kind < FACT_LISTS; kind++)
		scene_fact(s, n, (enum fact_kind)kind, 1);
	assert_true(facts_collect(s->nodes, s->tree.count, &s->arena, &s->facts));
	assert_true(coverage_of(&s->tree, &s->arena, &s->coverage));
	s->options.as_of = "2026-11-26";
}

static void show(struct scene_tree *s, uint32_t reads, struct view *v)
{
	struct case_file c = { &s->tree, &s->facts, &s->coverage, &s->options, &s->arena };
	struct check check = { .id = "X-01", .reads = reads };
	uint8_t *marks = arena_take(&s->arena, s->tree.count, 1);
	struct premises p = { .marks = marks };

	memset(marks, 0xff, s->tree.count);
	assert_true(reads_show(&c, &p, &check, v));
}

static void hides_what_is_not_stated(void **state)
{
	struct scene_tree s;
	struct view v;

	(void)state;
	begin(&s);
	show(&s, READS(HASH) | READS_GAPS, &v);
	for (int kind = 0; kind < FACT_LISTS; kind++)
		assert_int_equal(v.c.facts->count[kind], kind == FACT_HASH);
	assert_null(v.c.options->as_of);
	assert_int_equal(v.p.marks[0], 0); /* made from executables and components */
	assert_int_equal(s.facts.count[FACT_ACCOUNT], 1);
	show(&s, READS(EXECUTABLE) | READS(COMPONENT) | READS_DATE, &v);
	assert_int_equal(v.p.marks[0], 0xff);
	assert_string_equal(v.c.options->as_of, "2026-11-26");
	scene_end(&s);
}

static void hides_the_maker_from_a_check_that_states_nothing(void **state)
{
	struct scene_tree s;
	struct view v;

	(void)state;
	begin(&s);
	show(&s, 0, &v);
	assert_int_equal(v.c.facts->count[FACT_IDENTITY], 0);
	assert_int_equal(v.c.facts->count[FACT_ACCOUNT], 1);
	scene_end(&s);
}

static void every_check_states_what_it_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count; i++) {
		if (checks[i]->reads == 0)
			fail_msg("%s: tools/reads.py --write states it", checks[i]->id);
		for (uint32_t bit = 1; bit; bit <<= 1)
			if (checks[i]->reads & bit)
				assert_non_null(reads_name(bit));
	}
}

/* Answered by a check, or a sentence tells what is left to a person; never both nothing. */
static void every_requirement_is_accounted_for(void **state)
{
	size_t mapped = 0;

	(void)state;
	for (size_t i = 0; i < requirements_count; i++) {
		const struct requirement *row = &requirements[i];

		mapped += requirement_is_answered(row);
		assert_true(strlen(requirement_by_hand(row)) > 10);
		if (!requirement_is_answered(row) && strcmp(row->evaluable, "no") != 0)
			assert_null(strstr(requirement_by_hand(row), "the rest"));
	}
	assert_true(mapped > 80);
	for (size_t i = 0; i < check_count; i++) {
		struct span one;

		for (size_t at = 0; requirement_next(checks[i]->requirements, &at, &one);)
			if (requirement_row(one))
				assert_true(requirement_is_answered(requirement_row(one)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides_what_is_not_stated),
		cmocka_unit_test(hides_the_maker_from_a_check_that_states_nothing),
		cmocka_unit_test(every_check_states_what_it_reads),
		cmocka_unit_test(every_requirement_is_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
