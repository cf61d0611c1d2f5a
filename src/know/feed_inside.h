/* feed_inside.h - inside know/: what the readers of feeds share. */
#ifndef EVENHAND_KNOW_FEED_INSIDE_H
#define EVENHAND_KNOW_FEED_INSIDE_H

#include "base/jsonstream.h"
#include "know/cpe.h"
#include "know/feed.h"

/* Texts of one record, all dropped when the next one begins. */
struct words {
	uint8_t *p;
	size_t n, room;
	bool failed;
};

struct word {
	uint32_t at, n;
};

struct word words_add(struct words *w, struct span s);
struct span words_at(const struct words *w, struct word word);

/* More of one kind than this in one file are no feed. */
#define MOST_ITEMS (4u << 20)

/* A list of anything that grows; NULL: no memory, and *failed is set. */
struct list {
	void *p;
	size_t n, room;
	bool failed;
};

void *list_add(struct list *l, size_t size, size_t most);

/* One alternative of a configuration of NVD. */
struct cpe_match {
	uint32_t configuration, node;
	bool all_nodes, all_matches, is_negated, is_vulnerable;
	struct word criteria, from, to;
	bool from_excluded, to_excluded;
};

/* A package that an OSV record speaks of, a range's event, a version. */
struct osv_package {
	struct word ecosystem, name;
};

struct osv_event {
	uint32_t package, range;
	enum { EVENT_INTRODUCED, EVENT_LAST, EVENT_FIXED, EVENT_LIMIT } kind;
	bool is_semver;
	struct word version;
};

struct osv_version {
	uint32_t package;
	struct word version;
};

/* A product of a CSAF, OpenVEX or CycloneDX document. */
struct product {
	struct word ref, purl, cpe, sha256;
	struct word range; /* "vers:deb/<1.2" */
	struct word same;  /* ref of the product that identifies it */
};

struct statement {
	struct word vulnerability, ref, note;
	struct word image; /* SHA-256 of what holds the product; empty: whatever does */
	enum said said;
};

/* Why a product is not affected: CSAF's flags. */
struct remark {
	struct word ref, label;
};

struct reader {
	struct feed_builder *builder;
	struct json_stream json;
	struct feed_source source;
	struct words words;
	struct word id;
	unsigned flags;
	bool is_withdrawn, has_nvd, has_osv;
	struct list matches, aliases, packages, events, versions; /* of a record */
	uint32_t configuration, node;
	struct list products, statements; /* of a document */
	struct list remarks;              /* of one of its vulnerabilities */
};

/* Record and document are emitted and forgotten. */
void nvd_emit(struct reader *r);
void osv_emit(struct reader *r);
void document_emit(struct reader *r);

/* Values of members of those names. */
void nvd_read_configurations(struct reader *r);
void osv_read_affected(struct reader *r);
void csaf_read_tree(struct reader *r);
void csaf_read_document(struct reader *r);
void openvex_read_statements(struct reader *r);
void cyclonedx_read_components(struct reader *r);
void cyclonedx_read_metadata(struct reader *r);
/* An element of "vulnerabilities", of CSAF, KEV, CycloneDX and NVD alike. */
void vulnerability_read(struct reader *r);
/* An object of NVD's "cve": adds to and emits a record. */
void record_read(struct reader *r);

/* SAIDS: the word is no state of any of the forms. */
enum said said_of(struct span word);

/* A string value as a word; the empty word for anything else. */
struct word read_word(struct reader *r);
void note_format(struct reader *r, enum feed_format f);
/* Keeps the newest date. */
void note_date(struct reader *r, struct span date);
struct product *product_add(struct reader *r);
void statement_add(struct reader *r, const struct statement *s);

/* -- feed_source.c: plain bytes of a file -- */
struct feed_file;
struct feed_file *feed_file_new(struct span file, bool is_mapped);
void feed_file_free(struct feed_file *f);
/* The next document within: false behind the last one. */
bool feed_file_next(struct feed_file *f);
size_t feed_file_read(void *ctx, uint8_t *to, size_t n);
struct fault feed_file_fault(const struct feed_file *f);
void feed_file_digest(struct feed_file *f, uint8_t digest[SHA256_SIZE]);

#endif
