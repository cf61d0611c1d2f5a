/* ntfs.c - against volumes that ntfs-3g filled; hostile ones are made of them. */
#include "unit/format/disk_tree.h"

extern const struct format format_ntfs;

#define TREE   "ntfs/tree.ntfs.gz"
#define LINUX  "ntfs/linux.ntfs.gz"
#define TABLE  "ntfs/table.ntfs.gz"
#define RECORD 1024

/* Where a record stands; those of these volumes are 1 KiB long, the first ones in one piece. */
static uint8_t *record_at(struct span in, uint32_t number)
{
	uint64_t cluster = in.p[13] * 512u, at = span_u64(in, 48, false) * cluster;

	return sample_bytes(in) + at + (uint64_t)number * RECORD;
}

/* The attribute of that type in a record. */
static uint8_t *attribute_of(uint8_t *record, uint32_t type)
{
	struct span in = { record, RECORD };
	uint64_t at = span_u16(in, 20, false);

	while (at < RECORD && span_u32(in, at, false) != type)
		at += span_u32(in, at + 4, false) ? span_u32(in, at + 4, false) : RECORD;
	assert_true(at < RECORD);
	return record + at;
}

/* The record of a file, by its path. */
static uint8_t *record_of(struct span in, const char *path)
{
	struct opened o;
	uint32_t number;

	open_sample(&o, &format_ntfs, in);
	number = (uint32_t)wanted(&o, path)->key[0];
	opened_free(&o);
	return record_at(in, number);
}

static void reads_the_tree(void **state)
{
	struct span in = sample_unzipped(TREE);
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(&o), 0);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_string_equal(o.found.label, "4194304 bytes, Small");
	has_disk_files(&o);
	has_disk_nodes(&o);
	is_sparse(&o, wanted(&o, "/sparse"));
	content_is(&o, wanted(&o, "/gr\\xc3\\xbcn\\x20and\\x20\\xf0\\x9f\\x98\\x80"),
		   span_text("first\n"));
	is_hard_link(&o, "/dir/two", "/dir/one");
	e = wanted(&o, "/a.txt");
	assert_int_equal(e->mtime, DISK_MTIME);
	assert_int_equal(e->mtime_ns, 500000300);
	assert_false(e->has_mode || e->has_owner);
	has_xattr(e, "user.key", span_text("value"));
	has_xattr(wanted(&o, "/dir"), "user.key", span_text("of a folder"));
	assert_null(opened_entry(&o, "/gone"));
	assert_null(opened_entry(&o, "/$MFT"));
	opened_free(&o);
	sample_free(in);
}

static void finds_the_names_that_other_records_hold(void **state)
{
	struct span in = sample_unzipped(TREE);
	char path[96];
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	for (int i = 0; i < 30; i++) {
		snprintf(path, sizeof(path),
			 "/dir/deep/one\\x20of\\x20the\\x20many\\x20long\\x20names\\x20of\\x20a"
			 "\\x20file\\x20%02d",
			 i);
		is_hard_link(&o, path, "/many");
	}
	opened_free(&o);
	sample_free(in);
}

static void is_table(struct span in)
{
	char path[16], want[16];
	struct opened o;

	open_sample(&o, &format_ntfs, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	for (int i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "/%03d", i);
		snprintf(want, sizeof(want), "%d\n", i);
		content_is(&o, wanted(&o, path), span_text(want));
	}
	opened_free(&o);
}

static void reads_a_table_in_pieces(void **state)
{
	struct span in = sample_unzipped(TABLE);

	(void)state;
	is_table(in);
	sample_free(in);
}

struct pair {
	uint64_t count, bytes;
	int64_t distance;
};

static struct pair pair_at(struct span in, uint64_t at)
{
	unsigned low = in.p[at] & 15, high = in.p[at] >> 4;
	struct pair p = { .bytes = 1 + low + high };

	for (unsigned i = low; i-- > 0;)
		p.count = p.count << 8 | in.p[at + 1 + i];
	p.distance = (int8_t)in.p[at + low + high];
	for (unsigned i = high - 1; i-- > 0;)
		p.distance = p.distance * 256 + in.p[at + 1 + low + i];
	return p;
}

/* Leaves one run of the table in record 0, puts the others into record 24, and says so in a list.
 */
