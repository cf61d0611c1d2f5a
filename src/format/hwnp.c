/* hwnp.c - firmware of Huawei's optical network terminals: "HWNP", little-endian but for the length
 * of the whole; a list of products as text, then 360 bytes an item: number, CRC-32, place, where on
 * the device it goes ("flash:rootfs", "file:/var/..."), section, version. The CRC of the header
 * begins behind its own field and covers list and items. Packers do not agree whether the length of
 * the whole counts 76 bytes more or less: the items tell where it ends. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/marks.h"
#include "format/table.h"

#define HEADER     36
#define ITEM       360
#define MOST_ITEMS 180 /* the table is read whole by the probe */
#define PATH       16
#define PATH_SIZE  256
#define VERSION    288

struct hwnp {
	uint32_t crc, head_crc, items, item_size, products;
	uint64_t head; /* header, products and items */
};

static struct fault read_header(struct span in, struct hwnp *h)
{
	struct cursor c = { .in = in, .at = 8 };

	h->crc = cursor_le32(&c);
	cursor_skip(&c, 4);
	h->head_crc = cursor_le32(&c);
	h->items = cursor_le32(&c);
	cursor_skip(&c, 2);
	h->products = cursor_le16(&c);
	h->item_size = cursor_le32(&c);
	cursor_skip(&c, 4);
	h->head = HEADER + (uint64_t)h->products + (uint64_t)h->items * ITEM;
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (h->items == 0 || h->items > MOST_ITEMS)
		return fault_at(FAULT_BROKEN, 20, "number of items", h->items, MOST_ITEMS);
	if (h->item_size != ITEM)
		return fault_at(FAULT_UNKNOWN, 28, "size of an item", h->item_size, ITEM);
	if (h->head > in.n)
		return fault_at(FAULT_SHORT, 20, "items", in.n, h->head);
	return fine;
}

static struct table_part item(struct span in, const struct hwnp *h, uint32_t i)
{
	uint64_t at = HEADER + (uint64_t)h->products + (uint64_t)i * ITEM;

	return (struct table_part){ .name = field_text(in, at + PATH, PATH_SIZE),
				    .field = at + 8,
				    .from = span_u32(in, at + 8, false),
				    .length = span_u32(in, at + 12, false) };
}

/* Of the first item that has one. */
static struct span version_of(struct span in, const struct hwnp *h)
{
	struct span version = { 0 };

	for (uint32_t i = 0; i < h->items && version.n == 0; i++)
		version = field_text(in, HEADER + h->products + (uint64_t)i * ITEM + VERSION, 64);
	return version;
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return s.n > 0;
}

/* Where each item goes is text, and none begins inside the tables: that no noise has. */
static struct fault probe(struct span in, struct found *f)
{
	struct hwnp h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = h.head;
	for (uint32_t i = 0; i < h.items; i++) {
		struct table_part p = item(in, &h, i);

		if (!is_text(p.name) || (p.length && p.from < h.head))
			return fault_at(FAULT_BROKEN, p.field, "item", p.from, h.head);
		if (p.length && p.from + p.length > f->len)
			f->len = p.from + p.length;
	}
	f->len = part_bound(f->len, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u items ", h.items);
	label_add(f->label, "", version_of(in, &h));
	return fine;
}

/* The sum of the whole goes on from the header, its own and the length before it left out, over the
 * items in their order. Items that share bytes would make this the longer the more they are. */
static void check(struct listing *l, const struct hwnp *h)
{
	uint32_t whole = crc32_of(span_sub(l->in, 12, h->head - 12));
	uint64_t left = l->in.n;

	part_sum(l, 16, "CRC-32 of the header", crc32_of(span_sub(l->in, 20, h->head - 20)),
		 h->head_crc);
	for (uint32_t i = 0; i < h->items; i++) {
		struct table_part p = item(l->in, h, i);
		struct span data = span_sub(l->in, p.from, p.length);

		if (data.n != p.length || !budget_take(&left, p.length))
			return;
		whole = crc32_update(whole, data);
		part_sum(l, p.field - 4, "CRC-32 of an item", crc32_of(data),
			 span_u32(l->in, p.field - 4, false));
	}
	part_sum(l, 8, "CRC-32 of the whole", whole, h->crc);
}

static struct fault list(struct listing *l)
{
	struct hwnp h = { 0 };
	struct fault bad = read_header(l->in, &h);
	struct table_part *parts;

	if (bad.kind)
		return bad;
	parts = arena_take(l->arena, h.items, sizeof(*parts));
	if (!parts)
		return fault_at(FAULT_MEMORY, 20, "items", h.items, 0);
	for (uint32_t i = 0; i < h.items; i++)
		parts[i] = item(l->in, &h, i);
	table_list(l, h.head, parts, h.items);
	check(l, &h);
	return fine;
}

const struct format format_hwnp = {
	.name = "hwnp",
	.says = "firmware of Huawei optical network terminals",
	.domain = DOMAIN_BROADBAND,
	.spec = "0xuserpag3/HuaweiFirmwareTool huawei_header.h, util_hw.cpp",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "HWNP" } },
	.probe = probe,
	.list = list,
};
