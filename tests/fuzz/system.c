/* system.c - privileges, kernels, availability: the first byte chooses what the file is called, and
 * whether it is a file or a region of the image. */
#include <stdlib.h>

#include "observe/observe.h"

static const char *const paths[] = {
	"/etc/sudoers",
	"/etc/doas.conf",
	"/etc/init.d/rcS",
	"/etc/ld.so.conf",
	"/etc/sysctl.conf",
	"/etc/modules",
	"/lib/modules/modules.builtin",
	"/lib/modules/a.ko",
	"/boot/extlinux/extlinux.conf",
	"/boot/config",
	"/etc/fstab",
	"/etc/config/fstab",
	"/etc/logrotate.conf",
	"/etc/hotplug/usb",
	"/etc/config/system",
	"/etc/systemd/system.conf",
};

static const struct format dtb = { .name = "dtb", .shape = SHAPE_LEAF };
static const struct format linux_kernel = { .name = "linux", .shape = SHAPE_CONTAINER };

static void look(struct span bytes, uint8_t choice)
{
	static struct pool *pool;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_REGION, .format = &linux_kernel };
	struct node file = { .id = 1, .parent = &root, .size = bytes.n };
	struct node *nodes[] = { &root, &file };
	struct tree tree = {
		.image = &root, .count = 2, .nodes = nodes, .arenas = &arena, .workers = 1
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
	root.children = root.last_child = &file;
	if (choice & 0x80) {
		file.kind = KIND_REGION;
		file.format = choice & 1 ? &dtb : NULL;
	} else {
		file.kind = KIND_FILE;
		file.container = &root;
		file.path = span_text(paths[choice % (sizeof(paths) / sizeof(paths[0]))]);
		file.mode = 04777;
		file.has_mode = true;
	}
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
		look((struct span){ copy, size - 1 }, data[0]);
	}
	free(copy);
	return 0;
}
