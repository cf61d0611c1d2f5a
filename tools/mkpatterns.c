/* mkpatterns.c - runs while evenhand is built: compiles the pattern databases for named processors
 * and writes them, with an assembler file that embeds them: mkpatterns FOLDER. */
#include <stdio.h>
#include <stdlib.h>

#include "know/know.h"
#include "tree/search.h"

static const char *const processors[PROCESSORS] = { "baseline", "avx2" };

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "mkpatterns: %s: %s\n", what, why ? why : "failed");
	exit(1);
}

static void write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
		fail(path, "cannot be written");
}

static void one(FILE *assembler, const char *folder, const char *name, const struct pattern *list,
		size_t count, int processor)
{
	char path[4096], *error, *bytes;
	size_t n;
	struct patterns *p = patterns_compile(list, count, processor, &error);

	if (!p || !patterns_serialise(p, &bytes, &n))
		fail(name, error);
	snprintf(path, sizeof(path), "%s/%s-%s.db", folder, name, processors[processor]);
	write_file(path, bytes, n);
	fprintf(assembler,
		".balign 64\n.global %s_%s\n%s_%s:\n.incbin \"%s\"\n"
		".global %s_%s_end\n%s_%s_end:\n.byte 0\n",
		name, processors[processor], name, processors[processor], path, name,
		processors[processor], name, processors[processor]);
	free(bytes);
	patterns_free(p);
}

int main(int argc, char **argv)
{
	char path[4096];
	size_t magics, texts, programs;
	const struct pattern *magic = search_patterns(&magics),
			     *text = know_patterns(PATTERNS_OF_TEXTS, &texts),
			     *program = know_patterns(PATTERNS_OF_PROGRAMS, &programs);
	FILE *assembler;

	if (argc != 2)
		fail("usage", "mkpatterns FOLDER");
	snprintf(path, sizeof(path), "%s/patterns.S", argv[1]);
	assembler = fopen(path, "w");
	if (!assembler)
		fail(path, "cannot be written");
	fprintf(assembler,
		"/* Made by tools/mkpatterns.c. */\n.section .note.GNU-stack,\"\",%%progbits\n"
		".section .rodata\n");
	for (int i = 0; i < PROCESSORS; i++) {
		one(assembler, argv[1], "magics", magic, magics, i);
		one(assembler, argv[1], "texts", text, texts, i);
		one(assembler, argv[1], "programs", program, programs, i);
	}
	if (fclose(assembler))
		fail(path, "cannot be written");
	return 0;
}
