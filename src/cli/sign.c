/* sign.c - evidence gets a name under it: statements are made in the jail (sign_work.c) and signed
 * here, after the last of them was made. So a private key is never in the memory of a process that
 * reads what others wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "trust/statement.h"

/* A statement that waits for its signature. */
struct pending {
	struct text statement;
	char path[4096];
};

static struct pending *pending;
static int pending_count;

/* -- what each kind needs -- */

enum need { NEED_NOT, NEED_MAY, NEED_MUST };

static const struct {
	enum need image, words, text, evidence;
	bool has_report;
} needs[STATEMENT_KINDS] = {
	[STATEMENT_EVALUATION] = { .has_report = true },
	[STATEMENT_COMPARISON] = { .has_report = true },
	[STATEMENT_DECLARATION] = { .image = NEED_MUST },
	[STATEMENT_RELEASE] = { .words = NEED_MUST, .text = NEED_MAY },
	[STATEMENT_CLAIM] = { .text = NEED_MUST, .evidence = NEED_MAY },
	[STATEMENT_RESPONSE] = { .text = NEED_MUST, .evidence = NEED_MAY },
	[STATEMENT_REVOCATION] = { .text = NEED_MUST },
};

static bool is_met(enum need need, bool given, const char *option, const char *kind)
{
	if (need == NEED_MUST && !given)
		return complain(NULL, "evenhand sign --help says what each kind needs.",
				"%s needs %s", kind, option);
	if (need == NEED_NOT && given)
		return complain(NULL, "evenhand sign --help says what each kind needs.",
				"%s takes no %s", kind, option);
	return true;
}

/* What a person says goes into JSON as it is. */
static bool is_sayable(const char *text, const char *option)
{
	struct span rest = span_text(text ? text : "x");
	uint32_t code;

	if (rest.n == 0 || rest.n > MOST_STATEMENT_TEXT)
		return complain(option, NULL, "a text has 1 to %d bytes", MOST_STATEMENT_TEXT);
	while (rest.n) {
		size_t n = utf8_decode(rest, &code);

		if (n == 0 || !(code_point_visible(code) || code == '\n'))
			return complain(option, NULL,
					"it is no UTF-8, or has characters that nobody sees");
		rest = span_from(rest, n);
	}
	return true;
}

static bool is_consistent(const struct options *o)
{
	const struct trust_options *t = &o->signing;
	enum statement_kind k = STATEMENT_EVALUATION;
	const char *kind = t->kind ? t->kind : "a report";

	if (o->input_count == 0)
		return complain(NULL, "evenhand sign --help says more.", "sign needs a file");
	if (t->key_count != 1)
		return complain(NULL, "evenhand key new makes one.", "sign needs one --key");
	if (t->kind && !statement_kind_named(t->kind, &k))
		return complain("--kind",
				"evaluation, comparison, declaration, release, claim, response, "
				"revocation.",
				"\"%s\" is no kind of statement", t->kind);
	if (!needs[k].has_report &&
	    (t->publish || o->declaration || o->feed_count || o->vex_count || o->salt_key.n))
		return complain(NULL, "They belong to a report.",
				"%s takes no --publish, --declaration, --feed, --vex or --salt-key",
				kind);
	if ((o->output_count > 1) || (o->input_count > 1 && (o->output_count || t->publish)))
		return complain(NULL, "Each has its own beside it.",
				"-o and --publish are for one file");
	return is_met(needs[k].image, t->image, "--image", kind) &&
	       is_met(needs[k].words, t->vendor, "--vendor", kind) &&
	       is_met(needs[k].words, t->product, "--product", kind) &&
	       is_met(needs[k].words, t->release, "--release", kind) &&
	       is_met(needs[k].text, t->text, "--text", kind) &&
	       is_met(needs[k].evidence, t->evidence_count, "--evidence", kind) &&
	       is_sayable(t->text, "--text") && is_sayable(t->vendor, "--vendor") &&
	       is_sayable(t->product, "--product") && is_sayable(t->release, "--release");
}

/* -- making -- */

/* Where the envelope goes: report.json -> report.intoto.json. */
static bool name_envelope(const struct options *o, const char *input, char *path, size_t size)
{
	size_t n = strlen(input);

	if (o->output_count) {
		n = strlen(o->outputs[0]);
		snprintf(path, size, "%s", o->outputs[0]);
		return n + 32 < size || complain(o->outputs[0], NULL, "the name is too long");
	}
	if (strcmp(input, "-") == 0)
		return complain(NULL, "Name the envelope with -o FILE.",
				"standard input has no name");
	if (span_ends(span_text(input), span_text(".intoto.json")))
		return complain(NULL, "Name the new one with -o FILE.",
				"its envelope would take the place of %s", input);
	if (span_ends(span_text(input), span_text(".json")))
		n -= strlen(".json");
	snprintf(path, size, "%.*s.intoto.json", (int)n, input);
	return n + 32 < size || complain(input, NULL, "the name is too long");
}

/* Takes what the worker wrote, as far as it agrees with what is here: the worker read what others
 * wrote, and may have been led astray by it. */
