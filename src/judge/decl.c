/* decl.c - the image against what is declared to be in it: what is not declared, what is declared
 * and not there; and exceptions from verdicts. */
#include "judge/check.h"
#include "judge/declaration.h"

enum declared is_declared(const struct ruling *r, const struct fact *f)
{
	const struct declaration *d = r->c->options->declaration;
	struct declared_row row;
	enum section section;

	if (!d)
		return DECLARED_NOTHING;
	if (!declared_row_of(f, r->c->arena, &section, &row))
		return DECLARED_YES; /* it need not be */
	return declared_next(d, section, &row, NULL) ? DECLARED_YES : DECLARED_NO;
}

static bool is_given(struct ruling *r)
{
	if (!r->c->options->declaration)
		rule_open(r, REASON_DOCUMENTS_NEEDED, "no declaration was given (--declaration)");
	return r->c->options->declaration != NULL;
}

/* "2 accounts, 1 service" as far as a sentence holds. */
static const char *sum_up(struct ruling *r, const uint32_t count[SECTIONS])
{
	struct text t = { 0 };
	uint32_t more = 0;
	const char *out;

	for (int s = 0; s < SECTION_EXCEPTIONS; s++) {
		const struct section_table *table = &section_tables[s];

		if (count[s] == 0)
			continue;
		if (t.n > 28)
			more += count[s];
		else
			text_format(&t, "%s%u %s", t.n ? ", " : "", count[s],
				    count[s] == 1 ? table->one : table->many);
	}
	if (more)
		text_format(&t, ", %u more", more);
	out = arena_text(r->c->arena, text_span(&t));
	text_free(&t);
	r->failed |= !out;
	return out ? out : "";
}

static void judge_undeclared(struct ruling *r)
{
	const struct declaration *d = r->c->options->declaration;
	uint32_t count[SECTIONS] = { 0 }, all = 0;

	if (!is_given(r))
		return;
	for (int k = 0; k < FACT_KINDS; k++)
		for (uint32_t i = 0; i < r->c->facts->count[k]; i++) {
			const struct fact *f = r->c->facts->of[k][i];
			struct declared_row row;
			enum section section;

			if (!declared_row_of(f, r->c->arena, &section, &row))
				continue;
			all++;
			if (declared_next(d, section, &row, NULL))
				continue;
			count[section]++;
			rule_fact(r, OUTCOME_FAIL, f);
		}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "not declared: %s", sum_up(r, count));
	else
		rule_passed(r, "%s", counted(r, all, "fact", "facts"));
}

const struct check check_decl_01 = {
	.id = "DECL-01",
	.group = "DECL",
	.title = "What is in the image is declared",
	.rule = "with a declaration: fail if an account, started service, listener, endpoint, key, "
		"component or set-uid file is in the image and not in it, or differs from it; pass "
		"if all are declared; not evaluable without one",
	.does_not_prove = "that what is declared is needed",
	.requirements = "TR.A.4; TR.B.5; TR.C.2 (MUST NOT); TR.D.13 (MUST NOT); 33.117 4.4.2; "
			"ISVS 1.1.2 (L1); CWE-912",
	.reads = READS(ACCOUNT) | READS(COMPONENT) | READS(ENDPOINT) | READS(KEY) |
		 READS(LISTENER) | READS(PRIVILEGE) | READS(SERVICE) | READS_GAPS,
	.blind = BLIND_ALWAYS,
	.judge = judge_undeclared,
};

/* One mark for each row of the declaration that a fact agrees with. */
static bool mark_found(struct ruling *r, bool *found[SECTIONS])
{
	const struct declaration *d = r->c->options->declaration;

	for (int s = 0; s < SECTIONS; s++) {
		found[s] = arena_take(r->c->arena, d->of[s].n, sizeof(bool));
		if (!found[s])
			return false;
	}
	for (int k = 0; k < FACT_KINDS; k++)
		for (uint32_t i = 0; i < r->c->facts->count[k]; i++) {
			const struct declared_row *at = NULL;
			struct declared_row row;
			enum section section;

			if (!declared_row_of(r->c->facts->of[k][i], r->c->arena, &section, &row))
				continue;
			while ((at = declared_next(d, section, &row, at)))
				found[section][at - d->of[section].p] = true;
		}
	return true;
}

