/* statement_write.c - statements written; see statement.h. */
#include "base/json.h"
#include "trust/statement.h"

static void put_text(struct json *j, const char *key, struct span text)
{
	json_key(j, key);
	json_text(j, text);
}

static void put_hex(struct json *j, const char *key, const uint8_t *bytes, size_t n)
{
	json_key(j, key);
	json_hex(j, (struct span){ bytes, n });
}

void statement_begin(struct json *j, enum statement_kind kind, const struct subject *subjects,
		     uint32_t count)
{
	json_object(j);
	put_text(j, "_type", span_text(STATEMENT_TYPE));
	json_key(j, "subject");
	json_array(j);
	for (uint32_t i = 0; i < count; i++) {
		json_object(j);
		if (subjects[i].name)
			put_text(j, "name", span_text(subjects[i].name));
		json_key(j, "digest");
		json_object(j);
		put_hex(j, "sha256", subjects[i].sha256, SHA256_SIZE);
		if (subjects[i].has_sha512)
			put_hex(j, "sha512", subjects[i].sha512, SHA512_SIZE);
		json_object_end(j);
		json_object_end(j);
	}
	json_array_end(j);
	put_text(j, "predicateType", span_text(statement_predicate_type(kind)));
	json_key(j, "predicate");
}

void statement_end(struct json *j)
{
	json_object_end(j);
}

static void put_file(struct json *j, const struct file_digest *f)
{
	json_object(j);
	json_key(j, "size");
	json_u64(j, f->size);
	json_key(j, "digest");
	json_object(j);
	put_hex(j, "sha256", f->sha256, SHA256_SIZE);
	json_object_end(j);
	json_object_end(j);
}

void statement_file(struct json *j, const char *key, const struct file_digest *f)
{
	json_key(j, key);
	put_file(j, f);
}

static void put_attached(struct json *j, const struct statement *s)
{
	json_key(j, "evidence");
	json_array(j);
	for (uint32_t i = 0; i < s->attached_count; i++)
		put_file(j, &s->attached[i]);
	json_array_end(j);
}

static void put_meant(struct json *j, const struct statement *s)
{
	json_key(j, "statement");
	json_object(j);
	put_hex(j, "pae_sha256", s->pae_sha256, SHA256_SIZE);
	json_object_end(j);
}

void statement_said(struct json *j, const struct statement *s)
{
	json_object(j);
	switch (s->kind) {
	case STATEMENT_RELEASE:
		put_text(j, "vendor", s->vendor);
		put_text(j, "product", s->product);
		put_text(j, "version", s->release);
		if (s->text.n)
			put_text(j, "text", s->text);
		break;
	case STATEMENT_CLAIM:
		put_text(j, "alleges", s->text);
		put_text(j, "standing", span_text(claim_standing(s)));
		put_attached(j, s);
		break;
	case STATEMENT_RESPONSE:
		put_meant(j, s);
		put_text(j, "says", s->text);
		put_attached(j, s);
		break;
	case STATEMENT_REVOCATION:
		put_meant(j, s);
		put_text(j, "reason", s->text);
		break;
	default:
		break;
	}
	json_object_end(j);
}
