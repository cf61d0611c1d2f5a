/* sign_work.c - what is signed, made in the jail from what was given: reports, declarations, images
 * and envelopes are all read here. The statement goes to the supervisor, who has the key. */
#include "report/comparison_stored.h"
#include "report/lines.h"
#include "report/stored.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/cli.h"
#include "tree/locator.h"
#include "trust/statement.h"

static struct arena arena;

static void put_u64(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

static void put_text(struct json *j, const char *key, struct span text)
{
	json_key(j, key);
	json_text(j, text);
}

static void put_digest(struct json *j, const char *key, const uint8_t sha256[SHA256_SIZE])
{
	json_key(j, key);
	json_object(j);
	json_key(j, "sha256");
	json_hex(j, (struct span){ sha256, SHA256_SIZE });
	json_object_end(j);
}

static struct file_digest digest_of(struct span bytes)
{
	struct file_digest f = { .size = bytes.n };

	sha256_of(bytes, f.sha256);
	return f;
}

static struct subject subject_of(struct span image)
{
	struct subject s = { .has_sha512 = true };

	sha256_of(image, s.sha256);
	sha512_of(image, s.sha512);
	return s;
}

static int hand_over(struct job *j, struct text *statement)
{
	bool ok = !statement->failed && write_all(j->text_fd, statement->p, statement->n);

	text_free(statement);
	if (!ok)
		machine_ran_out();
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

/* -- evaluation -- */

/* Where in the published lists a password stands would tell which it is. */
static void leave_out_place(struct fact *f)
{
	const struct fact_table *table = &fact_tables[f->kind];

	for (size_t k = 0; k < table->count; k++)
		if (strcmp(table->fields[k].name, "passwords_tried") == 0)
			*(uint64_t *)((uint8_t *)f + table->fields[k].at) = 0;
}

static uint64_t leave_out_of(struct fact *f, const struct field *field)
{
	bool *has = (bool *)((uint8_t *)f + field->with);

	if (!*has)
		return 0;
	*has = false;
	leave_out_place(f);
	return 1;
}

/* Passwords that were found leave the facts. At how many places they stood. */
static uint64_t leave_out_passwords(struct facts *f)
{
	uint64_t n = 0;

	for (int kind = 0; kind < FACT_KINDS; kind++)
		for (size_t k = 0; k < fact_tables[kind].count; k++) {
			const struct field *field = &fact_tables[kind].fields[k];

			for (uint32_t i = 0; field->type == FIELD_PASSWORD && i < f->count[kind];
			     i++)
				n += leave_out_of(f->of[kind][i], field);
		}
	return n;
}

/* `2 passwords are publicly known; of "root": "1234"` ends behind the account; a name has no quote
 * of its own. */
static bool soften(struct report *r)
{
	struct verdict *list = arena_take(&arena, r->verdict_count, sizeof(*list));

	for (uint32_t i = 0; list && i < r->verdict_count; i++) {
		struct span says = span_text(r->verdicts[i].says ? r->verdicts[i].says : "");
		size_t cut = span_find(says, 0, span_text("\": \""));

		list[i] = r->verdicts[i];
		if (cut == SIZE_MAX)
			continue;
		list[i].says = arena_text(&arena, span_head(says, cut + 1));
		if (!list[i].says)
			return false;
	}
	r->verdicts = list;
	return list != NULL;
}

static bool refuse(const struct job *j, const char *advice, const char *what)
{
	return complain(j->input->name, advice, "%s", what);
}

/* What it was judged by must be here too. */
static bool is_complete(const struct job *j, const struct stored *s)
{
	if (s->has_declaration && !j->options->declaration)
		return refuse(j, "Give it with --declaration FILE.",
			      "it was judged with a declaration");
	if (s->has_feeds && j->feeds->feed_count == 0 && j->feeds->vex_count == 0)
		return refuse(j, "Give them with --feed FILE and --vex FILE.",
			      "it was judged with feeds");
	if (!s->tree.image->has_sha256 ||
	    memcmp(s->tree.image->sha256, s->image_sha256, SHA256_SIZE) != 0)
		return refuse(j, "It must be what evenhand scan -o REPORT.json wrote.",
			      "its first node is not its image");
	if (!span_is(s->judging, knowledge_judging))
		return refuse(j, "evenhand judge makes one by the rules of this evenhand.",
			      "other rules judged it");
	return true;
}

/* Written again it must be the same, byte for byte. */
static bool is_canonical(const struct job *j, struct span again)
{
	struct span given = j->input->bytes;
	size_t at = 0;

	while (at < given.n && at < again.n && given.p[at] == again.p[at])
		at++;
	if (at == given.n && at == again.n)
		return true;
	return complain(j->input->name,
			"What is signed is what evenhand scan or judge wrote, with the same "
			"--declaration and --feed.",
			"it is not what its facts give: byte %zu differs", at);
}

static const enum outcome outcomes[TEST_ENDS] = {
	[TEST_FAILED] = OUTCOME_FAIL,
	[TEST_WARNED] = OUTCOME_REVIEW,
	[TEST_NOT_EVALUABLE] = OUTCOME_NOT_EVALUABLE,
	[TEST_PASSED] = OUTCOME_PASS,
	[TEST_NOT_APPLICABLE] = OUTCOME_NOT_APPLICABLE,
};

static void put_tests(struct json *j, const struct report *r, enum test_end end)
{
	json_key(j, test_end_member(end));
	json_array(j);
	for (uint32_t i = 0; i < r->verdict_count; i++)
		if (r->verdicts[i].outcome == outcomes[end])
			json_text(j, span_text(r->verdicts[i].check->id));
	json_array_end(j);
}

static uint32_t count_of(const struct report *r, enum test_end end)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->verdict_count; i++)
		n += r->verdicts[i].outcome == outcomes[end];
	return n;
}

