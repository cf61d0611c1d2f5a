/* rules.c - rules and rosters: what is read keeps to its bounds, names are printable, needs can be
 * met, and what no line allows is not allowed. */
#include <stdlib.h>

#include "log/rules.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rules r;
static struct roster roster;

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_roster(const struct roster *keys)
{
	expect(keys->count <= ROSTER_MOST_KEYS);
	for (uint32_t i = 0; i < keys->count; i++) {
		const struct roster_key *k = &keys->keys[i];

		expect(k->role < ROLES && k->from < k->until && k->name.n > 0);
		expect(roster_find(keys, k->sha256) == k);
		for (size_t c = 0; c < k->name.n; c++)
			expect(k->name.p[c] > ' ' && k->name.p[c] <= '~');
	}
}

static void check_rules(void)
{
	static const struct test other = { { (const uint8_t *)"", 0 }, TEST_FAILED };
	static const struct opaque nowhere = { { (const uint8_t *)" \n", 2 }, UINT64_MAX };

	check_roster(&r.roster);
	expect(r.need_count > 0 && r.need_count <= RULES_MOST_NEEDS);
	for (uint32_t i = 0; i < r.need_count; i++)
		expect(r.needs[i].count > 0 && r.needs[i].count <= r.roster.count);
	for (uint32_t i = 0; i < r.allowed_count; i++)
		expect(rules_allow(&r, &(struct test){ r.allowed[i].check, r.allowed[i].end }) > 0);
	expect(rules_allow(&r, &other) == r.all_of[TEST_FAILED]);
	expect(rules_allow_opaque(&r, &nowhere) == r.all_regions);
	expect(r.age <= RULES_MOST_DAYS && !r.all_of[TEST_PASSED]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	uint32_t line;

	if (rules_read(in, &r))
		expect(r.wrong_line > 0);
	else
		check_rules();
	if (roster_read(in, &roster, &line))
		expect(line > 0);
	else
		check_roster(&roster);
	return 0;
}
