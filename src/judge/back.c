/* back.c - values that were published as ways in which nobody documented, or as traces of an
 * intrusion. */
#include "judge/back.h"

#include "observe/observe.h"
#include "observe/purpose.h"

#define MANY_PUBLICATIONS 4  /* in one file: it collects them */
#define MOST_REFERENCE    18 /* bytes of a reference within a sentence */

bool indicator_is_of(const struct indicator_fact *f, enum indicator_topic topic)
{
	const struct indicator_rule *row = indicator_rule_find(f->indicator);

	return row && row->topic == topic;
}

static bool is_unique(const struct indicator_fact *f)
{
	return word_is(f->strength, "unique");
}

static bool is_kind(const struct indicator_fact *f, const char *globs)
{
	return f->indicator_kind && name_matches(span_text(f->indicator_kind), globs);
}

uint32_t first_fact_in(const struct ruling *r, enum fact_kind kind, const struct node *n)
{
	struct fact *const *list = r->c->facts->of[kind];
	uint32_t low = 0, high = r->c->facts->count[kind];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (list[middle]->node->id < n->id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool indicator_stands_in(const struct ruling *r, const char *kinds, const struct fact *in)
{
	struct fact *const *list = r->c->facts->of[FACT_INDICATOR];
	uint32_t end = r->c->facts->count[FACT_INDICATOR];

	for (uint32_t i = first_fact_in(r, FACT_INDICATOR, in->node);
	     i < end && list[i]->node == in->node; i++) {
		const struct indicator_fact *f = (const void *)list[i];

		if (is_kind(f, kinds) && is_unique(f) && f->f.offset < in->offset + in->length &&
		    in->offset < f->f.offset + f->f.length)
			return true;
	}
	return false;
}

/* From how many publications the node has values, counted up to what is many. */
static uint32_t publications_of(const struct ruling *r, const struct node *n)
{
	struct fact *const *list = r->c->facts->of[FACT_INDICATOR];
	struct span seen[MANY_PUBLICATIONS];
	uint32_t count = 0, end = r->c->facts->count[FACT_INDICATOR];

	for (uint32_t k = first_fact_in(r, FACT_INDICATOR, n); k < end && list[k]->node == n; k++) {
		const struct indicator_fact *f = (const void *)list[k];
		uint32_t i = 0;

		while (i < count && !span_equal(seen[i], f->reference))
			i++;
		if (i == count)
			seen[count++] = f->reference;
		if (count == MANY_PUBLICATIONS)
			break;
	}
	return count;
}

/* Whether the file only speaks of it: documents, sources, lists for searching, and whatever has
 * values of many publications. */
static bool is_quoted(const struct ruling *r, const struct indicator_fact *f)
{
	enum purpose purpose = purpose_of(f->f.node);

	return purpose == PURPOSE_DOCUMENT || purpose == PURPOSE_SOURCE ||
	       purpose == PURPOSE_LIST || publications_of(r, f->f.node) >= MANY_PUBLICATIONS;
}

static struct span name_of(struct span reference)
{
	struct span name = span_head(reference, span_find(reference, 0, span_text(";")));

	name = span_head(name, span_find(name, 0, span_text(":")));
	return span_head(name, MOST_REFERENCE);
}

/* What the first place that speaks for the outcome shows, "indicator BD-001, published in
 * CVE-2013-6026, found"; nothing where none does. */
static void say(struct ruling *r, enum outcome o)
{
	uint32_t n = rule_count(r, o);
	const struct indicator_fact *f = n ? (const void *)r->of[o].p[0].fact : NULL;

	if (!f)
		return;
	if (n > 1)
		rule_says(r, o, "indicator %s, published in %s, found; %u more",
			  shown(r, f->indicator), shown(r, name_of(f->reference)), n - 1);
	else
		rule_says(r, o, "indicator %s, published in %s, found", shown(r, f->indicator),
			  shown(r, name_of(f->reference)));
}

static void say_indicators(struct ruling *r)
{
	say(r, OUTCOME_FAIL);
	say(r, OUTCOME_REVIEW);
}

void rule_indicators(struct ruling *r, const char *kinds, int topic)
{
	EACH_FACT(r, FACT_INDICATOR, indicator_fact, f)
	{
		bool fails = is_unique(f) && !is_quoted(r, f);

		if (is_kind(f, kinds) &&
		    (topic == TOPIC_ANY || indicator_is_of(f, (enum indicator_topic)topic)))
			rule_fact(r, fails ? OUTCOME_FAIL : OUTCOME_REVIEW, &f->f);
	}
	say_indicators(r);
}

bool has_programs(struct ruling *r)
{
	if (r->c->facts->count[FACT_EXECUTABLE])
		return true;
	rule_says(r, OUTCOME_NOT_APPLICABLE, "no program was found");
	return false;
}

/* -- BACK-01 -- */

static void judge_literals(struct ruling *r)
{
	rule_indicators(r, "literal,hex,host,file", TOPIC_ANY);
	rule_passed(r, "every file, for %s",
		    counted(r, indicator_rules_count, "published value", "published values"));
}

const struct check check_back_01 = {
	.id = "BACK-01",
	.group = "BACK",
	.title = "Published literal indicators",
	.rule = "fail if a published value that has no other known use stands in a program, script "
		"or configuration, or is a file's name; review if it says something only beside "
		"another, or stands in "
		"documents, sources, or a file with values of four publications or more, as lists "
		"for searching have; otherwise pass",
	.does_not_prove = BACK_DOES_NOT_PROVE,
	.requirements = "TR.C.2 (MUST NOT); TR.D.13 (MUST NOT); EN 5.4-3 (M); EN 5.1-1 (M); "
			"CRA I(2)(a); CRA I(2)(d); ISVS 1.2.8 (L2); ISVS 2.1.9 (L1); CWE-912; "
			"CWE-798; CWE-506",
	.reads = READS(INDICATOR) | READS_GAPS,
	.judge = judge_literals,
};

/* -- BACK-02 -- */

static bool opens_account(const struct ruling *r, const struct indicator_fact *f)
{
	struct fact *const *list = r->c->facts->of[FACT_ACCOUNT];
	uint32_t end = r->c->facts->count[FACT_ACCOUNT];

	for (uint32_t i = first_fact_in(r, FACT_ACCOUNT, f->f.node);
	     i < end && list[i]->node == f->f.node; i++)
		if (list[i]->offset == f->f.offset)
			return account_is_usable((const void *)list[i]) ||
			       account_is((const void *)list[i], "empty");
	return false;
}

static void judge_accounts(struct ruling *r)
{
	EACH_FACT(r, FACT_INDICATOR, indicator_fact, f)
	{
		if (is_kind(f, "account"))
			rule_fact(r,
				  is_unique(f) && opens_account(r, f) ? OUTCOME_FAIL
								      : OUTCOME_REVIEW,
				  &f->f);
	}
	say_indicators(r);
	rule_passed(r, "the names of %s",
		    counted(r, r->c->facts->count[FACT_ACCOUNT], "account", "accounts"));
}

const struct check check_back_02 = {
	.id = "BACK-02",
	.group = "BACK",
	.title = "Published hidden accounts",
	.rule = "fail if an account bears a published name that has no other known use, and can be "
		"used; review if it cannot, or the name has other uses; otherwise pass. Accounts "
		"that exist only within programs are not seen",
	.does_not_prove = BACK_DOES_NOT_PROVE,
	.requirements = "TR.D.13 (MUST NOT); 33.117 4.2.3.4.2.2; CWE-798; CWE-912",
	.reads = READS(ACCOUNT) | READS(INDICATOR) | READS_GAPS,
	.judge = judge_accounts,
};

/* -- BACK-04 and BACK-05: what a search for strings can tell -- */

static void judge_topic(struct ruling *r, enum indicator_topic topic, const char *unseen)
{
	bool programs = has_programs(r);

	rule_indicators(r, "literal,hex,host", (int)topic);
	if (programs)
		rule_open(r, REASON_NO_SYMBOLS, "%s", unseen);
}

static bool is_of_web(const struct ruling *r, const struct fact *program)
{
	uint32_t i = first_fact_in(r, FACT_WEB, program->node);

	return i < r->c->facts->count[FACT_WEB] &&
	       r->c->facts->of[FACT_WEB][i]->node == program->node;
}

/* Constants speak where no published value does. */
static void note_headers(struct ruling *r)
{
	bool is_published = rule_count(r, OUTCOME_REVIEW) > 0;

	EACH_FACT(r, FACT_CONSTANT, constant_fact, f)
	{
		if (word_is(f->constant_kind, "request-header"))
			rule_fact(r, OUTCOME_REVIEW, &f->f);
	}
	if (!is_published && rule_count(r, OUTCOME_REVIEW))
		rule_says(
			r, OUTCOME_REVIEW, "%s compared where a header is read",
			counted(r, rule_count(r, OUTCOME_REVIEW), "constant is", "constants are"));
}

static void judge_requests(struct ruling *r)
{
	uint32_t read = 0;
	bool programs = has_programs(r);

	rule_indicators(r, "literal,hex,host", TOPIC_REQUEST);
	note_headers(r);
	EACH_FACT(r, FACT_EXECUTABLE, executable_fact, x)
	{
		bool of_web = is_of_web(r, &x->f);

		read += of_web && x->calls_read == TRI_YES;
		if (of_web && x->calls_read != TRI_YES)
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &x->f);
	}
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_NO_SYMBOLS, "comparisons in %s of the web cannot be read",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "program", "programs"));
	if (programs)
		rule_passed(r, "published values; calls of %s of the web interface",
			    counted(r, read, "program", "programs"));
}

