/* seama.c - Seama of Alpha Networks (D-Link, and its predecessor DLOB): entities one after the
 * other, each a header, "key=value" texts and an image with its MD5. An entity without an image is
 * the seal, which names the product. Big-endian; images for some targets are little-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"
#include "format/parts.h"

#define MAGIC         0x5ea3a417u
#define SEAL          12
#define HEADER        28
#define MOST_ENTITIES 16

struct entity {
	uint32_t size;
	struct span meta;
	uint64_t image; /* where it begins */
};

static bool read_entity(struct span in, uint64_t at, bool big, struct entity *e)
{
	struct cursor c = { .in = span_from(in, at) };
	uint32_t magic = cursor_u32(&c, big);
	uint16_t meta;

	cursor_skip(&c, 2);
	meta = cursor_u16(&c, big);
	e->size = cursor_u32(&c, big);
	if (e->size)
		cursor_skip(&c, HEADER - SEAL);
	e->meta = cursor_span(&c, meta);
	e->image = at + c.at;
	return !c.ran_out && magic == MAGIC && (meta == 0 || e->meta.p[meta - 1] == 0);
}

/* The value of a key in the texts, each ended by NUL. */
static struct span value(struct span meta, const char *key)
{
	while (meta.n) {
		struct span text = field_text(meta, 0, meta.n);

		if (span_starts(text, span_text(key)))
			return span_from(text, strlen(key));
		meta = span_from(meta, text.n + 1);
	}
	return (struct span){ 0 };
}

static bool is_big(struct span in)
{
	return span_byte(in, 0) == MAGIC >> 24;
}

/* A seal says nothing alone: without a byte of an image there is no Seama. */
static struct fault probe(struct span in, struct found *f)
{
	struct entity e = { 0 };
	uint64_t end = 0;
	bool image = false;

	for (int i = 0; i < MOST_ENTITIES && read_entity(in, end, is_big(in), &e); i++) {
		if (e.meta.n && !f->label[0])
			label_add(f->label, "", value(e.meta, "signature="));
		image |= e.size > 0 && e.image < in.n;
		end = part_bound(e.image + e.size, in);
	}
	if (!image)
		return fault_at(FAULT_BROKEN, 8, "image", 0, 0);
	f->len = end;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	bool big = is_big(l->in);
	struct entity e = { 0 };
	uint64_t pos = 0;

	l->kind = LISTING_REGIONS;
	for (int i = 0; i < MOST_ENTITIES && read_entity(l->in, pos, big, &e); i++) {
		struct span image = span_sub(l->in, e.image, e.size);

		if (e.image > pos && pos > 0)
			listing_owned(l, pos, e.image - pos, span_text("header"));
		part_list_named(l, pos + 8, e.image, e.size, value(e.meta, "dev="));
		if (e.size)
			part_md5(l, pos + SEAL, &image, 1);
		pos = part_bound(e.image + e.size, l->in);
	}
	return fine;
}

/* What a header and its texts say; `texts` are the product's and the part's names. */
static void own_entity(struct own_list *out, struct span in, uint64_t at, bool big,
		       const struct entity *e)
{
	struct span image = span_sub(in, e->image, e->size), md5 = span_sub(in, at + SEAL, 16);
	uint64_t head = e->size ? HEADER : SEAL;
	uint8_t digest[16];

	own_add(out, at, 4, OWN_STRUCTURE, "magic");
	own_add(out, at + 4, 2, own_if(span_u16(in, at + 4, big) == 0, OWN_FILL), "reserved");
	own_add(out, at + 6, 6, own_if(image.n == e->size, OWN_STRUCTURE), "lengths");
	if (e->size) {
		md5_of_parts(&image, 1, digest);
		own_add(out, at + SEAL, 16,
			own_if(span_equal(md5, (struct span){ digest, 16 }), OWN_CHECKSUM), "MD5");
	}
	own_add(out, at + head, e->meta.n, OWN_DATA, "texts");
}

static void own(const struct listing *l, struct own_list *out)
{
	struct own_map m = { .out = out };
	bool big = is_big(l->in);
	struct entity e = { 0 };
	uint64_t pos = 0;

	for (int i = 0; i < MOST_ENTITIES && read_entity(l->in, pos, big, &e); i++) {
		own_entity(out, l->in, pos, big, &e);
		own_content(&m, e.image, part_bound(e.image + e.size, l->in) - e.image);
		pos = part_bound(e.image + e.size, l->in);
	}
	own_finish(&m, l->in.n, "unused");
}

const struct format format_seama = {
	.name = "seama",
	.says = "Seama and DLOB image (D-Link, Alpha Networks)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/seama.h, seama.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "\x5e\xa3\xa4\x17\x00\x00" }, { 0, 6, "\x17\xa4\xa3\x5e\x00\x00" } },
	.probe = probe,
	.list = list,
	.own = own,
};
