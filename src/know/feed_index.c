/* feed_index.c - the index of feeds, as mapped. It is believed no further than its digests reach:
 * a chunk is compared when it is first used, and every reference is bounded. */
#include <stdlib.h>

#include "base/cursor.h"
#include "know/feed.h"
#include "know/feed_layout.h"

bool feed_is_index(struct span file)
{
	return span_starts(file, (struct span){ (const uint8_t *)FEED_MAGIC, 8 });
}

static uint64_t body_size(const struct feed *f)
{
	return (uint64_t)f->source_count * FEED_SOURCE_SIZE +
	       (uint64_t)f->product_count * FEED_PRODUCT_SIZE +
	       (uint64_t)f->vulnerability_count * FEED_VULNERABILITY_SIZE +
	       (uint64_t)f->row_count * FEED_ROW_SIZE + f->ids_size + f->strings_size;
}

static bool head_holds(struct span head, struct span digests)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256_run *run = sha256_begin();
	bool same;

	if (!run)
		return false;
	sha256_add(run, span_head(head, FEED_DIGEST_AT));
	sha256_add(run, digests);
	sha256_end(run, digest);
	sha256_drop(run);
	same = span_equal(span_sub(head, FEED_DIGEST_AT, SHA256_SIZE),
			  (struct span){ digest, SHA256_SIZE });
	return same;
}

static void place_parts(struct feed *f, uint64_t body)
{
	f->sources = body;
	f->products = f->sources + (uint64_t)f->source_count * FEED_SOURCE_SIZE;
	f->vulnerabilities = f->products + (uint64_t)f->product_count * FEED_PRODUCT_SIZE;
	f->rows = f->vulnerabilities + (uint64_t)f->vulnerability_count * FEED_VULNERABILITY_SIZE;
	f->ids = f->rows + (uint64_t)f->row_count * FEED_ROW_SIZE;
	f->strings = f->ids + f->ids_size;
}

struct fault feed_open(struct feed *f, struct span file, bool is_ours)
{
	struct span head = span_sub(file, 0, FEED_HEAD_SIZE), digests;
	uint64_t body, chunks;

	*f = (struct feed){ .bytes = file, .is_ours = is_ours };
	if (head.n == 0 || !feed_is_index(file))
		return fault_at(FAULT_UNKNOWN, 0, "index of feeds", file.n, FEED_HEAD_SIZE);
	f->source_count = span_u32(head, 8, false);
	f->product_count = span_u32(head, 12, false);
	f->vulnerability_count = span_u32(head, 16, false);
	f->row_count = span_u32(head, 20, false);
	f->ids_size = span_u64(head, 24, false);
	f->strings_size = span_u64(head, 32, false);
	if (f->ids_size > UINT32_MAX || f->strings_size > UINT32_MAX)
		return fault_at(FAULT_BROKEN, 24, "index of feeds", f->ids_size, UINT32_MAX);
	body = body_size(f);
	chunks = (body + FEED_CHUNK - 1) / FEED_CHUNK;
	digests = span_sub(file, FEED_HEAD_SIZE, chunks * SHA256_SIZE);
	if (digests.n != chunks * SHA256_SIZE || file.n - FEED_HEAD_SIZE - digests.n != body)
		return fault_at(FAULT_SHORT, file.n, "index of feeds", file.n, body);
	if (!is_ours && !head_holds(head, digests))
		return fault_at(FAULT_BROKEN, FEED_DIGEST_AT, "digest of the index", 0, 0);
	memcpy(f->sha256, head.p + FEED_DIGEST_AT, SHA256_SIZE);
	place_parts(f, FEED_HEAD_SIZE + digests.n);
	f->seen = calloc(chunks / 8 + 1, 1);
	return f->seen ? fine : fault_at(FAULT_MEMORY, 0, "index of feeds", 0, 0);
}

void feed_close(struct feed *f)
{
	free(f->seen);
	*f = (struct feed){ .is_broken = true };
}

static bool chunk_holds(struct feed *f, uint64_t chunk)
{
	struct span body = span_from(f->bytes, f->sources);
	struct span bytes = span_head(span_from(body, chunk * FEED_CHUNK), FEED_CHUNK);
	uint8_t digest[SHA256_SIZE];

	if (f->is_ours || f->seen[chunk / 8] & 1 << chunk % 8)
		return true;
	sha256_of(bytes, digest);
	f->seen[chunk / 8] |= (uint8_t)(1 << chunk % 8);
	return span_equal(span_sub(f->bytes, FEED_HEAD_SIZE + chunk * SHA256_SIZE, SHA256_SIZE),
			  (struct span){ digest, SHA256_SIZE });
}

/* Bytes of the body whose digest holds; empty, and is_broken, for others. */
static struct span part(struct feed *f, uint64_t at, uint64_t length)
{
	struct span bytes = span_sub(f->bytes, at, length);

