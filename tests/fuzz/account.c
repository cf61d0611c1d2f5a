/* account.c - passwd, shadow and htpasswd files, joined: the input is cut in two at its first zero
 * byte, the first byte chooses what the parts are called. Hashes are read, not tried: the pool
 * never runs, and the guard refuses. */
#include <stdlib.h>

#include "observe/observe.h"

static const char *const paths[][2] = {
	{ "/etc/passwd", "/etc/shadow" },
	{ "/etc_ro/passwd", "/etc_ro/shadow" },
	{ "/etc/passwd", "/www/.htpasswd" },
	{ "/etc/os-release", "/etc/shadow" },
};

static bool refuse(void *ctx, unsigned worker, const struct node *n, uint64_t key, const char *what)
{
	(void)ctx;
	(void)worker;
	(void)n;
	(void)key;
	return strcmp(what, "password") != 0;
}

static void leave(void *ctx, unsigned worker)
{
	(void)ctx;
	(void)worker;
}

static void look(const struct span parts[2], const char *const names[2])
{
	static struct pool *pool;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_REGION }, files[2];
	struct node *nodes[3] = { &root, &files[0], &files[1] };
	struct tree tree = {
		.image = &root, .count = 3, .nodes = nodes, .arenas = &arena, .workers = 1
	};
	struct observation o = { .guard = { .enter = refuse, .leave = leave } };
	struct facts facts;

	if (!pool) {
		observe_start();
		pool = know_start() ? pool_new(1, NULL) : NULL;
	}
	arena_init(&arena, 64 << 20);
	if (!pool || !observation_init(&o, pool))
		abort();
	for (int i = 0; i < 2; i++)
		files[i] = (struct node){ .id = (uint32_t)i + 1,
					  .kind = KIND_FILE,
					  .parent = &root,
					  .container = &root,
					  .path = span_text(names[i]) };
	root.children = &files[0];
	root.last_child = files[0].next = &files[1];
	for (int i = 0; i < 2; i++)
		observe_leaf(&o, &bench, &files[i], parts[i]);
	observe_finish(&o, &tree, &facts);
	observation_free(&o);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct span all, parts[2];
	size_t cut;

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		all = (struct span){ copy, size - 1 };
		cut = span_find(all, 0, (struct span){ (const uint8_t *)"", 1 });
		parts[0] = span_head(all, cut);
		parts[1] = span_from(all, cut < all.n ? cut + 1 : all.n);
		look(parts, paths[data[0] % (sizeof(paths) / sizeof(paths[0]))]);
	}
	free(copy);
	return 0;
}
