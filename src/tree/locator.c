/* locator.c - one function writes a locator, one reads it back. */
#include "tree/locator.h"

static void write_step(struct text *t, const struct node *n)
{
	if (n->container) {
		text_escape(t, n->path, "!#");
		if (n->twin)
			text_format(t, "#%u", n->twin);
		return;
	}
	if (n->format)
		text_puts(t, n->format->name);
	text_format(t, "@0x%llx", (unsigned long long)n->offset);
}

/* The node whose step comes before: directories are part of their entries' paths. */
static const struct node *enclosing(const struct node *n)
{
	return n->container ? n->container : n->parent;
}

void locator_write(struct text *t, const struct node *n)
{
	const struct node *chain[64];
	size_t depth = 0;

	for (; n && n->parent && depth < 64; n = enclosing(n))
		chain[depth++] = n;
	while (depth > 0) {
		write_step(t, chain[--depth]);
		if (depth)
			text_char(t, '!');
	}
}

struct span locator_next(struct locators *l, const struct node *n)
{
	const struct node *around = enclosing(n);

	if (!n->parent)
		return (struct span){ 0 };
	if (around != l->around) {
		l->text.n = 0;
		locator_write(&l->text, around);
		if (l->text.n)
			text_char(&l->text, '!');
		l->around = around;
		l->length = l->text.n;
	}
	l->text.n = l->length;
	write_step(&l->text, n);
	return text_span(&l->text);
}

void locators_free(struct locators *l)
{
	text_free(&l->text);
	*l = (struct locators){ 0 };
}

static bool read_region(struct span step, struct step *s)
{
	size_t at = span_find(step, 0, span_text("@0x"));
	size_t used = 0;

	if (at == SIZE_MAX || !span_number(span_from(step, at + 3), 16, &s->offset, &used) ||
	    at + 3 + used != step.n)
		return false;
	s->is_region = true;
	s->format = span_sub(step, 0, at);
	return true;
}

static bool read_entry(struct arena *a, struct span step, struct step *s)
{
	size_t mark = span_find(step, 0, span_text("#"));
	struct span path = span_sub(step, 0, mark < step.n ? mark : step.n);
	struct text raw = { 0 };
	uint64_t twin = 0;
	size_t used = 0;
	bool ok;

	if (mark < step.n && (!span_number(span_from(step, mark + 1), 10, &twin, &used) ||
			      mark + 1 + used != step.n || twin == 0 || twin > UINT32_MAX))
		return false;
	ok = text_unescape(&raw, path);
	s->is_region = false;
	s->twin = (uint32_t)twin;
	s->path = arena_copy(a, text_span(&raw));
	text_free(&raw);
	return ok && s->path.n > 0;
}

bool locator_step(struct arena *a, struct span text, size_t *at, struct step *s)
{
	size_t end = span_find(text, *at, span_text("!"));
	size_t stop = end < text.n ? end : text.n;
	struct span step = span_sub(text, *at, stop - *at);

	*s = (struct step){ 0 };
	*at = stop + (stop < text.n);
	if (stop + 1 == text.n)
		return false; /* a "!" with nothing behind it */
	return span_byte(step, 0) == '/' ? read_entry(a, step, s) : read_region(step, s);
}

static const struct node *find_region(const struct node *n, const struct step *s)
{
	for (n = n->children; n; n = n->next)
		if (!n->container && n->offset == s->offset &&
		    span_is(s->format, n->format ? n->format->name : ""))
			return n;
	return NULL;
}

/* Entries of the same path follow each other somewhere below the container. */
static const struct node *find_entry(const struct node *container, const struct step *s)
{
	const struct node *n = node_at(container, s->path);

	if (!n || n->twin == s->twin)
		return n;
	for (; n; n = node_next(n, container))
		if (n->container == container && n->twin == s->twin && span_equal(n->path, s->path))
			return n;
	return NULL;
}

const struct node *locator_find(struct arena *a, const struct node *n, struct span text)
{
	size_t at = 0;

	while (n && at < text.n) {
		struct step s;

		if (!locator_step(a, text, &at, &s))
			return NULL;
		n = s.is_region ? find_region(n, &s) : find_entry(n, &s);
	}
	return n;
}
