/* mbr.c - against a disk of sfdisk; hostile ones are made of it. */
#include "unit/format/disk_tree.h"

extern const struct format format_mbr, format_gpt;

#define SAMPLE "mbr/logical.img.gz"
#define SECTOR 512
#define SLOT   446

static void lists_primary_and_logical_partitions(void **state)
{
	static const struct {
		const char *name;
		uint64_t first, count;
	} parts[] = {
		{ "partition 1 type 0x01", 8, 160 }, { "partition 2 type 0x83", 168, 8 },
		{ "extended table", 176, 1 },        { "partition 5 type 0x83", 184, 40 },
		{ "extended table", 231, 1 },        { "partition 6 type 0x01", 232, 160 },
	};
	struct span in = sample_unzipped(SAMPLE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_mbr, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.l.kind, LISTING_REGIONS);
	assert_int_equal(o.found.len, (176 + 800) * SECTOR);
	assert_string_equal(o.found.label, "3 partitions, disk 0x12345678");
	assert_int_equal(o.l.count, sizeof(parts) / sizeof(parts[0]));
	for (uint32_t i = 0; i < o.l.count; i++) {
		assert_true(span_is(o.l.entries[i].name, parts[i].name));
		assert_int_equal(o.l.entries[i].offset, parts[i].first * SECTOR);
		assert_int_equal(o.l.entries[i].length, parts[i].count * SECTOR);
	}
	opened_free(&o);
	sample_free(in);
}

static void says_that_a_partition_is_cut(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_mbr, span_head(in, 300 * SECTOR));
	assert_int_equal(o.found.len, 300 * SECTOR);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.entries[o.l.count - 1].length, 68 * SECTOR);
	opened_free(&o);
	open_sample(&o, &format_mbr, span_head(in, 170 * SECTOR)); /* no extended table */
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.count, 2);
	assert_int_equal(o.found.proof, PROOF_PLAUSIBLE);
	opened_free(&o);
	sample_free(in);
}

/* The link of the extended table at a sector. */
static uint8_t *link_of(struct span in, uint64_t sector)
{
	return sample_bytes(in) + sector * SECTOR + SLOT + 16;
}

static void chains_of_tables_that_come_back_end(void **state)
{
	static const struct {
		uint32_t to;
		const char *what;
	} links[] = { { 0, "extended table met twice" },
		      { 55, "extended table met twice" },
		      { 0xffffffff, "extended table" },
		      { 1, "extended table's signature" } };
	struct span in = sample_unzipped(SAMPLE);
	struct opened o;

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		memset(link_of(in, 231), 0, 16);
		link_of(in, 231)[4] = 5;
		put_le(link_of(in, 231) + 8, links[i].to, 4);
		put_le(link_of(in, 231) + 12, 1, 4);
		open_sample(&o, &format_mbr, in);
		assert_string_equal(o.l.fault.what, links[i].what);
		assert_int_equal(o.l.count, 6);
		opened_free(&o);
	}
	sample_free(in);
}

static void a_chain_without_end_meets_a_limit(void **state)
{
	const size_t sectors = 1024;
	struct span in = with_room((struct span){ malloc(1), 0 }, sectors * SECTOR);
	uint8_t *p = sample_bytes(in);
	struct opened o;

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		uint8_t *table = p + (i ? 1 + i : 0) * SECTOR;

		put_le(table + 510, 0xaa55, 2);
		table[SLOT + 4] = i ? 0x83 : 5;
		put_le(table + SLOT + 8, i ? 1 : 2, 4);
		put_le(table + SLOT + 12, i ? 1 : 900, 4);
		table[SLOT + 20] = i ? 5 : 0;
		put_le(table + SLOT + 24, i ? i : 0, 4);
		put_le(table + SLOT + 28, i ? 1 : 0, 4);
	}
	open_sample(&o, &format_mbr, in);
	assert_int_equal(o.l.fault.kind, FAULT_LIMIT);
	assert_int_equal(o.l.count, 2 * 128);
	opened_free(&o);
	sample_free(in);
}

static void refuses_what_is_no_table(void **state)
{
	static const struct {
		uint16_t at, bytes;
		uint32_t value;
	} wrong[] = {
		{ 510, 2, 0 },        /* no signature */
		{ SLOT, 1, 0x12 },    /* a status that there is not */
		{ SLOT + 8, 4, 0 },   /* a partition over the table itself */
		{ SLOT + 8, 4, 170 }, /* two that overlap */
		{ SLOT + 12, 4, UINT32_MAX },
	};
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_unzipped(SAMPLE);

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, wrong[i].bytes);
		assert_int_not_equal(format_mbr.probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void a_boot_sector_without_partitions_is_none(void **state)
{
	struct span in = sample_unzipped(SAMPLE);
	struct found f;

	(void)state;
	memset(sample_bytes(in) + SLOT, 0, 64);
	assert_int_equal(format_mbr.probe(in, &f).kind, FAULT_UNKNOWN);
	sample_free(in);
}

static void leaves_a_protective_table_to_the_guid_table(void **state)
{
	struct span in = sample_unzipped("headers/good.gpt.gz");
	struct found f;

	(void)state;
	assert_int_equal(span_u16(in, 510, false), 0xaa55);
	assert_int_equal(format_gpt.probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(format_mbr.probe(in, &f).kind, FAULT_UNKNOWN);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	struct span in = sample_unzipped(SAMPLE);

	(void)state;
	harm_unzipped(&format_mbr, SAMPLE, 1024, 1);
	for (size_t n = 0; n < in.n; n += 256)
		open_anyhow(&format_mbr, span_head(in, n));
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_primary_and_logical_partitions),
		cmocka_unit_test(says_that_a_partition_is_cut),
		cmocka_unit_test(chains_of_tables_that_come_back_end),
		cmocka_unit_test(a_chain_without_end_meets_a_limit),
		cmocka_unit_test(refuses_what_is_no_table),
		cmocka_unit_test(a_boot_sector_without_partitions_is_none),
		cmocka_unit_test(leaves_a_protective_table_to_the_guid_table),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
