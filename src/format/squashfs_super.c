/* squashfs_super.c - superblocks of all versions. The byte order is told by the version number,
 * never by the magic, which vendors changed at will. Nothing in it is covered by a checksum, so it
 * is taken for one only when its fields agree with each other. */
#include <stdio.h>

#include "format/squashfs.h"

#define VERSION_AT    28
#define SMALLEST_LOG  12
#define LARGEST_LOG   20
#define LARGEST_SUPER 119

/* Bytes of the superblock, by major version. */
static const uint8_t super_size[] = { 0, 51, 63, 119, 96 };

unsigned squash_super_size(unsigned major)
{
	return super_size[major];
}

static bool has_known_magic(struct span in)
{
	static const char magics[][5] = { "hsqs", "sqsh", "shsq", "qshs",
					  "hsqt", "tqsh", "zlqs", "sqlz" };

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (span_starts(in, span_text(magics[i])))
			return true;
	return false;
}

static struct fault read_version(struct span in, struct squash_super *s)
{
	uint16_t little = span_u16(in, VERSION_AT, false);
	uint16_t big = span_u16(in, VERSION_AT, true);

	if (!has_known_magic(in))
		return fault_at(FAULT_UNKNOWN, 0, "magic", span_u32(in, 0, true), 0);
	if (in.n < VERSION_AT + 4)
		return fault_at(FAULT_SHORT, in.n, "superblock", in.n, LARGEST_SUPER);
	s->big = little == 0 || little > 4;
	s->major = s->big ? big : little;
	s->minor = span_u16(in, VERSION_AT + 2, s->big);
	if (s->major < 1 || s->major > 4)
		return fault_at(FAULT_UNKNOWN, VERSION_AT, "version", little, 4);
	if (in.n < super_size[s->major])
		return fault_at(FAULT_SHORT, in.n, "superblock", in.n, super_size[s->major]);
	return fine;
}

static struct fault check_block_size(struct squash_super *s, uint32_t log, uint64_t at)
{
	if (log < SMALLEST_LOG || log > LARGEST_LOG || s->block_size != 1u << log)
		return fault_at(FAULT_BROKEN, at, "block size", s->block_size, log);
	return fine;
}

static struct fault read_v4(struct span in, struct squash_super *s)
{
	struct cursor c = { .in = in, .at = 4 };
	uint32_t log, time;

	s->inodes = cursor_u32(&c, s->big);
	time = cursor_u32(&c, s->big);
	s->block_size = cursor_u32(&c, s->big);
	s->fragments = cursor_u32(&c, s->big);
	s->codec = cursor_u16(&c, s->big);
	log = cursor_u16(&c, s->big);
	s->flags = cursor_u16(&c, s->big);
	s->ids = cursor_u16(&c, s->big);
	cursor_skip(&c, 4);
	s->root = cursor_u64(&c, s->big);
	s->used = cursor_u64(&c, s->big);
	s->id_table = cursor_u64(&c, s->big);
	s->xattr_table = cursor_u64(&c, s->big);
	s->inode_table = cursor_u64(&c, s->big);
	s->directory_table = cursor_u64(&c, s->big);
	s->fragment_table = cursor_u64(&c, s->big);
	s->lookup_table = cursor_u64(&c, s->big);
	s->used_as_time = s->big && time == (uint32_t)s->used;
	if (s->ids == 0)
		return fault_at(FAULT_BROKEN, 26, "ids", 0, 1);
	return check_block_size(s, log, 12);
}

/* v1 to v3 share the first fields. From v2 on the block size has 32 bits, in v3 all offsets stand
 * again with 64. */
static struct fault read_old(struct span in, struct squash_super *s)
{
	struct cursor c = { .in = in, .at = 4 };
	uint32_t log;

