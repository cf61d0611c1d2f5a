/* disagreement.c - the messages of two labs, and what one answers to another. */
#include "log/disagreement.h"
#include "log/line.h"

#define HEADER "evenhand-disagreement/1"

/* -- messages -- */

void message_write(const struct message *m, struct text *out)
{
	char root[EVIDENCE_ROOT_TEXT];

	evidence_root_text(&m->head, root);
	text_format(out, HEADER "\nmessage %u%s\nroot %s\n", m->number, m->is_last ? " last" : "",
		    root);
	if (m->kind == MESSAGE_SHOWS) {
		evidence_write_line(out, &m->line);
		return;
	}
	if (m->kind == MESSAGE_ENDS) {
		text_puts(out, "ends\n");
		return;
	}
	text_format(out, "looks %u %llu\n", m->level, (unsigned long long)m->index);
	for (unsigned i = 0; i < m->count; i++)
		evidence_hash_write(out, m->parts[i]);
}

/* How many parts of a range there are in a report of that many lines. */
static unsigned part_count(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t from = index << level, part = 1ull << (level - DISAGREEMENT_BITS), n;

	if (from >= size)
		return 0;
	n = (size - from - 1) / part + 1;
	return n < DISAGREEMENT_PARTS ? (unsigned)n : DISAGREEMENT_PARTS;
}

static bool is_range(unsigned level, uint64_t index)
{
	return level >= DISAGREEMENT_BITS && level <= 60 && level % DISAGREEMENT_BITS == 0 &&
	       index <= (uint64_t)INT64_MAX >> level;
}

static bool read_number(struct evidence_reader *r, struct message *m)
{
	struct span rest;
	uint64_t number;

	if (!evidence_take(r, "message", &rest))
		return false;
	m->is_last = span_ends(rest, span_text(" last"));
	if (!decimal_read(span_head(rest, rest.n - (m->is_last ? 5 : 0)), &number) || number == 0 ||
	    number > DISAGREEMENT_MESSAGES)
		return false;
	m->number = (unsigned)number;
	return true;
}

static bool read_parts(struct evidence_reader *r, struct span range, struct message *m)
{
	size_t blank = span_find(range, 0, span_text(" "));
	uint64_t level;
	struct span hash;

	if (blank == SIZE_MAX || !decimal_read(span_head(range, blank), &level) || level > 60 ||
	    !decimal_read(span_from(range, blank + 1), &m->index) ||
	    !is_range((unsigned)level, m->index) || m->is_last)
		return false;
	m->level = (unsigned)level;
	m->count = part_count(m->level, m->index, m->head.size);
	for (unsigned i = 0; i < m->count; i++)
		if (!evidence_take(r, "", &hash) || !hash_read(hash, m->parts[i]))
			return false;
	return true;
}

static bool read_body(struct evidence_reader *r, struct message *m)
{
	struct span rest;

	if (evidence_take(r, "looks", &rest))
		return read_parts(r, rest, m);
	if (span_is(span_from(r->in, r->at), "ends\n")) {
		m->kind = MESSAGE_ENDS;
		r->at = r->in.n;
		return true;
	}
	m->kind = MESSAGE_SHOWS;
	return evidence_next(r, &m->line) && !m->line.is_salted;
}

bool message_read(struct span bytes, struct message *m, const char **why)
{
	struct evidence_reader r = { .in = bytes };
	struct span rest;

	*m = (struct message){ .kind = MESSAGE_LOOKS };
	*why = "its first line is not \"" HEADER "\"";
	if (!evidence_take(&r, "", &rest) || !span_is(rest, HEADER))
		return false;
	*why = "its second line is not \"message NUMBER\"";
	if (!read_number(&r, m))
		return false;
	*why = "its third line is not \"root LINES:HASH\"";
	if (!evidence_take(&r, "root", &rest) || !evidence_root_read(rest, &r.head))
		return false;
	m->head = r.head;
	*why = "what follows its root is malformed";
	return read_body(&r, m) && r.at == bytes.n;
}

/* -- one lab -- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The hashes of the parts of a range in my report. */
static bool look(const struct disagreement_side *me, unsigned level, uint64_t index,
		 struct message *m)
{
	uint64_t from = index << level, part = 1ull << (level - DISAGREEMENT_BITS);

	m->kind = MESSAGE_LOOKS;
	m->level = level;
	m->index = index;
	m->count = part_count(level, index, me->head.size);
	for (unsigned i = 0; i < m->count; i++)
		if (!merkle_range(&me->source, from + i * part,
				  least(from + (i + 1) * part, me->head.size), m->parts[i]))
			return false;
	return true;
}

