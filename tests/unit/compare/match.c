/* match.c - which nodes of two trees belong together: by path, by place, in order, by content. */
#include "unit/judge/scene.h"

#include "compare/match.h"

#define SIZE 8192

struct images {
	struct arena arena;
	struct scene_tree left, right;
	struct node *left_root, *right_root; /* a squashfs at 0 */
	struct watch lw, rw;
	struct matching m;
};

/* Both images differ in every byte. */
static void begin(struct images *i)
{
	static const uint8_t zeros[SIZE];
	static uint8_t ones[SIZE];

	memset(ones, 0xff, sizeof(ones));
	*i = (struct images){ 0 };
	i->left_root = scene_begin(&i->left, SIZE, 4096);
	i->right_root = scene_begin(&i->right, SIZE, 4096);
	i->left_root->format = i->right_root->format = format_named("squashfs");
	i->lw.image = (struct span){ zeros, SIZE };
	i->rw.image = (struct span){ ones, SIZE };
	i->m = (struct matching){ .arena = &i->arena, .left = &i->lw, .right = &i->rw };
}

static void match(struct images *i)
{
	assert_true(match_trees(&i->m, i->left.tree.image, i->right.tree.image));
	match_moved(&i->m);
	assert_false(i->m.lost);
}

static void end(struct images *i)
{
	scene_end(&i->left);
	scene_end(&i->right);
	arena_free(&i->arena);
}

static struct node *file(struct scene_tree *s, struct node *in, const char *path, uint8_t digest)
{
	struct node *n = scene_entry(s, in, KIND_FILE, path, 100);

	n->has_sha256 = true;
	memset(n->sha256, digest, sizeof(n->sha256));
	return n;
}

/* The only pair of that path, on the left if there; NULL: none. */
static const struct pair *pair_of(const struct images *i, const char *path)
{
	const struct pair *found = NULL;

	for (uint32_t k = 0; k < i->m.pair_count; k++) {
		const struct pair *p = &i->m.pairs[k];
		const struct node *n = p->left ? p->left : p->right;

		if (n->container && span_equal(n->path, span_text(path))) {
			assert_null(found);
			found = p;
		}
	}
	return found;
}

static const struct pair *pair_with(const struct images *i, const struct node *left)
{
	for (uint32_t k = 0; k < i->m.pair_count; k++)
		if (i->m.pairs[k].left == left && i->m.pairs[k].relation != PAIR_TAKEN)
			return &i->m.pairs[k];
	return NULL;
}

static void entries_pair_by_path(void **state)
{
	struct images i;

	(void)state;
	begin(&i);
	file(&i.left, i.left_root, "/b", 1);
	file(&i.left, i.left_root, "/a", 2);
	file(&i.left, i.left_root, "/old", 3);
	file(&i.right, i.right_root, "/a", 2);
	file(&i.right, i.right_root, "/new", 4);
	file(&i.right, i.right_root, "/b", 5);
	match(&i);
	assert_int_equal(pair_of(&i, "/a")->relation, PAIR_SAME);
	assert_int_equal(pair_of(&i, "/b")->relation, PAIR_OTHER);
	assert_int_equal(pair_of(&i, "/old")->relation, PAIR_LEFT);
	assert_int_equal(pair_of(&i, "/new")->relation, PAIR_RIGHT);
	assert_int_equal(i.m.entries_left, 3);
	assert_int_equal(i.m.entries_right, 3);
	assert_int_equal(i.m.entries_paired, 2);
	assert_int_equal(i.m.entries_same, 1);
	end(&i);
}

static void twins_pair_in_their_order(void **state)
{
	struct images i;
	struct node *first, *second;

	(void)state;
	begin(&i);
	first = file(&i.left, i.left_root, "/a", 1);
	second = file(&i.left, i.left_root, "/a", 2);
	second->twin = 1;
	file(&i.right, i.right_root, "/a", 1);
	file(&i.right, i.right_root, "/a", 2)->twin = 1;
	match(&i);
	assert_int_equal(pair_with(&i, first)->relation, PAIR_SAME);
	assert_int_equal(pair_with(&i, second)->relation, PAIR_SAME);
	end(&i);
}

static void without_a_digest_nothing_is_equal(void **state)
{
	struct images i;

	(void)state;
	begin(&i);
	file(&i.left, i.left_root, "/a", 1)->has_sha256 = false;
	file(&i.right, i.right_root, "/a", 1)->has_sha256 = false;
	match(&i);
	assert_int_equal(pair_of(&i, "/a")->relation, PAIR_OTHER);
	assert_int_equal(i.m.entries_same, 0);
	end(&i);
}

/* -- regions -- */

static struct node *region(struct scene_tree *s, const char *format, uint64_t offset)
{
	return scene_region(s, s->tree.image, format ? format_named(format) : NULL, offset, 512,
			    STATE_UNDERSTOOD);
}

