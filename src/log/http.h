/* http.h - what the servers of logs and witnesses share: HTTP/1.1 by libmicrohttpd, on one thread
 * with epoll. Requests come from anybody: bodies, rates, connections and times have limits, and a
 * client that is slow holds a few kilobytes and no thread. TLS is a proxy's. */
#ifndef EVENHAND_LOG_HTTP_H
#define EVENHAND_LOG_HTTP_H

#include "log/store.h"

struct http_server;

enum http_method { HTTP_GET, HTTP_POST, HTTP_OPTIONS, HTTP_OTHER }; /* HEAD counts as GET */

struct http_reply {
	unsigned status;
	const char *type;     /* of the body */
	const char *cache;    /* Cache-Control; NULL: no-store */
	const char *policy;   /* Content-Security-Policy; NULL: nothing at all is allowed */
	struct text body;     /* goes over to the server */
	int fd;               /* or a file, closed by the server; -1 */
	uint64_t size;        /* of the file */
	unsigned retry_after; /* seconds; 0: none */
};

/* A request, and the reply to it. */
struct http_job {
	enum http_method method;
	struct span path,
		query; /* as they were sent: no %XX is decoded, "?" alone is of the path */
	struct span type, encoding; /* Content-Type, Content-Encoding */
	struct span body;
	struct http_reply reply;
	struct http_job *next; /* the service's, until it is done */
	struct http_state *state;
};

/* Who answers. */
struct http_service {
	void *ctx;
	/* How long the body of such a request may be; 0: it may have none. */
	size_t (*room)(void *ctx, const struct http_job *job);
	/* On the server's thread, without waiting for anything but files. False: later. */
	bool (*now)(void *ctx, struct http_job *job);
	/* Takes the job; http_done from any thread. NULL: everything is answered now. */
	void (*later)(void *ctx, struct http_job *job);
};

struct http_options {
	const char *listen;   /* HOST:PORT, [::1]:PORT; port 0: any that is free */
	uint32_t rate;        /* POST requests of an address in a second, and as many to look
				 something up; 0: no limit */
	uint32_t connections; /* at once; 0: 1024. An address has a quarter of them */
	uint32_t seconds;     /* for a request to arrive; 0: 15, and more for a long body */
};

/* NULL after an error. */
struct http_server *http_start(const struct http_options *o, const struct http_service *service,
			       struct log_error *e);
/* Where it listens: "127.0.0.1:8080". */
const char *http_address(const struct http_server *s);
/* Takes no more connections, waits until what has begun is answered, and ends. */
void http_stop(struct http_server *s);

void http_done(struct http_job *job);
/* A short text as the reply. */
void http_say(struct http_job *job, unsigned status, const char *text);

/* -- http_file.c -- */

#define HTTP_FOREVER "public, max-age=604800, immutable"

/* A file below a folder as the reply: one of a tile never changes, a checkpoint does. path is ours,
 * nothing of it is what was sent. */
void http_answer_file(struct http_job *job, int folder, const char *path, bool is_tile);
/* What gzip has packed, appended. False: it is malformed, or out would have more than most bytes.
 */
bool http_unpack(struct span packed, size_t most, struct text *out);
/* The same way back. False: no memory. */
bool http_pack(struct span plain, struct text *out);

/* -- http_queue.c: threads that answer later -- */

struct http_queue;

/* work gets up to `batch` jobs at once. NULL: no memory. */
struct http_queue *http_queue_new(unsigned threads, size_t batch,
				  void (*work)(void *ctx, struct http_job **jobs, size_t count),
				  void *ctx);
/* Where 4096 wait already, the job is answered by 503. */
void http_queue_add(struct http_queue *q, struct http_job *job);
/* After what waits was done. */
void http_queue_free(struct http_queue *q);

#endif
