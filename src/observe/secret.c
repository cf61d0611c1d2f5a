/* secret.c - secrets that stand in files for everybody to read: the pattern pass shows words that
 * may speak of one, the exact rules of data/secrets.tsv read the line, one filter drops what is a
 * placeholder. What is dropped is counted, and said with its reason. */
#include "observe/secret.h"

#define SET_WORDS    (MOST_SECRET_RULES / 64)
#define MOST_MATCHES 8192            /* expressions that are applied in one file */
#define MOST_VALUES  256             /* that are weighed in one file */
#define MOST_LINES   4096            /* of a file whose every line is read */
#define AROUND       1024            /* bytes of a long line on each side of an anchor */
#define BEHIND       1024            /* of the lines behind it */
#define MOST_WHOLE   4096            /* of a file that is read as a whole */
#define MOST_HASHES  4               /* of passwords, that a program may mean to hold */
#define HASH         "password hash" /* column "what" of the table */

struct rule_set {
	uint64_t bits[SET_WORDS];
};

struct place {
	uint64_t at, end;
};

struct hunt {
	struct scene *s;
	bool has_holder;
	enum holder holder; /* told when it is first asked */
	bool is_program;
	struct rule_set asked, allowed; /* by the kind and name of the file, when first asked */
	uint64_t begin; /* of the line that is read: lines are counted from one to the next */
	uint32_t matches;
	uint32_t weighed;
	struct place done[MOST_VALUES]; /* values of which a rule is sure: the first has its say */
	uint32_t done_count;
};

static bool has(const struct rule_set *set, size_t rule)
{
	return set->bits[rule / 64] >> (rule % 64) & 1;
}

static void put(struct rule_set *set, size_t rule)
{
	set->bits[rule / 64] |= UINT64_C(1) << (rule % 64);
}

/* -- which rules a file may be asked -- */

static bool is_named_so(const struct node *n, const char *globs)
{
	struct span rest = span_text(globs);

	while (rest.n) {
		struct span glob = field_next(&rest, ',');
		bool is_path = span_find(glob, 0, span_text("/")) != SIZE_MAX;

		if (glob_matches(is_path ? n->path : node_name(n), glob))
			return true;
	}
	return false;
}

static bool may_ask(const struct hunt *h, const struct secret_rule *r)
{
	if (r->where == SECRET_TEXT && !h->s->is_text)
		return false;
	if (r->where == SECRET_DATA && h->is_program)
		return false;
	return !r->files || is_named_so(h->s->node, r->files);
}

static bool is_allowed(struct hunt *h, size_t rule)
{
	if (!has(&h->asked, rule)) {
		put(&h->asked, rule);
		if (may_ask(h, &secret_rules[rule]))
			put(&h->allowed, rule);
	}
	return has(&h->allowed, rule);
}

static enum holder holder(struct hunt *h)
{
	const struct scene *s = h->s;

	if (!h->has_holder)
		h->holder = holder_of(s->node, s->bytes, s->is_text);
	h->has_holder = true;
	return h->holder;
}

/* Rules without anchors are asked of files by name: few, and quickly told. */
static bool has_own_rules(const struct hunt *h)
{
	for (size_t i = 0; i < secret_rules_count; i++)
		if (secret_rules[i].unit >= SECRET_EACH_LINE && may_ask(h, &secret_rules[i]))
			return true;
	return false;
}

static bool has_hits(const struct scene *s)
{
	for (uint32_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].owner == OWNER_SECRET)
			return true;
	return false;
}

/* -- what was found -- */

static uint32_t line_at(struct hunt *h, uint64_t at)
{
	struct span between = span_sub(h->s->bytes, h->begin, at - h->begin);

	return h->s->is_text ? scene_line(h->s, h->begin) + line_of(between, between.n) - 1 : 0;
}

static void dismiss(struct hunt *h, const struct secret_rule *r, const char *why,
		    struct place place, struct span value)
{
	struct arena *a = h->s->bench->arena;
	struct dismissed_fact *f;

