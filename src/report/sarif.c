/* sarif.c - SARIF 2.1.0: each check is a rule, each piece of evidence a result, each place that was
 * not understood a notification. */
#include "report/sarif.h"

#include <stdlib.h>

#define MOST_NOTICES 1000

void sarif_message(struct json *j, const char *key, struct span text)
{
	struct text t = { 0 };

	for (size_t i = 0; i < text.n; i++) {
		char c = (char)text.p[i];

		if (c == '{' || c == '}')
			text_char(&t, c);
		else if (c == '[' || c == ']')
			text_char(&t, '\\');
		text_char(&t, c);
	}
	member_object(j, key);
	json_key(j, "text");
	json_text(j, text_span(&t));
	json_object_end(j);
	j->out->failed |= t.failed;
	text_free(&t);
}

/* -- what went wrong, or was not understood -- */

static void put_notice(struct sarif *s, const struct node *n, const char *id, const char *level,
		       const char *what)
{
	struct json *j = &s->x.j;

	json_object(j);
	member_object(j, "descriptor");
	member_text(j, "id", id);
	json_object_end(j);
	member_text(j, "level", level);
	sarif_message(j, "message", span_text(what));
	if (n)
		sarif_locations(s, n, 0, 0, 0);
	json_object_end(j);
}

/* evenhand itself stopped there: the scan is not the whole one. */
static bool is_cut(const struct node *n)
{
	return n->state == STATE_LIMIT || n->state == STATE_QUARANTINED;
}

static void put_gap(struct sarif *s, const struct node *n)
{
	char why[200], what[300];

	gap_describe(n, why, sizeof(why));
	snprintf(what, sizeof(what), "%llu bytes are %s: %s.",
		 (unsigned long long)(n->has_place ? n->length : n->size), state_name(n->state),
		 why);
	put_notice(s, n, "gap", is_cut(n) ? "error" : "warning", what);
}

static void put_cuts(struct sarif *s)
{
	const struct report *r = s->x.r;
	char what[120];

	for (uint32_t i = 0; i < r->verdict_count; i++) {
		const struct verdict *v = &r->verdicts[i];

		if (v->evidence_count <= MOST_RESULTS)
			continue;
		snprintf(what, sizeof(what), "%s: %u of %u places are listed here.", v->check->id,
			 MOST_RESULTS, v->evidence_count);
		put_notice(s, NULL, "cut", "note", what);
	}
	if (r->coverage->gap_count > MOST_NOTICES) {
		snprintf(what, sizeof(what), "%u of %u gaps are listed here.", MOST_NOTICES,
			 r->coverage->gap_count);
		put_notice(s, NULL, "cut", "note", what);
	}
}

static void put_invocations(struct sarif *s)
{
	const struct coverage *c = s->x.r->coverage;
	struct json *j = &s->x.j;
	bool whole = true;

	for (uint32_t i = 0; i < c->gap_count; i++)
		whole &= !is_cut(c->gaps[i]);
	member_array(j, "invocations");
	json_object(j);
	json_key(j, "executionSuccessful");
	json_bool(j, whole);
	member_array(j, "toolExecutionNotifications");
	for (uint32_t i = 0; i < c->gap_count && i < MOST_NOTICES; i++)
		put_gap(s, c->gaps[i]);
	put_cuts(s);
	json_array_end(j);
	json_object_end(j);
	json_array_end(j);
}

/* -- the log -- */

static void put_run(struct sarif *s)
{
	struct json *j = &s->x.j;
	struct text t = { 0 };

	json_object(j);
	sarif_driver(j);
	put_invocations(s);
	sarif_artifacts(s);
	sarif_results(s);
	sarif_taxonomies(j);
	text_puts(&t, "evenhand/");
	text_hex(&t, (struct span){ s->x.r->image_sha256, SHA256_SIZE });
	member_object(j, "automationDetails");
	member_bytes(j, "id", text_span(&t));
	member_text(j, "guid", s->x.uuid);
	json_object_end(j);
	t.n = 0;
	text_hex(&t, (struct span){ s->x.digest, sizeof(s->x.digest) });
	member_object(j, "properties");
	member_bytes(j, "reportSha256", text_span(&t));
	json_object_end(j);
	json_object_end(j);
	text_free(&t);
}

void report_sarif(const struct report *r, struct span json, struct text *out)
{
	struct sarif s = { .artifact = NULL };
	struct json *j = &s.x.j;

	export_begin(&s.x, r, "sarif", json, out);
	if (sarif_number(&s)) {
		json_object(j);
		member_text(j, "$schema",
			    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
			    "sarif-schema-2.1.0.json");
		member_text(j, "version", "2.1.0");
		member_array(j, "runs");
		put_run(&s);
		json_array_end(j);
		json_object_end(j);
	} else {
		out->failed = true;
	}
	free(s.artifact);
	free(s.found_in);
	export_end(&s.x);
}
