/* acceptance.c - see acceptance.h. Each step looks at all lines before the next begins, and what a
 * step relies on was shown by those before it. */
#include "log/acceptance.h"

#include "base/day.h"
#include "log/entry.h"

#define SHOWN_TEXT 300u /* bytes of what others say */

/* -- saying what is wrong -- */

static void say(struct acceptance *a, const char *text)
{
	text_puts(a->why, text);
}

static void say_bytes(struct acceptance *a, struct span s)
{
	text_escape(a->why, span_head(s, SHOWN_TEXT), "");
}

static bool fails(struct acceptance *a, const struct accepted *l, const char *why)
{
	a->wrong = l ? (uint32_t)(l - a->lines) + 1 : 0;
	if (l && a->count > 1) {
		say(a, "statement ");
		text_number(a->why, a->wrong);
		say(a, ": ");
	}
	say(a, why);
	return false;
}

/* What a person can do where the step alone does not say it. */
static bool advises(struct acceptance *a, const char *advice)
{
	a->advice = advice;
	return false;
}

static const char was_changed[] = "Ask for the bundle again: this one was changed.";

/* -- the lines, one after the other -- */

static bool is_known(const struct accepted *l)
{
	return l->signer != NULL;
}

/* The first line from there on that a known key signed; NULL behind the last. */
static struct accepted *next_known(struct acceptance *a, struct accepted *l)
{
	for (; l < a->lines + a->count; l++)
		if (is_known(l))
			return l;
	return NULL;
}

#define each_known(a, l)                                                                           \
	for (struct accepted *l = next_known(a, (a)->lines); l; l = next_known(a, l + 1))

/* -- 1 to 3: what is signed, by whom, about what -- */

static bool check_bundle(struct acceptance *a)
{
	struct span rest = a->given->bundle, one;

	if (rest.n > SIGBUNDLE_MOST_BYTES)
		return fails(a, NULL, "it is too large for a bundle");
	while (sigbundle_take(&rest, &one)) {
		struct accepted *l = &a->lines[a->count];
		const char *wrong;

		if (a->count == SIGBUNDLE_MOST_LINES)
			return fails(a, NULL, "it has more than 64 statements");
		*l = (struct accepted){ .signer = NULL };
		a->count++;
		wrong = sigbundle_read(one, a->arena, &l->b);
		if (!wrong)
			continue;
		a->wrong = a->count;
		say(a, "statement ");
		text_number(a->why, a->count);
		say(a, " is not of the form of a bundle: ");
		say(a, wrong);
		return false;
	}
	return a->count || fails(a, NULL, "it holds nothing");
}

static bool read_statement(struct acceptance *a, struct accepted *l)
{
	const struct envelope *e = &l->b.envelope;
	const char *wrong = span_is(e->payload_type, STATEMENT_MEDIA_TYPE)
				    ? statement_read(e->payload, a->arena, &l->s)
				    : "its type is another";

	if (!wrong)
		return true;
	fails(a, l, "what is signed is no statement that is known here: ");
	say(a, wrong);
	return advises(a, "Ask its signer what it is: a later version may know it.");
}

static bool check_signed(struct acceptance *a)
{
	for (uint32_t i = 0; i < a->count; i++) {
		struct accepted *l = &a->lines[i];

		l->signer = roster_find(a->given->roster, l->b.key_sha256);
		l->standing = l->signer ? STANDS : STANDING_UNKNOWN;
		a->unknown += !l->signer;
		if (!l->signer)
			continue;
		if (!dsse_signed_by(&l->b.envelope,
				    (struct span){ l->signer->spki, l->signer->spki_size })) {
			fails(a, l, "its signature is not by the key that it names, of ");
			say_bytes(a, l->signer->name);
			return advises(a, was_changed);
		}
		if (!read_statement(a, l))
			return false;
	}
	return a->unknown < a->count ||
	       fails(a, NULL, "no key that counts for you has signed any of it");
}

static bool is_same(const struct subject *a, const struct subject *b)
{
	return memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0 &&
	       (!a->has_sha512 || !b->has_sha512 || memcmp(a->sha512, b->sha512, SHA512_SIZE) == 0);
}

static bool check_image(struct acceptance *a)
{
	each_known(a, l)
	{
		bool speaks = false;

		for (uint32_t i = 0; i < l->s.subject_count; i++)
			speaks |= is_same(&l->s.subjects[i], &a->given->image);
		if (!speaks)
			return fails(a, l, "it speaks of other software than this image");
	}
	return true;
}

