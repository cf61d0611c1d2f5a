/* acceptance_text.c - the outcome as a person reads it (docs/verify.md). What others wrote is
 * escaped; all of it is text put by text_put alone, so that a device says it too. */
#include "base/day.h"
#include "log/acceptance.h"
#include "trust/statement_text.h"

#define WIDTH      80u
#define INDENT     19u
#define SHOWN_TEXT 300u /* bytes of what others say */

typedef void put_detail(const struct acceptance *a, struct text *t);

/* -- words into lines -- */

static unsigned width_of(struct span word)
{
	unsigned n = 0;

	for (size_t i = 0; i < word.n; i++)
		n += (word.p[i] & 0xc0) != 0x80;
	return n;
}

static void put_blanks(struct text *out, unsigned n)
{
	while (n-- > 0)
		text_char(out, ' ');
}

/* Appends the text from the column on, its lines broken at blanks and "\n". */
static void put_wrapped(struct text *out, struct span text)
{
	unsigned column = INDENT;
	bool first = true;

	for (size_t at = 0, end; at < text.n; at = end + 1) {
		struct span word;

		for (end = at; end < text.n && text.p[end] != ' ' && text.p[end] != '\n';)
			end++;
		word = span_sub(text, at, end - at);
		if (!first && column + 1 + width_of(word) > WIDTH) {
			text_char(out, '\n');
			put_blanks(out, INDENT);
			column = INDENT;
			first = true;
		}
		if (!first)
			text_char(out, ' ');
		text_put(out, word);
		column += width_of(word) + !first;
		first = false;
		if (span_byte(text, end) == '\n') {
			text_char(out, '\n');
			put_blanks(out, INDENT);
			column = INDENT;
			first = true;
		}
	}
	text_char(out, '\n');
}

/* -- pieces -- */

static void put_count(struct text *t, uint64_t n, const char *one, const char *more)
{
	text_number(t, n);
	text_char(t, ' ');
	text_puts(t, n == 1 ? one : more);
}

static void put_short(struct text *t, const uint8_t *sha256)
{
	text_hex(t, (struct span){ sha256, 8 });
	text_puts(t, "\u2026");
}

static void put_said(struct text *t, struct span s)
{
	text_escape(t, span_head(s, SHOWN_TEXT), "");
	if (s.n > SHOWN_TEXT)
		text_puts(t, "\u2026");
}

static void put_day(struct text *t, int64_t time)
{
	char day[DAY_TEXT];

	day_write(time, day);
	text_puts(t, day);
}

static const struct accepted *line_at(const struct acceptance *a, uint32_t i)
{
	return a->lines[i].signer ? &a->lines[i] : NULL;
}

/* -- what each step found -- */

static void put_bundle(const struct acceptance *a, struct text *t)
{
	put_count(t, a->count, "statement", "statements");
}

static bool is_first_by(const struct acceptance *a, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (a->lines[i].signer == a->lines[at].signer)
			return false;
	return true;
}

static void put_signed(const struct acceptance *a, struct text *t)
{
	const char *between = "";

	for (uint32_t i = 0; i < a->count; i++) {
		const struct accepted *l = line_at(a, i);

		if (!l || !is_first_by(a, i))
			continue;
		text_puts(t, between);
		put_said(t, l->signer->name);
		if (l->signer->role < ROLES) {
			text_puts(t, ", ");
			text_puts(t, role_name(l->signer->role));
		}
		text_puts(t, ", key ");
		put_short(t, l->signer->sha256);
		between = "\n";
	}
	if (a->unknown == 0)
		return;
	text_char(t, '\n');
	put_count(t, a->unknown, "statement by a key that does not count for you: not looked at",
		  "statements by keys that do not count for you: not looked at");
}

static void put_image(const struct acceptance *a, struct text *t)
{
	text_puts(t, "sha256 ");
	put_short(t, a->given->image.sha256);
	text_puts(t, " is the statements'");
}

/* An entry of the log that no line before shows. */
static bool is_new_entry(const struct acceptance *a, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (a->lines[i].signer && a->lines[i].b.index == a->lines[at].b.index &&
		    a->lines[i].seen->outcome.log == a->lines[at].seen->outcome.log)
			return false;
	return true;
}

static void put_logged(const struct acceptance *a, struct text *t)
{
	const char *between = "";

	for (uint32_t i = 0; i < a->count; i++) {
		const struct accepted *l = line_at(a, i);

		if (!l || !is_new_entry(a, i))
			continue;
		text_puts(t, between);
		put_said(t, l->seen->checkpoint.origin);
		text_puts(t, ", entry ");
		text_number(t, l->b.index);
		text_puts(t, " of ");
		text_number(t, l->b.head.size);
		between = "\n";
	}
}

