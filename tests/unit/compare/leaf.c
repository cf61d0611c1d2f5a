/* leaf.c - texts that a build leaves, scripts and settings, compiled Python: by hand. */
#include "unit/compare/differences.h"

#include "compare/form.h"

/* Two texts of one length: the same but for a form, or not. */
static void forms_hold_as_a_whole(void **state)
{
	static const struct {
		const char *left, *right;
		bool accepted;
		enum cause cause;
	} rows[] = {
		{ "built May  2 2024.", "built Dec 31 1999.", true, CAUSE_TIMESTAMP },
		{ "built Feb 29 2024.", "built Feb 29 2023.", false, CAUSE_RODATA },
		{ "built Feb 29 2024.", "built Jan 29 2041.", false, CAUSE_RODATA },
		{ "2024-05-01 12:00:00", "2023-11-30 23:59:59", true, CAUSE_TIMESTAMP },
		{ "2024-05-01T12:00:00Z", "2023-11-30T23:59:59Z", true, CAUSE_TIMESTAMP },
		{ "2024-05-01 12:00:00", "2023-11-31 23:59:59", false, CAUSE_RODATA },
		{ "2024-05-01 12:00:00", "2023-11-30 24:00:00", false, CAUSE_RODATA },
		{ "#1 Thu May  2 03:04:05 UTC 2024", "#1 Fri May  3 00:00:00 UTC 2024", true,
		  CAUSE_TIMESTAMP },
		/* no such Thursday */
		{ "#1 Thu May  2 03:04:05 UTC 2024", "#1 Thu May  3 00:00:00 UTC 2024", false,
		  CAUSE_RODATA },
		{ "Thu, 02 May 2024 03:04:05 +0200", "Fri, 03 May 2024 03:04:05 -0100", true,
		  CAUSE_TIMESTAMP },
		/* part of a longer number, name or path */
		{ "x2024-05-01", "x2024-05-02", false, CAUSE_RODATA },
		{ "2024-05-01-1", "2024-05-02-1", false, CAUSE_RODATA },
		{ "/var/2024-05-01", "/var/2024-05-02", false, CAUSE_RODATA },
		/* a time of day alone may be a setting, of a MAC address a part */
		{ "at 03:00:00", "at 04:00:00", false, CAUSE_RODATA },
		{ "00:11:22:33:44:55", "00:11:23:33:44:55", false, CAUSE_RODATA },
		{ "1650000000", "1650000001", false, CAUSE_RODATA },
		{ "/a/src/x.c", "/b/src/x.c", true, CAUSE_PATH },
		{ "at /a/src/x.rs:12", "at /b/src/x.rs:12", true, CAUSE_PATH },
		{ "../a/x.cpp", "../b/x.cpp", true, CAUSE_PATH },
		{ "/a/src/x.c", "/a/src/y.c", false, CAUSE_RODATA },
		{ "/a/src/x.lua", "/b/src/x.lua", false, CAUSE_RODATA },
		{ "/etc/x.conf", "/tmp/x.conf", false, CAUSE_RODATA },
		{ "rm /a/x.c;sh", "rm /b/x.c;sh", false, CAUSE_RODATA },
		{ "(me@host) 1", "(it@here) 1", true, CAUSE_BUILDER },
		{ "by me@host ", "by it@here ", true, CAUSE_BUILDER },
		{ "(me@host) 1", "(;sh@x 2) 1", false, CAUSE_RODATA },
		{ "me@host.org", "it@here.org", false, CAUSE_RODATA },
		{ "ssh me@host -R 1", "ssh it@here -R 1", false, CAUSE_RODATA },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int turned = 0; turned < 2; turned++) {
			struct span l = span_text(turned ? rows[i].right : rows[i].left);
			struct span r = span_text(turned ? rows[i].left : rows[i].right);
			struct stretch s = { l, r, 100, 200, ".rodata" };
			struct arena arena = { 0 };
			struct explaining x = { .arena = &arena };
			bool accepted = true;

			assert_int_equal(l.n, r.n);
			explain_embedded(&x, &s, CAUSE_RODATA);
			assert_non_null(x.first);
			for (const struct difference *d = x.first; d; d = d->next)
				accepted &= d->weight == WEIGHT_ACCEPTED;
			if (accepted != rows[i].accepted || x.last->cause != rows[i].cause)
				fail_msg("%s against %s", rows[i].left, rows[i].right);
			arena_free(&arena);
		}
}

static void a_time_of_day_goes_with_a_date(void **state)
{
	static const char left[] = "Apr 15 2022\0"
				   "05:20:00",
			  right[] = "Apr 15 2022\0"
				    "06:20:00";
	struct stretch s = { { (const uint8_t *)left, sizeof(left) },
			     { (const uint8_t *)right, sizeof(right) },
			     0,
			     0,
			     "" };
	struct arena arena = { 0 };
	struct explaining x = { .arena = &arena };

	(void)state;
	explain_embedded(&x, &s, CAUSE_RODATA);
	assert_int_equal(x.count, 1);
	assert_int_equal(x.first->cause, CAUSE_TIMESTAMP);
	assert_int_equal(x.first->left.offset, 12);
	assert_int_equal(x.first->left.length, 8);
	arena_free(&arena);
}

