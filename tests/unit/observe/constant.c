/* constant.c - what programs hand to the functions that they call: one source for many processors
 * (tests/samples/code), so the constants are those of the source, and their places are searched. */
#include "unit/observe/scenery.h"

static const char key[] = "\x8e\x73\xb0\xf7\xda\x0e\x64\x52\xc8\x10\xf3\x2b\x80\x90\x79\xe5";

static const struct constant_fact *fact_at(const struct scenery *s, uint64_t offset)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_CONSTANT]; i++)
		if (s->facts.of[FACT_CONSTANT][i]->offset == offset)
			return (const struct constant_fact *)s->facts.of[FACT_CONSTANT][i];
	return NULL;
}

static void check_fact(const struct scenery *s, struct span bytes, struct span value,
		       const char *kind, const char *call)
{
	size_t at = span_find(bytes, 0, value);
	const struct constant_fact *f = fact_at(s, at);

	assert_true(at != SIZE_MAX);
	if (!f)
		fail_msg("no constant at %zu of %.*s", at, (int)s->files[0].path.n,
			 (const char *)s->files[0].path.p);
	assert_int_equal(f->f.length, value.n);
	assert_string_equal(f->constant_kind, kind);
	assert_string_equal(f->call, call);
	assert_true(f->address > f->function);
	assert_true(f->address - f->function < 512);
}

static enum tri read_of(const struct scenery *s)
{
	assert_int_equal(s->facts.count[FACT_EXECUTABLE], 1);
	return ((const struct executable_fact *)s->facts.of[FACT_EXECUTABLE][0])->calls_read;
}

static void look_at(struct scenery *s, const char *path, struct span bytes)
{
	scenery_init(s);
	scenery_add(s, path, bytes);
	scenery_finish(s);
}

static void check_sample(const char *name, bool tells_keys)
{
	struct span bytes = sample_read(name);
	struct scenery s;

	look_at(&s, name, bytes);
	assert_int_equal(read_of(&s), TRI_YES);
	check_fact(&s, bytes, span_text("xyzzy-7731"), "password-check", "strcmp");
	check_fact(&s, bytes, span_text("fieldservice"), "password-check", "strncmp");
	if (tells_keys)
		check_fact(&s, bytes, (struct span){ (const uint8_t *)key, 16 }, "key",
			   "AES_set_encrypt_key");
	/* neither what is compared elsewhere, nor the key that the caller brings */
	assert_int_equal(s.facts.count[FACT_CONSTANT], tells_keys ? 3 : 2);
	scenery_free(&s);
	sample_free(bytes);
}

static void reads_calls_of_each_processor(void **state)
{
	static const char *const names[] = {
		"code/aarch64-pie",   "code/arm-exec",    "code/arm-pie",     "code/thumb-exec",
		"code/thumb-pie",     "code/mips-pie",    "code/mipsel-exec", "code/mips64el-pie",
		"code/ppc-exec",      "code/ppc64el-pie", "code/x86_64-pie",  "code/x86_64-exec",
		"code/x86_64-no-plt",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_sample(names[i], true);
	check_sample("code/i386-pie", false);
	check_sample("code/i386-exec", false);
}

static void says_what_it_could_not_read(void **state)
{
	struct span bytes = sample_read("code/ppc-pie");
	struct scenery s;

	(void)state;
	look_at(&s, "/bin/login", bytes);
	assert_int_equal(read_of(&s), TRI_NO);
	assert_int_equal(s.facts.count[FACT_CONSTANT], 0);
	scenery_free(&s);
	sample_free(bytes);
	bytes = sample_read("elf/good-mips.so");
	look_at(&s, "/lib/liba.so", bytes);
	assert_int_equal(read_of(&s), TRI_NULL);
	scenery_free(&s);
	sample_free(bytes);
}

/* In the folder of a web interface, with an access to the request: a program of its handlers. */
static void a_header_of_a_request_is_compared(void **state)
{
	struct span bytes = sample_read("code/aarch64-pie");
	struct scenery s;

	(void)state;
	look_at(&s, "/www/cgi-bin/status.cgi", bytes);
	assert_true(s.facts.count[FACT_WEB] > 0);
	check_fact(&s, bytes, span_text("open-sesame-4711"), "request-header", "strcmp");
	check_fact(&s, bytes, span_text("xyzzy-7731"), "password-check", "strcmp");
	assert_int_equal(s.facts.count[FACT_CONSTANT], 4);
	scenery_free(&s);
	sample_free(bytes);
}

static uint32_t routes(const struct scenery *s, const char *name)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->facts.count[FACT_WEB]; i++) {
		const struct web_fact *f = (const void *)s->facts.of[FACT_WEB][i];

		n += strcmp(f->web_kind, "route") == 0 && span_is(f->name, name);
	}
	return n;
}

/* Handlers whose names have no mark of their own, by the calls that define them. */
static void handlers_are_what_a_web_server_is_told(void **state)
{
	static const char *const names[] = { "code/routes-thumb", "code/routes-aarch64",
					     "code/routes-mipsel" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span bytes = sample_read(names[i]);
		struct scenery s;

		look_at(&s, "/bin/goahead", bytes);
		assert_int_equal(routes(&s, "setWanCfg"), 1);
		assert_int_equal(routes(&s, "/hidden_action"), 1);
		scenery_free(&s);
		/* the same bytes where no web server is known */
		look_at(&s, "/bin/other", bytes);
		assert_int_equal(s.facts.count[FACT_WEB], 0);
		scenery_free(&s);
		sample_free(bytes);
	}
}

/* No file that is cut short or damaged makes a reader leave its bytes. */
static void survives_damage(void **state)
{
	static const char *const names[] = { "code/thumb-pie", "code/mips-pie", "code/x86_64-exec",
					     "code/ppc64el-pie", "code/aarch64-pie" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span bytes = sample_read(names[i]);
		uint8_t *p = (uint8_t *)(uintptr_t)bytes.p;
		struct scenery s;

		for (size_t n = 64; n < bytes.n; n += 211) {
			look_at(&s, "/bin/login", span_head(bytes, n));
			scenery_free(&s);
		}
		for (size_t at = 0; at < bytes.n; at += 97) {
			p[at] ^= 0xff;
			look_at(&s, "/www/cgi-bin/a.cgi", bytes);
			scenery_free(&s);
			p[at] ^= 0xff;
		}
		sample_free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_calls_of_each_processor),
		cmocka_unit_test(says_what_it_could_not_read),
		cmocka_unit_test(a_header_of_a_request_is_compared),
		cmocka_unit_test(handlers_are_what_a_web_server_is_told),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
