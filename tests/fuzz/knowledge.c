/* knowledge.c - a table given in place of a compiled one. The first byte says which; what is taken
 * must be as sorted and whole as who looks rows up relies on. */
#include <stdlib.h>

#include "base/hash.h"
#include "know/pack.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pack compiled;

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	compiled = pack_in_use();
	return 0;
}

static void demand(bool holds)
{
	if (!holds)
		abort();
}

/* Every row is found by what it is looked up by. */
static void look_up(void)
{
	for (size_t i = 0; i < call_rules_count; i++)
		demand(call_rule_find(span_text(call_rules[i].function)) == &call_rules[i]);
	for (size_t i = 0; i < kernel_options_count; i++)
		demand(kernel_option_find(span_text(kernel_options[i].option)) ==
		       &kernel_options[i]);
	for (size_t i = 0; i < indicator_rules_count; i++)
		demand(indicator_rule_find(span_text(indicator_rules[i].id)) ==
			       &indicator_rules[i] &&
		       indicator_rules[i].len > 0);
	for (size_t i = 0; i < support_rows_count; i++)
		demand(support_knows(span_text(support_rows[i].component)));
	for (size_t i = 0; i < component_rules_count; i++)
		demand(component_rules[i].name && component_rules[i].pattern);
	for (size_t i = 0; i < secret_anchors_count; i++) {
		const struct secret_anchor *a = &secret_anchors[i];

		demand(a->count && (size_t)a->first + a->count <= secret_anchor_rules_count);
		for (uint16_t k = 0; k < a->count; k++)
			demand(secret_anchor_rules[a->first + k].rule < secret_rules_count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span tables[PACK_TABLES] = { 0 };
	struct pack p = compiled;
	struct pack_error error = { 0 };
	struct arena a;

	if (size == 0)
		return 0;
	tables[data[0] % PACK_TABLES] = (struct span){ data + 1, size - 1 };
	arena_init(&a, 256u << 20);
	if (pack_read(&p, tables, &a, &error)) {
		pack_use(&p);
		look_up();
		pack_use(&compiled);
	} else {
		demand(error.what[0]);
	}
	arena_free(&a);
	return 0;
}