	for (struct fact *old = h->s->node->facts; old; old = old->next) {
		f = (struct dismissed_fact *)old;
		if (old->kind == FACT_DISMISSED && span_is(f->rule, r->id) &&
		    strcmp(f->why, why) == 0) {
			f->count++;
			return;
		}
	}
	f = fact_new(a, h->s->node, FACT_DISMISSED, place.at, place.end - place.at);
	if (!f)
		return;
	f->f.line = line_at(h, place.at);
	f->rule = span_text(r->id);
	f->what = span_text(r->what);
	f->why = why;
	f->count = 1;
	f->masked = secret_masked(a, value);
}

static void report(struct hunt *h, const struct secret_rule *r, struct place place,
		   struct span value)
{
	struct arena *a = h->s->bench->arena;
	struct secret_fact *f =
		fact_new(a, h->s->node, FACT_SECRET, place.at, place.end - place.at);

	if (!f)
		return;
	f->f.line = line_at(h, place.at);
	f->rule = span_text(r->id);
	f->what = span_text(r->what);
	f->published = secret_is_published(value);
	f->holder = holder_name(holder(h));
	f->masked = secret_masked(a, value);
	f->value = arena_copy(a, value);
}

static bool is_done(const struct hunt *h, struct place p)
{
	for (uint32_t i = 0; i < h->done_count; i++)
		if (p.at < h->done[i].end && h->done[i].at < p.end)
			return true;
	return false;
}

/* Hashes that account files hold are facts of their own. */
static bool is_account_hash(const struct hunt *h, const struct secret_rule *r)
{
	return strcmp(r->what, HASH) == 0 && account_file(node_name(h->s->node), h->s->bytes);
}

static void weigh(struct hunt *h, const struct secret_rule *r, struct span text, struct span value)
{
	struct place place = { span_place(h->s->bytes, value), 0 };
	enum holder what;
	const char *why;

	place.end = place.at + value.n;
	if (value.n == 0 || is_done(h, place) || h->weighed == MOST_VALUES || is_account_hash(h, r))
		return;
	h->weighed++;
	what = holder(h);
	if (what == HOLDER_CODE && is_in_manual(h->s->node, h->s->bytes, place.at))
		what = HOLDER_DOCUMENT;
	why = is_commented(text, span_place(text, value)) ? "comment"
							  : secret_filter(r, what, text, value);
	if (!why || !secret_is_doubt(why))
		h->done[h->done_count++] = place;
	if (!why)
		report(h, r, place, value);
	else if (strcmp(why, "comment") != 0)
		dismiss(h, r, why, place, value);
}

static void apply(struct hunt *h, size_t rule, struct span text)
{
	size_t from = 0;
	struct span value;

	while (h->matches++ < MOST_MATCHES && know_secret(rule, text, &from, &value))
		weigh(h, &secret_rules[rule], text, value);
}

/* The rules of the set, the more exact first. */
static void apply_all(struct hunt *h, const struct rule_set *set, struct span line,
		      struct span lines)
{
	for (size_t i = 0; i < secret_rules_count; i++)
		if (has(set, i) && is_allowed(h, i))
			apply(h, i, secret_rules[i].unit == SECRET_LINES ? lines : line);
}

/* -- files whose every line is read -- */

static void read_by_name(struct hunt *h)
{
	size_t at = 0;
	struct span line;

	for (size_t i = 0; i < secret_rules_count; i++)
		if (secret_rules[i].unit == SECRET_WHOLE_FILE && is_allowed(h, i) &&
		    h->s->bytes.n <= MOST_WHOLE)
			apply(h, i, h->s->bytes);
	for (int n = 0; n < MOST_LINES && line_next(h->s->bytes, &at, &line); n++) {
		h->begin = span_place(h->s->bytes, line);
		for (size_t i = 0; i < secret_rules_count; i++)
			if (secret_rules[i].unit == SECRET_EACH_LINE && is_allowed(h, i))
				apply(h, i, line);
	}
}

/* -- lines and strings that hold an anchor -- */

/* The line around byte `at`, at most AROUND bytes on each side. */
static struct span line_around(struct span s, uint64_t at)
{
	uint64_t from = at, to = at;