static void part_table(struct span in)
{
	uint8_t *first = record_at(in, 0), *other = record_at(in, 24);
	uint8_t *data = attribute_of(first, 0x80), *to = other + 56, *list;
	struct span d = { data, span_u32((struct span){ data, 8 }, 4, false) };
	uint64_t pairs = span_u16(d, 32, false);
	struct pair stays = pair_at(d, pairs), next = pair_at(d, pairs + stays.bytes);
	uint64_t rest = pairs + stays.bytes + next.bytes, size = pairs + 7 + d.n - rest;

	memset(other, 0, RECORD);
	memcpy(other, first, 56);
	put_le(other + 32, 1ull << 48, 8); /* goes on with record 0 */
	memcpy(to, data, pairs);
	put_le(to + 16, stays.count, 8);
	to[pairs] = 0x42; /* its first run counts from nowhere */
	put_le(to + pairs + 1, next.count, 2);
	put_le(to + pairs + 3, (uint64_t)(stays.distance + next.distance), 4);
	memcpy(to + pairs + 7, data + rest, d.n - rest);
	size = (size + 8) & ~7ull;
	put_le(to + 4, size, 4);
	put_le(to + size, UINT32_MAX, 4);
	put_le(other + 24, 56 + size + 8, 4);
	data[pairs + stays.bytes] = 0;
	put_le(data + 24, stays.count - 1, 8);
	list = first + span_u16((struct span){ first, RECORD }, 20, false);
	memmove(list + 56, list, RECORD - 56 - (size_t)(list - first));
	memset(list, 0, 56);
	put_le(list, 0x20, 4);
	put_le(list + 4, 56, 4);
	put_le(list + 16, 32, 4);
	put_le(list + 20, 24, 2);
	put_le(list + 24, 0x80, 4);
	put_le(list + 28, 32, 2);
	put_le(list + 32, stays.count, 8);
	put_le(list + 40, 24 | 1ull << 48, 8);
	put_le(first + 24, span_u32((struct span){ first, RECORD }, 24, false) + 56, 4);
}

/* What stands at the ends of sectors is kept elsewhere: changes are made to the plain record. */
static void plain_record(uint8_t *r, bool is_plain)
{
	uint8_t *kept = r + span_u16((struct span){ r, RECORD }, 4, false);

	for (int i = 1; i <= 2; i++) {
		if (is_plain)
			memcpy(r + i * 512 - 2, kept + i * 2, 2);
		else
			memcpy(kept + i * 2, r + i * 512 - 2, 2);
		if (!is_plain)
			memcpy(r + i * 512 - 2, kept, 2);
	}
}

static void follows_the_list_of_a_table_in_parts(void **state)
{
	struct span in = sample_unzipped(TABLE);

	(void)state;
	plain_record(record_at(in, 0), true);
	part_table(in);
	plain_record(record_at(in, 0), false);
	plain_record(record_at(in, 24), false);
	is_table(in);
	sample_free(in);
}

static void takes_the_mirror_of_a_damaged_table(void **state)
{
	struct span in = sample_unzipped(TREE);
	uint64_t mirror = span_u64(in, 56, false) * 512 * in.p[13];
	struct opened o;

	(void)state;
	record_at(in, 0)[0] = 'X';
	open_sample(&o, &format_ntfs, in);
	assert_string_equal(o.l.fault.what, "first record of the file table");
	has_disk_files(&o);
	opened_free(&o);
	sample_bytes(in)[mirror] = 'X';
	opened_init(&o, &format_ntfs, in);
	assert_string_equal(o.fault.what, "mirror of the file table");
	assert_int_equal(o.l.count, 0);
	opened_free(&o);
	sample_free(in);
}

static void a_torn_record_says_so(void **state)
{
	struct span in = sample_unzipped(TREE);
	struct opened o;

	(void)state;
	record_of(in, "/dir/deep/inline")[1022] ^= 1;
	open_sample(&o, &format_ntfs, in);
	assert_string_equal(wanted(&o, "/dir/deep/inline")->fault.what, "torn record");
	content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
	opened_free(&o);
	memset(record_of(in, "/dir/one"), 'x', RECORD);
	open_sample(&o, &format_ntfs, in);
	assert_null(opened_entry(&o, "/dir/one"));
	assert_string_equal(o.l.fault.what, "signature of a record");
	opened_free(&o);
	sample_free(in);
}

