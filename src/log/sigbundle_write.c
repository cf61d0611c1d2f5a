/* sigbundle_write.c - bundles, and what Sigstore's clients need to check them; see sigbundle.h. */
#include "base/base64.h"
#include "base/day.h"
#include "base/json.h"
#include "log/line.h"
#include "log/note.h"
#include "log/sigbundle.h"

static void put_text(struct json *j, const char *key, struct span text)
{
	json_key(j, key);
	json_text(j, text);
}

static void put_base64(struct json *j, const char *key, struct span bytes)
{
	struct text b64 = { 0 };

	base64_write(&b64, bytes);
	if (key)
		json_key(j, key);
	json_text(j, text_span(&b64));
	j->out->failed |= b64.failed;
	text_free(&b64);
}

static void put_hash(struct json *j, const char *key, const uint8_t hash[SHA256_SIZE])
{
	put_base64(j, key, (struct span){ hash, SHA256_SIZE });
}

/* 64 bits are strings in proto3's JSON. */
static void put_number(struct json *j, const char *key, uint64_t value)
{
	uint8_t digits[DECIMAL_MOST];

	put_text(j, key, (struct span){ digits, decimal_write(value, digits) });
}

static void open_object(struct json *j, const char *key)
{
	json_key(j, key);
	json_object(j);
}

static void put_proof(struct json *j, const struct sigbundle *b)
{
	open_object(j, "inclusionProof");
	put_number(j, "logIndex", b->index);
	put_hash(j, "rootHash", b->head.root);
	put_number(j, "treeSize", b->head.size);
	json_key(j, "hashes");
	json_array(j);
	for (unsigned i = 0; i < b->path.count; i++)
		put_hash(j, NULL, b->path.hash[i]);
	json_array_end(j);
	open_object(j, "checkpoint");
	put_text(j, "envelope", b->note);
	json_object_end(j);
	json_object_end(j);
}

static void put_material(struct json *j, const struct sigbundle *b)
{
	open_object(j, "verificationMaterial");
	open_object(j, "publicKey");
	put_hash(j, "hint", b->key_sha256);
	json_object_end(j);
	json_key(j, "tlogEntries");
	json_array(j);
	json_object(j);
	put_number(j, "logIndex", b->index);
	open_object(j, "logId");
	put_hash(j, "keyId", b->log_id);
	json_object_end(j);
	open_object(j, "kindVersion");
	put_text(j, "kind", span_text("hashedrekord"));
	put_text(j, "version", span_text("0.0.2"));
	json_object_end(j);
	put_proof(j, b);
	put_base64(j, "canonicalizedBody", b->body);
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
}

static void put_envelope(struct json *j, const struct envelope *e)
{
	open_object(j, "dsseEnvelope");
	put_base64(j, "payload", e->payload);
	put_text(j, "payloadType", e->payload_type);
	json_key(j, "signatures");
	json_array(j);
	json_object(j);
	put_base64(j, "sig", e->signatures[0]);
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
}

void sigbundle_write(struct text *out, const struct sigbundle *b)
{
	struct json j = { .out = out };

	json_object(&j);
	put_text(&j, "mediaType", span_text("application/vnd.dev.sigstore.bundle.v0.3+json"));
	put_material(&j, b);
	put_envelope(&j, &b->envelope);
	json_object_end(&j);
	text_char(out, '\n');
}

/* Ed25519 as SubjectPublicKeyInfo (RFC 8410 4). */
static void put_spki(struct json *j, const char *key, const struct note_key *log)
{
	static const uint8_t head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
					0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	uint8_t spki[sizeof(head) + 32];

	memcpy(spki, head, sizeof(head));
	memcpy(spki + sizeof(head), log->key, 32);
	put_base64(j, key, (struct span){ spki, sizeof(spki) });
}

void trusted_root_write(struct text *out, const struct note_key *log, int64_t from)
{
	static const char *const empty[] = { "certificateAuthorities", "ctlogs",
					     "timestampAuthorities" };
	struct json j = { .out = out };
	struct text url = { 0 }, time = { 0 };
	uint8_t id[SHA256_SIZE];
	char day[DAY_TEXT];

	sigbundle_log_id(log, id);
	day_write(from, day);
	text_format(&time, "%sT00:00:00Z", day);
	text_puts(&url, "https://");
	text_put(&url, log->name);
	json_object(&j);
	put_text(&j, "mediaType",
		 span_text("application/vnd.dev.sigstore.trustedroot+json;version=0.1"));
	json_key(&j, "tlogs");
	json_array(&j);
	json_object(&j);
	put_text(&j, "baseUrl", text_span(&url));
	put_text(&j, "hashAlgorithm", span_text("SHA2_256"));
	open_object(&j, "publicKey");
	put_spki(&j, "rawBytes", log);
	put_text(&j, "keyDetails", span_text("PKIX_ED25519"));
	open_object(&j, "validFor");
	put_text(&j, "start", text_span(&time));
	json_object_end(&j);
	json_object_end(&j);
	open_object(&j, "logId");
	put_hash(&j, "keyId", id);
	json_object_end(&j);
	json_object_end(&j);
	json_array_end(&j);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		json_key(&j, empty[i]);
		json_array(&j);
		json_array_end(&j);
	}
	json_object_end(&j);
	text_char(out, '\n');
	out->failed |= url.failed || time.failed;
	text_free(&url);
	text_free(&time);
}
