/* vmdk.c - VMware's sparse extents: with tables of grains, and the form for streams, whose grains
 * are packed and follow each other behind markers. Source: VMware "Virtual Disk Format 5.0".
 *
 * A descriptor of its own is text that names the files which hold the disk: each of those is opened
 * as what it is, a part of a raw disk or a sparse extent. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/disk.h"
#include "format/parts.h"

#define MAGIC        "KDMV"
#define TEXT_MAGIC   "# Disk DescriptorFile"
#define SECTOR       512ull
#define AT_END       UINT64_MAX /* the directory's place: only the footer knows */
#define MARKER_SIZE  12
#define LARGEST_DISK (1ull << 60)
#define MOST_GRAIN   (1u << 17) /* sectors */
#define LONGEST_TEXT 65536

enum { FLAG_NEWLINES = 1, FLAG_ZERO_GRAINS = 4, FLAG_PACKED = 0x10000, FLAG_MARKERS = 0x20000 };
enum { MARKER_END, MARKER_TABLE, MARKER_DIRECTORY, MARKER_FOOTER };

struct vmdk {
	struct span in;
	uint32_t version, flags, per_table;
	uint64_t capacity, grain;     /* bytes */
	uint64_t text, text_size;     /* the descriptor */
	uint64_t directory, overhead; /* bytes; AT_END */
};

static struct fault read_header(struct span in, struct vmdk *v)
{
	struct cursor c = { .in = in, .at = 4 };
	uint64_t fields[7];
	uint32_t packing;

	*v = (struct vmdk){ .in = in };
	v->version = cursor_le32(&c);
	v->flags = cursor_le32(&c);
	for (int i = 0; i < 4; i++)
		fields[i] = cursor_le64(&c);
	v->per_table = cursor_le32(&c);
	for (int i = 4; i < 7; i++)
		fields[i] = cursor_le64(&c);
	cursor_skip(&c, 5);
	packing = cursor_le16(&c);
	if (c.ran_out || in.n < SECTOR)
		return fault_at(FAULT_SHORT, 0, "header", in.n, SECTOR);
	if (!span_starts(in, span_text(MAGIC)) || v->version < 1 || v->version > 3)
		return fault_at(FAULT_UNKNOWN, 4, "version", v->version, 3);
	for (int i = 0; i < 7; i++)
		if (fields[i] > LARGEST_DISK / SECTOR && !(i == 5 && fields[i] == AT_END))
			return fault_at(FAULT_BROKEN, 12 + 8ull * (uint32_t)i, "place in sectors",
					fields[i], LARGEST_DISK / SECTOR);
	if (fields[1] < 8 || fields[1] > MOST_GRAIN || fields[1] & (fields[1] - 1))
		return fault_at(FAULT_BROKEN, 20, "grain size", fields[1], MOST_GRAIN);
	if (v->per_table == 0 || v->per_table > 4096 || packing > 1)
		return fault_at(FAULT_BROKEN, 44, "entries of a table", v->per_table, 4096);
	v->capacity = fields[0] * SECTOR;
	v->grain = fields[1] * SECTOR;
	v->text = fields[2] * SECTOR;
	v->text_size = fields[3] * SECTOR;
	v->directory = fields[5] == AT_END ? AT_END : fields[5] * SECTOR;
	v->overhead = fields[6] * SECTOR;
	return fine;
}

struct marker {
	uint64_t value; /* a grain's first sector in the disk; the others' length in sectors */
	uint32_t size;  /* of a packed grain; 0: another kind */
	uint32_t type;
	uint64_t data, next;
};

static bool read_marker(struct span in, uint64_t at, struct marker *m)
{
	struct cursor c = { .in = span_from(in, at) };
	uint64_t length;

	m->value = cursor_le64(&c);
	m->size = cursor_le32(&c);
	m->data = at + c.at;
	length = MARKER_SIZE + (uint64_t)m->size;
	if (m->size == 0) {
		m->type = cursor_le32(&c);
		m->data = at + SECTOR;
		if (m->type > MARKER_FOOTER || m->value > in.n / SECTOR)
			return false;
		length = SECTOR + (m->type == MARKER_END ? 0 : m->value * SECTOR);
	}
	m->next = at + (length + SECTOR - 1) / SECTOR * SECTOR;
	return !c.ran_out && m->next <= in.n;
}

/* Through the markers to the one that ends the stream. */
static uint64_t end_of_stream(const struct vmdk *v, bool *begun)
{
	uint64_t at = v->overhead;
	bool ended = false;
	struct marker m;

	while (!ended && read_marker(v->in, at, &m)) {
		ended = m.size == 0 && m.type == MARKER_END;
		at = m.next;
	}
	*begun = at > v->overhead;
	return ended ? at : v->in.n;
}

