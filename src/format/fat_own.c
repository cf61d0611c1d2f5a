/* fat_own.c - what the bytes of a FAT are that no file has: boot sector and its copy here, the
 * tables held against the chains that files and directories have; records in fat_own_record.c. A
 * short name beside a long one has to be one that a writer makes of it. */
#include "format/fat_own.h"
#include "base/cursor.h"

#define SECTOR     512
#define BOOT_CODE  (SECTOR - 2)
#define LEAD_SIGN  0x41615252u
#define INFO_SIGN  0x61417272u
#define INFO_COUNT 488

/* What mkfs.fat puts there says that nothing is to be booted; the byte behind \xbe is where its
 * text stands (dosfstools, mkfs.fat.c). */
static const char no_boot[] =
	"\x0e\x1f\xbe_"
	"\x7c\xac\x22\xc0\x74\x0b\x56\xb4\x0e\xbb\x07\x00\xcd\x10\x5e\xeb\xf0\x32\xe4\xcd"
	"\x16\xcd\x19\xeb\xfeThis is not a bootable disk.  Please insert a bootable floppy and\r\n"
	"press any key to try again ... \r\n";

static bool is_no_boot(struct span code, uint64_t at)
{
	size_t n = sizeof(no_boot) - 1;

	for (size_t i = 0; i < n; i++)
		if (i != 3 && span_byte(code, i) != (uint8_t)no_boot[i])
			return false;
	return (uint64_t)span_byte(code, 3) == (at + 29) % 256 && is_zero(span_from(code, n));
}

static void own_boot_code(struct owning *x, uint64_t at)
{
	struct span code = span_sub(x->fs->in, at, BOOT_CODE - at);

	if (is_zero(code))
		own_add(x->out, at, code.n, OWN_FILL, "boot code");
	else
		own_add(x->out, at, code.n, own_if(is_no_boot(code, at), OWN_STRUCTURE),
			"boot code");
	own_add(x->out, BOOT_CODE, 2, OWN_STRUCTURE, "magic");
	if (x->fs->sector > SECTOR)
		own_add(x->out, SECTOR, x->fs->sector - SECTOR, OWN_FILL, "reserved sectors");
}

/* A jump over the fields; blanks, or the name of the writer. */
static bool jumps_over(struct span in, uint64_t fields)
{
	return span_byte(in, 0) == 0xeb && (uint64_t)span_byte(in, 1) == fields - 2 &&
	       span_byte(in, 2) == 0x90;
}

/* Drive, state, serial number, name and kind, behind the fields that differ. */
static void own_boot_tail(struct owning *x, uint64_t at, const char *kind)
{
	struct span in = x->fs->in;
	const struct own_field fields[] = {
		{ 0, 1, OWN_PACKING, "drive" },
		{ 1, 1, own_if(span_byte(in, at + 1) <= 3, OWN_COUNTER), "state" },
		{ 2, 1, OWN_PACKING, "signature of fields" },
		{ 3, 4, OWN_IDENTIFIER, "serial number" },
		{ 7, 11, own_label(span_sub(in, at + 7, 11)), "volume name" },
		{ 18, 8, own_if(span_equal(span_sub(in, at + 18, 8), span_text(kind)), OWN_PACKING),
		  "kind" },
	};

	OWN_FIELDS(x->out, at, fields);
	own_boot_code(x, at + 26);
}

