/* disagreement.h - two labs find the first line in which their reports differ, by messages that
 * each fit on a sheet of paper (docs/evidence.md). A message that looks shows the hashes of up to
 * sixteen parts of a range of lines; the answer looks into the first part that differs: a million
 * lines take five of these. Then each lab shows its line with the proof, and the two proofs
 * together show that all lines before are the same. A message is hostile; each lab keeps nothing
 * but its report. */
#ifndef EVENHAND_LOG_DISAGREEMENT_H
#define EVENHAND_LOG_DISAGREEMENT_H

#include "log/evidence.h"

#define DISAGREEMENT_BITS     4 /* a part has so many levels less than its range */
#define DISAGREEMENT_PARTS    (1u << DISAGREEMENT_BITS)
#define DISAGREEMENT_MESSAGES 20

enum message_kind {
	MESSAGE_LOOKS, /* the hashes of the parts of a range */
	MESSAGE_SHOWS, /* the line at which the reports part */
	MESSAGE_ENDS,  /* there is no such line: the report ends before it */
};

struct message {
	unsigned number;
	enum message_kind kind;
	bool is_last; /* the other lab's line is known already */
	struct merkle_head head;
	/* MESSAGE_LOOKS: lines [index << level, (index + 1) << level), as far as there are any. */
	unsigned level;
	uint64_t index;
	unsigned count; /* of parts that are there */
	uint8_t parts[DISAGREEMENT_PARTS][SHA256_SIZE];
	struct evidence_line line; /* MESSAGE_SHOWS */
};

void message_write(const struct message *m, struct text *out);
/* Its texts are views of the bytes. False: *why says what is wrong. */
bool message_read(struct span bytes, struct message *m, const char **why);

/* One lab. */
struct disagreement_side {
	struct merkle_source source;
	struct merkle_head head;
	/* Its line with the proof; false: it cannot be had. */
	bool (*show)(const void *ctx, uint64_t index, struct evidence_line *line);
	const void *ctx;
};

/* The first message. False: the source does not give a hash. */
bool disagreement_open(const struct disagreement_side *me, struct message *out);

enum disagreement_state {
	DISAGREEMENT_GOES_ON,   /* the reply is to be sent */
	DISAGREEMENT_SAME,      /* the reports are the same, and there is no reply */
	DISAGREEMENT_FOUND,     /* theirs and mine are known; the reply is sent unless theirs is
				   the last message */
	DISAGREEMENT_FALSE,     /* what they say contradicts their root */
	DISAGREEMENT_NO_SOURCE, /* a hash or line of mine cannot be had */
};

/* What follows from their message. Once found, reply->line or reply->kind is mine, and theirs is in
 * the message. */
enum disagreement_state disagreement_answer(const struct disagreement_side *me,
					    const struct message *theirs, struct message *reply);

#endif
