/* policy.c - policies: what is read keeps the rules of tlog-policy, and its numbers agree. */
#include <stdlib.h>

#include "log/policy_weigh.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy p;

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t witnesses(const bool *set)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p.witness_count; i++)
		n += set[i];
	return n;
}

/* With all that count there is a quorum, with none there is not. */
static void weigh(void)
{
	static struct policy_outcome o;
	static struct policy_weight w;
	uint32_t all;

	policy_weigh(&p, NULL, &w);
	all = witnesses(w.counts);
	memset(&o, 0, sizeof(o));
	policy_count(&p, &o);
	expect(o.has_quorum == p.is_quorum_none);
	for (uint32_t i = 0; i < p.witness_count; i++)
		o.witness[i] = w.counts[i] ? NOTE_SIGNED : NOTE_UNSIGNED;
	policy_count(&p, &o);
	expect(o.has_quorum);
	expect(w.to_pass <= all && w.to_stop <= all && w.to_split <= w.to_pass);
	expect(p.is_quorum_none || (w.to_pass > 0 && w.to_stop > 0));
	expect(w.to_split == witnesses(w.splits));
	/* Those who would have to split can stop it too. */
	expect(w.to_split == 0 || w.to_stop <= all - w.to_pass + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong = policy_read((struct span){ data, size }, &p);

	expect((p.wrong_line > 0) == (wrong != NULL));
	for (uint32_t i = 0; i < p.witness_count; i++)
		domain_of(p.witnesses[i].key.name);
	if (!wrong)
		weigh();
	domain_of((struct span){ data, size });
	return 0;
}
