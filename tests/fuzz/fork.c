/* fork.c - what a log that is followed, and whoever accuses one, hands over: proofs of two
 * histories, bundles of entries, entries. Proofs are written again alike; none holds. */
#include <stdlib.h>

#include "log/entry.h"
#include "log/fork.h"
#include "log/remote.h"

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

static void read_fork(struct span in)
{
	struct text again = { 0 };
	struct checkpoint c[2];
	struct log_fork f;
	const char *why;

	if (log_fork_read(in, &f))
		return;
	log_fork_write(&again, &f);
	expect(span_equal(text_span(&again), in));
	expect(log_fork_check(&f, &policy, c, &why) != FORK_SHOWN);
	text_free(&again);
}

static void read_entry(struct span in)
{
	uint8_t again[ENTRY_MOST];
	struct entry_parts p;
	size_t n;

	if (!entry_read(in, &p))
		return;
	n = entry_write(p.pae_sha256, (struct span){ p.signature, p.signature_size },
			(struct span){ p.spki, p.spki_size }, again);
	expect(span_equal((struct span){ again, n }, in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size }, entries[TILE_WIDTH];

	read_fork(in);
	read_entry(in);
	if (size > 0 && remote_entries(span_from(in, 1), data[0] + 1u, entries))
		for (unsigned i = 0; i <= data[0]; i++)
			read_entry(entries[i]);
	return 0;
}
