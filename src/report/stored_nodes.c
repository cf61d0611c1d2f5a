/* stored_nodes.c - the nodes of a stored report. A node's locator is written again from what was
 * read, and must be the one that stands there. */
#include <stdlib.h>

#include "report/stored.h"

#define DEEPEST 48 /* regions within each other; the engine's own budget is 24 */

static uint32_t member(struct stored_reader *r, uint32_t object, const char *key)
{
	return json_find(&r->json, object, key);
}

/* The number behind a name in a row of names; -1: none of them. */
static int number_of(struct span name, const char *(*name_of)(int), int count)
{
	for (int i = 0; i < count; i++)
		if (span_is(name, name_of(i)))
			return i;
	return -1;
}

static const char *kind_text(int i)
{
	return kind_name((enum kind)i);
}

static const char *state_text(int i)
{
	return state_name((enum state)i);
}

static const char *fault_text(int i)
{
	return fault_kind_name((enum fault_kind)i);
}

static bool read_kind(struct stored_reader *r, uint32_t object, struct node *n)
{
	int kind = number_of(stored_said(r, stored_member(r, object, "kind")), kind_text,
			     KIND_SOCKET + 1);
	int state = number_of(stored_said(r, stored_member(r, object, "state")), state_text,
			      STATE_QUARANTINED + 1);

	if (kind < 0 || state < 0)
		return stored_wrong(r, "a kind or state that is not known");
	n->kind = (enum kind)kind;
	n->state = (enum state)state;
	return true;
}

static bool read_format(struct stored_reader *r, uint32_t object, struct node *n)
{
	struct span name = stored_said(r, stored_member(r, object, "format"));
	uint32_t label = member(r, object, "label");

	for (size_t i = 0; name.n && i < format_count && !n->format; i++)
		if (span_is(name, formats[i]->name))
			n->format = formats[i];
	if (name.n && !n->format)
		return stored_wrong(r, "a format that is not known");
	if (label != JSON_NONE)
		n->label = stored_text(r, label);
	return !r->wrong;
}

static unsigned depth_of(const struct node *n)
{
	unsigned depth = 0;

	for (; n && depth <= DEEPEST; n = n->container ? n->container : n->parent)
		depth++;
	return depth;
}

/* A node stands behind its parent; the image has none. */
static bool read_parent(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t item = stored_member(r, object, "parent");
	struct node *parent;

	if (stored_is_null(r, item))
		return n->id == 0 || stored_wrong(r, "no parent");
	parent = stored_node(r, item);
	if (r->wrong || parent->id >= n->id)
		return stored_wrong(r, "a parent that comes later");
	n->parent = parent;
	if (parent->last_child)
		parent->last_child->next = n;
	else
		parent->children = n;
	parent->last_child = n;
	return true;
}

static bool is_locator_of(struct stored_reader *r, struct span text, const struct node *n)
{
	return span_equal(locator_next(&r->locators, n), text);
}

/* The last step of the locator; the others are those of what it lies in, which are compared. */
static bool read_step(struct stored_reader *r, uint32_t object, struct node *n)
{
	struct span text = stored_said(r, stored_member(r, object, "locator"));
	const uint8_t *mark = text.n ? memrchr(text.p, '!', text.n) : NULL;
	struct step step = { 0 };
	size_t at = mark ? (size_t)(mark - text.p) + 1 : 0;

	if (text.n && !locator_step(r->arena, text, &at, &step))
		return stored_wrong(r, "locator");
	if (n->parent && text.n == 0)
		return stored_wrong(r, "locator");
	if (n->parent && !step.is_region) {
		n->path = step.path;
		n->twin = step.twin;
		n->container = n->parent->container ? n->parent->container : n->parent;
	}
	if (depth_of(n) > DEEPEST)
		return stored_wrong(r, "deeper than evenhand opens");
	return is_locator_of(r, text, n) || stored_wrong(r, "locator");
}

