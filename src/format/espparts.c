/* espparts.c - the flash of an ESP32 by its partition table, which stands at 8000h: 32 bytes an
 * entry, AA50h, kind, place, length, name; EBEBh and the MD5 of the entries behind the last. In
 * front of it is the boot loader. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/table.h"

#define TABLE_AT     0x8000
#define ENTRY        32
#define MOST_ENTRIES 95
#define NAME_AT      12
#define NAME         16

static bool read_entry(struct span in, uint32_t i, struct table_part *p)
{
	uint64_t at = TABLE_AT + (uint64_t)i * ENTRY;

	if (span_u16(in, at, false) != 0x50aa)
		return false;
	*p = (struct table_part){ .name = field_text(in, at + NAME_AT, NAME),
				  .field = at + 4,
				  .from = span_u32(in, at + 4, false),
				  .length = span_u32(in, at + 8, false) };
	return p->from > TABLE_AT && p->from % 4 == 0 && p->length > 0 && p->length <= 1u << 28 &&
	       p->name.n > 0;
}

static uint32_t read_table(struct span in, struct table_part parts[MOST_ENTRIES])
{
	uint32_t n = 0;

	while (n < MOST_ENTRIES && read_entry(in, n, &parts[n]))
		n++;
	return n;
}

/* 1: the MD5 stands behind the entries; 0: none does; -1: another one. */
static int md5_stands(struct span in, uint32_t count)
{
	uint64_t at = TABLE_AT + (uint64_t)count * ENTRY;
	uint8_t digest[16];

	if (span_u16(in, at, false) != 0xebeb)
		return 0;
	md5_of(span_sub(in, TABLE_AT, (uint64_t)count * ENTRY), digest);
	return span_equal(span_sub(in, at + 16, 16), (struct span){ digest, 16 }) ? 1 : -1;
}

static struct fault probe(struct span in, struct found *f)
{
	struct table_part parts[MOST_ENTRIES];
	uint32_t n = read_table(in, parts);

	if (n < 2)
		return fault_at(FAULT_BROKEN, TABLE_AT, "partitions", n, MOST_ENTRIES);
	for (uint32_t i = 0; i < n; i++)
		if (parts[i].from + parts[i].length > f->len)
			f->len = parts[i].from + parts[i].length;
	f->len = part_bound(f->len, in);
	f->proof = md5_stands(in, n) == 1 ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u partitions", n);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct table_part parts[MOST_ENTRIES + 2];
	uint32_t n = read_table(l->in, parts), count = n;

	parts[count++] = (struct table_part){ span_text("boot loader"), 0, 0, TABLE_AT, false };
	parts[count++] = (struct table_part){ span_text("partition table"), 0, TABLE_AT,
					      (uint64_t)(n + 1) * ENTRY, true };
	table_list(l, 0, parts, count);
	if (md5_stands(l->in, n) < 0)
		listing_fault(l, fault_at(FAULT_BROKEN, TABLE_AT + n * ENTRY, "MD5", 0, 0));
	return fine;
}

const struct format format_espparts = {
	.name = "esp-flash",
	.says = "flash of an ESP32 with a partition table",
	.domain = DOMAIN_DEVICE,
	.spec = "espressif/esp-idf components/partition_table/gen_esp32part.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { TABLE_AT, 4, "\xaa\x50\x01\x02" },
		   { TABLE_AT, 4, "\xaa\x50\x01\x00" },
		   { TABLE_AT, 4, "\xaa\x50\x01\x01" },
		   { TABLE_AT, 4, "\xaa\x50\x00\x00" },
		   { TABLE_AT, 4, "\xaa\x50\x00\x10" } },
	.probe = probe,
	.list = list,
};
