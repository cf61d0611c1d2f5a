/* pool.c - one lock over a list of active loops. Loops hand out runs of items, so the lock is taken
 * seldom enough not to matter. */
#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct loop {
	struct loop *next;        /* in the pool's list of loops with items left */
	const struct loop *outer; /* the loop whose item started this one */
	void (*each)(void *ctx, unsigned worker, size_t i);
	void *ctx;
	size_t n, grain, at; /* items [at, n) are not handed out yet */
	size_t running;      /* workers inside an item of this loop */
};

struct later {
	struct later *next;
	void (*work)(void *ctx, unsigned worker);
	void *ctx;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct loop *loops; /* newest first: the deepest work is helped first */
	struct later *later, *last_later;
	size_t later_running;
	struct later idle; /* work is NULL where there is none, or a thread took it */
	bool idle_running;
	bool ending;
	unsigned jobs, started;
	pthread_t *threads;
	void (*thread_end)(void);
};

/* The loop whose item this thread is in, so that a nested loop knows its outer one. */
static _Thread_local const struct loop *inside;

static bool below(const struct loop *loop, const struct loop *top)
{
	while (loop && loop != top)
		loop = loop->outer;
	return top == NULL || loop == top;
}

static struct loop *find_loop(struct pool *p, const struct loop *top)
{
	struct loop *loop = p->loops;

	while (loop && !below(loop, top))
		loop = loop->next;
	return loop;
}

static void unlink_loop(struct pool *p, struct loop *loop)
{
	struct loop **at = &p->loops;

	while (*at && *at != loop)
		at = &(*at)->next;
	if (*at)
		*at = loop->next;
}

/* Runs one run of items. Called and returns with the lock held. */
static void run_some(struct pool *p, struct loop *loop, unsigned worker)
{
	const struct loop *outer = inside;
	size_t from = loop->at;
	size_t to = loop->n - from > loop->grain ? from + loop->grain : loop->n;

	loop->at = to;
	if (to == loop->n)
		unlink_loop(p, loop);
	loop->running++;
	pthread_mutex_unlock(&p->lock);
	inside = loop;
	for (size_t i = from; i < to; i++)
		loop->each(loop->ctx, worker, i);
	inside = outer;
	pthread_mutex_lock(&p->lock);
	if (--loop->running == 0)
		pthread_cond_broadcast(&p->change);
}

void pool_each(struct pool *p, unsigned worker, size_t n, size_t grain,
	       void (*each)(void *ctx, unsigned worker, size_t i), void *ctx)
{
	struct loop loop = {
		.outer = inside, .each = each, .ctx = ctx, .n = n, .grain = grain ? grain : 1
	};

	if (n == 0)
		return;
	pthread_mutex_lock(&p->lock);
	loop.next = p->loops;
	p->loops = &loop; /* cppcheck-suppress autoVariables ; unlinked before this returns */
	pthread_cond_broadcast(&p->change);
	while (loop.at < loop.n || loop.running) {
		struct loop *help = loop.at < loop.n ? &loop : find_loop(p, &loop);

		if (help)
			run_some(p, help, worker);
		else
			pthread_cond_wait(&p->change, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
}

/* Takes one piece of later work. Called and returns with the lock held. */
static void run_later(struct pool *p, unsigned worker)
{
	struct later *item = p->later;

	p->later = item->next;
	p->later_running++;
	pthread_mutex_unlock(&p->lock);
	item->work(item->ctx, worker);
	free(item);
	pthread_mutex_lock(&p->lock);
	p->later_running--;
	pthread_cond_broadcast(&p->change);
}

/* Called and returns with the lock held. */
static void run_idle(struct pool *p, unsigned worker)
{
	struct later item = p->idle;

	p->idle.work = NULL;
	p->idle_running = true;
	pthread_mutex_unlock(&p->lock);
	item.work(item.ctx, worker);
	pthread_mutex_lock(&p->lock);
	p->idle_running = false;
	pthread_cond_broadcast(&p->change);
}

struct start {
	struct pool *pool;
	unsigned worker;
};

static void *thread_main(void *arg)
{
	struct start start = *(struct start *)arg;
	struct pool *p = start.pool;

	free(arg);
	pthread_mutex_lock(&p->lock);
	while (!p->ending) {
		struct loop *loop = find_loop(p, NULL);

		if (p->later)
			run_later(p, start.worker);
		else if (loop)
			run_some(p, loop, start.worker);
		else if (p->idle.work)
			run_idle(p, start.worker);
		else
			pthread_cond_wait(&p->change, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	if (p->thread_end)
		p->thread_end();
	return NULL;
}

/* 16 MiB of stack: nesting of 24 containers, each with a few frames of every room. */
static bool start_thread(struct pool *p, unsigned worker)
{
	struct start *start = malloc(sizeof(*start));
	pthread_attr_t attr;
	bool ok;

	if (!start)
		return false;
	*start = (struct start){ p, worker };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16u << 20);
	ok = pthread_create(&p->threads[worker], &attr, thread_main, start) == 0;
	pthread_attr_destroy(&attr);
	if (!ok)
		free(start);
	return ok;
}

struct pool *pool_new(unsigned jobs, void (*thread_end)(void))
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p || !(p->threads = calloc(jobs, sizeof(*p->threads)))) {
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->change, NULL);
	p->jobs = jobs;
	p->thread_end = thread_end;
	for (p->started = 1; p->started < jobs; p->started++)
		if (!start_thread(p, p->started)) {
			pool_free(p);
			return NULL;
		}
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 1; i < p->started; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->lock);
	free(p->threads);
	free(p);
}

unsigned pool_jobs(const struct pool *p)
{
	return p->jobs;
}

void pool_later(struct pool *p, void (*work)(void *ctx, unsigned worker), void *ctx)
{
	struct later *item = malloc(sizeof(*item));

	if (!item)
		abort(); /* a test left out without a word would be a wrong report */
	*item = (struct later){ .work = work, .ctx = ctx };
	pthread_mutex_lock(&p->lock);
	if (p->later)
		p->last_later->next = item;
	else
		p->later = item;
	p->last_later = item;
	/* One signal might go to a worker that waits for its loop and takes no later work. */
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
}

void pool_drain(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->later || p->later_running) {
		if (p->later)
			run_later(p, 0);
		else
			pthread_cond_wait(&p->change, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
}

void pool_idle(struct pool *p, void (*work)(void *ctx, unsigned worker), void *ctx)
{
	pthread_mutex_lock(&p->lock);
	p->idle = (struct later){ .work = work, .ctx = ctx };
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
}

void pool_idle_end(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->idle.work || p->idle_running) {
		if (p->idle.work)
			run_idle(p, 0);
		else
			pthread_cond_wait(&p->change, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
}
