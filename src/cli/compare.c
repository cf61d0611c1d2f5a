/* compare.c - evenhand compare: whether two images are the same software, and why not. */
#include "report/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "compare/disassemble.h"
#include "compare/survey.h"
#include "report/stored.h"

static struct text_view view;

/* One image while it is compared. */
struct side {
	struct span image, other;
	bool try_passwords;
	struct watch survey, look;
	struct examination surveyed, looked;
	struct facts facts;
	const struct verdict *verdicts;
	uint32_t verdict_count;
};

static bool survey(struct job *j, struct side *s)
{
	const struct opening hooks = { .watch_ctx = &s->survey,
				       .content = watch_content,
				       .wants = watch_wants,
				       .remember = watch_remember,
				       .other = s->other };

	s->survey = (struct watch){ .image = s->image, .survey = true, .spill = &j->spill };
	return examine(j, &s->surveyed, s->image, false, &hooks);
}

/* Work that is done to each side. One that is a single stream leaves the other processors idle, so
 * both are done at once, each by as many workers as one alone. */
struct both {
	struct job *job;
	struct side *side[2];
	bool (*work)(struct job *j, struct side *s);
	bool ok[2];
};

static void one_side(void *ctx, unsigned worker, size_t i)
{
	struct both *b = ctx;

	(void)worker;
	b->ok[i] = b->work(b->job, b->side[i]);
}

static bool both_sides(struct job *j, struct side *l, struct side *r,
		       bool (*work)(struct job *j, struct side *s))
{
	unsigned jobs = j->options->jobs;
	struct both b = { j, { l, r }, work, { false } };
	struct pool *pool;

	if (jobs == 1 || jobs > MOST_WORKERS / 2)
		return work(j, l) && work(j, r);
	pool = pool_new(2, examination_thread_end);
	if (!pool)
		return false;
	r->surveyed.guarded.first = r->looked.guarded.first = jobs;
	pool_each(pool, 0, 2, 1, one_side, &b);
	pool_free(pool);
	return b.ok[0] && b.ok[1];
}

/* Both once more, whole, where what was left alone on one side was not on the other. */
static bool survey_both(struct job *j, struct side *l, struct side *r, struct arena *a)
{
	if (!both_sides(j, l, r, survey))
		return false;
	if (l->other.n == 0 ||
	    survey_is_even(&l->surveyed.tree, &l->survey, &r->surveyed.tree, &r->survey, a))
		return true;
	examination_free(&l->surveyed);
	examination_free(&r->surveyed);
	watch_free(&l->survey);
	watch_free(&r->survey);
	l->surveyed = r->surveyed = (struct examination){ 0 };
	l->other = r->other = (struct span){ 0 };
	return both_sides(j, l, r, survey);
}

static bool look(struct job *j, struct side *s)
{
	const struct opening hooks = { .watch_ctx = &s->look,
				       .content = watch_content,
				       .listed = watch_listed,
				       .wants = watch_wants,
				       .recall = watch_recall,
				       .watch_again = watch_again,
				       .other = s->other,
				       .undigested = true };

	s->looked.observation.no_passwords = !s->try_passwords;
	return examine(j, &s->looked, s->image, true, &hooks) &&
	       observe_finish(&s->looked.observation, &s->looked.tree, &s->facts);
}

/* Whether hashes or accounts came, went or changed. */
static bool passwords_matter(const struct side *l, const struct side *r, struct arena *a,
			     bool *matter)
{
	struct fact_change *changes;
	uint32_t count;

	*matter = false;
	if (!facts_compare(&l->facts, &r->facts, a, &changes, &count))
		return false;
	for (uint32_t i = 0; i < count; i++)
		*matter |=
			changes[i].fact_kind == FACT_HASH || changes[i].fact_kind == FACT_ACCOUNT;
	return true;
}

static bool look_again(struct job *j, struct side *s)
{
	watch_again(&s->look);
	examination_free(&s->looked);
	s->looked = (struct examination){ .guarded = s->looked.guarded };
	s->try_passwords = true;
	return look(j, s);
}

/* The hashes of both are mostly the same and would be tried for nothing: that is done only where
 * they differ, or all is judged. */
static bool look_both(struct job *j, struct side *l, struct side *r, struct arena *a)
{
	bool all = j->options->verdicts, matter = false;

	l->try_passwords = r->try_passwords = all;
	if (!both_sides(j, l, r, look) || (!all && !passwords_matter(l, r, a, &matter)))
		return false;
	return !matter || both_sides(j, l, r, look_again);
}

