/* prove.c - evenhand prove: lines of a report shown under its evidence root, and such files
 * checked.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "report/lines.h"

bool lines_take(const struct input *in, struct span salt_key, struct arena *a,
		struct report_lines *lines)
{
	const char *why = NULL;
	size_t at = 0;

	switch (report_lines_read(in->bytes, salt_key, a, lines, &why, &at)) {
	case LINES_READ:
		return true;
	case LINES_MALFORMED:
		return complain(in->name, "It must be what evenhand scan -o REPORT.json wrote.",
				"byte %zu: %s", at, why);
	case LINES_MEMORY:
		machine_ran_out();
	}
	return false;
}

/* -- which lines are asked for -- */

/* What a line must be called, and what must stand in its value. */
struct asked {
	char name[LINES_LONGEST_NAME];
	struct text value;
	bool is_start; /* of the value */
	uint64_t hits;
};

static void make_fact(struct asked *p, const char *what)
{
	const char *slash = strchr(what, '/');

	snprintf(p->name, sizeof(p->name), "facts.%.*s[] ", (int)(slash - what), what);
	text_format(&p->value, "{\"id\":%s,", slash + 1);
	p->is_start = true;
}

/* The quotes of the pattern cannot stand in a string, so it matches a member and nothing else. */
static void make_named(struct asked *p, const char *name, const char *before, const char *what)
{
	struct json j = { .out = &p->value };

	snprintf(p->name, sizeof(p->name), "%s[] ", name);
	text_puts(&p->value, before);
	json_text(&j, span_text(what));
	text_char(&p->value, ',');
}

static void make_asked(struct asked *p, const struct wanted *w)
{
	switch (w->kind) {
	case WANTED_FACT:
		make_fact(p, w->what);
		break;
	case WANTED_NODE:
		make_named(p, "nodes", ",\"locator\":", w->what);
		break;
	case WANTED_VERDICT:
		make_named(p, "verdicts", "{\"check\":", w->what);
		break;
	case WANTED_MEMBER:
		snprintf(p->name, sizeof(p->name), "%s", w->what);
		break;
	}
}

static bool is_named(const struct asked *p, struct span name)
{
	struct span wanted = span_text(p->name), rest = span_from(name, wanted.n);

	return span_starts(name, wanted) &&
	       (rest.n == 0 || span_is(rest, " ") || span_is(rest, "[] "));
}

static bool matches(const struct asked *p, const struct line *l)
{
	struct span value = text_span(&p->value);

	if (!is_named(p, l->name))
		return false;
	return p->is_start || value.n == 0 ? span_starts(l->value, value)
					   : span_find(l->value, 0, value) != SIZE_MAX;
}

/* -- an evidence file -- */

static bool complain_missing(const struct job *j, const struct wanted *w)
{
	static const char *const kinds[] = { "fact", "file or region", "verdict of a check",
					     "member" };
	static const char *const advice[] = {
		"A fact is named by its list and its id: accounts/3.",
		"A locator stands in the report as evenhand tree --all prints it.",
		"Verdicts are named by their check: ACC-01.",
		"Members are named as in docs/evidence.md: image.sha256.",
	};

	return complain(j->input->name, advice[w->kind], "it has no %s \"%s\"", kinds[w->kind],
			w->what);
}

/* Every line that one of the asked matches; said holds what a person reads. */
static bool write_lines(const struct report_lines *lines, struct asked *asked, int count,
			struct text *out, struct text *said)
{
	struct evidence_line shown;
	struct text text = { 0 };
	struct line_reader r;
	struct line l;
	bool ok = true;

	lines_start(&r, lines->report);
	while (ok && lines_next(&r, &l)) {
		uint64_t hits = 0;

		for (int i = 0; i < count; i++) {
			bool hit = matches(&asked[i], &l);

			asked[i].hits += hit;
			hits += hit;
		}
		if (hits == 0)
			continue;
		ok = report_line_prove(lines, r.lines - 1, &l, &text, &shown);
		evidence_write_line(out, &shown);
		text_format(said, "line %-7llu ", (unsigned long long)shown.index);
		text_put(said, shown.text);
		text_char(said, '\n');
	}
	text_free(&text);
	return ok && !out->failed && !said->failed;
}

static bool make_file(const struct job *j, const struct report_lines *lines, struct text *out,
		      struct text *said)
{
	static struct asked asked[MOST_WANTED];
	int count = j->options->wanted_count;
	bool ok = true;

	for (int i = 0; i < count; i++) {
		make_asked(&asked[i], &j->options->wanted[i]);
		ok = ok && !asked[i].value.failed;
	}
	evidence_write_head(out, &lines->head);
	ok = ok && write_lines(lines, asked, count, out, said);
	if (!ok)
		machine_ran_out();
	for (int i = 0; i < count; i++) {
		if (ok && asked[i].hits == 0)
			ok = complain_missing(j, &j->options->wanted[i]);
		text_free(&asked[i].value);
	}
	return ok;
}

static bool write_file(const struct job *j, const struct text *file, const struct text *said)
{
	int fd = j->output_count ? j->outputs[0].fd : j->text_fd;

	if (!write_all(fd, file->p, file->n) ||
	    (j->output_count && !write_all(j->text_fd, said->p, said->n)))
		return complain(j->output_count ? j->outputs[0].path : NULL,
				"Nothing was written: the old file, if any, is untouched.",
				"no space left on device, or it could not be written");
	return true;
}

