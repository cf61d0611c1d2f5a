/* know.c - the tables of data/ and their patterns: every row carries a text that must match and one
 * that must not. */
#include "unit/support.h"

#include "base/text.h"
#include "know/know.h"

static struct pattern_scratch *scratch;

struct wanted {
	uint32_t row;
	bool hit;
};

static bool on_hit(void *ctx, struct hit h)
{
	struct wanted *w = ctx;

	w->hit |= h.owner == OWNER_COMPONENT && h.row == w->row;
	return true;
}

static bool scan_finds(uint32_t row, struct span bytes)
{
	struct wanted w = { row, false };

	know_scan(scratch,
		  component_rules[row].evidence == EVIDENCE_TEXT ? PATTERNS_OF_TEXTS
								 : PATTERNS_OF_PROGRAMS,
		  bytes, on_hit, &w);
	return w.hit;
}

static void every_rule_matches_its_own_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < component_rules_count; i++) {
		const struct component_rule *r = &component_rules[i];
		struct span version;

		if (r->evidence == EVIDENCE_SYMBOL)
			continue;
		/* An empty capture: there, and its version is not said. */
		if (!know_capture(i, span_text(r->yes), &version) ||
		    (version.n == 0 && !strstr(r->pattern, "()")))
			fail_msg("%s: no version in %s", r->name, r->yes);
		if (know_capture(i, span_text(r->no), &version))
			fail_msg("%s: matches %s", r->name, r->no);
	}
}

/* In a binary strings end with NUL and have others around them. */
static void the_pass_over_a_binary_finds_every_searched_rule(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < component_rules_count; i++) {
		const struct component_rule *r = &component_rules[i];
		struct text t = { 0 };

		if (!r->scan)
			continue;
		text_puts(&t, "before");
		text_char(&t, r->evidence == EVIDENCE_TEXT ? '\n' : '\0');
		for (const char *c = r->yes; *c; c++)
			text_char(&t, r->evidence == EVIDENCE_ADJACENT && *c == '\n' ? '\0' : *c);
		text_char(&t, r->evidence == EVIDENCE_TEXT ? '\n' : '\0');
		text_puts(&t, "after");
		if (!scan_finds(i, text_span(&t)))
			fail_msg("%s: the scan misses %s", r->name, r->yes);
		text_free(&t);
	}
}

static void at_least_150_components_are_known(void **state)
{
	size_t names = 0;

	(void)state;
	for (size_t i = 0; i < component_rules_count; i++) {
		bool is_new = true;

		for (size_t k = 0; k < i && is_new; k++)
			is_new = strcmp(component_rules[i].name, component_rules[k].name) != 0;
		names += is_new;
	}
	assert_true(names >= 150);
}

static void every_call_rule_is_found_and_others_are_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < call_rules_count; i++)
		assert_ptr_equal(call_rule_find(span_text(call_rules[i].function)), &call_rules[i]);
	assert_null(call_rule_find(span_text("")));
	assert_null(call_rule_find(span_text("zzzz")));
	assert_null(call_rule_find(span_text("strcp")));
}

static void every_known_key_is_found_and_others_are_not(void **state)
{
	uint8_t none[32] = { 0 };

	(void)state;
	for (size_t i = 0; i < known_keys_count; i++)
		assert_ptr_equal(known_key_find(known_keys[i].spki_sha256), &known_keys[i]);
	assert_null(known_key_find(none));
	memset(none, 0xff, sizeof(none));
	assert_null(known_key_find(none));
}

static void passwords_are_listed_once_and_the_frequent_first(void **state)
{
	size_t empty = 0;

	(void)state;
	assert_true(default_passwords_count > 500);
	for (size_t i = 0; i < default_passwords_count; i++)
		empty += default_passwords[i].password[0] == '\0';
	assert_int_equal(empty, 1);
	for (size_t i = 0; i < 20; i++)
		for (size_t k = i + 1; k < default_passwords_count; k++)
			assert_string_not_equal(default_passwords[i].password,
						default_passwords[k].password);
}

static void the_pack_has_two_digests(void **state)
{
	(void)state;
	assert_int_equal(strlen(knowledge_observing), 64);
	assert_int_equal(strlen(knowledge_judging), 64);
	assert_string_not_equal(knowledge_observing, knowledge_judging);
}

static void a_pattern_is_found_where_two_windows_meet(void **state)
{
	static const char banner[] = "\0BusyBox v1.35.0 (";
	const size_t window = (size_t)1 << 30, size = window + 64;
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bool found = false;

	(void)state;
	assert_true(p != MAP_FAILED);
	memcpy(p + window - 8, banner, sizeof(banner));
	for (uint32_t i = 0; i < component_rules_count && !found; i++)
		if (strcmp(component_rules[i].name, "busybox") == 0)
			found = scan_finds(i, (struct span){ p, size });
	assert_true(found);
	munmap(p, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_matches_its_own_line),
		cmocka_unit_test(the_pass_over_a_binary_finds_every_searched_rule),
		cmocka_unit_test(at_least_150_components_are_known),
		cmocka_unit_test(every_call_rule_is_found_and_others_are_not),
		cmocka_unit_test(every_known_key_is_found_and_others_are_not),
		cmocka_unit_test(passwords_are_listed_once_and_the_frequent_first),
		cmocka_unit_test(the_pack_has_two_digests),
		cmocka_unit_test(a_pattern_is_found_where_two_windows_meet),
	};

	if (!know_start() || !(scratch = know_scratch_new()))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
