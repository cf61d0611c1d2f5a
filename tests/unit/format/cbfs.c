/* cbfs.c - coreboot's file system as cbfstool writes it, and the map in front of it. */
#include "unit/format/firmware.h"

#define FILES 0x400 /* where the file system begins in the sample */

static void gives_files_however_they_are_packed(void **state)
{
	struct span rom = firmware("good.cbrom"), program = firmware("payload.bin");
	struct opened o;

	(void)state;
	open_firmware(&o, "cbfs", span_from(rom, FILES));
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(&o), 0);
	assert_string_equal(o.found.label, "7 files");
	assert_int_equal(o.l.count, 8);
	content_is(&o, wanted(&o, "/config"), packed_text());
	content_is(&o, wanted(&o, "/etc/packed.lzma"), packed_text());
	content_is(&o, wanted(&o, "/packed.lz4"), packed_text());
	content_is(&o, wanted(&o, "/fallback/payload/code"), program);
	assert_int_equal(wanted(&o, "/fallback/payload/code")->size, program.n);
	content_is(&o, wanted(&o, "/img/plain/code"), program);
	content_is(&o, wanted(&o, "/fallback/romstage"), program);
	assert_true(has_note(wanted(&o, "/fallback/romstage"), "cbfs.type", "stage"));
	opened_free(&o);
	sample_free(program);
	sample_free(rom);
}

/* The free space is a file too, up to the end that cbfstool leaves for a pointer. */
static void ends_behind_the_free_space(void **state)
{
	struct span rom = firmware("good.cbrom");
	struct found f = { 0 };

	(void)state;
	assert_int_equal(format_named("cbfs")->probe(span_from(rom, FILES), &f).kind, FAULT_NONE);
	assert_int_equal(f.len, rom.n - FILES - 4);
	assert_int_equal(f.proof, PROOF_STRUCTURE);
	sample_free(rom);
}

static void shows_what_stands_in_free_space(void **state)
{
	struct span rom = firmware("good.cbrom");
	struct opened o;

	(void)state;
	memcpy(sample_bytes(rom) + rom.n - 100, "left over", 9);
	open_firmware(&o, "cbfs", span_from(rom, FILES));
	assert_int_equal(o.l.count, 9);
	assert_true(span_starts(o.l.entries[8].name, span_text("unlisted-0x")));
	opened_free(&o);
	sample_free(rom);
}

static void checks_digests_and_keeps_the_file(void **state)
{
	struct span rom = firmware("good.cbrom");
	struct opened o;
	size_t mark = span_find(rom, 0, span_text("hsaH"));

	(void)state;
	sample_bytes(rom)[mark + 12] ^= 1;
	open_firmware(&o, "cbfs", span_from(rom, FILES));
	assert_string_equal(wanted(&o, "/etc/packed.lzma")->fault.what, "digest of the file");
	content_is(&o, wanted(&o, "/etc/packed.lzma"), packed_text());
	opened_free(&o);
	sample_free(rom);
}

static void refuses_segments_that_share_their_bytes(void **state)
{
	static uint8_t bytes[0x400] = "LARCHIVE\0\0\2\0\0\0\0\x20\0\0\0\0\0\0\0\x1cload";
	struct opened o;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		uint8_t *segment = bytes + 0x1c + 28 * i;

		memcpy(segment, "CODE", 4);
		segment[10] = 1; /* offset 0x100, length 0x100 of 0x200 */
		segment[22] = 1;
	}
	open_firmware(&o, "cbfs", (struct span){ bytes, sizeof(bytes) });
	assert_string_equal(o.l.fault.what, "segment");
	assert_int_equal(o.l.count, 3);
	opened_free(&o);
}

static void reads_no_segments_behind_the_payload(void **state)
{
	static uint8_t bytes[0x100] = "LARCHIVE\0\0\0\x1c\0\0\0\x20\0\0\0\0\0\0\0\x1cload";
	struct opened o;

	(void)state;
	memcpy(bytes + 0x1c, "CODE", 4);
	memcpy(bytes + 0x38, "CODE", 4);
	open_firmware(&o, "cbfs", (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(o.found.len, 0x38);
	assert_int_equal(o.l.count, 2);
	opened_free(&o);
	/* What another file has there is none of its segments either. */
	memcpy(bytes + 0x40, bytes, 0x38);
	open_firmware(&o, "cbfs", (struct span){ bytes, sizeof(bytes) });
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 4);
	opened_free(&o);
}

static void gives_what_it_cannot_unpack_up_to_the_limit(void **state)
{
	static uint8_t bytes[0x40] = "LARCHIVE\0\0\0\x10\0\0\0\x50\0\0\0\x20\0\0\0\x30odd";
	struct opened o;
	struct sink out;

	(void)state;
	memcpy(bytes + 0x20, "BCZL\0\0\0\x10\0\0\0\x09\0\0\0\x40", 16);
	open_firmware(&o, "cbfs", (struct span){ bytes, sizeof(bytes) });
	assert_string_equal(wanted(&o, "/odd")->fault.what, "compression");
	sink_init(&out, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/odd"), &out, LIMIT).kind, FAULT_NONE);
	assert_int_equal(out.n, 16);
	assert_int_equal(opened_load(&o, wanted(&o, "/odd"), &out, 8).kind, FAULT_LIMIT);
	sink_free(&out);
	opened_free(&o);
}

static void lists_the_areas_of_the_map(void **state)
{
	struct span rom = firmware("good.cbrom");
	struct opened o;

	(void)state;
	open_firmware(&o, "fmap", rom);
	assert_int_equal(o.found.len, 56 + 4 * 42);
	assert_string_equal(o.found.label, "4 areas, flash of 16384 bytes FLASH");
	assert_true(has_note(wanted(&o, "/COREBOOT"), "fmap.place", "0x400+0x3c00"));
	assert_true(has_note(wanted(&o, "/RW_NVRAM"), "fmap.flags", "preserved"));
	refuses_once_changed("fmap", rom, 56 + 3); /* an area behind the end */
	opened_free(&o);
	sample_free(rom);
}

static void survives_cuts_and_wild_fields(void **state)
{
	struct span rom = firmware("good.cbrom"), files = span_sub(rom, FILES, 0xf00);

	(void)state;
	cuts_do_no_harm("cbfs", files);
	wild_fields_do_no_harm("cbfs", files);
	cuts_do_no_harm("fmap", span_head(rom, 300));
	wild_fields_do_no_harm("fmap", span_head(rom, 300));
	sample_free(rom);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_files_however_they_are_packed),
		cmocka_unit_test(ends_behind_the_free_space),
		cmocka_unit_test(shows_what_stands_in_free_space),
		cmocka_unit_test(checks_digests_and_keeps_the_file),
		cmocka_unit_test(refuses_segments_that_share_their_bytes),
		cmocka_unit_test(reads_no_segments_behind_the_payload),
		cmocka_unit_test(gives_what_it_cannot_unpack_up_to_the_limit),
		cmocka_unit_test(lists_the_areas_of_the_map),
		cmocka_unit_test(survives_cuts_and_wild_fields),
	};

	return cmocka_run_group_tests(tests, firmware_set_up, firmware_tear_down);
}
