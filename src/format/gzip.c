/* gzip.c - RFC 1952. Members that follow each other at once are one stream. A kernel image puts a
 * device tree or its plain size behind the trailer: the stream ends where its decoder says. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"
#include "format/stream.h"

#define TRIAL      64
#define PIECE      65536
#define HEADER     10
#define MOST_SOUND (64u << 20)

enum { FTEXT = 1, FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0 };

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

/* A text of the header, with its NUL. */
static uint64_t own_text(struct own_list *out, struct span in, uint64_t base, uint64_t at,
			 const char *name)
{
	uint64_t n = strnlen((const char *)in.p + at, in.n - at) + 1;

	own_add(out, base + at, n, OWN_DATA, name);
	return at + n;
}

/* The header of a member at `base`, which gzip_header has found whole. */
static void own_member(struct own_list *out, struct span in, uint64_t base, uint64_t header)
{
	uint8_t flags = in.p[3], extra = in.p[8], os = in.p[9];
	uint64_t at = HEADER;

	in = span_head(in, header);
	own_add(out, base, 3, OWN_STRUCTURE, "magic");
	own_add(out, base + 3, 1, own_if(!(flags & RESERVED), OWN_PACKING), "flags");
	own_time(out, base + 4, 4, "mtime", span_u32(in, 4, false));
	own_add(out, base + 8, 1, own_if(extra == 0 || extra == 2 || extra == 4, OWN_PACKING),
		"extra flags");
	own_add(out, base + 9, 1, own_if(os <= 13 || os == 255, OWN_PACKING), "system");
	if (flags & FEXTRA) {
		uint64_t n = 2 + (uint64_t)span_u16(in, at, false);

		own_add(out, base + at, n, OWN_DATA, "extra field");
		at += n;
	}
	if (flags & FNAME && at < in.n)
		at = own_text(out, in, base, at, "name");
	if (flags & FCOMMENT && at < in.n)
		at = own_text(out, in, base, at, "comment");
	if (flags & FHCRC && at + 2 <= in.n)
		own_add(out, base + at, 2,
			own_if((crc32_of(span_head(in, at)) & 0xffff) == span_u16(in, at, false),
			       OWN_CHECKSUM),
			"header CRC16");
}

/* Decodes a member to find its end; false where it has none. */
static bool own_trailer(struct puller *p, struct span in, uint8_t *piece, struct own_list *out,
			uint64_t *at)
{
	uint32_t crc = 0;
	uint64_t size = 0;
	size_t n;

	if (!puller_start(p, span_from(in, *at), false))
		return false;
	while ((n = puller_read(p, piece, PIECE)) > 0) {
		crc = crc32_update(crc, (struct span){ piece, n });
		size += n;
	}
	*at += puller_used(p);
	if (puller_fault(p).kind || in.n - *at < 8)
		return false;
	own_add(out, *at, 4, own_if(span_u32(in, *at, false) == crc, OWN_CHECKSUM), "CRC32");
	own_add(out, *at + 4, 4,
		own_if(span_u32(in, *at + 4, false) == (uint32_t)size, OWN_STRUCTURE), "size");
	*at += 8;
	return true;
}

/* The same for one that is sound and not too large, of which the fast decoder finds the end. */
static bool own_sound(struct span in, uint64_t base, struct own_list *out, uint64_t *at)
{
	struct sink plain;
	struct decoded d;

	sink_init(&plain, NULL, MOST_SOUND);
	d = inflate_gzip(span_from(in, base), PLAIN_UNKNOWN, &plain);
	sink_free(&plain);
	if (d.fault.kind || d.used < 8)
		return false;
	*at = base + d.used;
	own_add(out, *at - 8, 4, OWN_CHECKSUM, "CRC32");
	own_add(out, *at - 4, 4, OWN_STRUCTURE, "size");
	return true;
}

/* What no member explains is data: it never passes for a packed stream. */
static void own(const struct listing *l, struct own_list *out)
{
	struct span in = stream_bytes(l), name;
	uint8_t *piece = arena_take(out->arena, PIECE, 1);
	struct puller *p = piece ? puller_new() : NULL;
	uint64_t at = 0, header;

	while (p && at < in.n && !out->full) {
		struct span rest = span_from(in, at);

		if (gzip_header(rest, &header, &name).kind)
			break;
		own_member(out, rest, at, header);
		if (own_sound(in, at, out, &at))
			continue;
		at += header;
		if (!own_trailer(p, in, piece, out, &at))
			break;
	}
	puller_free(p);
	if (at < in.n)
		own_add(out, at, in.n - at, OWN_DATA, "not decoded");
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
	.own = own,
};
