/* sigbundle.c - bundles read, over the arena alone; see sigbundle.h. */
#include "log/sigbundle.h"

#include "base/base64.h"
#include "base/words.h"
#include "log/line.h"
#include "log/note.h"

/* Signature's and two base64's worth of a checkpoint, and a statement of the largest. */
#define MOST_LINE (2u << 20)

bool sigbundle_take(struct span *rest, struct span *one)
{
	struct span from = *rest;

	do {
		if (!line_take(rest, one))
			return false;
	} while (one->n == 0);
	if (span_ends(*one, span_text("}")))
		return true;
	*one = span_from(from, span_place(from, *one));
	*rest = (struct span){ 0 };
	return true;
}

void sigbundle_log_id(const struct note_key *log, uint8_t id[SHA256_SIZE])
{
	const uint8_t end = '\n', type = (uint8_t)log->type;
	const struct span parts[] = {
		log->name, { &end, 1 }, { &type, 1 }, { log->key, log->key_size }
	};

	sha256_of_parts(parts, 4, id);
}

/* -- reading: the first thing that is wrong is kept -- */

struct bundle_reader {
	struct json_text t;
	struct arena *a;
	struct sigbundle *b;
	const char *wrong;
};

static bool is_wrong(struct bundle_reader *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
	return false;
}

/* Whether each member has one of these names, parted by blanks, and none stands there twice. */
static bool holds_only(struct bundle_reader *r, uint32_t object, const char *names)
{
	uint32_t seen = 0;

	for (uint32_t i = json_child(&r->t, object); i != JSON_NONE; i = json_next(&r->t, i)) {
		struct span list = span_text(names), name;
		uint32_t bit = 1;

		for (name = word_take(&list); name.n && !span_equal(name, r->t.items[i].key);
		     bit <<= 1)
			name = word_take(&list);
		if (!name.n)
			return is_wrong(r, "a member of it is not known here");
		if (seen & bit)
			return is_wrong(r, "a member of it stands there twice");
		seen |= bit;
	}
	return true;
}

/* The object of that name, whose members are of these names. */
static uint32_t object_of(struct bundle_reader *r, uint32_t in, const char *key, const char *names)
{
	uint32_t i = json_member(&r->t, in, key, JSON_OBJECT);

	if (i == JSON_NONE)
		is_wrong(r, key);
	else
		holds_only(r, i, names);
	return i;
}

static void expect(struct bundle_reader *r, uint32_t object, const char *key, const char *value)
{
	uint32_t i = json_member(&r->t, object, key, JSON_STRING);

	if (i == JSON_NONE || !span_is(r->t.items[i].value, value))
		is_wrong(r, key);
}

/* A number as a string, as proto3 writes 64 bits; not there is zero. */
static uint64_t number_of(struct bundle_reader *r, uint32_t object, const char *key)
{
	uint32_t i = json_find(&r->t, object, key);
	uint64_t value = 0;

	if (i != JSON_NONE &&
	    (r->t.items[i].kind != JSON_STRING || !decimal_read(r->t.items[i].value, &value)))
		is_wrong(r, key);
	return value;
}

static void hash_of(struct bundle_reader *r, uint32_t object, const char *key,
		    uint8_t hash[SHA256_SIZE])
{
	uint32_t i = json_member(&r->t, object, key, JSON_STRING);

	if (i == JSON_NONE || !hash_read(r->t.items[i].value, hash))
		is_wrong(r, key);
}

static void read_path(struct bundle_reader *r, uint32_t proof)
{
	struct merkle_proof *path = &r->b->path;
	uint32_t list = json_find(&r->t, proof, "hashes");

	if (list != JSON_NONE && r->t.items[list].kind != JSON_ARRAY)
		is_wrong(r, "hashes");
	for (uint32_t i = json_child(&r->t, list); i != JSON_NONE; i = json_next(&r->t, i)) {
		if (path->count == MERKLE_MOST || r->t.items[i].kind != JSON_STRING ||
		    !hash_read(r->t.items[i].value, path->hash[path->count])) {
			is_wrong(r, "hashes");
			return;
		}
		path->count++;
	}
}

