/* witness.c - evenhand witness: makes a witness, lists the logs that it cosigns, serves it, or
 * answers a request that came on a stick. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/serve.h"
#include "log/witness_serve.h"
#include "trust/sigkey.h"

static bool has_one_key(const struct options *o, const char *advice)
{
	return o->signing.key_count == 1 || complain(NULL, advice, "one --key is needed");
}

/* -- init, add -- */

static int init(struct options *o)
{
	static char path[PATH_MAX];
	struct sigkey *key = NULL;
	struct witness_new made;
	struct log_error e;
	bool ok = has_one_key(o, "evenhand key new --type ed25519 makes one.") &&
		  (o->serving.name ||
		   complain(NULL, "A name in its key: witness.lab.example.", "init needs --name"));

	ok = ok && (realpath(o->signing.keys[0], path) ||
		    complain(o->signing.keys[0], NULL, "there is no such file"));
	if (ok)
		key = private_key_take(path, o->signing.passphrase);
	made = (struct witness_new){ span_text(o->serving.name ? o->serving.name : ""), key, path,
				     o->serving.is_mirror };
	ok = key && (witness_init(o->inputs[0], &made, &e) || complain_of(&e));
	sigkey_free(key);
	if (!ok)
		return EXIT_TROUBLE;
	printf("made  %s in %s\n", o->serving.name, o->inputs[0]);
	return EXIT_PASSED;
}

