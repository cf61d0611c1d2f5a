/* comparison_json.c - a comparison as canonical JSON (docs/comparison.schema.json). */
#include "base/json.h"
#include "compare/match.h"
#include "know/know.h"
#include "report/comparison.h"
#include "tree/locator.h"

static void put(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, span_text(text));
}

static void put_number(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

static void put_hex(struct json *j, const char *key, struct span bytes)
{
	json_key(j, key);
	json_hex(j, bytes);
}

static void put_bytes(struct json *j, const char *key, struct span bytes)
{
	json_key(j, key);
	json_bytes(j, bytes);
}

static void write_identity(struct json *j, const struct facts *facts)
{
	json_key(j, "identity");
	json_array(j);
	for (uint32_t i = 0; facts && i < facts->count[FACT_IDENTITY]; i++) {
		const struct identity_fact *f = (const void *)facts->of[FACT_IDENTITY][i];

		json_object(j);
		put_bytes(j, "vendor", f->vendor);
		put_bytes(j, "product", f->product);
		put_bytes(j, "version", f->version);
		json_object_end(j);
	}
	json_array_end(j);
}

static void write_side(struct json *j, const char *key, const struct compared *side)
{
	json_key(j, key);
	json_object(j);
	put_number(j, "size", side->size);
	put_hex(j, "sha256", (struct span){ side->sha256, SHA256_SIZE });
	write_identity(j, side->facts);
	json_object_end(j);
}

static void write_place(struct json *j, const char *key, const struct place *p)
{
	struct text locator = { 0 };

	json_key(j, key);
	if (!p->node) {
		json_null(j);
		return;
	}
	locator_write(&locator, p->node);
	json_object(j);
	json_key(j, "locator");
	json_text(j, text_span(&locator));
	put_number(j, "offset", p->offset);
	put_number(j, "length", p->length);
	json_object_end(j);
	text_free(&locator);
}

/* A listing as lines; what stands in it was written by a disassembler from bytes of the image. */
static void write_code(struct json *j, const char *key, struct span code)
{
	size_t at = 0;

	json_key(j, key);
	json_array(j);
	while (at < code.n) {
		size_t end = span_find(code, at, span_text("\n"));

		end = end == SIZE_MAX ? code.n : end;
		json_bytes(j, span_sub(code, at, end - at));
		at = end + 1;
	}
	json_array_end(j);
}

static void write_difference(struct json *j, const struct difference *d)
{
	json_object(j);
	put(j, "cause", causes[d->cause].name);
	put(j, "weight", weight_name(d->weight));
	json_key(j, "proven");
	json_bool(j, d->proven);
	write_place(j, "left", &d->left);
	write_place(j, "right", &d->right);
	put_bytes(j, "unit", d->unit);
	json_key(j, "says");
	json_text(j, d->says);
	if (d->code_left.n || d->code_right.n) {
		write_code(j, "code_left", d->code_left);
		write_code(j, "code_right", d->code_right);
	}
	json_object_end(j);
}

static void write_options(struct json *j, const struct comparison_report *r)
{
	const struct compare_options *o = r->comparison->options;

	json_key(j, "tool");
	json_object(j);
	put(j, "version", EVENHAND_VERSION);
	json_key(j, "accepted");
	json_array(j);
	for (int c = 0; c < CAUSES; c++)
		if (causes[c].accepted && (!o->narrowed || o->accepted[c]))
			json_text(j, span_text(causes[c].name));
	json_array_end(j);
	json_key(j, "latest");
	json_i64(j, o->latest ? o->latest : LATEST_TIME);
	json_object_end(j);
}

static void write_entries(struct json *j, const struct matching *m)
{
	json_key(j, "entries");
	json_object(j);
	put_number(j, "left", m ? m->entries_left : 0);
	put_number(j, "right", m ? m->entries_right : 0);
	put_number(j, "paired", m ? m->entries_paired : 0);
	put_number(j, "same", m ? m->entries_same : 0);
	json_object_end(j);
}

void comparison_json(const struct comparison_report *r, struct text *out)
{
	struct json j = { .out = out };
	char line[120];

	json_object(&j);
	put(&j, "schema", COMPARISON_SCHEMA);
	write_options(&j, r);
	put(&j, "answer", answer_name(r->comparison->answer));
	put(&j, "says", comparison_says(r, line, sizeof(line)));
	write_side(&j, "left", &r->left);
	write_side(&j, "right", &r->right);
	write_entries(&j, r->comparison->matching);
	json_key(&j, "differences");
	json_array(&j);
	for (const struct difference *d = r->comparison->differences; d; d = d->next)
		write_difference(&j, d);
	json_array_end(&j);
	comparison_facts_json(r, &j);
	json_object_end(&j);
	text_char(out, '\n');
}
