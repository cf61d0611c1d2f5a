/* metadata.c - what an entry is besides its content. */
#include <stdlib.h>

#include "compare/differences.h"

#define EARLIEST 315532800 /* 1980-01-01: nothing older was built */

static const struct byte_range nowhere = { 0, 0 };

bool time_is_plausible(const struct explanation *e, int64_t time)
{
	return time == 0 || (time >= EARLIEST && time <= e->latest);
}

static int by_name(const void *a, const void *b)
{
	const struct xattr *x = a, *y = b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = n ? memcmp(x->name.p, y->name.p, n) : 0;

	return order ? order : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

static struct xattr *sorted(struct explanation *e, const struct node *n)
{
	struct xattr *copy = arena_take(e->x.arena, n->xattr_count, sizeof(*copy));

	if (!copy) {
		e->x.lost = true;
		return NULL;
	}
	if (n->xattr_count)
		memcpy(copy, n->xattrs, n->xattr_count * sizeof(*copy));
	qsort(copy, n->xattr_count, sizeof(*copy), by_name);
	return copy;
}

static bool same_xattrs(struct explanation *e, const struct node *l, const struct node *r)
{
	struct xattr *a, *b;

	if (l->xattr_count != r->xattr_count)
		return false;
	if (l->xattr_count == 0)
		return true;
	a = sorted(e, l);
	b = sorted(e, r);
	for (uint32_t i = 0; a && b && i < l->xattr_count; i++)
		if (!span_equal(a[i].name, b[i].name) || !span_equal(a[i].value, b[i].value))
			return false;
	return a && b;
}

static void say_targets(struct explanation *e, const struct node *l, const struct node *r)
{
	struct text a = { 0 }, b = { 0 };

	text_escape(&a, l->target, "");
	text_escape(&b, r->target, "");
	differ(&e->x, CAUSE_TARGET, nowhere, nowhere, NULL, "%s -> %s", a.p ? a.p : "",
	       b.p ? b.p : "");
	text_free(&a);
	text_free(&b);
}

static bool is_device(const struct node *n)
{
	return n->kind == KIND_CHAR_DEVICE || n->kind == KIND_BLOCK_DEVICE;
}

/* What whoever opens it sees: all of a romfs, which has no owners, is root's (fs/romfs/super.c);
 * false where that is up to him. */
static bool owner_of(const struct node *n, uint32_t *uid, uint32_t *gid)
{
	*uid = n->uid;
	*gid = n->gid;
	return n->has_owner || (n->container && n->container->format == format_named("romfs"));
}

static void explain_owner(struct explanation *e, const struct node *l, const struct node *r)
{
	uint32_t uid, gid, his, its;
	bool left = owner_of(l, &uid, &gid), right = owner_of(r, &his, &its);

	if (left && right && (uid != his || gid != its))
		differ(&e->x, CAUSE_OWNER, nowhere, nowhere, NULL, "%u:%u -> %u:%u", uid, gid, his,
		       its);
	if (left != right && l->parent->container)
		leave_open(differ(&e->x, CAUSE_OWNER, nowhere, nowhere, NULL,
				  "stored on one side only"));
}

void explain_metadata(struct explanation *e, const struct pair *p)
{
	const struct node *l = p->left, *r = p->right;
	bool files = (l->kind == KIND_FILE || l->kind == KIND_HARDLINK) &&
		     (r->kind == KIND_FILE || r->kind == KIND_HARDLINK);

	if (l->kind != r->kind && !files) {
		differ(&e->x, CAUSE_KIND, nowhere, nowhere, NULL, "%s -> %s", kind_name(l->kind),
		       kind_name(r->kind));
		return;
	}
	/* The mode of a link means nothing (symlink(7)). */
	if (l->kind != KIND_SYMLINK && l->has_mode && r->has_mode && l->mode != r->mode)
		differ(&e->x, CAUSE_MODE, nowhere, nowhere, NULL, "%04o -> %04o", l->mode, r->mode);
	if (l->has_mode != r->has_mode && l->kind != KIND_SYMLINK && l->parent->container)
		leave_open(differ(&e->x, CAUSE_MODE, nowhere, nowhere, NULL,
				  "stored on one side only"));
	explain_owner(e, l, r);
	if (!same_xattrs(e, l, r))
		differ(&e->x, CAUSE_XATTR, nowhere, nowhere, NULL, NULL);
	if (l->kind == KIND_SYMLINK && !span_equal(l->target, r->target))
		say_targets(e, l, r);
	if (is_device(l) && (l->major != r->major || l->minor != r->minor))
		differ(&e->x, CAUSE_DEVICE, nowhere, nowhere, NULL, "%u:%u -> %u:%u", l->major,
		       l->minor, r->major, r->minor);
}

/* -- times -- */

static bool differs_in_time(const struct pair *p)
{
	const struct node *l = p->left, *r = p->right;

	return l && r && l->container && l->has_mtime && r->has_mtime &&
	       (l->mtime != r->mtime || l->mtime_ns != r->mtime_ns);
}

static int by_container(const void *a, const void *b)
{
	const struct pair *x = *(const struct pair *const *)a, *y = *(const struct pair *const *)b;

	if (x->in_left->id != y->in_left->id)
		return x->in_left->id < y->in_left->id ? -1 : 1;
	if (x->in_right->id != y->in_right->id)
		return x->in_right->id < y->in_right->id ? -1 : 1;
	return (x > y) - (x < y);
}

/* The times of a file system of the image are those of its files; an archive that is a file itself
 * holds them as any other content. */
static enum cause cause_of_times(const struct node *container)
{
	for (const struct node *n = container; n; n = n->parent)
		if (n->container)
			return CAUSE_TIMESTAMP;
	return CAUSE_MTIME;
}

static void say_times(struct explanation *e, const struct pair *const *p, uint32_t count)
{
	enum cause cause = cause_of_times(p[0]->in_left);
	uint32_t proven = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct node *l = p[i]->left, *r = p[i]->right;

		e->x.left = l;
		e->x.right = r;
		if (time_is_plausible(e, l->mtime) && time_is_plausible(e, r->mtime))
			proven++;
		else
			refuse_form(differ(&e->x, cause, nowhere, nowhere, NULL,
					   "%lld -> %lld: no time of a build", (long long)l->mtime,
					   (long long)r->mtime));
	}
	e->x.left = p[0]->in_left;
	e->x.right = p[0]->in_right;
	if (proven)
		differ(&e->x, cause, nowhere, nowhere, NULL,
		       proven == 1 ? "%u entry" : "%u entries", proven);
}

void explain_mtimes(struct explanation *e)
{
	const struct matching *m = e->m;
	const struct pair **list = arena_take(e->x.arena, m->pair_count, sizeof(struct pair *));
	uint32_t n = 0;

	if (!list) {
		e->x.lost = true;
		return;
	}
	for (uint32_t i = 0; i < m->pair_count; i++)
		if (differs_in_time(&m->pairs[i]))
			list[n++] = &m->pairs[i];
	qsort(list, n, sizeof(struct pair *), by_container);
	for (uint32_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && list[to]->in_left == list[from]->in_left &&
				    list[to]->in_right == list[from]->in_right;)
			to++;
		say_times(e, list + from, to - from);
	}
}
