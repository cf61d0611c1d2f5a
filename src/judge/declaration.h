/* declaration.h - what a vendor says is meant to be in an image (DESIGN.md 7; docs/declaration.md):
 * YAML, read into rows of texts. The texts are as reports escape them. A fact becomes a row of the
 * same fields, so that a draft and a comparison cannot disagree. */
#ifndef EVENHAND_JUDGE_DECLARATION_H
#define EVENHAND_JUDGE_DECLARATION_H

#include "base/hash.h"
#include "observe/fact.h"

#define DECLARATION_SCHEMA "evenhand-declaration/1"
#define MOST_FIELDS        5
#define MOST_EXCEPTIONS    1000
#define MOST_DECLARATION   (8u << 20) /* bytes of the file */

/* The fields of an exception. */
enum { EXCEPTION_CHECK, EXCEPTION_PLACE, EXCEPTION_OWNER, EXCEPTION_EXPIRES };

enum section {
	SECTION_ACCOUNTS,
	SECTION_SERVICES,
	SECTION_LISTENERS,
	SECTION_ENDPOINTS,
	SECTION_KEYS,
	SECTION_COMPONENTS,
	SECTION_PRIVILEGED,
	SECTION_EXCEPTIONS,
	SECTIONS,
};

struct declared_field {
	const char *name;
	enum declared_form {
		FORM_TEXT,
		FORM_NUMBER,
		FORM_YES_NO,
		FORM_DIGEST, /* SHA-256 in hex */
		FORM_MODE,   /* four octal digits */
		FORM_DATE,
		FORM_CHECK, /* a check's id */
	} form;
	bool needed;
};

struct section_table {
	const char *name, *one, *many; /* "accounts"; "account", "accounts" of a sentence */
	struct declared_field fields[MOST_FIELDS];
	size_t count;
};

extern const struct section_table section_tables[SECTIONS];

struct declared_row {
	struct span value[MOST_FIELDS]; /* an empty one is not said */
	struct span reason;
	uint32_t line, column; /* from 1 */
};

struct declared_rows {
	struct declared_row *p; /* by value[0], then as they stand */
	uint32_t n;
};

struct declaration {
	struct declared_rows of[SECTIONS];
	uint8_t sha256[SHA256_SIZE];
};

/* What is wrong with a declaration and where; line 0: the whole. */
struct declaration_error {
	uint32_t line, column, length; /* from 1; of what is to be marked */
	uint32_t first;                /* line of the row that says the same; 0: none */
	char what[160], advice[160];
};

/* Reads a declaration into the arena. False with *error filled. */
bool declaration_read(struct span yaml, struct arena *a, struct declaration *d,
		      struct declaration_error *error);

/* The section that a fact of that kind belongs to, and its row; false when it need not be declared.
 * The texts live in the arena. */
bool declared_row_of(const struct fact *f, struct arena *a, enum section *section,
		     struct declared_row *row);

/* The next row behind `after` (NULL: from the first on) that declares the same; NULL: none. */
const struct declared_row *declared_next(const struct declaration *d, enum section section,
					 const struct declared_row *row,
					 const struct declared_row *after);

/* By value[0], the others, then the place: -1, 0, 1. */
int declared_compare(const struct declared_row *a, const struct declared_row *b);

#endif
