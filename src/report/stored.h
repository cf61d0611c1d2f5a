/* stored.h - a stored report comes back as what it was written from: nodes, facts, coverage. Its
 * verdicts are not read: they are made anew. The report is as hostile as an image. */
#ifndef EVENHAND_REPORT_STORED_H
#define EVENHAND_REPORT_STORED_H

#include "base/jsontext.h"
#include "report/report.h"
#include "tree/locator.h"

struct stored {
	struct tree tree;
	struct facts facts;
	struct coverage coverage;
	struct trust trust; /* digests of the keys alone */
	struct budget budget;
	/* What it was judged by; judging again takes what is given anew. */
	const char *as_of; /* NULL: no date */
	struct span judging;
	bool has_declaration, has_feeds;
	uint64_t image_size;
	uint8_t image_sha256[SHA256_SIZE], image_sha512[SHA512_SIZE];
};

enum stored_state {
	STORED_READ,
	STORED_MALFORMED, /* no report of this schema, or one that contradicts itself */
	STORED_OTHER,     /* made with other rules of observing: a scan is needed */
	STORED_MEMORY,
};

/* Reads a canonical report, json, whose bytes stay as long as *s is used; *s lives in the arena.
 * Otherwise says in `why` (size bytes) what is wrong and where. */
enum stored_state stored_read(struct span json, struct arena *a, struct stored *s, char *why,
			      size_t size);

/* -- inside: reading one object after the other; the first thing that is wrong is kept -- */

struct stored_reader {
	struct json_text json;
	struct arena *arena;
	struct stored *s;
	struct text scratch, unescaped;
	struct locators locators;
	const char *list; /* what is being read: "nodes" */
	uint32_t index;
	const char *wrong; /* NULL: all is well so far */
	bool no_memory;
};

/* Keeps the first thing that was wrong. Always false. */
bool stored_wrong(struct stored_reader *r, const char *what);
bool stored_no_memory(struct stored_reader *r);

/* The member of that key; wrong where there is none. */
uint32_t stored_member(struct stored_reader *r, uint32_t object, const char *key);

/* The value of an item. Texts are ours, bytes those of the image. */
uint64_t stored_u64(struct stored_reader *r, uint32_t item);
bool stored_bool(struct stored_reader *r, uint32_t item);
struct span stored_bytes(struct stored_reader *r, uint32_t item);
/* A text of ours that need not end with NUL; empty: null. */
struct span stored_said(struct stored_reader *r, uint32_t item);
/* Its key, which is bytes of the image. */
struct span stored_key(struct stored_reader *r, uint32_t item);
const char *stored_text(struct stored_reader *r, uint32_t item); /* NULL: null */
bool stored_is_null(const struct stored_reader *r, uint32_t item);
struct node *stored_node(struct stored_reader *r, uint32_t item);
uint32_t stored_length(const struct stored_reader *r, uint32_t array);

/* nodes, in their order. */
bool stored_nodes(struct stored_reader *r, uint32_t array);
/* One list of facts of that kind. */
bool stored_facts(struct stored_reader *r, int kind, uint32_t array);

#endif