static uint64_t grain_count(const struct vmdk *v)
{
	return v->capacity / v->grain + (v->capacity % v->grain != 0);
}

/* The place of a grain by the tables: 0 nowhere, 1 a zero grain. */
static uint32_t grain_sector(const struct vmdk *v, uint64_t i)
{
	uint64_t entry = v->directory + i / v->per_table * 4;
	uint64_t table = span_u32(v->in, entry, false) * SECTOR;

	return table ? span_u32(v->in, table + i % v->per_table * 4, false) : 0;
}

/* The bytes of a grain, its marker included. */
static uint64_t grain_length(const struct vmdk *v, uint64_t at)
{
	if (!(v->flags & FLAG_PACKED))
		return v->grain;
	return MARKER_SIZE + (uint64_t)span_u32(v->in, at + 8, false);
}

/* Behind the last grain. Whole tables that are nowhere cost one step; tables that serve again and
 * again, which no sound image has, end the search. */
static uint64_t end_of_grains(const struct vmdk *v)
{
	uint64_t count = grain_count(v), tables = count / v->per_table + 1;
	uint64_t end = v->overhead, steps = v->in.n / 4 + v->per_table;

	if (v->directory + tables * 4 > end)
		end = v->directory + tables * 4;
	for (uint64_t i = 0; i < count && end < v->in.n; i++) {
		uint64_t entry = v->directory + i / v->per_table * 4;
		uint64_t table = span_u32(v->in, entry, false) * SECTOR, at;

		if (table == 0) {
			i += v->per_table - 1 - i % v->per_table;
			continue;
		}
		if (steps-- == 0)
			return v->in.n;
		if (table + v->per_table * 4ull > end)
			end = table + v->per_table * 4ull;
		at = grain_sector(v, i) * SECTOR;
		if (at > SECTOR && at + grain_length(v, at) > end)
			end = at + grain_length(v, at);
	}
	end = (end + SECTOR - 1) / SECTOR * SECTOR;
	return end < v->in.n ? end : v->in.n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct vmdk v;
	struct fault bad = read_header(in, &v);
	bool begun = true;

	if (bad.kind)
		return bad;
	f->len = v.directory == AT_END ? end_of_stream(&v, &begun) : end_of_grains(&v);
	f->proof = begun ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "version %u, %s, disk of %llu", v.version,
		 v.flags & FLAG_PACKED ? "packed" : "sparse", (unsigned long long)v.capacity);
	return fine;
}

static bool put_grain(struct disk *d, const struct vmdk *v, uint64_t at)
{
	struct span packed = span_sub(v->in, at + MARKER_SIZE, span_u32(v->in, at + 8, false));
	uint64_t want = v->grain < d->left ? v->grain : d->left;
	size_t before = d->out->n;
	struct decoded r;

	if (!(v->flags & FLAG_PACKED))
		return disk_block(d, at, v->grain);
	if (!disk_pay(d, at, packed.n))
		return false;
	if (packed.n == 0)
		return disk_patch(d, before, v->grain,
				  fault_at(FAULT_SHORT, at, "packed grain", v->in.n, at));
	if (v->grain > d->out->limit - before)
		return disk_hole(d, v->grain); /* meets the limit, and says so */
	r = inflate_zlib(packed, v->grain, d->out);
	r.fault.at += at + MARKER_SIZE;
	if (r.fault.kind == FAULT_NONE && d->out->n - before < want)
		r.fault = fault_at(FAULT_BROKEN, at, "packed grain", d->out->n - before, want);
	return disk_patch(d, before, v->grain, r.fault);
}

/* By the tables. */
static void put_grains(struct disk *d, const struct vmdk *v)
{
	uint64_t count = grain_count(v), size = (count / v->per_table + 1) * 4;
	bool more = true;

	if (v->directory > v->in.n || size - 4 > v->in.n - v->directory) {
		disk_fault(d, fault_at(FAULT_SHORT, v->directory, "grain directory", v->in.n,
				       v->directory + size));
		return;
	}
	for (uint64_t i = 0; more && i < count; i++) {
		uint64_t entry = v->directory + i / v->per_table * 4;
		uint32_t sector;

		if (span_u32(v->in, entry, false) == 0 && i % v->per_table == 0) {
			more = disk_hole(d, v->per_table * v->grain);
			i += v->per_table - 1;
			continue;
		}
		sector = grain_sector(v, i);
		more = sector <= 1 ? disk_hole(d, v->grain) : put_grain(d, v, sector * SECTOR);
	}
}

