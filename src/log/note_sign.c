/* note_sign.c - notes and their keys, written; needs a private key, and memory. */
#include "base/base64.h"
#include "log/note.h"
#include "trust/sigkey.h"
#include "trust/signature.h"

void note_key_write(struct text *out, const struct note_key *k)
{
	struct text bytes = { 0 };

	text_char(&bytes, (char)k->type);
	text_put(&bytes, (struct span){ k->key, k->key_size });
	text_put(out, k->name);
	text_char(out, '+');
	text_hex(out, (struct span){ k->id, NOTE_KEY_ID });
	text_char(out, '+');
	base64_write(out, text_span(&bytes));
	out->failed |= bytes.failed;
	text_free(&bytes);
}

void note_line_write(struct text *out, struct span name, const uint8_t id[NOTE_KEY_ID],
		     struct span signature)
{
	struct text bytes = { 0 };

	text_put(&bytes, (struct span){ id, NOTE_KEY_ID });
	text_put(&bytes, signature);
	text_puts(out, "\xe2\x80\x94 ");
	text_put(out, name);
	text_char(out, ' ');
	base64_write(out, text_span(&bytes));
	text_char(out, '\n');
	out->failed |= bytes.failed;
	text_free(&bytes);
}

bool note_key_of(const struct sigkey *key, struct span name, enum note_key_type type,
		 struct note_key *k)
{
	*k = (struct note_key){ .name = name, .type = type, .key_size = ED25519_KEY };
	if (type == NOTE_MLDSA44 || !sigkey_ed25519(key, k->key))
		return false;
	note_key_id(name, type, (struct span){ k->key, k->key_size }, k->id);
	return true;
}

bool note_sign(const struct sigkey *key, struct span name, struct span text, struct text *out)
{
	uint8_t signature[MOST_SIGNATURE];
	struct note_key k;
	size_t n;

	if (!note_key_of(key, name, NOTE_ED25519, &k) || !sigkey_sign(key, text, signature, &n))
		return false;
	note_line_write(out, name, k.id, (struct span){ signature, n });
	return !out->failed;
}
