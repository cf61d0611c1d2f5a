/* zip_data.c - the content of one member. */
#include "base/hash.h"
#include "codec/codec.h"
#include "format/zip.h"

/* APPNOTE 5.8: two bytes of version, the length of the properties, five bytes of them. */
static struct decoded lzma(struct span in, uint64_t plain, struct sink *out)
{
	struct cursor c = { .in = in, .at = 2 };
	uint16_t size = cursor_le16(&c);
	uint8_t byte = cursor_u8(&c);
	uint32_t dictionary = cursor_le32(&c);
	struct lzma_properties p;

	if (in.n < 9 || size != 5 || !lzma_properties_from(byte, dictionary, &p))
		return (struct decoded){ 0, fault_at(FAULT_BROKEN, 2, "LZMA properties", size, 5) };
	return lzma_raw_decode(span_from(in, 9), &p, plain, out);
}

static struct decoded stored(struct span in, uint64_t most, struct sink *out)
{
	(void)most;
	return (struct decoded){ in.n, sink_put(out, in) ? fine : out->fault };
}

static const struct {
	uint16_t method;
	struct decoded (*decode)(struct span in, uint64_t most, struct sink *out);
} methods[] = {
	{ 0, stored }, { 8, inflate_raw },  { 12, bzip2_decode },
	{ 14, lzma },  { 93, zstd_decode }, { 95, xz_decode },
};

struct fault zip_content(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span data = span_sub(l->in, e->key[0], e->key[1]);
	uint64_t most = e->size ? e->size : PLAIN_UNKNOWN;
	struct fault bad = fault_at(FAULT_UNKNOWN, e->key[0], "compression method", e->key[2], 0);

	if (e->key[1] == 0)
		return fine;
	if (data.n == 0)
		return fault_at(FAULT_SHORT, e->key[0], "content", l->in.n, e->key[0] + e->key[1]);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].method == e->key[2]) {
			struct decoded d = methods[i].decode(data, most, out);

			bad = d.fault;
			if (bad.kind == FAULT_NONE && methods[i].method == 8 && d.used < data.n)
				bad = fault_at(FAULT_BROKEN, d.used, "bytes behind a stream",
					       data.n, d.used);
			bad.at += e->key[0];
		}
	if (bad.kind == FAULT_NONE && e->key[3] && crc32_of(sink_span(out)) != e->key[3])
		bad = fault_at(FAULT_BROKEN, e->key[0], "CRC-32", crc32_of(sink_span(out)),
			       e->key[3]);
	return bad;
}
