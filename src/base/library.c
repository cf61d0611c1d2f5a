/* library.c - see library.h. */
#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_load(const char *file, const struct library_call *calls, size_t count, void *table)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < count; i++) {
		void *address = dlsym(library, calls[i].name);

		if (!address)
			return false;
		memcpy((char *)table + calls[i].at, &address, sizeof(address));
	}
	return library != NULL;
}
