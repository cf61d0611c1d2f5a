/* load.h - posts requests that were made before, over many connections side by side, each waiting
 * for its answer; says how many a second, and how long they took. */
#ifndef EVENHAND_TESTS_TOOLS_LOAD_H
#define EVENHAND_TESTS_TOOLS_LOAD_H

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define MOST_CONNECTIONS 1024

static const char *host;

struct connection {
	unsigned number, logs, count; /* of requests in all */
	struct text *requests;
	double *seconds;
	unsigned refused;
	pthread_t thread;
};

static inline void load_room(struct connection *c)
{
	c->requests = calloc(c->count, sizeof(*c->requests));
	c->seconds = calloc(c->count, sizeof(*c->seconds));
	if (!c->requests || !c->seconds)
		exit(2);
}

/* One request, with its body. */
static inline void load_post(struct text *out, const char *path, struct span body)
{
	text_format(out, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n", path, host,
		    body.n);
	text_put(out, body);
}

static inline int connect_to(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	char name[128], *colon;
	int fd, one = 1;

	snprintf(name, sizeof(name), "%s", host);
	colon = strrchr(name, ':');
	if (!colon)
		exit(2);
	*colon = 0;
	if (getaddrinfo(name, colon + 1, &hints, &found))
		exit(2);
	fd = socket(found->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen)) {
		perror("connect");
		exit(2);
	}
	freeaddrinfo(found);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The status of one answer, which is short. */
static inline unsigned answer(int fd)
{
	char in[8192], *end, *length;
	size_t n = 0;

	for (;;) {
		ssize_t some = read(fd, in + n, sizeof(in) - 1 - n);

		if (some <= 0)
			return 0;
		n += (size_t)some;
		in[n] = 0;
		end = strstr(in, "\r\n\r\n");
		length = strstr(in, "Content-Length: ");
		if (end && length && n >= (size_t)(end + 4 - in) + strtoul(length + 16, NULL, 10))
			return (unsigned)strtoul(in + 9, NULL, 10);
	}
}

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void *run(void *ctx)
{
	struct connection *c = ctx;
	int fd = connect_to();

	for (unsigned i = 0; i < c->count; i++) {
		struct span s = text_span(&c->requests[i]);
		double start = now();

		if (write(fd, s.p, s.n) != (ssize_t)s.n)
			exit(2);
		c->refused += answer(fd) != 200;
		c->seconds[i] = now() - start;
	}
	close(fd);
	return NULL;
}

static inline int by_size(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* Runs them all, and prints what came of it. How many were refused. */
static inline unsigned load_run(struct connection *c, unsigned count)
{
	unsigned requests = c[0].count, refused = 0;
	size_t n = (size_t)count * requests;
	double start = now(), seconds, *all;

	for (unsigned i = 0; i < count; i++)
		pthread_create(&c[i].thread, NULL, run, &c[i]);
	for (unsigned i = 0; i < count; i++)
		pthread_join(c[i].thread, NULL);
	seconds = now() - start;
	all = calloc(n, sizeof(*all));
	if (!all)
		exit(2);
	for (unsigned i = 0; i < count; i++) {
		memcpy(all + (size_t)i * requests, c[i].seconds, requests * sizeof(*all));
		refused += c[i].refused;
	}
	qsort(all, n, sizeof(*all), by_size);
	printf("%zu requests, %u refused, %.0f a second; half within %.1f ms, 99 of 100 within "
	       "%.1f "
	       "ms\n",
	       n, refused, (double)n / seconds, all[n / 2] * 1e3, all[n * 99 / 100] * 1e3);
	free(all);
	return refused;
}

#endif
