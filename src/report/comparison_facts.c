/* comparison_facts.c - facts and verdicts that are others on the other side: for people, and as
 * JSON. */
#include "base/json.h"
#include "report/comparison.h"
#include "report/page.h"
#include "tree/locator.h"

#define MOST_LINES   60
#define MOST_FIELDS  2
#define LONGEST_WHAT 40

static const char *const change_names[] = { "added", "removed", "changed" };

/* -- JSON -- */

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text)
		json_text(j, span_text(text));
	else
		json_null(j);
}

static void write_node(struct json *j, const char *key, const struct fact *f)
{
	struct text locator = { 0 };

	json_key(j, key);
	if (!f || !f->node) {
		json_null(j);
		return;
	}
	locator_write(&locator, f->node);
	json_text(j, text_span(&locator));
	text_free(&locator);
}

static void write_value(struct json *j, const char *key, struct span value, bool is_there)
{
	json_key(j, key);
	if (is_there)
		json_bytes(j, value);
	else
		json_null(j);
}

static void write_change(struct json *j, const struct fact_change *c)
{
	json_object(j);
	put_text(j, "list", fact_tables[c->fact_kind].list);
	put_text(j, "change", change_names[c->kind]);
	write_value(j, "what", c->what, true);
	write_node(j, "left", c->left);
	write_node(j, "right", c->right);
	json_key(j, "fields");
	json_array(j);
	for (uint32_t i = 0; i < c->field_count; i++) {
		const struct field_change *f = &c->fields[i];

		json_object(j);
		put_text(j, "name", f->name);
		write_value(j, "left", f->left, f->has_left);
		write_value(j, "right", f->right, f->has_right);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void write_spans(struct json *j, const char *key, const struct spans *s)
{
	json_key(j, key);
	json_array(j);
	for (uint32_t i = 0; i < s->n; i++)
		json_bytes(j, s->p[i]);
	json_array_end(j);
}

static void write_sets(struct json *j, const char *key, const struct call_sets *s)
{
	json_key(j, key);
	json_object(j);
	write_spans(j, "left", &s->left);
	write_spans(j, "right", &s->right);
	json_object_end(j);
}

static void write_calls(struct json *j, const struct calls_table *t)
{
	json_key(j, "calls");
	json_object(j);
	json_key(j, "totals");
	json_array(j);
	for (uint32_t i = 0; i < t->total_count; i++) {
		json_object(j);
		write_value(j, "call", t->totals[i].call, true);
		json_key(j, "safe");
		json_bool(j, t->totals[i].is_safe);
		json_key(j, "left");
		json_u64(j, t->totals[i].left);
		json_key(j, "right");
		json_u64(j, t->totals[i].right);
		json_object_end(j);
	}
	json_array_end(j);
	json_key(j, "executables");
	json_array(j);
	for (uint32_t i = 0; i < t->row_count; i++) {
		json_object(j);
		write_value(j, "path", t->rows[i].path, true);
		write_sets(j, "unsafe", &t->rows[i].unsafe);
		write_sets(j, "safe", &t->rows[i].safe);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static const char *outcome_of(const struct verdict *v)
{
	return v ? outcome_name(v->outcome) : NULL;
}

static void write_requirements(struct json *j, const struct check *check)
{
	size_t at = 0;
	struct span one;

	json_key(j, "requirements");
	json_array(j);
	while (requirement_next(check->requirements, &at, &one))
		json_text(j, one);
	json_array_end(j);
}

static void write_verdicts(struct json *j, const struct comparison_report *r)
{
	json_key(j, "verdicts");
	if (!r->judged) {
		json_null(j);
		return;
	}
	json_array(j);
	for (uint32_t i = 0; i < r->verdict_count; i++) {
		const struct verdict_change *v = &r->verdicts[i];

		json_object(j);
		put_text(j, "check", v->check->id);
		put_text(j, "title", v->check->title);
		put_text(j, "left", outcome_of(v->left));
		put_text(j, "right", outcome_of(v->right));
		write_requirements(j, v->check);
		json_object_end(j);
	}
	json_array_end(j);
}

void comparison_facts_json(const struct comparison_report *r, struct json *j)
{
	json_key(j, "facts");
	json_array(j);
	for (uint32_t i = 0; i < r->fact_count; i++)
		write_change(j, &r->facts[i]);
	json_array_end(j);
	write_calls(j, &r->calls);
	write_verdicts(j, r);
}

/* -- for people -- */

static void put_value(const struct page *p, struct span value, bool is_there)
{
	if (!is_there)
		text_puts(p->out, "-");
	else if (value.n > LONGEST_WHAT) {
		page_image(p, span_head(value, LONGEST_WHAT - 3));
		text_puts(p->out, "...");
	} else
		page_image(p, value);
}

static void put_change(const struct page *p, const struct fact_change *c)
{
	text_puts(p->out, c->kind == FACT_ADDED     ? "  + "
			  : c->kind == FACT_REMOVED ? "  - "
						    : "    ");
	page_image(p, c->what);
	text_char(p->out, '\n');
	for (uint32_t i = 0; c->kind == FACT_CHANGED && i < c->field_count && i < MOST_FIELDS;
	     i++) {
		const struct field_change *f = &c->fields[i];

		text_format(p->out, "        %s: ", f->name);
		put_value(p, f->left, f->has_left);
		text_puts(p->out, " -> ");
		put_value(p, f->right, f->has_right);
		text_char(p->out, '\n');
	}
	if (c->kind == FACT_CHANGED && c->field_count > MOST_FIELDS)
		text_format(p->out, "        and %u more\n", c->field_count - MOST_FIELDS);
}

static void put_more(const struct page *p, uint32_t count)
{
	if (count <= MOST_LINES)
		return;
	text_puts(p->out, "    and ");
	text_number(p->out, count - MOST_LINES);
	text_puts(p->out, " more: -o FILE.json or FILE.html has all\n");
}

void comparison_facts_text(const struct comparison_report *r, const struct page *p)
{
	if (r->fact_count)
		text_puts(p->out, "\nfacts that changed\n");
	for (uint32_t i = 0; i < r->fact_count && i < MOST_LINES; i++)
		put_change(p, &r->facts[i]);
	put_more(p, r->fact_count);
	if (r->judged && r->verdict_count)
		text_puts(p->out, "\nverdicts that changed\n");
	for (uint32_t i = 0; i < r->verdict_count && i < MOST_LINES; i++) {
		const struct verdict_change *v = &r->verdicts[i];

		text_format(p->out, "    %-8s %s -> %s\n", v->check->id,
			    v->left ? outcome_word(v->left->outcome) : "-",
			    v->right ? outcome_word(v->right->outcome) : "-");
	}
	put_more(p, r->verdict_count);
}
