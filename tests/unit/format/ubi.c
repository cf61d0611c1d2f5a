/* ubi.c - UBI images: what ubinize wrote, and what a flash makes of it: blocks in any order,
 * copies, leftovers, damage. */
#include "unit/format/small_tree.h"

extern const struct format format_ubi;

#define SAMPLE "ubi/good.ubi"
#define PEB    1024
#define DATA   128
#define LEB    (PEB - DATA)
#define PEBS   7
#define ROOM   (10 * PEB)

static uint8_t *load_sample(void)
{
	static uint8_t bytes[ROOM];
	struct span in = sample_read(SAMPLE);

	assert_int_equal(in.n, PEBS * PEB);
	memset(bytes, 0xff, sizeof(bytes));
	memcpy(bytes, in.p, in.n);
	sample_free(in);
	return bytes;
}

static void put_be32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void seal(uint8_t *header)
{
	put_be32(header + 60, crc32_open((struct span){ header, 60 }));
}

static uint8_t *vid(uint8_t *bytes, int peb)
{
	return bytes + peb * PEB + 64;
}

/* As wear levelling does: block `from` again at `to`, newer, said to be a copy or not. */
static void copy_block(uint8_t *bytes, int from, int to, bool copied)
{
	uint8_t *v = vid(bytes, to), *data = bytes + to * PEB + DATA;

	memcpy(bytes + to * PEB, bytes + from * PEB, PEB);
	memset(data, 'N', 100);
	v[47] = 9; /* sequence number */
	v[6] = copied;
	put_be32(v + 20, copied ? LEB : 0);
	put_be32(v + 32, copied ? crc32_open((struct span){ data, LEB }) : 0);
	seal(v);
}

static void open_pebs(struct opened *o, const uint8_t *bytes, size_t pebs)
{
	open_sample(o, &format_ubi, (struct span){ bytes, pebs * PEB });
	assert_int_equal(o->found.len, pebs * PEB);
}

/* `seq 400 900`, then as the flash reads where nothing is written. */
static struct span rootfs(void)
{
	static uint8_t want[3 * LEB + 8];
	size_t n = 0;

	for (int i = 400; i <= 900; i++)
		n += (size_t)sprintf((char *)want + n, "%d\n", i);
	memset(want + n, 0xff, sizeof(want) - n);
	return (struct span){ want, 3 * LEB };
}

static void gives_each_volume_as_one_content(void **state)
{
	struct opened o;

	(void)state;
	open_pebs(&o, load_sample(), PEBS);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_string_equal(o.found.label, "version 1, erase blocks of 1024");
	assert_string_equal(o.l.label, "version 1, erase blocks of 1024, volume 4 grows");
	assert_int_equal(o.l.count, 3);
	is_a_txt(&o, wanted(&o, "/kernel"));
	content_is(&o, wanted(&o, "/rootfs"), rootfs());
	content_is(&o, wanted(&o, "/data"), (struct span){ 0 });
	assert_int_equal(opened_faults(&o), 0);
	opened_free(&o);
}

static void reads_blocks_in_any_order(void **state)
{
	static const int order[PEBS] = { 6, 2, 5, 0, 4, 3, 1 };
	static uint8_t shuffled[ROOM];
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	for (int i = 0; i < PEBS; i++)
		memcpy(shuffled + i * PEB, bytes + order[i] * PEB, PEB);
	open_pebs(&o, shuffled, PEBS);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	is_a_txt(&o, wanted(&o, "/kernel"));
	content_is(&o, wanted(&o, "/rootfs"), rootfs());
	opened_free(&o);
}

static uint8_t first_byte(const struct opened *o, const char *path)
{
	struct sink content;
	uint8_t first;

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, wanted(o, path), &content, LIMIT).kind, FAULT_NONE);
	assert_int_not_equal(content.n, 0);
	first = content.p[0];
	sink_free(&content);
	return first;
}

static void takes_the_newest_block_and_no_torn_copy(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	copy_block(bytes, 4, 7, false);
	open_pebs(&o, bytes, 8);
	assert_int_equal(first_byte(&o, "/rootfs"), 'N');
	opened_free(&o);

	copy_block(bytes, 4, 7, true);
	open_pebs(&o, bytes, 8);
	assert_int_equal(first_byte(&o, "/rootfs"), 'N');
	opened_free(&o);

	bytes[7 * PEB + DATA + 50] ^= 1;
	open_pebs(&o, bytes, 8);
	content_is(&o, wanted(&o, "/rootfs"), rootfs());
	opened_free(&o);
}

