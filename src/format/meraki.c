/* meraki.c - Cisco Meraki's access points and appliances. Newer: 1024 bytes, "8E 73 ED 8A", lengths
 * of header and image, SHA-1 of the image, for some devices where kernel, ramdisk and device tree
 * stand. Older (Z1, MX64): 32 bytes, "MIPS", load address, length, entry and a CRC-32 of header and
 * image with its own field zero, by words of the machine's byte order. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER   0x400
#define SHA_AT   12
#define OLD      32
#define CRC_AT   16
#define SHA_SIZE 20
#define LARGEST  (64u << 20)

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 8, true), second = span_u32(in, 32, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (length == 0 || (second != 0x8e73ed8a && second != 0xa1f0beef))
		return fault_at(FAULT_BROKEN, 32, "second mark", second, 0x8e73ed8a);
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	uint32_t length = span_u32(l->in, 8, true);
	uint8_t digest[SHA_SIZE];

	l->kind = LISTING_REGIONS;
	part_list(l, 8, HEADER, length, "");
	sha1_of(span_sub(l->in, HEADER, length), digest);
	part_sum(l, SHA_AT, "SHA-1",
		 span_equal((struct span){ digest, SHA_SIZE }, span_sub(l->in, SHA_AT, SHA_SIZE)),
		 true);
	return fine;
}

static bool is_big(struct span in)
{
	return span_byte(in, 0) == 'M';
}

static struct fault probe_old(struct span in, struct found *f)
{
	bool big = is_big(in);
	uint32_t address = span_u32(in, 4, big), length = span_u32(in, 8, big);
	uint32_t entry = span_u32(in, 12, big);

	if (in.n <= OLD)
		return fault_at(FAULT_SHORT, 0, "header", in.n, OLD + 1);
	if (address % 0x1000 || entry < address || entry - address >= length || length > LARGEST)
		return fault_at(FAULT_BROKEN, 12, "entry", entry, address);
	if (!is_filled(in, 20, 12, 0))
		return fault_at(FAULT_BROKEN, 20, "reserved bytes", 0, 0);
	f->len = part_bound((uint64_t)OLD + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, is_big(in) ? "big-endian" : "little-endian", (struct span){ 0 });
	return fine;
}

/* A big-endian machine's words go through the CRC with their last byte first. */
static uint32_t old_crc(struct span in, bool big)
{
	uint32_t crc = 0;

	for (uint64_t i = 0; i < in.n; i += 4) {
		uint8_t word[4] = { 0 };

		for (uint64_t k = 0; k < 4 && i + k < in.n; k++)
			word[big ? 3 - k : k] = i == CRC_AT ? 0 : in.p[i + k];
		crc = crc32_update(crc, (struct span){ word, 4 });
	}
	return crc;
}

static struct fault list_old(struct listing *l)
{
	bool big = is_big(l->in);
	uint32_t length = span_u32(l->in, 8, big);

	l->kind = LISTING_REGIONS;
	part_list(l, 8, OLD, length, "kernel");
	if (length % 4 == 0) /* else the packer sums what happened to stand in its memory */
		part_sum(l, CRC_AT, "CRC-32", old_crc(l->in, big), span_u32(l->in, CRC_AT, big));
	return fine;
}

const struct format format_meraki = {
	.name = "meraki",
	.says = "Cisco Meraki image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkmerakifw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "\x8e\x73\xed\x8a\x00\x00\x04\x00" } },
	.probe = probe,
	.list = list,
};

const struct format format_merakiold = {
	.name = "meraki-old",
	.says = "Cisco Meraki image (Z1, MX64)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkmerakifw-old.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "MIPS" }, { 0, 4, "SPIM" } },
	.probe = probe_old,
	.list = list_old,
};
