/* check_public.c - public files against what the entries give, and kept files against their names.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/check_own.h"
#include "log/merkle.h"

/* -- as the entries come -- */

/* A log that goes on meanwhile removes partial files once the full one is public. */
static bool is_full_by_now(const struct check *c, const struct tile *t)
{
	struct tile full = { t->level, t->index, TILE_WIDTH };
	char name[TILE_MOST_PATH], path[MOST_PATH];

	tile_path(&full, name);
	return t->width < TILE_WIDTH && path_format(path, "%s/public/%s", c->dir, name) &&
	       access(path, F_OK) == 0;
}

static void compare(struct check *c, const struct tile *t, struct span want)
{
	char name[TILE_MOST_PATH], path[MOST_PATH];
	uint8_t *bytes = NULL;
	size_t n = 0;

	tile_path(t, name);
	c->sum->files++;
	if (!path_format(path, "%s/public/%s", c->dir, name) ||
	    !file_read(path, BUNDLE_MOST_BYTES, &bytes, &n)) {
		if (!is_full_by_now(c, t))
			check_found(c, "it is missing", "public/%s", name);
	} else if (!span_equal((struct span){ bytes, n }, want)) {
		check_found(c, "it is not what the entries give", "public/%s", name);
	}
	free(bytes);
}

static struct span hashes_of(const struct check_tiles *t, unsigned level)
{
	return (struct span){ t->hashes[level][0], (size_t)t->width[level] * SHA256_SIZE };
}

/* A hash at the end of a level; what it fills is compared and hashed into the next one. */
static void add_hash(struct check *c, const uint8_t leaf[SHA256_SIZE], uint64_t number)
{
	struct check_tiles *t = &c->tiles;
	uint8_t hash[SHA256_SIZE];

	memcpy(hash, leaf, SHA256_SIZE);
	for (unsigned level = 0; level < 8; level++) {
		struct tile full = { level, number >> (8 * (level + 1)), TILE_WIDTH };
		struct merkle whole = { 0 };

		memcpy(t->hashes[level][t->width[level]++], hash, SHA256_SIZE);
		if (t->width[level] < TILE_WIDTH)
			return;
		if (tile_exists(&full, c->public_head.size))
			compare(c, &full, hashes_of(t, level));
		for (unsigned i = 0; i < TILE_WIDTH; i++)
			merkle_add(&whole, t->hashes[level][i]);
		merkle_root(&whole, hash);
		t->width[level] = 0;
	}
}

void check_entry(struct check *c, struct span entry, const uint8_t leaf[SHA256_SIZE])
{
	uint64_t number = c->tree.size - 1;
	struct tile t = { TILE_ENTRIES, number / TILE_WIDTH, TILE_WIDTH };

	bundle_put(c->tiles.bundle, BUNDLE_MOST_BYTES, &c->tiles.n, entry);
	add_hash(c, leaf, number);
	if (number % TILE_WIDTH != TILE_WIDTH - 1)
		return;
	if (tile_exists(&t, c->public_head.size))
		compare(c, &t, (struct span){ c->tiles.bundle, c->tiles.n });
	c->tiles.n = 0;
}

void check_partial(struct check *c)
{
	uint64_t size = c->public_head.size;
	uint8_t root[SHA256_SIZE];

	for (unsigned level = 0; level < tile_levels(size) && level < 8; level++) {
		struct tile t = { level, tile_full(level, size), c->tiles.width[level] };

		if (t.width)
			compare(c, &t, hashes_of(&c->tiles, level));
	}
	if (size % TILE_WIDTH) {
		struct tile t = { TILE_ENTRIES, size / TILE_WIDTH, (unsigned)(size % TILE_WIDTH) };

		compare(c, &t, (struct span){ c->tiles.bundle, c->tiles.n });
	}
	merkle_root(&c->tree, root);
	if (memcmp(root, c->public_head.root, SHA256_SIZE) != 0)
		check_found(c, "the entries do not give its root", "public/checkpoint");
}

