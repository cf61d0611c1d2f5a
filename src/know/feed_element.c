/* feed_element.c - an element of "vulnerabilities", as CSAF, KEV, CycloneDX and NVD have them: its
 * members say whose it is. */
#include <stdlib.h>

#include "base/text.h"
#include "know/feed_inside.h"

struct element {
	struct word id, note;
	size_t first; /* its statements */
	enum said state;
	bool is_kev, has_statements;
};

static void read_cve(struct reader *r, struct element *e)
{
	if (json_peek(&r->json) == JSON_IS_STRING)
		e->id = read_word(r);
	else
		record_read(r);
}

static void read_ids(struct reader *r, struct element *e)
{
	struct span key;

	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		if (!json_enter_object(&r->json))
			continue;
		while (json_next_member(&r->json, &key))
			if (span_is(key, "text") && e->id.n == 0)
				e->id = read_word(r);
			else
				json_skip(&r->json);
	}
}

static void read_refs(struct reader *r, struct element *e, enum said said)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		struct statement s = { .ref = read_word(r), .said = said };

		if (said < SAIDS)
			statement_add(r, &s);
	}
	e->has_statements = true;
}

static void read_product_status(struct reader *r, struct element *e)
{
	struct span key;

	note_format(r, FEED_CSAF);
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key))
		read_refs(r, e, said_of(key));
}

static void read_flags(struct reader *r)
{
	struct word label;
	struct span key;
	size_t first;

	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		label = (struct word){ 0, 0 };
		first = r->remarks.n;
		if (!json_enter_object(&r->json))
			continue;
		while (json_next_member(&r->json, &key)) {
			if (span_is(key, "label")) {
				label = read_word(r);
			} else if (span_is(key, "product_ids") && json_enter_array(&r->json)) {
				while (json_next_element(&r->json)) {
					struct word ref = read_word(r);
					struct remark *m =
						list_add(&r->remarks, sizeof(*m), MOST_ITEMS);

					if (m)
						m->ref = ref;
				}
			} else if (!span_is(key, "product_ids")) {
				json_skip(&r->json);
			}
		}
		for (size_t i = first; i < r->remarks.n; i++)
			((struct remark *)r->remarks.p)[i].label = label;
	}
}

static void read_analysis(struct reader *r, struct element *e)
{
	struct span key, state;

	note_format(r, FEED_CYCLONEDX);
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "state") && json_take_string(&r->json, &state))
			e->state = said_of(state);
		else if (span_is(key, "justification"))
			e->note = read_word(r);
		else if (!span_is(key, "state"))
			json_skip(&r->json);
	}
}

static void read_affects(struct reader *r)
{
	struct statement s = { .said = SAIDS };
	struct span key;

	note_format(r, FEED_CYCLONEDX);
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		s.ref = (struct word){ 0, 0 };
		if (!json_enter_object(&r->json))
			continue;
		while (json_next_member(&r->json, &key))
			if (span_is(key, "ref"))
				s.ref = read_word(r);
			else
				json_skip(&r->json);
		statement_add(r, &s);
	}
}

static int by_ref(const void *a, const void *b, void *ctx)
{
	const struct reader *r = ctx;
	const struct remark *x = a, *y = b;
	int order = span_compare(words_at(&r->words, x->ref), words_at(&r->words, y->ref));

	/* Of several labels the first one counts. */
	return order ? order : (x->label.at > y->label.at) - (x->label.at < y->label.at);
}

static void remark_on(struct reader *r, struct statement *s)
{
	const struct remark *remarks = r->remarks.p;
	struct span ref = words_at(&r->words, s->ref);
	size_t low = 0, high = r->remarks.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(words_at(&r->words, remarks[middle].ref), ref) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < r->remarks.n && span_equal(words_at(&r->words, remarks[low].ref), ref))
		s->note = remarks[low].label;
}

static void end_element(struct reader *r, const struct element *e)
{
	struct statement *all = r->statements.p;

	if (r->remarks.n)
		qsort_r(r->remarks.p, r->remarks.n, sizeof(struct remark), by_ref, r);
	for (size_t i = e->first; i < r->statements.n; i++) {
		all[i].vulnerability = e->id;
		if (all[i].said == SAIDS) { /* CycloneDX: one state for all */
			all[i].said = e->state;
			all[i].note = e->note;
		} else if (all[i].said == SAID_NOT_AFFECTED) {
			remark_on(r, &all[i]);
		}
	}
	if (e->is_kev && e->id.n) {
		note_format(r, FEED_KEV);
		r->source.records++;
		feed_add_flags(r->builder, words_at(&r->words, e->id), VULNERABILITY_EXPLOITED);
	}
	r->remarks.n = 0;
}

void vulnerability_read(struct reader *r)
{
	struct element e = { .first = r->statements.n, .state = SAIDS };
	size_t before = r->words.n;
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "cve")) {
			read_cve(r, &e);
		} else if (span_is(key, "cveID")) {
			e.is_kev = true;
			e.id = read_word(r);
		} else if (span_is(key, "id")) {
			e.id = read_word(r);
		} else if (span_is(key, "ids")) {
			read_ids(r, &e);
		} else if (span_is(key, "product_status")) {
			read_product_status(r, &e);
		} else if (span_is(key, "flags")) {
			read_flags(r);
		} else if (span_is(key, "analysis")) {
			read_analysis(r, &e);
		} else if (span_is(key, "affects")) {
			read_affects(r);
		} else {
			json_skip(&r->json);
		}
	}
	end_element(r, &e);
	if (r->statements.n == e.first)
		r->words.n = before;
}
