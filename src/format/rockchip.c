/* rockchip.c - Rockchip's update images. RKFW: version, date, chip, where the loader and the image
 * stand, and an MD5 in hexadecimal behind both. RKAF, the image: length, model, maker, and up to
 * 112 bytes a part: name, file, place in the flash, place and length here; a CRC of four bytes ends
 * it, of polynomial 04C10DB7h from the top bit, from zero. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/table.h"

#define FW_HEADER 0x66
#define MD5_TEXT  32

struct wrapper {
	uint32_t loader, loader_length, image, image_length;
};

static struct fault read_wrapper(struct span in, struct wrapper *w)
{
	struct cursor c = { .in = in, .at = 25 };

	w->loader = cursor_le32(&c);
	w->loader_length = cursor_le32(&c);
	w->image = cursor_le32(&c);
	w->image_length = cursor_le32(&c);
	if (c.ran_out || in.n < FW_HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, FW_HEADER);
	if (span_u16(in, 4, false) != FW_HEADER || w->loader < FW_HEADER ||
	    w->image < (uint64_t)w->loader + w->loader_length || w->image_length == 0)
		return fault_at(FAULT_BROKEN, 25, "loader", w->loader, w->image);
	return fine;
}

static struct fault probe_wrapper(struct span in, struct found *f)
{
	struct wrapper w;
	struct fault bad = read_wrapper(in, &w);
	uint32_t version = span_u32(in, 6, false);

	if (bad.kind)
		return bad;
	f->len = part_bound((uint64_t)w.image + w.image_length + MD5_TEXT, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u.%u.%u of %u-%02u-%02u", version >> 24,
		 version >> 16 & 0xff, version & 0xffff, span_u16(in, 14, false),
		 (unsigned)span_byte(in, 16), (unsigned)span_byte(in, 17));
	return fine;
}

static void check_md5(struct listing *l, uint64_t end)
{
	struct text t = { 0 };
	uint8_t digest[16];

	md5_of(span_sub(l->in, 0, end), digest);
	text_hex(&t, (struct span){ digest, 16 });
	if (!t.failed && !span_equal(text_span(&t), span_sub(l->in, end, MD5_TEXT)))
		listing_fault(l,
			      l->in.n < end + MD5_TEXT
				      ? fault_at(FAULT_SHORT, end, "MD5", l->in.n, end + MD5_TEXT)
				      : fault_at(FAULT_BROKEN, end, "MD5", 0, 0));
	text_free(&t);
}

static struct fault list_wrapper(struct listing *l)
{
	struct wrapper w;
	struct fault bad = read_wrapper(l->in, &w);
	uint64_t end;

	if (bad.kind)
		return bad;
	end = (uint64_t)w.image + w.image_length;
	l->kind = LISTING_REGIONS;
	part_list(l, 29, w.loader, w.loader_length, "loader");
	part_list(l, 37, w.image, w.image_length, "image");
	part_owned(l, end, MD5_TEXT, "MD5");
	check_md5(l, end);
	return fine;
}

const struct format format_rkfw = {
	.name = "rkfw",
	.says = "Rockchip update image with its loader",
	.domain = DOMAIN_DEVICE,
	.spec = "neo-technologies/rockchip-mkbootimg img_maker.c, rkrom.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "RKFW\x66\x00" } },
	.probe = probe_wrapper,
	.list = list_wrapper,
};

#define AF_HEADER  140
#define PART       112
#define PART_NAME  32
#define PART_FILE  60
#define MOST_PARTS 64

static struct table_part read_part(struct span in, uint32_t i)
{
	uint64_t at = AF_HEADER + (uint64_t)i * PART;

	return (struct table_part){ .name = field_text(in, at, PART_NAME),
				    .field = at + 96,
				    .from = span_u32(in, at + 96, false),
				    .length = span_u32(in, at + 108, false) };
}

/* The length leaves the CRC out. Parts that are only reserved have no place. */
static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 4, false), count = span_u32(in, 136, false);

	if (in.n < AF_HEADER + PART)
		return fault_at(FAULT_SHORT, 0, "header", in.n, AF_HEADER + PART);
	if (count == 0 || count > MOST_PARTS || length < AF_HEADER + count * PART)
		return fault_at(FAULT_BROKEN, 136, "parts", count, MOST_PARTS);
	for (uint32_t i = 0; i < count; i++) {
		struct table_part p = read_part(in, i);

		if (!is_padded_text(in, p.field - 96, PART_NAME) || (i == 0 && p.from > length))
			return fault_at(FAULT_BROKEN, p.field, "part", p.from, length);
	}
	f->len = part_bound((uint64_t)length + 4, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 72, 56));
	label_add(f->label, f->label[0] ? " " : "", field_text(in, 8, 34));
	return fine;
}

static uint32_t crc_of(struct span s)
{
	uint32_t steps[16], crc = 0;

	for (uint32_t i = 0; i < 16; i++) {
		steps[i] = i << 28;
		for (int bit = 0; bit < 4; bit++)
			steps[i] = steps[i] << 1 ^ (steps[i] >> 31 ? 0x04c10db7u : 0);
	}
	for (size_t i = 0; i < s.n; i++) {
		crc = crc << 4 ^ steps[crc >> 28 ^ s.p[i] >> 4];
		crc = crc << 4 ^ steps[crc >> 28 ^ (s.p[i] & 15)];
	}
	return crc;
}

static struct fault list(struct listing *l)
{
	struct table_part parts[MOST_PARTS + 1];
	uint32_t length = span_u32(l->in, 4, false), count = span_u32(l->in, 136, false);

	count = count < MOST_PARTS ? count : MOST_PARTS;
	for (uint32_t i = 0; i < count; i++) {
		parts[i] = read_part(l->in, i);
		if (parts[i].from == 0)
			parts[i].length = 0;
	}
	if (l->in.n >= (uint64_t)length + 4)
		parts[count++] = (struct table_part){ span_text("CRC"), 4, length, 4, true };
	table_list(l, AF_HEADER, parts, count);
	if (l->in.n < (uint64_t)length + 4)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "length", l->in.n, length));
	else
		part_sum(l, length, "CRC", crc_of(span_sub(l->in, 0, length)),
			 span_u32(l->in, length, false));
	return fine;
}

const struct format format_rkaf = {
	.name = "rkaf",
	.says = "Rockchip update image",
	.domain = DOMAIN_DEVICE,
	.spec = "neo-technologies/rockchip-mkbootimg rkafp.h, afptool.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "RKAF" } },
	.probe = probe,
	.list = list,
};
