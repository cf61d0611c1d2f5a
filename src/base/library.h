/* library.h - a shared library that is loaded when it is first needed. libcurl and libmicrohttpd
 * bring some thirty more libraries into a process; only the commands that use the network pay for
 * that, and an image is never opened in a process that holds them. capstone has as many relocations
 * as all else together; only `compare` pays for those. */
#ifndef EVENHAND_BASE_LIBRARY_H
#define EVENHAND_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A function of it, and where in the caller's table its address goes. */
struct library_call {
	const char *name;
	size_t at;
};

/* Fills the table. False: the library is not installed, or has not all of these. From one thread.
 */
bool library_load(const char *file, const struct library_call *calls, size_t count, void *table);

#endif
