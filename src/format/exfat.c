/* exfat.c - exFAT. Source: Microsoft "exFAT file system specification", revision 1.00.
 *
 * As in fat.c a cluster belongs to one file: cycles and files that cross end with a fault. A time
 * is given where its record says how far the writer's clock was from UTC. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/date.h"
#include "format/format.h"
#include "format/marks.h"
#include "format/utf16.h"

#define SIGNATURE     "EXFAT   "
#define RECORD        32
#define MOST_RECORDS  19 /* of a set: file, stream, 17 of the name */
#define NAME_UNITS    15 /* of a record */
#define LONGEST_NAME  255
#define DEEPEST       256
#define FIRST_CLUSTER 2
#define LAST_CLUSTER  UINT32_MAX /* ends a chain */
#define BOOT_SECTORS  11         /* that the checksum in the next one covers */

enum { RECORD_LABEL = 0x83, RECORD_FILE = 0x85, RECORD_STREAM = 0xc0, RECORD_NAME = 0xc1 };
enum { IN_USE = 0x80, ATTR_DIRECTORY = 0x10, NO_TABLE = 2 };

struct exfat {
	struct span in;
	uint64_t sector, cluster; /* bytes */
	uint64_t size, table, heap;
	uint32_t clusters, root;
};

static struct fault read_boot(struct span in, struct exfat *fs)
{
	static const uint8_t zeros[53];
	struct cursor c = { .in = in, .at = 72 };
	uint8_t sector_shift, cluster_shift;
	uint32_t table_sectors;

	*fs = (struct exfat){ .in = in };
	fs->size = cursor_le64(&c);
	fs->table = cursor_le32(&c);
	table_sectors = cursor_le32(&c);
	fs->heap = cursor_le32(&c);
	fs->clusters = cursor_le32(&c);
	fs->root = cursor_le32(&c);
	cursor_skip(&c, 8);
	sector_shift = cursor_u8(&c);
	cluster_shift = cursor_u8(&c);
	if (in.n < 512 || !span_is(span_sub(in, 3, 8), SIGNATURE))
		return fault_at(FAULT_UNKNOWN, 3, "exFAT signature", in.n, 512);
	if (memcmp(in.p + 11, zeros, sizeof(zeros)) != 0 || span_u16(in, 510, false) != 0xaa55)
		return fault_at(FAULT_BROKEN, 11, "boot sector", span_u16(in, 510, false), 0xaa55);
	if (sector_shift < 9 || sector_shift > 12 || cluster_shift > 25 - sector_shift)
		return fault_at(FAULT_BROKEN, 108, "sector and cluster size", cluster_shift, 25);
	if (fs->clusters == 0 || fs->clusters > 0xfffffff5 ||
	    table_sectors < ((fs->clusters + 2ull) * 4) >> sector_shift)
		return fault_at(FAULT_BROKEN, 92, "clusters", fs->clusters, table_sectors);
	if (fs->table < 24 || fs->heap < fs->table + table_sectors || fs->size >> 48 ||
	    fs->heap + ((uint64_t)fs->clusters << cluster_shift) > fs->size)
		return fault_at(FAULT_BROKEN, 72, "volume length", fs->size, fs->heap);
	fs->sector = 1ull << sector_shift;
	fs->cluster = fs->sector << cluster_shift;
	fs->size <<= sector_shift;
	fs->table <<= sector_shift;
	fs->heap <<= sector_shift;
	return fine;
}

/* Rotates and adds; the flags and the share in use change without it. */
static uint32_t boot_checksum(struct span sectors)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < sectors.n; i++)
		if (i != 106 && i != 107 && i != 112)
			sum = (sum >> 1 | sum << 31) + sectors.p[i];
	return sum;
}

static bool checksum_holds(const struct exfat *fs)
{
	struct span sectors = span_sub(fs->in, 0, BOOT_SECTORS * fs->sector);

	return sectors.n && boot_checksum(sectors) == span_u32(fs->in, sectors.n, false);
}

