/* copy.c - see copy.h. */
#include "log/copy.h"

#include <stdlib.h>

#include "base/text.h"

void copy_start(struct copy *c)
{
	c->tree = (struct merkle){ .size = 0 };
	c->before = 0;
	live_start(&c->live);
}

void copy_free(struct copy *c)
{
	live_free(&c->live);
}

/* -- what is there -- */

bool copy_read(const struct copy *c, const char *name, size_t most, uint8_t **bytes, size_t *n)
{
	char path[MOST_PATH];

	return path_format(path, "%s/%s", c->root, name) && file_read(path, most, bytes, n);
}

static bool read_tile(const struct copy *c, const struct tile *t, uint8_t **bytes, size_t *n)
{
	char name[TILE_MOST_PATH];

	tile_path(t, name);
	return copy_read(c, name, TILE_BYTES, bytes, n);
}

static bool read_hash(const void *ctx, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	const struct copy *c = ctx;
	struct tile t = tile_of(level, index, c->before);
	uint8_t *bytes;
	size_t n;
	bool ok;

	if (!read_tile(c, &t, &bytes, &n))
		return false;
	ok = tile_hash((struct span){ bytes, n }, level, index, hash);
	free(bytes);
	return ok;
}

struct merkle_source copy_source(const struct copy *c)
{
	return (struct merkle_source){ read_hash, c };
}

/* The right edge of what is there, and the tiles that are not full. */
static bool read_edge(struct copy *c)
{
	const struct merkle_source source = copy_source(c);
	uint64_t start = 0;
	unsigned n = 0;

	for (unsigned level = 63; level-- > 0;) {
		if (!(c->before >> level & 1))
			continue;
		if (!merkle_range(&source, start, start + (1ull << level), c->tree.edge[n++]))
			return false;
		start += 1ull << level;
	}
	c->tree.size = c->before;
	for (unsigned level = 0; level < tile_levels(c->before); level++) {
		struct tile t = { level, tile_full(level, c->before),
				  tile_partial(level, c->before) };
		uint8_t *bytes;
		size_t size;
		bool ok;

		if (t.width == 0)
			continue;
		if (!read_tile(c, &t, &bytes, &size))
			return false;
		ok = live_restore(&c->live, level, t.index, (struct span){ bytes, size });
		free(bytes);
		if (!ok)
			return false;
	}
	return true;
}

const char *copy_open(struct copy *c, const struct merkle_head *head)
{
	uint8_t root[SHA256_SIZE];

	c->before = head->size;
	if (!read_edge(c))
		return "its tiles cannot be read";
	merkle_root(&c->tree, root);
	return memcmp(root, head->root, SHA256_SIZE) == 0
		       ? NULL
		       : "its tiles are not those of its checkpoint";
}

/* -- what comes -- */

/* The entries that were there before must be the same ones; the others are hashed. */
static enum copy_added hash_entries(struct copy *c, uint64_t start, const struct span *entries,
				    unsigned width)
{
	for (unsigned i = 0; i < width; i++) {
		uint8_t leaf[SHA256_SIZE], known[SHA256_SIZE];

		merkle_leaf(&entries[i], 1, leaf);
		if (start + i >= c->tree.size) {
			if (!live_add(&c->live, start + i, leaf))
				return COPY_NO_MEMORY;
			merkle_add(&c->tree, leaf);
		} else if (!live_hash(&c->live, 0, start + i, known) ||
			   memcmp(known, leaf, SHA256_SIZE) != 0) {
			return COPY_DIFFERS;
		}
	}
	return COPY_ADDED;
}

static bool put(struct copy *c, const struct tile *t, struct span bytes)
{
	c->files->root = c->root;
	return public_put(c->files, t, bytes);
}

enum copy_added copy_add(struct copy *c, uint64_t bundle, const struct span *entries,
			 unsigned width)
{
	const struct tile t = { TILE_ENTRIES, bundle, width };
	enum copy_added added = hash_entries(c, bundle * TILE_WIDTH, entries, width);
	struct text bytes = { 0 };
	bool ok;

	if (added != COPY_ADDED)
		return added;
	for (unsigned i = 0; i < width; i++) {
		text_char(&bytes, (char)(entries[i].n >> 8));
		text_char(&bytes, (char)entries[i].n);
		text_put(&bytes, entries[i]);
	}
	ok = !bytes.failed && put(c, &t, text_span(&bytes));
	added = ok ? COPY_ADDED : bytes.failed ? COPY_NO_MEMORY : COPY_DISK;
	text_free(&bytes);
	return added;
}

bool copy_sync(struct copy *c, bool all)
{
	const struct live_tile *t = NULL;

	while ((t = live_next(&c->live, t)) != NULL) {
		struct span hashes = { t->hashes[0], (size_t)t->tile.width * SHA256_SIZE };

		if ((all || t->tile.width == TILE_WIDTH) && !put(c, &t->tile, hashes))
			return false;
	}
	live_drop(&c->live, c->tree.size);
	return public_finish(c->files);
}

static void forget_partial(const struct copy *c, unsigned level, unsigned files)
{
	if (tile_full(level, c->tree.size) > tile_full(level, c->before) &&
	    tile_partial(level, c->before))
		public_forget_partial(c->files->disk, c->root, files, tile_full(level, c->before));
}

bool copy_publish(struct copy *c, struct span note)
{
	if (!disk_replace(c->files->disk, c->root, "checkpoint", note))
		return false;
	for (unsigned level = 0; level < tile_levels(c->before); level++)
		forget_partial(c, level, level);
	forget_partial(c, 0, TILE_ENTRIES);
	c->before = c->tree.size;
	return true;
}
