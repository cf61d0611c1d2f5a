/* jboot.c - images for JBOOT, the boot loader by Amit in D-Link's DIR, DWR and DSL: an update
 * header of 80 bytes (device, where the data go in flash, sums), in its data a tag of 16 bytes
 * (STAG) and the header of a kernel of 40 bytes (SCH2). All little-endian. A root file system may
 * follow. */
#include "format/jboot.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define STAG         16
#define STAG_FACTORY 0xff
#define SCH2         40
#define SCH2_CRC_AT  32

uint16_t jboot_sum(struct span s)
{
	uint32_t sum = 0;

	for (uint64_t i = 0; i + 1 < s.n; i += 2) {
		sum += span_u16(s, i, false);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (s.n % 2) /* the odd byte, as the loader has it: less 255 */
		sum = sum + s.p[s.n - 1] - 0xff;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

struct fault jboot_read(struct span in, struct jboot *h)
{
	struct cursor c = { .in = span_sub(in, 0, JBOOT_HEADER) };

	h->rom = cursor_span(&c, 12);
	cursor_skip(&c, 2);
	h->image_sum = cursor_le16(&c);
	h->block = cursor_le32(&c);
	cursor_seek(&c, 40);
	h->write = cursor_le32(&c);
	h->length = cursor_le32(&c);
	if (in.n < JBOOT_HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, JBOOT_HEADER);
	h->summed = 0xffff - jboot_sum(span_head(in, JBOOT_HEADER - 2)) ==
		    span_u16(in, JBOOT_HEADER - 2, false);
	if (!is_padded_text(in, 0, 12) || !is_filled(in, 20, 6, 0) || !is_filled(in, 48, 16, 0) ||
	    !is_filled(in, 68, 2, 0) || in.p[26] != 1 || in.p[27] != 0)
		return fault_at(FAULT_BROKEN, 20, "reserved bytes", 0, 0);
	if (span_u16(in, 64, true) != 0x4248 || span_u16(in, 66, false) > 4 || h->length == 0)
		return fault_at(FAULT_BROKEN, 64, "mark", span_u16(in, 64, true), 0x4248);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct jboot h = { 0 };
	struct fault bad = jboot_read(in, &h);

	if (bad.kind)
		return bad;
	f->len = part_bound((uint64_t)JBOOT_HEADER + h.length, in);
	f->proof = h.summed ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	label_add(f->label, "", h.rom);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct jboot h = { 0 };
	struct fault bad = jboot_read(l->in, &h);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, 44, JBOOT_HEADER, h.length, "");
	part_sum(l, JBOOT_HEADER - 2, "sum of the header", h.summed, true);
	part_sum(l, 14, "sum of the data", jboot_sum(span_sub(l->in, JBOOT_HEADER, h.length)),
		 h.image_sum);
	return fine;
}

/* In an image of the factory a mark stands in the place of the identity, which is what was summed.
 */
static struct fault probe_stag(struct span in, struct found *f)
{
	uint8_t copy[STAG];
	uint16_t sum;

	if (in.n <= STAG)
		return fault_at(FAULT_SHORT, 0, "header", in.n, STAG + 1);
	memcpy(copy, in.p, STAG);
	copy[0] = copy[1];
	sum = (uint16_t)(0xffff - jboot_sum((struct span){ copy, STAG - 2 }));
	if (sum != span_u16(in, STAG - 2, false) || span_u32(in, 8, false) == 0)
		return fault_at(FAULT_BROKEN, STAG - 2, "sum of the header", sum,
				span_u16(in, STAG - 2, false));
	f->len = part_bound((uint64_t)STAG + span_u32(in, 8, false), in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, in.p[0] == STAG_FACTORY ? "factory" : "upgrade", (struct span){ 0 });
	return fine;
}

static struct fault list_stag(struct listing *l)
{
	uint32_t length = span_u32(l->in, 8, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 8, STAG, length, "");
	part_sum(l, 12, "sum of the data", jboot_sum(span_sub(l->in, STAG, length)),
		 span_u16(l->in, 12, false));
	return fine;
}

static uint32_t sch2_crc(struct span in)
{
	return crc32_around(0, span_head(in, SCH2), SCH2_CRC_AT);
}

static struct fault probe_sch2(struct span in, struct found *f)
{
	static const char *const packings[] = { "flat", "jz", "gzip", "lzma" };

	if (in.n <= SCH2)
		return fault_at(FAULT_SHORT, 0, "header", in.n, SCH2 + 1);
	if (in.p[2] >= sizeof(packings) / sizeof(packings[0]) || span_u32(in, 8, false) == 0 ||
	    span_u16(in, 36, false) != SCH2)
		return fault_at(FAULT_BROKEN, 36, "length of the header", span_u16(in, 36, false),
				SCH2);
	if (sch2_crc(in) != span_u32(in, SCH2_CRC_AT, false))
		return fault_at(FAULT_BROKEN, SCH2_CRC_AT, "header CRC-32", sch2_crc(in),
				span_u32(in, SCH2_CRC_AT, false));
	f->len = part_bound((uint64_t)SCH2 + span_u32(in, 8, false), in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, packings[in.p[2]], (struct span){ 0 });
	return fine;
}

static struct fault list_sch2(struct listing *l)
{
	uint32_t length = span_u32(l->in, 8, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 8, SCH2, length, "kernel");
	part_sum(l, 12, "CRC-32 of the kernel", crc32_of(span_sub(l->in, SCH2, length)),
		 span_u32(l->in, 12, false));
	return fine;
}

const struct format format_jboot = {
	.name = "jboot",
	.says = "D-Link update header for JBOOT",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdlinkfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "DLK6" }, { 64, 4, "BH\x02\x00" } },
	.probe = probe,
	.list = list,
};

const struct format format_jbootstag = {
	.name = "jboot-stag",
	.says = "D-Link tag of a kernel for JBOOT (STAG)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdlinkfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x04\x04\x24\x2b" }, { 0, 4, "\xff\x04\x24\x2b" } },
	.probe = probe_stag,
	.list = list_stag,
};

const struct format format_jbootsch2 = {
	.name = "jboot-sch2",
	.says = "D-Link kernel for JBOOT (SCH2)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdlinkfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x24\x21\x00\x02" },
		   { 0, 4, "\x24\x21\x01\x02" },
		   { 0, 4, "\x24\x21\x02\x02" },
		   { 0, 4, "\x24\x21\x03\x02" } },
	.probe = probe_sch2,
	.list = list_sch2,
};
