/* trx.c - Broadcom TRX: "HDR0", length, CRC, flags, then three (v1) or four (v2) part offsets.
 * Vendors sometimes leave the CRC wrong: that is a fault on the node, and the parts are opened all
 * the same. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"
#include "format/parts.h"

#define ASUS_TAIL    64
#define ASUS_PRODUCT 12
#define ASUS_NAME    48

struct trx {
	uint32_t length, crc, version, parts, head, part[4];
};

static struct fault read_header(struct span in, struct trx *h)
{
	struct cursor c = { .in = in, .at = 4 };

	h->length = cursor_le32(&c);
	h->crc = cursor_le32(&c);
	h->version = cursor_le32(&c) >> 16;
	if (in.n < 28 || c.ran_out)
		return fault_at(FAULT_SHORT, c.at, "header", in.n, 28);
	if (h->version < 1 || h->version > 2)
		return fault_at(FAULT_UNKNOWN, 14, "version", h->version, 2);
	h->parts = h->version == 1 ? 3 : 4;
	for (uint32_t i = 0; i < h->parts; i++)
		h->part[i] = cursor_le32(&c);
	h->head = (uint32_t)c.at;
	if (c.ran_out || h->length < h->head || h->part[0] < h->head || h->part[0] >= h->length)
		return fault_at(FAULT_BROKEN, 4, "length", h->length, in.n);
	return fine; /* a length beyond the image is truncation: list() opens what is there and says
			so */
}

static bool crc_holds(struct span in, const struct trx *h)
{
	return h->length <= in.n && h->crc == crc32_open(span_sub(in, 12, h->length - 12));
}

static struct fault probe(struct span in, struct found *f)
{
	struct trx h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = h.length < in.n ? h.length : in.n;
	f->proof = PROOF_STRUCTURE; /* list() computes the CRC: a probe reads 64 KiB at the most */
	snprintf(f->label, sizeof(f->label), "v%u", h.version);
	return fine;
}

/* A slot that is not used holds 0, in the field also FFFFFFFF. */
static bool is_used(uint32_t part)
{
	return part != 0 && part != UINT32_MAX;
}

/* The smallest part offset above `from`, or the end of the image. */
static uint64_t next_part(const struct trx *h, uint64_t from, uint64_t end)
{
	for (uint32_t i = 0; i < h->parts; i++)
		if (is_used(h->part[i]) && h->part[i] > from && h->part[i] < end)
			end = h->part[i];
	return end;
}

/* Asus puts version and product over the last 64 bytes, which are zero else. */
static bool has_asus_tail(struct span in, const struct trx *h)
{
	uint64_t at = h->length - (uint64_t)ASUS_TAIL;

	return h->length == in.n && h->length > h->part[0] + (uint64_t)ASUS_TAIL &&
	       is_padded_text(in, at + 4, ASUS_PRODUCT) &&
	       is_filled(in, at + 4 + ASUS_PRODUCT, ASUS_TAIL - 4 - ASUS_PRODUCT, 0);
}

static void list_asus_tail(struct listing *l, uint64_t at)
{
	struct span product = field_text(l->in, at + 4, ASUS_PRODUCT), v = span_sub(l->in, at, 4);
	char *name = arena_take(l->arena, ASUS_NAME, 1);

	if (name)
		snprintf(name, ASUS_NAME, "Asus %.*s %u.%u.%u.%u", (int)product.n,
			 (const char *)product.p, v.p[0], v.p[1], v.p[2], v.p[3]);
	part_owned(l, at, ASUS_TAIL, name ? name : "");
}

/* A part runs to the next larger offset, whichever slot that stands in. */
static struct fault list(struct listing *l)
{
	struct trx h = { 0 };
	struct fault bad = read_header(l->in, &h);
	uint64_t last = l->in.n;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (has_asus_tail(l->in, &h))
		last -= ASUS_TAIL;
	for (uint64_t at = next_part(&h, h.head - 1, last), end; at < last; at = end) {
		end = next_part(&h, at, last);
		listing_region(l, at, end - at, (struct span){ 0 });
	}
	if (last < l->in.n)
		list_asus_tail(l, last);
	for (uint32_t i = 0; i < h.parts; i++)
		if (is_used(h.part[i]) && (h.part[i] < h.head || h.part[i] >= h.length))
			listing_fault(l, fault_at(FAULT_BROKEN, 16 + 4 * i, "part offset",
						  h.part[i], h.length));
	if (h.length > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "length", l->in.n, h.length));
	else if (!crc_holds(l->in, &h))
		listing_fault(l, fault_at(FAULT_BROKEN, 8, "CRC-32",
					  crc32_open(span_sub(l->in, 12, h.length - 12)), h.crc));
	return fine;
}

/* Which slot a part stands in says what it is: offsets say no more than the regions do only while
 * they rise from slot to slot. */
static bool slots_hold(const struct trx *h)
{
	bool ended = false;

	for (uint32_t i = 0; i < h->parts; i++) {
		bool used = is_used(h->part[i]);

		if (used && (ended || h->part[i] < h->head || h->part[i] >= h->length ||
			     (i && h->part[i] <= h->part[i - 1])))
			return false;
		ended |= !used;
	}
	return true;
}

static void own(const struct listing *l, struct own_list *out)
{
	struct own_map m = { .out = out };
	struct trx h = { 0 };

	if (read_header(l->in, &h).kind)
		return;
	own_add(out, 0, 4, own_if(span_starts(l->in, span_text("HDR0")), OWN_STRUCTURE), "magic");
	own_add(out, 4, 4, own_if(h.length == l->in.n, OWN_STRUCTURE), "length");
	own_add(out, 8, 4, own_if(crc_holds(l->in, &h), OWN_CHECKSUM), "CRC32");
	own_add(out, 12, 4, OWN_DATA, "flags and version");
	own_add(out, 16, 4 * (uint64_t)h.parts, own_if(slots_hold(&h), OWN_STRUCTURE),
		"part offsets");
	own_contents(&m, l);
	own_finish(&m, l->in.n, "unused");
}

const struct format format_trx = {
	.name = "trx",
	.says = "Broadcom TRX image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/trx.c, asustrx.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "HDR0" } },
	.probe = probe,
	.list = list,
	.own = own,
};
