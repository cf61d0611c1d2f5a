/* fit_signature.c - signatures in a flattened image tree (u-boot/u-boot
 * doc/usage/fit/signature.rst). That of an image covers its data. That of a configuration covers
 * the nodes which its "hashed-nodes" names, with all properties but the data, and the beginning of
 * the strings block (boot/fdt_region.c): data are bound through the digests in hashed nodes. */
#include <stdlib.h>

#include "format/fit.h"
#include "format/marks.h"

#define LONGEST_PATH 1024
#define MOST_HASHED  128        /* nodes that one signature names */
#define MOST_WALKED  (4u << 20) /* steps through the tree, over all its signatures */

struct signature_node {
	struct span image; /* the node it stands in, below /images; empty: in a configuration */
	struct span value, algorithm, key, padding, nodes, strings;
	uint64_t offset; /* of the value */
};

/* The property's place in the struct above, by name. */
static void take_property(struct signature_node *n, const struct fdt_step *s)
{
	const struct {
		const char *name;
		struct span *to;
	} known[] = {
		{ "value", &n->value },        { "algo", &n->algorithm },
		{ "key-name-hint", &n->key },  { "padding", &n->padding },
		{ "hashed-nodes", &n->nodes }, { "hashed-strings", &n->strings },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_is(s->name, known[i].name))
			*known[i].to = s->value;
	if (span_is(s->name, "value"))
		n->offset = s->offset;
}

/* "sha256,rsa2048", "sha384,ecdsa384", "sha512,secp521r1"; the padding of RSA stands beside. */
static bool read_algorithm(const struct signature_node *n, struct signature *s)
{
	static const char *const digests[] = { "sha1", "sha256", "sha384", "sha512" };
	static const struct {
		const char *name;
		enum signing by;
		uint32_t bits;
	} keys[] = {
		{ "rsa1024", SIGNING_RSA, 1024 },    { "rsa2048", SIGNING_RSA, 2048 },
		{ "rsa3072", SIGNING_RSA, 3072 },    { "rsa4096", SIGNING_RSA, 4096 },
		{ "ecdsa256", SIGNING_ECDSA, 256 },  { "ecdsa384", SIGNING_ECDSA, 384 },
		{ "secp521r1", SIGNING_ECDSA, 521 },
	};
	struct span text = fdt_text(n->algorithm);
	size_t comma = span_find(text, 0, span_text(","));

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (span_is(span_head(text, comma), digests[i]))
			s->digest = digests[i];
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_is(span_from(text, (uint64_t)comma + 1), keys[i].name)) {
			s->by = keys[i].by;
			s->bits = keys[i].bits;
		}
	if (s->by == SIGNING_RSA && span_is(fdt_text(n->padding), "pss"))
		s->by = SIGNING_RSA_PSS;
	return comma < text.n && s->digest && s->bits;
}

/* The tree's bytes that a configuration's signature covers. */
struct cover {
	struct byte_range list[MOST_COVERS];
	uint32_t count;
	bool full;
};

static void cover_add(struct cover *c, uint64_t from, uint64_t to)
{
	struct byte_range *last = c->count ? &c->list[c->count - 1] : NULL;

	if (from == to)
		return;
	if (last && last->offset + last->length == from)
		last->length += to - from;
	else if (c->count == MOST_COVERS)
		c->full = true;
	else
		c->list[c->count++] = (struct byte_range){ from, to - from };
}

/* The end of a node that is not covered, right behind one that is, is. */
static bool cover_reaches(const struct cover *c, uint64_t at)
{
	const struct byte_range *last = c->count ? &c->list[c->count - 1] : NULL;

	return last && last->offset + last->length == at;
}

/* Paths that a signature names: text after text, each ended by NUL. */
struct hashed {
	struct span path[MOST_HASHED];
	size_t count;
};

