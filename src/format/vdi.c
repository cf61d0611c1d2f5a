/* vdi.c - VirtualBox disk images. Source: VirtualBox src/VBox/Storage/VDICore.h; QEMU block/vdi.c.
 */
#include <stdio.h>

#include "base/cursor.h"
#include "format/disk.h"

#define SIGNATURE    0xbeda107fu
#define VERSION      0x00010001u
#define HEADER       72 /* where the part of version 1.1 begins */
#define LEAST_HEADER 384
#define SECTOR       512u
#define LARGEST_DISK (1ull << 60)

enum { TYPE_DYNAMIC = 1, TYPE_FIXED, TYPE_UNDO, TYPE_DIFFERENCE };
enum { BLOCK_ZERO = UINT32_MAX - 1, BLOCK_FREE = UINT32_MAX };

struct vdi {
	struct span in;
	uint32_t type, map, data, block, extra, blocks, allocated;
	uint64_t size;
};

static struct fault read_header(struct span in, struct vdi *v)
{
	struct cursor c = { .in = in, .at = 64 };
	uint32_t signature = cursor_le32(&c), version = cursor_le32(&c), length, sector;

	*v = (struct vdi){ .in = in };
	length = cursor_le32(&c);
	v->type = cursor_le32(&c);
	cursor_skip(&c, 4 + 256);
	v->map = cursor_le32(&c);
	v->data = cursor_le32(&c);
	cursor_skip(&c, 12);
	sector = cursor_le32(&c);
	cursor_skip(&c, 4);
	v->size = cursor_le64(&c);
	v->block = cursor_le32(&c);
	v->extra = cursor_le32(&c);
	v->blocks = cursor_le32(&c);
	v->allocated = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 64, "header", in.n, c.at);
	if (signature != SIGNATURE || version != VERSION)
		return fault_at(FAULT_UNKNOWN, 64, "version", version, VERSION);
	if (length < LEAST_HEADER - HEADER || v->type < TYPE_DYNAMIC || v->type > TYPE_DIFFERENCE)
		return fault_at(FAULT_BROKEN, 76, "type", v->type, TYPE_DIFFERENCE);
	if (v->block < SECTOR || v->block % SECTOR || sector != SECTOR || v->size > LARGEST_DISK ||
	    v->allocated > v->blocks)
		return fault_at(FAULT_BROKEN, 376, "block size", v->block, SECTOR);
	if (v->size / v->block + (v->size % v->block != 0) > v->blocks)
		return fault_at(FAULT_BROKEN, 384, "blocks", v->blocks, v->size / v->block);
	if (v->map < HEADER + length || v->map > v->data || v->blocks > (v->data - v->map) / 4)
		return fault_at(FAULT_BROKEN, 340, "block map", v->map, v->data);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	static const char *const types[] = { "", "dynamic", "fixed", "undo", "difference" };
	struct vdi v;
	struct fault bad = read_header(in, &v);
	uint64_t length;

	if (bad.kind)
		return bad;
	length = v.data + (uint64_t)v.allocated * ((uint64_t)v.block + v.extra);
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, disk of %llu", types[v.type],
		 (unsigned long long)v.size);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct vdi v;
	struct fault bad = read_header(l->in, &v);
	struct disk d;
	bool more;

	(void)e;
	if (bad.kind == FAULT_NONE && v.type > TYPE_FIXED)
		bad = fault_at(FAULT_UNKNOWN, 76, "disk over another one", v.type, TYPE_FIXED);
	if (bad.kind == FAULT_NONE && v.data > l->in.n)
		bad = fault_at(FAULT_SHORT, v.map, "block map", l->in.n, v.data);
	if (bad.kind)
		return bad;
	disk_begin(&d, l->in, out, v.size);
	more = d.left > 0;
	for (uint32_t i = 0; more && i < v.blocks; i++) {
		uint32_t place = span_u32(l->in, v.map + i * 4ull, false);

		if (place >= BLOCK_ZERO)
			more = disk_hole(&d, v.block);
		else
			more = disk_block(&d,
					  v.data + v.extra + place * ((uint64_t)v.block + v.extra),
					  v.block);
	}
	return d.fault;
}

const struct format format_vdi = {
	.name = "vdi",
	.says = "VirtualBox disk image",
	.domain = DOMAIN_CLOUD,
	.spec = "VirtualBox src/VBox/Storage/VDICore.h",
	.shape = SHAPE_STREAM,
	.magic = { { 64, 8, "\x7f\x10\xda\xbe\x01\x00\x01\x00" } },
	.probe = probe,
	.load = load,
};
