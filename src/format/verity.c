/* verity.c - dm-verity's superblock, and the hash tree behind it. Sources: cryptsetup
 * lib/verity/verity.c, kernel Documentation/admin-guide/device-mapper/verity.rst.
 *
 * The root hash is kept elsewhere, so only that the levels agree with each other can be told. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"
#include "format/verity.h"

#define SUPERBLOCK  512u
#define LEAST_BLOCK 512u
#define MOST_BLOCK  (512u << 10)
#define MOST_BLOCKS (1ull << 55)

static bool is_block_size(uint32_t n)
{
	return n >= LEAST_BLOCK && n <= MOST_BLOCK && (n & (n - 1)) == 0;
}

static struct fault read_superblock(struct span in, struct verity *v)
{
	struct cursor c = { .in = in, .at = 8 };
	uint32_t version = cursor_le32(&c);
	uint16_t salt;

	*v = (struct verity){ .type = cursor_le32(&c), .algorithm = field_text(in, 32, 32) };
	c.at = 64;
	v->data_block = cursor_le32(&c);
	v->hash_block = cursor_le32(&c);
	v->data_blocks = cursor_le64(&c);
	salt = cursor_le16(&c);
	if (in.n < SUPERBLOCK)
		return fault_at(FAULT_SHORT, 0, "superblock", in.n, SUPERBLOCK);
	if (version != 1 || v->type > 1)
		return fault_at(FAULT_UNKNOWN, 8, "version", version, 1);
	if (!is_padded_text(in, 32, 32))
		return fault_at(FAULT_BROKEN, 32, "algorithm", 0, 0);
	if (!is_block_size(v->data_block) || !is_block_size(v->hash_block))
		return fault_at(FAULT_BROKEN, 64, "block size", v->data_block, MOST_BLOCK);
	if (v->data_blocks == 0 || v->data_blocks > MOST_BLOCKS)
		return fault_at(FAULT_BROKEN, 72, "data blocks", v->data_blocks, MOST_BLOCKS);
	if (salt > 256)
		return fault_at(FAULT_BROKEN, 80, "salt size", salt, 256);
	v->salt = span_sub(in, 88, salt);
	return fine;
}

/* The tree begins with the hash block behind the superblock. */
static uint64_t tree_start(const struct verity *v)
{
	return v->hash_block > SUPERBLOCK ? v->hash_block : SUPERBLOCK;
}

static struct fault probe(struct span in, struct found *f)
{
	struct verity v;
	struct fault bad = read_superblock(in, &v);

	if (bad.kind)
		return bad;
	f->len = part_bound(tree_start(&v) + verity_tree_size(&v), in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", v.algorithm);
	snprintf(f->label + strlen(f->label), sizeof(f->label) - strlen(f->label),
		 ", %llu blocks of %u, salt of %zu", (unsigned long long)v.data_blocks,
		 v.data_block, v.salt.n);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct verity v;
	struct fault bad = read_superblock(l->in, &v);
	uint64_t start = tree_start(&v), size;
	struct span tree;
	bool in_data;

	if (bad.kind)
		return bad;
	size = verity_tree_size(&v);
	l->kind = LISTING_REGIONS;
	part_owned(l, start, size, "hash tree");
	if (size == 0)
		return v.data_blocks == 1 ? fine
					  : fault_at(FAULT_UNKNOWN, 32, "hash algorithm", 0, 0);
	tree = span_head(span_from(l->in, start), size);
	if (tree.n < size)
		return fault_at(FAULT_SHORT, 72, "hash tree", tree.n, size);
	bad = verity_check(&v, tree, (struct span){ 0 }, &in_data);
	bad.at += start;
	return bad;
}

const struct format format_verity = {
	.name = "verity",
	.says = "hash tree of dm-verity, with its superblock",
	.domain = DOMAIN_DEVICE,
	.spec = "cryptsetup lib/verity/verity.c; kernel device-mapper/verity.rst",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 12, "verity\x00\x00\x01\x00\x00\x00" } },
	.probe = probe,
	.list = list,
};
