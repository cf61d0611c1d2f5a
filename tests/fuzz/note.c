/* note.c - signed notes and keys of notes: what is read is all there, and is written again alike.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "log/note.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct note_key keys[2];

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
	expect(!note_key_read(span_text("example.com/foo+530d903a+"
					"AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
			      &keys[0]));
	expect(!note_key_read(span_text("log.evenhand.example/vectors+5a5cb903+"
					"ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ"),
			      &keys[1]));
	return 0;
}

static void read_note(struct span in)
{
	static uint8_t signature[NOTE_MOST_SIGNATURE];
	struct text again = { 0 };
	static struct note n;
	size_t size;

	if (note_read(in, &n))
		return;
	text_put(&again, n.text);
	text_char(&again, '\n');
	for (uint32_t i = 0; i < n.count; i++) {
		const struct note_line *l = &n.lines[i];

		if (note_signature(l, signature, sizeof(signature), &size))
			note_line_write(&again, l->name, l->id, (struct span){ signature, size });
		else
			text_put(&again, l->line);
	}
	expect(span_equal(text_span(&again), in));
	for (size_t i = 0; i < 2; i++)
		note_check(&n, &keys[i]);
	text_free(&again);
}

static void read_key(struct span in)
{
	struct text again = { 0 };
	struct note_key k;

	if (note_key_read(in, &k))
		return;
	note_key_write(&again, &k);
	expect(span_equal(text_span(&again), in));
	text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	read_note(in);
	read_key(in);
	return 0;
}
