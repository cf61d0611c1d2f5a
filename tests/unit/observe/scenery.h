/* scenery.h - a tree made by hand: files with contents go through the observers, relate joins them.
 * One container, files in the order in which they are added. */
#ifndef EVENHAND_TESTS_UNIT_SCENERY_H
#define EVENHAND_TESTS_UNIT_SCENERY_H

#include "unit/support.h"

#include "base/text.h"
#include "observe/observe.h"

#define MOST_FILES 32

struct scenery {
	struct pool *pool;
	struct observation o;
	struct arena arena;
	struct tree t;
	struct node root, files[MOST_FILES];
	struct node *nodes[MOST_FILES + 1];
	struct facts facts;
};

static inline void scenery_init(struct scenery *s)
{
	memset(s, 0, sizeof(*s));
	observe_start();
	assert_true(know_start());
	s->pool = pool_new(1, NULL);
	assert_non_null(s->pool);
	assert_true(observation_init(&s->o, s->pool));
	s->root.kind = KIND_REGION;
	s->nodes[0] = &s->root;
	s->t = (struct tree){ .image = &s->root, .count = 1, .nodes = s->nodes };
}

/* The bytes are copied against an unreadable page for the observers. */
static inline struct node *scenery_add(struct scenery *s, const char *path, struct span bytes)
{
	struct node *n = &s->files[s->t.count - 1];
	struct bench b = { 0, &s->arena, NULL };
	struct guarded g = guarded_new(bytes.n);

	assert_true(s->t.count <= MOST_FILES);
	*n = (struct node){ .id = s->t.count,
			    .parent = &s->root,
			    .container = &s->root,
			    .kind = KIND_FILE,
			    .path = span_text(path),
			    .size = bytes.n };
	if (s->root.last_child)
		s->root.last_child->next = n;
	else
		s->root.children = n;
	s->root.last_child = n;
	s->nodes[s->t.count++] = n;
	observe_leaf(&s->o, &b, n, guarded_copy(g, bytes));
	guarded_free(g);
	return n;
}

/* relate, and the facts by kind. */
static inline void scenery_finish(struct scenery *s)
{
	s->t.arenas = &s->arena;
	s->t.workers = 1;
	assert_true(observe_finish(&s->o, &s->t, &s->facts));
}

static inline void scenery_free(struct scenery *s)
{
	observation_free(&s->o);
	pool_free(s->pool);
	arena_free(&s->arena);
}

#endif