static void other_bytes_near_each_other_are_one(void **state)
{
	uint8_t left[64] = { 0 }, right[64] = { 0 };
	struct stretch s = { { left, 64 }, { right, 64 }, 1000, 2000, ".rodata" };
	struct arena arena = { 0 };
	struct explaining x = { .arena = &arena };

	(void)state;
	right[3] = right[10] = right[40] = 1;
	explain_embedded(&x, &s, CAUSE_RODATA);
	assert_int_equal(x.count, 2);
	assert_int_equal(x.first->left.offset, 1003);
	assert_int_equal(x.first->right.offset, 2003);
	assert_int_equal(x.first->left.length, 8);
	assert_int_equal(x.last->left.offset, 1040);
	arena_free(&arena);
}

/* Every second byte differs in steps of 32, then a date; the work and what is told are bounded. */
static void many_differences_are_told_as_one(void **state)
{
	static uint8_t left[1 << 16], right[1 << 16];
	struct stretch s = { { left, sizeof(left) }, { right, sizeof(right) }, 0, 0, ".rodata" };
	struct arena arena = { 0 };
	struct explaining x = { .arena = &arena };

	(void)state;
	memset(left, 0, sizeof(left));
	memset(right, 0, sizeof(right));
	for (size_t i = 0; i < sizeof(left); i += 32)
		right[i] = 1;
	memcpy(left + sizeof(left) - 20, "Apr 15 2022", 11);
	memcpy(right + sizeof(right) - 20, "Apr 16 2022", 11);
	explain_embedded(&x, &s, CAUSE_RODATA);
	assert_int_equal(x.count, 17);
	assert_int_equal(x.last->cause, CAUSE_RODATA);
	assert_int_equal(x.last->left.offset, 16 * 32);
	assert_int_equal(x.last->left.offset + x.last->left.length, sizeof(left) - 20 + 6);
	arena_free(&arena);
}

static void lines_are_told(void **state)
{
	static const struct {
		const char *left, *right, *says;
		uint64_t offset, left_length, right_length;
	} rows[] = {
		{ "a\nb\nc\n", "a\nx\nc\n", "line 2", 2, 2, 2 },
		{ "a\nb\nc\nd\ne\n", "1\nb\n3\nd\n5\n", "lines 1, 3 and 5", 0, 10, 10 },
		{ "a\nb\n", "a\nb\nc\n", "line 3 added", 4, 0, 2 },
		{ "a\nb\nc\nd\n", "a\nd\n", "lines 2-3 removed", 2, 4, 0 },
		{ "a\nb\nc\n", "a\nx\ny\nc\n", "line 2 against lines 2-3", 2, 2, 4 },
		{ "a\nb", "a\nb\n", "line 2", 2, 1, 2 },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "a\nb\nc\nd\ne\nf\ng\nh\ni\n", "9 lines", 0, 18,
		  18 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct explained e;

		explained_init(&e, span_text(rows[i].left), span_text(rows[i].right));
		assert_int_equal(e.x.count, 1);
		assert_int_equal(e.x.first->cause, CAUSE_TEXT);
		assert_int_equal(e.x.first->weight, WEIGHT_CHANGES);
		says(e.x.first, rows[i].says);
		assert_int_equal(e.x.first->left.offset, rows[i].offset);
		assert_int_equal(e.x.first->left.length, rows[i].left_length);
		assert_int_equal(e.x.first->right.length, rows[i].right_length);
		explained_free(&e);
	}
}

static void compiled_python_has_a_time(void **state)
{
	/* CPython 3.11: magic, flags, time 0x6258ff80 (15 April 2022), size, code */
	static const uint8_t good[] = { 0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0,    0, 0x80, 0xff,
					0x58, 0x62, 12,   0,    0, 0, 0xe3, 0, 0,    0 };
	static const struct {
		uint8_t at, bit;
		enum weight weight;
	} rows[] = {
		{ 9, 1, WEIGHT_ACCEPTED },    { 11, 0x80, WEIGHT_CHANGES }, /* a time behind 2040 */
		{ 11, 0x40, WEIGHT_CHANGES },                               /* one before 1990 */
		{ 12, 1, WEIGHT_CHANGES },    { 16, 1, WEIGHT_CHANGES },
		{ 4, 1, WEIGHT_CHANGES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t other[sizeof(good)];
		struct explained e;

		memcpy(other, good, sizeof(good));
		other[rows[i].at] ^= rows[i].bit;
		explained_init(&e, (struct span){ good, sizeof(good) },
			       (struct span){ other, sizeof(good) });
		assert_int_equal(explained_weight(&e), rows[i].weight);
		explained_free(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_hold_as_a_whole),
		cmocka_unit_test(a_time_of_day_goes_with_a_date),
		cmocka_unit_test(other_bytes_near_each_other_are_one),
		cmocka_unit_test(many_differences_are_told_as_one),
		cmocka_unit_test(lines_are_told),
		cmocka_unit_test(compiled_python_has_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
