/* ntfs.c - NTFS: the boot sector. Records of the file table are read one after the other and tell
 * the tree (ntfs_record.c, ntfs_tree.c), what each file is (ntfs_file.c, ntfs_special.c) and where
 * its contents are (ntfs_stream.c, ntfs_unpack.c, ntfs_overlay.c). */
#include <stdio.h>

#include "format/ntfs.h"
#include "format/parts.h"
#include "format/utf16.h"

#define ATTRIBUTE_END   UINT32_MAX
#define MOST_ATTRIBUTES 64

/* A size in clusters, or as a negative power of two in bytes. */
static uint64_t size_of(uint8_t field, uint64_t cluster)
{
	return field < 0x80 ? field * cluster : 1ull << ((256 - field) & 31);
}

struct fault ntfs_boot(struct span in, struct ntfs *n)
{
	static const uint8_t zeros[7];
	struct span s = span_sub(in, 0, 512);
	uint8_t per_cluster = (uint8_t)span_byte(s, 13);

	*n = (struct ntfs){ .in = in, .sector = span_u16(s, 11, false) };
	if (!span_is(span_sub(s, 3, 8), NTFS_SIGNATURE) || span_u16(s, 510, false) != 0xaa55)
		return fault_at(FAULT_UNKNOWN, 3, "NTFS signature", in.n, 512);
	if (n->sector < 256 || n->sector > 4096 || n->sector & (n->sector - 1))
		return fault_at(FAULT_BROKEN, 11, "bytes of a sector", n->sector, 4096);
	n->cluster =
		n->sector * (per_cluster <= 0x80 ? per_cluster : 1u << ((256 - per_cluster) & 31));
	n->sectors = span_u64(s, 40, false);
	n->table = span_u64(s, 48, false);
	n->mirror = span_u64(s, 56, false);
	n->record = size_of((uint8_t)span_byte(s, 64), n->cluster);
	/* What a FAT volume has here is nothing. */
	if (memcmp(s.p + 14, zeros, sizeof(zeros)) != 0 || span_u32(s, 32, false) != 0)
		return fault_at(FAULT_BROKEN, 14, "fields of FAT", 0, 0);
	if (n->cluster < 256 || n->cluster > (2u << 20) || n->cluster & (n->cluster - 1) ||
	    n->record < 256 || n->record > 65536)
		return fault_at(FAULT_BROKEN, 13, "cluster size", n->cluster, 2u << 20);
	if (n->sectors == 0 || n->sectors >> 48 ||
	    n->table >= n->sectors * n->sector / n->cluster ||
	    n->mirror >= n->sectors * n->sector / n->cluster)
		return fault_at(FAULT_BROKEN, 48, "file table", n->table, n->sectors);
	n->clusters = n->sectors * n->sector / n->cluster;
	return fine;
}

static struct span record_at(const struct ntfs *n, uint64_t number)
{
	return span_sub(n->in, n->table * n->cluster + number * n->record, n->record);
}

/* The name of the volume, in its own record. */
static struct span find_name(const struct ntfs *n)
{
	struct span r = record_at(n, NTFS_VOLUME);
	uint64_t at = span_u16(r, 20, false);

	for (int i = 0; i < MOST_ATTRIBUTES && span_starts(r, span_text("FILE")); i++) {
		uint32_t type = span_u32(r, at, false), length = span_u32(r, at + 4, false);

		if (type == NTFS_VOLUME_NAME && span_byte(r, at + 8) == 0)
			return span_sub(r, at + span_u16(r, at + 20, false),
					span_u32(r, at + 16, false));
		if (type == ATTRIBUTE_END || length < 16 || at > r.n || length > r.n - at)
			break;
		at += length;
	}
	return (struct span){ 0 };
}

static struct fault probe(struct span in, struct found *f)
{
	struct ntfs n;
	struct fault bad = ntfs_boot(in, &n);
	unsigned long long size;
	struct span first;
	char name[64];

	if (bad.kind)
		return bad;
	first = record_at(&n, 0);
	/* Behind the volume stands a copy of the boot sector. */
	size = (n.sectors + 1) * n.sector;
	f->len = part_bound(size, in);
	f->proof = span_starts(first, span_text("FILE")) ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	utf16_label(name, find_name(&n));
	snprintf(f->label, sizeof(f->label), "%llu bytes%s%.32s", size, name[0] ? ", " : "", name);
	return fine;
}

const struct format format_ntfs = {
	.name = "ntfs",
	.says = "NTFS: LZNT1, XPRESS, LZX; short streams as attributes, long ones as FILE:STREAM",
	.domain = DOMAIN_IT,
	.spec = "libyal/libfsntfs, New Technologies File System (NTFS); [MS-FSCC], [MS-XCA]",
	.shape = SHAPE_CONTAINER,
	.magic = { { 3, 8, NTFS_SIGNATURE } },
	.probe = probe,
	.list = ntfs_list,
	.load = ntfs_load,
};
