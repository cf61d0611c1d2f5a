/* component_relate.c - sightings in single files become components with all their copies. Where a
 * file is a copy, other files that name the component are said to link to it. */
#include <stdlib.h>

#include "observe/component.h"

#include "observe/language.h"

/* Kept apart: what files show, what a package database lists, what languages' tools installed. The
 * last are told apart by package URLs too: a name means something else in each language. */
enum group { GROUP_FILES, GROUP_LISTED, GROUP_LANGUAGE };

struct seen {
	struct component_fact *fact;
	struct node *node;
	enum group group;
};

static enum group group_of(const struct component_fact *c)
{
	return component_is_listed(c)     ? GROUP_LISTED
	       : component_is_language(c) ? GROUP_LANGUAGE
					  : GROUP_FILES;
}

static int by_component(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = (int)x->group - (int)y->group;

	if (order == 0)
		order = span_compare(x->fact->name, y->fact->name);
	if (order == 0 && x->group == GROUP_LANGUAGE)
		order = span_compare(x->fact->purl, y->fact->purl);
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
	return x->group == y->group && span_equal(x->fact->name, y->fact->name) &&
	       (x->group != GROUP_LANGUAGE || span_equal(x->fact->purl, y->fact->purl));
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
	if (f->nodes.n)
		return SIGHTING_COPY;
	return f->linked.n == 0   ? SIGHTING_MENTION
	       : f->linked.n == 1 ? SIGHTING_LINK
				  : SIGHTING_HINT;
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
		if (vague.n && !vague_kernel)
			continue;
		/* what refines it follows at once: versions are in order */
		for (size_t i = run_end;
		     i < to && answers < 2 && span_starts(list[i].fact->version, vague);
		     i = end_of(list, i, to, same_version))
			if (refines(list[i].fact->version, vague)) {
				exact = list[i].fact->version;
				answers++;
			}
		if (answers == 1)
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
		    sighting_of(list[i].fact) != SIGHTING_HINT &&
		    (nodes.n == 0 || nodes.p[nodes.n - 1] != list[i].node))
			nodes.p[nodes.n++] = list[i].node;
	return nodes;
}

static bool is_better(const struct component_fact *f, const struct component_fact *keep)
{
	return !keep || (strcmp(keep->source, COMPONENT_BY_NAME) == 0 &&
			 strcmp(f->source, COMPONENT_BY_NAME) != 0);
}

/* The copy that carries the fact of [from, to): the first that shows more than a name, else the
 * first. */
static struct component_fact *carrier(const struct seen *list, size_t from, size_t to,
				      enum sighting what)
{
	struct component_fact *keep = NULL;

	for (size_t i = from; i < to; i++)
		if (sighting_of(list[i].fact) == what && is_better(list[i].fact, keep))
			keep = list[i].fact;
	return keep;
}

/* One name and version, told by one of its copies. Where no file is known for a copy, those that
 * mention it hold it themselves, unless they load it from elsewhere. */
static void merge(struct distributions *d, struct seen *list, size_t from, size_t to)
{
	struct arena *a = d->l.a;
	enum sighting holds = any(list, from, to, SIGHTING_COPY) ? SIGHTING_COPY : SIGHTING_MENTION;
	struct node_list nodes = nodes_of(a, list, from, to, holds, false);
	struct node_list linked = nodes_of(a, list, from, to, holds, true);
	struct component_fact *keep = carrier(list, from, to, holds);

	for (size_t i = from; i < to; i++)
		if (list[i].fact != keep)
			list[i].fact->f.node = NULL;
	if (!keep)
		return;
	keep->nodes = nodes;
	keep->linked = linked;
	component_identify(d, keep);
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
				list[n] = (struct seen){ c, t->nodes[i], group_of(c) };
			n++;
		}
	return n;
}

static bool is_of(const struct fact *f, const char *file)
{
	return f->kind == FACT_COMPONENT &&
	       component_is_language((const struct component_fact *)f) &&
	       span_ends(f->node->path, span_text(file));
}

/* A Java archive's manifest is not asked where its pom.properties answers. */
static void drop_manifests(struct tree *t)
{
	uint8_t *has_pom = calloc(t->count ? t->count : 1, 1);

	if (!has_pom) {
		machine_ran_out();
		return;
	}
	for (uint32_t i = 0; i < t->count; i++)
		for (const struct fact *f = t->nodes[i]->facts; f; f = f->next)
			if (t->nodes[i]->container && is_of(f, "/pom.properties"))
				has_pom[t->nodes[i]->container->id] = 1;
	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *holder = t->nodes[i]->container;

		for (struct fact *f = t->nodes[i]->facts; f; f = f->next)
			if (holder && has_pom[holder->id] && is_of(f, "/MANIFEST.MF"))
				f->node = NULL;
		facts_sweep(t->nodes[i]);
	}
	free(has_pom);
}

void relate_components(struct observation *o, struct tree *t, struct arena *a)
{
	struct distributions d = { .l = lookups_in(t, a, "release files followed") };
	struct seen *list;
	size_t count;

	(void)o;
	drop_manifests(t);
	count = gather(t, NULL);
	list = malloc((count ? count : 1) * sizeof(*list));
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

			merge(&d, list, from, to);
			from = to;
		}
	}
	for (uint32_t i = 0; i < t->count; i++)
		facts_sweep(t->nodes[i]);
	free(list);
}