/* In the order of the stream, which is that of the disk. */
static void put_stream(struct disk *d, const struct vmdk *v)
{
	uint64_t at = v->overhead, next = 0;
	bool more = true;
	struct marker m;

	while (more && read_marker(v->in, at, &m) && (m.size || m.type != MARKER_END)) {
		if (m.size && (m.value > v->capacity / SECTOR || m.value * SECTOR < next)) {
			disk_fault(d, fault_at(FAULT_BROKEN, at, "order of grains", m.value,
					       next / SECTOR));
			return;
		}
		if (m.size && m.value * SECTOR > next)
			more = disk_hole(d, m.value * SECTOR - next);
		if (m.size && more) {
			more = put_grain(d, v, at);
			next = m.value * SECTOR + v->grain;
		}
		at = m.next;
	}
	if (more && !read_marker(v->in, at, &m))
		disk_fault(d, fault_at(FAULT_SHORT, at, "marker", v->in.n, at + SECTOR));
	if (more && d->left)
		disk_hole(d, d->left);
}

/* A disk made over another one names it in its descriptor. */
static bool has_parent(const struct vmdk *v)
{
	struct span text = span_head(span_sub(v->in, v->text, v->text_size), LONGEST_TEXT);
	size_t at = span_find(text, 0, span_text("parentCID="));

	return at != SIZE_MAX && !span_starts(span_from(text, at + 10), span_text("ffffffff"));
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct vmdk v;
	struct fault bad = read_header(l->in, &v);
	struct disk d;

	(void)e;
	if (bad.kind == FAULT_NONE && has_parent(&v))
		bad = fault_at(FAULT_UNKNOWN, v.text, "disk over another one", 0, 0);
	if (bad.kind)
		return bad;
	disk_begin(&d, l->in, out, v.capacity);
	if (v.capacity && v.directory == AT_END)
		put_stream(&d, &v);
	else if (v.capacity)
		put_grains(&d, &v);
	return d.fault;
}

const struct format format_vmdk = {
	.name = "vmdk",
	.says = "VMware sparse disk image, with tables or as a stream",
	.domain = DOMAIN_CLOUD,
	.spec = "VMware Virtual Disk Format 5.0",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 8, "KDMV\x01\x00\x00\x00" },
		   { 0, 8, "KDMV\x02\x00\x00\x00" },
		   { 0, 8, "KDMV\x03\x00\x00\x00" } },
	.probe = probe,
	.load = load,
};

/* The value of `key="..."` in a descriptor. */
static struct span descriptor_value(struct span text, const char *key)
{
	size_t at = span_find(text, 0, span_text(key));
	struct span value = span_from(text, at == SIZE_MAX ? text.n : at + strlen(key));

	return span_head(value, span_find(value, 0, span_text("\"")));
}

/* "RW 4192256 SPARSE "disk-s001.vmdk"": lines that begin with how an extent may be used. */
static uint32_t count_extents(struct span text)
{
	static const char *const uses[] = { "\nRW ", "\nRDONLY ", "\nNOACCESS " };
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		for (size_t at = 0; (at = span_find(text, at, span_text(uses[i]))) != SIZE_MAX;
		     at++)
			count++;
	return count;
}

static struct fault probe_text(struct span in, struct found *f)
{
	struct span text = span_head(in, LONGEST_TEXT), type;
	uint32_t extents;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 && text.p[i] != '\n' && text.p[i] != '\r' && text.p[i] != '\t')
			text.n = i;
	type = descriptor_value(text, "\ncreateType=\"");
	extents = count_extents(text);
	if (!span_starts(text, span_text(TEXT_MAGIC)) || type.n == 0 || extents == 0)
		return fault_at(FAULT_UNKNOWN, 0, "descriptor", type.n, 0);
	f->len = text.n;
	while (f->len % SECTOR && span_byte(in, f->len) == 0)
		f->len++; /* filled up to a sector */
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_head(type, 30));
	snprintf(f->label + strlen(f->label), sizeof(f->label) - strlen(f->label),
		 ", %u extents in other files", extents);
	return fine;
}

const struct format format_vmdktext = {
	.name = "vmdk-text",
	.says = "descriptor of a VMware disk whose data are in other files",
	.domain = DOMAIN_CLOUD,
	.spec = "VMware Virtual Disk Format 5.0, The Descriptor File",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_LEAF,
	.magic = { { 0, sizeof(TEXT_MAGIC) - 1, TEXT_MAGIC } },
	.probe = probe_text,
};
