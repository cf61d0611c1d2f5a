/* compress.c - UNIX compress (.Z): LZW with codes of 9 to 16 bits. The stream has no end mark,
 * length or checksum: it ends with its bytes. Codes are read in groups of eight; when their width
 * changes or the table is cleared, the rest of the group is skipped, as the VAX did it. */
#include "base/cursor.h"
#include "codec/codec.h"

#define CLEAR     256
#define MOST_BITS 16
#define TABLE     (1u << MOST_BITS)

struct lzw {
	uint16_t prefix[TABLE];
	uint8_t suffix[TABLE];
	uint8_t stack[TABLE];
	struct span in;
	uint64_t bit;   /* position in the codes */
	uint64_t group; /* bit at which the group of eight codes began */
	unsigned width, most_width;
	uint32_t next; /* code that the table gets next */
	bool clears;
};

/* -1 at the end. Codes have their low bit first. */
static int32_t read_code(struct lzw *z)
{
	uint32_t window = 0;

	if (z->bit + z->width > (uint64_t)z->in.n * 8)
		return -1;
	for (unsigned i = 0; i < 3; i++) {
		int byte = span_byte(z->in, (z->bit >> 3) + i);

		window |= (byte < 0 ? 0u : (uint32_t)byte) << (8 * i);
	}
	window >>= z->bit & 7;
	z->bit += z->width;
	return (int32_t)(window & ((1u << z->width) - 1));
}

/* The rest of a group of eight codes is not used after a change of width. */
static void align(struct lzw *z, unsigned width)
{
	uint64_t used = z->bit - z->group;
	uint64_t group = (uint64_t)z->width * 8;

	z->bit = z->group + (used + group - 1) / group * group;
	z->group = z->bit;
	z->width = width;
}

/* Writes the string of a code and gives its first byte. */
static uint8_t put_string(struct lzw *z, uint32_t code, bool repeat, uint8_t again,
			  struct sink *out)
{
	size_t n = 0;

	if (repeat)
		z->stack[n++] = again;
	for (; code >= 256 && n < TABLE - 1; code = z->prefix[code])
		z->stack[n++] = z->suffix[code];
	z->stack[n++] = (uint8_t)code;
	for (size_t i = 0; i < n / 2; i++) {
		uint8_t swap = z->stack[i];

		z->stack[i] = z->stack[n - 1 - i];
		z->stack[n - 1 - i] = swap;
	}
	sink_put(out, (struct span){ z->stack, n });
	return (uint8_t)code;
}

static struct fault decode(struct lzw *z, uint64_t most, struct sink *out)
{
	uint32_t first_free = z->clears ? 257 : 256;
	int32_t last = -1;
	uint8_t first = 0;
	size_t before = out->n;

	z->next = first_free;
	for (;;) {
		int32_t code;

		if (z->next > (1u << z->width) - 1 && z->width < z->most_width)
			align(z, z->width + 1);
		code = read_code(z);
		if (code < 0)
			return fine;
		if (code == CLEAR && z->clears) {
			align(z, 9);
			z->next = first_free;
			last = -1;
			continue;
		}
		if (last < 0 ? code >= 256 : (uint32_t)code > z->next)
			return fault_at(FAULT_BROKEN, z->bit / 8, "LZW code", (uint64_t)code,
					z->next);
		uint8_t start = last >= 0 && (uint32_t)code == z->next
					? put_string(z, (uint32_t)last, true, first, out)
					: put_string(z, (uint32_t)code, false, 0, out);

		if (last >= 0 && z->next < (1u << z->most_width)) {
			z->prefix[z->next] = (uint16_t)last;
			z->suffix[z->next++] = start;
		}
		first = start;
		last = code;
		if (out->fault.kind)
			return out->fault;
		if (out->n - before > most) {
			out->n = before + (size_t)most;
			return fault_at(FAULT_BROKEN, z->bit / 8, "plain size", most + 1, most);
		}
	}
}

struct decoded compress_decode(struct span in, uint64_t most, struct sink *out)
{
	static _Thread_local struct lzw z;
	int flags = span_byte(in, 2);
	unsigned bits = flags < 0 ? 0 : (unsigned)flags & 31;
	struct fault fault;

	if (span_u16(in, 0, true) != 0x1f9d || bits < 9 || bits > MOST_BITS || (flags & 0x60))
		return (struct decoded){ 0, fault_at(FAULT_UNKNOWN, 0, "compress header", bits,
						     MOST_BITS) };
	z.in = span_from(in, 3);
	z.bit = z.group = 0;
	z.width = 9;
	z.most_width = bits;
	z.clears = flags & 0x80;
	fault = decode(&z, most, out);
	return (struct decoded){ in.n, fault };
}
