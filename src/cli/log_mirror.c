/* log_mirror.c - evenhand log mirror: a verified copy of a log of others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "cli/log_watch.h"
#include "log/mirror.h"

static void put_count(struct text *t, const char *word, uint64_t have, uint64_t lack)
{
	text_puts(t, word);
	text_number(t, have);
	if (lack) {
		text_puts(t, ", and ");
		text_number(t, lack);
		text_puts(t, " that the log does not give");
	}
	text_char(t, '\n');
}

static void say(const struct mirror *m)
{
	struct text t = { 0 };

	text_puts(&t, "log          ");
	text_escape(&t, m->head.checkpoint.origin, "");
	text_puts(&t, "\nentries      ");
	text_number(&t, m->head.checkpoint.head.size);
	text_puts(&t, ", of which ");
	text_number(&t, m->new_entries);
	text_puts(&t, " are new\n");
	put_count(&t, "envelopes    ", m->envelopes, m->without_envelope);
	put_count(&t, "files        ", m->files, m->without_file);
	if (!m->head.outcome.has_quorum)
		text_puts(&t, "witnessed    NOT by the quorum of the policy\n");
	text_puts(&t, "mirrored     ");
	text_escape(&t, span_text(m->copy.root), "");
	text_char(&t, '\n');
	fwrite(t.p, 1, t.n, stdout);
	text_free(&t);
}

static int end_of(const struct mirror *m, enum follow_end end, const char *fork)
{
	if (end == FOLLOW_TROUBLE)
		return complain_of(m->remote->error), EXIT_TROUBLE;
	if (end != FOLLOW_SAME && end != FOLLOW_GREW)
		return watch_alarm(text_span(&m->fork), end, fork);
	say(m);
	return fflush(stdout) == 0 ? EXIT_PASSED : EXIT_TROUBLE;
}

static int run(struct options *o)
{
	static struct policy policy;
	static struct mirror m;
	const struct client_options co = { 0 };
	struct log_error e = { .advice = NULL };
	struct remote remote = { .url = o->inputs[0], .error = &e };
	struct span file = { 0 };
	char fork[4200];
	int code = EXIT_TROUBLE;

	m = (struct mirror){
		.remote = &remote, .policy = &policy, .dir = o->inputs[1], .disk = &disk_of_machine
	};
	snprintf(fork, sizeof(fork), "%.4000s%s", o->watching.fork ? o->watching.fork : m.dir,
		 o->watching.fork ? "" : "/fork");
	if (watch_policy(o, &policy, &file)) {
		remote.client = client_take(&co);
		if (remote.client)
			code = end_of(&m, mirror_run(&m), fork);
		mirror_free(&m);
	}
	client_free(remote.client);
	free((void *)(uintptr_t)file.p);
	return code;
}

static const struct option_row *const mirror_rows[] = { &option_policy, &option_fork, NULL };

const struct command command_log_mirror = {
	.name = "log mirror",
	.usage = "log mirror --policy FILE [options] URL DIR",
	.about = "Keeps a verified copy of a log of others, which serves in its place.",
	.options = mirror_rows,
	.notes = "DIR/public is what any web server can serve. Nothing is served that was not\n"
		 "checked.\n"
		 "Exit: 0 done, 1 an alarm: the log is not what it was, 2 not done.",
	.run = run,
	.least = 2,
	.most = 2,
};
