/* cosign.c - checkpoints written and cosigned; needs a private key, and memory. */
#include "base/base64.h"
#include "log/checkpoint.h"
#include "trust/sigkey.h"

void checkpoint_write(struct text *out, struct span origin, const struct merkle_head *head)
{
	text_put(out, origin);
	text_format(out, "\n%llu\n", (unsigned long long)head->size);
	base64_write(out, (struct span){ head->root, SHA256_SIZE });
	text_char(out, '\n');
}

bool checkpoint_cosign(const struct sigkey *key, struct span name, const struct checkpoint *c,
		       uint64_t time, struct text *out)
{
	uint8_t message[MOST_COSIGNATURE_MESSAGE], signature[8 + MOST_SIGNATURE];
	size_t n = cosignature_message(c->note.text, time, message), size;
	struct note_key k;

	if (n == 0 || c->has_extensions || time > INT64_MAX ||
	    !note_key_of(key, name, NOTE_COSIGNATURE, &k) ||
	    !sigkey_sign(key, (struct span){ message, n }, signature + 8, &size))
		return false;
	for (unsigned i = 0; i < 8; i++)
		signature[i] = (uint8_t)(time >> (56 - 8 * i));
	note_line_write(out, name, k.id, (struct span){ signature, 8 + size });
	return !out->failed;
}
