/* rar.c - RAR and LHA archives, laid out as documented: stored files, so that what libarchive makes
 * of them is known. */
#include "unit/format/small_tree.h"

extern const struct format format_rar, format_lha;

struct met {
	uint32_t count;
	bool a_txt, one;
	struct entry last;
};

static bool give(void *ctx, const struct entry *e, struct sink *content)
{
	struct met *m = ctx;

	m->count++;
	if (span_is(e->name, "a.txt")) {
		m->a_txt = content->n == 1092 &&
			   span_starts(sink_span(content), span_text("1\n2\n3\n"));
		m->last = *e;
	}
	m->one |= span_is(e->name, "dir/one") && span_is(sink_span(content), "first\n");
	return true;
}

static struct fault walk(const struct format *f, struct span in, struct found *found, struct met *m)
{
	struct arena arena = { 0 };
	struct listing l = { .arena = &arena, .beyond = in };
	struct sink content;
	struct walker walker = { m, give, &content, LIMIT };
	struct fault bad = f->probe(in, found);

	*m = (struct met){ 0 };
	if (bad.kind)
		return bad;
	assert_true(found->len > 0 && found->len <= in.n);
	sink_init(&content, NULL, LIMIT);
	l.in = span_head(in, found->len);
	bad = f->walk(&l, &walker);
	sink_free(&content);
	arena_free(&arena);
	return bad;
}

static const struct {
	const char *file, *label;
	const struct format *format;
	enum proof proof;
	bool has_mode;
} archives[] = {
	{ "archives/stored.4.rar", "version 4, 2 files", &format_rar, PROOF_CHECKSUM, true },
	{ "archives/stored.5.rar", "version 5, 2 files", &format_rar, PROOF_CHECKSUM, true },
	{ "archives/level0.lzh", "level 0, 2 files", &format_lha, PROOF_STRUCTURE, false },
	{ "archives/level2.lzh", "level 2, 2 files", &format_lha, PROOF_STRUCTURE, false },
};

#define ARCHIVES (sizeof(archives) / sizeof(archives[0]))

/* A sample with other bytes behind it, which no archive may claim. */
static struct span followed(const char *file)
{
	struct span in = sample_read(file);
	uint8_t *p = malloc(in.n + 500);

	assert_non_null(p);
	memcpy(p, in.p, in.n);
	memset(p + in.n, 0xa5, 500);
	sample_free(in);
	return (struct span){ p, in.n + 500 };
}

static void gives_all_files_and_its_exact_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARCHIVES; i++) {
		struct span in = followed(archives[i].file);
		struct found found = { 0 };
		struct met m;

		assert_int_equal(walk(archives[i].format, in, &found, &m).kind, FAULT_NONE);
		assert_int_equal(found.len, in.n - 500);
		assert_int_equal(found.proof, archives[i].proof);
		assert_string_equal(found.label, archives[i].label);
		assert_int_equal(m.count, 2);
		assert_true(m.a_txt && m.one);
		assert_int_equal(m.last.has_mode, archives[i].has_mode);
		if (archives[i].has_mode)
			assert_int_equal(m.last.mode, 0755);
		assert_int_equal(m.last.mtime, MTIME); /* that of a clock without a zone too */
		assert_false(m.last.has_owner);
		sample_free(in);
	}
}

static void encrypted_names_are_said(void **state)
{
	struct span in = sample_read("archives/names.5.rar");
	struct found found = { 0 };
	struct met m;

	(void)state;
	assert_int_equal(walk(&format_rar, in, &found, &m).kind, FAULT_ENCRYPTED);
	assert_int_equal(found.len, in.n);
	assert_string_equal(found.label, "version 5, 0 files, encrypted names");
	assert_int_equal(m.count, 0);
	sample_free(in);
}

static void refuses_a_first_block_that_does_not_hold(void **state)
{
	static const struct {
		const char *format, *file;
		size_t at;
	} wrong[] = {
		{ "rar", "archives/stored.4.rar", 12 },
		{ "rar", "archives/stored.5.rar", 13 },
		{ "lha", "archives/level0.lzh", 1 },
		{ "lha", "archives/level2.lzh", 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_read(wrong[i].file);

		refuses_once_changed(wrong[i].format, in, wrong[i].at);
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARCHIVES; i++) {
		struct span in = sample_read(archives[i].file);
		struct guarded g = guarded_new(in.n);
		struct found found = { 0 };
		struct met m;

		for (size_t n = 0; n < in.n; n++) {
			walk(archives[i].format, guarded_copy(g, span_head(in, n)), &found, &m);
			sample_bytes(in)[n] ^= 0x80;
			walk(archives[i].format, in, &found, &m);
			sample_bytes(in)[n] ^= 0x80;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	setenv("TZ", "UTC0", 1); /* as cli/ sets it */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_all_files_and_its_exact_length),
		cmocka_unit_test(encrypted_names_are_said),
		cmocka_unit_test(refuses_a_first_block_that_does_not_hold),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
