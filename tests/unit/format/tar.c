/* tar.c - tar of every dialect, against archives that GNU tar and bsdtar made. */
#include "unit/format/small_tree.h"

extern const struct format format_tar, format_tarv7;

#define LONG_NAME                                                                                  \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"                             \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

#define BLOCK 512

static const struct {
	const struct format *format;
	const char *file, *label;
	bool has_special, has_long, has_nanoseconds;
} archives[] = {
	{ &format_tarv7, "archives/v7.tar", "v7", false, false, false },
	{ &format_tar, "archives/ustar.tar", "ustar", true, false, false },
	{ &format_tar, "archives/gnu.tar", "gnu", true, true, false },
	{ &format_tar, "archives/pax.tar", "pax", true, true, true },
};

static void reads_one_tree_from_every_dialect(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		struct span in = sample_read(archives[i].file);
		const struct entry *e;
		struct opened o;

		open_sample(&o, archives[i].format, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.found.label, archives[i].label);
		e = wanted(&o, "/a.txt");
		is_a_txt(&o, e);
		assert_int_equal(e->mode, 04755);
		assert_int_equal(e->uid, 70000);
		assert_int_equal(e->gid, 80000);
		assert_int_equal(e->mtime, MTIME);
		assert_int_equal(e->mtime_ns, archives[i].has_nanoseconds ? 789000000 : 0);
		is_link(&o);
		is_hard_link(&o, "/dir/two", "/dir/one");
		assert_int_equal(wanted(&o, "/dir/deep")->kind, KIND_DIRECTORY);
		if (archives[i].has_special) {
			is_device(&o, "/null", KIND_CHAR_DEVICE, 1, 3);
			is_device(&o, "/disk", KIND_BLOCK_DEVICE, 179, 300);
			assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
		}
		if (archives[i].has_long)
			content_is(&o, wanted(&o, "/dir/" LONG_NAME "/" LONG_NAME),
				   span_text("long\n"));
		opened_free(&o);
		sample_free(in);
	}
}

static void gives_each_attribute_once(void **state)
{
	static const char *const files[] = { "archives/pax.tar", "archives/libarchive.tar" };
	static const uint8_t capability[20] = { 1, 0, 0, 2, 0, 0x20 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(files[i]);
		struct opened o;

		open_sample(&o, &format_tar, in);
		has_xattr(wanted(&o, "/a.txt"), "user.key", span_text("value"));
		has_xattr(wanted(&o, "/dir/one"), "security.capability",
			  (struct span){ capability, sizeof(capability) });
		opened_free(&o);
		sample_free(in);
	}
}

static void fills_the_holes_of_sparse_files(void **state)
{
	static const char *const files[] = { "archives/sparse-old.tar", "archives/sparse-0.0.tar",
					     "archives/sparse-0.1.tar", "archives/sparse-1.0.tar" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct span in = sample_read(files[i]);
		struct opened o;

		open_sample(&o, &format_tar, in);
		assert_int_equal(o.l.count, 1);
		is_sparse(&o, wanted(&o, "/sparse"));
		opened_free(&o);
		sample_free(in);
	}
}

static void put_checksum(uint8_t *block)
{
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
}

static void put_header(uint8_t *block, const char *name, char type, const char *link, unsigned size)
{
	memset(block, 0, BLOCK);
	snprintf((char *)block, 100, "%s", name);
	memcpy(block + 100, "0000644\0000000000\0000000000", 24);
	snprintf((char *)block + 124, 12, "%011o", size);
	memcpy(block + 136, "00000000000", 11);
	block[156] = (uint8_t)type;
	snprintf((char *)block + 157, 100, "%s", link);
	memcpy(block + 257, "ustar\00000", 8);
	put_checksum(block);
}

