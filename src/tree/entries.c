/* entries.c - a container's listing becomes nodes, then its contents are loaded in parallel: large
 * files first, then the others in the order in which they share blocks. */
#include <stdlib.h>

#include "base/names.h"
#include "tree/engine.h"

#define GROUP_BYTES (256u << 10)
#define GROUP_FILES 64
#define LARGE       (512u << 10)

struct load {
	uint32_t entry;
	uint64_t order, bytes;
};

struct group {
	uint32_t first, count; /* of loads */
	uint64_t bytes;
};

/* One container while its entries are opened. */
struct opened {
	struct worker *workers;
	struct node *container;
	struct listing *l;
	struct node **nodes; /* one an entry */
	struct names paths;  /* where each was met first, and how often since */
	struct load *loads;
	struct group *groups;
	size_t load_count, group_count;
	unsigned level;
};

/* "/" + the parent's path + name, in the worker's arena. */
static struct span join_path(struct arena *a, struct span parent, struct span name)
{
	size_t base = span_is(parent, "/") ? 0 : parent.n;
	uint8_t *p = arena_take(a, (uint64_t)base + 1 + name.n, 1);

	if (!p)
		return (struct span){ 0 };
	if (base)
		memcpy(p, parent.p, base);
	p[base] = '/';
	if (name.n)
		memcpy(p + base + 1, name.p, name.n);
	return (struct span){ p, base + 1 + name.n };
}

static void copy_xattrs(struct worker *w, struct node *n, const struct entry *e)
{
	struct xattr *copy = arena_take(&w->arena, e->xattr_count, sizeof(*copy));

	if (!copy || e->xattr_count == 0)
		return;
	for (uint32_t i = 0; i < e->xattr_count; i++) {
		copy[i].name = arena_copy(&w->arena, e->xattrs[i].name);
		copy[i].value = arena_copy(&w->arena, e->xattrs[i].value);
		if (span_is(copy[i].name, "security.capability"))
			n->capabilities = capability_text(&w->arena, copy[i].value);
	}
	n->xattrs = copy;
	n->xattr_count = e->xattr_count;
}

static void copy_metadata(struct worker *w, struct node *n, const struct entry *e)
{
	n->has_mode = e->has_mode;
	n->mode = e->mode & 07777;
	n->has_owner = e->has_owner;
	n->uid = e->uid;
	n->gid = e->gid;
	n->has_mtime = e->has_mtime;
	n->mtime = e->mtime;
	n->mtime_ns = e->mtime_ns;
	n->major = e->major;
	n->minor = e->minor;
	n->target = arena_copy(&w->arena, e->target);
	copy_xattrs(w, n, e);
	if (e->stored) {
		n->has_place = true;
		n->offset = e->offset;
		n->length = e->length;
	}
}

static struct node *path_node(const struct opened *o, struct span path)
{
	const struct name *known = names_find(&o->paths, path);

	return known ? known->what : NULL;
}

/* The directory that holds an archive's path: the longest one listed before it. */
static struct node *directory_of(const struct opened *o, struct span path)
{
	size_t n = path.n;

	while (n > 0) {
		struct node *found;

		while (n > 0 && path.p[n - 1] != '/')
			n--;
		n -= n > 0;
		found = n ? path_node(o, span_sub(path, 0, n)) : NULL;
		if (found && found->kind == KIND_DIRECTORY)
			return found;
	}
	return path.n > 1 ? path_node(o, span_text("/")) : NULL;
}

void node_enter(struct names *paths, struct node *n)
{
	struct name *known = names_add(paths, n->path);

	if (known && known->what)
		n->twin = ++known->number;
	else if (known)
		known->what = n;
}

static struct node *entry_node(struct worker *w, struct opened *o, uint32_t i)
{
	const struct entry *e = &o->l->entries[i];
	struct node *above = e->parent < i ? o->nodes[e->parent] : NULL;
	struct node *n = node_new(w, above ? above : o->container, e->kind);

	if (!n)
		return NULL;
	n->container = o->container;
	n->path = join_path(&w->arena, above ? above->path : span_text("/"), e->name);
	if (!above && (above = directory_of(o, n->path)))
		n->parent = above;
	copy_metadata(w, n, e);
	n->size = e->kind == KIND_FILE ? e->size : e->kind == KIND_SYMLINK ? e->target.n : 0;
	node_fault(w, n, e->fault);
	node_enter(&o->paths, n);
	node_link(n->parent, n);
	return n;
}

