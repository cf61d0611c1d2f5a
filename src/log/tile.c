/* tile.c - see tile.h. */
#include "log/tile.h"

#include "log/merkle.h"

/* -- paths -- */

/* Decimal with at least so many digits; where it ends. */
static char *put_number(char *p, uint64_t value, unsigned digits)
{
	char text[20];
	unsigned n = 0;

	for (; value || n < digits; value /= 10)
		text[n++] = (char)('0' + value % 10);
	while (n)
		*p++ = text[--n];
	return p;
}

static char *put_text(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

/* Groups of three digits, all but the last behind an "x". */
static char *put_index(char *p, uint64_t index)
{
	uint64_t unit = 1;

	while (index / unit >= 1000)
		unit *= 1000;
	for (; unit > 1; unit /= 1000) {
		*p++ = 'x';
		p = put_number(p, index / unit % 1000, 3);
		*p++ = '/';
	}
	return put_number(p, index % 1000, 3);
}

void tile_path(const struct tile *t, char path[TILE_MOST_PATH])
{
	char *p = put_text(path, "tile/");

	p = t->level == TILE_ENTRIES ? put_text(p, "entries") : put_number(p, t->level, 1);
	*p++ = '/';
	p = put_index(p, t->index);
	if (t->width < TILE_WIDTH) {
		p = put_text(p, ".p/");
		p = put_number(p, t->width, 1);
	}
	*p = 0;
}

static bool take_text(struct span *rest, const char *text)
{
	if (!span_starts(*rest, span_text(text)))
		return false;
	*rest = span_from(*rest, strlen(text));
	return true;
}

/* Decimal of one to three digits; exact: of three. */
static bool take_number(struct span *rest, bool exact, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < 3 && span_byte(*rest, n) >= '0' && span_byte(*rest, n) <= '9'; n++)
		*value = *value * 10 + (unsigned)(rest->p[n] - '0');
	if (n == 0 || (exact ? n != 3 : n > 1 && rest->p[0] == '0'))
		return false;
	*rest = (struct span){ rest->p + n, rest->n - n };
	return true;
}

static bool take_level(struct span *rest, unsigned *level)
{
	if (take_text(rest, "entries")) {
		*level = TILE_ENTRIES;
		return true;
	}
	return take_number(rest, false, level) && *level < TILE_ENTRIES;
}

static bool take_index(struct span *rest, uint64_t *index)
{
	bool is_first = true, is_last;
	unsigned group;

	*index = 0;
	do {
		is_last = !take_text(rest, "x");
		if (!take_number(rest, true, &group) || (is_first && !is_last && group == 0) ||
		    __builtin_mul_overflow(*index, (uint64_t)1000, index) ||
		    __builtin_add_overflow(*index, (uint64_t)group, index))
			return false;
		is_first = false;
	} while (!is_last && take_text(rest, "/"));
	return is_last;
}

bool tile_path_read(struct span path, struct tile *t)
{
	t->width = TILE_WIDTH;
	if (!take_text(&path, "tile/") || !take_level(&path, &t->level) || !take_text(&path, "/") ||
	    !take_index(&path, &t->index))
		return false;
	if (path.n && !(take_text(&path, ".p/") && take_number(&path, false, &t->width) &&
			t->width > 0 && t->width < TILE_WIDTH))
		return false;
	return path.n == 0;
}

/* -- which there are -- */

/* Hashes of a level. */
static uint64_t hashes(unsigned level, uint64_t size)
{
	unsigned shift = level == TILE_ENTRIES ? 0 : level * TILE_LEVELS;

	return shift < 64 ? size >> shift : 0;
}

uint64_t tile_full(unsigned level, uint64_t size)
{
	return hashes(level, size) / TILE_WIDTH;
}

unsigned tile_partial(unsigned level, uint64_t size)
{
	return (unsigned)(hashes(level, size) % TILE_WIDTH);
}

unsigned tile_levels(uint64_t size)
{
	unsigned n = 0;

	while (hashes(n, size))
		n++;
	return n;
}

bool tile_exists(const struct tile *t, uint64_t size)
{
	uint64_t full = tile_full(t->level, size);

	if (t->width == 0 || t->width >= TILE_WIDTH)
		return t->width == TILE_WIDTH && t->index < full;
	return t->index < full || (t->index == full && t->width <= tile_partial(t->level, size));
}

/* -- hashes -- */

struct tile tile_of(unsigned level, uint64_t index, uint64_t size)
{
	struct tile t = { .level = level / TILE_LEVELS, .width = TILE_WIDTH };

	t.index = index >> (TILE_LEVELS - level % TILE_LEVELS);
	if (t.index >= tile_full(t.level, size))
		t.width = tile_partial(t.level, size);
	return t;
}

bool tile_hash(struct span tile, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	unsigned inner = level % TILE_LEVELS;
	size_t count = (size_t)1 << inner;
	uint8_t work[TILE_WIDTH / 2][SHA256_SIZE];
	struct span from =
		span_sub(tile, (index << inner) % TILE_WIDTH * SHA256_SIZE, count * SHA256_SIZE);

	if (from.n == 0)
		return false;
	memcpy(work, from.p, from.n);
	for (; count > 1; count /= 2)
		for (size_t i = 0; i < count / 2; i++)
			merkle_node(work[2 * i], work[2 * i + 1], work[i]);
	memcpy(hash, work[0], SHA256_SIZE);
	return true;
}

/* -- bundles -- */

bool bundle_next(struct span bundle, size_t *at, struct span *entry)
{
	struct span head = span_sub(bundle, *at, 2);
	size_t n;

	if (head.n != 2)
		return false;
	n = (size_t)head.p[0] << 8 | head.p[1];
	if (n > bundle.n - *at - 2)
		return false;
	*entry = (struct span){ head.p + 2, n };
	*at += 2 + n;
	return true;
}

bool bundle_read(struct span bundle, unsigned width, struct span entries[TILE_WIDTH])
{
	size_t at = 0;

	if (width == 0 || width > TILE_WIDTH)
		return false;
	for (unsigned i = 0; i < width; i++)
		if (!bundle_next(bundle, &at, &entries[i]))
			return false;
	return at == bundle.n;
}

bool bundle_put(uint8_t *out, size_t room, size_t *n, struct span entry)
{
	if (entry.n > BUNDLE_MOST_ENTRY || *n > room || 2 + entry.n > room - *n)
		return false;
	out[*n] = (uint8_t)(entry.n >> 8);
	out[*n + 1] = (uint8_t)entry.n;
	if (entry.n)
		memcpy(out + *n + 2, entry.p, entry.n);
	*n += 2 + entry.n;
	return true;
}
