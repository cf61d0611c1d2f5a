/* guard.c - the journal as tree/ and observe/ see it. A node is named by a hash of its locator,
 * which is the same in the next worker, as that is forked from the same supervisor. */
#include "cli/cli.h"

static bool enter(void *ctx, unsigned worker, const struct node *n, uint64_t key, const char *what)
{
	const struct guarded *g = ctx;

	return journal_enter(g->journal, g->first + worker, key, what, n);
}

static void leave(void *ctx, unsigned worker)
{
	const struct guarded *g = ctx;

	journal_leave(g->journal, g->first + worker);
}

struct guard guard_of(struct guarded *g)
{
	return (struct guard){ g, enter, leave };
}

static size_t put_text(char *to, size_t at, size_t size, const char *from, size_t n)
{
	for (size_t i = 0; i < n && at + 1 < size; i++)
		to[at++] = from[i] >= ' ' && from[i] < 0x7f ? from[i] : '?';
	to[at] = 0;
	return at;
}

static size_t put_hex(char *to, size_t at, size_t size, uint64_t value)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	at = put_text(to, at, size, "@0x", 3);
	return put_text(to, at, size, digits + n, sizeof(digits) - n);
}

/* Runs in a signal handler: no memory is taken, nothing is trusted to be whole. Innermost step
 * only; the key tells nodes apart, this is for the message. */
void guard_describe(const void *node, char *text, size_t size)
{
	const struct node *n = node;
	const char *name = n && n->format ? n->format->name : "";
	size_t at = 0;

	if (!n || size == 0)
		return;
	if (n->container) {
		put_text(text, 0, size, (const char *)n->path.p, n->path.n);
		return;
	}
	at = put_text(text, at, size, name, strlen(name));
	put_hex(text, at, size, n->offset);
}
