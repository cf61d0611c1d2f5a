/* rules.c - see rules.h. */
#include "log/rules.h"

#include "base/text.h"
#include "base/words.h"
#include "log/line.h"

struct rules_reader {
	struct rules *r;
	uint32_t line;
};

static bool read_count(struct span word, uint32_t most, uint32_t *count)
{
	uint64_t value;

	if (!decimal_read(word, &value) || value == 0 || value > most)
		return false;
	*count = (uint32_t)value;
	return true;
}

static const char *read_key(struct rules_reader *at, struct span words)
{
	return roster_add(&at->r->roster, words, at->line);
}

static bool read_kind(struct span word, enum statement_kind *kind)
{
	for (int k = 0; k < STATEMENT_KINDS; k++)
		if (span_is(word, statement_name((enum statement_kind)k))) {
			*kind = (enum statement_kind)k;
			return true;
		}
	return false;
}

static const char *read_need(struct rules_reader *at, struct span words)
{
	struct rules_need *n = &at->r->needs[at->r->need_count];
	struct span role;

	if (at->r->need_count == RULES_MOST_NEEDS)
		return "there are more than 32 needs";
	*n = (struct rules_need){ .role = ROLES, .line = at->line };
	if (!read_count(word_take(&words), ROSTER_MOST_KEYS, &n->count))
		return "need is not followed by a number from 1 to 256";
	role = word_take(&words);
	if (!span_is(role, "any") && !role_named(role, &n->role))
		return "the role is none of any, vendor, operator, lab, government, users";
	if (!read_kind(word_take(&words), &n->kind))
		return "the kind is none of evaluation, comparison, declaration, release, claim, "
		       "response, revocation";
	if (word_take(&words).n)
		return "a line is: need COUNT ROLE KIND";
	at->r->need_count++;
	return NULL;
}

static const char *read_product(struct rules_reader *at, struct span words)
{
	struct rules_product *p = &at->r->products[at->r->product_count];

	if (at->r->product_count == RULES_MOST_PRODUCTS)
		return "there are more than 64 products";
	*p = (struct rules_product){ .vendor = word_take(&words), .line = at->line };
	p->name = word_take(&words);
	if (p->name.n == 0 || word_take(&words).n)
		return "a line is: product VENDOR NAME, a blank in one written \\x20";
	at->r->product_count++;
	return NULL;
}

static const char *read_region(struct rules_reader *at, struct span words)
{
	struct rules *r = at->r;
	struct rules_region *to = &r->regions[r->region_count];
	struct span place = word_take(&words), size = word_take(&words);

	if (span_is(place, "all") && size.n == 0) {
		r->all_regions = at->line;
		return NULL;
	}
	if (r->region_count == RULES_MOST_REGIONS)
		return "there are more than 256 parts";
	*to = (struct rules_region){ .where = place, .line = at->line };
	if (place.n == 0 || !decimal_read(size, &to->size) || word_take(&words).n)
		return "a line is: allow opaque PLACE SIZE, or allow opaque all";
	r->region_count++;
	return NULL;
}

static const char *read_checks(struct rules_reader *at, struct span words, enum test_end end)
{
	struct rules *r = at->r;
	struct span check = word_take(&words);

	if (check.n == 0)
		return "allow is not followed by checks, or all";
	for (; check.n; check = word_take(&words)) {
		if (span_is(check, "all")) {
			r->all_of[end] = at->line;
			continue;
		}
		if (r->allowed_count == RULES_MOST_ALLOWED)
			return "there are more than 1024 checks";
		r->allowed[r->allowed_count++] = (struct rules_allowed){ check, end, at->line };
	}
	return NULL;
}

static const char *read_allow(struct rules_reader *at, struct span words)
{
	static const enum test_end ends[] = { TEST_FAILED, TEST_WARNED, TEST_NOT_EVALUABLE };
	struct span what = word_take(&words);

	if (span_is(what, "opaque"))
		return read_region(at, words);
	if (span_is(what, "unwitnessed") && word_take(&words).n == 0) {
		at->r->unwitnessed = at->line;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_is(what, test_end_name(ends[i])))
			return read_checks(at, words, ends[i]);
	return "allow takes fail, review, not-evaluable, opaque or unwitnessed";
}

