/* log/server_path, log/page: addresses have one form, and a page shows nothing but text. */
#include "unit/support.h"

#include "log/page.h"
#include "log/server.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct log_path read_path(const char *path, const char *query)
{
	return log_path_read(span_text(path), span_text(query));
}

static void each_thing_has_one_address(void **state)
{
	static const struct {
		const char *path, *query;
		enum log_path_kind kind;
	} cases[] = {
		{ "/", "", LOG_PATH_HOME },
		{ "/checkpoint", "", LOG_PATH_CHECKPOINT },
		{ "/tile/0/x001/234", "", LOG_PATH_TILE },
		{ "/tile/entries/000.p/7", "", LOG_PATH_TILE },
		{ "/api/add", "", LOG_PATH_ADD },
		{ "/api/keep", "", LOG_PATH_KEEP },
		{ "/api/bundle/sha256:" HEX, "", LOG_PATH_BUNDLE },
		{ "/api/lookup/sha256:" HEX, "", LOG_PATH_LOOKUP },
		{ "/api/envelope/sha256:" HEX, "", LOG_PATH_ENVELOPE },
		{ "/api/file/sha256:" HEX, "", LOG_PATH_FILE },
		{ "/api/proof/12", "", LOG_PATH_PROOF },
		{ "/api/envelope/12", "", LOG_PATH_SIGNED },
		{ "/log.css", "", LOG_PATH_STYLE },
		{ "/digest/sha256:" HEX, "", LOG_PATH_PAGE },
		{ "/search", "digest=" HEX, LOG_PATH_SEARCH },
		{ "/search", "digest=sha256:" HEX, LOG_PATH_SEARCH },
		{ "/search", "digest=sha256%3A" HEX, LOG_PATH_SEARCH },
		{ "", "", LOG_PATH_NONE },
		{ "/", "x", LOG_PATH_NONE },
		{ "/search", "", LOG_PATH_NONE },
		{ "/search", "digest=" HEX "&x", LOG_PATH_NONE },
		{ "/search", "digest=sha256%3a" HEX, LOG_PATH_NONE },
		{ "/search", "digest=0x" HEX, LOG_PATH_NONE },
		{ "/checkpoint", "x", LOG_PATH_NONE },
		{ "/checkpoint?", "", LOG_PATH_NONE },
		{ "checkpoint", "", LOG_PATH_NONE },
		{ "/checkpoint/", "", LOG_PATH_NONE },
		{ "/tile/0/../0/000", "", LOG_PATH_NONE },
		{ "/tile/64/000", "", LOG_PATH_NONE },
		{ "/tile/0/000.p/0", "", LOG_PATH_NONE },
		{ "/api/proof/012", "", LOG_PATH_NONE },
		{ "/api/envelope/012", "", LOG_PATH_NONE },
		{ "/api/proof/9223372036854775808", "", LOG_PATH_NONE },
		{ "/api/lookup/sha256:" HEX "0", "", LOG_PATH_NONE },
		{ "/digest/" HEX, "", LOG_PATH_NONE },
		{ "/digest/sha512:" HEX, "", LOG_PATH_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (read_path(cases[i].path, cases[i].query).kind != cases[i].kind)
			fail_msg("%s?%s", cases[i].path, cases[i].query);
	assert_string_equal(read_path("/tile/0/x001/234", "").file, "tile/0/x001/234");
	assert_string_equal(read_path("/checkpoint", "").file, "checkpoint");
	assert_int_equal(read_path("/api/proof/12", "").index, 12);
	assert_int_equal(read_path("/digest/sha256:" HEX, "").digest[1], 0x23);
	assert_int_equal(read_path("/search", "digest=sha256%3A" HEX).digest[31], 0xef);
}

/* -- pages -- */

static const char hostile[] = "<script>alert(1)</script>\"'&\n\x1b[31m\u202egnp";

static struct shown shown_of(enum statement_kind kind)
{
	struct shown s = { .index = 3,
			   .time = 1767225600,
			   .has_signer = true,
			   .has_statement = true,
			   .revoked_by = UINT64_MAX };

	s.statement.kind = kind;
	s.statement.text = span_text(hostile);
	s.statement.vendor = s.statement.product = s.statement.release = span_text(hostile);
	s.statement.answer = span_text(hostile);
	return s;
}

static struct text page_of(struct page *p)
{
	struct text t = { 0 };

	page_write(p, &t);
	assert_false(t.failed);
	return t;
}

/* Nothing that a browser takes for anything but text came of it. */
static void is_harmless(const struct text *t)
{
	assert_null(strstr(t->p, "<script"));
	assert_null(strstr(t->p, "\x1b"));
	assert_null(strstr(t->p, "\u202e"));
	assert_non_null(strstr(t->p, "</html>\n"));
}

static void what_others_said_is_text(void **state)
{
	struct roster_key key = { .name = span_text("<b>lab</b>"), .role = ROLE_LAB };
	struct test tests[] = { { span_text("<i>ACC-01</i>"), TEST_FAILED } };
	uint8_t digest[SHA256_SIZE] = { 1 };

	(void)state;
	for (unsigned kind = 0; kind < STATEMENT_KINDS; kind++) {
		struct shown s = shown_of((enum statement_kind)kind);
		struct page p = { .up = "../",
				  .origin = span_text("log<.example"),
				  .digest = digest,
				  .entries = &s,
				  .count = 1 };
		struct text t;

		s.statement.tests = tests;
		s.statement.test_count = 1;
		s.statement.counts[TEST_FAILED] = 1;
		s.signer = &key;
		t = page_of(&p);
		is_harmless(&t);
		assert_non_null(strstr(t.p, "&lt;b&gt;lab&lt;/b&gt;"));
		assert_non_null(strstr(t.p, "log&lt;.example"));
		if (kind >= STATEMENT_RELEASE)
			assert_non_null(strstr(t.p,
					       "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"
					       "&amp;\\x0a\\x1b[31m"));
		if (kind == STATEMENT_EVALUATION)
			assert_non_null(strstr(t.p, "<code>&lt;i&gt;ACC-01"));
		text_free(&t);
	}
}

static void says_what_is_to_be_known(void **state)
{
	struct shown list[2] = { shown_of(STATEMENT_REVOCATION), shown_of(STATEMENT_CLAIM) };
	uint8_t digest[SHA256_SIZE] = { 1 };
	struct page p = {
		.up = "", .origin = span_text("log.example"), .entries = list, .count = 2
	};
	struct text t;

	(void)state;
	list[0].index = 9;
	list[1].pae_sha256[0] = list[0].statement.pae_sha256[0] = 7;
	shown_revoke(list, 2);
	assert_int_equal(list[1].revoked_by, 9);
	t = page_of(&p);
	assert_non_null(strstr(t.p, "Taken back by its signer in entry 9."));
	assert_non_null(strstr(t.p, "An allegation without evidence."));
	assert_non_null(strstr(t.p, "<td>3</td><td>2026-01-01</td>"));
	assert_non_null(strstr(t.p, "no longer known here"));
	assert_non_null(strstr(t.p, "No checkpoint is public yet."));
	text_free(&t);
	/* By another key it is not taken back. */
	list[1].revoked_by = UINT64_MAX;
	list[1].signer_sha256[0] = 1;
	shown_revoke(list, 2);
	assert_int_equal(list[1].revoked_by, UINT64_MAX);
	p.count = 0;
	p.digest = digest;
	t = page_of(&p);
	assert_non_null(strstr(t.p, "Nothing. Nobody whose statements"));
	text_free(&t);
}

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_thing_has_one_address),
		cmocka_unit_test(what_others_said_is_text),
		cmocka_unit_test(says_what_is_to_be_known),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
