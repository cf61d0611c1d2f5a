/* sink.c - a growing content: its limit, its spill file. */
#include "unit/support.h"

#include <sys/stat.h>

#define MIB (1u << 20)

static int temporary(void)
{
	char name[] = "/tmp/evenhand-sink-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	return fd;
}

static uint8_t byte_at(uint64_t i)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 20));
}

static void put_pattern(struct sink *s, uint64_t from, size_t n)
{
	uint8_t *room = sink_room(s, n);

	assert_non_null(room);
	for (size_t i = 0; i < n; i++)
		room[i] = byte_at(from + i);
	sink_advance(s, n);
}

static void expect_pattern(const struct sink *s, uint64_t from)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] != byte_at(from + i))
			fail_msg("byte %zu differs", i);
}

static void keeps_what_fits_and_says_why_not_more(void **state)
{
	struct sink s;

	(void)state;
	sink_init(&s, NULL, 10);
	assert_true(sink_put(&s, span_text("0123456")));
	assert_false(sink_put(&s, span_text("789abc")));
	assert_true(span_is(sink_span(&s), "0123456789"));
	assert_int_equal(s.fault.kind, FAULT_LIMIT);
	assert_null(sink_room(&s, 1));
	assert_non_null(sink_room(&s, 0));
	assert_null(sink_room(&s, UINT64_MAX));
	sink_reset(&s, 4);
	assert_int_equal(s.fault.kind, FAULT_NONE);
	assert_false(sink_zero(&s, 5));
	assert_int_equal(s.n, 4);
	sink_free(&s);
}

static void takes_nothing_and_gives_room_for_nothing(void **state)
{
	struct sink s;

	(void)state;
	sink_init(&s, NULL, 0);
	assert_true(sink_put(&s, (struct span){ 0 }));
	assert_true(sink_zero(&s, 0));
	assert_non_null(sink_room(&s, 0));
	assert_int_equal(s.fault.kind, FAULT_NONE);
	assert_false(sink_put(&s, span_text("x")));
	sink_free(&s);
}

static void never_counts_more_than_its_room(void **state)
{
	struct sink s;

	(void)state;
	sink_init(&s, NULL, MIB);
	sink_room(&s, 100);
	sink_advance(&s, SIZE_MAX);
	assert_true(s.n == s.cap);
	sink_free(&s);
}

static void moves_into_the_spill_file_and_keeps_its_bytes(void **state)
{
	struct spill spill = { .fd = temporary() };
	struct stat st;
	struct sink s;

	(void)state;
	sink_init(&s, &spill, 1ull << 32);
	for (uint64_t at = 0; at < 150ull * MIB; at += 3 * MIB)
		put_pattern(&s, at, 3 * MIB);
	assert_true(s.spilled);
	assert_int_equal(s.n, 150 * MIB);
	expect_pattern(&s, 0);
	sink_reset(&s, MIB);
	assert_false(s.spilled);
	put_pattern(&s, 5, 1000);
	expect_pattern(&s, 5);
	sink_free(&s);
	/* The blocks are given back. */
	assert_int_equal(fstat(spill.fd, &st), 0);
	assert_true(st.st_blocks * 512 < 64ll * MIB);
	close(spill.fd);
}

static void two_sinks_share_one_spill_file(void **state)
{
	struct spill spill = { .fd = temporary() };
	struct sink a, b;

	(void)state;
	sink_init(&a, &spill, 1ull << 32);
	sink_init(&b, &spill, 1ull << 32);
	put_pattern(&a, 0, 70 * MIB);
	put_pattern(&b, 99, 70 * MIB);
	put_pattern(&a, 70 * MIB, 80 * MIB);
	assert_true(a.spilled && b.spilled);
	expect_pattern(&a, 0);
	expect_pattern(&b, 99);
	sink_free(&a);
	expect_pattern(&b, 99);
	sink_free(&b);
	close(spill.fd);
}

static void stays_in_memory_without_a_spill_file(void **state)
{
	struct sink s;

	(void)state;
	sink_init(&s, NULL, 1ull << 32);
	put_pattern(&s, 0, 70 * MIB);
	assert_false(s.spilled);
	expect_pattern(&s, 0);
	sink_free(&s);
}

/* Last: it marks the machine as out. */
static void says_that_the_machine_ran_out_when_the_file_takes_no_more(void **state)
{
	struct spill spill = { .fd = STDIN_FILENO };
	int pipe_ends[2];
	struct sink s;

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	spill.fd = pipe_ends[1]; /* no file that blocks could be reserved in */
	sink_init(&s, &spill, 1ull << 32);
	assert_false(machine_is_out());
	assert_null(sink_room(&s, 80 * MIB));
	assert_int_equal(s.fault.kind, FAULT_MEMORY);
	assert_true(machine_is_out());
	sink_free(&s);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_fits_and_says_why_not_more),
		cmocka_unit_test(takes_nothing_and_gives_room_for_nothing),
		cmocka_unit_test(never_counts_more_than_its_room),
		cmocka_unit_test(moves_into_the_spill_file_and_keeps_its_bytes),
		cmocka_unit_test(two_sinks_share_one_spill_file),
		cmocka_unit_test(stays_in_memory_without_a_spill_file),
		cmocka_unit_test(says_that_the_machine_ran_out_when_the_file_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
