/* lvm_text.c - see lvm.h. Source: LVM2 libdm/libdm-config.c and lib/format_text/export.c. */
#include "format/lvm.h"

#include "base/text.h"

struct reader {
	struct span in;
	size_t at;
};

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0;
}

/* Behind blanks and remarks, which go from "#" to the end of the line. */
static int next_byte(struct reader *r)
{
	int c = span_byte(r->in, r->at);

	while (is_blank(c) || c == '#') {
		while (c == '#' && span_byte(r->in, r->at) >= 0 && span_byte(r->in, r->at) != '\n')
			r->at++;
		r->at += r->at < r->in.n;
		c = span_byte(r->in, r->at);
	}
	return c;
}

static struct span take_word(struct reader *r)
{
	size_t from = r->at;
	int c = span_byte(r->in, from);

	while (c >= 0 && !is_blank(c) && !strchr("{}[]=,#\"", c))
		c = span_byte(r->in, ++r->at);
	return span_sub(r->in, from, r->at - from);
}

/* Up to a mark that is not inside a string; the mark is passed. False when it never comes. */
static bool take_until(struct reader *r, int mark, struct span *what)
{
	size_t from = ++r->at;
	bool quoted = mark == '"';
	int c;

	while ((c = span_byte(r->in, r->at)) >= 0 && (c != mark || (quoted && mark != '"'))) {
		if (c == '"')
			quoted = !quoted;
		r->at += c == '\\' && quoted ? 2 : 1;
	}
	*what = span_sub(r->in, from, r->at - from);
	r->at++;
	return c >= 0;
}

static bool take_value(struct reader *r, struct span *value)
{
	int c = next_byte(r);

	if (c == '"')
		return take_until(r, '"', value);
	if (c == '[')
		return take_until(r, ']', value);
	*value = take_word(r);
	return value->n > 0;
}

static uint32_t add_item(struct lvm_text *t, uint32_t parent, const struct lvm_item *item)
{
	struct lvm_item *above = &t->items[parent];
	uint32_t i = t->count++;

	t->items[i] = *item;
	t->items[i].child = t->items[i].last = t->items[i].next = LVM_NONE;
	if (above->child == LVM_NONE)
		above->child = i;
	else
		t->items[above->last].next = i;
	above->last = i;
	return i;
}

/* Every item has one of these marks, so there cannot be more of them. */
static uint32_t most_items(struct span in)
{
	uint32_t n = 1;

	for (size_t i = 0; i < in.n; i++)
		n += in.p[i] == '=' || in.p[i] == '{';
	return n;
}

/* One item, or the end of a section. `open` is the section that is being read; until a section is
 * closed its `next` leads back to the one around it. */
static bool read_item(struct reader *r, struct lvm_text *t, uint32_t *open)
{
	struct lvm_item item = { 0 };
	uint32_t i;

	if (next_byte(r) == '}') {
		uint32_t around = t->items[*open].next;

		r->at++;
		t->items[*open].next = LVM_NONE;
		*open = around;
		return around != LVM_NONE;
	}
	item.key = take_word(r);
	item.is_section = next_byte(r) == '{';
	if (item.key.n == 0 || (!item.is_section && next_byte(r) != '='))
		return false;
	r->at++;
	if (!item.is_section && !take_value(r, &item.value))
		return false;
	i = add_item(t, *open, &item);
	if (item.is_section) {
		t->items[i].next = *open;
		*open = i;
	}
	return true;
}

struct fault lvm_text_read(struct arena *a, struct span in, struct lvm_text *t)
{
	static const struct lvm_item top = {
		.child = LVM_NONE, .last = LVM_NONE, .next = LVM_NONE, .is_section = true
	};
	struct reader r = { .in = in };
	struct fault bad = fine;
	uint32_t open = 0;

	*t = (struct lvm_text){ .room = most_items(in), .count = 1 };
	t->items = arena_take(a, t->room, sizeof(*t->items));
	if (!t->items) {
		*t = (struct lvm_text){ 0 };
		return fault_at(FAULT_MEMORY, 0, "metadata", in.n, 0);
	}
	t->items[0] = top;
	while (next_byte(&r) >= 0 && bad.kind == FAULT_NONE)
		if (!read_item(&r, t, &open))
			bad = fault_at(FAULT_BROKEN, r.at, "metadata", 0, 0);
	if (bad.kind == FAULT_NONE && open != 0)
		bad = fault_at(FAULT_SHORT, in.n, "metadata", in.n, 0);
	while (open != LVM_NONE) { /* sections that were never closed */
		uint32_t around = t->items[open].next;

		t->items[open].next = LVM_NONE;
		open = around;
	}
	return bad;
}

uint32_t lvm_find(const struct lvm_text *t, uint32_t section, const char *key)
{
	uint32_t i = section < t->count ? t->items[section].child : LVM_NONE;

	while (i != LVM_NONE && !span_is(t->items[i].key, key))
		i = t->items[i].next;
	return i;
}

struct span lvm_value(const struct lvm_text *t, uint32_t section, const char *key)
{
	uint32_t i = lvm_find(t, section, key);

	return i == LVM_NONE ? (struct span){ 0 } : t->items[i].value;
}

bool lvm_number(const struct lvm_text *t, uint32_t section, const char *key, uint64_t *number)
{
	struct span value = lvm_value(t, section, key);
	size_t used = 0;

	*number = 0;
	return span_number(value, 10, number, &used) && used == value.n;
}

bool lvm_list_next(struct span *rest, struct span *value)
{
	struct reader r = { .in = *rest };
	bool is_there;

	if (next_byte(&r) == ',')
		r.at++;
	is_there = next_byte(&r) >= 0 && take_value(&r, value);
	*rest = span_from(*rest, r.at);
	return is_there;
}
