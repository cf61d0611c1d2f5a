/* udf.c - UDF against the tree that Linux wrote. */
#include "base/cursor.h"
#include "base/hash.h"
#include "unit/format/disk_tree.h"

extern const struct format format_udf;

static const char *const samples[] = { "udf/hard-disk.gz", "udf/rewritable.gz" };

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void gives_the_tree_that_was_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = sample_unzipped(samples[i]);
		struct opened o;

		open_sample(&o, &format_udf, in);
		has_disk_files(&o);
		has_disk_nodes(&o);
		has_disk_owner(&o);
		assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME);
		assert_int_equal(wanted(&o, "/a.txt")->mtime_ns, 789000000);
		assert_true(span_is(wanted(&o, "/link2")->target, "/dir/../x"));
		assert_int_equal(wanted(&o, "/dir/two")->kind, KIND_HARDLINK);
		content_is(&o, wanted(&o, "/\\xc5\\x9d\\xc5\\xad\\xe6\\x97\\xa5\\xe6\\x9c\\xac"),
			   span_text("x"));
		content_is(&o, wanted(&o, "/\\xc3\\xa9"), span_text("y"));
		assert_int_equal(wanted(&o, "/sparse")->size, 40004);
		assert_null(opened_entry(&o, "/dir/gone"));
		opened_free(&o);
		sample_free(in);
	}
}

static void says_that_a_medium_is_written_once(void **state)
{
	struct span in = sample_unzipped("udf/write-once.gz");
	struct opened o;

	(void)state;
	opened_init(&o, &format_udf, in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.fault.kind, FAULT_UNKNOWN);
	assert_string_equal(o.fault.what, "virtual allocation table");
	opened_free(&o);
	sample_free(in);
}

static void finds_its_own_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = sample_unzipped(samples[i]), room = with_room(in, 10000);
		struct found found = { 0 };

		assert_int_equal(format_udf.probe(room, &found).kind, FAULT_NONE);
		assert_int_equal(found.len, room.n - 10000);
		sample_free(room);
	}
}

/* The second sequence of descriptors stands in for the first. */
static void reads_the_reserve_sequence(void **state)
{
	struct span in = sample_unzipped(samples[0]);
	uint64_t main_at = span_u32(in, 256 * 512 + 20, false) * 512ull;
	struct opened o;

	(void)state;
	memset(sample_bytes(in) + main_at, 0, 512 * 16);
	open_sample(&o, &format_udf, in);
	has_disk_files(&o);
	opened_free(&o);
	sample_free(in);
}

/* Where a name's descriptor stands in its directory. */
static uint8_t *name_at(struct span in, const char *name)
{
	size_t at = 0;

	while ((at = span_find(in, at + 1, span_text(name))) != SIZE_MAX)
		if (at > 39 && span_u16(in, at - 39, false) == 257)
			return sample_bytes(in) + at - 39;
	fail_msg("no %s", name);
	return NULL;
}

static void mend(uint8_t *tag)
{
	struct span body = { tag + 16, (size_t)(tag[10] | tag[11] << 8) };
	uint16_t crc = crc16_1021(0, body);
	uint8_t sum = 0;

	tag[8] = (uint8_t)crc;
	tag[9] = (uint8_t)(crc >> 8);
	tag[4] = 0;
	for (int i = 0; i < 16; i++)
		sum = (uint8_t)(sum + tag[i]);
	tag[4] = sum;
}

/* The file entry in whose block a directory's content stands. */
static uint8_t *entry_of(struct span in, const uint8_t *name)
{
	return sample_bytes(in) + (name - in.p) / 512 * 512;
}

static void ends_a_cycle_of_directories(void **state)
{
	struct span in = sample_unzipped(samples[0]);
	uint8_t *deep = name_at(in, "deep"), *dir = name_at(in, "dir");
	struct opened o;

	(void)state;
	memcpy(deep + 20, dir + 20, 16); /* "deep" is "dir" again */
	mend(deep);
	mend(entry_of(in, deep));
	opened_init(&o, &format_udf, in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	sample_free(in);
}

/* Names that each sum up all that follow would cost the square of their number. */
static void a_checksum_over_the_next_name_ends_the_directory(void **state)
{
	struct span in = sample_unzipped(samples[0]);
	uint8_t *deep = name_at(in, "deep");
	struct opened o;

	(void)state;
	deep[10] = (uint8_t)(deep[10] + 8);
	mend(deep);
	mend(entry_of(in, deep));
	opened_init(&o, &format_udf, in);
	assert_string_equal(wanted(&o, "/dir")->fault.what, "name in a directory");
	opened_free(&o);
	sample_free(in);
}

static void a_wrong_checksum_ends_the_directory_only(void **state)
{
	struct span in = sample_unzipped(samples[0]);
	struct opened o;

	(void)state;
	name_at(in, "deep")[18] ^= 1;
	mend(entry_of(in, name_at(in, "deep")));
	opened_init(&o, &format_udf, in);
	assert_string_equal(wanted(&o, "/dir")->fault.what, "name in a directory");
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void cuts_and_spoilt_bytes_do_no_harm(void **state)
{
	(void)state;
	harm_unzipped(&format_udf, samples[0], 150000, 37);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_tree_that_was_written),
		cmocka_unit_test(says_that_a_medium_is_written_once),
		cmocka_unit_test(finds_its_own_end),
		cmocka_unit_test(reads_the_reserve_sequence),
		cmocka_unit_test(ends_a_cycle_of_directories),
		cmocka_unit_test(a_checksum_over_the_next_name_ends_the_directory),
		cmocka_unit_test(a_wrong_checksum_ends_the_directory_only),
		cmocka_unit_test(cuts_and_spoilt_bytes_do_no_harm),
	};

	return cmocka_run_group_tests_name("udf", tests, NULL, NULL);
}