static struct fault probe(struct span in, struct found *f)
{
	struct exfat fs;
	struct fault bad = read_boot(in, &fs);

	if (bad.kind)
		return bad;
	f->len = fs.size < in.n ? fs.size : in.n;
	f->proof = checksum_holds(&fs) ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "clusters of %llu", (unsigned long long)fs.cluster);
	return fine;
}

static uint64_t cluster_at(const struct exfat *fs, uint64_t cluster)
{
	return fs->heap + (cluster - FIRST_CLUSTER) * fs->cluster;
}

/* Clusters of one file: through the table, or one behind the other. */
struct chain {
	uint64_t cluster;
	bool no_table;
};

static void chain_next(const struct exfat *fs, struct chain *c)
{
	c->cluster =
		c->no_table ? c->cluster + 1 : span_u32(fs->in, fs->table + c->cluster * 4, false);
}

struct walk {
	struct listing *l;
	struct exfat *fs;
	struct marks clusters; /* met in some chain */
	struct span label;
};

static struct fault take_cluster(struct walk *w, uint64_t cluster)
{
	uint64_t at = w->fs->table + cluster * 4;

	if (cluster < FIRST_CLUSTER || cluster - FIRST_CLUSTER >= w->fs->clusters)
		return fault_at(FAULT_BROKEN, at, "cluster number", cluster,
				w->fs->clusters + 1ull);
	if (!marks_add(&w->clusters, cluster))
		return fault_at(FAULT_BROKEN, at, "cluster used twice", cluster, 0);
	return fine;
}

/* One file as its set of records has it. */
struct file {
	struct span name;
	bool is_directory;
	struct chain chain;
	uint64_t length, valid; /* what lies behind `valid` reads as zeros */
	int64_t mtime;
	uint32_t mtime_ns;
	bool has_mtime;
	struct fault fault;
};

/* Where load() and read_directory() find the content. */
enum { KEY_CLUSTER, KEY_COUNT, KEY_VALID, KEY_FLAGS };
enum { DEPTH_SHIFT = 1 }; /* of KEY_FLAGS; bit 0 says no_table */

static void set_content(struct walk *w, const struct file *f, struct entry *e)
{
	uint64_t wanted = f->length / w->fs->cluster + (f->length % w->fs->cluster != 0), n = 0;
	struct chain c = f->chain;
	uint64_t expected = c.cluster;
	bool in_one_piece = true;

	for (; n < wanted; n++) {
		struct fault bad = take_cluster(w, c.cluster);

		if (bad.kind) {
			e->fault = bad;
			break;
		}
		in_one_piece &= c.cluster == expected;
		expected = c.cluster + 1;
		chain_next(w->fs, &c);
	}
	e->size = f->length;
	e->key[KEY_COUNT] = n;
	e->order = n ? cluster_at(w->fs, f->chain.cluster) : 0;
	e->stored = n && n == wanted && in_one_piece && f->valid == f->length;
	if (e->stored) {
		e->offset = e->order;
		e->length = f->length;
	}
}

static void add(struct walk *w, const struct file *f, uint32_t parent)
{
	struct entry e = entry_new(f->is_directory ? KIND_DIRECTORY : KIND_FILE, f->name);
	uint64_t depth = 0;

	e.parent = parent;
	e.mtime = f->mtime;
	e.mtime_ns = f->mtime_ns;
	e.has_mtime = f->has_mtime;
	e.fault = f->fault;
	e.key[KEY_CLUSTER] = f->chain.cluster;
	e.key[KEY_COUNT] = f->length;
	e.key[KEY_VALID] = f->valid;
	if (parent != NO_ENTRY)
		depth = (w->l->entries[parent].key[KEY_FLAGS] >> DEPTH_SHIFT) + 1;
	e.key[KEY_FLAGS] = depth << DEPTH_SHIFT | f->chain.no_table;
	if (!f->is_directory)
		set_content(w, f, &e);
	listing_add(w->l, &e);
}

