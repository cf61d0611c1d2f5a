/* rauc.c - RAUC bundles: a SquashFS, in the "verity" form its hash tree, then the signature, whose
 * length stands in the last eight bytes. The signed manifest has the root hash and the salt of the
 * tree. Source: rauc/rauc docs/reference.rst, "Bundle Formats". */
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/parts.h"
#include "format/verity.h"

#define BLOCK          4096u
#define LENGTH_FIELD   8
#define MOST_SIGNATURE (64u << 10)
#define BYTES_USED     40 /* in the superblock of a SquashFS */
#define SQUASHFS       96

struct bundle {
	struct verity verity;
	uint8_t salt[VERITY_DIGEST], root[VERITY_DIGEST];
	uint32_t salt_size, root_size;
	uint64_t data, tree, signature; /* sizes */
};

/* A value of the manifest, which is a key file: "verity-hash=931b44...". */
static struct span manifest_value(struct span text, const char *line)
{
	size_t at = span_find(text, 0, span_text(line));
	struct span value = span_from(text, at + strlen(line));
	size_t end = span_find(value, 0, span_text("\n"));

	return at == SIZE_MAX ? (struct span){ 0 } : span_head(value, end);
}

/* Bytes written in hexadecimal; 0 where they are none or too many. */
static uint32_t from_hex(struct span text, uint8_t *bytes, uint32_t most)
{
	uint32_t n = (uint32_t)(text.n / 2 <= most ? text.n / 2 : 0);

	for (uint32_t i = 0; i < n; i++) {
		uint64_t value;
		size_t used;

		if (!span_number(span_sub(text, i * 2, 2), 16, &value, &used) || used != 2)
			return 0;
		bytes[i] = (uint8_t)value;
	}
	return text.n % 2 ? 0 : n;
}

static void read_manifest(struct span signature, struct bundle *b)
{
	struct span size = manifest_value(signature, "\nverity-size=");
	size_t used;

	b->root_size = from_hex(manifest_value(signature, "\nverity-hash="), b->root, 32);
	b->salt_size = from_hex(manifest_value(signature, "\nverity-salt="), b->salt, 32);
	if (!span_number(size, 10, &b->tree, &used) || used != size.n)
		b->tree = 0;
}

static bool is_signature(struct span s)
{
	return span_byte(s, 0) == 0x30 &&
	       span_find(span_head(s, 32), 0,
			 span_text("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")) != SIZE_MAX;
}

static struct fault read_bundle(struct span in, struct bundle *b)
{
	struct span signature;
	uint64_t end;

	*b = (struct bundle){ 0 };
	if (in.n < SQUASHFS + LENGTH_FIELD)
		return fault_at(FAULT_SHORT, 0, "bundle", in.n, SQUASHFS);
	end = in.n - LENGTH_FIELD;
	b->signature = span_u64(in, end, true);
	if (b->signature > MOST_SIGNATURE || b->signature > end)
		return fault_at(FAULT_UNKNOWN, end, "signature size", b->signature, MOST_SIGNATURE);
	signature = span_sub(in, end - b->signature, b->signature);
	if (!is_signature(signature))
		return fault_at(FAULT_UNKNOWN, end - b->signature, "signature", 0, 0);
	read_manifest(signature, b);
	if (b->tree > end - b->signature)
		return fault_at(FAULT_BROKEN, end - b->signature, "size of the hash tree", b->tree,
				end - b->signature);
	b->data = end - b->signature - b->tree;
	if (span_u64(in, BYTES_USED, false) > b->data)
		return fault_at(FAULT_BROKEN, BYTES_USED, "SquashFS size",
				span_u64(in, BYTES_USED, false), b->data);
	b->verity = (struct verity){ .type = 1,
				     .data_block = BLOCK,
				     .hash_block = BLOCK,
				     .data_blocks = b->data / BLOCK,
				     .algorithm = span_text("sha256"),
				     .salt = { b->salt, b->salt_size } };
	return fine;
}

/* The root hash that was signed is that of the tree's top. */
static bool root_holds(struct span in, const struct bundle *b)
{
	uint8_t digest[VERITY_DIGEST];
	uint32_t size = verity_root(&b->verity, span_sub(in, b->data, b->tree), digest);

	return b->tree && size == b->root_size && memcmp(digest, b->root, size) == 0;
}

static struct fault probe(struct span in, struct found *f)
{
	struct bundle b;
	struct fault bad = read_bundle(in, &b);

	if (bad.kind)
		return bad;
	f->len = in.n;
	f->proof = root_holds(in, &b) ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), b.tree ? "verity" : "plain");
	return fine;
}

/* Every block against its digest, from the root that was signed down. */
static struct fault check_tree(struct span in, const struct bundle *b)
{
	struct span tree = span_sub(in, b->data, b->tree);
	struct fault bad;
	bool in_data;

	if (b->data % BLOCK || verity_tree_size(&b->verity) != b->tree)
		return fault_at(FAULT_BROKEN, b->data, "size of the hash tree", b->tree,
				verity_tree_size(&b->verity));
	if (!root_holds(in, b))
		return fault_at(FAULT_BROKEN, b->data, "root hash", 0, 0);
	bad = verity_check(&b->verity, tree, span_sub(in, 0, b->data), &in_data);
	bad.at += in_data ? 0 : b->data;
	return bad;
}

bool rauc_tree_holds(struct span bundle)
{
	struct bundle b;

	return read_bundle(bundle, &b).kind == FAULT_NONE && b.tree &&
	       check_tree(bundle, &b).kind == FAULT_NONE;
}

static struct fault list(struct listing *l)
{
	struct bundle b;
	struct fault bad = read_bundle(l->in, &b);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	listing_region(l, 0, b.data, (struct span){ 0 });
	if (b.tree) {
		listing_fault(l, check_tree(l->in, &b));
		listing_owned(l, b.data, b.tree, span_text("hash tree"));
	}
	part_rest(l, b.data + b.tree, "");
	return fine;
}

const struct format format_rauc = {
	.name = "rauc",
	.says = "RAUC bundle: SquashFS, hash tree, signature",
	.domain = DOMAIN_DEVICE,
	.spec = "rauc/rauc docs/reference.rst, Bundle Formats",
	.shape = SHAPE_CONTAINER,
	.where = WHERE_ANCHORED,
	.magic = { { 0, 4, "hsqs" } },
	.probe = probe,
	.list = list,
};
