/* stream.c - a stream's blocks go to all workers, each in the guard of the stream's node; where the
 * guard lets none of them in, all comes out the same. */
#include "unit/support.h"

#include <bzlib.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/names.h"
#include "codec/codec.h"
#include "tree/node.h"
#include "tree/search.h"
#include "tree/tree.h"

#define PLAIN 500000
#define ALL   1000000

/* How often a parser of bzip2 was let in, and how often at most. */
struct gate {
	_Atomic unsigned entered, wrong; /* wrong: not by the key of its node */
	unsigned most;
};

static bool enter(void *ctx, unsigned worker, const struct node *n, uint64_t key, const char *what)
{
	struct gate *g = ctx;

	(void)worker;
	g->wrong += key != node_key(n);
	return strcmp(what, "bzip2") != 0 || g->entered++ < g->most;
}

static void leave(void *ctx, unsigned worker)
{
	(void)ctx;
	(void)worker;
}

struct result {
	unsigned entered;
	uint64_t plain;
	uint8_t sha256[SHA256_SIZE];
};

static struct result open_with(struct span image, unsigned jobs, unsigned most)
{
	_Atomic uint64_t bytes = 0, done = 0, known = 0;
	struct gate gate = { .most = most };
	struct spill spill = { .fd = -1 };
	struct opening o = {
		.pool = pool_new(jobs, codec_thread_end),
		.spill = &spill,
		.budget = default_budget,
		.guard = { &gate, enter, leave },
		.bytes_done = &bytes,
		.nodes_done = &done,
		.nodes_known = &known,
	};
	struct result r = { 0 };
	struct tree t;

	assert_non_null(o.pool);
	assert_true(tree_open(&t, &o, image));
	for (uint32_t i = 0; i < t.count; i++) {
		const struct node *n = t.nodes[i];

		if (n->format && strcmp(n->format->name, "bzip2") == 0) {
			assert_int_equal(n->length, image.n);
			assert_null(n->faults);
			assert_true(n->has_sha256 && n->children);
			r.plain = n->children->size;
			memcpy(r.sha256, n->children->sha256, SHA256_SIZE);
		}
	}
	r.entered = gate.entered;
	assert_int_equal(gate.wrong, 0);
	tree_free(&t);
	pool_free(o.pool);
	return r;
}

static void blocks_go_to_all_workers_in_the_guard_of_their_node(void **state)
{
	char *plain = malloc(PLAIN + 32), *packed = malloc(PLAIN);
	unsigned size = PLAIN;
	struct result one, three, refused;
	struct span image;

	(void)state;
	assert_true(plain && packed);
	for (unsigned at = 0, x = 1; at < PLAIN; x = x * 1664525u + 1013904223u)
		at += (unsigned)snprintf(plain + at, 32, "%u lines of it\n", x);
	assert_int_equal(BZ2_bzBuffToBuffCompress(packed, &size, plain, PLAIN, 1, 0, 0), BZ_OK);
	image = (struct span){ (const uint8_t *)packed, size };
	one = open_with(image, 1, ALL);
	three = open_with(image, 3, ALL);
	refused = open_with(image, 3, one.entered);
	assert_int_equal(one.plain, PLAIN);
	assert_true(three.entered >= one.entered + 5); /* blocks of 100,000 bytes */
	assert_true(refused.entered > one.entered);
	assert_int_equal(three.plain, PLAIN);
	assert_int_equal(refused.plain, PLAIN);
	assert_memory_equal(one.sha256, three.sha256, SHA256_SIZE);
	assert_memory_equal(one.sha256, refused.sha256, SHA256_SIZE);
	free(plain);
	free(packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_go_to_all_workers_in_the_guard_of_their_node),
	};
	int failed;

	names_start();
	hash_start();
	codec_start();
	assert_true(search_start());
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	codec_thread_end();
	hash_thread_end();
	return failed;
}
