/* fat.c - FAT12, FAT16, FAT32 with long names. Source: Microsoft "FAT File System Specification"
 * 1.03 (fatgen103).
 *
 * A cluster belongs to one file or directory: where a chain meets one that was met before (a cycle,
 * or two files crossed), it ends there with a fault. Times are local ones of no known zone, given
 * as if it were UTC; deleted entries are not listed. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/date.h"
#include "format/fat.h"
#include "format/marks.h"
#include "format/stream.h"
#include "format/utf16.h"

#define RECORD        32
#define DEEPEST       256
#define LONG_RECORDS  20 /* of a name */
#define LONG_UNITS    13 /* of a record */
#define FIRST_CLUSTER 2

enum { ATTR_LABEL = 0x08, ATTR_DIRECTORY = 0x10, ATTR_LONG = 0x0f, ATTR_MASK = 0x3f };
enum { LOWER_BASE = 0x08, LOWER_EXTENSION = 0x10 };

/* The text without the blanks behind it. */
static struct span trim(struct span s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static void make_label(char label[64], const struct fat *fs, struct span name)
{
	char text[64];

	name = trim(name);
	if (span_is(name, "NO NAME"))
		name.n = 0;
	label_bytes(text, name);
	snprintf(label, 64, "FAT%u%s%.32s", fs->bits, text[0] ? ", " : "", text);
}

static struct fault probe(struct span in, struct found *f)
{
	struct fat fs;
	struct fault bad = fat_boot(in, &fs);

	if (bad.kind)
		return bad;
	f->len = fs.size < in.n ? fs.size : in.n;
	f->proof = PROOF_STRUCTURE;
	make_label(f->label, &fs, fs.label);
	return fine;
}

uint32_t fat_next(const struct fat *fs, uint32_t cluster)
{
	uint32_t pair;

	switch (fs->bits) {
	case 12:
		pair = span_u16(fs->in, fs->table + cluster + cluster / 2, false);
		return cluster & 1 ? pair >> 4 : pair & 0xfff;
	case 16:
		return span_u16(fs->in, fs->table + cluster * 2ull, false);
	default:
		return span_u32(fs->in, fs->table + cluster * 4ull, false) & 0x0fffffff;
	}
}

static bool is_cluster(const struct fat *fs, uint32_t cluster)
{
	return cluster >= FIRST_CLUSTER && cluster - FIRST_CLUSTER < fs->clusters;
}

bool fat_is_end(const struct fat *fs, uint32_t cluster)
{
	uint32_t mask = fs->bits == 32 ? 0x0fffffff : (1u << fs->bits) - 1;

	return cluster >= mask - 7;
}

uint64_t fat_cluster_at(const struct fat *fs, uint32_t cluster)
{
	return fs->data + (uint64_t)(cluster - FIRST_CLUSTER) * fs->cluster;
}

struct walk {
	struct listing *l;
	struct fat *fs;
	struct marks clusters; /* met in some chain */
	struct span label;     /* of the root directory */
};

/* Takes the cluster for one chain. `length` clusters came before it. */
static struct fault take_cluster(struct walk *w, uint32_t cluster, uint64_t length)
{
	uint64_t at = w->fs->table + (uint64_t)cluster * w->fs->bits / 8;

	if (!is_cluster(w->fs, cluster))
		return fault_at(FAULT_BROKEN, at, "cluster number", cluster,
				w->fs->clusters + 1ull);
	if (!marks_add(&w->clusters, cluster))
		return fault_at(FAULT_BROKEN, at, "cluster used twice", cluster, length);
	return fine;
}

/* What a record says of a file. */
struct record {
	uint8_t attributes;
	uint32_t cluster, size;
	struct span name;
	bool has_mtime;
	int64_t mtime;
};

/* Walks the chain of a file as far as its size asks. Most files lie in one piece. */
static void set_content(struct walk *w, const struct record *r, struct entry *e)
{
	uint64_t wanted = (r->size + (uint64_t)w->fs->cluster - 1) / w->fs->cluster, n = 0;
	uint32_t cluster = r->cluster, expected = r->cluster;
	bool in_one_piece = true;

	e->size = r->size;
	e->key[0] = r->cluster;
	for (; n < wanted; n++) {
		e->fault = fat_is_end(w->fs, cluster) && n > 0
				   ? fault_at(FAULT_SHORT, w->fs->table, "cluster chain", n, wanted)
				   : take_cluster(w, cluster, n);
		if (e->fault.kind)
			break;
		in_one_piece &= cluster == expected;
		expected = cluster + 1;
		cluster = fat_next(w->fs, cluster);
	}
	e->key[1] = n;
	if (r->size == 0 || n == 0)
		return;
	e->order = fat_cluster_at(w->fs, r->cluster);
	e->stored = in_one_piece && n == wanted;
	if (e->stored) {
		e->offset = e->order;
		e->length = r->size;
	}
}

static void add(struct walk *w, const struct record *r, uint32_t parent)
{
	bool is_directory = r->attributes & ATTR_DIRECTORY;
	struct entry e = entry_new(is_directory ? KIND_DIRECTORY : KIND_FILE, r->name);

	e.parent = parent;
	e.has_mtime = r->has_mtime;
	e.mtime = r->mtime;
	e.key[0] = r->cluster;
	if (!is_directory)
		set_content(w, r, &e);
	else if (parent != NO_ENTRY)
		e.key[2] = w->l->entries[parent].key[2] + 1; /* depth */
	listing_add(w->l, &e);
}

/* A directory while its records go by: the long name that is being collected. */
struct reader {
	struct walk *w;
	uint32_t index;
	uint8_t units[LONG_RECORDS * LONG_UNITS * 2];
	uint8_t expected; /* number of the next long record; 0: the short one is due */
	uint8_t records, checksum;
	bool ended;
};

static void take_long(struct reader *r, struct span record)
{
	static const uint8_t parts[][2] = { { 1, 10 }, { 14, 12 }, { 28, 4 } };
	uint8_t order = record.p[0] & 0x3f;
	uint8_t *to;

	if (record.p[0] & 0x40) {
		r->records = order;
		r->expected = order;
		r->checksum = record.p[13];
	}
	if (order == 0 || order > LONG_RECORDS || order != r->expected ||
	    record.p[13] != r->checksum) {
		r->records = r->expected = 0;
		return;
	}
	to = r->units + (size_t)(order - 1) * LONG_UNITS * 2;
	for (size_t i = 0; i < 3; i++) {
		memcpy(to, record.p + parts[i][0], parts[i][1]);
		to += parts[i][1];
	}
	r->expected--;
}

static uint8_t short_checksum(struct span name)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < name.n; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + name.p[i]);
	return sum;
}