static void read_proof(struct bundle_reader *r, uint32_t entry)
{
	struct sigbundle *b = r->b;
	uint32_t proof = object_of(r, entry, "inclusionProof",
				   "logIndex rootHash treeSize hashes checkpoint");
	uint32_t note = object_of(r, proof, "checkpoint", "envelope");

	if (number_of(r, proof, "logIndex") != b->index)
		is_wrong(r, "its two indexes differ");
	hash_of(r, proof, "rootHash", b->head.root);
	b->head.size = number_of(r, proof, "treeSize");
	read_path(r, proof);
	if (!json_member_string(&r->t, note, "envelope", r->a, &b->note) || b->note.n == 0)
		is_wrong(r, "checkpoint");
}

static void read_entry(struct bundle_reader *r, uint32_t material)
{
	struct sigbundle *b = r->b;
	uint32_t list = json_member(&r->t, material, "tlogEntries", JSON_ARRAY);
	uint32_t entry = json_child(&r->t, list), kind;
	struct span body;

	if (entry == JSON_NONE || json_next(&r->t, entry) != JSON_NONE ||
	    r->t.items[entry].kind != JSON_OBJECT) {
		is_wrong(r, "it has no entry of a log, or more than one");
		return;
	}
	holds_only(r, entry, "logIndex logId kindVersion inclusionProof canonicalizedBody");
	b->index = number_of(r, entry, "logIndex");
	hash_of(r, object_of(r, entry, "logId", "keyId"), "keyId", b->log_id);
	kind = object_of(r, entry, "kindVersion", "kind version");
	expect(r, kind, "kind", "hashedrekord");
	expect(r, kind, "version", "0.0.2");
	if (json_member(&r->t, entry, "canonicalizedBody", JSON_STRING) == JSON_NONE ||
	    !json_member_string(&r->t, entry, "canonicalizedBody", r->a, &body) ||
	    !base64_read(body, false, r->a, &b->body))
		is_wrong(r, "canonicalizedBody");
	read_proof(r, entry);
}

static void read_envelope(struct bundle_reader *r)
{
	uint32_t object = object_of(r, 0, "dsseEnvelope", "payload payloadType signatures");
	uint32_t list = json_member(&r->t, object, "signatures", JSON_ARRAY);
	const char *wrong;

	for (uint32_t i = json_child(&r->t, list); i != JSON_NONE; i = json_next(&r->t, i))
		holds_only(r, i, "sig");
	if (r->wrong)
		return;
	wrong = dsse_read_object(&r->t, object, r->a, &r->b->envelope);
	if (wrong)
		is_wrong(r, wrong);
	else if (r->b->envelope.signature_count != 1)
		is_wrong(r, "its envelope has more than one signature");
}

const char *sigbundle_read(struct span json, struct arena *a, struct sigbundle *b)
{
	struct bundle_reader r = { .a = a, .b = b };
	uint32_t material;

	*b = (struct sigbundle){ .index = 0 };
	if (json.n > MOST_LINE)
		return "it is too large for a bundle";
	if (json_text_read(a, json, &r.t).kind || r.t.items[0].kind != JSON_OBJECT)
		return "it is no JSON, or too large";
	if (!json_names_are_plain(&r.t))
		return "a name in it is written with escapes";
	if (json_find(&r.t, 0, "messageSignature") != JSON_NONE)
		return "it holds a signed file, not a statement";
	holds_only(&r, 0, "mediaType verificationMaterial dsseEnvelope");
	expect(&r, 0, "mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json");
	material = object_of(&r, 0, "verificationMaterial", "publicKey tlogEntries");
	hash_of(&r, object_of(&r, material, "publicKey", "hint"), "hint", b->key_sha256);
	read_entry(&r, material);
	read_envelope(&r);
	return r.wrong;
}