/* A range from the first line on that has all of them. */
static unsigned whole_level(uint64_t size)
{
	unsigned level = DISAGREEMENT_BITS;

	while (level < 60 && size > 1ull << level)
		level += DISAGREEMENT_BITS;
	return level;
}

bool disagreement_open(const struct disagreement_side *me, struct message *out)
{
	*out = (struct message){ .number = 1, .head = me->head };
	return look(me, whole_level(me->head.size), 0, out);
}

/* The parts of a range that has all lines are those of the tree, and lead to its root. */
static bool agrees_with_root(const struct message *m)
{
	struct merkle top = { 0 };
	uint8_t root[SHA256_SIZE];

	if (m->index != 0 || m->head.size > 1ull << m->level)
		return true;
	for (unsigned i = 0; i < m->count; i++)
		merkle_add(&top, m->parts[i]);
	merkle_root(&top, root);
	return memcmp(root, m->head.root, sizeof(root)) == 0;
}

/* My line at the place where the reports part, or that there is none. */
static bool show(const struct disagreement_side *me, uint64_t index, struct message *reply)
{
	reply->kind = index < me->head.size ? MESSAGE_SHOWS : MESSAGE_ENDS;
	return reply->kind == MESSAGE_ENDS || me->show(me->ctx, index, &reply->line);
}

/* The first part that differs is looked into, or is a line. */
static enum disagreement_state look_into(const struct disagreement_side *me,
					 const struct message *theirs, struct message *reply)
{
	struct message mine = { 0 };
	unsigned i = 0, lower = theirs->level - DISAGREEMENT_BITS;
	uint64_t index;
	bool had;

	if (!look(me, theirs->level, theirs->index, &mine))
		return DISAGREEMENT_NO_SOURCE;
	while (i < mine.count && i < theirs->count &&
	       memcmp(mine.parts[i], theirs->parts[i], SHA256_SIZE) == 0)
		i++;
	index = (theirs->index << DISAGREEMENT_BITS) + i;
	if (i == DISAGREEMENT_PARTS || (i == mine.count && i == theirs->count)) {
		/* All the same: then theirs ends where the range does, and mine goes on. */
		if (theirs->index != 0 || theirs->head.size > 1ull << theirs->level ||
		    me->head.size <= theirs->head.size)
			return DISAGREEMENT_FALSE;
		had = show(me, theirs->head.size, reply);
	} else if (lower == 0) {
		if (index > me->head.size)
			return DISAGREEMENT_FALSE;
		had = show(me, index, reply);
	} else {
		had = look(me, lower, index, reply);
	}
	return had ? DISAGREEMENT_GOES_ON : DISAGREEMENT_NO_SOURCE;
}

/* The root over the lines before the place, as the message shows it. */
static bool before_of(const struct message *m, uint64_t place, uint8_t root[SHA256_SIZE])
{
	memcpy(root, m->head.root, SHA256_SIZE);
	if (m->kind == MESSAGE_ENDS)
		return m->head.size == place;
	merkle_before(place, m->head.size, &m->line.proof, root);
	return evidence_holds(&m->line, &m->head);
}

/* Both lines are there: each must stand under its root, the lines before must be the same, and
 * these must not. */
static enum disagreement_state close_with(const struct disagreement_side *me,
					  const struct message *theirs, struct message *reply)
{
	uint64_t place = theirs->kind == MESSAGE_SHOWS ? theirs->line.index : theirs->head.size;
	uint8_t before[2][SHA256_SIZE];

	if (place > me->head.size)
		return DISAGREEMENT_FALSE;
	if (!show(me, place, reply))
		return DISAGREEMENT_NO_SOURCE;
	reply->is_last = true;
	if (!before_of(theirs, place, before[0]) || !before_of(reply, place, before[1]) ||
	    memcmp(before[0], before[1], SHA256_SIZE) != 0)
		return DISAGREEMENT_FALSE;
	if (theirs->kind == reply->kind &&
	    (reply->kind == MESSAGE_ENDS || span_equal(theirs->line.text, reply->line.text)))
		return DISAGREEMENT_FALSE;
	return DISAGREEMENT_FOUND;
}

enum disagreement_state disagreement_answer(const struct disagreement_side *me,
					    const struct message *theirs, struct message *reply)
{
	*reply = (struct message){ .number = theirs->number + 1, .head = me->head };
	if (merkle_head_equal(&me->head, &theirs->head))
		return DISAGREEMENT_SAME;
	if (theirs->kind != MESSAGE_LOOKS)
		return close_with(me, theirs, reply);
	if (theirs->number >= DISAGREEMENT_MESSAGES || !agrees_with_root(theirs))
		return DISAGREEMENT_FALSE;
	return look_into(me, theirs, reply);
}
