/* layers.c - images of containers: what a runtime would see when it stacks their layers. Sources:
 * OCI image-spec image-layout.md, manifest.md; for docker-save archives moby image/spec/v1.2.md.
 *
 * The layers themselves are opened like any archive, and stay as they are: a file that a later
 * layer hides is evidence too. The view is a folder beside them, in which each file is a hard link
 * to the one in the layer that it comes from. Nothing is read twice for it. */
#include "base/jsontext.h"
#include "format/marks.h"
#include "format/parts.h"
#include "tree/engine.h"
#include "tree/stack.h"

#define VIEW         "/rootfs"
#define MOST_TEXT    (4u << 20) /* of all manifests of an archive */
#define MOST_IMAGES  64
#define MOST_LAYERS  1024 /* of an image */
#define MOST_USES    32   /* of each entry, by all images together */
#define MOST_NESTING 4    /* of an index in an index */

struct view {
	struct worker *w;
	struct node *container;
	const struct listing *l;
	struct names *paths; /* of the archive's members */
	struct names met;    /* layers whose entries `left` already counts */
	uint64_t left;       /* entries that may still be stacked */
	uint64_t text;       /* bytes of manifests that may still be read */
	uint32_t images;
	bool is_full; /* a limit was met: no further image is read */
	/* of the image in hand */
	struct stack stack;
	uint32_t layers;
	struct fault fault;
};

static void say(struct view *v, struct fault f)
{
	if (v->fault.kind == FAULT_NONE)
		v->fault = f;
}

/* -- where the layers are -- */

static bool is_tar(const struct node *n)
{
	return n->format &&
	       (strcmp(n->format->name, "tar") == 0 || strcmp(n->format->name, "tar-v7") == 0);
}

/* "/" and the components of two paths, the second from the first on; what "..", "." and empty ones
 * say is done. */
static struct span join_paths(struct arena *a, struct span first, struct span second)
{
	uint8_t *text = arena_take(a, (uint64_t)first.n + second.n + 2, 1);
	size_t n = 0;

	for (int i = 0; text && i < 2; i++) {
		struct span rest = i ? second : first;

		while (rest.n) {
			struct span name = span_head(rest, span_find(rest, 0, span_text("/")));

			rest = span_from(rest, name.n + (name.n < rest.n));
			while (span_is(name, "..") && n > 0 && text[--n] != '/')
				;
			if (name.n == 0 || is_dot(name))
				continue;
			text[n++] = '/';
			memcpy(text + n, name.p, name.n);
			n += name.n;
		}
	}
	return (struct span){ text, n };
}

/* The member of that path. In old archives a layer that two images share is a link to the other. */
static const struct node *member_at(const struct view *v, struct span path)
{
	struct arena *a = v->l->arena;
	const struct name *known;
	const struct node *n;

	known = names_find(v->paths, join_paths(a, path, (struct span){ 0 }));
	n = known ? known->what : NULL;
	if (!n || n->kind != KIND_SYMLINK)
		return n;
	path = span_head(n->path, n->path.n - node_name(n).n);
	known = names_find(v->paths, join_paths(a, path, n->target));
	return known ? known->what : NULL;
}

/* The archive in a member, packed or not. */
static const struct node *layer_in(const struct node *member)
{
	const struct node *n = member->children;

	while (n && !n->container && !is_tar(n))
		n = n->children;
	return n && !n->container ? n : NULL;
}

/* A layer without entries is an archive of zeros only, which is no archive that can be recognised.
 */
static bool is_empty_layer(const struct view *v, const struct node *member)
{
	const struct node *n = member;

	while (n->children && n->children == n->last_child)
		n = n->children;
	return n->state == STATE_PADDING ||
	       (n == member && !n->children && n->has_place && n->length &&
		is_filled(v->l->in, n->offset, n->length, 0));
}

static uint64_t count_entries(const struct node *layer)
{
	uint64_t count = 0;

	for (const struct node *n = layer->children; n; n = stack_next(n, layer))
		count++;
	return count;
}

static void add_layer(struct view *v, struct span path)
{
	const struct node *member = member_at(v, path), *layer = member ? layer_in(member) : NULL;
	struct name *met;

	if (++v->layers > MOST_LAYERS) {
		say(v, fault_at(FAULT_LIMIT, 0, "layers", v->layers, MOST_LAYERS));
		return;
	}
	if (!layer) {
		if (!member || !is_empty_layer(v, member))
			say(v, fault_at(FAULT_SHORT, 0, "layer", v->layers, 0));
		return;
	}
	met = names_add(&v->met, member->path);
	if (!met)
		return;
	if (met->number == 0) {
		met->number = (uint32_t)count_entries(layer) + 1;
		v->left += (uint64_t)met->number * MOST_USES;
	}
	if (!budget_take(&v->left, met->number)) {
		say(v, fault_at(FAULT_LIMIT, 0, "layers used again", met->number, v->left));
		return;
	}
	stack_layer(&v->stack, layer);
}

