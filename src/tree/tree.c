/* tree.c - one scan of one image: workers, budgets, the order of nodes. */
#include "tree/tree.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tree/engine.h"

const struct budget default_budget = {
	.depth = 24,
	.entries = 4000000,
	.bytes = 0,
	.content = 16ull << 30,
};

#define MOST_BYTES (64ull << 30)
#define FREE_BYTES (1ull << 30) /* any image may unpack to this much */
#define RATIO      256          /* and to this many times its own size */

bool guard_enter_key(struct worker *w, const struct node *n, uint64_t key, const char *what)
{
	const struct guard *g = &w->engine->o->guard;

	return !g->enter || g->enter(g->ctx, w->id, n, key, what);
}

bool guard_enter(struct worker *w, const struct node *n, const char *what)
{
	return guard_enter_key(w, n, node_key(n), what);
}

void guard_leave(struct worker *w)
{
	const struct guard *g = &w->engine->o->guard;

	if (g->leave)
		g->leave(g->ctx, w->id);
}

/* In parallel the sum of all charges decides whether a limit was met, and a sum does not depend on
 * its order. In series a charge beyond the limit is refused where it is met. */
static bool charge(struct engine *e, _Atomic uint64_t *sum, uint64_t n, uint64_t most)
{
	uint64_t before = atomic_fetch_add(sum, n);

	if (n <= most && before <= most - n)
		return true;
	if (e->serial)
		atomic_fetch_sub(sum, n);
	else
		atomic_store(&e->over, true);
	return false;
}

bool may_list(struct worker *w, struct node *n, uint64_t count)
{
	struct engine *e = w->engine;

	if (charge(e, &e->entries, count, e->o->budget.entries))
		return true;
	node_fault(w, n,
		   fault_at(FAULT_LIMIT, 0, "nodes in all", e->entries, e->o->budget.entries));
	return false;
}

bool may_open(struct worker *w, struct node *n, uint64_t bytes)
{
	struct engine *e = w->engine;

	atomic_fetch_add(e->o->bytes_done, bytes);
	if (charge(e, &e->bytes, bytes, e->most_bytes))
		return true;
	node_fault(w, n, fault_at(FAULT_LIMIT, 0, "bytes in all", e->bytes, e->most_bytes));
	return false;
}

void leaf_keep(struct bench *b, struct node *n, struct span bytes)
{
	struct engine *e = b->owner ? b->owner->engine : NULL;

	if (!e || charge(e, &e->kept, bytes.n, KEPT_IN_ALL))
		n->kept = arena_copy(b->arena, bytes);
	else
		leaf_fault(b->arena, n,
			   fault_at(FAULT_LIMIT, 0, "kept in all", e->kept + bytes.n, KEPT_IN_ALL));
}

uint64_t content_limit(const struct engine *e)
{
	uint64_t most = e->o->budget.content;
	uint64_t left = e->serial ? e->most_bytes - e->bytes : e->most_bytes;

	return left < most ? left : most;
}

void refuse(struct worker *w, const struct node *n, uint64_t offset, const struct format *f,
	    struct fault why)
{
	struct refusal *r = w->engine->o->explain ? arena_take(&w->arena, 1, sizeof(*r)) : NULL;

	if (!r)
		return;
	*r = (struct refusal){ w->refusals, n, offset, f, why };
	w->refusals = r;
}

size_t engine_threads(const struct worker *w)
{
	return w->engine->serial ? 1 : pool_jobs(w->engine->o->pool);
}

void engine_each(struct worker *w, size_t n, void (*each)(void *ctx, unsigned worker, size_t i),
		 void *ctx)
{
	if (!w->engine->serial) {
		pool_each(w->engine->o->pool, w->id, n, 1, each, ctx);
		return;
	}
	for (size_t i = 0; i < n; i++)
		each(ctx, w->id, i);
}

static bool workers_init(struct engine *e, unsigned jobs)
{
	e->workers = calloc(jobs, sizeof(*e->workers));
	if (!e->workers)
		return false;
	for (unsigned i = 0; i < jobs; i++) {
		struct worker *w = &e->workers[i];

		w->engine = e;
		w->id = i;
		for (unsigned k = 0; k < MOST_DEPTH + 2; k++)
			sink_init(&w->sinks[k], e->o->spill, 0);
		w->scratch = search_scratch_new();
		if (!w->scratch)
			return false;
	}
	return true;
}

static void workers_free(struct engine *e, unsigned jobs)
{
	for (unsigned i = 0; e->workers && i < jobs; i++) {
		for (unsigned k = 0; k < MOST_DEPTH + 2; k++)
			sink_free(&e->workers[i].sinks[k]);
		pattern_scratch_free(e->workers[i].scratch);
	}
	free(e->workers);
}

static struct node *run(struct engine *e)
{
	struct worker *w = &e->workers[0];
	struct node *image = node_new(w, NULL, KIND_REGION);

	if (!image)
		return NULL;
	image->has_place = true;
	image->length = e->image.n;
	open_content(w, image, e->image, SPACE_IMAGE, 0);
	pool_drain(e->o->pool);
	return image;
}

