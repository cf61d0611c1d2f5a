/* wfi.c - Broadcom's images of a whole flash (BCM963xx, BCM4908; ".w" files): boot loader and file
 * systems as they lie in flash, then a foot of 20 bytes: CRC-32 without the final inversion,
 * version, chip, type of flash, flags; in the order of the processor. It is known by the foot
 * alone, where something ends with its space. Also the header of Broadcom's boot loader in front of
 * a kernel. */
#include "format/wfi.h"

#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define VERSION    0x5700u /* the lowest byte differs */
#define LARGEST_ID 0xffffffu
#define MOST_FLAGS 0xffffu

static const char *const flashes[] = { NULL,        "NOR",       "NAND 16K", "NAND 128K",
				       "NAND 256K", "NAND 512K", "NAND 1M",  "NAND 2M" };

#define FLASHES (sizeof(flashes) / sizeof(flashes[0]))

static struct span foot_of(struct span in)
{
	return in.n >= WFI_FOOT ? span_from(in, in.n - WFI_FOOT) : (struct span){ 0 };
}

static bool is_big(struct span foot)
{
	return (span_u32(foot, 4, true) & ~0xffu) == VERSION;
}

bool wfi_is_foot(struct span s)
{
	return s.n == WFI_FOOT && (is_big(s) || (span_u32(s, 4, false) & ~0xffu) == VERSION);
}

static struct fault probe(struct span in, struct found *f)
{
	struct span foot = foot_of(in);
	bool big = is_big(foot);
	uint32_t chip = span_u32(foot, 8, big), flash = span_u32(foot, 12, big);

	if (!wfi_is_foot(foot))
		return fault_at(FAULT_UNKNOWN, in.n, "version", span_u32(foot, 4, big), VERSION);
	if (chip == 0 || chip > LARGEST_ID || flash == 0 || flash >= FLASHES ||
	    span_u32(foot, 16, big) > MOST_FLAGS)
		return fault_at(FAULT_BROKEN, in.n - WFI_FOOT + 8, "chip", chip, LARGEST_ID);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "BCM%x %s", chip, flashes[flash]);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct span foot = foot_of(l->in), image = span_head(l->in, l->in.n - foot.n);

	l->kind = LISTING_REGIONS;
	part_list(l, 0, 0, image.n, "");
	part_owned(l, image.n, WFI_FOOT, "foot");
	if (image.n == 0)
		return fine; /* what stands before was taken for itself */
	part_sum(l, image.n, "CRC-32 of the image", crc32_open(image),
		 span_u32(foot, 0, is_big(foot)));
	return fine;
}

const struct format format_wfi = {
	.name = "bcm-flash",
	.says = "Broadcom image of a whole flash (WFI)",
	.domain = DOMAIN_BROADBAND,
	.spec = "Broadcom bcmTag.h, struct _WFI_TAG; openwrt/firmware-utils src/bcm4908asus.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.probe = probe,
	.list = list,
};

#define KERNEL_HEAD 20
#define LARGEST     (256u << 20)
#define PAGE        4096
#define LZMA_MOST   225 /* no properties byte is as large */

/* "BRCM" is in programs too: the payload must begin as the header says that it is packed. */
static bool payload_fits(struct span payload, uint32_t plain)
{
	uint32_t magic = span_u32(payload, 0, true);

	if (plain)
		return magic == 0x04224d18 || magic == 0x02214c18;
	return magic >> 24 < LZMA_MOST && (magic & 0xffff00) == 0;
}

static struct fault probe_kernel(struct span in, struct found *f)
{
	uint32_t load = span_u32(in, 0, false), entry = span_u32(in, 4, false);
	uint32_t length = span_u32(in, 8, false), plain = span_u32(in, 16, false);

	if (in.n <= KERNEL_HEAD)
		return fault_at(FAULT_SHORT, 0, "header", in.n, KERNEL_HEAD);
	if (length == 0 || length > LARGEST || plain > LARGEST)
		return fault_at(FAULT_BROKEN, 8, "length", length, LARGEST);
	if (load % PAGE || entry < load || entry - load > LARGEST)
		return fault_at(FAULT_BROKEN, 4, "entry", entry, load);
	if (!payload_fits(span_from(in, KERNEL_HEAD), plain))
		return fault_at(FAULT_UNKNOWN, KERNEL_HEAD, "payload",
				span_u32(in, KERNEL_HEAD, true), 0);
	f->len = part_bound((uint64_t)KERNEL_HEAD + length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, for 0x%x", plain ? "LZ4" : "LZMA", load);
	return fine;
}

static struct fault list_kernel(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_list(l, 8, KERNEL_HEAD, span_u32(l->in, 8, false), "kernel");
	return fine;
}

const struct format format_bcmkernel = {
	.name = "bcm-kernel",
	.says = "kernel with the header of Broadcom's boot loader (BCM4908)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/bcm4908kernel.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 12, 4, "BRCM" } },
	.probe = probe_kernel,
	.list = list_kernel,
};