/* -- from items to nodes -- */

static struct span shown_path(struct view *v, const struct node *parent, struct span name)
{
	uint8_t *p = arena_take(&v->w->arena, parent->path.n + 1 + name.n, 1);

	if (!p)
		return (struct span){ 0 };
	memcpy(p, parent->path.p, parent->path.n);
	p[parent->path.n] = '/';
	if (name.n)
		memcpy(p + parent->path.n + 1, name.p, name.n);
	return (struct span){ p, parent->path.n + 1 + name.n };
}

static void copy_entry(struct node *n, const struct node *from)
{
	n->mode = from->mode;
	n->uid = from->uid;
	n->gid = from->gid;
	n->has_mode = from->has_mode;
	n->has_owner = from->has_owner;
	n->has_mtime = from->has_mtime;
	n->mtime = from->mtime;
	n->mtime_ns = from->mtime_ns;
	n->target = from->target;
	n->major = from->major;
	n->minor = from->minor;
	n->xattrs = from->xattrs;
	n->xattr_count = from->xattr_count;
	n->capabilities = from->capabilities;
	n->size = from->kind == KIND_SYMLINK ? from->target.n : 0;
}

static void show(struct view *v, struct stack_item *item, struct node *parent)
{
	const struct node *from = item->from;
	bool is_file = from && (from->kind == KIND_FILE || from->kind == KIND_HARDLINK);
	enum kind kind = !from ? KIND_DIRECTORY : is_file ? KIND_HARDLINK : from->kind;
	struct node *n = node_new(v->w, parent, kind);

	if (!n)
		return;
	n->container = v->container;
	n->path = shown_path(v, parent, item->name);
	if (from)
		copy_entry(n, from);
	if (is_file && !node_join(n, item->file))
		node_fault(v->w, n, fault_at(FAULT_SHORT, 0, "first name of the link", 0, 0));
	node_enter(v->paths, n);
	node_link(parent, n);
	item->shown = n;
}

/* The folder that is shown for an image, and what it is made from. */
static void show_root(struct view *v, struct span tag)
{
	struct stack_item *item = &v->stack.items[STACK_ROOT];
	struct name *root = names_find(v->paths, span_text("/"));
	struct node *n = root ? node_new(v->w, root->what, KIND_DIRECTORY) : NULL;
	struct text label = { 0 };

	if (!n)
		return;
	n->container = v->container;
	n->path = span_text(VIEW);
	if (item->from)
		copy_entry(n, item->from);
	text_puts(&label, "merged layers of ");
	text_escape(&label, tag, "");
	n->label = arena_text(&v->w->arena, text_span(&label));
	text_free(&label);
	node_fault(v->w, n, v->fault.kind ? v->fault : v->stack.fault);
	node_enter(v->paths, n);
	node_link(root->what, n);
	item->shown = n;
}

static void show_image(struct view *v, struct span tag)
{
	struct stack *s = &v->stack;

	if (!may_list(v->w, v->container, s->count))
		return;
	show_root(v, tag);
	for (uint32_t i = STACK_ROOT + 1; i < s->count; i++) {
		struct node *parent = s->items[s->items[i].parent].shown;

		if (parent && stack_holds(s, i))
			show(v, &s->items[i], parent);
	}
}

/* -- what the archive says of its images -- */

static bool is_full(struct view *v, const char *what, uint64_t got, uint64_t most)
{
	if (got > most && !v->is_full) {
		v->is_full = true;
		node_fault(v->w, v->container, fault_at(FAULT_LIMIT, 0, what, got, most));
	}
	return v->is_full;
}

static bool read_json(struct view *v, struct span path, struct json_text *t)
{
	const struct name *known = names_find(v->paths, path);
	const struct node *n = known ? known->what : NULL;

	if (!n || n->kind != KIND_FILE || !n->has_place ||
	    is_full(v, "manifests", n->length, v->text))
		return false;
	v->text -= n->length;
	return json_text_read(v->l->arena, span_sub(v->l->in, n->offset, n->length), t).kind ==
	       FAULT_NONE;
}

