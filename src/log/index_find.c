/* index_find.c - what is asked of the index. A query is made of conditions that are all texts of
 * ours; what was asked for is bound to them. */
#include <stdio.h>

#include "log/index_own.h"

#define MOST_CONDITIONS 16
#define USUAL_MOST      100u

struct bound {
	enum { BOUND_BLOB, BOUND_TEXT, BOUND_NUMBER } kind;
	const void *p;
	int64_t number;
};

struct query {
	struct text sql;
	struct bound bound[MOST_CONDITIONS + ROSTER_MOST_KEYS];
	unsigned count;
};

static void add(struct query *q, const char *condition, struct bound b)
{
	if (condition)
		text_format(&q->sql, " AND %s", condition);
	q->bound[q->count++] = b;
}

static void add_text(struct query *q, const char *condition, const char *text)
{
	if (text)
		add(q, condition, (struct bound){ BOUND_TEXT, text, 0 });
}

static void add_number(struct query *q, const char *condition, int64_t number)
{
	add(q, condition, (struct bound){ BOUND_NUMBER, NULL, number });
}

static void add_keys(struct query *q, const struct index_query *asked)
{
	text_puts(&q->sql, " AND e.key IN (");
	for (uint32_t i = 0; i < asked->key_count && i < ROSTER_MOST_KEYS; i++) {
		text_puts(&q->sql, i ? ",?" : "?");
		add(q, NULL, (struct bound){ BOUND_BLOB, asked->keys[i], 0 });
	}
	text_puts(&q->sql, ")");
}

static void make(struct query *q, const struct index_query *asked)
{
	text_puts(&q->sql, "SELECT e.number, e.time, e.kind, e.key, e.pae FROM entries e WHERE 1");
	if (asked->digest)
		add(q, "e.number IN (SELECT number FROM digests WHERE digest=?)",
		    (struct bound){ BOUND_BLOB, asked->digest, 0 });
	if (asked->keys)
		add_keys(q, asked);
	if (asked->check) {
		add_text(q,
			 asked->end < 0 ? "e.number IN (SELECT number FROM checks WHERE name="
					  "(SELECT id FROM names WHERE name=?))"
					: "e.number IN (SELECT number FROM checks WHERE name="
					  "(SELECT id FROM names WHERE name=?) AND ended=?)",
			 asked->check);
		if (asked->end >= 0)
			add_number(q, NULL, asked->end);
	}
	add_text(q, "e.number IN (SELECT number FROM releases WHERE vendor=?)", asked->vendor);
	add_text(q, "e.number IN (SELECT number FROM releases WHERE product=?)", asked->product);
	add_text(q, "e.number IN (SELECT number FROM releases WHERE release=?)", asked->release);
	if (asked->kind >= 0)
		add_text(q, "e.kind=?", statement_name((enum statement_kind)asked->kind));
	if (asked->from)
		add_number(q, "e.time>=?", asked->from);
	if (asked->until)
		add_number(q, "e.time<?", asked->until);
	if (asked->first)
		add_number(q, "e.number>=?", (int64_t)asked->first);
	text_puts(&q->sql,
		  asked->newest ? " ORDER BY e.number DESC LIMIT ?" : " ORDER BY e.number LIMIT ?");
	add_number(q, NULL, asked->most ? asked->most : USUAL_MOST);
}

static bool bind(sqlite3_stmt *s, int at, const struct bound *b)
{
	switch (b->kind) {
	case BOUND_BLOB:
		return sqlite3_bind_blob(s, at, b->p, SHA256_SIZE, SQLITE_STATIC) == SQLITE_OK;
	case BOUND_TEXT:
		return sqlite3_bind_text(s, at, b->p, -1, SQLITE_STATIC) == SQLITE_OK;
	case BOUND_NUMBER:
		return sqlite3_bind_int64(s, at, b->number) == SQLITE_OK;
	}
	return false;
}

/* False: there is none. */
static bool take_digest(sqlite3_stmt *s, int column, uint8_t to[SHA256_SIZE])
{
	const void *p = sqlite3_column_blob(s, column);

	if (!p || sqlite3_column_bytes(s, column) != SHA256_SIZE)
		return false;
	memcpy(to, p, SHA256_SIZE);
	return true;
}

bool index_find(struct index *i, const struct index_query *asked,
		void (*each)(void *ctx, const struct index_row *row), void *ctx,
		struct log_error *e)
{
	struct query q = { .count = 0 };
	sqlite3_stmt *s = NULL;
	int code = SQLITE_ERROR;
	bool ok;

	make(&q, asked);
	ok = !q.sql.failed && sqlite3_prepare_v2(i->db, q.sql.p, -1, &s, NULL) == SQLITE_OK;
	for (unsigned k = 0; k < q.count && ok; k++)
		ok = bind(s, (int)k + 1, &q.bound[k]);
	while (ok && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct index_row row = { .number = (uint64_t)sqlite3_column_int64(s, 0),
					 .time = sqlite3_column_int64(s, 1),
					 .kind = (const char *)sqlite3_column_text(s, 2) };

		row.has_key = take_digest(s, 3, row.key_sha256);
		if (take_digest(s, 4, row.pae_sha256))
			each(ctx, &row);
	}
	ok = ok && code == SQLITE_DONE;
	if (!ok)
		index_fail(i, e);
	sqlite3_finalize(s);
	text_free(&q.sql);
	return ok;
}

static bool has_digest(struct index *i, const uint8_t sha256[SHA256_SIZE], int is_of)
{
	sqlite3_stmt *s = index_statement(i, GET_FILE);
	bool found = sqlite3_bind_blob(s, 1, sha256, SHA256_SIZE, SQLITE_STATIC) == SQLITE_OK &&
		     sqlite3_bind_int(s, 2, is_of) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;

	sqlite3_reset(s);
	return found;
}

bool index_names_file(struct index *i, const uint8_t sha256[SHA256_SIZE])
{
	return has_digest(i, sha256, DIGEST_FILE);
}

bool index_withholds_file(struct index *i, const uint8_t sha256[SHA256_SIZE])
{
	return !has_digest(i, sha256, DIGEST_FILE) && has_digest(i, sha256, DIGEST_WITHHELD);
}
