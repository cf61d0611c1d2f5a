/* pack.h - tables in the form of data/: a head, rows of cells parted by tabs, lines of remarks that
 * begin with "#". The build reads them so (tools/mkknowledge.c), and so are read those that are
 * given at run time (--knowledge) in place of compiled ones: a whole table stands for a whole
 * table. */
#ifndef EVENHAND_KNOW_PACK_H
#define EVENHAND_KNOW_PACK_H

#include "base/arena.h"
#include "know/know.h"

#define PACK_TABLES          14
#define MOST_PACK_FILE       (32u << 20)
#define MOST_SECRET_CAPTURES 3

struct pack {
#define PACK_MEMBER(type, name)                                                                    \
	const struct type *name;                                                                   \
	size_t name##_count;
	KNOW_TABLES(PACK_MEMBER)
	const char *observing, *judging;
	const uint32_t *lines[PACK_TABLES]; /* of the rows of a table that was given */
};

/* What is wrong with which line of which table. */
struct pack_error {
	const char *table; /* NULL: of none */
	uint32_t line;     /* 0: of none */
	char what[240];
};

/* "eol": of the file eol.tsv. */
extern const char *const pack_names[PACK_TABLES];

/* The tables in use. */
struct pack pack_in_use(void);

/* Reads tables, in the order of pack_names; one without bytes is not given, and stays as it is in
 * *p. The arena must live as long as the tables are used. False after an error. */
bool pack_read(struct pack *p, const struct span tables[PACK_TABLES], struct arena *a,
	       struct pack_error *e);

/* From now on these are the tables; to be called before any other of know.h. */
void pack_use(const struct pack *p);

/* Compiles the database of the patterns of those tables, which are in use. It takes seconds. False
 * after an error. */
bool pack_compile(const struct pack *p, struct pack_error *e);

#endif
