/* littlefs.c - volumes of the reference implementation; hostile ones are laid out here. */
#include "unit/format/disk_tree.h"

extern const struct format format_littlefs;

#define VOLUME (128u << 10)

static void is_file(const struct opened *o, const char *path, const char *content)
{
	const struct entry *e = wanted(o, path);

	assert_int_equal(e->kind, KIND_FILE);
	content_is(o, e, span_text(content));
}

static void is_large(const struct opened *o)
{
	char want[20000];
	size_t n = 0;

	for (int i = 1; i <= 4000; i++)
		n += (size_t)snprintf(want + n, sizeof(want) - n, "%d\n", i);
	content_is(o, wanted(o, "/large"), (struct span){ (const uint8_t *)want, n });
}

static void reads_one_tree_from_blocks_of_any_size(void **state)
{
	static const struct {
		const char *file, *label;
	} volumes[] = {
		{ "littlefs/small.lfs.gz", "version 2.1, 256 blocks of 512" },
		{ "littlefs/big.lfs.gz", "version 2.1, 32 blocks of 4096" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = with_room(sample_unzipped(volumes[i].file), 3000);
		struct opened o;

		open_sample(&o, &format_littlefs, in);
		assert_int_equal(o.found.len, VOLUME);
		assert_int_equal(o.found.proof, PROOF_CHECKSUM);
		assert_string_equal(o.found.label, volumes[i].label);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.l.count, 36);
		is_a_txt(&o, wanted(&o, "/a.txt"));
		has_xattr(wanted(&o, "/a.txt"), "littlefs.74", span_text("attribute"));
		is_file(&o, "/dir/one", "first\n");
		is_file(&o, "/dir/new", "moved");
		is_file(&o, "/dir/deep/inline", "tiny");
		is_file(&o, "/empty", "");
		is_file(&o, "/changed", "version 29\n");
		is_file(&o, "/dir/file01", "number 1\n");
		assert_null(opened_entry(&o, "/dir/file00"));
		assert_null(opened_entry(&o, "/gone"));
		assert_null(opened_entry(&o, "/old"));
		is_large(&o);
		opened_free(&o);
		sample_free(in);
	}
}

/* A commit that is torn counts for nothing: what was there before it holds. */
static void a_torn_commit_gives_the_state_before_it(void **state)
{
	struct span in = sample_unzipped("littlefs/big.lfs.gz");
	size_t at = span_find(in, 0, span_text("attribute"));
	struct opened o;

	(void)state;
	assert_true(at < in.n);
	sample_bytes(in)[at] ^= 1;
	open_sample(&o, &format_littlefs, in);
	assert_int_equal(wanted(&o, "/a.txt")->xattr_count, 0);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	is_file(&o, "/changed", "version 29\n");
	opened_free(&o);
	sample_free(in);
}

