/* statement.c - statements read, over the arena alone; see statement.h. */
#include "trust/statement.h"

/* A name that nobody can own, not an address: .example is reserved by RFC 2606. */
#define PREDICATE(kind) "https://evenhand.example/" kind "/v1"

static const struct {
	const char *name, *predicate_type;
} kinds[STATEMENT_KINDS] = {
	[STATEMENT_EVALUATION] = { "evaluation", PREDICATE("evaluation") },
	[STATEMENT_COMPARISON] = { "comparison", PREDICATE("comparison") },
	[STATEMENT_DECLARATION] = { "declaration", PREDICATE("declaration") },
	[STATEMENT_RELEASE] = { "release", PREDICATE("release") },
	[STATEMENT_CLAIM] = { "claim", PREDICATE("claim") },
	[STATEMENT_RESPONSE] = { "response", PREDICATE("response") },
	[STATEMENT_REVOCATION] = { "revocation", PREDICATE("revocation") },
};

static const struct {
	const char *name, *member;
} ends[TEST_ENDS] = {
	[TEST_FAILED] = { "fail", "failedTests" },
	[TEST_WARNED] = { "review", "warnedTests" },
	[TEST_NOT_EVALUABLE] = { "not-evaluable", "notEvaluableTests" },
	[TEST_PASSED] = { "pass", "passedTests" },
	[TEST_NOT_APPLICABLE] = { "not-applicable", "notApplicableTests" },
};

const char *statement_name(enum statement_kind kind)
{
	return kinds[kind].name;
}

const char *statement_predicate_type(enum statement_kind kind)
{
	return kinds[kind].predicate_type;
}

bool statement_kind_named(const char *name, enum statement_kind *kind)
{
	for (int k = 0; k < STATEMENT_KINDS; k++)
		if (strcmp(kinds[k].name, name) == 0) {
			*kind = (enum statement_kind)k;
			return true;
		}
	return false;
}

const char *claim_standing(const struct statement *s)
{
	return s->attached_count ? "allegation with evidence" : "allegation without evidence";
}

const char *test_end_name(enum test_end end)
{
	return ends[end].name;
}

const char *test_end_member(enum test_end end)
{
	return ends[end].member;
}

/* -- reading: the first thing that is wrong is kept -- */

struct payload_reader {
	struct json_text t;
	struct arena *a;
	struct statement *s;
	const char *wrong;
};

static bool is_wrong(struct payload_reader *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
	return false;
}

static uint32_t member(struct payload_reader *r, uint32_t object, const char *key,
		       enum json_kind kind)
{
	uint32_t i = json_member(&r->t, object, key, kind);

	if (i == JSON_NONE)
		is_wrong(r, key);
	return i;
}

/* A text that must be there and say something. */
static struct span text_of(struct payload_reader *r, uint32_t object, const char *key)
{
	struct span text;

	if (!json_member_string(&r->t, object, key, r->a, &text) || text.n == 0 ||
	    text.n > MOST_STATEMENT_TEXT)
		is_wrong(r, key);
	return text;
}

static void read_hex(struct payload_reader *r, uint32_t object, const char *key, uint8_t *out,
		     size_t n)
{
	uint32_t i = member(r, object, key, JSON_STRING);
	struct span hex = i == JSON_NONE ? (struct span){ 0 } : r->t.items[i].value;

	if (!span_hex(hex, out, n))
		is_wrong(r, key);
}

static void read_subjects(struct payload_reader *r)
{
	struct statement *s = r->s;
	uint32_t list = member(r, 0, "subject", JSON_ARRAY);

	for (uint32_t i = json_child(&r->t, list); i != JSON_NONE; i = json_next(&r->t, i)) {
		uint32_t digest = member(r, i, "digest", JSON_OBJECT);
		struct subject *to = &s->subjects[s->subject_count];

		if (s->subject_count == MOST_SUBJECTS) {
			is_wrong(r, "more subjects than are looked at");
			return;
		}
		read_hex(r, digest, "sha256", to->sha256, SHA256_SIZE);
		to->has_sha512 = json_find(&r->t, digest, "sha512") != JSON_NONE;
		if (to->has_sha512)
			read_hex(r, digest, "sha512", to->sha512, SHA512_SIZE);
		s->subject_count++;
	}
	if (s->subject_count == 0)
		is_wrong(r, "subject");
}