static void put_witnesses(const struct policy *p, const struct policy_outcome *o, struct text *t)
{
	const char *between = "";

	for (uint32_t i = 0; i < p->witness_count; i++) {
		if (o->witness[i] != NOTE_SIGNED)
			continue;
		text_puts(t, between);
		put_said(t, p->witnesses[i].name);
		between = ", ";
	}
	text_puts(t, ": the quorum of policy line ");
	text_number(t, p->quorum_line);
}

static bool is_new_checkpoint(const struct acceptance *a, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (a->lines[i].seen == a->lines[at].seen)
			return false;
	return true;
}

static void put_witnessed(const struct acceptance *a, struct text *t)
{
	const char *between = "";

	if (a->given->policy->is_quorum_none) {
		text_puts(t, "by nobody, as the policy says; allowed by rules line ");
		text_number(t, a->given->rules ? a->given->rules->unwitnessed : 0);
		return;
	}
	for (uint32_t i = 0; i < a->count; i++) {
		if (!line_at(a, i) || !is_new_checkpoint(a, i))
			continue;
		text_puts(t, between);
		put_witnesses(a->given->policy, &a->lines[i].seen->outcome, t);
		between = "\n";
	}
}

static void put_fallen(const struct acceptance *a, const struct accepted *l, struct text *t)
{
	text_puts(t, "\nstatement ");
	text_number(t, (uint64_t)(l - a->lines) + 1);
	text_puts(t, ", of ");
	put_said(t, l->signer->name);
	if (l->standing == STANDING_DAYS) {
		text_puts(t, ": its key did not count when the witnesses saw it");
		return;
	}
	text_puts(t, ", was taken back: ");
	put_said(t, l->revocation->s.text);
}

static void put_standing(const struct acceptance *a, struct text *t)
{
	uint32_t stand = 0;

	for (uint32_t i = 0; i < a->count; i++)
		stand += a->lines[i].standing == STANDS;
	text_number(t, stand);
	text_puts(t, " of ");
	text_number(t, a->count - a->unknown);
	text_puts(t, stand == 1 ? " stands" : " stand");
	for (uint32_t i = 0; i < a->count; i++)
		if (a->lines[i].standing == STANDING_REVOKED ||
		    a->lines[i].standing == STANDING_DAYS)
			put_fallen(a, &a->lines[i], t);
}

static void put_need(const struct rules_need *n, struct text *t)
{
	text_number(t, n->count);
	text_char(t, ' ');
	text_puts(t, n->role == ROLES ? "of any role" : role_name(n->role));
	text_char(t, ' ');
	text_puts(t, statement_name(n->kind));
	text_puts(t, " (line ");
	text_number(t, n->line);
	text_char(t, ')');
}

/* Parts that nobody could open: a rule bore each. */
static void put_opaque(const struct acceptance *a, const struct accepted *l, struct text *t)
{
	for (uint32_t i = 0; i < l->s.opaque_count && i < 8; i++) {
		const struct opaque *o = &l->s.opaque[i];

		text_puts(t, "\nnobody could open ");
		put_said(t, o->where.n ? o->where : span_text("the image"));
		text_puts(t, ", ");
		put_count(t, o->size, "byte", "bytes");
		text_puts(t, ": allowed by line ");
		text_number(t, rules_allow_opaque(a->given->rules, o));
	}
	if (l->s.opaque_all > 8) {
		text_puts(t, "\nand ");
		put_count(t, l->s.opaque_all - 8, "more part", "more parts");
	}
}

static void put_rules(const struct acceptance *a, struct text *t)
{
	const struct rules *r = a->given->rules;
	const char *between = "met: ";

	if (!r) {
		text_puts(t, "none were given: what was signed is for you to weigh");
		return;
	}
	for (uint32_t i = 0; i < r->need_count; i++) {
		text_puts(t, between);
		put_need(&r->needs[i], t);
		between = ", ";
	}
	for (uint32_t i = 0; i < a->count; i++)
		if (a->lines[i].standing == STANDS && a->lines[i].s.kind == STATEMENT_EVALUATION) {
			put_opaque(a, &a->lines[i], t);
			return;
		}
}

static void put_age(const struct acceptance *a, struct text *t)
{
	const struct rules *r = a->given->rules;
	int64_t days = (a->given->at - (int64_t)a->seen_at) / DAY_SECONDS;

	if (a->seen_at == 0) {
		text_puts(t, "no witness says when; no rule asks");
		return;
	}
	text_puts(t, "seen ");
	put_day(t, (int64_t)a->seen_at);
	if (days > 0) {
		text_puts(t, ", ");
		put_count(t, (uint64_t)days, "day", "days");
		text_puts(t, " ago");
	}
	text_puts(t, r && r->age ? "; rules allow " : "; no rule asks");
	if (r && r->age)
		put_count(t, r->age, "day", "days");
}

