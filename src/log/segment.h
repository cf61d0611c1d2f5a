/* segment.h - where a log keeps what it was given: files DIR/segments/NNNNNNNN that are only ever
 * appended to, of records one behind the other. A record is an entry and the envelope that it was
 * made of, behind a head in little-endian:
 *
 *	 0  "EVR1"                     28  bytes of the entry
 *	 4  CRC-32 of what follows     32  SHA-256 of the envelope's PAE
 *	 8  its number in the log      64  the entry, the envelope, zeros up to a multiple of 8
 *	16  seconds since 1970
 *	24  bytes of the envelope
 *
 * A file begins with a head too: "EVS1", a CRC-32 of what follows, its own number, zero, the number
 * of its first record, the bytes of the file before it. */
#ifndef EVENHAND_LOG_SEGMENT_H
#define EVENHAND_LOG_SEGMENT_H

#include <pthread.h>

#include "base/hash.h"
#include "log/disk.h"

#define RECORD_HEAD  64u
#define SEGMENT_HEAD 32u
#define MOST_RECORD  (RECORD_HEAD + 65535u + (1u << 20) + 8u)

struct record {
	uint64_t number;
	int64_t time;
	uint8_t pae_sha256[SHA256_SIZE];
	struct span entry, envelope;
};

size_t segment_record_size(size_t entry, size_t envelope);
/* Room for segment_record_size bytes; entry at most 65535 bytes, envelope 1 MiB. */
void segment_record_write(const struct record *r, uint8_t *out);
/* The record at the start of in, and how long it is. NULL, or what is wrong with it. */
const char *segment_record_read(struct span in, struct record *r, size_t *size);

/* A place in the segments. */
struct place {
	uint32_t segment, offset;
};

struct segment {
	const uint8_t *map; /* NULL: not mapped yet */
	size_t mapped;      /* bytes, of which the file has the first ones */
	uint64_t first;     /* number of its first record */
	uint32_t bytes;     /* that count so far */
	uint32_t full;      /* bytes that it has in the end; 0: the last one */
};

struct segments {
	char folder[MOST_PATH];
	const struct disk *disk;
	uint32_t most;   /* bytes of a file */
	int fd;          /* the last one, for writing; -1 */
	int direct;      /* the same past the kernel's cache; -1: not here */
	uint8_t *bounce; /* memory for that */
	uint32_t end;    /* where the next record goes in it */
	struct segment *list;
	uint32_t count, room;
	pthread_mutex_t mutex; /* of list */
};

/* What went wrong: which file, and how. */
struct segment_fault {
	char file[32];
	const char *what; /* NULL: errno */
};

/* The first file of a new log. */
bool segments_create(const char *dir, const struct disk *disk);
struct segment_options {
	const struct disk *disk;
	uint32_t most; /* bytes of a new file; 0: 256 MiB */
};
/* Reads the heads of so many files and checks that they follow one another. */
bool segments_open(struct segments *s, const char *dir, uint32_t count,
		   const struct segment_options *o, struct segment_fault *f);
void segments_free(struct segments *s);
/* Makes what lies behind `end` go, which nobody was told of; then appends go there. */
bool segments_cut(struct segments *s, struct place end, struct segment_fault *f);
/* Writes records that lie one behind the other, the first of that number, and syncs; where they
 * begin. Not in a file that others fit in no longer. They count once segments_keep says so, which
 * another thread may do of the batch before. */
bool segments_append(struct segments *s, struct span records, uint64_t number, struct place *at,
		     struct segment_fault *f);
void segments_keep(struct segments *s, struct place end);

/* The bytes from there to the end of what the file has so far; they stay until segments_free. Empty
 * where there are none. From any thread. */
struct span segments_at(struct segments *s, struct place at);
/* As far as bytes that do not count yet: right behind segments_append, by its thread. */
struct span segments_written(struct segments *s, struct place at, size_t n);
/* Where another process writes: looks at what it has appended by now. */
void segments_refresh(struct segments *s);
/* The file in which that number is, if anywhere; its first record's place. */
struct place segments_find(struct segments *s, uint64_t number);
/* Goes behind a record of so many bytes: to the next file at the end of one. */
void segments_advance(struct segments *s, struct place *at, size_t bytes);

#endif
