/* fit.c - flattened image trees: a device tree whose /images nodes hold or point to data, with
 * digests over the data as stored. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "format/fit.h"
#include "format/own.h"

#define MOST_IMAGES 256
#define MOST_HASHED 8 /* times the whole: each image has a few digests */

struct images {
	struct fit_image list[MOST_IMAGES];
	size_t count;
	bool found;      /* there is a node /images */
	bool is_signed;  /* a signature node, of an image or of a configuration */
	uint64_t end;    /* behind everything, external data included */
	uint64_t hashed; /* bytes, over all digests */
	bool is_equal;   /* the last one held */
	struct fault fault;
};

static uint64_t number(struct span value)
{
	return value.n == 8 ? span_u64(value, 0, true) : span_u32(value, 0, true);
}

static void image_property(struct fit_image *i, const struct fdt_step *s)
{
	if (span_is(s->name, "data")) {
		i->has_data = true;
		i->from = s->offset;
		i->length = s->value.n;
	} else if (span_is(s->name, "data-offset")) {
		i->has_offset = true;
		i->offset = number(s->value);
	} else if (span_is(s->name, "data-position")) {
		i->has_position = true;
		i->position = number(s->value);
	} else if (span_is(s->name, "data-size")) {
		i->size = number(s->value);
	}
}

/* Where data outside the tree stand: behind it, at a multiple of four, or at a position given. */
static void settle_place(struct fit_image *i, const struct fdt *t)
{
	if (i->has_data)
		return;
	i->length = i->size;
	if (i->has_position)
		i->from = i->position;
	else if (i->has_offset && i->offset < UINT64_MAX / 2)
		i->from = ((uint64_t)t->total + 3) / 4 * 4 + i->offset;
	i->has_data = (i->has_position || i->has_offset) && i->length > 0 &&
		      i->from <= UINT64_MAX - i->length;
}

static void check_hash(struct images *all, struct fit_image *i, struct span in, struct span value)
{
	struct span data = span_sub(in, i->from, i->length);
	uint8_t digest[64];
	size_t n = 0;

	if (!i->has_data || data.n == 0)
		return;
	all->hashed += data.n;
	if (all->hashed / MOST_HASHED > in.n) {
		if (all->fault.kind == FAULT_NONE)
			all->fault = fault_at(FAULT_LIMIT, i->from, "bytes under digests",
					      all->hashed, (uint64_t)in.n * MOST_HASHED);
		return;
	}
	if (span_is(i->algorithm, "crc32")) {
		uint32_t crc = crc32_of(data);

		for (int k = 0; k < 4; k++)
			digest[k] = (uint8_t)(crc >> (24 - 8 * k));
		n = 4;
	} else if (span_is(i->algorithm, "sha256")) {
		sha256_of(data, digest);
		n = 32;
	} else if (span_is(i->algorithm, "sha1")) {
		sha1_of(data, digest);
		n = 20;
	} else if (span_is(i->algorithm, "md5")) {
		md5_of(data, digest);
		n = 16;
	} else if (span_is(i->algorithm, "sha512")) {
		sha512_of(data, digest);
		n = 64;
	}
	if (!n)
		return;
	all->is_equal = span_equal(value, (struct span){ digest, n });
	i->digest_holds |= n > 4 && span_equal(value, (struct span){ digest, n });
	if (all->fault.kind == FAULT_NONE && !span_equal(value, (struct span){ digest, n }))
		all->fault = fault_at(FAULT_BROKEN, i->from, "digest of an image", 0, 0);
}

/* Depth 2 is /images, 3 an image, 4 its hash and signature nodes, whose "algo" stands before
 * "value" or behind it. */
static void on_property(struct images *all, const struct fdt_step *s, struct span *value)
{
	struct fit_image *i = all->count ? &all->list[all->count - 1] : NULL;

	if (i && s->depth == 3)
		image_property(i, s);
	else if (i && s->depth == 4 && span_is(s->name, "algo"))
		i->algorithm = fdt_text(s->value);
	else if (i && s->depth == 4 && span_is(s->name, "value"))
		*value = s->value;
}

static bool read_images(const struct fdt *t, struct span in, struct images *all, bool hashes)
{
	struct fdt_walk w;
	struct span value = { 0 };
	bool inside = false;

	fdt_begin(t, &w);
	for (;;) {
		struct fdt_step s = fdt_next(&w);
		struct fit_image *i = all->count ? &all->list[all->count - 1] : NULL;

		if (s.event == FDT_DONE || s.event == FDT_BROKEN)
			return all->found;
		if (s.event == FDT_BEGIN && s.depth == 2)
			all->found |= inside = span_is(s.name, "images");
		if (s.event == FDT_BEGIN && s.depth == 4)
			all->is_signed |= span_starts(s.name, span_text("signature"));
		if (!inside)
			continue;
		if (s.event == FDT_BEGIN && s.depth == 3 && all->count < MOST_IMAGES)
			all->list[all->count++] = (struct fit_image){ .name = s.name };
		else if (s.event == FDT_PROPERTY)
			on_property(all, &s, &value);
		else if (s.event == FDT_END && s.depth == 4 && i && value.n) {
			settle_place(i, t);
			if (hashes)
				check_hash(all, i, in, value);
			i->algorithm = value = (struct span){ 0 };
		} else if (s.event == FDT_END && s.depth == 3 && i) {
			settle_place(i, t);
			if (i->has_data && i->from + i->length > all->end)
				all->end = i->from + i->length;
		}
	}
}

