/* romfiles.c - small read-only file systems of devices: MiniFS, eCos's ROM file system,
 * Ambarella's. */
#include "unit/format/header_cases.h"

enum { MINIFS, ECOS_9, ECOS_1, AMBARELLA };

static const struct header_case cases[] = {
	{ .format = "minifs", .file = "good.minifs", .label = "3 files in 2 chunks", .parts = 3 },
	{ .format = "ecos-romfs",
	  .file = "good-v9.ecosromfs",
	  .label = "v9.1, 5 nodes",
	  .parts = 6 },
	{ .format = "ecos-romfs",
	  .file = "good-v1-big.ecosromfs",
	  .label = "v1.0, 5 nodes",
	  .parts = 6 },
	{ .format = "ambarella-romfs", .file = "good.ambarella", .label = "2 files", .parts = 2 },
};

HEADER_CASES(cases)

static void finds_each_file_in_its_chunk(void **state)
{
	char text[2048];
	struct sink out;

	(void)state;
	case_text(text, sizeof(text));
	case_holds_text(&cases[MINIFS], "/web/index.htm", 1);
	sink_init(&out, NULL, CASE_CONTENT);
	case_content(&cases[MINIFS], "/web/js/a.js", &out);
	assert_int_equal(out.n, 100);
	assert_memory_equal(out.p, text, 100);
	case_content(&cases[MINIFS], "/web/logo.gif", &out);
	assert_int_equal(out.n, 70);
	sink_free(&out);
}

static void unpacks_no_chunk_too_often(void **state)
{
	struct span in = case_read(&cases[MINIFS]);
	uint8_t *p = sample_bytes(in);
	struct opened o;
	size_t chunk = 32 + 35 + 3 * 20;

	(void)state;
	for (size_t i = 0; i < 4; i++) /* plain size of the first, and the last byte of a file */
		p[chunk + 8 + i] = p[32 + 35 + 16 + i] = (uint8_t)(0x02000000u >> (24 - 8 * i));
	opened_init(&o, format_named("minifs"), in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.l.entries[0].fault.kind, FAULT_LIMIT);
	opened_free(&o);
	sample_free(in);
}

