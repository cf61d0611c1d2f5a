/* jail.h - where hostile bytes are parsed: a process that can open nothing, and the journal in
 * which it notes what it is about to run, so that a parser's death costs one node. Used by cli
 * alone. */
#ifndef EVENHAND_JAIL_JAIL_H
#define EVENHAND_JAIL_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST_WORKERS     256
#define MOST_NESTED      66
#define MOST_QUARANTINED 64

/* A node and the parser or observer that must not run on it. The key stands for the node's locator.
 */
struct quarantined {
	uint64_t key;
	char what[24];
	char locator[512]; /* for the message */
};

/* Shared between supervisor and worker. */
struct journal {
	uint32_t quarantined_count;
	struct quarantined quarantined[MOST_QUARANTINED];
	/* What each worker is in, innermost last. */
	struct slot {
		_Atomic uint32_t depth;
		struct mark {
			uint64_t key;
			const char *what;
			const void *node;
		} stack[MOST_NESTED];
	} slots[MOST_WORKERS];
	/* Set by the handler of a thread that dies. */
	_Atomic int died; /* 1 + the worker's number */
	int signal;
	uint64_t address; /* of a memory fault */
	struct quarantined dead;
	/* What the progress line shows. */
	_Atomic uint64_t bytes_done, nodes_done, nodes_known;
	_Atomic int phase;
	int result; /* exit code that the worker wants, valid when it ended by itself */
	bool machine_out;
};

/* Anonymous shared memory, zeroed; NULL when there is none. */
struct journal *journal_new(void);
void journal_free(struct journal *j);

/* Notes that worker runs `what` (static text) on the node; false when the pair is quarantined. */
bool journal_enter(struct journal *j, unsigned worker, uint64_t key, const char *what,
		   const void *node);
void journal_leave(struct journal *j, unsigned worker);

/* Installs handlers on alternate stacks for the signals a parser dies of. describe writes a node's
 * locator without allocating; it runs in the handler. Call in the worker before threads start; each
 * thread calls journal_thread, and again when it works for the other side of a comparison. */
bool journal_handlers(struct journal *j,
		      void (*describe)(const void *node, char *text, size_t size));
void journal_thread(unsigned worker);

/* The dead worker's pair goes onto the list. False when no mark was found or the list is full. */
bool journal_quarantine(struct journal *j);

enum jail_state { JAIL_CLOSED, JAIL_NO_LANDLOCK, JAIL_REFUSED };

/* Drops everything: no new privileges, no paths, only the descriptors it holds, a short list of
 * system calls. JAIL_REFUSED: without seccomp nothing must be parsed. */
enum jail_state jail_close(const int *keep, size_t count);

#endif
