/* lineage_json.c - the lineage of releases as data. Releases are numbered from 1. */
#include "base/json.h"
#include "know/know.h"
#include "report/lineage.h"

static void key_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_text(j, span_text(text));
}

static void key_u64(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

static void key_bytes_or_null(struct json *j, const char *key, struct span s)
{
	json_key(j, key);
	if (s.n)
		json_bytes(j, s);
	else
		json_null(j);
}

static void write_tool(struct json *j)
{
	json_key(j, "tool");
	json_object(j);
	key_text(j, "version", EVENHAND_VERSION);
	json_key(j, "knowledge");
	json_object(j);
	key_text(j, "observing", knowledge_observing);
	json_object_end(j);
	json_object_end(j);
}

static void write_order(struct json *j, const struct lineage *l)
{
	key_text(j, "order", l->by_version ? "version" : "given");
	json_key(j, "names_no_version");
	if (l->unversioned)
		json_u64(j, l->unversioned);
	else
		json_null(j);
}

static void write_release(struct json *j, const struct release *r)
{
	json_object(j);
	key_u64(j, "given", r->given + 1);
	key_u64(j, "size", r->size);
	json_key(j, "sha256");
	json_hex(j, (struct span){ r->sha256, SHA256_SIZE });
	key_text(j, "from", r->is_stored ? "report" : "image");
	key_u64(j, "opaque_bytes", r->opaque);
	key_u64(j, "opaque_parts", r->blind);
	key_bytes_or_null(j, "vendor", r->vendor);
	key_bytes_or_null(j, "product", r->product);
	key_bytes_or_null(j, "version", r->version);
	json_object_end(j);
}

static void write_thing(struct json *j, const struct thing *t)
{
	json_object(j);
	key_text(j, "kind", fact_tables[t->kind].one);
	json_key(j, "what");
	json_bytes(j, t->what);
	key_bytes_or_null(j, "version", t->version);
	key_u64(j, "first", t->runs[0].first + 1);
	key_u64(j, "last", t->runs[t->run_count - 1].last + 1);
	json_key(j, "present");
	json_array(j);
	for (uint32_t i = 0; i < t->run_count; i++) {
		json_object(j);
		key_u64(j, "from", t->runs[i].first + 1);
		key_u64(j, "to", t->runs[i].last + 1);
		json_key(j, "active");
		json_bool(j, t->runs[i].is_active);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

void lineage_json(const struct lineage *l, struct text *out)
{
	struct json j = { .out = out };

	json_object(&j);
	key_text(&j, "schema", LINEAGE_SCHEMA);
	write_tool(&j);
	write_order(&j, l);
	json_key(&j, "releases");
	json_array(&j);
	for (uint32_t i = 0; i < l->release_count; i++)
		write_release(&j, &l->releases[i]);
	json_array_end(&j);
	json_key(&j, "things");
	json_array(&j);
	for (uint32_t i = 0; i < l->thing_count; i++)
		write_thing(&j, &l->things[i]);
	json_array_end(&j);
	json_object_end(&j);
	text_char(out, '\n');
}
