/* verify_text.c - see verify.h. Texts of statements were written by others: they are escaped. */
#include <string.h>

#include "cli/verify.h"
#include "trust/statement_text.h"

static const struct {
	const char *name, *advice;
} steps[STEPS] = {
	[STEP_ENVELOPE] = { "envelope", "Ask for the file again: it is not what a signer writes." },
	[STEP_SIGNATURE] = { "signature",
			     "Ask who signed it; give that key with --key if you trust it." },
	[STEP_STATEMENT] = { "statement",
			     "It may be of a newer evenhand; this one cannot judge it." },
	[STEP_IMAGE] = { "image", "Ask for a statement about the software that is at hand." },
	[STEP_STANDING] = { "standing", "Ask for the statement that stands in its place." },
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void verify_name(struct text *out, const char *path)
{
	text_escape(out, span_text(base_of(path)), "");
}

static void put_short(struct text *out, const uint8_t *sha256)
{
	text_hex(out, (struct span){ sha256, 8 });
	text_puts(out, "\u2026");
}

/* -- refused -- */

static void put_word(struct check_run *r, const char *word, bool red)
{
	if (r->v->view.colour)
		text_puts(r->out, red ? "\033[1;31m" : "\033[1m");
	text_puts(r->out, word);
	if (r->v->view.colour)
		text_puts(r->out, "\033[0m");
}

static void put_refused(struct check_run *r)
{
	struct text *out = r->out;

	put_word(r, "REFUSED", true);
	text_format(out, "      at step %d of %d: %s\n\n", r->step + 1, STEPS, steps[r->step].name);
	for (int i = 0; i < STEPS; i++) {
		text_format(out, "%d %-12s", i + 1, steps[i].name);
		if (i < (int)r->step)
			text_puts(out, i == STEP_IMAGE && !r->v->has_image ? "-     none was given"
									   : "yes");
		else if (i > (int)r->step)
			text_puts(out, "      not looked at");
		else
			text_puts(out, "NO    ");
		if (i == (int)r->step)
			text_put(out, text_span(&r->why));
		text_char(out, '\n');
	}
	text_format(out, "\nDo not rely on it. %s\n", steps[r->step].advice);
}

/* -- accepted -- */

static void put_signers(struct check_run *r, uint32_t signers)
{
	const char *between = "";

	for (int i = 0; i < r->signer_count; i++) {
		if (!(signers & 1u << i))
			continue;
		text_puts(r->out, between);
		verify_name(r->out, r->signers[i].name);
		text_puts(r->out, ", key ");
		put_short(r->out, r->signers[i].digest);
		between = "; ";
	}
}

/* -- where labs agree: evaluations by different keys -- */

static const struct test *test_of(const struct statement *s, struct span check)
{
	for (uint32_t i = 0; i < s->test_count; i++)
		if (span_equal(s->tests[i].check, check))
			return &s->tests[i];
	return NULL;
}

static bool is_evaluation(const struct checked *c)
{
	return c->s.kind == STATEMENT_EVALUATION;
}

/* The first evaluation that has that check: only there it is compared with the others. */
static bool is_first_with(const struct check_run *r, int at, struct span check)
{
	for (int i = 0; i < at; i++)
		if (is_evaluation(&r->list[i]) && test_of(&r->list[i].s, check))
			return false;
	return true;
}

static bool ends_alike(const struct check_run *r, struct span check)
{
	const struct test *first = NULL;
	bool any = false;

	for (int i = 0; i < r->count; i++) {
		const struct test *t;

		if (!is_evaluation(&r->list[i]))
			continue;
		t = test_of(&r->list[i].s, check);
		if (any && (!t != !first || (t && t->end != first->end)))
			return false;
		first = t;
		any = true;
	}
	return true;
}

static void put_ends(struct check_run *r, struct span check)
{
	text_puts(r->out, "  ");
	text_escape(r->out, check, "");
	for (int i = 0; i < r->count; i++) {
		const struct checked *c = &r->list[i];
		const struct test *t;

		if (!is_evaluation(c))
			continue;
		t = test_of(&c->s, check);
		text_format(r->out, "\n    %-15s", t ? test_end_name(t->end) : "not judged");
		verify_name(r->out, c->name);
	}
	text_char(r->out, '\n');
}

static bool has_same_rules(const struct check_run *r, const struct statement *first)
{
	for (int i = 0; i < r->count; i++) {
		const struct statement *s = &r->list[i].s;

		if (is_evaluation(&r->list[i]) && !(span_equal(s->version, first->version) &&
						    span_equal(s->observing, first->observing) &&
						    span_equal(s->judging, first->judging)))
			return false;
	}
	return true;
}

static void put_differences(struct check_run *r, const struct statement *first)
{
	uint32_t n = 0;

	text_puts(r->out, "reports      not all the same\n");
	if (!has_same_rules(r, first))
		text_puts(r->out, "             not all by the same version and knowledge\n");
	for (int i = 0; i < r->count; i++)
		for (uint32_t k = 0; is_evaluation(&r->list[i]) && k < r->list[i].s.test_count;
		     k++) {
			struct span check = r->list[i].s.tests[k].check;

			if (!is_first_with(r, i, check) || ends_alike(r, check))
				continue;
			if (n++ == 0)
				text_puts(r->out, "\nchecks that end differently\n");
			put_ends(r, check);
		}
	if (n == 0)
		text_puts(r->out, "             every check ends alike: they differ in facts\n");
}

static int count_bits(uint32_t bits)
{
	return __builtin_popcount(bits);
}

/* How many have the report that most have. */
static void put_agreement(struct check_run *r)
{
	const struct statement *first = NULL, *common = NULL;
	uint32_t all = 0, most = 0;

	for (int i = 0; i < r->count; i++) {
		uint32_t same = 0;

		if (!is_evaluation(&r->list[i]))
			continue;
		for (int k = 0; k < r->count; k++)
			if (is_evaluation(&r->list[k]) &&
			    memcmp(r->list[k].s.file.sha256, r->list[i].s.file.sha256,
				   SHA256_SIZE) == 0)
				same |= r->list[k].signers;
		first = first ? first : &r->list[i].s;
		all |= r->list[i].signers;
		if (count_bits(same) > count_bits(most)) {
			most = same;
			common = &r->list[i].s;
		}
	}
	if (!first || !common)
		return;
	if (count_bits(all) > 1) {
		text_format(r->out,
			    "agreement    %d of %d keys have signed the same report, sha256 ",
			    count_bits(most), count_bits(all));
		put_short(r->out, common->file.sha256);
		text_char(r->out, '\n');
	}
	for (int i = 0; i < r->count; i++)
		if (is_evaluation(&r->list[i]) &&
		    memcmp(r->list[i].s.file.sha256, first->file.sha256, SHA256_SIZE) != 0) {
			put_differences(r, first);
			return;
		}
}

static void put_accepted(struct check_run *r)
{
	struct text *out = r->out;

	put_word(r, "ACCEPTED", false);
	text_format(out, "     %s\n\n",
		    r->v->has_image ? "what is signed speaks of this image"
				    : "what is signed holds; no image was given to lay beside it");
	text_format(out, "image        sha256 ");
	put_short(out, r->v->has_image ? r->image.sha256 : r->list[0].s.subjects[0].sha256);
	text_puts(out, r->v->has_image ? "   matches\n" : "   as the statement names it\n");
	for (int i = 0; i < r->count; i++) {
		text_format(out, "%-13s", statement_name(r->list[i].s.kind));
		statement_text(out, &r->list[i].s);
		text_puts(out, "  signed by  ");
		put_signers(r, r->list[i].signers);
		text_char(out, '\n');
	}
	put_agreement(r);
}

void verify_text(struct check_run *r)
{
	if (r->step < STEPS)
		put_refused(r);
	else
		put_accepted(r);
}
