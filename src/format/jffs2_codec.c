/* jffs2_codec.c - how the data of one node are packed. rtime and rubin are JFFS2's own; the LZMA of
 * number 8 is OpenWrt's, without any header, that of 0x15 a vendor's, behind its five properties.
 *
 * Sources: kernel fs/jffs2/compr_rtime.c, compr_rubin.c; openwrt/openwrt
 * tools/mtd-utils/patches/130-lzma_jffs2.patch. */
#include "codec/codec.h"
#include "format/jffs2.h"

#define OPENWRT_DICTIONARY 0x2000

static struct fault by_copy(const struct jffs2_inode *i, struct sink *out)
{
	sink_put(out, i->data);
	return out->fault;
}

static struct fault by_zero(const struct jffs2_inode *i, struct sink *out)
{
	sink_zero(out, i->plain);
	return out->fault;
}

/* Pairs: a byte, and how many more to copy from behind the last place where it stood. */
static struct fault by_rtime(const struct jffs2_inode *i, struct sink *out)
{
	struct cursor c = { .in = i->data };
	uint32_t behind[256] = { 0 }, n = 0;
	uint8_t *to = sink_room(out, i->plain);

	if (!to)
		return out->fault;
	while (n < i->plain) {
		uint8_t byte = cursor_u8(&c), repeat = cursor_u8(&c);
		uint32_t from = behind[byte];

		if (c.ran_out || repeat > i->plain - n - 1)
			break;
		to[n++] = byte;
		behind[byte] = n;
		while (repeat--)
			to[n++] = to[from++];
	}
	sink_advance(out, n);
	return n == i->plain ? fine : fault_at(FAULT_BROKEN, c.at, "rtime data", n, i->plain);
}

/* An arithmetic coder of 16 bits with a fixed probability for each bit of a byte. */
#define RUBIN_BITS 16
#define RUBIN_TOP  (1u << (RUBIN_BITS - 1))

struct rubin {
	struct span in;
	uint64_t taken; /* bits */
	uint32_t low, range, code;
	uint32_t divider, ones[8];
};

/* Behind the end zeros are read: that too many were taken is seen when all is done. */
static uint32_t rubin_take(struct rubin *r)
{
	int byte = span_byte(r->in, r->taken >> 3);
	uint32_t bit = byte < 0 ? 0 : (uint32_t)byte >> (7 - (r->taken & 7)) & 1;

	r->taken++;
	return bit;
}

static uint32_t rubin_bit(struct rubin *r, unsigned place)
{
	uint32_t zeros;

	while (r->low >= RUBIN_TOP || r->range + r->low <= RUBIN_TOP) {
		r->low = (r->low & (RUBIN_TOP - 1)) << 1;
		r->range <<= 1;
		r->code = ((r->code & (RUBIN_TOP - 1)) << 1) + rubin_take(r);
	}
	zeros = (r->divider - r->ones[place]) * r->range / r->divider;
	if (zeros >= r->range)
		zeros = r->range - 1;
	if (zeros == 0)
		zeros = 1;
	if (r->code < r->low + zeros) {
		r->range = zeros;
		return 0;
	}
	r->low += zeros;
	r->range -= zeros;
	return 1;
}

/* Whether the data are this coder's: the bits taken fill them exactly, which another model's hardly
 * ever do. A range of zero would never grow again: no encoder gets there. */
static bool rubin_decode(struct rubin *r, uint8_t *to, uint32_t n)
{
	r->low = 0;
	r->range = 2 * RUBIN_TOP;
	for (int i = 0; i < RUBIN_BITS; i++)
		r->code = r->code << 1 | rubin_take(r);
	for (uint32_t at = 0; at < n; at++) {
		uint32_t byte = 0;

		for (unsigned i = 0; i < 8; i++) {
			if (r->range == 0 || r->taken > (uint64_t)r->in.n * 8)
				return false;
			byte |= rubin_bit(r, i) << i;
		}
		to[at] = (uint8_t)byte;
	}
	return (r->taken + 7) / 8 == r->in.n;
}

static bool rubin_fixed(const struct jffs2_inode *i, uint8_t *to)
{
	struct rubin r = { .in = i->data,
			   .divider = 1043,
			   .ones = { 277, 249, 290, 267, 229, 341, 212, 241 } };

	return rubin_decode(&r, to, i->plain);
}

