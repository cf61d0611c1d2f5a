/* arj.c - archives of arj: what is stored is opened, what is packed says so. */
#include "unit/format/small_tree.h"

extern const struct format format_arj;

static void opens_what_is_stored(void **state)
{
	struct span in = sample_read("archives/stored.arj"), longer;
	uint8_t *p = calloc(1, in.n + 500);
	struct opened o;

	(void)state;
	assert_non_null(p);
	memcpy(p, in.p, in.n);
	longer = (struct span){ p, in.n + 500 };
	open_sample(&o, &format_arj, longer);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, "2 files");
	assert_int_equal(o.l.count, 2);
	assert_int_equal(opened_faults(&o), 0);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	assert_int_equal(wanted(&o, "/a.txt")->mode, 0755);
	assert_int_equal(wanted(&o, "/a.txt")->mtime, MTIME);
	content_is(&o, wanted(&o, "/dir/one"), span_text("first\n"));
	opened_free(&o);
	sample_free(longer);
	sample_free(in);
}

static void what_is_packed_says_so(void **state)
{
	struct span in = sample_read("archives/packed.arj");
	struct opened o;

	(void)state;
	open_sample(&o, &format_arj, in);
	assert_int_equal(o.found.len, in.n);
	assert_string_equal(wanted(&o, "/a.txt")->fault.what, "compression");
	assert_int_equal(wanted(&o, "/a.txt")->fault.kind, FAULT_UNKNOWN);
	content_is(&o, wanted(&o, "/dir/one"), span_text("first\n"));
	opened_free(&o);
	sample_free(in);
}

static void a_wrong_checksum_and_a_cut_are_said(void **state)
{
	struct span in = sample_read("archives/stored.arj");
	struct opened o;

	(void)state;
	sample_bytes(in)[500] ^= 1;
	open_sample(&o, &format_arj, in);
	assert_string_equal(wanted(&o, "/a.txt")->fault.what, "content CRC-32");
	opened_free(&o);
	opened_init(&o, &format_arj, span_head(in, 600));
	assert_int_equal(o.fault.kind, FAULT_SHORT);
	assert_string_equal(o.found.label, "1 files, ends early");
	opened_free(&o);
	sample_bytes(in)[1230] ^= 1; /* in the second header */
	opened_init(&o, &format_arj, in);
	assert_int_equal(o.fault.kind, FAULT_BROKEN);
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
	refuses_once_changed("arj", in, 20);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	cut_everywhere(&format_arj, "archives/stored.arj", 1);
	spoil_everywhere(&format_arj, "archives/stored.arj", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_is_stored),
		cmocka_unit_test(what_is_packed_says_so),
		cmocka_unit_test(a_wrong_checksum_and_a_cut_are_said),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
