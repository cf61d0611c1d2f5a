/* shown.h - entries of a log as they are shown to people and programs: what was said, by whom. */
#ifndef EVENHAND_LOG_SHOWN_H
#define EVENHAND_LOG_SHOWN_H

#include "log/store.h"
#include "trust/statement.h"

struct shown {
	uint64_t index;
	int64_t time; /* when this log took it in, by its clock */
	uint8_t pae_sha256[SHA256_SIZE];
	bool has_signer; /* the entry names a key */
	uint8_t signer_sha256[SHA256_SIZE];
	const struct roster_key *signer; /* NULL: the roster does not know the key */
	bool has_statement;
	struct statement statement; /* lives in the arena */
	/* Index of the entry that takes it back, by the same key; UINT64_MAX: none that is known.
	 */
	uint64_t revoked_by;
};

/* roster may be NULL. Takes of the arena what the statement says, however it is written. False: the
 * log has no such entry. */
bool shown_read(struct log *l, uint64_t index, const struct roster *roster, struct arena *a,
		struct shown *s);
/* Marks those of the list that a revocation on it takes back. */
void shown_revoke(struct shown *list, size_t count);

#endif
