/* http_socket.h - where a server listens. */
#ifndef EVENHAND_LOG_HTTP_SOCKET_H
#define EVENHAND_LOG_HTTP_SOCKET_H

#include "log/store.h"

/* "WHERE: WHAT: why". Always false. */
bool http_fail(struct log_error *e, const char *where, const char *what, const char *why);
/* A socket that listens at HOST:PORT; -1 after an error. */
int http_socket(const char *listen, struct log_error *e);
/* Its address as text. */
void http_socket_name(int fd, char *to, size_t size);

#endif