/* Two-second steps, hundredths beside them, and quarters of an hour from UTC. */
static void read_time(struct span record, struct file *f)
{
	uint32_t stamp = span_u32(record, 12, false), hundredths = record.p[21];
	uint8_t zone = record.p[23];
	int32_t quarters = zone & 0x40 ? (zone & 0x7f) - 128 : zone & 0x7f;

	f->has_mtime = (zone & 0x80) && hundredths < 200 && dos_time(stamp, &f->mtime);
	if (!f->has_mtime)
		return;
	f->mtime += hundredths / 100 - quarters * 900ll;
	f->mtime_ns = hundredths % 100 * 10000000;
}

/* A directory while its records go by: the set that is being collected. */
struct reader {
	struct walk *w;
	uint32_t index;
	uint8_t set[MOST_RECORDS * RECORD];
	uint32_t have, wanted; /* records */
	bool ended;
};

static uint16_t set_checksum(struct span set)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < set.n; i++)
		if (i != 2 && i != 3)
			sum = ((sum >> 1 | sum << 15) + set.p[i]) & 0xffff;
	return (uint16_t)sum;
}

/* Joins the parts of a name in place. */
static struct span name_units(struct reader *r, uint32_t units)
{
	uint8_t *to = r->set + 2ull * RECORD;
	size_t n = 0;

	for (uint32_t i = 2; i < r->have && r->set[i * RECORD] == RECORD_NAME; i++) {
		memmove(to + n, r->set + i * RECORD + 2, NAME_UNITS * 2);
		n += NAME_UNITS * 2;
	}
	return span_head((struct span){ to, n }, units * 2ull);
}

static void take_set(struct reader *r)
{
	struct span set = { r->set, r->have * (size_t)RECORD };
	struct span stream = span_sub(set, RECORD, RECORD);
	uint16_t sum = set_checksum(set), stored = span_u16(set, 2, false);
	struct file f = { .is_directory = span_u16(set, 4, false) & ATTR_DIRECTORY };

	if (span_byte(stream, 0) != RECORD_STREAM) {
		listing_entry_fault(r->w->l, r->index,
				    fault_at(FAULT_BROKEN, 0, "set of records", r->have, 3));
		return;
	}
	if (sum != stored)
		f.fault = fault_at(FAULT_BROKEN, 0, "checksum of the records", sum, stored);
	f.chain = (struct chain){ span_u32(stream, 20, false), stream.p[1] & NO_TABLE };
	f.valid = span_u64(stream, 8, false);
	f.length = span_u64(stream, 24, false);
	if (f.valid > f.length)
		f.valid = f.length;
	read_time(set, &f);
	f.name = utf16_name(r->w->l->arena, name_units(r, stream.p[3]));
	add(r->w, &f, r->index);
}

static void take_record(struct reader *r, struct span record)
{
	uint8_t type = record.p[0];

	if (r->have && (type & 0x40)) {
		memcpy(r->set + r->have * (size_t)RECORD, record.p, RECORD);
		r->have++;
	} else {
		if (r->have)
			listing_entry_fault(
				r->w->l, r->index,
				fault_at(FAULT_BROKEN, 0, "set of records", r->have, r->wanted));
		r->have = 0;
	}
	if (type == RECORD_FILE) {
		memcpy(r->set, record.p, RECORD);
		r->have = 1;
		r->wanted = record.p[1] + 1u;
		if (r->wanted > MOST_RECORDS)
			r->wanted = MOST_RECORDS;
	} else if (type == RECORD_LABEL && r->index == 0 && record.p[1] <= 11) {
		r->w->label = utf16_name(r->w->l->arena, span_sub(record, 2, record.p[1] * 2ull));
	}
	if (r->have && r->have == r->wanted) {
		take_set(r);
		r->have = 0;
	}
}

