/* log/digests: every number is found by its digest, in whichever table it is; what was covered is
 * there after a crash. */
#include "unit/log/power.h"

#include "log/digests.h"

#define COUNT 40000u /* tables of 4096, 8192, 16384 and 32768 */

static char scratch[128];

static int start(void **state)
{
	char index[160];

	(void)state;
	hash_start();
	scratch_make(scratch);
	path_join(index, sizeof(index), scratch, "index");
	return mkdir(index, 0755);
}

static int end(void **state)
{
	(void)state;
	folder_remove(scratch);
	return 0;
}

static void digest_of(uint64_t i, uint8_t digest[SHA256_SIZE])
{
	sha256_of((struct span){ (const uint8_t *)&i, sizeof(i) }, digest);
}

/* How often the number is among those that may have the digest. */
static unsigned times(struct digests *d, const uint8_t digest[SHA256_SIZE], uint64_t number)
{
	struct digests_walk w;
	uint64_t n;
	unsigned count = 0;

	digests_look(d, digest, &w);
	while (digests_next(d, &w, &n))
		count += n == number;
	return count;
}

static void all_are_found(struct digests *d, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		uint8_t digest[SHA256_SIZE];
		struct place p;

		digest_of(i, digest);
		assert_int_equal(times(d, digest, i), 1);
		assert_true(digests_place(d, i, &p));
		assert_int_equal(p.segment, i / 1000);
		assert_int_equal(p.offset, 1 + i % 1000);
	}
}

static void add(struct digests *d, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		uint8_t digest[SHA256_SIZE];

		digest_of(i, digest);
		assert_true(digests_add(
			d, digest, i,
			(struct place){ (uint32_t)(i / 1000), 1 + (uint32_t)(i % 1000) }));
	}
}

static void numbers_are_found_in_all_tables(void **state)
{
	struct digests d, reader;
	uint8_t digest[SHA256_SIZE];
	struct place p;

	(void)state;
	assert_true(digests_open(&d, scratch, "leaf", true, false, &disk_of_machine));
	assert_int_equal(d.count, 0);
	assert_true(digests_open(&reader, scratch, "leaf", true, true, &disk_of_machine));
	add(&d, 0, COUNT);
	assert_int_equal(d.count, 4);
	all_are_found(&d, 0, COUNT);
	all_are_found(&reader, 0, COUNT); /* another one sees them as they come */
	digest_of(COUNT, digest);
	assert_int_equal(times(&d, digest, COUNT), 0);
	assert_false(digests_place(&d, COUNT, &p));
	assert_false(digests_add(&d, digest, DIGESTS_MOST, (struct place){ 0, 1 }));
	digests_free(&reader);
	digests_free(&d);
}

static void once_more_is_the_same(void **state)
{
	struct digests d;

	(void)state;
	assert_true(digests_open(&d, scratch, "leaf", true, false, &disk_of_machine));
	add(&d, 0, 9000);
	all_are_found(&d, 0, COUNT);
	digests_free(&d);
}

/* Slots hold 32 bits of a digest: others may have the same ones, and all of them are told. */
static void the_same_digest_has_several_numbers(void **state)
{
	uint8_t digest[SHA256_SIZE] = { 7 };
	struct digests d;

	(void)state;
	assert_true(digests_open(&d, scratch, "many", false, false, &disk_of_machine));
	for (uint64_t i = 0; i < 5000; i += 100)
		assert_true(digests_add(&d, digest, i, (struct place){ 0, 1 }));
	for (uint64_t i = 0; i < 5000; i += 50)
		assert_int_equal(times(&d, digest, i), i % 100 == 0);
	digests_free(&d);
}

static void what_is_covered_is_said(void **state)
{
	struct digests d;

	(void)state;
	assert_true(digests_open(&d, scratch, "leaf", true, false, &disk_of_machine));
	assert_int_equal(digests_covered(&d), 0);
	for (uint64_t n = 0; n <= COUNT; n += 997) {
		assert_true(digests_sync(&d, n));
		assert_int_equal(digests_covered(&d), n);
	}
	digests_free(&d);
	assert_true(digests_open(&d, scratch, "leaf", true, false, &disk_of_machine));
	assert_int_equal(digests_covered(&d), COUNT / 997 * 997);
	digests_free(&d);
}

static void a_torn_table_is_none_of_ours(void **state)
{
	struct digests d;
	char path[160];

	(void)state;
	path_join(path, sizeof(path), scratch, "index/leaf-01");
	assert_int_equal(truncate(path, 5000), 0);
	assert_false(digests_open(&d, scratch, "leaf", true, false, &disk_of_machine));
	assert_int_equal(errno, EINVAL);
	assert_true(digests_reset(&d));
	add(&d, 0, 5000);
	all_are_found(&d, 0, 5000);
	digests_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_found_in_all_tables),
		cmocka_unit_test(once_more_is_the_same),
		cmocka_unit_test(the_same_digest_has_several_numbers),
		cmocka_unit_test(what_is_covered_is_said),
		cmocka_unit_test(a_torn_table_is_none_of_ours),
	};

	return cmocka_run_group_tests(tests, start, end);
}
