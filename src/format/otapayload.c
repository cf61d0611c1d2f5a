/* otapayload.c - payload.bin of Android's and ChromeOS' updates: "CrAU", version 2, length of the
 * manifest and of its signature, the manifest (a message of Protocol Buffers), the signature, the
 * blobs. The manifest has a message for each partition: name, size and SHA-256, and operations,
 * each of which makes some extents of blocks out of a blob. Those that replace stand for
 * themselves; the others need the partition as it was, and their partition cannot be made. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "format/format.h"
#include "format/marks.h"
#include "format/protobuf.h"

#define HEADER        24
#define MOST_MANIFEST (64u << 20)
#define MOST_BLOCK    (1u << 20)
#define USUAL_BLOCK   4096
#define MOST_BEFORE   1024 /* fields in front of the first partition; they are in order */

enum { /* fields of the messages */
       MANIFEST_BLOCK = 3,
       MANIFEST_SIGNATURES_AT = 4,
       MANIFEST_SIGNATURES_LENGTH = 5,
       MANIFEST_PARTITION = 13,
       PARTITION_NAME = 1,
       PARTITION_INFO = 7,
       PARTITION_OPERATION = 8,
       INFO_SIZE = 1,
       INFO_HASH = 2,
       OPERATION_TYPE = 1,
       OPERATION_AT = 2,
       OPERATION_LENGTH = 3,
       OPERATION_EXTENT = 6,
       OPERATION_HASH = 8,
       EXTENT_START = 1,
       EXTENT_BLOCKS = 2,
};

enum {
	REPLACE = 0,
	REPLACE_BZ = 1,
	ZERO = 6,
	DISCARD = 7,
	REPLACE_XZ = 8,
	REPLACE_ZSTD = 14,
};

struct payload {
	struct span in, manifest;
	uint64_t data, block;
};

struct operation {
	uint64_t type, at, length;
	struct span message, hash;
};

/* The size of a block stands in front of the partitions. That one of those is near refuses at once
 * what is no manifest, however long its header says it is. */
static struct fault read_block(struct payload *p)
{
	struct span rest = p->manifest;
	struct protobuf_field f;

	p->block = USUAL_BLOCK;
	for (int i = 0; i < MOST_BEFORE && protobuf_next(&rest, &f); i++) {
		if (f.number == MANIFEST_PARTITION && f.wire == WIRE_BYTES)
			return fine;
		if (f.number == MANIFEST_BLOCK && f.wire != WIRE_BYTES && f.value)
			p->block = f.value;
		if (p->block > MOST_BLOCK)
			return fault_at(FAULT_BROKEN, HEADER, "size of a block", p->block,
					MOST_BLOCK);
	}
	return fault_at(FAULT_BROKEN, HEADER, "partitions", 0, 1);
}

static struct fault read_header(struct span in, struct payload *p)
{
	struct cursor c = { .in = in, .at = 4 };
	uint64_t version = cursor_be64(&c), manifest = cursor_be64(&c);
	uint32_t signature = cursor_be32(&c);

	*p = (struct payload){ .in = in };
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (version != 2)
		return fault_at(FAULT_UNKNOWN, 4, "version", version, 2);
	if (manifest == 0 || manifest > MOST_MANIFEST || signature > MOST_MANIFEST)
		return fault_at(FAULT_BROKEN, 12, "length of the manifest", manifest,
				MOST_MANIFEST);
	p->manifest = span_head(span_from(in, HEADER), manifest);
	p->data = HEADER + manifest + signature;
	return read_block(p);
}

static bool next_of(struct span *rest, uint32_t number, struct span *message)
{
	struct protobuf_field f;

	while (protobuf_next(rest, &f)) {
		if (f.number != number || f.wire != WIRE_BYTES)
			continue;
		*message = f.bytes;
		return true;
	}
	return false;
}

static bool next_operation(struct span *rest, struct operation *o)
{
	*o = (struct operation){ 0 };
	if (!next_of(rest, PARTITION_OPERATION, &o->message))
		return false;
	o->type = protobuf_number(o->message, OPERATION_TYPE);
	o->at = protobuf_number(o->message, OPERATION_AT);
	o->length = protobuf_number(o->message, OPERATION_LENGTH);
	o->hash = protobuf_bytes(o->message, OPERATION_HASH);
	return true;
}

static bool stands_for_itself(uint64_t type)
{
	return type == REPLACE || type == REPLACE_BZ || type == REPLACE_XZ ||
	       type == REPLACE_ZSTD || type == ZERO || type == DISCARD;
}