static void tells_a_file_longer_than_its_chunk(void **state)
{
	struct span in = case_read(&cases[MINIFS]);
	struct opened o;

	(void)state;
	sample_bytes(in)[32 + 35 + 18] = 0x7f;
	opened_init(&o, format_named("minifs"), in);
	assert_string_equal(o.l.entries[0].fault.what, "place in the chunk");
	assert_int_equal(o.l.entries[1].fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

/* The file table says that there are more chunks than the probe may read, and there is room. */
static void reads_no_table_of_chunks_without_end(void **state)
{
	struct span in = case_read(&cases[MINIFS]);
	size_t tables = 32 + 35 + 3 * 20, n = tables + 5000 * 12;
	uint8_t *p = calloc(1, n);
	struct found f = { 0 };

	(void)state;
	assert_non_null(p);
	memcpy(p, in.p, tables);
	for (uint32_t last = 4095; last <= 4096; last++) {
		p[32 + 35 + 10] = (uint8_t)(last >> 8);
		p[32 + 35 + 11] = (uint8_t)last;
		assert_int_equal(format_named("minifs")->probe((struct span){ p, n }, &f).kind,
				 last < 4096 ? FAULT_NONE : FAULT_BROKEN);
	}
	free(p);
	sample_free(in);
}

/* Every file has the longest path there is. */
static void tells_names_that_are_left_out(void **state)
{
	size_t files = 2000, names = 1000, chunks = 32 + names + files * 20, n = chunks + 12;
	uint8_t *p = calloc(1, n);
	struct opened o;

	(void)state;
	assert_non_null(p);
	memcpy(p, "MINIFS", 6);
	p[19] = 3;
	p[22] = (uint8_t)(files >> 8);
	p[23] = (uint8_t)files;
	p[30] = (uint8_t)(names >> 8);
	p[31] = (uint8_t)names;
	memset(p + 32, 'n', names);
	opened_init(&o, format_named("minifs"), (struct span){ p, n });
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.l.count, files);
	assert_string_equal(o.l.fault.what, "names");
	opened_free(&o);
	free(p);
}

static void keeps_metadata_in_either_byte_order(void **state)
{
	(void)state;
	for (size_t i = ECOS_9; i <= ECOS_1; i++) {
		struct span in = case_read(&cases[i]);
		const struct entry *e;
		struct opened o;

		opened_init(&o, format_named("ecos-romfs"), in);
		e = opened_entry(&o, "/www");
		assert_int_equal(e->kind, KIND_DIRECTORY);
		assert_int_equal(e->mode, 0750);
		e = opened_entry(&o, "/motd");
		assert_int_equal(e->mode, 0400);
		assert_int_equal(e->uid, 103);
		assert_int_equal(e->gid, 7);
		assert_int_equal(e->mtime, 1500000000);
		assert_int_equal(opened_entry(&o, "/www/again")->kind, KIND_HARDLINK);
		assert_ptr_equal(&o.l.entries[opened_entry(&o, "/www/again")->first], e);
		assert_true(span_is(opened_entry(&o, "/www/now")->target, "index.htm"));
		opened_free(&o);
		sample_free(in);
		case_holds_text(&cases[i], "/www/index.htm", 1);
	}
}

/* A record of /www leads back to the root. */
static void ends_where_a_directory_is_met_twice(void **state)
{
	struct span in = case_read(&cases[ECOS_9]);
	const struct entry *e;
	struct opened o;
	size_t at = span_find(in, 0, span_text("index.htm")) - 8;

	(void)state;
	sample_bytes(in)[at] = 0;
	opened_init(&o, format_named("ecos-romfs"), in);
	e = opened_entry(&o, "/www/index.htm");
	assert_int_equal(e->kind, KIND_DIRECTORY);
	assert_string_equal(e->fault.what, "directory met twice");
	assert_int_equal(o.l.count, 6);
	opened_free(&o);
	sample_free(in);
}

/* The directory /www and the root claim all bytes of the file system each. */
static void reads_no_records_twice(void **state)
{
	struct span in = case_read(&cases[ECOS_9]);
	const struct entry *e;
	struct opened o;

	(void)state;
	sample_bytes(in)[32 + 32 + 12] = 0xa0; /* size of /www */
	sample_bytes(in)[32 + 32 + 13] = 1;
	sample_bytes(in)[32 + 32 + 20] = 80; /* where it begins */
	sample_bytes(in)[32 + 32 + 21] = 0;
	sample_bytes(in)[32 + 12] = 0xa0; /* size of the root */
	opened_init(&o, format_named("ecos-romfs"), in);
	e = opened_entry(&o, "/www");
	assert_non_null(e);
	assert_string_equal(e->fault.what, "directories that share records");
	opened_free(&o);
	sample_free(in);
}

static void tells_damage(void **state)
{
	(void)state;
	case_tells_damage(&cases[MINIFS], 32 + 35 + 3 * 20 + 10, 5, "place in the chunk");
	case_tells_damage(&cases[ECOS_9], 316 + 30, 0xff, "LZMA data");
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	(void)state;
	case_refuses(&cases[MINIFS], 22);                    /* number of files */
	case_refuses(&cases[MINIFS], 32 + 35 + 8);           /* chunk of a file */
	case_refuses(&cases[MINIFS], 32 + 35 + 3 * 20 + 12); /* place of a chunk */
	case_refuses(&cases[ECOS_9], 1);
	case_refuses(&cases[ECOS_9], 6);
	case_refuses(&cases[ECOS_9], 32 + 28); /* number of a node */
	case_refuses(&cases[AMBARELLA], 100);
	case_refuses(&cases[AMBARELLA], 2048 + 124);
	case_refuses(&cases[AMBARELLA], 2048 + 117); /* offset of a file */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(finds_each_file_in_its_chunk),
		cmocka_unit_test(unpacks_no_chunk_too_often),
		cmocka_unit_test(tells_a_file_longer_than_its_chunk),
		cmocka_unit_test(reads_no_table_of_chunks_without_end),
		cmocka_unit_test(tells_names_that_are_left_out),
		cmocka_unit_test(keeps_metadata_in_either_byte_order),
		cmocka_unit_test(ends_where_a_directory_is_met_twice),
		cmocka_unit_test(reads_no_records_twice),
		cmocka_unit_test(tells_damage),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