static struct compared compared_of(const struct side *s)
{
	struct compared c = { .size = s->image.n, .tree = &s->looked.tree, .facts = &s->facts };

	memcpy(c.sha256, s->surveyed.tree.image->sha256, SHA256_SIZE);
	return c;
}

static void write_report(const struct comparison_report *r, enum report_kind kind, struct text *out)
{
	struct text_view plain = { .utf8 = true, .image_name = "IMAGE", .only = -1 };
	struct text json = { 0 };

	if (kind == REPORT_TEXT)
		comparison_text(r, &plain, out);
	else
		comparison_json(r, &json);
	if (kind == REPORT_HTML)
		comparison_html(r, text_span(&json), out);
	else
		text_put(out, text_span(&json));
	out->failed |= json.failed;
	text_free(&json);
}

static bool write_all_reports(struct job *j, const struct comparison_report *r)
{
	struct text t = { 0 };
	bool ok = true;

	for (int i = 0; ok && i < j->output_count; i++) {
		t.n = 0;
		write_report(r, j->outputs[i].kind, &t);
		ok = (!t.failed && write_all(j->outputs[i].fd, t.p, t.n)) ||
		     complain(j->outputs[i].path,
			      "Nothing was written: the old file, if any, is untouched.",
			      "no space left on device, or it could not be written");
	}
	t.n = 0;
	if (ok && j->output_count == 0) {
		comparison_text(r, &view, &t);
		ok = !t.failed && write_all(j->text_fd, t.p, t.n);
	}
	text_free(&t);
	return ok;
}

static int finish(struct job *j, struct comparison_report *r)
{
	j->journal->phase = PHASE_WRITING;
	return write_all_reports(j, r) ? comparison_exit(r) : EXIT_TROUBLE;
}

static int say_identical(struct job *j, struct span image)
{
	struct comparison c = { .answer = ANSWER_IDENTICAL, .options = &j->options->compare };
	struct comparison_report r = { .comparison = &c, .budget = &j->options->budget };

	r.left.size = image.n;
	sha256_of(image, r.left.sha256);
	r.right = r.left;
	return finish(j, &r);
}

/* Everything of an image, as scan judges it. */
static bool judge(struct job *j, struct side *s, struct arena *a)
{
	struct judge_options *options = arena_take(a, 1, sizeof(*options));
	struct coverage *coverage = arena_take(a, 1, sizeof(*coverage));
	struct case_file c = { &s->looked.tree, &s->facts, coverage, options, a };

	if (!options || !coverage || !coverage_of(&s->looked.tree, a, coverage))
		return false;
	options->as_of = j->options->as_of;
	s->verdicts = judge_all(&c, &s->verdict_count);
	return s->verdicts != NULL;
}

static bool compare_verdicts(struct job *j, struct side *l, struct side *r, struct arena *a,
			     struct comparison_report *report)
{
	struct verdict_change *changes;

	report->judged = true;
	if (!judge(j, l, a) || !judge(j, r, a) ||
	    !verdicts_compare(l->verdicts, l->verdict_count, r->verdicts, r->verdict_count, a,
			      &changes, &report->verdict_count))
		return false;
	report->verdicts = changes;
	return true;
}

static bool compare_facts(struct side *l, struct side *r, struct arena *a,
			  struct comparison_report *report)
{
	struct fact_change *changes;

	if (!facts_compare(&l->facts, &r->facts, a, &changes, &report->fact_count) ||
	    !calls_compare(&l->facts, &r->facts, a, &report->calls))
		return false;
	report->facts = changes;
	return true;
}

/* An image against the report of another: as far as digests and facts reach. */
static int work_against(struct job *j)
{
	static struct side r;
	static struct arena arena;
	static struct stored stored;
	const struct opening hooks = { .watch_ctx = &r.look };
	struct watch report_watch = { .digests_only = true };
	struct comparison c;
	struct comparison_report report = { .comparison = &c, .budget = &j->options->budget };
	struct side l = { 0 };

	r.image = j->input->bytes;
	r.look = (struct watch){ .image = r.image, .spill = &j->spill };
	if (!stored_take(j->second, &arena, &stored) ||
	    !examine(j, &r.looked, r.image, true, &hooks) ||
	    !observe_finish(&r.looked.observation, &r.looked.tree, &r.facts))
		return EXIT_TROUBLE;
	l.facts = stored.facts;
	memcpy(report.right.sha256, r.looked.tree.image->sha256, SHA256_SIZE);
	memcpy(report.left.sha256, stored.image_sha256, SHA256_SIZE);
	report.right.size = r.image.n;
	report.left.size = stored.image_size;
	if (memcmp(report.left.sha256, report.right.sha256, SHA256_SIZE) == 0) {
		c = (struct comparison){ .answer = ANSWER_IDENTICAL,
					 .options = &j->options->compare };
		return finish(j, &report);
	}
	report.left.facts = &l.facts;
	report.left.tree = &stored.tree;
	report.right.facts = &r.facts;
	report.right.tree = &r.looked.tree;
	if (!compare_trees(&c, &j->options->compare, &stored.tree, &report_watch, &r.looked.tree,
			   &r.look, &arena) ||
	    !compare_facts(&l, &r, &arena, &report)) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	return finish(j, &report);
}

