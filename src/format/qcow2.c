/* qcow2.c - QEMU's disk images, versions 2 and 3. Source: QEMU docs/interop/qcow2.txt.
 *
 * Two levels of tables give each cluster of the disk its place: as it is, packed by deflate or
 * zstd, or nowhere. An image over another one (a backing file) or with its data elsewhere cannot be
 * given from its own bytes alone; neither can an encrypted one. That is said, and nothing is made
 * up. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/disk.h"

#define MAGIC        0x514649fbu
#define SECTOR       512u
#define PLACE        0x00fffffffffffe00ull /* of a table's entry */
#define V2_HEADER    72
#define V3_HEADER    104
#define SUBCLUSTERS  32
#define LARGEST_DISK (1ull << 60)

enum { DIRTY = 1, CORRUPT = 2, DATA_FILE = 4, COMPRESSION = 8, EXTENDED = 16, KNOWN = 31 };
enum { PACKED_DEFLATE, PACKED_ZSTD };

static const uint64_t packed_bit = 1ull << 62, zero_bit = 1;

struct qcow2 {
	struct span in;
	uint32_t version, cluster_bits, crypt, l1_size, refcount_clusters, refcount_order;
	uint32_t packing, snapshots;
	uint64_t cluster, backing, size, l1, refcounts, incompatible;
};

static struct fault check(const struct qcow2 *q)
{
	if (q->version != 2 && q->version != 3)
		return fault_at(FAULT_UNKNOWN, 4, "version", q->version, 3);
	if (q->cluster_bits < 9 || q->cluster_bits > 21)
		return fault_at(FAULT_BROKEN, 20, "cluster bits", q->cluster_bits, 21);
	if (q->size > LARGEST_DISK || q->crypt > 2)
		return fault_at(FAULT_BROKEN, 24, "disk size", q->size, LARGEST_DISK);
	if (q->l1 % SECTOR || q->refcounts % SECTOR || q->refcounts == 0 ||
	    q->refcount_clusters == 0)
		return fault_at(FAULT_BROKEN, 48, "place of the tables", q->refcounts, q->l1);
	if (q->refcount_order > 6)
		return fault_at(FAULT_BROKEN, 96, "refcount order", q->refcount_order, 6);
	return fine;
}

static struct fault read_header(struct span in, struct qcow2 *q)
{
	struct cursor c = { .in = in };
	uint32_t length = 0;

	*q = (struct qcow2){ .in = in, .refcount_order = 4 };
	if (cursor_be32(&c) != MAGIC)
		return fault_at(FAULT_UNKNOWN, 0, "qcow2 magic", 0, MAGIC);
	q->version = cursor_be32(&c);
	q->backing = cursor_be64(&c);
	cursor_skip(&c, 4);
	q->cluster_bits = cursor_be32(&c);
	q->size = cursor_be64(&c);
	q->crypt = cursor_be32(&c);
	q->l1_size = cursor_be32(&c);
	q->l1 = cursor_be64(&c);
	q->refcounts = cursor_be64(&c);
	q->refcount_clusters = cursor_be32(&c);
	q->snapshots = cursor_be32(&c);
	cursor_skip(&c, 8);
	if (q->version >= 3) {
		q->incompatible = cursor_be64(&c);
		cursor_skip(&c, 16);
		q->refcount_order = cursor_be32(&c);
		length = cursor_be32(&c);
	}
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n,
				q->version >= 3 ? V3_HEADER : V2_HEADER);
	if (length > V3_HEADER)
		q->packing = cursor_u8(&c);
	q->cluster = 1ull << (q->cluster_bits & 31);
	return check(q);
}

/* The cluster behind the last one that is in use, by the counts of references: of an image that is
 * cut, UINT64_MAX; 0 if they say nothing. */
static uint64_t last_used(const struct qcow2 *q)
{
	uint64_t bytes = q->refcount_clusters * q->cluster;
	struct span table = span_sub(q->in, q->refcounts, bytes);
	uint64_t per_block = (q->cluster * 8) >> q->refcount_order;

	if (table.n == 0)
		return UINT64_MAX;
	for (uint64_t i = table.n / 8; i-- > 0;) {
		struct span block =
			span_sub(q->in, span_u64(table, i * 8, true) & PLACE, q->cluster);

		if ((span_u64(table, i * 8, true) & PLACE) == 0)
			continue;
		if (block.n == 0)
			return UINT64_MAX;
		for (uint64_t k = block.n; k-- > 0;)
			if (block.p[k])
				return i * per_block + (((k + 1) * 8 - 1) >> q->refcount_order) + 1;
		return 0;
	}
	return 0;
}

static struct fault probe(struct span in, struct found *f)
{
	static const char *const packings[] = { "zlib", "zstd" };
	struct qcow2 q;
	struct fault bad = read_header(in, &q);
	uint64_t end, tables;

	if (bad.kind)
		return bad;
	end = last_used(&q);
	f->proof = PROOF_STRUCTURE;
	f->len = end && end < in.n / q.cluster ? end * q.cluster : in.n;
	/* What was read to find the end belongs to the image, whatever it says. */
	tables = q.refcounts + q.refcount_clusters * q.cluster;
	if (q.refcounts < in.n && f->len < tables)
		f->len = tables < in.n ? tables : in.n;
	snprintf(f->label, sizeof(f->label), "version %u, %s, disk of %llu", q.version,
		 q.packing < 2 ? packings[q.packing] : "unknown packing",
		 (unsigned long long)q.size);
	return fine;
}

