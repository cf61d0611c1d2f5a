/* index.c - see index.h: the database, and what fills it. */
#include "log/index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/disk.h"
#include "log/index_own.h"
#include "log/store_own.h"

/* Changed with the tables: another one is made anew. */
#define LAYOUT 3

static const char tables[] =
	"CREATE TABLE log(origin TEXT, next INTEGER);"
	"CREATE TABLE entries(number INTEGER PRIMARY KEY, time INTEGER, kind TEXT, key BLOB, pae "
	"BLOB);"
	"CREATE INDEX by_key ON entries(key);"
	"CREATE TABLE digests(digest BLOB, is_of INTEGER, number INTEGER,"
	" PRIMARY KEY(digest, is_of, number)) WITHOUT ROWID;"
	"CREATE TABLE signers(image BLOB, key INTEGER, number INTEGER,"
	" PRIMARY KEY(image, key, number)) WITHOUT ROWID;"
	"CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
	"CREATE TABLE checks(name INTEGER, ended INTEGER, number INTEGER,"
	" PRIMARY KEY(name, ended, number)) WITHOUT ROWID;"
	"CREATE TABLE releases(vendor TEXT, product TEXT, release TEXT, number INTEGER,"
	" PRIMARY KEY(vendor, product, release, number)) WITHOUT ROWID;";

static const char *const texts[INDEX_STATEMENTS] = {
	[PUT_ENTRY] = "INSERT OR REPLACE INTO entries VALUES(?,?,?,?,?)",
	[PUT_DIGEST] = "INSERT OR IGNORE INTO digests VALUES(?,?,?)",
	[PUT_SIGNER] = "INSERT OR IGNORE INTO signers VALUES(?,?,?)",
	[PUT_NAME] = "INSERT OR IGNORE INTO names(name) VALUES(?)",
	[GET_NAME] = "SELECT id FROM names WHERE name=?",
	[PUT_CHECK] = "INSERT OR IGNORE INTO checks VALUES(?,?,?)",
	[PUT_RELEASE] = "INSERT OR IGNORE INTO releases VALUES(?,?,?,?)",
	[PUT_NEXT] = "UPDATE log SET next=?",
	[GET_NEXT] = "SELECT next FROM log",
	[GET_FILE] = "SELECT 1 FROM digests WHERE digest=? AND is_of=? LIMIT 1",
	[NEXT_SIGNER] = "SELECT key FROM signers WHERE image=? AND key>? ORDER BY key LIMIT 1",
	[NEXT_OF_SIGNER] = ("SELECT number FROM signers WHERE image=? AND key=? AND number<?"
			    " ORDER BY number DESC LIMIT 1"),
};

static const char again[] = "evenhand log index makes it anew from the log.";

bool index_fail(const struct index *i, struct log_error *e)
{
	return log_fail(e, again, i->path, "%s", sqlite3_errmsg(i->db));
}

sqlite3_stmt *index_statement(struct index *i, enum index_statement which)
{
	sqlite3_stmt **s = &i->prepared[which];

	if (!*s)
		sqlite3_prepare_v2(i->db, texts[which], -1, s, NULL);
	sqlite3_reset(*s);
	return *s;
}

bool index_step(sqlite3_stmt *s)
{
	int code = sqlite3_step(s);

	sqlite3_reset(s);
	return code == SQLITE_DONE || code == SQLITE_ROW;
}

static bool run(struct index *i, const char *sql)
{
	return sqlite3_exec(i->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int64_t number_of(struct index *i, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(i->db, sql, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

static bool is_of(struct index *i, struct span origin)
{
	sqlite3_stmt *s = NULL;
	bool same = false;

	if (number_of(i, "PRAGMA user_version") != LAYOUT)
		return false;
	if (sqlite3_prepare_v2(i->db, "SELECT origin FROM log", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		same = span_equal((struct span){ sqlite3_column_text(s, 0),
						 (size_t)sqlite3_column_bytes(s, 0) },
				  origin);
	sqlite3_finalize(s);
	return same;
}

static bool make_tables(struct index *i, struct span origin)
{
	sqlite3_stmt *s = NULL;
	char version[64];
	bool ok;

	snprintf(version, sizeof(version), "PRAGMA user_version=%d", LAYOUT);
	ok = run(i, "BEGIN") && run(i, tables) && run(i, version) &&
	     sqlite3_prepare_v2(i->db, "INSERT INTO log VALUES(?,0)", -1, &s, NULL) == SQLITE_OK &&
	     sqlite3_bind_text(s, 1, (const char *)origin.p, (int)origin.n, SQLITE_STATIC) ==
		     SQLITE_OK &&
	     sqlite3_step(s) == SQLITE_DONE;
	sqlite3_finalize(s);
	return ok && run(i, "COMMIT");
}

static bool open_db(struct index *i, bool read_only)
{
	int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	if (sqlite3_open_v2(i->path, &i->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return false;
	sqlite3_busy_timeout(i->db, 5000);
	return read_only || run(i, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
}

static void remove_db(struct index *i)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[MOST_PATH];

	sqlite3_close(i->db);
	i->db = NULL;
	for (size_t k = 0; k < sizeof(ends) / sizeof(*ends); k++)
		if (path_format(path, "%s%s", i->path, ends[k]))
			unlink(path);
}

struct index *index_open(const char *dir, struct span origin, bool read_only, struct log_error *e)
{
	struct index *i = calloc(1, sizeof(*i));
	bool ok;

	if (!i) {
		*e = (struct log_error){ .what = "out of memory" };
		return NULL;
	}
	ok = path_format(i->path, "%s/index/find.db", dir) && open_db(i, read_only);
	if (read_only && ok && !is_of(i, origin)) {
		log_fail(e, again, i->path, "it is no index of this log");
		index_close(i);
		return NULL;
	}
	if (!read_only && (!ok || !is_of(i, origin))) {
		remove_db(i);
		ok = open_db(i, false) && make_tables(i, origin);
	}
	if (ok)
		return i;
	index_fail(i, e);
	index_close(i);
	return NULL;
}

void index_close(struct index *i)
{
	if (!i)
		return;
	for (int k = 0; k < INDEX_STATEMENTS; k++)
		sqlite3_finalize(i->prepared[k]);
	sqlite3_close(i->db);
	free(i);
}

uint64_t index_size(struct index *i)
{
	sqlite3_stmt *s = index_statement(i, GET_NEXT);
	uint64_t next = sqlite3_step(s) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s, 0) : 0;

	sqlite3_reset(s);
	return next;
}

/* One transaction: all of them or none. */
bool index_update(struct index *i, struct log *l, uint64_t to, uint64_t most, struct log_error *e)
{
	uint64_t from = index_size(i), end = to - from > most ? from + most : to;
	struct log_entry entry;
	sqlite3_stmt *s;
	bool ok;

	if (from >= to)
		return true;
	ok = run(i, "BEGIN IMMEDIATE");
	for (uint64_t n = from; ok && n < end; n++)
		ok = log_entry(l, n, &entry) && index_put(i, n, &entry);
	s = index_statement(i, PUT_NEXT);
	ok = ok && sqlite3_bind_int64(s, 1, (sqlite3_int64)end) == SQLITE_OK && index_step(s) &&
	     run(i, "COMMIT");
	if (ok)
		return true;
	index_fail(i, e);
	run(i, "ROLLBACK");
	return false;
}
