/* scene.h - trees and facts made by hand, for tests of judge/ and report/. Everything lies in one
 * arena; nodes are numbered in the order in which they are made, which is tree order. */
#ifndef EVENHAND_TESTS_UNIT_JUDGE_SCENE_H
#define EVENHAND_TESTS_UNIT_JUDGE_SCENE_H

#include "unit/support.h"

#include "base/hash.h"
#include "judge/judge.h"
#include "report/report.h"

#define MOST_NODES 256

struct scene_tree {
	struct arena arena;
	struct node *nodes[MOST_NODES];
	struct tree tree;
	struct facts facts;
	struct coverage coverage;
	struct judge_options options;
	struct verdict *verdicts;
	uint32_t verdict_count;
};

static const struct format scene_squashfs = {
	.name = "squashfs", .says = "SquashFS", .spec = "kernel", .shape = SHAPE_CONTAINER
};
static const struct format scene_gzip = {
	.name = "gzip", .says = "gzip stream", .spec = "RFC 1952", .shape = SHAPE_STREAM
};
static const struct format scene_tplink = {
	.name = "tplink", .says = "TP-Link header", .spec = "tplink.md", .shape = SHAPE_CONTAINER
};

static inline struct node *scene_node(struct scene_tree *s, struct node *parent, enum kind kind)
{
	struct node *n = arena_take(&s->arena, 1, sizeof(*n));

	assert_non_null(n);
	assert_true(s->tree.count < MOST_NODES);
	n->id = s->tree.count;
	n->parent = parent;
	n->kind = kind;
	s->nodes[s->tree.count++] = n;
	if (parent && parent->last_child)
		parent->last_child->next = n;
	else if (parent)
		parent->children = n;
	if (parent)
		parent->last_child = n;
	return n;
}

/* A region of the parent's bytes; format may be NULL. */
static inline struct node *scene_region(struct scene_tree *s, struct node *parent,
					const struct format *format, uint64_t offset,
					uint64_t length, enum state state)
{
	struct node *n = scene_node(s, parent, KIND_REGION);

	n->format = format;
	n->has_place = true;
	n->offset = offset;
	n->length = n->size = length;
	n->state = state;
	return n;
}

/* An entry, by its whole path; its directories are not made. */
static inline struct node *scene_entry(struct scene_tree *s, struct node *container, enum kind kind,
				       const char *path, uint64_t size)
{
	struct node *n = scene_node(s, container, kind);

	n->container = container;
	n->path = arena_copy(&s->arena, span_text(path));
	n->size = size;
	n->mode = 0644;
	n->has_mode = n->has_owner = true;
	return n;
}

/* An image of that many bytes with one squashfs at its start, which is returned. */
static inline struct node *scene_begin(struct scene_tree *s, uint64_t size, uint64_t root)
{
	struct node *image;

	*s = (struct scene_tree){ .tree = { .nodes = s->nodes } };
	image = scene_node(s, NULL, KIND_REGION);
	image->has_place = true;
	image->length = image->size = size;
	s->tree.image = image;
	s->tree.nodes = s->nodes;
	return scene_region(s, image, &scene_squashfs, 0, root, STATE_UNDERSTOOD);
}

static inline void *scene_fact(struct scene_tree *s, struct node *n, enum fact_kind kind,
			       uint32_t line)
{
	struct fact *f = fact_new(&s->arena, n, kind, 0, 10);

	assert_non_null(f);
	f->line = line;
	return f;
}

static inline void scene_fault(struct scene_tree *s, struct node *n, struct fault fault)
{
	struct node_fault *f = arena_take(&s->arena, 1, sizeof(*f));

	f->fault = fault;
	n->faults = f;
}

static inline void scene_judge(struct scene_tree *s)
{
	struct case_file c = { &s->tree, &s->facts, &s->coverage, &s->options, &s->arena };

	assert_true(facts_collect(s->nodes, s->tree.count, &s->arena, &s->facts));
	assert_true(coverage_of(&s->tree, &s->arena, &s->coverage));
	s->verdicts = judge_all(&c, &s->verdict_count);
	assert_non_null(s->verdicts);
}

static inline const struct verdict *scene_verdict(const struct scene_tree *s, const char *id)
{
	for (uint32_t i = 0; i < s->verdict_count; i++)
		if (strcmp(s->verdicts[i].check->id, id) == 0)
			return &s->verdicts[i];
	fail_msg("no check %s", id);
	return NULL;
}

static inline void scene_end(struct scene_tree *s)
{
	arena_free(&s->arena);
}

#endif
