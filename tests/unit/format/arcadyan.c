/* arcadyan.c - Arcadyan's obscured LZMA and the images of its boot loader. */
#include "unit/format/header_cases.h"

static const struct header_case cases[] = {
	{ .format = "brn", .file = "good.brn", .label = "BRNDTW502", .parts = 5, .open_end = true },
};

HEADER_CASES(cases)

static const struct header_case obscured = { .format = "arcadyan", .file = "good.arcadyan" };

static void exchanges_the_bytes_and_unpacks(void **state)
{
	char text[2048];
	size_t n = case_text(text, sizeof(text));
	struct span in = case_read(&obscured);
	struct opened o;
	struct sink out;

	(void)state;
	sink_init(&out, NULL, CASE_CONTENT);
	assert_int_equal(case_load_stream("arcadyan", &o, in, &out).kind, FAULT_NONE);
	assert_int_equal(out.n, 3000 + n);
	assert_memory_equal(out.p + 3000, text, n);
	assert_int_equal(o.stream_length, in.n);
	opened_free(&o);
	sink_free(&out);
	sample_free(in);
}

/* Properties and dictionary, then nothing but zeros, stand in tables too. */
static void a_stream_of_nothing_is_none(void **state)
{
	struct span in = case_read(&obscured);
	struct found f;

	(void)state;
	assert_int_equal(format_named("arcadyan")->probe(in, &f).kind, FAULT_NONE);
	memset(sample_bytes(in) + 0x68 + 4, 0, 10);
	assert_int_not_equal(format_named("arcadyan")->probe(in, &f).kind, FAULT_NONE);
	sample_free(in);
}

static void finds_the_end_of_the_stream(void **state)
{
	struct span in = case_read(&obscured);
	uint8_t *more = calloc(1, in.n + 500);
	struct opened o;
	struct sink out;

	(void)state;
	memcpy(more, in.p, in.n);
	sink_init(&out, NULL, CASE_CONTENT);
	assert_int_equal(
		case_load_stream("arcadyan", &o, (struct span){ more, in.n + 500 }, &out).kind,
		FAULT_NONE);
	assert_int_equal(o.stream_length, in.n);
	opened_free(&o);
	sink_free(&out);
	free(more);
	sample_free(in);
}

static void tells_cuts_of_the_stream(void **state)
{
	struct span in = case_read(&obscured);
	struct guarded g = guarded_new(in.n);
	struct sink out;

	(void)state;
	sink_init(&out, NULL, CASE_CONTENT);
	for (size_t n = 0; n < in.n; n++) {
		struct opened o;

		if (case_load_stream("arcadyan", &o, guarded_copy(g, span_head(in, n)), &out)
			    .kind == FAULT_NONE)
			assert_true(out.n > 3000); /* all but the end mark */
		opened_free(&o);
	}
	sink_free(&out);
	guarded_free(g);
	sample_free(in);
}

static void tells_a_wrong_checksum(void **state)
{
	(void)state;
	case_tells_damage(&cases[0], 1030, 1, "CRC-32 of a part");
}

static void refuses_what_is_none(void **state)
{
	(void)state;
	case_refuses(&cases[0], 1024 - 7);  /* mark */
	case_refuses(&cases[0], 1024 - 11); /* length, larger than its place */
	case_refuses(&cases[0], 2049);      /* name */
	case_refuses(&obscured, 4 + 9);     /* plain size, once exchanged */
	case_refuses(&obscured, 0x68 + 12); /* first byte of the range coder */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(exchanges_the_bytes_and_unpacks),
		cmocka_unit_test(a_stream_of_nothing_is_none),
		cmocka_unit_test(finds_the_end_of_the_stream),
		cmocka_unit_test(tells_cuts_of_the_stream),
		cmocka_unit_test(tells_a_wrong_checksum),
		cmocka_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
