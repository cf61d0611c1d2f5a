/* bootldr.c - packed boot loaders of Android devices. "BOOTLDR!" on Qualcomm's chips: number of
 * images, where the first begins, how long all are, then 68 bytes an image: name and length; they
 * follow one on the other. "BOOTLDR!" of Asus: a revision, then images behind heads of 16 bytes.
 * Huawei's Nexus: 3C D6 1A CE, a text, lengths of two headers, then 80 bytes an image: name, place
 * and length. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/table.h"

#define MAGIC       "BOOTLDR!"
#define HEADER      20
#define RECORD      68
#define NAME        64
#define MOST_IMAGES 64

struct bootldr {
	uint32_t images, from, length;
};

static struct fault read_header(struct span in, struct bootldr *b)
{
	struct cursor c = { .in = in, .at = 8 };

	b->images = cursor_le32(&c);
	b->from = cursor_le32(&c);
	b->length = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (b->images == 0 || b->images > MOST_IMAGES)
		return fault_at(FAULT_BROKEN, 8, "images", b->images, MOST_IMAGES);
	if (b->from < HEADER + b->images * RECORD || b->from > 1u << 20)
		return fault_at(FAULT_BROKEN, 12, "first image", b->from,
				HEADER + b->images * RECORD);
	return fine;
}

static uint64_t sum_of_images(struct span in, const struct bootldr *b)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < b->images; i++)
		sum += span_u32(in, HEADER + (uint64_t)i * RECORD + NAME, false);
	return sum;
}

static struct fault probe(struct span in, struct found *f)
{
	struct bootldr b = { 0 };
	struct fault bad = read_header(in, &b);

	if (bad.kind)
		return bad;
	for (uint32_t i = 0; i < b.images; i++)
		if (!is_padded_text(in, HEADER + (uint64_t)i * RECORD, NAME))
			return fault_at(FAULT_BROKEN, HEADER + (uint64_t)i * RECORD, "name", i,
					b.images);
	f->len = part_bound(b.from + sum_of_images(in, &b), in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u images", b.images);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct bootldr b = { 0 };
	struct fault bad = read_header(l->in, &b);
	uint64_t from = b.from;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < b.images; i++) {
		uint64_t at = HEADER + (uint64_t)i * RECORD;
		uint32_t length = span_u32(l->in, at + NAME, false);

		part_list_named(l, at + NAME, from, length, field_text(l->in, at, NAME));
		from += length;
	}
	if (l->in.n >= from) /* the same sum, counted by the packer */
		part_sum(l, 16, "length of the images", sum_of_images(l->in, &b), b.length);
	return fine;
}

const struct format format_bootldr = {
	.name = "bootldr",
	.says = "boot loaders of Android devices on Qualcomm chips",
	.domain = DOMAIN_DEVICE,
	.spec = "kaitai-io/kaitai_struct_formats archive/android_bootldr_qcom.ksy",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, MAGIC } },
	.probe = probe,
	.list = list,
};

#define ASUS_HEADER 16
#define ASUS_HEAD   16
#define ASUS_IMAGES 3

static const char *const asus_marks[ASUS_IMAGES] = { "IFWI!!!!", "DROIDBT!", "SPLASHS!" };
static const char *const asus_names[ASUS_IMAGES] = { "ifwi", "droidboot", "splashscreen" };

/* The image whose head stands at `at`; -1: none. */
static int asus_image(struct span in, uint64_t at)
{
	for (int i = 0; i < ASUS_IMAGES; i++)
		if (span_starts(span_from(in, at), span_text(asus_marks[i])))
			return i;
	return -1;
}

static uint64_t asus_next(struct span in, uint64_t at)
{
	return at + ASUS_HEAD + span_u32(in, at + 8, false);
}

static struct fault probe_asus(struct span in, struct found *f)
{
	uint64_t end = ASUS_HEADER;
	int n = 0;