/* -- 4 and 5: the log and its witnesses -- */

/* Lines share a checkpoint as a rule: its signatures are checked once. NULL: *why says why not. */
static const struct witnessed *witnessed_of(struct acceptance *a, const struct accepted *l,
					    const char **why)
{
	struct witnessed *w;

	for (const struct accepted *before = a->lines; before < l; before++)
		if (before->seen && span_equal(before->seen->note, l->b.note))
			return before->seen;
	w = arena_take(a->arena, 1, sizeof(*w));
	*why = w ? checkpoint_read(l->b.note, &w->checkpoint) : "it takes too much memory";
	if (*why)
		return NULL;
	w->note = l->b.note;
	policy_judge(a->given->policy, &w->checkpoint, &w->outcome);
	return w;
}

/* Whether its entry, made again, is the one that it shows under the checkpoint. */
static const char *wrong_with_entry(const struct acceptance *a, const struct accepted *l)
{
	const struct sigbundle *b = &l->b;
	uint8_t body[ENTRY_MOST], leaf[SHA256_SIZE], id[SHA256_SIZE];
	struct span entry = {
		body, entry_write(b->envelope.pae_sha256, b->envelope.signatures[0],
				  (struct span){ l->signer->spki, l->signer->spki_size }, body)
	};

	sigbundle_log_id(&a->given->policy->logs[l->seen->outcome.log].key, id);
	if (memcmp(id, b->log_id, SHA256_SIZE) != 0)
		return "it names another log than the one that signed";
	if (!merkle_head_equal(&b->head, &l->seen->checkpoint.head))
		return "it says another size or root than its checkpoint";
	if (entry.n == 0 || !span_equal(entry, b->body))
		return "what it shows in the log is another statement";
	merkle_leaf(&entry, 1, leaf);
	return merkle_included(leaf, b->index, &b->head, &b->path)
		       ? NULL
		       : "the log does not hold it: its proof does not lead to the root";
}

static bool check_logged(struct acceptance *a)
{
	each_known(a, l)
	{
		const char *why = NULL;

		l->seen = witnessed_of(a, l, &why);
		if (!l->seen) {
			fails(a, l, "its checkpoint is malformed: ");
			say(a, why);
			return advises(a, was_changed);
		}
		if (l->seen->outcome.is_broken) {
			fails(a, l,
			      "a signature of a known key under its checkpoint does not hold");
			return advises(a, was_changed);
		}
		if (l->seen->outcome.log == POLICY_NONE) {
			fails(a, l,
			      "no log of the policy has signed its checkpoint, which says "
			      "it is of ");
			say_bytes(a, l->seen->checkpoint.origin);
			return false;
		}
		why = wrong_with_entry(a, l);
		if (why) {
			fails(a, l, why);
			return advises(a, was_changed);
		}
	}
	return true;
}

/* Which witnesses signed, and which did not. */
static void say_witnesses(struct acceptance *a, const struct policy_outcome *o, bool signed_it)
{
	const struct policy *p = a->given->policy;
	const char *between = signed_it ? "" : "; without ";

	for (uint32_t i = 0; i < p->witness_count; i++) {
		if ((o->witness[i] == NOTE_SIGNED) != signed_it)
			continue;
		say(a, between);
		say_bytes(a, p->witnesses[i].name);
		between = ", ";
	}
	if (signed_it && !*between)
		say(a, "nobody");
	if (signed_it)
		say(a, " signed");
}

static bool lacks_quorum(struct acceptance *a, const struct accepted *l)
{
	const struct policy *p = a->given->policy;

	fails(a, l, "the quorum of policy line ");
	text_number(a->why, p->quorum_line);
	say(a, " is not met: ");
	say_witnesses(a, &l->seen->outcome, true);
	say_witnesses(a, &l->seen->outcome, false);
	return false;
}

static bool is_ahead(uint64_t time, int64_t at)
{
	return at < 0 || time > (uint64_t)at + ACCEPTANCE_SKEW;
}

static bool check_witnessed(struct acceptance *a)
{
	const struct acceptance_case *g = a->given;

	if (g->policy->is_quorum_none && g->rules && g->rules->unwitnessed)
		return true;
	if (g->policy->is_quorum_none) {
		fails(a, NULL, "the policy asks for no witness, and no rule allows that");
		return advises(a, "Put a quorum of witnesses into the policy.");
	}
	each_known(a, l)
	{
		if (!l->seen->outcome.has_quorum)
			return lacks_quorum(a, l);
		if (is_ahead(l->seen->outcome.quorum_time, g->at)) {
			fails(a, l, "its witnesses signed later than today: a clock is wrong");
			return advises(a, "Look at this machine's clock first.");
		}
	}
	return true;
}

