/* log_bundle.c - evenhand log bundle, log trusted-root: what a log says of an image, in files that
 * are checked without it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/log.h"
#include "log/acceptance.h"
#include "log/client.h"
#include "log/gather.h"
#include "log/index.h"
#include "log/line.h"
#include "log/proof.h"
#include "log/rules.h"

enum form { FORM_LINES, FORM_ONE, FORM_PROOF };

static const struct {
	const char *ending;
	enum form form;
} forms[] = {
	{ ".sigstore.jsonl", FORM_LINES },
	{ ".sigstore.json", FORM_ONE },
	{ ".tlog-proof", FORM_PROOF },
};

/* What is looked for. */
struct bundling {
	enum form form;
	uint8_t sha256[SHA256_SIZE]; /* of the image */
	bool is_entry;               /* or one entry alone */
	uint64_t entry;
	bool is_elsewhere;   /* at an address */
	struct rules *rules; /* NULL: whoever signed it */
	uint8_t *rules_file;
};

/* -- what was asked for -- */

static bool take_form(const struct options *o, struct bundling *w)
{
	struct span name = span_text(o->output_count == 1 ? o->outputs[0] : "");

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (span_ends(name, span_text(forms[i].ending))) {
			w->form = forms[i].form;
			return true;
		}
	return complain(o->output_count == 1 ? o->outputs[0] : NULL,
			".sigstore.jsonl takes all, .sigstore.json and .tlog-proof take one.",
			"a bundle goes to one file (-o) of a known ending");
}

/* IMAGE, sha256:HEX or entry:N. */
static bool take_subject(const char *name, struct bundling *w)
{
	struct input image = { .fd = -1 };
	bool ok;

	w->is_entry = span_starts(span_text(name), span_text("entry:"));
	if (w->is_entry)
		return decimal_read(span_text(name + strlen("entry:")), &w->entry) ||
		       complain(name, "log add prints it.", "no number of an entry");
	if (span_starts(span_text(name), span_text("sha256:")))
		return log_digest_read(name, w->sha256) ||
		       complain(name, "sha256sum prints it so.",
				"no SHA-256 of 64 hexadecimal digits");
	ok = input_open(&image, name);
	if (ok)
		sha256_of(image.bytes, w->sha256);
	ok = ok && input_unchanged(&image);
	input_close(&image);
	return ok;
}

static bool take_rules(const struct options *o, struct bundling *w)
{
	char where[4096 + 16];
	const char *wrong;
	size_t n;

	if (!o->signing.rules)
		return true;
	w->rules = calloc(1, sizeof(*w->rules));
	w->rules_file = w->rules ? small_file(o->signing.rules, RULES_MOST_BYTES, &n) : NULL;
	if (!w->rules_file)
		return false;
	wrong = rules_read((struct span){ w->rules_file, n }, w->rules);
	snprintf(where, sizeof(where), "%s:%u", o->signing.rules, w->rules->wrong_line);
	return !wrong || complain(where, ACCEPTANCE_FILES, "%s", wrong);
}

/* -- looking through the log -- */

static bool is_wanted(const struct bundling *w, const struct gathered *g)
{
	return (!w->rules || roster_find(&w->rules->roster, g->b.key_sha256)) &&
	       (w->is_entry || statement_is_about(&g->s, w->sha256));
}

/* What is written. */
struct bundled {
	struct text out;
	uint32_t count;
	uint64_t size;         /* of the log */
	uint32_t cosignatures; /* lines of the checkpoint that are not the log's */
};

static uint32_t cosignatures_of(struct span note)
{
	static struct checkpoint c;
	uint32_t n = 0;

	if (checkpoint_read(note, &c))
		return 0;
	for (uint32_t i = 0; i < c.note.count; i++)
		n += !span_equal(c.note.lines[i].name, c.origin);
	return n;
}

static void put(const struct bundling *w, const struct sigbundle *b, struct bundled *to)
{
	struct tlog_proof p = { .index = b->index, .path = b->path, .note = b->note };

	if (to->count++ == 0) {
		to->size = b->head.size;
		to->cosignatures = cosignatures_of(b->note);
	}
	if (to->count > SIGBUNDLE_MOST_LINES)
		return;
	if (w->form == FORM_PROOF)
		tlog_proof_write(&to->out, &p);
	else
		sigbundle_write(&to->out, b);
}

/* Entries that may be wanted. */
#define MOST_ENTRIES 4096u

struct entries {
	uint64_t numbers[MOST_ENTRIES];
	uint32_t count;
};