/* What keeps the disk from being given at all. */
static struct fault obstacle(const struct qcow2 *q)
{
	if (q->crypt)
		return fault_at(FAULT_ENCRYPTED, 32, q->crypt == 1 ? "AES" : "LUKS", q->crypt, 0);
	if (q->backing)
		return fault_at(FAULT_UNKNOWN, 8, "backing file", q->backing, 0);
	if (q->incompatible & DATA_FILE)
		return fault_at(FAULT_UNKNOWN, 72, "external data file", q->incompatible, 0);
	if (q->incompatible & ~(uint64_t)KNOWN)
		return fault_at(FAULT_UNKNOWN, 72, "incompatible features", q->incompatible, KNOWN);
	if (q->l1 > q->in.n || q->l1_size > (q->in.n - q->l1) / 8)
		return fault_at(FAULT_SHORT, q->l1, "first table", q->in.n,
				q->l1 + q->l1_size * 8ull);
	if (q->packing > PACKED_ZSTD)
		return fault_at(FAULT_UNKNOWN, 104, "compression", q->packing, PACKED_ZSTD);
	return fine;
}

/* Place and whole sectors of a packed cluster share 62 bits. */
static bool put_packed(struct disk *d, const struct qcow2 *q, uint64_t entry)
{
	uint32_t split = 62 - (q->cluster_bits - 8);
	uint64_t at = entry & ((1ull << split) - 1);
	uint64_t sectors = (entry & (packed_bit - 1)) >> split;
	uint64_t length = (sectors + 1) * SECTOR - at % SECTOR;
	struct span packed = span_head(span_from(q->in, at), length);
	uint64_t want = q->cluster < d->left ? q->cluster : d->left;
	size_t before = d->out->n;
	struct decoded r;

	if (!disk_pay(d, at, length))
		return false;
	if (q->cluster > d->out->limit - before)
		return disk_hole(d, q->cluster); /* meets the limit, and says so */
	r = q->packing == PACKED_ZSTD ? zstd_decode(packed, q->cluster, d->out)
				      : inflate_raw(packed, q->cluster, d->out);
	r.fault.at += at;
	if (r.fault.kind == FAULT_NONE && d->out->n - before < want)
		r.fault = fault_at(FAULT_BROKEN, at, "packed cluster", d->out->n - before,
				   q->cluster);
	return disk_patch(d, before, q->cluster, r.fault);
}

/* A cluster in 32 parts, each there, zero or nowhere. */
static bool put_parts(struct disk *d, const struct qcow2 *q, uint64_t at, uint64_t bits)
{
	uint64_t size = q->cluster / SUBCLUSTERS;

	for (uint32_t i = 0; i < SUBCLUSTERS; i++) {
		bool is_there = bits >> i & 1, more;

		more = is_there ? disk_block(d, at + i * size, size) : disk_hole(d, size);
		if (!more)
			return false;
	}
	return true;
}

static bool put_cluster(struct disk *d, const struct qcow2 *q, struct span l2, uint64_t i)
{
	bool extended = q->incompatible & EXTENDED;
	uint64_t entry = span_u64(l2, i * (extended ? 16 : 8), true), at = entry & PLACE;

	if (entry & packed_bit)
		return put_packed(d, q, entry);
	if (extended)
		return put_parts(d, q, at, span_u64(l2, i * 16 + 8, true));
	if (at == 0 || entry & zero_bit)
		return disk_hole(d, q->cluster);
	return disk_block(d, at, q->cluster);
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct qcow2 q;
	struct fault bad = read_header(l->in, &q);
	uint64_t per_table;
	struct disk d;
	bool more;

	(void)e;
	if (bad.kind == FAULT_NONE)
		bad = obstacle(&q);
	if (bad.kind)
		return bad;
	if (q.incompatible & CORRUPT)
		bad = fault_at(FAULT_BROKEN, 72, "marked as corrupt", q.incompatible, 0);
	per_table = q.cluster / (q.incompatible & EXTENDED ? 16 : 8);
	disk_begin(&d, l->in, out, q.size);
	disk_fault(&d, bad);
	more = d.left > 0;
	for (uint64_t i = 0; more && i < q.l1_size; i++) {
		uint64_t at = span_u64(l->in, q.l1 + i * 8, true) & PLACE;
		struct span l2 = span_sub(l->in, at, q.cluster);

		if (at == 0) {
			more = disk_hole(&d, per_table * q.cluster);
			continue;
		}
		if (l2.n == 0)
			disk_fault(&d, fault_at(FAULT_SHORT, at, "second table", l->in.n,
						at + q.cluster));
		more = disk_pay(&d, at, q.cluster);
		for (uint64_t k = 0; more && k < per_table; k++)
			more = put_cluster(&d, &q, l2, k);
	}
	if (more)
		disk_fault(&d, fault_at(FAULT_BROKEN, 36, "first table", q.l1_size, d.left));
	return d.fault;
}

const struct format format_qcow2 = {
	.name = "qcow2",
	.says = "QEMU disk image, versions 2 and 3",
	.domain = DOMAIN_CLOUD,
	.spec = "QEMU docs/interop/qcow2.txt",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 8, "QFI\xfb\x00\x00\x00\x02" }, { 0, 8, "QFI\xfb\x00\x00\x00\x03" } },
	.probe = probe,
	.load = load,
};