static bool begin_image(struct view *v)
{
	v->layers = 0;
	v->fault = fine;
	return !is_full(v, "images", ++v->images, MOST_IMAGES) &&
	       stack_begin(&v->stack, v->l->arena);
}

/* "sha256:9c0f..." as the path of a blob, with its leading slash. */
static struct span blob_path(struct arena *a, struct span digest)
{
	struct text t = { 0 };
	size_t colon = span_find(digest, 0, span_text(":"));
	struct span path = { 0 };

	if (colon == SIZE_MAX)
		return path;
	text_puts(&t, "/blobs/");
	text_put(&t, span_head(digest, colon));
	text_char(&t, '/');
	text_put(&t, span_from(digest, colon + 1));
	path = arena_copy(a, text_span(&t));
	text_free(&t);
	return path;
}

/* Layers that are no archives belong to other things than images: signatures, charts. */
static void read_manifest(struct view *v, const struct json_text *t, struct span tag)
{
	uint32_t i = json_child(t, json_find(t, 0, "layers"));

	if (i == JSON_NONE || !begin_image(v))
		return;
	for (; i != JSON_NONE; i = json_next(t, i)) {
		struct span type = json_value(t, i, "mediaType");

		if (type.n == 0 || span_find(type, 0, span_text("tar")) != SIZE_MAX)
			add_layer(v, blob_path(v->l->arena, json_value(t, i, "digest")));
	}
	if (v->layers)
		show_image(v, tag);
}

/* An index leads to manifests and to further ones. */
static void read_index(struct view *v, const struct json_text *t, uint32_t nesting)
{
	uint32_t i = json_child(t, json_find(t, 0, "manifests"));

	for (; i != JSON_NONE && !v->is_full; i = json_next(t, i)) {
		struct span digest = json_value(t, i, "digest");
		struct span tag = json_value(t, json_find(t, i, "annotations"),
					     "org.opencontainers.image.ref.name");
		struct json_text next;

		if (!read_json(v, blob_path(v->l->arena, digest), &next))
			continue;
		if (json_find(&next, 0, "manifests") == JSON_NONE)
			read_manifest(v, &next, tag.n ? tag : digest);
		else if (nesting < MOST_NESTING)
			read_index(v, &next, nesting + 1);
	}
}

/* The list that `docker save` writes. */
static void read_saved(struct view *v, const struct json_text *t)
{
	for (uint32_t i = json_child(t, 0); i != JSON_NONE && !v->is_full; i = json_next(t, i)) {
		uint32_t tag = json_child(t, json_find(t, i, "RepoTags"));
		uint32_t layer = json_child(t, json_find(t, i, "Layers"));

		if (layer == JSON_NONE || !begin_image(v))
			continue;
		for (; layer != JSON_NONE; layer = json_next(t, layer))
			add_layer(v, t->items[layer].value);
		show_image(v, tag != JSON_NONE ? t->items[tag].value : json_value(t, i, "Config"));
	}
}

void merge_layers(struct worker *w, struct node *container, const struct listing *l,
		  struct names *paths)
{
	struct view v = { .w = w,
			  .container = container,
			  .l = l,
			  .paths = paths,
			  .met = { .arena = l->arena },
			  .text = MOST_TEXT };
	struct json_text t;

	if (!is_tar(container) || w->engine->over)
		return;
	if (read_json(&v, span_text("/manifest.json"), &t) && t.items[0].kind == JSON_ARRAY)
		read_saved(&v, &t);
	else if (names_find(paths, span_text("/oci-layout")) &&
		 read_json(&v, span_text("/index.json"), &t))
		read_index(&v, &t, 0);
}

/* -- blobs -- */

/* OCI image-layout.md, "Blobs": each is named by its digest. One that has another is not what the
 * manifests speak of. */
static void check_blob(struct worker *w, struct node *n)
{
	static const char folder[] = "/blobs/sha256/";
	struct span path = n->path, name = span_from(path, sizeof(folder) - 1);
	uint8_t digest[sizeof(n->sha256)];

	if (!n->has_sha256 || !span_starts(path, span_text(folder)) ||
	    name.n != 2 * sizeof(digest) || !span_hex(name, digest, sizeof(digest)))
		return;
	if (memcmp(digest, n->sha256, sizeof(digest)) != 0)
		node_fault(w, n, fault_at(FAULT_BROKEN, 0, "digest that is its name", 0, 0));
}

void check_blobs(struct worker *w, struct tree *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->nodes[i]->kind == KIND_FILE)
			check_blob(w, t->nodes[i]);
}