static size_t put_part(uint8_t *to, struct span part, bool lower)
{
	part = trim(part);
	for (size_t i = 0; i < part.n; i++) {
		bool is_letter = part.p[i] >= 'A' && part.p[i] <= 'Z';

		to[i] = (uint8_t)(lower && is_letter ? part.p[i] + 32 : part.p[i]);
	}
	return part.n;
}

/* The bytes of the writer's code page, which is nowhere stated, stay as they are. */
static struct span short_name(struct arena *a, struct span record)
{
	uint8_t *to = arena_take(a, 12, 1);
	size_t n, extension;

	if (!to)
		return (struct span){ 0 };
	n = put_part(to, span_sub(record, 0, 8), record.p[12] & LOWER_BASE);
	extension = put_part(to + n + 1, span_sub(record, 8, 3), record.p[12] & LOWER_EXTENSION);
	if (n && to[0] == 0x05)
		to[0] = 0xe5; /* which alone would mean deleted */
	if (extension)
		to[n++] = '.';
	return (struct span){ to, n + extension };
}

/* The long name, if all of it stands before its short one. */
static struct span name_of(struct reader *r, struct span record)
{
	struct span units = { r->units, (size_t)r->records * LONG_UNITS * 2 };

	if (r->records == 0 || r->expected != 0 ||
	    short_checksum(span_sub(record, 0, 11)) != r->checksum)
		return short_name(r->w->l->arena, record);
	for (size_t i = 0; i < units.n; i += 2)
		if (span_u16(units, i, false) == 0)
			units.n = i;
	return utf16_name(r->w->l->arena, units);
}

static void take_short(struct reader *r, struct span record)
{
	struct record e = { .attributes = record.p[11],
			    .cluster = span_u16(record, 26, false),
			    .size = span_u32(record, 28, false) };

	e.has_mtime = dos_time(span_u32(record, 22, false), &e.mtime);
	if (r->w->fs->bits == 32)
		e.cluster |= (uint32_t)span_u16(record, 20, false) << 16;
	if (e.attributes & ATTR_LABEL) {
		if (r->index == 0 && !r->w->label.n)
			r->w->label = span_sub(record, 0, 11);
	} else if (record.p[0] != '.') {
		e.name = name_of(r, record);
		add(r->w, &e, r->index);
	}
	r->records = 0;
}

