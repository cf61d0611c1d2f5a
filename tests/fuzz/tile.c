/* tile.c - paths of tiles and bundles of entries that others hand out: what is read must be written
 * again as the same bytes. The first byte settles which of them, and the width of a bundle. */
#include <stdlib.h>

#include "log/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void read_path(struct span in)
{
	char path[TILE_MOST_PATH];
	struct tile t;

	if (!tile_path_read(in, &t))
		return;
	tile_path(&t, path);
	expect(span_is(in, path));
}

static void read_bundle(struct span in, unsigned width)
{
	struct span entries[TILE_WIDTH];
	uint8_t *again = malloc(in.n + 1);
	size_t n = 0;

	expect(again);
	if (bundle_read(in, width, entries)) {
		for (unsigned i = 0; i < width; i++)
			expect(bundle_put(again, in.n, &n, entries[i]));
		expect(span_equal((struct span){ again, n }, in));
	}
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	if (size == 0)
		return 0;
	if (data[0] == 't')
		read_path(in);
	else
		read_bundle(span_from(in, 1), data[0] + 1u);
	return 0;
}
