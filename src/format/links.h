/* links.h - inside format/: several names of one inode. */
#ifndef EVENHAND_FORMAT_LINKS_H
#define EVENHAND_FORMAT_LINKS_H

#include "base/names.h"
#include "format/format.h"

/* Makes hard links of all files but the first among those whose key[0] and key[1] agree, which are
 * those of one inode. Files without metadata are left alone. */
void links_join(struct listing *l);

/* The kind that Linux writes beside names (include/linux/fs_types.h): all that is known of an inode
 * which is torn. */
enum kind links_kind(uint8_t type);

/* What a table has for an inode of these two keys, made if there is nothing; valid until the next
 * call. NULL when the arena is used up. */
struct name *links_met(struct names *inodes, const uint64_t key[2]);

/* What one attribute takes from a budget of bytes. */
static inline uint64_t links_xattr_cost(const struct xattr *x)
{
	return 64 + (uint64_t)x->name.n + x->value.n;
}

/* Adds another name of the inode of an entry. What that cost to read is not paid again; what its
 * attributes take is, from a budget of bytes, and without that they are left out. */
bool links_repeat(struct listing *l, uint32_t first, const struct entry *name, uint64_t *left);

#endif
