/* sarif_results.c - what was found where: artifacts nested as in the image, results with places and
 * fingerprints. */
#include <stdlib.h>

#include "judge/declaration.h"
#include "report/sarif.h"
#include "tree/locator.h"

#define NOT_LISTED UINT32_MAX

/* -- artifacts -- */

/* In whose content a node's bytes stand. */
static const struct node *holder(const struct node *n)
{
	return n->container ? n->container : n->parent;
}

static void mark(struct sarif *s, const struct node *n)
{
	for (; n && s->artifact[n->id] == NOT_LISTED; n = holder(n))
		s->artifact[n->id] = 0;
}

static void mark_evidence(struct sarif *s, const struct verdict *v)
{
	for (uint32_t i = 0; i < v->evidence_count && i < MOST_RESULTS; i++) {
		s->found_in[v->evidence[i].node->id] = 1;
		mark(s, v->evidence[i].node);
	}
}

bool sarif_number(struct sarif *s)
{
	const struct report *r = s->x.r;
	uint32_t count = 0;

	s->artifact = malloc(((size_t)r->tree->count + 1) * sizeof(*s->artifact));
	s->found_in = calloc((size_t)r->tree->count + 1, 1);
	if (!s->artifact || !s->found_in)
		return false;
	for (uint32_t i = 0; i < r->tree->count; i++)
		s->artifact[i] = NOT_LISTED;
	mark(s, r->tree->image);
	for (uint32_t i = 0; i < r->verdict_count; i++)
		mark_evidence(s, &r->verdicts[i]);
	for (uint32_t i = 0; i < r->coverage->gap_count; i++)
		mark(s, r->coverage->gaps[i]);
	for (uint32_t i = 0; i < r->tree->count; i++)
		if (s->artifact[i] != NOT_LISTED)
			s->artifact[i] = count++;
	return true;
}

/* The locator, percent-encoded: decoded it is what `evenhand extract` takes. A step that is "." or
 * ".." would be taken for a way through folders. */
static void put_uri(struct sarif *s, const struct node *n)
{
	struct text *t = &s->x.scratch, uri = { 0 };
	struct span rest;

	t->n = 0;
	locator_write(t, n);
	rest = n->parent ? text_span(t) : span_text("IMAGE");
	while (rest.n) {
		size_t end = span_find(rest, 0, span_text("/"));
		struct span part = span_head(rest, end);

		if (span_is(part, ".") || span_is(part, ".."))
			text_puts(&uri, part.n == 1 ? "%2E" : "%2E%2E");
		else
			text_percent(&uri, part, "!@");
		if (end != SIZE_MAX)
			text_char(&uri, '/');
		rest = span_from(rest, part.n + 1);
	}
	json_key(&s->x.j, "uri");
	json_text(&s->x.j, text_span(&uri));
	text_free(&uri);
}

static void put_artifact(struct sarif *s, const struct node *n)
{
	struct json *j = &s->x.j;

	json_object(j);
	member_object(j, "location");
	put_uri(s, n);
	json_object_end(j);
	if (n->parent)
		member_u64(j, "parentIndex", s->artifact[holder(n)->id]);
	if (n->parent && n->has_place)
		member_u64(j, "offset", n->offset);
	member_u64(j, "length", n->size);
	if (!n->parent || s->found_in[n->id]) {
		member_array(j, "roles");
		if (!n->parent)
			json_text(j, span_text("analysisTarget"));
		if (s->found_in[n->id])
			json_text(j, span_text("resultFile"));
		json_array_end(j);
	}
	if (n->has_sha256) {
		member_object(j, "hashes");
		member_hex(j, "sha-256", n->sha256, SHA256_SIZE);
		json_object_end(j);
	}
	json_object_end(j);
}

void sarif_artifacts(struct sarif *s)
{
	const struct tree *t = s->x.r->tree;

	member_array(&s->x.j, "artifacts");
	for (uint32_t i = 0; i < t->count; i++)
		if (s->artifact[i] != NOT_LISTED)
			put_artifact(s, t->nodes[i]);
	json_array_end(&s->x.j);
}

void sarif_locations(struct sarif *s, const struct node *n, uint32_t line, uint64_t offset,
		     uint64_t length)
{
	struct json *j = &s->x.j;

	member_array(j, "locations");
	json_object(j);
	member_object(j, "physicalLocation");
	member_object(j, "artifactLocation");
	put_uri(s, n);
	member_u64(j, "index", s->artifact[n->id]);
	json_object_end(j);
	member_object(j, "region");
	if (line)
		member_u64(j, "startLine", line);
	member_u64(j, "byteOffset", length ? offset : 0);
	member_u64(j, "byteLength", length ? length : n->size);
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
	json_array_end(j);
}

/* -- results -- */

