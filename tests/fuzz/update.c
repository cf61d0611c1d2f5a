/* update.c - scripts that update, feeds, keys, device trees and programs: the first byte
 * chooses what the file is called. */
#include <stdlib.h>

#include "observe/observe.h"

static const char *const paths[] = {
	"/sbin/sysupgrade",      "/etc/init.d/x",
	"/bin/factory_reset",    "/etc/opkg.conf",
	"/etc/apt/sources.list", "/etc/apt/apt.conf.d/x",
	"/etc/apk/repositories", "/etc/yum.repos.d/a.repo",
	"/etc/opkg/keys/a",      "/boot/a.dtb",
	"/bin/program",          "/etc/q-update.pub",
};

static void look(struct span bytes, const char *path)
{
	static struct pool *pool;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_REGION }, file;
	struct node *nodes[2] = { &root, &file };
	struct tree tree = {
		.image = &root, .count = 2, .nodes = nodes, .arenas = &arena, .workers = 1
	};
	struct observation o = { .image = bytes };
	struct facts facts;

	if (!pool) {
		observe_start();
		pool = know_start() ? pool_new(1, NULL) : NULL;
	}
	arena_init(&arena, 64 << 20);
	if (!pool || !observation_init(&o, pool))
		abort();
	file = (struct node){ .id = 1,
			      .kind = KIND_FILE,
			      .parent = &root,
			      .container = &root,
			      .path = span_text(path),
			      .size = bytes.n };
	root.children = root.last_child = &file;
	observe_leaf(&o, &bench, &file, bytes);
	observe_finish(&o, &tree, &facts);
	observation_free(&o);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		look((struct span){ copy, size - 1 },
		     paths[data[0] % (sizeof(paths) / sizeof(paths[0]))]);
	}
	free(copy);
	return 0;
}
