/* ubifs_inode.c - what an inode says of itself: owner, mode, time, link target, device, extended
 * attributes (entries of their own that lead to inodes whose data is the value). */
#include "format/ubifs.h"

#define DATA      160 /* where the data of an inode begins */
#define ENCRYPTED 0x40
#define ONE_XATTR 64 /* what it costs beside its value; its nodes are larger */
#define LARGEST   ((uint64_t)UBIFS_BLOCKS * UBIFS_BLOCK)

static struct span inode_data(struct span node)
{
	return span_head(span_from(node, DATA), span_u32(node, 112, false));
}

/* Four bytes as the kernel encodes a device (include/linux/kdev_t.h), eight as the C library. */
static void set_device(struct span node, struct entry *e)
{
	struct span data = inode_data(node);
	uint64_t v = data.n >= 8 ? span_u64(data, 0, false) : span_u32(data, 0, false);

	e->major = (uint32_t)(v >> 8 & 0xfff) | (uint32_t)(v >> 32 & 0xfffff000);
	e->minor = (uint32_t)(v & 0xff) | (uint32_t)(v >> 12 & 0xffffff00);
	if (data.n < 4)
		e->fault = fault_at(FAULT_BROKEN, 0, "device number", data.n, 4);
}

static bool read_xattr(struct ubifs_state *s, const struct ubifs_record *r, struct xattr *x)
{
	uint64_t inode = span_u64(ubifs_record_bytes(&s->fs, r), 40, false);
	uint32_t from, to;

	if (inode > UINT32_MAX)
		return false;
	to = ubifs_records_of(&s->records, (uint32_t)inode, UBIFS_INODE, &from);
	if (to == from)
		return false;
	x->name = ubifs_name(&s->fs, r);
	x->value = inode_data(ubifs_record_bytes(&s->fs, &s->records.p[from]));
	return true;
}

/* Each name of a file has them, and may have no more than a sound file system needs. */
static void set_xattrs(struct ubifs_state *s, struct arena *a, uint32_t inode, struct entry *e)
{
	uint32_t from, to = ubifs_records_of(&s->records, inode, UBIFS_XENTRY, &from);
	uint64_t most = (uint64_t)(to - from) * (ONE_XATTR + UBIFS_BLOCK);
	struct xattr *list;

	if (to == from)
		return;
	if (s->xattrs_left < most) {
		e->fault = fault_at(FAULT_LIMIT, 0, "extended attributes", most, s->xattrs_left);
		return;
	}
	list = arena_take(a, to - from, sizeof(*list));
	e->xattrs = list;
	for (uint32_t i = from; list && i < to; i++) {
		struct xattr *x = &list[e->xattr_count];

		s->xattrs_left -= ONE_XATTR;
		if (read_xattr(s, &s->records.p[i], x)) {
			s->xattrs_left -= x->value.n;
			e->xattr_count++;
		} else {
			e->fault = fault_at(FAULT_BROKEN, s->records.p[i].at,
					    "inode of an attribute", 0, 0);
		}
	}
}

static void set_file(struct ubifs_state *s, uint32_t inode, struct span node, struct entry *e)
{
	uint32_t from, to = ubifs_records_of(&s->records, inode, UBIFS_DATA, &from);

	e->size = span_u64(node, 48, false);
	e->key[0] = inode;
	e->key[1] = from;
	e->key[2] = to;
	e->order = to > from ? s->records.p[from].at : 0;
	if (e->size <= LARGEST)
		return;
	e->fault = fault_at(FAULT_BROKEN, 0, "file size", e->size, LARGEST);
	e->size = to > from ? ((uint64_t)ubifs_record_low(&s->records.p[to - 1]) + 1) * UBIFS_BLOCK
			    : 0;
}

void ubifs_inode(struct ubifs_state *s, struct arena *a, const struct ubifs_record *r,
		 struct entry *e)
{
	struct span node = ubifs_record_bytes(&s->fs, r);
	uint32_t mode = span_u32(node, 104, false), nanoseconds = span_u32(node, 88, false);
	bool encrypted = span_u32(node, 108, false) & ENCRYPTED;

	e->kind = kind_of_mode(mode);
	e->mode = mode & 07777;
	e->uid = span_u32(node, 96, false);
	e->gid = span_u32(node, 100, false);
	e->mtime = (int64_t)span_u64(node, 72, false);
	e->mtime_ns = nanoseconds < 1000000000 ? nanoseconds : 0;
	e->has_mode = e->has_owner = e->has_mtime = true;
	e->encrypted = encrypted && e->kind == KIND_FILE;
	if (e->kind == KIND_FILE)
		set_file(s, r->inode, node, e);
	else if (e->kind == KIND_SYMLINK && encrypted)
		e->fault = fault_at(FAULT_ENCRYPTED, r->at, "link target", 0, 0);
	else if (e->kind == KIND_SYMLINK)
		e->target = inode_data(node);
	else if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE)
		set_device(node, e);
	else if (e->kind == KIND_DIRECTORY && encrypted)
		e->fault = fault_at(FAULT_ENCRYPTED, r->at, "names of a directory", 0, 0);
	set_xattrs(s, a, r->inode, e);
}
