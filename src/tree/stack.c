/* stack.c - see stack.h. */
#include "tree/stack.h"

#define WHITEOUT     ".wh."
#define OPAQUE       ".wh..wh..opq"
#define MOST_LINKS   40
#define LONGEST_PATH 8192
#define LONGEST_NAME 4096

static void say(struct stack *s, struct fault f)
{
	if (s->fault.kind == FAULT_NONE)
		s->fault = f;
}

/* -- the table of items -- */

/* A name is unique below its parent. */
static struct span key_of(uint8_t key[4 + LONGEST_NAME], uint32_t parent, struct span name)
{
	for (int i = 0; i < 4; i++)
		key[i] = (uint8_t)(parent >> 8 * i);
	memcpy(key + 4, name.p, name.n);
	return (struct span){ key, 4 + name.n };
}

static uint32_t find_item(const struct stack *s, uint32_t parent, struct span name)
{
	uint8_t key[4 + LONGEST_NAME];
	const struct name *known = names_find(&s->names, key_of(key, parent, name));

	return known && known->number ? known->number : STACK_NONE;
}

/* Gives a name to another item, or to none. */
static void set_item(struct stack *s, uint32_t parent, struct span name, uint32_t item)
{
	uint8_t key[4 + LONGEST_NAME];
	struct span text = key_of(key, parent, name);
	struct name *known = names_find(&s->names, text);

	if (!known && item != STACK_NONE)
		known = names_add(&s->names, arena_copy(s->arena, text));
	if (known)
		known->number = item == STACK_NONE ? 0 : item;
}

static uint32_t add_item(struct stack *s, uint32_t parent, struct span name,
			 const struct node *from)
{
	if (s->count == s->room) {
		uint32_t room = s->room ? s->room * 2 : 256;
		struct stack_item *more = arena_take(s->arena, room, sizeof(*more));

		if (!more) {
			say(s, fault_at(FAULT_MEMORY, 0, "layers", s->count, 0));
			return STACK_NONE;
		}
		if (s->count)
			memcpy(more, s->items, s->count * sizeof(*more));
		s->items = more;
		s->room = room;
	}
	s->items[s->count] = (struct stack_item){ .from = from,
						  .parent = parent,
						  .name = arena_copy(s->arena, name) };
	if (s->count != STACK_ROOT)
		set_item(s, parent, name, s->count);
	return s->count++;
}

static bool is_directory(const struct stack *s, uint32_t item)
{
	return !s->items[item].from || s->items[item].from->kind == KIND_DIRECTORY;
}

/* -- paths, as a runtime resolves them in the stacked file system -- */

struct path {
	uint8_t text[LONGEST_PATH];
	size_t n, at;
	int links;
};

static bool path_next(struct path *p, struct span *name)
{
	struct span all = { p->text, p->n };
	size_t end = span_find(all, p->at, span_text("/"));

	if (p->at >= p->n)
		return false;
	*name = span_sub(all, p->at, (end < p->n ? end : p->n) - p->at);
	p->at += name->n + 1;
	return true;
}

/* A link's text takes the place of what was passed. */
static bool path_follow(struct path *p, struct span target)
{
	size_t left = p->at < p->n ? p->n - p->at : 0;

	if (++p->links > MOST_LINKS || target.n == 0 || target.n + 1 + left > sizeof(p->text))
		return false;
	memmove(p->text + target.n + 1, p->text + (left ? p->at : 0), left);
	memcpy(p->text, target.p, target.n);
	p->text[target.n] = '/';
	p->n = target.n + 1 + left;
	p->at = 0;
	return true;
}

