/* lookup.c - paths that are followed while files are joined, up to a bound. */
#include "observe/lookup.h"

#define MOST_LOOKUPS 20000
#define MOST_STEPS   60000000ull /* of all look-ups: a large directory costs more */

struct lookups lookups_in(const struct tree *t, struct arena *a, const char *what)
{
	uint64_t most = MOST_STEPS / (t->count + 1ull);

	return (struct lookups){ a, what, most < MOST_LOOKUPS ? most : MOST_LOOKUPS };
}

const struct node *follow(struct lookups *l, const struct node *from, struct span path)
{
	if (l->left > 1) {
		l->left--;
		return node_resolve(from, path);
	}
	if (l->left)
		leaf_fault(l->a, (struct node *)(uintptr_t)from,
			   fault_at(FAULT_LIMIT, 0, l->what, 0, 0));
	l->left = 0;
	return NULL;
}
