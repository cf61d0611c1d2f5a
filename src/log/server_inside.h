/* server_inside.h - what the files of a log's server share. */
#ifndef EVENHAND_LOG_SERVER_INSIDE_H
#define EVENHAND_LOG_SERVER_INSIDE_H

#include <pthread.h>

#include "log/server.h"

struct log_server {
	struct log *log;
	const char *dir;
	const struct roster *roster;
	const struct policy *const *policies;
	uint32_t policy_count;
	int open_folder; /* DIR/public */
	struct http_server *http;
	struct http_queue *queue;

	struct collector *collector;
	bool needs_quorum, is_collecting;
	uint32_t refresh_s;
	pthread_t collecting;
	pthread_mutex_t mutex; /* of what follows */
	pthread_cond_t ending;
	bool is_over;
};

/* -- server_collect.c -- */

/* Starts the thread that asks witnesses, where there is a collector. */
bool server_collect_start(struct log_server *s, const struct log_server_options *o);
void server_collect_stop(struct log_server *s);
/* Cosignatures that were brought, from a worker. */
void server_cosign(struct log_server *s, struct http_job *job);

/* -- server_read.c: from workers -- */

/* The checkpoint that is public, appended. False: none is yet. */
bool server_checkpoint(const struct log_server *s, struct text *note);
/* A tlog-proof of an entry under that checkpoint, appended. False: it is not under it. */
bool server_proof(const struct log_server *s, uint64_t index, struct span note, struct text *out);
void server_bundle(struct log_server *s, struct http_job *job, const uint8_t digest[SHA256_SIZE]);
void server_lookup(struct log_server *s, struct http_job *job, const uint8_t digest[SHA256_SIZE]);
void server_page(struct log_server *s, struct http_job *job, const struct log_path *p);

/* -- server_index.c -- */

#define MOST_SHOWN 100u

struct numbers {
	uint64_t list[MOST_SHOWN];
	size_t count;
	bool has_more;
};

/* Of the entries about a digest, the newest first. False: the index cannot be read. */
bool server_index_find(const struct log_server *s, const uint8_t digest[SHA256_SIZE],
		       struct numbers *found, struct log_error *e);

#endif
