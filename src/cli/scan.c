/* scan.c - evenhand scan: what is in an image, and what each requirement says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "cli/cli.h"

static struct text_view view;

/* Digests of the whole image, computed as later work. */
struct digests {
	struct span image;
	uint8_t sha512[SHA512_SIZE];
};

static void hash_image(void *ctx, unsigned worker)
{
	struct digests *d = ctx;

	(void)worker;
	sha512_of(d->image, d->sha512);
}

static struct span text_report(const struct report *r, struct text *t)
{
	struct text_view plain = { .utf8 = true, .image_name = "IMAGE", .only = -1 };

	report_text(r, &plain, t);
	return text_span(t);
}

/* Each kind is written from the report and its canonical JSON. */
static void (*const writers[])(const struct report *r, struct span json, struct text *out) = {
	[REPORT_HTML] = report_html,   [REPORT_CDX] = report_cdx, [REPORT_SPDX] = report_spdx,
	[REPORT_SARIF] = report_sarif, [REPORT_VEX] = report_vex,
};

static bool write_report(const struct report *r, const struct output *out, struct span json,
			 struct text *t)
{
	struct span bytes = json;

	t->n = 0;
	if (out->kind == REPORT_TEXT) {
		bytes = text_report(r, t);
	} else if (out->kind != REPORT_JSON) {
		writers[out->kind](r, json, t);
		bytes = text_span(t);
	}
	if (!t->failed && write_all(out->fd, bytes.p, bytes.n))
		return true;
	return complain(out->path, "Nothing was written: the old file, if any, is untouched.",
			"no space left on device, or it could not be written");
}

static bool write_reports(struct job *j, const struct report *r)
{
	struct text json = { 0 }, t = { 0 };
	bool ok = true;

	if (j->output_count)
		report_json(r, &json);
	ok = !json.failed;
	for (int i = 0; ok && i < j->output_count; i++)
		ok = write_report(r, &j->outputs[i], text_span(&json), &t);
	t.n = 0;
	if (ok && j->output_count == 0) {
		report_text(r, &view, &t);
		ok = !t.failed && write_all(j->text_fd, t.p, t.n);
	}
	text_free(&json);
	text_free(&t);
	return ok;
}

bool judge_case(const struct case_file *c, struct report *r)
{
	r->tree = c->tree;
	r->facts = c->facts;
	r->coverage = c->coverage;
	r->options = c->options;
	r->verdicts = judge_all(c, &r->verdict_count);
	return r->verdicts != NULL;
}

int write_case(struct job *j, const struct report *r)
{
	j->journal->phase = PHASE_WRITING;
	return write_reports(j, r) ? report_exit(r, j->options->fail_on) : EXIT_TROUBLE;
}

bool take_given(struct job *j, struct facts *f, struct arena *a,
		const uint8_t image_sha256[SHA256_SIZE], struct given *g, struct judge_options *to)
{
	if (!declaration_take(j->options, a, &g->declaration, to))
		return false;
	if (j->feeds->feed_count == 0 && j->feeds->vex_count == 0)
		return true;
	to->feeds = &g->feeds;
	if (!feeds_read(j->feeds, f, a, &g->feeds))
		return false;
	if (vulnerabilities_find(f, &g->feeds, image_sha256))
		return true;
	feeds_damaged();
	return false;
}

static int judge_image(struct job *j, struct examination *x, const struct digests *d)
{
	struct facts facts;
	struct coverage coverage;
	struct given given;
	struct judge_options options = { .as_of = j->options->as_of };
	struct arena *a = &x->tree.arenas[0];
	struct case_file c = { &x->tree, &facts, &coverage, &options, a };
	struct report r = { .trust = &j->options->trust,
			    .budget = &j->options->budget,
			    .image_size = j->input->size };

	j->journal->phase = PHASE_JOINING;
	if (!observe_finish(&x->observation, &x->tree, &facts) ||
	    !coverage_of(&x->tree, a, &coverage))
		return EXIT_TROUBLE;
	if (!coverage.is_exact)
		abort(); /* no figure below could be believed */
	if (j->feeds->feed_count || j->feeds->vex_count)
		pool_idle_end(x->pool); /* statements may be about this digest */
	if (!take_given(j, &facts, a, x->tree.image->sha256, &given, &options) ||
	    !judge_case(&c, &r))
		return EXIT_TROUBLE;
	pool_idle_end(x->pool);
	memcpy(r.image_sha256, x->tree.image->sha256, SHA256_SIZE);
	memcpy(r.image_sha512, d->sha512, SHA512_SIZE);
	return write_case(j, &r);
}

static int work(struct job *j)
{
	static struct examination x;
	struct digests d = { .image = j->input->bytes };
	int code = EXIT_TROUBLE;

	x.opening.before = hash_image;
	x.opening.before_ctx = &d;
	x.opening.digest_idle = true;
	if (examine(j, &x, j->input->bytes, true, NULL))
		code = judge_image(j, &x, &d);
	else
		machine_ran_out();
	return code;
}

