/* gzip.c - RFC 1952. Members that follow each other at once are one stream. A kernel image puts a
 * device tree or its plain size behind the trailer: the stream ends where its decoder says. */
#include "format/stream.h"

#define TRIAL 64

static struct fault probe(struct span in, struct found *f)
{
	uint64_t header;
	struct span name;
	struct fault bad = gzip_header(in, &header, &name);

	if (bad.kind)
		return bad;
	if (!stream_begins(in, inflate_gzip, TRIAL) &&
	    !stream_begins(span_from(in, header), inflate_raw, TRIAL))
		return fault_at(FAULT_BROKEN, header, "first deflate block", 0, 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	label_bytes(f->label, name);
	return fine;
}

static bool again(struct span rest)
{
	uint64_t header;
	struct span name;

	return gzip_header(rest, &header, &name).kind == FAULT_NONE;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct fault fault = stream_members(l, out, inflate_gzip, again);

	(void)e;
	/* Noise behind a chance header may pass for fixed codes for a while, but hardly grows. */
	if (fault.kind == FAULT_BROKEN && fault.at == *l->len && out->n < *l->len + *l->len / 4)
		*l->len = 0;
	return fault;
}

/* The flags byte makes the magic long enough to be searched; at structural places any flags do. */
const struct format format_gzip = {
	.name = "gzip",
	.says = "gzip stream",
	.spec = "RFC 1952",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "\x1f\x8b\x08\x00" },
		   { 0, 4, "\x1f\x8b\x08\x08" },
		   { 0, 4, "\x1f\x8b\x08\x04" },
		   { 0, 4, "\x1f\x8b\x08\x10" },
		   { 0, 4, "\x1f\x8b\x08\x18" },
		   { 0, 4, "\x1f\x8b\x08\x02" },
		   { 0, 4, "\x1f\x8b\x08\x0c" },
		   { 0, 4, "\x1f\x8b\x08\x0a" },
		   { 0, 4, "\x1f\x8b\x08\x01" },
		   { 0, 3, "\x1f\x8b\x08" } },
	.probe = probe,
	.load = load,
};
