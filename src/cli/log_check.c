/* log_check.c - evenhand log check: reads a log again from its first byte to its last. */
#include <stdio.h>

#include "cli/log.h"
#include "log/check.h"

#define MOST_SHOWN 100u

static void print(void *ctx, const char *where, const char *what)
{
	uint64_t *shown = ctx;
	struct text t = { 0 };

	if ((*shown)++ >= MOST_SHOWN)
		return;
	text_escape(&t, span_text(where), "");
	printf("%s: %s\n", t.p ? t.p : "", what);
	text_free(&t);
}

static void count(struct text *t, uint64_t n, const char *one, const char *more)
{
	text_number(t, n);
	text_format(t, " %s", n == 1 ? one : more);
}

static int check(struct options *o)
{
	struct log_checked c;
	struct log_error e;
	struct text t = { 0 };
	uint64_t shown = 0;

	if (!log_check(o->inputs[0], print, &shown, &c, &e))
		return complain_of(&e), EXIT_TROUBLE;
	if (shown > MOST_SHOWN)
		printf("... %llu more\n", (unsigned long long)(shown - MOST_SHOWN));
	text_puts(&t, c.wrong ? "NOT AS IT WAS" : "as it was");
	text_puts(&t, "  ");
	count(&t, c.entries, "entry", "entries");
	text_puts(&t, ", ");
	count(&t, c.envelopes, "envelope", "envelopes");
	text_puts(&t, ", ");
	count(&t, c.files, "public file", "public files");
	text_puts(&t, ", ");
	count(&t, c.kept, "kept file", "kept files");
	printf("%s\n", t.p ? t.p : "");
	text_free(&t);
	return c.wrong ? EXIT_FAILED : EXIT_PASSED;
}

const struct command command_log_check = {
	.name = "log check",
	.usage = "log check DIR",
	.about = "Reads everything that a log holds again, by another way than it was written:\n"
		 "each envelope, entry, tile, bundle and file, and whether all lead to the signed\n"
		 "root.",
	.notes = "Exit: 0 all is as it was, 1 something is not, 2 no check.",
	.run = check,
	.least = 1,
	.most = 1,
};
