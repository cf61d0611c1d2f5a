/* json.c - the canonical report (DESIGN.md 8): fixed key order, integers, arrays in tree order. */
#include <stdio.h>

#include "judge/declaration.h"
#include "know/know.h"
#include "report/member.h"
#include "report/report.h"
#include "tree/locator.h"

static void write_source(struct json *j, const struct given_source *s)
{
	json_object(j);
	member_text(j, "format", feed_format_name(s->source.format));
	member_hex(j, "sha256", s->source.sha256, SHA256_SIZE);
	member_text(j, "date", s->source.date[0] ? s->source.date : NULL);
	member_u64(j, "records", s->source.records);
	if (s->index)
		member_hex(j, "index", s->index->sha256, SHA256_SIZE);
	else
		member_text(j, "index", NULL);
	json_object_end(j);
}

static void write_feeds(struct json *j, const struct feed_set *given)
{
	member_array(j, "feeds");
	for (uint32_t i = 0; given && i < given->source_count; i++)
		write_source(j, &given->sources[i]);
	json_array_end(j);
}

static void write_vex(struct json *j, const struct feed_set *given)
{
	member_array(j, "vex");
	for (uint32_t i = 0; given && i < given->vex_source_count; i++)
		json_hex(j, (struct span){ given->vex_sources[i].source.sha256, SHA256_SIZE });
	json_array_end(j);
}

static void write_options(struct json *j, const struct report *r)
{
	const struct budget *b = r->budget, *d = &default_budget;

	member_object(j, "options");
	member_text(j, "as_of", r->options->as_of);
	member_array(j, "trust");
	for (uint32_t i = 0; r->trust && i < r->trust->count; i++)
		json_bytes(j, r->trust->keys[i].spki_sha256);
	json_array_end(j);
	write_vex(j, r->options->feeds);
	if (b->depth != d->depth)
		member_u64(j, "max_depth", b->depth);
	if (b->entries != d->entries)
		member_u64(j, "max_entries", b->entries);
	if (b->bytes != d->bytes)
		member_u64(j, "max_bytes", b->bytes);
	if (b->content != d->content)
		member_u64(j, "max_content", b->content);
	json_object_end(j);
}

static void write_declaration(struct json *j, const struct declaration *d)
{
	char text[8 + 2 * SHA256_SIZE] = "sha256:";

	for (size_t i = 0; d && i < SHA256_SIZE; i++)
		snprintf(text + 7 + 2 * i, 3, "%02x", d->sha256[i]);
	member_text(j, "declaration", d ? text : NULL);
}

static void write_head(struct json *j, const struct report *r)
{
	member_text(j, "schema", REPORT_SCHEMA);
	member_object(j, "tool");
	member_text(j, "version", EVENHAND_VERSION);
	member_object(j, "knowledge");
	member_text(j, "observing", knowledge_observing);
	member_text(j, "judging", knowledge_judging);
	json_object_end(j);
	write_feeds(j, r->options->feeds);
	write_declaration(j, r->options->declaration);
	write_options(j, r);
	json_object_end(j);
	member_object(j, "image");
	member_u64(j, "size", r->image_size);
	member_hex(j, "sha256", r->image_sha256, SHA256_SIZE);
	member_hex(j, "sha512", r->image_sha512, SHA512_SIZE);
	json_object_end(j);
}

static void write_spans(struct json *j, const struct spans *list)
{
	json_array(j);
	for (uint32_t i = 0; i < list->n; i++)
		json_bytes(j, list->p[i]);
	json_array_end(j);
}

static void write_nodes_of(struct json *j, const struct node_list *list)
{
	json_array(j);
	for (uint32_t i = 0; i < list->n; i++)
		json_u64(j, list->p[i]->id);
	json_array_end(j);
}

