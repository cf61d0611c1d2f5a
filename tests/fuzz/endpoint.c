/* endpoint.c - the observers of endpoints and indicators: the first byte chooses what the file is
 * called and whether it is text. */
#include <stdlib.h>

#include "observe/observe.h"

#define MOST_HITS 4096

static const char *const paths[] = {
	"/etc/a.conf", "/etc/config/system", "/etc/chrony.conf",        "/www/a.js",
	"/www/a.html", "/etc/init.d/S50a",   "/etc/hotplug.d/usb/10-a", "/usr/share/doc/a",
	"/etc/a.xml",  "/root/a.txt",        "/usr/lib/a.py",           "/bin/a",
	"/tmp/.nttpd",
};

struct hits {
	struct hit p[MOST_HITS];
	uint32_t n;
};

static bool on_hit(void *ctx, struct hit h)
{
	struct hits *hits = ctx;

	hits->p[hits->n++] = h;
	return hits->n < MOST_HITS;
}

static void look(struct span bytes, const char *path, bool is_text)
{
	static struct pattern_scratch *scratch;
	static struct hits hits;
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_REGION };
	struct node file = { .id = 1, .kind = KIND_FILE, .parent = &root, .container = &root };
	struct node *nodes[] = { &root, &file };
	struct tree tree = { .image = &root, .count = 2, .nodes = nodes };
	struct scene s = { .bench = &bench, .node = &file, .bytes = bytes, .is_text = is_text };

	if (!scratch && (!know_start() || !(scratch = know_scratch_new())))
		abort();
	arena_init(&arena, 64 << 20);
	root.children = root.last_child = &file;
	file.path = span_text(path);
	hits.n = 0;
	know_scan(scratch, is_text ? PATTERNS_OF_TEXTS : PATTERNS_OF_PROGRAMS, bytes, on_hit,
		  &hits);
	s.hits = hits.p;
	s.hit_count = hits.n;
	observe_indicators.look(&s);
	observe_endpoints.look(&s);
	relate_indicators(&tree, &arena);
	relate_endpoints(&tree, &arena);
	for (const struct fact *f = file.facts; f; f = f->next)
		if (f->length > bytes.n || f->offset > bytes.n - f->length)
			abort(); /* evidence outside of the file */
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		look((struct span){ copy, size - 1 },
		     paths[(data[0] & 0x7f) % (sizeof(paths) / sizeof(paths[0]))], data[0] >> 7);
	}
	free(copy);
	return 0;
}
