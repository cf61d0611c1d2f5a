/* policy.c - policies read as C2SP tlog-policy has them, every rule of it; see policy.h. */
#include "log/policy.h"

#include "base/words.h"
#include "log/line.h"

static bool is_allowed(uint8_t c)
{
	return c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7f);
}

/* -- names: one space of them for witnesses and groups -- */

/* What a name of the policy means: a witness or group by its number. */
struct member {
	bool is_group;
	uint32_t at;
};

static bool find(const struct policy *p, struct span name, struct member *m)
{
	for (m->at = 0, m->is_group = false; m->at < p->witness_count; m->at++)
		if (span_equal(p->witnesses[m->at].name, name))
			return true;
	for (m->at = 0, m->is_group = true; m->at < p->group_count; m->at++)
		if (span_equal(p->groups[m->at].name, name))
			return true;
	return false;
}

static const char *check_new_name(const struct policy *p, struct span name)
{
	struct member m;

	if (name.n == 0)
		return "a name is missing";
	if (span_is(name, "none"))
		return "\"none\" is the quorum of nobody, and no name";
	return find(p, name, &m) ? "that name is taken by an earlier line" : NULL;
}

/* A key is the same under any name and type. */
static bool same_key(const struct note_key *a, const struct note_key *b)
{
	return a->key_size == b->key_size && memcmp(a->key, b->key, a->key_size) == 0;
}

/* -- one line of each kind: its words behind the first -- */

static const char *read_url(struct span words, struct span *url)
{
	*url = word_take(&words);
	return word_take(&words).n
		       ? "words stand behind the address; remarks have lines of their own"
		       : NULL;
}

static const char *read_log(struct policy *p, struct span words)
{
	struct policy_log *l = &p->logs[p->log_count];
	const char *wrong;

	if (p->log_count == POLICY_MOST_LOGS)
		return "it has more than 64 logs";
	wrong = note_key_read(word_take(&words), &l->key);
	if (wrong)
		return wrong;
	if (l->key.type == NOTE_COSIGNATURE)
		return "a log's key is of type 01 or 06, and this one is a witness's";
	for (uint32_t i = 0; i < p->log_count; i++)
		if (same_key(&l->key, &p->logs[i].key))
			return "the key of an earlier log stands here again";
	l->line = p->wrong_line;
	p->log_count++;
	return read_url(words, &l->url);
}

static const char *read_witness(struct policy *p, struct span words)
{
	struct policy_witness *w = &p->witnesses[p->witness_count];
	const char *wrong;

	if (p->witness_count == POLICY_MOST_WITNESSES)
		return "it has more than 256 witnesses";
	w->name = word_take(&words);
	wrong = check_new_name(p, w->name);
	if (!wrong)
		wrong = note_key_read(word_take(&words), &w->key);
	if (wrong)
		return wrong;
	if (w->key.type == NOTE_ED25519)
		return "a witness's key is of type 04 or 06, and this one is a log's";
	for (uint32_t i = 0; i < p->witness_count; i++)
		if (same_key(&w->key, &p->witnesses[i].key))
			return "the key of an earlier witness stands here again";
	w->line = p->wrong_line;
	w->parent = POLICY_NONE;
	p->witness_count++;
	return read_url(words, &w->url);
}

static const char *join(struct policy *p, struct span name)
{
	struct member m;
	uint32_t *parent;

	if (!find(p, name, &m))
		return "a member is no witness or group of an earlier line";
	parent = m.is_group ? &p->groups[m.at].parent : &p->witnesses[m.at].parent;
	if (*parent != POLICY_NONE)
		return "a member is a member already: each counts in one place";
	*parent = p->group_count;
	return NULL;
}

static const char *read_needed(struct span word, uint32_t members, uint32_t *needed)
{
	uint64_t k;

	if (span_is(word, "all"))
		k = members;
	else if (span_is(word, "any"))
		k = 1;
	else if (!decimal_read(word, &k))
		return "behind the group's name stands all, any, or how many it needs";
	if (members == 0)
		return "the group has no member";
	if (k == 0 || k > members)
		return "the group needs none, or more than it has";
	*needed = (uint32_t)k;
	return NULL;
}

static const char *read_group(struct policy *p, struct span words)
{
	struct policy_group *g = &p->groups[p->group_count];
	struct span needed, name;
	const char *wrong;

	if (p->group_count == POLICY_MOST_GROUPS)
		return "it has more than 256 groups";
	g->name = word_take(&words);
	wrong = check_new_name(p, g->name);
	if (wrong)
		return wrong;
	needed = word_take(&words);
	for (g->members = 0; (name = word_take(&words)).n > 0; g->members++) {
		wrong = join(p, name);
		if (wrong)
			return wrong;
	}
	g->line = p->wrong_line;
	g->parent = POLICY_NONE;
	p->group_count++;
	return read_needed(needed, g->members, &g->needed);
}

