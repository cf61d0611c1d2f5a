/* zlib.c - RFC 1950. Two weak bytes: asked only at structural places, believed only with its
 * Adler-32. */
#include "base/cursor.h"
#include "format/own.h"
#include "format/stream.h"

#define TRIAL 128

static struct fault probe(struct span in, struct found *f)
{
	uint16_t head = span_u16(in, 0, true);

	if (in.n < 8 || head >> 12 > 7 || (head >> 8 & 15) != 8 || head % 31 != 0 || head & 0x20)
		return fault_at(FAULT_UNKNOWN, 0, "zlib header", head, 0);
	if (!stream_begins(in, inflate_zlib, TRIAL))
		return fault_at(FAULT_BROKEN, 2, "first deflate block", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_PLAUSIBLE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct decoded d = inflate_zlib(l->in, PLAIN_UNKNOWN, out);

	(void)e;
	*l->len = d.fault.kind && d.fault.kind != FAULT_LIMIT ? 0 : d.used;
	return d.fault;
}

static void own(const struct listing *l, struct own_list *out)
{
	uint64_t n = stream_bytes(l).n;

	own_add(out, 0, 2, OWN_PACKING, "header");
	own_add(out, n - 4, 4, OWN_CHECKSUM, "Adler-32");
}

const struct format format_zlib = {
	.name = "zlib",
	.says = "zlib stream",
	.spec = "RFC 1950",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	/* All levels of the full window, the usual ones of smaller windows. */
	.magic = { { 0, 2, "\x78\x01" },
		   { 0, 2, "\x78\x5e" },
		   { 0, 2, "\x78\x9c" },
		   { 0, 2, "\x78\xda" },
		   { 0, 2, "\x68\x81" },
		   { 0, 2, "\x68\xde" },
		   { 0, 2, "\x68\x43" },
		   { 0, 2, "\x58\x85" },
		   { 0, 2, "\x58\xc3" },
		   { 0, 2, "\x58\x47" },
		   { 0, 2, "\x48\x89" },
		   { 0, 2, "\x48\xc7" },
		   { 0, 2, "\x48\x4b" },
		   { 0, 2, "\x38\x8d" },
		   { 0, 2, "\x38\xcb" },
		   { 0, 2, "\x28\x91" },
		   { 0, 2, "\x28\xcf" },
		   { 0, 2, "\x18\x95" },
		   { 0, 2, "\x18\xd3" } },
	.probe = probe,
	.load = load,
	.own = own,
};
