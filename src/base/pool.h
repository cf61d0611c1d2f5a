/* pool.h - worker threads for nested parallel loops. A worker that waits for the end of its loop
 * helps only with loops below its own, so its stack is bounded by the nesting depth. */
#ifndef EVENHAND_BASE_POOL_H
#define EVENHAND_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

/* jobs >= 1: the calling thread is worker 0, the others are started now. `idle_end` is called by
 * each started thread before it ends (frees per-thread codec state). NULL when threads fail. */
struct pool *pool_new(unsigned jobs, void (*thread_end)(void));
void pool_free(struct pool *p);
unsigned pool_jobs(const struct pool *p);

/* Runs each(ctx, worker, i) for every i in [0, n), in runs of `grain` neighbours, and returns when
 * all are done. Called by a worker (or worker 0 from outside); may nest. */
void pool_each(struct pool *p, unsigned worker, size_t n, size_t grain,
	       void (*each)(void *ctx, unsigned worker, size_t i), void *ctx);

/* Work that nobody waits for until pool_drain. Started threads take it before they help with loops:
 * its pieces are large, and the last one must not run alone. */
void pool_later(struct pool *p, void (*work)(void *ctx, unsigned worker), void *ctx);

/* Runs and waits for everything given to pool_later. Called by worker 0 outside any loop. */
void pool_drain(struct pool *p);

/* Work for a started thread that has nothing else to do: it runs beside what worker 0 does alone
 * after its last loop, and is done when pool_idle_end returns, which worker 0 calls outside any
 * loop. Never more than one at a time. */
void pool_idle(struct pool *p, void (*work)(void *ctx, unsigned worker), void *ctx);
void pool_idle_end(struct pool *p);

#endif
