/* table.h - inside know/: a table of data/ as text, and what makes rows of it. */
#ifndef EVENHAND_KNOW_TABLE_H
#define EVENHAND_KNOW_TABLE_H

#include "know/pack.h"

#define MOST_COLUMNS 16

struct table;

/* A table that evenhand knows, and who makes its rows. */
struct table_kind {
	/* What `make` asks for by number. "*sign": may be "-", which reads as NULL; "=user": may be
	 * "-", which is a text as others. */
	const char *columns[MOST_COLUMNS];
	bool (*make)(const struct table *t, struct pack *p);
};

struct table {
	const char *name;
	const struct table_kind *kind;
	struct arena *arena;
	struct pack_error *error;
	const char *head[MOST_COLUMNS];
	uint32_t columns, rows;
	const char **cells; /* rows * columns */
	uint32_t *lines;    /* of each row */
	const char *provenance;
	uint8_t place[MOST_COLUMNS]; /* of the kind's columns in the head */
};

/* In the order of pack_names. */
extern const struct table_kind table_passwords, table_known_keys, table_components, table_calls,
	table_kernel_options, table_secrets, table_indicators, table_noise, table_daemons,
	table_settings, table_requirements, table_support, table_by_hand, table_web_roots;

/* Reads bytes into t, whose name, kind, arena and error are set. False after an error. */
bool table_read(struct table *t, struct span bytes);

/* SHA-256 over its rows without remarks, in lower-case hex. NULL: no memory. */
const char *table_digest(const struct table *t);

/* A cell by the number of the kind's column; NULL for a dash where the column may have one. */
const char *table_cell(const struct table *t, uint32_t row, unsigned column);

/* Room for that many rows; NULL after an error. */
void *table_take(const struct table *t, uint64_t count, size_t size);
/* Says what is wrong with a row. Always false. */
__attribute__((format(printf, 3, 4))) bool table_refuse(const struct table *t, uint32_t row,
							const char *format, ...);
/* The place of the cell's text in a list that ends with NULL, or -1 after an error. */
int table_word(const struct table *t, uint32_t row, unsigned column, const char *const *words);

/* The text with "\n", and with `tabs` "\t", made what they stand for. NULL after an error. */
const char *table_unescape(const struct table *t, const char *text, bool tabs);

/* The next of the parts of text; false behind the last. */
bool part_next(const char *text, char mark, size_t *at, struct span *part);

/* The text so far, for good. NULL after an error; the text is freed either way. */
struct text;
const char *table_keep(const struct table *t, struct text *text);

/* An expression tried on texts that it must match and must not. */
struct trial {
	int captures;      /* it has; -1: it cannot be compiled */
	bool yes, no;      /* whether it matches each */
	bool has_captured; /* something, in yes */
	char why[120];     /* it cannot be compiled */
};
struct trial table_try(const char *pattern, const char *yes, const char *no);

/* -- what is made of cells, for tests -- */

/* What the pass over whole files searches for where a component's pattern stands; the pattern is
 * written for strings with a line each. */
void component_scan_pattern(const char *pattern, struct text *out);

#endif