static bool read_place(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t offset = member(r, object, "offset");

	n->size = stored_u64(r, stored_member(r, object, "size"));
	n->has_place = offset != JSON_NONE;
	if (!n->has_place)
		return !r->wrong;
	n->offset = stored_u64(r, offset);
	n->length = stored_u64(r, stored_member(r, object, "length"));
	return !r->wrong;
}

static bool read_hex(struct stored_reader *r, struct span text, uint8_t *out)
{
	return span_hex(text, out, text.n / 2) || stored_wrong(r, "hexadecimal digits");
}

static bool read_sha256(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t item = member(r, object, "sha256");
	struct span text;

	if (item == JSON_NONE)
		return true;
	text = stored_bytes(r, item);
	n->has_sha256 = true;
	return (text.n == 2 * sizeof(n->sha256) || stored_wrong(r, "sha256")) &&
	       read_hex(r, text, n->sha256);
}

static bool read_mode(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t item = member(r, object, "mode");
	uint64_t mode;
	size_t used = 0;

	if (item == JSON_NONE)
		return true;
	if (!span_number(stored_bytes(r, item), 8, &mode, &used) || mode > 07777)
		return stored_wrong(r, "mode");
	n->mode = (uint32_t)mode;
	n->has_mode = true;
	return true;
}

static bool read_mtime(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t item = member(r, object, "mtime");
	struct span text;
	uint64_t seconds = 0;
	size_t used = 0;
	bool minus;

	if (item == JSON_NONE)
		return true;
	text = r->json.items[item].value;
	minus = span_byte(text, 0) == '-';
	if (!span_number(span_from(text, minus), 10, &seconds, &used) || seconds > INT64_MAX)
		return stored_wrong(r, "mtime");
	n->mtime = minus ? -(int64_t)seconds : (int64_t)seconds;
	n->mtime_ns = (uint32_t)stored_u64(r, stored_member(r, object, "mtime_ns"));
	n->has_mtime = true;
	return !r->wrong;
}

static bool read_xattrs(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t list = member(r, object, "xattrs"), count = stored_length(r, list);
	struct xattr *x = arena_take(r->arena, count, sizeof(*x));
	uint32_t at = 0;

	if (!x)
		return stored_no_memory(r);
	for (uint32_t i = json_child(&r->json, list); i != JSON_NONE;
	     i = json_next(&r->json, i), at++) {
		struct span value = stored_bytes(r, i);
		uint8_t *bytes = arena_take(r->arena, value.n / 2, 1);

		if (!bytes)
			return stored_no_memory(r);
		if (!read_hex(r, value, bytes))
			return false;
		x[at].name = stored_key(r, i);
		x[at].value = (struct span){ bytes, value.n / 2 };
	}
	n->xattrs = x;
	n->xattr_count = count;
	return !r->wrong;
}

static bool read_special(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t uid = member(r, object, "uid"), device = member(r, object, "device"),
		 capabilities = member(r, object, "capabilities"),
		 entropy = member(r, object, "entropy_millibits");

	if (uid != JSON_NONE) {
		n->has_owner = true;
		n->uid = (uint32_t)stored_u64(r, uid);
		n->gid = (uint32_t)stored_u64(r, stored_member(r, object, "gid"));
	}
	if (n->kind == KIND_SYMLINK)
		n->target = stored_bytes(r, stored_member(r, object, "target"));
	if (device != JSON_NONE) {
		uint32_t first = json_child(&r->json, device);

		n->major = (uint32_t)stored_u64(r, first);
		n->minor = (uint32_t)stored_u64(r, json_next(&r->json, first));
	}
	if (capabilities != JSON_NONE)
		n->capabilities = stored_bytes(r, capabilities);
	if (entropy != JSON_NONE)
		n->entropy = (uint32_t)stored_u64(r, entropy);
	return !r->wrong;
}