int prove_work(struct job *j)
{
	static struct arena arena;
	static struct report_lines lines;
	struct text file = { 0 }, said = { 0 };
	char root[EVIDENCE_ROOT_TEXT];
	bool ok;

	arena_init(&arena, 0);
	j->journal->phase = PHASE_JOINING;
	if (!lines_take(j->input, j->options->salt_key, &arena, &lines))
		return EXIT_TROUBLE;
	evidence_root_text(&lines.head, root);
	if (j->options->wanted_count == 0) {
		text_format(&file, "%s\n", root);
		ok = !file.failed;
	} else {
		text_format(&said, "root         %s\n", root);
		ok = make_file(j, &lines, &file, &said);
	}
	ok = ok && write_file(j, &file, &said);
	text_free(&file);
	text_free(&said);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

int prove_run(struct options *o, const char *command)
{
	static struct input in;
	static struct job j;
	char advice[80];
	int code = EXIT_TROUBLE;

	snprintf(advice, sizeof(advice), "evenhand %s --help says more.", command);
	o->quiet = true;
	j = job_new(o, &in, prove_work);
	if (o->input_count != 1)
		complain(NULL, advice, "%s needs one report", command);
	else if (o->output_count > 1 || (o->output_count && o->wanted_count == 0))
		complain("-o", "Name them: --fact, --node, --verdict or --member.",
			 "one evidence file holds the lines that are asked for");
	else if (input_open(&in, o->inputs[0]) &&
		 (o->output_count == 0 ||
		  output_open_as(&j.outputs[0], o->outputs[0], REPORT_INDEX))) {
		j.output_count = o->output_count;
		code = job_run(&j);
	}
	input_close(&in);
	return code;
}

/* -- a file is checked -- */

/* What each line says, until one does not stand under the root. */
static bool check_lines(struct evidence_reader *r, const struct merkle_head *root,
			struct text *said)
{
	struct evidence_line line;
	bool holds = true;

	while (holds && evidence_next(r, &line)) {
		holds = evidence_holds(&line, root);
		text_format(said, "line %-7llu ", (unsigned long long)line.index);
		text_put(said, line.text);
		text_char(said, '\n');
	}
	return holds;
}

static int check_work(struct job *j)
{
	const struct merkle_head *root = &j->options->root;
	struct text said = { 0 }, out = { 0 };
	char text[EVIDENCE_ROOT_TEXT];
	struct evidence_reader r;
	bool is_for = false, holds = false, ok;

	j->journal->phase = PHASE_JOINING;
	if (evidence_start(&r, j->input->bytes)) {
		is_for = merkle_head_equal(&r.head, root);
		holds = is_for && check_lines(&r, root, &said);
	}
	evidence_root_text(root, text);
	text_puts(&out,
		  holds    ? "HOLDS        the report with this root says:\n"
		  : is_for ? "REFUSED      the last line below does not stand under this root\n"
			   : "REFUSED      the file was not made for this root\n");
	text_format(&out, "root         %s\n", text);
	text_put(&out, text_span(&said));
	text_puts(&out, holds ? "Who vouches for the root is said elsewhere: compare it with the "
				"signed statement.\n"
			      : "The file was changed, or belongs to another report.\n");
	ok = !r.wrong || complain(j->input->name, "Ask for it again from who made it.",
				  "it cannot be checked: %s", r.wrong);
	ok = ok && !out.failed && write_all(j->text_fd, out.p, out.n);
	text_free(&said);
	text_free(&out);
	return ok ? (holds ? EXIT_PASSED : EXIT_FAILED) : EXIT_TROUBLE;
}

static int check_run(struct options *o)
{
	static struct input in;
	struct job j = { .options = o, .input = &in, .work = check_work, .frames_fd = -1 };
	int code = EXIT_TROUBLE;

	o->quiet = true;
	if (o->input_count != 1 || !o->has_root)
		complain(NULL, "evenhand prove --check FILE --root ROOT",
			 "one evidence file is checked against one root");
	else if (o->output_count || o->wanted_count)
		complain(NULL, "evenhand prove --check FILE --root ROOT",
			 "--check makes no evidence file");
	else if (input_open(&in, o->inputs[0]))
		code = job_run(&j);
	input_close(&in);
	return code;
}

static int run(struct options *o)
{
	if (o->check)
		return check_run(o);
	if (o->has_root) {
		complain("--root", "evenhand prove --check FILE --root ROOT",
			 "it is what a file is checked against");
		return EXIT_TROUBLE;
	}
	return prove_run(o, "prove");
}

static const struct option_row *const rows[] = {
	&option_fact, &option_node,    &option_verdict,  &option_member, &option_evidence_output,
	&option_root, &option_no_jail, &option_watchdog, &option_check,  NULL,
};

const struct command command_prove = {
	.name = "prove",
	.usage = "prove [options] REPORT.json\nevenhand prove --check FILE --root ROOT",
	.about = "Shows lines of a report (JSON) under its evidence root, which stands in the\n"
		 "signed statement: so one fact is shown without the rest. Without options it\n"
		 "prints the root. With --check it checks such a file.",
	.options = rows,
	.notes = "docs/evidence.md tells how to check one with sha256sum alone.\n"
		 "Exit: 0 done, or it holds; 1 it does not hold; 2 trouble, or no evidence file.",
	.run = run,
};