static uint64_t number_of(struct payload_reader *r, uint32_t object, const char *key)
{
	uint32_t i = member(r, object, key, JSON_OTHER);
	uint64_t value = 0;

	if (i == JSON_NONE || !json_number(&r->t, object, key, &value))
		is_wrong(r, key);
	return value;
}

static void read_file(struct payload_reader *r, uint32_t object, struct file_digest *f)
{
	f->size = number_of(r, object, "size");
	read_hex(r, member(r, object, "digest", JSON_OBJECT), "sha256", f->sha256, SHA256_SIZE);
}

static void read_tests(struct payload_reader *r, uint32_t predicate, enum test_end end)
{
	struct statement *s = r->s;
	uint32_t list = member(r, predicate, ends[end].member, JSON_ARRAY);

	for (uint32_t i = json_child(&r->t, list); i != JSON_NONE; i = json_next(&r->t, i)) {
		struct span check;

		if (s->test_count == MOST_TESTS || r->t.items[i].kind != JSON_STRING ||
		    !json_string(r->t.items[i].value, r->a, &check)) {
			is_wrong(r, ends[end].member);
			return;
		}
		for (uint32_t k = 0; k < s->test_count; k++)
			if (span_equal(s->tests[k].check, check))
				is_wrong(r, "a check that ended twice");
		s->tests[s->test_count++] = (struct test){ check, end };
		s->counts[end]++;
	}
}

/* What failed decides, then what was left open. */
static bool result_holds(const struct statement *s, struct span result)
{
	return span_is(result, s->counts[TEST_FAILED] ? "FAILED"
			       : s->counts[TEST_WARNED] || s->counts[TEST_NOT_EVALUABLE]
				       ? "WARNED"
				       : "PASSED");
}

/* At most MOST_OPAQUE are named; how many there are is said. */
static void read_opaque(struct payload_reader *r, uint32_t p)
{
	struct statement *s = r->s;
	uint32_t object, list;

	s->has_opaque = json_find(&r->t, p, "opaque") != JSON_NONE;
	if (!s->has_opaque)
		return;
	object = member(r, p, "opaque", JSON_OBJECT);
	list = member(r, object, "regions", JSON_ARRAY);
	s->opaque_all = number_of(r, object, "count");
	s->opaque = arena_take(r->a, MOST_OPAQUE, sizeof(*s->opaque));
	for (uint32_t i = json_child(&r->t, list); i != JSON_NONE; i = json_next(&r->t, i)) {
		struct opaque *to = s->opaque ? &s->opaque[s->opaque_count] : NULL;

		if (!to || s->opaque_count == MOST_OPAQUE) {
			is_wrong(r, "more parts that could not be opened than are looked at");
			return;
		}
		if (member(r, i, "where", JSON_STRING) != JSON_NONE &&
		    !json_member_string(&r->t, i, "where", r->a, &to->where))
			is_wrong(r, "where");
		to->size = number_of(r, i, "size");
		s->opaque_count++;
	}
	if (s->opaque_all < s->opaque_count ||
	    (s->opaque_all > s->opaque_count && s->opaque_count < MOST_OPAQUE))
		is_wrong(r, "a count that is not that of its parts");
}

static void read_evaluation(struct payload_reader *r, uint32_t p)
{
	struct statement *s = r->s;
	uint32_t counts = member(r, p, "counts", JSON_OBJECT);
	uint32_t tool = member(r, p, "tool", JSON_OBJECT);
	uint32_t knowledge = member(r, tool, "knowledge", JSON_OBJECT);
	uint32_t published = member(r, p, "published", JSON_OBJECT);

	s->tests = arena_take(r->a, MOST_TESTS, sizeof(*s->tests));
	if (!s->tests) {
		is_wrong(r, "no memory");
		return;
	}
	for (int end = 0; end < TEST_ENDS; end++) {
		read_tests(r, p, (enum test_end)end);
		if (number_of(r, counts, ends[end].name) != s->counts[end])
			is_wrong(r, "counts that are not those of its tests");
	}
	if (!result_holds(s, text_of(r, p, "result")))
		is_wrong(r, "a result that is not that of its tests");
	read_file(r, member(r, p, "report", JSON_OBJECT), &s->file);
	read_file(r, published, &s->published);
	s->passwords_left_out = number_of(r, published, "passwords_left_out");
	s->version = text_of(r, tool, "version");
	s->observing = text_of(r, knowledge, "observing");
	s->judging = text_of(r, knowledge, "judging");
	read_opaque(r, p);
}

