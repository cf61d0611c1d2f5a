/* log_watch.c - evenhand log watch: what is new in a log of others, and whether it still is the log
 * that it was. evenhand log fork: whether a file shows that a log has told two histories. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/log.h"
#include "cli/log_watch.h"
#include "cli/policy.h"
#include "log/acceptance.h"
#include "log/disk.h"
#include "log/fork.h"
#include "report/lines.h"
#include "trust/sigkey.h"
#include "trust/statement_text.h"

#define MOST_STATE  (1u << 30)
#define MOST_REPORT (64u << 20)

/* -- the policy -- */

bool watch_policy(const struct options *o, struct policy *p, struct span *file)
{
	if (!o->signing.policy)
		return complain(NULL, "evenhand policy check FILE says what one is worth.",
				"--policy FILE names the log's key, and witnesses");
	return policy_file_read(o->signing.policy, p, file);
}

/* -- which entries are told -- */

struct watching {
	const struct options *o;
	struct remote *remote;
	struct text told; /* printed once it is known that all of it holds */
	struct text alarms;
	uint8_t signers[MOST_WATCHED][SHA256_SIZE];
	uint32_t told_count, alarm_count;
	bool was_told, was_old, was_unwitnessed; /* in the run before */
};

static bool is_among(const uint8_t (*list)[SHA256_SIZE], uint32_t n,
		     const uint8_t sha256[SHA256_SIZE])
{
	for (uint32_t i = 0; i < n; i++)
		if (memcmp(list[i], sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool is_subject(const struct watching *w, const struct statement *s)
{
	for (uint32_t i = 0; i < s->subject_count; i++)
		if (is_among(w->o->watching.subjects, w->o->watching.subject_count,
			     s->subjects[i].sha256))
			return true;
	return false;
}

/* Whether the report names one of the components. It is hostile: one that is malformed names none
 * behind where it is. */
static bool report_names(const struct watching *w, struct span report)
{
	struct line_reader r;
	struct line l;

	lines_start(&r, report);
	while (lines_next(&r, &l)) {
		struct json_text t;
		struct arena a;
		bool found = false;

		if (!span_is(l.name, "facts.components[] "))
			continue;
		arena_init(&a, 16u << 20);
		if (json_text_read(&a, l.value, &t).kind == FAULT_NONE)
			for (uint32_t i = 0; i < w->o->watching.component_count; i++)
				found |= span_is(json_value(&t, 0, "name"),
						 w->o->watching.components[i]);
		arena_free(&a);
		if (found)
			return true;
	}
	return false;
}

/* The report of an evaluation, whole or without found passwords, whichever the log has. */
static bool has_component(const struct watching *w, const struct statement *s)
{
	static const uint8_t none[SHA256_SIZE];
	const uint8_t *digests[] = { s->published.sha256, s->file.sha256 };
	bool found = false;

	if (s->kind != STATEMENT_EVALUATION || w->o->watching.component_count == 0)
		return false;
	for (int i = 0; i < 2 && !found; i++) {
		struct client_call call;

		if (memcmp(digests[i], none, SHA256_SIZE) == 0)
			continue;
		if (remote_file(w->remote, digests[i], MOST_REPORT, &call))
			found = report_names(w, text_span(&call.answer));
		remote_free(&call, 1);
	}
	return found;
}

static bool is_wanted(const struct watching *w, const struct follow_entry *e)
{
	const struct watching_options *o = &w->o->watching;
	const char *vendor = w->o->signing.vendor;

	if (!o->subject_count && !o->signer_count && !o->component_count && !vendor)
		return true;
	if (e->is_known && is_among(w->signers, o->signer_count, e->key_sha256))
		return true;
	return e->has_statement && (is_subject(w, &e->statement) ||
				    (vendor && e->statement.kind == STATEMENT_RELEASE &&
				     span_is(e->statement.vendor, vendor)) ||
				    has_component(w, &e->statement));
}

/* -- what is told -- */

static void put_digest(struct text *t, const char *word, const uint8_t sha256[SHA256_SIZE])
{
	text_format(t, "  %s ", word); /* whole digests: 80 columns */
	text_hex(t, (struct span){ sha256, SHA256_SIZE });
	text_char(t, '\n');
}

static void put_entry(struct text *t, const struct follow_entry *e)
{
	text_puts(t, "\nentry ");
	text_number(t, e->index);
	text_char(t, '\n');
	if (!e->is_known) {
		text_puts(t, "             of a form that evenhand does not know\n");
		return;
	}
	if (e->has_statement) {
		text_format(t, "%-13s", statement_name(e->statement.kind));
		statement_text(t, &e->statement);
		for (uint32_t i = 0; i < e->statement.subject_count; i++)
			put_digest(t, "image sha256", e->statement.subjects[i].sha256);
	} else {
		text_format(t, "             %s\n",
			    e->wrong ? e->wrong : "the log gives no envelope for it");
	}
	put_digest(t, "signed by key", e->key_sha256);
}

static void put_other(struct watching *w, const struct follow_entry *e)
{
	struct text *t = &w->alarms;

	text_puts(t, "\nALARM        two images of one version: ");
	text_escape(t, e->statement.vendor, "");
	text_char(t, ' ');
	text_escape(t, e->statement.product, "");
	text_puts(t, ", ");
	text_escape(t, e->statement.release, "");
	text_puts(t, "\n             entries ");
	text_number(t, e->other->index);
	text_puts(t, " and ");
	text_number(t, e->index);
	text_char(t, '\n');
	put_digest(t, "first  sha256", e->other->image);
	if (e->statement.subject_count == 1)
		put_digest(t, "second sha256", e->statement.subjects[0].sha256);
	w->alarm_count++;
}

static bool take_entry(void *ctx, const struct follow_entry *e)
{
	struct watching *w = ctx;

	if (e->other)
		put_other(w, e);
	if (!is_wanted(w, e))
		return true;
	put_entry(&w->told, e);
	w->told_count++;
	return true;
}

static void put_head(struct text *t, const struct follow *f, const struct follow_state *s)
{
	const struct checkpoint *c = &f->head.checkpoint;
	int64_t age = follow_age(f, s);

	text_puts(t, "log          ");
	text_escape(t, c->origin, "");
	text_puts(t, "\nentries      ");
	text_number(t, c->head.size);
	text_puts(t, ", of which ");
	text_number(t, f->new_entries);
	text_puts(t, " are new");
	if (f->without_envelope) {
		text_puts(t, ", ");
		text_number(t, f->without_envelope);
		text_puts(t, " of them without an envelope");
	}
	text_puts(t, "\nwitnessed    ");
	text_puts(t, f->policy->is_quorum_none    ? "nobody is needed"
		     : f->head.outcome.has_quorum ? "by the quorum of the policy"
						  : "NOT by the quorum of the policy");
	text_format(t, ", %lld s ago\n", (long long)age);
}

/* -- what became of it -- */

static bool state_path(const char *path, char folder[4096], char name[512])
{
	const char *slash = strrchr(path, '/');

	if (slash)
		snprintf(folder, 4096, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	else
		snprintf(folder, 4096, ".");
	return snprintf(name, 512, "%s", slash ? slash + 1 : path) < 512 && name[0];
}

bool watch_write(const char *path, struct span bytes)
{
	char folder[4096], name[512];

	return (strlen(path) < 4000 && state_path(path, folder, name) &&
		disk_replace(&disk_of_machine, folder, name, bytes)) ||
	       complain(path, "Is there such a folder, and may you write to it?",
			"it cannot be written: %s", strerror(errno));
}

static void put_heads(struct text *t, const struct checkpoint c[2])
{
	for (int i = 0; i < 2; i++) {
		text_puts(t, "             ");
		text_number(t, c[i].head.size);
		text_puts(t, " entries, root ");
		text_hex(t, (struct span){ c[i].head.root, 8 });
		text_puts(t, "\u2026\n");
	}
}

int watch_alarm(struct span fork_file, enum follow_end end, const char *path)
{
	static const char *const words[] = {
		[FOLLOW_FORKED] =
			"FORKED       the log has told two histories; both are signed by it",
		[FOLLOW_REWOUND] =
			"REWOUND      the log shows less than it had; both are signed by it",
		[FOLLOW_FALSE] = "FALSE        what the log serves is not what it signed",
	};
	struct checkpoint c[2];
	struct text t = { 0 };
	struct log_fork fork;

	text_format(&t, "%s\n", words[end]);
	if (!log_fork_read(fork_file, &fork) && !checkpoint_read(fork.notes[0], &c[0]) &&
	    !checkpoint_read(fork.notes[1], &c[1]))
		put_heads(&t, c);
	if (!watch_write(path, fork_file)) {
		text_free(&t);
		return EXIT_TROUBLE;
	}
	text_puts(&t, "             Both checkpoints are kept in ");
	text_escape(&t, span_text(path), "");
	text_puts(&t, "\n             evenhand log fork --policy POLICY FILE checks them.\n");
	fwrite(t.p, 1, t.n, stdout);
	text_free(&t);
	return EXIT_FAILED;
}

/* What goes on is told when it begins. */
static void take_alarm(struct watching *w, bool holds, bool *before, const char *words)
{
	if (holds && !*before) {
		text_format(&w->alarms, "\nALARM        %s\n", words);
		w->alarm_count++;
	}
	*before = holds;
}

static int say_followed(struct watching *w, const struct follow *f, const struct follow_state *s)
{
	int64_t most = (int64_t)w->o->watching.age * 3600;
	struct text t = { 0 };
	bool ok;

	take_alarm(w, most && follow_age(f, s) > most, &w->was_old,
		   "the checkpoint is older than --age allows");
	take_alarm(w, !f->head.outcome.has_quorum, &w->was_unwitnessed,
		   "too few witnesses have cosigned it");
	if (!w->was_told || w->told.n || w->alarms.n) {
		text_puts(&t, w->was_told ? "\n" : "");
		put_head(&t, f, s);
		text_put(&t, text_span(&w->alarms));
		text_put(&t, text_span(&w->told));
	}
	ok = !t.failed && !w->told.failed && !w->alarms.failed &&
	     fwrite(t.p ? t.p : "", 1, t.n, stdout) == t.n && fflush(stdout) == 0;
	w->was_told = true;
	text_free(&t);
	return !ok ? EXIT_TROUBLE : w->alarm_count ? EXIT_FAILED : EXIT_PASSED;
}

static bool read_state(const char *path, struct follow_state *s)
{
	const char *wrong;
	uint8_t *bytes;
	size_t n;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	bytes = small_file(path, MOST_STATE, &n);
	if (!bytes)
		return false;
	wrong = follow_state_read((struct span){ bytes, n }, s);
	free(bytes);
	return !wrong || complain(path, "Without it the log is read from its beginning.",
				  "it is no state of a log: %s", wrong);
}

static bool write_state(const char *path, const struct follow_state *s)
{
	struct text t = { 0 };
	bool ok;

	follow_state_write(&t, s);
	ok = !t.failed && watch_write(path, text_span(&t));
	text_free(&t);
	return ok;
}

/* What was found is printed before the state says that it was. */
static int end_of(struct watching *w, const struct follow *f, const struct follow_state *s,
		  enum follow_end end, const char *fork)
{
	int code;

	if (end == FOLLOW_TROUBLE)
		return complain_of(f->remote->error), EXIT_TROUBLE;
	if (end != FOLLOW_SAME && end != FOLLOW_GREW)
		return watch_alarm(text_span(&f->fork), end, fork);
	code = say_followed(w, f, s);
	return code != EXIT_TROUBLE && write_state(w->o->watching.state, s) ? code : EXIT_TROUBLE;
}

/* One run. *ends: the log is not what it was, and whoever watches has to look. */
static int watch(struct watching *w, const struct policy *p, bool *ends)
{
	char fork[4200];
	struct follow_state s = { 0 };
	struct follow f = { .remote = w->remote,
			    .policy = p,
			    .now = (int64_t)time(NULL),
			    .entry = take_entry,
			    .ctx = w };
	enum follow_end end = FOLLOW_TROUBLE;
	int code = EXIT_TROUBLE;

	snprintf(fork, sizeof(fork), "%.4096s%s",
		 w->o->watching.fork ? w->o->watching.fork : w->o->watching.state,
		 w->o->watching.fork ? "" : ".fork");
	if (read_state(w->o->watching.state, &s)) {
		end = follow_log(&f, &s);
		code = end_of(w, &f, &s, end, fork);
	}
	*ends = end == FOLLOW_FORKED || end == FOLLOW_REWOUND || end == FOLLOW_FALSE;
	follow_free(&f);
	follow_state_free(&s);
	text_free(&w->told);
	text_free(&w->alarms);
	return code;
}

/* With --every a log that cannot be reached is asked again, and alarms count to the end. */
static int watch_again(struct watching *w, const struct policy *p)
{
	unsigned every = w->o->watching.every;
	bool ends;
	int code;

	if (every)
		serve_signals();
	do
		code = watch(w, p, &ends);
	while (every && !ends && !serve_wait_for(every));
	return every && !ends ? w->alarm_count ? EXIT_FAILED : EXIT_PASSED : code;
}

static bool take_signers(struct watching *w)
{
	for (uint32_t i = 0; i < w->o->watching.signer_count; i++)
		if (!watch_signer(w->o->watching.signers[i], w->signers[i]))
			return false;
	return true;
}

static int watch_run(struct options *o)
{
	static struct policy policy;
	const struct client_options co = { 0 };
	struct log_error e = { .advice = NULL };
	struct remote remote = { .url = o->inputs[0], .error = &e };
	struct watching w = { .o = o, .remote = &remote };
	struct span file = { 0 };
	int code = EXIT_TROUBLE;

	if (!o->watching.state)
		complain(NULL, "The first run makes it.",
			 "--state FILE keeps what was seen of the log");
	else if (watch_policy(o, &policy, &file) && take_signers(&w)) {
		remote.client = client_take(&co);
		if (remote.client)
			code = watch_again(&w, &policy);
	}
	client_free(remote.client);
	free((void *)(uintptr_t)file.p);
	return code;
}

/* -- fork -- */

static int say_fork(struct span file, const struct policy *p)
{
	struct checkpoint c[2];
	struct log_fork f;
	struct text t = { 0 };
	const char *why = log_fork_read(file, &f);
	enum fork_end end = why ? FORK_UNSIGNED : log_fork_check(&f, p, c, &why);

	text_puts(&t, end == FORK_SHOWN ? "SHOWN        the log has told two histories: "
					: "NOT SHOWN    ");
	if (end == FORK_SHOWN)
		text_escape(&t, c[0].origin, "");
	else
		text_puts(&t, why);
	text_char(&t, '\n');
	if (end != FORK_UNSIGNED)
		put_heads(&t, c);
	fwrite(t.p, 1, t.n, stdout);
	text_free(&t);
	return end == FORK_SHOWN ? EXIT_PASSED : EXIT_FAILED;
}

static int fork_run(struct options *o)
{
	static struct policy policy;
	struct span file = { 0 }, policy_file = { 0 };
	int code = EXIT_TROUBLE;

	if (watch_policy(o, &policy, &policy_file)) {
		file.p = small_file(o->inputs[0], FORK_MOST_BYTES, &file.n);
		if (file.p)
			code = say_fork(file, &policy);
	}
	free((void *)(uintptr_t)file.p);
	free((void *)(uintptr_t)policy_file.p);
	return code;
}

static const struct option_row *const watch_rows[] = {
	&option_policy, &option_state,     &option_fork, &option_subject, &option_signer,
	&option_vendor, &option_component, &option_age,  &option_every,   NULL
};

const struct command command_log_watch = {
	.name = "log watch",
	.usage = "log watch --policy FILE --state FILE [options] URL",
	.about = "Tells what is new in a log of others since the last run, and whether its past\n"
		 "has changed: all new entries are hashed onto what was seen before.",
	.options = watch_rows,
	.notes = "A log that told two histories is shown with both signed checkpoints, in a file\n"
		 "that log fork checks. Alarms: that; a second image of one release; a checkpoint\n"
		 "that is too old; too few cosignatures.\n"
		 "Exit: 0 no alarm, 1 an alarm, 2 not watched.",
	.run = watch_run,
	.least = 1,
	.most = 1,
};

static const struct option_row *const fork_rows[] = { &option_policy, NULL };

const struct command command_log_fork = {
	.name = "log fork",
	.usage = "log fork --policy FILE FILE",
	.about = "Checks the file that watch or mirror left of a log with two histories: whoever\n"
		 "has the log's key can.",
	.options = fork_rows,
	.notes = "Exit: 0 shown, 1 not shown, 2 no check.",
	.run = fork_run,
	.least = 1,
	.most = 1,
};
