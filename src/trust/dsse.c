/* dsse.c - see dsse.h. */
#include "trust/dsse.h"

#include "base/base64.h"
#include "base/json.h"

/* -- strings of JSON -- */

static bool four_digits(struct span raw, size_t at, uint64_t *code)
{
	size_t used = 0;

	return span_number(span_sub(raw, at, 4), 16, code, &used) && used == 4;
}

static void put_utf8(struct text *out, uint64_t code)
{
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const uint8_t head[] = { 0, 0xc0, 0xe0, 0xf0 };

	text_char(out, (char)(head[more] | code >> (6 * more)));
	while (more-- > 0)
		text_char(out, (char)(0x80 | (code >> (6 * more) & 0x3f)));
}

/* One \u escape, or two that are one character; how long. 0: malformed. */
static size_t take_code(struct span raw, size_t at, struct text *out)
{
	uint64_t code, low;

	if (!four_digits(raw, at + 2, &code) || code == 0)
		return 0;
	if (code < 0xd800 || code > 0xdfff) {
		put_utf8(out, code);
		return 6;
	}
	if (code > 0xdbff || !span_starts(span_from(raw, at + 6), span_text("\\u")) ||
	    !four_digits(raw, at + 8, &low) || low < 0xdc00 || low > 0xdfff)
		return 0;
	put_utf8(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	return 12;
}

static size_t take_escape(struct span raw, size_t at, struct text *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = span_byte(raw, at + 1);
	const char *known = c > 0 ? strchr(from, c) : NULL;

	if (c == 'u')
		return take_code(raw, at, out);
	if (!known)
		return 0;
	text_char(out, to[known - from]);
	return 2;
}

bool json_string(struct span raw, struct arena *a, struct span *text)
{
	struct text out = { 0 };
	size_t at = 0, n = 1;
	uint32_t code;

	while (at < raw.n && n) {
		n = raw.p[at] == '\\' ? take_escape(raw, at, &out)
		    : raw.p[at] < ' ' ? 0
				      : utf8_decode(span_from(raw, at), &code);
		if (n && raw.p[at] != '\\')
			text_put(&out, span_sub(raw, at, n));
		at += n;
	}
	*text = arena_copy(a, text_span(&out));
	n = n && !out.failed && text->n == out.n;
	text_free(&out);
	return n;
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

void dsse_pae(struct span type, struct span payload, struct text *out)
{
	text_format(out, "DSSEv1 %zu ", type.n);
	text_put(out, type);
	text_format(out, " %zu ", payload.n);
	text_put(out, payload);
}

bool dsse_sign(const struct sigkey *key, struct span type, struct span payload, struct text *out)
{
	uint8_t signature[MOST_SIGNATURE];
	struct text pae = { 0 }, b64 = { 0 };
	struct json j = { .out = out };
	size_t n = 0;
	bool ok;

	dsse_pae(type, payload, &pae);
	ok = !pae.failed && sigkey_sign(key, text_span(&pae), signature, &n);
	text_free(&pae);
	json_object(&j);
	json_key(&j, "payload");
	base64_write(&b64, payload);
	json_text(&j, text_span(&b64));
	json_key(&j, "payloadType");
	json_text(&j, type);
	json_key(&j, "signatures");
	json_array(&j);
	/* Without keyid: it is a hint that no reader needs, and some refuse another's form of it.
	 */
	json_object(&j);
	json_key(&j, "sig");
	b64.n = 0;
	base64_write(&b64, (struct span){ signature, n });
	json_text(&j, text_span(&b64));
	json_object_end(&j);
	json_array_end(&j);
	json_object_end(&j);
	text_char(out, '\n');
	ok = ok && !b64.failed && !out->failed;
	text_free(&b64);
	return ok;
}

static const char *read_signatures(const struct json_text *t, struct arena *a, struct envelope *e)
{
	uint32_t list = json_member(t, 0, "signatures", JSON_ARRAY);
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

const char *dsse_read(struct span json, struct arena *a, struct envelope *e)
{
	struct json_text t;
	struct text pae = { 0 };
	struct span payload;

	*e = (struct envelope){ 0 };
	if (json.n > MOST_ENVELOPE)
		return "it is too large for an envelope";
	if (json_text_read(a, json, &t).kind || t.items[0].kind != JSON_OBJECT)
		return "it is no JSON";
	if (!json_names_are_plain(&t))
		return "a name in it is written with escapes";
	if (json_member(&t, 0, "payload", JSON_STRING) == JSON_NONE ||
	    json_member(&t, 0, "payloadType", JSON_STRING) == JSON_NONE)
		return "it is no DSSE envelope";
	if (!json_member_string(&t, 0, "payload", a, &payload) ||
	    !base64_read(payload, true, a, &e->payload) ||
	    !json_member_string(&t, 0, "payloadType", a, &e->payload_type))
		return "its payload is malformed";
	dsse_pae(e->payload_type, e->payload, &pae);
	sha256_of(text_span(&pae), e->pae_sha256);
	text_free(&pae);
	return read_signatures(&t, a, e);
}

bool dsse_verifies(const struct envelope *e, const struct sigkey *key)
{
	struct text pae = { 0 };
	bool holds = false;

	dsse_pae(e->payload_type, e->payload, &pae);
	for (uint32_t i = 0; !pae.failed && i < e->signature_count; i++)
		holds = holds || sigkey_verifies(key, text_span(&pae), e->signatures[i]);
	text_free(&pae);
	return holds;
}
