/* know.h - the knowledge pack: tables of data/ compiled in, and the pattern databases. Rows are
 * read-only, sorted as in the TSV; every cell is a text in static storage. */
#ifndef EVENHAND_KNOW_KNOW_H
#define EVENHAND_KNOW_KNOW_H

#include "base/span.h"

struct default_password {
	const char *password;     /* may be empty */
	uint16_t sources;         /* in how many published lists it stands */
};

struct password_pair { /* published together; sorted by user, then by number of sources */
	const char *user, *password;
};

struct known_key {
	uint8_t spki_sha256[32]; /* sorted */
	const char *kind, *source, *product, *reference;
};

enum evidence { EVIDENCE_INLINE, EVIDENCE_ADJACENT, EVIDENCE_FILENAME };

struct component_rule {
	const char *name, *cpe, *purl, *license, *file_names;
	enum evidence evidence;
	const char *pattern; /* PCRE; one capture is the version */
};

struct call_rule {
	const char *function, *safe; /* of unsafe-functions.tsv; safe: names parted by blanks or NULL */
	const char *cwe, *mode;
};

struct requirement {
	const char *catalogue, *id, *title, *evaluable; /* yes, partly, no */
};

#define KNOW_TABLE(type, name) \
	extern const struct type name[]; \
	extern const size_t name##_count;

/* Ordered by number of sources, most first; each password once. */
KNOW_TABLE(default_password, default_passwords)
KNOW_TABLE(password_pair, password_pairs)
KNOW_TABLE(known_key, known_keys)
KNOW_TABLE(component_rule, component_rules)
KNOW_TABLE(call_rule, call_rules)
KNOW_TABLE(requirement, requirements)

/* The row of that SubjectPublicKeyInfo digest, or NULL. */
const struct known_key *known_key_find(const uint8_t spki_sha256[32]);

/* SHA-256, lower-case hex, over the observing and the judging tables. */
extern const char knowledge_observing[65], knowledge_judging[65];

/* -- patterns: one vectorscan database for all observers, one pass a leaf -- */

enum pattern_owner { OWNER_COMPONENT, OWNER_KEY, OWNER_SECRET, OWNER_INDICATOR, OWNER_IDENTITY };

/* A place where a pattern ended. `row` is the owner's own number: a row of component_rules, or of
 * the owner's literal table. Start of match is not tracked: the owner confirms exactly. */
struct hit {
	enum pattern_owner owner;
	uint32_t row;
	uint64_t end;
};

struct scanner; /* scratch space of one thread */

/* Loads the serialised databases before the jail closes (compiles them if the library differs).
 * False when the machine has no memory. */
bool know_start(void);
struct scanner *scanner_new(void);
void scanner_free(struct scanner *s);

/* Calls hit for every match in the bytes; returns at once when it returns false. */
void scanner_run(struct scanner *s, struct span bytes, bool (*hit)(void *ctx, struct hit h), void *ctx);

/* Exact confirmation: matches a component pattern (PCRE syntax, as vectorscan knows it, with one
 * capture) against a text that begins at its start; gives the capture. */
bool know_capture(const struct component_rule *rule, struct span text, struct span *version);

/* -- format magics: the same for tree/search.c -- */

/* Magic m of format f ended at `end`. */
void know_scan_magics(struct scanner *s, struct span bytes,
		      bool (*hit)(void *ctx, uint16_t format, uint8_t magic, uint64_t end), void *ctx);

#endif
