/* log/proof: proofs that others made hold where they say so, and are written again alike. */
#include "unit/log/vectors.h"

#include "log/proof.h"

#define TWO_OF_THREE LOG VENDOR LAB REGULATOR "group g 2 vendor lab regulator\nquorum g\n"

static struct policy policy;
static struct policy_outcome outcome;
static struct checkpoint checkpoint;

static int start(void **state)
{
	(void)state;
	hash_start();
	assert_null(policy_read(span_text(TWO_OF_THREE), &policy));
	return 0;
}

/* NULL, or why it does not hold: malformed, or an end of its check. */
static const char *check(struct span file, struct span entry)
{
	static const char *const ends[] = { NULL,     "malformed", "no log",
					    "broken", "no quorum", "elsewhere" };
	uint8_t leaf[SHA256_SIZE];
	struct tlog_proof p;
	const char *wrong = tlog_proof_read(file, &p);

	if (wrong)
		return wrong;
	merkle_leaf(&entry, 1, leaf);
	return ends[tlog_proof_check(&p, leaf, &policy, &checkpoint, &outcome, &wrong)];
}

static void proofs_of_others_are_told_apart(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	vectors_open(&v, "proof/cases.json");
	for (vectors_enter(&v, "cases"); v.at != JSON_NONE; vectors_next(&v), n++) {
		const char *wrong = check(vector_text(&v, "proof"), vector_text(&v, "entry_ascii"));
		struct span expect = json_value(&v.json, v.at, "expect");

		if (span_is(expect, "ok") != !wrong)
			vector_fail(&v, wrong ? wrong : "it was taken");
		if (span_is(expect, "policy"))
			assert_string_equal(wrong, "no quorum");
	}
	assert_int_equal(n, 18);
	vectors_close(&v);
}

static void files_of_others_are_written_again_alike(void **state)
{
	static const struct {
		const char *file, *entry;
		uint64_t index, size;
	} cases[] = {
		{ "proof/entry-0.tlog-proof", "evenhand vector entry 0\n", 0, 600 },
		{ "proof/entry-599.tlog-proof", "evenhand vector entry 599\n", 599, 600 },
		{ "proof/size-1.tlog-proof", "evenhand vector entry 0\n", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span file = vector_file(cases[i].file), entry = span_text(cases[i].entry);
		struct text again = { 0 };
		uint8_t leaf[SHA256_SIZE];
		struct tlog_proof p;

		assert_null(tlog_proof_read(file, &p));
		assert_null(checkpoint_read(p.note, &checkpoint));
		assert_int_equal(checkpoint.head.size, cases[i].size);
		assert_int_equal(p.index, cases[i].index);
		merkle_leaf(&entry, 1, leaf);
		assert_true(merkle_included(leaf, p.index, &checkpoint.head, &p.path));
		tlog_proof_write(&again, &p);
		assert_true(span_equal(text_span(&again), file));
		text_free(&again);
		sample_free(file);
	}
}

/* But in its extra, which nobody vouches for. */
static void every_flipped_bit_is_seen(void **state)
{
	struct span file = vector_file("proof/entry-0.tlog-proof");
	struct span entry = span_text("evenhand vector entry 0\n");
	size_t index = span_find(file, 0, span_text("index "));

	(void)state;
	assert_null(check(file, entry));
	for (size_t i = 0; i < 8 * file.n; i++) {
		uint8_t *byte = sample_bytes(file) + i / 8;

		if (i / 8 > 28 && i / 8 < index)
			continue;
		*byte ^= (uint8_t)(1u << i % 8);
		/* A witness's line that becomes another's leaves two of three. */
		if (!check(file, entry))
			assert_true(i / 8 > span_place(file, checkpoint.note.text) +
						    checkpoint.note.text.n);
		*byte ^= (uint8_t)(1u << i % 8);
	}
	sample_bytes(file)[file.n - 12] ^= 1; /* in the third witness's signature */
	assert_string_equal(check(file, entry), "broken");
	sample_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proofs_of_others_are_told_apart),
		cmocka_unit_test(files_of_others_are_written_again_alike),
		cmocka_unit_test(every_flipped_bit_is_seen),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