	s->inodes = cursor_u32(&c, s->big);
	s->used = cursor_u32(&c, s->big);
	s->id_table = cursor_u32(&c, s->big);
	s->guid_table = cursor_u32(&c, s->big);
	s->inode_table = cursor_u32(&c, s->big);
	s->directory_table = cursor_u32(&c, s->big);
	cursor_skip(&c, 4);
	s->block_size = cursor_u16(&c, s->big);
	log = cursor_u16(&c, s->big);
	s->flags = cursor_u8(&c);
	s->ids = cursor_u8(&c);
	s->guids = cursor_u8(&c);
	cursor_skip(&c, 4);
	s->root = cursor_u64(&c, s->big);
	s->xattr_table = s->fragment_table = s->lookup_table = NO_TABLE;
	if (s->major >= 2) {
		s->block_size = cursor_u32(&c, s->big);
		s->fragments = cursor_u32(&c, s->big);
		s->fragment_table = cursor_u32(&c, s->big);
	}
	if (s->major == 3) {
		s->used = cursor_u64(&c, s->big);
		s->id_table = cursor_u64(&c, s->big);
		s->guid_table = cursor_u64(&c, s->big);
		s->inode_table = cursor_u64(&c, s->big);
		s->directory_table = cursor_u64(&c, s->big);
		s->fragment_table = cursor_u64(&c, s->big);
		s->lookup_table = cursor_u64(&c, s->big);
	}
	return check_block_size(s, log, 34);
}

static bool is_absent(uint64_t table)
{
	return table == NO_TABLE || table == 0 || table == UINT32_MAX;
}

/* The order in which every known tool writes: inodes, names, then the rest. */
static struct fault check_order(const struct squash_super *s)
{
	uint64_t room = s->directory_table - s->inode_table;
	const uint64_t later[] = { s->fragment_table, s->lookup_table, s->id_table,
				   s->xattr_table };

	if (s->used < super_size[s->major])
		return fault_at(FAULT_BROKEN, 40, "bytes used", s->used, super_size[s->major]);
	if (s->inode_table < super_size[s->major] || s->inode_table >= s->directory_table)
		return fault_at(FAULT_BROKEN, 64, "inode table", s->inode_table,
				s->directory_table);
	if (s->directory_table > s->used)
		return fault_at(FAULT_BROKEN, 72, "directory table", s->directory_table, s->used);
	if (s->root >> 16 >= room || (s->root & 0xFFFF) >= SQUASH_METADATA)
		return fault_at(FAULT_BROKEN, 32, "root inode", s->root, room << 16);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (!is_absent(later[i]) && (later[i] < s->directory_table || later[i] > s->used))
			return fault_at(FAULT_BROKEN, 48, "table start", later[i], s->used);
	if (s->major == 4 && is_absent(s->id_table))
		return fault_at(FAULT_BROKEN, 48, "id table", s->id_table, s->used);
	if (s->inodes == 0)
		return fault_at(FAULT_BROKEN, 4, "inodes", 0, 1);
	return fine;
}

/* A metadata length names at most 8192 bytes that end before the next table. */
static bool is_length(const struct squash_super *s, uint16_t word)
{
	uint32_t size = word & 0x7FFF;

	return size && size <= SQUASH_METADATA && size + 2u <= s->directory_table - s->inode_table;
}

/* Builders of big-endian v4 disagree whether lengths are swapped too: only one order fits. */
static struct fault read_length_order(struct span in, struct squash_super *s)
{
	struct span word = span_sub(in, s->inode_table, 2);
	bool own = is_length(s, span_u16(word, 0, s->big));
	bool other = is_length(s, span_u16(word, 0, !s->big));

	s->big_lengths = s->big;
	if (word.n < 2 || own)
		return fine; /* cut off before the inodes: nothing speaks against it */
	if (!other)
		return fault_at(FAULT_BROKEN, s->inode_table, "metadata length",
				span_u16(word, 0, s->big), SQUASH_METADATA);
	s->big_lengths = !s->big;
	return fine;
}

struct fault squash_read_super(struct span in, struct squash_super *s)
{
	struct fault bad;

	*s = (struct squash_super){ 0 };
	bad = read_version(in, s);
	if (bad.kind == FAULT_NONE)
		bad = s->major == 4 ? read_v4(in, s) : read_old(in, s);
	if (bad.kind == FAULT_NONE)
		bad = check_order(s);
	if (bad.kind == FAULT_NONE)
		bad = read_length_order(in, s);
	return bad;
}

void squash_label(const struct squash_super *s, const char *method, char label[64])
{
	snprintf(label, 64, "%u.%u%s%s%s%s", s->major, s->minor, method ? " " : "",
		 method ? method : "", s->big ? " big-endian" : "",
		 s->used_as_time ? " (AVM)" : "");
}
