/* chk.c - Netgear's CHK: a big-endian header with the name of the board, a kernel, a root file
 * system, and a sum of each. The kernel's length comes first. */
#include "base/cursor.h"
#include "format/own.h"
#include "format/parts.h"

#define FIXED         40
#define LARGEST_BOARD 64

struct chk {
	uint32_t header, kernel_sum, root_sum, kernel, root, image_sum, sum;
};

/* Bytes added up, and those sums added up, each folded to 16 bits. */
static uint32_t sum_of(struct span a, struct span b)
{
	uint32_t c0 = 0, c1 = 0, fold;

	for (size_t i = 0; i < a.n + b.n; i++) {
		c0 += i < a.n ? a.p[i] : b.p[i - a.n];
		c1 += c0;
	}
	fold = (c0 & 0xffff) + (c0 >> 16);
	c0 = ((fold >> 16) + fold) & 0xffff;
	fold = (c1 & 0xffff) + (c1 >> 16);
	c1 = ((fold >> 16) + fold) & 0xffff;
	return c1 << 16 | c0;
}

static struct fault read_header(struct span in, struct chk *h)
{
	static const uint8_t no_sum[4] = { 0 };
	struct cursor c = { .in = in, .at = 4 };
	uint8_t copy[FIXED];

	h->header = cursor_be32(&c);
	cursor_skip(&c, 8);
	h->kernel_sum = cursor_be32(&c);
	h->root_sum = cursor_be32(&c);
	h->kernel = cursor_be32(&c);
	h->root = cursor_be32(&c);
	h->image_sum = cursor_be32(&c);
	h->sum = cursor_be32(&c);
	if (c.ran_out || h->header > in.n)
		return fault_at(FAULT_SHORT, 4, "header", in.n, FIXED);
	if (h->header <= FIXED || h->header > FIXED + LARGEST_BOARD || h->kernel == 0)
		return fault_at(FAULT_BROKEN, 4, "length of the header", h->header,
				FIXED + LARGEST_BOARD);
	memcpy(copy, in.p, FIXED);
	memcpy(copy + 36, no_sum, 4);
	if (sum_of((struct span){ copy, FIXED }, span_sub(in, FIXED, h->header - FIXED)) != h->sum)
		return fault_at(FAULT_BROKEN, 36, "header checksum", 0, h->sum);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct chk h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = part_bound((uint64_t)h.header + h.kernel + h.root, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, FIXED, h.header - FIXED));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct chk h = { 0 };
	struct fault bad = read_header(l->in, &h);
	struct span kernel, root;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, 24, h.header, h.kernel, "kernel");
	part_list(l, 28, (uint64_t)h.header + h.kernel, h.root, "rootfs");
	kernel = span_sub(l->in, h.header, h.kernel);
	root = span_sub(l->in, (uint64_t)h.header + h.kernel, h.root);
	part_sum(l, 16, "checksum of the kernel", sum_of(kernel, (struct span){ 0 }), h.kernel_sum);
	part_sum(l, 20, "checksum of the root file system", sum_of(root, (struct span){ 0 }),
		 h.root_sum);
	part_sum(l, 32, "checksum of the image", sum_of(kernel, root), h.image_sum);
	return fine;
}

static void own(const struct listing *l, struct own_list *out)
{
	struct own_map m = { .out = out };
	struct chk h = { 0 };

	if (read_header(l->in, &h).kind)
		return;
	const struct span none = { 0 }, kernel = span_sub(l->in, h.header, h.kernel);
	const struct span root = span_sub(l->in, (uint64_t)h.header + h.kernel, h.root);
	const bool is_whole = (uint64_t)h.header + h.kernel + h.root == l->in.n;
	const struct own_field fields[] = {
		{ 0, 4, OWN_STRUCTURE, "magic" },
		{ 4, 4, OWN_STRUCTURE, "length of the header" },
		{ 8, 8, OWN_DATA, "region and version" },
		{ 16, 4, own_if(sum_of(kernel, none) == h.kernel_sum, OWN_CHECKSUM),
		  "checksum of the kernel" },
		{ 20, 4, own_if(sum_of(root, none) == h.root_sum, OWN_CHECKSUM),
		  "checksum of the root file system" },
		{ 24, 8, own_if(is_whole, OWN_STRUCTURE), "lengths" },
		{ 32, 4, own_if(sum_of(kernel, root) == h.image_sum, OWN_CHECKSUM),
		  "checksum of the image" },
		{ 36, 4, OWN_CHECKSUM, "checksum of the header" },
	};

	OWN_FIELDS(out, 0, fields);
	own_add(out, FIXED, h.header - FIXED, OWN_DATA, "board");
	own_contents(&m, l);
	own_finish(&m, l->in.n, "unused");
}

const struct format format_chk = {
	.name = "chk",
	.says = "Netgear CHK image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkchkimg.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 7, "\x2a\x23\x24\x5e\x00\x00\x00" } },
	.probe = probe,
	.list = list,
	.own = own,
};
