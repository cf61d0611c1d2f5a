/* log_add.c - evenhand log add: envelopes into a log that no other process has open. All are handed
 * over at once, so that they share the syncs of the disk. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "trust/dsse.h"

#define MOST_REPORT (1u << 30) /* bytes */

struct adding {
	pthread_mutex_t mutex;
	pthread_cond_t told;
	int count; /* that were told */
	struct one {
		struct adding *all;
		struct log_receipt receipt;
		char why[256];
	} * each;
};

static void tell(void *ctx, const struct log_receipt *r)
{
	struct one *one = ctx;
	struct adding *a = one->all;

	pthread_mutex_lock(&a->mutex);
	one->receipt = *r;
	snprintf(one->why, sizeof(one->why), "%s", r->why ? r->why : "");
	a->count++;
	pthread_cond_signal(&a->told);
	pthread_mutex_unlock(&a->mutex);
}

static bool submit(struct log *l, struct adding *a, int i, const char *name)
{
	size_t n;
	uint8_t *bytes = small_file(name, MOST_ENVELOPE, &n);

	if (!bytes)
		return false;
	a->each[i].all = a;
	log_submit(l, (struct span){ bytes, n }, tell, &a->each[i]);
	free(bytes);
	return true;
}

static const char *const words[] = {
	[LOG_ADDED] = "added",       [LOG_KNOWN] = "known",   [LOG_NOT_ADMITTED] = "refused",
	[LOG_MALFORMED] = "refused", [LOG_BUSY] = "not done", [LOG_BROKEN] = "not done",
};

static int code_of(const struct log_receipt *r)
{
	switch (r->outcome) {
	case LOG_ADDED:
	case LOG_KNOWN:
		return EXIT_PASSED;
	case LOG_NOT_ADMITTED:
	case LOG_MALFORMED:
		return EXIT_FAILED;
	default:
		return EXIT_TROUBLE;
	}
}

/* The exit code of all: trouble before refusal. */
static int say(const struct adding *a, const char *const *names, int count)
{
	int worst = EXIT_PASSED;
	bool is_strange = false;

	for (int i = 0; i < count; i++) {
		const struct one *one = &a->each[i];
		int code = code_of(&one->receipt);
		struct text t = { 0 };

		text_escape(&t, span_text(names[i]), "");
		text_format(&t, "  %s", words[one->receipt.outcome]);
		if (code == EXIT_PASSED) {
			text_puts(&t, ", entry ");
			text_number(&t, one->receipt.index);
		} else {
			text_format(&t, ": %s", one->why);
		}
		printf("%s\n", t.p ? t.p : "");
		text_free(&t);
		worst = code > worst ? code : worst;
		is_strange |= one->receipt.outcome == LOG_NOT_ADMITTED;
	}
	if (is_strange)
		log_say_admission();
	return worst;
}

static bool keep(struct log *l, const char *name)
{
	struct log_error e;
	size_t n;
	uint8_t *bytes = small_file(name, MOST_REPORT, &n);
	bool ok = bytes && (log_keep(l, (struct span){ bytes, n }, &e) ||
			    complain(name, e.advice, "%s", e.what));

	free(bytes);
	return ok;
}

static int add(struct options *o)
{
	struct adding a = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, NULL };
	struct log_session s;
	int count = o->input_count - 1, given = 0, code = EXIT_TROUBLE;
	bool ok;

	if (log_is_address(o->inputs[0]))
		return log_send_run(o);
	if (!log_session_open(&s, o, o->inputs[0], NULL))
		return EXIT_TROUBLE;
	a.each = calloc((size_t)count, sizeof(*a.each));
	ok = a.each || complain(NULL, NULL, "out of memory");
	while (ok && given < count && submit(s.log, &a, given, o->inputs[1 + given]))
		given++;
	pthread_mutex_lock(&a.mutex);
	while (a.count < given)
		pthread_cond_wait(&a.told, &a.mutex);
	pthread_mutex_unlock(&a.mutex);
	if (ok)
		code = say(&a, o->inputs + 1, given);
	for (int i = 0; i < o->logging.report_count && code != EXIT_TROUBLE; i++)
		if (!keep(s.log, o->logging.reports[i]))
			code = EXIT_TROUBLE;
	if (given < count)
		code = EXIT_TROUBLE;
	free(a.each);
	log_session_close(&s);
	return code;
}

static const struct option_row *const add_rows[] = { &option_log_report,
						     &option_log_key,
						     &option_passphrase,
						     &option_admission,
						     &option_guard,
						     &option_seen,
						     NULL };

const struct command command_log_add = {
	.name = "log add",
	.usage = "log add [options] DIR|URL ENVELOPE...",
	.about = "Puts envelopes into a log: each is signed by a key of its admission file. What\n"
		 "is said to be added is durable, and under a checkpoint that the log's key\n"
		 "signed.",
	.options = add_rows,
	.notes = "An envelope that is there already is not added again. One process writes at a\n"
		 "time: while serve runs, its address stands in the place of DIR.\n"
		 "Exit: 0 done, 1 an envelope was refused, 2 not done.",
	.run = add,
	.least = 2,
	.most = MOST_INPUTS,
};
