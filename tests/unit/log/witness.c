/* log/witness: the transcript of tests/vectors/witness, and what the disk may do meanwhile. */
#include "unit/log/vectors.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "log/witness.h"

#define NAME "witness.vendor.example/w1"

static char dir[64];
static struct vectors v;
static struct sigkey *key;

static int start(void **state)
{
	struct log_error e;
	struct span vkey;

	(void)state;
	hash_start();
	vectors_open(&v, "witness/transcript.json");
	vkey = vector_text(&v, "log_vkey");
	snprintf(dir, sizeof(dir), "/tmp/evenhand-witness-XXXXXX");
	assert_non_null(mkdtemp(dir));
	key = vector_key(WITNESS_SEED);
	assert_true(witness_init(
		dir, &(struct witness_new){ span_text(NAME), key, "nowhere", false }, &e));
	assert_true(witness_list(dir, vkey, &e));
	return 0;
}

static int stop(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	vectors_close(&v);
	sigkey_free(key);
	return 0;
}

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
}

static struct witness *open_it(void)
{
	struct log_error e = { .what = "" };
	struct witness *w = witness_open(dir, key, &e);

	if (!w)
		fail_msg("%s: %s", e.where, e.what);
	return w;
}

/* -- the transcript -- */

static void first_step(void)
{
	v.at = 0;
	vectors_enter(&v, "steps");
}

static struct span request_of(const char *name)
{
	for (first_step(); v.at != JSON_NONE; vectors_next(&v))
		if (span_is(vector_text(&v, "name"), name))
			return vector_text(&v, "request_body");
	fail_msg("no step %s", name);
	return (struct span){ 0 };
}

static bool status_is_expected(unsigned status)
{
	uint32_t item = json_find(&v.json, v.at, "expect_status");
	char digits[8];

	snprintf(digits, sizeof(digits), "%u", status);
	if (v.json.items[item].kind != JSON_ARRAY)
		return span_is(v.json.items[item].value, digits);
	for (item = json_child(&v.json, item); item != JSON_NONE; item = json_next(&v.json, item))
		if (span_is(v.json.items[item].value, digits))
			return true;
	return false;
}

/* That the answer is one cosignature of the witness over the checkpoint that was sent. */
static void is_cosigned(const struct witness_exchange *x, uint64_t time)
{
	static struct checkpoint c;
	static struct note_key k;
	struct text note = { 0 };
	uint64_t signed_at, size;

	text_put(&note, span_from(x->request, span_find(x->request, 0, span_text("\n\n")) + 2));
	text_put(&note, text_span(&x->body));
	assert_null(checkpoint_read(text_span(&note), &c));
	assert_null(note_key_read(span_text("witness.vendor.example/w1+ccbdc7a7+"
					    "BF/sd1mLhCCRv6UTDQAzO15Q2jqAWwt8+lMeZwsWynkv"),
				  &k));
	assert_int_equal(checkpoint_check(&c, &k, &signed_at), NOTE_SIGNED);
	assert_int_equal(signed_at, time);
	assert_true(json_number(&v.json, v.at, "expect_cosigned_size", &size));
	assert_int_equal(c.head.size, size);
	assert_int_equal(memchr(x->body.p, '\n', x->body.n) == x->body.p + x->body.n - 1, true);
	text_free(&note);
}

static void step_is_answered(const struct witness_exchange *x, uint64_t time)
{
	struct span type = vector_text(&v, "expect_content_type"),
		    body = vector_text(&v, "expect_body");

	if (!status_is_expected(x->status)) {
		print_error("%u %s", x->status, x->body.p);
		vector_fail(&v, "another status");
	}
	if (x->status == 200)
		is_cosigned(x, time);
	else
		assert_null(strstr(x->body.p, "\u2014"));
	if (type.n) {
		assert_true(span_is(type, x->type));
		assert_true(span_equal(body, text_span(&x->body)));
	}
}

static void answers_one_after_the_other(void **state)
{
	struct witness *w = open_it();
	uint64_t time = 1767225700;
	unsigned n = 0;

	(void)state;
	for (first_step(); v.at != JSON_NONE; vectors_next(&v), n++) {
		struct witness_exchange x = { .request = vector_text(&v, "request_body") };

		witness_answer(w, &x, 1, ++time);
		step_is_answered(&x, time);
		text_free(&x.body);
	}
	assert_int_equal(n, 24);
	witness_close(w);
}

static void answers_a_batch(void **state)
{
	static struct witness_exchange x[24];
	struct witness *w = open_it();
	unsigned n = 0;

	(void)state;
	for (first_step(); v.at != JSON_NONE; vectors_next(&v))
		x[n++] = (struct witness_exchange){ .request = vector_text(&v, "request_body") };
	witness_answer(w, x, n, 1767225700);
	n = 0;
	for (first_step(); v.at != JSON_NONE; vectors_next(&v)) {
		step_is_answered(&x[n], 1767225700);
		text_free(&x[n++].body);
	}
	witness_close(w);
}

