/* index_put.c - what an entry is about, taken out of its envelope. An entry whose envelope says
 * nothing that is known has its number, time and key alone. */
#include "base/base64.h"
#include "log/index_own.h"
#include "trust/roster.h"

#include <stdlib.h>

static bool put_digest(struct index *i, const uint8_t digest[SHA256_SIZE], int is_of,
		       uint64_t number)
{
	sqlite3_stmt *s = index_statement(i, PUT_DIGEST);

	return sqlite3_bind_blob(s, 1, digest, SHA256_SIZE, SQLITE_STATIC) == SQLITE_OK &&
	       sqlite3_bind_int(s, 2, is_of) == SQLITE_OK &&
	       sqlite3_bind_int64(s, 3, (sqlite3_int64)number) == SQLITE_OK && index_step(s);
}

static bool bind_span(sqlite3_stmt *s, int at, struct span text)
{
	return sqlite3_bind_text(s, at, text.n ? (const char *)text.p : "", (int)text.n,
				 SQLITE_STATIC) == SQLITE_OK;
}

static bool name_id(struct index *i, struct span name, int64_t *id)
{
	sqlite3_stmt *s = index_statement(i, PUT_NAME);
	bool ok = bind_span(s, 1, name) && index_step(s);

	s = index_statement(i, GET_NAME);
	ok = ok && bind_span(s, 1, name) && sqlite3_step(s) == SQLITE_ROW;
	if (ok)
		*id = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ok;
}

/* What does not apply to an image is not looked for. */
static bool put_checks(struct index *i, uint64_t number, const struct statement *st)
{
	bool ok = true;

	for (uint32_t k = 0; k < st->test_count && ok; k++) {
		sqlite3_stmt *s;
		int64_t id = 0;

		if (st->tests[k].end == TEST_NOT_APPLICABLE)
			continue;
		ok = name_id(i, st->tests[k].check, &id);
		s = index_statement(i, PUT_CHECK);
		ok = ok && sqlite3_bind_int64(s, 1, id) == SQLITE_OK &&
		     sqlite3_bind_int(s, 2, (int)st->tests[k].end) == SQLITE_OK &&
		     sqlite3_bind_int64(s, 3, (sqlite3_int64)number) == SQLITE_OK && index_step(s);
	}
	return ok;
}

static bool put_release(struct index *i, uint64_t number, const struct statement *st)
{
	sqlite3_stmt *s = index_statement(i, PUT_RELEASE);

	return bind_span(s, 1, st->vendor) && bind_span(s, 2, st->product) &&
	       bind_span(s, 3, st->release) &&
	       sqlite3_bind_int64(s, 4, (sqlite3_int64)number) == SQLITE_OK && index_step(s);
}

static bool is_set(const struct file_digest *f)
{
	static const uint8_t zero[SHA256_SIZE];

	return memcmp(f->sha256, zero, SHA256_SIZE) != 0;
}

/* Keys by the beginning of their digest: who finds two that begin alike shares a turn with himself.
 */
static bool put_signer(struct index *i, const uint8_t image[SHA256_SIZE],
		       const uint8_t key[SHA256_SIZE], uint64_t number)
{
	sqlite3_stmt *s = index_statement(i, PUT_SIGNER);
	int64_t id;

	memcpy(&id, key, sizeof(id));
	return sqlite3_bind_blob(s, 1, image, SHA256_SIZE, SQLITE_STATIC) == SQLITE_OK &&
	       sqlite3_bind_int64(s, 2, id & INT64_MAX) == SQLITE_OK &&
	       sqlite3_bind_int64(s, 3, (sqlite3_int64)number) == SQLITE_OK && index_step(s);
}

static bool put_statement(struct index *i, uint64_t number, const struct statement *st,
			  const uint8_t key[SHA256_SIZE])
{
	bool ok = put_checks(i, number, st);

	for (uint32_t k = 0; k < st->subject_count && ok; k++)
		ok = put_digest(i, st->subjects[k].sha256, DIGEST_IMAGE, number) &&
		     put_signer(i, st->subjects[k].sha256, key, number);
	if (ok && is_set(&st->file))
		ok = put_digest(i, st->file.sha256,
				st->passwords_left_out ? DIGEST_WITHHELD : DIGEST_FILE, number);
	if (ok && is_set(&st->published))
		ok = put_digest(i, st->published.sha256, DIGEST_FILE, number);
	for (uint32_t k = 0; k < st->attached_count && ok; k++)
		ok = put_digest(i, st->attached[k].sha256, DIGEST_FILE, number);
	if (ok && (st->kind == STATEMENT_RESPONSE || st->kind == STATEMENT_REVOCATION))
		ok = put_digest(i, st->pae_sha256, DIGEST_PAE, number);
	if (ok && st->kind == STATEMENT_RELEASE)
		ok = put_release(i, number, st);
	return ok;
}

/* The digest of the key in an entry's body. */
static bool key_of(struct span entry, uint8_t sha256[SHA256_SIZE])
{
	static const char before[] = "\"rawBytes\":\"";
	size_t from = span_find(entry, 0, span_text(before)), to, n;
	uint8_t spki[ROSTER_MOST_SPKI];

	if (from == SIZE_MAX)
		return false;
	from += strlen(before);
	to = span_find(entry, from, span_text("\""));
	if (to == SIZE_MAX ||
	    !base64_read_into(span_sub(entry, from, to - from), false, spki, sizeof(spki), &n))
		return false;
	sha256_of((struct span){ spki, n }, sha256);
	return true;
}

/* The digest of its key is left in key; zeroes where it has none. */
static bool put_entry(struct index *i, uint64_t number, const struct log_entry *entry,
		      struct span kind, uint8_t key[SHA256_SIZE])
{
	sqlite3_stmt *s = index_statement(i, PUT_ENTRY);
	bool has_key = key_of(entry->entry, key);

	return sqlite3_bind_int64(s, 1, (sqlite3_int64)number) == SQLITE_OK &&
	       sqlite3_bind_int64(s, 2, entry->time) == SQLITE_OK && bind_span(s, 3, kind) &&
	       (has_key ? sqlite3_bind_blob(s, 4, key, SHA256_SIZE, SQLITE_STATIC)
			: sqlite3_bind_null(s, 4)) == SQLITE_OK &&
	       sqlite3_bind_blob(s, 5, entry->pae_sha256, SHA256_SIZE, SQLITE_STATIC) ==
		       SQLITE_OK &&
	       index_step(s) && put_digest(i, entry->pae_sha256, DIGEST_PAE, number);
}

bool index_put(struct index *i, uint64_t number, const struct log_entry *entry)
{
	struct statement *st = malloc(sizeof(*st));
	struct arena a = { 0 };
	uint8_t key[SHA256_SIZE] = { 0 };
	struct envelope env;
	bool is_known, ok;

	if (!st)
		return false;
	arena_init(&a, 64u << 20);
	is_known = entry->envelope.n && !dsse_read(entry->envelope, &a, &env) &&
		   !statement_read(env.payload, &a, st);
	ok = put_entry(i, number, entry,
		       is_known ? span_text(statement_name(st->kind)) : (struct span){ 0 }, key) &&
	     (!is_known || put_statement(i, number, st, key));
	arena_free(&a);
	free(st);
	return ok;
}
