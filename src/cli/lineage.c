/* lineage.c - evenhand lineage: when things came and went over many releases. Each image is opened
 * in a jail of its own and leaves only a trace; one more jailed job joins the traces. */
#include "report/lineage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"
#include "report/stored.h"

static struct text_view view;
static struct input traces; /* of all images, one behind the other */

/* -- one image -- */

static bool is_report(struct span bytes)
{
	return span_starts(bytes, span_text("{\"schema\":\"evenhand-"));
}

static int write_trace(struct job *j, struct release *head, const struct coverage *coverage,
		       const struct facts *facts, struct arena *a)
{
	struct text t = { 0 };
	bool ok;

	for (int s = STATE_UNKNOWN; s <= STATE_QUARANTINED; s++)
		head->opaque += coverage->bytes[s];
	head->blind = coverage->blind_count;
	ok = lineage_trace(head, facts, a, &t) && write_all(j->text_fd, t.p, t.n);
	text_free(&t);
	if (!ok)
		machine_ran_out();
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static int trace_report(struct job *j)
{
	static struct arena arena;
	static struct stored s;
	struct release head = { .is_stored = true };

	arena_init(&arena, 0);
	j->journal->phase = PHASE_JOINING;
	if (!stored_take(j->input, &arena, &s))
		return EXIT_TROUBLE;
	head.size = s.image_size;
	memcpy(head.sha256, s.image_sha256, SHA256_SIZE);
	return write_trace(j, &head, &s.coverage, &s.facts, &arena);
}

static int trace_image(struct job *j)
{
	static struct examination x;
	struct release head = { .size = j->input->size };
	struct coverage coverage;
	struct facts facts;
	struct arena *a;

	if (!examine(j, &x, j->input->bytes, true, NULL)) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	a = &x.tree.arenas[0];
	j->journal->phase = PHASE_JOINING;
	if (!observe_finish(&x.observation, &x.tree, &facts) ||
	    !coverage_of(&x.tree, a, &coverage)) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	memcpy(head.sha256, x.tree.image->sha256, SHA256_SIZE);
	return write_trace(j, &head, &coverage, &facts, a);
}

static int trace(struct job *j)
{
	return is_report(j->input->bytes) ? trace_report(j) : trace_image(j);
}

static bool keep_trace(const struct job *j)
{
	static uint8_t buffer[1 << 16];
	ssize_t n;

	lseek(j->text_fd, 0, SEEK_SET);
	while ((n = read(j->text_fd, buffer, sizeof(buffer))) > 0)
		if (!write_all(traces.fd, buffer, (size_t)n))
			break;
	return n == 0 || complain(NULL, "Set TMPDIR to a folder with room.",
				  "no room for what the images have: %s", strerror(errno));
}

static bool trace_each(struct options *o)
{
	static struct input in;
	static struct job j;
	int code = EXIT_PASSED;

	for (int i = 0; i < o->input_count && code == EXIT_PASSED; i++) {
		j = job_new(o, &in, trace);
		j.take = keep_trace;
		code = input_open(&in, o->inputs[i]) ? job_run(&j) : EXIT_TROUBLE;
		input_close(&in);
	}
	return code == EXIT_PASSED;
}

/* -- all -- */

static bool write_one(const struct output *out, const struct lineage *l, struct span json)
{
	struct text_view plain = { .utf8 = true, .only = -1 };
	struct text t = { 0 };
	struct span bytes = json;
	bool ok;

	if (out->kind == REPORT_TEXT)
		lineage_text(l, &plain, NULL, true, &t);
	else if (out->kind == REPORT_HTML)
		lineage_html(l, json, &t);
	if (out->kind != REPORT_JSON)
		bytes = text_span(&t);
	ok = (!t.failed && write_all(out->fd, bytes.p, bytes.n)) ||
	     complain(out->path, "Nothing was written: the old file, if any, is untouched.",
		      "no space left on device, or it could not be written");
	text_free(&t);
	return ok;
}

static bool write_lineage(struct job *j, const struct lineage *l)
{
	struct text t = { 0 };
	bool ok = true;

	if (j->output_count) {
		lineage_json(l, &t);
		ok = !t.failed;
		for (int i = 0; ok && i < j->output_count; i++)
			ok = write_one(&j->outputs[i], l, text_span(&t));
	} else {
		lineage_text(l, &view, j->options->inputs, j->options->all, &t);
		ok = !t.failed && write_all(j->text_fd, t.p, t.n);
	}
	text_free(&t);
	return ok;
}

static int join(struct job *j)
{
	static struct arena arena;
	static struct lineage l;

	arena_init(&arena, 0);
	j->journal->phase = PHASE_JOINING;
	if (!lineage_join(j->input->bytes, j->options->by_version, &arena, &l) ||
	    l.release_count != (uint32_t)j->options->input_count) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	j->journal->phase = PHASE_WRITING;
	return write_lineage(j, &l) ? EXIT_PASSED : EXIT_TROUBLE;
}

static bool map_traces(void)
{
	off_t size = lseek(traces.fd, 0, SEEK_END);
	void *p = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, traces.fd, 0)
			   : MAP_FAILED;

	if (p == MAP_FAILED)
		return complain(NULL, NULL, "no memory");
	traces.bytes = (struct span){ p, (size_t)size };
	traces.size = (uint64_t)size;
	return true;
}

static bool open_outputs(struct job *j, const struct options *o)
{
	for (int i = 0; i < o->output_count; i++) {
		if (!output_open(&j->outputs[i], o->outputs[i]))
			return false;
		j->output_count++;
		if (j->outputs[i].kind > REPORT_HTML)
			return complain(o->outputs[i], "Endings that are known: .html .json .txt",
					"a lineage cannot be written as that");
	}
	return true;
}

static int run(struct options *o)
{
	static struct job j;
	int code = EXIT_TROUBLE;

	j = job_new(o, &traces, join);
	if (o->input_count < 2) {
		complain(NULL, "evenhand lineage R1.bin R2.bin R3.bin, the oldest first.",
			 "lineage needs two or more images, or their reports");
		return EXIT_TROUBLE;
	}
	traces = (struct input){ .name = "lineage", .fd = temporary_file(), .is_copy = true };
	if (traces.fd < 0)
		complain(NULL, "Set TMPDIR to a folder with room.", "no temporary file: %s",
			 strerror(errno));
	else if (open_outputs(&j, o) && trace_each(o) && map_traces()) {
		o->quiet = true;
		view = view_of(&j);
		code = job_run(&j);
	}
	for (int i = 0; i < j.output_count; i++)
		output_abandon(&j.outputs[i]);
	input_close(&traces);
	return code;
}

static const struct option_row *const rows[] = {
	&option_output,   &option_by_version,
	&option_all,      &option_knowledge,
	&option_jobs,     &option_quiet,
	&option_color,    &option_depth,
	&option_entries,  &option_bytes,
	&option_content,  &option_no_jail,
	&option_watchdog, NULL,
};

const struct command command_lineage = {
	.name = "lineage",
	.usage = "lineage [options] IMAGE...",
	.about = "Shows when each account, key, component, service, listener and endpoint came\n"
		 "and went. Give the oldest release first. A report that evenhand scan -o\n"
		 "REPORT.json wrote stands for its image.",
	.options = rows,
	.notes = "-o ends with .html .json or .txt. What every release has is counted, and listed\n"
		 "with --all and in reports. Not found means: not in what was opened.\n"
		 "Exit: 0 done, 2 trouble.",
	.run = run,
};