static int by_order(const void *a, const void *b)
{
	const struct load *x = a, *y = b;
	bool big_x = x->bytes >= LARGE, big_y = y->bytes >= LARGE;

	if (big_x != big_y)
		return big_x ? -1 : 1;
	if (big_x && x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

/* Neighbours that share a block stay together; a group is large enough to be worth the lock. */
static void group_loads(struct opened *o)
{
	struct group *g = NULL;

	for (uint32_t i = 0; i < o->load_count; i++) {
		const struct load *load = &o->loads[i];
		bool shares = i > 0 && load->order == o->loads[i - 1].order;

		if (!g || g->count >= GROUP_FILES * 4 ||
		    ((g->bytes >= GROUP_BYTES || g->count >= GROUP_FILES) && !shares)) {
			g = &o->groups[o->group_count++];
			*g = (struct group){ .first = i };
		}
		g->count++;
		g->bytes += load->bytes;
	}
}

static void load_stored(struct worker *w, const struct opened *o, const struct entry *e,
			struct node *n)
{
	struct span bytes = span_sub(o->l->in, e->offset, e->length);

	if (bytes.n < e->length) {
		bytes = span_from(o->l->in, e->offset);
		node_fault(w, n, fault_at(FAULT_SHORT, e->offset, "content", bytes.n, e->length));
		n->length = bytes.n;
	}
	open_content(w, n, bytes, SPACE_FILE, o->level + 1);
}

static void load_unpacked(struct worker *w, const struct opened *o, const struct entry *e,
			  struct node *n)
{
	const struct format *f = o->container->format;
	struct sink *content = &w->sinks[o->level];
	struct fault fault;

	if (!f->load || !guard_enter(w, n, f->name)) {
		node_fault(w, n, fault_at(FAULT_QUARANTINED, 0, f->name, 0, 0));
		return;
	}
	sink_reset(content, content_limit(w->engine));
	fault = f->load(o->l, e, content);
	guard_leave(w);
	node_fault(w, n, fault);
	if (may_open(w, n, content->n))
		open_content(w, n, sink_span(content), SPACE_FILE, o->level + 1);
}

static bool is_wanted(struct worker *w, const struct opened *o, const struct entry *e,
		      struct node *n)
{
	const struct opening *opening = w->engine->o;
	struct bench b = { w->id, &w->arena, w };

	return !o->container->left_alone &&
	       (!opening->wants || opening->wants(opening->watch_ctx, &b, n, o->l, e));
}

static void load_group(void *ctx, unsigned worker, size_t i)
{
	struct opened *o = ctx;
	struct worker *w = &o->workers[worker];
	const struct group *g = &o->groups[i];

	for (uint32_t k = 0; k < g->count && !w->engine->over; k++) {
		uint32_t index = o->loads[g->first + k].entry;
		const struct entry *e = &o->l->entries[index];
		struct node *n = o->nodes[index];

		if (e->encrypted)
			node_fault(w, n, fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0));
		else if (!is_wanted(w, o, e, n))
			n->left_alone = true;
		else if (e->stored)
			load_stored(w, o, e, n);
		else
			load_unpacked(w, o, e, n);
		atomic_fetch_add(w->engine->o->nodes_done, 1);
	}
}

/* A hard link repeats what its first name has (DESIGN.md 8); the digest when all are computed. */
bool node_join(struct node *n, struct node *first)
{
	if (!first || first == n || first->hardlink_of || first->kind != KIND_FILE)
		return false;
	n->hardlink_of = first;
	n->size = first->size;
	n->mode = first->mode;
	n->has_mode = first->has_mode;
	n->uid = first->uid;
	n->gid = first->gid;
	n->has_owner = first->has_owner;
	n->mtime = first->mtime;
	n->mtime_ns = first->mtime_ns;
	n->has_mtime = first->has_mtime;
	n->xattrs = first->xattrs;
	n->xattr_count = first->xattr_count;
	n->capabilities = first->capabilities;
	return true;
}

static void join_hardlinks(const struct opened *o)
{
	for (uint32_t i = 0; i < o->l->count; i++) {
		const struct entry *e = &o->l->entries[i];

		if (e->kind == KIND_HARDLINK && o->nodes[i] && e->first < o->l->count)
			node_join(o->nodes[i], o->nodes[e->first]);
	}
}

/* Archives seldom list their root; it is a node all the same, so that every path has one above it.
 */
static bool add_root(struct worker *w, struct opened *o)
{
	struct node *n = node_new(w, o->container, KIND_DIRECTORY);

	if (!n)
		return false;
	n->container = o->container;
	n->path = span_text("/");
	node_enter(&o->paths, n);
	node_link(o->container, n);
	return true;
}

/* Whether the listing holds the root directory itself. */
static bool lists_root(const struct listing *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->entries[i].name.n == 0 && l->entries[i].parent == NO_ENTRY &&
		    l->entries[i].kind == KIND_DIRECTORY)
			return true;
	return false;
}

