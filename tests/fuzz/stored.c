/* stored.c - a report that somebody stored, read back, judged and written again. The input is what
 * stands behind the report's "tool"; what is read must be written as a report that reads again,
 * and its facts differ in nothing from themselves. */
#include <stdlib.h>

#include "base/hash.h"
#include "compare/facts.h"
#include "know/know.h"
#include "report/stored.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void write_and_read(const struct stored *s, struct arena *a)
{
	struct judge_options options = { .as_of = "2026-01-01" };
	struct case_file c = { &s->tree, &s->facts, &s->coverage, &options, a };
	struct report r = { .tree = &s->tree,
			    .facts = &s->facts,
			    .coverage = &s->coverage,
			    .options = &options,
			    .trust = &s->trust,
			    .budget = &s->budget,
			    .image_size = s->image_size };
	struct text json = { 0 }, page = { 0 };
	struct stored again;
	char why[160];

	r.verdicts = judge_all(&c, &r.verdict_count);
	if (!r.verdicts)
		return;
	report_json(&r, &json);
	report_html(&r, text_span(&json), &page);
	if (stored_read(text_span(&json), a, &again, why, sizeof(why)) != STORED_READ)
		abort();
	text_free(&page);
	text_free(&json);
}

static void compare_with_itself(const struct stored *s, struct arena *a)
{
	struct fact_change *changes;
	struct calls_table calls;
	uint32_t count = 0;

	if (facts_compare(&s->facts, &s->facts, a, &changes, &count) && count)
		abort();
	calls_compare(&s->facts, &s->facts, a, &calls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text json = { 0 };
	struct stored s;
	struct arena a;
	char why[160];

	arena_init(&a, 256u << 20);
	text_format(&json,
		    "{\"schema\":\"" REPORT_SCHEMA "\",\"tool\":{\"version\":\"" EVENHAND_VERSION
		    "\",\"knowledge\":{\"observing\":\"%s\",\"judging\":\"%s\"},\"feeds\":[],"
		    "\"declaration\":null,\"options\":{\"as_of\":null,\"trust\":[],\"vex\":[]}},",
		    knowledge_observing, knowledge_judging);
	text_put(&json, (struct span){ data, size });
	if (stored_read(text_span(&json), &a, &s, why, sizeof(why)) == STORED_READ) {
		compare_with_itself(&s, &a);
		write_and_read(&s, &a);
	}
	text_free(&json);
	arena_free(&a);
	return 0;
}
