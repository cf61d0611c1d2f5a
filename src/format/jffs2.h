/* jffs2.h - inside format/: a JFFS2 while it is read.
 *
 * A log of nodes: each begins with magic, type, length and a checksum of these; none crosses the
 * border of an erase block. Nothing else says how large the file system is or where a file lies:
 * of the nodes of one inode, those of higher version cover those of lower.
 *
 * Source: kernel include/uapi/linux/jffs2.h, fs/jffs2 (scan.c, readinode.c, xattr.c). */
#ifndef EVENHAND_FORMAT_JFFS2_H
#define EVENHAND_FORMAT_JFFS2_H

#include "base/cursor.h"
#include "format/format.h"

/* The fault of a log that holds bytes that are no nodes. */
#define JFFS2_FOREIGN "node header"

#define JFFS2_ROOT 1

/* Node types as they are when a node is current. The flag of currency is cleared on flash that can
 * be written twice, once the node is obsolete. */
enum jffs2_type {
	JFFS2_DIRENT = 0xe001,
	JFFS2_INODE = 0xe002,
	JFFS2_XATTR = 0xe008,
	JFFS2_XREF = 0xe009,
	JFFS2_SUMMARY = 0x2006,
};

struct jffs2_node {
	uint64_t at;
	struct span bytes; /* cut where the image ends */
	uint32_t type, length;
	bool obsolete;
};

/* Walks from node to node, over erased flash and over what is left of broken ones. */
struct jffs2_walk {
	struct span in;
	bool big;
	uint64_t at, end; /* end of the last node */
	uint64_t foreign; /* where bytes that are neither node nor padding first stand; or
			     UINT64_MAX */
	uint64_t crossed; /* borders that nodes cross: bits of their offsets */
};

struct jffs2_walk jffs2_begin(struct span in);
/* The node at that place, if its header is sound. */
bool jffs2_node_at(struct span in, uint64_t at, bool big, struct jffs2_node *n);
/* The next node whose header is sound; false where the file system ends. */
bool jffs2_next(struct jffs2_walk *w, struct jffs2_node *n);

/* A node of an inode: its metadata, and data for one stretch of its content. */
struct jffs2_inode {
	uint32_t ino, version, mode, uid, gid, size, mtime, offset, plain;
	uint8_t method;
	struct span data;
	bool data_sound; /* by its checksum */
};

struct jffs2_dirent {
	uint32_t parent, version, ino;
	uint8_t type;
	struct span name;
};

struct jffs2_xattr {
	uint32_t xid, version;
	uint8_t prefix;
	struct span name, value;
};

struct jffs2_xref {
	uint32_t ino, xid, sequence;
};

/* False when a checksum or a length is wrong. Of an inode the data may be unsound. */
bool jffs2_inode_read(const struct jffs2_node *n, bool big, struct jffs2_inode *i);
bool jffs2_dirent_read(const struct jffs2_node *n, bool big, struct jffs2_dirent *d);
bool jffs2_xattr_read(const struct jffs2_node *n, bool big, struct jffs2_xattr *x);
bool jffs2_xref_read(const struct jffs2_node *n, bool big, struct jffs2_xref *x);

/* Nodes by place, in the order that reading needs. */
struct jffs2_version {
	uint32_t ino, version;
	uint64_t at;
};

struct jffs2_name {
	struct span name;
	uint32_t parent, version, ino;
	uint8_t type;
};

struct jffs2_value {
	uint32_t xid, version;
	struct span name, value; /* the name with its prefix */
};

/* A stretch of a file and the node that shows there. */
struct jffs2_part {
	uint64_t at;
	uint32_t from, length;
};

/* One inode: the node with its metadata, its parts in jffs2.parts. */
struct jffs2_file {
	uint32_t ino;
	uint32_t first, count;
	uint32_t entry; /* 1 + the entry that showed it first */
	uint64_t at;
	struct fault fault;
};

/* One directory: its live names in jffs2.names. */
struct jffs2_directory {
	uint32_t ino;
	uint32_t first, count;
	uint32_t entry;
};

struct jffs2 {
	struct span in;
	bool big;
	struct arena *arena;
	struct jffs2_version *versions;
	struct jffs2_name *names;
	struct jffs2_value *values;
	struct jffs2_xref *refs;
	uint32_t version_count, name_count, value_count, ref_count;
	struct jffs2_part *parts;
	struct jffs2_file *files;
	struct jffs2_directory *directories;
	uint32_t part_count, file_count, directory_count;
	uint32_t methods;    /* a bit each that a node names */
	uint64_t xattr_room; /* bytes of values that may still be given to entries */
};

/* jffs2_log.c: all nodes, sorted, the superseded names dropped. */
struct fault jffs2_collect(struct jffs2 *fs, struct listing *l);
/* jffs2_map.c: what shows where in each file. */
struct fault jffs2_map(struct jffs2 *fs);
/* jffs2_tree.c: entries from the root on. */
void jffs2_tree(struct jffs2 *fs, struct listing *l);
/* jffs2_xattr.c */
void jffs2_sort_values(struct jffs2 *fs);
void jffs2_xattrs(struct jffs2 *fs, uint32_t ino, struct entry *e);

/* The inode node at that place, which collecting found sound. */
bool jffs2_inode_at(const struct jffs2 *fs, uint64_t at, struct jffs2_inode *i);

/* jffs2_codec.c: plain bytes of one node, exactly i->plain of them. */
#define JFFS2_LARGEST_PLAIN (64u << 10) /* of a compressed node: the largest page of any kernel */
#define JFFS2_METHOD_NONE   0
#define JFFS2_METHOD_ZERO   1
#define JFFS2_METHOD_COPY   4
struct fault jffs2_unpack(const struct jffs2_inode *i, struct sink *out);
const char *jffs2_method_name(uint32_t method); /* NULL: unknown */

/* Nodes whose bytes stand in the image as they are. */
static inline bool jffs2_is_plain(const struct jffs2_inode *i)
{
	return i->method == JFFS2_METHOD_NONE || i->method == JFFS2_METHOD_COPY;
}

/* jffs2_own.c */
void jffs2_own(const struct listing *l, struct own_list *out);
/* One summary; *after is where the one before it ends, so that no node is looked at for two. */
void jffs2_own_summary(const struct jffs2 *fs, struct own_list *out, const struct jffs2_node *n,
		       uint64_t *after);
bool jffs2_stored(const struct listing *l, const struct entry *e, struct storage *out);

#endif
