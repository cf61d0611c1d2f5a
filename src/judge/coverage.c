/* coverage.c - how much of the image was understood: its bytes, tiled exactly by raw regions. */
#include "judge/judge.h"

#include <stdio.h>

struct tiling {
	struct coverage *c;
	uint32_t room;
	struct arena *arena;
	bool failed;
};

static void add_region(struct tiling *t, const struct node *n, uint64_t at, uint64_t length)
{
	struct coverage *c = t->c;

	if (c->count == t->room) {
		uint32_t room = t->room ? t->room * 2 : 64;
		const struct node **regions = arena_take(t->arena, room, sizeof(*regions));
		uint64_t *places = arena_take(t->arena, room, sizeof(*places));
		uint64_t *lengths = arena_take(t->arena, room, sizeof(*lengths));

		if (!regions || !places || !lengths) {
			t->failed = true;
			return;
		}
		if (c->count) {
			memcpy(regions, c->regions, c->count * sizeof(*regions));
			memcpy(places, c->at, c->count * sizeof(*places));
			memcpy(lengths, c->length, c->count * sizeof(*lengths));
		}
		c->regions = regions;
		c->at = places;
		c->length = lengths;
		t->room = room;
	}
	c->regions[c->count] = n;
	c->at[c->count] = at;
	c->length[c->count++] = length;
	c->bytes[n->state] += length;
}

/* Regions whose own bytes are tiled by regions are replaced by these; the content of a stream or of
 * a file system has no place in the image of its own. */
bool region_is_tiled(const struct node *n)
{
	bool stream = n->format && n->format->shape == SHAPE_STREAM;

	return n->children && !n->children->container && !stream;
}

static void tile(struct tiling *t, const struct node *n, uint64_t base)
{
	const struct node *child;

	if (!region_is_tiled(n)) {
		add_region(t, n, base, n->length);
		return;
	}
	for (child = n->children; child && !t->failed; child = child->next)
		if (!child->container)
			tile(t, child, base + child->offset);
}

static bool is_exact(const struct coverage *c, uint64_t size)
{
	uint64_t pos = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		if (c->at[i] != pos)
			return false;
		pos += c->length[i];
	}
	return pos == size;
}

static bool is_gap(const struct node *n)
{
	return n->state != STATE_UNDERSTOOD && n->state != STATE_PADDING;
}

/* What stands between known parts of a file: observers saw it like any file of unknown kind. */
static bool is_rest_of_file(const struct node *n)
{
	return n->state == STATE_UNKNOWN && !n->format && !n->container && n->parent &&
	       n->parent->container && n->entropy <= DENSE_MILLIBITS;
}

static bool hides_something(const struct node *n)
{
	if (is_rest_of_file(n))
		return false;
	if (!is_gap(n) || !region_is_tiled(n))
		return is_gap(n);
	for (const struct node_fault *f = n->faults; f; f = f->next)
		if (f->fault.kind != FAULT_BROKEN)
			return true;
	return false;
}

/* `inside` has one mark a node: it lies within a gap. */
static void find_blind(const struct tree *t, uint8_t *inside, struct coverage *c)
{
	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];
		bool below = n->parent && inside[n->parent->id];

		if (!below && hides_something(n))
			c->blind[c->blind_count++] = n;
		inside[i] = below || (is_gap(n) && !region_is_tiled(n));
	}
}

bool coverage_of(const struct tree *t, struct arena *a, struct coverage *c)
{
	struct tiling tiling = { .c = c, .arena = a };
	uint8_t *inside = arena_take(a, t->count, 1);
	uint32_t gaps = 0;

	*c = (struct coverage){ 0 };
	tile(&tiling, t->image, 0);
	if (tiling.failed || !inside)
		return false;
	c->is_exact = is_exact(c, t->image->size);
	for (uint32_t i = 0; i < t->count; i++)
		gaps += is_gap(t->nodes[i]);
	c->gaps = arena_take(a, gaps, sizeof(*c->gaps));
	c->blind = arena_take(a, gaps, sizeof(*c->blind));
	if (!c->gaps || !c->blind)
		return false;
	for (uint32_t i = 0; i < t->count; i++)
		if (is_gap(t->nodes[i]))
			c->gaps[c->gap_count++] = t->nodes[i];
	find_blind(t, inside, c);
	return true;
}

void gap_describe(const struct node *n, char *line, size_t size)
{
	if (n->faults)
		fault_describe(n->faults->fault, line, size);
	else
		snprintf(line, size, "%s",
			 n->state == STATE_ENCRYPTED ? "looks encrypted"
						     : "no format that is known");
}