	for (; n < ASUS_IMAGES && asus_image(in, end) >= 0; n++)
		end = asus_next(in, end);
	if (n == 0)
		return fault_at(FAULT_BROKEN, ASUS_HEADER, "image", 0, 0);
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "revision %u", span_u16(in, 8, false));
	return fine;
}

static struct fault list_asus(struct listing *l)
{
	uint64_t at = ASUS_HEADER;

	l->kind = LISTING_REGIONS;
	for (int n = 0, i; n < ASUS_IMAGES && (i = asus_image(l->in, at)) >= 0; n++) {
		if (n > 0)
			part_owned(l, at, ASUS_HEAD, "head");
		part_list(l, at + 8, at + ASUS_HEAD, span_u32(l->in, at + 8, false), asus_names[i]);
		at = asus_next(l->in, at);
	}
	return fine;
}

const struct format format_bootldrasus = {
	.name = "bootldr-asus",
	.says = "boot loaders of Asus Android devices",
	.domain = DOMAIN_DEVICE,
	.spec = "kaitai-io/kaitai_struct_formats archive/android_bootldr_asus.ksy",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, MAGIC } },
	.probe = probe_asus,
	.list = list_asus,
};

#define HUAWEI_HEADER 76
#define HUAWEI_RECORD 80
#define HUAWEI_NAME   72

struct huawei {
	uint32_t from; /* the table of images */
	uint32_t images;
};

static struct fault read_huawei(struct span in, struct huawei *h)
{
	struct cursor c = { .in = in, .at = 72 };

	h->from = cursor_le16(&c);
	h->images = cursor_le16(&c) / HUAWEI_RECORD;
	if (c.ran_out || h->from < HUAWEI_HEADER || h->images == 0 || h->images > MOST_IMAGES)
		return fault_at(FAULT_BROKEN, 72, "headers", h->images, MOST_IMAGES);
	return fine;
}

static struct table_part huawei_image(struct span in, const struct huawei *h, uint32_t i)
{
	uint64_t at = h->from + (uint64_t)i * HUAWEI_RECORD;

	return (struct table_part){ .name = field_text(in, at, HUAWEI_NAME),
				    .field = at + HUAWEI_NAME,
				    .from = span_u32(in, at + HUAWEI_NAME, false),
				    .length = span_u32(in, at + HUAWEI_NAME + 4, false) };
}

static struct fault probe_huawei(struct span in, struct found *f)
{
	struct huawei h = { 0 };
	struct fault bad = read_huawei(in, &h);
	uint64_t end = 0;

	if (bad.kind)
		return bad;
	for (uint32_t i = 0; i < h.images; i++) {
		struct table_part p = huawei_image(in, &h, i);

		if (!is_padded_text(in, p.field - HUAWEI_NAME, HUAWEI_NAME) ||
		    p.from < h.from + h.images * HUAWEI_RECORD)
			return fault_at(FAULT_BROKEN, p.field, "image", p.from, h.from);
		if (p.from + p.length > end)
			end = p.from + p.length;
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 8, 64));
	return fine;
}

static struct fault list_huawei(struct listing *l)
{
	struct table_part parts[MOST_IMAGES];
	struct huawei h = { 0 };
	struct fault bad = read_huawei(l->in, &h);

	if (bad.kind)
		return bad;
	for (uint32_t i = 0; i < h.images; i++)
		parts[i] = huawei_image(l->in, &h, i);
	table_list(l, h.from + h.images * HUAWEI_RECORD, parts, h.images);
	return fine;
}

const struct format format_bootldrhuawei = {
	.name = "bootldr-huawei",
	.says = "boot loaders of Huawei Android devices",
	.domain = DOMAIN_DEVICE,
	.spec = "kaitai-io/kaitai_struct_formats archive/android_bootldr_huawei.ksy",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x3c\xd6\x1a\xce" } },
	.probe = probe_huawei,
	.list = list_huawei,
};