static void put_result(struct json *j, const struct report *r)
{
	bool open = count_of(r, TEST_WARNED) || count_of(r, TEST_NOT_EVALUABLE);

	put_text(j, "result",
		 span_text(count_of(r, TEST_FAILED) ? "FAILED"
			   : open                   ? "WARNED"
						    : "PASSED"));
}

static void put_named(struct json *j, const char *name, struct span hex)
{
	json_object(j);
	put_text(j, "name", span_text(name));
	json_key(j, "digest");
	json_object(j);
	put_text(j, "sha256", hex);
	json_object_end(j);
	json_object_end(j);
}

/* What the verdicts depend on, as in-toto's test results name it. */
static void put_configuration(struct json *j, const struct report *r)
{
	const struct declaration *d = r->options->declaration;
	const struct feed_set *feeds = r->options->feeds;
	char hex[2 * SHA256_SIZE + 1] = "";

	json_key(j, "configuration");
	json_array(j);
	put_named(j, "knowledge for observing", span_text(knowledge_observing));
	put_named(j, "knowledge for judging", span_text(knowledge_judging));
	for (size_t i = 0; d && i < SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", d->sha256[i]);
	if (d)
		put_named(j, "declaration", span_text(hex));
	for (uint32_t k = 0; feeds && k < feeds->source_count; k++) {
		for (size_t i = 0; i < SHA256_SIZE; i++)
			snprintf(hex + 2 * i, 3, "%02x", feeds->sources[k].source.sha256[i]);
		put_named(j, "feed", span_text(hex));
	}
	json_array_end(j);
}

static void put_tool(struct json *j, const struct report *r)
{
	json_key(j, "tool");
	json_object(j);
	put_text(j, "version", span_text(EVENHAND_VERSION));
	json_key(j, "knowledge");
	json_object(j);
	put_text(j, "observing", span_text(knowledge_observing));
	put_text(j, "judging", span_text(knowledge_judging));
	json_object_end(j);
	json_object_end(j);
	json_key(j, "declaration");
	if (r->options->declaration) {
		json_object(j);
		put_digest(j, "digest", r->options->declaration->sha256);
		json_object_end(j);
	} else {
		json_null(j);
	}
	json_key(j, "as_of");
	if (r->options->as_of)
		json_text(j, span_text(r->options->as_of));
	else
		json_null(j);
}

static void put_report(struct json *j, const char *schema, const struct file_digest *f)
{
	json_key(j, "report");
	json_object(j);
	put_text(j, "schema", span_text(schema));
	put_u64(j, "size", f->size);
	put_digest(j, "digest", f->sha256);
	json_object_end(j);
}

/* Evidence roots of a report, without salts and with, and of the copy to publish. */
struct roots {
	char report[EVIDENCE_ROOT_TEXT], salted[EVIDENCE_ROOT_TEXT], published[EVIDENCE_ROOT_TEXT];
};

/* False: no memory; a report that was read has lines. */
static bool take_root(struct span report, struct span salt_key, char root[EVIDENCE_ROOT_TEXT])
{
	struct merkle_head head;
	const char *why;
	size_t at;

	if (!report_evidence_root(report, salt_key, &head, &why, &at))
		return false;
	evidence_root_text(&head, root);
	return true;
}

/* What hides something, in the order of the image: who decides what may be installed wants to know
 * what nothing else in the statement speaks for. */
static void put_opaque(struct json *j, const struct coverage *c)
{
	json_key(j, "opaque");
	json_object(j);
	put_u64(j, "count", c->blind_count);
	json_key(j, "regions");
	json_array(j);
	for (uint32_t i = 0; i < c->blind_count && i < MOST_OPAQUE; i++) {
		const struct node *n = c->blind[i];
		struct text where = { 0 };

		locator_write(&where, n);
		json_object(j);
		put_text(j, "where", text_span(&where));
		put_u64(j, "size", n->has_place ? n->length : n->size);
		put_text(j, "state", span_text(state_name(n->state)));
		json_object_end(j);
		j->out->failed |= where.failed;
		text_free(&where);
	}
	json_array_end(j);
	json_object_end(j);
}

static void put_evaluation(struct json *j, const struct report *r, const struct statement *s,
			   const struct roots *roots)
{
	json_object(j);
	put_result(j, r);
	put_configuration(j, r);
	for (int end = 0; end < TEST_ENDS; end++)
		put_tests(j, r, (enum test_end)end);
	json_key(j, "counts");
	json_object(j);
	for (int end = 0; end < TEST_ENDS; end++)
		put_u64(j, test_end_name((enum test_end)end), count_of(r, (enum test_end)end));
	json_object_end(j);
	put_report(j, REPORT_SCHEMA, &s->file);
	put_text(j, "evidence_root", span_text(roots->report));
	if (*roots->salted)
		put_text(j, "salted_evidence_root", span_text(roots->salted));
	json_key(j, "published");
	json_object(j);
	put_u64(j, "size", s->published.size);
	put_digest(j, "digest", s->published.sha256);
	put_text(j, "evidence_root", span_text(roots->published));
	put_u64(j, "passwords_left_out", s->passwords_left_out);
	json_object_end(j);
	put_tool(j, r);
	json_key(j, "coverage");
	json_object(j);
	for (int state = STATE_UNDERSTOOD; state <= STATE_QUARANTINED; state++)
		put_u64(j, state_name((enum state)state), r->coverage->bytes[state]);
	json_object_end(j);
	put_opaque(j, r->coverage);
	json_object_end(j);
}

/* The copy to publish, and its digest. */
static bool publish(struct job *j, struct stored *stored, struct report *r, struct statement *s,
		    struct roots *roots)
{
	struct text json = { 0 };
	bool ok = true;

	if (!j->options->reveal) {
		s->passwords_left_out = leave_out_passwords(&stored->facts);
		ok = s->passwords_left_out == 0 || soften(r);
	}
	report_json(r, &json);
	s->published = digest_of(text_span(&json));
	ok = ok && !json.failed &&
	     take_root(text_span(&json), (struct span){ 0 }, roots->published);
	if (!ok)
		machine_ran_out();
	if (ok && j->output_count && !write_all(j->outputs[0].fd, json.p, json.n))
		ok = complain(j->outputs[0].path, "Nothing was written.",
			      "no space left on device, or it could not be written");
	text_free(&json);
	return ok;
}

static bool judge_again(struct job *j, const struct case_file *c, struct report *r)
{
	struct text json = { 0 };
	bool ok;

	r->verdicts = judge_all(c, &r->verdict_count);
	if (!r->verdicts)
		return false;
	report_json(r, &json);
	ok = !json.failed && is_canonical(j, text_span(&json));
	text_free(&json);
	return ok;
}

static int work_evaluation(struct job *j)
{
	static struct stored s;
	struct given given;
	struct judge_options options = { .as_of = NULL };
	struct case_file c = { &s.tree, &s.facts, &s.coverage, &options, &arena };
	struct report r = { &s.tree,  &s.facts,  &s.coverage, NULL,  0,    &options,
			    &s.trust, &s.budget, 0,           { 0 }, { 0 } };
	struct statement out = { .kind = STATEMENT_EVALUATION };
	struct roots roots = { .salted = "" };
	struct subject image = { .has_sha512 = true };
	struct text statement = { 0 };
	struct json json = { .out = &statement };

	if (!stored_take(j->input, &arena, &s) || !is_complete(j, &s))
		return EXIT_TROUBLE;
	options.as_of = s.as_of;
	r.image_size = s.image_size;
	memcpy(r.image_sha256, s.image_sha256, SHA256_SIZE);
	memcpy(r.image_sha512, s.image_sha512, SHA512_SIZE);
	memcpy(image.sha256, s.image_sha256, SHA256_SIZE);
	memcpy(image.sha512, s.image_sha512, SHA512_SIZE);
	if (!take_given(j, &s.facts, &arena, s.image_sha256, &given, &options) ||
	    !judge_again(j, &c, &r))
		return EXIT_TROUBLE;
	out.file = digest_of(j->input->bytes);
	if (!take_root(j->input->bytes, (struct span){ 0 }, roots.report) ||
	    (j->options->salt_key.n &&
	     !take_root(j->input->bytes, j->options->salt_key, roots.salted)) ||
	    !publish(j, &s, &r, &out, &roots))
		return EXIT_TROUBLE;
	statement_begin(&json, out.kind, &image, 1);
	put_evaluation(&json, &r, &out, &roots);
	statement_end(&json);
	return hand_over(j, &statement);
}

/* -- comparison -- */

static int work_comparison(struct job *j)
{
	struct stored_comparison c;
	const char *wrong = comparison_read(j->input->bytes, &arena, &c);
	struct subject sides[2] = { { .name = "left" }, { .name = "right" } };
	struct file_digest file = digest_of(j->input->bytes);
	struct text statement = { 0 };
	struct json json = { .out = &statement };

	if (wrong) {
		refuse(j, "What is signed is what evenhand compare -o FILE.json wrote.", wrong);
		return EXIT_TROUBLE;
	}
	if (j->options->signing.publish || j->options->salt_key.n) {
		refuse(j, "They belong to a report of scan.",
		       "a comparison takes no --publish and no --salt-key");
		return EXIT_TROUBLE;
	}
	memcpy(sides[0].sha256, c.sha256[0], SHA256_SIZE);
	memcpy(sides[1].sha256, c.sha256[1], SHA256_SIZE);
	statement_begin(&json, STATEMENT_COMPARISON, sides, 2);
	json_object(&json);
	put_text(&json, "answer", span_text(answer_name(c.answer)));
	put_u64(&json, "differences", c.difference_count);
	put_report(&json, "evenhand-comparison/1", &file);
	json_key(&json, "tool");
	json_object(&json);
	put_text(&json, "version", span_text(EVENHAND_VERSION));
	json_object_end(&json);
	json_object_end(&json);
	statement_end(&json);
	return hand_over(j, &statement);
}

/* -- declaration -- */

static int work_declaration(struct job *j)
{
	struct declaration d;
	struct judge_options options;
	struct subject image = subject_of(j->second->bytes);
	struct file_digest file = digest_of(j->input->bytes);
	struct text statement = { 0 };
	struct json json = { .out = &statement };

	j->options->declaration = j->input->name;
	j->options->declaration_bytes = j->input->bytes;
	if (j->input->bytes.n > MOST_DECLARATION)
		return refuse(j, NULL, "it is too large for a declaration"), EXIT_TROUBLE;
	if (!declaration_take(j->options, &arena, &d, &options))
		return EXIT_TROUBLE;
	statement_begin(&json, STATEMENT_DECLARATION, &image, 1);
	json_object(&json);
	statement_file(&json, "declaration", &file);
	json_key(&json, "declares");
	json_object(&json);
	for (int s = 0; s < SECTIONS; s++)
		put_u64(&json, section_tables[s].name, d.of[s].n);
	json_object_end(&json);
	json_object_end(&json);
	statement_end(&json);
	return hand_over(j, &statement);
}

/* -- release, claim, response, revocation: what a person says -- */

static int said(struct job *j, struct statement *s, const struct subject *subjects, uint32_t count)
{
	struct text statement = { 0 };
	struct json json = { .out = &statement };
	const struct trust_options *t = &j->options->signing;

	s->text = span_text(t->text ? t->text : "");
	s->vendor = span_text(t->vendor ? t->vendor : "");
	s->product = span_text(t->product ? t->product : "");
	s->release = span_text(t->release ? t->release : "");
	s->attached = j->evidence;
	s->attached_count = (uint32_t)t->evidence_count;
	statement_begin(&json, s->kind, subjects, count);
	statement_said(&json, s);
	statement_end(&json);
	return hand_over(j, &statement);
}

static int work_about_image(struct job *j, enum statement_kind kind)
{
	struct statement s = { .kind = kind };
	struct subject image = subject_of(j->input->bytes);

	return said(j, &s, &image, 1);
}

static int work_about_statement(struct job *j, enum statement_kind kind)
{
	static struct statement about;
	struct statement s = { .kind = kind };
	struct envelope e;
	const char *wrong = dsse_read(j->input->bytes, &arena, &e);

	wrong = wrong ? wrong : statement_read(e.payload, &arena, &about);
	if (wrong) {
		complain(j->input->name, "It must be an envelope that evenhand sign wrote.",
			 "it holds no statement: %s", wrong);
		return EXIT_TROUBLE;
	}
	memcpy(s.pae_sha256, e.pae_sha256, SHA256_SIZE);
	return said(j, &s, about.subjects, about.subject_count);
}

int sign_work(struct job *j)
{
	enum statement_kind kind = STATEMENT_EVALUATION;

	j->journal->phase = PHASE_JOINING;
	if (j->options->signing.kind)
		statement_kind_named(j->options->signing.kind, &kind);
	else if (comparison_is_stored(j->input->bytes))
		kind = STATEMENT_COMPARISON;
	switch (kind) {
	case STATEMENT_EVALUATION:
		return work_evaluation(j);
	case STATEMENT_COMPARISON:
		return work_comparison(j);
	case STATEMENT_DECLARATION:
		return work_declaration(j);
	case STATEMENT_RELEASE:
	case STATEMENT_CLAIM:
		return work_about_image(j, kind);
	default:
		return work_about_statement(j, kind);
	}
}
