/* bcmlzma.c - a kernel as Broadcom's boot loader for BCM63xx wants it: where to load it, where to
 * enter it, packed length, big-endian, then LZMA's properties and dictionary, and the stream
 * without a plain size. Some packers write an end mark, some leave the end to the length. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/format.h"

#define HEADER       12
#define PROPERTIES   5
#define IN_MEMORY    0x80000000u
#define MOST_MEMORY  (64u << 20) /* between load and entry */
#define LARGEST      (64u << 20)
#define LEAST_PACKED 64
#define TRIAL        1024

static bool read_properties(struct span in, struct lzma_properties *p)
{
	uint32_t dictionary = span_u32(in, HEADER + 1, false);

	return in.n > HEADER + PROPERTIES && dictionary >= 4096 &&
	       (dictionary & (dictionary - 1)) == 0 &&
	       lzma_properties_from(in.p[HEADER], dictionary, p) && p->lc + p->lp <= 4;
}

static bool begins(struct span in, const struct lzma_properties *p)
{
	struct sink trial;
	struct decoded d;

	sink_init(&trial, NULL, TRIAL);
	d = lzma_raw_decode(span_from(in, HEADER + PROPERTIES), p, PLAIN_UNKNOWN, &trial);
	sink_free(&trial);
	return d.fault.kind == FAULT_NONE || d.fault.kind == FAULT_LIMIT;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t load = span_u32(in, 0, true), entry = span_u32(in, 4, true);
	uint64_t length = span_u32(in, 8, true);
	struct lzma_properties p;

	if (load < IN_MEMORY || entry < load || entry - load > MOST_MEMORY)
		return fault_at(FAULT_BROKEN, 0, "load address", load, IN_MEMORY);
	if (length < LEAST_PACKED || length > LARGEST)
		return fault_at(FAULT_BROKEN, 8, "packed length", length, LARGEST);
	if (!read_properties(in, &p) || span_byte(in, HEADER + PROPERTIES) != 0)
		return fault_at(FAULT_UNKNOWN, HEADER, "LZMA properties",
				span_u32(in, HEADER, true), 0);
	if (!begins(span_head(in, HEADER + length), &p))
		return fault_at(FAULT_BROKEN, HEADER, "first LZMA symbols", 0, 0);
	f->len = HEADER + length < in.n ? HEADER + length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "for 0x%x, entry 0x%x", load, entry);
	return fine;
}

/* Where every byte that the header counts was used, the stream is whole without a mark. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span stream = span_from(l->in, HEADER + PROPERTIES);
	uint64_t length = span_u32(l->in, 8, true);
	struct lzma_properties p;
	struct decoded d;

	(void)e;
	if (!read_properties(l->in, &p))
		return fault_at(FAULT_UNKNOWN, HEADER, "LZMA properties", 0, 0);
	d = lzma_raw_decode(stream, &p, PLAIN_UNKNOWN, out);
	if (d.fault.kind == FAULT_SHORT && l->in.n >= HEADER + length)
		return fine;
	d.fault.at += HEADER + PROPERTIES;
	return d.fault;
}

const struct format format_bcmlzma = {
	.name = "bcm-lzma",
	.says = "LZMA kernel for Broadcom's boot loader (BCM63xx)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/imagetag.c, struct kernelhdr",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.magic = { { HEADER + 1, 2, "\x00\x00" } },
	.probe = probe,
	.load = load,
};