static void regions_pair_by_place_then_order(void **state)
{
	struct images i;
	struct node *l[3], *r[3];

	(void)state;
	begin(&i);
	l[0] = region(&i.left, "gzip", 4096);
	l[1] = region(&i.left, "gzip", 5120);
	l[2] = region(&i.left, "xz", 6144);
	r[0] = region(&i.right, "gzip", 4608);
	r[1] = region(&i.right, "gzip", 5120);
	r[2] = region(&i.right, "zstd", 6144);
	match(&i);
	assert_ptr_equal(pair_with(&i, i.left_root)->right, i.right_root);
	assert_ptr_equal(pair_with(&i, l[1])->right, r[1]); /* the same place */
	assert_ptr_equal(pair_with(&i, l[0])->right, r[0]); /* what is left, in order */
	assert_int_equal(pair_with(&i, l[2])->relation, PAIR_LEFT);
	end(&i);
}

static void equal_regions_are_not_opened(void **state)
{
	struct images i;
	struct node *l, *r;

	(void)state;
	begin(&i);
	i.rw.image = i.lw.image;
	l = region(&i.left, "cpio", 4096);
	r = region(&i.right, "cpio", 4096);
	scene_entry(&i.left, l, KIND_FILE, "/a", 10);
	scene_entry(&i.right, r, KIND_FILE, "/a", 10);
	match(&i);
	assert_int_equal(pair_with(&i, l)->relation, PAIR_SAME);
	assert_null(pair_of(&i, "/a"));
	assert_int_equal(i.m.entries_paired, 1);
	assert_int_equal(i.m.entries_same, 1);
	end(&i);
}

static void other_wrappings_pair_by_what_they_hold(void **state)
{
	struct images i;
	struct node *left, *stream, *right;

	(void)state;
	begin(&i);
	left = region(&i.left, "cramfs", 4096);
	stream = region(&i.right, "gzip", 5120);
	right = scene_region(&i.right, stream, format_named("cpio"), 0, 4096, STATE_UNDERSTOOD);
	file(&i.left, left, "/etc/passwd", 1);
	file(&i.left, left, "/etc/rc", 2);
	file(&i.right, right, "/etc/passwd", 1);
	file(&i.right, right, "/etc/rc", 3);
	match(&i);
	assert_int_equal(pair_of(&i, "/etc/passwd")->relation, PAIR_SAME);
	assert_int_equal(pair_of(&i, "/etc/rc")->relation, PAIR_OTHER);
	assert_ptr_equal(pair_with(&i, left)->right, stream);
	assert_int_equal(pair_with(&i, left)->relation, PAIR_REPACKED);
	end(&i);
}

static void what_holds_something_else_does_not_pair(void **state)
{
	struct images i;
	struct node *left, *right;

	(void)state;
	begin(&i);
	left = region(&i.left, "cramfs", 4096);
	right = region(&i.right, "romfs", 4096);
	file(&i.left, left, "/etc/passwd", 1);
	file(&i.left, left, "/etc/rc", 2);
	file(&i.left, left, "/bin/sh", 2);
	file(&i.right, right, "/etc/passwd", 1);
	file(&i.right, right, "/x", 2);
	file(&i.right, right, "/y", 2);
	match(&i);
	assert_int_equal(pair_with(&i, left)->relation, PAIR_LEFT);
	end(&i);
}

static void gaps_lie_between_pairs(void **state)
{
	struct images i;
	struct node *l[3], *r[2];

	(void)state;
	begin(&i);
	l[0] = region(&i.left, NULL, 4096);
	l[1] = region(&i.left, NULL, 4608);
	region(&i.left, "gzip", 5120);
	l[2] = region(&i.left, NULL, 5632);
	r[0] = region(&i.right, NULL, 4096);
	region(&i.right, "gzip", 4608);
	r[1] = region(&i.right, NULL, 5120);
	match(&i);
	assert_int_equal(i.m.gap_count, 2);
	assert_int_equal(i.m.gaps[0].left_count, 2);
	assert_ptr_equal(i.m.gaps[0].left[0], l[0]);
	assert_ptr_equal(i.m.gaps[0].left[1], l[1]);
	assert_int_equal(i.m.gaps[0].right_count, 1);
	assert_ptr_equal(i.m.gaps[0].right[0], r[0]);
	assert_int_equal(i.m.gaps[1].left_count, 1);
	assert_ptr_equal(i.m.gaps[1].left[0], l[2]);
	assert_ptr_equal(i.m.gaps[1].right[0], r[1]);
	end(&i);
}

