/* version.c - orders of versions: the first byte chooses the scheme, lines are versions. Whatever
 * they are, the order is one: a version equals itself, and two compare alike both ways. */
#include <stdlib.h>

#include "base/text.h"
#include "know/version.h"

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static struct span next_line(struct span *rest)
{
	size_t at = span_find(*rest, 0, span_text("\n"));
	struct span line = span_head(*rest, at);

	*rest = at == SIZE_MAX ? (struct span){ 0 } : span_from(*rest, at + 1);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { data, size }, a, b;
	enum scheme scheme;

	if (size < 2)
		return 0;
	scheme = (enum scheme)(data[0] % SCHEMES);
	rest = span_from(rest, 1);
	a = next_line(&rest);
	b = next_line(&rest);
	if (version_compare(scheme, a, a) != 0 ||
	    sign(version_compare(scheme, a, b)) != -sign(version_compare(scheme, b, a)))
		abort();
	version_upstream(scheme, a);
	version_without_update(a);
	return 0;
}
