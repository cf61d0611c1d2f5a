/* own.c - what a difference in a container's own bytes means, and gaps between its regions. */
#include "unit/judge/scene.h"

#include "compare/differences.h"

#define DAY  86400
#define THEN 1700000000

struct containers {
	struct arena arena;
	struct scene_tree scene;
	struct node *left, *right;
	struct watch lw, rw;
	struct matching m;
	struct explanation e;
};

static struct node *container(struct containers *c, uint32_t room)
{
	struct node *n = scene_region(&c->scene, c->scene.tree.image, &scene_squashfs, 0, 4096,
				      STATE_UNDERSTOOD);
	struct watched *w = arena_take(&c->arena, 1, sizeof(*w));

	w->own = arena_take(&c->arena, room, sizeof(*w->own));
	w->own_known = true;
	n->watch = w;
	return n;
}

static void begin(struct containers *c)
{
	*c = (struct containers){ 0 };
	scene_begin(&c->scene, 8192, 4096);
	c->left = container(c, 32);
	c->right = container(c, 32);
	c->m = (struct matching){ .arena = &c->arena, .left = &c->lw, .right = &c->rw };
	c->e = (struct explanation){
		.x = { .arena = &c->arena, .left = c->left, .right = c->right },
		.m = &c->m,
		.latest = THEN + DAY,
	};
}

static void end(struct containers *c)
{
	assert_false(c->e.x.lost);
	scene_end(&c->scene);
	arena_free(&c->arena);
}

/* A stretch of four bytes; `text` stands for what they are, "" for one repeated byte. */
static struct own_value *stretch(struct node *n, enum own own, const char *name, uint64_t offset,
				 const char *text)
{
	struct watched *w = n->watch;
	struct own_value *v = &w->own[w->own_count++];

	*v = (struct own_value){
		.name = name, .own = own, .offset = offset, .length = 4, .fill = -1
	};
	sha256_of(span_text(text), v->sha256);
	return v;
}

static void fill(struct node *n, uint64_t offset, uint8_t byte)
{
	stretch(n, OWN_FILL, "padding", offset, "")->fill = byte;
}

static void when(struct node *n, int64_t time)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)time);
	stretch(n, OWN_TIME, "mkfs time", 8, text)->time = time;
}

/* Exactly one difference, of that cause and weight. */
static void says(struct containers *c, enum cause cause, enum weight weight)
{
	assert_true(explain_own(&c->e, c->left, c->right));
	assert_int_equal(c->e.x.count, 1);
	assert_int_equal(c->e.x.first->cause, cause);
	assert_int_equal(c->e.x.first->weight, weight);
	end(c);
}

static void says_nothing(struct containers *c)
{
	assert_false(explain_own(&c->e, c->left, c->right));
	assert_int_equal(c->e.x.count, 0);
	end(c);
}

static void times(struct containers *c, int64_t left, int64_t right)
{
	begin(c);
	when(c->left, left);
	when(c->right, right);
}

static void times_of_builds_are_accepted(void **state)
{
	struct containers c;

	(void)state;
	times(&c, THEN, THEN);
	says_nothing(&c);
	times(&c, THEN, THEN + DAY);
	says(&c, CAUSE_TIMESTAMP, WEIGHT_ACCEPTED);
	times(&c, 0, THEN);
	says(&c, CAUSE_TIMESTAMP, WEIGHT_ACCEPTED);
}

static void times_behind_the_limit_are_refused(void **state)
{
	struct containers c;

	(void)state;
	times(&c, THEN, THEN + DAY + 1);
	says(&c, CAUSE_TIMESTAMP, WEIGHT_CHANGES);
	times(&c, THEN + DAY + 1, THEN);
	says(&c, CAUSE_TIMESTAMP, WEIGHT_CHANGES);
	times(&c, 1000, THEN); /* nobody built in 1970 */
	says(&c, CAUSE_TIMESTAMP, WEIGHT_CHANGES);
	times(&c, THEN, -1);
	says(&c, CAUSE_TIMESTAMP, WEIGHT_CHANGES);
}

static void fills_of_one_byte_are_accepted(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	fill(c.left, 100, 0);
	fill(c.right, 100, 0xff);
	says(&c, CAUSE_PADDING, WEIGHT_ACCEPTED);
	begin(&c); /* how much is filled is padding too, where it is filled is nothing */
	fill(c.left, 100, 0);
	fill(c.right, 100, 0);
	fill(c.right, 200, 0);
	says(&c, CAUSE_PADDING, WEIGHT_ACCEPTED);
	begin(&c);
	fill(c.left, 100, 0);
	fill(c.right, 200, 0);
	says_nothing(&c);
}

