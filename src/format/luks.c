/* luks.c - volumes encrypted by LUKS, versions 1 and 2: what the header says of cipher, key and
 * derivation. The payload cannot be read without a key, and that is said with its algorithm.
 * Sources: "LUKS1 On-Disk Format Specification" 1.2.3, "LUKS2 On-Disk Format Specification" 1.1.
 *
 * The volume goes to the end of its device, unless all segments of version 2 state a size. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/jsontext.h"
#include "base/text.h"
#include "format/parts.h"

#define MAGIC         "LUKS\xba\xbe"
#define HEADER1       592u
#define HEADER2       4096u /* of version 2, before its text */
#define SLOTS         8
#define SLOT_SIZE     48
#define SLOT_ENABLED  0x00ac71f3u
#define SLOT_DISABLED 0x0000deadu
#define SECTOR        512u
#define LEAST_HEADER2 (16u << 10)
#define MOST_HEADER2  (4u << 20)
#define CHECKSUM_AT   448u
#define MOST_KEY      1024u
#define LARGEST_TEXT  (60u << 10) /* that a probe looks at */

#define LARGEST_VOLUME (1ull << 60)

struct luks {
	struct span cipher, mode, hash, derivation;
	uint64_t payload, header, end;
	uint32_t key;
	uint16_t version;
};

/* -- version 1 -- */

static bool slots_hold(struct span in)
{
	for (uint64_t i = 0; i < SLOTS; i++) {
		uint32_t state = span_u32(in, 208 + i * SLOT_SIZE, true);

		if (state != SLOT_ENABLED && state != SLOT_DISABLED)
			return false;
	}
	return true;
}

static struct fault read_first(struct span in, struct luks *v)
{
	if (in.n < HEADER1)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER1);
	if (!is_padded_text(in, 8, 32) || !is_padded_text(in, 40, 32) ||
	    !is_padded_text(in, 72, 32) || !is_padded_text(in, 168, 40))
		return fault_at(FAULT_BROKEN, 8, "cipher, mode, hash or identifier", 0, 0);
	if (!slots_hold(in))
		return fault_at(FAULT_BROKEN, 208, "key slots", 0, 0);
	v->cipher = field_text(in, 8, 32);
	v->mode = field_text(in, 40, 32);
	v->hash = field_text(in, 72, 32);
	v->payload = (uint64_t)span_u32(in, 104, true) * SECTOR;
	v->key = span_u32(in, 108, true);
	v->derivation = span_text("PBKDF2");
	v->header = HEADER1;
	if (v->key == 0 || v->key > MOST_KEY)
		return fault_at(FAULT_BROKEN, 108, "key size", v->key, MOST_KEY);
	return fine;
}

/* -- version 2 -- */

/* SHA-256 of header and text, with zeros in the place of the checksum itself. */
static bool checksum_holds(struct arena *a, struct span header)
{
	uint8_t digest[SHA256_SIZE], *copy = arena_take(a, header.n, 1);

	if (!copy)
		return false;
	memcpy(copy, header.p, header.n);
	memset(copy + CHECKSUM_AT, 0, 64);
	sha256_of((struct span){ copy, header.n }, digest);
	return span_starts(span_from(header, CHECKSUM_AT), (struct span){ digest, SHA256_SIZE });
}

static struct fault read_second(struct span in, struct luks *v)
{
	v->header = span_u64(in, 8, true);
	if (in.n < HEADER2)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER2);
	if (v->header < LEAST_HEADER2 || v->header > MOST_HEADER2 || v->header & (v->header - 1) ||
	    span_u64(in, 256, true) != 0)
		return fault_at(FAULT_BROKEN, 8, "header size", v->header, MOST_HEADER2);
	if (!is_padded_text(in, 72, 32) || !is_padded_text(in, 168, 40) ||
	    span_byte(in, HEADER2) != '{')
		return fault_at(FAULT_BROKEN, 72, "checksum or identifier", 0, 0);
	return fine;
}

/* The number of the next member of that name, `"offset":"16777216"`; false where it is none. */
static bool next_number(struct span text, size_t *at, const char *member, uint64_t *value)
{
	size_t used, from = span_find(text, *at, span_text(member));

	if (from == SIZE_MAX)
		return false;
	*at = from + strlen(member);
	return span_number(span_from(text, *at), 10, value, &used);
}

/* Where the last segment ends; 0 where one goes on to the end of the device. A probe has no arena
 * to read JSON with: segments are objects of one level, between "segments" and the next two
 * braces in a row. */
static uint64_t end_of_segments(struct span in, const struct luks *v)
{
	struct span text = span_from(
		span_head(in, v->header < LARGEST_TEXT ? v->header : LARGEST_TEXT), HEADER2);
	size_t from = span_find(text, 0, span_text("\"segments\":{"));
	size_t to = from == SIZE_MAX ? SIZE_MAX : span_find(text, from, span_text("}}"));
	uint64_t offset, size, end = 0;

	if (to == SIZE_MAX)
		return 0;
	for (text.n = to; span_find(text, from, span_text("\"offset\":")) != SIZE_MAX;) {
		if (!next_number(text, &from, "\"offset\":\"", &offset) ||
		    !next_number(text, &from, "\"size\":\"", &size) || offset > LARGEST_VOLUME ||
		    size > LARGEST_VOLUME)
			return 0;
		end = offset + size > end ? offset + size : end;
	}
	return end;
}

