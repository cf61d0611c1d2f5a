/* declare.c - evenhand declare: the draft of a declaration; and what is given with --declaration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* -- what was given -- */

static struct span line_at(struct span text, uint32_t number)
{
	struct span line = { 0 };
	size_t at = 0;

	for (uint32_t i = 0; i < number; i++)
		if (!line_next(text, &at, &line))
			return (struct span){ 0 };
	return span_head(line, 200);
}

static void print_line(struct span text, uint32_t number)
{
	struct span line = line_at(text, number);
	struct text shown = { 0 };
	int indent = 0;

	while (span_byte(line, 0) == ' ') {
		line = span_from(line, 1);
		indent++;
	}
	text_escape(&shown, line, "");
	fprintf(stderr, "%7u | %*s%s\n", number, indent, "", shown.p ? shown.p : "");
	text_free(&shown);
}

static bool refuse(const struct options *o, const struct declaration_error *e)
{
	char where[4200];

	snprintf(where, sizeof(where), "%.4000s:%u:%u", o->declaration, e->line, e->column);
	complain(e->line ? where : o->declaration, NULL, "%s", e->what);
	if (e->first)
		print_line(o->declaration_bytes, e->first);
	if (e->line) {
		print_line(o->declaration_bytes, e->line);
		fprintf(stderr, "        | %*s", (int)(e->column < 200 ? e->column - 1 : 0), "");
		for (uint32_t i = 0; i < (e->length && e->length < 80 ? e->length : 1); i++)
			fputc('^', stderr);
		fputc('\n', stderr);
	}
	if (e->advice[0])
		fprintf(stderr, "  %s\n", e->advice);
	return false;
}

bool declaration_take(const struct options *o, struct arena *a, struct declaration *d,
		      struct judge_options *to)
{
	struct declaration_error error;

	if (!o->declaration)
		return true;
	to->declaration = d;
	return declaration_read(o->declaration_bytes, a, d, &error) || refuse(o, &error);
}

/* -- the draft -- */

static void sum_up(const struct report *r, const uint32_t counts[SECTIONS])
{
	uint64_t blind = 0;
	const char *between = "wrote a draft: ";

	for (int s = 0; s < SECTION_EXCEPTIONS; s++) {
		const struct section_table *table = &section_tables[s];

		if (counts[s] == 0)
			continue;
		fprintf(stderr, "%s%u %s", between, counts[s],
			counts[s] == 1 ? table->one : table->many);
		between = ", ";
	}
	if (strcmp(between, ", ") != 0)
		fputs("wrote a draft: nothing was found that is to be declared", stderr);
	fputs("\nEvery entry ends in \"reason: ?\". Fill in why it is there, or remove it\n"
	      "from the image. One left with \"?\" is refused by scan --declaration.\n",
	      stderr);
	for (int s = STATE_UNKNOWN; s <= STATE_QUARANTINED; s++)
		blind += r->coverage->bytes[s];
	if (blind)
		fprintf(stderr, "Not covered: %llu bytes that could not be understood\n",
			(unsigned long long)blind);
}

static int work(struct job *j)
{
	static struct examination x;
	struct facts facts;
	struct coverage coverage;
	struct report r = { .tree = &x.tree, .facts = &facts, .coverage = &coverage };
	uint32_t counts[SECTIONS] = { 0 };
	struct text out = { 0 };
	int code = EXIT_TROUBLE;

	if (!examine(j, &x, j->input->bytes, true, NULL) ||
	    !observe_finish(&x.observation, &x.tree, &facts) ||
	    !coverage_of(&x.tree, &x.tree.arenas[0], &coverage)) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	memcpy(r.image_sha256, x.tree.image->sha256, SHA256_SIZE);
	report_draft(&r, &out, counts);
	if (!out.failed && write_all(j->text_fd, out.p, out.n)) {
		code = EXIT_PASSED;
		sum_up(&r, counts);
	}
	text_free(&out);
	return code;
}

static int run(struct options *o)
{
	static struct input in;
	struct job j = { .options = o, .input = &in, .work = work, .frames_fd = -1 };
	int code = EXIT_TROUBLE;

	if (o->input_count != 1) {
		complain(NULL, "evenhand declare IMAGE > declaration.yaml",
			 "declare needs one image");
		return EXIT_TROUBLE;
	}
	if (input_open(&in, o->inputs[0]))
		code = job_run(&j);
	input_close(&in);
	return code;
}

static const struct option_row *const rows[] = {
	&option_knowledge, &option_jobs,    &option_quiet,   &option_depth,    &option_entries,
	&option_bytes,     &option_content, &option_no_jail, &option_watchdog, NULL,
};

const struct command command_declare = {
	.name = "declare",
	.usage = "declare [options] IMAGE > declaration.yaml",
	.about = "Drafts a declaration of what is meant to be in an image: accounts, started\n"
		 "services, listeners, endpoints, keys, components, set-uid files. The vendor\n"
		 "fills in why each is there; evenhand scan --declaration then judges an image\n"
		 "by it.",
	.options = rows,
	.notes = "docs/declaration.md tells the fields, and how exceptions work.",
	.run = run,
};
