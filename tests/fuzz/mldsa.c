/* mldsa.c - signatures of ML-DSA-44: any bytes as key, message and signature; of what was signed
 * nothing else than what was signed holds. */
#include <stdlib.h>

#include "trust/mldsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key first, then the signature, then the message; what is missing is zero. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[MLDSA44_KEY] = { 0 }, *signature = calloc(1, MLDSA44_SIGNATURE);
	struct span in = { data, size }, part = span_head(in, MLDSA44_KEY);

	if (!signature)
		abort();
	if (part.n)
		memcpy(key, part.p, part.n);
	in = span_from(in, part.n);
	part = span_head(in, MLDSA44_SIGNATURE);
	if (part.n)
		memcpy(signature, part.p, part.n);
	/* A signature at the very end of its memory, and one too short. */
	mldsa44_verifies(key, span_from(in, part.n), (struct span){ signature, MLDSA44_SIGNATURE });
	if (mldsa44_verifies(key, in, (struct span){ signature, MLDSA44_SIGNATURE - 1 }))
		abort();
	free(signature);
	return 0;
}
