/* ntfs_owner.c - owners that are numbers: security identifiers into which Samba, the NFS services
 * of Windows, or ntfs-3g have put one of Unix. Others name accounts of Windows and say nothing
 * here. Descriptors stand in a stream of $Secure, each under a number, in blocks of 256 KiB that
 * are there twice; or in the file's own record. Source: [MS-DTYP] 2.4.2, 2.4.6; ntfs-3g
 * libntfs-3g/security.c. */
#include <stdlib.h>

#include "format/ntfs.h"

#define LARGEST_STREAM (64u << 20)
#define BLOCK          (256u << 10)
#define ENTRY_HEADER   20
#define SUBS           5     /* that are looked at */
#define BASE           10000 /* from which ntfs-3g counts, in steps of two */

struct ntfs_descriptor {
	uint32_t id, at;
};

static int by_id(const void *left, const void *right)
{
	const struct ntfs_descriptor *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

/* The entry at or behind `at` in the blocks that count; false behind the last. */
static bool next_entry(struct span s, uint64_t *at, uint32_t *size)
{
	for (;; *at = (*at / BLOCK + 1) * BLOCK) {
		if (*at / BLOCK % 2)
			continue;
		*size = span_u32(s, *at + 16, false);
		if (*at >= s.n)
			return false;
		if (*size >= ENTRY_HEADER && *size <= BLOCK - *at % BLOCK)
			return true;
	}
}

void ntfs_owners_read(struct ntfs *fs, struct listing *l, struct ntfs_record *r)
{
	struct entry e = { .key = { NTFS_SECURE } };
	struct ntfs_file file = { 0 };
	const struct ntfs_stream *s;
	uint32_t size, count = 0;
	uint64_t at;

	ntfs_file_read(fs, l, r, &file, &e);
	s = ntfs_stream_find(&file, NTFS_DATA, "$SDS");
	if (!s)
		return;
	fs->security = ntfs_stream_read(fs, s, l->arena, LARGEST_STREAM);
	for (at = 0; next_entry(fs->security, &at, &size); at += (size + 15) & ~15u)
		count++;
	fs->descriptors = arena_take(l->arena, count, sizeof(*fs->descriptors));
	if (!fs->descriptors)
		return;
	for (at = 0; next_entry(fs->security, &at, &size); at += (size + 15) & ~15u)
		fs->descriptors[fs->descriptor_count++] =
			(struct ntfs_descriptor){ span_u32(fs->security, at + 4, false),
						  (uint32_t)at };
	if (count)
		qsort(fs->descriptors, count, sizeof(*fs->descriptors), by_id);
}

static struct span descriptor_of(const struct ntfs *fs, struct arena *a,
				 const struct ntfs_file *file)
{
	const struct ntfs_stream *own = ntfs_stream_find(file, NTFS_SECURITY, "");
	const struct ntfs_descriptor wanted = { file->security, 0 }, *d = NULL;
	uint32_t size;

	if (fs->descriptor_count)
		d = bsearch(&wanted, fs->descriptors, fs->descriptor_count, sizeof(*d), by_id);
	if (d) {
		size = span_u32(fs->security, d->at + 16ull, false);
		return span_sub(fs->security, d->at + (uint64_t)ENTRY_HEADER, size - ENTRY_HEADER);
	}
	return own ? ntfs_stream_read(fs, own, a, NTFS_LARGEST_EA) : (struct span){ 0 };
}

/* What an identifier says of a user (kind 1) or a group (2). */
enum says { SAYS_NOTHING, SAYS_ADMINISTRATOR, SAYS_NUMBER };

static enum says read_identifier(struct span in, uint32_t kind, uint32_t *number)
{
	static const uint32_t of_ntfs_3g[] = { 21, 3141592653u, 589793238, 462843383 };
	uint32_t count = (uint8_t)span_byte(in, 1), authority = span_u16(in, 6, true);
	uint32_t sub[SUBS] = { 0 };

	if (in.n < 8 || span_byte(in, 0) != 1 || span_u32(in, 2, true) || count > SUBS ||
	    in.n < 8 + count * 4ull)
		return SAYS_NOTHING;
	for (uint32_t i = 0; i < count; i++)
		sub[i] = span_u32(in, 8 + i * 4ull, false);
	*number = count ? sub[count - 1] : 0;
	if ((authority == 22 && count == 2 && sub[0] == kind) ||
	    (authority == 5 && count == 3 && sub[0] == 88 && sub[1] == kind))
		return SAYS_NUMBER;
	if (authority == 5 && count == 5 && memcmp(sub, of_ntfs_3g, sizeof(of_ntfs_3g)) == 0 &&
	    sub[4] >= BASE && sub[4] % 2 == kind - 1) {
		*number = (sub[4] - BASE) / 2;
		return SAYS_NUMBER;
	}
	*number = 0;
	return authority == 5 && count == 2 && sub[0] == 32 && sub[1] == 544 ? SAYS_ADMINISTRATOR
									     : SAYS_NOTHING;
}

/* Windows' administrators are what ntfs-3g has for root, where the other half is a number. */
void ntfs_owner_set(const struct ntfs *fs, struct arena *a, const struct ntfs_file *file,
		    struct entry *e)
{
	struct span d = descriptor_of(fs, a, file);
	uint32_t uid, gid;
	enum says user, group;

	if (d.n < 20)
		return;
	user = read_identifier(span_from(d, span_u32(d, 4, false)), 1, &uid);
	group = read_identifier(span_from(d, span_u32(d, 8, false)), 2, &gid);
	if (user == SAYS_NOTHING || group == SAYS_NOTHING ||
	    (user != SAYS_NUMBER && group != SAYS_NUMBER))
		return;
	e->uid = uid;
	e->gid = gid;
	e->has_owner = true;
}
