/* xz_blocks.c - blocks of one .xz stream side by side: those of which the header says both sizes,
 * as encoders with threads write them (The .xz File Format 1.2.0, sections 2 to 4). The stream
 * counts as decoded so only when all of it holds, index and footer too; else nothing is taken, and
 * the plain decoder tells what is wrong. */
#include <lzma.h>

#include "codec/parts.h"

#define MOST_RATIO 16384          /* LZMA2 packs no more than some 7,000 to one */
#define MOST_PLAIN (512ull << 20) /* of the blocks of one round, as their headers say */

struct stream {
	struct span in;
	uint64_t at; /* where the next block, or the index, begins */
	lzma_stream_flags flags;
	lzma_index_hash *index; /* of the blocks so far */
};

static bool is_block(const struct stream *s)
{
	return s->at < s->in.n && s->in.p[s->at] != 0;
}

/* The header of the block at `at`. True: lzma_filters_free is needed. */
static bool read_header(const struct stream *s, uint64_t at, lzma_block *b,
			lzma_filter filters[LZMA_FILTERS_MAX + 1])
{
	struct span from = span_from(s->in, at);

	*b = (lzma_block){ .check = s->flags.check, .filters = filters };
	b->header_size = lzma_block_header_size_decode(from.p[0]);
	return b->header_size <= from.n && lzma_block_header_decode(b, NULL, from.p) == LZMA_OK;
}

/* Its size, that of its content, and the memory its decoder takes; false where the header does not
 * say, or says what cannot be. */
static bool measure(const struct stream *s, uint64_t *packed, uint64_t *plain, uint64_t *memory)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block b;

	if (!read_header(s, s->at, &b, filters))
		return false;
	*memory = lzma_raw_decoder_memusage(filters);
	lzma_filters_free(filters, NULL);
	*packed = lzma_block_total_size(&b);
	*plain = b.uncompressed_size;
	return b.compressed_size != LZMA_VLI_UNKNOWN && *plain != LZMA_VLI_UNKNOWN && *packed > 0 &&
	       *packed <= s->in.n - s->at && *plain / MOST_RATIO <= *packed &&
	       lzma_index_hash_append(s->index, lzma_block_unpadded_size(&b), *plain) == LZMA_OK;
}

static void decode_block(struct part *part)
{
	const struct stream *s = part->stream;
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	size_t in = 0, out = 0;
	lzma_block b;

	if (!read_header(s, part->from, &b, filters))
		return;
	in = (size_t)part->from + b.header_size;
	part->holds = lzma_block_buffer_decode(&b, NULL, s->in.p, &in, (size_t)part->to, part->room,
					       &out, part->plain) == LZMA_OK;
	lzma_filters_free(filters, NULL);
}

/* The blocks from s->at on, as many as threads may decode at a time; 0: one is not told, or they
 * give more than `most`. */
static size_t next_blocks(struct stream *s, struct part *parts, uint64_t most, uint64_t *plain)
{
	size_t n = 0, threads = parts_threads();

	for (*plain = 0; n < threads && is_block(s); n++) {
		uint64_t packed, one, memory;

		if (!measure(s, &packed, &one, &memory) || memory > MOST_MEMORY / threads ||
		    one > most - *plain)
			return 0;
		parts[n] = (struct part){
			.stream = s, .from = s->at, .to = s->at + packed, .plain = (size_t)one
		};
		s->at += packed;
		*plain += one;
	}
	return n;
}

/* How much one round may give. */
static uint64_t room_for(uint64_t most, const struct sink *out)
{
	uint64_t fits = out->limit - out->n;

	most = most < fits ? most : fits;
	return most < MOST_PLAIN ? most : MOST_PLAIN;
}

static bool decode_blocks(struct stream *s, uint64_t most, struct sink *out)
{
	struct part parts[MOST_PARTS];
	uint64_t before = out->n, plain;

	while (is_block(s)) {
		size_t n = next_blocks(s, parts, room_for(most - (out->n - before), out), &plain);
		uint8_t *room = n > 0 ? sink_room(out, plain) : NULL;

		if (!room || (n == 1 && out->n == before && !is_block(s)))
			return false; /* one block: nothing to share */
		for (size_t i = 0; i < n; room += parts[i++].plain)
			parts[i].room = room;
		if (!parts_decode(parts, n, decode_block))
			return false;
		sink_advance(out, (size_t)plain);
	}
	return out->n > before;
}

static bool ends(struct stream *s, uint64_t *used)
{
	size_t at = (size_t)s->at;
	lzma_stream_flags footer;

	if (lzma_index_hash_decode(s->index, s->in.p, &at, s->in.n) != LZMA_STREAM_END ||
	    s->in.n - at < LZMA_STREAM_HEADER_SIZE ||
	    lzma_stream_footer_decode(&footer, s->in.p + at) != LZMA_OK ||
	    footer.backward_size != lzma_index_hash_size(s->index))
		return false;
	*used = at + LZMA_STREAM_HEADER_SIZE;
	return lzma_stream_flags_compare(&s->flags, &footer) == LZMA_OK;
}

bool xz_decode_blocks(struct span in, uint64_t most, struct sink *out, struct decoded *d)
{
	struct stream s = { .in = in, .at = LZMA_STREAM_HEADER_SIZE };
	size_t before = out->n;
	bool holds;

	if (parts_threads() < 2 || in.n < s.at ||
	    lzma_stream_header_decode(&s.flags, in.p) != LZMA_OK)
		return false;
	s.index = lzma_index_hash_init(NULL, NULL);
	if (!s.index) {
		machine_ran_out();
		return false;
	}
	*d = (struct decoded){ 0, fine };
	holds = decode_blocks(&s, most, out) && ends(&s, &d->used);
	lzma_index_hash_end(s.index, NULL);
	if (!holds)
		out->n = before;
	return holds;
}
