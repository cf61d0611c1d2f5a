/* cbfs.c - coreboot's file system: each file has a header with its length, type and attributes, all
 * big-endian, and the next one follows at a multiple of 64. Nothing says where the row ends but the
 * row itself, whose free space is a file without a type. Files may be packed; a payload is a table
 * of segments, each packed by itself. Source: coreboot/coreboot
 * src/commonlib/bsd/include/commonlib/bsd/cbfs_serialized.h. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "format/marks.h"
#include "format/parts.h"

#define HEADER          24
#define MOST_METADATA   4096 /* header, name, attributes */
#define ALIGN           64
#define MOST_PROBED     1024 /* files whose headers a probe reads */
#define SEGMENT         28
#define MOST_SEGMENTS   256
#define STAGE_HEADER    28
#define TAG_PACKING     0x42435a4c
#define TAG_HASH        0x68736148
#define HASH_SHA1       1
#define HASH_SHA256     2
#define MOST_ATTRIBUTES 16
#define LZMA_SIZE       5 /* where .lzma has the plain size */
#define ERASED          0xff

enum packing { PACKED_NOT, PACKED_LZMA, PACKED_LZ4, PACKED_ZSTD };

enum type { TYPE_DELETED = 0, TYPE_LEGACY_STAGE = 0x10, TYPE_SELF = 0x20 };

#define TYPE_NULL     0xffffffffu
#define SEGMENT_CODE  0x434f4445u
#define SEGMENT_DATA  0x44415441u
#define SEGMENT_BSS   0x42535320u
#define SEGMENT_PARAM 0x50415241u

static const struct {
	uint32_t type;
	const char *name;
} types[] = {
	{ 0x01, "bootblock" },  { 0x02, "header" },        { 0x10, "stage" },
	{ 0x11, "stage" },      { 0x20, "payload" },       { 0x21, "fit-payload" },
	{ 0x30, "option-rom" }, { 0x40, "boot-splash" },   { 0x50, "raw" },
	{ 0x51, "vsa" },        { 0x52, "mbi" },           { 0x53, "microcode" },
	{ 0x54, "intel-fit" },  { 0x60, "fsp" },           { 0x61, "mrc" },
	{ 0x62, "mma" },        { 0x63, "efi" },           { 0x70, "struct" },
	{ 0x80, "amdfw" },      { 0xaa, "cmos-default" },  { 0xab, "spd" },
	{ 0xac, "mrc-cache" },  { 0x01aa, "cmos-layout" },
};

struct file {
	uint64_t at, data, length;
	uint32_t type, attributes;
	struct span name;
};

static bool read_file(struct span in, uint64_t at, struct file *f)
{
	struct cursor c = { .in = span_from(in, at) };
	struct span mark = cursor_span(&c, 8);
	uint32_t offset;

	f->at = at;
	f->length = cursor_be32(&c);
	f->type = cursor_be32(&c);
	f->attributes = cursor_be32(&c);
	offset = cursor_be32(&c);
	f->data = at + offset;
	f->name = field_text(
		in, at + HEADER,
		offset > HEADER ? part_bound(offset - HEADER, span_from(in, at + HEADER)) : 0);
	return !c.ran_out && span_is(mark, "LARCHIVE") && offset > HEADER &&
	       offset <= MOST_METADATA && f->attributes < offset &&
	       f->length <= UINT32_MAX - offset;
}

/* Old images align by 16, newest bootblocks by 4. */
static bool next_file(struct span in, const struct file *f, struct file *next)
{
	static const unsigned aligns[] = { ALIGN, 16, 4 };
	uint64_t end = f->data + f->length;

	for (size_t i = 0; i < sizeof(aligns) / sizeof(aligns[0]); i++) {
		uint64_t from = end - f->at, at = (from + aligns[i] - 1) / aligns[i] * aligns[i];

		if (read_file(in, f->at + at, next))
			return true;
	}
	return false;
}

static struct fault probe(struct span in, struct found *f)
{
	struct file file, next;
	unsigned count = 1;

	if (!read_file(in, 0, &file))
		return fault_at(FAULT_BROKEN, 8, "header of a file", span_u32(in, 8, true), 0);
	for (; count < MOST_PROBED && next_file(in, &file, &next); count++)
		file = next;
	f->len = part_bound(file.data + file.length, in);
	f->proof = count > 1 || f->len < in.n ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "%u files", count);
	return fine;
}

/* The digest of the bytes as they are stored. */
static struct fault check_hash(struct span in, const struct file *f, uint64_t at)
{
	struct span data = span_sub(in, f->data, f->length);
	uint32_t algorithm = span_u32(in, at + 8, true);
	uint8_t digest[SHA256_SIZE];
	uint64_t size = algorithm == HASH_SHA1 ? 20 : SHA256_SIZE;

	if ((algorithm != HASH_SHA1 && algorithm != HASH_SHA256) || data.n != f->length)
		return fine;
	if (algorithm == HASH_SHA1)
		sha1_of(data, digest);
	else
		sha256_of(data, digest);
	if (span_equal((struct span){ digest, size }, span_sub(in, at + 12, size)))
		return fine;
	return fault_at(FAULT_BROKEN, at + 12, "digest of the file", digest[0],
			span_u32(in, at + 12, true) >> 24);
}

/* How the whole file is packed, and its digest. */
static void read_attributes(struct span in, const struct file *f, struct entry *e)
{
	uint64_t at = f->at + f->attributes;

	for (int i = 0; f->attributes && i < MOST_ATTRIBUTES && at + 8 <= f->data; i++) {
		uint32_t tag = span_u32(in, at, true), length = span_u32(in, at + 4, true);

		if (length < 8 || length > f->data - at)
			return;
		if (tag == TAG_PACKING && length >= 16) {
			e->key[0] = span_u32(in, at + 8, true);
			e->size = span_u32(in, at + 12, true);
		}
		if (tag == TAG_HASH && !e->fault.kind)
			e->fault = check_hash(in, f, at);
		at += length;
	}
}

