/* uefiftw.c - the working block of fault-tolerant writes to flash: what was under way when the
 * power failed. The sum of its header was taken before its state was written. Source:
 * tianocore/edk2 MdeModulePkg/Include/Guid/SystemNvDataGuid.h. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER    32
#define SUM       16
#define QUEUE     24
#define LARGEST   (16u << 20)
#define UNWRITTEN 0xff

static uint32_t sum_of_header(struct span in)
{
	uint8_t header[HEADER];

	memcpy(header, in.p, HEADER);
	memset(header + SUM, UNWRITTEN, QUEUE - SUM);
	return crc32_of((struct span){ header, HEADER });
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t queue = span_u64(in, QUEUE, false);

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (sum_of_header(in) != span_u32(in, SUM, false))
		return fault_at(FAULT_BROKEN, SUM, "header checksum", sum_of_header(in),
				span_u32(in, SUM, false));
	if (queue > LARGEST)
		return fault_at(FAULT_BROKEN, QUEUE, "write queue", queue, LARGEST);
	f->len = part_bound(HEADER + queue, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "",
		  span_text(is_filled(in, HEADER, f->len - HEADER, UNWRITTEN) ? "nothing under way"
									      : "with a record"));
	return fine;
}

const struct format format_uefiftw = {
	.name = "uefi-ftw",
	.says = "working block of fault-tolerant writes, UEFI",
	.domain = DOMAIN_IT,
	.spec = "tianocore/edk2 MdeModulePkg/Include/Guid/SystemNvDataGuid.h",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 16, "\x2b\x29\x58\x9e\x68\x7c\x7d\x49\xa0\xce\x65\x00\xfd\x9f\x1b\x95" } },
	.probe = probe,
};
