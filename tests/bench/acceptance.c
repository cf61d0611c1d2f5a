/* acceptance.c - what it costs to judge a bundle, without reading files and hashing the image:
 * acceptance BUNDLE POLICY RULES IMAGE TIMES. Prints microseconds of processor time a judgement, of
 * reading policy and rules, judging, and writing the outcome. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/acceptance.h"

#define AT 1795651200 /* 2026-11-26 */

static struct policy policy;
static struct rules rules;
static struct acceptance acceptance;

static struct span read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(SIGBUNDLE_MOST_BYTES);
	size_t n = f && bytes ? fread(bytes, 1, SIGBUNDLE_MOST_BYTES, f) : 0;

	if (n == 0) {
		fprintf(stderr, "%s: it cannot be read\n", path);
		exit(2);
	}
	fclose(f);
	return (struct span){ bytes, n };
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Room for all that is said, given once. */
static struct text room(void)
{
	return (struct text){ .p = malloc(1 << 20), .cap = 1 << 20 };
}

int main(int argc, char **argv)
{
	struct acceptance_case c = {
		.policy = &policy, .rules = &rules, .roster = &rules.roster, .at = AT
	};
	struct text why = room(), out = room(), scratch = room();
	struct acceptance_view view = { false, &out, &scratch };
	struct span files[4];
	int times = argc == 6 ? atoi(argv[5]) : 0;
	double from;

	for (int i = 0; times && i < 4; i++)
		files[i] = read_file(argv[i + 1]);
	if (times == 0 || !why.p || !out.p || !scratch.p)
		return 2;
#ifndef DEVICE
	hash_start();
#endif
	c.bundle = files[0];
	sha256_of(files[3], c.image.sha256);
	from = now();
	for (int i = 0; i < times; i++) {
		struct arena arena;

		arena_init(&arena, ACCEPTANCE_MEMORY);
		why.n = out.n = 0;
		if (policy_read(files[1], &policy) || rules_read(files[2], &rules) ||
		    !acceptance_judge(&acceptance, &c, &arena, &why))
			return 1;
		acceptance_text(&acceptance, &view);
#ifndef DEVICE
		arena_free(&arena);
#endif
	}
	printf("%.0f\n", (now() - from) / times);
	return 0;
}
