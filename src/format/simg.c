/* simg.c - Android sparse image: chunks of raw blocks, of one repeated word, of nothing, and of
 * checksums. Source: AOSP system/core/libsparse/sparse_format.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/disk.h"

#define MAGIC       "\x3a\xff\x26\xed"
#define HEADER_SIZE 28
#define CHUNK_SIZE  12
#define MOST_BLOCK  (64u << 20)
#define FILL_STEP   65536

enum { CHUNK_RAW = 0xcac1, CHUNK_FILL, CHUNK_NOTHING, CHUNK_CRC };

struct simg {
	uint32_t header, chunk; /* bytes of the two kinds of header */
	uint32_t block, blocks, chunks, crc;
};

struct chunk {
	uint32_t type;
	uint64_t blocks, data, length; /* where its data stand */
};

static struct fault read_header(struct span in, struct simg *s)
{
	struct cursor c = { .in = in, .at = 4 };
	uint32_t major = cursor_le16(&c);

	cursor_skip(&c, 2);
	s->header = cursor_le16(&c);
	s->chunk = cursor_le16(&c);
	s->block = cursor_le32(&c);
	s->blocks = cursor_le32(&c);
	s->chunks = cursor_le32(&c);
	s->crc = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER_SIZE);
	if (!span_starts(in, span_text(MAGIC)) || major != 1)
		return fault_at(FAULT_UNKNOWN, 4, "version", major, 1);
	if (s->header < HEADER_SIZE || s->chunk < CHUNK_SIZE || s->header > in.n)
		return fault_at(FAULT_BROKEN, 8, "header size", s->header, HEADER_SIZE);
	if (s->chunks == 0)
		return fault_at(FAULT_BROKEN, 20, "chunks", 0, 1);
	if (s->block == 0 || s->block % 4 || s->block > MOST_BLOCK)
		return fault_at(FAULT_BROKEN, 12, "block size", s->block, MOST_BLOCK);
	return fine;
}

static struct fault read_chunk(struct span in, const struct simg *s, uint64_t at, struct chunk *k)
{
	struct cursor c = { .in = span_from(in, at) };
	uint64_t total, want;

	k->type = cursor_le16(&c);
	cursor_skip(&c, 2);
	k->blocks = cursor_le32(&c);
	total = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "chunk header", in.n, at + CHUNK_SIZE);
	if (k->type < CHUNK_RAW || k->type > CHUNK_CRC)
		return fault_at(FAULT_UNKNOWN, at, "chunk type", k->type, CHUNK_CRC);
	want = k->type == CHUNK_RAW ? k->blocks * s->block : k->type == CHUNK_NOTHING ? 0 : 4;
	if (total != (uint32_t)(want + s->chunk))
		return fault_at(FAULT_BROKEN, at + 8, "chunk size", total, want + s->chunk);
	k->data = at + s->chunk;
	k->length = want;
	return fine;
}

/* Follows the chunks to where they end. What is accepted is not
 * searched again inside, so this stays linear. */
static struct fault walk(struct span in, const struct simg *s, uint64_t *end)
{
	*end = s->header;
	for (uint32_t i = 0; i < s->chunks; i++) {
		struct chunk k;
		struct fault bad = read_chunk(in, s, *end, &k);

		if (bad.kind)
			return bad;
		if (k.data > in.n || k.length > in.n - k.data)
			return fault_at(FAULT_SHORT, k.data, "chunk", in.n, k.data + k.length);
		*end = k.data + k.length;
	}
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct simg s;
	struct fault bad = read_header(in, &s), torn;
	uint64_t end;

	if (bad.kind)
		return bad;
	torn = walk(in, &s, &end);
	if (torn.kind && end == s.header && torn.kind != FAULT_SHORT)
		return torn; /* not even one chunk */
	f->len = torn.kind == FAULT_SHORT ? in.n : end;
	f->proof = torn.kind && end == s.header ? PROOF_PLAUSIBLE : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u blocks of %u", s.blocks, s.block);
	return fine;
}

static bool put_fill(struct disk *d, struct span word, uint64_t n)
{
	uint8_t bytes[FILL_STEP];

	if (word.n == 0) {
		disk_fault(d, fault_at(FAULT_SHORT, d->in.n, "fill chunk", 0, 4));
		return false;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = word.p[i % 4];
	for (bool more = true; n > 0 && more;) {
		size_t before = d->out->n;
		size_t step = n < sizeof(bytes) ? (size_t)n : sizeof(bytes);

		if (!sink_put(d->out, (struct span){ bytes, step })) {
			disk_fault(d, d->out->fault);
			return false;
		}
		more = disk_patch(d, before, step, fine);
		n -= step;
	}
	return true;
}

/* The CRC-32 of what came out so far, each byte read once. */
struct running {
	uint32_t crc;
	size_t upto;
};

static uint32_t crc_so_far(struct running *r, const struct sink *out)
{
	r->crc = crc32_update(r->crc, span_from(sink_span(out), r->upto));
	r->upto = out->n;
	return r->crc;
}

static bool put_chunk(struct disk *d, const struct simg *s, const struct chunk *k,
		      struct running *r)
{
	uint64_t n = k->blocks * s->block;
	uint32_t crc, stored = span_u32(d->in, k->data, false);

	switch (k->type) {
	case CHUNK_RAW:
		disk_block(d, k->data, n);
		break;
	case CHUNK_FILL:
		return put_fill(d, span_sub(d->in, k->data, 4), n);
	case CHUNK_NOTHING:
		disk_hole(d, n);
		break;
	default:
		crc = crc_so_far(r, d->out);
		if (crc != stored)
			disk_fault(d, fault_at(FAULT_BROKEN, k->data, "CRC-32", crc, stored));
	}
	return d->out->fault.kind == FAULT_NONE;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct simg s;
	struct disk d;
	struct running r = { 0 };
	struct fault bad = read_header(l->in, &s);
	uint64_t at = s.header;

	(void)e;
	if (bad.kind)
		return bad;
	disk_begin(&d, l->in, out, (uint64_t)s.blocks * s.block);
	for (uint32_t i = 0; i < s.chunks; i++) {
		struct chunk k;

		bad = read_chunk(l->in, &s, at, &k);
		disk_fault(&d, bad);
		if (bad.kind || k.data > l->in.n || !put_chunk(&d, &s, &k, &r))
			break;
		at = k.data + k.length;
	}
	if (d.left)
		disk_fault(&d, fault_at(FAULT_BROKEN, 16, "blocks", out->n / s.block, s.blocks));
	else if (s.crc && crc_so_far(&r, out) != s.crc)
		disk_fault(&d, fault_at(FAULT_BROKEN, 24, "CRC-32", r.crc, s.crc));
	return d.fault;
}

const struct format format_simg = {
	.name = "simg",
	.says = "Android sparse image",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP system/core/libsparse/sparse_format.h",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, MAGIC } },
	.probe = probe,
	.load = load,
};
