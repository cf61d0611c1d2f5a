/* jsontext.c - see jsontext.h. */
#include "base/jsontext.h"

#include "base/text.h"

struct reader {
	struct span in;
	size_t at;
	struct json_text *t;
	uint32_t open; /* the object or array that is being read */
};

static int next_byte(struct reader *r)
{
	int c = span_byte(r->in, r->at);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		c = span_byte(r->in, ++r->at);
	return c;
}

static bool take_string(struct reader *r, struct span *s)
{
	const uint8_t *p = r->in.p;
	size_t from, at, n = r->in.n;

	if (next_byte(r) != '"')
		return false;
	from = at = r->at + 1;
	while (at < n && p[at] != '"')
		at += p[at] == '\\' ? 2 : 1;
	*s = span_sub(r->in, from, at - from);
	r->at = at + 1;
	return at < n;
}

/* What numbers and the names of constants are made of. */
static bool is_of_word(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '+' || c == '.';
}

/* A number, true, false or null, of which no form is asked. */
static bool take_word(struct reader *r, struct span *s)
{
	size_t from = r->at, at = from;

	while (at < r->in.n && is_of_word(r->in.p[at]))
		at++;
	*s = span_sub(r->in, from, at - from);
	r->at = at;
	return s->n > 0;
}

/* Every item but the first has a comma before it or an opening mark around it. */
static uint32_t most_items(struct span in)
{
	uint32_t n = 1;

	for (size_t i = 0; i < in.n; i++)
		n += (in.p[i] == ',') | (in.p[i] == '{') | (in.p[i] == '[');
	return n;
}

static uint32_t add_item(struct reader *r, const struct json_item *item)
{
	struct json_item *above = r->open == JSON_NONE ? NULL : &r->t->items[r->open];
	uint32_t i = r->t->count++;

	r->t->items[i] = *item;
	r->t->items[i].child = r->t->items[i].last = r->t->items[i].next = JSON_NONE;
	if (above && above->child == JSON_NONE)
		above->child = i;
	else if (above)
		r->t->items[above->last].next = i;
	if (above)
		above->last = i;
	return i;
}

/* One value; what it opens is then being read, and its `next` leads back to what is around it. */
static bool take_value(struct reader *r, struct json_item *item)
{
	int c = next_byte(r);
	uint32_t i;

	item->kind = c == '{'   ? JSON_OBJECT
		     : c == '[' ? JSON_ARRAY
		     : c == '"' ? JSON_STRING
				: JSON_OTHER;
	if (item->kind == JSON_STRING && !take_string(r, &item->value))
		return false;
	if (item->kind == JSON_OTHER && !take_word(r, &item->value))
		return false;
	i = add_item(r, item);
	if (item->kind <= JSON_ARRAY) {
		r->at++;
		r->t->items[i].next = r->open;
		r->open = i;
	}
	return true;
}

static void close_item(struct reader *r)
{
	uint32_t around = r->t->items[r->open].next;

	r->t->items[r->open].next = JSON_NONE;
	r->open = around;
}

/* The end of what is open, or its next member. */
static bool take_member(struct reader *r)
{
	const struct json_item *open = &r->t->items[r->open];
	bool is_object = open->kind == JSON_OBJECT;
	struct json_item item = { 0 };
	int c = next_byte(r);

	if (c == (is_object ? '}' : ']')) {
		r->at++;
		close_item(r);
		return true;
	}
	if (open->child != JSON_NONE) {
		if (c != ',')
			return false;
		r->at++;
	}
	if (is_object && (!take_string(r, &item.key) || next_byte(r) != ':'))
		return false;
	r->at += is_object;
	return take_value(r, &item);
}

struct fault json_text_read(struct arena *a, struct span in, struct json_text *t)
{
	struct reader r = { .in = in, .t = t, .open = JSON_NONE };
	struct json_item first = { 0 };
	bool sound;

	*t = (struct json_text){ arena_take(a, most_items(in), sizeof(*t->items)), 0 };
	if (!t->items)
		return fault_at(FAULT_MEMORY, 0, "JSON", in.n, 0);
	sound = take_value(&r, &first);
	while (sound && r.open != JSON_NONE)
		sound = take_member(&r);
	while (r.open != JSON_NONE)
		close_item(&r);
	if (!sound || next_byte(&r) >= 0)
		return fault_at(r.at < in.n ? FAULT_BROKEN : FAULT_SHORT, r.at, "JSON", 0, 0);
	return fine;
}

uint32_t json_child(const struct json_text *t, uint32_t item)
{
	return item < t->count ? t->items[item].child : JSON_NONE;
}

uint32_t json_next(const struct json_text *t, uint32_t item)
{
	return item < t->count ? t->items[item].next : JSON_NONE;
}

uint32_t json_find(const struct json_text *t, uint32_t object, const char *key)
{
	const struct span wanted = span_text(key);
	uint32_t i = json_child(t, object);

	while (i != JSON_NONE && !span_equal(t->items[i].key, wanted))
		i = t->items[i].next;
	return i;
}

struct span json_value(const struct json_text *t, uint32_t object, const char *key)
{
	uint32_t i = json_find(t, object, key);

	return i == JSON_NONE ? (struct span){ 0 } : t->items[i].value;
}

bool json_number(const struct json_text *t, uint32_t object, const char *key, uint64_t *number)
{
	struct span value = json_value(t, object, key);
	size_t used = 0;

	*number = 0;
	return span_number(value, 10, number, &used) && used == value.n;
}
