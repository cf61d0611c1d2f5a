/* purl.c - see purl.h. */
#include "know/purl.h"

/* What stands before the last mark; *rest is what stands behind it, all where there is none. */
static struct span before_last(struct span s, uint8_t mark, struct span *rest)
{
	size_t n = s.n;

	while (n && s.p[n - 1] != mark)
		n--;
	*rest = span_from(s, n);
	return span_head(s, n ? n - 1 : 0);
}

bool purl_split(struct span purl, struct purl *p)
{
	struct span body = span_head(purl, span_find(purl, 0, span_text("#"))), name, version;
	size_t question = span_find(body, 0, span_text("?")), slash;

	*p = (struct purl){ .qualifiers = question == SIZE_MAX ? (struct span){ 0 }
							       : span_from(body, question + 1) };
	body = span_head(body, question);
	if (!span_starts(body, span_text("pkg:")))
		return false;
	body = span_from(body, 4);
	slash = span_find(body, 0, span_text("/"));
	if (slash == SIZE_MAX)
		return false;
	p->type = span_head(body, slash);
	p->space = before_last(span_from(body, slash + 1), '/', &p->name);
	name = before_last(p->name, '@', &version);
	if (name.n) {
		p->name = name;
		p->version = version;
	}
	return p->name.n > 0;
}

void purl_key(struct text *t, const struct purl *p, struct span name)
{
	text_puts(t, "purl:");
	text_put(t, p->type);
	text_char(t, '/');
	if (p->space.n) {
		text_unpercent(t, p->space);
		text_char(t, '/');
	}
	text_unpercent(t, name);
}
