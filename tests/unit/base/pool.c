/* pool.c - every item exactly once, whatever is nested in what. */
#include "unit/support.h"

#include <stdatomic.h>

#include "base/pool.h"

struct work {
	struct pool *pool;
	atomic_size_t done;
	atomic_uint wrong; /* workers of a number that does not exist */
	atomic_uchar seen[1000];
	unsigned depth;
};

static atomic_uint threads_ended;

static void on_thread_end(void)
{
	atomic_fetch_add(&threads_ended, 1);
}

static void one(void *ctx, unsigned worker, size_t i)
{
	struct work *w = ctx;

	atomic_fetch_add(&w->seen[i], 1);
	atomic_fetch_add(&w->done, 1);
	if (worker >= pool_jobs(w->pool))
		atomic_fetch_add(&w->wrong, 1);
}

static void runs_every_item_once(void **state)
{
	(void)state;
	for (unsigned jobs = 1; jobs <= 8; jobs *= 2)
		for (size_t grain = 0; grain <= 64; grain += 7) {
			static struct work w;

			memset((void *)&w, 0, sizeof(w));
			w.pool = pool_new(jobs, NULL);
			assert_non_null(w.pool);
			pool_each(w.pool, 0, 1000, grain, one, &w);
			assert_int_equal(w.done, 1000);
			assert_int_equal(w.wrong, 0);
			for (size_t i = 0; i < 1000; i++)
				assert_int_equal(w.seen[i], 1);
			pool_each(w.pool, 0, 0, 1, one, &w);
			assert_int_equal(w.done, 1000);
			pool_free(w.pool);
		}
}

static void nest(void *ctx, unsigned worker, size_t i)
{
	struct work *w = ctx;
	struct work below = { .pool = w->pool, .depth = w->depth - 1 };

	(void)i;
	if (w->depth == 0) {
		atomic_fetch_add(&w->done, 1);
		return;
	}
	pool_each(w->pool, worker, 5, 1, nest, &below);
	atomic_fetch_add(&w->done, below.done);
}

static void waits_for_nested_loops(void **state)
{
	(void)state;
	for (unsigned jobs = 1; jobs <= 8; jobs *= 2)
		for (int round = 0; round < 20; round++) {
			struct work w = { .pool = pool_new(jobs, NULL), .depth = 4 };

			pool_each(w.pool, 0, 5, 2, nest, &w);
			assert_int_equal(w.done, 5 * 5 * 5 * 5 * 5);
			pool_free(w.pool);
		}
}

static void later_work(void *ctx, unsigned worker)
{
	struct work *w = ctx;

	if (worker >= pool_jobs(w->pool))
		atomic_fetch_add(&w->wrong, 1);
	atomic_fetch_add(&w->done, 1);
}

static void gives_later(void *ctx, unsigned worker, size_t i)
{
	struct work *w = ctx;

	(void)worker;
	(void)i;
	pool_later(w->pool, later_work, w);
}

static void drains_all_later_work(void **state)
{
	(void)state;
	for (unsigned jobs = 1; jobs <= 8; jobs *= 2) {
		struct work w = { .pool = pool_new(jobs, NULL) };

		pool_drain(w.pool);
		pool_each(w.pool, 0, 3000, 3, gives_later, &w);
		pool_drain(w.pool);
		assert_int_equal(w.done, 3000);
		assert_int_equal(w.wrong, 0);
		pool_free(w.pool);
	}
}

static void ends_idle_work(void **state)
{
	(void)state;
	for (unsigned jobs = 1; jobs <= 8; jobs *= 2)
		for (int round = 0; round < 20; round++) {
			struct work w = { .pool = pool_new(jobs, NULL) };

			pool_idle_end(w.pool);
			pool_idle(w.pool, later_work, &w);
			pool_each(w.pool, 0, 3000, 3, gives_later, &w);
			pool_drain(w.pool);
			pool_idle_end(w.pool);
			assert_int_equal(w.done, 3001);
			pool_idle_end(w.pool);
			assert_int_equal(w.done, 3001);
			assert_int_equal(w.wrong, 0);
			pool_free(w.pool);
		}
}

static void tells_each_thread_that_it_ends(void **state)
{
	(void)state;
	atomic_store(&threads_ended, 0);
	pool_free(pool_new(4, on_thread_end));
	assert_int_equal(atomic_load(&threads_ended), 3); /* worker 0 is the caller */
	pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_every_item_once),
		cmocka_unit_test(waits_for_nested_loops),
		cmocka_unit_test(drains_all_later_work),
		cmocka_unit_test(ends_idle_work),
		cmocka_unit_test(tells_each_thread_that_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
