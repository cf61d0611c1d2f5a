/* lines.h - a report as lines, in its order, and the evidence root over them: a function of the
 * report's bytes alone. Every byte of a report is covered: two reports with the same lines are the
 * same report. The report is as hostile as an image. */
#ifndef EVENHAND_REPORT_LINES_H
#define EVENHAND_REPORT_LINES_H

#include "log/evidence.h"

#define LINES_MOST_MEMBERS 64 /* of one object */
#define LINES_LONGEST_NAME 80

/* A member of the report, or of an object that is one, is a line; where it is an array, each of its
 * elements is one instead. */
struct line {
	struct span name; /* "image.sha256 " or "nodes[] ", with the blank; until the next line */
	struct span value;
};

struct line_reader {
	struct span in;
	size_t at;
	struct span seen[2][LINES_MOST_MEMBERS]; /* keys of the report, and of the group */
	unsigned count[2];
	uint64_t lines; /* that were read */
	bool in_group, in_list, ended;
	char name[LINES_LONGEST_NAME];
	size_t group; /* bytes of the name that are the group's */
	size_t named; /* all of it */
	const char *wrong;
};

void lines_start(struct line_reader *r, struct span report);
/* False behind the last line, or where `wrong` says why. */
bool lines_next(struct line_reader *r, struct line *l);

/* A report's lines as leaves. */
struct report_lines {
	struct span report;
	struct span salt_key; /* empty: no salts */
	uint8_t sha256[SHA256_SIZE];
	struct merkle_tree tree;
	struct merkle_head head;
};

enum lines_state { LINES_READ, LINES_MALFORMED, LINES_MEMORY };

/* What `sign` puts into a statement: the root alone, in a few kilobytes of memory. Otherwise *why
 * says what is wrong, and *at where. salt_key: at least SALT_KEY_LEAST bytes that nobody else
 * knows, or empty. */
bool report_evidence_root(struct span report, struct span salt_key, struct merkle_head *head,
			  const char **why, size_t *at);

/* The whole tree, for proofs; it lives in the arena. */
enum lines_state report_lines_read(struct span report, struct span salt_key, struct arena *a,
				   struct report_lines *lines, const char **why, size_t *at);
/* That line with its salt and its proof; text is put into *text and stays there. */
bool report_line_prove(const struct report_lines *lines, uint64_t index, const struct line *l,
		       struct text *text, struct evidence_line *shown);

#endif
