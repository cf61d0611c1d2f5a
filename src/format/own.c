/* own.c - see own.h. */
#include "format/own.h"

#include <stdlib.h>

#define OVERLAP       "overlapping structures"
#define LONGEST_LABEL 16

void own_fields(struct own_list *out, uint64_t base, const struct own_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		own_add(out, base + fields[i].at, fields[i].size, fields[i].own, fields[i].name);
}

enum own own_label(struct span field)
{
	size_t n = field.n ? strnlen((const char *)field.p, field.n) : 0;

	for (size_t i = 0; i < n; i++)
		if (field.p[i] < ' ' || field.p[i] > '~')
			return OWN_DATA;
	return own_if(n <= LONGEST_LABEL && is_zero(span_from(field, n)), OWN_IDENTIFIER);
}

void own_header(struct own_list *out, uint64_t base, uint64_t size, const struct own_field *fields,
		size_t n)
{
	uint64_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (fields[i].at > at)
			own_add(out, base + at, fields[i].at - at, OWN_FILL, "unused");
		at = (uint64_t)fields[i].at + fields[i].size;
	}
	own_fields(out, base, fields, n);
	if (size > at)
		own_add(out, base + at, size - at, OWN_FILL, "unused");
}

void own_content(struct own_map *m, uint64_t offset, uint64_t length)
{
	struct byte_range *last = m->n ? &m->content[m->n - 1] : NULL;

	if (length == 0 || length > UINT64_MAX - offset || m->out->full)
		return;
	if (last && offset == last->offset + last->length) {
		last->length += length;
		return;
	}
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 64;
		struct byte_range *p = arena_take(m->out->arena, room, sizeof(*p));

		if (!p) {
			m->out->full = true;
			return;
		}
		if (m->n)
			memcpy(p, m->content, m->n * sizeof(*p));
		m->content = p;
		m->room = room;
	}
	m->content[m->n++] = (struct byte_range){ offset, length };
}

void own_contents(struct own_map *m, const struct listing *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->entries[i].stored)
			own_content(m, l->entries[i].offset, l->entries[i].length);
}

static int range_order(const void *a, const void *b)
{
	const struct byte_range *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int stretch_order(const void *a, const void *b)
{
	const struct own_stretch *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Takes one stretch over into the new list: cut where the one before it ends. */
static void take_over(struct own_list *out, struct own_stretch s)
{
	struct own_stretch *last = out->n ? &out->p[out->n - 1] : NULL;
	uint64_t end = last ? last->offset + last->length : 0, its = s.offset + s.length;

	if (last && s.offset < end) {
		last->own = s.own = OWN_DATA;
		last->name = s.name = OVERLAP;
		s.offset = end;
		s.length = its > end ? its - end : 0;
	}
	if (last && s.offset == end && last->own == s.own && last->name == s.name &&
	    s.own != OWN_TIME) {
		last->length += s.length;
		return;
	}
	own_add(out, s.offset, s.length, s.own, s.name);
	if (s.length && !out->full) {
		out->p[out->n - 1].time = s.time;
		out->p[out->n - 1].told = s.told;
	}
}

/* What is no content of [from, to) is fill. m->room has become the place in the contents. */
static void fill_gap(struct own_map *m, struct own_list *out, uint64_t from, uint64_t to,
		     const char *fill)
{
	while (from < to) {
		const struct byte_range *c = m->room < m->n ? &m->content[m->room] : NULL;
		uint64_t end = c && c->offset < to ? c->offset : to;

		if (end > from)
			take_over(out,
				  (struct own_stretch){ from, end - from, OWN_FILL, fill, 0, 0 });
		from = end > from ? end : from;
		if (!c || c->offset >= to)
			continue;
		end = c->offset + c->length;
		if (end > to) {
			from = to;
		} else {
			from = end > from ? end : from;
			m->room++;
		}
	}
}

void own_finish(struct own_map *m, uint64_t end, const char *fill)
{
	struct own_list sorted = { .arena = m->out->arena, .full = m->out->full };
	uint64_t at = 0;

	if (m->out->n)
		qsort(m->out->p, m->out->n, sizeof(*m->out->p), stretch_order);
	if (m->n)
		qsort(m->content, m->n, sizeof(*m->content), range_order);
	m->room = 0;
	for (size_t i = 0; i < m->out->n && !sorted.full; i++) {
		struct own_stretch s = m->out->p[i];

		if (s.offset >= end)
			break;
		if (s.length > end - s.offset)
			s.length = end - s.offset;
		if (s.offset > at)
			fill_gap(m, &sorted, at, s.offset, fill);
		take_over(&sorted, s);
		if (s.offset + s.length > at)
			at = s.offset + s.length;
	}
	fill_gap(m, &sorted, at, end, fill);
	*m->out = sorted;
}

bool is_one_byte(struct span s)
{
	return s.n < 2 || memcmp(s.p, s.p + 1, s.n - 1) == 0;
}

void storage_number(struct storage *s, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> 8 * i);
	text_put(s->parameters, (struct span){ bytes, sizeof(bytes) });
}

void storage_text(struct storage *s, const char *text)
{
	text_puts(s->parameters, text);
	storage_number(s, strlen(text));
}
