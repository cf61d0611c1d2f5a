/* proof.c - proofs of inclusion: what is read is written again alike; no other entry is shown. */
#include <stdlib.h>

#include "log/proof.h"

#define POLICY                                                                                     \
	"log log.evenhand.example/vectors+5a5cb903+ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ\n" \
	"quorum none\n"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy policy;

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	expect(!policy_read(span_text(POLICY), &policy));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t leaf[SHA256_SIZE] = { 1 };
	static struct policy_outcome o;
	static struct checkpoint c;
	struct text again = { 0 };
	struct span in = { data, size };
	struct tlog_proof p;
	const char *why;

	if (tlog_proof_read(in, &p))
		return 0;
	tlog_proof_write(&again, &p);
	expect(span_equal(text_span(&again), in));
	expect(tlog_proof_check(&p, leaf, &policy, &c, &o, &why) != PROOF_HOLDS);
	text_free(&again);
	return 0;
}
