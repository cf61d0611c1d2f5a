/* feed_nvd.c - records of NVD's JSON 2.0 (csrc.nist.gov, cve_api_json_2.0.schema). Configurations
 * are alternatives; within one, nodes joined by AND are conditions on each other. */
#include "base/text.h"
#include "know/feed_inside.h"

#define MOST_MATCHES   (1u << 20)
#define MOST_CONDITION 400

static bool read_bool(struct reader *r)
{
	struct span word;

	return json_take_word(&r->json, &word) && span_is(word, "true");
}

static bool read_is(struct reader *r, const char *text)
{
	struct span s;

	return json_take_string(&r->json, &s) && span_is(s, text);
}

static void read_match(struct reader *r)
{
	struct cpe_match *m = NULL, match = { .configuration = r->configuration, .node = r->node };
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "vulnerable")) {
			match.is_vulnerable = read_bool(r);
		} else if (span_is(key, "criteria")) {
			match.criteria = read_word(r);
		} else if (span_is(key, "versionStartIncluding")) {
			match.from = read_word(r);
		} else if (span_is(key, "versionStartExcluding")) {
			match.from = read_word(r);
			match.from_excluded = true;
		} else if (span_is(key, "versionEndIncluding")) {
			match.to = read_word(r);
		} else if (span_is(key, "versionEndExcluding")) {
			match.to = read_word(r);
			match.to_excluded = true;
		} else {
			json_skip(&r->json);
		}
	}
	m = list_add(&r->matches, sizeof(*m), MOST_MATCHES);
	if (m)
		*m = match;
}

static struct cpe_match *match_at(struct reader *r, size_t i)
{
	return (struct cpe_match *)r->matches.p + i;
}

static void read_node(struct reader *r)
{
	size_t first = r->matches.n;
	bool all = false, negated = false;
	struct span key;

	r->node++;
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "operator")) {
			all = read_is(r, "AND");
		} else if (span_is(key, "negate")) {
			negated = read_bool(r);
		} else if (span_is(key, "cpeMatch") && json_enter_array(&r->json)) {
			while (json_next_element(&r->json))
				read_match(r);
		} else if (!span_is(key, "cpeMatch")) {
			json_skip(&r->json);
		}
	}
	for (size_t i = first; i < r->matches.n; i++) {
		match_at(r, i)->all_matches = all;
		match_at(r, i)->is_negated = negated;
	}
}

static void read_configuration(struct reader *r)
{
	size_t first = r->matches.n;
	bool all = false, negated = false;
	struct span key;

	r->configuration++;
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "operator")) {
			all = read_is(r, "AND");
		} else if (span_is(key, "negate")) {
			negated = read_bool(r);
		} else if (span_is(key, "nodes") && json_enter_array(&r->json)) {
			while (json_next_element(&r->json))
				read_node(r);
		} else if (!span_is(key, "nodes")) {
			json_skip(&r->json);
		}
	}
	for (size_t i = first; i < r->matches.n; i++) {
		match_at(r, i)->all_nodes = all;
		match_at(r, i)->is_negated |= negated;
	}
}

void nvd_read_configurations(struct reader *r)
{
	r->has_nvd = true;
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_configuration(r);
}

/* -- emitting -- */

static bool is_any(struct span field)
{
	return span_is(field, "*") || span_is(field, "-");
}

/* "o:linux:linux_kernel" of one alternative; with "?" behind it where a version is asked for. */
static void put_alternative(struct text *t, struct span criteria, bool has_range)
{
	struct span f[CPE_FIELDS];

	if (!cpe_split(criteria, f))
		return;
	text_put(t, f[CPE_PART]);
	text_char(t, ':');
	text_put(t, f[CPE_VENDOR]);
	text_char(t, ':');
	text_put(t, f[CPE_PRODUCT]);
	if (has_range || !is_any(f[CPE_VERSION]))
		text_char(t, '?');
}

/* Whether match i must hold besides match m, or is an alternative to another that must. */
static bool is_condition(const struct cpe_match *m, const struct cpe_match *i)
{
	return i->node == m->node ? m->all_matches : m->all_nodes;
}