static void reads_unmapped_blocks_as_erased(void **state)
{
	uint8_t *bytes = load_sample();
	struct span want = rootfs();
	struct opened o;

	(void)state;
	memset(bytes + 5 * PEB + 64, 0xff, PEB - 64);
	memset(sample_bytes(want) + LEB, 0xff, LEB);
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	content_is(&o, wanted(&o, "/rootfs"), want);
	opened_free(&o);
}

static enum fault_kind load_fault(const struct opened *o, const char *path, size_t *n)
{
	struct sink content;
	struct fault bad;

	sink_init(&content, NULL, LIMIT);
	bad = opened_load(o, wanted(o, path), &content, LIMIT);
	*n = content.n;
	sink_free(&content);
	return bad.kind;
}

static void says_what_a_static_volume_lacks(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;
	size_t n;

	(void)state;
	bytes[2 * PEB + DATA + 5] ^= 4;
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(load_fault(&o, "/kernel", &n), FAULT_BROKEN);
	assert_int_equal(n, 1092);
	opened_free(&o);

	memset(bytes + 2 * PEB + 64, 0xff, PEB - 64);
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(wanted(&o, "/kernel")->fault.kind, FAULT_SHORT);
	load_fault(&o, "/kernel", &n);
	assert_int_equal(n, 1092);
	opened_free(&o);

	load_sample();
	memset(bytes + 3 * PEB + 64, 0xff, PEB - 64);
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(wanted(&o, "/kernel")->fault.kind, FAULT_SHORT);
	assert_int_equal(wanted(&o, "/kernel")->size, 2 * LEB);
	opened_free(&o);
}

static void needs_one_copy_of_the_volume_table(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	bytes[DATA + 20] ^= 1; /* the first record's name */
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	is_a_txt(&o, wanted(&o, "/kernel"));
	opened_free(&o);

	bytes[PEB + DATA + 20] ^= 1;
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(wanted(&o, "/ubi0_0")->fault.kind, FAULT_BROKEN);
	is_a_txt(&o, wanted(&o, "/ubi0_0"));
	content_is(&o, wanted(&o, "/rootfs"), rootfs());
	opened_free(&o);
}

static void gives_an_unsafe_name_a_number(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	for (int peb = 0; peb < 2; peb++) {
		uint8_t *record = bytes + peb * PEB + DATA;

		memcpy(record + 16, "../..", 6);
		put_be32(record + 168, crc32_open((struct span){ record, 168 }));
	}
	open_pebs(&o, bytes, PEBS);
	is_a_txt(&o, wanted(&o, "/ubi0_0"));
	opened_free(&o);
}

static void says_that_an_update_was_not_finished(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	bytes[DATA + 13] = 1;
	put_be32(bytes + DATA + 168, crc32_open((struct span){ bytes + DATA, 168 }));
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(wanted(&o, "/kernel")->fault.kind, FAULT_BROKEN);
	opened_free(&o);
}

static void says_that_the_last_block_is_cut(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;
	size_t n;

	(void)state;
	open_sample(&o, &format_ubi, (struct span){ bytes, PEBS * PEB - 300 });
	assert_int_equal(o.found.len, PEBS * PEB - 300);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(load_fault(&o, "/rootfs", &n), FAULT_SHORT);
	assert_int_equal(n, 3 * LEB - 300);
	opened_free(&o);
}

static void opens_blocks_whose_first_header_is_damaged(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	bytes[12] ^= 1;
	bytes[4 * PEB + 12] ^= 1;
	memset(bytes + 6 * PEB, 0, 64);
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(o.l.fault.got, 2); /* the rubbish one is told by its second header */
	is_a_txt(&o, wanted(&o, "/kernel"));
	content_is(&o, wanted(&o, "/rootfs"), rootfs());
	opened_free(&o);
}

static void set_image(uint8_t *bytes, int peb, uint32_t image)
{
	put_be32(bytes + peb * PEB + 24, image);
	seal(bytes + peb * PEB);
}