static void write_ranges(struct json *j, const struct ranges *list)
{
	json_array(j);
	for (uint32_t i = 0; i < list->n; i++) {
		json_object(j);
		member_u64(j, "node", list->p[i].node->id);
		member_u64(j, "offset", list->p[i].offset);
		member_u64(j, "length", list->p[i].length);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_mode(struct json *j, uint32_t mode)
{
	char text[8];

	snprintf(text, sizeof(text), "%04o", mode & 07777);
	json_text(j, span_text(text));
}

static void write_field(struct json *j, const struct fact *f, const struct field *field)
{
	const void *at = (const uint8_t *)f + field->at;

	json_key(j, field->name);
	if (field_is_null(f, field)) {
		json_null(j);
		return;
	}
	switch (field->type) {
	case FIELD_SPAN:
	case FIELD_SPAN_OR_NULL:
	case FIELD_PASSWORD:
		json_bytes(j, *(const struct span *)at);
		break;
	case FIELD_NAME:
	case FIELD_NAME_OR_NULL:
		json_bytes(j, span_text(*(const char *const *)at));
		break;
	case FIELD_U32:
	case FIELD_U32_OR_NULL:
		json_u64(j, *(const uint32_t *)at);
		break;
	case FIELD_U64:
		json_u64(j, *(const uint64_t *)at);
		break;
	case FIELD_BOOL:
		json_bool(j, *(const bool *)at);
		break;
	case FIELD_TRI:
		json_bool(j, *(const enum tri *)at == TRI_YES);
		break;
	case FIELD_SPANS:
	case FIELD_SPANS_OR_NULL:
		write_spans(j, at);
		break;
	case FIELD_NODE:
		json_u64(j, (*(const struct node *const *)at)->id);
		break;
	case FIELD_NODES:
		write_nodes_of(j, at);
		break;
	case FIELD_COMPONENT:
		json_u64(j, (*(const struct fact *const *)at)->id);
		break;
	case FIELD_RANGES:
		write_ranges(j, at);
		break;
	case FIELD_MODE:
		write_mode(j, *(const uint32_t *)at);
		break;
	}
}

static void write_fact(struct json *j, const struct fact *f)
{
	const struct fact_table *table = &fact_tables[f->kind];

	json_object(j);
	if (f->kind != FACT_IDENTITY) {
		member_u64(j, "id", f->id);
		member_u64(j, "node", f->node->id);
		member_u64(j, "offset", f->offset);
		member_u64(j, "length", f->length);
		if (f->line)
			member_u64(j, "line", f->line);
	}
	for (size_t i = 0; i < table->count; i++)
		write_field(j, f, &table->fields[i]);
	if (f->kind == FACT_IDENTITY) {
		member_u64(j, "node", f->node->id);
		member_u64(j, "offset", f->offset);
		member_u64(j, "length", f->length);
	}
	json_object_end(j);
}

static void write_facts(struct json *j, const struct facts *facts, int kind)
{
	member_array(j, fact_tables[kind].list);
	for (uint32_t i = 0; i < facts->count[kind]; i++)
		write_fact(j, facts->of[kind][i]);
	json_array_end(j);
}

static void write_coverage(struct json *j, const struct coverage *c)
{
	member_object(j, "coverage");
	for (int s = STATE_UNDERSTOOD; s <= STATE_QUARANTINED; s++)
		member_u64(j, state_name((enum state)s), c->bytes[s]);
	member_array(j, "regions");
	for (uint32_t i = 0; i < c->count; i++) {
		json_object(j);
		member_u64(j, "node", c->regions[i]->id);
		member_u64(j, "offset", c->at[i]);
		member_u64(j, "length", c->length[i]);
		member_text(j, "state", state_name(c->regions[i]->state));
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void write_faults(struct json *j, const struct node *n)
{
	member_array(j, "faults");
	for (const struct node_fault *f = n->faults; f; f = f->next) {
		json_object(j);
		member_text(j, "kind", fault_kind_name(f->fault.kind));
		member_text(j, "what", f->fault.what ? f->fault.what : "");
		member_u64(j, "at", f->fault.at);
		member_u64(j, "found", f->fault.got);
		member_u64(j, "allowed", f->fault.limit);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_xattrs(struct json *j, const struct node *n)
{
	member_object(j, "xattrs");
	for (uint32_t i = 0; i < n->xattr_count; i++) {
		json_key_bytes(j, n->xattrs[i].name);
		json_hex(j, n->xattrs[i].value);
	}
	json_object_end(j);
}

/* Only what the format has: an entry without an owner has no "uid". */
static void write_metadata(struct json *j, const struct node *n)
{
	if (n->has_mode) {
		json_key(j, "mode");
		write_mode(j, n->mode);
	}
	if (n->has_owner) {
		member_u64(j, "uid", n->uid);
		member_u64(j, "gid", n->gid);
	}
	if (n->has_mtime) {
		json_key(j, "mtime");
		json_i64(j, n->mtime);
		member_u64(j, "mtime_ns", n->mtime_ns);
	}
	if (n->kind == KIND_SYMLINK) {
		member_bytes(j, "target", n->target);
	}
	if (n->kind == KIND_CHAR_DEVICE || n->kind == KIND_BLOCK_DEVICE) {
		member_array(j, "device");
		json_u64(j, n->major);
		json_u64(j, n->minor);
		json_array_end(j);
	}
	if (n->xattr_count)
		write_xattrs(j, n);
	if (n->capabilities.n) {
		member_bytes(j, "capabilities", n->capabilities);
	}
}

static void write_locator(struct json *j, const char *key, const struct node *n, struct locators *l)
{
	json_key(j, key);
	json_text(j, locator_next(l, n));
}

static void write_node(struct json *j, const struct node *n, struct locators *l)
{
	json_object(j);
	member_u64(j, "id", n->id);
	json_key(j, "parent");
	if (n->parent)
		json_u64(j, n->parent->id);
	else
		json_null(j);
	write_locator(j, "locator", n, l);
	member_text(j, "kind", kind_name(n->kind));
	member_text(j, "format", n->format ? n->format->name : NULL);
	if (n->label) {
		json_key(j, "label");
		json_text(j, span_text(n->label));
	}
	if (n->has_place) {
		member_u64(j, "offset", n->offset);
		member_u64(j, "length", n->length);
	}
	member_u64(j, "size", n->size);
	if (n->has_sha256)
		member_hex(j, "sha256", n->sha256, SHA256_SIZE);
	write_metadata(j, n);
	if (n->hardlink_of)
		write_locator(j, "hardlink_of", n->hardlink_of, l);
	member_text(j, "state", state_name(n->state));
	if (n->entropy)
		member_u64(j, "entropy_millibits", n->entropy);
	if (n->faults)
		write_faults(j, n);
	json_object_end(j);
}

static void write_nodes(struct json *j, const struct tree *t)
{
	struct locators l = { 0 };

	member_array(j, "nodes");
	for (uint32_t i = 0; i < t->count; i++)
		write_node(j, t->nodes[i], &l);
	json_array_end(j);
	j->out->failed |= l.text.failed;
	locators_free(&l);
}

/* Texts of a declaration are escaped like the report's own. */
static void write_exception(struct json *j, const struct declared_row *x)
{
	if (!x)
		return;
	member_object(j, "exception");
	member_bytes(j, "reason", x->reason);
	member_bytes(j, "owner", x->value[EXCEPTION_OWNER]);
	member_bytes(j, "expires", x->value[EXCEPTION_EXPIRES]);
	json_object_end(j);
}

static void write_verdict(struct json *j, const struct verdict *v)
{
	size_t at = 0;
	struct span one;

	json_object(j);
	member_text(j, "check", v->check->id);
	member_text(j, "outcome", outcome_name(v->outcome));
	member_text(j, "reason", reason_name(v->reason));
	member_text(j, "searched", v->searched ? v->searched : "");
	member_text(j, "title", v->check->title);
	member_text(j, "says", v->says ? v->says : "");
	member_array(j, "requirements");
	while (requirement_next(v->check->requirements, &at, &one))
		json_text(j, one);
	json_array_end(j);
	member_array(j, "evidence");
	for (uint32_t i = 0; i < v->evidence_count; i++) {
		const struct evidence_ref *e = &v->evidence[i];

		json_object(j);
		member_u64(j, "node", e->node->id);
		member_u64(j, "offset", e->offset);
		member_u64(j, "length", e->length);
		json_object_end(j);
	}
	json_array_end(j);
	write_exception(j, v->exception);
	json_object_end(j);
}

static bool is_not_evaluable(const struct requirement *row)
{
	return !requirement_is_evaluable(row);
}

static bool is_unanswered(const struct requirement *row)
{
	return requirement_is_evaluable(row) && !requirement_is_answered(row);
}

/* Rows of the table of requirements; with them what is left to a person. */
static void write_requirements(struct json *j, const char *key,
			       bool (*listed)(const struct requirement *row), bool by_hand)
{
	member_array(j, key);
	for (size_t i = 0; i < requirements_count; i++) {
		const struct requirement *row = &requirements[i];

		if (!listed(row))
			continue;
		json_object(j);
		member_text(j, "catalogue", row->catalogue);
		member_text(j, "id", row->id);
		member_text(j, "title", row->title);
		if (by_hand)
			member_text(j, "by_hand", requirement_by_hand(row));
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_verdicts(struct json *j, const struct report *r)
{
	member_array(j, "verdicts");
	for (uint32_t i = 0; i < r->verdict_count; i++)
		write_verdict(j, &r->verdicts[i]);
	json_array_end(j);
	write_requirements(j, "not_evaluable_requirements", is_not_evaluable, false);
	write_requirements(j, "unanswered_requirements", is_unanswered, true);
}

static void write_gaps(struct json *j, const struct coverage *c)
{
	member_array(j, "gaps");
	for (uint32_t i = 0; i < c->gap_count; i++) {
		const struct node *n = c->gaps[i];
		char why[200];

		gap_describe(n, why, sizeof(why));
		json_object(j);
		member_u64(j, "node", n->id);
		member_text(j, "state", state_name(n->state));
		member_text(j, "why", why);
		member_u64(j, "length", n->has_place ? n->length : n->size);
		json_object_end(j);
	}
	json_array_end(j);
}

void report_json(const struct report *r, struct text *out)
{
	struct json j = { .out = out };

	json_object(&j);
	write_head(&j, r);
	write_facts(&j, r->facts, FACT_IDENTITY);
	write_coverage(&j, r->coverage);
	write_nodes(&j, r->tree);
	json_key(&j, "facts");
	json_object(&j);
	for (int k = 0; k < FACT_KINDS; k++)
		write_facts(&j, r->facts, k);
	json_object_end(&j);
	write_verdicts(&j, r);
	write_gaps(&j, r->coverage);
	json_object_end(&j);
	text_char(out, '\n');
}
