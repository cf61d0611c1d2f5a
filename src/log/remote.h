/* remote.h - another's log, read over HTTP by its public addresses (C2SP tlog-tiles), and the
 * envelopes that it has beside (docs/log.md). What it answers is hostile: a checkpoint counts by
 * the keys of a policy, everything else by hashes. */
#ifndef EVENHAND_LOG_REMOTE_H
#define EVENHAND_LOG_REMOTE_H

#include "log/client.h"
#include "log/policy.h"
#include "log/store.h"
#include "log/tile.h"

#define REMOTE_BUNDLES   8u /* that are asked for at once */
#define REMOTE_ENVELOPES 16u

struct remote {
	struct client *client;
	const char *url; /* with or without a slash at its end */
	struct log_error *error;
};

/* A checkpoint as it came, under a policy. */
struct remote_head {
	struct text note;
	struct checkpoint checkpoint;
	struct policy_outcome outcome;
};

/* The newest, signed by a log of the policy; h->note is the caller's to free, whatever comes. False
 * after an error. */
bool remote_checkpoint(struct remote *r, const struct policy *p, struct remote_head *h);
/* The same of a note that was kept. */
const char *remote_head_read(struct span note, const struct policy *p, struct remote_head *h);

/* Bundles `first` and the following of a log of that size, at most REMOTE_BUNDLES; how many.
 * calls[i] has the i-th; remote_free frees them. 0 after an error. */
unsigned remote_bundles(struct remote *r, uint64_t first, uint64_t size,
			struct client_call calls[REMOTE_BUNDLES]);
void remote_free(struct client_call *calls, unsigned count);
/* The entries of a bundle; width: how many the log has of it at least. False: it is malformed. */
bool remote_entries(struct span bundle, unsigned width, struct span entries[TILE_WIDTH]);

/* Envelopes by the digests of their PAE, side by side, at most REMOTE_ENVELOPES; a call whose
 * status is not 200 has none. */
void remote_envelopes(struct remote *r, const uint8_t (*pae_sha256)[SHA256_SIZE], unsigned count,
		      struct client_call calls[REMOTE_ENVELOPES]);
/* A file that a statement names, by its digest: checked. False: it cannot be had. */
bool remote_file(struct remote *r, const uint8_t sha256[SHA256_SIZE], size_t most,
		 struct client_call *call);

/* Hashes out of a log's tiles, kept while they are near: a source for proofs. They are not checked:
 * what is made of them must give a root that somebody signed. */
#define REMOTE_TILES 16u
struct remote_tiles {
	struct remote *remote;
	uint64_t size;
	struct {
		struct tile tile;
		struct text bytes;
	} kept[REMOTE_TILES];
	unsigned next;
};
struct merkle_source remote_source(struct remote_tiles *t, struct remote *r, uint64_t size);
void remote_tiles_free(struct remote_tiles *t);

#endif
