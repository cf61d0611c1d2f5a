/* node.c - walking the finished tree. */
#include "tree/node.h"

#include "base/names.h"

#define MOST_LINKS 40

const char *state_name(enum state s)
{
	static const char *const names[] = { "understood", "padding", "unknown",    "encrypted",
					     "damaged",    "limit",   "quarantined" };

	return names[s];
}

const struct node *node_next(const struct node *n, const struct node *top)
{
	if (n->children)
		return n->children;
	while (n && n != top && !n->next)
		n = n->parent;
	return !n || n == top ? NULL : n->next;
}

struct span node_name(const struct node *n)
{
	size_t from = n->path.n;

	while (from > 0 && n->path.p[from - 1] != '/')
		from--;
	return span_from(n->path, from);
}

const struct node *node_root(const struct node *n)
{
	return n->container ? n->container : n;
}

/* Whether `path` lies below the directory whose path is `dir`. */
static bool lies_below(struct span path, struct span dir)
{
	if (span_is(dir, "/"))
		return path.n > 1;
	return path.n > dir.n && span_starts(path, dir) && path.p[dir.n] == '/';
}

/* Archives may lack entries for directories, so a child's path can be many components longer than
 * its parent's. */
const struct node *node_at(const struct node *n, struct span path)
{
	const struct node *child = node_root(n)->children;

	while (child) {
		if (child->container && span_equal(child->path, path))
			return child;
		if (child->container && child->kind == KIND_DIRECTORY &&
		    lies_below(path, child->path))
			child = child->children;
		else
			child = child->next;
	}
	return NULL;
}

struct walk {
	char path[4096];
	size_t n;
};

/* Appends one component; ".." goes up and stops at the root. */
static bool step_into(struct walk *w, struct span part)
{
	if (part.n == 0 || span_is(part, "."))
		return true;
	if (span_is(part, "..")) {
		while (w->n > 0 && w->path[w->n - 1] != '/')
			w->n--;
		w->n -= w->n > 0;
		return true;
	}
	if (part.n + 1 > sizeof(w->path) - w->n)
		return false;
	w->path[w->n++] = '/';
	memcpy(w->path + w->n, part.p, part.n);
	w->n += part.n;
	return true;
}

static const struct node *look_up(const struct node *n, const struct walk *w)
{
	if (w->n == 0)
		return node_at(n, span_text("/"));
	return node_at(n, (struct span){ (const uint8_t *)w->path, w->n });
}

/* One component after the other; a link's text takes the place of its name. */
const struct node *node_resolve(const struct node *n, struct span path)
{
	struct walk w = { .n = 0 };
	uint8_t left[8192];
	size_t left_n = path.n;
	int links = 0;

	if (path.n > sizeof(left) / 2)
		return NULL;
	if (path.n)
		memcpy(left, path.p, path.n);
	for (size_t at = 0; at < left_n;) {
		struct span rest = { left, left_n };
		size_t end = span_find(rest, at, span_text("/"));
		size_t stop = end < left_n ? end : left_n;
		size_t before = w.n;
		const struct node *found;

		if (!step_into(&w, span_sub(rest, at, stop - at)))
			return NULL;
		at = stop + 1;
		found = look_up(n, &w);
		if (!found || found->kind != KIND_SYMLINK)
			continue;
		size_t tail = at < left_n ? left_n - at : 0;

		/* An empty one leads nowhere (POSIX, path_resolution). */
		if (++links > MOST_LINKS || found->target.n == 0 ||
		    found->target.n + 1 + tail > sizeof(left))
			return NULL;
		memmove(left + found->target.n + 1, left + (tail ? at : 0), tail);
		memcpy(left, found->target.p, found->target.n);
		left[found->target.n] = '/';
		left_n = found->target.n + 1 + tail;
		w.n = span_byte(found->target, 0) == '/' ? 0 : before;
		at = 0;
	}
	return look_up(n, &w);
}

uint64_t node_key(const struct node *n)
{
	uint64_t h = 0;

	for (; n && n->parent; n = n->container ? n->container : n->parent) {
		struct span name =
			n->container ? n->path : span_text(n->format ? n->format->name : "");

		h = names_hash(h ^ (n->container ? n->twin : n->offset), name);
	}
	return h;
}
