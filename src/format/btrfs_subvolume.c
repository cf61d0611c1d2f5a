/* btrfs_subvolume.c - the subvolumes that the root tree names, and where they are mounted. */
#include "format/btrfs.h"

#define DEFAULT_HOLDER 6    /* the object whose record "default" names one */
#define BACKUP         2859 /* in the superblock */
#define BACKUP_SIZE    168
#define BACKUPS        4

struct btrfs_subvolume *btrfs_subvolume(const struct btrfs *fs, uint64_t id)
{
	uint32_t low = 0, high = fs->subvolume_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->subvolumes[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < fs->subvolume_count && fs->subvolumes[low].id == id ? &fs->subvolumes[low]
									 : NULL;
}

static bool add_subvolume(struct btrfs *fs, struct arena *a, struct btrfs_subvolume s)
{
	struct btrfs_subvolume *last =
		fs->subvolume_count ? &fs->subvolumes[fs->subvolume_count - 1] : NULL;

	/* Of several the last is in use. */
	if (last && last->id == s.id) {
		*last = s;
		return true;
	}
	if (fs->subvolume_count == fs->subvolume_room) {
		uint32_t room = fs->subvolume_room ? fs->subvolume_room * 2 : 16;
		struct btrfs_subvolume *more = arena_take(a, room, sizeof(*more));

		if (!more)
			return false;
		if (fs->subvolume_count)
			memcpy(more, fs->subvolumes, fs->subvolume_count * sizeof(*more));
		fs->subvolumes = more;
		fs->subvolume_room = room;
	}
	fs->subvolumes[fs->subvolume_count++] = s;
	return true;
}

static struct fault read_list(struct btrfs *fs, struct arena *a)
{
	struct btrfs_cursor c;
	struct btrfs_item item;

	btrfs_seek(&c, fs, fs->root, (struct btrfs_key){ BTRFS_TOP, BTRFS_ROOT, 0 });
	c.to = (struct btrfs_key){ UINT64_MAX, UINT8_MAX, UINT64_MAX };
	while (btrfs_next(&c, &item)) {
		struct btrfs_subvolume s = { .id = item.key.id,
					     .directory = span_u64(item.bytes, 168, false),
					     .is_deleted = span_u32(item.bytes, 216, false) == 0 };

		s.tree.node = span_u64(item.bytes, 176, false);
		s.tree.level = (uint8_t)span_byte(item.bytes, 238);
		if (item.key.type != BTRFS_ROOT ||
		    (s.id != BTRFS_TOP && (s.id < BTRFS_FIRST_FREE || s.id > UINT64_MAX - 256)))
			continue;
		if (!add_subvolume(fs, a, s))
			return fault_at(FAULT_MEMORY, 0, "subvolumes", fs->subvolume_count, 0);
	}
	return c.fault;
}

/* The superblock keeps where the last four root trees were; the newest that is older than that. */
static bool older_root(struct btrfs *fs, uint64_t *generation)
{
	uint64_t newest = 0;

	for (uint64_t i = 0; i < BACKUPS; i++) {
		struct span s = span_sub(fs->super, BACKUP + i * BACKUP_SIZE, BACKUP_SIZE);
		uint64_t own = span_u64(s, 8, false);

		if (own >= *generation || own <= newest)
			continue;
		newest = own;
		fs->root.node = span_u64(s, 0, false);
		fs->root.level = (uint8_t)span_byte(s, 152);
	}
	*generation = newest;
	return newest != 0;
}

struct fault btrfs_subvolumes_read(struct btrfs *fs, struct arena *a)
{
	uint64_t generation = span_u64(fs->super, 72, false);
	struct fault bad = read_list(fs, a);

	while (!btrfs_subvolume(fs, BTRFS_TOP) && bad.kind != FAULT_MEMORY &&
	       older_root(fs, &generation)) {
		fs->subvolume_count = 0;
		read_list(fs, a);
	}
	return bad;
}

uint64_t btrfs_default_subvolume(const struct btrfs *fs)
{
	struct btrfs_cursor c;
	struct btrfs_item item;
	struct btrfs_name name;

	btrfs_seek(&c, fs, fs->root, (struct btrfs_key){ DEFAULT_HOLDER, BTRFS_DIR_ITEM, 0 });
	while (btrfs_next_of(&c, DEFAULT_HOLDER, BTRFS_DIR_ITEM, &item)) {
		struct cursor in = { .in = item.bytes };

		while (btrfs_name_next(&in, &name))
			if (span_is(name.name, "default"))
				return name.location.id;
	}
	return BTRFS_TOP;
}

/* A snapshot repeats the names of subvolumes that are not in it: only the reference decides. */
struct btrfs_subvolume *btrfs_mounted(const struct btrfs *fs, uint64_t parent, uint64_t directory,
				      const struct btrfs_name *n)
{
	struct btrfs_key key = { parent, BTRFS_ROOT_REF, n->location.id };
	struct btrfs_item item;
	struct fault why;

	/* Directory, sequence, length of the name, name. */
	if (!btrfs_find(fs, fs->root, key, &item, &why) ||
	    span_u64(item.bytes, 0, false) != directory ||
	    !span_equal(span_sub(item.bytes, 18, span_u16(item.bytes, 16, false)), n->name))
		return NULL;
	return btrfs_subvolume(fs, n->location.id);
}
