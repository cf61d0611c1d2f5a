/* ntfs_overlay.c - files that Windows packed as a whole ("compact /exe"): a stream of its own holds
 * a table of the places of all chunks but the first, then the chunks, each packed for itself or, if
 * it is as long as what it stands for, plain. XPRESS with Huffman codes is here: Microsoft [MS-XCA]
 * 2.2. The layout is that of a resource of a WIM image. */
#include "format/ntfs_overlay.h"
#include "format/ntfs.h"
#include "format/ntfs_bits.h"

#define XPRESS_SYMBOLS 512
#define XPRESS_TABLE   256 /* bytes */
#define LARGE          (1ull << 32)
#define BEST_RATIO     8192
#define LARGEST_PACKED (256u << 20)
#define SLACK          65536 /* bytes behind the last chunk that do no harm */

/* A length that the symbol has no room for stands between the words of bits. */
static uint32_t long_length(struct bits *b)
{
	uint32_t length = cursor_u8(&b->in);

	if (length < 255)
		return length + 15;
	length = cursor_le16(&b->in);
	return length ? length : cursor_le32(&b->in);
}

bool ntfs_xpress(struct span in, uint8_t *to, size_t size)
{
	struct bits b = { .in = { .in = span_from(in, XPRESS_TABLE) } };
	struct plain out = { to, 0, size };
	uint8_t lengths[XPRESS_SYMBOLS];
	struct code code;

	if (in.n < XPRESS_TABLE)
		return false;
	for (size_t i = 0; i < XPRESS_SYMBOLS; i++)
		lengths[i] = in.p[i / 2] >> i % 2 * 4 & 15;
	if (!code_build(&code, lengths, XPRESS_SYMBOLS))
		return false;
	while (out.n < size) {
		int symbol = code_take(&code, &b);
		uint32_t length, distance, bits;

		if (symbol < 0)
			return false;
		if (symbol < 256) {
			to[out.n++] = (uint8_t)symbol;
			continue;
		}
		length = symbol & 15;
		bits = (uint32_t)symbol >> 4 & 15;
		/* The word behind these bits comes before a long length. */
		distance = (1u << bits) | bits_take(&b, bits);
		if (length == 15)
			length = long_length(&b);
		if (!plain_match(&out, distance, length + 3ull))
			return false;
	}
	return true;
}

static const struct packing {
	const char *what;
	uint32_t chunk;
	bool (*unpack)(struct span in, uint8_t *to, size_t size);
} packings[] = { { "chunk of XPRESS4K", 4096, ntfs_xpress },
		 { "chunk of LZX", 32768, ntfs_lzx },
		 { "chunk of XPRESS8K", 8192, ntfs_xpress },
		 { "chunk of XPRESS16K", 16384, ntfs_xpress } };

/* Where chunk i begins behind the table. */
static uint64_t chunk_at(struct span table, uint64_t i, uint32_t each)
{
	if (i == 0)
		return 0;
	return each == 8 ? span_u64(table, (i - 1) * 8, false)
			 : span_u32(table, (i - 1) * 4, false);
}

static struct fault put_chunk(const struct packing *p, struct span chunk, size_t size,
			      struct sink *out)
{
	uint8_t *to;

	if (chunk.n >= size)
		return sink_put(out, span_head(chunk, size)) ? fine : out->fault;
	to = sink_room(out, size);
	if (!to)
		return out->fault;
	if (!p->unpack(chunk, to, size))
		return fault_at(FAULT_BROKEN, out->n, p->what, chunk.n, size);
	sink_advance(out, size);
	return fine;
}

static struct fault put_chunks(const struct packing *p, struct span packed, uint64_t plain,
			       struct sink *out)
{
	uint64_t count = plain / p->chunk + (plain % p->chunk != 0);
	uint32_t each = plain > LARGE ? 8 : 4;
	struct span table = span_sub(packed, 0, (count - 1) * each);
	struct span chunks = span_from(packed, table.n), chunk;
	struct fault bad = fine;

	if (table.n != (count - 1) * each)
		return fault_at(FAULT_BROKEN, 0, "table of chunks", packed.n, count);
	for (uint64_t i = 0; i < count && bad.kind == FAULT_NONE; i++) {
		uint64_t from = chunk_at(table, i, each);
		uint64_t to = i + 1 < count ? chunk_at(table, i + 1, each) : chunks.n;
		uint64_t left = plain - i * p->chunk;

		chunk = span_sub(chunks, from, to < from ? 0 : to - from);
		if (chunk.n == 0)
			return fault_at(FAULT_BROKEN, i * each, "place of a chunk", from, to);
		bad = put_chunk(p, chunk, (size_t)(left < p->chunk ? left : p->chunk), out);
	}
	return bad;
}

struct fault ntfs_overlay_put(const struct ntfs *fs, const struct ntfs_content *c, struct sink *out)
{
	const struct packing *p = &packings[c->packing - 1];
	uint64_t most = c->plain + c->plain / p->chunk * 8 + SLACK;
	struct fault bad, torn;
	struct sink packed;

	if (c->plain == 0)
		return fine;
	if (c->plain / BEST_RATIO > fs->in.n)
		return fault_at(FAULT_BROKEN, 0, "size of a packed file", c->plain, fs->in.n);
	/* No chunk is longer than what it stands for: holes without end would cost much for it. */
	sink_init(&packed, NULL, most < LARGEST_PACKED ? most : LARGEST_PACKED);
	torn = ntfs_stream_put(fs, c->stream, &packed);
	bad = put_chunks(p, sink_span(&packed), c->plain, out);
	sink_free(&packed);
	return torn.kind ? torn : bad;
}
