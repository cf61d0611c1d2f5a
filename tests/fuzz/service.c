/* service.c - files of a boot, joined: the input is cut at zero bytes, the first byte chooses what
 * the parts are called. The pool never runs. */
#include <stdlib.h>

#include "observe/observe.h"

#define PARTS 4

static const char *const paths[][PARTS] = {
	{ "/etc/inittab", "/etc/init.d/rcS", "/etc/init.d/S20web", "/etc/default/web" },
	{ "/init", "/etc/init.d/x", "/etc/inetd.conf", "/etc/services" },
	{ "/lib/systemd/system/a.service", "/lib/systemd/system/a.socket",
	  "/etc/systemd/system/default.target", "/lib/systemd/system/b@.service" },
	{ "/etc/config/dropbear", "/etc/init.d/dropbear", "/etc/xinetd.d/x", "/etc/config/uhttpd" },
	{ "/init.rc", "/etc/ssh/sshd_config", "/etc/lighttpd/lighttpd.conf", "/etc/dnsmasq.conf" },
	{ "/etc/service/a/run", "/etc/s6-overlay/s6-rc.d/b/run", "/etc/monit/conf.d/c",
	  "/etc/inittab" },
};

static void look(const struct span parts[PARTS], const char *const names[PARTS])
{
	static struct pool *pool;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_REGION }, files[PARTS];
	struct node *nodes[PARTS + 1] = { &root };
	struct tree tree = {
		.image = &root, .count = PARTS + 1, .nodes = nodes, .arenas = &arena, .workers = 1
	};
	struct observation o = { 0 };
	struct facts facts;

	if (!pool) {
		observe_start();
		pool = know_start() ? pool_new(1, NULL) : NULL;
	}
	arena_init(&arena, 64 << 20);
	if (!pool || !observation_init(&o, pool))
		abort();
	for (int i = 0; i < PARTS; i++) {
		files[i] = (struct node){ .id = (uint32_t)i + 1,
					  .kind = KIND_FILE,
					  .parent = &root,
					  .container = &root,
					  .path = span_text(names[i]),
					  .size = parts[i].n };
		nodes[i + 1] = &files[i];
		if (i)
			files[i - 1].next = &files[i];
	}
	root.children = &files[0];
	root.last_child = &files[PARTS - 1];
	for (int i = 0; i < PARTS; i++)
		observe_leaf(&o, &bench, &files[i], parts[i]);
	observe_finish(&o, &tree, &facts);
	observation_free(&o);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct span rest, parts[PARTS] = { 0 };

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		rest = (struct span){ copy, size - 1 };
		for (int i = 0; i < PARTS; i++)
			parts[i] = field_next(&rest, '\0');
		look(parts, paths[data[0] % (sizeof(paths) / sizeof(paths[0]))]);
	}
	free(copy);
	return 0;
}
