/* identity.c - what the image calls itself: vendor, product and version from its own release files.
 * All claims are listed, in tree order; none is chosen. */
#include "base/text.h"
#include "observe/observe.h"

#define MOST_CLAIM 128
#define MOST_READ  (64u << 10)

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
	{ "device", CLAIM_PRODUCT },
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
};

/* Files that state it as key=value: ends of paths. */
static const char *const release_files[] = { "/etc/os-release", "/usr/lib/os-release",
					     "/etc/openwrt_release", "/etc/device_info",
					     "/product" };

/* Files whose one line is the claim. */
static const struct {
	const char *path;
	enum claim claim;
} plain_files[] = {
	{ "/etc/version", CLAIM_VERSION },      { "/etc/firmware_version", CLAIM_VERSION },
	{ "/etc/fw_version", CLAIM_VERSION },   { "/firmware_version", CLAIM_VERSION },
	{ "/hardware_version", CLAIM_PRODUCT },
};

static bool is_release_file(const struct node *n)
{
	for (size_t i = 0; i < sizeof(release_files) / sizeof(release_files[0]); i++)
		if (n->kind == KIND_FILE && span_ends(n->path, span_text(release_files[i])))
			return true;
	return false;
}

/* Which of the claims a file's one line makes; CLAIMS: none. */
static enum claim plain_claim(const struct node *n)
{
	for (size_t i = 0; i < sizeof(plain_files) / sizeof(plain_files[0]); i++)
		if (n->kind == KIND_FILE && span_is(n->path, plain_files[i].path))
			return plain_files[i].claim;
	return CLAIMS;
}

/* Netgear's images begin with lines "device:WNR2000v5", "version:V1.0.0.34". */
static bool is_header(const struct node *n, struct span bytes)
{
	return n->kind == KIND_REGION && bytes.n <= 512 &&
	       span_starts(bytes, span_text("device:")) &&
	       span_find(bytes, 0, span_text("\nversion:")) != SIZE_MAX;
}

bool identity_reads(const struct node *n, struct span bytes)
{
	return bytes.n <= MOST_READ &&
	       (is_release_file(n) || plain_claim(n) != CLAIMS || is_header(n, bytes)) &&
	       looks_like_text(bytes);
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

struct extent {
	uint64_t from, to;
};

/* The first value given for each claim, and the bytes that give them. */
static bool read_claims(struct span text, char mark, struct span claims[CLAIMS], struct extent *e)
{
	struct span line;
	size_t at = 0, begin = 0;
	bool any = false;

	for (int i = 0; i < 200 && line_next(text, &at, &line); i++, begin = at) {
		struct span rest = line, key = field_next(&rest, mark);

		for (size_t k = 0; rest.n && k < sizeof(keys) / sizeof(keys[0]); k++) {
			struct span *claim = &claims[keys[k].claim];

			if (!span_is(key, keys[k].key) || claim->n ||
			    span_is(unquoted(rest), "Generic")) /* as OpenWrt is delivered */
				continue;
			*claim = unquoted(rest);
			e->from = any ? e->from : begin;
			e->to = begin + line.n;
			any = true;
		}
	}
	return any;
}

/* The first line, where it is short and the only one. */
static bool read_plain(struct span text, struct span *claim, struct extent *e)
{
	struct span line, more;
	size_t at = 0;

	if (!line_next(text, &at, &line) || line.n == 0 || line.n > MOST_CLAIM)
		return false;
	while (line_next(text, &at, &more))
		if (more.n)
			return false;
	*claim = unquoted(line);
	*e = (struct extent){ 0, line.n };
	return claim->n > 0;
}

static bool read_node(const struct node *n, struct span claims[CLAIMS], struct extent *e)
{
	enum claim plain = plain_claim(n);

	if (plain != CLAIMS)
		return read_plain(n->kept, &claims[plain], e);
	if (n->kind == KIND_REGION)
		return read_claims(n->kept, ':', claims, e);
	return read_claims(n->kept, '=', claims, e);
}

void relate_identity(struct observation *o, struct tree *t, struct arena *a)
{
	(void)o;
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];
		struct span claims[CLAIMS] = { 0 };
		struct extent e = { 0 };
		struct identity_fact *f;

		if (n->kept.n == 0 || !identity_reads(n, n->kept) || !read_node(n, claims, &e))
			continue;
		f = fact_new(a, n, FACT_IDENTITY, e.from, e.to - e.from);
		if (!f)
			return;
		f->vendor = arena_copy(a, claims[CLAIM_VENDOR]);
		f->product = arena_copy(a, claims[CLAIM_PRODUCT]);
		f->version = arena_copy(a, claims[CLAIM_VERSION]);
	}
}
