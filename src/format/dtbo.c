/* dtbo.c - device trees of Android devices in one part: the table of AOSP, big-endian, total
 * length, size of header and entry, number and place of the entries (length, place, numbers to
 * choose by); and that of Qualcomm's boot loader, "QCDT", little-endian, whose entries have more
 * numbers with each version and end with place and length. Many entries may share a tree. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/table.h"

#define HEADER       32
#define ENTRY        32
#define MOST_ENTRIES 1024

struct dtbo {
	uint32_t total, size, count, entries;
};

static struct fault read_header(struct span in, struct dtbo *d)
{
	struct cursor c = { .in = in, .at = 4 };
	uint32_t header;

	d->total = cursor_be32(&c);
	header = cursor_be32(&c);
	d->size = cursor_be32(&c);
	d->count = cursor_be32(&c);
	d->entries = cursor_be32(&c);
	if (c.ran_out || in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (header < HEADER || d->size < ENTRY || d->size > 256 || d->count > MOST_ENTRIES ||
	    d->entries < header || d->entries > d->total ||
	    d->count > (d->total - d->entries) / d->size)
		return fault_at(FAULT_BROKEN, 8, "entries", d->count, MOST_ENTRIES);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct dtbo d = { 0 };
	struct fault bad = read_header(in, &d);

	if (bad.kind)
		return bad;
	f->len = part_bound(d.total, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u trees", d.count);
	return fine;
}

static struct span number_name(struct listing *l, const char *format, uint32_t a, uint32_t b)
{
	char text[32];
	char *name;

	snprintf(text, sizeof(text), format, a, b);
	name = arena_text(l->arena, span_text(text));
	return name ? span_text(name) : (struct span){ 0 };
}

static struct fault list(struct listing *l)
{
	struct dtbo d = { 0 };
	struct fault bad = read_header(l->in, &d);
	struct table_part *parts;

	if (bad.kind)
		return bad;
	parts = arena_take(l->arena, d.count, sizeof(*parts));
	if (!parts)
		return fault_at(FAULT_MEMORY, 16, "entries", d.count, 0);
	for (uint32_t i = 0; i < d.count; i++) {
		uint64_t at = d.entries + (uint64_t)i * d.size;

		parts[i] = (struct table_part){ number_name(l, "id %x rev %x",
							    span_u32(l->in, at + 8, true),
							    span_u32(l->in, at + 12, true)),
						at + 4, span_u32(l->in, at + 4, true),
						span_u32(l->in, at, true), false };
	}
	table_list(l, HEADER, parts, d.count);
	if (d.total > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "length", l->in.n, d.total));
	return fine;
}

const struct format format_dtbo = {
	.name = "dtbo",
	.says = "device trees of an Android device",
	.domain = DOMAIN_DEVICE,
	.spec = "AOSP system/libufdt utils/src/dt_table.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\xd7\xb7\xab\x1e" } },
	.probe = probe,
	.list = list,
};

#define QC_HEADER 12

static uint32_t qc_entry_size(struct span in)
{
	static const uint8_t sizes[] = { 0, 20, 24, 40 };
	uint32_t version = span_u32(in, 4, false);

	return version < sizeof(sizes) ? sizes[version] : 0;
}

static struct table_part qc_entry(struct span in, uint32_t i)
{
	uint32_t size = qc_entry_size(in);
	uint64_t at = QC_HEADER + (uint64_t)i * size;

	return (struct table_part){ .field = at + size - 8,
				    .from = span_u32(in, at + size - 8, false),
				    .length = span_u32(in, at + size - 4, false) };
}

static struct fault probe_qc(struct span in, struct found *f)
{
	uint32_t size = qc_entry_size(in), count = span_u32(in, 8, false);
	uint64_t end = QC_HEADER + (uint64_t)count * size, table = end;

	if (size == 0 || count == 0 || count > MOST_ENTRIES)
		return fault_at(FAULT_BROKEN, 8, "entries", count, MOST_ENTRIES);
	if (in.n < table)
		return fault_at(FAULT_SHORT, 8, "entries", in.n, table);
	for (uint32_t i = 0; i < count; i++) {
		struct table_part p = qc_entry(in, i);

		if (p.from < table || p.length == 0)
			return fault_at(FAULT_BROKEN, p.field, "tree", p.from, table);
		end = p.from + p.length > end ? p.from + p.length : end;
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "version %u, %u entries", span_u32(in, 4, false),
		 count);
	return fine;
}

static struct fault list_qc(struct listing *l)
{
	uint32_t count = span_u32(l->in, 8, false), size = qc_entry_size(l->in);
	struct table_part *parts = arena_take(l->arena, count, sizeof(*parts));

	if (!parts)
		return fault_at(FAULT_MEMORY, 8, "entries", count, 0);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t at = QC_HEADER + (uint64_t)i * size;

		parts[i] = qc_entry(l->in, i);
		parts[i].name = number_name(l, "platform %x variant %x", span_u32(l->in, at, false),
					    span_u32(l->in, at + 4, false));
	}
	table_list(l, QC_HEADER + (uint64_t)count * size, parts, count);
	return fine;
}

const struct format format_qcdt = {
	.name = "qcdt",
	.says = "device trees for Qualcomm's boot loader",
	.domain = DOMAIN_DEVICE,
	.spec = "CyanogenMod/android_device_qcom_common dtbtool/dtbtool.txt",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "QCDT" } },
	.probe = probe_qc,
	.list = list_qc,
};
