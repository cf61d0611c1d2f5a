/* fault.h - what went wrong with bytes of an image: what, where, and against which rule. Passed by
 * value, allocates nothing. A fault of the image is data: it is kept on its node and the walk goes
 * on. Faults of the machine (disk full, no memory for ourselves) end the command in cli/. */
#ifndef EVENHAND_BASE_FAULT_H
#define EVENHAND_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_SHORT,       /* bytes are missing: the object goes on behind the end of its space */
	FAULT_BROKEN,      /* a field or checksum contradicts the format */
	FAULT_UNKNOWN,     /* a version, method or codec we do not know */
	FAULT_ENCRYPTED,   /* stored encrypted, by its own header */
	FAULT_LIMIT,       /* a budget is used up */
	FAULT_QUARANTINED, /* the parser died on it; it was not run again */
	FAULT_MEMORY,      /* an arena or buffer met its ceiling */
};

struct fault {
	enum fault_kind kind;
	uint64_t at;         /* offset in the bytes of the node that was being read */
	const char *what;    /* static: the field or rule, "inode table" */
	uint64_t got, limit; /* what was found, what would have been allowed */
};

static const struct fault fine = { FAULT_NONE, 0, NULL, 0, 0 };

#define fault_at(kind, at, what, got, limit) ((struct fault){ kind, at, what, got, limit })

/* "short", "broken" ... as the report's JSON names it. */
const char *fault_kind_name(enum fault_kind kind);

/* Writes one line such as "part offset: found 0x900000, allowed 0x7f0000" and returns its length.
 */
size_t fault_describe(struct fault f, char *line, size_t size);

/* The machine, not the image, is at its end (memory, room for the spill file): what was found is
 * not to be reported. Set from any thread, asked once by the command. */
void machine_ran_out(void);
bool machine_is_out(void);

#endif
