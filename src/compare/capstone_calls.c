/* capstone_calls.c - see capstone_calls.h. */
#include "compare/capstone_calls.h"

#include "compare/disassemble.h"

struct capstone_calls capstone_calls;

#define QUOTED(x)  #x
#define TEXT(x)    QUOTED(x)
#define CALL(name) { "cs_" #name, offsetof(struct capstone_calls, name) },

bool disassembler_load(void)
{
	static const struct library_call calls[] = { CAPSTONE_CALLS(CALL) };
	static bool is_loaded;

	/* the soname of capstone 4 and 5 is their major version */
	if (!is_loaded)
		is_loaded = library_load("libcapstone.so." TEXT(CS_API_MAJOR), calls,
					 sizeof(calls) / sizeof(*calls), &capstone_calls);
	return is_loaded;
}
