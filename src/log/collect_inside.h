/* collect_inside.h - inside log/: what the files of the collector share. */
#ifndef EVENHAND_LOG_COLLECT_INSIDE_H
#define EVENHAND_LOG_COLLECT_INSIDE_H

#include "log/client.h"
#include "log/collect.h"

#define COLLECT_MOST_ASKED 64u /* witnesses with an address */

/* One that is asked. */
struct asked {
	const struct policy_witness *witness;
	char *add, *monitor, *entries; /* addresses */
	uint64_t size;                 /* that it has cosigned last, as far as is known */
	bool has_signed;               /* the head of the collector */
	struct text lines;
	int64_t due; /* ms */
	uint32_t pause;
	bool is_failing, is_ahead;
	bool is_open; /* in this round */
	struct text request;

	/* A mirror: it takes a checkpoint without signing it, and then wants the entries. */
	bool has_heard; /* the head of the collector */
	bool has_place; /* next is what it said */
	bool has_moved; /* it took some entries in this round */
	uint64_t next;  /* the first entry that it lacks */
	struct text ticket;
};

struct collector {
	struct collect_options options;
	struct client *client;
	struct merkle_head head;
	struct asked asked[COLLECT_MOST_ASKED];
	uint32_t count;
};

/* It is left alone for a while. */
void collect_put_off(struct collector *c, struct asked *a, const char *why);
/* It has a larger tree than this log. */
void collect_is_ahead(struct collector *c, struct asked *a);
/* An answer that should be its signatures; ends its part of the round. */
void collect_take_lines(struct collector *c, struct asked *a, struct span answer,
			const struct checkpoint *sent);

/* -- collect_mirror.c -- */

/* What comes next of its entries, as a call. False: there is no memory, or the log lacks them. */
bool collect_mirror_ask(struct collector *c, struct asked *a, struct client_call *call);
void collect_mirror_take(struct collector *c, struct asked *a, const struct client_call *call,
			 const struct checkpoint *sent);

#endif
