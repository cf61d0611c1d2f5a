/* bzip2_blocks.c - blocks of one bzip2 stream side by side. A block knows nothing of the others: it
 * begins with 48 bits of pi and its CRC, at any bit (Julian Seward's bzip2 1.0, decompress.c). Each
 * is given to libbz2 as a stream of its own. The stream counts as decoded so only when all of it
 * holds, its own CRC too; else nothing is taken, and the plain decoder tells what is wrong. */
#include <bzlib.h>
#include <stdlib.h>

#include "codec/parts.h"

#define BLOCK_MARK 0x314159265359u
#define END_MARK   0x177245385090u
#define MARK_BITS  48
#define CRC_BITS   32
#define HEADER     4
#define TAIL       (HEADER + (MARK_BITS + CRC_BITS) / 8 + 1) /* bytes a stream has beside its block */
#define MOST_BLOCK (2u << 20) /* packed; what encoders write takes less than half */

/* Where the search for the next mark goes on, and what of the stream is known. */
struct stream {
	struct span in;
	uint64_t bit;        /* where the next block begins */
	uint32_t crc;        /* of the blocks so far */
	uint8_t shifts[256]; /* at which of eight shifts a byte can be the second of a mark */
};

static uint64_t bits_at(struct span in, uint64_t bit, unsigned n)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word = word << 8 | (uint8_t)(bit / 8 + i < in.n ? in.p[bit / 8 + i] : 0);
	return word << bit % 8 >> (64 - n);
}

static void mark_shifts(struct stream *s)
{
	static const uint64_t marks[] = { BLOCK_MARK, END_MARK };

	for (unsigned m = 0; m < 2; m++)
		for (unsigned shift = 0; shift < 8; shift++)
			s->shifts[marks[m] >> (MARK_BITS - 16 + shift) & 0xff] |=
				(uint8_t)(1u << shift);
}

/* The first bit of the next mark at or behind `bit`; UINT64_MAX when it is too far or none comes.
 */
static uint64_t next_mark(const struct stream *s, uint64_t bit)
{
	uint64_t last = bit / 8 + MOST_BLOCK;

	for (uint64_t at = bit / 8; at + 1 < s->in.n && at < last; at++) {
		uint8_t shifts = s->shifts[s->in.p[at + 1]];

		for (unsigned shift = 0; shifts; shift++, shifts >>= 1) {
			uint64_t here = at * 8 + shift;
			uint64_t mark = shifts & 1 ? bits_at(s->in, here, MARK_BITS) : 0;

			if (mark == BLOCK_MARK || mark == END_MARK)
				return here;
		}
	}
	return UINT64_MAX;
}

struct writer {
	uint8_t *p;
	uint64_t bit;
};

/* Appends up to 56 bits; what stands behind the last one is zero. */
static void write_bits(struct writer *w, uint64_t value, unsigned n)
{
	while (n) {
		unsigned room = 8 - w->bit % 8, take = n < room ? n : room;
		uint8_t bits = (uint8_t)(value >> (n - take) & ((1u << take) - 1));

		if (room == 8)
			w->p[w->bit / 8] = 0;
		w->p[w->bit / 8] |= (uint8_t)(bits << (room - take));
		w->bit += take;
		n -= take;
	}
}

/* The block as a stream of its own: header, block, end mark, CRC. */
static uint64_t wrap(const struct part *part, uint8_t *to)
{
	const struct span in = ((const struct stream *)part->stream)->in;
	struct span from = span_from(in, part->from / 8);
	uint64_t whole = (part->to - part->from) / 8, shift = part->from % 8;
	unsigned rest = (unsigned)((part->to - part->from) % 8);
	struct writer w = { to, (HEADER + whole) * 8 };

	memcpy(to, in.p, HEADER);
	for (uint64_t i = 0; i < whole; i++) /* the mark behind the block lies within */
		to[HEADER + i] = (uint8_t)(from.p[i] << shift | from.p[i + 1] >> (8 - shift));
	write_bits(&w, bits_at(in, part->to - rest, rest ? rest : 1), rest);
	write_bits(&w, END_MARK, MARK_BITS);
	write_bits(&w, bits_at(in, part->from + MARK_BITS, CRC_BITS), CRC_BITS);
	return (w.bit + 7) / 8;
}

static void decode_block(struct part *part)
{
	uint64_t room = (part->to - part->from) / 8 + TAIL + 8;
	uint8_t *stream = malloc((size_t)room);
	struct decoded d;

	if (!stream) {
		machine_ran_out();
		return;
	}
	d = bzip2_decode_stream((struct span){ stream, (size_t)wrap(part, stream) }, PLAIN_UNKNOWN,
				part->out);
	part->holds = d.fault.kind == FAULT_NONE;
	free(stream);
}

/* Blocks from s->bit on, as many as there are threads; *ended when the stream's end mark follows.
 * 0: it is none, or not whole. */
static size_t next_blocks(struct stream *s, struct part *parts, size_t most, bool *ended)
{
	size_t n = 0;

	while (n < most && !*ended) {
		uint64_t to = next_mark(s, s->bit + MARK_BITS + CRC_BITS);

		if (to == UINT64_MAX)
			return 0;
		parts[n++] = (struct part){ .stream = s, .from = s->bit, .to = to };
		s->bit = to;
		*ended = bits_at(s->in, to, MARK_BITS) == END_MARK;
	}
	return n;
}

/* Appends what the parts gave. False: one does not hold, or there is too much of it. */
static bool take(struct stream *s, const struct part *parts, size_t n, uint64_t most,
		 struct sink *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t crc = (uint32_t)bits_at(s->in, parts[i].from + MARK_BITS, CRC_BITS);
		struct span plain = sink_span(parts[i].out);

		if (plain.n > most || plain.n > out->limit - out->n || !sink_put(out, plain))
			return false;
		most -= plain.n;
		s->crc = (s->crc << 1 | s->crc >> 31) ^ crc;
	}
	return true;
}

static bool decode_wave(struct stream *s, struct part *parts, size_t n, uint64_t most,
			struct sink *out)
{
	struct sink sinks[MOST_PARTS];
	bool holds;

	for (size_t i = 0; i < n; i++) {
		sink_init(&sinks[i], out->spill, out->limit - out->n);
		parts[i].out = &sinks[i];
	}
	holds = n > 0 && parts_decode(parts, n, decode_block) && take(s, parts, n, most, out);
	for (size_t i = 0; i < n; i++)
		sink_free(&sinks[i]);
	return holds;
}

bool bzip2_decode_blocks(struct span in, uint64_t most, struct sink *out, struct decoded *d)
{
	struct stream s = { .in = in, .bit = HEADER * 8 };
	size_t before = out->n, threads = parts_threads();
	struct part parts[MOST_PARTS];
	bool ended = false, holds = true;

	if (threads < 2 || bits_at(in, s.bit, MARK_BITS) != BLOCK_MARK)
		return false;
	mark_shifts(&s);
	while (holds && !ended) {
		size_t n = next_blocks(&s, parts, threads, &ended);

		if (ended && n == 1 && out->n == before)
			return false; /* one block: nothing to share */
		holds = decode_wave(&s, parts, n, most - (out->n - before), out);
	}
	d->used = (s.bit + MARK_BITS + CRC_BITS + 7) / 8;
	d->fault = fine;
	if (holds && d->used <= in.n && bits_at(in, s.bit + MARK_BITS, CRC_BITS) == s.crc)
		return true;
	out->n = before;
	return false;
}
