/* iso9660.c - ISO 9660 by both writers of Debian, with every extension. */
#include "unit/format/disk_tree.h"

extern const struct format format_iso9660;

#define UNICODE "/gr\\xc3\\xbcn\\x20and\\x20\\xe6\\x97\\xa5\\xe6\\x9c\\xac.txt"
#define BOTTOM  "/d1/d2/d3/d4/d5/d6/d7/d8/file"

static const struct image {
	const char *file, *label;
	bool rock, links;
} images[] = {
	{ "iso9660/rock.gz", "Rock Ridge", true, false },
	{ "iso9660/moved.gz", "Rock Ridge", true, false },
	{ "iso9660/joliet.gz", "Joliet", false, false },
	{ "iso9660/zisofs.gz", "Rock Ridge", true, false },
	{ "iso9660/xorriso.gz", "Rock Ridge", true, true },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static void has_rock_ridge(const struct opened *o)
{
	struct span target = wanted(o, "/longlink")->target;

	has_disk_owner(o);
	is_link(o);
	is_device(o, "/null", KIND_CHAR_DEVICE, 1, 3);
	is_device(o, "/disk", KIND_BLOCK_DEVICE, 179, 200);
	assert_true(span_is(wanted(o, "/link2")->target, "/dir/../x"));
	assert_int_equal(target.n, 123);
	for (size_t i = 0; i < 120; i += 2)
		assert_true(target.p[i] == 'x' && target.p[i + 1] == '/');
}

static void reads_one_tree_by_every_writer(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_unzipped(images[i].file);
		struct opened o;

		open_sample(&o, &format_iso9660, in);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.l.label, images[i].label);
		has_disk_files(&o);
		assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME);
		assert_int_equal(wanted(&o, "/sparse")->size, 40004);
		content_is(&o, wanted(&o, UNICODE), span_text("x"));
		if (images[i].rock)
			has_rock_ridge(&o);
		if (images[i].rock)
			content_is(&o, wanted(&o, BOTTOM), span_text("bottom"));
		assert_int_equal(wanted(&o, "/dir/two")->kind,
				 images[i].links ? KIND_HARDLINK : KIND_FILE);
		opened_free(&o);
		sample_free(in);
	}
}

/* A moved folder is shown where it belongs, and only there. */
static void folders_that_were_moved_stand_in_their_place(void **state)
{
	struct span in = sample_unzipped("iso9660/moved.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_iso9660, in);
	assert_int_equal(wanted(&o, "/rr_moved")->kind, KIND_DIRECTORY);
	for (uint32_t i = 0; i < o.l.count; i++)
		assert_false(o.l.entries[i].parent != NO_ENTRY &&
			     span_is(o.l.entries[o.l.entries[i].parent].name, "rr_moved"));
	opened_free(&o);
	sample_free(in);
}

/* The record of that name in ISO 9660's own spelling; path tables hold the name too. */
static uint8_t *record_of(struct span in, const char *name)
{
	size_t at = 0, n = strlen(name);

	while ((at = span_find(in, at + 1, span_text(name))) != SIZE_MAX)
		if (at > 33 && in.p[at - 1] == n && in.p[at - 33] >= 33 + n)
			return sample_bytes(in) + at - 33;
	fail_msg("no %s", name);
	return NULL;
}

/* What a number says in both byte orders; readers take the little-endian one. */
static void put(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void a_folder_within_itself_is_met_once(void **state)
{
	struct span in = sample_unzipped("iso9660/rock.gz");
	uint8_t *deep = record_of(in, "DEEP"), *dir = record_of(in, "DIR");
	struct opened o;

	(void)state;
	memcpy(deep + 2, dir + 2, 8);
	opened_init(&o, &format_iso9660, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	sample_free(in);
}

static void extents_behind_the_image_are_said(void **state)
{
	struct span in = sample_unzipped("iso9660/rock.gz");
	struct opened o;

	(void)state;
	put(record_of(in, "A.TXT;1") + 10, 0xfffffff0);
	put(record_of(in, "ONE.;1") + 2, 0xfffffff0);
	opened_init(&o, &format_iso9660, in);
	assert_int_equal(wanted(&o, "/a.txt")->fault.kind, FAULT_SHORT);
	assert_int_equal(wanted(&o, "/dir/one")->fault.kind, FAULT_SHORT);
	content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
	opened_free(&o);
	sample_free(in);
}

/* A record that goes on takes the next one's extent too. */
static void a_file_of_several_extents_is_one(void **state)
{
	struct span in = sample_unzipped("iso9660/rock.gz");
	struct opened o;

	(void)state;
	record_of(in, "ONE.;1")[25] |= 0x80; /* then TWO follows, with the same extent */
	open_sample(&o, &format_iso9660, in);
	content_is(&o, wanted(&o, "/dir/one"), span_text("first\nfirst\n"));
	assert_null(opened_entry(&o, "/dir/two"));
	opened_free(&o);
	sample_free(in);
}

static void a_further_extent_that_never_comes_is_said(void **state)
{
	struct span in = sample_unzipped("iso9660/rock.gz");
	struct opened o;

	(void)state;
	record_of(in, "TWO.;1")[25] |= 0x80; /* the last one of its folder */
	opened_init(&o, &format_iso9660, in);
	assert_string_equal(wanted(&o, "/dir/two")->fault.what, "further extent");
	content_is(&o, wanted(&o, "/dir/two"), span_text("first\n"));
	opened_free(&o);
	sample_free(in);
}

/* Linux does not ask for it: each file has its own content. */
static void a_serial_number_alone_joins_no_files(void **state)
{
	struct span in = sample_unzipped("iso9660/xorriso.gz");
	struct opened o;

	(void)state;
	record_of(in, "TWO.;1")[10]--;
	opened_init(&o, &format_iso9660, in);
	assert_int_equal(wanted(&o, "/dir/two")->kind, KIND_FILE);
	content_is(&o, wanted(&o, "/dir/two"), span_text("first"));
	content_is(&o, wanted(&o, "/dir/one"), span_text("first\n"));
	opened_free(&o);
	sample_free(in);
}

static void a_broken_block_of_zisofs_ends_the_content(void **state)
{
	struct span in = sample_unzipped("iso9660/zisofs.gz");
	struct sink content;
	struct opened o;
	size_t at = span_find(in, 0, span_text("\x37\xe4\x53\x96\xc9\xdb\xd6\x07"));

	(void)state;
	put(sample_bytes(in) + at + 16, UINT32_MAX);
	opened_init(&o, &format_iso9660, in);
	sink_init(&content, NULL, LIMIT);
	assert_string_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).what,
			    "zisofs block");
	sink_free(&content);
	opened_free(&o);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++)
		harm_unzipped(&format_iso9660, images[i].file, 90000, 61);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_by_every_writer),
		cmocka_unit_test(folders_that_were_moved_stand_in_their_place),
		cmocka_unit_test(a_folder_within_itself_is_met_once),
		cmocka_unit_test(extents_behind_the_image_are_said),
		cmocka_unit_test(a_file_of_several_extents_is_one),
		cmocka_unit_test(a_further_extent_that_never_comes_is_said),
		cmocka_unit_test(a_serial_number_alone_joins_no_files),
		cmocka_unit_test(a_broken_block_of_zisofs_ends_the_content),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
