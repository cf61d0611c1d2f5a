/* component_relate.c - sightings in single files become components with all their copies. Where a
 * file that is a copy exists, other files that name the component are said to link to it. */
#include <stdlib.h>

#include "base/text.h"
#include "observe/component.h"

struct sighting {
	struct component_fact *fact;
	struct node *node;
};

static int by_component(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;
	int order = span_compare(x->fact->name, y->fact->name);

	if (order == 0)
		order = span_compare(x->fact->version, y->fact->version);
	if (order == 0)
		order = (x->node->id > y->node->id) - (x->node->id < y->node->id);
	return order ? order
		     : (x->fact->f.offset > y->fact->f.offset) -
			       (x->fact->f.offset < y->fact->f.offset);
}

static bool same_name(const struct sighting *x, const struct sighting *y)
{
	return span_equal(x->fact->name, y->fact->name);
}

static bool same_component(const struct sighting *x, const struct sighting *y)
{
	return same_name(x, y) && span_equal(x->fact->version, y->fact->version);
}

static size_t end_of(const struct sighting *list, size_t from, size_t count,
		     bool (*same)(const struct sighting *, const struct sighting *))
{
	size_t to = from;

	while (to < count && same(&list[from], &list[to]))
		to++;
	return to;
}

static bool any_copy(const struct sighting *list, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (list[i].fact->nodes.n)
			return true;
	return false;
}

/* Nodes of [from, to) that are copies, or that are not. */
static struct node_list nodes_of(struct arena *a, const struct sighting *list, size_t from,
				 size_t to, bool copies)
{
	struct node_list nodes = { arena_take(a, to - from, sizeof(*nodes.p)), 0 };

	for (size_t i = from; nodes.p && i < to; i++)
		if ((list[i].fact->nodes.n > 0) == copies)
			nodes.p[nodes.n++] = list[i].node;
	return nodes;
}

static struct span with_version(struct arena *a, struct span purl, struct span version)
{
	struct text t = { 0 };
	struct span copy;

	if (purl.n == 0 || span_find(purl, 0, span_text("@")) != SIZE_MAX)
		return purl;
	text_put(&t, purl);
	text_char(&t, '@');
	text_put(&t, version);
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

/* cpe:2.3 of vendor:product and a version (NISTIR 7695); empty if the table names none. */
static struct span cpe_name(struct arena *a, struct span cpe, struct span version)
{
	struct text t = { 0 };
	struct span copy;

	if (cpe.n == 0 || span_starts(cpe, span_text("cpe:")))
		return cpe;
	text_puts(&t,
		  span_starts(cpe, span_text("linux:linux_kernel")) ? "cpe:2.3:o:" : "cpe:2.3:a:");
	text_put(&t, cpe);
	text_char(&t, ':');
	text_put(&t, version);
	text_puts(&t, ":*:*:*:*:*:*:*");
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

/* One name and version: its first copy (or first mention) carries the fact. */
static void merge(struct arena *a, struct sighting *list, size_t from, size_t to,
		  bool named_elsewhere)
{
	bool copies = any_copy(list, from, to);
	struct component_fact *keep = NULL;
	struct node_list nodes, linked;

	for (size_t i = from; i < to && !keep; i++)
		if (copies ? list[i].fact->nodes.n > 0 : !named_elsewhere)
			keep = list[i].fact;
	nodes = nodes_of(a, list, from, to, copies);
	linked = copies ? nodes_of(a, list, from, to, false) : (struct node_list){ 0 };
	for (size_t i = from; i < to; i++)
		if (list[i].fact != keep)
			fact_drop(list[i].node, &list[i].fact->f);
	if (!keep)
		return;
	keep->nodes = nodes;
	keep->linked = linked;
	keep->purl = with_version(a, keep->purl, keep->version);
	keep->cpe = cpe_name(a, keep->cpe, keep->version);
}

void relate_components(struct observation *o, struct tree *t, struct arena *a)
{
	struct sighting *list;
	size_t count = 0, n = 0;

	(void)o;
	for (uint32_t i = 0; i < t->count; i++) {
		packages_add(a, t->nodes[i]);
		for (struct fact *f = t->nodes[i]->facts; f; f = f->next)
			count += f->kind == FACT_COMPONENT;
	}
	list = malloc((count ? count : 1) * sizeof(*list));
	if (!list) {
		machine_ran_out();
		return;
	}
	for (uint32_t i = 0; i < t->count; i++)
		for (struct fact *f = t->nodes[i]->facts; f; f = f->next)
			if (f->kind == FACT_COMPONENT)
				list[n++] = (struct sighting){ (struct component_fact *)f,
							       t->nodes[i] };
	qsort(list, count, sizeof(*list), by_component);
	for (size_t from = 0; from < count;) {
		size_t end = end_of(list, from, count, same_name);
		bool copies = any_copy(list, from, end);

		while (from < end) {
			size_t to = end_of(list, from, end, same_component);

			merge(a, list, from, to, copies);
			from = to;
		}
	}
	free(list);
}
