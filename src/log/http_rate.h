/* http_rate.h - how often an address may ask: so many times a second, and twice as many at once
 * after a pause. A table of fixed size; addresses that share a place in it share their right. From
 * one thread. */
#ifndef EVENHAND_LOG_HTTP_RATE_H
#define EVENHAND_LOG_HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;
struct http_rate;

/* rate 0: everybody may, always. NULL: no memory. */
struct http_rate *http_rate_new(uint32_t rate);
void http_rate_free(struct http_rate *r);
/* Whether he may ask now. An IPv6 address counts by its first 64 bits. */
bool http_rate_take(struct http_rate *r, const struct sockaddr *from);
/* The same at a time in nanoseconds. */
bool http_rate_take_at(struct http_rate *r, const struct sockaddr *from, int64_t now);

#endif