static void read_records(struct reader *r, struct span bytes)
{
	for (size_t at = 0; at + RECORD <= bytes.n && !r->ended; at += RECORD) {
		struct span record = span_sub(bytes, at, RECORD);

		if (record.p[0] == 0 || r->w->l->fault.kind == FAULT_LIMIT)
			r->ended = true;
		else if (record.p[0] & IN_USE)
			take_record(r, record);
	}
}

/* The root is as long as its chain; every other directory states its length. */
static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry d = w->l->entries[index];
	struct reader r = { .w = w, .index = index };
	struct chain c = { d.key[KEY_CLUSTER], d.key[KEY_FLAGS] & 1 };
	uint64_t length = index ? d.key[KEY_COUNT] : UINT64_MAX;

	if (d.key[KEY_FLAGS] >> DEPTH_SHIFT >= DEEPEST) {
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_LIMIT, 0, "directory depth", DEEPEST, DEEPEST));
		return;
	}
	for (uint64_t done = 0; done < length; done += w->fs->cluster) {
		uint64_t at = cluster_at(w->fs, c.cluster);
		struct fault bad;

		if (index == 0 && done && c.cluster == LAST_CLUSTER)
			return;
		bad = take_cluster(w, c.cluster);
		if (bad.kind) {
			listing_entry_fault(w->l, index, bad);
			return;
		}
		if (at > w->fs->in.n || w->fs->in.n - at < w->fs->cluster)
			listing_entry_fault(w->l, index,
					    fault_at(FAULT_SHORT, at, "directory", w->fs->in.n,
						     at + w->fs->cluster));
		read_records(&r, span_head(span_from(w->fs->in, at), w->fs->cluster));
		chain_next(w->fs, &c);
	}
}

static struct fault list(struct listing *l)
{
	struct exfat *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs };
	struct file root = { .is_directory = true };
	struct fault bad = fs ? read_boot(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	struct text text = { 0 };

	if (bad.kind)
		return bad;
	if (!marks_init(&w.clusters, l->arena,
			FIRST_CLUSTER + (fs->clusters < l->in.n ? fs->clusters : l->in.n)))
		return fault_at(FAULT_MEMORY, 0, "clusters", fs->clusters, 0);
	l->state = fs;
	if (fs->size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 72, "volume", l->in.n, fs->size));
	if (!checksum_holds(fs))
		listing_fault(l, fault_at(FAULT_BROKEN, BOOT_SECTORS * fs->sector, "boot checksum",
					  0, 0));
	root.chain.cluster = fs->root;
	add(&w, &root, NO_ENTRY);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	text_escape(&text, w.label, "");
	snprintf(l->label, sizeof(l->label), "clusters of %llu%s%.*s",
		 (unsigned long long)fs->cluster, text.n ? ", " : "", text.n < 36 ? (int)text.n : 0,
		 text.p ? text.p : "");
	text_free(&text);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct exfat *fs = l->state;
	struct chain c = { e->key[KEY_CLUSTER], e->key[KEY_FLAGS] & 1 };
	uint64_t left = e->size, valid = e->key[KEY_VALID];

	for (uint64_t n = 0; n < e->key[KEY_COUNT]; n++) {
		uint64_t at = cluster_at(fs, c.cluster),
			 want = left < fs->cluster ? left : fs->cluster;
		uint64_t real = valid < want ? valid : want;
		struct span bytes = span_head(span_from(fs->in, at), real);

		if (!sink_put(out, bytes))
			return out->fault;
		if (bytes.n < real)
			return fault_at(FAULT_SHORT, at, "cluster", fs->in.n, at + real);
		if (!sink_zero(out, want - real))
			return out->fault;
		left -= want;
		valid -= real;
		chain_next(fs, &c);
	}
	return fine; /* where the chain ended too early, the entry says so */
}

const struct format format_exfat = {
	.name = "exfat",
	.says = "exFAT",
	.domain = DOMAIN_DEVICE,
	.spec = "Microsoft exFAT file system specification 1.00",
	.shape = SHAPE_CONTAINER,
	.magic = { { 3, 8, SIGNATURE } },
	.probe = probe,
	.list = list,
	.load = load,
};