static void fills_of_more_are_refused(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	fill(c.left, 100, 0);
	stretch(c.right, OWN_FILL, "padding", 100, "sh x");
	says(&c, CAUSE_PADDING, WEIGHT_CHANGES);
	begin(&c);
	stretch(c.left, OWN_FILL, "padding", 100, "sh x");
	says(&c, CAUSE_PADDING, WEIGHT_CHANGES);
	begin(&c); /* the same on both sides is no difference, wherever it stands */
	stretch(c.left, OWN_FILL, "padding", 100, "sh x");
	stretch(c.right, OWN_FILL, "slack", 200, "sh x");
	says_nothing(&c);
}

static void each_meaning_has_its_cause(void **state)
{
	static const struct {
		enum own own;
		enum cause cause;
		enum weight weight;
	} rows[] = {
		{ OWN_STRUCTURE, CAUSE_ORDER, WEIGHT_ACCEPTED },
		{ OWN_CHECKSUM, CAUSE_CHECKSUM, WEIGHT_ACCEPTED },
		{ OWN_IDENTIFIER, CAUSE_IDENTIFIER, WEIGHT_ACCEPTED },
		{ OWN_COUNTER, CAUSE_ORDER, WEIGHT_ACCEPTED },
		{ OWN_SIGNATURE, CAUSE_SIGNATURE, WEIGHT_ACCEPTED },
		{ OWN_CERTIFICATE, CAUSE_CERTIFICATE, WEIGHT_ACCEPTED },
		{ OWN_PACKING, CAUSE_COMPRESSION, WEIGHT_ACCEPTED },
		{ OWN_DATA, CAUSE_DATA, WEIGHT_CHANGES },
	};
	struct containers c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&c);
		stretch(c.left, rows[i].own, "field", 16, "left");
		stretch(c.right, rows[i].own, "field", 16, "right");
		says(&c, rows[i].cause, rows[i].weight);
		begin(&c);
		stretch(c.right, rows[i].own, "field", 16, "only right");
		says(&c, rows[i].cause, rows[i].weight);
		begin(&c);
		stretch(c.left, rows[i].own, "field", 16, "same");
		stretch(c.right, rows[i].own, "field", 99, "same");
		says_nothing(&c);
	}
}

static void structure_is_said_once(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	stretch(c.left, OWN_STRUCTURE, "inodes", 16, "a");
	stretch(c.left, OWN_STRUCTURE, "tables", 32, "b");
	stretch(c.right, OWN_STRUCTURE, "inodes", 16, "x");
	stretch(c.right, OWN_STRUCTURE, "tables", 32, "y");
	says(&c, CAUSE_ORDER, WEIGHT_ACCEPTED);
}

/* What has its form on one side only means something else on the other. */
static void a_form_on_one_side_is_refused(void **state)
{
	static const enum own rows[] = { OWN_SIGNATURE, OWN_CHECKSUM, OWN_TIME, OWN_PACKING,
					 OWN_STRUCTURE };
	struct containers c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&c);
		stretch(c.left, rows[i], "CMS", 16, "a signature");
		stretch(c.right, OWN_DATA, "CMS", 16, "rm -r /");
		says(&c, CAUSE_DATA, WEIGHT_CHANGES);
	}
}

static void a_name_stands_for_itself(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	stretch(c.left, OWN_DATA, "flags", 16, "same");
	stretch(c.right, OWN_DATA, "load address", 16, "same");
	assert_true(explain_own(&c.e, c.left, c.right));
	assert_int_equal(c.e.x.count, 2);
	assert_int_equal(c.e.x.first->weight, WEIGHT_CHANGES);
	assert_int_equal(c.e.x.last->weight, WEIGHT_CHANGES);
	end(&c);
}

static void what_is_not_known_stays_open(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	((struct watched *)c.right->watch)->own_known = false;
	says(&c, CAUSE_UNKNOWN, WEIGHT_OPEN);
	begin(&c);
	c.left->watch = NULL;
	says(&c, CAUSE_UNKNOWN, WEIGHT_OPEN);
}

/* A container beside one of another format: what must be filled, times, and data that are more than
 * flags. */
static void alone(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	stretch(c.left, OWN_DATA, "flags", 0, "any");
	when(c.left, THEN);
	fill(c.left, 100, 0);
	explain_own_alone(&c.e, c.left, false, false);
	assert_int_equal(c.e.x.count, 0);
	stretch(c.left, OWN_FILL, "slack", 200, "sh x");
	explain_own_alone(&c.e, c.left, false, false);
	assert_int_equal(c.e.x.count, 1);
	assert_int_equal(c.e.x.first->cause, CAUSE_PADDING);
	assert_int_equal(c.e.x.first->weight, WEIGHT_CHANGES);
	when(c.right, THEN + 2 * DAY);
	explain_own_alone(&c.e, c.right, true, false);
	assert_int_equal(c.e.x.count, 2);
	assert_int_equal(c.e.x.last->cause, CAUSE_TIMESTAMP);
	assert_int_equal(c.e.x.last->weight, WEIGHT_CHANGES);
	end(&c);
}