static struct span type_name(struct arena *a, uint32_t type)
{
	char text[16];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return span_text(types[i].name);
	snprintf(text, sizeof(text), "0x%x", type);
	return arena_copy(a, span_text(text));
}

/* Bytes [at, at + length), packed as key[0] says. */
static void add_content(struct listing *l, struct entry *e, uint64_t field, uint64_t at,
			uint64_t length)
{
	e->offset = e->order = part_bound(at, l->in);
	e->length = part_bound(length, span_from(l->in, at));
	e->stored = e->key[0] == PACKED_NOT;
	if (e->stored)
		e->size = e->length;
	else if (e->key[0] == PACKED_LZMA &&
		 span_u64(l->in, at + LZMA_SIZE, false) != PLAIN_UNKNOWN)
		e->size = span_u64(l->in, at + LZMA_SIZE, false);
	if (e->length < length)
		e->fault = fault_at(FAULT_SHORT, field, "length", e->length, length);
	if (e->key[0] > PACKED_ZSTD)
		e->fault = fault_at(FAULT_UNKNOWN, field, "compression", e->key[0], PACKED_ZSTD);
	listing_add(l, e);
}

static const char *segment_name(uint32_t type)
{
	switch (type) {
	case SEGMENT_CODE:
		return "code";
	case SEGMENT_DATA:
		return "data";
	case SEGMENT_PARAM:
		return "parameters";
	default:
		return NULL;
	}
}

/* The table of a payload ends with the segment that says where to begin. Together segments are no
 * longer than the payload: no byte stands for two. */
static void add_segments(struct listing *l, uint32_t parent, const struct file *f)
{
	uint64_t left = f->length;

	for (uint64_t i = 0; i < MOST_SEGMENTS && (i + 1) * SEGMENT <= f->length; i++) {
		uint64_t at = f->data + i * SEGMENT;
		uint32_t type = span_u32(l->in, at, true), offset = span_u32(l->in, at + 8, true);
		uint64_t length = span_u32(l->in, at + 20, true);
		const char *name = segment_name(type);
		struct entry e;

		if (type == SEGMENT_BSS)
			continue;
		if (!name)
			return;
		if (offset > f->length || length > f->length - offset ||
		    !budget_take(&left, length)) {
			listing_fault(l,
				      fault_at(FAULT_BROKEN, at + 8, "segment", offset, f->length));
			return;
		}
		e = entry_new(KIND_FILE, span_text(name));
		e.parent = parent;
		e.key[0] = span_u32(l->in, at + 4, true);
		e.size = span_u32(l->in, at + 24, true);
		add_content(l, &e, at + 20, f->data + offset, length);
	}
}

static bool is_payload(struct span in, const struct file *f)
{
	uint32_t first = span_u32(in, f->data, true);

	return f->type == TYPE_SELF && (first == SEGMENT_BSS || segment_name(first));
}

static void add_file(struct listing *l, const struct file *f)
{
	struct entry e = entry_new(is_payload(l->in, f) ? KIND_DIRECTORY : KIND_FILE, f->name);
	uint32_t index;

	entry_note(l->arena, &e, "cbfs.type", type_name(l->arena, f->type));
	if (e.kind == KIND_DIRECTORY) {
		index = listing_add(l, &e);
		if (index != NO_ENTRY)
			add_segments(l, index, f);
		return;
	}
	if (f->type == TYPE_LEGACY_STAGE && f->length >= STAGE_HEADER) {
		e.key[0] = span_u32(l->in, f->data, false);
		e.size = span_u32(l->in, f->data + 24, false);
		add_content(l, &e, f->at + 8, f->data + STAGE_HEADER, f->length - STAGE_HEADER);
		return;
	}
	read_attributes(l->in, f, &e);
	add_content(l, &e, f->at + 8, f->data, f->length);
}

static struct fault list(struct listing *l)
{
	struct file f, next;

	if (!read_file(l->in, 0, &f))
		return fault_at(FAULT_BROKEN, 8, "header of a file", 0, 0);
	for (bool more = true; more; f = next) {
		uint64_t there = part_bound(f.length, span_from(l->in, f.data));

		if (f.type == TYPE_DELETED || f.type == TYPE_NULL)
			part_unlisted(l, NO_ENTRY, f.data, there, ERASED);
		else
			add_file(l, &f);
		if (there < f.length)
			listing_fault(l, fault_at(FAULT_SHORT, f.at + 8, "length of a file", there,
						  f.length));
		more = next_file(l->in, &f, &next);
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span in = span_sub(l->in, e->offset, e->length);
	struct fault f = fine;

	if (e->key[0] == PACKED_LZMA)
		f = lzma_alone_decode(in, PLAIN_UNKNOWN, out).fault;
	else if (e->key[0] == PACKED_LZ4)
		f = lz4_frame_decode(in, PLAIN_UNKNOWN, out).fault;
	else if (e->key[0] == PACKED_ZSTD)
		f = zstd_decode(in, PLAIN_UNKNOWN, out).fault;
	else if (!sink_put(out, in))
		f = out->fault;
	f.at += f.kind ? e->offset : 0;
	return f;
}

const struct format format_cbfs = {
	.name = "cbfs",
	.says = "coreboot file system",
	.domain = DOMAIN_IT,
	.spec = "coreboot/coreboot src/commonlib/bsd/include/commonlib/bsd/cbfs_serialized.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "LARCHIVE" } },
	.probe = probe,
	.list = list,
	.load = load,
};
