/* component_relate.c - sightings in single files become components with all their copies. Where a
 * file is a copy, other files that name the component are said to link to it. */
#include <stdlib.h>

#include "observe/component.h"

struct seen {
	struct component_fact *fact;
	struct node *node;
	bool listed; /* by a package database: kept apart from what the files themselves show */
};

static int by_component(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = (int)x->listed - (int)y->listed;

	if (order == 0)
		order = span_compare(x->fact->name, y->fact->name);
	if (order == 0)
		order = span_compare(x->fact->version, y->fact->version);
	if (order == 0)
		order = (x->node->id > y->node->id) - (x->node->id < y->node->id);
	return order ? order
		     : (x->fact->f.offset > y->fact->f.offset) -
			       (x->fact->f.offset < y->fact->f.offset);
}

static bool same_name(const struct seen *x, const struct seen *y)
{
	return x->listed == y->listed && span_equal(x->fact->name, y->fact->name);
}

static bool same_version(const struct seen *x, const struct seen *y)
{
	return same_name(x, y) && span_equal(x->fact->version, y->fact->version);
}

static size_t end_of(const struct seen *list, size_t from, size_t count,
		     bool (*same)(const struct seen *, const struct seen *))
{
	size_t to = from;

	while (to < count && same(&list[from], &list[to]))
		to++;
	return to;
}

static enum sighting sighting_of(const struct component_fact *f)
{
	return f->nodes.n ? SIGHTING_COPY : f->linked.n ? SIGHTING_LINK : SIGHTING_MENTION;
}

static bool any(const struct seen *list, size_t from, size_t to, enum sighting what)
{
	for (size_t i = from; i < to; i++)
		if (sighting_of(list[i].fact) == what)
			return true;
	return false;
}

/* Whether `longer` says the same more exactly: "6.1.32" for "6.1", anything for nothing. */
static bool refines(struct span longer, struct span version)
{
	return version.n == 0 ||
	       (longer.n > version.n && span_starts(longer, version) && longer.p[version.n] == '.');
}

/* An ABI number tells no release, and a distribution's kernel modules only a branch: such files
 * belong to the only release that the image shows otherwise. [from, to) has one name. */
static void refine_versions(struct seen *list, size_t from, size_t to)
{
	bool vague_kernel = span_is(list[from].fact->name, "linux_kernel");

	for (size_t run = from, run_end; run < to; run = run_end) {
		struct span vague = list[run].fact->version, exact = { 0 };
		unsigned answers = 0;

		run_end = end_of(list, run, to, same_version);
		for (size_t i = run_end; i < to; i = end_of(list, i, to, same_version))
			if (refines(list[i].fact->version, vague)) {
				exact = list[i].fact->version;
				answers++;
			}
		if (answers == 1 && (vague.n == 0 || vague_kernel))
			for (size_t i = run; i < run_end; i++)
				list[i].fact->version = exact;
	}
	qsort(list + from, to - from, sizeof(*list), by_component);
}

/* Nodes of [from, to) that are sightings of that kind, or of all others. */
static struct node_list nodes_of(struct arena *a, const struct seen *list, size_t from, size_t to,
				 enum sighting what, bool others)
{
	struct node_list nodes = { arena_take(a, to - from, sizeof(*nodes.p)), 0 };

	for (size_t i = from; nodes.p && i < to; i++)
		if ((sighting_of(list[i].fact) == what) != others &&
		    (nodes.n == 0 || nodes.p[nodes.n - 1] != list[i].node))
			nodes.p[nodes.n++] = list[i].node;
	return nodes;
}

/* One name and version: its first copy carries the fact. Where no file is known for a copy, those
 * that mention it hold it themselves, unless they load it from elsewhere. */
static void merge(struct arena *a, struct seen *list, size_t from, size_t to)
{
	enum sighting holds = any(list, from, to, SIGHTING_COPY) ? SIGHTING_COPY : SIGHTING_MENTION;
	struct node_list nodes = nodes_of(a, list, from, to, holds, false);
	struct node_list linked = nodes_of(a, list, from, to, holds, true);
	struct component_fact *keep = NULL;

	for (size_t i = from; i < to; i++) {
		if (!keep && sighting_of(list[i].fact) == holds)
			keep = list[i].fact;
		else
			list[i].fact->f.node = NULL;
	}
	if (!keep)
		return;
	keep->nodes = nodes;
	keep->linked = linked;
	component_identify(a, keep);
}

static size_t gather(struct tree *t, struct seen *list)
{
	size_t n = 0;

	for (uint32_t i = 0; i < t->count; i++)
		for (struct fact *f = t->nodes[i]->facts; f; f = f->next) {
			struct component_fact *c = (struct component_fact *)f;

			if (f->kind != FACT_COMPONENT)
				continue;
			if (list)
				list[n] = (struct seen){ c, t->nodes[i], component_is_listed(c) };
			n++;
		}
	return n;
}

void relate_components(struct observation *o, struct tree *t, struct arena *a)
{
	size_t count = gather(t, NULL);
	struct seen *list = malloc((count ? count : 1) * sizeof(*list));

	(void)o;
	if (!list) {
		machine_ran_out();
		return;
	}
	gather(t, list);
	qsort(list, count, sizeof(*list), by_component);
	for (size_t from = 0; from < count;) {
		size_t end = end_of(list, from, count, same_name);

		refine_versions(list, from, end);
		while (from < end) {
			size_t to = end_of(list, from, end, same_version);

			merge(a, list, from, to);
			from = to;
		}
	}
	for (uint32_t i = 0; i < t->count; i++)
		facts_sweep(t->nodes[i]);
	free(list);
}
