/* cloop.c - a disk in compressed blocks behind 128 bytes of shell script that mounts it: Linux'
 * cloop of version 2 and FreeBSD's geom_uzip, in which Juniper packs the parts of Junos. The letter
 * and number on the script's second line name the compression and version. Big-endian: size of a
 * block, number of blocks, then where each begins and, one more, where the last ends. A block of no
 * length is of zeros. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/disk.h"

#define SCRIPT      "#!/bin/sh\n#"
#define KIND_AT     11
#define TABLE       136
#define MOST_BLOCK  (16u << 20)
#define MOST_BLOCKS (1u << 28)

struct cloop {
	const char *method;
	struct decoded (*decode)(struct span in, uint64_t most, struct sink *out);
	uint32_t block, blocks;
	uint64_t end;
};

static uint64_t offset(struct span in, uint64_t i)
{
	return span_u64(in, TABLE + i * 8, true);
}

static bool read_method(struct span in, struct cloop *c)
{
	static const struct {
		char kind, version;
		const char *method;
		struct decoded (*decode)(struct span in, uint64_t most, struct sink *out);
	} methods[] = { { 'V', '2', "zlib", inflate_zlib },
			{ 'L', '3', "xz", xz_decode },
			{ 'Z', '4', "zstd", zstd_decode } };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (span_byte(in, KIND_AT) == methods[i].kind &&
		    span_byte(in, KIND_AT + 1) == methods[i].version) {
			c->method = methods[i].method;
			c->decode = methods[i].decode;
			return true;
		}
	return false;
}

static struct fault read_header(struct span in, struct cloop *c)
{
	uint64_t table;

	c->block = span_u32(in, 128, true);
	c->blocks = span_u32(in, 132, true);
	table = TABLE + ((uint64_t)c->blocks + 1) * 8;
	if (!read_method(in, c))
		return fault_at(FAULT_UNKNOWN, KIND_AT, "compression",
				(uint64_t)span_byte(in, KIND_AT), 'V');
	if (c->block == 0 || c->block % 512 || c->block > MOST_BLOCK)
		return fault_at(FAULT_BROKEN, 128, "size of a block", c->block, MOST_BLOCK);
	if (c->blocks == 0 || c->blocks > MOST_BLOCKS)
		return fault_at(FAULT_BROKEN, 132, "blocks", c->blocks, MOST_BLOCKS);
	if (table > in.n)
		return fault_at(FAULT_SHORT, 132, "table of blocks", in.n, table);
	c->end = offset(in, c->blocks);
	if (offset(in, 0) < table || c->end < offset(in, 0) || c->end > 1ull << 50)
		return fault_at(FAULT_BROKEN, TABLE, "table of blocks", offset(in, 0), table);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct cloop c = { 0 };
	struct fault bad = read_header(in, &c);

	if (bad.kind)
		return bad;
	f->len = c.end < in.n ? c.end : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, %u blocks of %u", c.method, c.blocks, c.block);
	return fine;
}

static bool put_block(struct disk *d, const struct cloop *c, uint64_t i)
{
	uint64_t from = offset(d->in, i), to = offset(d->in, i + 1);
	struct span packed = span_sub(d->in, from, to - from);
	size_t before = d->out->n;
	struct decoded done;

	if (from == to)
		return disk_hole(d, c->block);
	if (to < from || packed.n == 0) {
		disk_fault(d, fault_at(to < from ? FAULT_BROKEN : FAULT_SHORT, TABLE + i * 8,
				       "block", from, to));
		return disk_hole(d, c->block);
	}
	if (!disk_pay(d, from, packed.n))
		return false;
	done = c->decode(packed, c->block, d->out);
	done.fault.at += from;
	return disk_patch(d, before, c->block, done.fault);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct cloop c = { 0 };
	struct disk d;
	struct fault bad = read_header(l->in, &c);

	(void)e;
	if (bad.kind)
		return bad;
	disk_begin(&d, l->in, out, (uint64_t)c.block * c.blocks);
	for (uint64_t i = 0; i < c.blocks && put_block(&d, &c, i);)
		i++;
	return d.fault;
}

const struct format format_cloop = {
	.name = "cloop",
	.says = "compressed disk of cloop and geom_uzip (Junos)",
	.domain = DOMAIN_TELECOM,
	.spec = "freebsd/freebsd-src usr.bin/mkuzip; KlausKnopper/cloop cloop.h",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 11, SCRIPT } },
	.probe = probe,
	.load = load,
};
