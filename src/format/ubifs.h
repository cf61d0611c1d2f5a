/* ubifs.h - inside format/: an opened UBIFS.
 *
 * Source: kernel fs/ubifs/ubifs-media.h, key.h, replay.c, scan.c. All fields are little-endian, the
 * checksum of a node is CRC-32 without the final inversion. Space is counted in logical erase
 * blocks ("LEB"): superblock, two masters, log, LPT, orphans, then the nodes and their index. */
#ifndef EVENHAND_FORMAT_UBIFS_H
#define EVENHAND_FORMAT_UBIFS_H

#include "base/cursor.h"
#include "format/format.h"

#define UBIFS_BLOCK  4096
#define UBIFS_BLOCKS (1u << 29) /* that a key can count: 2 TiB */
#define UBIFS_ROOT   1

enum ubifs_type {
	UBIFS_INODE,
	UBIFS_DATA,
	UBIFS_DENTRY,
	UBIFS_XENTRY,
	UBIFS_TRUNCATION,
	UBIFS_PADDING,
	UBIFS_SUPER,
	UBIFS_MASTER,
	UBIFS_REFERENCE,
	UBIFS_INDEX,
	UBIFS_COMMIT,
	UBIFS_ORPHANS,
};

struct ubifs {
	struct span in;
	uint32_t min_io, leb_size, lebs, log_lebs, main_first;
	uint32_t version;
	uint16_t compressor;
	bool is_torn; /* the superblock's checksum is wrong */
};

struct ubifs_node {
	struct span bytes;
	uint64_t at, sqnum;
	uint8_t type, group;
};

struct ubifs_master {
	uint64_t sqnum, commit;
	uint32_t log, root_leb, root_at, root_length;
};

struct fault ubifs_super(struct span in, struct ubifs *fs);
/* The newest of the valid master nodes in both LEBs; false if there is none. */
bool ubifs_master(const struct ubifs *fs, struct ubifs_master *m);

/* The node that begins at `from` in a LEB: its header makes sense and its bytes are there. */
bool ubifs_node(const struct ubifs *fs, uint64_t leb, uint64_t from, struct ubifs_node *n);
bool ubifs_node_holds(const struct ubifs_node *n);

/* The nodes of one LEB in order; what lies between them is passed over. */
struct ubifs_scan {
	const struct ubifs *fs;
	uint64_t leb, at;
	uint64_t wasted;    /* bytes that are no node, no padding and not erased */
	uint64_t wasted_at; /* the first of them, in the image */
	uint64_t work;      /* spent on nodes that did not hold */
};
bool ubifs_scan_next(struct ubifs_scan *s, struct ubifs_node *n);

/* A node of content: what its key says and where it stands. */
struct ubifs_record {
	uint64_t sqnum, at;
	uint32_t inode;
	uint32_t word; /* type << 29, then the hash of a name or the number of a block */
};

struct ubifs_records {
	struct ubifs_record *p; /* malloc while it grows, in the arena in the end */
	uint32_t count, room;
	bool is_full; /* no memory */
};

static inline enum ubifs_type ubifs_record_type(const struct ubifs_record *r)
{
	return (enum ubifs_type)(r->word >> 29);
}

static inline uint32_t ubifs_record_low(const struct ubifs_record *r)
{
	return r->word & (UBIFS_BLOCKS - 1);
}

/* Adds a node of types 0 to 4 whose key fits its type; false for others and without memory. */
bool ubifs_records_add(struct ubifs_records *rs, const struct ubifs_node *n);
bool ubifs_records_put(struct ubifs_records *rs, const struct ubifs_record *r);
/* Sorts by inode, type, hash or block, name; keeps the newest of each; drops what was deleted or
 * truncated away. Moves the array into the arena. */
bool ubifs_records_settle(struct ubifs_records *rs, const struct ubifs *fs, struct arena *a);
/* The records of that inode and type: [*from, return value). */
uint32_t ubifs_records_of(const struct ubifs_records *rs, uint32_t inode, enum ubifs_type type,
			  uint32_t *from);
/* The name in a directory or attribute entry. */
struct span ubifs_name(const struct ubifs *fs, const struct ubifs_record *r);

/* Fills the records from the index and the journal behind it, or, when a part of those is torn,
 * from all nodes there are. */
void ubifs_collect(const struct ubifs *fs, struct listing *l, struct ubifs_records *rs);

struct ubifs_state {
	struct ubifs fs;
	struct ubifs_records records;
	uint64_t xattrs_left; /* bytes that attributes may still take */
};

/* The node of a settled record. */
static inline struct span ubifs_record_bytes(const struct ubifs *fs, const struct ubifs_record *r)
{
	struct ubifs_node n;
	bool there = ubifs_node(fs, r->at / fs->leb_size, r->at % fs->leb_size, &n);

	return there ? n.bytes : (struct span){ 0 };
}

/* What an inode's node says, into the entry. */
void ubifs_inode(struct ubifs_state *s, struct arena *a, const struct ubifs_record *r,
		 struct entry *e);

struct fault ubifs_load(const struct listing *l, const struct entry *e, struct sink *out);

/* -- ubifs_own.c, ubifs_own_lpt.c -- */
void ubifs_own(const struct listing *l, struct own_list *out);
void ubifs_own_lpt(const struct ubifs *fs, uint64_t leb, struct own_list *out);
bool ubifs_stored(const struct listing *l, const struct entry *e, struct storage *out);

#endif