/* -- as they lie there -- */

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A partial file of an earlier size is the beginning of the full one. */
static bool begins(struct check *c, const struct tile *t, struct span part)
{
	struct tile full = { t->level, t->index, TILE_WIDTH };
	char name[TILE_MOST_PATH], path[MOST_PATH];
	uint8_t *bytes;
	struct span entry;
	size_t n, at = 0;
	unsigned count = 0;
	bool ok;

	if (t->index == tile_full(t->level, c->public_head.size))
		full.width = tile_partial(t->level, c->public_head.size);
	tile_path(&full, name);
	if (!path_format(path, "%s/public/%s", c->dir, name) ||
	    !file_read(path, BUNDLE_MOST_BYTES, &bytes, &n))
		return true; /* that one is missing, which was said */
	ok = span_starts((struct span){ bytes, n }, part);
	free(bytes);
	if (t->level < TILE_ENTRIES)
		return ok && part.n == (size_t)t->width * SHA256_SIZE;
	while (bundle_next(part, &at, &entry))
		count++;
	return ok && at == part.n && count == t->width;
}

static void look_at_file(struct check *c, const char *name)
{
	char path[MOST_PATH];
	struct tile t;
	uint8_t *bytes;
	size_t n;

	if (strcmp(name, "checkpoint") == 0)
		return;
	if (!tile_path_read(span_text(name), &t)) {
		/* What a crash left half written is not served, and written over later. */
		if (!strstr(name, "/.") && name[0] != '.')
			check_found(c, "it is no file of a log", "public/%s", name);
		return;
	}
	if (t.width == TILE_WIDTH || !tile_exists(&t, c->public_head.size))
		return; /* compared; or written for a checkpoint that is yet to come */
	c->sum->files++;
	if (!path_format(path, "%s/public/%s", c->dir, name) ||
	    !file_read(path, BUNDLE_MOST_BYTES, &bytes, &n)) {
		check_found(c, strerror(errno), "public/%s", name);
		return;
	}
	if (!begins(c, &t, (struct span){ bytes, n }))
		check_found(c, "it is not the beginning of what came to be there", "public/%s",
			    name);
	free(bytes);
}

#define MOST_DEPTH 12u /* of folders: tile, level, six groups, .p */

static void each_file(struct check *c, const char *folder, unsigned depth,
		      void (*look)(struct check *c, const char *name))
{
	const struct dirent *entry;
	char path[MOST_PATH], name[MOST_PATH];
	struct stat st;
	DIR *dir = path_format(path, "%s/%s", c->dir, folder) ? opendir(path) : NULL;

	if (!dir) {
		check_found(c, strerror(errno), "%s", folder);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (is_dots(entry->d_name) || !path_format(name, "%s/%s", folder, entry->d_name))
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode) && depth < MOST_DEPTH)
			each_file(c, name, depth + 1, look);
		else
			look(c, strchr(name, '/') + 1);
	}
	closedir(dir);
}

void check_files(struct check *c)
{
	each_file(c, "public", 0, look_at_file);
}

static void look_at_kept(struct check *c, const char *name)
{
	const char *slash = strchr(name, '/'), *want = slash ? slash + 1 : name;
	struct text hex = { 0 };
	uint8_t digest[SHA256_SIZE], *bytes;
	char path[MOST_PATH];
	size_t n;

	if (want[0] == '.')
		return;
	c->sum->kept++;
	if (!path_format(path, "%s/kept/%s", c->dir, name) ||
	    !file_read(path, SIZE_MAX >> 1, &bytes, &n)) {
		check_found(c, strerror(errno), "kept/%s", name);
		return;
	}
	sha256_of((struct span){ bytes, n }, digest);
	free(bytes);
	text_hex(&hex, (struct span){ digest, sizeof(digest) });
	if (!span_is(text_span(&hex), want))
		check_found(c, "its digest is not its name", "kept/%s", name);
	text_free(&hex);
}

void check_kept(struct check *c)
{
	each_file(c, "kept", 0, look_at_kept);
}
