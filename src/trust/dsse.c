/* dsse.c - envelopes read, over the arena alone; see dsse.h. */
#include "trust/dsse.h"

#include "base/base64.h"
#include "trust/signature.h"

/* -- strings of JSON -- */

static bool four_digits(struct span raw, size_t at, uint64_t *code)
{
	size_t used = 0;

	return span_number(span_sub(raw, at, 4), 16, code, &used) && used == 4;
}

/* Strings are undone into memory: no escape is shorter than what it stands for. */
static size_t put_utf8(uint8_t *out, uint64_t code)
{
	static const uint8_t head[] = { 0, 0xc0, 0xe0, 0xf0 };
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	size_t n = 0;

	out[n++] = (uint8_t)(head[more] | code >> (6 * more));
	while (more-- > 0)
		out[n++] = (uint8_t)(0x80 | (code >> (6 * more) & 0x3f));
	return n;
}

/* One \u escape, or two that are one character; how long. 0: malformed. */
static size_t take_code(struct span raw, size_t at, uint8_t *out, size_t *n)
{
	uint64_t code, low;

	if (!four_digits(raw, at + 2, &code) || code == 0)
		return 0;
	if (code < 0xd800 || code > 0xdfff) {
		*n += put_utf8(out + *n, code);
		return 6;
	}
	if (code > 0xdbff || !span_starts(span_from(raw, at + 6), span_text("\\u")) ||
	    !four_digits(raw, at + 8, &low) || low < 0xdc00 || low > 0xdfff)
		return 0;
	*n += put_utf8(out + *n, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	return 12;
}

static size_t take_escape(struct span raw, size_t at, uint8_t *out, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = span_byte(raw, at + 1);
	const char *known = c > 0 ? strchr(from, c) : NULL;

	if (c == 'u')
		return take_code(raw, at, out, n);
	if (!known)
		return 0;
	out[(*n)++] = (uint8_t)to[known - from];
	return 2;
}

/* Characters as they stand there: all of ASCII that follow, or another one. */
static size_t take_plain(struct span raw, size_t at, uint8_t *out, size_t *n)
{
	uint32_t code;
	size_t used = 0;

	while (at + used < raw.n && raw.p[at + used] >= ' ' && raw.p[at + used] < 0x80 &&
	       raw.p[at + used] != '\\')
		used++;
	if (used == 0 && raw.p[at] >= 0x80)
		used = utf8_decode(span_from(raw, at), &code);

	memcpy(out + *n, raw.p + at, used);
	*n += used;
	return used;
}

bool json_string(struct span raw, struct arena *a, struct span *text)
{
	uint8_t *out = arena_take(a, raw.n, 1);
	size_t at = 0, n = 0, used = 1;

	*text = (struct span){ 0 };
	while (out && at < raw.n && used) {
		used = raw.p[at] == '\\' ? take_escape(raw, at, out, &n)
					 : take_plain(raw, at, out, &n);
		at += used;
	}
	if (!out || !used)
		return false;
	*text = (struct span){ out, n };
	return true;
}

bool json_names_are_plain(const struct json_text *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (span_find(t->items[i].key, 0, span_text("\\")) != SIZE_MAX)
			return false;
	return true;
}

uint32_t json_member(const struct json_text *t, uint32_t object, const char *key,
		     enum json_kind kind)
{
	uint32_t found = JSON_NONE;

	for (uint32_t i = json_child(t, object); i != JSON_NONE; i = json_next(t, i)) {
		if (!span_is(t->items[i].key, key))
			continue;
		if (found != JSON_NONE)
			return JSON_NONE;
		found = i;
	}
	return found != JSON_NONE && t->items[found].kind == kind ? found : JSON_NONE;
}

bool json_member_string(const struct json_text *t, uint32_t object, const char *key,
			struct arena *a, struct span *text)
{
	uint32_t i = json_member(t, object, key, JSON_STRING);

	*text = (struct span){ 0 };
	if (i == JSON_NONE)
		return json_find(t, object, key) == JSON_NONE;
	return json_string(t->items[i].value, a, text);
}

/* -- envelopes -- */

static const char *read_signatures(const struct json_text *t, uint32_t object, struct arena *a,
				   struct envelope *e)
{
	uint32_t list = json_member(t, object, "signatures", JSON_ARRAY);
	struct span text;

	if (list == JSON_NONE)
		return "it has no list of signatures";
	for (uint32_t i = json_child(t, list); i != JSON_NONE; i = json_next(t, i)) {
		if (e->signature_count == MOST_SIGNED_BY)
			return "it has more signatures than are looked at";
		if (json_member(t, i, "sig", JSON_STRING) == JSON_NONE ||
		    !json_member_string(t, i, "sig", a, &text) ||
		    !base64_read(text, true, a, &e->signatures[e->signature_count]))
			return "a signature is malformed";
		e->signature_count++;
	}
	return e->signature_count ? NULL : "it has no signature";
}

static size_t put_decimal(size_t value, uint8_t *out)
{
	uint8_t digits[20];
	size_t n = 0;

	do
		digits[n++] = (uint8_t)('0' + value % 10);
	while ((value /= 10) > 0);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

/* "DSSEv1 ", both lengths, three blanks. */
#define PAE_MOST_HEAD (7 + 2 * 20 + 3)

/* The pre-authentication encoding in the arena, with the payload decoded into its place: what is
 * verified is what is read. */
static bool take_payload(struct span base64, struct arena *a, struct envelope *e)
{
	size_t room = base64.n / 4 * 3, n = 0, at = 7;
	uint8_t *body = arena_take(a, room, 1), *pae;

	if (!body || !base64_read_into(base64, true, body, room, &n))
		return false;
	pae = arena_take(a, PAE_MOST_HEAD + e->payload_type.n + n, 1);
	if (!pae)
		return false;
	memcpy(pae, "DSSEv1 ", 7);
	at += put_decimal(e->payload_type.n, pae + at);
	pae[at++] = ' ';
	if (e->payload_type.n)
		memcpy(pae + at, e->payload_type.p, e->payload_type.n);
	at += e->payload_type.n;
	pae[at++] = ' ';
	at += put_decimal(n, pae + at);
	pae[at++] = ' ';
	memcpy(pae + at, body, n);
	e->payload = (struct span){ pae + at, n };
	e->pae = (struct span){ pae, at + n };
	sha256_of(e->pae, e->pae_sha256);
	return true;
}

const char *dsse_read_object(const struct json_text *t, uint32_t object, struct arena *a,
			     struct envelope *e)
{
	struct span payload;

	*e = (struct envelope){ 0 };
	if (json_member(t, object, "payload", JSON_STRING) == JSON_NONE ||
	    json_member(t, object, "payloadType", JSON_STRING) == JSON_NONE)
		return "it is no DSSE envelope";
	if (!json_member_string(t, object, "payloadType", a, &e->payload_type) ||
	    !json_member_string(t, object, "payload", a, &payload) || !take_payload(payload, a, e))
		return "its payload is malformed";
	return read_signatures(t, object, a, e);
}

const char *dsse_read(struct span json, struct arena *a, struct envelope *e)
{
	struct json_text t;

	*e = (struct envelope){ 0 };
	if (json.n > MOST_ENVELOPE)
		return "it is too large for an envelope";
	if (json_text_read(a, json, &t).kind || t.items[0].kind != JSON_OBJECT)
		return "it is no JSON";
	if (!json_names_are_plain(&t))
		return "a name in it is written with escapes";
	return dsse_read_object(&t, 0, a, e);
}

bool dsse_signed_by(const struct envelope *e, struct span spki)
{
	for (uint32_t i = 0; i < e->signature_count; i++)
		if (signature_verifies(spki, e->pae, e->signatures[i]))
			return true;
	return false;
}