static void lists_leftovers_of_another_image_behind(void **state)
{
	uint8_t *bytes = load_sample();
	const struct entry *e;
	struct opened o;

	(void)state;
	memcpy(bytes + 7 * PEB, bytes + 6 * PEB, PEB);
	copy_block(bytes, 4, 6, false);
	set_image(bytes, 6, 5);
	open_pebs(&o, bytes, 8);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	content_is(&o, wanted(&o, "/rootfs"), rootfs());
	e = wanted(&o, "/ubi0_3");
	assert_int_equal(e->size, LEB);
	assert_ptr_equal(e, &o.l.entries[3]);
	opened_free(&o);
}

static void ends_where_another_image_begins(void **state)
{
	static uint8_t two[2 * PEBS * PEB];
	uint8_t *bytes = load_sample();
	struct opened o;

	(void)state;
	memcpy(two, bytes, PEBS * PEB);
	memcpy(two + PEBS * PEB, bytes, PEBS * PEB);
	for (int i = PEBS; i < 2 * PEBS; i++)
		set_image(two, i, 77);
	open_sample(&o, &format_ubi, (struct span){ two, sizeof(two) });
	assert_int_equal(o.found.len, PEBS * PEB);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	opened_free(&o);
}

static void leaves_erased_blocks_behind_the_last_to_others(void **state)
{
	struct opened o;

	(void)state;
	open_sample(&o, &format_ubi, (struct span){ load_sample(), ROOM });
	assert_int_equal(o.found.len, PEBS * PEB);
	opened_free(&o);
}

static void refuses_a_lone_header(void **state)
{
	uint8_t *bytes = load_sample();
	struct found f;

	(void)state;
	assert_int_equal(format_ubi.probe((struct span){ bytes, PEB + 63 }, &f).kind, FAULT_BROKEN);
	bytes[4] = 2;
	seal(bytes);
	assert_int_equal(format_ubi.probe((struct span){ bytes, ROOM }, &f).kind, FAULT_UNKNOWN);
}

static void bounds_what_numbers_claim(void **state)
{
	uint8_t *bytes = load_sample();
	struct opened o;
	size_t n;

	(void)state;
	put_be32(vid(bytes, 6) + 12, 0x7fffffff); /* block number */
	seal(vid(bytes, 6));
	put_be32(vid(bytes, 3) + 24, UINT32_MAX); /* blocks of the static volume */
	put_be32(vid(bytes, 3) + 20, UINT32_MAX); /* data size */
	seal(vid(bytes, 3));
	open_pebs(&o, bytes, PEBS);
	assert_int_equal(wanted(&o, "/kernel")->fault.kind, FAULT_LIMIT);
	assert_int_equal(wanted(&o, "/kernel")->size, 16 * PEBS * LEB);
	assert_int_equal(load_fault(&o, "/kernel", &n), FAULT_BROKEN);
	assert_int_equal(n, 16 * PEBS * LEB);
	assert_int_equal(wanted(&o, "/rootfs")->fault.kind, FAULT_LIMIT);
	opened_free(&o);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	cut_everywhere(&format_ubi, SAMPLE, 7);
	spoil_everywhere(&format_ubi, SAMPLE, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_volume_as_one_content),
		cmocka_unit_test(reads_blocks_in_any_order),
		cmocka_unit_test(takes_the_newest_block_and_no_torn_copy),
		cmocka_unit_test(reads_unmapped_blocks_as_erased),
		cmocka_unit_test(says_what_a_static_volume_lacks),
		cmocka_unit_test(needs_one_copy_of_the_volume_table),
		cmocka_unit_test(gives_an_unsafe_name_a_number),
		cmocka_unit_test(says_that_an_update_was_not_finished),
		cmocka_unit_test(says_that_the_last_block_is_cut),
		cmocka_unit_test(opens_blocks_whose_first_header_is_damaged),
		cmocka_unit_test(lists_leftovers_of_another_image_behind),
		cmocka_unit_test(ends_where_another_image_begins),
		cmocka_unit_test(leaves_erased_blocks_behind_the_last_to_others),
		cmocka_unit_test(refuses_a_lone_header),
		cmocka_unit_test(bounds_what_numbers_claim),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
