/* bill.c - see bill.h. */
#include "report/bill.h"

#include <stdlib.h>

#define MOST_EDGES (1u << 18)
#define NO_ELEMENT UINT32_MAX

enum { MARK_COPY = 1, MARK_PROGRAM = 2 };

const struct component_fact *bill_component(const struct bill *b, uint32_t i)
{
	return (const void *)b->r->facts->of[FACT_COMPONENT][i];
}

enum use bill_use(const struct component_fact *c)
{
	struct span name = node_name(c->nodes.n ? c->nodes.p[0] : c->f.node);

	if (span_is(c->name, "linux_kernel"))
		return USE_SYSTEM;
	return span_find(name, 0, span_text(".so")) != SIZE_MAX ? USE_LIBRARY : USE_APPLICATION;
}

/* Which components each node holds: held[first[id]] ... held[first[id + 1]]. */
static void index_components(struct bill *b)
{
	uint32_t nodes = b->r->tree->count, total = 0;

	b->first = calloc((size_t)nodes + 2, sizeof(*b->first));
	for (uint32_t i = 0; b->first && i < b->components; i++) {
		const struct node_list *list = &bill_component(b, i)->nodes;

		for (uint32_t k = 0; k < list->n; k++)
			b->first[list->p[k]->id + 2]++;
		total += list->n;
	}
	b->held = calloc((size_t)total + 1, sizeof(*b->held));
	b->failed |= !b->first || !b->held;
	if (b->failed)
		return;
	for (uint32_t i = 2; i < nodes + 2; i++)
		b->first[i] += b->first[i - 1];
	for (uint32_t i = 0; i < b->components; i++) {
		const struct node_list *list = &bill_component(b, i)->nodes;

		for (uint32_t k = 0; k < list->n; k++)
			b->held[b->first[list->p[k]->id + 1]++] = i;
	}
}

static void mark_files(const struct bill *b, uint8_t *marks)
{
	const struct facts *f = b->r->facts;

	for (uint32_t i = 0; i < b->components; i++) {
		const struct node_list *list = &bill_component(b, i)->nodes;

		for (uint32_t k = 0; k < list->n; k++)
			marks[list->p[k]->id] |= MARK_COPY;
	}
	for (uint32_t i = 0; i < f->count[FACT_EXECUTABLE]; i++)
		marks[f->of[FACT_EXECUTABLE][i]->node->id] |= MARK_PROGRAM;
}

static void list_files(struct bill *b)
{
	uint32_t nodes = b->r->tree->count;
	uint8_t *marks = calloc((size_t)nodes + 1, 1);

	b->files = calloc((size_t)nodes + 1, sizeof(const struct node *));
	b->copies = calloc((size_t)nodes + 1, sizeof(const struct node *));
	b->element = calloc((size_t)nodes + 1, sizeof(*b->element));
	b->failed |= !marks || !b->files || !b->copies || !b->element;
	if (!b->failed)
		mark_files(b, marks);
	for (uint32_t i = 0; !b->failed && i < nodes; i++) {
		const struct node *n = b->r->tree->nodes[i];

		b->element[i] = NO_ELEMENT;
		if (marks[i] & MARK_COPY) {
			b->copies[b->copy_count++] = n;
		} else if (marks[i] & MARK_PROGRAM) {
			b->element[i] = b->components + b->file_count;
			b->files[b->file_count++] = n;
		}
	}
	free(marks);
}

static void add_edge(struct bill *b, uint32_t from, uint32_t to)
{
	if (from == to)
		return;
	if (b->edge_count == MOST_EDGES)
		b->edges_cut = true;
	else
		b->edges[b->edge_count++] = (struct edge){ from, to };
}

/* All that a file holds needs an element; or the file itself does, where it is one. */
static void add_edges_from(struct bill *b, const struct node *n, uint32_t to)
{
	for (uint32_t i = b->first[n->id]; i < b->first[n->id + 1] && !b->edges_cut; i++)
		add_edge(b, b->held[i], to);
	if (b->element[n->id] != NO_ELEMENT)
		add_edge(b, b->element[n->id], to);
}

/* A file that names a component without being a copy of it loads it. */
static void edges_to(struct bill *b, uint32_t to)
{
	const struct node_list *list = &bill_component(b, to)->linked;

	for (uint32_t k = 0; k < list->n && !b->edges_cut; k++)
		add_edges_from(b, list->p[k], to);
}

