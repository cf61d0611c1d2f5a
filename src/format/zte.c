/* zte.c - ZTE's wrappings, which stand one in the other and each alone. A header of 128 bytes
 * begins with four words of 99, 44, 55 and AA, in the byte order of the device; words behind them
 * say where its contents begin and how long they are. A mark (04030201h) with the model's name. A
 * configuration (01020304h): kind, plain length, size of a chunk, CRC-32 of the packed chunks and
 * of these words, at 60 the chunks: plain length, packed length, place of the next or 0, data. Kind
 * 0 is zlib; the others are AES over the whole of such a configuration, with keys by model or
 * serial number, some of which are published. */
#include <stdio.h>

#include "base/cipher.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "format/parts.h"
#include "format/ztekeys.h"

#define WRAPPER     128
#define MOST_MODEL  64
#define MARK        12
#define HEADER      60
#define CHUNK       12
#define MOST_CHUNK  (16u << 20)
#define MOST_CHUNKS 5000 /* the probe reads twelve bytes of each */

enum { KIND_ZLIB = 0, KIND_ECB = 2, MOST_KIND = 6 };

struct wrapper {
	uint32_t from, length;
};

static struct fault read_wrapper(struct span in, struct wrapper *w)
{
	bool big = span_u32(in, 24, true) == 4;

	w->from = span_u32(in, 16 + 13 * 4, big);
	w->length = span_u32(in, 16 + 14 * 4, big);
	if (in.n < WRAPPER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, WRAPPER);
	if (span_u32(in, 24, big) != 4 || w->from < WRAPPER || w->from > 4096 || w->length == 0)
		return fault_at(FAULT_BROKEN, 68, "length of the header", w->from, WRAPPER);
	return fine;
}

static struct fault probe_wrapper(struct span in, struct found *f)
{
	struct wrapper w;
	struct fault bad = read_wrapper(in, &w);

	if (bad.kind)
		return bad;
	f->len = part_bound((uint64_t)w.from + w.length, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_wrapper(struct listing *l)
{
	struct wrapper w;
	struct fault bad = read_wrapper(l->in, &w);

	l->kind = LISTING_REGIONS;
	if (bad.kind == FAULT_NONE)
		part_list(l, 72, w.from, w.length, "");
	return bad;
}

const struct format format_zte = {
	.name = "zte",
	.says = "ZTE header of firmware and configuration",
	.domain = DOMAIN_BROADBAND,
	.spec = "mkst/zte-config-utility zcu/zte.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "\x99\x99\x99\x99\x44\x44\x44\x44\x55\x55\x55\x55\xaa\xaa\xaa\xaa" } },
	.probe = probe_wrapper,
	.list = list_wrapper,
};

/* What bears the mark follows it and ends with its space. */
static struct fault probe_mark(struct span in, struct found *f)
{
	uint32_t length = span_u32(in, 8, true);

	if (span_u32(in, 4, true) || length == 0 || length > MOST_MODEL ||
	    !is_padded_text(in, MARK, length) || in.n == MARK + length)
		return fault_at(FAULT_BROKEN, 8, "length of the name", length, MOST_MODEL);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, MARK, length));
	return fine;
}

static struct fault list_mark(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_rest(l, MARK + span_u32(l->in, 8, true), "");
	return fine;
}

const struct format format_ztemark = {
	.name = "zte-mark",
	.says = "ZTE's mark of the model",
	.domain = DOMAIN_BROADBAND,
	.spec = "mkst/zte-config-utility zcu/zte.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "\x04\x03\x02\x01\x00\x00\x00\x00" } },
	.probe = probe_mark,
	.list = list_mark,
};

struct chunk {
	uint32_t plain, packed;
	uint64_t data;
	bool last;
};

/* The chunk at *at; *at goes to the next. Where the next begins is known from the lengths: the
 * field for it is not the same in all kinds and only zero in the last. */
static struct fault read_chunk(struct span in, uint64_t *at, struct chunk *k)
{
	struct cursor c = { .in = span_sub(in, *at, CHUNK) };

	k->plain = cursor_be32(&c);
	k->packed = cursor_be32(&c);
	k->last = cursor_be32(&c) == 0;
	k->data = *at + CHUNK;
	if (c.ran_out)
		return fault_at(FAULT_SHORT, *at, "chunk", in.n, *at + CHUNK);
	if (k->packed == 0 || k->packed > MOST_CHUNK || k->plain == 0 || k->plain > MOST_CHUNK)
		return fault_at(FAULT_BROKEN, *at, "length of a chunk", k->packed, MOST_CHUNK);
	*at = k->data + k->packed;
	return fine;
}

