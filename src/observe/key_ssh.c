/* key_ssh.c - keys as OpenSSH keeps them: its private form (PROTOCOL.key), and public keys as they
 * are sent (RFC 4253 section 6.6, RFC 5656, RFC 8709). */
#include "observe/key.h"

#define MOST_FIELD 16384

struct span ssh_string(struct cursor *c)
{
	uint32_t n = cursor_be32(c);

	return n <= MOST_FIELD ? cursor_span(c, n) : (c->ran_out = true, (struct span){ 0 });
}

static void der_head(struct text *t, uint8_t tag, size_t n)
{
	text_char(t, (char)tag);
	if (n < 128) {
		text_char(t, (char)n);
	} else if (n < 256) {
		text_char(t, (char)0x81);
		text_char(t, (char)n);
	} else {
		text_char(t, (char)0x82);
		text_char(t, (char)(n >> 8));
		text_char(t, (char)n);
	}
}

static void der_put(struct text *t, uint8_t tag, struct span content)
{
	der_head(t, tag, content.n);
	text_put(t, content);
}

/* SEQUENCE { SEQUENCE algorithm, BIT STRING key } */
static bool read_spki(struct span algorithm, struct span key, struct key_read *k)
{
	struct text inner = { 0 }, outer = { 0 }, bits = { 0 };
	bool holds;

	text_char(&bits, 0);
	text_put(&bits, key);
	der_put(&inner, 0x30, algorithm);
	der_put(&inner, 0x03, text_span(&bits));
	der_put(&outer, 0x30, text_span(&inner));
	holds = key_from_public_der(text_span(&outer), false, k);
	text_free(&inner);
	text_free(&outer);
	text_free(&bits);
	return holds;
}

static bool read_rsa(struct span n, struct span e, struct key_read *k)
{
	static const uint8_t oid[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				       0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };
	struct text numbers = { 0 }, key = { 0 };
	bool holds;

	der_put(&numbers, 0x02, n);
	der_put(&numbers, 0x02, e);
	der_put(&key, 0x30, text_span(&numbers));
	holds = n.n && e.n && read_spki((struct span){ oid, sizeof(oid) }, text_span(&key), k);
	text_free(&numbers);
	text_free(&key);
	return holds;
}

static bool read_dss(const struct span numbers[4], struct key_read *k)
{
	static const uint8_t oid[] = { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01 };
	struct text parameters = { 0 }, algorithm = { 0 }, key = { 0 };
	bool holds;

	for (int i = 0; i < 3; i++)
		der_put(&parameters, 0x02, numbers[i]);
	text_put(&algorithm, (struct span){ oid, sizeof(oid) });
	der_put(&algorithm, 0x30, text_span(&parameters));
	der_put(&key, 0x02, numbers[3]);
	holds = read_spki(text_span(&algorithm), text_span(&key), k);
	text_free(&parameters);
	text_free(&algorithm);
	text_free(&key);
	return holds;
}

static bool read_ed25519(struct span key, struct key_read *k)
{
	static const uint8_t oid[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 };

	return key.n == 32 && read_spki((struct span){ oid, sizeof(oid) }, key, k);
}

static bool read_ecdsa(struct span curve, struct span point, struct key_read *k)
{
	static const struct {
		const char *name;
		uint8_t length, oid[20];
	} curves[] = {
		{ "nistp256",
		  19,
		  { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
		    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 } },
		{ "nistp384",
		  16,
		  { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
		    0x04, 0x00, 0x22 } },
		{ "nistp521",
		  16,
		  { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
		    0x04, 0x00, 0x23 } },
	};

	for (size_t i = 0; i < 3; i++)
		if (span_is(curve, curves[i].name))
			return read_spki((struct span){ curves[i].oid, curves[i].length }, point,
					 k);
	return false;
}

bool key_from_ssh_fields(struct span name, struct cursor *c, struct key_read *k)
{
	if (span_is(name, "ssh-rsa")) {
		struct span e = ssh_string(c), n = ssh_string(c);

		return !c->ran_out && read_rsa(n, e, k);
	}
	if (span_is(name, "ssh-dss")) {
		struct span numbers[4];

		for (int i = 0; i < 4; i++)
			numbers[i] = ssh_string(c);
		return !c->ran_out && read_dss(numbers, k);
	}
	if (span_is(name, "ssh-ed25519"))
		return read_ed25519(ssh_string(c), k);
	if (span_starts(name, span_text("ecdsa-sha2-"))) {
		struct span curve = ssh_string(c), point = ssh_string(c);

		return !c->ran_out && read_ecdsa(curve, point, k);
	}
	return false;
}

bool key_from_ssh_blob(struct span blob, struct key_read *k)
{
	struct cursor c = { .in = blob };
	struct span name = ssh_string(&c);
	bool holds = key_from_ssh_fields(name, &c, k);

	k->encoding = "openssh";
	k->is_private = false;
	return holds && c.at == blob.n;
}

/* The private part begins with one random number twice, so that a wrong password is told. */
static bool private_part_holds(struct span part, bool encrypted)
{
	struct cursor c = { .in = part };
	uint32_t first = cursor_be32(&c), second = cursor_be32(&c);

	return !c.ran_out && part.n % 8 == 0 && (encrypted || first == second);
}

bool key_from_openssh(struct span raw, struct key_read *k)
{
	struct cursor c = { .in = raw };
	struct span magic = cursor_span(&c, 15), cipher = ssh_string(&c);
	uint32_t count;
	struct span blob, part;
	bool encrypted = !span_is(cipher, "none");

	ssh_string(&c); /* key derivation and its options */
	ssh_string(&c);
	count = cursor_be32(&c);
	blob = ssh_string(&c);
	part = ssh_string(&c);
	if (c.ran_out || count < 1 || !private_part_holds(part, encrypted) ||
	    !span_equal(magic, (struct span){ (const uint8_t *)"openssh-key-v1", 15 }) ||
	    !key_from_ssh_blob(blob, k))
		return false;
	k->is_private = true;
	k->encrypted = encrypted;
	return true;
}
