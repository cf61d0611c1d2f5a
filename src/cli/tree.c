/* tree.c - evenhand tree: regions and files of an image, and why each region was taken. */
#include <stdio.h>

#include "cli/cli.h"

static struct text_view view;

static int work(struct job *j)
{
	static struct examination x;
	const struct options *o = j->options;
	struct text t = { 0 };
	enum tree_form form = o->explain ? TREE_EXPLAIN : o->all ? TREE_ALL : TREE_SUMMARY;
	bool ok;

	if (!examine(j, &x, j->input->bytes, false, NULL)) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	j->journal->phase = PHASE_WRITING;
	report_tree(&x.tree, &view, form, &t);
	ok = !t.failed && write_all(j->text_fd, t.p, t.n);
	text_free(&t);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static int run(struct options *o)
{
	static struct input in;
	static struct job j;
	int code = EXIT_TROUBLE;

	if (o->input_count != 1) {
		complain(NULL, "evenhand tree IMAGE, or - for standard input.",
			 "tree needs one image");
		return EXIT_TROUBLE;
	}
	j = job_new(o, &in, work);
	if (input_open(&in, o->inputs[0])) {
		view = view_of(&j);
		code = job_run(&j);
	}
	input_close(&in);
	return code;
}

static const struct option_row *const rows[] = {
	&option_all,     &option_explain, &option_jobs,     &option_quiet,
	&option_color,   &option_depth,   &option_entries,  &option_bytes,
	&option_content, &option_no_jail, &option_watchdog, NULL,
};

const struct command command_tree = {
	.name = "tree",
	.usage = "tree [options] IMAGE",
	.about = "Prints the regions of an image and what they hold.",
	.options = rows,
	.notes = "Exit: 0, or 2 when the image could not be examined.",
	.run = run,
};