static const char *read_age(struct rules_reader *at, struct span words)
{
	if (at->r->age_line)
		return "age stands there already";
	at->r->age_line = at->line;
	if (!read_count(word_take(&words), RULES_MOST_DAYS, &at->r->age) || word_take(&words).n)
		return "age is not followed by a number of days, 1 to 36500";
	return NULL;
}

static const char *read_claims(struct rules_reader *at, struct span words)
{
	static const char *const names[] = {
		[CLAIMS_ANSWERED] = "answered", [CLAIMS_NONE] = "none", [CLAIMS_IGNORED] = "ignored"
	};
	struct span word = word_take(&words);

	if (at->r->claims_line)
		return "claims stands there already";
	at->r->claims_line = at->line;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(word, names[i]) && word_take(&words).n == 0) {
			at->r->claims = (enum rules_claims)i;
			return NULL;
		}
	return "claims takes none, answered or ignored";
}

static const struct {
	const char *word;
	const char *(*read)(struct rules_reader *at, struct span words);
} readers[] = {
	{ "key", read_key },     { "product", read_product }, { "need", read_need },
	{ "allow", read_allow }, { "age", read_age },         { "claims", read_claims },
};

static const char *read_line(struct rules_reader *at, struct span line)
{
	struct span word = word_take(&line);

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (span_is(word, readers[i].word))
			return readers[i].read(at, line);
	return "a line begins with key, need, product, allow, age or claims";
}

/* A product is of releases: none may be needed only by mistake. */
static const char *check_products(struct rules *r)
{
	for (uint32_t i = 0; i < r->need_count; i++)
		if (r->needs[i].kind == STATEMENT_RELEASE)
			return NULL;
	r->wrong_line = r->product_count ? r->products[0].line : r->wrong_line;
	return r->product_count
		       ? "a product counts where a release is needed: need 1 vendor release"
		       : NULL;
}

/* A need that no bundle can meet is a mistake. */
static const char *check_needs(struct rules *r)
{
	for (uint32_t i = 0; i < r->need_count; i++) {
		const struct rules_need *n = &r->needs[i];
		uint32_t keys = 0;

		for (uint32_t k = 0; k < r->roster.count; k++)
			keys += n->role == ROLES || r->roster.keys[k].role == n->role;
		r->wrong_line = n->line;
		if (keys < n->count)
			return "it needs more keys of that role than there are";
	}
	return check_products(r);
}

const char *rules_read(struct span file, struct rules *r)
{
	struct rules_reader at = { .r = r };
	struct span line;

	memset(r, 0, sizeof(*r));
	r->wrong_line = 1;
	if (file.n > RULES_MOST_BYTES)
		return "it is too large for rules";
	while (line_take(&file, &line)) {
		const char *wrong;

		r->wrong_line = ++at.line;
		wrong = line_says(line) ? read_line(&at, line) : NULL;
		if (wrong)
			return wrong;
	}
	if (r->need_count == 0)
		return "no line says what is needed: need COUNT ROLE KIND";
	return check_needs(r);
}

uint32_t rules_allow(const struct rules *r, const struct test *t)
{
	for (uint32_t i = 0; i < r->allowed_count; i++)
		if (r->allowed[i].end == t->end && span_equal(r->allowed[i].check, t->check))
			return r->allowed[i].line;
	return r->all_of[t->end];
}

/* A word of the file cannot hold a blank. */
static bool says(struct span word, struct span text)
{
	const struct span blank = span_text("\\x20");
	size_t at = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ' && span_starts(span_from(word, at), blank))
			at += blank.n;
		else if (span_byte(word, at++) != text.p[i])
			return false;
	}
	return at == word.n;
}

bool rules_are_of(const struct rules *r, const struct statement *release)
{
	for (uint32_t i = 0; i < r->product_count; i++)
		if (says(r->products[i].vendor, release->vendor) &&
		    says(r->products[i].name, release->product))
			return true;
	return r->product_count == 0;
}

uint32_t rules_allow_opaque(const struct rules *r, const struct opaque *o)
{
	for (uint32_t i = 0; i < r->region_count; i++)
		if (o->size <= r->regions[i].size && says(r->regions[i].where, o->where))
			return r->regions[i].line;
	return r->all_regions;
}