/* -- requests by hand -- */

static unsigned ask(struct witness *w, const char *name, struct text *body)
{
	struct witness_exchange x = { .request = request_of(name) };

	witness_answer(w, &x, 1, 1767225700);
	if (body)
		*body = x.body;
	else
		text_free(&x.body);
	return x.status;
}

static void forgets_nothing(void **state)
{
	uint8_t id[SHA256_SIZE];
	struct text newest = { 0 }, body = { 0 };
	static struct checkpoint c;
	struct witness *w = open_it();

	(void)state;
	sha256_of(span_text("log.evenhand.example/vectors"), id);
	assert_false(witness_newest(w, id, &newest));
	assert_int_equal(ask(w, "first checkpoint from zero", NULL), 200);
	assert_int_equal(ask(w, "grow 1 to 255", NULL), 200);
	witness_close(w);
	w = open_it();
	assert_int_equal(ask(w, "stale old size", &body), 409);
	assert_string_equal(body.p, "255\n");
	assert_true(witness_newest(w, id, &newest));
	assert_null(checkpoint_read(text_span(&newest), &c));
	assert_int_equal(c.head.size, 255);
	assert_int_equal(c.note.count, 2); /* the log's line, and the witness's */
	text_free(&newest);
	text_free(&body);
	witness_close(w);
}

/* A line that stands there a hundred times says no more than once: what is remembered must be a
 * note with the witness's own line too. */
static void repeated_lines_are_one(void **state)
{
	struct span first = request_of("first checkpoint from zero");
	struct span line = span_from(first, span_find(first, 0, span_text("\n\n\u2014")) + 2);
	struct text body = { 0 };
	struct witness_exchange x;
	struct witness *w = open_it();

	(void)state;
	if (line.n == 0 || span_find(first, 0, span_text("\n\n\u2014")) == SIZE_MAX)
		fail_msg("the request has no line of a signature");
	text_put(&body, first);
	for (unsigned i = 1; i < 100; i++)
		text_put(&body, line);
	x = (struct witness_exchange){ .request = text_span(&body) };
	witness_answer(w, &x, 1, 1767225700);
	assert_int_equal(x.status, 200);
	text_free(&x.body);
	text_free(&body);
	witness_close(w);
	w = open_it();
	assert_int_equal(ask(w, "grow 1 to 255", NULL), 200);
	witness_close(w);
}

static void keeps_both_sides_of_a_split_view(void **state)
{
	struct witness *w = open_it();
	char path[128], pattern[256];

	(void)state;
	assert_int_equal(ask(w, "first checkpoint from zero", NULL), 200);
	assert_int_equal(ask(w, "grow 1 to 255", NULL), 200);
	assert_int_equal(ask(w, "same size other root", NULL), 422);
	path_of("evidence", path);
	snprintf(pattern, sizeof(pattern), "test $(grep -c '^255$' %s/c390b749-255-*) = 2", path);
	assert_int_equal(system(pattern), 0);
	witness_close(w);
}

static void one_process_alone(void **state)
{
	struct witness *w = open_it();
	struct log_error e;

	(void)state;
	assert_null(witness_open(dir, key, &e));
	assert_non_null(strstr(e.what, "another process"));
	witness_close(w);
	witness_close(open_it());
}

static void keeps_its_key_and_place(void **state)
{
	struct sigkey *other = vector_key(LOG_SEED);
	struct log_error e;

	(void)state;
	assert_null(witness_open(dir, other, &e));
	assert_non_null(strstr(e.what, "not that of its vkey"));
	assert_false(witness_init(
		dir, &(struct witness_new){ span_text(NAME), key, "nowhere", false }, &e));
	assert_non_null(strstr(e.what, "already"));
	assert_false(witness_init("/tmp/none",
				  &(struct witness_new){ span_text("a b"), key, "x", false }, &e));
	sigkey_free(other);
}

static void adds_to_its_list(void **state)
{
	struct witness *w = open_it();
	struct log_error e;

	(void)state;
	assert_int_equal(witness_log_count(w), 1);
	assert_true(witness_list(dir,
				 span_text("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux1"
					   "8htTTAD8OuAn8 go.sum database tree"),
				 &e));
	assert_true(witness_list_again(w, &e));
	assert_true(witness_list_again(w, &e));
	assert_int_equal(witness_log_count(w), 2);
	assert_false(witness_list(dir, span_text("sum.golang.org+033de0ae+Ac4z"), &e));
	assert_false(witness_list(dir,
				  span_text("witness.vendor.example/w1+ccbdc7a7+BF/"
					    "sd1mLhCCRv6UTDQAzO15Q2jqAWwt8+lMeZwsWynkv"),
				  &e));
	assert_non_null(strstr(e.what, "witness"));
	witness_close(w);
}

/* -- the disk -- */