/* -- 6: what stands -- */

static int64_t time_of(const struct acceptance *a, const struct accepted *l)
{
	return a->given->policy->is_quorum_none ? a->given->at
						: (int64_t)l->seen->outcome.quorum_time;
}

/* Only who signed a statement can take it back; that is not taken back in turn. */
static const struct accepted *revocation_of(struct acceptance *a, const struct accepted *of)
{
	each_known(a, l) if (l->s.kind == STATEMENT_REVOCATION && l->signer == of->signer &&
			     of->s.kind != STATEMENT_REVOCATION &&
			     memcmp(l->s.pae_sha256, of->b.envelope.pae_sha256, SHA256_SIZE) ==
				     0) return l;
	return NULL;
}

static bool is_answered(struct acceptance *a, const struct accepted *claim)
{
	each_known(a, l) if (l->standing == STANDS && l->s.kind == STATEMENT_RESPONSE &&
			     l->signer != claim->signer &&
			     memcmp(l->s.pae_sha256, claim->b.envelope.pae_sha256, SHA256_SIZE) ==
				     0) return true;
	return false;
}

static bool check_claims(struct acceptance *a)
{
	enum rules_claims rule = a->given->rules ? a->given->rules->claims : CLAIMS_IGNORED;

	each_known(a, l)
	{
		if (l->standing != STANDS || l->s.kind != STATEMENT_CLAIM ||
		    rule == CLAIMS_IGNORED || (rule == CLAIMS_ANSWERED && is_answered(a, l)))
			continue;
		fails(a, l, "");
		say_bytes(a, l->signer->name);
		say(a, rule == CLAIMS_NONE ? " alleges: " : " alleges, and nobody answers: ");
		say_bytes(a, l->s.text);
		return advises(a, rule == CLAIMS_NONE
					  ? "Weigh what is alleged; the rules let no claim pass."
					  : "Ask for a bundle in which that is answered.");
	}
	return true;
}

static bool check_standing(struct acceptance *a)
{
	uint32_t stand = 0;

	each_known(a, l)
	{
		uint64_t seen = l->seen->outcome.quorum_seen;

		l->revocation = revocation_of(a, l);
		if (l->revocation)
			l->standing = STANDING_REVOKED;
		else if (!roster_key_counts(l->signer, time_of(a, l)))
			l->standing = STANDING_DAYS;
		if (l->standing != STANDS)
			continue;
		if (l->s.kind != STATEMENT_REVOCATION)
			stand++;
		if (a->seen_at == 0 || seen < a->seen_at)
			a->seen_at = seen;
	}
	if (stand)
		return check_claims(a);
	return fails(a, NULL,
		     "no statement stands: each was taken back by its signer, or its key "
		     "did not count when the witnesses saw it");
}

/* -- 7: rules -- */

static bool is_same_software(const struct statement *s)
{
	return span_is(s->answer, "identical") || span_is(s->answer, "equivalent");
}

static bool counts_for(const struct acceptance *a, const struct accepted *l,
		       const struct rules_need *n)
{
	return l->standing == STANDS && l->s.kind == n->kind &&
	       (n->role == ROLES || l->signer->role == n->role) &&
	       (n->kind != STATEMENT_COMPARISON || is_same_software(&l->s)) &&
	       (n->kind != STATEMENT_RELEASE || rules_are_of(a->given->rules, &l->s));
}

/* Evaluations and declarations agree where they name the same file. */
static bool agree(const struct accepted *a, const struct accepted *b)
{
	return (a->s.kind != STATEMENT_EVALUATION && a->s.kind != STATEMENT_DECLARATION) ||
	       memcmp(a->s.file.sha256, b->s.file.sha256, SHA256_SIZE) == 0;
}

/* How many keys have signed what this line says; each counts once. */
static uint32_t signers_like(struct acceptance *a, const struct accepted *like,
			     const struct rules_need *n)
{
	uint32_t count = 0;

	each_known(a, l)
	{
		bool again = false;

		if (!counts_for(a, l, n) || !agree(l, like))
			continue;
		for (const struct accepted *before = a->lines; before < l; before++)
			again |= before->signer == l->signer && counts_for(a, before, n) &&
				 agree(before, like);
		count += !again;
	}
	return count;
}