static void what_no_directory_leads_to_is_lost(void **state)
{
	struct span in = sample_unzipped(TREE);
	uint8_t *dir = record_of(in, "/dir");
	uint8_t *name = attribute_of(record_of(in, "/dir/deep"), 0x30);
	char path[64];
	struct opened o;
	uint32_t deep;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	deep = (uint32_t)wanted(&o, "/dir/deep")->key[0];
	opened_free(&o);
	put_le(name + 24 + 6, 99, 2); /* another sequence number of its directory */
	open_sample(&o, &format_ntfs, in);
	snprintf(path, sizeof(path), "/#%u\\x20deep", deep);
	assert_string_equal(wanted(&o, path)->fault.what, "directory of a name");
	snprintf(path, sizeof(path), "/#%u\\x20deep/inline", deep);
	content_is(&o, wanted(&o, path), span_text("tiny"));
	opened_free(&o);
	put_le(dir + 22, 0, 2); /* no longer in use: all that was in it */
	open_sample(&o, &format_ntfs, in);
	assert_null(opened_entry(&o, "/dir"));
	content_is(&o, wanted(&o, path), span_text("tiny"));
	opened_free(&o);
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_unzipped(TREE);
	uint8_t *dir = record_of(in, "/dir"), *deep = record_of(in, "/dir/deep");
	char path[64];
	struct opened o;
	uint32_t number;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	number = (uint32_t)wanted(&o, "/dir")->key[0];
	put_le(attribute_of(dir, 0x30) + 24, wanted(&o, "/dir/deep")->key[0], 6);
	put_le(attribute_of(dir, 0x30) + 30, span_u16((struct span){ deep, RECORD }, 16, false), 2);
	opened_free(&o);
	open_sample(&o, &format_ntfs, in);
	snprintf(path, sizeof(path), "/#%u\\x20dir", number);
	assert_string_equal(wanted(&o, path)->fault.what, "name of a record");
	snprintf(path, sizeof(path), "/#%u\\x20dir/deep/dir", number);
	assert_string_equal(wanted(&o, path)->fault.what, "directory met twice");
	opened_free(&o);
	sample_free(in);
}

static void says_what_is_wrong_with_runs(void **state)
{
	static const struct {
		uint8_t pairs[8];
		const char *what;
	} wrong[] = {
		{ { 0x11, 0x00, 0x10, 0 }, "run of clusters" },
		{ { 0x18, 1, 0, 0, 0, 0, 0, 0x40 }, "run of clusters" },
		{ { 0x91, 0x01, 0x10, 0 }, "run of clusters" },
		{ { 0x31, 0x01, 0xff, 0xff, 0x7f, 0 }, "cluster number" },
		{ { 0x11, 0x01, 0x80, 0 }, "cluster number" },
	};
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped(TREE);
		uint8_t *data = attribute_of(record_of(in, "/packed/noise"), 0x80);
		struct opened o;

		memcpy(data + span_u16((struct span){ data, 64 }, 32, false), wrong[i].pairs, 8);
		open_sample(&o, &format_ntfs, in);
		assert_string_equal(wanted(&o, "/packed/noise")->fault.what, wrong[i].what);
		opened_load(&o, wanted(&o, "/packed/noise"), &content, LIMIT);
		opened_free(&o);
		sample_free(in);
	}
	sink_free(&content);
}

static void clusters_of_two_files_are_said(void **state)
{
	struct span in = sample_unzipped(TREE);
	uint8_t *a = attribute_of(record_of(in, "/a.txt"), 0x80);
	uint8_t *b = attribute_of(record_of(in, "/odd"), 0x80);
	struct opened o;

	(void)state;
	memcpy(b + 64, a + 64, 8);
	put_le(b + 48, 100, 8);
	put_le(b + 56, 100, 8);
	open_sample(&o, &format_ntfs, in);
	assert_string_equal(wanted(&o, "/odd")->fault.what, "cluster used twice");
	opened_free(&o);
	sample_free(in);
}

