/* envelope.c - DSSE envelopes and the statements in them; the input is read as either. What is
 * taken as said by a person must come back as it was. */
#include <stdlib.h>

#include "base/json.h"
#include "trust/statement.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void write_and_read(const struct statement *s, struct arena *a)
{
	static struct statement again;
	struct text out = { 0 };
	struct json j = { .out = &out };

	statement_begin(&j, s->kind, s->subjects, s->subject_count);
	statement_said(&j, s);
	statement_end(&j);
	if (statement_read(text_span(&out), a, &again) || !span_equal(again.text, s->text) ||
	    again.attached_count != s->attached_count)
		abort();
	text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct statement s;
	struct arena a;
	struct envelope e;
	struct span in = { data, size };

	arena_init(&a, 256u << 20);
	if (!dsse_read(in, &a, &e))
		in = e.payload;
	if (!statement_read(in, &a, &s) && s.kind >= STATEMENT_RELEASE)
		write_and_read(&s, &a);
	arena_free(&a);
	return 0;
}
