/* feed.h - what others published of vulnerabilities: NVD 2.0, OSV, CSAF, CISA KEV, and VEX in three
 * forms, read as a stream from plain, gz or zip files, or from the index that import made of them.
 * Feeds are as hostile as images: they are read inside the jail.
 *
 * All of them become rows of one shape: of the product with that key, versions in that range are
 * said to be affected, fixed ... Keys: "cpe:VENDOR:PRODUCT", "osv:ECOSYSTEM/NAME",
 * "purl:TYPE/NAMESPACE/NAME", "sha256:HEX" of an image. */
#ifndef EVENHAND_KNOW_FEED_H
#define EVENHAND_KNOW_FEED_H

#include "base/fault.h"
#include "base/hash.h"
#include "know/version.h"

enum feed_format {
	FEED_UNKNOWN,
	FEED_NVD,
	FEED_OSV,
	FEED_CSAF,
	FEED_KEV,
	FEED_OPENVEX,
	FEED_CYCLONEDX,
	FEED_FORMATS,
};

/* "nvd", "osv" ... */
const char *feed_format_name(enum feed_format f);

enum said { SAID_AFFECTED, SAID_FIXED, SAID_NOT_AFFECTED, SAID_UNDER_INVESTIGATION, SAIDS };

/* "affected", "under-investigation" ... */
const char *said_name(enum said s);

enum {                        /* of a row */
       ROW_FROM_EXCLUDED = 1, /* `from` itself is outside */
       ROW_TO_INCLUDED = 2,   /* `to` itself is inside */
       ROW_TO_IS_FIX = 4,     /* at `to` it was mended */
       ROW_NO_VERSION = 8,    /* the record names none */
       ROW_CONDITION = 16,    /* only together with what `condition` names */
       ROW_RELEASE = 32,      /* `condition` is a release of the ecosystem: "Debian:12" */
       ROW_IMAGE = 64,        /* `condition` is the SHA-256 of the image it is said of */
       ROW_NEGATED = 128,     /* the record excludes instead of naming */
       ROW_ANY_UPDATE = 256,  /* the version whatever its patch level */
};

enum { VULNERABILITY_EXPLOITED = 1, VULNERABILITY_DISPUTED = 2, VULNERABILITY_REJECTED = 4 };

/* Texts are valid as long as the feed, or during the call that hands the row over. */
struct feed_row {
	struct span vulnerability, key;
	enum scheme scheme;
	enum said said;
	unsigned flags;
	struct span from, to; /* empty: open */
	struct span condition, note;
};

/* A file as published. */
struct feed_source {
	enum feed_format format;
	uint8_t sha256[SHA256_SIZE]; /* of the file as it was given */
	char date[12];               /* YYYY-MM-DD of its newest statement; "": none */
	uint64_t records;
};

/* -- making -- */

struct feed_builder;

/* wants: only rows of keys for which it is true are kept; NULL: all. NULL: no memory. */
struct feed_builder *feed_builder_new(bool (*wants)(void *ctx, struct span key), void *ctx);
void feed_builder_free(struct feed_builder *b);

/* Reads a published file to its end. A fault counts in its plain bytes, FAULT_UNKNOWN: it is none
 * of the formats. is_mapped: the bytes are a shared mapping of the file, so that pages which were
 * read can be given back. */
struct fault feed_read(struct feed_builder *b, struct span file, bool is_mapped);

void feed_add_row(struct feed_builder *b, const struct feed_row *r);
void feed_add_flags(struct feed_builder *b, struct span vulnerability, unsigned flags);
/* For tests: as if a file had been read. */
void feed_add_source(struct feed_builder *b, const struct feed_source *s);

/* Gives the index piece by piece, in its order on disk; false when put or memory failed. Nothing
 * may be added afterwards. */
bool feed_finish(struct feed_builder *b, bool (*put)(void *ctx, struct span bytes), void *ctx);

/* -- reading an index -- */

struct feed {
	struct span bytes;
	uint64_t sources, products, vulnerabilities, rows, ids, strings; /* where each begins */
	uint32_t source_count, product_count, vulnerability_count, row_count;
	uint64_t ids_size, strings_size;
	uint8_t sha256[SHA256_SIZE];
	uint8_t *seen;  /* a bit for each chunk whose digest was compared */
	bool is_ours;   /* made by this process: no digest to compare */
	bool is_broken; /* a digest did not hold, or a reference led nowhere */
};

bool feed_is_index(struct span file);
/* Only the head and the table of digests are read; each chunk's digest is compared when it is first
 * used, so that what a report rests on is what the digest in the head stands for. */
struct fault feed_open(struct feed *f, struct span file, bool is_ours);
void feed_close(struct feed *f);

bool feed_source_at(struct feed *f, uint32_t i, struct feed_source *s);

/* The rows of a key: [*first, *first + count). */
uint32_t feed_find(struct feed *f, struct span key, uint32_t *first);
/* A row without its key. False and is_broken when the index is damaged. */
bool feed_row_at(struct feed *f, uint32_t i, struct feed_row *r, unsigned *vulnerability_flags);
/* What is known of an id whatever the product. */
unsigned feed_flags_of(struct feed *f, struct span vulnerability);

#endif
