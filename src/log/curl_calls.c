/* curl_calls.c - see curl_calls.h. */
#include "log/curl_calls.h"

struct curl_calls curl_calls;

#define CALL(name) { "curl_" #name, offsetof(struct curl_calls, name) },

bool curl_load(void)
{
	static const struct library_call calls[] = { CURL_CALLS(CALL) };
	static bool is_loaded;

	if (!is_loaded)
		is_loaded = library_load("libcurl.so.4", calls, sizeof(calls) / sizeof(*calls),
					 &curl_calls);
	return is_loaded;
}
