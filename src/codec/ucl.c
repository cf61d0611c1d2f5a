/* ucl.c - NRV2B with bytes as bit buffers, decoder only. Ours, because the well-kept library is
 * GPL. Written from the published description of the stream (UCL, doc of the NRV family; OpenWrt
 * and QNX use it): a bit of 1 is a literal; else a distance, in a code of pairs of bits and eight
 * more bits, then a length of two bits or of pairs. Bits come from bytes that stand between the
 * others, the highest first. */
#include "base/cursor.h"
#include "codec/codec.h"

#define FAR          0xd00u     /* beyond this a match is one byte longer */
#define MOST_CODE    0x1000002u /* of the end mark */
#define END_MARK     UINT32_MAX
#define OFFSET_REUSE 2u

struct nrv {
	struct cursor in;
	unsigned bits; /* above a 1 that marks their end */
	uint8_t *out;
	size_t n, room;
	uint32_t distance; /* of the latest match */
	struct fault fault;
};

static bool fail(struct nrv *z, const char *what, uint64_t got, uint64_t limit)
{
	enum fault_kind kind = z->in.ran_out ? FAULT_SHORT : FAULT_BROKEN;

	z->fault = fault_at(kind, z->in.at, what, got, limit);
	return false;
}

static unsigned bit(struct nrv *z)
{
	if ((z->bits & 0x7f) == 0)
		z->bits = cursor_u8(&z->in) * 2u + 1;
	else
		z->bits *= 2;
	return z->bits >> 8 & 1;
}

/* Pairs of a digit and whether the number ends; false where it cannot be one. */
static bool pairs(struct nrv *z, uint32_t *value)
{
	do {
		*value = *value * 2 + bit(z);
		if (*value > MOST_CODE || z->in.ran_out)
			return fail(z, "number in an nrv2b stream", *value, MOST_CODE);
	} while (!bit(z));
	return true;
}

static bool literal(struct nrv *z)
{
	uint8_t byte = cursor_u8(&z->in);

	if (z->in.ran_out || z->n == z->room)
		return fail(z, "nrv2b plain size", z->n + 1, z->room);
	z->out[z->n++] = byte;
	return true;
}

/* False at the end mark, too. */
static bool read_distance(struct nrv *z)
{
	uint32_t code = 1, distance;

	if (!pairs(z, &code))
		return false;
	if (code == OFFSET_REUSE)
		return true;
	distance = (code - 3) * 256 + cursor_u8(&z->in);
	if (distance == END_MARK)
		return false;
	z->distance = distance + 1;
	return true;
}

static bool read_length(struct nrv *z, uint32_t *length)
{
	*length = bit(z);
	*length = *length * 2 + bit(z);
	if (*length == 0) {
		*length = 1;
		if (!pairs(z, length))
			return false;
		*length += 2;
	}
	*length += z->distance > FAR ? 2 : 1;
	return true;
}

/* Source and target may overlap: a distance shorter than the length repeats. */
static bool match(struct nrv *z)
{
	uint32_t length;

	if (!read_distance(z) || !read_length(z, &length))
		return false;
	if (z->in.ran_out || z->distance > z->n)
		return fail(z, "nrv2b distance", z->distance, z->n);
	if (length > z->room - z->n)
		return fail(z, "nrv2b plain size", z->n + length, z->room);
	for (; length; length--, z->n++)
		z->out[z->n] = z->out[z->n - z->distance];
	return true;
}

struct decoded nrv2b_decode(struct span in, uint64_t most, struct sink *out)
{
	struct nrv z = { .in = { .in = in }, .distance = 1, .room = (size_t)most };

	z.out = sink_room(out, most);
	if (!z.out)
		return (struct decoded){ 0, out->fault };
	while (bit(&z) ? literal(&z) : match(&z))
		;
	sink_advance(out, z.n);
	return (struct decoded){ z.in.at, z.fault };
}