static struct fault open_tree(struct span in, struct fdt *t, struct images *all, bool hashes)
{
	struct fault bad = fdt_open(in, t);

	if (bad.kind)
		return bad;
	all->count = 0;
	all->found = all->is_signed = false;
	all->end = t->total;
	all->hashed = 0;
	all->fault = fine;
	if (!read_images(t, in, all, hashes) || all->count == 0)
		return fault_at(FAULT_UNKNOWN, 8, "node /images", 0, 1);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	static _Thread_local struct images all;
	struct fdt t;
	struct fault bad = open_tree(in, &t, &all, false);

	if (bad.kind)
		return bad;
	f->len = all.end < in.n ? all.end : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%zu image%s%s", all.count, all.count == 1 ? "" : "s",
		 all.is_signed ? ", signed" : "");
	return fine;
}

static int by_start(const void *a, const void *b)
{
	const struct fit_image *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Between embedded images stands the tree itself; before the first one it is the header. */
static void list_tree(struct listing *l, uint64_t from, uint64_t to)
{
	if (from > 0 && from < to)
		listing_owned(l, from, to - from, (struct span){ 0 });
}

static struct fault list(struct listing *l)
{
	struct images *all = arena_take(l->arena, 1, sizeof(*all));
	struct fdt t;
	struct fault bad =
		all ? open_tree(l->in, &t, all, true) : fault_at(FAULT_MEMORY, 0, "images", 0, 0);
	uint64_t pos = 0;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	listing_fault(l, all->fault);
	if (all->is_signed)
		fit_signatures(l, &t, all->list, all->count);
	qsort(all->list, all->count, sizeof(all->list[0]), by_start);
	for (size_t i = 0; i < all->count; i++) {
		const struct fit_image *image = &all->list[i];

		if (!image->has_data || image->length == 0)
			continue;
		if (image->from > l->in.n || image->length > l->in.n - image->from) {
			listing_fault(l, fault_at(FAULT_SHORT, image->from, "image data", l->in.n,
						  image->from + image->length));
			continue;
		}
		list_tree(l, pos, image->from < t.total ? image->from : t.total);
		listing_region(l, image->from, image->length, image->name);
		pos = image->from + image->length;
	}
	list_tree(l, pos, t.total < l->in.n ? t.total : l->in.n);
	if (t.total > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "tree", l->in.n, t.total));
	return fine;
}

/* -- what its own bytes are -- */

struct tree {
	struct own_list *out;
	struct span in;
	const struct fdt *t;
	struct images all;
	struct span value; /* of the hash node that is being read */
	uint64_t value_at;
	bool inside, in_signature;
};

static bool is_plain_word(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!(text.p[i] >= '0' && text.p[i] <= '9') &&
		    !((text.p[i] | 0x20) >= 'a' && (text.p[i] | 0x20) <= 'z') &&
		    !strchr("-_.+", text.p[i]))
			return false;
	return text.n > 0 && text.n <= 64;
}

/* Names of a key and of the signer are words; a value is as long as that of its kind. */
static enum own signature_property(const struct fdt_step *s)
{
	static const char *const words[] = { "key-name-hint", "signer-name", "signer-version" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(s->name, words[i]))
			return own_if(is_plain_word(fdt_text(s->value)) &&
					      fdt_text(s->value).n + 1 == s->value.n,
				      OWN_SIGNATURE);
	if (!span_is(s->name, "value"))
		return OWN_DATA;
	return own_if(s->value.n >= 64 && s->value.n <= 1024 && s->value.n % 4 == 0, OWN_SIGNATURE);
}

static void own_value(struct tree *w, const struct fdt_step *s)
{
	bool is_hash = w->inside && s->depth == 4 && !w->in_signature;

	if (s->value.n == 0)
		return;
	if (span_is(s->name, "timestamp") && s->value.n == 4 && (s->depth == 1 || w->in_signature))
		own_time(w->out, s->offset, 4, "timestamp", span_u32(s->value, 0, true));
	else if (w->in_signature)
		own_add(w->out, s->offset, s->value.n, signature_property(s), "signature");
	else if (is_hash && span_is(s->name, "value"))
		w->value_at = s->offset; /* known when the node ends */
	else if (w->inside && s->depth == 3 && span_starts(s->name, span_text("data-")) &&
		 s->value.n <= 8)
		own_add(w->out, s->offset, s->value.n, OWN_STRUCTURE, "place of data");
	else if (!(w->inside && s->depth == 3 && span_is(s->name, "data")))
		own_add(w->out, s->offset, s->value.n, OWN_DATA, "tree");
}