static void read_records(struct reader *r, struct span bytes)
{
	for (size_t at = 0; at + RECORD <= bytes.n && !r->ended; at += RECORD) {
		struct span record = span_sub(bytes, at, RECORD);

		if (r->w->l->fault.kind == FAULT_LIMIT || record.p[0] == 0)
			r->ended = true;
		else if (record.p[0] == 0xe5)
			r->records = 0;
		else if ((record.p[11] & ATTR_MASK) == ATTR_LONG)
			take_long(r, record);
		else
			take_short(r, record);
	}
}

/* The chain is followed to its end even behind the last record: its clusters are the directory's.
 */
static void read_chain(struct reader *r, uint32_t cluster)
{
	struct walk *w = r->w;

	for (uint64_t n = 0; n == 0 || !fat_is_end(w->fs, cluster); n++) {
		struct fault bad = take_cluster(w, cluster, n);
		uint64_t at = bad.kind ? 0 : fat_cluster_at(w->fs, cluster);

		if (bad.kind == FAULT_NONE &&
		    (at >= w->fs->in.n || w->fs->in.n - at < w->fs->cluster))
			bad = fault_at(FAULT_SHORT, at, "directory", w->fs->in.n,
				       at + w->fs->cluster);
		listing_entry_fault(w->l, r->index, bad);
		if (bad.kind && bad.kind != FAULT_SHORT)
			return;
		read_records(r, span_head(span_from(w->fs->in, at), w->fs->cluster));
		cluster = fat_next(w->fs, cluster);
	}
}

static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry *d = &w->l->entries[index];
	struct reader r = { .w = w, .index = index };

	if (d->key[2] >= DEEPEST)
		listing_entry_fault(
			w->l, index,
			fault_at(FAULT_LIMIT, 0, "directory depth", d->key[2], DEEPEST));
	else if (index == 0 && w->fs->bits != 32)
		read_records(&r, span_head(span_from(w->fs->in, w->fs->root),
					   w->fs->root_entries * (uint64_t)RECORD));
	else
		read_chain(&r, (uint32_t)d->key[0]);
}

static struct fault list(struct listing *l)
{
	struct fat *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs };
	struct record root = { .attributes = ATTR_DIRECTORY };
	struct fault bad = fs ? fat_boot(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);

	if (bad.kind)
		return bad;
	/* The table's bytes bear out the number of clusters, unless it is cut. */
	if (!marks_init(&w.clusters, l->arena,
			FIRST_CLUSTER + (fs->clusters < l->in.n ? fs->clusters : l->in.n)))
		return fault_at(FAULT_MEMORY, 0, "clusters", fs->clusters, 0);
	l->state = fs;
	if (fs->size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 32, "volume", l->in.n, fs->size));
	root.cluster = fs->root_cluster;
	add(&w, &root, NO_ENTRY);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			read_directory(&w, i);
	make_label(l->label, fs, w.label.n ? w.label : fs->label);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct fat *fs = l->state;
	uint32_t cluster = (uint32_t)e->key[0];
	uint64_t left = e->size;

	for (uint64_t n = 0; n < e->key[1]; n++) {
		uint64_t at = fat_cluster_at(fs, cluster),
			 want = left < fs->cluster ? left : fs->cluster;
		struct span bytes = span_head(span_from(fs->in, at), want);

		if (!sink_put(out, bytes))
			return out->fault;
		if (bytes.n < want)
			return fault_at(FAULT_SHORT, at, "cluster", fs->in.n, at + want);
		left -= want;
		cluster = fat_next(fs, cluster);
	}
	return fine; /* where the chain ended too early, the entry says so */
}

const struct format format_fat = {
	.name = "fat",
	.says = "FAT12, FAT16, FAT32 with long names",
	.domain = DOMAIN_GENERIC,
	.spec = "Microsoft FAT File System Specification 1.03",
	.shape = SHAPE_CONTAINER,
	.magic = { { 54, 8, "FAT12   " },
		   { 54, 8, "FAT16   " },
		   { 82, 8, "FAT32   " },
		   { 510, 2, "\x55\xaa" } },
	.probe = probe,
	.list = list,
	.load = load,
	.own = fat_own,
};