static void take_entry(void *ctx, const struct index_row *row)
{
	struct entries *e = ctx;

	if (e->count < MOST_ENTRIES)
		e->numbers[e->count++] = row->number;
}

static bool find_entries(struct log *l, const struct bundling *w, struct entries *e)
{
	static uint8_t keys[ROSTER_MOST_KEYS][SHA256_SIZE];
	struct index_query q = { .digest = w->sha256, .end = -1, .kind = -1, .most = MOST_ENTRIES };
	struct log_error error;

	for (uint32_t i = 0; w->rules && i < w->rules->roster.count; i++)
		memcpy(keys[q.key_count++], w->rules->roster.keys[i].sha256, SHA256_SIZE);
	q.keys = q.key_count ? (const uint8_t(*)[SHA256_SIZE])keys : NULL;
	e->count = w->is_entry;
	e->numbers[0] = w->entry;
	return w->is_entry || log_search(l, &q, take_entry, e, &error) || complain_of(&error);
}

/* All statements that are wanted. */
static bool gather(const struct gathering *g, const struct bundling *w, struct bundled *to)
{
	static struct gathered one;
	static struct entries e;
	bool ok = find_entries(g->log, w, &e);

	for (uint32_t i = 0; ok && i < e.count; i++) {
		struct arena a = { 0 };

		if (gather_read(g, e.numbers[i], &a, &one) && is_wanted(w, &one)) {
			ok = gather_prove(g, &one) ||
			     complain(NULL, "evenhand log check DIR says which file is damaged.",
				      "the log has no proof for entry %llu",
				      (unsigned long long)e.numbers[i]);
			if (ok)
				put(w, &one.b, to);
		}
		arena_free(&a);
	}
	return ok;
}

static bool is_right_count(const struct bundling *w, uint32_t count)
{
	if (count == 0)
		return complain(
			NULL,
			w->is_elsewhere
				? "What is newer than its checkpoint comes with the next; a mirror "
				  "has no bundles."
				: "What was added after the newest public checkpoint comes with "
				  "the next.",
			w->is_entry ? "the log has no statement there"
				    : "the log has no statement about this image");
	if (w->form != FORM_LINES && count > 1)
		return complain(NULL,
				"Name one as entry:N, or write all of them to FILE.sigstore.jsonl.",
				"there are %u statements, and this kind of file takes one", count);
	return count <= SIGBUNDLE_MOST_LINES ||
	       complain(NULL, "Name with --rules FILE whose statements count.",
			"there are %u statements, and a bundle has at most %u", count,
			SIGBUNDLE_MOST_LINES);
}

/* -- writing -- */

static bool write_bundle(const char *path, const struct bundling *w, const struct bundled *b)
{
	struct text t = { 0 };

	if (!is_right_count(w, b->count) || !output_write(path, &b->out))
		return false;
	text_escape(&t, span_text(path), "");
	text_puts(&t, "  ");
	text_number(&t, b->count);
	text_puts(&t, b->count == 1 ? " statement, log of " : " statements, log of ");
	text_number(&t, b->size);
	text_puts(&t, b->size == 1 ? " entry, " : " entries, ");
	text_number(&t, b->cosignatures);
	text_puts(&t, b->cosignatures == 1 ? " cosignature" : " cosignatures");
	printf("%s\n", t.p ? t.p : "");
	text_free(&t);
	return true;
}

static bool of_folder(const struct options *o, const struct bundling *w, struct bundled *b)
{
	struct log *l = log_read(o->inputs[0]);
	struct gathering g = { .log = NULL };
	struct text note = { 0 };
	const char *wrong;
	bool ok = l != NULL;

	if (ok) {
		log_checkpoint(l, &note);
		wrong = gathering_start(&g, l, text_span(&note));
		ok = !wrong ||
		     complain(o->inputs[0], NULL, "its checkpoint cannot be used: %s", wrong);
	}
	ok = ok && gather(&g, w, b);
	text_free(&note);
	gathering_end(&g);
	log_close(l);
	return ok;
}

/* -- a log elsewhere: what it has is taken apart and written anew -- */

static bool fetch(const char *log, const struct bundling *w, struct client_call *call)
{
	struct client *c = client_take(&(struct client_options){ .tries = 3 });
	struct text url = { 0 };
	bool ok = c != NULL;

	text_puts(&url, log);
	if (!span_ends(span_text(log), span_text("/")))
		text_char(&url, '/');
	text_puts(&url, "api/bundle/sha256:");
	text_hex(&url, (struct span){ w->sha256, SHA256_SIZE });
	if (ok && !client_get(c, url.p, SIGBUNDLE_MOST_BYTES, call) && call->status == 0)
		ok = complain(log, "Does evenhand log serve run there, and is the address right?",
			      "%s", call->wrong);
	else if (ok && call->status != 200 && call->status != 404)
		ok = complain(log, "Is it the address of a log that evenhand log serve serves?",
			      "it answered %u", call->status);
	text_free(&url);
	client_free(c);
	return ok;
}