static int work(struct job *j)
{
	static struct side l, r;
	static struct arena arena;
	struct comparison c;
	struct comparison_report report = { .comparison = &c, .budget = &j->options->budget };

	l.image = r.other = j->input->bytes;
	r.image = l.other = j->second->bytes;
	if (span_equal(l.image, r.image))
		return say_identical(j, l.image);
	if (j->options->verdicts) /* need all facts, not only those that differ */
		l.other = r.other = (struct span){ 0 };
	if (!survey_both(j, &l, &r, &arena))
		return EXIT_TROUBLE;
	l.look = (struct watch){ .image = l.image, .spill = &j->spill, .surveyed = &l.survey };
	r.look = (struct watch){ .image = r.image, .spill = &j->spill, .surveyed = &r.survey };
	if (!survey_compare(&l.surveyed.tree, &l.survey, &r.surveyed.tree, &r.survey, &arena,
			    !j->options->verdicts, &l.look, &r.look) ||
	    !look_both(j, &l, &r, &arena))
		return EXIT_TROUBLE;
	watch_free(&l.survey);
	watch_free(&r.survey);
	j->journal->phase = PHASE_JOINING;
	if (!compare_trees(&c, &j->options->compare, &l.looked.tree, &l.look, &r.looked.tree,
			   &r.look, &arena) ||
	    !compare_facts(&l, &r, &arena, &report) ||
	    (j->options->verdicts && !compare_verdicts(j, &l, &r, &arena, &report))) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	report.left = compared_of(&l);
	report.right = compared_of(&r);
	return finish(j, &report);
}

static bool open_outputs(struct job *j, const struct options *o)
{
	for (int i = 0; i < o->output_count; i++) {
		if (!output_open(&j->outputs[i], o->outputs[i]))
			return false;
		j->output_count++;
		if (j->outputs[i].kind > REPORT_HTML)
			return complain(o->outputs[i], "Endings that are known: .html .json .txt",
					"a comparison cannot be written as that");
	}
	return true;
}

static int run(struct options *o)
{
	static struct input left, right;
	static struct job j;
	const char *second = o->against;
	int code = EXIT_TROUBLE;

	if (o->input_count != (o->against ? 1 : 2)) {
		complain(NULL,
			 "evenhand compare LEFT RIGHT, or --against REPORT.json IMAGE; - is "
			 "standard input.",
			 o->against ? "--against needs one image" : "compare needs two images");
		return EXIT_TROUBLE;
	}
	if (!disassembler_load()) {
		complain(NULL, "Install libcapstone.",
			 "instructions cannot be read without capstone");
		return EXIT_TROUBLE;
	}
	second = second ? second : o->inputs[1];
	j = job_new(o, &left, o->against ? work_against : work);
	j.second = &right;
	if (input_open(&left, o->inputs[0]) && input_open(&right, second) && open_outputs(&j, o)) {
		view = view_of(&j);
		code = job_run(&j);
	}
	for (int i = 0; i < j.output_count; i++)
		output_abandon(&j.outputs[i]);
	input_close(&left);
	input_close(&right);
	return code;
}

static const struct option_row *const rows[] = {
	&option_output,  &option_accept,  &option_against,  &option_verdicts,
	&option_as_of,   &option_latest,  &option_jobs,     &option_quiet,
	&option_color,   &option_depth,   &option_entries,  &option_bytes,
	&option_content, &option_no_jail, &option_watchdog, NULL,
};

const struct command command_compare = {
	.name = "compare",
	.usage = "compare [options] LEFT RIGHT",
	.about = "Says whether two images are the same software: identical, equivalent, different\n"
		 "or undecided; names every difference with its cause.",
	.options = rows,
	.notes = "--against tells an image from one of which only the report is left: contents by\n"
		 "their digests, so that a difference in one has no cause.\n"
		 "Exit: 0 identical or equivalent, 1 different, 2 could not compare, 3 undecided.",
	.run = run,
};
