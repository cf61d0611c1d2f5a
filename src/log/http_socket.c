/* http_socket.c - see http_socket.h. */
#include "log/http_socket.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

bool http_fail(struct log_error *e, const char *where, const char *what, const char *why)
{
	snprintf(e->where, sizeof(e->where), "%s", where);
	snprintf(e->what, sizeof(e->what), "%s%s%s", what, why ? ": " : "", why ? why : "");
	e->advice = NULL;
	return false;
}

/* HOST:PORT, the host in brackets where it has colons. */
static bool split_address(const char *listen, char host[64], char port[8])
{
	const char *colon = strrchr(listen, ':');
	size_t n = colon ? (size_t)(colon - listen) : 0;

	if (n > 2 && listen[0] == '[' && listen[n - 1] == ']') {
		listen++;
		n -= 2;
	}
	if (n == 0 || n >= 64 || strlen(colon + 1) == 0 || strlen(colon + 1) >= 8 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strtoul(colon + 1, NULL, 10) > 65535) /* getaddrinfo takes what is left of it */
		return false;
	snprintf(host, 64, "%.*s", (int)n, listen);
	if (strpbrk(host, "[]"))
		return false;
	snprintf(port, 8, "%s", colon + 1);
	return true;
}

static int listen_at(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, why;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

int http_socket(const char *listen, struct log_error *e)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM },
			*found = NULL;
	char host[64], port[8];
	int fd = -1, wrong;

	if (!split_address(listen, host, port)) {
		http_fail(e, "--listen", "it is no address of a host and a port", NULL);
		e->advice = "127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 for everybody.";
		return -1;
	}
	wrong = getaddrinfo(host, port, &hints, &found);
	if (wrong)
		http_fail(e, listen, "nobody knows that host", gai_strerror(wrong));
	else if ((fd = listen_at(found)) < 0) {
		http_fail(e, listen, "nothing can listen there", strerror(errno));
		e->advice = "Another port may be free; port 0 is any that is.";
	}
	if (found)
		freeaddrinfo(found);
	return fd;
}

void http_socket_name(int fd, char *to, size_t size)
{
	struct sockaddr_storage at;
	socklen_t n = sizeof(at);
	char host[64] = "?", port[8] = "?";

	if (getsockname(fd, (struct sockaddr *)&at, &n) == 0)
		getnameinfo((struct sockaddr *)&at, n, host, sizeof(host), port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(to, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}
