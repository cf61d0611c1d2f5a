/* walk.c - 7z and cabinets through libarchive: what is handed on, and what is not claimed. */
#include "unit/format/small_tree.h"

extern const struct format format_sevenzip, format_cab;

/* What a walk gave for one path. */
struct given {
	const char *path;
	struct entry entry;
	struct span content; /* a copy */
	uint32_t count;      /* of all entries */
	uint32_t most;       /* stop after so many */
};

static bool give(void *ctx, const struct entry *e, struct sink *content)
{
	struct given *g = ctx;
	uint8_t *copy;

	g->count++;
	if (g->path && span_is(e->name, g->path)) {
		copy = malloc(content->n + 1);
		assert_non_null(copy);
		if (content->n)
			memcpy(copy, content->p, content->n);
		g->entry = *e;
		g->content = (struct span){ copy, content->n };
	}
	return g->count < g->most;
}

struct walked {
	struct arena arena;
	struct found found;
	struct given given;
	struct fault fault;
};

static void walk(struct walked *w, const struct format *f, struct span in, const char *path)
{
	struct listing l = { .arena = &w->arena, .beyond = in };
	struct sink content;
	struct walker walker = { &w->given, give, &content, LIMIT };

	sink_init(&content, NULL, LIMIT);
	w->given.path = path;
	if (w->given.most == 0)
		w->given.most = UINT32_MAX;
	if (f->probe(in, &w->found).kind == FAULT_NONE) {
		l.in = span_head(in, w->found.len);
		w->fault = f->walk(&l, &walker);
	}
	sink_free(&content);
}

static void walked_free(struct walked *w)
{
	sample_free(w->given.content);
	arena_free(&w->arena);
}

static const struct {
	const struct format *format;
	const char *file;
	bool has_mode;
} archives[] = {
	{ &format_sevenzip, "archives/tree.7z", true },
	{ &format_cab, "archives/tree.cab", false },
};

#define ARCHIVES (sizeof(archives) / sizeof(archives[0]))

static void claims_only_what_the_archive_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARCHIVES; i++) {
		struct span in = sample_read(archives[i].file);
		struct walked w = { 0 };

		walk(&w, archives[i].format, in, "a.txt");
		assert_int_equal(w.found.len, in.n);
		assert_int_equal(w.fault.kind, FAULT_NONE);
		assert_int_equal(w.given.content.n, 1092);
		assert_true(span_starts(w.given.content, span_text("1\n2\n3\n")));
		assert_int_equal(w.given.entry.has_mode, archives[i].has_mode);
		assert_false(w.given.entry.has_owner);
		assert_int_equal(w.given.entry.mtime, MTIME);
		walked_free(&w);
		sample_free(in);
	}
}

/* An e with an accent of its own stays two code points; the header packed and plain. */
static void names_stay_as_they_are_stored(void **state)
{
	static const struct {
		const struct format *format;
		const char *file;
	} samples[] = { { &format_sevenzip, "archives/nfd.7z" },
			{ &format_sevenzip, "archives/plainheader.7z" },
			{ &format_cab, "archives/nfd.cab" } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span in = sample_read(samples[i].file);
		struct walked w = { 0 }, inner = { 0 };

		walk(&w, samples[i].format, in, "e\xcc\x81te");
		assert_true(span_is(w.given.content, "x"));
		walked_free(&w);
		walk(&inner, samples[i].format, in, "dir/one");
		assert_true(span_is(inner.given.content, "first\n"));
		walked_free(&inner);
		sample_free(in);
	}
}

/* As they are stored, or with the names encrypted too: then not one entry is known. */
static void says_what_is_encrypted(void **state)
{
	struct span in = sample_read("archives/encrypted.7z"),
		    names = sample_read("archives/encrypted-names.7z");
	struct walked w = { 0 }, v = { 0 };

	(void)state;
	walk(&w, &format_sevenzip, in, "a.txt");
	assert_true(w.given.entry.encrypted);
	assert_int_equal(w.given.entry.size, 1092);
	assert_int_equal(w.given.content.n, 0);
	assert_int_equal(w.fault.kind, FAULT_NONE);
	walk(&v, &format_sevenzip, names, NULL);
	assert_int_equal(v.given.count, 0);
	assert_int_equal(v.fault.kind, FAULT_ENCRYPTED);
	walked_free(&w);
	walked_free(&v);
	sample_free(in);
	sample_free(names);
}

static void stops_when_told(void **state)
{
	struct span in = sample_read("archives/tree.7z");
	struct walked w = { .given.most = 1 };

	(void)state;
	walk(&w, &format_sevenzip, in, NULL);
	assert_int_equal(w.given.count, 1);
	assert_int_equal(w.fault.kind, FAULT_NONE);
	walked_free(&w);
	sample_free(in);
}

static void says_that_an_archive_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARCHIVES; i++) {
		struct span in = sample_read(archives[i].file);
		struct walked w = { 0 };

		walk(&w, archives[i].format, span_head(in, in.n - in.n / 8), NULL);
		assert_int_not_equal(w.fault.kind, FAULT_NONE);
		walked_free(&w);
		sample_free(in);
	}
}

static void refuses_a_start_header_that_does_not_add_up(void **state)
{
	struct span in = sample_read("archives/tree.7z");
	struct found f;

	(void)state;
	sample_bytes(in)[13] ^= 1;
	assert_int_equal(format_sevenzip.probe(in, &f).kind, FAULT_BROKEN);
	sample_free(in);
}

/* A folder that is not packed and holds one byte; the second of two files asks for more, behind a
 * name of any length. */
static void a_long_name_hides_no_file_that_asks_for_too_much(void **state)
{
	static const size_t lengths[] = { 1, 255, 256, 257, 300 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		uint8_t cab[1024] = { 'M', 'S', 'C', 'F' }, *p = cab + 44;
		size_t n = 44 + 16 + lengths[i] + 1 + 16 + 2;
		struct walked w = { 0 };

		cab[8] = (uint8_t)(n + 9);
		cab[9] = (uint8_t)((n + 9) >> 8);
		cab[16] = 44; /* files */
		cab[24] = 3;
		cab[25] = cab[26] = 1;
		cab[28] = 2;
		cab[36] = (uint8_t)n; /* the folder's one block */
		cab[37] = (uint8_t)(n >> 8);
		cab[40] = 1;
		p[0] = 1;
		memset(p + 16, 'a', lengths[i]);
		p += 16 + lengths[i] + 1;
		p[1] = 0x70; /* size */
		p[4] = 1;
		p[16] = 'b';
		cab[n + 4] = cab[n + 6] = 1;
		walk(&w, &format_cab, (struct span){ cab, n + 9 }, NULL);
		assert_string_equal(w.fault.what, "file size");
		walked_free(&w);
	}
}

static void cuts_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARCHIVES; i++) {
		struct span in = sample_read(archives[i].file);
		struct guarded g = guarded_new(in.n);

		for (size_t n = 0; n <= in.n; n += 1 + in.n / 200) {
			struct walked w = { 0 };

			walk(&w, archives[i].format, guarded_copy(g, span_head(in, n)), NULL);
			walked_free(&w);
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_only_what_the_archive_has),
		cmocka_unit_test(says_what_is_encrypted),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(says_that_an_archive_is_cut),
		cmocka_unit_test(refuses_a_start_header_that_does_not_add_up),
		cmocka_unit_test(a_long_name_hides_no_file_that_asks_for_too_much),
		cmocka_unit_test(cuts_do_no_harm),
		cmocka_unit_test(names_stay_as_they_are_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
