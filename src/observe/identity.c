/* identity.c - what the image calls itself: vendor, product and version from its own release files.
 * All claims are listed, in tree order; none is chosen. */
#include "base/text.h"
#include "observe/observe.h"

#define MOST_CLAIM 128

enum claim { CLAIM_VENDOR, CLAIM_PRODUCT, CLAIM_VERSION, CLAIMS };

static const struct {
	const char *key;
	enum claim claim;
} keys[] = {
	{ "vendor", CLAIM_VENDOR },
	{ "manufacturer", CLAIM_VENDOR },
	{ "DEVICE_MANUFACTURER", CLAIM_VENDOR },
	{ "OPENWRT_DEVICE_MANUFACTURER", CLAIM_VENDOR },
	{ "product", CLAIM_PRODUCT },
	{ "model", CLAIM_PRODUCT },
	{ "name", CLAIM_PRODUCT },
	{ "NAME", CLAIM_PRODUCT },
	{ "DISTRIB_ID", CLAIM_PRODUCT },
	{ "DEVICE_PRODUCT", CLAIM_PRODUCT },
	{ "version", CLAIM_VERSION },
	{ "firmware", CLAIM_VERSION },
	{ "VERSION", CLAIM_VERSION },
	{ "VERSION_ID", CLAIM_VERSION },
	{ "DISTRIB_RELEASE", CLAIM_VERSION },
	{ "DEVICE_REVISION", CLAIM_VERSION },
};

/* Files that state it as key=value. */
static bool is_release_file(const struct node *n)
{
	static const char *const ends[] = { "/etc/os-release", "/usr/lib/os-release",
					    "/etc/openwrt_release", "/etc/device_info",
					    "/product" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_ends(n->path, span_text(ends[i])))
			return n->kept.n > 0 && n->kept.n <= (64u << 10) &&
			       looks_like_text(n->kept);
	return false;
}

static struct span unquoted(struct span s)
{
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		s = span_sub(s, 1, s.n - 2);
	return span_head(s, MOST_CLAIM);
}

/* The first value given for each claim, and the bytes that give them. */
static bool read_claims(struct span text, struct span claims[CLAIMS], uint64_t *from, uint64_t *to)
{
	struct span line;
	size_t at = 0, begin = 0;
	bool any = false;

	for (int i = 0; i < 200 && line_next(text, &at, &line); i++, begin = at) {
		struct span rest = line, key = field_next(&rest, '=');

		for (size_t k = 0; rest.n && k < sizeof(keys) / sizeof(keys[0]); k++) {
			struct span *claim = &claims[keys[k].claim];

			if (!span_is(key, keys[k].key) || claim->n)
				continue;
			*claim = unquoted(rest);
			*from = any ? *from : begin;
			*to = begin + line.n;
			any = true;
		}
	}
	return any;
}

void relate_identity(struct observation *o, struct tree *t, struct arena *a)
{
	(void)o;
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];
		struct span claims[CLAIMS] = { 0 };
		uint64_t from = 0, to = 0;
		struct identity_fact *f;

		if (!is_release_file(n) || !read_claims(n->kept, claims, &from, &to))
			continue;
		f = fact_new(a, n, FACT_IDENTITY, from, to - from);
		if (!f)
			return;
		f->vendor = arena_copy(a, claims[CLAIM_VENDOR]);
		f->product = arena_copy(a, claims[CLAIM_PRODUCT]);
		f->version = arena_copy(a, claims[CLAIM_VERSION]);
	}
}
