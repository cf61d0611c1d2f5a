/* vhdx.c - Hyper-V disks. The tables stand far apart, each behind a checksum: the input is taken
 * for what it can say, and put where that stands. */
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_vhdx;

#define KIB  1024u
#define ROOM (640 * KIB)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *p, size_t n)
{
	uint32_t crc;

	memset(p + 4, 0, 4);
	crc = ~crc32c_update(~0u, (struct span){ p, n });
	for (int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(crc >> 8 * i);
}

/* 80 bytes of a header, 240 of a table of regions; the rest stands behind both tables. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = calloc(1, ROOM);

	if (!p || size < 320 || size > ROOM - 320 * KIB) {
		free(p);
		return 0;
	}
	memcpy(p, "vhdxfile", 8);
	memcpy(p + 64 * KIB, data, 80);
	memcpy(p + 64 * KIB, "head", 4);
	mend(p + 64 * KIB, 4096);
	memcpy(p + 192 * KIB, data + 80, 240);
	memcpy(p + 192 * KIB, "regi", 4);
	mend(p + 192 * KIB, 64 * KIB);
	memcpy(p + 320 * KIB, data + 320, size - 320);
	fuzz_format(&format_vhdx, p, ROOM);
	free(p);
	return 0;
}
