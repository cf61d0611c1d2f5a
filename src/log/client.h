/* client.h - HTTP as a client, by libcurl: logs are read, statements and checkpoints sent. Who
 * answers may be anybody: sizes and times have limits, and no answer leads to another host. One
 * client keeps its connections and belongs to one thread. */
#ifndef EVENHAND_LOG_CLIENT_H
#define EVENHAND_LOG_CLIENT_H

#include "base/text.h"

struct client;

struct client_options {
	uint32_t connect_ms; /* 0: 10,000 */
	uint32_t total_ms;   /* of a call with all its tries and waiting; 0: 60,000 */
	uint32_t tries;      /* 0: 5 */
	const char *ca_file; /* PEM; NULL: what $SSL_CERT_FILE names, or the system's */
};

/* NULL: libcurl is not installed (it is loaded by the first call), or no memory. The first call in
 * a process must not run beside another one. */
struct client *client_new(const struct client_options *o);
void client_free(struct client *c);

/* One call: what is asked, and what came. */
struct client_call {
	const char *method; /* NULL: GET, or POST where there is a body */
	const char *url;    /* http or https */
	const char *type;   /* Content-Type of the body; NULL: none */
	struct span body;
	const char *const *headers; /* more of them, "Name: value", ending with NULL; or NULL */
	const char *sigv4, *user;   /* as CURLOPT_AWS_SIGV4 and CURLOPT_USERPWD; or NULL */
	size_t most;                /* bytes of an answer; 0: 1 MiB */

	unsigned status;        /* 0: nothing came, and `wrong` says why */
	struct text answer;     /* the caller frees it: client_call_free */
	char content_type[128]; /* of the answer */
	char wrong[256];        /* empty after any status */
	unsigned tries;         /* that were made */
};

/* Makes the calls side by side, until each is answered or its time is over. 429 and 5xx, and what
 * the network does, are tried again: after the time that the answer asks for (Retry-After), or else
 * after a wait that doubles from 100 ms to 5 s, at random between a half and the whole of it. All
 * calls must be fit to be made twice. */
void client_run(struct client *c, struct client_call *calls, size_t count);
void client_call_free(struct client_call *call);

/* GET of one address. True: it answered 200. */
bool client_get(struct client *c, const char *url, size_t most, struct client_call *call);

/* Seconds from now that a Retry-After asks for: a number, or a date (RFC 9110 10.2.3). False: it is
 * neither. */
bool client_retry_after(const char *value, int64_t now, uint64_t *seconds);

#endif
