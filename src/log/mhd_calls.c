/* mhd_calls.c - see mhd_calls.h. */
#include "log/mhd_calls.h"

struct mhd_calls mhd_calls;

#define CALL(name) { "MHD_" #name, offsetof(struct mhd_calls, name) },

bool mhd_load(void)
{
	static const struct library_call calls[] = { MHD_CALLS(CALL) };
	static bool is_loaded;

	if (!is_loaded)
		is_loaded = library_load("libmicrohttpd.so.12", calls,
					 sizeof(calls) / sizeof(*calls), &mhd_calls);
	return is_loaded;
}
