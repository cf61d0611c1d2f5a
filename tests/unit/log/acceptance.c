/* acceptance.c - bundles made by openssl are taken; what lacks something, or has a bit changed, is
 * not, and the step says so. */
#include "log/acceptance.h"

#include "unit/support.h"

#define VECTORS "../vectors/acceptance/"
/* date -u -d 2026-11-26 +%s */
#define TODAY 1795651200

static struct acceptance acceptance;
static struct policy policy;
static struct rules rules;
static struct arena arena;
static struct text why, out, scratch;

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	text_free(&why);
	text_free(&out);
	text_free(&scratch);
	return 0;
}

/* What is laid beside each other; the files live until it is closed. */
struct scene {
	struct acceptance_case c;
	struct span bundle, policy, rules, image;
};

static void scene_open(struct scene *s, const char *name)
{
	char path[128];

	*s = (struct scene){ .image = sample_read(VECTORS "image") };
	snprintf(path, sizeof(path), VECTORS "%s.sigstore.jsonl", name);
	s->bundle = sample_read(path);
	snprintf(path, sizeof(path), VECTORS "%s.policy", name);
	s->policy = sample_read(path);
	snprintf(path, sizeof(path), VECTORS "%s.rules", name);
	s->rules = sample_read(path);
	assert_null(policy_read(s->policy, &policy));
	assert_null(rules_read(s->rules, &rules));
	s->c = (struct acceptance_case){ s->bundle, &policy, &rules.roster, &rules, { 0 }, TODAY };
	sha256_of(s->image, s->c.image.sha256);
	sha512_of(s->image, s->c.image.sha512);
	s->c.image.has_sha512 = true;
}

static void scene_close(struct scene *s)
{
	sample_free(s->bundle);
	sample_free(s->policy);
	sample_free(s->rules);
	sample_free(s->image);
}

static bool judge(const struct acceptance_case *c)
{
	arena_free(&arena);
	arena_init(&arena, ACCEPTANCE_MEMORY);
	why.n = 0;
	return acceptance_judge(&acceptance, c, &arena, &why);
}

static const char *said(void)
{
	struct acceptance_view v = { false, &out, &scratch };

	out.n = 0;
	acceptance_text(&acceptance, &v);
	return out.p;
}

static void refuses(const struct acceptance_case *c, enum acceptance_step step, const char *text)
{
	assert_false(judge(c));
	if (acceptance.step != step || !strstr(why.p ? why.p : "", text))
		fail_msg("step %s: %s, not %s: %s", acceptance_step_name(acceptance.step),
			 why.p ? why.p : "", acceptance_step_name(step), text);
	assert_non_null(strstr(said(), "REFUSED"));
}

static void vectors_are_taken(void **state)
{
	static const char *const names[] = { "small", "large" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene s;

		scene_open(&s, names[i]);
		if (!judge(&s.c))
			fail_msg("%s", said());
		assert_int_equal(acceptance.seen_at, 1795600000);
		assert_non_null(strstr(said(), "ACCEPTED"));
		assert_null(strstr(said(), "not looked at"));
		if (i == 1)
			assert_non_null(strstr(
				said(), "nobody could open @0x500000, 393,216 bytes: allowed by"));
		scene_close(&s);
	}
}

static void every_flipped_bit_is_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "small");
	for (size_t bit = 0; bit < 8 * s.bundle.n; bit++) {
		sample_bytes(s.bundle)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (judge(&s.c))
			fail_msg("bit %zu of byte %zu can be changed", bit % 8, bit / 8);
		sample_bytes(s.bundle)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(judge(&s.c));
	for (size_t n = 0; n + 1 < s.bundle.n; n++) {
		struct acceptance_case cut = s.c;

		cut.bundle.n = n;
		assert_false(judge(&cut));
	}
	scene_close(&s);
}

static void another_image_is_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "large");
	s.c.image.sha512[63] ^= 1;
	refuses(&s.c, ACCEPTANCE_IMAGE, "statement 1: it speaks of other software");
	s.c.image.sha256[0] ^= 1;
	refuses(&s.c, ACCEPTANCE_IMAGE, "it speaks of other software than this image");
	scene_close(&s);
}

