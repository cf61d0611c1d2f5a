/* log/policy: files are taken and refused as C2SP tlog-policy says, quorums counted as by hand. */
#include "unit/log/vectors.h"

#include "log/policy.h"

static struct policy policy;
static struct policy_outcome outcome;
static struct checkpoint checkpoint;

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

/* A NUL cannot be put through a reader of JSON that refuses it. */
static struct span policy_of(struct vectors *v)
{
	struct span raw = json_value(&v->json, v->at, "policy"), s;
	struct text file = { 0 };
	size_t nul = span_find(raw, 0, span_text("\\u0000"));

	if (nul == SIZE_MAX)
		return vector_string(v, raw);
	text_put(&file, vector_string(v, span_head(raw, nul)));
	text_char(&file, '\0');
	text_put(&file, vector_string(v, span_from(raw, nul + 6)));
	s = arena_copy(&v->arena, text_span(&file));
	text_free(&file);
	return s;
}

static void files_of_others_are_told_apart(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "policy/syntax.json"); v.at != JSON_NONE; vectors_next(&v), n++) {
		const char *wrong = policy_read(policy_of(&v), &policy);

		if (span_is(json_value(&v.json, v.at, "expect"), "ok") != !wrong)
			vector_fail(&v, wrong ? wrong : "it was taken");
		assert_int_equal(policy.wrong_line == 0, !wrong);
	}
	assert_int_equal(n, 31);
	vectors_close(&v);
}

static uint32_t witness_named(struct span name)
{
	for (uint32_t i = 0; i < policy.witness_count; i++)
		if (span_equal(policy.witnesses[i].name, name))
			return i;
	fail_msg("no witness %.*s", (int)name.n, (const char *)name.p);
	return 0;
}

static void all_sets_of_cosigners_count_as_by_hand(void **state)
{
	struct span file = vector_file("policy/roles.policy");
	struct vectors v;
	unsigned n = 0;

	(void)state;
	assert_null(policy_read(file, &policy));
	assert_int_equal(policy.witness_count, 5);
	for (vectors_open(&v, "policy/roles.eval.json"); v.at != JSON_NONE; vectors_next(&v), n++) {
		uint32_t list = json_find(&v.json, v.at, "cosigned_by");

		outcome = (struct policy_outcome){ 0 };
		for (uint32_t i = json_child(&v.json, list); i != JSON_NONE;
		     i = json_next(&v.json, i))
			outcome.witness[witness_named(v.json.items[i].value)] = NOTE_SIGNED;
		policy_count(&policy, &outcome);
		assert_int_equal(outcome.has_quorum,
				 span_is(json_value(&v.json, v.at, "satisfied"), "true"));
	}
	assert_int_equal(n, 32);
	vectors_close(&v);
	sample_free(file);
}

#define THREE LOG VENDOR LAB REGULATOR

/* The times of that file: vendor 1767225600, lab 603, regulator 606. */
static void a_cosigned_checkpoint_is_worth_what_it_says(void **state)
{
	static const struct {
		const char *quorum;
		bool holds;
		uint64_t time, seen;
	} cases[] = {
		{ "quorum none\n", true, 0, 0 },
		{ "quorum lab\n", true, 1767225603, 1767225603 },
		{ "group g any vendor lab regulator\nquorum g\n", true, 1767225600, 1767225606 },
		{ "group g 2 vendor lab regulator\nquorum g\n", true, 1767225603, 1767225603 },
		{ "group g all vendor lab regulator\nquorum g\n", true, 1767225606, 1767225600 },
		{ "group g any lab regulator\ngroup h all g vendor\nquorum h\n", true, 1767225603,
		  1767225600 },
		{ "group g all lab regulator\ngroup h any g vendor\nquorum h\n", true, 1767225600,
		  1767225603 },
		{ "group g all lab regulator\ngroup h all g vendor\nquorum h\n", true, 1767225606,
		  1767225600 },
	};
	struct span file = vector_file("checkpoints/small-cosigned");

	(void)state;
	assert_null(checkpoint_read(file, &checkpoint));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[2048];

		snprintf(text, sizeof(text), THREE "%s", cases[i].quorum);
		assert_null(policy_read(span_text(text), &policy));
		policy_judge(&policy, &checkpoint, &outcome);
		assert_int_equal(outcome.log, 0);
		assert_int_equal(outcome.has_quorum, cases[i].holds);
		assert_int_equal(outcome.quorum_time, cases[i].time);
		assert_int_equal(outcome.quorum_seen, cases[i].seen);
		assert_false(outcome.is_broken);
	}
	sample_free(file);
}

