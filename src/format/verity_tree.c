/* verity_tree.c - see verity.h. */
#include "base/hash.h"
#include "format/verity.h"

#define MOST_BLOCK 4096u /* that we hash: the kernel takes none that are larger than a page */
#define MOST_SALT  256u

static const struct digest {
	const char *name;
	uint32_t size;
	void (*make)(struct span s, uint8_t *digest); /* NULL: only its size is known */
} digests[] = {
	{ "sha256", 32, sha256_of }, { "sha512", 64, sha512_of }, { "sha1", 20, sha1_of },
	{ "sha224", 28, NULL },      { "sha384", 48, NULL },      { "sha3-224", 28, NULL },
	{ "sha3-256", 32, NULL },    { "sha3-384", 48, NULL },    { "sha3-512", 64, NULL },
	{ "ripemd160", 20, NULL },   { "rmd160", 20, NULL },      { "whirlpool", 64, NULL },
	{ "blake2b-256", 32, NULL }, { "blake2b-512", 64, NULL }, { "blake2s-256", 32, NULL },
	{ "stribog256", 32, NULL },  { "stribog512", 64, NULL },  { "sm3", 32, NULL },
};

static const struct digest *digest_of(const struct verity *v)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (span_is(v->algorithm, digests[i].name))
			return &digests[i];
	return NULL;
}

/* How the tree is built; levels[0] is the lowest. */
struct shape {
	const struct digest *digest;
	uint32_t stride,
		per_bits; /* bytes from one digest to the next; digests of a block, as 2^n */
	uint32_t count;
	struct {
		uint64_t at, blocks;
	} levels[VERITY_LEVELS];
};

static uint32_t bits_down(uint64_t n)
{
	uint32_t bits = 0;

	while (n >>= 1)
		bits++;
	return bits;
}

/* Levels are added until one block is enough. */
static bool find_shape(const struct verity *v, struct shape *s)
{
	uint64_t blocks = v->data_blocks, at = 0;
	uint32_t full = 1;

	*s = (struct shape){ .digest = digest_of(v) };
	if (!s->digest || s->digest->size * 2 > v->hash_block || v->hash_block == 0)
		return false;
	while (full < s->digest->size)
		full *= 2;
	s->stride = v->type ? full : s->digest->size;
	s->per_bits = bits_down(v->hash_block / s->digest->size);
	while (blocks > 1 && s->count < VERITY_LEVELS) {
		blocks = ((blocks - 1) >> s->per_bits) + 1;
		s->levels[s->count++].blocks = blocks;
	}
	for (uint32_t i = s->count; i-- > 0;) {
		s->levels[i].at = at;
		if (s->levels[i].blocks > (UINT64_MAX / 2 - at) / v->hash_block)
			return false;
		at += s->levels[i].blocks * v->hash_block;
	}
	return true;
}

uint64_t verity_tree_size(const struct verity *v)
{
	struct shape s;
	uint64_t sum = 0;

	if (!find_shape(v, &s))
		return 0;
	for (uint32_t i = 0; i < s.count; i++)
		sum += s.levels[i].blocks * v->hash_block;
	return sum;
}

bool verity_can_hash(const struct verity *v)
{
	const struct digest *d = digest_of(v);

	return d && d->make && v->hash_block <= MOST_BLOCK && v->data_block <= MOST_BLOCK &&
	       v->salt.n <= MOST_SALT;
}

static void hash_block(const struct verity *v, const struct digest *d, struct span block,
		       uint8_t digest[VERITY_DIGEST])
{
	uint8_t bytes[MOST_SALT + MOST_BLOCK];
	struct span first = v->type ? v->salt : block, second = v->type ? block : v->salt;

	if (first.n)
		memcpy(bytes, first.p, first.n);
	if (second.n)
		memcpy(bytes + first.n, second.p, second.n);
	d->make((struct span){ bytes, first.n + second.n }, digest);
}

uint32_t verity_root(const struct verity *v, struct span tree, uint8_t digest[VERITY_DIGEST])
{
	const struct digest *d = digest_of(v);
	struct span top = span_sub(tree, 0, v->hash_block);

	if (!verity_can_hash(v) || top.n == 0)
		return 0;
	hash_block(v, d, top, digest);
	return d->size;
}

/* Block by block of what lies below a level. */
static struct fault check_level(const struct verity *v, const struct shape *s, uint32_t level,
				struct span tree, struct span below)
{
	uint32_t size = level ? v->hash_block : v->data_block;
	uint64_t count = level ? s->levels[level - 1].blocks : v->data_blocks;
	uint64_t per = 1ull << s->per_bits;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = s->levels[level].at + i / per * v->hash_block + i % per * s->stride;
		struct span block = span_sub(below, i * size, size);
		struct span want = span_sub(tree, at, s->digest->size);
		uint8_t digest[VERITY_DIGEST];

		if (block.n == 0 || want.n == 0)
			return fault_at(FAULT_SHORT, i * size, "block of the hash tree", below.n,
					count * size);
		hash_block(v, s->digest, block, digest);
		if (memcmp(digest, want.p, want.n) != 0)
			return fault_at(FAULT_BROKEN, i * size, "digest of a block", i, 0);
	}
	return fine;
}

struct fault verity_check(const struct verity *v, struct span tree, struct span data, bool *in_data)
{
	struct fault bad = fine;
	struct shape s;

	*in_data = false;
	if (!find_shape(v, &s) || !verity_can_hash(v) || s.count == 0)
		return fine;
	for (uint32_t level = s.count - 1; level > 0 && bad.kind == FAULT_NONE; level--) {
		struct span below = span_from(tree, s.levels[level - 1].at);

		bad = check_level(v, &s, level, tree, below);
		bad.at += s.levels[level - 1].at;
	}
	if (bad.kind || data.n == 0)
		return bad;
	*in_data = true;
	return check_level(v, &s, 0, tree, data);
}