static bool take(const struct job *j)
{
	struct pending *p = &pending[pending_count];
	static struct statement s;
	struct arena arena = { 0 };
	static char buffer[1 << 16];
	uint8_t digest[SHA256_SIZE];
	const char *wrong;
	ssize_t n;

	lseek(j->text_fd, 0, SEEK_SET);
	while ((n = read(j->text_fd, buffer, sizeof(buffer))) > 0 &&
	       p->statement.n <= MOST_STATEMENT)
		text_put(&p->statement, (struct span){ (const uint8_t *)buffer, (size_t)n });
	wrong = statement_read(text_span(&p->statement), &arena, &s);
	arena_free(&arena);
	if (wrong || p->statement.failed)
		return complain(j->input->name, NULL, "no statement could be made of it: %s",
				wrong ? wrong : "no memory");
	sha256_of(j->input->bytes, digest);
	if (s.kind <= STATEMENT_DECLARATION && memcmp(digest, s.file.sha256, SHA256_SIZE) != 0)
		return complain(j->input->name, NULL, "the statement is not about this file");
	if (s.passwords_left_out)
		fprintf(stderr,
			"Found passwords, at %llu places of the report, are left out of what is to "
			"be\n"
			"published: --publish FILE writes that copy, --reveal leaves them in.\n",
			(unsigned long long)s.passwords_left_out);
	if (s.kind == STATEMENT_CLAIM && s.attached_count == 0)
		fprintf(stderr, "No evidence is attached: it is recorded as an allegation without "
				"evidence.\n");
	pending_count++;
	return true;
}

static bool make(struct options *o, const char *name, struct feed_inputs *feeds,
		 struct input *image, struct file_digest *evidence)
{
	static struct job j;
	static struct input in;
	bool ok;

	j = job_new(o, &in, sign_work);
	j.second = image->bytes.n ? image : NULL;
	j.feeds = feeds;
	j.evidence = evidence;
	j.take = take;
	ok = name_envelope(o, name, pending[pending_count].path,
			   sizeof(pending[pending_count].path)) &&
	     input_open(&in, name);
	if (ok && o->signing.publish) {
		ok = output_open_as(&j.outputs[0], o->signing.publish, REPORT_JSON);
		j.output_count = ok;
	}
	ok = ok && job_run(&j) == EXIT_PASSED;
	input_close(&in);
	return ok;
}

static bool digest_evidence(const struct options *o, struct file_digest *list)
{
	struct input in;

	for (int i = 0; i < o->signing.evidence_count; i++) {
		bool ok = input_open(&in, o->signing.evidence[i]);

		if (ok) {
			list[i].size = in.size;
			sha256_of(in.bytes, list[i].sha256);
			ok = input_unchanged(&in);
		}
		input_close(&in);
		if (!ok)
			return false;
	}
	return true;
}

static bool make_all(struct options *o)
{
	static struct feed_inputs feeds;
	static struct input image = { .fd = -1 };
	static struct file_digest evidence[MOST_KEYS];
	bool ok = feeds_open(&feeds, o) && digest_evidence(o, evidence) &&
		  (!o->signing.image || input_open(&image, o->signing.image));

	for (int i = 0; ok && i < o->input_count; i++)
		ok = make(o, o->inputs[i], &feeds, &image, evidence);
	input_close(&image);
	feeds_close(&feeds);
	return ok;
}

/* -- signing -- */

static bool sign(const struct sigkey *key, const struct pending *p)
{
	struct text envelope = { 0 }, shown = { 0 };
	bool ok = dsse_sign(key, span_text(STATEMENT_MEDIA_TYPE), text_span(&p->statement),
			    &envelope) ||
		  complain(p->path, NULL, "the key could not sign");

	ok = ok && output_write(p->path, &envelope);
	if (ok) {
		text_escape(&shown, span_text(p->path), "");
		printf("signed  %s\n", shown.p ? shown.p : "");
	}
	text_free(&envelope);
	text_free(&shown);
	return ok;
}

static int run(struct options *o)
{
	struct sigkey *key = NULL;
	bool ok = is_consistent(o);

	o->quiet = true;
	pending = ok ? calloc((size_t)o->input_count, sizeof(*pending)) : NULL;
	hash_start();
	ok = ok && pending && make_all(o);
	if (ok)
		key = private_key_take(o->signing.keys[0], o->signing.passphrase);
	ok = ok && key;
	for (int i = 0; ok && i < pending_count; i++)
		ok = sign(key, &pending[i]);
	for (int i = 0; pending && i < o->input_count; i++)
		text_free(&pending[i].statement);
	free(pending);
	sigkey_free(key);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const rows[] = {
	&option_envelope_output, &option_sign_key, &option_passphrase, &option_kind,
	&option_declaration,     &option_feed,     &option_vex,        &option_publish,
	&option_publish_reveal,  &option_salt_key, &option_image,      &option_vendor,
	&option_product,         &option_release,  &option_text,       &option_evidence,
	&option_knowledge,       &option_no_jail,  &option_watchdog,   NULL,
};

const struct command command_sign = {
	.name = "sign",
	.usage = "sign [options] --key FILE REPORT...",
	.about = "Signs what a report says of an image: an in-toto statement in a DSSE envelope.\n"
		 "A report that is not what its own facts give, byte for byte, is refused.",
	.options = rows,
	.notes =
		"--kind       FILE           needs\n"
		"evaluation   a scan's JSON  what it was judged with: --declaration, --feed\n"
		"comparison   compare's JSON\n"
		"declaration  the YAML       --image\n"
		"release      the image      --vendor, --product, --release; may have --text\n"
		"claim        the image      --text; may have --evidence\n"
		"response     an envelope    --text; may have --evidence\n"
		"revocation   an envelope    --text\n"
		"--key may be the URI of a PKCS#11 token's key; --passphrase is its PIN then.\n"
		"A passphrase comes from a terminal, fd:N or a file. What found passwords open is\n"
		"said; the passwords themselves stay out of what --publish writes.\n"
		"Exit: 0 signed, 2 not signed.",
	.run = run,
};