static void what_is_missing_or_broken_is_not_counted(void **state)
{
	struct span file = vector_file("checkpoints/small-cosigned"), lab;

	(void)state;
	assert_null(policy_read(span_text(THREE "group g 2 vendor lab regulator\nquorum g\n"),
				&policy));
	assert_null(checkpoint_read(file, &checkpoint));
	lab = checkpoint.note.lines[2].line;
	/* The lab's line with a bit of its signature changed: the whole note is worth nothing. */
	sample_bytes(file)[span_place(file, lab) + lab.n - 8] ^= 1;
	assert_null(checkpoint_read(file, &checkpoint));
	policy_judge(&policy, &checkpoint, &outcome);
	assert_true(outcome.is_broken && !outcome.has_quorum && outcome.quorum_time == 0);
	sample_bytes(file)[span_place(file, lab) + lab.n - 8] ^= 1;
	sample_free(file);
}

/* A line that holds and states the time 0 does not say that the tree is the largest. */
static void the_time_zero_does_not_count(void **state)
{
	struct text note = { 0 };
	struct vectors v;

	(void)state;
	vectors_open(&v, "cosig/cosignatures.json");
	while (!span_starts(vector_text(&v, "vkey"), span_text("witness.regulator.example")))
		vectors_next(&v);
	text_put(&note, vector_text(&v, "body"));
	text_char(&note, '\n');
	text_put(&note, vector_text(&v, "line"));
	if (!span_ends(text_span(&note), span_text("\n")))
		text_char(&note, '\n');
	assert_null(policy_read(span_text(THREE "quorum regulator\n"), &policy));
	assert_null(checkpoint_read(text_span(&note), &checkpoint));
	policy_judge(&policy, &checkpoint, &outcome);
	assert_false(outcome.is_broken);
	assert_false(outcome.has_quorum);
	text_free(&note);
	vectors_close(&v);
}

/* The key of a policy's log may not sign for another origin. */
static void a_log_speaks_for_its_own_name(void **state)
{
	static const struct merkle_head head = { 600, { 1 } };
	struct sigkey *key = vector_key(LOG_SEED);
	struct text note = { 0 }, line = { 0 };
	const struct span name = span_text("log.evenhand.example/vectors");

	(void)state;
	assert_null(policy_read(span_text(LOG "quorum none\n"), &policy));
	for (int other = 0; other < 2; other++) {
		checkpoint_write(&note, other ? span_text("elsewhere.example") : name, &head);
		assert_true(note_sign(key, name, text_span(&note), &line));
		text_char(&note, '\n');
		text_put(&note, text_span(&line));
		assert_null(checkpoint_read(text_span(&note), &checkpoint));
		policy_judge(&policy, &checkpoint, &outcome);
		assert_int_equal(outcome.log, other ? POLICY_NONE : 0);
		text_free(&note);
		text_free(&line);
	}
	sigkey_free(key);
}

static void the_line_that_is_wrong_is_told(void **state)
{
	static const struct {
		const char *file;
		uint32_t line;
	} cases[] = {
		{ "", 1 },
		{ THREE, 5 },
		{ LOG "# x\n\nquorum\n", 4 },
		{ LOG "quorum none more\n", 2 },
		{ LOG VENDOR LAB "group g 02 vendor lab\nquorum g\n", 4 },
		{ LOG VENDOR "group none all vendor\nquorum vendor\n", 3 },
		{ LOG VENDOR "group vendor all vendor\nquorum vendor\n", 3 },
		{ LOG "group g\nquorum none\n", 2 },
		{ LOG "witness w\nquorum none\n", 2 },
		{ LOG "\x7f\nquorum none\n", 2 },
		{ LOG "quorum none", 2 },
		{ LOG "quorum none\n# x", 3 },
		{ LOG "quorum none\n# \x7f\n", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(policy_read(span_text(cases[i].file), &policy));
		assert_int_equal(policy.wrong_line, cases[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_others_are_told_apart),
		cmocka_unit_test(all_sets_of_cosigners_count_as_by_hand),
		cmocka_unit_test(a_cosigned_checkpoint_is_worth_what_it_says),
		cmocka_unit_test(what_is_missing_or_broken_is_not_counted),
		cmocka_unit_test(the_time_zero_does_not_count),
		cmocka_unit_test(a_log_speaks_for_its_own_name),
		cmocka_unit_test(the_line_that_is_wrong_is_told),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
