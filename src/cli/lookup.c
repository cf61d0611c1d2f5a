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

static void print_check(const struct check *c)
{
	printf("%s  %s\n  rule            %s\n  does not prove  %s\n  answers to      %s\n", c->id,
	       c->title, c->rule, c->does_not_prove, c->requirements);
}

/* -- checks --why-neutral -- */

static void print_reads(const struct check *c)
{
	bool first = true;

	printf("%s  %s\n  reads           ", c->id, c->title);
	for (uint32_t bit = 1; bit; bit <<= 1)
		if (c->reads & bit && reads_name(bit)) {
			printf("%s%s", first ? "" : ", ", reads_name(bit));
			first = false;
		}
	printf("\n");
}

static int run_why_neutral(void)
{
	printf("While a check judges, every kind of fact that is not listed with it is hidden "
	       "from\n"
	       "it. What an image says of its maker and model is the kind \"identity\".\n\n");
	for (size_t i = 0; i < check_count; i++)
		print_reads(checks[i]);
	printf("\nChecks that read \"identity\":");
	for (size_t i = 0; i < check_count; i++)
		if (checks[i]->reads & READS(IDENTITY))
			printf(" %s", checks[i]->id);
	printf("\nNo check reads the name of the image's file, who examines it, or where.\n");
	return EXIT_PASSED;
}

/* -- checks --catalogue: what is answered, and what is left to a person -- */

static void print_answers(const struct requirement *row)
{
	struct span one;

	for (size_t i = 0; i < check_count; i++)
		for (size_t at = 0; requirement_next(checks[i]->requirements, &at, &one);)
			if (requirement_row(one) == row) {
				printf(" %s", checks[i]->id);
				break;
			}
}

enum answer { ANSWERED, PARTLY, BY_HAND, ANSWERS };

static enum answer answer_to(const struct requirement *row)
{
	if (!requirement_is_answered(row))
		return BY_HAND;
	return strcmp(row->evaluable, "yes") == 0 ? ANSWERED : PARTLY;
}

static enum answer print_requirement(const struct requirement *row)
{
	static const char *const names[] = { "answered by", "partly by", "by hand" };
	enum answer a = answer_to(row);

	printf("%-14s %s\n", row->id, row->title);
	if (a != BY_HAND) {
		printf("%-14s %-12s", "", names[a]);
		print_answers(row);
		printf("\n");
	}
	if (a != ANSWERED)
		printf("%-14s %-12s %s\n", "", names[BY_HAND], requirement_by_hand(row));
	return a;
}

/* Rows of one catalogue stand together. */
static size_t print_catalogue(const char *name)
{
	size_t count[ANSWERS] = { 0 }, shown = 0;

	for (size_t i = 0; i < requirements_count; i++) {
		const struct requirement *row = &requirements[i];
		bool ends = i + 1 == requirements_count ||
			    strcmp(row->catalogue, row[1].catalogue) != 0;

		if (!requirement_is_of(row, name))
			continue;
		if (i == 0 || strcmp(row->catalogue, row[-1].catalogue) != 0)
			printf("%s%s\n\n", shown ? "\n" : "", row->catalogue);
		count[print_requirement(row)]++;
		shown++;
		if (!ends)
			continue;
		printf("\n%zu answered, %zu partly, %zu by hand alone\n", count[ANSWERED],
		       count[PARTLY], count[BY_HAND]);
		memset(count, 0, sizeof(count));
	}
	return shown;
}

/* Of weaknesses there is no table: the checks that name one. */
static size_t print_weaknesses(const char *name)
{
	size_t shown = 0;

	for (size_t i = 0; i < check_count; i++) {
		size_t at = 0;
		struct span one;

		while (requirement_next(checks[i]->requirements, &at, &one))
			if (span_starts(one, span_text("CWE")) &&
			    span_starts(one, span_text(name))) {
				printf("%s", shown++ ? "\n" : "");
				print_check(checks[i]);
				break;
			}
	}
	return shown;
}

static int run_catalogue(const char *name)
{
	if (print_weaknesses(name) + print_catalogue(name) > 0)
		return EXIT_PASSED;
	complain(name, "Known: 33.117, EN, CRA, TR, N8425, 8259A, ISVS, PSTI, CWE.",
		 "no check answers to it");
	return EXIT_TROUBLE;
}

static int run_checks(struct options *o)
{
	if (o->why_neutral)
		return run_why_neutral();
	if (o->catalogue)
		return run_catalogue(o->catalogue);
	for (size_t i = 0; i < check_count; i++) {
		printf("%s", i ? "\n" : "");
		print_check(checks[i]);
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
static const struct option_row *const version_rows[] = { &option_knowledge, NULL };
static const struct option_row *const check_rows[] = { &option_catalogue, &option_why_neutral,
						       &option_knowledge, NULL };

const struct command command_formats = {
	.name = "formats",
	.usage = "formats",
	.about = "Lists the formats that evenhand knows: what is opened, what is identified.",
	.options = no_rows,
	.run = run_formats,
};

const struct command command_checks = {
	.name = "checks",
	.usage = "checks [--catalogue NAME | --why-neutral] [--knowledge FOLDER]",
	.about =
		"Lists the checks: rule, what a pass does not prove, requirements they answer to.\n"
		"Or the requirements of a catalogue: which checks answer, what is left to a\n"
		"person.",
	.options = check_rows,
	.run = run_checks,
};

const struct command command_version = {
	.name = "version",
	.usage = "version",
	.about = "Prints the version and the digests of the knowledge pack.",
	.options = version_rows,
	.run = run_version,
};
