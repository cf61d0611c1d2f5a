/* node.h - one artefact of the tree. Immutable once its subtree is complete; lives in an arena
 * until the end of the scan. */
#ifndef EVENHAND_TREE_NODE_H
#define EVENHAND_TREE_NODE_H

#include "format/format.h"

enum state {
	STATE_UNDERSTOOD,
	STATE_PADDING,
	STATE_UNKNOWN,
	STATE_ENCRYPTED,
	STATE_DAMAGED,
	STATE_LIMIT,
	STATE_QUARANTINED,
};

struct node_fault {
	struct node_fault *next;
	struct fault fault;
};

struct fact; /* observe/fact.h */

/* Labels of bytes that are nothing known, and show how they are hidden. */
#define LABEL_ONE_BYTE "masked with one byte"
#define LABEL_REPEATS  "a short block repeats"

struct node {
	uint32_t id; /* position in tree order; set when the tree is complete */
	struct node *parent;
	struct node *children, *last_child, *next; /* in tree order */
	enum kind kind;
	const struct format *format; /* NULL: none was recognised */
	const char *label;           /* "4.0 gzip", part name; or NULL */
	/* An entry: its whole path in its container, "/" first. A region: empty. */
	struct span path;
	uint32_t twin;          /* the n-th entry of the same path (1 ...); 0 for the first */
	struct node *container; /* an entry: the region whose listing gave it; a region: NULL */
	/* Where its bytes stand in its parent's content (a region) or in the container's (a stored
	 * entry). has_place is false for content that exists only unpacked. */
	bool has_place;
	uint64_t offset, length;
	uint64_t size;   /* bytes of its content; for a stream the plain ones */
	bool has_sha256; /* over `size` bytes of content */
	uint8_t sha256[32];
	uint32_t mode, uid, gid;
	bool has_mode, has_owner, has_mtime;
	int64_t mtime;
	uint32_t mtime_ns;
	struct span target;
	struct node *hardlink_of;
	uint32_t major, minor;
	const struct xattr *xattrs;
	uint32_t xattr_count;
	struct span capabilities; /* text of security.capability, "cap_net_raw+ep"; empty: none */
	enum state state;
	uint32_t entropy; /* millibits a byte, of regions not understood */
	struct node_fault *faults;
	struct span kept;               /* content that relate needs later; empty: not kept */
	struct fact *facts, *last_fact; /* observed in this node, in order of their offsets */
	bool left_alone;                /* not opened, because opening.wants or .other said so */
	void *watch;                    /* of whoever watches the opening */
};

const char *state_name(enum state s);

/* A number for its locator: the same in every opening of the image by this process and those it
 * forks, and not to be foreseen (base/names.h). */
uint64_t node_key(const struct node *n);

/* The next node in tree order (depth first, parents before children), or NULL. `top` bounds the
 * walk to its subtree. */
const struct node *node_next(const struct node *n, const struct node *top);

/* The last component of an entry's path; empty for regions and the root directory. */
struct span node_name(const struct node *n);

/* The entry of that path ("/etc/shadow") in the same container as `n` (or in `n`, a container);
 * NULL if there is none. Follows no links. */
const struct node *node_at(const struct node *n, struct span path);

/* The same, with links followed inside the container, at most 40 of them. */
const struct node *node_resolve(const struct node *n, struct span path);

/* The nearest enclosing region that holds entries: the root of this entry's file system. For a
 * region the region itself. */
const struct node *node_root(const struct node *n);

#endif
