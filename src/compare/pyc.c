/* pyc.c - compiled Python: a header with the time and size of its source, then code. PEP 3147 names
 * the files, PEP 552 the flags; Lib/importlib/_bootstrap_external.py lists the magic numbers. */
#include "base/cursor.h"
#include "compare/explain.h"
#include "compare/form.h"

struct header {
	size_t time_at, end;
};

/* False where it is none, or holds a hash of the source in the place of the time. */
static bool read_header(struct span in, struct header *h)
{
	uint16_t magic = span_u16(in, 0, false);

	if (in.n < 17 || span_byte(in, 2) != '\r' || span_byte(in, 3) != '\n')
		return false;
	if (magic >= 3390 && magic < 4000) { /* 3.7 and later */
		*h = (struct header){ 8, 16 };
		return span_u32(in, 4, false) == 0;
	}
	if (magic >= 3190 && magic < 3390) { /* 3.3 to 3.6 */
		*h = (struct header){ 4, 12 };
		return true;
	}
	*h = (struct header){ 4, 8 };
	return (magic >= 3000 && magic < 3190) || (magic >= 62000 && magic < 62300);
}

static bool is_believed(uint32_t seconds)
{
	return seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
}

bool explain_pyc(struct explaining *x, struct span left, struct span right)
{
	struct header l, r;
	struct byte_range place;
	struct difference *d;
	uint32_t a, b;

	if (!read_header(left, &l) || !read_header(right, &r) || l.time_at != r.time_at ||
	    l.end != r.end || !span_equal(span_head(left, l.time_at), span_head(right, l.time_at)))
		return false;
	a = span_u32(left, l.time_at, false);
	b = span_u32(right, l.time_at, false);
	if (a == b || !span_equal(span_from(left, l.time_at + 4), span_from(right, l.time_at + 4)))
		return false;
	place = (struct byte_range){ l.time_at, 4 };
	d = differ(x, CAUSE_TIMESTAMP, place, place, "time of the source", NULL);
	if (!is_believed(a) || !is_believed(b))
		refuse_form(d);
	return true;
}
