/* explain.c - the proof: a byte that no explainer named is found. */
#include "unit/support.h"

#include "compare/explain.h"

struct contents {
	struct arena arena;
	struct explaining x;
	struct node left, right;
};

static void begin(struct contents *p)
{
	*p = (struct contents){ 0 };
	p->x = (struct explaining){ .arena = &p->arena, .left = &p->left, .right = &p->right };
}

static void end(struct contents *p)
{
	assert_false(p->x.lost);
	arena_free(&p->arena);
}

static struct byte_range at(uint64_t offset, uint64_t length)
{
	return (struct byte_range){ offset, length };
}

static void name(struct contents *p, struct byte_range left, struct byte_range right)
{
	assert_non_null(differ(&p->x, CAUSE_BUILD_ID, left, right, "note", NULL));
}

static void holds(struct contents *p, const char *left, const char *right)
{
	uint32_t before = p->x.count;

	prove(&p->x, span_text(left), span_text(right));
	assert_int_equal(p->x.count, before);
}

/* The rests part at these places. */
static void parts(struct contents *p, const char *left, const char *right, uint64_t l, uint64_t r)
{
	uint32_t before = p->x.count;

	prove(&p->x, span_text(left), span_text(right));
	assert_int_equal(p->x.count, before + 1);
	assert_int_equal(p->x.last->cause, CAUSE_UNKNOWN);
	assert_int_equal(p->x.last->weight, WEIGHT_OPEN);
	assert_false(p->x.last->proven);
	assert_int_equal(p->x.last->left.offset, l);
	assert_int_equal(p->x.last->right.offset, r);
	assert_int_equal(p->x.last->left.length, strlen(left) - l);
	assert_int_equal(p->x.last->right.length, strlen(right) - r);
}

static void what_is_named_is_proven(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	name(&p, at(4, 2), at(4, 2));
	holds(&p, "0123xx6789", "0123yy6789");
	end(&p);
}

static void a_byte_that_was_not_named_is_found(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	name(&p, at(4, 2), at(4, 2));
	parts(&p, "0123xx6789", "0123yy67Z9", 8, 8);
	end(&p);
	begin(&p);
	parts(&p, "0123", "1123", 0, 0);
	end(&p);
	begin(&p);
	name(&p, at(0, 1), at(0, 1));
	parts(&p, "0123", "1124", 3, 3);
	end(&p);
}

static void stretches_of_other_lengths(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	name(&p, at(2, 3), at(2, 1));
	name(&p, at(7, 0), at(5, 2));
	holds(&p, "01aaa5678", "01b56cc78");
	parts(&p, "01aaa5678", "01b56cc79", 8, 8);
	end(&p);
}

static void stretches_overlap_and_stand_in_any_order(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	name(&p, at(6, 2), at(6, 2));
	name(&p, at(1, 3), at(1, 3));
	name(&p, at(2, 4), at(2, 4));
	holds(&p, "0aaaaaaa8", "0bbbbbbb8");
	end(&p);
}

static void something_behind_the_end(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	parts(&p, "0123", "0123more", 4, 4);
	end(&p);
	begin(&p);
	name(&p, at(4, 0), at(4, 4));
	holds(&p, "0123", "0123more");
	end(&p);
	begin(&p);
	name(&p, at(0, 4), at(0, 0));
	parts(&p, "0123", "4", 4, 0);
	end(&p);
}

static void a_stretch_past_the_end_hides_nothing(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	name(&p, at(100, UINT64_MAX - 100), at(100, 5));
	parts(&p, "0123", "0124", 3, 3);
	end(&p);
}

static void long_contents(void **state)
{
	enum { SIZE = 20000 };
	char *l = malloc(SIZE + 1), *r = malloc(SIZE + 1);
	struct contents p;

	(void)state;
	memset(l, 'a', SIZE);
	memset(r, 'a', SIZE);
	l[SIZE] = r[SIZE] = 0;
	r[12345] = 'b';
	begin(&p);
	parts(&p, l, r, 12345, 12345);
	end(&p);
	begin(&p);
	name(&p, at(12345, 1), at(12345, 1));
	holds(&p, l, r);
	end(&p);
	free(l);
	free(r);
}

static void bytes_of_no_known_form_are_data(void **state)
{
	static const uint8_t left[] = { 1, 2, 3, 4, 5, 6, 7, 0 }, right[] = { 1, 2, 9, 9, 6, 7, 0 };
	struct contents p;

	(void)state;
	begin(&p);
	explain_content(&p.x, (struct span){ left, sizeof(left) },
			(struct span){ right, sizeof(right) });
	assert_int_equal(p.x.count, 1);
	assert_int_equal(p.x.first->cause, CAUSE_DATA);
	assert_int_equal(p.x.first->weight, WEIGHT_CHANGES);
	assert_int_equal(p.x.first->left.offset, 2);
	assert_int_equal(p.x.first->left.length, 3);
	assert_int_equal(p.x.first->right.offset, 2);
	assert_int_equal(p.x.first->right.length, 2);
	end(&p);
}

static void a_date_in_a_text_is_a_change(void **state)
{
	struct contents p;

	(void)state;
	begin(&p);
	explain_content(&p.x, span_text("built 2026-01-02\nend\n"),
			span_text("built 2026-01-03\nend\n"));
	assert_int_equal(p.x.count, 1);
	assert_int_equal(p.x.first->cause, CAUSE_TEXT);
	assert_int_equal(p.x.first->weight, WEIGHT_CHANGES);
	end(&p);
}

static void weights_follow_from_causes(void **state)
{
	struct contents p;
	struct difference *d;

	(void)state;
	begin(&p);
	for (int c = 0; c < CAUSES; c++) {
		d = differ(&p.x, (enum cause)c, at(0, 1), at(0, 1), NULL, NULL);
		assert_int_equal(d->proven, d->weight != WEIGHT_OPEN);
		assert_int_equal(d->weight == WEIGHT_ACCEPTED, causes[c].accepted);
		assert_int_equal(cause_named(causes[c].name), c);
	}
	assert_int_equal(cause_named("speed"), CAUSES);
	d = differ(&p.x, CAUSE_PADDING, at(0, 1), at(0, 1), NULL, "%d", 7);
	refuse_form(d);
	assert_int_equal(d->weight, WEIGHT_CHANGES);
	assert_true(d->proven);
	leave_open(d);
	assert_int_equal(d->weight, WEIGHT_OPEN);
	assert_false(d->proven);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_named_is_proven),
		cmocka_unit_test(a_byte_that_was_not_named_is_found),
		cmocka_unit_test(stretches_of_other_lengths),
		cmocka_unit_test(stretches_overlap_and_stand_in_any_order),
		cmocka_unit_test(something_behind_the_end),
		cmocka_unit_test(a_stretch_past_the_end_hides_nothing),
		cmocka_unit_test(long_contents),
		cmocka_unit_test(bytes_of_no_known_form_are_data),
		cmocka_unit_test(a_date_in_a_text_is_a_change),
		cmocka_unit_test(weights_follow_from_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