static int by_text(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* False when there are more than anyone names. */
static bool read_hashed(struct span nodes, struct hashed *h)
{
	h->count = 0;
	while (nodes.n) {
		struct span one = fdt_text(nodes);

		if (one.n && h->count == MOST_HASHED)
			return false;
		if (one.n)
			h->path[h->count++] = one;
		nodes = span_from(nodes, (uint64_t)one.n + 1);
	}
	qsort(h->path, h->count, sizeof(h->path[0]), by_text);
	return true;
}

static bool is_hashed(const struct hashed *h, const char *path, size_t n)
{
	struct span wanted = { (const uint8_t *)path, n };

	return bsearch(&wanted, h->path, h->count, sizeof(h->path[0]), by_text) != NULL;
}

/* How much of a node is covered: nothing, its name only, or its properties and its children's
 * names too. */
enum want { WANT_NOTHING, WANT_NAME, WANT_ALL };

struct region_walk {
	char path[LONGEST_PATH];
	size_t length[FDT_DEEPEST + 1]; /* of the path down to that depth */
	enum want outer[FDT_DEEPEST + 1];
	enum want want;
};

static bool enter_node(struct region_walk *r, const struct fdt_step *s, const struct hashed *h)
{
	size_t at = r->length[s->depth - 1];

	if (s->name.n + 2 > sizeof(r->path) - at)
		return false;
	if (at != 1)
		r->path[at++] = '/';
	if (s->name.n)
		memcpy(r->path + at, s->name.p, s->name.n);
	at += s->name.n;
	r->length[s->depth] = at;
	r->outer[s->depth] = r->want;
	if (is_hashed(h, r->path, at))
		r->want = WANT_ALL;
	else if (r->want)
		r->want--;
	return true;
}

static bool is_data(struct span name)
{
	return span_is(name, "data") || span_is(name, "data-size") ||
	       span_is(name, "data-position") || span_is(name, "data-offset");
}

/* What all signatures of a tree are read with. */
struct signing_tree {
	struct listing *l;
	const struct fdt *t;
	const struct fit_image *images;
	size_t count;
	uint64_t steps; /* that may still be walked */
	struct hashed hashed;
	struct cover covers, bound;
};

static bool covered_nodes(struct signing_tree *f)
{
	struct region_walk r = { 0 };
	struct cover *c = &f->covers;
	struct fdt_walk w;

	c->count = 0;
	c->full = false;
	fdt_begin(f->t, &w);
	while (budget_take(&f->steps, 1)) {
		struct fdt_step s = fdt_next(&w);
		bool wanted = true;

		if (s.event == FDT_BROKEN ||
		    (s.event == FDT_BEGIN && !enter_node(&r, &s, &f->hashed)))
			return false;
		if (s.event == FDT_PROPERTY && r.want == WANT_ALL)
			cover_add(c, s.from - s.nops, s.from);
		if (s.event == FDT_PROPERTY)
			wanted = r.want == WANT_ALL && !is_data(s.name);
		else if (s.event != FDT_DONE)
			wanted = r.want != WANT_NOTHING;
		if (wanted || (s.event == FDT_END && cover_reaches(c, s.from)))
			cover_add(c, s.from, s.to);
		if (s.event == FDT_END)
			r.want = r.outer[s.depth];
		if (s.event == FDT_DONE)
			return !c->full;
	}
	return false;
}

/* Whether a digest of the image stands in a node that is covered: "/images/NAME/hash-1". */
static bool digest_is_hashed(const struct hashed *h, const struct fit_image *image)
{
	struct span folder = span_text("/images/");

	for (size_t i = 0; i < h->count; i++) {
		struct span rest = span_from(h->path[i], folder.n);

		if (span_starts(h->path[i], folder) && span_starts(rest, image->name) &&
		    span_starts(span_from(rest, image->name.n), span_text("/hash")))
			return true;
	}
	return false;
}

/* Data of images whose digest is signed, and holds. */
static void bind_images(struct signing_tree *f)
{
	f->bound.count = 0;
	for (size_t i = 0; i < f->count; i++) {
		const struct fit_image *image = &f->images[i];

		if (image->has_data && image->digest_holds && digest_is_hashed(&f->hashed, image))
			cover_add(&f->bound, image->from, image->from + image->length);
	}
}

static void add_configuration(struct signing_tree *f, const struct signature_node *n,
			      struct signature *s)
{
	uint32_t strings = span_u32(n->strings, 4, true);

	if (!read_hashed(n->nodes, &f->hashed) || !covered_nodes(f)) {
		listing_fault(f->l, fault_at(FAULT_LIMIT, n->offset, "signed nodes",
					     f->hashed.count, MOST_HASHED));
		return;
	}
	if (strings > f->t->strings.n) {
		listing_fault(f->l, fault_at(FAULT_BROKEN, n->offset, "signed strings", strings,
					     f->t->strings.n));
		return;
	}
	if (n->strings.n == 8) {
		uint64_t at = span_place(f->t->in, f->t->strings);

		cover_add(&f->covers, at, at + strings);
	}
	bind_images(f);
	s->covers = f->covers.list;
	s->cover_count = f->covers.count;
	s->bound = f->bound.list;
	s->bound_count = f->bound.count;
	listing_signature(f->l, s);
}

static void add_image(struct signing_tree *f, const struct signature_node *n, struct signature *s)
{
	for (size_t i = 0; i < f->count; i++) {
		struct byte_range data = { f->images[i].from, f->images[i].length };

		if (!f->images[i].has_data || !span_equal(f->images[i].name, n->image))
			continue;
		s->covers = &data;
		s->cover_count = 1;
		listing_signature(f->l, s);
		return;
	}
}

static void add_signature(struct signing_tree *f, const struct signature_node *n)
{
	struct signature s = { .value = n->value,
			       .offset = n->offset,
			       .length = n->value.n,
			       .key = fdt_text(n->key) };

	if (!n->value.n)
		return; /* prepared by the build, not signed yet */
	if (!read_algorithm(n, &s))
		listing_fault(f->l,
			      fault_at(FAULT_UNKNOWN, n->offset, "signature algorithm", 0, 0));
	else if (n->image.p)
		add_image(f, n, &s);
	else
		add_configuration(f, n, &s);
}

/* Depth 2 is /images or /configurations, 3 one of them, 4 its signature. */
static void read_signatures(struct signing_tree *f)
{
	struct signature_node n = { 0 };
	struct span image = { 0 };
	bool in_images = false, inside = false;
	struct fdt_walk w;

	fdt_begin(f->t, &w);
	for (;;) {
		struct fdt_step s = fdt_next(&w);

		if (s.event == FDT_DONE || s.event == FDT_BROKEN)
			return;
		if (s.event == FDT_BEGIN && s.depth == 2)
			in_images = span_is(s.name, "images");
		if (s.event == FDT_BEGIN && s.depth == 3)
			image = in_images ? s.name : (struct span){ 0 };
		if (s.event == FDT_BEGIN && s.depth == 4) {
			inside = span_starts(s.name, span_text("signature"));
			n = (struct signature_node){ .image = image };
		}
		if (s.event == FDT_PROPERTY && s.depth == 4 && inside)
			take_property(&n, &s);
		if (s.event == FDT_END && s.depth == 4 && inside) {
			add_signature(f, &n);
			inside = false;
		}
	}
}

void fit_signatures(struct listing *l, const struct fdt *t, const struct fit_image *images,
		    size_t count)
{
	struct signing_tree *f = arena_take(l->arena, 1, sizeof(*f));

	if (!f) {
		listing_fault(l, fault_at(FAULT_MEMORY, 0, "signatures", 0, 0));
		return;
	}
	f->l = l;
	f->t = t;
	f->images = images;
	f->count = count;
	f->steps = MOST_WALKED;
	read_signatures(f);
}