static uint8_t *slurp(size_t *n)
{
	uint8_t *p = malloc(1 << 20);
	char path[128];
	FILE *f;

	path_of("journal", path);
	f = fopen(path, "rb");
	assert_non_null(f);
	*n = fread(p, 1, 1 << 20, f);
	fclose(f);
	return p;
}

static void spill(const uint8_t *p, size_t n)
{
	char path[128];
	FILE *f;

	path_of("journal", path);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

/* Two records; where the second begins. */
static uint8_t *two_records(size_t *n, size_t *second)
{
	struct witness *w = open_it();
	uint8_t *p;

	assert_int_equal(ask(w, "first checkpoint from zero", NULL), 200);
	p = slurp(second);
	free(p);
	assert_int_equal(ask(w, "grow 1 to 255", NULL), 200);
	witness_close(w);
	return slurp(n);
}

static void a_record_that_was_cut_off_is_dropped(void **state)
{
	size_t n, second;
	uint8_t *p = two_records(&n, &second);
	struct text body;

	(void)state;
	for (size_t cut = second; cut < n; cut += 7) {
		struct witness *w;

		spill(p, cut);
		w = open_it();
		assert_int_equal(ask(w, "stale old size", &body), 409);
		assert_string_equal(body.p, "1\n");
		text_free(&body);
		assert_int_equal(ask(w, "grow 1 to 255", NULL), 200);
		witness_close(w);
		witness_close(open_it());
	}
	/* Sectors that never came to the disk. */
	memset(p + second + 100, 0, n - second - 100);
	spill(p, n);
	witness_close(open_it());
	free(p);
}

static void a_changed_byte_is_named(void **state)
{
	size_t n, second;
	uint8_t *p = two_records(&n, &second);
	struct log_error e;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		p[i] ^= 0x04;
		spill(p, n);
		if (witness_open(dir, key, &e))
			fail_msg("byte %zu of %zu was changed, and nobody saw", i, n);
		assert_string_equal(e.where, "journal");
		p[i] ^= 0x04;
	}
	spill(p, second - 10); /* not the last record's end: nothing was lost behind it */
	witness_close(open_it());
	free(p);
}

static void what_cannot_be_written_is_not_signed(void **state)
{
	struct rlimit before, small;
	struct text body, newest = { 0 };
	uint8_t id[SHA256_SIZE];
	struct witness *w;
	size_t n, second;
	uint8_t *p;

	(void)state;
	p = two_records(&n, &second);
	free(p);
	w = open_it();
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = (struct rlimit){ n + 50, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(ask(w, "grow 255 to 256", &body), 500);
	assert_null(strstr(body.p, "\u2014"));
	text_free(&body);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(ask(w, "grow 255 to 256", NULL), 500); /* until it is opened again */
	sha256_of(span_text("log.evenhand.example/vectors"), id);
	assert_false(witness_newest(w, id, &newest)); /* nor is it shown */
	witness_close(w);
	w = open_it();
	assert_int_equal(ask(w, "grow 255 to 256", NULL), 200);
	witness_close(w);
}

static void the_journal_does_not_grow_for_ever(void **state)
{
	enum { BATCH = 1000 };
	static struct witness_exchange x[BATCH];
	struct witness *w = open_it();
	struct stat st;
	char path[128];

	(void)state;
	assert_int_equal(ask(w, "first checkpoint from zero", NULL), 200);
	assert_int_equal(ask(w, "grow 1 to 255", NULL), 200);
	for (size_t i = 0; i < BATCH; i++)
		x[i].request = request_of("same size same root again");
	for (int round = 0; round < 11; round++) {
		witness_answer(w, x, BATCH, 1767225700);
		for (size_t i = 0; i < BATCH; i++) {
			assert_int_equal(x[i].status, 200);
			text_free(&x[i].body);
		}
	}
	witness_close(w);
	path_of("journal", path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 5 << 20);
	w = open_it();
	assert_int_equal(ask(w, "stale old size", NULL), 409);
	assert_int_equal(ask(w, "grow 255 to 256", NULL), 200);
	witness_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_one_after_the_other, start, stop),
		cmocka_unit_test_setup_teardown(answers_a_batch, start, stop),
		cmocka_unit_test_setup_teardown(forgets_nothing, start, stop),
		cmocka_unit_test_setup_teardown(repeated_lines_are_one, start, stop),
		cmocka_unit_test_setup_teardown(keeps_both_sides_of_a_split_view, start, stop),
		cmocka_unit_test_setup_teardown(one_process_alone, start, stop),
		cmocka_unit_test_setup_teardown(keeps_its_key_and_place, start, stop),
		cmocka_unit_test_setup_teardown(adds_to_its_list, start, stop),
		cmocka_unit_test_setup_teardown(a_record_that_was_cut_off_is_dropped, start, stop),
		cmocka_unit_test_setup_teardown(a_changed_byte_is_named, start, stop),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_is_not_signed, start, stop),
		cmocka_unit_test_setup_teardown(the_journal_does_not_grow_for_ever, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