const struct check check_back_04 = {
	.id = "BACK-04",
	.group = "BACK",
	.title = "Magic values in requests",
	.rule = "fail if a published value of a header, parameter or page that skips the login "
		"stands in a program, script or configuration; review if only a document has it, "
		"and for each constant that a program of the web interface hands to strcmp, strstr "
		"or the like in a function that reads a header anybody may fill (User-Agent, "
		"Cookie, SOAPAction, X-...), unless it is a word of the protocol; not evaluable "
		"where such a program cannot be read; otherwise pass; not applicable without "
		"programs",
	.does_not_prove = BACK_DOES_NOT_PROVE
	"; comparisons that are compiled in place or made by functions of the program's own",
	.requirements = "CWE-288; CWE-290; CWE-912",
	.reads = READS(CONSTANT) | READS(EXECUTABLE) | READS(INDICATOR) | READS(WEB) | READS_GAPS,
	.judge = judge_requests,
};

static void judge_packets(struct ruling *r)
{
	judge_topic(r, TOPIC_PACKET, "none is published; handlers of packets are not read");
}

const struct check check_back_05 = {
	.id = "BACK-05",
	.group = "BACK",
	.title = "Knock or wake-up packets",
	.rule = "fail if a published content of a packet that starts a shell or a remote access "
		"stands in a program, script or configuration; review if only a document has it; "
		"otherwise not evaluable, as handlers of packets are not read; not applicable "
		"without programs",
	.does_not_prove = BACK_DOES_NOT_PROVE,
	.requirements = "TR.A.4; TR.B.5; TR.C.2 (MUST NOT); CWE-912; CWE-306",
	.reads = READS(EXECUTABLE) | READS(INDICATOR) | READS_GAPS,
	.judge = judge_packets,
};