static void read_comparison(struct payload_reader *r, uint32_t p)
{
	r->s->answer = text_of(r, p, "answer");
	read_file(r, member(r, p, "report", JSON_OBJECT), &r->s->file);
	if (r->s->subject_count != 2)
		is_wrong(r, "a comparison of other than two images");
}

static void read_declaration(struct payload_reader *r, uint32_t p)
{
	read_file(r, member(r, p, "declaration", JSON_OBJECT), &r->s->file);
}

static void read_release(struct payload_reader *r, uint32_t p)
{
	r->s->vendor = text_of(r, p, "vendor");
	r->s->product = text_of(r, p, "product");
	r->s->release = text_of(r, p, "version");
	if (json_find(&r->t, p, "text") != JSON_NONE)
		r->s->text = text_of(r, p, "text");
}

static void read_attached(struct payload_reader *r, uint32_t p)
{
	struct statement *s = r->s;
	uint32_t list = member(r, p, "evidence", JSON_ARRAY);

	s->attached = arena_take(r->a, MOST_ATTACHED, sizeof(*s->attached));
	for (uint32_t i = json_child(&r->t, list); i != JSON_NONE; i = json_next(&r->t, i)) {
		if (!s->attached || s->attached_count == MOST_ATTACHED) {
			is_wrong(r, "more evidence than is looked at");
			return;
		}
		read_file(r, i, &s->attached[s->attached_count++]);
	}
}

static void read_claim(struct payload_reader *r, uint32_t p)
{
	r->s->text = text_of(r, p, "alleges");
	read_attached(r, p);
	if (!span_is(text_of(r, p, "standing"), claim_standing(r->s)))
		is_wrong(r, "a standing that is not that of its evidence");
}

static void read_meant(struct payload_reader *r, uint32_t p)
{
	read_hex(r, member(r, p, "statement", JSON_OBJECT), "pae_sha256", r->s->pae_sha256,
		 SHA256_SIZE);
}

static void read_response(struct payload_reader *r, uint32_t p)
{
	read_meant(r, p);
	r->s->text = text_of(r, p, "says");
	read_attached(r, p);
}

static void read_revocation(struct payload_reader *r, uint32_t p)
{
	read_meant(r, p);
	r->s->text = text_of(r, p, "reason");
}

static void (*const readers[STATEMENT_KINDS])(struct payload_reader *r, uint32_t predicate) = {
	[STATEMENT_EVALUATION] = read_evaluation,
	[STATEMENT_COMPARISON] = read_comparison,
	[STATEMENT_DECLARATION] = read_declaration,
	[STATEMENT_RELEASE] = read_release,
	[STATEMENT_CLAIM] = read_claim,
	[STATEMENT_RESPONSE] = read_response,
	[STATEMENT_REVOCATION] = read_revocation,
};

static bool read_kind(struct payload_reader *r)
{
	struct span type = text_of(r, 0, "predicateType");

	for (int k = 0; !r->wrong && k < STATEMENT_KINDS; k++)
		if (span_is(type, kinds[k].predicate_type)) {
			r->s->kind = (enum statement_kind)k;
			return true;
		}
	return is_wrong(r, "a predicate type that is not known here");
}

const char *statement_read(struct span payload, struct arena *a, struct statement *s)
{
	struct payload_reader r = { .a = a, .s = s };

	*s = (struct statement){ 0 };
	if (payload.n > MOST_STATEMENT || json_text_read(a, payload, &r.t).kind ||
	    r.t.items[0].kind != JSON_OBJECT || !json_names_are_plain(&r.t))
		return "no JSON of a statement";
	if (!span_is(text_of(&r, 0, "_type"), STATEMENT_TYPE))
		return "it is no in-toto statement of version 1";
	if (read_kind(&r)) {
		read_subjects(&r);
		readers[s->kind](&r, member(&r, 0, "predicate", JSON_OBJECT));
	}
	return r.wrong;
}