static void zeros_stand_behind_what_was_written(void **state)
{
	struct span in = sample_unzipped(TREE);
	uint8_t *data = attribute_of(record_of(in, "/a.txt"), 0x80), want[1092] = "1\n2\n";
	struct opened o;

	(void)state;
	put_le(data + 56, 4, 8);
	open_sample(&o, &format_ntfs, in);
	content_is(&o, wanted(&o, "/a.txt"), (struct span){ want, sizeof(want) });
	opened_free(&o);
	sample_free(in);
}

static void an_encrypted_content_is_not_loaded(void **state)
{
	struct span in = sample_unzipped(TREE);
	uint8_t *data = attribute_of(record_of(in, "/a.txt"), 0x80);
	struct sink content;
	struct opened o;

	(void)state;
	put_le(data + 12, 0x4000, 2);
	sink_init(&content, NULL, LIMIT);
	open_sample(&o, &format_ntfs, in);
	assert_true(wanted(&o, "/a.txt")->encrypted);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

static void a_size_of_the_largest_number_meets_a_limit(void **state)
{
	struct span in = sample_unzipped(TREE);
	static const char *const paths[] = { "/sparse", "/packed/large", "/a.txt" };
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < 3; i++) {
		uint8_t *data = attribute_of(record_of(in, paths[i]), 0x80);
		struct opened o;

		put_le(data + 48, INT64_MAX, 8);
		put_le(data + 56, INT64_MAX, 8);
		open_sample(&o, &format_ntfs, in);
		assert_int_not_equal(opened_load(&o, wanted(&o, paths[i]), &content, LIMIT).kind,
				     FAULT_NONE);
		opened_free(&o);
	}
	sink_free(&content);
	sample_free(in);
}

static void says_that_the_volume_is_cut(void **state)
{
	struct span in = sample_unzipped(TREE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, span_head(in, in.n - 100000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		uint16_t at, bytes;
		uint64_t value;
	} wrong[] = { { 3, 1, 0 },     { 11, 2, 0 },          { 13, 1, 0 },
		      { 14, 2, 1 },    { 40, 8, 0 },          { 40, 8, UINT64_MAX },
		      { 64, 1, 0xff }, { 48, 8, UINT64_MAX }, { 510, 2, 0 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped(LINUX);

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, wrong[i].bytes);
		assert_int_not_equal(format_ntfs.probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

/* The volume's records, where nearly all that can be wrong stands. */
static void cuts_and_flips_do_no_harm(void **state)
{
	static const struct {
		const char *name;
		uint32_t record, records, step;
	} samples[] = { { TREE, 64, 20, 67 },
			{ LINUX, 64, 20, 29 },
			{ "ntfs/overlay.ntfs.gz", 64, 10, 29 },
			{ "ntfs/owner.ntfs.gz", 9, 1, 3 } };

	(void)state;
	for (size_t s = 0; s < sizeof(samples) / sizeof(samples[0]); s++) {
		struct span in = sample_unzipped(samples[s].name);
		struct guarded g = guarded_new(in.n);
		size_t from = (size_t)(record_at(in, samples[s].record) - in.p);
		size_t to = from + (size_t)samples[s].records * RECORD;

		for (size_t n = from; n < to; n += samples[s].step) {
			uint8_t *p = sample_bytes(in) + n, kept = *p;

			if (n % 5 == 0)
				open_anyhow(&format_ntfs, guarded_copy(g, span_head(in, n)));
			*p = (uint8_t)~kept;
			open_anyhow(&format_ntfs, in);
			*p = kept;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_tree),
		cmocka_unit_test(finds_the_names_that_other_records_hold),
		cmocka_unit_test(reads_a_table_in_pieces),
		cmocka_unit_test(follows_the_list_of_a_table_in_parts),
		cmocka_unit_test(takes_the_mirror_of_a_damaged_table),
		cmocka_unit_test(a_torn_record_says_so),
		cmocka_unit_test(what_no_directory_leads_to_is_lost),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(says_what_is_wrong_with_runs),
		cmocka_unit_test(clusters_of_two_files_are_said),
		cmocka_unit_test(zeros_stand_behind_what_was_written),
		cmocka_unit_test(an_encrypted_content_is_not_loaded),
		cmocka_unit_test(a_size_of_the_largest_number_meets_a_limit),
		cmocka_unit_test(says_that_the_volume_is_cut),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
