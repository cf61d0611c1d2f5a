/* squashfs_v3.c - inodes and directories of v1 to v3: the C bit fields of the machine that wrote
 * them. A little-endian one fills a byte from its low bit on, a big-endian one from its high bit.
 */
#include "format/squashfs.h"

#define TYPES_V1  5  /* v1: types 1 to 5, again with 16 added to the user for each further round */
#define SAME_V1   15 /* the group has the user's number */
#define SAME      255
#define SOCKET_V1 7

struct bits {
	struct cursor *c;
	bool big;
	uint64_t window;
	unsigned have; /* bits in the window, fewer than 8 between calls */
};

/* The next `width` bits, at most 32. */
static uint32_t take(struct bits *b, unsigned width)
{
	uint64_t mask = (1ull << width) - 1;
	uint64_t value;

	for (; b->have < width; b->have += 8) {
		uint64_t byte = cursor_u8(b->c);

		b->window = b->big ? b->window << 8 | byte : b->window | byte << b->have;
	}
	b->have -= width;
	if (b->big) {
		value = b->window >> b->have & mask;
		b->window &= (1ull << b->have) - 1;
	} else {
		value = b->window & mask;
		b->window >>= width;
	}
	return (uint32_t)value;
}

static uint64_t take64(struct bits *b)
{
	uint64_t first = take(b, 32);
	uint64_t second = take(b, 32);

	return b->big ? first << 32 | second : second << 32 | first;
}

static void read_mtime(struct bits *b, struct squash_inode *i)
{
	i->mtime = (int32_t)take(b, 32);
	i->has_mtime = true;
}

static void read_directory(const struct squash *q, struct bits *b, bool extended,
			   struct squash_inode *i)
{
	unsigned major = q->super.major;
	uint32_t size;

	if (major == 3)
		i->links = take(b, 32);
	size = take(b, extended ? 27 : 19);
	i->offset = take(b, 13);
	if (major < 3)
		read_mtime(b, i);
	i->start = take(b, major == 3 ? 32 : 24);
	if (extended)
		i->indexes = take(b, 16);
	if (major == 3)
		i->parent = take(b, 32);
	/* v3 counts "." and ".." with 3 bytes, as v4 does. */
	i->size = major < 3 ? size : size > 3 ? size - 3 : 0;
	i->is_strange |= major == 3 && size < 3;
}

static void read_file(const struct squash *q, struct bits *b, bool extended, struct squash_inode *i)
{
	unsigned major = q->super.major;

	if (major < 3)
		read_mtime(b, i);
	else if (extended)
		i->links = take(b, 32);
	i->start = major == 3 ? take64(b) : take(b, 32);
	if (major > 1) {
		i->fragment = take(b, 32);
		i->offset = take(b, 32);
	}
	i->size = extended ? take64(b) : take(b, 32);
	i->list = b->c->at;
}

static void read_rest(const struct squash *q, struct bits *b, bool extended, struct squash_inode *i)
{
	uint32_t number;

	switch (i->kind) {
	case KIND_DIRECTORY:
		read_directory(q, b, extended, i);
		return;
	case KIND_FILE:
		read_file(q, b, extended, i);
		return;
	default:
		break;
	}
	if (q->super.major == 3)
		i->links = take(b, 32);
	switch (i->kind) {
	case KIND_SYMLINK:
		i->size = take(b, 16);
		i->target = cursor_span(b->c, i->size);
		return;
	case KIND_BLOCK_DEVICE:
	case KIND_CHAR_DEVICE:
		number = take(b, 16);
		i->major = number >> 8;
		i->minor = number & 0xFF;
		return;
	default:
		return;
	}
}

static void set_owner(const struct squash *q, uint32_t uid, uint32_t guid, struct squash_inode *i)
{
	uint32_t same = q->super.major == 1 ? SAME_V1 : SAME;

	i->has_owner = squash_id(q, q->ids, uid, &i->uid);
	i->gid = i->uid;
	if (guid != same)
		i->has_owner = squash_id(q, q->guids, guid, &i->gid) && i->has_owner;
}

static struct fault read_v1(const struct squash *q, struct bits *b, struct squash_inode *i)
{
	uint32_t type = take(b, 4), uid, guid;

	i->mode = take(b, 12);
	uid = take(b, 4);
	guid = take(b, 4);
	if (type == 0) {
		i->kind = take(b, 4) == SOCKET_V1 ? KIND_SOCKET : KIND_FIFO;
		uid += take(b, 4) * 16;
	} else {
		squash_kind((type - 1) % TYPES_V1 + 1, &i->kind);
		uid += (type - 1) / TYPES_V1 * 16;
		read_rest(q, b, false, i);
	}
	set_owner(q, uid, guid, i);
	return fine;
}

struct fault squash_old_inode(const struct squash *q, struct cursor *c, struct squash_inode *i)
{
	struct bits b = { .c = c, .big = q->super.big };
	size_t at = c->at;
	uint32_t type, uid, guid;
	bool extended;

	if (q->super.major == 1)
		return read_v1(q, &b, i);
	type = take(&b, 4);
	extended = type > 7;
	if (type > (q->super.major == 3 ? 9u : 8u) ||
	    !squash_kind(extended ? type - 7 : type, &i->kind))
		return fault_at(FAULT_BROKEN, at, "inode type", type, 9);
	i->mode = take(&b, 12);
	uid = take(&b, 8);
	guid = take(&b, 8);
	if (q->super.major == 3) {
		read_mtime(&b, i);
		i->number = take(&b, 32);
	}
	set_owner(q, uid, guid, i);
	i->has_links = q->super.major == 3 && (i->kind != KIND_FILE || extended);
	read_rest(q, &b, extended, i);
	return fine;
}

struct squash_run squash_old_run(const struct squash *q, struct cursor *c)
{
	struct bits b = { .c = c, .big = q->super.big };
	struct squash_run run = { 0 };

	run.left = take(&b, 8) + 1;
	run.block = take(&b, q->super.major == 3 ? 32 : 24);
	if (q->super.major == 3)
		run.number = take(&b, 32);
	return run;
}

struct squash_name squash_old_name(const struct squash *q, struct cursor *c)
{
	struct bits b = { .c = c, .big = q->super.big };
	struct squash_name n = { .kind = KIND_FILE };
	uint32_t size;

	n.offset = take(&b, 13);
	n.type = take(&b, 3);
	squash_kind(n.type, &n.kind);
	size = take(&b, 8) + 1;
	if (q->super.major == 3)
		n.number = take(&b, 16);
	n.name = cursor_span(c, size);
	return n;
}