/* "aes-xts-plain64": the cipher ends at the first "-". */
static void split_cipher(struct luks *v, struct span text)
{
	size_t dash = span_find(text, 0, span_text("-"));

	v->cipher = span_head(text, dash);
	v->mode = dash < text.n ? span_from(text, dash + 1) : (struct span){ 0 };
}

/* The text tells of segments and key slots: the first of each speaks for all. */
static struct fault read_text(struct arena *a, struct span in, struct luks *v)
{
	struct span text = span_sub(in, HEADER2, v->header - HEADER2);
	struct json_text t;
	struct fault bad;
	uint32_t segment, slot;
	uint64_t key;

	if (text.n == 0)
		return fault_at(FAULT_SHORT, HEADER2, "header", in.n, v->header);
	text.n = strnlen((const char *)text.p, text.n);
	bad = json_text_read(a, text, &t);
	bad.at += HEADER2;
	segment = json_child(&t, json_find(&t, 0, "segments"));
	slot = json_child(&t, json_find(&t, 0, "keyslots"));
	split_cipher(v, json_value(&t, segment, "encryption"));
	json_number(&t, segment, "offset", &v->payload);
	json_number(&t, slot, "key_size", &key);
	v->key = (uint32_t)(key <= MOST_KEY ? key : 0);
	v->derivation = json_value(&t, json_find(&t, slot, "kdf"), "type");
	v->hash = json_value(&t, json_find(&t, slot, "kdf"), "hash");
	return bad;
}

/* -- both -- */

static struct fault read_header(struct span in, struct luks *v)
{
	*v = (struct luks){ .version = span_u16(in, 6, true) };
	if (!span_starts(in, span_text(MAGIC)))
		return fault_at(FAULT_UNKNOWN, 0, "magic", 0, 0);
	if (v->version == 1)
		return read_first(in, v);
	if (v->version == 2)
		return read_second(in, v);
	return fault_at(FAULT_UNKNOWN, 6, "version", v->version, 2);
}

static void describe(char label[64], const struct luks *v)
{
	snprintf(label, 64, "version %u", v->version);
	label_add(label, ", ", v->cipher);
	label_add(label, v->mode.n ? "-" : "", v->mode);
	if (v->key)
		snprintf(label + strlen(label), 64 - strlen(label), ", key of %u bits", v->key * 8);
	label_add(label, v->derivation.n ? ", " : "", v->derivation);
	label_add(label, v->hash.n ? " " : "", v->hash);
}

static struct fault probe(struct span in, struct found *f)
{
	struct luks v;
	struct fault bad = read_header(in, &v);

	if (bad.kind)
		return bad;
	v.end = v.version == 2 ? end_of_segments(in, &v) : 0;
	f->len = v.end > v.header ? part_bound(v.end, in) : in.n;
	f->proof = PROOF_STRUCTURE;
	if (v.version == 1)
		describe(f->label, &v);
	else
		snprintf(f->label, sizeof(f->label), "version 2");
	return fine;
}

static const char *payload_of(struct span cipher)
{
	static const struct {
		const char *cipher, *says;
	} ciphers[] = {
		{ "aes", "payload, encrypted by AES" },
		{ "serpent", "payload, encrypted by Serpent" },
		{ "twofish", "payload, encrypted by Twofish" },
		{ "camellia", "payload, encrypted by Camellia" },
		{ "aria", "payload, encrypted by ARIA" },
		{ "sm4", "payload, encrypted by SM4" },
	};

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (span_is(cipher, ciphers[i].cipher))
			return ciphers[i].says;
	return "payload, encrypted";
}

static struct fault list(struct listing *l)
{
	struct luks v;
	struct fault bad = read_header(l->in, &v);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (v.version == 2) {
		struct span header = span_sub(l->in, 0, v.header);

		bad = read_text(l->arena, l->in, &v);
		describe(l->label, &v);
		if (bad.kind == FAULT_NONE && !checksum_holds(l->arena, header))
			bad = fault_at(FAULT_BROKEN, CHECKSUM_AT, "header checksum", 0, 0);
		if (bad.kind)
			return bad;
		v.end = end_of_segments(l->in, &v);
		if (v.end > l->in.n)
			listing_fault(l, fault_at(FAULT_SHORT, HEADER2, "volume", l->in.n, v.end));
	}
	return fault_at(FAULT_ENCRYPTED, v.payload, payload_of(v.cipher), 0, 0);
}

const struct format format_luks = {
	.name = "luks",
	.says = "volume encrypted by LUKS, version 1 or 2",
	.domain = DOMAIN_IT,
	.spec = "LUKS1 On-Disk Format Specification 1.2.3; LUKS2 On-Disk Format Specification 1.1",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { 0, 8, MAGIC "\x00\x01" }, { 0, 8, MAGIC "\x00\x02" } },
	.probe = probe,
	.list = list,
};