static void data_alone(void **state)
{
	struct containers c;

	(void)state;
	begin(&c);
	stretch(c.left, OWN_DATA, "comment", 0, "telnetd -l /bin/sh")->length = 18;
	explain_own_alone(&c.e, c.left, false, true);
	assert_int_equal(c.e.x.count, 0);
	explain_own_alone(&c.e, c.left, false, false);
	assert_int_equal(c.e.x.count, 1);
	assert_int_equal(c.e.x.first->cause, CAUSE_UNKNOWN);
	assert_int_equal(c.e.x.first->weight, WEIGHT_OPEN);
	for (uint64_t i = 0; i < 18; i++)
		stretch(c.right, OWN_DATA, "flags", 100 + 20 * i, "sh -x a.b")->length = 16;
	explain_own_alone(&c.e, c.right, true, false);
	assert_int_equal(c.e.x.last->weight, WEIGHT_OPEN);
	assert_int_equal(c.e.x.count, 1 + 2); /* the first sixteen are flags */
	end(&c);
}

/* -- gaps -- */

static const struct node *piece(struct containers *c, struct node *in, uint64_t offset,
				uint64_t length, enum state state, const char *label)
{
	struct node *n = scene_region(&c->scene, in, NULL, offset, length, state);

	n->label = label;
	return n;
}

static void gap_says(struct containers *c, const struct node *left, const struct node *right,
		     enum cause cause, enum weight weight)
{
	struct gap gap = { c->left, c->right, &left, &right, left != NULL, right != NULL };

	explain_gap(&c->e, &gap);
	if (cause == CAUSES) {
		assert_int_equal(c->e.x.count, 0);
	} else {
		assert_int_equal(c->e.x.count, 1);
		assert_int_equal(c->e.x.first->cause, cause);
		assert_int_equal(c->e.x.first->weight, weight);
	}
	end(c);
}

/* The left image is all zeros, the right one all 0xff. */
static void begin_gap(struct containers *c)
{
	static const uint8_t zeros[8192];
	static uint8_t ones[8192];

	memset(ones, 0xff, sizeof(ones));
	begin(c);
	c->lw.image = (struct span){ zeros, sizeof(zeros) };
	c->rw.image = (struct span){ ones, sizeof(ones) };
}

static void gaps(void **state)
{
	struct containers c;

	(void)state;
	begin_gap(&c);
	gap_says(&c, piece(&c, c.left, 512, 512, STATE_PADDING, NULL),
		 piece(&c, c.right, 512, 512, STATE_PADDING, NULL), CAUSE_PADDING, WEIGHT_ACCEPTED);
	begin_gap(&c);
	c.rw.image = c.lw.image;
	gap_says(&c, piece(&c, c.left, 512, 512, STATE_PADDING, NULL),
		 piece(&c, c.right, 512, 512, STATE_PADDING, NULL), CAUSES, WEIGHT_ACCEPTED);
	begin_gap(&c);
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_PADDING, NULL), CAUSE_PADDING,
		 WEIGHT_ACCEPTED);
	begin_gap(&c);
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_UNKNOWN, NULL), CAUSE_UNKNOWN,
		 WEIGHT_OPEN);
	begin_gap(&c);
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_ENCRYPTED, NULL), CAUSE_ENCRYPTED,
		 WEIGHT_OPEN);
	begin_gap(&c);
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_UNKNOWN, "text"), CAUSE_PADDING,
		 WEIGHT_CHANGES);
	begin_gap(&c);
	c.left->state = STATE_DAMAGED;
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_UNKNOWN, NULL), CAUSE_TRUNCATED,
		 WEIGHT_OPEN);
}

/* What the format names byte for byte is said by its own bytes, not as a gap. */
static void a_gap_that_is_named(void **state)
{
	struct containers c;

	(void)state;
	begin_gap(&c);
	stretch(c.right, OWN_DATA, "table", 512, "x")->length = 256;
	stretch(c.right, OWN_DATA, "table", 768, "y")->length = 256;
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_UNKNOWN, NULL), CAUSES,
		 WEIGHT_ACCEPTED);
	begin_gap(&c);
	stretch(c.right, OWN_DATA, "table", 512, "x")->length = 256;
	stretch(c.right, OWN_DATA, "table", 769, "y")->length = 256;
	gap_says(&c, NULL, piece(&c, c.right, 512, 512, STATE_UNKNOWN, NULL), CAUSE_UNKNOWN,
		 WEIGHT_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_builds_are_accepted),
		cmocka_unit_test(times_behind_the_limit_are_refused),
		cmocka_unit_test(fills_of_one_byte_are_accepted),
		cmocka_unit_test(fills_of_more_are_refused),
		cmocka_unit_test(each_meaning_has_its_cause),
		cmocka_unit_test(structure_is_said_once),
		cmocka_unit_test(a_form_on_one_side_is_refused),
		cmocka_unit_test(a_name_stands_for_itself),
		cmocka_unit_test(what_is_not_known_stays_open),
		cmocka_unit_test(alone),
		cmocka_unit_test(data_alone),
		cmocka_unit_test(gaps),
		cmocka_unit_test(a_gap_that_is_named),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
