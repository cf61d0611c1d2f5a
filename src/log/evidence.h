/* evidence.h - lines of a report shown under its evidence root (docs/evidence.md). A line is a
 *name, one blank and a value in canonical JSON:
 *
 *	image.sha256 "c51d8a3b…"
 *	facts.accounts[] {"id":3,"node":19,…}
 *
 * An evidence file is the root, and for each line that it shows: its number, its text, its salt
 *where the report is salted, and the hashes that lead from it to the root. */
#ifndef EVENHAND_LOG_EVIDENCE_H
#define EVENHAND_LOG_EVIDENCE_H

#include "base/text.h"
#include "log/merkle.h"

#define SALT_SIZE 32
/* Bytes of a secret key that salts are made of. */
#define SALT_KEY_LEAST 32
/* Of a line with its name; no report has one that is nearly as long. */
#define EVIDENCE_MOST_LINE (16u << 20)
/* "9223372036854775807:" and the root in hexadecimal, with a NUL. */
#define EVIDENCE_ROOT_TEXT (20 + 2 * SHA256_SIZE + 1)

/* The root as it is printed and signed: how many lines there are, ":", the hash. */
void evidence_root_text(const struct merkle_head *head, char text[EVIDENCE_ROOT_TEXT]);
bool evidence_root_read(struct span text, struct merkle_head *head);

/* The leaf of a line. salt: SALT_SIZE bytes, or NULL for a report without salts. */
void evidence_leaf(struct span name, struct span value, const uint8_t *salt,
		   uint8_t hash[SHA256_SIZE]);

/* Whose secret key this is can make each salt again: by the report's digest, so that no two reports
 * share one, and the line's number. */
void evidence_salt(struct span key, const uint8_t report_sha256[SHA256_SIZE], uint64_t index,
		   uint8_t salt[SALT_SIZE]);

struct evidence_line {
	uint64_t index;
	struct span text; /* name and value */
	bool is_salted;
	uint8_t salt[SALT_SIZE];
	struct merkle_proof proof;
};

void evidence_write_head(struct text *out, const struct merkle_head *head);
void evidence_write_line(struct text *out, const struct evidence_line *line);

/* -- reading: hostile bytes -- */

struct evidence_reader {
	struct span in;
	size_t at;
	struct merkle_head head;
	const char *wrong; /* NULL: well formed so far */
};

/* False: it does not begin as an evidence file. */
bool evidence_start(struct evidence_reader *r, struct span file);
/* The next line; false behind the last one, or where it is malformed. At least one is there. */
bool evidence_next(struct evidence_reader *r, struct evidence_line *line);
/* Whether it stands under that head; size and root must have been compared with what somebody
 * vouches for (merkle_head_equal). */
bool evidence_holds(const struct evidence_line *line, const struct merkle_head *head);

/* One line of what these files are made of: word, blank, rest. Of no word: the whole line. False:
 * it does not begin with the word. */
bool evidence_take(struct evidence_reader *r, const char *word, struct span *rest);
/* A hash or salt in base64 (line.h), followed by the end of the line. */
void evidence_hash_write(struct text *out, const uint8_t hash[SHA256_SIZE]);

#endif
