/* squashfs_v4.c - inodes and directories of v4: whole bytes, in one fixed order of fields. Types 8
 * to 14 are the extended forms of 1 to 7. */
#include "format/squashfs.h"

#define EXTENDED 7

bool squash_kind(uint32_t type, enum kind *kind)
{
	static const enum kind kinds[] = { KIND_DIRECTORY,    KIND_FILE,        KIND_SYMLINK,
					   KIND_BLOCK_DEVICE, KIND_CHAR_DEVICE, KIND_FIFO,
					   KIND_SOCKET };

	if (type < 1 || type > sizeof(kinds) / sizeof(kinds[0]))
		return false;
	*kind = kinds[type - 1];
	return true;
}

static void read_directory(struct cursor *c, bool big, bool extended, struct squash_inode *i)
{
	uint32_t size;

	if (extended) {
		i->links = cursor_u32(c, big);
		size = cursor_u32(c, big);
		i->start = cursor_u32(c, big);
		i->parent = cursor_u32(c, big);
		i->indexes = cursor_u16(c, big);
		i->offset = cursor_u16(c, big);
		i->xattr = cursor_u32(c, big);
	} else {
		i->start = cursor_u32(c, big);
		i->links = cursor_u32(c, big);
		size = cursor_u16(c, big);
		i->offset = cursor_u16(c, big);
		i->parent = cursor_u32(c, big);
	}
	i->size = size > 3 ? size - 3 : 0; /* "." and ".." are counted with 3 bytes */
	i->is_strange |= size < 3;
}

static void read_file(struct cursor *c, bool big, bool extended, struct squash_inode *i)
{
	if (extended) {
		i->start = cursor_u64(c, big);
		i->size = cursor_u64(c, big);
		i->sparse = cursor_u64(c, big);
		i->links = cursor_u32(c, big);
		i->fragment = cursor_u32(c, big);
		i->offset = cursor_u32(c, big);
		i->xattr = cursor_u32(c, big);
	} else {
		i->start = cursor_u32(c, big);
		i->fragment = cursor_u32(c, big);
		i->offset = cursor_u32(c, big);
		i->size = cursor_u32(c, big);
	}
	i->list = c->at;
}

/* The kernel's 32-bit form: 12 bits of major between 8 and 12 bits of minor. */
static void read_device(struct cursor *c, bool big, struct squash_inode *i)
{
	uint32_t number;

	i->links = cursor_u32(c, big);
	number = cursor_u32(c, big);
	i->major = number >> 8 & 0xFFF;
	i->minor = (number & 0xFF) | (number >> 12 & 0xFFF00);
}

static void read_rest(struct cursor *c, bool big, bool extended, struct squash_inode *i)
{
	switch (i->kind) {
	case KIND_DIRECTORY:
		read_directory(c, big, extended, i);
		return;
	case KIND_FILE:
		read_file(c, big, extended, i);
		return;
	case KIND_SYMLINK:
		i->links = cursor_u32(c, big);
		i->size = cursor_u32(c, big);
		i->target = cursor_span(c, i->size);
		break;
	case KIND_BLOCK_DEVICE:
	case KIND_CHAR_DEVICE:
		read_device(c, big, i);
		break;
	default:
		i->links = cursor_u32(c, big);
	}
	if (extended)
		i->xattr = cursor_u32(c, big);
}

struct fault squash_v4_inode(const struct squash *q, struct cursor *c, struct squash_inode *i)
{
	bool big = q->super.big;
	size_t at = c->at;
	uint32_t type = cursor_u16(c, big);
	bool extended = type > EXTENDED;
	uint32_t uid, gid;

	if (!squash_kind(extended ? type - EXTENDED : type, &i->kind))
		return fault_at(FAULT_BROKEN, at, "inode type", type, 2 * EXTENDED);
	i->mode = cursor_u16(c, big);
	i->is_strange = i->mode & 0170000;
	i->mode &= 07777;
	uid = cursor_u16(c, big);
	gid = cursor_u16(c, big);
	i->has_owner = squash_id(q, q->ids, uid, &i->uid) && squash_id(q, q->ids, gid, &i->gid);
	i->has_mtime = true;
	i->mtime = cursor_u32(c, big);
	i->number = cursor_u32(c, big);
	i->has_links = i->kind != KIND_FILE || extended;
	read_rest(c, big, extended, i);
	return fine;
}

struct squash_run squash_v4_run(const struct squash *q, struct cursor *c)
{
	struct squash_run run;
	uint32_t count = cursor_u32(c, q->super.big);

	run.left = count < SQUASH_MOST_RUN ? count + 1 : 0;
	run.block = cursor_u32(c, q->super.big);
	run.number = cursor_u32(c, q->super.big);
	return run;
}

struct squash_name squash_v4_name(const struct squash *q, struct cursor *c)
{
	bool big = q->super.big;
	struct squash_name n = { .kind = KIND_FILE };
	uint32_t size;

	n.offset = cursor_u16(c, big);
	n.number = cursor_u16(c, big);
	n.type = cursor_u16(c, big);
	squash_kind(n.type, &n.kind);
	size = cursor_u16(c, big) + 1u;
	if (size > SQUASH_MOST_NAME)
		c->ran_out = true;
	n.name = cursor_span(c, size);
	return n;
}
