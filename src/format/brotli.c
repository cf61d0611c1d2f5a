/* brotli.c - Brotli, as Android's updates have it (system.new.dat.br). Neither magic, nor length,
 * nor checksum: believed only where something begins, and only when all of it decodes and it ends
 * with its last byte where the space does. */
#include "format/own.h"
#include "format/stream.h"

#define LEAST 32
#define TRIAL 4096 /* plain bytes that must come out */

/* RFC 7932, 9.1 and 9.2: the size of the window, of which one is reserved; then a block which is
 * not said to be the last and empty, nor one without content. */
static bool header_holds(struct span in)
{
	uint32_t bits = (uint32_t)in.p[0] | (uint32_t)in.p[1] << 8;

	if ((bits & 0x7f) == 0x11)
		return false;
	bits >>= !(bits & 1) ? 1 : bits & 0xe ? 4 : 7;
	return bits & 1 ? !(bits & 2) && (bits >> 2 & 3) != 3 : (bits >> 1 & 3) != 3;
}

static struct fault probe(struct span in, struct found *f)
{
	if (in.n < LEAST || !header_holds(in))
		return fault_at(FAULT_UNKNOWN, 0, "Brotli window", in.n, LEAST);
	if (!stream_begins(span_head(in, 64u << 10), brotli_decode, TRIAL))
		return fault_at(FAULT_BROKEN, 1, "first Brotli block", 0, 0);
	f->len = in.n;
	f->proof = PROOF_PLAUSIBLE;
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct decoded d = brotli_decode(l->in, PLAIN_UNKNOWN, out);
	bool is_cut = d.fault.kind == FAULT_LIMIT;
	bool is_whole = d.fault.kind == FAULT_NONE && d.used == l->in.n;

	(void)e;
	*l->len = is_cut || is_whole ? l->in.n : 0;
	return d.fault;
}

static void own(const struct listing *l, struct own_list *out)
{
	own_add(out, 0, l->in.n > 0, OWN_PACKING, "window");
}

const struct format format_brotli = {
	.name = "brotli",
	.says = "Brotli stream, as long as its file",
	.spec = "RFC 7932",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.probe = probe,
	.load = load,
	.own = own,
};
