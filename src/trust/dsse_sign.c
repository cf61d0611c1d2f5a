/* dsse_sign.c - envelopes made, and checked with keys of OpenSSL. */
#include "base/base64.h"
#include "base/json.h"
#include "trust/dsse.h"
#include "trust/sigkey.h"

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

bool dsse_verifies(const struct envelope *e, const struct sigkey *key)
{
	for (uint32_t i = 0; i < e->signature_count; i++)
		if (sigkey_verifies(key, e->pae, e->signatures[i]))
			return true;
	return false;
}