static bool read_fault(struct stored_reader *r, uint32_t object, struct node_fault *f)
{
	int kind = number_of(stored_said(r, stored_member(r, object, "kind")), fault_text,
			     FAULT_MEMORY + 1);

	if (kind < 0)
		return stored_wrong(r, "a fault that is not known");
	f->fault = (struct fault){
		.kind = (enum fault_kind)kind,
		.what = stored_text(r, stored_member(r, object, "what")),
		.at = stored_u64(r, stored_member(r, object, "at")),
		.got = stored_u64(r, stored_member(r, object, "found")),
		.limit = stored_u64(r, stored_member(r, object, "allowed")),
	};
	return !r->wrong;
}

static bool read_faults(struct stored_reader *r, uint32_t object, struct node *n)
{
	uint32_t list = member(r, object, "faults");
	struct node_fault **end = &n->faults;

	for (uint32_t i = json_child(&r->json, list); i != JSON_NONE; i = json_next(&r->json, i)) {
		struct node_fault *f = arena_take(r->arena, 1, sizeof(*f));

		if (!f)
			return stored_no_memory(r);
		if (!read_fault(r, i, f))
			return false;
		*end = f;
		end = &f->next;
	}
	return true;
}

static bool read_node(struct stored_reader *r, uint32_t object, struct node *n)
{
	return read_kind(r, object, n) && read_format(r, object, n) && read_place(r, object, n) &&
	       read_parent(r, object, n) && read_step(r, object, n) && read_sha256(r, object, n) &&
	       read_mode(r, object, n) && read_mtime(r, object, n) && read_special(r, object, n) &&
	       read_xattrs(r, object, n) && read_faults(r, object, n);
}

/* -- hard links name their first name by its locator -- */

struct place {
	struct span locator; /* as it is written */
	struct node *node;
};

static int by_locator(const void *a, const void *b)
{
	return span_compare(((const struct place *)a)->locator, ((const struct place *)b)->locator);
}

static bool link_nodes(struct stored_reader *r, uint32_t array)
{
	struct tree *t = &r->s->tree;
	struct place *places = arena_take(r->arena, t->count, sizeof(*places));
	uint32_t id = 0;

	if (!places)
		return stored_no_memory(r);
	for (uint32_t i = json_child(&r->json, array); i != JSON_NONE;
	     i = json_next(&r->json, i), id++)
		places[id] = (struct place){ json_value(&r->json, i, "locator"), t->nodes[id] };
	qsort(places, t->count, sizeof(*places), by_locator);
	id = 0;
	for (uint32_t i = json_child(&r->json, array); i != JSON_NONE;
	     i = json_next(&r->json, i), id++) {
		struct place wanted = { json_value(&r->json, i, "hardlink_of"), NULL }, *found;

		if (wanted.locator.n == 0)
			continue;
		found = bsearch(&wanted, places, t->count, sizeof(*places), by_locator);
		r->index = id;
		if (!found)
			return stored_wrong(r, "hardlink_of");
		t->nodes[id]->hardlink_of = found->node;
	}
	return true;
}

bool stored_nodes(struct stored_reader *r, uint32_t array)
{
	struct tree *t = &r->s->tree;
	uint32_t count = stored_length(r, array);
	struct node *nodes = arena_take(r->arena, count, sizeof(*nodes));

	r->list = "nodes";
	t->nodes = arena_take(r->arena, count, sizeof(*t->nodes));
	if (!nodes || !t->nodes)
		return stored_no_memory(r);
	if (count == 0)
		return stored_wrong(r, "none");
	t->image = nodes;
	for (uint32_t i = json_child(&r->json, array); i != JSON_NONE; i = json_next(&r->json, i)) {
		struct node *n = &nodes[t->count];

		r->index = n->id = t->count;
		t->nodes[t->count++] = n;
		if (stored_u64(r, stored_member(r, i, "id")) != n->id || !read_node(r, i, n))
			return stored_wrong(r, "id");
	}
	return link_nodes(r, array);
}
