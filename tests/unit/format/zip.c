/* zip.c - zip archives with and without their directory, against Info-ZIP and 7-Zip; hostile
 * directories are made of theirs. */
#include "unit/format/small_tree.h"

extern const struct format format_zip;

static void decodes_every_method(void **state)
{
	static const char *const files[] = { "archives/deflate.zip", "archives/stored.zip",
					     "archives/lzma.zip", "archives/bzip2.zip" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct span in = sample_read(files[i]);
		struct opened o;

		open_sample(&o, &format_zip, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		is_a_txt(&o, wanted(&o, "/a.txt"));
		opened_free(&o);
		sample_free(in);
	}
}

static void keeps_modes_owners_times_and_links(void **state)
{
	struct span in = sample_read("archives/deflate.zip");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_zip, in);
	e = wanted(&o, "/a.txt");
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->uid, 70000);
	assert_int_equal(e->gid, 80000);
	assert_int_equal(e->mtime, MTIME);
	is_link(&o);
	assert_int_equal(wanted(&o, "/dir/deep")->kind, KIND_DIRECTORY);
	opened_free(&o);
	sample_free(in);
}

static void reads_sizes_of_64_bits(void **state)
{
	struct span in = sample_read("archives/zip64.zip");
	struct opened o;

	(void)state;
	open_sample(&o, &format_zip, in);
	is_a_txt(&o, wanted(&o, "/-"));
	opened_free(&o);
	sample_free(in);
}

static void lists_what_is_encrypted(void **state)
{
	struct span in = sample_read("archives/encrypted.zip");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_zip, in);
	e = wanted(&o, "/a.txt");
	assert_true(e->encrypted);
	assert_false(e->stored);
	opened_free(&o);
	sample_free(in);
}

static void opens_by_local_headers_where_the_directory_is_cut(void **state)
{
	struct span in = sample_read("archives/cut.zip");
	struct opened o;

	(void)state;
	open_sample(&o, &format_zip, in);
	assert_int_equal(o.found.proof, PROOF_PLAUSIBLE);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_non_null(opened_entry(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

static void ends_where_its_end_record_does(void **state)
{
	struct span in = sample_read("archives/stored.zip");
	struct guarded g = guarded_new(2 * in.n + 100);
	struct opened o;

	(void)state;
	memcpy(g.map, in.p, in.n);
	memcpy(g.map + in.n + 100, in.p, in.n); /* another archive behind it */
	open_sample(&o, &format_zip, (struct span){ g.map, 2 * in.n + 100 });
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
	guarded_free(g);
	sample_free(in);
}

/* Where the first record of the directory and the end record stand. */
static void find_tables(struct span in, size_t *central, size_t *end)
{
	*central = span_find(in, 0, span_text("PK\1\2"));
	*end = span_find(in, 0, span_text("PK\5\6"));
	assert_true(*central < in.n && *end < in.n);
}

static void put_le32(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void takes_offsets_that_count_from_a_program_in_front(void **state)
{
	struct span in = sample_read("archives/stored.zip");
	uint8_t *bytes = sample_bytes(in);
	size_t central, end;
	struct opened o;

	(void)state;
	find_tables(in, &central, &end);
	put_le32(bytes + central + 42, 5000);
	put_le32(bytes + end + 16, 5000 + central);
	open_sample(&o, &format_zip, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	opened_free(&o);
	sample_free(in);
}

/* One content named by a thousand records of the directory: a bomb in miniature. */
static void stops_where_entries_share_their_bytes(void **state)
{
	struct span in = sample_read("archives/stored.zip");
	size_t central, end, record, at;
	struct guarded g = guarded_new(1u << 18);
	struct opened o;

	(void)state;
	find_tables(in, &central, &end);
	record = end - central;
	memcpy(g.map, in.p, central);
	at = central;
	for (int i = 0; i < 1000; i++, at += record)
		memcpy(g.map + at, in.p + central, record);
	memcpy(g.map + at, in.p + end, 22);
	g.map[at + 10] = 1000 & 0xff;
	g.map[at + 11] = 1000 >> 8;
	put_le32(g.map + at + 12, 1000 * record);
	open_sample(&o, &format_zip, (struct span){ g.map, at + 22 });
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_true(o.l.count < 1000);
	opened_free(&o);
	guarded_free(g);
	sample_free(in);
}

static void tells_content_that_is_not_what_was_packed(void **state)
{
	struct span in = sample_read("archives/deflate.zip");
	struct sink content;
	size_t central, end;
	struct opened o;

	(void)state;
	find_tables(in, &central, &end);
	sample_bytes(in)[central + 16] ^= 1; /* CRC-32 */
	open_sample(&o, &format_zip, in);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind, FAULT_BROKEN);
	assert_int_equal(content.n, 1092); /* kept all the same */
	sink_free(&content);
	opened_free(&o);
	sample_free(in);
}

static void names_a_method_it_does_not_know(void **state)
{
	struct span in = sample_read("archives/deflate.zip");
	struct sink content;
	size_t central, end;
	struct opened o;

	(void)state;
	find_tables(in, &central, &end);
	sample_bytes(in)[central + 10] = 97; /* WavPack */
	open_sample(&o, &format_zip, in);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/a.txt"), &content, LIMIT).kind,
			 FAULT_UNKNOWN);
	sink_free(&content);
	opened_free(&o);
	sample_free(in);
}

/* "DH" in place of "PK", as Dahua has it; then nothing but the directory says that it is a zip. */
static void opens_an_archive_with_an_altered_mark(void **state)
{
	struct span in = sample_read("archives/deflate.zip");
	struct own_list own = { 0 };
	struct opened o;

	(void)state;
	memcpy(sample_bytes(in), "DH", 2);
	open_sample(&o, &format_zip, in);
	assert_non_null(strstr(o.found.label, ", altered mark"));
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.found.len, in.n);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	is_link(&o);
	own.arena = &o.arena;
	format_zip.own(&o.l, &own);
	assert_int_equal(own.p[0].own, OWN_DATA); /* a comparison shows the mark */
	opened_free(&o);
	opened_init(&o, &format_zip, span_head(in, in.n - 30));
	assert_string_equal(o.refused.what, "central directory");
	opened_free(&o);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	static const char *const files[] = { "archives/deflate.zip", "archives/lzma.zip",
					     "archives/zip64.zip", "archives/encrypted.zip" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		cut_everywhere(&format_zip, files[i], 1);
		spoil_everywhere(&format_zip, files[i], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_every_method),
		cmocka_unit_test(keeps_modes_owners_times_and_links),
		cmocka_unit_test(reads_sizes_of_64_bits),
		cmocka_unit_test(lists_what_is_encrypted),
		cmocka_unit_test(opens_by_local_headers_where_the_directory_is_cut),
		cmocka_unit_test(ends_where_its_end_record_does),
		cmocka_unit_test(takes_offsets_that_count_from_a_program_in_front),
		cmocka_unit_test(stops_where_entries_share_their_bytes),
		cmocka_unit_test(tells_content_that_is_not_what_was_packed),
		cmocka_unit_test(names_a_method_it_does_not_know),
		cmocka_unit_test(opens_an_archive_with_an_altered_mark),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
