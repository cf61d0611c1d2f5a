/* Paths are followed up to a bound, and what is over it is said once. */
#include "observe/lookup.h"

#include "unit/observe/scenery.h"

static void follows_up_to_the_bound(void **state)
{
	struct scenery s;
	struct node *n;
	struct lookups l;

	(void)state;
	scenery_init(&s);
	n = scenery_add(&s, "/etc/passwd", span_text("root:x:0:0::/:/bin/sh\n"));
	l = lookups_in(&s.t, &s.arena, "things followed");
	assert_int_equal(l.left, 20000);
	l.left = 2;
	assert_ptr_equal(follow(&l, n, span_text("/etc/passwd")), n);
	assert_null(n->faults);
	assert_null(follow(&l, n, span_text("/etc/passwd")));
	assert_non_null(n->faults);
	assert_int_equal(n->faults->fault.kind, FAULT_LIMIT);
	assert_null(follow(&l, n, span_text("/etc/passwd")));
	assert_null(n->faults->next);
	scenery_free(&s);
}

static void large_images_follow_fewer(void **state)
{
	struct tree t = { .count = 59999 };

	(void)state;
	assert_int_equal(lookups_in(&t, NULL, "").left, 1000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_up_to_the_bound),
		cmocka_unit_test(large_images_follow_fewer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