static void own_boot(struct owning *x)
{
	const struct fat *fs = x->fs;
	const bool is_wide = fs->bits == 32;
	/* The number of sectors stands in 16 bits or in 32. */
	const bool is_once = (span_u16(fs->in, 19, false) == 0) != is_zero(span_sub(fs->in, 32, 4));
	const uint64_t fields_end = is_wide ? 90 : 62;
	const struct own_field fields[] = {
		{ 0, 3, own_if(jumps_over(fs->in, fields_end), OWN_STRUCTURE), "jump" },
		{ 3, 8, own_label(span_sub(fs->in, 3, 8)), "writer" },
		{ 11, 10, OWN_STRUCTURE, "sizes" },
		{ 21, 1, OWN_PACKING, "media" },
		{ 22, 2, OWN_STRUCTURE, "sizes" },
		{ 24, 8, OWN_PACKING, "geometry" },
		{ 32, 4, own_if(is_once, OWN_STRUCTURE), "sizes" },
	};

	OWN_FIELDS(x->out, 0, fields);
	if (!is_wide) {
		own_boot_tail(x, 36, fs->bits == 12 ? "FAT12   " : "FAT16   ");
		return;
	}
	own_add(x->out, 36, 4, OWN_STRUCTURE, "sizes");
	own_add(x->out, 40, 4, own_if(is_zero(span_sub(fs->in, 40, 4)), OWN_STRUCTURE),
		"mirroring, version");
	own_add(x->out, 44, 8, OWN_STRUCTURE, "root directory, sectors of notes and copy");
	own_add(x->out, 52, 12, OWN_FILL, "unused");
	own_boot_tail(x, 64, "FAT32   ");
}

/* Free clusters are counted for whoever mounts it next, and looked for from some place. */
static void own_notes(struct owning *x, uint64_t at)
{
	struct span s = span_sub(x->fs->in, at, SECTOR);
	bool holds = s.n && span_u32(s, 0, false) == LEAD_SIGN &&
		     span_u32(s, 484, false) == INFO_SIGN && span_u32(s, 508, false) == 0xaa550000u;

	if (!holds) {
		own_add(x->out, at, s.n, is_zero(s) ? OWN_FILL : OWN_DATA, "notes");
		return;
	}
	own_add(x->out, at, 4, OWN_STRUCTURE, "notes");
	own_add(x->out, at + 4, 480, OWN_FILL, "unused");
	own_add(x->out, at + 484, 4, OWN_STRUCTURE, "notes");
	for (uint64_t k = 0; k < 8; k += 4) {
		uint32_t value = span_u32(s, INFO_COUNT + k, false);

		own_add(x->out, at + INFO_COUNT + k, 4,
			own_if(value == UINT32_MAX || value <= x->fs->clusters + 2, OWN_COUNTER),
			"free clusters");
	}
	own_add(x->out, at + 496, 12, OWN_FILL, "unused");
	own_add(x->out, at + 508, 4, OWN_STRUCTURE, "notes");
}

/* Notes and a copy of both in the reserved sectors; what else is there is fill. */
static void own_reserved(struct owning *x)
{
	struct span in = x->fs->in;
	uint64_t notes = (uint64_t)span_u16(in, 48, false) * x->fs->sector;
	uint64_t copy = (uint64_t)span_u16(in, 50, false) * x->fs->sector;
	uint64_t sector = x->fs->sector, table = x->fs->table;

	if (notes >= sector && notes < table && notes != copy)
		own_notes(x, notes);
	if (copy < sector || copy >= table)
		return;
	own_add(x->out, copy, sector,
		own_if(span_equal(span_sub(in, copy, sector), span_head(in, sector)),
		       OWN_STRUCTURE),
		"copy of the boot sector");
	if (notes == sector && copy + sector < table)
		own_notes(x, copy + sector);
}

/* -- tables -- */

static uint32_t entry_of(const struct fat *fs, uint64_t table, uint32_t cluster)
{
	struct fat other = *fs;

	other.table = table;
	return fat_next(&other, cluster);
}

/* Each cluster of a chain was met; no other one says anything. What is left of the table behind the
 * last cluster is zero. */