static void reach(uint64_t *end, uint64_t at, uint64_t length)
{
	uint64_t to = length > UINT64_MAX - at ? UINT64_MAX : at + length;

	if (length && to > *end)
		*end = to;
}

/* Where the last blob ends, counted from the first. */
static uint64_t end_of_blobs(const struct payload *p, uint32_t *partitions, bool *delta)
{
	struct span rest = p->manifest, part;
	uint64_t end = 0;

	reach(&end, protobuf_number(rest, MANIFEST_SIGNATURES_AT),
	      protobuf_number(rest, MANIFEST_SIGNATURES_LENGTH));
	while (next_of(&rest, MANIFEST_PARTITION, &part)) {
		struct operation o;

		++*partitions;
		while (next_operation(&part, &o)) {
			*delta |= !stands_for_itself(o.type);
			reach(&end, o.at, o.length);
		}
	}
	return end;
}

static struct fault probe(struct span in, struct found *f)
{
	struct payload p;
	struct fault bad = read_header(in, &p);
	uint32_t partitions = 0;
	bool delta = false;
	uint64_t end;

	if (bad.kind)
		return bad;
	end = end_of_blobs(&p, &partitions, &delta);
	f->len = p.data <= in.n && end <= in.n - p.data ? p.data + end : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u partitions%s", partitions,
		 delta ? ", over an older version" : "");
	return fine;
}

static void add_partition(struct listing *l, const struct payload *p, struct span part)
{
	struct entry e = entry_new(KIND_FILE, protobuf_bytes(part, PARTITION_NAME));
	struct span info = protobuf_bytes(part, PARTITION_INFO), rest = part;
	struct operation o;

	e.size = protobuf_number(info, INFO_SIZE);
	e.key[0] = span_place(p->in, part);
	e.key[1] = part.n;
	e.order = l->count;
	while (next_operation(&rest, &o))
		if (!stands_for_itself(o.type) && !e.fault.kind)
			e.fault = fault_at(FAULT_UNKNOWN, span_place(p->in, o.message),
					   "operation over an older version", o.type, REPLACE_ZSTD);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct payload p;
	struct fault bad = read_header(l->in, &p);
	struct span rest = p.manifest, part;
	uint32_t partitions = 0;
	bool delta = false;
	uint64_t end;

	if (bad.kind)
		return bad;
	while (next_of(&rest, MANIFEST_PARTITION, &part))
		add_partition(l, &p, part);
	if (rest.n)
		listing_fault(l, fault_at(FAULT_BROKEN, span_place(l->in, rest), "manifest", 0, 0));
	end = end_of_blobs(&p, &partitions, &delta);
	if (p.data > l->in.n || end > l->in.n - p.data)
		listing_fault(l, fault_at(FAULT_SHORT, 12, "blobs", l->in.n, p.data + end));
	return fine;
}

/* What becomes of a partition: its bytes lie in the sink, zeros at first. */
struct making {
	const struct payload *p;
	uint8_t *bytes;
	uint64_t size;
	uint64_t blobs, blocks; /* bytes that may still be read and written: each once */
	struct fault fault;
};

static void blame(struct making *m, struct fault f)
{
	if (!m->fault.kind)
		m->fault = f;
}

static uint64_t blocks_of(const struct making *m, struct span message)
{
	struct span rest = message, extent;
	uint64_t sum = 0;

	while (next_of(&rest, OPERATION_EXTENT, &extent)) {
		uint64_t n = protobuf_number(extent, EXTENT_BLOCKS);

		if (n > m->size / m->p->block + 1)
			return UINT64_MAX;
		sum += n;
	}
	return sum;
}

/* Copies plain bytes to the operation's extents, in their order; nothing: zeros. */
static void scatter(struct making *m, struct span message, struct span plain)
{
	struct span rest = message, extent;

	while (next_of(&rest, OPERATION_EXTENT, &extent)) {
		uint64_t start = protobuf_number(extent, EXTENT_START);
		uint64_t n = protobuf_number(extent, EXTENT_BLOCKS) * m->p->block;
		uint64_t at = start * m->p->block;

		if (start > m->size / m->p->block || at >= m->size) {
			blame(m, fault_at(FAULT_BROKEN, span_place(m->p->in, extent), "extent",
					  start, m->size / m->p->block));
			return;
		}
		n = n < m->size - at ? n : m->size - at;
		if (!plain.p)
			memset(m->bytes + at, 0, n);
		else if (plain.n)
			memcpy(m->bytes + at, plain.p, n < plain.n ? n : plain.n);
		plain = span_from(plain, n < plain.n ? n : plain.n);
	}
}