/* The row's name, as a report shows names. */
static const char *name_of(struct ruling *r, const struct declared_row *row, uint32_t all)
{
	struct text raw = { 0 };
	const char *name;

	text_unescape(&raw, row->value[0]);
	name = shown_of(r, text_span(&raw), all);
	text_free(&raw);
	return name;
}

static void judge_missing(struct ruling *r)
{
	const struct declaration *d = r->c->options->declaration;
	const struct declared_row *first = NULL;
	const char *what = NULL;
	bool *found[SECTIONS];
	uint32_t all = 0, missing = 0;

	if (!is_given(r))
		return;
	if (!mark_found(r, found)) {
		r->failed = true;
		return;
	}
	for (int s = 0; s < SECTION_EXCEPTIONS; s++)
		for (uint32_t i = 0; i < d->of[s].n; i++) {
			all++;
			if (found[s][i])
				continue;
			missing++;
			what = first ? what : section_tables[s].one;
			first = first ? first : &d->of[s].p[i];
		}
	if (missing)
		rule_says(r, OUTCOME_REVIEW, "declared, not there: %s %s", what,
			  name_of(r, first, missing));
	else
		rule_passed(r, "%s", counted(r, all, "declared thing", "declared things"));
}

const struct check check_decl_02 = {
	.id = "DECL-02",
	.group = "DECL",
	.title = "What is declared is in the image",
	.rule = "with a declaration: review if something is declared and not in the image; pass if "
		"all is there; not evaluable without one",
	.does_not_prove = "that the declaration is of this version",
	.requirements = "TR.A.4; TR.B.5; 33.117 4.4.2; ISVS 1.1.2 (L1)",
	.reads = READS(ACCOUNT) | READS(COMPONENT) | READS(ENDPOINT) | READS(KEY) |
		 READS(LISTENER) | READS(PRIVILEGE) | READS(SERVICE) | READS_GAPS,
	.blind = BLIND_ALWAYS,
	.judge = judge_missing,
};

/* -- exceptions -- */

/* The first exception from that check for that place that has not expired. */
static const struct declared_row *covering(const struct declared_rows *rows,
					   const struct verdict *v, const struct node *n,
					   const char *as_of)
{
	const struct declared_row *found = NULL;
	struct text path = { 0 };

	text_escape(&path, n ? n->path : (struct span){ 0 }, "");
	for (uint32_t i = 0; i < rows->n && !found; i++) {
		const struct declared_row *x = &rows->p[i];
		struct span place = x->value[EXCEPTION_PLACE];

		if (span_is(x->value[EXCEPTION_CHECK], v->check->id) &&
		    span_compare(x->value[EXCEPTION_EXPIRES], span_text(as_of)) >= 0 &&
		    (place.n == 0 || span_equal(place, text_span(&path))))
			found = x;
	}
	text_free(&path);
	return found;
}

const struct declared_row *exception_of(const struct case_file *c, const struct verdict *v)
{
	const struct declaration *d = c->options->declaration;
	const struct declared_row *first = NULL;

	/* Without a date nobody knows whether an exception still holds. */
	if (!d || !c->options->as_of || v->outcome > OUTCOME_REVIEW)
		return NULL;
	if (v->evidence_count == 0)
		return covering(&d->of[SECTION_EXCEPTIONS], v, NULL, c->options->as_of);
	for (uint32_t i = 0; i < v->evidence_count; i++) {
		const struct declared_row *x = covering(&d->of[SECTION_EXCEPTIONS], v,
							v->evidence[i].node, c->options->as_of);

		if (!x)
			return NULL;
		first = first ? first : x;
	}
	return first;
}
