/* compare.h - two trees -> matched pairs -> causes -> judgement (DESIGN.md 9). */
#ifndef EVENHAND_COMPARE_COMPARE_H
#define EVENHAND_COMPARE_COMPARE_H

#include "base/text.h"
#include "observe/observe.h"

/* Why bytes differ: a closed table (cause.c). */
enum cause {
	CAUSE_TIMESTAMP, /* a time in a header or text, its form proved */
	CAUSE_MTIME,     /* of an entry */
	CAUSE_PATH,      /* of a source file, embedded by the compiler */
	CAUSE_BUILDER,   /* host or user that built it */
	CAUSE_COMPILER,  /* .comment */
	CAUSE_BUILD_ID,  /* in its note */
	CAUSE_DEBUG_LINK,
	CAUSE_DEBUG,       /* sections that are not loaded: .debug_* */
	CAUSE_SYMBOLS,     /* .symtab and its strings, never .dynsym */
	CAUSE_SECTIONS,    /* the table of section headers and where it stands */
	CAUSE_ORDER,       /* the same parts at other places */
	CAUSE_COMPRESSION, /* the same content, packed otherwise */
	CAUSE_CONTAINER,   /* the same content in another format */
	CAUSE_PADDING,
	CAUSE_CHECKSUM, /* follows from the other differences */
	CAUSE_SIGNATURE,
	CAUSE_CERTIFICATE, /* in a signature */
	CAUSE_IDENTIFIER,  /* of a file system */
	CAUSE_WRITTEN,     /* by the device, of a dump: its settings, its environment */
	CAUSE_WEAR,        /* of a dump: counters, copies, bad blocks, spare bytes */
	CAUSE_RELOCATION,  /* addresses in code and data, because something moved */
	CAUSE_MODE,
	CAUSE_OWNER,
	CAUSE_XATTR,
	CAUSE_TARGET, /* of a link */
	CAUSE_DEVICE,
	CAUSE_KIND, /* a file here, a link there */
	CAUSE_ADDED,
	CAUSE_REMOVED,
	CAUSE_CODE,
	CAUSE_RODATA,
	CAUSE_DATA,
	CAUSE_SEGMENTS, /* program headers */
	CAUSE_TEXT,
	CAUSE_ENCRYPTED,
	CAUSE_TRUNCATED, /* or damaged */
	CAUSE_UNKNOWN,
	CAUSES
};

/* What tools and erased flash fill with. Any other byte could spell a text over many stretches. */
static inline bool is_fill_byte(uint8_t byte)
{
	return byte == 0 || byte == 0xff;
}

struct cause_row {
	const char *name; /* "build-id": in reports, and for --accept */
	bool accepted;    /* where it is proven, and nobody narrowed it */
	const char *says;
};

extern const struct cause_row causes[CAUSES];

/* What a difference means for the answer. */
enum weight {
	WEIGHT_ACCEPTED, /* proven, changes no behaviour */
	WEIGHT_OPEN,     /* could not be looked into, or the cause is not proven */
	WEIGHT_CHANGES,
};

/* Bytes of a node; node NULL: nothing on this side. */
struct place {
	const struct node *node;
	uint64_t offset, length; /* in the node's content */
};

struct difference {
	struct difference *next;
	enum cause cause;
	enum weight weight;
	bool proven; /* with exactly this undone on both sides, the rest is equal */
	struct place left, right;
	struct span unit; /* ".text", "mkfs time": what of the node; or empty */
	struct span says; /* "1 bit: subs r3, #1 -> cmp r3, #1"; may be empty */
	/* Code: the first function that differs, a line an instruction, "ADDRESS  TEXT"; else
	 * empty. */
	struct span code_left, code_right;
};

enum comparison_answer { ANSWER_IDENTICAL, ANSWER_EQUIVALENT, ANSWER_DIFFERENT, ANSWER_UNDECIDED };

const char *answer_name(enum comparison_answer a);
const char *weight_name(enum weight w);

/* What narrows the answer. */
struct compare_options {
	bool narrowed; /* accepted holds what --accept named */
	bool accepted[CAUSES];
	int64_t latest; /* seconds since 1970: a later time proves nothing; 0: LATEST_TIME */
};

#define LATEST_TIME 1893455999 /* the end of 2029 */

struct matching;
struct watch;

struct comparison {
	enum comparison_answer answer;
	const struct compare_options *options;
	const struct difference *differences; /* in tree order of the pairs */
	uint32_t difference_count;
	const struct matching *matching;
};

/* Compares two trees that were opened with watches (watch.h). What it gives lives in the arena.
 * False: no memory. */
bool compare_trees(struct comparison *c, const struct compare_options *o, const struct tree *left,
		   const struct watch *lw, const struct tree *right, const struct watch *rw,
		   struct arena *a);

/* The cause of that name; CAUSES: none. */
enum cause cause_named(const char *name);

#endif