static const char *cipher_name(uint32_t kind)
{
	return kind == KIND_ECB ? "AES-ECB" : "AES-CBC";
}

static bool first_chunk_opens(struct span in, uint32_t kind)
{
	struct zte_key key;

	return zte_find_key(span_from(in, HEADER + CHUNK), kind != KIND_ECB, &key);
}

/* The words without meaning are zero in all kinds: with the chunks' lengths that tells it from
 * numbers that count up. */
static struct fault probe(struct span in, struct found *f)
{
	uint32_t kind = span_u32(in, 4, true);
	uint64_t end = HEADER;
	struct chunk k = { 0 };
	struct fault bad = fine;

	if (kind > MOST_KIND || !is_filled(in, 28, HEADER - 28, 0))
		return fault_at(FAULT_BROKEN, 4, "kind", kind, MOST_KIND);
	for (uint32_t i = 0; i < MOST_CHUNKS && !k.last; i++)
		if ((bad = read_chunk(in, &end, &k)).kind)
			break;
	if (bad.kind && (bad.kind != FAULT_SHORT || end == HEADER))
		return bad;
	f->len = part_bound(end, in);
	f->proof = kind == KIND_ZLIB && span_u32(in, 24, true) == crc32_of(span_sub(in, 0, 24))
			   ? PROOF_CHECKSUM
			   : PROOF_STRUCTURE;
	label_add(f->label, kind == KIND_ZLIB ? "zlib" : cipher_name(kind), (struct span){ 0 });
	if (kind != KIND_ZLIB && first_chunk_opens(in, kind))
		label_add(f->label, ", key of zte-config-utility", (struct span){ 0 });
	return fine;
}

static struct fault unpack(const struct listing *l, struct sink *out)
{
	uint64_t at = HEADER;
	uint32_t crc = 0, want = span_u32(l->in, 20, true);
	struct chunk k = { 0 };

	while (!k.last) {
		struct fault bad = read_chunk(l->in, &at, &k);
		size_t before = out->n;
		struct decoded d;

		if (bad.kind)
			return bad;
		crc = crc32_update(crc, span_sub(l->in, k.data, k.packed));
		d = inflate_zlib(span_head(span_from(l->in, k.data), k.packed), k.plain, out);
		d.fault.at += k.data;
		if (d.fault.kind)
			return d.fault;
		if (out->n - before != k.plain)
			return fault_at(FAULT_BROKEN, k.data - CHUNK, "plain length",
					out->n - before, k.plain);
	}
	return crc == want ? fine : fault_at(FAULT_BROKEN, 20, "CRC-32", crc, want);
}

/* The chunks one behind the other, as they were before they were parted. */
static struct fault gather(struct span in, struct sink *out)
{
	uint64_t at = HEADER;
	struct chunk k = { 0 };

	while (!k.last) {
		struct fault bad = read_chunk(in, &at, &k);

		if (bad.kind)
			return bad;
		if (!sink_put(out, span_sub(in, k.data, k.packed)))
			return out->fault;
		if (k.packed > in.n - k.data)
			return fault_at(FAULT_SHORT, k.data, "chunk", in.n, k.data + k.packed);
	}
	return fine;
}

static struct fault decrypt(const struct listing *l, uint32_t kind, struct sink *out)
{
	struct sink packed;
	struct span blocks;
	struct zte_key key;
	struct fault bad;
	uint8_t *room;

	if (!zte_find_key(span_from(l->in, HEADER + CHUNK), kind != KIND_ECB, &key))
		return fault_at(FAULT_ENCRYPTED, 4, cipher_name(kind), kind, 0);
	sink_init(&packed, NULL, out->limit);
	bad = gather(l->in, &packed);
	blocks = span_head(sink_span(&packed), packed.n / AES_BLOCK * AES_BLOCK);
	room = sink_room(out, blocks.n);
	if (room && blocks.n) {
		zte_decrypt(&key, blocks, room);
		sink_advance(out, blocks.n);
	}
	sink_free(&packed);
	return bad.kind ? bad : out->fault;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint32_t kind = span_u32(l->in, 4, true);

	(void)e;
	return kind == KIND_ZLIB ? unpack(l, out) : decrypt(l, kind, out);
}

const struct format format_zteconfig = {
	.name = "zte-config",
	.says = "ZTE configuration",
	.domain = DOMAIN_BROADBAND,
	.spec = "mkst/zte-config-utility zcu/compression.py, xcryptors.py, known_keys.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.magic = { { 0, 7, "\x01\x02\x03\x04\x00\x00\x00" } },
	.probe = probe,
	.load = load,
};