/* All that must hold besides a match of m's node: groups joined by " + ", alternatives by " | ". */
static void put_condition(struct reader *r, size_t of, size_t first, size_t end, struct text *t)
{
	const struct cpe_match *m = match_at(r, of), *last = NULL;

	/* Without AND around it a node has no conditions but its own. */
	for (size_t k = m->all_nodes ? first : of; k < end && t->n < MOST_CONDITION; k++) {
		const struct cpe_match *i = match_at(r, k);

		if (!m->all_nodes && i->node != m->node)
			break;
		if (k == of || !is_condition(m, i))
			continue;
		if (last)
			text_puts(t, last->node == i->node && !i->all_matches ? " | " : " + ");
		put_alternative(t, words_at(&r->words, i->criteria), i->from.n || i->to.n);
		last = i;
	}
}

static void put_edition(struct text *t, const char *what, struct span field)
{
	uint8_t plain[128];

	if (is_any(field) || field.n == 0)
		return;
	if (t->n)
		text_puts(t, " + ");
	text_puts(t, what);
	text_put(t, cpe_plain(field, plain, sizeof(plain)));
}

/* The one version that the name itself gives, with its update. */
static struct span exact_version(struct span f[CPE_FIELDS], uint8_t *to, size_t room)
{
	struct span version = cpe_plain(f[CPE_VERSION], to, room), update;

	if (is_any(f[CPE_UPDATE]) || version.n == 0)
		return version;
	update = cpe_plain(f[CPE_UPDATE], to + version.n, room - version.n);
	return (struct span){ to, version.n + update.n };
}

/* condition: what must hold besides, as put_condition() writes it; it is cut back afterwards. */
static void emit_match(struct reader *r, const struct cpe_match *m, struct text *condition)
{
	struct feed_row row = { .vulnerability = words_at(&r->words, r->id) };
	struct span f[CPE_FIELDS];
	struct text key = { 0 };
	size_t shared = condition->n;
	uint8_t version[256];

	if (!m->is_vulnerable || !cpe_split(words_at(&r->words, m->criteria), f) ||
	    span_is(f[CPE_PART], "h"))
		return;
	cpe_key(&key, f);
	row.key = text_span(&key);
	row.from = words_at(&r->words, m->from);
	row.to = words_at(&r->words, m->to);
	row.flags |= m->from_excluded ? ROW_FROM_EXCLUDED : 0;
	row.flags |= m->to_excluded ? ROW_TO_IS_FIX : ROW_TO_INCLUDED;
	row.flags |= m->is_negated ? ROW_NEGATED : 0;
	if (row.from.n == 0 && row.to.n == 0) {
		if (is_any(f[CPE_VERSION]))
			row.flags |= ROW_NO_VERSION;
		else
			row.from = row.to = exact_version(f, version, sizeof(version));
		row.flags |= span_is(f[CPE_UPDATE], "*") ? ROW_ANY_UPDATE : 0;
	}
	put_edition(condition, "edition ", f[CPE_SW_EDITION]);
	put_edition(condition, "for ", f[CPE_TARGET_SW]);
	if (condition->n) {
		row.flags |= ROW_CONDITION;
		row.condition = span_head(text_span(condition), MOST_CONDITION);
	}
	feed_add_row(r->builder, &row);
	text_free(&key);
	condition->n = shared;
}

/* Matches [first, end) are one configuration. */
static void emit_configuration(struct reader *r, size_t first, size_t end)
{
	struct text condition = { 0 };

	for (size_t i = first; i < end; i++) {
		const struct cpe_match *m = match_at(r, i);

		if (i == first || m->node != match_at(r, i - 1)->node) {
			condition.n = 0;
			if (m->all_nodes || m->all_matches)
				put_condition(r, i, first, end, &condition);
		}
		emit_match(r, m, &condition);
	}
	text_free(&condition);
}

void nvd_emit(struct reader *r)
{
	size_t first = 0;

	if (r->id.n == 0)
		return;
	note_format(r, FEED_NVD);
	r->source.records++;
	if (r->flags)
		feed_add_flags(r->builder, words_at(&r->words, r->id), r->flags);
	while (first < r->matches.n && !(r->flags & VULNERABILITY_REJECTED)) {
		size_t end = first;

		while (end < r->matches.n &&
		       match_at(r, end)->configuration == match_at(r, first)->configuration)
			end++;
		emit_configuration(r, first, end);
		first = end;
	}
}
