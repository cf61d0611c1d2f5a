/* mirror.h - a copy of another's log that serves in its place: the same public files under the same
 * addresses, DIR/public. Bundles of entries are fetched; tiles are made from them, so that whatever
 * is there was hashed here and gives the root that the log signed. Envelopes and the files that
 * statements name lie beside, under the addresses that the log has for them (docs/log.md). */
#ifndef EVENHAND_LOG_MIRROR_H
#define EVENHAND_LOG_MIRROR_H

#include "log/copy.h"
#include "log/follow.h"

#define MIRROR_MOST_FILE (64u << 20)

struct mirror {
	struct remote *remote;
	const struct policy *policy;
	const char *dir;
	const struct disk *disk;
	struct remote_head head; /* the checkpoint that came */
	struct text fork;        /* fork.h: a file */
	uint64_t new_entries, envelopes, without_envelope, files, without_file;

	/* inside */
	int lock;
	struct text note; /* what is there; empty: nothing */
	struct copy copy; /* in DIR/public */
	bool differs;     /* an entry is another one than before */
	struct public_files files_put;
};

/* One run: FOLLOW_SAME, FOLLOW_GREW, or what is wrong; then what was public before still is, and
 * all of it holds. */
enum follow_end mirror_run(struct mirror *m);
void mirror_free(struct mirror *m);

/* -- mirror_beside.c -- */
/* Envelopes of entries, and what their statements name, as far as the log has them. False after an
 * error. */
bool mirror_beside(struct mirror *m, const struct span *entries, unsigned count);

#endif