/* -- libraries by their names, as programs state what they need -- */

struct named {
	const struct node *root, *node;
	struct span name;
};

static int by_root_and_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->root != y->root)
		return x->root->id < y->root->id ? -1 : 1;
	return span_compare(x->name, y->name);
}

static int by_name_and_order(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = by_root_and_name(a, b);

	return order ? order : (x->node->id > y->node->id) - (x->node->id < y->node->id);
}

struct libraries {
	struct named *list;
	uint32_t n;
};

static bool list_libraries(const struct report *r, struct libraries *l)
{
	l->n = 0;
	l->list = calloc((size_t)r->tree->count + 1, sizeof(*l->list));
	for (uint32_t i = 0; l->list && i < r->tree->count; i++) {
		const struct node *n = r->tree->nodes[i];
		struct span name = node_name(n);

		if (n->container && (n->kind == KIND_FILE || n->kind == KIND_SYMLINK) &&
		    span_find(name, 0, span_text(".so")) != SIZE_MAX)
			l->list[l->n++] = (struct named){ n->container, n, name };
	}
	if (l->n)
		qsort(l->list, l->n, sizeof(*l->list), by_name_and_order);
	return l->list != NULL;
}

/* The first of that name in the same root. */
static const struct node *library_named(const struct libraries *l, const struct node *root,
					struct span name)
{
	struct named key = { .root = root, .name = name };
	const struct named *at =
		l->n ? bsearch(&key, l->list, l->n, sizeof(key), by_root_and_name) : NULL;

	while (at && at > l->list && by_root_and_name(at - 1, at) == 0)
		at--;
	return at ? at->node : NULL;
}

static struct span last_part(struct span path)
{
	size_t from = path.n;

	while (from > 0 && path.p[from - 1] != '/')
		from--;
	return span_from(path, from);
}

/* "libz.so.1" is a link to "libz.so.1.2.13" beside it, or a hard link. */
static const struct node *library_found(const struct libraries *l, const struct node *root,
					struct span name)
{
	const struct node *n = library_named(l, root, name);

	for (int links = 0; n && n->kind == KIND_SYMLINK && links < 8; links++)
		n = library_named(l, root, last_part(n->target));
	return n && n->hardlink_of ? n->hardlink_of : n;
}

static void edges_between(struct bill *b, const struct node *program, const struct node *library)
{
	uint32_t id = library->id;

	for (uint32_t i = b->first[id]; i < b->first[id + 1] && !b->edges_cut; i++)
		add_edges_from(b, program, b->held[i]);
	if (b->element[id] != NO_ELEMENT)
		add_edges_from(b, program, b->element[id]);
}

static void edges_of_programs(struct bill *b)
{
	const struct facts *f = b->r->facts;
	struct libraries l;

	b->failed |= !list_libraries(b->r, &l);
	for (uint32_t i = 0; !b->failed && i < f->count[FACT_EXECUTABLE]; i++) {
		const struct executable_fact *x = (const void *)f->of[FACT_EXECUTABLE][i];

		for (uint32_t k = 0; x->f.node->container && k < x->needed.n; k++) {
			const struct node *n =
				library_found(&l, x->f.node->container, x->needed.p[k]);

			if (n)
				edges_between(b, x->f.node, n);
		}
	}
	free(l.list);
}

/* -- all together -- */

static int by_ends(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static void make_edges(struct bill *b)
{
	uint32_t kept = 0;

	b->edges = calloc(MOST_EDGES, sizeof(*b->edges));
	b->failed |= !b->edges;
	for (uint32_t i = 0; !b->failed && i < b->components; i++)
		edges_to(b, i);
	if (!b->failed)
		edges_of_programs(b);
	if (b->edge_count)
		qsort(b->edges, b->edge_count, sizeof(*b->edges), by_ends);
	for (uint32_t i = 0; i < b->edge_count; i++)
		if (i == 0 || by_ends(&b->edges[i], &b->edges[i - 1]) != 0)
			b->edges[kept++] = b->edges[i];
	b->edge_count = kept;
}

void bill_make(struct bill *b, const struct report *r)
{
	*b = (struct bill){ .r = r, .components = r->facts->count[FACT_COMPONENT] };
	index_components(b);
	list_files(b);
	make_edges(b);
}

void bill_free(struct bill *b)
{
	free(b->first);
	free(b->held);
	free(b->files);
	free(b->copies);
	free(b->element);
	free(b->edges);
}
