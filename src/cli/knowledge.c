/* knowledge.c - evenhand knowledge: what it knows, and indexes made of feeds. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "know/know.h"

static void print_provenance(const char *text)
{
	for (size_t n = strcspn(text, "\n"); *text; n = strcspn(text, "\n")) {
		printf("  %.*s\n", (int)n, text);
		text += n + (text[n] != 0);
	}
}

static int print_tables(void)
{
	size_t texts, programs;

	(void)know_patterns(PATTERNS_OF_TEXTS, &texts);
	(void)know_patterns(PATTERNS_OF_PROGRAMS, &programs);
	for (size_t i = 0; i < knowledge_tables_count; i++) {
		const struct knowledge_table *t = &knowledge_tables[i];

		printf("%s%s: %" PRIu32 " rows, for %s%s\n  sha256 %s\n", i ? "\n" : "", t->name,
		       t->rows, t->observing ? "observing" : "judging",
		       t->is_given ? ", given" : "", t->sha256);
		print_provenance(t->provenance);
	}
	printf("\npatterns   %zu for texts, %zu for programs\nobserving  sha256 %s\njudging    "
	       "sha256 %s\n",
	       texts, programs, knowledge_observing, knowledge_judging);
	return EXIT_PASSED;
}

static bool put(void *ctx, struct span bytes)
{
	const struct output *out = ctx;

	return write_all(out->fd, bytes.p, bytes.n);
}

/* In the jail: feeds are as hostile as images. */
static int work(struct job *j)
{
	struct feed_builder *b = feed_builder_new(NULL, NULL);
	bool ok = b != NULL;

	for (int i = 0; ok && i < j->feeds->feed_count; i++) {
		struct input *in = &j->feeds->feeds[i];
		struct fault fault;

		if (feed_is_index(in->bytes)) {
			complain(in->name, "Give the files that it was made of.",
				 "it is an index already");
			return EXIT_TROUBLE;
		}
		fault = feed_read(b, in->bytes, true);
		j->journal->nodes_done++;
		if (fault.kind != FAULT_NONE) {
			feed_complain(in, fault);
			return EXIT_TROUBLE;
		}
	}
	ok = ok && feed_finish(b, put, &j->outputs[0]);
	feed_builder_free(b);
	if (!ok)
		complain(j->outputs[0].path, "Nothing was written.",
			 "memory or room on the disk ran out");
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static int import(struct options *o)
{
	static struct feed_inputs feeds;
	static struct job j;
	int code = EXIT_TROUBLE;

	if (o->input_count < 2 || o->output_count != 1) {
		complain(NULL, "evenhand knowledge import FEED... -o INDEX",
			 "import needs feeds and the name of an index");
		return EXIT_TROUBLE;
	}
	for (int i = 1; i < o->input_count; i++) {
		if (o->feed_count == MOST_FEEDS) {
			complain(NULL, "Put them into one zip file.",
				 "at most %d feeds in one call", MOST_FEEDS);
			return EXIT_TROUBLE;
		}
		o->feeds[o->feed_count++] = o->inputs[i];
	}
	j = job_new(o, NULL, work);
	j.feeds = &feeds;
	if (feeds_open(&feeds, o) && output_open_as(&j.outputs[0], o->outputs[0], REPORT_INDEX)) {
		j.input = &feeds.feeds[0];
		j.output_count = 1;
		code = job_run(&j);
	}
	feeds_close(&feeds);
	return code;
}

static int run(struct options *o)
{
	if (o->input_count == 0)
		return print_tables();
	if (strcmp(o->inputs[0], "import") == 0)
		return import(o);
	complain(NULL, "evenhand knowledge, or evenhand knowledge import FEED... -o INDEX",
		 "unknown: knowledge %s", o->inputs[0]);
	return EXIT_TROUBLE;
}

static const struct option_row *const rows[] = { &option_knowledge, &option_index,    &option_quiet,
						 &option_no_jail,   &option_watchdog, NULL };

const struct command command_knowledge = {
	.name = "knowledge",
	.usage = "knowledge [--knowledge FOLDER | import FEED... -o INDEX]",
	.about = "Tells which tables evenhand knows, where they come from, and their digests.\n"
		 "import reads feeds of known vulnerabilities (NVD 2.0, OSV, CSAF, KEV; .json,\n"
		 ".gz, .zip) and writes an index, of which scan --feed reads only what it\n"
		 "needs.",
	.options = rows,
	.run = run,
};
