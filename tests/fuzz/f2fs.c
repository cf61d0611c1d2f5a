/* f2fs.c - F2FS: the input is the nodes from the root's on, and blocks of data. Superblock,
 * checkpoint and the table that leads to them are made here, with their checksums. */
#include "format/f2fs.h"
#include "fuzz/format.h"

extern const struct format format_f2fs;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK 4096u
#define ROOT  3
#define MOST  64 /* blocks of input */

enum { CHECK = 1, TABLE = 3, MAIN = 4 };

static void put(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void make_super(uint8_t *p, uint32_t blocks, uint8_t features)
{
	static const struct {
		uint16_t at;
		uint32_t value;
	} fields[] = { { 0, F2FS_MAGIC }, { 4, 1 },      { 16, 12 },    { 20, 9 },
		       { 60, 2 },         { 76, CHECK }, { 84, TABLE }, { 92, MAIN },
		       { 96, ROOT },      { 100, 1 },    { 104, 2 } };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		put(p + fields[i].at, fields[i].value, 4);
	put(p + 36, blocks, 8);
	put(p + 2180, F2FS_COMPRESSION | (features & F2FS_FLEXIBLE_XATTR), 4);
}

static void make_checkpoint(uint8_t *p)
{
	put(p, 1, 8);
	put(p + 132, 1, 4);    /* unmounted */
	put(p + 136, 2, 4);    /* blocks of the pack */
	put(p + 164, 4092, 4); /* the checksum's place */
	put(p + 4092, f2fs_crc(F2FS_MAGIC, (struct span){ p, 4092 }), 4);
	memcpy(p + BLOCK, p, BLOCK);
}

/* Each block of the input is the node of its number, of the inode that its own end says. */
static void make_table(uint8_t *table, uint8_t *nodes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *entry = table + (size_t)(ROOT + i) * 9, *end = nodes + (i + 1ull) * BLOCK;

		put(end - 24, ROOT + i, 4);
		memcpy(entry + 1, end - 20, 4);
		put(entry + 5, MAIN + i, 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t count = (uint32_t)(size / BLOCK < MOST ? size / BLOCK : MOST);
	size_t length = (MAIN + (size_t)count) * BLOCK;
	uint8_t *image = calloc(1, length);

	if (!image)
		return 0;
	if (count)
		memcpy(image + (size_t)MAIN * BLOCK, data, (size_t)count * BLOCK);
	make_super(image + 1024, MAIN + count, size % BLOCK ? data[size - 1] : 0);
	make_checkpoint(image + (size_t)CHECK * BLOCK);
	make_table(image + (size_t)TABLE * BLOCK, image + (size_t)MAIN * BLOCK, count);
	fuzz_format(&format_f2fs, image, length);
	free(image);
	return 0;
}
