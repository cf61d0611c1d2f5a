/* flash.c - what shares a flash with UEFI firmware: Intel's descriptor and management engine, AMD's
 * security processor, option ROMs. UEFIExtract lists the same regions, partitions and modules. */
#include "unit/format/firmware.h"

#define ENGINE  0x2000 /* where the engine's region begins in the sample */
#define MODULES 0x2400

static void lists_regions_with_the_rights_of_the_host(void **state)
{
	struct span in = firmware("good.ifd");
	struct opened o;

	(void)state;
	open_firmware(&o, "intel-flash", in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.found.len, in.n);
	assert_string_equal(o.found.label, "version 2, 4 regions");
	part_is(&o, "/descriptor\\x20(host:\\x20read)", 0x20, 0xfe0);
	part_is(&o, "/gbe\\x20(host:\\x20read,\\x20write)", 0x1000, 0x1000);
	part_is(&o, "/me\\x20(host:\\x20no\\x20access)", ENGINE, 0x2000);
	part_is(&o, "/bios\\x20(host:\\x20read,\\x20write)", 0x4000, 0x1000);
	opened_free(&o);
	sample_free(in);
}

static void refuses_regions_that_overlap(void **state)
{
	struct span in = firmware("good.ifd");

	(void)state;
	refuses_once_changed("intel-flash", in, 16);
	sample_bytes(in)[16] ^= 0x40;
	sample_bytes(in)[0x40 + 4 * 2] = 1; /* the engine begins with the network's data */
	assert_int_not_equal(format_named("intel-flash")->probe(in, &(struct found){ 0 }).kind,
			     FAULT_NONE);
	sample_free(in);
}

static void lists_partitions_of_the_engine(void **state)
{
	struct span in = firmware("good.ifd");
	struct opened o;

	(void)state;
	open_firmware(&o, "intel-me", span_from(in, ENGINE));
	assert_string_equal(o.found.label, "2 partitions");
	assert_string_equal(o.l.label, "version 11.8.50.3425");
	assert_int_equal(o.found.len, 0xa00);
	part_is(&o, "/FTPR", 0x400, 0x400);
	part_is(&o, "/MFS", 0x800, 0x200);
	assert_int_equal(o.l.count, 2); /* one is marked invalid */
	opened_free(&o);
	sample_free(in);
}

static void takes_a_table_only_with_its_sum(void **state)
{
	struct span in = firmware("good.ifd");

	(void)state;
	refuses_once_changed("intel-me", span_from(in, ENGINE), 16 + 20);
	sample_free(in);
}

/* A packed module's own length is that of its plain bytes. */
static void lists_modules_as_long_as_there_is_room(void **state)
{
	struct span in = firmware("good.ifd");
	struct opened o;

	(void)state;
	open_firmware(&o, "intel-cpd", span_from(in, MODULES));
	assert_string_equal(o.found.label, "FTPR");
	part_is(&o, "/FTPR.man", 0x60, 0x80);
	part_is(&o, "/kernel", 0x100, 0x80);
	part_is(&o, "/kernel.met", 0x180, 0x80);
	opened_free(&o);
	sample_free(in);
}

static void proves_a_directory_by_its_sum(void **state)
{
	struct span in = firmware("good.psp");
	struct found f = { 0 };

	(void)state;
	assert_int_equal(format_named("amd-psp")->probe(in, &f).kind, FAULT_NONE);
	assert_string_equal(f.label, "PSP, 4 rows");
	assert_int_equal(f.len, in.n);
	assert_int_equal(f.proof, PROOF_CHECKSUM);
	for (size_t n = 0; n < in.n; n++)
		assert_int_not_equal(format_named("amd-psp")->probe(span_head(in, n), &f).kind,
				     FAULT_NONE);
	refuses_once_changed("amd-psp", in, 40);
	sample_free(in);
}

static void gives_the_images_of_an_option_rom(void **state)
{
	struct span in = firmware("good.rom"), program = firmware("good.efi");
	struct opened o;

	(void)state;
	open_firmware(&o, "option-rom", in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(&o), 0);
	assert_string_equal(o.found.label, "1234:1111 x86 efi efi");
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.l.count, 3);
	content_is(&o, &o.l.entries[1], program);
	content_is(&o, &o.l.entries[2], program);
	assert_false(o.l.entries[2].stored);
	opened_free(&o);
	sample_bytes(in)[600] ^= 1;
	open_firmware(&o, "option-rom", in);
	assert_string_equal(o.l.entries[0].fault.what, "checksum of the image");
	opened_free(&o);
	sample_free(program);
	sample_free(in);
}

static void survives_cuts_and_wild_fields(void **state)
{
	struct span flash = firmware("good.ifd"), rom = firmware("good.rom");

	(void)state;
	cuts_do_no_harm("intel-flash", span_head(flash, 0x1200));
	wild_fields_do_no_harm("intel-flash", flash);
	cuts_do_no_harm("intel-me", span_sub(flash, ENGINE, 0xa00));
	wild_fields_do_no_harm("intel-me", span_sub(flash, ENGINE, 0xa00));
	cuts_do_no_harm("intel-cpd", span_sub(flash, MODULES, 0x200));
	wild_fields_do_no_harm("intel-cpd", span_sub(flash, MODULES, 0x200));
	cuts_do_no_harm("option-rom", rom);
	wild_fields_do_no_harm("option-rom", rom);
	sample_free(flash);
	sample_free(rom);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_regions_with_the_rights_of_the_host),
		cmocka_unit_test(refuses_regions_that_overlap),
		cmocka_unit_test(lists_partitions_of_the_engine),
		cmocka_unit_test(takes_a_table_only_with_its_sum),
		cmocka_unit_test(lists_modules_as_long_as_there_is_room),
		cmocka_unit_test(proves_a_directory_by_its_sum),
		cmocka_unit_test(gives_the_images_of_an_option_rom),
		cmocka_unit_test(survives_cuts_and_wild_fields),
	};

	return cmocka_run_group_tests(tests, firmware_set_up, firmware_tear_down);
}
