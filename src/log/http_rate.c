/* http_rate.c - see http_rate.h. Each place in the table says until when its turns are used up. */
#include "log/http_rate.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define PLACES 8192u
#define SECOND 1000000000

struct http_rate {
	int64_t step, burst; /* nanoseconds */
	uint64_t salt;
	int64_t until[PLACES];
};

struct http_rate *http_rate_new(uint32_t rate)
{
	struct http_rate *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->step = rate ? SECOND / rate : 0;
	r->burst = 2 * SECOND;
	/* Nobody may choose whose place he takes. */
	if (getrandom(&r->salt, sizeof(r->salt), 0) != (ssize_t)sizeof(r->salt))
		r->salt = (uint64_t)(uintptr_t)r;
	return r;
}

void http_rate_free(struct http_rate *r)
{
	free(r);
}

static uint64_t mixed(uint64_t x)
{
	x ^= x >> 32;
	x *= 0x9e3779b97f4a7c15u;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	return x ^ x >> 32;
}

static uint64_t address_of(const struct sockaddr *from)
{
	uint64_t bits = 0;

	if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 six;

		memcpy(&six, from, sizeof(six));
		/* IPv4 in IPv6 ends in what tells addresses apart. */
		memcpy(&bits,
		       six.sin6_addr.s6_addr + (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) ? 8 : 0),
		       sizeof(bits));
	} else if (from->sa_family == AF_INET) {
		struct sockaddr_in four;

		memcpy(&four, from, sizeof(four));
		bits = four.sin_addr.s_addr;
	}
	return bits;
}

bool http_rate_take_at(struct http_rate *r, const struct sockaddr *from, int64_t now)
{
	int64_t *until = &r->until[mixed(address_of(from) ^ r->salt) % PLACES];

	if (r->step == 0)
		return true;
	if (*until < now)
		*until = now;
	if (*until + r->step > now + r->burst)
		return false;
	*until += r->step;
	return true;
}

bool http_rate_take(struct http_rate *r, const struct sockaddr *from)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return http_rate_take_at(r, from, (int64_t)t.tv_sec * SECOND + t.tv_nsec);
}
