/* language.c - lists of packages by languages' own tools. The first byte chooses what the file is
 * called; two choices are the texts that programs carry, the last is a configuration. */
#include <stdlib.h>

#include "observe/language.h"

static const char *const paths[] = {
	"/srv/package.json",
	"/srv/node_modules/@a/b/package.json",
	"/srv/package-lock.json",
	"/usr/lib/a.dist-info/METADATA",
	"/usr/lib/rocks/a/1-1/a-1-1.rockspec",
	"/usr/lib/rocks/manifest",
	"/META-INF/maven/g/a/pom.properties",
	"/META-INF/MANIFEST.MF",
	"/usr/bin/program",
	"/lines of Go",
	"/crates of Rust",
	"/etc/ssh/sshd_config",
};

enum { PROGRAM = 8, LINES, CRATES, SETTINGS, CHOICES };

static void look(struct span bytes, unsigned choice)
{
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node root = { .kind = KIND_FILE, .path = span_text("/lib/a-1.0.jar") };
	struct node file = { .id = 1, .kind = KIND_FILE, .parent = &root, .container = &root };
	struct node *nodes[] = { &root, &file };
	struct tree tree = { .image = &root, .count = 2, .nodes = nodes };
	struct scene s = { .bench = &bench, .node = &file, .bytes = bytes, .is_text = true };

	arena_init(&arena, 256 << 20);
	root.children = root.last_child = &file;
	file.path = span_text(paths[choice]);
	if (choice == PROGRAM)
		languages_of_program(&s);
	else if (choice == LINES)
		language_go(&s, bytes);
	else if (choice == CRATES)
		language_rust(&s, bytes, (struct evidence_at){ 0 });
	else if (choice == SETTINGS)
		observe_crypto.look(&s);
	else
		languages_look(&s);
	relate_components(NULL, &tree, &arena);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		look((struct span){ copy, size - 1 }, data[0] % CHOICES);
	}
	free(copy);
	return 0;
}
