/* fat_boot.c - the boot sector. What makes a FAT12, 16 or 32 is the number of clusters and which
 * field gives the length of the table, not the text beside them. */
#include "base/cursor.h"
#include "format/fat.h"

#define SIGNATURE  0xaa55
#define MOST_FAT12 4084u
#define MOST_FAT16 65524u
#define MOST_FAT32 0x0ffffff5u
#define MOST_ROOT  65536u

struct fields {
	uint32_t sector, per_cluster, reserved, tables, root_entries, total, media, table_size;
	bool wide; /* FAT32: no fixed root directory */
};

static bool is_power(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

static struct fault read_fields(struct span in, struct fields *f)
{
	struct cursor c = { .in = in, .at = 11 };
	uint8_t jump = (uint8_t)span_byte(in, 0);
	uint32_t small;

	f->sector = cursor_le16(&c);
	f->per_cluster = cursor_u8(&c);
	f->reserved = cursor_le16(&c);
	f->tables = cursor_u8(&c);
	f->root_entries = cursor_le16(&c);
	small = cursor_le16(&c);
	f->media = cursor_u8(&c);
	f->table_size = cursor_le16(&c);
	cursor_skip(&c, 8);
	f->total = cursor_le32(&c);
	if (small)
		f->total = small;
	f->wide = f->table_size == 0;
	if (f->wide)
		f->table_size = cursor_le32(&c);
	if (in.n < 512)
		return fault_at(FAULT_SHORT, 0, "boot sector", in.n, 512);
	if (span_u16(in, 510, false) != SIGNATURE || (jump != 0xeb && jump != 0xe9))
		return fault_at(FAULT_UNKNOWN, 510, "boot signature", jump, 0xeb);
	return fine;
}

static struct fault check_fields(const struct fields *f)
{
	if (f->sector < 512 || f->sector > 4096 || !is_power(f->sector))
		return fault_at(FAULT_BROKEN, 11, "bytes of a sector", f->sector, 4096);
	if (!is_power(f->per_cluster) || f->per_cluster * f->sector > (256u << 10))
		return fault_at(FAULT_BROKEN, 13, "sectors of a cluster", f->per_cluster, 128);
	if (f->reserved == 0)
		return fault_at(FAULT_BROKEN, 14, "reserved sectors", 0, 1);
	if (f->tables < 1 || f->tables > 2)
		return fault_at(FAULT_BROKEN, 16, "tables", f->tables, 2);
	if (f->media != 0xf0 && f->media < 0xf8)
		return fault_at(FAULT_BROKEN, 21, "media", f->media, 0xf8);
	if (f->table_size == 0 || (f->wide && f->root_entries) || (!f->wide && !f->root_entries))
		return fault_at(FAULT_BROKEN, 17, "root entries", f->root_entries, MOST_ROOT);
	return fine;
}

/* Sectors before the data, their number, and the kind of table that follows from it. */
static struct fault place(const struct fields *f, struct fat *fs)
{
	uint64_t table = (uint64_t)f->table_size * f->sector;
	uint64_t root = f->reserved + (uint64_t)f->tables * f->table_size;
	uint64_t data = root + (f->root_entries * 32ull + f->sector - 1) / f->sector;
	uint64_t count = data < f->total ? (f->total - data) / f->per_cluster : 0;

	fs->sector = f->sector;
	fs->cluster = f->sector * f->per_cluster;
	fs->size = (uint64_t)f->total * f->sector;
	fs->table = (uint64_t)f->reserved * f->sector;
	fs->root = root * f->sector;
	fs->data = data * f->sector;
	fs->root_entries = f->root_entries;
	fs->bits = f->wide ? 32 : count > MOST_FAT12 ? 16 : 12;
	if (count == 0 || count > (f->wide ? MOST_FAT32 : MOST_FAT16))
		return fault_at(FAULT_BROKEN, 32, "clusters", count, MOST_FAT32);
	if (table * 8 / fs->bits < count + 2)
		return fault_at(FAULT_BROKEN, 22, "length of the table", table,
				(count + 2) * fs->bits / 8);
	fs->clusters = (uint32_t)count;
	return fine;
}

/* The first entry repeats the media byte, with ones above it. */
static bool table_begins(const struct fat *fs, uint32_t media)
{
	uint32_t mask = fs->bits == 32 ? 0x0fffffff : (1u << fs->bits) - 1;
	uint32_t first = span_u32(fs->in, fs->table, false) & mask;

	return first == (media | (mask & ~0xffu));
}

struct fault fat_boot(struct span in, struct fat *fs)
{
	struct fields f = { 0 };
	struct fault bad = read_fields(in, &f);
	uint64_t tail = 36;

	*fs = (struct fat){ .in = in };
	if (bad.kind == FAULT_NONE)
		bad = check_fields(&f);
	if (bad.kind == FAULT_NONE)
		bad = place(&f, fs);
	if (bad.kind)
		return bad;
	if (f.wide) {
		fs->root_cluster = span_u32(in, 44, false);
		tail = 64;
	}
	if (!table_begins(fs, f.media))
		return fault_at(FAULT_BROKEN, fs->table, "first entry of the table",
				span_u32(in, fs->table, false), f.media);
	if (span_byte(in, tail + 2) == 0x29)
		fs->label = span_sub(in, tail + 7, 11);
	return fine;
}