static int add(struct options *o)
{
	struct text line = { 0 };
	struct log_error e;
	bool ok;

	for (int i = 1; i < o->input_count; i++) {
		text_puts(&line, i > 1 ? " " : "");
		text_puts(&line, o->inputs[i]);
	}
	ok = !line.failed && (witness_list(o->inputs[0], text_span(&line), &e) || complain_of(&e));
	text_free(&line);
	if (ok)
		printf("added  the log is cosigned from its next request on\n");
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

/* -- one that exists -- */

static struct witness *open_witness(const struct options *o, struct sigkey **key)
{
	struct log_error e;
	struct witness *w = NULL;
	char *path = NULL;

	*key = NULL;
	if (o->signing.key_count == 0) {
		path = witness_key_file(o->inputs[0], &e);
		if (!path)
			complain_of(&e);
	}
	if (path || o->signing.key_count)
		*key = private_key_take(path ? path : o->signing.keys[0], o->signing.passphrase);
	free(path);
	if (*key) {
		w = witness_open(o->inputs[0], *key, &e);
		if (!w)
			complain_of(&e);
	}
	return w;
}

static int serve(struct options *o)
{
	struct http_options http = serve_options(o);
	struct witness_server *s = NULL;
	struct sigkey *key = NULL;
	struct witness *w = NULL;
	struct log_error e = { .what = "" };
	size_t logs = 0;
	bool ok = o->serving.listen || complain(NULL, "For a proxy on this machine: 127.0.0.1:8080",
						"serve needs --listen HOST:PORT");

	serve_signals();
	w = ok ? open_witness(o, &key) : NULL;
	if (w) {
		logs = witness_log_count(w); /* later the list is the server's */
		s = witness_serve(w, &http, warn_of, &e);
		ok = s || complain_of(&e);
	}
	if (s) {
		struct span name = witness_name(w);

		printf("%.*s %s %zu %s at http://%s\n", (int)name.n, name.p,
		       witness_is_mirror(w) ? "mirrors" : "cosigns", logs,
		       logs == 1 ? "log" : "logs", witness_server_address(s));
		fflush(stdout);
		serve_wait();
		witness_server_stop(s);
	}
	witness_close(w);
	sigkey_free(key);
	return s ? EXIT_PASSED : EXIT_TROUBLE;
}

static int show(struct options *o)
{
	struct text t = { 0 };
	struct log_error e;
	struct witness *w = witness_open(o->inputs[0], NULL, &e);

	if (!w)
		complain_of(&e);
	if (w) {
		witness_vkey(w, &t);
		text_puts(&t, "\n");
		witness_show(w, &t);
		fputs(t.p ? t.p : "", stdout);
	}
	text_free(&t);
	witness_close(w);
	return w ? EXIT_PASSED : EXIT_TROUBLE;
}

/* -- by files -- */

/* What came of it, for people; and for the log where there is something that it can use. */
static int say_answer(const struct options *o, const struct witness_exchange *x)
{
	struct text what = { 0 };

	if (x->status == 200) {
		printf("cosigned  the answer is in %s\n", o->outputs[0]);
		return EXIT_PASSED;
	}
	if (x->status == 409) {
		complain(o->inputs[1],
			 "Take the answer to the log: evenhand log request makes the next request "
			 "from it.",
			 "it begins at another size than this witness has cosigned last: %.*s",
			 (int)x->body.n - 1, x->body.p);
		return EXIT_FAILED;
	}
	text_escape(&what, span_head(text_span(&x->body), x->body.n ? x->body.n - 1 : 0), "");
	complain(o->inputs[1], "Nothing was signed, and nothing was written.", "%u: %s", x->status,
		 what.p ? what.p : "");
	text_free(&what);
	return x->status == 500 ? EXIT_TROUBLE : EXIT_FAILED;
}

static int sign(struct options *o)
{
	struct witness_exchange x = { .status = 0 };
	struct sigkey *key = NULL;
	struct witness *w = NULL;
	int code = EXIT_TROUBLE;
	bool ok = o->output_count == 1 ||
		  complain(NULL, "It travels back to the log.", "sign needs -o ANSWER");
	uint8_t *bytes = NULL;

	if (ok)
		bytes = small_file(o->inputs[1], WITNESS_MOST_REQUEST, &x.request.n);
	x.request.p = bytes;
	w = bytes ? open_witness(o, &key) : NULL;
	if (w && witness_is_mirror(w)) {
		complain(o->inputs[0], "It signs what it has been sent, while it serves.",
			 "it is a mirror");
	} else if (w) {
		witness_answer(w, &x, 1, (uint64_t)time(NULL));
		ok = (x.status != 200 && x.status != 409) || output_write(o->outputs[0], &x.body);
		code = ok ? say_answer(o, &x) : EXIT_TROUBLE;
	}
	text_free(&x.body);
	witness_close(w);
	sigkey_free(key);
	free(bytes);
	return code;
}

static bool take_mirror(struct options *o, const char *value, const char *name)
{
	(void)value;
	(void)name;
	o->serving.is_mirror = true;
	return true;
}

/* clang-format off */
static const struct option_row option_mirror = { "--mirror", NULL, "it keeps all entries, and signs once it has them", take_mirror, false };
/* clang-format on */

static const struct option_row *const init_rows[] = { &option_name, &option_sign_key,
						      &option_mirror, &option_passphrase, NULL };

const struct command command_witness_init = {
	.name = "witness init",
	.usage = "witness init --name NAME --key FILE [--mirror] DIR",
	.about =
		"Makes a witness: it cosigns what logs say of themselves, one history of each\n"
		"(C2SP tlog-witness). With --mirror it also keeps and serves all of their entries\n"
		"(C2SP tlog-mirror), and its signature says that it has them.",
	.options = init_rows,
	.notes = "Its private key is Ed25519, stays where it is, and must be used for nothing\n"
		 "else.\n"
		 "Exit: 0 done, 2 not done.",
	.run = init,
	.least = 1,
	.most = 1,
};

const struct command command_witness_add = {
	.name = "witness add",
	.usage = "witness add DIR VKEY [ORIGIN]",
	.about = "Puts a log on the list of those that a witness cosigns, also while it serves.\n"
		 "ORIGIN is for a log whose key has another name.",
	.notes = "Exit: 0 done, 2 not done.",
	.run = add,
	.least = 2,
	.most = 3,
};

const struct command command_witness_show = {
	.name = "witness show",
	.usage = "witness show DIR",
	.about = "Prints the key of a witness, and each log with the size that was cosigned last.",
	.notes = "Exit: 0 done, 2 not done.",
	.run = show,
	.least = 1,
	.most = 1,
};

static const struct option_row *const serve_rows[] = { &option_listen,      &option_rate,
						       &option_connections, &option_sign_key,
						       &option_passphrase,  NULL };

const struct command command_witness_serve = {
	.name = "witness serve",
	.usage = "witness serve --listen HOST:PORT [options] DIR",
	.about = "Cosigns over HTTP (add-checkpoint), and shows what was cosigned last. A mirror\n"
		 "takes entries as well (add-entries), and serves them.",
	.options = serve_rows,
	.notes = "TLS is for a proxy in front (docs/examples/nginx.conf). TERM ends it cleanly.\n"
		 "Exit: 0 ended, 2 it could not serve.",
	.run = serve,
	.least = 1,
	.most = 1,
};

static const struct option_row *const sign_rows[] = { &option_answer_output, &option_sign_key,
						      &option_passphrase, NULL };

const struct command command_witness_sign = {
	.name = "witness sign",
	.usage = "witness sign -o ANSWER DIR REQUEST",
	.about = "Answers a request that came as a file, on a machine without a network.",
	.options = sign_rows,
	.notes = "evenhand log request writes one, evenhand log cosign takes the answer.\n"
		 "Exit: 0 done, 1 refused, 2 not done.",
	.run = sign,
	.least = 2,
	.most = 2,
};