/* With several images "{}" in the name of a report stands for the image's base name. */
static bool output_name(const char *pattern, const char *image, char *name, size_t size)
{
	const char *mark = strstr(pattern, "{}"), *base = strrchr(image, '/');

	base = base ? base + 1 : image;
	if (mark)
		snprintf(name, size, "%.*s%s%s", (int)(mark - pattern), pattern, base, mark + 2);
	else
		snprintf(name, size, "%s", pattern);
	return strlen(name) + 1 < size;
}

static int scan_one(struct options *o, struct feed_inputs *feeds, const char *name,
		    int (*work_of)(struct job *))
{
	static struct job j;
	static struct input in;
	int code = EXIT_TROUBLE;
	bool ok;

	j = job_new(o, &in, work_of);
	j.feeds = feeds;
	ok = input_open(&in, name);
	for (int i = 0; ok && i < o->output_count; i++) {
		char path[4096];

		ok = output_name(o->outputs[i], name, path, sizeof(path)) &&
		     output_open(&j.outputs[i], path);
		j.output_count += ok;
	}
	if (ok) {
		view = view_of(&j);
		code = job_run(&j);
	}
	for (int i = 0; i < j.output_count; i++)
		output_abandon(&j.outputs[i]);
	input_close(&in);
	return code;
}

/* The worst code counts: no report, then a failure, then something not evaluable. */
static int worse(int a, int b)
{
	static const int rank[] = { 0, 2, 3, 1 };

	return rank[a & 3] >= rank[b & 3] ? a : b;
}

/* Every `step`-th input from `first` on. */
static int report_some(struct options *o, struct feed_inputs *feeds, int first, int step,
		       int (*work_of)(struct job *))
{
	int code = EXIT_PASSED;

	for (int i = first; i < o->input_count; i += step) {
		if (o->input_count > 1 && o->output_count == 0)
			printf("%s%s:\n", i ? "\n" : "", o->inputs[i]);
		code = worse(code, scan_one(o, feeds, o->inputs[i], work_of));
	}
	return code;
}

/* Where each input has reports of its own, their order does not matter. */
static int report_parallel(struct options *o, struct feed_inputs *feeds, int processes,
			   int (*work_of)(struct job *))
{
	pid_t children[MOST_WORKERS + 1];
	int code = EXIT_PASSED, status;

	fflush(NULL);
	for (int i = 0; i < processes; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(report_some(o, feeds, i, processes, work_of));
	}
	for (int i = 0; i < processes; i++) {
		if (children[i] < 0)
			code = worse(code, report_some(o, feeds, i, processes, work_of));
		else if (waitpid(children[i], &status, 0) == children[i] && WIFEXITED(status))
			code = worse(code, WEXITSTATUS(status));
		else
			code = EXIT_TROUBLE;
	}
	return code;
}

int report_each(struct options *o, const char *command, bool parallel, int (*work_of)(struct job *))
{
	static struct feed_inputs feeds;
	int code = EXIT_PASSED;
	/* One more than are asked for: one waits for the disk while the others judge. */
	int processes = (int)o->jobs + (o->jobs > 1);
	char advice[80];

	snprintf(advice, sizeof(advice), "evenhand %s --help says more.", command);
	if (o->input_count == 0) {
		complain(NULL, advice, "%s needs a file, or - for standard input", command);
		return EXIT_TROUBLE;
	}
	for (int i = 0; o->input_count > 1 && i < o->output_count; i++)
		if (!strstr(o->outputs[i], "{}")) {
			complain(o->outputs[i],
				 "Write {} where the image's name belongs: -o '{}.json'",
				 "several images need several reports");
			return EXIT_TROUBLE;
		}
	if (processes > o->input_count)
		processes = o->input_count;
	if (!feeds_open(&feeds, o))
		code = EXIT_TROUBLE;
	else if (parallel && processes > 1 && o->output_count)
		code = report_parallel(o, &feeds, processes, work_of);
	else
		code = report_some(o, &feeds, 0, 1, work_of);
	feeds_close(&feeds);
	return code;
}

static int run(struct options *o)
{
	return report_each(o, "scan", false, work);
}

static const struct option_row *const rows[] = {
	&option_output,  &option_only,     &option_recipes,
	&option_reveal,  &option_as_of,    &option_declaration,
	&option_feed,    &option_vex,      &option_knowledge,
	&option_trust,   &option_fail_on,  &option_jobs,
	&option_quiet,   &option_color,    &option_depth,
	&option_entries, &option_bytes,    &option_content,
	&option_no_jail, &option_watchdog, NULL,
};

const struct command command_scan = {
	.name = "scan",
	.usage = "scan [options] IMAGE...",
	.about = "Opens each image completely, lists facts, judges them by public requirements.\n"
		 "IMAGE is a file, a folder with an unpacked root, or - for standard input.",
	.options = rows,
	.notes = "-o ends with .html .json .txt, or with .cdx.json (CycloneDX) .spdx.json .sarif\n"
		 ".vex.json (OpenVEX) for the tools that read these.\n"
		 "With several images {} in the name of a report stands for the image's name.\n"
		 "Exit: 0 nothing failed, 1 a check failed, 2 no report, 3 nothing failed but\n"
		 "something could not be judged. pass means: not found in what was opened.",
	.run = run,
};
