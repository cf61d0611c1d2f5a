/* lookup.c - evenhand formats, checks, version: what evenhand opens, judges and is. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "know/know.h"

static int run_formats(struct options *o)
{
	(void)o;
	printf("%-14s %-10s %-11s %s\n", "format", "domain", "opened", "what, and its reference");
	for (size_t i = 0; i < format_count; i++) {
		const struct format *f = formats[i];

		printf("%-14s %-10s %-11s %s\n%-37s %s\n", f->name, domain_name(f->domain),
		       f->shape == SHAPE_LEAF || f->identified_only ? "identified" : "opened",
		       f->says, "", f->spec);
	}
	return EXIT_PASSED;
}

static bool answers_to(const struct check *c, const char *catalogue)
{
	size_t at = 0;
	struct span one;

	while (catalogue && requirement_next(c->requirements, &at, &one))
		if (span_starts(one, span_text(catalogue)))
			return true;
	return !catalogue;
}

static int run_checks(struct options *o)
{
	size_t shown = 0;

	for (size_t i = 0; i < check_count; i++) {
		const struct check *c = checks[i];

		if (!answers_to(c, o->catalogue))
			continue;
		printf("%s%s  %s\n  rule            %s\n  does not prove  %s\n  answers to      "
		       "%s\n",
		       shown ? "\n" : "", c->id, c->title, c->rule, c->does_not_prove,
		       c->requirements);
		shown++;
	}
	if (shown == 0) {
		complain(o->catalogue, "Known: 33.117, EN, CRA, TR, N8425, ISVS, PSTI, CWE.",
			 "no check answers to it");
		return EXIT_TROUBLE;
	}
	return EXIT_PASSED;
}

static int run_version(struct options *o)
{
	(void)o;
	printf("evenhand %s\nknowledge  observing sha256 %s\n           judging   sha256 %s\n",
	       EVENHAND_VERSION, knowledge_observing, knowledge_judging);
	return EXIT_PASSED;
}

static const struct option_row *const no_rows[] = { NULL };
static const struct option_row *const check_rows[] = { &option_catalogue, NULL };

const struct command command_formats = {
	.name = "formats",
	.usage = "formats",
	.about =
		"Lists the formats that evenhand knows: what is opened, what is merely identified.",
	.options = no_rows,
	.run = run_formats,
};

const struct command command_checks = {
	.name = "checks",
	.usage = "checks [--catalogue NAME]",
	.about = "Lists the checks: rule, what a pass does not prove, requirements they answer to.",
	.options = check_rows,
	.run = run_checks,
};

const struct command command_version = {
	.name = "version",
	.usage = "version",
	.about = "Prints the version and the digests of the knowledge pack.",
	.options = no_rows,
	.run = run_version,
};