static void own_step(struct tree *w, const struct fdt_step *s)
{
	struct fit_image *i = w->all.count ? &w->all.list[w->all.count - 1] : NULL;

	if (s->nops)
		own_add(w->out, s->from - s->nops, s->nops, OWN_STRUCTURE, "tokens");
	if (s->event == FDT_PROPERTY) {
		own_add(w->out, s->from, 8, w->in_signature ? OWN_SIGNATURE : OWN_STRUCTURE,
			w->in_signature ? "signature" : "tokens");
		own_add(w->out, s->from + 8, 4, OWN_DATA, "names of properties");
		own_value(w, s);
		/* mkimage leaves what was in its memory behind the names of the hashed nodes. */
		own_add(w->out, s->offset + s->value.n, (4 - s->value.n % 4) % 4,
			w->in_signature ? OWN_SIGNATURE : OWN_FILL,
			w->in_signature ? "signature" : "alignment");
		if (w->inside)
			on_property(&w->all, s, &w->value);
		return;
	}
	own_add(w->out, s->from, s->to - s->from, OWN_DATA, "tree");
	if (s->event == FDT_BEGIN && s->depth == 2)
		w->inside = span_is(s->name, "images");
	if (s->event == FDT_BEGIN && s->depth == 3 && w->inside && w->all.count < MOST_IMAGES)
		w->all.list[w->all.count++] = (struct fit_image){ .name = s->name };
	if (s->event == FDT_BEGIN && s->depth == 4)
		w->in_signature = span_starts(s->name, span_text("signature"));
	if (s->event != FDT_END || s->depth != 4)
		return;
	w->all.is_equal = false;
	if (i && w->value_at) {
		settle_place(i, w->t);
		check_hash(&w->all, i, w->in, w->value);
		own_add(w->out, w->value_at, w->value.n, own_if(w->all.is_equal, OWN_CHECKSUM),
			"digest");
	}
	if (i)
		i->algorithm = (struct span){ 0 };
	w->value = (struct span){ 0 };
	w->value_at = 0;
	w->in_signature = false;
}

static bool is_whole_tree(const struct fdt *t)
{
	struct fdt_walk walk;
	struct fdt_step s;

	fdt_begin(t, &walk);
	do
		s = fdt_next(&walk);
	while (s.event != FDT_DONE && s.event != FDT_BROKEN);
	return s.event == FDT_DONE && s.to == span_place(t->in, t->structure) + t->structure.n;
}

/* The tree is all data but for what changes with the images and the key. Its parts between
 * embedded images are regions of its own; they are named here too. */
static void own(const struct listing *l, struct own_list *out)
{
	struct tree *w = arena_take(out->arena, 1, sizeof(*w));
	struct own_map map = { .out = out };
	struct fdt_walk walk;
	struct fdt_step s;
	struct fdt t;
	uint64_t structure, strings;

	if (!w || fdt_open(l->in, &t).kind)
		return;
	*w = (struct tree){ .out = out, .in = l->in, .t = &t };
	structure = span_u32(l->in, 8, true);
	strings = span_u32(l->in, 12, true);
	own_add(out, 0, 4, own_if(span_u32(l->in, 0, true) == 0xd00dfeed, OWN_STRUCTURE), "magic");
	own_add(out, 4, 12, OWN_STRUCTURE, "header");
	own_add(out, 16, 16, OWN_DATA, "header");
	own_add(out, 32, 8, OWN_STRUCTURE, "header");
	if (!is_whole_tree(&t)) {
		own_add(out, 40, l->in.n - 40, OWN_DATA, "tree, broken");
		return;
	}
	fdt_begin(&t, &walk);
	do {
		s = fdt_next(&walk);
		if (s.event != FDT_BROKEN)
			own_step(w, &s);
	} while (s.event != FDT_DONE && s.event != FDT_BROKEN);
	own_add(out, 40, structure > 40 ? structure - 40 : 0, OWN_DATA, "memory reservations");
	if (strings <= l->in.n && t.strings.n)
		own_add(out, strings, t.strings.n, OWN_DATA, "strings");
	for (uint32_t i = 0; i < l->count; i++)
		if (!l->entries[i].owned)
			own_content(&map, l->entries[i].offset, l->entries[i].length);
	own_finish(&map, l->in.n, "alignment");
}

const struct format format_fit = {
	.name = "fit",
	.says = "flattened image tree (U-Boot)",
	.domain = DOMAIN_BROADBAND,
	.spec = "u-boot/u-boot doc/usage/fit/source_file_format.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\xd0\x0d\xfe\xed" } },
	.probe = probe,
	.list = list,
	.own = own,
};
