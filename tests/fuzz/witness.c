/* witness.c - what a witness reads of others: a request to cosign, and a line of its list. What is
 * read of a checkpoint, written again, is what was sent: nothing else is signed. */
#include <stdlib.h>

#include "log/witness.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct witness_request r;
	struct span in = { data, size };
	struct text again = { 0 };
	struct witness_log log;

	if (!witness_request_read(in, &r)) {
		if (r.proof.count > WITNESS_MOST_PROOF || r.old > r.checkpoint.head.size)
			abort();
		checkpoint_write(&again, r.checkpoint.origin, &r.checkpoint.head);
		if (!again.failed && !span_equal(text_span(&again), r.checkpoint.note.text))
			abort();
		text_free(&again);
	}
	if (!witness_log_read(in, &log) && (log.origin.n == 0 || log.origin.n > MOST_ORIGIN))
		abort();
	return 0;
}