static void ends_with_its_record_and_not_with_the_zeros_behind(void **state)
{
	static uint8_t bytes[64 * BLOCK];
	struct opened o;

	(void)state;
	put_header(bytes, "f", '0', "", 0);
	open_sample(&o, &format_tar, (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(o.found.len, 20 * BLOCK);
	opened_free(&o);

	/* Something begins within the record: the archive has its two closing blocks. */
	bytes[5 * BLOCK] = 1;
	open_sample(&o, &format_tar, (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(o.found.len, 3 * BLOCK);
	opened_free(&o);
	bytes[5 * BLOCK] = 0;
}

static void leads_a_link_to_a_link_to_the_content(void **state)
{
	static uint8_t bytes[8 * BLOCK];
	struct opened o;

	(void)state;
	put_header(bytes, "./one", '0', "", 1);
	bytes[BLOCK] = 'x';
	put_header(bytes + 2 * BLOCK, "two", '1', "one", 0);
	put_header(bytes + 3 * BLOCK, "three", '1', "./two", 0);
	put_header(bytes + 4 * BLOCK, "four", '1', "nowhere", 0);
	open_sample(&o, &format_tar, (struct span){ bytes, sizeof(bytes) });
	is_hard_link(&o, "/two", "/one");
	is_hard_link(&o, "/three", "/one");
	assert_int_equal(wanted(&o, "/four")->first, NO_ENTRY);
	opened_free(&o);
}

static void takes_owners_of_global_records(void **state)
{
	static uint8_t bytes[8 * BLOCK];
	struct opened o;

	(void)state;
	put_header(bytes, "global", 'g', "", 14);
	memcpy(bytes + BLOCK, "14 uid=123456\n", 14);
	put_header(bytes + 2 * BLOCK, "one", '0', "", 0);
	put_header(bytes + 3 * BLOCK, "two", '0', "", 0);
	open_sample(&o, &format_tar, (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(o.l.count, 2);
	assert_int_equal(wanted(&o, "/one")->uid, 123456);
	assert_int_equal(wanted(&o, "/two")->uid, 123456);
	opened_free(&o);
}

static void says_that_a_member_is_cut(void **state)
{
	struct span in = sample_read("archives/ustar.tar");
	struct opened o;

	(void)state;
	open_sample(&o, &format_tar, span_head(in, BLOCK + 700));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_non_null(opened_entry(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void keeps_members_before_a_broken_header(void **state)
{
	struct span in = sample_read("archives/ustar.tar");
	struct opened o;

	(void)state;
	sample_bytes(in)[4 * BLOCK + 3] ^= 1; /* behind a.txt: 1 header, 3 blocks */
	open_sample(&o, &format_tar, in);
	assert_int_equal(o.found.len, 4 * BLOCK);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void refuses_sizes_that_no_archive_can_have(void **state)
{
	static uint8_t bytes[4 * BLOCK];
	struct found f;

	(void)state;
	put_header(bytes, "huge", '0', "", 0);
	memset(bytes + 124, 0xff, 12);
	bytes[124] = 0xbf; /* base 256, positive */
	put_checksum(bytes);
	assert_int_not_equal(format_tar.probe((struct span){ bytes, sizeof(bytes) }, &f).kind,
			     FAULT_NONE);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	cut_everywhere(&format_tarv7, "archives/v7.tar", 61);
	cut_everywhere(&format_tar, "archives/gnu.tar", 61);
	cut_everywhere(&format_tar, "archives/pax.tar", 127);
	cut_everywhere(&format_tar, "archives/sparse-old.tar", 127);
	cut_everywhere(&format_tar, "archives/sparse-1.0.tar", 127);
	spoil_everywhere(&format_tar, "archives/sparse-1.0.tar", 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_dialect),
		cmocka_unit_test(gives_each_attribute_once),
		cmocka_unit_test(fills_the_holes_of_sparse_files),
		cmocka_unit_test(ends_with_its_record_and_not_with_the_zeros_behind),
		cmocka_unit_test(leads_a_link_to_a_link_to_the_content),
		cmocka_unit_test(takes_owners_of_global_records),
		cmocka_unit_test(says_that_a_member_is_cut),
		cmocka_unit_test(keeps_members_before_a_broken_header),
		cmocka_unit_test(refuses_sizes_that_no_archive_can_have),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
