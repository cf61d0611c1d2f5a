/* log/policy_weigh: numbers of small policies against all sets of their witnesses, tried one by
 * one, and of the published ones by hand. */
#include "unit/log/vectors.h"

#include "log/policy_weigh.h"

static struct policy policy;
static struct policy_weight weight;
static struct policy_outcome outcome;

/* A policy without keys that are read: witnesses by number, then groups. */
static void start(uint32_t witnesses)
{
	policy = (struct policy){ .witness_count = witnesses };
	for (uint32_t i = 0; i < witnesses; i++)
		policy.witnesses[i].parent = POLICY_NONE;
}

static bool has_quorum(uint32_t set)
{
	outcome = (struct policy_outcome){ 0 };
	for (uint32_t i = 0; i < policy.witness_count; i++)
		if (set >> i & 1)
			outcome.witness[i] = NOTE_SIGNED;
	policy_count(&policy, &outcome);
	return outcome.has_quorum;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* By its meaning, over all sets and pairs of sets. */
static void agree_with_all_sets(void)
{
	uint32_t all = (1u << policy.witness_count) - 1, pass = UINT32_MAX, stop = UINT32_MAX,
		 split = UINT32_MAX, chosen = 0;
	static bool quorums[1 << 9];

	for (uint32_t a = 0; a <= all; a++)
		quorums[a] = has_quorum(a);
	for (uint32_t a = 0; a <= all; a++) {
		uint32_t n = (uint32_t)__builtin_popcount(a);

		if (!quorums[all & ~a])
			stop = least(stop, n);
		if (!quorums[a])
			continue;
		pass = least(pass, n);
		for (uint32_t b = 0; b <= all; b++)
			if (quorums[b])
				split = least(split, (uint32_t)__builtin_popcount(a & b));
	}
	policy_weigh(&policy, NULL, &weight);
	assert_int_equal(weight.to_pass, pass);
	assert_int_equal(weight.to_stop, stop);
	assert_int_equal(weight.to_split, split);
	for (uint32_t i = 0; i < policy.witness_count; i++)
		chosen += weight.splits[i];
	assert_int_equal(chosen, split);
}

/* The chosen ones, who sign both, and the others, halved in every way: two quorums somewhere. */
static bool chosen_can_split(void)
{
	uint32_t all = (1u << policy.witness_count) - 1, both = 0;

	for (uint32_t i = 0; i < policy.witness_count; i++)
		both |= (uint32_t)weight.splits[i] << i;
	for (uint32_t a = 0; a <= all; a++)
		if (has_quorum(a | both) && has_quorum((all & ~a) | both))
			return true;
	return false;
}

static void add_group(uint32_t needed, const uint32_t *witnesses, uint32_t n, uint32_t groups)
{
	uint32_t at = policy.group_count++;

	policy.groups[at] =
		(struct policy_group){ .needed = needed, .members = n, .parent = POLICY_NONE };
	for (uint32_t i = 0; i < n; i++)
		policy.witnesses[witnesses[i]].parent = at;
	for (uint32_t i = 0; i < at; i++)
		if (groups >> i & 1) {
			policy.groups[i].parent = at;
			policy.groups[at].members++;
		}
}

static void single_groups_are_as_all_sets(void **state)
{
	static const uint32_t w[] = { 0, 1, 2, 3, 4, 5, 6 };

	(void)state;
	for (uint32_t n = 1; n <= 7; n++)
		for (uint32_t k = 1; k <= n; k++) {
			start(n);
			add_group(k, w, n, 0);
			policy.is_quorum_group = true;
			agree_with_all_sets();
			assert_true(chosen_can_split());
		}
}

static void nested_groups_are_as_all_sets(void **state)
{
	static const uint32_t a[] = { 0, 1, 2 }, b[] = { 3, 4, 5 }, c[] = { 6, 7 };

	(void)state;
	for (uint32_t shape = 0; shape < 3 * 3 * 2 * 4; shape++) {
		start(8);
		add_group(1 + shape % 3, a, 3, 0);
		add_group(1 + shape / 3 % 3, b, 3, 0);
		/* Both witnesses of c beside these two groups, k of 4. */
		add_group(1 + shape / 18 % 4, c, 2, shape / 9 % 2 ? 3 : 1);
		policy.is_quorum_group = true;
		policy.quorum = 2;
		if (policy.groups[2].needed > policy.groups[2].members)
			continue;
		agree_with_all_sets();
		assert_true(chosen_can_split());
	}
}

static void published_roles_by_hand(void **state)
{
	struct span file = vector_file("policy/roles.policy");
	bool two_faced[POLICY_MOST_WITNESSES] = { false };

	(void)state;
	hash_start();
	assert_null(policy_read(file, &policy));
	policy_weigh(&policy, NULL, &weight);
	/* vendor, regulator, archive, and one of two testers, which may be another each time. */
	assert_int_equal(weight.to_pass, 4);
	assert_int_equal(weight.to_stop, 1);
	assert_int_equal(weight.to_split, 3);
	assert_true(weight.splits[0] && weight.splits[2] && weight.splits[4]);
	assert_false(weight.splits[1] || weight.splits[3]);
	two_faced[0] = two_faced[1] = true;
	policy_weigh(&policy, two_faced, &weight);
	assert_int_equal(weight.to_split, 2);
	sample_free(file);
}

static void quorums_of_one_and_of_none(void **state)
{
	(void)state;
	start(2);
	policy.quorum = 1;
	policy_weigh(&policy, NULL, &weight);
	assert_true(weight.to_pass == 1 && weight.to_stop == 1 && weight.to_split == 1);
	assert_true(!weight.counts[0] && weight.counts[1] && weight.splits[1]);
	policy.is_quorum_none = true;
	policy_weigh(&policy, NULL, &weight);
	assert_true(weight.to_pass == 0 && weight.to_split == 0 && !weight.counts[1]);
}

static void a_group_outside_the_quorum_counts_nowhere(void **state)
{
	static const uint32_t a[] = { 0, 1 }, b[] = { 2 };

	(void)state;
	start(3);
	add_group(2, a, 2, 0);
	add_group(1, b, 1, 0);
	policy.is_quorum_group = true;
	policy_weigh(&policy, NULL, &weight);
	assert_true(weight.counts[0] && weight.counts[1] && !weight.counts[2]);
	assert_true(weight.group_counts[0] && !weight.group_counts[1]);
}

static void domains_are_told_by_names(void **state)
{
	static const char *const cases[][2] = {
		{ "witness.vendor.example/w1", "vendor.example" },
		{ "vendor.example", "vendor.example" },
		{ "https://user@w.Vendor.example:8080/a/b?c#d", "Vendor.example" },
		{ "a.witness.gov.uk/x", "witness.gov.uk" },
		{ "gov.uk", "gov.uk" },
		{ "w.acme.de", "acme.de" },
		{ "https://192.0.2.7:80/x", "192.0.2.7" },
		{ "http://[2001:db8::1]:80/x", "[2001:db8::1]" },
		{ "localhost:8000/w", "localhost" },
		{ "PeterNeumann", "PeterNeumann" },
		{ "w.vendor.example./x", "vendor.example" },
		{ "", "" },
		{ "/", "" },
		{ "https://", "" },
		{ ".", "" },
		{ "..", "." },
		{ "[", "[" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span d = domain_of(span_text(cases[i][0]));

		if (!span_is(d, cases[i][1]))
			fail_msg("%s: %.*s", cases[i][0], (int)d.n, (const char *)d.p);
	}
	assert_true(domains_equal(span_text("a.EXAMPLE"), span_text("A.example")));
	assert_false(domains_equal(span_text("a.example"), span_text("b.example")));
	assert_false(domains_equal(span_text(""), span_text("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_groups_are_as_all_sets),
		cmocka_unit_test(nested_groups_are_as_all_sets),
		cmocka_unit_test(published_roles_by_hand),
		cmocka_unit_test(quorums_of_one_and_of_none),
		cmocka_unit_test(a_group_outside_the_quorum_counts_nowhere),
		cmocka_unit_test(domains_are_told_by_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