static const struct {
	const char *kind, *level;
} kinds[] = {
	[OUTCOME_FAIL] = { "fail", "error" },
	[OUTCOME_REVIEW] = { "review", "none" },
	[OUTCOME_NOT_EVALUABLE] = { "open", "none" },
	[OUTCOME_PASS] = { "pass", "none" },
	[OUTCOME_NOT_APPLICABLE] = { "notApplicable", "none" },
};

/* Paths and formats from the image down, without offsets, which move from release to release. */
static void put_way(struct text *t, const struct node *n)
{
	const struct node *chain[64];
	size_t depth = 0;

	for (; n->parent && depth < sizeof(chain) / sizeof(chain[0]); n = holder(n))
		chain[depth++] = n;
	while (depth > 0) {
		n = chain[--depth];
		text_char(t, '!');
		if (n->container)
			text_put(t, n->path);
		else
			text_puts(t, n->format ? n->format->name : "");
	}
}

static void put_digest(struct json *j, const char *key, const struct text *t)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(text_span(t), digest);
	member_hex(j, key, digest, sizeof(digest));
}

/* The place by itself finds the same in another release; the finding only in the same bytes. */
static void put_fingerprints(struct sarif *s, const struct verdict *v, const struct node *n,
			     const struct evidence_ref *e)
{
	struct json *j = &s->x.j;
	struct text t = { 0 };

	member_object(j, "partialFingerprints");
	text_format(&t, "%s\n", v->check->id);
	put_way(&t, n);
	put_digest(j, "evenhandPlace/v1", &t);
	text_char(&t, '\n');
	if (n->has_sha256)
		text_hex(&t, (struct span){ n->sha256, SHA256_SIZE });
	if (e)
		text_format(&t, "\n%llu %llu", (unsigned long long)e->offset,
			    (unsigned long long)e->length);
	put_digest(j, "evenhandFinding/v1", &t);
	json_object_end(j);
	j->out->failed |= t.failed;
	text_free(&t);
}

/* SARIF wants it in all results of a run or in none: in all where a declaration was given. */
static void put_suppressions(struct json *j, const struct declared_row *exception)
{
	member_array(j, "suppressions");
	if (exception) {
		json_object(j);
		member_text(j, "kind", "external");
		member_text(j, "status", "accepted");
		member_bytes(j, "justification", exception->reason);
		member_object(j, "properties");
		member_bytes(j, "owner", exception->value[EXCEPTION_OWNER]);
		member_bytes(j, "expires", exception->value[EXCEPTION_EXPIRES]);
		json_object_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

/* e: NULL for a verdict as a whole, whose place is the image. */
static void put_result(struct sarif *s, uint32_t rule, const struct evidence_ref *e)
{
	const struct verdict *v = &s->x.r->verdicts[rule];
	const struct node *n = e ? e->node : s->x.r->tree->image;
	struct json *j = &s->x.j;

	json_object(j);
	member_text(j, "ruleId", v->check->id);
	member_u64(j, "ruleIndex", rule);
	member_text(j, "kind", kinds[v->outcome].kind);
	member_text(j, "level", kinds[v->outcome].level);
	sarif_message(j, "message", span_text(v->says && v->says[0] ? v->says : v->check->title));
	sarif_locations(s, n, e && e->fact ? e->fact->line : 0, e ? e->offset : 0,
			e ? e->length : 0);
	put_fingerprints(s, v, n, e);
	if (s->x.r->options->declaration)
		put_suppressions(j, v->exception);
	if (v->reason || (v->searched && v->searched[0])) {
		member_object(j, "properties");
		if (v->reason)
			member_text(j, "reason", reason_name(v->reason));
		else
			member_text(j, "searched", v->searched);
		json_object_end(j);
	}
	json_object_end(j);
}

/* Places are results where something was found, or could not be told; the rest is one statement. */
static bool has_places(const struct verdict *v)
{
	return v->outcome == OUTCOME_FAIL || v->outcome == OUTCOME_REVIEW;
}

static bool same_place(const struct evidence_ref *a, const struct evidence_ref *b)
{
	return a->node == b->node && a->offset == b->offset && a->length == b->length;
}

/* Two facts at one place, an account and its hash, are one result. There are at most MOST_RESULTS
 * to look at. */
static bool was_there(const struct verdict *v, uint32_t k)
{
	for (uint32_t i = 0; i < k; i++)
		if (same_place(&v->evidence[i], &v->evidence[k]))
			return true;
	return false;
}

void sarif_results(struct sarif *s)
{
	const struct report *r = s->x.r;

	member_array(&s->x.j, "results");
	for (uint32_t i = 0; i < r->verdict_count; i++) {
		const struct verdict *v = &r->verdicts[i];

		if (!has_places(v) || v->evidence_count == 0)
			put_result(s, i, NULL);
		for (uint32_t k = 0; has_places(v) && k < v->evidence_count && k < MOST_RESULTS;
		     k++)
			if (!was_there(v, k))
				put_result(s, i, &v->evidence[k]);
	}
	json_array_end(&s->x.j);
}
