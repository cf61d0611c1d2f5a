/* fat.c - against volumes of mkfs.fat and mtools; hostile ones are made of them. */
#include "unit/format/disk_tree.h"

extern const struct format format_fat, format_mbr;

#define NAME "/gr\\xc3\\xbcn\\x20and\\x20more\\x20than\\x20eight.txt"

static const struct {
	const char *file, *label;
	size_t size;
} volumes[] = {
	{ "fat/fat12.fat.gz", "FAT12, SMALL", 160 * 512 },
	{ "fat/fat16.fat.gz", "FAT16, SMALL", 4192 * 512 },
	{ "fat/fat32.fat.gz", "FAT32, SMALL", 68000 * 512 },
};

#define VOLUMES (sizeof(volumes) / sizeof(volumes[0]))

static struct span read_volume(size_t i)
{
	struct span in = sample_unzipped(volumes[i].file);

	return in.n < volumes[i].size ? with_room(in, volumes[i].size - in.n) : in;
}

static void reads_one_tree_from_every_width(void **state)
{
	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		struct span in = read_volume(i);
		struct opened o;

		open_sample(&o, &format_fat, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, volumes[i].size);
		assert_string_equal(o.l.label, volumes[i].label);
		assert_int_equal(o.l.count, 9); /* not the deleted one */
		has_disk_files(&o);
		is_sparse(&o, wanted(&o, "/sparse"));
		content_is(&o, wanted(&o, NAME), span_text("first\n"));
		assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME);
		assert_true(wanted(&o, "/a.txt")->stored);
		opened_free(&o);
		sample_free(in);
	}
}

static void a_volume_is_no_partition_table(void **state)
{
	struct found f;

	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		struct span in = read_volume(i);

		assert_int_equal(format_mbr.probe(in, &f).kind, FAULT_UNKNOWN);
		sample_free(in);
	}
}

static void says_that_the_volume_is_cut(void **state)
{
	struct span in = sample_unzipped("fat/fat12.fat.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_fat, span_head(in, 30000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.found.len, 30000);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

/* The short record of a name, in upper case. */
static uint8_t *record_of(struct span in, const char *name)
{
	size_t at = span_find(in, 512, span_text(name));

	assert_true(at < in.n);
	return sample_bytes(in) + at;
}

static void a_torn_long_name_leaves_the_short_one(void **state)
{
	struct span in = sample_unzipped("fat/fat12.fat.gz");
	uint8_t *record = record_of(in, "GR");
	struct opened o;

	(void)state;
	record[-32 + 13] ^= 1; /* the checksum that binds it */
	open_sample(&o, &format_fat, in);
	assert_null(opened_entry(&o, NAME));
	assert_int_equal(o.l.count, 9);
	opened_free(&o);
	record[-32 + 13] ^= 1;
	record[-32] = 2; /* not the last part */
	open_sample(&o, &format_fat, in);
	assert_null(opened_entry(&o, NAME));
	assert_int_equal(o.l.count, 9);
	opened_free(&o);
	sample_free(in);
}

static void keeps_a_surrogate_without_its_partner(void **state)
{
	struct span in = sample_unzipped("fat/fat12.fat.gz");
	uint8_t *record = record_of(in, "GR");
	struct opened o;

	(void)state;
	put_le(record - 32 + 1, 0xd83d, 2); /* a high half, then a letter */
	open_sample(&o, &format_fat, in);
	wanted(&o, "/\\xed\\xa0\\xbdr\\xc3\\xbcn\\x20and\\x20more\\x20than\\x20eight.txt");
	opened_free(&o);
	put_le(record - 32 + 3, 0xde00, 2); /* now a pair */
	open_sample(&o, &format_fat, in);
	wanted(&o, "/\\xf0\\x9f\\x98\\x80\\xc3\\xbcn\\x20and\\x20more\\x20than\\x20eight.txt");
	opened_free(&o);
	sample_free(in);
}

static void put_fat12(struct span in, uint32_t cluster, uint32_t next)
{
	uint8_t *p = sample_bytes(in) + 512 + cluster * 3 / 2;

	if (cluster & 1)
		put_le(p, (uint32_t)(p[0] & 15) | next << 4, 2);
	else
		put_le(p, next | (uint32_t)(p[1] & 0xf0) << 8, 2);
}

static void chains_end_where_they_come_back_or_cross(void **state)
{
	static const char *const what[] = { "cluster used twice", "cluster used twice",
					    "cluster number", "cluster number", "cluster chain" };
	struct span in = sample_unzipped("fat/fat12.fat.gz");
	uint32_t a = span_u16((struct span){ record_of(in, "A       TXT"), 32 }, 26, false);
	uint32_t other = span_u16((struct span){ record_of(in, "SPARSE  "), 32 }, 26, false);
	const uint32_t next[] = { a, other, 0, 0xff0, 0xfff };
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++) {
		const struct entry *e;

		put_fat12(in, a, next[i]);
		open_sample(&o, &format_fat, in);
		e = wanted(&o, i == 1 ? "/sparse" : "/a.txt");
		assert_string_equal(e->fault.what, what[i]);
		assert_false(e->stored);
		opened_load(&o, e, &content, LIMIT);
		assert_int_equal(content.n, i == 1 ? 0 : 512);
		opened_free(&o);
	}
	sink_free(&content);
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_unzipped("fat/fat12.fat.gz");
	uint8_t *deep = record_of(in, "DEEP    ");
	uint32_t dir = span_u16((struct span){ record_of(in, "DIR     "), 32 }, 26, false);
	struct opened o;

	(void)state;
	put_le(deep + 26, dir, 2);
	open_sample(&o, &format_fat, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "cluster used twice");
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		uint8_t at, bytes;
		uint32_t value;
	} wrong[] = { { 0, 1, 0 },      { 11, 2, 0 }, { 11, 2, 500 }, { 13, 1, 0 }, { 13, 1, 3 },
		      { 14, 2, 0 },     { 16, 1, 0 }, { 16, 1, 3 },   { 17, 2, 0 }, { 19, 2, 3 },
		      { 19, 2, 65535 }, { 21, 1, 7 }, { 22, 2, 0 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped("fat/fat12.fat.gz");

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, wrong[i].bytes);
		assert_int_not_equal(format_fat.probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	harm_unzipped(&format_fat, "fat/fat12.fat.gz", 8192, 3);
	harm_unzipped(&format_fat, "fat/fat32.fat.gz", 20000, 61);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_width),
		cmocka_unit_test(a_volume_is_no_partition_table),
		cmocka_unit_test(says_that_the_volume_is_cut),
		cmocka_unit_test(a_torn_long_name_leaves_the_short_one),
		cmocka_unit_test(keeps_a_surrogate_without_its_partner),
		cmocka_unit_test(chains_end_where_they_come_back_or_cross),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