/* -- BACK-06 -- */

/* One mark a row: something other than a listener was found, in no document or list. */
static uint8_t *mark_found(struct ruling *r)
{
	uint8_t *found = arena_take(r->c->arena, indicator_rules_count, 1);

	r->failed |= !found;
	EACH_FACT(r, FACT_INDICATOR, indicator_fact, f)
	{
		const struct indicator_rule *row = indicator_rule_find(f->indicator);

		if (found && row && !is_kind(f, "listener") && !is_quoted(r, f))
			found[row - indicator_rules] = 1;
	}
	return found;
}

/* Whether something else that the same publication names was found. */
static bool has_companion(const uint8_t *found, const struct indicator_fact *listener)
{
	for (size_t i = 0; found && i < indicator_rules_count; i++)
		if (found[i] && span_is(listener->reference, indicator_rules[i].reference))
			return true;
	return false;
}

static uint32_t ports_known(const struct ruling *r)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_LISTENER, service_fact, s)
	{
		n += s->port != 0;
	}
	return n;
}

static void judge_listeners(struct ruling *r)
{
	const uint8_t *found = mark_found(r);
	uint32_t known = ports_known(r);

	EACH_FACT(r, FACT_INDICATOR, indicator_fact, f)
	{
		if (is_kind(f, "listener"))
			rule_fact(r, has_companion(found, f) ? OUTCOME_FAIL : OUTCOME_REVIEW,
				  &f->f);
	}
	say_indicators(r);
	if (known)
		rule_passed(r, "%s", counted(r, known, "port", "ports"));
	else
		rule_open(r, REASON_RUNTIME_ONLY, "no port that something listens on is known");
}

const struct check check_back_06 = {
	.id = "BACK-06",
	.group = "BACK",
	.title = "Published listeners",
	.rule = "review if something listens on a published port, as honest programs use it too; "
		"fail if another value of the same publication is found; pass if no known port is "
		"published; not evaluable if no port is known",
	.does_not_prove = BACK_DOES_NOT_PROVE,
	.requirements = "33.117 4.4.2; TR.A.4; CWE-912",
	.reads = READS(INDICATOR) | READS(LISTENER) | READS_GAPS,
	.judge = judge_listeners,
};

/* -- BACK-09 -- */

static void judge_infection(struct ruling *r)
{
	rule_indicators(r, "*", TOPIC_INFECTION);
	rule_passed(r, "every file, for published traces");
}

const struct check check_back_09 = {
	.id = "BACK-09",
	.group = "BACK",
	.title = "Traces of an infected device",
	.rule = "fail if a published value of a program that spreads by itself stands in a file "
		"that is no document or list; review if only there; otherwise pass",
	.does_not_prove = BACK_DOES_NOT_PROVE "; that the image was taken from a used device",
	.requirements = "CWE-506",
	.reads = READS(INDICATOR) | READS_GAPS,
	.judge = judge_infection,
};
