/* log_cosign.c - evenhand log request, log cosign: a witness without a network. The request travels
 * to it as a file, `witness sign` answers, and the answer travels back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "log/client.h"
#include "log/cosigned.h"
#include "log/line.h"
#include "log/witness.h"

/* -- request -- */

/* The size that a witness answered it has cosigned last. */
static bool read_size(const char *path, uint64_t *size)
{
	size_t n;
	uint8_t *bytes = small_file(path, 64, &n);
	struct span rest = { bytes, n }, line;
	bool ok = bytes && whole_line_take(&rest, &line) && rest.n == 0 && decimal_read(line, size);

	free(bytes);
	return ok || !bytes ||
	       complain(path, "What witness sign wrote when it did not sign.",
			"it is no size that a witness answered");
}

static bool write_request(const struct options *o, struct log *l, uint64_t old)
{
	struct merkle_source source = log_source(l);
	struct text note = { 0 }, request = { 0 }, sizes[2] = { { 0 }, { 0 } };
	struct checkpoint c;
	bool ok;

	log_checkpoint(l, &note);
	ok = !checkpoint_read(text_span(&note), &c) ||
	     complain(o->inputs[0], NULL, "it has no public checkpoint yet");
	ok = ok && (cosigned_request(&source, old, &c, &request) ||
		    complain(o->inputs[0],
			     "Has the witness cosigned a larger tree of this log? Then the log was "
			     "set back, and must not go on: docs/log.md.",
			     "it cannot prove that its tree goes on from size %llu",
			     (unsigned long long)old));
	ok = ok && output_write(o->outputs[0], &request);
	if (ok) {
		text_number(&sizes[0], old);
		text_number(&sizes[1], c.head.size);
		printf("request  from size %s to %s, in %s\n", sizes[0].p, sizes[1].p,
		       o->outputs[0]);
	}
	text_free(&note);
	text_free(&request);
	text_free(&sizes[0]);
	text_free(&sizes[1]);
	return ok;
}

static int request(struct options *o)
{
	struct log *l = NULL;
	uint64_t old = o->serving.old;
	bool ok = o->output_count == 1 ||
		  complain(NULL, "It travels to the witness.", "request needs -o REQUEST");

	ok = ok && (o->input_count < 2 || read_size(o->inputs[1], &old));
	l = ok ? log_read(o->inputs[0]) : NULL;
	ok = l && write_request(o, l, old);
	log_close(l);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

/* -- cosign -- */

/* The checkpoint of a request with the lines of its answer. */
static bool join(const struct options *o, struct text *note)
{
	static struct witness_request r;
	size_t n, m;
	uint8_t *request = small_file(o->inputs[1], WITNESS_MOST_REQUEST, &n);
	uint8_t *answer = request ? small_file(o->inputs[2], NOTE_MOST_BYTES, &m) : NULL;
	const char *wrong = answer ? witness_request_read((struct span){ request, n }, &r) : NULL;

	if (wrong)
		complain(o->inputs[1], NULL, "it is no request: %s", wrong);
	if (answer && !wrong) {
		text_put(note, r.note);
		text_put(note, (struct span){ answer, m });
	}
	free(request);
	free(answer);
	return answer && !wrong;
}

/* What of it goes to the log. */
static bool check(const struct options *o, const struct cosigned *k, const struct text *note,
		  struct checkpoint *c, struct text *lines)
{
	const char *wrong = checkpoint_read(text_span(note), c);

	if (wrong)
		return complain(o->inputs[2], "A size instead of signatures: log request takes it.",
				"it is no answer to this request: %s", wrong);
	return cosigned_lines(k, c, lines) > 0 ||
	       complain(o->inputs[2], "A line \"witness\" with its key; no address is needed.",
			"no witness of the policy has signed it");
}

/* What is public has the quorum of the policies: one more line may go to what is public, or
 * complete the quorum of what is newer. */
static bool may_be_public(struct log *l, const struct cosigned *k, const struct checkpoint *c,
			  struct span lines)
{
	struct text newest = { 0 };
	struct checkpoint all;
	bool ok;

	log_checkpoint(l, &newest);
	text_put(&newest, lines);
	ok = !checkpoint_read(text_span(&newest), &all) && merkle_head_equal(&all.head, &c->head) &&
	     cosigned_has_quorum(k, &all);
	text_free(&newest);
	return ok;
}

static bool give(const struct options *o, const struct cosigned *k, const struct checkpoint *c,
		 struct span lines)
{
	struct log_options more = { .only_cosigned = true };
	struct log_session s;
	bool ok = log_session_open(&s, o, o->inputs[0], &more);

	if (!ok)
		return false;
	ok = may_be_public(s.log, k, c, lines) && log_cosigned(s.log, &c->head, lines);
	log_session_close(&s);
	return ok ||
	       complain(o->inputs[1], "evenhand log request makes the next one.",
			"the log has grown since this request, or too few witnesses have signed "
			"the newer checkpoint");
}

static bool send_it(const struct options *o, const struct text *note)
{
	struct client_call call = { .type = "text/plain", .body = text_span(note) };
	struct client *client = client_take(NULL);
	bool ok;

	if (!client)
		return false;
	ok = log_post(client, o->inputs[0], "/api/cosign", &call) ||
	     log_say_post(o->inputs[0], &call);
	client_call_free(&call);
	client_free(client);
	return ok;
}

static int cosign(struct options *o)
{
	static struct served_policies p;
	static struct checkpoint c;
	struct text note = { 0 }, lines = { 0 };
	bool ok = o->serving.policy_count > 0 ||
		  complain(NULL, "It has the witness's key.", "cosign needs --policy");

	ok = ok && served_policies_read(&p, o) && join(o, &note);
	if (ok) {
		const struct cosigned k = { (const struct policy *const *)p.list, p.count };

		ok = check(o, &k, &note, &c, &lines) &&
		     (log_is_address(o->inputs[0]) ? send_it(o, &note)
						   : give(o, &k, &c, text_span(&lines)));
	}
	if (ok)
		printf("cosigned  size %llu\n", (unsigned long long)c.head.size);
	served_policies_free(&p);
	text_free(&note);
	text_free(&lines);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const request_rows[] = { &option_bundle_output, &option_old, NULL };

const struct command command_log_request = {
	.name = "log request",
	.usage = "log request -o REQUEST [--old SIZE] DIR [ANSWER]",
	.about = "Writes what a witness without a network is to cosign. It travels as a file; on\n"
		 "the other side evenhand witness sign answers it.",
	.options = request_rows,
	.notes = "ANSWER is one that said from which size this witness has to begin.\n"
		 "Exit: 0 done, 2 not done.",
	.run = request,
	.least = 1,
	.most = 2,
};

static const struct option_row *const cosign_rows[] = {
	&option_log_policy, &option_log_key, &option_passphrase, &option_guard, &option_seen, NULL,
};

const struct command command_log_cosign = {
	.name = "log cosign",
	.usage = "log cosign --policy FILE DIR|URL REQUEST ANSWER",
	.about = "Adds the cosignature of an answer to the log's checkpoint: in its directory, or\n"
		 "at the address where it is served.",
	.options = cosign_rows,
	.notes = "Exit: 0 done, 2 not done.",
	.run = cosign,
	.least = 3,
	.most = 3,
};