static void a_gap_may_be_on_one_side(void **state)
{
	struct images i;
	struct node *r;

	(void)state;
	begin(&i);
	r = region(&i.right, NULL, 4096);
	match(&i);
	assert_int_equal(i.m.gap_count, 1);
	assert_int_equal(i.m.gaps[0].left_count, 0);
	assert_int_equal(i.m.gaps[0].right_count, 1);
	assert_ptr_equal(i.m.gaps[0].right[0], r);
	end(&i);
}

/* -- moved files -- */

static void moved_files_pair_by_digest(void **state)
{
	struct images i;
	const struct pair *p;

	(void)state;
	begin(&i);
	file(&i.left, i.left_root, "/old", 7);
	file(&i.right, i.right_root, "/new", 7);
	match(&i);
	p = pair_with(&i, i.left_root->children);
	assert_int_equal(p->relation, PAIR_SAME);
	assert_true(p->moved);
	assert_ptr_equal(p->right, i.right_root->children);
	assert_null(pair_of(&i, "/new"));
	end(&i);
}

static void small_files_are_equal_by_chance(void **state)
{
	struct images i;

	(void)state;
	begin(&i);
	file(&i.left, i.left_root, "/old", 7)->size = 15;
	file(&i.right, i.right_root, "/new", 7)->size = 15;
	match(&i);
	assert_int_equal(pair_of(&i, "/old")->relation, PAIR_LEFT);
	assert_int_equal(pair_of(&i, "/new")->relation, PAIR_RIGHT);
	end(&i);
}

static void one_copy_is_moved_once(void **state)
{
	struct images i;
	uint32_t taken = 0, right = 0;

	(void)state;
	begin(&i);
	file(&i.left, i.left_root, "/old", 7);
	file(&i.right, i.right_root, "/new", 7);
	file(&i.right, i.right_root, "/newer", 7);
	match(&i);
	for (uint32_t k = 0; k < i.m.pair_count; k++) {
		taken += i.m.pairs[k].relation == PAIR_TAKEN;
		right += i.m.pairs[k].relation == PAIR_RIGHT;
	}
	assert_int_equal(taken, 1);
	assert_int_equal(right, 1);
	end(&i);
}

static struct span numbers(struct arena *a, uint32_t seed, uint32_t n)
{
	uint8_t *p = arena_take(a, n, 1);

	for (uint32_t k = 0; k < n; k++) {
		seed = seed * 1664525 + 1013904223;
		p[k] = (uint8_t)(seed >> 24);
	}
	return (struct span){ p, n };
}

static void content(struct images *i, struct node *n, struct span bytes)
{
	struct watched *w = arena_take(&i->arena, 1, sizeof(*w));

	w->has_content = true;
	w->content = bytes;
	n->watch = w;
	n->size = bytes.n;
	n->has_sha256 = true;
	sha256_of(bytes, n->sha256);
}

static void similar_files_pair_by_sketch(void **state)
{
	struct images i;
	struct node *old, *other;
	struct span one, changed;

	(void)state;
	begin(&i);
	one = numbers(&i.arena, 1, 20000);
	changed = arena_copy(&i.arena, one);
	((uint8_t *)(uintptr_t)changed.p)[9000] ^= 1;
	old = file(&i.left, i.left_root, "/old", 0);
	other = file(&i.left, i.left_root, "/other", 0);
	content(&i, old, one);
	content(&i, other, numbers(&i.arena, 2, 20000));
	content(&i, file(&i.right, i.right_root, "/new", 0), changed);
	content(&i, file(&i.right, i.right_root, "/unlike", 0), numbers(&i.arena, 3, 20000));
	match(&i);
	assert_int_equal(pair_with(&i, old)->relation, PAIR_OTHER);
	assert_true(pair_with(&i, old)->moved);
	assert_true(span_equal(pair_with(&i, old)->right->path, span_text("/new")));
	assert_int_equal(pair_with(&i, other)->relation, PAIR_LEFT);
	assert_int_equal(pair_of(&i, "/unlike")->relation, PAIR_RIGHT);
	end(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_pair_by_path),
		cmocka_unit_test(twins_pair_in_their_order),
		cmocka_unit_test(without_a_digest_nothing_is_equal),
		cmocka_unit_test(regions_pair_by_place_then_order),
		cmocka_unit_test(equal_regions_are_not_opened),
		cmocka_unit_test(other_wrappings_pair_by_what_they_hold),
		cmocka_unit_test(what_holds_something_else_does_not_pair),
		cmocka_unit_test(gaps_lie_between_pairs),
		cmocka_unit_test(a_gap_may_be_on_one_side),
		cmocka_unit_test(moved_files_pair_by_digest),
		cmocka_unit_test(small_files_are_equal_by_chance),
		cmocka_unit_test(one_copy_is_moved_once),
		cmocka_unit_test(similar_files_pair_by_sketch),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