	if (f->is_broken || at < f->sources || bytes.n != length || length == 0) {
		f->is_broken = true;
		return (struct span){ 0 };
	}
	for (uint64_t c = (at - f->sources) / FEED_CHUNK;
	     c <= (at + length - 1 - f->sources) / FEED_CHUNK; c++)
		if (!chunk_holds(f, c)) {
			f->is_broken = true;
			return (struct span){ 0 };
		}
	return bytes;
}

static struct span text_at(struct feed *f, uint64_t begin, uint64_t size, uint32_t place)
{
	struct span length;
	uint64_t n;

	if (place == 0 && begin == f->strings)
		return (struct span){ 0 };
	if (size < 2 || place > size - 2) {
		f->is_broken = true;
		return (struct span){ 0 };
	}
	length = part(f, begin + place, 2);
	n = span_u16(length, 0, false);
	if (n == 0)
		return (struct span){ 0 };
	if (n > size - 2 - place) {
		f->is_broken = true;
		return (struct span){ 0 };
	}
	return part(f, begin + place + 2, n);
}

bool feed_source_at(struct feed *f, uint32_t i, struct feed_source *s)
{
	struct span bytes =
		i < f->source_count
			? part(f, f->sources + (uint64_t)i * FEED_SOURCE_SIZE, FEED_SOURCE_SIZE)
			: (struct span){ 0 };
	uint32_t format = span_u32(bytes, 0, false);

	*s = (struct feed_source){ .format = FEED_UNKNOWN };
	if (bytes.n == 0)
		return false;
	s->format = format < FEED_FORMATS ? (enum feed_format)format : FEED_UNKNOWN;
	for (int k = 0; k < 10; k++) {
		int c = bytes.p[4 + k];

		if (k == 4 || k == 7 ? c != '-' : c < '0' || c > '9')
			break;
		s->date[k] = (char)c;
	}
	if (s->date[9] == 0)
		s->date[0] = 0;
	s->records = span_u64(bytes, 16, false);
	memcpy(s->sha256, bytes.p + 24, SHA256_SIZE);
	return true;
}

uint32_t feed_find(struct feed *f, struct span key, uint32_t *first)
{
	uint64_t hash = feed_hash(key);
	uint32_t low = 0, high = f->product_count;
	struct span p;

	*first = 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		p = part(f, f->products + (uint64_t)middle * FEED_PRODUCT_SIZE, FEED_PRODUCT_SIZE);
		if (span_u64(p, 0, false) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < f->product_count && !f->is_broken; low++) {
		uint32_t from, count;

		p = part(f, f->products + (uint64_t)low * FEED_PRODUCT_SIZE, FEED_PRODUCT_SIZE);
		if (span_u64(p, 0, false) != hash)
			return 0;
		if (!span_equal(text_at(f, f->strings, f->strings_size, span_u32(p, 8, false)),
				key))
			continue;
		from = span_u32(p, 12, false);
		count = span_u32(p, 16, false);
		f->is_broken |= from > f->row_count || count > f->row_count - from;
		*first = from;
		return f->is_broken ? 0 : count;
	}
	return 0;
}

static struct span vulnerability_at(struct feed *f, uint32_t i, unsigned *flags)
{
	struct span v =
		i < f->vulnerability_count
			? part(f, f->vulnerabilities + (uint64_t)i * FEED_VULNERABILITY_SIZE,
			       FEED_VULNERABILITY_SIZE)
			: (struct span){ 0 };

	*flags = span_u32(v, 4, false);
	if (v.n == 0) {
		f->is_broken = true;
		return v;
	}
	return text_at(f, f->ids, f->ids_size, span_u32(v, 0, false));
}

bool feed_row_at(struct feed *f, uint32_t i, struct feed_row *r, unsigned *flags)
{
	struct span row = i < f->row_count
				  ? part(f, f->rows + (uint64_t)i * FEED_ROW_SIZE, FEED_ROW_SIZE)
				  : (struct span){ 0 };
	uint32_t bits = span_u32(row, 20, false);

	*r = (struct feed_row){ .scheme = (enum scheme)(bits & 15),
				.said = (enum said)(bits >> 4 & 15),
				.flags = bits >> 8 };
	if (row.n == 0 || (bits & 15) >= SCHEMES || (bits >> 4 & 15) >= SAIDS) {
		f->is_broken = true;
		return false;
	}
	r->vulnerability = vulnerability_at(f, span_u32(row, 0, false), flags);
	r->from = text_at(f, f->strings, f->strings_size, span_u32(row, 4, false));
	r->to = text_at(f, f->strings, f->strings_size, span_u32(row, 8, false));
	r->condition = text_at(f, f->strings, f->strings_size, span_u32(row, 12, false));
	r->note = text_at(f, f->strings, f->strings_size, span_u32(row, 16, false));
	return !f->is_broken;
}

unsigned feed_flags_of(struct feed *f, struct span vulnerability)
{
	uint32_t low = 0, high = f->vulnerability_count;
	unsigned flags = 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = span_compare(vulnerability_at(f, middle, &flags), vulnerability);

		if (order == 0)
			return f->is_broken ? 0 : flags;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}
