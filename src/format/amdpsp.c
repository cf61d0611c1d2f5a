/* amdpsp.c - directories of AMD's security processor: rows of what it loads, with addresses in the
 * flash, guarded by a sum. The addresses count from the start of the flash, which the directory
 * does not know: its rows are counted, what they point to is found by its own headers or stays
 * unknown. Source: coreboot/coreboot util/amdfwtool/amdfwtool.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEADER    16
#define MOST_ROWS 256
#define SUMMED    8 /* where the sum begins */

static const struct {
	uint32_t mark;
	uint64_t row;
	const char *name;
} kinds[] = {
	{ 0x24505350, 16, "PSP" },                /* $PSP */
	{ 0x24504c32, 16, "PSP, level 2" },       /* $PL2 */
	{ 0x24424844, 24, "BIOS" },               /* $BHD */
	{ 0x24424c32, 24, "BIOS, level 2" },      /* $BL2 */
	{ 0x32505350, 16, "PSP, by processor" },  /* 2PSP */
	{ 0x32424844, 16, "BIOS, by processor" }, /* 2BHD */
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Fletcher's sum of 16-bit words in ones' complement, from a start of all ones: zero never comes
 * out.
 */
static uint32_t fletcher(struct span s)
{
	uint32_t low = 0, high = 0;

	for (uint64_t at = 0; at + 2 <= s.n; at += 2) {
		low = (low + span_u16(s, at, false)) % 0xffff;
		high = (high + low) % 0xffff;
	}
	return (high ? high : 0xffff) << 16 | (low ? low : 0xffff);
}

static uint64_t header_of(size_t kind)
{
	return kinds[kind].mark >> 24 == '2' ? 32 : HEADER;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t rows = span_u32(in, 8, false), length;
	uint32_t stated = span_u32(in, 4, false), sum;
	size_t kind = 0;

	while (kind < KINDS && kinds[kind].mark != span_u32(in, 0, true))
		kind++;
	if (kind == KINDS || rows == 0 || rows > MOST_ROWS)
		return fault_at(FAULT_BROKEN, 8, "rows", rows, MOST_ROWS);
	length = header_of(kind) + rows * kinds[kind].row;
	if (in.n < length)
		return fault_at(FAULT_SHORT, 8, "rows", in.n, length);
	sum = fletcher(span_sub(in, SUMMED, length - SUMMED));
	if (sum != stated)
		return fault_at(FAULT_BROKEN, 4, "checksum", sum, stated);
	f->len = length;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "%s, %u rows", kinds[kind].name, (unsigned)rows);
	return fine;
}

const struct format format_amdpsp = {
	.name = "amd-psp",
	.says = "directory of AMD's security processor",
	.domain = DOMAIN_IT,
	.spec = "coreboot/coreboot util/amdfwtool/amdfwtool.h",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4, "$PSP" },
		   { 0, 4, "$PL2" },
		   { 0, 4, "$BHD" },
		   { 0, 4, "$BL2" },
		   { 0, 4, "2PSP" },
		   { 0, 4, "2BHD" } },
	.probe = probe,
};
