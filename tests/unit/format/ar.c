/* ar.c - ar and rpm: packages whose parts other formats open. */
#include "unit/format/small_tree.h"

extern const struct format format_ar, format_rpm;

#define MEMBER(name, size) name "0           0     0     100644  " size "`\n"

static void reads_the_table_of_long_names(void **state)
{
	struct span in = sample_read("archives/gnu.a");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ar, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 2);
	e = wanted(&o, "/a.txt");
	is_a_txt(&o, e);
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->mtime, MTIME);
	is_a_txt(&o, wanted(&o, "/a_name_of_more_than_sixteen.txt"));
	opened_free(&o);
	sample_free(in);
}

static void reads_names_before_the_content(void **state)
{
	static const char archive[] = "!<arch>\n" MEMBER(
		"#1/20           ", "23        ") "a_name_of_BSD\0\0\0\0\0\0\0yes\n";
	struct opened o;

	(void)state;
	open_sample(&o, &format_ar, (struct span){ (const uint8_t *)archive, sizeof(archive) - 1 });
	content_is(&o, wanted(&o, "/a_name_of_BSD"), span_text("yes"));
	opened_free(&o);
}

static void knows_a_debian_package(void **state)
{
	static const char archive[] = "!<arch>\n" MEMBER("debian-binary   ", "4         ") "2.0\n";
	struct opened o;

	(void)state;
	open_sample(&o, &format_ar, (struct span){ (const uint8_t *)archive, sizeof(archive) - 1 });
	assert_string_equal(o.found.label, "Debian package");
	opened_free(&o);
}

static void says_that_a_member_is_cut(void **state)
{
	struct span in = sample_read("archives/gnu.a");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ar, span_head(in, in.n - 50));
	assert_int_equal(o.l.count, 2);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	opened_free(&o);
	sample_free(in);
}

static void gives_the_payload_of_an_rpm(void **state)
{
	struct span in = sample_read("archives/small.rpm");
	struct opened o;

	(void)state;
	open_sample(&o, &format_rpm, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_string_equal(o.found.label, "small 1.2-3");
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.l.kind, LISTING_REGIONS);
	assert_int_equal(o.l.count, 1);
	assert_int_equal(span_u16(in, o.l.entries[0].offset, true), 0x1f8b);
	assert_int_equal(o.l.entries[0].offset + o.l.entries[0].length, in.n);
	opened_free(&o);
	sample_free(in);
}

static void says_that_an_rpm_is_cut(void **state)
{
	struct span in = sample_read("archives/small.rpm");
	struct opened o;

	(void)state;
	open_sample(&o, &format_rpm, span_head(in, in.n - 10));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	cut_everywhere(&format_ar, "archives/gnu.a", 1);
	spoil_everywhere(&format_ar, "archives/gnu.a", 1);
	cut_everywhere(&format_rpm, "archives/small.rpm", 1);
	spoil_everywhere(&format_rpm, "archives/small.rpm", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_table_of_long_names),
		cmocka_unit_test(reads_names_before_the_content),
		cmocka_unit_test(knows_a_debian_package),
		cmocka_unit_test(says_that_a_member_is_cut),
		cmocka_unit_test(gives_the_payload_of_an_rpm),
		cmocka_unit_test(says_that_an_rpm_is_cut),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
