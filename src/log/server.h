/* server.h - a log over HTTP: its public files (C2SP tlog-tiles), POST /api/add, proofs, what is
 * logged about a digest, and pages for people (docs/log.md has the addresses). Whoever asks may be
 * anybody; no request reaches a file but by the one form of its name. */
#ifndef EVENHAND_LOG_SERVER_H
#define EVENHAND_LOG_SERVER_H

#include "log/collect.h"
#include "log/http.h"

#define SERVER_MOST_KEPT (64u << 20) /* bytes of a file that is sent to be kept */

struct log_server;

struct log_server_options {
	struct http_options http;
	const char *dir;                      /* of the log */
	const struct roster *roster;          /* whose names are shown; NULL: nobody's */
	const struct policy *const *policies; /* whose witnesses are shown */
	uint32_t policy_count;
	struct collector *collector; /* NULL: no cosignatures are collected */
	/* Checkpoints wait for the quorum of all policies. */
	bool needs_quorum;
	uint32_t refresh_s; /* an idle log's witnesses sign again after so long; 0: 600 */
};

/* The log and the collector belong to it until it is stopped. NULL after an error. */
struct log_server *log_serve(struct log *l, const struct log_server_options *o,
			     struct log_error *e);
const char *log_server_address(const struct log_server *s);
void log_server_stop(struct log_server *s);

/* -- server_path.c: the addresses; takes no memory -- */

enum log_path_kind {
	LOG_PATH_NONE,
	LOG_PATH_CHECKPOINT,
	LOG_PATH_TILE,
	LOG_PATH_ADD,
	LOG_PATH_KEEP,
	LOG_PATH_COSIGN,   /* brings cosignatures */
	LOG_PATH_BUNDLE,   /* of all statements about an image, to be checked offline */
	LOG_PATH_LOOKUP,   /* of what a digest is about, or names */
	LOG_PATH_ENVELOPE, /* by the digest of its PAE */
	LOG_PATH_FILE,     /* that was kept, by its digest */
	LOG_PATH_PROOF,    /* of an entry by its number */
	LOG_PATH_SIGNED,   /* the envelope of an entry, by its number */
	LOG_PATH_HOME,
	LOG_PATH_STYLE,
	LOG_PATH_PAGE,   /* for people, of a digest */
	LOG_PATH_SEARCH, /* the form's: a digest in the query */
};

struct log_path {
	enum log_path_kind kind;
	char file[64]; /* of DIR/public: checkpoint and tiles */
	uint8_t digest[SHA256_SIZE];
	uint64_t index;
};

/* What is asked for. Path and query are as they were sent: nothing is decoded, so each thing has
 * one address. */
struct log_path log_path_read(struct span path, struct span query);

#endif