static bool prepare(struct worker *w, struct opened *o)
{
	struct listing *l = o->l;

	if (!may_list(w, o->container, l->count))
		return false;
	o->nodes = arena_take(l->arena, l->count, sizeof(struct node *));
	o->loads = arena_take(l->arena, l->count, sizeof(*o->loads));
	o->groups = arena_take(l->arena, l->count, sizeof(*o->groups));
	return o->nodes && o->loads && o->groups;
}

void open_entries(struct worker *w, struct node *container, struct listing *l, unsigned level)
{
	struct opened o = {
		.workers = w->engine->workers,
		.container = container,
		.l = l,
		.level = level,
		.paths = { .arena = l->arena },
	};

	if (!prepare(w, &o))
		return;
	if (!lists_root(l))
		add_root(w, &o);
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		o.nodes[i] = entry_node(w, &o, i);
		if (e->kind == KIND_FILE && o.nodes[i])
			o.loads[o.load_count++] = (struct load){ i, e->order, e->size };
	}
	atomic_fetch_add(w->engine->o->nodes_known, o.load_count);
	qsort(o.loads, o.load_count, sizeof(*o.loads), by_order);
	group_loads(&o);
	engine_each(w, o.group_count, load_group, &o);
	join_hardlinks(&o);
	merge_layers(w, container, l, &o.paths);
}

struct walk_context {
	struct worker *w;
	struct opened *o;
};

/* The first name of a hard link, which such archives give by path. */
static struct node *first_name(struct worker *w, const struct opened *o, const struct entry *e)
{
	return path_node(o, join_path(&w->arena, span_text("/"), e->target));
}

static void open_walked(struct worker *w, const struct opened *o, const struct entry *e,
			struct node *n, const struct sink *content)
{
	if (e->encrypted)
		node_fault(w, n, fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0));
	else if (!is_wanted(w, o, e, n))
		n->left_alone = true;
	else if (may_open(w, n, content->n))
		open_content(w, n, sink_span(content), SPACE_FILE, o->level + 1);
}

static bool give(void *ctx, const struct entry *e, struct sink *content)
{
	struct walk_context *c = ctx;
	struct entry copy = *e;
	struct listing one = { .entries = &copy, .count = 1 };
	struct node *n, *root = path_node(c->o, span_text("/"));

	if (c->w->engine->over || !root || !may_list(c->w, c->o->container, 1))
		return false;
	if (e->kind == KIND_DIRECTORY && e->name.n == 0) {
		copy_metadata(c->w, root, e);
		return true;
	}
	c->o->l = &one;
	n = entry_node(c->w, c->o, 0);
	if (!n)
		return false;
	if (e->kind == KIND_HARDLINK)
		node_join(n, first_name(c->w, c->o, e));
	if (e->kind == KIND_FILE)
		open_walked(c->w, c->o, e, n, content);
	return true;
}

void open_walk(struct worker *w, struct node *container, struct listing *l, unsigned level)
{
	struct opened o = {
		.workers = w->engine->workers,
		.container = container,
		.level = level,
		.paths = { .arena = l->arena },
	};
	struct walk_context ctx = { w, &o };
	struct walker walker = { &ctx, give, &w->sinks[level], content_limit(w->engine) };

	if (!add_root(w, &o))
		return;
	if (!guard_enter(w, container, container->format->name)) {
		node_fault(w, container,
			   fault_at(FAULT_QUARANTINED, 0, container->format->name, 0, 0));
		return;
	}
	node_fault(w, container, container->format->walk(l, &walker));
	guard_leave(w);
}
