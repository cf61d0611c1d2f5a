/* witness_serve.h - a witness over HTTP (C2SP tlog-witness): POST /add-checkpoint, and
 * GET /HEX/checkpoint, where HEX is the SHA-256 of a log's origin; a few words at /. */
#ifndef EVENHAND_LOG_WITNESS_SERVE_H
#define EVENHAND_LOG_WITNESS_SERVE_H

#include "log/http.h"
#include "log/witness.h"

struct witness_server;

/* The witness belongs to it until it is stopped. warn: told where its list of logs cannot be read
 * again, from another thread. NULL after an error. */
struct witness_server *witness_serve(struct witness *w, const struct http_options *o,
				     void (*warn)(const struct log_error *e), struct log_error *e);
const char *witness_server_address(const struct witness_server *s);
void witness_server_stop(struct witness_server *s);

#endif
