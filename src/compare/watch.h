/* watch.h - inside compare/: what is noted of an image while it is opened. Two openings serve: the
 * survey lists everything, but unpacks no content whose place in the image its format can tell;
 * the look opens, keeps and observes what the survey did not find on both sides. */
#ifndef EVENHAND_COMPARE_WATCH_H
#define EVENHAND_COMPARE_WATCH_H

#include <stdatomic.h>

#include "base/hash.h"
#include "compare/compare.h"

/* A stretch of a container's own bytes. */
struct own_value {
	const char *name;
	enum own own;
	int64_t time;
	uint64_t offset, length;
	int fill; /* the one byte it repeats, 0 or 0xff; -1 */
	uint8_t sha256[SHA256_SIZE];
};

/* What node.watch points to. */
struct watched {
	/* A container or stream: its own bytes. own_known is false where its format does not tell.
	 */
	bool own_known;
	struct own_value *own; /* by their offsets */
	uint32_t own_count;
	/* An entry that was left alone: where its content stands in the image. */
	bool has_storage;
	struct span *spans;
	uint32_t span_count;
	struct span parameters;
	/* A file or stream that was unpacked: its plain bytes. */
	bool has_content;
	struct span content;
	struct sink *kept; /* which holds them, if they are no part of the image */
	struct watched *next_kept;
};

/* Contents that are the same on both sides, by the keys of their nodes; the number is that of
 * the one that the other side may have twice. */
struct known {
	uint64_t key;
	uint32_t pair;
};

#define MOST_KEPT (2ull << 30)

/* What a stream of the image unpacked to in the survey: the look need not do it again. */
struct unpacked {
	struct unpacked *next;
	const struct format *format;
	struct span packed;
	uint64_t used; /* of the packed bytes */
	struct sink plain;
};

#define MOST_REMEMBERED (256ull << 20)

struct watch {
	struct span image;
	bool survey;
	bool digests_only;         /* it is a report: contents are not at hand */
	const struct known *known; /* sorted by key; look: what is left alone */
	uint32_t known_count;
	struct spill *spill;
	_Atomic uint64_t kept_bytes;
	struct watched *_Atomic kept;
	_Atomic uint64_t remembered_bytes;
	struct unpacked *_Atomic remembered; /* survey */
	const struct watch *surveyed;        /* look: where to recall from; may be NULL */
};

/* The hooks of struct opening; ctx is the watch. */
void watch_content(void *ctx, struct bench *b, struct node *n, struct span bytes);
void watch_listed(void *ctx, struct bench *b, struct node *n, const struct listing *l);
bool watch_wants(void *ctx, struct bench *b, struct node *n, const struct listing *l,
		 const struct entry *e);

bool watch_recall(void *ctx, const struct format *f, struct span packed, struct span *plain,
		  uint64_t *used);
void watch_remember(void *ctx, const struct format *f, struct span packed, struct span plain,
		    uint64_t used);

/* The opening begins anew: what was kept of it is forgotten. */
void watch_again(void *ctx);

/* Frees what was kept; before tree_free. */
void watch_free(struct watch *w);

/* The number of the pair whose content this is; 0: none. */
uint32_t watch_pair(const struct watch *w, const struct node *n);

/* The bytes of a node's content, where they are at hand: plain ones of files and streams, its part
 * of what it lies in for other regions. False: they are not. */
bool content_of(const struct watch *w, const struct node *n, struct span *bytes);
/* The bytes of a region as they stand in what it lies in: packed ones of a stream. */
bool region_bytes(const struct watch *w, const struct node *n, struct span *bytes);

/* Whether both contents are equal; false also where that is not known. */
bool same_content(const struct watch *lw, const struct node *l, const struct watch *rw,
		  const struct node *r);

#endif