/* The directory of that path; what is missing is made where `make` says so. */
static uint32_t directory_at(struct stack *s, struct span path, bool make)
{
	struct path p = { .n = path.n };
	uint32_t dir = STACK_ROOT;
	struct span name;

	if (path.n > sizeof(p.text))
		return STACK_NONE;
	if (path.n)
		memcpy(p.text, path.p, path.n);
	while (dir != STACK_NONE && path_next(&p, &name)) {
		uint32_t i;

		if (name.n == 0 || span_is(name, "."))
			continue;
		if (span_is(name, "..")) {
			dir = s->items[dir].parent;
			continue;
		}
		if (name.n > LONGEST_NAME)
			return STACK_NONE;
		i = find_item(s, dir, name);
		if (i != STACK_NONE && !is_directory(s, i) &&
		    s->items[i].from->kind == KIND_SYMLINK) {
			dir = span_byte(s->items[i].from->target, 0) == '/' ? STACK_ROOT : dir;
			if (!path_follow(&p, s->items[i].from->target))
				return STACK_NONE;
			continue;
		}
		if (i == STACK_NONE || !is_directory(s, i))
			i = make ? add_item(s, dir, name, NULL) : STACK_NONE;
		dir = i;
	}
	return dir;
}

/* A path's directory, and its last name. */
static uint32_t split_path(struct stack *s, struct span path, bool make, struct span *name)
{
	size_t end = path.n;

	while (end > 0 && path.p[end - 1] != '/')
		end--;
	*name = span_from(path, end);
	if (name->n > LONGEST_NAME || is_dot(*name))
		return STACK_NONE;
	return directory_at(s, span_head(path, end), make);
}

/* -- one layer over those before it -- */

/* What a layer hides of those below it. Entries of its own are not there yet. */
static void hide(struct stack *s, struct node *n)
{
	struct span name = node_name(n);
	uint32_t dir;

	if (!span_starts(name, span_text(WHITEOUT)))
		return;
	dir = split_path(s, n->path, false, &name);
	if (dir == STACK_NONE)
		return;
	if (!span_is(name, OPAQUE))
		set_item(s, dir, span_from(name, strlen(WHITEOUT)), STACK_NONE);
	else if (dir == STACK_ROOT)
		s->names = (struct names){ .arena = s->arena };
	else /* the directory anew, without what it held */
		add_item(s, s->items[dir].parent, s->items[dir].name, s->items[dir].from);
}

/* The content of a file, or of the one that a hard link leads to, here or in a layer below. */
static struct node *file_of(struct stack *s, struct node *n)
{
	struct span name;
	uint32_t dir, i;

	if (n->kind != KIND_HARDLINK || n->hardlink_of)
		return n->kind == KIND_FILE ? n : n->hardlink_of;
	dir = split_path(s, n->target, false, &name);
	i = dir == STACK_NONE ? STACK_NONE : find_item(s, dir, name);
	return i == STACK_NONE ? NULL : s->items[i].file;
}

static void put(struct stack *s, struct node *n)
{
	struct span name;
	uint32_t dir, i;

	if (span_is(n->path, "/")) {
		s->items[STACK_ROOT].from = n;
		return;
	}
	if (span_starts(node_name(n), span_text(WHITEOUT)))
		return;
	dir = split_path(s, n->path, true, &name);
	if (dir == STACK_NONE) {
		say(s, fault_at(FAULT_LIMIT, 0, "path in a layer", n->path.n, LONGEST_PATH));
		return;
	}
	i = find_item(s, dir, name);
	if (i != STACK_NONE && is_directory(s, i) && n->kind == KIND_DIRECTORY) {
		s->items[i].from = n;
		return;
	}
	i = add_item(s, dir, name, n);
	if (i != STACK_NONE)
		s->items[i].file = file_of(s, n);
}

struct node *stack_next(const struct node *n, const struct node *archive)
{
	if (n->kind == KIND_DIRECTORY && n->children)
		return n->children;
	while (n != archive && !n->next)
		n = n->parent;
	return n == archive ? NULL : n->next;
}

static void each_entry(struct stack *s, const struct node *archive,
		       void (*what)(struct stack *s, struct node *n))
{
	for (struct node *n = archive->children; n; n = stack_next(n, archive))
		if (n->container == archive)
			what(s, n);
}

bool stack_begin(struct stack *s, struct arena *a)
{
	*s = (struct stack){ .arena = a, .names = { .arena = a } };
	return add_item(s, STACK_ROOT, (struct span){ 0 }, NULL) == STACK_ROOT;
}

void stack_layer(struct stack *s, const struct node *archive)
{
	each_entry(s, archive, hide);
	each_entry(s, archive, put);
}

bool stack_holds(const struct stack *s, uint32_t item)
{
	return find_item(s, s->items[item].parent, s->items[item].name) == item;
}