static void an_image_that_is_cut_is_said(void **state)
{
	struct span in = sample_unzipped("littlefs/big.lfs.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_littlefs, span_head(in, 8192));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(wanted(&o, "/dir")->fault.kind, FAULT_BROKEN);
	is_file(&o, "/empty", "");
	opened_free(&o);
	sample_free(in);
}

/* -- volumes laid out here: two blocks of 256 bytes, one commit -- */

#define BLOCK 256u

struct writer {
	uint8_t image[4 * BLOCK];
	size_t at;
	uint32_t before;
};

static void put_tag(struct writer *w, uint32_t type, uint32_t id, const void *data, size_t n)
{
	uint32_t tag = type << 20 | id << 10 | (uint32_t)n;

	put_be(w->image + w->at, tag ^ w->before, 4);
	w->before = tag;
	if (n)
		memcpy(w->image + w->at + 4, data, n);
	w->at += 4 + n;
}

static void begin(struct writer *w)
{
	uint8_t super[24] = { 1, 0, 2, 0 };

	*w = (struct writer){ .before = UINT32_MAX, .at = 4 };
	put_le(w->image, 1, 4);
	put_le(super + 4, BLOCK, 4);
	put_le(super + 8, 4, 4);
	put_tag(w, 0x0ff, 0, "littlefs", 8);
	put_tag(w, 0x201, 0, super, 24);
}

static void commit(struct writer *w)
{
	uint8_t sum[4] = { 0 };
	size_t from = w->at;

	put_tag(w, 0x500, 0x3ff, sum, 4);
	put_le(w->image + from + 4, ~crc32(0, w->image, (uInt)from + 4), 4);
}

static void a_directory_within_itself_ends(void **state)
{
	uint8_t pair[8] = { 0, 0, 0, 0, 1 };
	struct writer w;
	struct opened o;

	(void)state;
	begin(&w);
	put_tag(&w, 0x002, 1, "d", 1);
	put_tag(&w, 0x200, 1, pair, 8);
	commit(&w);
	open_sample(&o, &format_littlefs, (struct span){ w.image, sizeof(w.image) });
	assert_string_equal(wanted(&o, "/d")->fault.what, "block of a log met twice");
	opened_free(&o);
	begin(&w);
	put_tag(&w, 0x601, 0x3ff, pair, 8); /* a log that goes on with itself */
	commit(&w);
	open_sample(&o, &format_littlefs, (struct span){ w.image, sizeof(w.image) });
	assert_string_equal(wanted(&o, "/")->fault.what, "block of a log met twice");
	opened_free(&o);
}

static void lists_that_are_none_are_said(void **state)
{
	uint8_t large[8] = { 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, lost[8] = { 9, 0, 0, 0, 10 };
	uint8_t cycle[8] = { 3, 0, 0, 0, 0xbc, 3 }; /* 956 bytes, all in block 3 */
	struct sink content;
	struct writer w;
	struct opened o;

	(void)state;
	begin(&w);
	put_tag(&w, 0x001, 1, "large", 5);
	put_tag(&w, 0x202, 1, large, 8);
	put_tag(&w, 0x001, 2, "lost", 4);
	put_tag(&w, 0x202, 2, lost, 8);
	put_tag(&w, 0x001, 3, "cycle", 5);
	put_tag(&w, 0x202, 3, cycle, 8);
	commit(&w);
	put_le(w.image + 3 * BLOCK, 3, 4);
	open_sample(&o, &format_littlefs, (struct span){ w.image, sizeof(w.image) });
	assert_string_equal(wanted(&o, "/large")->fault.what, "blocks used more than once");
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/lost"), &content, LIMIT).kind, FAULT_BROKEN);
	assert_int_equal(content.n, 10);
	opened_load(&o, wanted(&o, "/cycle"), &content, LIMIT);
	assert_int_equal(content.n, 956);
	sink_free(&content);
	opened_free(&o);
}

static void numbers_move_as_names_come_and_go(void **state)
{
	struct writer w;
	struct opened o;

	(void)state;
	begin(&w);
	put_tag(&w, 0x401, 1, NULL, 0);
	put_tag(&w, 0x001, 1, "c", 1);
	put_tag(&w, 0x201, 1, "3", 1);
	put_tag(&w, 0x401, 1, NULL, 0); /* before it */
	put_tag(&w, 0x001, 1, "a", 1);
	put_tag(&w, 0x201, 1, "1", 1);
	put_tag(&w, 0x401, 2, NULL, 0); /* between them */
	put_tag(&w, 0x001, 2, "b", 1);
	put_tag(&w, 0x201, 2, "2", 1);
	put_tag(&w, 0x4ff, 1, NULL, 0);
	put_tag(&w, 0x201, 2, "three", 5);
	commit(&w);
	open_sample(&o, &format_littlefs, (struct span){ w.image, sizeof(w.image) });
	assert_int_equal(o.l.count, 3);
	assert_null(opened_entry(&o, "/a"));
	is_file(&o, "/b", "2");
	is_file(&o, "/c", "three");
	opened_free(&o);
}

static void refuses_what_no_checksum_closes(void **state)
{
	struct span in = sample_unzipped("littlefs/small.lfs.gz");
	struct found f;

	(void)state;
	sample_bytes(in)[40] ^= 1;
	sample_bytes(in)[512 + 40] ^= 1;
	assert_string_equal(format_littlefs.probe(in, &f).what, "checksum of a commit");
	sample_free(in);
	in = sample_unzipped("littlefs/small.lfs.gz");
	refuses_once_changed("littlefs", in, 22); /* the version */
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	harm_unzipped(&format_littlefs, "littlefs/small.lfs.gz", 1200, 1);
	harm_unzipped(&format_littlefs, "littlefs/small.lfs.gz", VOLUME, 211);
	harm_unzipped(&format_littlefs, "littlefs/big.lfs.gz", VOLUME, 307);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_blocks_of_any_size),
		cmocka_unit_test(a_torn_commit_gives_the_state_before_it),
		cmocka_unit_test(an_image_that_is_cut_is_said),
		cmocka_unit_test(a_directory_within_itself_ends),
		cmocka_unit_test(lists_that_are_none_are_said),
		cmocka_unit_test(numbers_move_as_names_come_and_go),
		cmocka_unit_test(refuses_what_no_checksum_closes),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
