/* checkpoint.c - checkpoints under keys of each type: what is read is written again alike, and what
 * holds was signed by somebody who has the key. */
#include <stdlib.h>

#include "log/policy.h"

#define POLICY "tests/vectors/policy/roles.policy"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t roles[8192];
static struct policy policy;

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	FILE *f = fopen(POLICY, "r");
	size_t n = f ? fread(roles, 1, sizeof(roles), f) : 0;

	(void)count;
	(void)words;
	hash_start();
	expect(n > 0 && !policy_read((struct span){ roles, n }, &policy));
	fclose(f);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text again = { 0 };
	static struct policy_outcome o;
	static struct checkpoint c;
	struct span in = { data, size };

	if (checkpoint_read(in, &c))
		return 0;
	checkpoint_write(&again, c.origin, &c.head);
	expect(span_starts(c.note.text, text_span(&again)));
	expect(c.has_extensions == (again.n < c.note.text.n));
	policy_judge(&policy, &c, &o);
	/* These keys signed this head of the log alone. */
	expect(o.log == POLICY_NONE || c.head.size <= 600);
	expect(!o.has_quorum || !o.is_broken);
	text_free(&again);
	return 0;
}
