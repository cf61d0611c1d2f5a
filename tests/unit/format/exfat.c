/* exfat.c - against a volume of mkfs.exfat; hostile ones are made of it. */
#include "unit/format/disk_tree.h"

extern const struct format format_exfat, format_mbr;

#define SAMPLE  "exfat/small.exfat.gz"
#define CLUSTER 1024
#define NAME    "/dir/gr\\xc3\\xbcn\\x20and\\x20\\xf0\\x9f\\x98\\x80"

static void reads_the_tree(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	uint8_t zeros[20000] = "head";
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_exfat, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(&o), 0);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.l.label, "clusters of 1024, Small");
	assert_int_equal(o.l.count, 8);
	e = wanted(&o, "/a.txt");
	is_a_txt(&o, e);
	assert_false(e->stored);
	assert_int_equal(e->mtime, DISK_MTIME + 1);
	assert_int_equal(e->mtime_ns, 500000000);
	e = wanted(&o, NAME);
	assert_true(e->stored);
	content_is(&o, e, span_text("first\n"));
	content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
	content_is(&o, wanted(&o, "/empty"), (struct span){ 0 });
	content_is(&o, wanted(&o, "/sparse"), (struct span){ zeros, sizeof(zeros) });
	opened_free(&o);
	sample_free(in);
}

static void says_that_the_volume_is_cut(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_exfat, span_head(in, in.n - 5000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void says_which_checksum_is_wrong(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	size_t record =
		span_find(in, 12 * 512, (struct span){ (const uint8_t *)"\xc1\0a\0.\0", 6 });
	struct opened o;

	(void)state;
	sample_bytes(in)[200]++;
	sample_bytes(in)[record + 2] = 'A';
	open_sample(&o, &format_exfat, in);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_string_equal(o.l.fault.what, "boot checksum");
	assert_string_equal(wanted(&o, "/A.txt")->fault.what, "checksum of the records");
	opened_free(&o);
	sample_free(in);
}

/* The first record of the set whose name begins so. */
static uint8_t *set_of(struct span in, const char *first)
{
	const uint8_t pattern[] = { 0xc1, 0, (uint8_t)first[0], 0, (uint8_t)first[1], 0 };
	size_t at = span_find(in, 12 * 512, (struct span){ pattern, sizeof(pattern) });

	assert_true(at < in.n);
	return sample_bytes(in) + at - 64;
}

/* Makes the checksum of a set of three records right. */
static void mend(uint8_t *set)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < 96; i++)
		if (i != 2 && i != 3)
			sum = ((sum >> 1 | sum << 15) + set[i]) & 0xffff;
	put_le(set + 2, sum, 2);
}

static void a_time_of_no_zone_is_none(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	uint8_t *set = set_of(in, "a.");
	struct opened o;

	(void)state;
	set[23] = 4;
	mend(set);
	open_sample(&o, &format_exfat, in);
	assert_false(wanted(&o, "/a.txt")->has_mtime);
	opened_free(&o);
	set[23] = 0x80 | 0x7c; /* four quarters west */
	mend(set);
	open_sample(&o, &format_exfat, in);
	assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME + 1 + 7200);
	opened_free(&o);
	sample_free(in);
}

static void chains_end_where_they_come_back_or_leave(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	uint8_t *set = set_of(in, "a.");
	uint32_t first = span_u32((struct span){ set, 96 }, 52, false);
	uint32_t table = span_u32(in, 80, false) * 512 + first * 4;
	const uint32_t next[] = { first, 0, 1, 0xfffffff7, 0xffffffff, 1u << 30 };
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		put_le(sample_bytes(in) + table, next[i], 4);
		open_sample(&o, &format_exfat, in);
		assert_string_equal(wanted(&o, "/a.txt")->fault.what,
				    i == 0 ? "cluster used twice" : "cluster number");
		opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT);
		assert_int_equal(content.n, CLUSTER);
		opened_free(&o);
	}
	sink_free(&content);
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	uint8_t *deep = set_of(in, "de");
	uint32_t dir = span_u32((struct span){ set_of(in, "di"), 96 }, 52, false);
	struct opened o;

	(void)state;
	put_le(deep + 52, dir, 4);
	mend(deep);
	open_sample(&o, &format_exfat, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "cluster used twice");
	opened_free(&o);
	put_le(deep + 52, 7, 4);
	put_le(deep + 56, UINT64_MAX, 8); /* as long as can be said */
	mend(deep);
	open_sample(&o, &format_exfat, in);
	assert_int_not_equal(wanted(&o, "/dir/deep")->fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

static void a_size_of_the_largest_number_ends_with_the_clusters(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	uint8_t *set = set_of(in, "sp");
	struct opened o;

	(void)state;
	put_le(set + 56, UINT64_MAX, 8);
	put_le(set + 40, UINT64_MAX, 8);
	mend(set);
	open_sample(&o, &format_exfat, in);
	assert_int_not_equal(wanted(&o, "/sparse")->fault.kind, FAULT_NONE);
	assert_false(wanted(&o, "/sparse")->stored);
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		uint16_t at, bytes;
		uint64_t value;
	} wrong[] = { { 3, 1, 0 },    { 11, 1, 1 },   { 510, 2, 0 },         { 108, 1, 8 },
		      { 108, 1, 13 }, { 109, 1, 17 }, { 92, 4, 0 },          { 92, 4, UINT32_MAX },
		      { 80, 4, 1 },   { 88, 4, 25 },  { 72, 8, UINT64_MAX }, { 72, 8, 100 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped(SAMPLE);

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, wrong[i].bytes);
		assert_int_not_equal(format_exfat.probe(in, &f).kind, FAULT_NONE);
		assert_int_not_equal(format_mbr.probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	harm_unzipped(&format_exfat, SAMPLE, 120, 1);
	harm_unzipped(&format_exfat, SAMPLE, 40000, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_tree),
		cmocka_unit_test(says_that_the_volume_is_cut),
		cmocka_unit_test(says_which_checksum_is_wrong),
		cmocka_unit_test(a_time_of_no_zone_is_none),
		cmocka_unit_test(chains_end_where_they_come_back_or_leave),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(a_size_of_the_largest_number_ends_with_the_clusters),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
