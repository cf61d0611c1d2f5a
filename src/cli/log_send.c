/* log_send.c - evenhand log add to a log that serves: the same by HTTP, one envelope after the
 * other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "log/client.h"
#include "log/server.h"
#include "trust/dsse.h"

bool log_is_address(const char *name)
{
	return strncmp(name, "http://", 7) == 0 || strncmp(name, "https://", 8) == 0;
}

bool log_digest_read(const char *word, uint8_t sha256[SHA256_SIZE])
{
	static const char before[] = "sha256:";
	struct span s = span_text(word);

	if (span_starts(s, span_text(before)))
		s = span_from(s, sizeof(before) - 1);
	return span_hex(s, sha256, SHA256_SIZE);
}

bool log_post(struct client *c, const char *base, const char *path, struct client_call *call)
{
	struct text url = { 0 };

	text_put(&url, span_head(span_text(base), strlen(base) - (base[strlen(base) - 1] == '/')));
	text_puts(&url, path);
	call->url = url.failed ? "" : url.p;
	client_run(c, call, 1);
	call->url = NULL;
	text_free(&url);
	return call->status == 200;
}

bool log_say_post(const char *name, const struct client_call *call)
{
	struct text said = { 0 };
	struct span answer = span_head(text_span(&call->answer), 400);

	while (answer.n && answer.p[answer.n - 1] == '\n')
		answer.n--;
	text_escape(&said, call->status ? answer : span_text(call->wrong), "");
	if (call->status)
		complain(name, NULL, "the log answers %u: %s", call->status, said.p ? said.p : "");
	else
		complain(name, "Does evenhand log serve run there, and is the address right?", "%s",
			 said.p ? said.p : "no answer");
	text_free(&said);
	return false;
}

void log_say_admission(void)
{
	fprintf(stderr,
		"  Whose statements a log takes in stands in its admission file, a line for each\n"
		"  key: evenhand key line writes it, whoever keeps the log adds it.\n");
}

/* {"outcome":"added","index":7,...}, or why not. */
static int say_receipt(const char *name, const struct client_call *call)
{
	struct json_text j = { NULL, 0 };
	struct arena a = { 0 };
	struct text t = { 0 };
	struct span outcome = { 0 };
	bool is_strange = false;
	uint64_t index;
	int code = EXIT_TROUBLE;

	if (!json_text_read(&a, text_span(&call->answer), &j).kind)
		outcome = json_value(&j, 0, "outcome");
	text_escape(&t, span_text(name), "");
	if ((span_is(outcome, "added") || span_is(outcome, "known")) &&
	    json_number(&j, 0, "index", &index)) {
		text_format(&t, "  %s, entry ", span_is(outcome, "added") ? "added" : "known");
		text_number(&t, index);
		code = EXIT_PASSED;
	} else if (span_is(outcome, "not-admitted") || span_is(outcome, "malformed")) {
		text_puts(&t, "  refused: ");
		text_escape(&t, json_value(&j, 0, "why"), "");
		is_strange = span_is(outcome, "not-admitted");
		code = EXIT_FAILED;
	}
	if (code == EXIT_TROUBLE)
		log_say_post(name, call);
	else
		printf("%s\n", t.p ? t.p : "");
	if (is_strange)
		log_say_admission();
	text_free(&t);
	arena_free(&a);
	return code;
}

static int send_envelope(struct client *c, const char *base, const char *name)
{
	struct client_call call = { .type = "application/json" };
	uint8_t *bytes = small_file(name, MOST_ENVELOPE, &call.body.n);
	int code;

	if (!bytes)
		return EXIT_TROUBLE;
	call.body.p = bytes;
	log_post(c, base, "/api/add", &call);
	code = say_receipt(name, &call);
	client_call_free(&call);
	free(bytes);
	return code;
}

static int send_report(struct client *c, const char *base, const char *name)
{
	struct client_call call = { .type = "application/octet-stream" };
	uint8_t *bytes = small_file(name, SERVER_MOST_KEPT, &call.body.n);
	bool ok;

	if (!bytes)
		return EXIT_TROUBLE;
	call.body.p = bytes;
	ok = log_post(c, base, "/api/keep", &call) || log_say_post(name, &call);
	client_call_free(&call);
	free(bytes);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

int log_send_run(struct options *o)
{
	struct client *c = client_take(NULL);
	int worst = EXIT_PASSED;

	if (!c)
		return EXIT_TROUBLE;
	for (int i = 1; i < o->input_count && worst != EXIT_TROUBLE; i++) {
		int code = send_envelope(c, o->inputs[0], o->inputs[i]);

		worst = code > worst ? code : worst;
	}
	for (int i = 0; i < o->logging.report_count && worst != EXIT_TROUBLE; i++) {
		int code = send_report(c, o->inputs[0], o->logging.reports[i]);

		worst = code > worst ? code : worst;
	}
	client_free(c);
	return worst;
}
