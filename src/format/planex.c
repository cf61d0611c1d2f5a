/* planex.c - Planex's images (MZK-W04NU, MZK-W300NH): SHA-1 of a seed that the board has and of the
 * data, version in text, two bytes, length of the data; big-endian, 34 bytes. Filler follows. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER    34
#define VERSION   20
#define TEXT      8
#define SHA_SIZE  20
#define LAST_SEED 8

static bool is_version(struct span in)
{
	struct span v = span_sub(in, VERSION, TEXT);

	for (size_t i = 0; i < v.n - 1; i++)
		if (i == 1 || i == 4 ? v.p[i] != '.' : v.p[i] < '0' || v.p[i] > '9')
			return false;
	return v.p[TEXT - 1] == 0;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 30, true);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_version(in) || length == 0)
		return fault_at(FAULT_BROKEN, VERSION, "version", 0, 0);
	f->len = part_bound((uint64_t)HEADER + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, VERSION, TEXT));
	return fine;
}

/* Boards have small seeds. */
static bool sha_stands(struct span in, struct span data)
{
	for (uint8_t seed = 0; seed <= LAST_SEED; seed++) {
		const uint8_t word[4] = { 0, 0, 0, seed };
		const struct span parts[] = { { word, 4 }, data };
		uint8_t digest[SHA_SIZE];

		sha1_of_parts(parts, 2, digest);
		if (span_equal((struct span){ digest, SHA_SIZE }, span_sub(in, 0, SHA_SIZE)))
			return true;
	}
	return false;
}

static struct fault list(struct listing *l)
{
	uint32_t length = span_u32(l->in, 30, true);
	struct span data = span_sub(l->in, HEADER, length);

	l->kind = LISTING_REGIONS;
	part_list(l, 30, HEADER, length, "");
	if (data.n)
		part_sum(l, 0, "SHA-1", sha_stands(l->in, data), true);
	return fine;
}

const struct format format_planex = {
	.name = "planex",
	.says = "Planex image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkplanexfw.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { VERSION + 1, 1, "." } },
	.probe = probe,
	.list = list,
};
