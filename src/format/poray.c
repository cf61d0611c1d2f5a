/* poray.c - images of Poray, HAME, NEXX and others (RT5350 pocket routers): device, length, flags,
 * 16 zeros; little-endian. Data and the sum behind them are XORed with 15 bytes of the maker. The
 * sum is that of IP over little-endian words. */
#include "base/cursor.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define HEADER 28
#define KEY    15
#define SUM    2

static const struct {
	const char *makers;
	uint8_t bytes[KEY];
} keys[] = {
	{ "HAME MPR",
	  { 0xc8, 0x3c, 0x3a, 0x93, 0xa2, 0x95, 0xc3, 0x63, 0x48, 0x45, 0x58, 0x09, 0x12, 0x03,
	    0x08 } },
	{ "Poray M3, M4, Q3, X",
	  { 0x89, 0x6b, 0x5a, 0x93, 0x92, 0x95, 0xc3, 0x63, 0xd0, 0xa3, 0x9c, 0x92, 0x2e, 0xe6,
	    0xc7 } },
	{ "Poray R50B",
	  { 0xc9, 0x1c, 0x3a, 0x93, 0x92, 0x95, 0xc3, 0x63, 0xd0, 0xa3, 0x9c, 0x92, 0x2e, 0xe6,
	    0xc7 } },
	{ "Poray R50D",
	  { 0x19, 0x1b, 0x3a, 0x93, 0x92, 0x95, 0xc3, 0x63, 0xd0, 0xa3, 0x9c, 0x92, 0x2e, 0xe6,
	    0xc7 } },
	{ "Poray R50E",
	  { 0x79, 0x7b, 0x7a, 0x93, 0x92, 0x95, 0xc3, 0x63, 0xd0, 0xa3, 0x9c, 0x92, 0x2e, 0xe6,
	    0xc7 } },
	{ "NEXX WT1520",
	  { 0x19, 0x1c, 0x4a, 0x93, 0x96, 0x95, 0xc3, 0x63, 0xd0, 0xa3, 0x9c, 0x92, 0x2e, 0x16,
	    0xc6 } },
	{ "NEXX WT3020",
	  { 0x39, 0x1c, 0x4a, 0x93, 0x96, 0x95, 0xc3, 0x63, 0xd0, 0xa3, 0x9c, 0x92, 0x2e, 0x16,
	    0xc6 } },
	{ "A5-V11",
	  { 0xc8, 0x3c, 0x3a, 0x93, 0xa2, 0x95, 0xc3, 0x63, 0x48, 0x45, 0x58, 0x09, 0x20, 0x11,
	    0x08 } },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* In one run the position in the key counts from the data's beginning. */
static void apply(size_t key, struct span in, uint8_t *out)
{
	xor_with((struct span){ keys[key].bytes, KEY }, in, out);
}

/* The key under which the data begin as an image; KEYS if there is none. */
static size_t find_key(struct span in)
{
	struct span some = span_sub(in, HEADER, KEY);
	uint8_t plain[KEY];
	size_t i = 0;

	for (; some.n && i < KEYS; i++) {
		apply(i, some, plain);
		if (begins_as_image((struct span){ plain, KEY }))
			break;
	}
	return some.n ? i : KEYS;
}

/* Devices are called by four letters or digits: what else has these zeros and flags is a table. */
static bool is_device(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] >= '0' && name.p[i] <= '9') ||
		      (name.p[i] >= 'A' && name.p[i] <= 'Z')))
			return false;
	return name.n > 0;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 4, false);
	size_t key;

	if (in.n < HEADER + KEY)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + KEY);
	if (!is_device(span_sub(in, 0, 4)))
		return fault_at(FAULT_BROKEN, 0, "device", span_u32(in, 0, true), 0);
	if (length < KEY)
		return fault_at(FAULT_BROKEN, 4, "length", length, KEY);
	f->len = part_bound((uint64_t)HEADER + length + SUM, in);
	f->proof = PROOF_STRUCTURE;
	key = find_key(in);
	label_add(f->label, key < KEYS ? "XOR, published key of " : "XOR",
		  span_text(key < KEYS ? keys[key].makers : ""));
	return fine;
}

/* The packer adds in 32 bits, with their sign, and folds twice; a sum that did not overflow there
 * is that of IP. */
static uint16_t sum_of(struct span s)
{
	uint32_t sum = 0;

	for (uint64_t i = 0; i + 1 < s.n; i += 2)
		sum += span_u16(s, i, false);
	if (s.n % 2)
		sum += s.p[s.n - 1];
	sum += (sum >> 16 | (sum >> 31 ? 0xffff0000u : 0)) + 0xffff;
	sum += sum >> 16 | (sum >> 31 ? 0xffff0000u : 0);
	return (uint16_t)~sum;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint32_t length = span_u32(l->in, 4, false);
	struct span data = span_head(span_from(l->in, HEADER), (uint64_t)length + SUM);
	size_t key = find_key(l->in);
	uint8_t *room;

	(void)e;
	if (key == KEYS)
		return fault_at(FAULT_ENCRYPTED, HEADER, "content", 0, 0);
	room = sink_room(out, data.n);
	if (!room)
		return out->fault;
	apply(key, data, room);
	sink_advance(out, data.n < length ? data.n : length);
	if (data.n < (uint64_t)length + SUM)
		return fault_at(FAULT_SHORT, 4, "length", data.n, (uint64_t)length + SUM);
	if (sum_of(sink_span(out)) != (room[length] | room[length + 1] << 8))
		return fault_at(FAULT_BROKEN, HEADER + (uint64_t)length, "sum of the data", 0, 0);
	return fine;
}

const struct format format_poray = {
	.name = "poray",
	.says = "image of Poray, HAME, NEXX pocket routers",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkporayfw.c",
	.shape = SHAPE_STREAM,
	.magic = { { 8, 20, "\x00\x00\x0e\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" } },
	.probe = probe,
	.load = load,
};
