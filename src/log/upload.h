/* upload.h - entries on their way to a mirror: the body of add-entries (C2SP tlog-mirror). Behind
 * its head come packages, each with the entries of one bundle, or of what is sent of it, and the
 * proof that they are in the tree. What is read here comes from anybody; reading takes no memory.
 */
#ifndef EVENHAND_LOG_UPLOAD_H
#define EVENHAND_LOG_UPLOAD_H

#include "base/text.h"
#include "log/merkle.h"
#include "log/tile.h"

#define UPLOAD_MOST_PACKAGES 32u /* of a request, for those who send */
#define UPLOAD_MOST_HASHES   63u
#define UPLOAD_MOST_BYTES                                                                          \
	(32u << 20) /* of a request, unpacked: the longest bundle and its proof                    \
		     * fit */
#define UPLOAD_INFO_TYPE "text/x.tlog.mirror-info"

struct upload {
	struct span origin, ticket;
	uint64_t start, end; /* entries; end: the tree's size */
	struct span packages;
};

/* False: the head is cut short, or its numbers are none. */
bool upload_read(struct span body, struct upload *u);

struct package {
	uint64_t from, to;         /* entries */
	struct span entries;       /* as a bundle has them */
	struct merkle_proof proof; /* of [from rounded down to 256, to) */
};

/* The package that begins with that entry, u->start or where the one before ended, taken off *rest.
 * False: it is cut short, or none is left. */
bool package_take(const struct upload *u, uint64_t from, struct span *rest, struct package *p);

/* Where a package that begins with that entry ends. */
uint64_t package_end(const struct upload *u, uint64_t from);

void upload_write(struct text *out, const struct upload *u); /* packages as they are */
/* The proof behind entries that are there already. */
void package_write_proof(struct text *out, const struct merkle_proof *proof);

/* What a mirror says of where it is. */
struct upload_info {
	uint64_t size;      /* that entries can be sent for */
	uint64_t next;      /* the first entry that it lacks */
	struct span ticket; /* in base64 */
};

void upload_info_write(struct text *out, const struct upload_info *i);
bool upload_info_read(struct span body, struct upload_info *i);

#endif
