/* secret.c - one file as the secrets observer sees it: the first byte chooses what it is called,
 * the rest is its content. */
#include <stdlib.h>

#include "observe/observe.h"

static const char *const paths[] = {
	"/etc/a.conf",
	"/etc/config/wireless",
	"/etc/ppp/chap-secrets",
	"/etc/ipsec.secrets",
	"/root/.ssh/authorized_keys",
	"/usr/sbin/tool",
	"/www/a.py",
	"/etc/openvpn/auth.txt",
	"/etc/snmp/snmpd.conf",
	"/root/.bash_history",
	"/etc/httpd.conf",
	"/usr/share/doc/a",
};

static void look(struct span bytes, const char *path)
{
	static struct pool *pool;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_REGION };
	struct node file = { .id = 1,
			     .kind = KIND_FILE,
			     .parent = &root,
			     .container = &root,
			     .path = span_text(path) };
	struct observation o = { 0 };

	if (!pool) {
		observe_start();
		pool = know_start() ? pool_new(1, NULL) : NULL;
	}
	arena_init(&arena, 64 << 20);
	if (!pool || !observation_init(&o, pool))
		abort();
	root.children = root.last_child = &file;
	observe_leaf(&o, &bench, &file, bytes);
	for (const struct fact *f = file.facts; f; f = f->next)
		if (f->offset > bytes.n || f->length > bytes.n - f->offset)
			abort();
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