static bool check_need(struct acceptance *a, const struct rules_need *n)
{
	uint32_t most = 0;

	each_known(a, l)
	{
		uint32_t count = counts_for(a, l, n) ? signers_like(a, l, n) : 0;

		most = count > most ? count : most;
	}
	if (most >= n->count)
		return true;
	fails(a, NULL, "rules line ");
	text_number(a->why, n->line);
	say(a, " needs ");
	text_number(a->why, n->count);
	say(a, n->role == ROLES ? " of any role" : " of role ");
	say(a, n->role == ROLES ? "" : role_name(n->role));
	say(a, " with the same ");
	say(a, statement_name(n->kind));
	if (n->kind == STATEMENT_RELEASE && a->given->rules->product_count)
		say(a, ", of a product that the rules name");
	say(a, ": there are ");
	text_number(a->why, most);
	return false;
}

static bool check_verdicts(struct acceptance *a, const struct accepted *l)
{
	for (uint32_t i = 0; i < l->s.test_count; i++) {
		const struct test *t = &l->s.tests[i];

		if (t->end > TEST_NOT_EVALUABLE || rules_allow(a->given->rules, t))
			continue;
		fails(a, l, "");
		say_bytes(a, t->check);
		say(a, " ended as ");
		say(a, test_end_name(t->end));
		say(a, ", which no rule allows");
		return false;
	}
	return true;
}

static bool check_opaque(struct acceptance *a, const struct accepted *l)
{
	const struct statement *s = &l->s;

	if (a->given->rules->all_regions)
		return true;
	if (!s->has_opaque || s->opaque_all > s->opaque_count)
		return fails(a, l,
			     "it does not name all parts that could not be opened, and no "
			     "rule allows all");
	for (uint32_t i = 0; i < s->opaque_count; i++) {
		if (rules_allow_opaque(a->given->rules, &s->opaque[i]))
			continue;
		fails(a, l, "nobody could open ");
		say_bytes(a, s->opaque[i].where.n ? s->opaque[i].where : span_text("the image"));
		say(a, ", ");
		text_number(a->why, s->opaque[i].size);
		say(a, " bytes, and no rule allows it");
		return false;
	}
	return true;
}

/* Every lab that is known is listened to: what one of them found is not outvoted. */
static bool check_rules(struct acceptance *a)
{
	const struct rules *r = a->given->rules;

	if (!r)
		return true;
	for (uint32_t i = 0; i < r->need_count; i++)
		if (!check_need(a, &r->needs[i]))
			return false;
	each_known(a, l) if (l->standing == STANDS && l->s.kind == STATEMENT_EVALUATION &&
			     (!check_verdicts(a, l) || !check_opaque(a, l))) return false;
	return true;
}

/* -- 8: age -- */

static bool check_age(struct acceptance *a)
{
	const struct rules *r = a->given->rules;
	int64_t days = (a->given->at - (int64_t)a->seen_at) / DAY_SECONDS;

	if (!r || !r->age)
		return true;
	if (a->seen_at == 0) {
		fails(a, NULL, "no witness says when");
	} else if (is_ahead(a->seen_at, a->given->at)) {
		return fails(a, NULL, "its witnesses signed later than today: a clock is wrong");
	} else if (days <= r->age) {
		return true;
	} else {
		fails(a, NULL, "the witnesses saw the log ");
		text_number(a->why, (uint64_t)days);
		say(a, " days ago");
	}
	say(a, ", and rules line ");
	text_number(a->why, r->age_line);
	say(a, " allows ");
	text_number(a->why, r->age);
	say(a, " days");
	return false;
}

static bool (*const steps[ACCEPTANCE_STEPS])(struct acceptance *a) = {
	[ACCEPTANCE_BUNDLE] = check_bundle,       [ACCEPTANCE_SIGNED] = check_signed,
	[ACCEPTANCE_IMAGE] = check_image,         [ACCEPTANCE_LOGGED] = check_logged,
	[ACCEPTANCE_WITNESSED] = check_witnessed, [ACCEPTANCE_STANDING] = check_standing,
	[ACCEPTANCE_RULES] = check_rules,         [ACCEPTANCE_AGE] = check_age,
};

bool acceptance_judge(struct acceptance *a, const struct acceptance_case *given,
		      struct arena *arena, struct text *why)
{
	a->given = given;
	a->arena = arena;
	a->why = why;
	a->count = a->unknown = a->wrong = 0;
	a->seen_at = 0;
	a->advice = NULL;
	for (a->step = ACCEPTANCE_BUNDLE; a->step < ACCEPTANCE_STEPS; a->step++)
		if (!steps[a->step](a))
			return false;
	return true;
}
