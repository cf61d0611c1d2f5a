/* dump_units.c - an image taken apart: partitions, file systems and kernels without what carries
 * them. */
#include <stdlib.h>

#include "compare/dump.h"

#define MOST_ROUNDS 4 /* of taking apart */

static bool is_called(const struct node *n, const char *const *names)
{
	for (; n->format && *names; names++)
		if (strcmp(n->format->name, *names) == 0)
			return true;
	return false;
}

bool is_flash_layer(const struct node *n)
{
	static const char *const names[] = { "nand-oob", "gpt", "mbr", NULL };

	return is_called(n, names);
}

bool is_environment(const struct node *n)
{
	static const char *const names[] = { "u-boot-env", NULL };

	return is_called(n, names);
}

bool is_writable(const struct node *n)
{
	static const char *const names[] = { "jffs2", "ubifs",    "ext",   "f2fs",
					     "yaffs", "littlefs", "btrfs", NULL };

	return is_called(n, names);
}

/* Archives and volumes that hold whole file systems as entries. */
static bool is_archive(const struct node *n)
{
	static const char *const names[] = { "ubi", "zip", "tar", "tar-v7", NULL };

	return is_called(n, names);
}

/* -- units -- */

static void unit_add(struct units *u, const struct node *n, const struct node *in)
{
	if (u->n == MOST_UNITS)
		u->full = true;
	else
		u->p[u->n++] = (struct unit){ .node = n, .in = in };
}

static void carrier_add(struct units *u, const struct node *n)
{
	if (u->carrier_count == MOST_UNITS)
		u->full = true;
	else
		u->carriers[u->carrier_count++] = n;
}

/* Headers and the like of what carries the parts: its own bytes. */
static bool is_own_piece(const struct node *in, const struct node *c)
{
	return in->format && !c->format && c->state == STATE_UNDERSTOOD &&
	       !(c->label && strcmp(c->label, "text") == 0);
}

/* The regions of a content; for those that only carry others, what they carry. */
static void add_units(struct units *u, const struct node *in, int depth)
{
	for (const struct node *c = in->children; c && !u->full; c = c->next) {
		if (is_own_piece(in, c))
			continue;
		if (is_flash_layer(c) && c->children && depth < MOST_ROUNDS) {
			carrier_add(u, c);
			add_units(u, c, depth + 1);
		} else {
			unit_add(u, c, in);
		}
	}
}

static void add_carried(struct units *u, const struct node *carrier)
{
	carrier_add(u, carrier);
	if (!is_archive(carrier)) {
		add_units(u, carrier, 0);
		return;
	}
	for (const struct node *e = node_next(carrier, carrier); e; e = node_next(e, carrier))
		if (e->container == carrier && e->kind == KIND_FILE) {
			if (e->children)
				add_units(u, e, 0);
			else
				unit_add(u, e, carrier);
		}
}

static bool has_format(const struct units *u, const struct format *f)
{
	for (uint32_t i = 0; i < u->n; i++)
		if (u->p[i].node->format == f)
			return true;
	return false;
}

/* A wrapping that the other side does not have. */
static bool is_wrapping(const struct node *n, const struct units *other)
{
	if (!n->format || !n->children || n->kind != KIND_REGION || has_format(other, n->format))
		return false;
	if (is_environment(n) || n->format->shape != SHAPE_CONTAINER)
		return false;
	return is_archive(n) || !has_entries(n);
}

static bool take_apart(struct units *u, const struct units *other)
{
	struct units *old = malloc(sizeof(*old));
	bool changed = false;

	if (!old)
		return false;
	*old = *u;
	u->n = 0;
	for (uint32_t i = 0; i < old->n; i++) {
		if (is_wrapping(old->p[i].node, other)) {
			add_carried(u, old->p[i].node);
			changed = true;
		} else {
			unit_add(u, old->p[i].node, old->p[i].in);
		}
	}
	free(old);
	return changed;
}

void units_of(struct units *release, const struct node *a, struct units *dump, const struct node *b)
{
	add_units(release, a, 0);
	add_units(dump, b, 0);
	for (int i = 0; i < MOST_ROUNDS; i++) {
		bool changed = take_apart(release, dump);

		if (!take_apart(dump, release) && !changed)
			return;
	}
}