	while (from > 0 && at - from < AROUND && span_byte(s, from - 1) != '\n')
		from--;
	while (to < s.n && to - at < AROUND && span_byte(s, to) != '\n')
		to++;
	return span_sub(s, from, to - from);
}

static struct span context(const struct scene *s, uint64_t end)
{
	uint64_t begin;

	return s->is_text ? line_around(s->bytes, end - 1)
			  : string_around(s->bytes, end - 1, &begin);
}

static void add_rules(struct rule_set *set, const struct hit *h)
{
	const struct secret_anchor *a = &secret_anchors[h->row];

	for (size_t i = 0; i < a->count; i++)
		put(set, secret_anchor_rules[a->first + i].rule);
}

/* All hits of one line are asked together, so that the order of rules holds. In a line that is cut
 * off, hits near the cut have a context of their own. */
static uint32_t read_context(struct hunt *h, uint32_t i)
{
	struct scene *s = h->s;
	struct span line = context(s, s->hits[i].end);
	uint64_t begin = line.n ? span_place(s->bytes, line) : s->hits[i].end - 1;
	uint64_t end = begin + line.n;
	int next = span_byte(s->bytes, end);
	uint64_t reach = next == '\n' || next < 0 || !s->is_text ? end : end - AROUND / 2;
	struct rule_set set = { 0 };

	do {
		if (s->hits[i].owner == OWNER_SECRET)
			add_rules(&set, &s->hits[i]);
		i++;
	} while (i < s->hit_count && s->hits[i].end <= reach);
	h->begin = begin;
	if (line.n)
		apply_all(h, &set, line, span_head(span_from(s->bytes, begin), line.n + BEHIND));
	return i;
}

/* Most words are searched for texts alone, and mean nothing in a program. */
static bool is_asked_here(struct hunt *h, const struct hit *hit)
{
	const struct secret_anchor *a;

	if (hit->owner != OWNER_SECRET)
		return false;
	a = &secret_anchors[hit->row];
	for (size_t i = 0; i < a->count; i++)
		if (is_allowed(h, secret_anchor_rules[a->first + i].rule))
			return true;
	return false;
}

static void read_hits(struct hunt *h)
{
	const struct scene *s = h->s;

	for (uint32_t i = 0; i < s->hit_count;)
		i = is_asked_here(h, &s->hits[i]) ? read_context(h, i) : i + 1;
}

/* A program that holds many password hashes holds a table of tests: of a library for them, or of
 * what guesses passwords. */
static void drop_tables(struct hunt *h)
{
	struct secret_fact *first = NULL;
	uint32_t count = 0;

	for (struct fact *f = h->s->node->facts; f; f = f->next) {
		struct secret_fact *x = (struct secret_fact *)f;

		if (f->kind != FACT_SECRET || !span_is(x->what, HASH))
			continue;
		first = first ? first : x;
		count++;
	}
	if (count <= MOST_HASHES)
		return;
	for (struct fact *f = h->s->node->facts; f; f = f->next)
		if (f->kind == FACT_SECRET && span_is(((struct secret_fact *)f)->what, HASH))
			f->node = NULL;
	facts_sweep(h->s->node);
	for (uint32_t i = 0; i < count; i++)
		dismiss(h, secret_rule_find(first->rule), "test",
			(struct place){ first->f.offset, first->f.offset + first->f.length },
			first->value);
}

static void look(struct scene *s)
{
	struct hunt h = { .s = s };
	static const struct secret_rule limit = { .id = "limit", .what = "values of one file" };
	bool by_hits = has_hits(s), by_name;

	h.is_program = span_starts(s->bytes, span_text("\x7f"
						       "ELF"));
	by_name = s->is_text && has_own_rules(&h);
	if (!by_hits && !by_name)
		return;
	if (by_name)
		read_by_name(&h);
	read_hits(&h);
	if (h.has_holder && h.holder == HOLDER_PROGRAM)
		drop_tables(&h);
	h.begin = 0;
	if (h.matches > MOST_MATCHES || h.weighed == MOST_VALUES)
		dismiss(&h, &limit, "limit", (struct place){ 0 }, (struct span){ 0 });
}

const struct observer observe_secrets = { "secrets", look };
