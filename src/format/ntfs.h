/* ntfs.h - inside format/: an opened NTFS.
 *
 * Source: libyal/libfsntfs, "New Technologies File System (NTFS)"; ntfs-3g
 * include/ntfs-3g/layout.h; Microsoft [MS-FSCC] 2.1.2 (reparse points), 2.4.15 (extended
 * attributes), [MS-XCA] 2.1, 2.5. All fields are little-endian. */
#ifndef EVENHAND_FORMAT_NTFS_H
#define EVENHAND_FORMAT_NTFS_H

#include "base/cursor.h"
#include "format/format.h"
#include "format/marks.h"

#define NTFS_SIGNATURE "NTFS    "

/* Of the file table. */
enum {
	NTFS_MFT = 0,
	NTFS_VOLUME = 3,
	NTFS_ROOT = 5,
	NTFS_SECURE = 9,
	NTFS_EXTEND = 11,
	NTFS_FIRST_USER = 16
};

enum ntfs_type {
	NTFS_STANDARD = 0x10,
	NTFS_LIST = 0x20,
	NTFS_NAME = 0x30,
	NTFS_SECURITY = 0x50,
	NTFS_VOLUME_NAME = 0x60,
	NTFS_DATA = 0x80,
	NTFS_REPARSE = 0xc0,
	NTFS_EA = 0xe0,
};

/* Of an attribute, and of a file. */
enum { NTFS_COMPRESSED = 0x1, NTFS_ENCRYPTED = 0x4000 };
enum { NTFS_HIDDEN = 0x2, NTFS_SYSTEM = 0x4 };

#define NTFS_LARGEST_EA    (64u << 10)
#define NTFS_PACKED_STREAM "WofCompressedData"

/* One attribute of a record, as it stands there. */
struct ntfs_attribute {
	enum ntfs_type type;
	uint32_t flags;
	bool resident;
	struct span name;  /* UTF-16 */
	struct span value; /* resident */
	struct span pairs; /* else: where its clusters are */
	uint64_t vcn, end; /* the clusters these pairs are for; end is behind the last */
	uint64_t size, initialised;
	uint8_t unit; /* log2 of the clusters that are packed together */
};

/* Clusters of a stream that one attribute says. */
struct ntfs_part {
	uint64_t vcn, end;
	struct span pairs;
	struct ntfs_part *next;
};

/* A content: of one attribute, or of several in several records. */
struct ntfs_stream {
	enum ntfs_type type;
	struct span name; /* UTF-16 */
	uint32_t flags;
	bool resident, has_start;
	struct span value;
	uint64_t value_at; /* in the image; UINT64_MAX where it does not stand there as it is */
	uint64_t size, initialised;
	uint8_t unit;
	uint32_t parts;
	struct ntfs_part *first; /* once settled, in order of their clusters */
	struct ntfs_stream *next;
};

/* Clusters in a row of the file table. */
struct ntfs_place {
	uint64_t vcn, lcn, count;
};

/* How load() finds a content. */
struct ntfs_content {
	const struct ntfs_stream *stream;
	uint32_t
		packing; /* 1 + the algorithm of a file that Windows' overlay filter packed; or 0 */
	uint64_t plain;  /* then: its size */
};

/* A record that goes on with the attributes of another. */
struct ntfs_more {
	uint32_t base, number;
	uint16_t sequence; /* of the base, as it was when this one was taken */
};

struct ntfs {
	struct span in;
	uint64_t sector, cluster, record; /* bytes */
	uint64_t sectors, clusters;
	uint64_t table, mirror; /* clusters */
	struct ntfs_place *places;
	uint32_t place_count, records;
	struct ntfs_more *more; /* sorted */
	uint32_t more_count;
	struct ntfs_content *contents;
	uint32_t content_count, content_room;
	struct span security; /* descriptors, and where each is */
	struct ntfs_descriptor *descriptors;
	uint32_t descriptor_count;
};

/* A record with its sectors' last bytes put right. */
struct ntfs_record {
	uint8_t *bytes; /* room for one; the caller's */
	struct span in; /* what is used of it */
	uint64_t number, at, base;
	uint64_t attributes; /* where they begin in it */
	bool in_one_piece;
	bool is_base; /* it goes on with no other */
	uint16_t sequence, base_sequence, flags;
	struct fault fault;
};
enum { NTFS_IN_USE = 1, NTFS_DIRECTORY = 2 };

struct fault ntfs_boot(struct span in, struct ntfs *fs);