static struct decoded decode(const struct operation *o, struct span blob, uint64_t most,
			     struct sink *plain)
{
	switch (o->type) {
	case REPLACE_BZ:
		return bzip2_decode(blob, most, plain);
	case REPLACE_XZ:
		return xz_decode(blob, most, plain);
	default:
		return zstd_decode(blob, most, plain);
	}
}

static void check_blob(struct making *m, const struct operation *o, struct span blob)
{
	uint8_t digest[SHA256_SIZE];

	if (o->hash.n != SHA256_SIZE)
		return;
	sha256_of(blob, digest);
	if (!span_equal(o->hash, (struct span){ digest, SHA256_SIZE }))
		blame(m, fault_at(FAULT_BROKEN, m->p->data + o->at, "SHA-256 of a blob", 0, 0));
}

static void replace(struct making *m, const struct operation *o, uint64_t room)
{
	struct span blob = span_sub(span_from(m->p->in, m->p->data), o->at, o->length);
	struct sink plain;
	struct decoded d;

	if (blob.n != o->length) {
		blame(m, fault_at(FAULT_SHORT, span_place(m->p->in, o->message), "blob", blob.n,
				  o->length));
		return;
	}
	check_blob(m, o, blob);
	if (o->type == REPLACE) {
		scatter(m, o->message, blob);
		return;
	}
	sink_init(&plain, NULL, room);
	d = decode(o, blob, room, &plain);
	d.fault.at += m->p->data + o->at;
	blame(m, d.fault);
	scatter(m, o->message, sink_span(&plain));
	sink_free(&plain);
}

static bool apply(struct making *m, const struct operation *o)
{
	uint64_t blocks = blocks_of(m, o->message), place = span_place(m->p->in, o->message);
	bool fits = blocks <= m->blocks / m->p->block && budget_take(&m->blobs, o->length) &&
		    budget_take(&m->blocks, blocks * m->p->block);

	if (!stands_for_itself(o->type))
		blame(m, fault_at(FAULT_UNKNOWN, place, "operation over an older version", o->type,
				  REPLACE_ZSTD));
	else if (!fits)
		blame(m, fault_at(FAULT_LIMIT, place, "blocks made more than once", blocks,
				  m->blocks / m->p->block));
	else if (o->type == ZERO || o->type == DISCARD)
		scatter(m, o->message, (struct span){ 0 });
	else
		replace(m, o, blocks * m->p->block);
	return m->fault.kind != FAULT_LIMIT && m->fault.kind != FAULT_UNKNOWN;
}

static void check_partition(struct making *m, struct span info)
{
	struct span want = protobuf_bytes(info, INFO_HASH);
	uint8_t digest[SHA256_SIZE];

	if (m->fault.kind || want.n != SHA256_SIZE)
		return;
	sha256_of((struct span){ m->bytes, m->size }, digest);
	if (!span_equal(want, (struct span){ digest, SHA256_SIZE }))
		blame(m, fault_at(FAULT_BROKEN, span_place(m->p->in, info),
				  "SHA-256 of the partition", 0, 0));
}

/* A partition that needs another one is not begun: half of its blocks would be no fact. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct payload p;
	struct fault bad = read_header(l->in, &p);
	struct span part = span_sub(l->in, e->key[0], e->key[1]), rest = part;
	struct making m = { .p = &p, .size = e->size, .blobs = l->in.n };
	struct operation o;

	if (bad.kind)
		return bad;
	if (e->fault.kind == FAULT_UNKNOWN)
		return e->fault;
	m.blocks = m.size > UINT64_MAX / 2 ? 0 : (m.size + p.block - 1) / p.block * p.block;
	if (m.size > out->limit || !sink_zero(out, m.size))
		return out->fault.kind
			       ? out->fault
			       : fault_at(FAULT_LIMIT, e->key[0], "size", m.size, out->limit);
	m.bytes = out->p;
	while (next_operation(&rest, &o) && apply(&m, &o))
		;
	check_partition(&m, protobuf_bytes(part, PARTITION_INFO));
	return m.fault;
}

const struct format format_otapayload = {
	.name = "ota-payload",
	.says = "payload of Android and ChromeOS updates",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP system/update_engine update_metadata.proto",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 12, "CrAU\x00\x00\x00\x00\x00\x00\x00\x02" } },
	.probe = probe,
	.list = list,
	.load = load,
};
