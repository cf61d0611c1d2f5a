/* img0.c - TP-Link's images for VxWorks. "IMG0" with its length (big-endian, itself included) and,
 * at 0x40, a table of parts by offset and length; the image of the main program lies in the image
 * of the flash in that way. A file for upgrading has 20 bytes in front: a number and an MD5 whose
 * salt is not published. Read off real images; binwalk's structure "tplink_rtos" agrees. */
#include "base/cursor.h"
#include "format/parts.h"

#define TABLE      0x40
#define HEADER     0x80
#define MOST_PARTS 8
#define IN_FILE    20 /* where IMG0 stands in a file for upgrading */

struct part {
	uint32_t from, length;
};

/* Parts in the order of the table, which is that of their places. */
static uint32_t read_parts(struct span in, uint64_t length, struct part parts[MOST_PARTS])
{
	struct cursor c = { .in = span_sub(in, TABLE, HEADER - TABLE) };
	uint64_t end = HEADER;
	uint32_t n = 0;

	while (n < MOST_PARTS) {
		struct part p = { 0 };

		p.from = cursor_be32(&c);
		p.length = cursor_be32(&c);
		if (p.length == 0 || p.from < end || p.from > length || p.length > length - p.from)
			break;
		end = (uint64_t)p.from + p.length;
		parts[n++] = p;
	}
	return n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct part parts[MOST_PARTS];
	uint32_t length = span_u32(in, 4, true), n = read_parts(in, length, parts);

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (n == 0 || parts[0].from != HEADER || parts[n - 1].from + parts[n - 1].length != length)
		return fault_at(FAULT_BROKEN, TABLE, "table of parts", n, MOST_PARTS);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	struct part parts[MOST_PARTS];
	uint32_t n = read_parts(l->in, span_u32(l->in, 4, true), parts);

	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < n; i++)
		part_list(l, TABLE + 8 * i, parts[i].from, parts[i].length, "");
	return fine;
}

static struct fault probe_file(struct span in, struct found *f)
{
	struct fault bad = probe(span_from(in, IN_FILE), f);

	if (bad.kind == FAULT_NONE)
		f->len += IN_FILE;
	return bad;
}

static struct fault list_file(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_rest(l, IN_FILE, "");
	return fine;
}

const struct format format_img0 = {
	.name = "img0",
	.says = "TP-Link image for VxWorks",
	.domain = DOMAIN_BROADBAND,
	.spec = "ReFirmLabs/binwalk src/structures/tplink.rs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "IMG0" } },
	.probe = probe,
	.list = list,
};

const struct format format_img0file = {
	.name = "tplink-rtos",
	.says = "TP-Link upgrade file for VxWorks",
	.domain = DOMAIN_BROADBAND,
	.spec = "ReFirmLabs/binwalk src/structures/tplink.rs",
	.shape = SHAPE_CONTAINER,
	.magic = { { IN_FILE, 4, "IMG0" } },
	.probe = probe_file,
	.list = list_file,
};
