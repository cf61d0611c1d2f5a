/* ubifs_data.c - the content of a file: blocks of 4 KiB, each packed on its own. A block without a
 * node is a hole, and so is the rest of a block that gives less. */
#include "codec/codec.h"
#include "format/ubifs.h"

static struct decoded stored(struct span in, uint64_t most, struct sink *out)
{
	struct span plain = span_head(in, most);

	sink_put(out, plain);
	return (struct decoded){ plain.n, out->fault };
}

static struct decoded (*const unpack[])(struct span in, uint64_t most, struct sink *out) = {
	stored,
	lzo1x_decode,
	inflate_raw,
	zstd_decode,
};

/* One block, behind what the sink holds. */
static struct fault put_block(const struct ubifs *fs, const struct ubifs_record *r,
			      struct sink *out)
{
	struct ubifs_node n = { 0 };
	uint64_t plain, before = out->n;
	uint16_t method;
	struct decoded d;

	if (!ubifs_node(fs, r->at / fs->leb_size, r->at % fs->leb_size, &n) ||
	    n.type != UBIFS_DATA || span_u32(n.bytes, 24, false) != r->inode ||
	    span_u32(n.bytes, 28, false) != r->word || !ubifs_node_holds(&n))
		return fault_at(FAULT_BROKEN, r->at, "data node", ubifs_record_low(r), r->inode);
	plain = span_u32(n.bytes, 40, false);
	method = span_u16(n.bytes, 44, false);
	if (plain == 0 || plain > UBIFS_BLOCK)
		return fault_at(FAULT_BROKEN, r->at + 40, "size of a block", plain, UBIFS_BLOCK);
	if (method >= sizeof(unpack) / sizeof(unpack[0]))
		return fault_at(FAULT_UNKNOWN, r->at + 44, "compressor", method, 3);
	d = unpack[method](span_from(n.bytes, 48), plain, out);
	if (d.fault.kind == FAULT_NONE && out->n - before != plain)
		d.fault = fault_at(FAULT_BROKEN, r->at, "plain size of a block", out->n - before,
				   plain);
	if (d.fault.kind == FAULT_NONE && method > 1 && d.used < n.bytes.n - 48)
		d.fault = fault_at(FAULT_BROKEN, r->at, "bytes behind a packed block",
				   n.bytes.n - 48, d.used);
	d.fault.at = d.fault.kind ? r->at : 0;
	return d.fault;
}

/* Zeros up to that place. */
static bool fill_to(struct sink *out, uint64_t at)
{
	return out->n >= at || sink_zero(out, at - out->n);
}

struct fault ubifs_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct ubifs_state *s = l->state;
	struct fault first = fine;

	if (e->encrypted)
		return fault_at(FAULT_ENCRYPTED, 0, "content", 0, 0);
	if (e->size && !sink_room(out, e->size))
		return out->fault;
	for (uint64_t i = e->key[1]; i < e->key[2]; i++) {
		const struct ubifs_record *r = &s->records.p[i];
		uint64_t at = (uint64_t)ubifs_record_low(r) * UBIFS_BLOCK;
		struct fault bad;

		if (at >= e->size)
			break; /* behind the end of the file */
		if (!fill_to(out, at))
			return out->fault;
		bad = put_block(&s->fs, r, out);
		first = first.kind ? first : bad;
		if (out->fault.kind)
			return out->fault;
	}
	if (out->n > e->size)
		out->n = e->size;
	return fill_to(out, e->size) ? first : out->fault;
}
