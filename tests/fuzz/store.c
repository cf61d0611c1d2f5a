/* store.c - what a log reads back from its own directory, which may be torn or edited: its state
 * and its records. What is read must be written again as the same bytes. The first byte settles
 * which. */
#include <stdlib.h>

#include "base/hash.h"
#include "log/segment.h"
#include "log/state.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void read_state(struct span in)
{
	struct text again = { 0 };
	struct state s;

	if (state_read(in, &s))
		return;
	state_write(&again, &s);
	expect(span_equal(text_span(&again), in));
	text_free(&again);
}

/* With the checksum that it must have, so that what lies behind it is looked at. */
static void read_record(struct span in)
{
	uint8_t *bytes = malloc(in.n + 1);
	struct record r;
	uint32_t crc;
	size_t size;

	expect(bytes);
	if (in.n)
		memcpy(bytes, in.p, in.n);
	for (unsigned i = 0; in.n >= RECORD_HEAD && i < 2; i++) {
		const char *wrong = segment_record_read((struct span){ bytes, in.n }, &r, &size);

		if (!wrong) {
			uint8_t *again = malloc(size);

			expect(again && size <= in.n);
			expect(segment_record_size(r.entry.n, r.envelope.n) == size);
			segment_record_write(&r, again);
			expect(memcmp(again + 8, bytes + 8, 24) == 0);
			expect(r.entry.n == 0 ||
			       memcmp(again + RECORD_HEAD, bytes + RECORD_HEAD, r.entry.n) == 0);
			free(again);
		}
		crc = crc32_of((struct span){ bytes + 8, in.n - 8 });
		memcpy(bytes + 4, &crc, sizeof(crc));
	}
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	if (size == 0)
		return 0;
	if (data[0] == 'e')
		read_state(in);
	else
		read_record(span_from(in, 1));
	return 0;
}