/* Takes the fs->record bytes at r->bytes for a record; false where they are none. */
bool ntfs_record_take(const struct ntfs *fs, struct ntfs_record *r);
/* Reads a record of the table; false where it holds none. What is wrong with it is in r->fault. */
bool ntfs_record_read(const struct ntfs *fs, uint64_t number, struct ntfs_record *r);
/* The attributes one after the other; false behind the last. */
bool ntfs_attribute_next(struct ntfs_record *r, uint64_t *at, struct ntfs_attribute *a);
/* Finds where the file table lies, in however many pieces. */
struct fault ntfs_map(struct ntfs *fs, struct listing *l, struct ntfs_record *r);

/* A run of a stream: clusters in a row, or a hole. */
struct ntfs_run {
	uint64_t vcn, lcn, count;
	bool is_hole;
};
struct ntfs_runs {
	const struct ntfs *fs;
	const struct ntfs_part *part;
	size_t at;
	uint64_t vcn, lcn;
	struct fault fault; /* a part that is missing, or why the runs end too early */
};
struct ntfs_runs ntfs_runs_of(const struct ntfs *fs, const struct ntfs_stream *s);
bool ntfs_runs_next(struct ntfs_runs *r, struct ntfs_run *run);

/* Adds what an attribute says to the streams of its file, copied into the arena. False where there
 * are too many or no room. */
bool ntfs_stream_add(const struct ntfs_record *r, const struct ntfs_attribute *a,
		     struct arena *arena, struct ntfs_stream **streams);
/* Puts its parts in order. */
bool ntfs_stream_settle(struct ntfs_stream *s, struct arena *arena);
struct fault ntfs_stream_put(const struct ntfs *fs, const struct ntfs_stream *s, struct sink *out);
/* A short content in the arena; empty where it is longer than `most` or cannot be read. */
struct span ntfs_stream_read(const struct ntfs *fs, const struct ntfs_stream *s, struct arena *a,
			     uint64_t most);

/* One unit of packed clusters, at most `most` plain bytes. */
struct fault ntfs_unpack(struct span in, uint64_t most, struct sink *out);

/* A file while its records are read. */
struct ntfs_file {
	struct ntfs_stream *streams;
	const struct ntfs_stream
		*packed;   /* the one in which the overlay filter keeps the content */
	uint32_t flags;    /* of its standard information */
	uint32_t security; /* the number of its descriptor */
};

/* The stream of that type and name (ASCII); NULL if there is none. */
struct ntfs_stream *ntfs_stream_find(const struct ntfs_file *file, enum ntfs_type type,
				     const char *name);

/* What reparse points and the system's extended attributes say: what a file stands for, its owner,
 * mode and device. Gives the algorithm by which the overlay filter packed it, plus 1; else 0. */
uint32_t ntfs_special(const struct ntfs *fs, struct arena *a, const struct ntfs_file *file,
		      struct entry *e);

/* Reads the descriptors of owners that the volume keeps together. */
void ntfs_owners_read(struct ntfs *fs, struct listing *l, struct ntfs_record *r);
/* The owner, where identifiers hold numbers of Unix. */
void ntfs_owner_set(const struct ntfs *fs, struct arena *a, const struct ntfs_file *file,
		    struct entry *e);

/* What is left of what a listing may cost. */
struct ntfs_budget {
	uint64_t clusters; /* of contents */
	uint64_t xattrs;   /* bytes of attributes */
	struct marks used; /* clusters */
};

/* One content of a packed file, with the algorithm that its reparse point names. */
struct fault ntfs_overlay_put(const struct ntfs *fs, const struct ntfs_content *c,
			      struct sink *out);

/* Reads the records of a file; what they say goes to the entry and the file. */
void ntfs_file_read(const struct ntfs *fs, struct listing *l, struct ntfs_record *r,
		    struct ntfs_file *file, struct entry *e);
/* Content and attributes of a file that was read, into its entry. */
void ntfs_file_describe(struct ntfs *fs, struct listing *l, struct ntfs_file *file,
			struct ntfs_budget *b, struct entry *e);
/* Entries for its other streams that are no attributes, beside its own. */
void ntfs_file_streams(struct ntfs *fs, struct listing *l, const struct ntfs_file *file,
		       struct ntfs_budget *b, uint32_t index);

struct fault ntfs_list(struct listing *l);
struct fault ntfs_load(const struct listing *l, const struct entry *e, struct sink *out);

#endif