/* The lines that are wanted of those that came. */
static bool take_lines(struct span rest, const struct bundling *w, struct bundled *b)
{
	static struct gathered g;
	struct span one;

	while (sigbundle_take(&rest, &one)) {
		struct arena a = { 0 };
		const char *wrong = sigbundle_read(one, &a, &g.b);

		if (!wrong)
			wrong = statement_read(g.b.envelope.payload, &a, &g.s);
		if (!wrong && is_wanted(w, &g))
			put(w, &g.b, b);
		arena_free(&a);
		if (wrong)
			return complain(NULL, NULL, "what came is no bundle: %s", wrong);
	}
	return true;
}

static bool of_address(const struct options *o, const struct bundling *w, struct bundled *b)
{
	struct client_call call = { .status = 0 };
	bool ok = !w->is_entry || complain(o->inputs[1], "Give the image, or its sha256:HEX.",
					   "a log elsewhere is asked about images");

	ok = ok && fetch(o->inputs[0], w, &call) &&
	     (call.status != 200 || take_lines(text_span(&call.answer), w, b));
	client_call_free(&call);
	return ok;
}

static int bundle_run(struct options *o)
{
	struct bundling w = { .is_elsewhere = log_is_address(o->inputs[0]) };
	struct bundled b = { .count = 0 };
	bool ok = take_form(o, &w) && take_subject(o->inputs[1], &w) && take_rules(o, &w);

	ok = ok && (w.is_elsewhere ? of_address(o, &w, &b) : of_folder(o, &w, &b)) &&
	     write_bundle(o->outputs[0], &w, &b);
	text_free(&b.out);
	free(w.rules);
	free(w.rules_file);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

/* -- trusted-root -- */

/* Sigstore's clients look for the log under the name of its host. */
static bool is_host_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		      s.p[i] == '-' || s.p[i] == '.'))
			return false;
	return s.n > 0;
}

static int trusted_root_run(struct options *o)
{
	struct log *l = log_read(o->inputs[0]);
	struct text vkey = { 0 }, out = { 0 };
	struct log_entry first;
	struct note_key key;
	bool ok = l != NULL;

	if (ok)
		log_vkey(l, &vkey);
	ok = ok && !note_key_read(text_span(&vkey), &key);
	if (ok && !is_host_name(key.name))
		ok = complain(o->inputs[0], "They take the origin of a log for the name of a host.",
			      "Sigstore's clients cannot know this log by its name");
	if (ok)
		trusted_root_write(&out, &key,
				   log_entry(l, 0, &first) ? first.time : (int64_t)time(NULL));
	if (ok && o->output_count)
		ok = output_write(o->outputs[0], &out);
	else if (ok)
		fputs(out.p ? out.p : "", stdout);
	text_free(&vkey);
	text_free(&out);
	log_close(l);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const bundle_rows[] = { &option_bundle_output, &option_rules,
							NULL };

const struct command command_log_bundle = {
	.name = "log bundle",
	.usage = "log bundle -o FILE [--rules FILE] DIR|URL IMAGE",
	.about = "Writes all statements about an image, with what shows them to be logged, for\n"
		 "verify to check without the log and without network.",
	.options = bundle_rows,
	.notes = "URL is the address of a log that log serve serves. IMAGE may be sha256:HEX, or\n"
		 "entry:N for one statement of DIR. FILE.sigstore.jsonl takes\n"
		 "all, FILE.sigstore.json and FILE.tlog-proof (C2SP tlog-proof) take one; with\n"
		 "--rules only statements by its keys are taken.\n"
		 "Exit: 0 done, 2 not done.",
	.run = bundle_run,
	.least = 2,
	.most = 2,
};

static const struct option_row *const trusted_root_rows[] = { &option_bundle_output, NULL };

const struct command command_log_trusted_root = {
	.name = "log trusted-root",
	.usage = "log trusted-root [-o FILE] DIR",
	.about = "Writes what clients of Sigstore need to know of a log to check its bundles.",
	.options = trusted_root_rows,
	.notes = "Exit: 0 done, 2 not done.",
	.run = trusted_root_run,
	.least = 1,
	.most = 1,
};
