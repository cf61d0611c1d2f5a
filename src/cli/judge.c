/* judge.c - evenhand judge: a stored report's facts judged again, without the image (DESIGN.md 8).
 */
#include "report/stored.h"

#include "cli/cli.h"

bool stored_take(const struct input *in, struct arena *a, struct stored *s)
{
	char why[160] = "";

	switch (stored_read(in->bytes, a, s, why, sizeof(why))) {
	case STORED_READ:
		return true;
	case STORED_OTHER:
		return complain(in->name, "Scan the image again with this evenhand.", "%s", why);
	case STORED_MALFORMED:
		return complain(in->name, "It must be what evenhand scan -o REPORT.json wrote.",
				"%s", why);
	case STORED_MEMORY:
		machine_ran_out();
	}
	return false;
}

static int work(struct job *j)
{
	static struct arena arena;
	static struct stored s;
	struct given given;
	struct judge_options options = { .as_of = j->options->as_of };
	struct case_file c = { &s.tree, &s.facts, &s.coverage, &options, &arena };
	struct report r = { .trust = &s.trust, .budget = &s.budget };

	arena_init(&arena, 0);
	j->journal->phase = PHASE_JOINING;
	if (!stored_take(j->input, &arena, &s) ||
	    !take_given(j, &s.facts, &arena, s.image_sha256, &given, &options))
		return EXIT_TROUBLE;
	r.image_size = s.image_size;
	memcpy(r.image_sha256, s.image_sha256, SHA256_SIZE);
	memcpy(r.image_sha512, s.image_sha512, SHA512_SIZE);
	return judge_case(&c, &r) ? write_case(j, &r) : EXIT_TROUBLE;
}

static int run(struct options *o)
{
	o->quiet = true;
	return report_each(o, "judge", true, work);
}

static const struct option_row *const rows[] = {
	&option_output,      &option_only, &option_recipes, &option_as_of,
	&option_declaration, &option_feed, &option_vex,     &option_knowledge,
	&option_fail_on,     &option_jobs, &option_color,   &option_no_jail,
	&option_watchdog,    NULL,
};

const struct command command_judge = {
	.name = "judge",
	.usage = "judge [options] REPORT.json...",
	.about = "Judges the facts of stored reports again, without their images. What comes\n"
		 "out is what a scan of the image with the same options would write.",
	.options = rows,
	.notes = "A report whose facts were found by other rules is refused: its image must be\n"
		 "scanned again. Its verdicts are not read. Exit as scan.",
	.run = run,
};
