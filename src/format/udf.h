/* udf.h - inside format/: UDF (ECMA-167, OSTA UDF 1.02 to 2.60), shared by its files. */
#ifndef EVENHAND_FORMAT_UDF_H
#define EVENHAND_FORMAT_UDF_H

#include "base/cursor.h"
#include "format/format.h"

#define UDF_PARTITIONS 4
#define UDF_EXTENTS    65536 /* of one file */

/* Identifiers of descriptors (ECMA-167 3/7.2.1 and 4/7.2.1). */
enum udf_tag {
	UDF_ANCHOR = 2,
	UDF_PARTITION = 5,
	UDF_LOGICAL_VOLUME = 6,
	UDF_END = 8,
	UDF_FILE_SET = 256,
	UDF_NAME = 257,
	UDF_ADDRESSES = 258,
	UDF_FILE = 261,
	UDF_EXTENDED_FILE = 266,
};

enum udf_map { UDF_PLAIN, UDF_SPARABLE, UDF_METADATA, UDF_VIRTUAL, UDF_OTHER };

/* A stretch of a file: `from` is a byte of the image, or the stretch is a hole. */
struct udf_extent {
	uint64_t at, from, length; /* at: in the file */
	bool hole;
};

struct udf_extents {
	struct udf_extent *list;
	uint32_t count;
	uint64_t length; /* of all */
};

struct udf_partition {
	enum udf_map map;
	uint16_t number;
	uint64_t start, blocks; /* on the medium */
	uint32_t metadata;      /* block of the file that holds the metadata */
	struct udf_extents file;
};

/* long_ad: where something stands. */
struct udf_address {
	uint32_t length, block;
	uint16_t partition;
	unsigned type; /* 0 recorded, 1 allocated only, 2 neither, 3 continues elsewhere */
};

struct udf {
	struct span in;
	uint32_t block;
	struct udf_partition parts[UDF_PARTITIONS];
	uint32_t part_count;
	struct udf_address file_set, root;
	uint64_t end;       /* behind the last structure that names its place */
	uint64_t addresses; /* that may still be read: files may share lists of them */
};

/* A file's own entry, in one of its two forms. */
struct udf_inode {
	struct span bytes;
	enum kind kind;
	uint16_t flags;
	uint32_t mode, uid, gid;
	bool has_owner, has_mtime;
	int64_t mtime;
	uint32_t mtime_ns;
	uint64_t size;
	uint64_t unique;
	struct span attributes, addresses;
};

/* Descriptors and partitions; the place of the root directory. a: for the metadata partition's
 * extents; NULL in a probe, which leaves them out. */
struct fault udf_open(struct span in, struct arena *a, struct udf *u);

/* The descriptor at a byte of `in` when its tag, checksum and CRC hold; else empty. */
struct span udf_descriptor(struct span in, uint64_t at, enum udf_tag id);

struct udf_address udf_long_address(struct span s, uint64_t at);

/* Where a block of a partition stands in the image. False: outside. */
bool udf_place(const struct udf *u, uint16_t partition, uint32_t block, uint64_t *at);

struct fault udf_read_inode(const struct udf *u, struct udf_address where, struct udf_inode *i);

/* The content's stretches, in order; all of i->size. */
struct fault udf_extents(struct udf *u, const struct udf_inode *i, uint16_t partition,
			 struct arena *a, struct udf_extents *out);

/* Text in OSTA compressed Unicode (its first byte says how wide), as UTF-8. */
struct span udf_text(struct arena *a, struct span s);

#endif