static const struct {
	const char *name;
	put_detail *put;
	const char *shows, *advice;
} steps[ACCEPTANCE_STEPS] = {
	[ACCEPTANCE_BUNDLE] = { "bundle", put_bundle,
				"shows that the file is whole; not that any of it is true",
				"Ask for the bundle again: this one is damaged." },
	[ACCEPTANCE_SIGNED] = { "signed", put_signed, "shows who says it; not that it is so",
				"Take the keys into the rules if you trust them." },
	[ACCEPTANCE_IMAGE] = { "image", put_image,
			       "shows what they speak of; not that a device runs it",
			       "Ask for a bundle about the software that is at hand." },
	[ACCEPTANCE_LOGGED] = { "logged", put_logged,
				"shows that a log holds it; not that all see the same log",
				"Ask for a bundle out of a log that is in the policy." },
	[ACCEPTANCE_WITNESSED] = { "witnessed", put_witnessed,
				   "shows that they saw this log; not that they read in it",
				   "Ask for a bundle that more witnesses have signed." },
	[ACCEPTANCE_STANDING] = { "standing", put_standing,
				  "shows what the bundle takes back; not what was since",
				  "Ask for a bundle with statements that stand." },
	[ACCEPTANCE_RULES] = { "rules", put_rules,
			       "shows that the rules are met; not that they ask enough",
			       "Ask for what is missing, or change the rules." },
	[ACCEPTANCE_AGE] = { "age", put_age,
			     "shows when the log was seen; not what came into it since",
			     "Ask for a bundle of these days." },
};

const char *acceptance_step_name(enum acceptance_step step)
{
	return steps[step].name;
}

void acceptance_detail(const struct acceptance *a, enum acceptance_step step, struct text *t)
{
	steps[step].put(a, t);
}

/* -- the whole -- */

static void put_word(const struct acceptance_view *v, const char *word, const char *colour)
{
	if (v->colour)
		text_puts(v->out, colour);
	text_puts(v->out, word);
	if (v->colour)
		text_puts(v->out, "\033[0m");
}

static void put_label(struct text *out, unsigned number, const char *name)
{
	text_number(out, number);
	text_char(out, ' ');
	text_puts(out, name);
	put_blanks(out, 11 - (unsigned)strlen(name));
}

static void put_step(const struct acceptance *a, const struct acceptance_view *v, unsigned i)
{
	put_label(v->out, i + 1, steps[i].name);
	v->scratch->n = 0;
	if (i > a->step) {
		text_puts(v->out, "      not looked at\n");
		return;
	}
	text_puts(v->out, i < a->step ? "yes   " : "NO    ");
	if (i < a->step)
		steps[i].put(a, v->scratch);
	else
		text_put(v->scratch, text_span(a->why));
	put_wrapped(v->out, text_span(v->scratch));
	if (a->step < ACCEPTANCE_STEPS)
		return;
	put_blanks(v->out, INDENT);
	put_wrapped(v->out, span_text(i == ACCEPTANCE_WITNESSED && a->given->policy->is_quorum_none
					      ? "shows nothing: others may be shown another log"
					      : steps[i].shows));
}

static void put_statements(const struct acceptance *a, const struct acceptance_view *v)
{
	text_puts(v->out, "\nWhat was signed\n");
	for (uint32_t i = 0; i < a->count; i++) {
		const struct accepted *l = &a->lines[i];

		if (l->standing != STANDS)
			continue;
		text_puts(v->out, statement_name(l->s.kind));
		put_blanks(v->out, 13 - (unsigned)strlen(statement_name(l->s.kind)));
		statement_text(v->out, &l->s);
		text_puts(v->out, "  signed by  ");
		put_said(v->out, l->signer->name);
		text_char(v->out, '\n');
	}
}

void acceptance_text(const struct acceptance *a, const struct acceptance_view *v)
{
	bool accepted = a->step == ACCEPTANCE_STEPS;

	if (accepted) {
		put_word(v, "ACCEPTED", "\033[1m");
		text_puts(v->out, a->given->rules
					  ? "     this software is what the rules let in\n\n"
					  : "     what is signed speaks of this image\n\n");
	} else {
		put_word(v, "REFUSED", "\033[1;31m");
		text_puts(v->out, "      at step ");
		text_number(v->out, (uint64_t)a->step + 1);
		text_puts(v->out, " of ");
		text_number(v->out, ACCEPTANCE_STEPS);
		text_puts(v->out, ": ");
		text_puts(v->out, steps[a->step].name);
		text_puts(v->out, "\n\n");
	}
	for (unsigned i = 0; i < ACCEPTANCE_STEPS; i++)
		put_step(a, v, i);
	if (accepted) {
		put_statements(a, v);
		return;
	}
	text_puts(v->out, "\nDo not install it for now. ");
	text_puts(v->out, a->advice ? a->advice : steps[a->step].advice);
	text_char(v->out, '\n');
}