static void with_rules(struct scene *s, const char *text)
{
	assert_null(rules_read(span_text(text), &rules));
	s->c.roster = &rules.roster;
	s->c.rules = &rules;
}

/* The keys of large.rules, with other rules. */
static char *rules_of(const struct scene *s, const char *more)
{
	static char text[2048];
	size_t n = span_find(s->rules, 0, span_text("need "));

	snprintf(text, sizeof(text), "%.*s%s", (int)n, (const char *)s->rules.p, more);
	return text;
}

static void rules_are_applied(void **state)
{
	static const struct {
		const char *rules, *wrong;
		enum acceptance_step step;
	} cases[] = {
		{ "need 2 lab evaluation\nallow review all\nallow opaque all\n", NULL, 0 },
		{ "need 2 lab evaluation\nallow opaque all\n", "ACC-02 ended as review",
		  ACCEPTANCE_RULES },
		{ "need 2 lab evaluation\nallow review all\n",
		  "nobody could open @0x500000, 393,216 bytes", ACCEPTANCE_RULES },
		{ "need 2 lab evaluation\nallow review all\nallow opaque @0x500000 393215\n",
		  "nobody could open", ACCEPTANCE_RULES },
		{ "need 2 lab release\nallow review all\nallow opaque all\n",
		  "line 4 needs 2 of role lab with the same release: there are 0",
		  ACCEPTANCE_RULES },
		{ "need 3 any evaluation\nallow review all\nallow opaque all\n",
		  "needs 3 of any role with the same evaluation: there are 2", ACCEPTANCE_RULES },
		{ "need 1 lab evaluation\nallow review all\nallow opaque all\nage 1\n", NULL, 0 },
	};
	struct scene s;

	(void)state;
	scene_open(&s, "large");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		with_rules(&s, rules_of(&s, cases[i].rules));
		if (cases[i].wrong)
			refuses(&s.c, cases[i].step, cases[i].wrong);
		else
			assert_true(judge(&s.c));
	}
	scene_close(&s);
}

static void time_counts(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "large");
	s.c.at = 1795600000 + 31 * 86400 - 1;
	assert_true(judge(&s.c));
	s.c.at++;
	refuses(&s.c, ACCEPTANCE_AGE, "31 days ago");
	s.c.at = 1795600000 - ACCEPTANCE_SKEW;
	assert_true(judge(&s.c));
	s.c.at--;
	refuses(&s.c, ACCEPTANCE_WITNESSED, "later than today");
	s.c.at = -1;
	refuses(&s.c, ACCEPTANCE_WITNESSED, "later than today");
	scene_close(&s);
}

static void keys_have_their_days(void **state)
{
	struct scene s;
	char text[2048];
	size_t n;

	(void)state;
	scene_open(&s, "small");
	n = span_find(s.rules, 0, span_text("\n"));
	snprintf(text, sizeof(text), "%.*s until 2026-11-24\nneed 1 vendor release\n", (int)n,
		 (const char *)s.rules.p);
	with_rules(&s, text);
	refuses(&s.c, ACCEPTANCE_STANDING, "no statement stands");
	snprintf(text, sizeof(text), "%.*s until 2026-11-25\nneed 1 vendor release\n", (int)n,
		 (const char *)s.rules.p);
	with_rules(&s, text);
	assert_true(judge(&s.c));
	scene_close(&s);
}

static void whom_the_policy_does_not_know_does_not_count(void **state)
{
	struct scene s, other;

	(void)state;
	scene_open(&other, "small");
	scene_open(&s, "large");
	/* Both logs have the same name and key; the witnesses are the first and the third. */
	assert_null(policy_read(other.policy, &policy));
	assert_true(judge(&s.c));
	assert_null(policy_read(s.policy, &policy));
	s.c.bundle = other.bundle;
	assert_false(judge(&s.c)); /* its vendor's key is another */
	scene_close(&s);
	scene_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_taken),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(another_image_is_refused),
		cmocka_unit_test(rules_are_applied),
		cmocka_unit_test(time_counts),
		cmocka_unit_test(keys_have_their_days),
		cmocka_unit_test(whom_the_policy_does_not_know_does_not_count),
	};

	return cmocka_run_group_tests(tests, start, end);
}
