/* cpio.c - cpio of every variant, against archives that GNU cpio made. */
#include "unit/format/small_tree.h"

extern const struct format format_cpio;

static const char *const files[][2] = {
	{ "archives/newc.cpio", "newc" },
	{ "archives/crc.cpio", "crc" },
	{ "archives/odc.cpio", "odc" },
	{ "archives/bin.cpio", "binary, little-endian" },
};

#define FILES (sizeof(files) / sizeof(files[0]))

static void reads_one_tree_from_every_variant(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		struct span in = sample_read(files[i][0]);
		const struct entry *e;
		struct opened o;

		open_sample(&o, &format_cpio, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.found.label, files[i][1]);
		e = wanted(&o, "/dir/deep/inline");
		content_is(&o, e, span_text("tiny"));
		assert_int_equal(e->mtime, MTIME);
		is_link(&o);
		is_hard_link(&o, "/dir/two", "/dir/one");
		content_is(&o, wanted(&o, "/dir/one"), span_text("first\n"));
		is_device(&o, "/null", KIND_CHAR_DEVICE, 1, 3);
		assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
		opened_free(&o);
		sample_free(in);
	}
}

static void keeps_modes_and_owners_that_fit_the_variant(void **state)
{
	struct span in = sample_read("archives/newc.cpio");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_cpio, in);
	e = wanted(&o, "/a.txt");
	is_a_txt(&o, e);
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->uid, 70000);
	assert_int_equal(e->gid, 80000);
	is_device(&o, "/disk", KIND_BLOCK_DEVICE, 179, 300);
	opened_free(&o);
	sample_free(in);
}

static size_t put_member(uint8_t *to, unsigned inode, unsigned links, const char *name,
			 const char *content)
{
	size_t n = (size_t)sprintf(
		(char *)to, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", inode,
		0100644u, 0u, 0u, links, 0u, strlen(content), 0u, 0u, 0u, 0u, strlen(name) + 1, 0u);

	n += (size_t)sprintf((char *)to + n, "%s", name) + 1;
	while (n % 4)
		to[n++] = 0;
	n += (size_t)sprintf((char *)to + n, "%s", content);
	while (n % 4)
		to[n++] = 0;
	return n;
}

static void gives_the_content_to_the_first_of_several_names(void **state)
{
	static uint8_t bytes[2048];
	struct opened o;
	size_t n = put_member(bytes, 7, 3, "one", "");

	(void)state;
	n += put_member(bytes + n, 8, 1, "other", "no");
	n += put_member(bytes + n, 7, 3, "two", "");
	n += put_member(bytes + n, 7, 3, "three", "yes");
	n += put_member(bytes + n, 0, 1, "TRAILER!!!", "");
	open_sample(&o, &format_cpio, (struct span){ bytes, n });
	content_is(&o, wanted(&o, "/one"), span_text("yes"));
	assert_int_equal(wanted(&o, "/one")->size, 3);
	content_is(&o, wanted(&o, "/other"), span_text("no"));
	is_hard_link(&o, "/two", "/one");
	is_hard_link(&o, "/three", "/one");
	opened_free(&o);
}

static void parts_archives_that_stand_one_behind_the_other(void **state)
{
	static uint8_t bytes[4096];
	struct opened o;
	size_t n = put_member(bytes, 1, 1, "one", "1");

	(void)state;
	put_member(bytes + n, 0, 1, "TRAILER!!!", "");
	put_member(bytes + 512, 2, 1, "two", "2");
	open_sample(&o, &format_cpio, (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(o.found.len, 512);
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
}

static void says_that_the_trailer_is_missing(void **state)
{
	struct span in = sample_read("archives/cut.cpio");
	struct opened o;

	(void)state;
	open_sample(&o, &format_cpio, in);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_non_null(opened_entry(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_are_no_digits(void **state)
{
	struct span in = sample_read("archives/newc.cpio");
	struct found f;

	(void)state;
	sample_bytes(in)[20] = 'x';
	assert_int_equal(format_cpio.probe(in, &f).kind, FAULT_BROKEN);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		cut_everywhere(&format_cpio, files[i][0], 3);
		spoil_everywhere(&format_cpio, files[i][0], 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_variant),
		cmocka_unit_test(keeps_modes_and_owners_that_fit_the_variant),
		cmocka_unit_test(gives_the_content_to_the_first_of_several_names),
		cmocka_unit_test(parts_archives_that_stand_one_behind_the_other),
		cmocka_unit_test(says_that_the_trailer_is_missing),
		cmocka_unit_test(refuses_fields_that_are_no_digits),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
