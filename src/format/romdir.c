/* romdir.c - blocks of files in the configuration memory of ZyNOS, as its backups ("rom-0") hold
 * them: number, count and length, then 20 bytes a file: name, size, packed size and offset from the
 * block's start, big-endian. Such a file has one block at 0 and one at 0x2000. The configuration
 * itself, "spt.dat", is packed in chunks with LZS (ANSI X3.241-1994; RFC 1974, section 2), whose
 * window of 2 KiB goes on from chunk to chunk. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEADER      6
#define ENTRY       20
#define NAME        14
#define MOST_FILES  64
#define PACKED      0xceeddbdbu
#define PACKED_HEAD 12 /* magic, version, a number whose meaning is not known */
#define WINDOW      2048

static uint32_t count_of(struct span in)
{
	return span_u16(in, 2, true);
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t count = count_of(in), length = span_u16(in, 4, true);
	uint64_t end = HEADER + (uint64_t)count * ENTRY;

	if (in.n < end || count == 0 || count > MOST_FILES || length < end)
		return fault_at(FAULT_BROKEN, 2, "number of files", count, MOST_FILES);
	for (uint64_t i = 0; i < count; i++) {
		struct span e = span_sub(in, HEADER + i * ENTRY, ENTRY);
		uint32_t from = span_u16(e, 18, true), size = span_u16(e, NAME, true);

		if (!is_padded_text(e, 0, NAME) || from < end || from > length ||
		    size > length - from)
			return fault_at(FAULT_BROKEN, HEADER + i * ENTRY, "file", from, length);
		end = (uint64_t)from + size;
	}
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "block %u, %u files", span_byte(in, 0), count);
	return fine;
}

/* The next chunk of a packed file: plain size, packed size, bytes. False where none begins. */
static bool next_chunk(struct cursor *c, uint32_t *plain, struct span *chunk)
{
	uint16_t packed;

	*plain = cursor_be16(c);
	packed = cursor_be16(c);
	*chunk = span_head(span_from(c->in, c->at), packed);
	cursor_skip(c, packed);
	return *plain > 0 && *plain <= WINDOW && chunk->n > 0;
}

static uint64_t plain_size(struct span file)
{
	struct cursor c = { .in = file, .at = PACKED_HEAD };
	struct span chunk;
	uint64_t size = 0;
	uint32_t plain;

	while (next_chunk(&c, &plain, &chunk))
		size += plain;
	return size;
}

static void add_file(struct listing *l, uint64_t at)
{
	struct span e = span_sub(l->in, at, ENTRY);
	struct entry file = entry_new(KIND_FILE, field_text(e, 0, NAME));
	uint32_t size = span_u16(e, NAME, true);
	struct span rest = span_from(l->in, span_u16(e, 18, true));

	file.size = file.length = size;
	file.offset = span_u16(e, 18, true);
	file.stored = span_u32(rest, 0, true) != PACKED;
	if (size > rest.n) {
		file.fault = fault_at(FAULT_SHORT, at + NAME, "size", rest.n, size);
		listing_fault(l, file.fault);
		file.length = rest.n;
		file.offset = rest.n ? file.offset : 0;
	}
	file.key[0] = file.offset;
	file.key[1] = file.length;
	if (!file.stored)
		file.size = plain_size(span_head(rest, size));
	listing_add(l, &file);
}

static struct fault list(struct listing *l)
{
	uint32_t count = count_of(l->in);

	for (uint64_t i = 0; i < count; i++)
		add_file(l, HEADER + i * ENTRY);
	if (span_u16(l->in, 4, true) > l->in.n)
		listing_fault(
			l, fault_at(FAULT_SHORT, 4, "length", l->in.n, span_u16(l->in, 4, true)));
	return fine;
}

/* Bits, the highest of a byte first; zeros behind the end. */
struct bits {
	struct span in;
	uint64_t at;
};

static uint32_t take_bits(struct bits *b, unsigned n)
{
	uint32_t value = 0;

	for (; n > 0; n--, b->at++) {
		int byte = span_byte(b->in, b->at / 8);

		value = value << 1 | (byte < 0 ? 0 : (uint32_t)byte >> (7 - b->at % 8) & 1);
	}
	return value;
}

/* Two bits give 2 to 4, two more 5 to 7, then four at a time as long as they are all ones. */
static uint64_t take_length(struct bits *b)
{
	uint32_t more = take_bits(b, 2);
	uint64_t length = 8;

	if (more < 3)
		return 2 + more;
	more = take_bits(b, 2);
	if (more < 3)
		return 5 + more;
	do {
		more = take_bits(b, 4);
		length += more;
	} while (more == 15 && b->at / 8 < b->in.n);
	return length;
}

/* One chunk of at most `most` plain bytes: its end mark, its size or its last bit ends it. */
static struct fault unpack_chunk(struct span in, uint64_t most, struct sink *out)
{
	struct bits b = { .in = in };
	uint64_t end = out->n + most;

	while (out->n < end && b.at / 8 < in.n) {
		uint64_t distance, length;

		if (take_bits(&b, 1) == 0) {
			uint8_t byte = (uint8_t)take_bits(&b, 8);

			if (!sink_fill(out, byte, 1))
				return out->fault;
			continue;
		}
		distance = take_bits(&b, 1) ? take_bits(&b, 7) : take_bits(&b, 11);
		if (distance == 0)
			return fine;
		length = take_length(&b);
		if (distance > out->n || distance >= WINDOW)
			return fault_at(FAULT_BROKEN, b.at / 8, "LZS distance", distance, out->n);
		for (; length > 0 && out->n < end; length--)
			if (!sink_fill(out, out->p[out->n - distance], 1))
				return out->fault;
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span file = span_sub(l->in, e->key[0], e->key[1]), chunk;
	struct cursor c = { .in = file, .at = PACKED_HEAD };
	uint32_t plain;

	while (next_chunk(&c, &plain, &chunk)) {
		uint64_t at = e->key[0] + span_place(file, chunk), before = out->n;
		struct fault bad = unpack_chunk(chunk, plain, out);

		if (bad.kind) {
			bad.at += at;
			return bad;
		}
		if (out->n - before < plain)
			return fault_at(c.ran_out ? FAULT_SHORT : FAULT_BROKEN, at, "chunk",
					out->n - before, plain);
	}
	return fine;
}

const struct format format_romdir = {
	.name = "zynos-romdir",
	.says = "files in the configuration memory of ZyNOS (rom-0)",
	.domain = DOMAIN_BROADBAND,
	.spec = "dev-zzo/router-tools unrom0.py; RFC 1974, section 2",
	.shape = SHAPE_CONTAINER,
	.magic = { { 6, 8, "dbgarea\x00" }, { 26, 8, "spt.dat\x00" }, { 6, 8, "spt.dat\x00" } },
	.probe = probe,
	.list = list,
	.load = load,
};
