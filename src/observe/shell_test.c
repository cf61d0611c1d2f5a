/* shell_test.c - test and [ of a script: whether it holds, where that is known
 * (POSIX.1-2017 XCU, test). */
#include "base/text.h"
#include "observe/shell.h"

static enum tri not_of(enum tri t)
{
	return t == TRI_NULL ? TRI_NULL : t == TRI_YES ? TRI_NO : TRI_YES;
}

static enum tri says(bool b)
{
	return b ? TRI_YES : TRI_NO;
}

/* A file of the image is there; one that is not may be made on the device. */
static enum tri test_one(struct shell *sh, struct span op, const struct shell_word *w)
{
	int c = op.n == 2 && op.p[0] == '-' ? op.p[1] : -1;

	if ((c == 'z' || c == 'n') && !w->known)
		return TRI_NULL;
	if (c == 'z' || c == 'n')
		return says((c == 'z') == (w->text.n == 0));
	if (c > 0 && strchr("efxsdrLh", c) && w->known && span_byte(w->text, 0) == '/' &&
	    sh->world->hooks->exists(sh->world->ctx, w->text, c))
		return TRI_YES;
	return TRI_NULL;
}

static enum tri compare(struct span op, struct span a, struct span b)
{
	static const struct {
		const char *op;
		int low, high; /* of the order that it accepts */
	} orders[] = { { "-eq", 0, 0 },
		       { "-gt", 1, 1 },
		       { "-lt", -1, -1 },
		       { "-ge", 0, 1 },
		       { "-le", -1, 0 } };
	uint64_t x, y;
	size_t used;

	if (span_is(op, "=") || span_is(op, "=="))
		return says(span_equal(a, b));
	if (span_is(op, "!="))
		return says(!span_equal(a, b));
	if (!span_number(a, 10, &x, &used) || used != a.n || !span_number(b, 10, &y, &used) ||
	    used != b.n)
		return TRI_NULL;
	if (span_is(op, "-ne"))
		return says(x != y);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		int order = (x > y) - (x < y);

		if (span_is(op, orders[i].op))
			return says(order >= orders[i].low && order <= orders[i].high);
	}
	return TRI_NULL;
}

static enum tri test_simple(struct shell *sh, const struct shell_word *w, uint32_t n)
{
	if (n > 1 && span_is(w[0].text, "!"))
		return not_of(test_simple(sh, w + 1, n - 1));
	if (n == 1)
		return w[0].known ? says(w[0].text.n > 0) : TRI_NULL;
	if (n == 2)
		return test_one(sh, w[0].text, &w[1]);
	if (n == 3 && w[0].known && w[2].known)
		return compare(w[1].text, w[0].text, w[2].text);
	return TRI_NULL;
}

static enum tri both(enum tri a, enum tri b)
{
	if (a == TRI_NO || b == TRI_NO)
		return TRI_NO;
	return a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_NULL;
}

/* Left to right, -a and -o alike: scripts hardly ever mix them. */
enum tri shell_test(struct shell *sh, const struct shell_word *words, uint32_t count)
{
	enum tri so_far = TRI_NULL;
	uint32_t from = 0;
	char join = 0;

	if (count > 16) /* "!" goes as deep as it stands in a row */
		return TRI_NULL;
	for (uint32_t i = 0; i <= count; i++) {
		bool is_and = i < count && span_is(words[i].text, "-a");
		bool is_or = i < count && span_is(words[i].text, "-o");
		enum tri one;

		if (i < count && !is_and && !is_or)
			continue;
		one = i > from ? test_simple(sh, words + from, i - from) : TRI_NO;
		so_far = join == 0     ? one
			 : join == 'a' ? both(so_far, one)
				       : not_of(both(not_of(so_far), not_of(one)));
		join = is_and ? 'a' : 'o';
		from = i + 1;
	}
	return so_far;
}
