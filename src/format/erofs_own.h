/* erofs_own.h - inside format/: what files of an EROFS share, for erofs_own(): clusters that
 * several use, and an inode with ends of files. Nothing of either may be without a file. */
#ifndef EVENHAND_FORMAT_EROFS_OWN_H
#define EVENHAND_FORMAT_EROFS_OWN_H

#include "format/erofs.h"
#include "format/own.h"

struct cluster {
	uint64_t at;
	bool is_whole; /* all that it holds is content, to its end */
};

struct sharing {
	struct arena *arena;
	struct own_list gaps; /* of the inode that files share: what none of them uses */
	struct own_map used;
	struct cluster *clusters; /* of all files */
	size_t count, room;
	struct erofs_part *parts; /* of the file at hand */
	size_t part_count, part_room;
};

void sharing_init(struct sharing *s, struct arena *a);
void sharing_fragment(struct sharing *s, uint64_t from, uint64_t length);
void sharing_part(struct sharing *s, const struct erofs_part *p);
/* All parts of a file were told, and this is its content. */
void sharing_file(struct sharing *s, struct span content);
/* After all files. */
bool sharing_holds(struct sharing *s, struct span packed);

struct attributes {
	const struct erofs *fs;
	struct own_map *map;
	struct sharing *shared;
	uint64_t used[2];   /* long prefixes, a bit each */
	bool prefixes_hold; /* see own_prefixes() */
};

void own_attributes(struct attributes *x, const struct erofs_inode *i, const struct entry *e);
/* After all inodes: the table of long prefixes. */
void own_prefixes(struct attributes *x);

/* After own_finish(): padding that is part of some file is what the packer left there. */
void own_remains(const struct listing *l, struct own_list *own);

#endif
