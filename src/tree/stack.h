/* stack.h - inside tree/: layers of a container's image, one over the other, as a runtime unpacks
 * them (OCI image-spec layer.md): directories are joined, anything else replaces what has its path,
 * and whiteouts hide what lies below. Parents are resolved through links, as runtimes do. */
#ifndef EVENHAND_TREE_STACK_H
#define EVENHAND_TREE_STACK_H

#include "base/names.h"
#include "tree/node.h"

enum { STACK_ROOT, STACK_NONE = UINT32_MAX };

/* A path. Parents stand before what lies below them. */
struct stack_item {
	const struct node *from; /* NULL: a directory that only a path below it speaks of */
	struct node *file;  /* the content of a file, or of the file that a hard link leads to */
	struct node *shown; /* the caller's own */
	uint32_t parent;
	struct span name;
};

struct stack {
	struct arena *arena;
	struct names names; /* parent and name -> item */
	struct stack_item *items;
	uint32_t count, room;
	struct fault fault; /* the first one */
};

/* An empty file system, of a root alone. */
bool stack_begin(struct stack *s, struct arena *a);

/* Puts the entries of an archive over what is there. */
void stack_layer(struct stack *s, const struct node *archive);

/* The next entry of an archive in tree order; what lies inside of files is none. */
struct node *stack_next(const struct node *n, const struct node *archive);

/* Whether an item was neither replaced nor hidden; what lies below one that was is gone too. */
bool stack_holds(const struct stack *s, uint32_t item);

#endif
