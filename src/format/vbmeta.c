/* vbmeta.c - Android Verified Boot: "AVB0", big-endian, lengths of the authentication block (hash,
 * signature) and of the auxiliary one (descriptors, public key). A descriptor tells what is
 * verified and how: a property, the root of a hash tree, a hash, a kernel command line, the key of
 * another partition. A partition that carries its own ends with a footer, "AVBf". */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/table.h"

#define HEADER           256
#define MOST_BLOCK       (1u << 20)
#define MOST_DESCRIPTORS 512
#define DESCRIPTOR       16

struct vbmeta {
	uint64_t signed_length; /* of the authentication block */
	uint64_t extra_length;  /* of the auxiliary block */
	uint32_t algorithm, flags;
	uint64_t hash_at, hash_length, signature_at, signature_length;
	uint64_t key_at, key_length, descriptors_at, descriptors_length;
};

static const struct {
	const char *name;
	uint32_t hash, signature; /* bytes */
} algorithms[] = {
	{ "unsigned", 0, 0 },
	{ "SHA-256 with RSA-2048", 32, 256 },
	{ "SHA-256 with RSA-4096", 32, 512 },
	{ "SHA-256 with RSA-8192", 32, 1024 },
	{ "SHA-512 with RSA-2048", 64, 256 },
	{ "SHA-512 with RSA-4096", 64, 512 },
	{ "SHA-512 with RSA-8192", 64, 1024 },
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static bool is_inside(uint64_t at, uint64_t length, uint64_t block)
{
	return at <= block && length <= block - at;
}

static struct fault read_header(struct span in, struct vbmeta *v)
{
	struct cursor c = { .in = span_sub(in, 0, HEADER), .at = 4 };
	uint32_t major = cursor_be32(&c);

	cursor_skip(&c, 4);
	v->signed_length = cursor_be64(&c);
	v->extra_length = cursor_be64(&c);
	v->algorithm = cursor_be32(&c);
	v->hash_at = cursor_be64(&c);
	v->hash_length = cursor_be64(&c);
	v->signature_at = cursor_be64(&c);
	v->signature_length = cursor_be64(&c);
	v->key_at = cursor_be64(&c);
	v->key_length = cursor_be64(&c);
	cursor_skip(&c, 16); /* metadata of the key */
	v->descriptors_at = cursor_be64(&c);
	v->descriptors_length = cursor_be64(&c);
	cursor_skip(&c, 8);
	v->flags = cursor_be32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (major != 1 || v->algorithm >= ALGORITHMS)
		return fault_at(FAULT_UNKNOWN, 4, "version", major, 1);
	if (v->signed_length > MOST_BLOCK || v->extra_length > MOST_BLOCK ||
	    v->signed_length % 64 || v->extra_length % 64)
		return fault_at(FAULT_BROKEN, 12, "length of a block", v->extra_length, MOST_BLOCK);
	if (!is_inside(v->hash_at, v->hash_length, v->signed_length) ||
	    !is_inside(v->signature_at, v->signature_length, v->signed_length) ||
	    !is_inside(v->key_at, v->key_length, v->extra_length) ||
	    !is_inside(v->descriptors_at, v->descriptors_length, v->extra_length) ||
	    v->hash_length != algorithms[v->algorithm].hash ||
	    v->signature_length != algorithms[v->algorithm].signature)
		return fault_at(FAULT_BROKEN, 32, "place in a block", v->hash_at, v->signed_length);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct vbmeta v;
	struct fault bad = read_header(in, &v);

	if (bad.kind)
		return bad;
	f->len = part_bound(HEADER + v.signed_length + v.extra_length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s%s%s", algorithms[v.algorithm].name,
		 v.flags & 1 ? ", no hash trees" : "", v.flags & 2 ? ", not verified" : "");
	return fine;
}

/* "hash boot": what it is of, where the descriptor names a partition. Its name's length and place
 * depend on the kind. */
static struct span descriptor_name(struct listing *l, struct span d)
{
	static const struct {
		const char *name;
		uint8_t length_at, text_at;
	} kinds[] = { { "property", 16, 32 },
		      { "hash tree of", 104, 180 },
		      { "hash of", 56, 132 },
		      { "kernel command line", 0, 0 },
		      { "key of", 20, 92 } };
	uint64_t kind = span_u64(d, 0, true);
	char label[64] = "descriptor";
	char *copy;

	if (kind < sizeof(kinds) / sizeof(kinds[0])) {
		uint64_t at = kinds[kind].length_at;
		uint64_t n = kind == 0 ? span_u64(d, at, true) : span_u32(d, at, true);

		snprintf(label, sizeof(label), "%s", kinds[kind].name);
		if (at)
			label_add(label, " ", span_sub(d, kinds[kind].text_at, n));
	}
	copy = arena_text(l->arena, span_text(label));
	return copy ? span_text(copy) : (struct span){ 0 };
}

static size_t add_descriptors(struct listing *l, const struct vbmeta *v, uint64_t block,
			      struct table_part parts[MOST_DESCRIPTORS])
{
	uint64_t at = block + v->descriptors_at, end = at + v->descriptors_length;
	size_t n = 0;

	while (n < MOST_DESCRIPTORS && end - at >= DESCRIPTOR) {
		uint64_t length = span_u64(l->in, at + 8, true);

		if (length > end - at - DESCRIPTOR) {
			listing_fault(l, fault_at(FAULT_BROKEN, at + 8, "length of a descriptor",
						  length, end - at - DESCRIPTOR));
			break;
		}
		parts[n++] = (struct table_part){ descriptor_name(l, span_sub(l->in, at,
									      DESCRIPTOR + length)),
						  at, at, DESCRIPTOR + length, true };
		at += DESCRIPTOR + length;
	}
	return n;
}

/* The hash is of the header and the auxiliary block. */
static void check(struct listing *l, const struct vbmeta *v, uint64_t block)
{
	const struct span all[] = { span_sub(l->in, 0, HEADER),
				    span_sub(l->in, block, v->extra_length) };
	struct span want = span_sub(l->in, HEADER + v->hash_at, v->hash_length);
	uint8_t *bytes = arena_take(l->arena, HEADER + v->extra_length, 1);
	uint8_t digest[SHA512_SIZE];

	if (l->in.n < block + v->extra_length) {
		listing_fault(
			l, fault_at(FAULT_SHORT, 12, "length", l->in.n, block + v->extra_length));
		return;
	}
	if (!want.n || !bytes)
		return;
	memcpy(bytes, all[0].p, HEADER);
	if (all[1].n)
		memcpy(bytes + HEADER, all[1].p, all[1].n);
	(want.n == SHA256_SIZE ? sha256_of : sha512_of)((struct span){ bytes, HEADER + all[1].n },
							digest);
	if (memcmp(digest, want.p, want.n) != 0)
		listing_fault(l, fault_at(FAULT_BROKEN, HEADER + v->hash_at, "hash", 0, 0));
}

/* Over the header and the auxiliary block (avb_vbmeta_image.c). The public key stands in that
 * block, in a form of its own. */
static void add_signature(struct listing *l, const struct vbmeta *v, uint64_t block)
{
	struct byte_range covers[] = { { 0, HEADER }, { block, v->extra_length } };

	if (v->algorithm)
		listing_signature(l, &(struct signature){
					     .by = SIGNING_RSA,
					     .digest = v->hash_length == 32 ? "sha256" : "sha512",
					     .bits = (uint32_t)v->signature_length * 8,
					     .value = span_sub(l->in, HEADER + v->signature_at,
							       v->signature_length),
					     .offset = HEADER + v->signature_at,
					     .length = v->signature_length,
					     .covers = covers,
					     .cover_count = 2 });
}

static struct fault list(struct listing *l)
{
	struct table_part *parts = arena_take(l->arena, MOST_DESCRIPTORS + 3, sizeof(*parts));
	struct vbmeta v;
	struct fault bad = read_header(l->in, &v);
	uint64_t block = HEADER + v.signed_length;
	size_t n;

	if (bad.kind || !parts)
		return bad.kind ? bad : fault_at(FAULT_MEMORY, 0, "parts", 0, 0);
	n = add_descriptors(l, &v, block, parts);
	parts[n++] = (struct table_part){ span_text("hash"), 32, HEADER + v.hash_at, v.hash_length,
					  true };
	parts[n++] = (struct table_part){ span_text("signature"), 48, HEADER + v.signature_at,
					  v.signature_length, true };
	parts[n++] = (struct table_part){ span_text("public key"), 64, block + v.key_at,
					  v.key_length, true };
	table_list(l, HEADER, parts, n);
	check(l, &v, block);
	add_signature(l, &v, block);
	return fine;
}

const struct format format_vbmeta = {
	.name = "vbmeta",
	.says = "Android Verified Boot metadata",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP external/avb/libavb/avb_vbmeta_image.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "AVB0\x00\x00\x00\x01" } },
	.probe = probe,
	.list = list,
};

#define FOOTER 64

/* It ends a partition whose image and metadata stand in front of it. */
static struct fault probe_footer(struct span in, struct found *f)
{
	uint64_t original = span_u64(in, 12, true), at = span_u64(in, 20, true);
	uint64_t length = span_u64(in, 28, true);

	if (in.n < FOOTER)
		return fault_at(FAULT_SHORT, 0, "footer", in.n, FOOTER);
	if (original > at || length == 0 || length > 2 * MOST_BLOCK + HEADER ||
	    !is_filled(in, 36, FOOTER - 36, 0))
		return fault_at(FAULT_BROKEN, 20, "place of the metadata", at, original);
	f->len = FOOTER;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "image of %llu bytes, metadata at 0x%llx",
		 (unsigned long long)original, (unsigned long long)at);
	return fine;
}

const struct format format_avbfooter = {
	.name = "avb-footer",
	.says = "end of a partition with Android Verified Boot",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP external/avb/libavb/avb_footer.h",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 8, "AVBf\x00\x00\x00\x01" } },
	.probe = probe_footer,
};
