/* code.c - calls and constants of programs (observe/code*.c, constant.c). The first byte says
 * whether the program is one of a web interface, whose every call is looked at. */
#include <stdlib.h>

#include "observe/observe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct span bytes, bool is_web)
{
	struct arena arena;
	struct bench bench = { 0, &arena, NULL };
	struct node file = { .kind = KIND_FILE, .path = span_text("/bin/login") };
	struct scene s = { .bench = &bench, .node = &file, .bytes = bytes };

	arena_init(&arena, 64 << 20);
	observe_executables.look(&s);
	if (is_web)
		fact_new(&arena, &file, FACT_WEB, 0, 0);
	observe_constants.look(&s);
	for (const struct fact *f = file.facts; f; f = f->next)
		if (f->kind == FACT_CONSTANT &&
		    (f->offset > bytes.n || f->length > bytes.n - f->offset))
			abort();
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size) {
		memcpy(copy, data + 1, size - 1);
		look((struct span){ copy, size - 1 }, data[0] & 1);
	}
	free(copy);
	return 0;
}
