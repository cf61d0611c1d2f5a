/* sarif_rules.c - the checks as rules, and the catalogues that they answer to as taxonomies. */
#include <ctype.h>
#include <stdlib.h>

#include "know/know.h"
#include "report/sarif.h"

#define CWE_MARK  "CWE-"
#define MOST_TAXA 1024

/* -- weaknesses: those that any check names, by number -- */

struct weaknesses {
	uint32_t id[MOST_TAXA];
	uint32_t n;
};

static bool weakness_of(struct span one, uint32_t *id)
{
	uint64_t value = 0;
	size_t used = 0;
	bool is = span_starts(one, span_text(CWE_MARK)) &&
		  span_number(span_from(one, strlen(CWE_MARK)), 10, &value, &used);

	*id = (uint32_t)value;
	return is;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void list_weaknesses(struct weaknesses *w)
{
	uint32_t kept = 0, id;
	struct span one;

	w->n = 0;
	for (size_t i = 0; i < check_count; i++)
		for (size_t at = 0; requirement_next(checks[i]->requirements, &at, &one);)
			if (w->n < MOST_TAXA && weakness_of(one, &id))
				w->id[w->n++] = id;
	qsort(w->id, w->n, sizeof(w->id[0]), by_number);
	for (uint32_t i = 0; i < w->n; i++)
		if (i == 0 || w->id[i] != w->id[i - 1])
			w->id[kept++] = w->id[i];
	w->n = kept;
}

static uint32_t weakness_index(const struct weaknesses *w, uint32_t id)
{
	const uint32_t *at = bsearch(&id, w->id, w->n, sizeof(w->id[0]), by_number);

	return at ? (uint32_t)(at - w->id) : 0;
}

/* -- catalogues: taxonomy 0 is CWE, the others as in the table of requirements -- */

static bool same_catalogue(const struct requirement *a, const struct requirement *b)
{
	return strcmp(a->catalogue, b->catalogue) == 0;
}

/* Which taxonomy a row is of, and the how-manieth of it. */
static void place_of(const struct requirement *row, uint32_t *taxonomy, uint32_t *index)
{
	const struct requirement *r = requirements;

	*taxonomy = 1;
	*index = 0;
	for (; r < row; r++) {
		bool ends = !same_catalogue(r, r + 1);

		*taxonomy += ends;
		*index = ends ? 0 : *index + 1;
	}
}

static void put_target(struct json *j, struct span id, const char *name, uint32_t taxonomy,
		       uint32_t index)
{
	json_object(j);
	member_object(j, "target");
	member_bytes(j, "id", id);
	member_u64(j, "index", index);
	member_object(j, "toolComponent");
	member_text(j, "name", name);
	member_u64(j, "index", taxonomy);
	json_object_end(j);
	json_object_end(j);
	member_array(j, "kinds");
	json_text(j, span_text("relevant"));
	json_array_end(j);
	json_object_end(j);
}

static void put_relationships(struct json *j, const struct check *c, const struct weaknesses *w)
{
	uint32_t taxonomy, index, id;
	struct span one;

	member_array(j, "relationships");
	for (size_t at = 0; requirement_next(c->requirements, &at, &one);) {
		const struct requirement *row = requirement_row(one);

		if (weakness_of(one, &id)) {
			put_target(j, one, "CWE", 0, weakness_index(w, id));
		} else if (row) {
			place_of(row, &taxonomy, &index);
			put_target(j, span_text(row->id), row->catalogue, taxonomy, index);
		}
	}
	json_array_end(j);
}

/* -- rules -- */

/* "Weak hash scheme" as tools write names: WeakHashScheme. */
static void put_name(struct json *j, const char *title)
{
	struct text t = { 0 };
	bool start = true;

	for (const char *c = title; *c; c++) {
		if (isalnum((unsigned char)*c))
			text_char(&t, start ? (char)toupper((unsigned char)*c) : *c);
		start = !isalnum((unsigned char)*c);
	}
	member_bytes(j, "name", text_span(&t));
	text_free(&t);
}

static void put_tags(struct json *j, const struct check *c)
{
	struct span one;
	uint32_t id;

	member_object(j, "properties");
	member_array(j, "tags");
	json_text(j, span_text("security"));
	for (size_t at = 0; requirement_next(c->requirements, &at, &one);)
		if (weakness_of(one, &id)) {
			char tag[40];

			snprintf(tag, sizeof(tag), "external/cwe/cwe-%u", id);
			json_text(j, span_text(tag));
		}
	json_array_end(j);
	json_object_end(j);
}

static void put_rule(struct json *j, const struct check *c, const struct weaknesses *w)
{
	struct text t = { 0 };

	json_object(j);
	member_text(j, "id", c->id);
	put_name(j, c->title);
	sarif_message(j, "shortDescription", span_text(c->title));
	sarif_message(j, "fullDescription", span_text(c->rule));
	text_format(&t, "A pass does not prove: %s", c->does_not_prove);
	sarif_message(j, "help", text_span(&t));
	text_free(&t);
	member_object(j, "defaultConfiguration");
	member_text(j, "level", "error");
	json_object_end(j);
	put_tags(j, c);
	put_relationships(j, c, w);
	json_object_end(j);
}

static void put_supported(struct json *j)
{
	uint32_t index = 0;

	member_array(j, "supportedTaxonomies");
	for (size_t i = 0; i <= requirements_count; i++) {
		if (i > 1 && same_catalogue(&requirements[i - 1], &requirements[i - 2]))
			continue;
		json_object(j);
		member_text(j, "name", i ? requirements[i - 1].catalogue : "CWE");
		member_u64(j, "index", index++);
		json_object_end(j);
	}
	json_array_end(j);
}

static void put_notice_kind(struct json *j, const char *id, const char *text)
{
	json_object(j);
	member_text(j, "id", id);
	sarif_message(j, "shortDescription", span_text(text));
	json_object_end(j);
}

void sarif_driver(struct json *j)
{
	struct weaknesses w;

	list_weaknesses(&w);
	member_object(j, "tool");
	member_object(j, "driver");
	member_text(j, "name", "evenhand");
	member_text(j, "version", EVENHAND_VERSION);
	member_text(j, "semanticVersion", EVENHAND_VERSION);
	member_array(j, "rules");
	for (size_t i = 0; i < check_count; i++)
		put_rule(j, checks[i], &w);
	json_array_end(j);
	member_array(j, "notifications");
	put_notice_kind(j, "gap", "Bytes of the image that were not understood");
	put_notice_kind(j, "cut", "More was found than is listed here");
	json_array_end(j);
	put_supported(j);
	json_object_end(j);
	json_object_end(j);
}

/* -- taxonomies -- */

static void begin_taxonomy(struct json *j, const char *name, const char *says)
{
	json_object(j);
	member_text(j, "name", name);
	sarif_message(j, "shortDescription", span_text(says));
	member_array(j, "taxa");
}

static void end_taxonomy(struct json *j)
{
	json_array_end(j);
	json_object_end(j);
}

static void put_requirement(struct json *j, const struct requirement *r)
{
	json_object(j);
	member_text(j, "id", r->id);
	sarif_message(j, "shortDescription", span_text(r->title));
	member_object(j, "properties");
	member_text(j, "static", r->evaluable);
	json_object_end(j);
	json_object_end(j);
}

void sarif_taxonomies(struct json *j)
{
	struct weaknesses w;

	list_weaknesses(&w);
	member_array(j, "taxonomies");
	begin_taxonomy(j, "CWE", "The MITRE Common Weakness Enumeration");
	for (uint32_t i = 0; i < w.n; i++) {
		json_object(j);
		member_format(j, "id", CWE_MARK "%u", w.id[i]);
		json_object_end(j);
	}
	end_taxonomy(j);
	for (size_t i = 0; i < requirements_count; i++) {
		const struct requirement *r = &requirements[i];

		if (i == 0 || !same_catalogue(r, r - 1))
			begin_taxonomy(j, r->catalogue,
				       "Requirements; static tells whether an image alone decides");
		put_requirement(j, r);
		if (i + 1 == requirements_count || !same_catalogue(r, r + 1))
			end_taxonomy(j);
	}
	json_array_end(j);
}
