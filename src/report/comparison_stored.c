/* comparison_stored.c - see comparison_stored.h. */
#include "report/comparison_stored.h"

#include "base/json.h"
#include "report/comparison.h"

/* What every value must be like to be written by base/json.c: no blank, no other form of a text or
 * a number. The reader has seen that it is JSON. */
static bool is_whole_number(struct span s)
{
	size_t at = span_byte(s, 0) == '-';

	if (s.n - at > 1 && s.p[at] == '0')
		return false;
	for (size_t i = at; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > at && !span_is(s, "-0");
}

static bool is_canonical_word(struct span s)
{
	return span_is(s, "null") || span_is(s, "true") || span_is(s, "false") ||
	       is_whole_number(s);
}

/* Only the escapes that the writer makes: \" \\ and control characters, of which text_escape leaves
 * none. */
static bool is_canonical_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint32_t code;
		size_t n = utf8_decode(span_from(s, i), &code);
		int next = span_byte(s, i + 1);

		if (n == 0 || code < ' ')
			return false;
		if (s.p[i] == '\\' && next != '"' && next != '\\')
			return false;
		i += s.p[i] == '\\' ? 1 : n - 1;
	}
	return true;
}

/* What stands between the values is one byte each: quotes, commas, colons, brackets. */
static uint64_t bytes_of(const struct json_text *t, uint32_t i)
{
	const struct json_item *item = &t->items[i];
	uint64_t n = item->kind <= JSON_ARRAY ? 2 : item->value.n;

	n += item->kind == JSON_STRING ? 2 : 0;
	n += item->key.p ? item->key.n + 3 : 0;
	return n + (item->next != JSON_NONE);
}

static bool is_canonical(const struct json_text *t, struct span json)
{
	uint64_t n = 1; /* the last line's end */

	for (uint32_t i = 0; i < t->count; i++) {
		const struct json_item *item = &t->items[i];

		if (!is_canonical_text(item->key))
			return false;
		if (item->kind == JSON_STRING && !is_canonical_text(item->value))
			return false;
		if (item->kind == JSON_OTHER && !is_canonical_word(item->value))
			return false;
		n += bytes_of(t, i);
	}
	return n == json.n && span_ends(json, span_text("\n"));
}

/* The members in the order in which they are written; what stands behind them is of facts. */
static bool is_in_order(const struct json_text *t)
{
	static const char *const keys[] = { "schema", "tool",  "answer",  "says",
					    "left",   "right", "entries", "differences" };
	uint32_t i = json_child(t, 0);

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++, i = json_next(t, i))
		if (i == JSON_NONE || !span_is(t->items[i].key, keys[k]))
			return false;
	return true;
}

static bool read_digest(struct span hex, uint8_t out[SHA256_SIZE])
{
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		uint64_t byte = 0;
		size_t used = 0;

		if (hex.n != (size_t)2 * SHA256_SIZE ||
		    !span_number(span_sub(hex, 2 * i, 2), 16, &byte, &used) || used != 2)
			return false;
		out[i] = (uint8_t)byte;
	}
	return true;
}

static bool read_sides(const struct json_text *t, struct stored_comparison *c)
{
	static const char *const sides[] = { "left", "right" };

	for (int k = 0; k < 2; k++) {
		uint32_t side = json_find(t, 0, sides[k]);

		if (!json_number(t, side, "size", &c->size[k]) ||
		    !read_digest(json_value(t, side, "sha256"), c->sha256[k]))
			return false;
	}
	return true;
}

static bool entries_hold(const struct json_text *t)
{
	uint32_t entries = json_find(t, 0, "entries");
	uint64_t left, right, paired, same;

	return json_number(t, entries, "left", &left) && json_number(t, entries, "right", &right) &&
	       json_number(t, entries, "paired", &paired) &&
	       json_number(t, entries, "same", &same) && same <= paired && paired <= left &&
	       paired <= right;
}

static bool is_accepted(const struct json_text *t, struct span cause)
{
	uint32_t list = json_find(t, json_find(t, 0, "tool"), "accepted");

	for (uint32_t i = json_child(t, list); i != JSON_NONE; i = json_next(t, i))
		if (span_equal(t->items[i].value, cause))
			return true;
	return false;
}

static bool is_cause(struct span name)
{
	for (int c = 0; c < CAUSES; c++)
		if (span_is(name, causes[c].name))
			return true;
	return false;
}

/* The weight of a difference; false where its cause does not allow it. */
static bool weight_of(const struct json_text *t, uint32_t i, enum weight *weight)
{
	struct span name = json_value(t, i, "weight"), cause = json_value(t, i, "cause");
	int w = WEIGHT_ACCEPTED;

	while (w <= WEIGHT_CHANGES && !span_is(name, weight_name((enum weight)w)))
		w++;
	*weight = (enum weight)w;
	if (w > WEIGHT_CHANGES || !is_cause(cause))
		return false;
	return w != WEIGHT_ACCEPTED ||
	       (is_accepted(t, cause) && span_is(json_value(t, i, "proven"), "true"));
}

static const char *read_differences(const struct json_text *t, struct stored_comparison *c)
{
	uint32_t list = json_find(t, 0, "differences");
	enum weight worst = WEIGHT_ACCEPTED, weight;
	bool same = memcmp(c->sha256[0], c->sha256[1], SHA256_SIZE) == 0;
	enum comparison_answer answer;

	for (uint32_t i = json_child(t, list); i != JSON_NONE; i = json_next(t, i)) {
		if (!weight_of(t, i, &weight))
			return "a difference whose weight its cause does not allow";
		worst = weight > worst ? weight : worst;
		c->difference_count++;
	}
	answer = same                      ? ANSWER_IDENTICAL
		 : worst == WEIGHT_CHANGES ? ANSWER_DIFFERENT
		 : worst == WEIGHT_OPEN    ? ANSWER_UNDECIDED
					   : ANSWER_EQUIVALENT;
	if (same != (c->difference_count == 0))
		return "differences of equal images, or none of unequal ones";
	if (!span_is(json_value(t, 0, "answer"), answer_name(answer)))
		return "its answer is not that of its differences";
	c->answer = answer;
	return NULL;
}

bool comparison_is_stored(struct span json)
{
	return span_starts(json, span_text("{\"schema\":\"evenhand-comparison/"));
}

const char *comparison_read(struct span json, struct arena *a, struct stored_comparison *c)
{
	struct json_text t;

	*c = (struct stored_comparison){ .answer = ANSWER_UNDECIDED };
	if (json_text_read(a, json, &t).kind || !is_canonical(&t, json))
		return "it is not canonical, byte for byte";
	if (!span_is(json_value(&t, 0, "schema"), COMPARISON_SCHEMA) || !is_in_order(&t))
		return "it is no comparison as " COMPARISON_SCHEMA " has it";
	if (!span_is(json_value(&t, json_find(&t, 0, "tool"), "version"), EVENHAND_VERSION))
		return "another version of evenhand wrote it: compare again";
	if (!read_sides(&t, c) || !entries_hold(&t))
		return "its figures contradict each other";
	return read_differences(&t, c);
}
