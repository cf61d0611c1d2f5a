/* endpoint.h - inside observe/: what the parts of the endpoint observer share. */
#ifndef EVENHAND_OBSERVE_ENDPOINT_H
#define EVENHAND_OBSERVE_ENDPOINT_H

#include "base/text.h"
#include "observe/component.h"
#include "observe/purpose.h"

static inline bool is_any(int c, const char *of)
{
	return c > 0 && strchr(of, c) != NULL;
}

enum host {
	HOST_NONE,
	HOST_WORD, /* one label: a name in the own network */
	HOST_NAME,
	HOST_ADDRESS, /* IPv4 or IPv6 */
	HOST_SELF,    /* the device itself, or nobody: localhost, 127.0.0.1, 0.0.0.0 */
};

enum host host_of(struct span s);
/* Four numbers up to 255 without leading zeros; nothing else. */
bool address_read(struct span s, uint8_t octet[4]);

struct url {
	struct span raw;                /* scheme to the end, as it stands there */
	struct span scheme, host, path; /* of raw */
	enum host is;
	uint32_t port;   /* 0: not said */
	const char *use; /* of a bare host: "ntp", "dns"; NULL: not said */
};

/* The URL whose "://" stands at `mark`. False where scheme or host are none, or not fixed. */
bool url_around(struct span bytes, uint64_t mark, struct url *u);

/* Why something that looks like an endpoint is not reported. */
enum aside {
	ASIDE_DOCUMENT,    /* in documentation, sources, lists for searching */
	ASIDE_COMMENT,     /* commented out */
	ASIDE_PROSE,       /* told to people: within a sentence */
	ASIDE_CERTIFICATE, /* within a certificate */
	ASIDE_NAMESPACE,
	ASIDE_LICENCE,
	ASIDE_PROJECT,
	ASIDE_EXAMPLE,
	ASIDE_SELF,  /* the device itself */
	ASIDE_BOUND, /* more than are kept of one file */
	ASIDES,
};

#define SEEN_BITS 4096

struct search {
	struct scene *s;
	enum purpose purpose;
	uint32_t found, tried, addresses;
	uint32_t words; /* of lines that were read */
	uint32_t aside[ASIDES];
	uint64_t read; /* comments are known up to there */
	bool in_comment, knows_table, table_has_addresses;
	uint64_t values[SEEN_BITS / 64]; /* of the endpoints that were added, by a hash */
};

/* Why an endpoint is not reported; ASIDES: it is. */
enum aside endpoint_aside(struct search *x, const struct url *u);
/* Whether a text has the byte commented out. Places have to come in their order. */
bool endpoint_is_commented(struct search *x, uint64_t at);

/* Adds an endpoint unless the file has it already, or counts it where it is set aside. Places have
 * to come in their order. The value is put together of scheme, host, port and path: what stands
 * before "@" or behind "?" may be a secret. */
void endpoint_take(struct search *x, const char *kind, const struct url *u);

/* What switches the check of certificates off where that mark ended; empty: nothing does. */
struct span endpoint_switch(struct span bytes, const struct unchecked_mark *mark, uint64_t end);
/* Adds what switches the check of certificates off, unless it is commented out. */
void endpoint_unchecked(struct search *x, struct span where);

/* Whether a word, in any letters, is one of the globs in small ones. */
bool endpoint_word(struct span word, const char *globs);
/* What a setting or command of that name uses a host for, or NULL. */
const char *endpoint_use(const struct search *x, struct span key);
/* The same for what stands at `at`, behind that key: a host that logs are sent to is told by its
 * line or its file too. */
const char *endpoint_use_at(const struct search *x, uint64_t at, struct span key);
/* A file of settings of a syslog daemon: "@host" in it is where logs go. */
bool endpoint_is_log_file(const struct node *n);
/* Whether a name of several labels is one of the internet, by its end. */
bool endpoint_is_domain(struct span host);
/* The address around a dot of a text, if it is one; where the numbers end. */
void endpoint_address(struct search *x, uint64_t dot, uint64_t *end);

/* Bare hosts and addresses; places of version 6 begin again from the front. */
void endpoints_of_text6(struct search *x);
void endpoints_of_text(struct search *x);
void endpoints_of_program(struct search *x);

#endif