static bool rubin_dynamic(const struct jffs2_inode *i, uint8_t *to)
{
	struct rubin r = { .in = span_from(i->data, 8), .divider = 256 };

	for (uint64_t k = 0; k < 8; k++)
		r.ones[k] = span_u16(i->data, k, true) >> 8;
	return i->data.n > 8 && rubin_decode(&r, to, i->plain);
}

/* The two numbers were swapped in Linux 2.6: 3 meant the fixed model before and the dynamic one
 * since, 5 the other way round. The data tell which it is. */
static struct fault by_rubin(const struct jffs2_inode *i, struct sink *out)
{
	uint8_t *to = sink_room(out, i->plain);

	if (!to)
		return out->fault;
	if (!rubin_dynamic(i, to) && !rubin_fixed(i, to))
		return fault_at(FAULT_BROKEN, 0, "rubin data", i->data.n, i->plain);
	sink_advance(out, i->plain);
	return fine;
}

/* The node's checksum covers the packed bytes, and kernels never look at that of the stream. */
static struct fault by_zlib(const struct jffs2_inode *i, struct sink *out)
{
	uint16_t head = span_u16(i->data, 0, true);

	if ((head & 0x0f20) != 0x0800 || head % 31 != 0)
		return fault_at(FAULT_BROKEN, 0, "zlib header", head, 0);
	return inflate_raw(span_from(i->data, 2), i->plain, out).fault;
}

static struct fault by_lzo(const struct jffs2_inode *i, struct sink *out)
{
	return lzo1x_decode(i->data, i->plain, out).fault;
}

static struct fault by_lzma(const struct jffs2_inode *i, struct sink *out)
{
	const struct lzma_properties p = { .dictionary = OPENWRT_DICTIONARY };

	return lzma_raw_decode(i->data, &p, i->plain, out).fault;
}

static struct fault by_lzma_properties(const struct jffs2_inode *i, struct sink *out)
{
	struct cursor c = { .in = i->data };
	struct lzma_properties p;
	uint8_t byte = cursor_u8(&c);

	if (!lzma_properties_from(byte, cursor_le32(&c), &p) || c.ran_out)
		return fault_at(FAULT_BROKEN, 0, "LZMA properties", byte, 224);
	return lzma_raw_decode(span_from(i->data, c.at), &p, i->plain, out).fault;
}

static const struct {
	uint8_t number;
	const char *name;
	struct fault (*unpack)(const struct jffs2_inode *i, struct sink *out);
} methods[] = {
	{ JFFS2_METHOD_NONE, "none", by_copy },
	{ JFFS2_METHOD_ZERO, "zero", by_zero },
	{ 2, "rtime", by_rtime },
	{ 3, "rubin", by_rubin },
	{ JFFS2_METHOD_COPY, "none", by_copy },
	{ 5, "rubin", by_rubin },
	{ 6, "zlib", by_zlib },
	{ 7, "lzo", by_lzo },
	{ 8, "lzma", by_lzma },
	{ 0x15, "lzma with properties", by_lzma_properties },
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

const char *jffs2_method_name(uint32_t method)
{
	for (size_t k = 0; k < METHODS; k++)
		if (methods[k].number == method)
			return methods[k].name;
	return NULL;
}

struct fault jffs2_unpack(const struct jffs2_inode *i, struct sink *out)
{
	size_t before = out->n;

	for (size_t k = 0; k < METHODS; k++) {
		struct fault bad;

		if (methods[k].number != i->method)
			continue;
		if (i->plain > JFFS2_LARGEST_PLAIN && i->method != JFFS2_METHOD_ZERO &&
		    !jffs2_is_plain(i))
			return fault_at(FAULT_LIMIT, 0, "plain size of node", i->plain,
					JFFS2_LARGEST_PLAIN);
		bad = methods[k].unpack(i, out);
		if (bad.kind == FAULT_NONE && out->n - before != i->plain)
			return fault_at(FAULT_BROKEN, 0, "plain size of node", out->n - before,
					i->plain);
		return bad;
	}
	return fault_at(FAULT_UNKNOWN, 0, "compression", i->method, 8);
}