/* Nodes in tree order; ids are positions in it. */
static bool number(struct tree *t)
{
	size_t count = 0, i = 0;

	for (const struct node *n = t->image; n; n = node_next(n, t->image))
		count++;
	t->nodes = count < UINT32_MAX ? malloc(count * sizeof(*t->nodes)) : NULL;
	if (!t->nodes)
		return false;
	t->count = (uint32_t)count;
	for (struct node *n = t->image; n; i++) {
		n->id = (uint32_t)i;
		t->nodes[i] = n;
		if (n->children) {
			n = n->children;
			continue;
		}
		while (n != t->image && !n->next)
			n = n->parent;
		n = n == t->image ? NULL : n->next;
	}
	return true;
}

/* Digests of large contents of the image are computed last. */
static void repeat_digests(struct tree *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];

		if (!n->hardlink_of)
			continue;
		n->has_sha256 = n->hardlink_of->has_sha256;
		memcpy(n->sha256, n->hardlink_of->sha256, sizeof(n->sha256));
	}
}

/* A region that ends with the image and goes on behind it: the image was cut. The fault stands on
 * the image too, so that it is said first. */
static void say_truncation(struct worker *w, struct tree *t)
{
	const struct node *n = t->image->last_child;
	uint64_t end = 0;

	for (; n && !n->container; n = n->last_child) {
		end += n->offset;
		if (end + n->length != t->image->size)
			return;
		for (const struct node_fault *f = n->faults; f; f = f->next)
			if (f->fault.kind == FAULT_SHORT) {
				node_fault(w, t->image, f->fault);
				return;
			}
		if (n->format && n->format->shape == SHAPE_STREAM)
			return;
	}
}

static int by_node(const void *a, const void *b)
{
	const struct refusal *x = *(struct refusal *const *)a, *y = *(struct refusal *const *)b;

	if (x->node->id != y->node->id)
		return x->node->id < y->node->id ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return strcmp(x->format->name, y->format->name);
}

/* One list in tree order from those of the workers. */
static bool gather_refusals(struct engine *e, struct tree *t)
{
	size_t n = 0, i = 0;
	struct refusal **all, **end = &t->refusals;

	for (unsigned k = 0; k < t->workers; k++)
		for (struct refusal *r = e->workers[k].refusals; r; r = r->next)
			n++;
	all = n ? malloc(n * sizeof(struct refusal *)) : NULL;
	if (n && !all)
		return false;
	for (unsigned k = 0; k < t->workers; k++)
		for (struct refusal *r = e->workers[k].refusals; r; r = r->next)
			all[i++] = r;
	if (n)
		qsort(all, n, sizeof(struct refusal *), by_node);
	for (i = 0; i < n; i++) {
		*end = all[i];
		end = &all[i]->next;
	}
	*end = NULL;
	free(all);
	return true;
}

static bool finish(struct engine *e, struct tree *t)
{
	struct worker *w = &e->workers[0];
	bool ok = t->image && number(t) && gather_refusals(e, t);

	if (ok) {
		repeat_digests(t);
		check_blobs(w, t);
		say_truncation(w, t);
	}
	t->arenas = malloc(t->workers * sizeof(*t->arenas));
	for (unsigned i = 0; i < t->workers && t->arenas; i++)
		t->arenas[i] = e->workers[i].arena;
	return ok && t->arenas;
}

static uint64_t bytes_allowed(const struct budget *b, uint64_t image)
{
	uint64_t most =
		image > (MOST_BYTES - FREE_BYTES) / RATIO ? MOST_BYTES : FREE_BYTES + image * RATIO;

	return b->bytes ? b->bytes : most;
}

bool tree_open(struct tree *t, struct opening *o, struct span image)
{
	unsigned jobs = pool_jobs(o->pool);
	struct engine e = { .o = o, .image = image, .serial = jobs == 1 };
	bool ok;

	*t = (struct tree){ .workers = jobs };
	if (o->budget.depth > MOST_DEPTH)
		o->budget.depth = MOST_DEPTH;
	e.most_bytes = bytes_allowed(&o->budget, image.n);
	ok = workers_init(&e, jobs);
	if (ok && o->before)
		pool_later(o->pool, o->before, o->before_ctx);
	if (ok) {
		t->image = run(&e);
		if (e.over) {
			if (o->again)
				o->again(o->ctx);
			if (o->watch_again)
				o->watch_again(o->watch_ctx);
			pool_idle_end(o->pool);
			e.over = false;
			e.serial = true;
			e.entries = e.bytes = e.kept = 0;
			for (unsigned i = 0; i < jobs; i++)
				e.workers[i].refusals = NULL;
			t->image = run(&e);
		}
		ok = finish(&e, t);
	}
	workers_free(&e, jobs);
	return ok && !machine_is_out();
}

void tree_free(struct tree *t)
{
	for (unsigned i = 0; t->arenas && i < t->workers; i++)
		arena_free(&t->arenas[i]);
	free(t->arenas);
	free(t->nodes);
	*t = (struct tree){ 0 };
}