static bool table_holds(struct owning *x, uint64_t table, uint64_t size)
{
	const struct fat *fs = x->fs;
	uint64_t end = ((uint64_t)fs->clusters + 2) * fs->bits, from = (end + 7) / 8;
	uint32_t in_order = (1u << ((fs->bits == 32 ? 28 : fs->bits) - 2)) - 1;
	uint32_t odd = end % 8 ? (uint32_t)span_byte(fs->in, table + end / 8) >> 4 : 0;

	for (uint32_t k = 0; k < fs->clusters + 2; k++) {
		if (k >= 2 && !marks_has(&x->met, k) && entry_of(fs, table, k))
			return false;
		if (fs->bits == 32 && span_u32(fs->in, table + k * 4ull, false) >> 28)
			return false;
	}
	/* Of the second entry the highest two bits say whether it was left in order. */
	if ((entry_of(fs, table, 1) & in_order) != in_order)
		return false;
	return odd == 0 && is_zero(span_sub(fs->in, table + from, size - from));
}

static void own_tables(struct owning *x)
{
	const struct fat *fs = x->fs;
	uint64_t count = (uint64_t)(uint8_t)span_byte(fs->in, 16), size;
	struct span first;
	bool holds;

	size = (fs->root - fs->table) / count;
	first = span_sub(fs->in, fs->table, size);
	holds = first.n == size && table_holds(x, fs->table, size);
	own_add(x->out, fs->table, size, own_if(holds, OWN_STRUCTURE), "table");
	for (uint64_t k = 1; k < count; k++) {
		struct span copy = span_sub(fs->in, fs->table + k * size, size);

		own_add(x->out, fs->table + k * size, size,
			own_if(holds && span_equal(first, copy), OWN_STRUCTURE), "table");
	}
}

/* -- chains -- */

/* A file's clusters are content as far as its size goes; what its last one holds behind is fill. A
 * chain ends with its size, or its clusters hold more than anybody reads. */
static void own_file(struct owning *x, const struct entry *e)
{
	const struct fat *fs = x->fs;
	uint32_t cluster = (uint32_t)e->key[0];
	uint64_t left = e->size;

	for (uint64_t n = 0; n < e->key[1]; n++) {
		uint64_t take = left < fs->cluster ? left : fs->cluster;

		marks_add(&x->met, cluster);
		own_content(&x->contents, fat_cluster_at(fs, cluster), take);
		left -= take;
		cluster = fat_next(fs, cluster);
	}
	x->is_odd |= e->key[1] ? !fat_is_end(fs, cluster) : cluster != 0;
}

static void own_directory(struct owning *x, uint32_t index)
{
	const struct entry *d = &x->l->entries[index];
	const struct fat *fs = x->fs;
	struct fat_records r = { .x = x, .directory = index };
	uint32_t cluster = (uint32_t)d->key[0];

	if (index == 0 && fs->bits != 32) {
		fat_own_records(&r, fs->root, fs->root_entries * 32ull);
		fat_own_records_end(&r);
		return;
	}
	while (!fat_is_end(fs, cluster) && marks_add(&x->met, cluster)) {
		fat_own_records(&r, fat_cluster_at(fs, cluster), fs->cluster);
		cluster = fat_next(fs, cluster);
	}
	fat_own_records_end(&r);
}

void fat_own(const struct listing *l, struct own_list *out)
{
	struct owning x = { .l = l, .fs = l->state, .out = out, .contents = { .out = out } };
	bool ok = x.fs && l->fault.kind == FAULT_NONE && x.fs->size <= l->in.n &&
		  marks_init(&x.met, out->arena, x.fs->clusters + 2ull);

	for (uint32_t k = 0; ok && k < l->count; k++)
		ok = l->entries[k].fault.kind == FAULT_NONE;
	if (!ok) {
		own_add(out, 0, l->in.n, OWN_DATA, "file system");
		return;
	}
	x.next = 1;
	for (uint32_t k = 0; k < l->count; k++)
		if (l->entries[k].kind == KIND_DIRECTORY)
			own_directory(&x, k);
		else
			own_file(&x, &l->entries[k]);
	own_boot(&x);
	if (x.fs->bits == 32)
		own_reserved(&x);
	own_tables(&x);
	out->full |= x.is_odd || x.next != l->count;
	own_finish(&x.contents, l->in.n, "unused");
}