static const char *read_quorum(struct policy *p, struct span words)
{
	struct span name = word_take(&words);
	struct member m;

	if (p->quorum_line)
		return "an earlier line is the quorum";
	if (word_take(&words).n)
		return "the quorum is one name";
	p->quorum_line = p->wrong_line;
	if (span_is(name, "none")) {
		p->is_quorum_none = true;
		return NULL;
	}
	if (!find(p, name, &m))
		return "the quorum is no witness or group of an earlier line";
	p->is_quorum_group = m.is_group;
	p->quorum = m.at;
	return NULL;
}

static const struct {
	const char *word;
	const char *(*read)(struct policy *p, struct span words);
} statements[] = {
	{ "log", read_log },
	{ "witness", read_witness },
	{ "group", read_group },
	{ "quorum", read_quorum },
};

static const char *read_statement(struct policy *p, struct span line)
{
	struct span word = word_take(&line);

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (span_is(word, statements[i].word))
			return statements[i].read(p, line);
	return "a line begins with log, witness, group, quorum or #";
}

const char *policy_read(struct span file, struct policy *p)
{
	struct span rest = file, line;
	const char *wrong;

	memset(p, 0, sizeof(*p));
	if (file.n > POLICY_MOST_BYTES)
		return "it is longer than 1 MiB";
	for (p->wrong_line = 1; whole_line_take(&rest, &line); p->wrong_line++) {
		for (size_t i = 0; i < line.n; i++)
			if (!is_allowed(line.p[i]))
				return "it holds a control character; lines end in \\n alone";
		wrong = line_says(line) ? read_statement(p, line) : NULL;
		if (wrong)
			return wrong;
	}
	if (rest.n > 0)
		return "its last line has no end";
	if (!p->quorum_line)
		return "it has no quorum: \"quorum NAME\", or \"quorum none\"";
	p->wrong_line = 0;
	return NULL;
}

/* -- what a checkpoint is worth -- */

/* When a group's members have signed: early, when so many as it needs had; late, since when so many
 * have. */
struct group_time {
	uint64_t early, late;
};

static void sort_times(uint64_t *times, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint64_t time = times[i];
		uint32_t at = i;

		for (; at > 0 && times[at - 1] > time; at--)
			times[at] = times[at - 1];
		times[at] = time;
	}
}

/* The k-th smallest and the k-th largest of the times of a group's members that hold; false: they
 * are fewer. */
static bool time_group(const struct policy *p, const struct policy_outcome *o,
		       const struct group_time *groups, uint32_t group, struct group_time *time)
{
	uint64_t early[POLICY_MOST_WITNESSES + POLICY_MOST_GROUPS];
	uint64_t late[POLICY_MOST_WITNESSES + POLICY_MOST_GROUPS];
	uint32_t n = 0, needed = p->groups[group].needed;

	for (uint32_t i = 0; i < p->witness_count; i++) {
		if (p->witnesses[i].parent != group || o->witness[i] != NOTE_SIGNED)
			continue;
		early[n] = late[n] = o->time[i];
		n++;
	}
	for (uint32_t i = 0; i < group; i++) { /* members stand on earlier lines */
		if (p->groups[i].parent != group || !o->group[i])
			continue;
		early[n] = groups[i].early;
		late[n] = groups[i].late;
		n++;
	}
	if (n < needed)
		return false;
	sort_times(early, n);
	sort_times(late, n);
	*time = (struct group_time){ early[needed - 1], late[n - needed] };
	return true;
}

void policy_count(const struct policy *p, struct policy_outcome *o)
{
	struct group_time times[POLICY_MOST_GROUPS] = { { 0 } };

	for (uint32_t i = 0; i < p->group_count; i++)
		o->group[i] = time_group(p, o, times, i, &times[i]);
	o->quorum_time = o->quorum_seen = 0;
	if (p->is_quorum_none) {
		o->has_quorum = true;
	} else if (p->is_quorum_group) {
		o->has_quorum = o->group[p->quorum];
		o->quorum_time = times[p->quorum].early;
		o->quorum_seen = times[p->quorum].late;
	} else {
		o->has_quorum = o->witness[p->quorum] == NOTE_SIGNED;
		o->quorum_time = o->quorum_seen = o->time[p->quorum];
	}
}

void policy_judge(const struct policy *p, const struct checkpoint *c, struct policy_outcome *o)
{
	memset(o, 0, sizeof(*o));
	o->log = POLICY_NONE;
	for (uint32_t i = p->log_count; i-- > 0;) {
		uint64_t none;
		enum note_check check = span_equal(p->logs[i].key.name, c->origin)
						? checkpoint_check(c, &p->logs[i].key, &none)
						: NOTE_UNSIGNED;

		if (check == NOTE_SIGNED)
			o->log = i;
		o->is_broken |= check == NOTE_BROKEN;
	}
	for (uint32_t i = 0; i < p->witness_count; i++) {
		o->witness[i] = checkpoint_check(c, &p->witnesses[i].key, &o->time[i]);
		o->is_broken |= o->witness[i] == NOTE_BROKEN;
		if (o->witness[i] == NOTE_SIGNED && o->time[i] == 0)
			o->witness[i] = NOTE_UNSIGNED;
	}
	policy_count(p, o);
	if (o->is_broken) {
		o->has_quorum = false;
		o->quorum_time = o->quorum_seen = 0;
	}
}
