/* fault.c - words for faults. */
#include "base/fault.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

const char *fault_kind_name(enum fault_kind kind)
{
	static const char *const names[] = { "none",      "short", "broken",      "unknown",
					     "encrypted", "limit", "quarantined", "memory" };

	return names[kind];
}

/* A fault whose numbers say nothing (both zero) is its rule alone. */
size_t fault_describe(struct fault f, char *line, size_t size)
{
	const char *what = f.what ? f.what : fault_kind_name(f.kind);
	int n;

	if (f.got == 0 && f.limit == 0)
		n = snprintf(line, size, "%s", what);
	else if (f.kind == FAULT_SHORT)
		n = snprintf(line, size, "%s: 0x%" PRIx64 " there, 0x%" PRIx64 " promised", what,
			     f.got, f.limit);
	else
		n = snprintf(line, size, "%s: found 0x%" PRIx64 ", allowed 0x%" PRIx64, what, f.got,
			     f.limit);
	if (n < 0)
		return 0;
	return (size_t)n < size ? (size_t)n : size - 1;
}

static atomic_bool out;

void machine_ran_out(void)
{
	atomic_store(&out, true);
}

bool machine_is_out(void)
{
	return atomic_load(&out);
}
