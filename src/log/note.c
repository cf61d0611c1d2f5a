/* note.c - signed notes and the keys that check them, read; see note.h. */
#include "log/note.h"

#include "base/base64.h"
#include "log/line.h"
#include "trust/signature.h"

#define LEAST_SIGNATURE (NOTE_KEY_ID + 1)

static const struct {
	uint8_t type;
	uint32_t key_size;
} kinds[] = {
	{ NOTE_ED25519, ED25519_KEY },
	{ NOTE_COSIGNATURE, ED25519_KEY },
	{ NOTE_MLDSA44, NOTE_MOST_KEY },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* -- names and keys -- */

/* White space as Unicode has it (White_Space=yes). */
static bool is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

bool note_name_is_valid(struct span name)
{
	for (size_t at = 0; at < name.n;) {
		uint32_t code = 0;
		size_t n = utf8_decode(span_from(name, at), &code);

		if (n == 0 || code < 0x20 || code == '+' || is_space(code))
			return false;
		at += n;
	}
	return name.n > 0;
}

void note_key_id(struct span name, enum note_key_type type, struct span key,
		 uint8_t id[NOTE_KEY_ID])
{
	const uint8_t end = '\n', kind = (uint8_t)type;
	const struct span parts[] = { name, { &end, 1 }, { &kind, 1 }, key };
	uint8_t digest[SHA256_SIZE];

	sha256_of_parts(parts, 4, digest);
	memcpy(id, digest, NOTE_KEY_ID);
}

static int hex_value(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_id(struct span hex, uint8_t id[NOTE_KEY_ID])
{
	if (hex.n != 2 * NOTE_KEY_ID)
		return false;
	for (size_t i = 0; i < NOTE_KEY_ID; i++) {
		int high = hex_value(hex.p[2 * i]), low = hex_value(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		id[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char *read_key_bytes(struct span base64, struct note_key *k)
{
	uint8_t bytes[1 + NOTE_MOST_KEY];
	size_t n = 0;

	if (!base64_read_into(base64, false, bytes, sizeof(bytes), &n) || n == 0)
		return "its key is not canonical base64, or too long";
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].type != bytes[0])
			continue;
		if (n - 1 != kinds[i].key_size)
			return "its key has not the length that its type asks for";
		k->type = (enum note_key_type)bytes[0];
		k->key_size = kinds[i].key_size;
		memcpy(k->key, bytes + 1, k->key_size);
		return NULL;
	}
	return "its key is of an unknown type: 01, 04 and 06 are known";
}

const char *note_key_read(struct span vkey, struct note_key *k)
{
	const struct span plus = span_text("+");
	size_t first = span_find(vkey, 0, plus);
	size_t second = first == SIZE_MAX ? SIZE_MAX : span_find(vkey, first + 1, plus);
	uint8_t id[NOTE_KEY_ID];
	const char *wrong;

	if (second == SIZE_MAX)
		return "a key is written NAME+ID+BASE64";
	k->name = span_head(vkey, first);
	if (!note_name_is_valid(k->name))
		return "its name is empty, or holds a blank or a control character";
	if (!read_id(span_sub(vkey, first + 1, second - first - 1), k->id))
		return "its id is not eight hexadecimal digits in small letters";
	wrong = read_key_bytes(span_from(vkey, second + 1), k);
	if (wrong)
		return wrong;
	note_key_id(k->name, k->type, (struct span){ k->key, k->key_size }, id);
	return memcmp(id, k->id, NOTE_KEY_ID) == 0 ? NULL
						   : "its id is not that of its name and key";
}

bool note_keys_equal(const struct note_key *a, const struct note_key *b)
{
	return a->type == b->type && a->key_size == b->key_size &&
	       memcmp(a->key, b->key, a->key_size) == 0;
}

/* -- notes -- */

static const char *check_characters(struct span s)
{
	for (size_t at = 0; at < s.n;) {
		uint32_t code = 0;
		size_t n = utf8_decode(span_from(s, at), &code);

		if (n == 0)
			return "it is not UTF-8";
		if (code < 0x20 && code != '\n')
			return "it holds a control character";
		at += n;
	}
	return NULL;
}

static bool read_line(struct span line, struct note_line *l)
{
	const struct span dash = span_text("\xe2\x80\x94 ");
	struct span rest = span_from(line, dash.n);
	size_t blank = span_find(rest, 0, span_text(" "));
	uint8_t start[6];
	size_t n = 0;

	if (!span_starts(line, dash) || blank == SIZE_MAX)
		return false;
	l->name = span_head(rest, blank);
	l->base64 = span_from(rest, blank + 1);
	if (!note_name_is_valid(l->name) || !base64_is_canonical(l->base64) ||
	    !base64_read_into(span_head(l->base64, 8), false, start, sizeof(start), &n) ||
	    n < LEAST_SIGNATURE)
		return false;
	memcpy(l->id, start, NOTE_KEY_ID);
	return true;
}

/* Where the line behind the last empty line begins; 0: there is none. */
static size_t find_lines(struct span s)
{
	for (size_t at = s.n; at > 1; at--)
		if (s.p[at - 1] == '\n' && s.p[at - 2] == '\n')
			return at;
	return 0;
}

const char *note_read(struct span bytes, struct note *n)
{
	size_t at;
	const char *wrong;

	n->count = 0;
	if (bytes.n > NOTE_MOST_BYTES)
		return "it is longer than 128 KiB";
	if (!span_ends(bytes, span_text("\n")))
		return "it does not end with the end of a line";
	wrong = check_characters(bytes);
	if (wrong)
		return wrong;
	at = find_lines(bytes);
	if (at == 0)
		return "no empty line parts its text from signatures";
	n->text = span_head(bytes, at - 1);
	while (at < bytes.n) {
		size_t end = span_find(bytes, at, span_text("\n"));
		struct note_line *l = &n->lines[n->count];

		if (n->count == NOTE_MOST_LINES)
			return "it has more than 100 lines of signatures";
		if (!read_line(span_sub(bytes, at, end - at), l))
			return "a line behind its text is no signature";
		l->line = span_sub(bytes, at, end - at + 1);
		n->count++;
		at = end + 1;
	}
	return n->count ? NULL : "it has no signature";
}

bool note_signature(const struct note_line *l, uint8_t *out, size_t room, size_t *count)
{
	uint8_t bytes[NOTE_KEY_ID + NOTE_MOST_SIGNATURE];
	size_t n = 0;

	if (!base64_read_into(l->base64, false, bytes, sizeof(bytes), &n) || n < LEAST_SIGNATURE ||
	    n - NOTE_KEY_ID > room)
		return false;
	*count = n - NOTE_KEY_ID;
	memcpy(out, bytes + NOTE_KEY_ID, *count);
	return true;
}

bool note_line_is_of(const struct note_line *l, const struct note_key *k)
{
	return memcmp(l->id, k->id, NOTE_KEY_ID) == 0 && span_equal(l->name, k->name);
}

enum note_check note_check(const struct note *n, const struct note_key *k)
{
	enum note_check result = NOTE_UNSIGNED;

	for (uint32_t i = 0; i < n->count; i++) {
		uint8_t signature[ED25519_SIGNATURE];
		size_t size = 0;

		if (!note_line_is_of(&n->lines[i], k))
			continue;
		if (k->type != NOTE_ED25519 ||
		    !note_signature(&n->lines[i], signature, sizeof(signature), &size) ||
		    !ed25519_verifies(k->key, n->text, (struct span){ signature, size }))
			return NOTE_BROKEN;
		result = NOTE_SIGNED;
	}
	return result;
}
