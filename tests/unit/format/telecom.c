/* telecom.c - what telecom equipment is shipped in: which parts its containers give, which damage
 * they tell, and that no cut of them reads too far. */
#include "format/sums.h"
#include "unit/format/header_samples.h"

static const struct header_sample samples[] = {
	{ "huawei-app", "telecom/good.app", "3 parts", 5, WHOLE_CUT },
	{ "huawei-app", "telecom/good-modem.app", ":V7R2:21.180.01.00.00, 3 parts", 5, WHOLE_CUT },
	{ "hwnp", "telecom/good.hwnp", "3 items V300R013C10", 3, ENDS },
	{ "balong-usb", "telecom/good.usbloader", "2 blocks", 2, ENDS },
	{ "balong-ptable", "telecom/good.ptable", "BOOTROM_V01.02 H6920CS_STICK", 4, ENDS },
	{ "zte", "telecom/good.zteconfig", "", 1, ENDS },
	{ "qcom-elf", "telecom/good-v3.elf", "header v3, SHA-256, signed", 6, ENDS },
	{ "qcom-elf", "telecom/good-v6.elf", "header v6, SHA-384, signed", 7, ENDS },
	{ "qcom-elf", "telecom/good-v7.elf", "header v7, SHA-384, signed", 7, ENDS },
	{ "mbn", "telecom/good.mbn", "image 5 at 0x8f600000, signed", 2, ENDS },
	{ "qcom-sbl", "telecom/good.sbl", "image 21 at 0x8f600000, signed", 3, ENDS },
	{ "qcom-elf", "signature/v6.qcom", "header v6, SHA-384, signed", 7, ENDS },
	{ "qcom-elf", "signature/v7.qcom", "header v7, SHA-384, signed", 10, ENDS },
	{ "qcom-sbl", "signature/boot.sbl", "image 21 at 0x8f600000, signed", 3, ENDS },
	{ "bootldr", "telecom/good.bootldr", "2 images", 2, ENDS },
	{ "bootldr-asus", "telecom/good-asus.bootldr", "revision 2", 3, WHOLE_CUT },
	{ "bootldr-huawei", "telecom/good-huawei.bootldr", "angler-03.84", 2, ENDS },
	{ "cloop", "telecom/good.cloop", "zlib, 4 blocks of 4096", 0, ENDS },
	{ "cloop", "telecom/good-xz.uzip", "xz, 4 blocks of 4096", 0, ENDS },
	{ "cloop", "telecom/good-zstd.uzip", "zstd, 4 blocks of 4096", 0, ENDS },
	{ "ios", "telecom/good.ios", "C2600-I-M 12.3(26),", 4, ENDS },
	{ "mzip", "telecom/good.mzip", "at 0x00003000", 1, ENDS },
	{ "cisco-flash", "telecom/good.ciscoflash", "class B, 2 files", 2, WHOLE_CUT },
	{ "cisco-flash", "telecom/good-a.ciscoflash", "class A, 2 files", 2, WHOLE_CUT },
	{ "cisco-nvram", "telecom/good.nvram", "startup configuration, private configuration", 3,
	  WHOLE_CUT },
	{ "ecos", "telecom/good.ecos", "MIPS big-endian, exception vector at 0x180", 1,
	  TO_THE_END },
	{ "ecos", "telecom/good-little.ecos", "MIPS little-endian, exception vector at 0x180", 1,
	  TO_THE_END },
	{ "vxworks", "telecom/good-5.vxworks", "VxWorks 5.5.1, WIND 2.6", 3, TO_THE_END },
	{ "vxworks", "telecom/good-6.vxworks", "VxWorks 6.7, WIND 2.12", 3, TO_THE_END },
	{ "vxworks", "telecom/good-bare.vxworks", "VxWorks, WIND 2.5", 1, TO_THE_END },
};

static const struct header_change changes[] = {
	{ "huawei-app", "telecom/good.app", 92 + 60, "CRC-16 of the header" },
	{ "huawei-app", "telecom/good.app", 600, "CRC-16 of a block" },
	{ "huawei-app", "telecom/good.app", 92 + 25, NULL },         /* length, and the sum */
	{ "huawei-app", "telecom/good.app", 40, NULL },              /* in front of the records */
	{ "huawei-app", "telecom/good.app", 92 + 4, NULL },          /* length of the header */
	{ "hwnp", "telecom/good.hwnp", 12, "CRC-32 of the whole" },  /* length of the header */
	{ "hwnp", "telecom/good.hwnp", 40, "CRC-32 of the header" }, /* products */
	{ "hwnp", "telecom/good.hwnp", 1400, "CRC-32 of an item" },  /* data */
	{ "hwnp", "telecom/good.hwnp", 30, NULL },                   /* size of an item */
	{ "hwnp", "telecom/good.hwnp", 36 + 256 + 16 + 11, NULL },   /* a path */
	{ "balong-usb", "telecom/good.usbloader", 20, NULL },        /* zeros */
	{ "balong-usb", "telecom/good.usbloader", 36, NULL },        /* how a block starts */
	{ "balong-usb", "telecom/good.usbloader", 36 + 28 + 1, NULL } /* place of the second */,
	{ "balong-ptable", "telecom/good.ptable", 31, NULL },
	{ "zte", "telecom/good.zteconfig", 27, NULL },
	{ "zte", "telecom/good.zteconfig", 16 + 13 * 4 + 2, NULL },
	{ "qcom-elf", "telecom/good-v3.elf", 200, "hash of a segment" },
	{ "qcom-elf", "telecom/good-v6.elf", 500, "hash of a segment" },
	{ "qcom-elf", "telecom/good-v7.elf", 52 + 12, "hash of the header" },
	{ "qcom-elf", "telecom/good-v3.elf", 84 + 27, NULL },   /* kind of the hash segment */
	{ "qcom-elf", "telecom/good-v3.elf", 4096 + 16, NULL }, /* length of what is signed */
	{ "mbn", "telecom/good.mbn", 24, NULL },                /* address of the signature */
	{ "mbn", "telecom/good.mbn", 16, NULL },
	{ "qcom-sbl", "telecom/good.sbl", 36, NULL },
	{ "qcom-sbl", "telecom/good.sbl", 28, NULL },
	{ "bootldr", "telecom/good.bootldr", 16, "length of the images" },
	{ "bootldr", "telecom/good.bootldr", 20 + 40, NULL }, /* behind a name */
	{ "bootldr-asus", "telecom/good-asus.bootldr", 16, NULL },
	{ "bootldr-huawei", "telecom/good-huawei.bootldr", 76 + 20, NULL },
	{ "mzip", "telecom/good.mzip", 9, "CRC-16 of the header" },
	{ "mzip", "telecom/good.mzip", 130, "CRC-16" },
	{ "mzip", "telecom/good.mzip", 59, NULL },
	{ "cisco-flash", "telecom/good.ciscoflash", 70, "sum" },
	{ "cisco-flash", "telecom/good.ciscoflash", 40, NULL },   /* behind a name */
	{ "cisco-flash", "telecom/good-a.ciscoflash", 60, NULL }, /* behind a name */
	{ "cloop", "telecom/good.cloop", 12, NULL },
	{ "cloop", "telecom/good.cloop", 131, NULL },      /* size of a block */
	{ "cisco-nvram", "telecom/good.nvram", 27, NULL }, /* length */
	{ "cisco-nvram", "telecom/good.nvram", 11, NULL }, /* format */
	{ "ecos", "telecom/good.ecos", 0x18b, NULL },      /* mask */
	{ "ecos", "telecom/good.ecos", 0x1a0, NULL },      /* jump */
	{ "ios", "telecom/good.ios", 45, NULL },           /* number of segments */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void opens_each_sample_without_a_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_opens(&samples[i]);
}

static void ends_where_its_own_length_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_ends(&samples[i]);
}

static void takes_every_prefix_without_reading_too_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_takes_cuts(&samples[i]);
}

static void survives_fields_of_all_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		sample_takes_ones(&samples[i]);
}

static void tells_what_was_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes); i++)
		change_is_told(&changes[i]);
}

static void names_parts_by_text_or_by_code(void **state)
{
	static const char *const wanted_names[][2] = { { "telecom/good.app", "/SHA256RSA" },
						       { "telecom/good.app", "/CUST-V1" },
						       { "telecom/good-modem.app", "/Ptable" },
						       { "telecom/good-modem.app", "/Kernel" },
						       { "telecom/good-modem.app", "/U00123456" } };

	(void)state;
	for (size_t i = 0; i < COUNT(wanted_names); i++) {
		struct span in = sample_read(wanted_names[i][0]);
		struct opened o;

		open_sample(&o, format_named("huawei-app"), in);
		wanted(&o, wanted_names[i][1]);
		opened_free(&o);
		sample_free(in);
	}
}

/* As the algorithm's catalogue has it. */
static void sums_as_the_catalogue_does(void **state)
{
	(void)state;
	assert_int_equal(crc16_x25(0, span_text("123456789")), 0x906e);
	assert_int_equal(crc16_x25(crc16_x25(0, span_text("1234")), span_text("56789")), 0x906e);
	assert_int_equal(crc16_ccitt(0, span_text("123456789")), 0xd64e);
	assert_int_equal(crc16_ccitt(crc16_ccitt(0, span_text("12")), span_text("3456789")),
			 0xd64e);
}

/* The configuration in its two wrappings: at 22 behind the header of 128 bytes. */
static struct fault load_config(struct span in, struct sink *out)
{
	struct found f = { 0 };
	uint64_t length;
	struct listing l = { .in = in, .len = &length };
	struct fault bad = format_named("zte-config")->probe(in, &f);

	assert_int_equal(bad.kind, FAULT_NONE);
	assert_int_equal(f.len, in.n);
	assert_int_equal(f.proof >= PROOF_STRUCTURE, true);
	length = f.len;
	return format_named("zte-config")->load(&l, NULL, out);
}

static void unpacks_the_configuration_of_zte_in_chunks(void **state)
{
	struct span in = sample_read("telecom/good.zteconfig");
	struct sink out;

	(void)state;
	sink_init(&out, NULL, LIMIT);
	assert_int_equal(load_config(span_from(in, 150), &out).kind, FAULT_NONE);
	assert_int_equal(out.n, 6301);
	assert_true(span_ends(sink_span(&out), span_text("<Row No=\"399\"/>\n</DB>\n")));
	sink_reset(&out, LIMIT);
	sample_bytes(in)[150 + 21] ^= 1;
	assert_string_equal(load_config(span_from(in, 150), &out).what, "CRC-32");
	assert_int_equal(out.n, 6301);
	sink_free(&out);
	sample_free(in);
}

static void decrypts_a_configuration_of_zte_whose_key_is_published(void **state)
{
	struct span in = sample_read("telecom/good-aes.zteconfig"), inner;
	struct sink out, plain;

	(void)state;
	sink_init(&out, NULL, LIMIT);
	sink_init(&plain, NULL, LIMIT);
	assert_int_equal(load_config(span_from(in, 152), &out).kind, FAULT_NONE);
	inner = span_head(sink_span(&out), 981); /* the rest fills up a block */
	assert_int_equal(load_config(inner, &plain).kind, FAULT_NONE);
	assert_int_equal(plain.n, 6301);
	sink_free(&out);
	sink_free(&plain);
	sample_free(in);
}

static void says_that_a_configuration_of_zte_is_encrypted(void **state)
{
	struct span in = sample_read("telecom/good-aes.zteconfig");
	struct fault f;
	struct sink out;

	(void)state;
	sample_bytes(in)[152 + 72] ^= 1; /* no key makes a head of that */
	sink_init(&out, NULL, LIMIT);
	f = load_config(span_from(in, 152), &out);
	assert_int_equal(f.kind, FAULT_ENCRYPTED);
	assert_string_equal(f.what, "AES-ECB");
	assert_int_equal(out.n, 0);
	sink_free(&out);
	sample_free(in);
}

/* The file with which the loader of a modem begins: the others' bytes are not its own. */
static void opens_the_first_of_a_split_file(void **state)
{
	struct span in = sample_read("telecom/good.mdt");
	struct found f = { 0 };
	struct opened o;

	(void)state;
	open_sample(&o, format_named("qcom-elf"), in);
	assert_string_equal(o.found.label,
			    "header v3, SHA-256, signed, segments in files of their own");
	assert_int_equal(o.l.count, 4);
	assert_int_equal(wanted(&o, "/certificates")->offset, 0x25c);
	opened_free(&o);
	assert_int_not_equal(format_named("qcom-elf")->probe(span_head(in, in.n - 1), &f).kind,
			     FAULT_NONE);
	sample_free(in);
}

static uint32_t crc_of_content(const char *format, const char *file, struct fault *f)
{
	struct span in = sample_read(file);
	struct opened o;
	struct sink out;
	uint32_t crc;

	open_sample(&o, format_named(format), in);
	sink_init(&out, NULL, LIMIT);
	*f = o.format->load(&o.l, NULL, &out);
	assert_int_equal(out.n, 16384);
	crc = crc32_of(sink_span(&out));
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
	return crc;
}

/* The sums are those of what make.py packs, as Python's zlib has them. */
static void unpacks_disks_of_cloop_and_uzip(void **state)
{
	static const struct {
		const char *file;
		uint32_t crc;
	} disks[] = { { "telecom/good.cloop", 0x044fc1a5 },
		      { "telecom/good-xz.uzip", 0xb3f671ca },
		      { "telecom/good-zstd.uzip", 0xb3f671ca } };
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(disks); i++) {
		assert_int_equal(crc_of_content("cloop", disks[i].file, &f), disks[i].crc);
		assert_int_equal(f.kind, FAULT_NONE);
	}
}

/* A block that is broken reads as zeros, and the disk keeps its size. */
static void keeps_the_size_of_a_disk_with_a_broken_block(void **state)
{
	struct span in = sample_read("telecom/good.cloop");
	struct opened o;
	struct sink out;

	(void)state;
	sample_bytes(in)[200] ^= 0xff;
	open_sample(&o, format_named("cloop"), in);
	sink_init(&out, NULL, LIMIT);
	assert_int_not_equal(o.format->load(&o.l, NULL, &out).kind, FAULT_NONE);
	assert_int_equal(out.n, 16384);
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

static void keeps_what_was_deleted_from_the_flash_of_cisco(void **state)
{
	struct span in = sample_read("telecom/good.ciscoflash");
	struct opened o;
	const struct entry *e;

	(void)state;
	open_sample(&o, format_named("cisco-flash"), in);
	e = wanted(&o, "/deleted/startup-config");
	content_is(&o, e, span_text("hostname r1\nenable secret x\n"));
	assert_true(e->has_mtime);
	assert_int_equal(e->mtime, MTIME);
	assert_int_equal(wanted(&o, "/c2600.bin")->size, 301);
	opened_free(&o);
	sample_free(in);
}

static void follows_a_file_through_sectors_of_nvram(void **state)
{
	struct span in = sample_read("telecom/good.nvram");
	struct opened o;
	struct sink out;

	(void)state;
	open_sample(&o, format_named("cisco-nvram"), in);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	content_is(&o, wanted(&o, "/private-config"), span_text("crypto key\n"));
	assert_int_equal(wanted(&o, "/ifIndex-table")->size, 1200);
	sink_init(&out, NULL, LIMIT);
	opened_load(&o, wanted(&o, "/ifIndex-table"), &out, LIMIT);
	assert_int_equal(out.n, 1200);
	assert_memory_equal(out.p, in.p + 2048 + 32, 992);
	assert_memory_equal(out.p + 992, in.p + 1024 + 32, 208);
	opened_free(&o);
	sample_bytes(in)[1024 + 3] = 2; /* the second leads back to the first */
	opened_init(&o, format_named("cisco-nvram"), in);
	assert_int_equal(o.l.fault.kind, FAULT_LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/ifIndex-table"), &out, LIMIT).kind,
			 FAULT_LIMIT);
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
}

static void tells_the_sum_of_a_packed_image_of_ios(void **state)
{
	struct span in = sample_read("telecom/good.ios"), part = span_from(in, 0x278);
	struct opened o;

	(void)state;
	open_sample(&o, format_named("ios-zip"), part);
	assert_int_equal(o.found.len, part.n);
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
	sample_bytes(part)[100] ^= 1;
	opened_init(&o, format_named("ios-zip"), part);
	assert_string_equal(first_fault(&o), "sum of the packed image");
	opened_free(&o);
	sample_free(in);
}

/* Both layouts and byte orders; the address by which the names are found stands nowhere. */
static void lists_the_symbols_of_vxworks(void **state)
{
	static const char *const files[][3] = {
		{ "telecom/good-5.vxworks", "VxWorks 5.5.1, WIND 2.6, 120 symbols, at 0x80010000",
		  "80010000 T function0\n80010010 T function919\n80010020 T function838\n"
		  "80010030 D function757\n" },
		{ "telecom/good-6.vxworks", "VxWorks 6.7, WIND 2.12, 120 symbols, at 0xf2003fe4",
		  "f2003fe4 T function0\nf2003ff4 T function919\nf2004004 T function838\n"
		  "f2004014 D function757\n" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct span in = sample_read(files[i][0]);
		struct opened o;
		struct sink out;
		size_t lines = 0;

		open_sample(&o, format_named("vxworks"), in);
		assert_string_equal(o.l.label, files[i][1]);
		sink_init(&out, NULL, LIMIT);
		assert_int_equal(opened_load(&o, wanted(&o, "/symbols"), &out, LIMIT).kind,
				 FAULT_NONE);
		assert_true(span_starts(sink_span(&out), span_text(files[i][2])));
		for (size_t k = 0; k < out.n; k++)
			lines += out.p[k] == '\n';
		assert_int_equal(lines, 120);
		sink_free(&out);
		opened_free(&o);
		sample_free(in);
	}
}

static void needs_the_banner_of_the_kernel_of_vxworks(void **state)
{
	struct span in = sample_read("telecom/good-bare.vxworks");
	struct found f = { 0 };

	(void)state;
	refuses_once_changed("vxworks", in, in.n - 5);
	sample_free(in);
	assert_int_not_equal(
		format_named("vxworks")->probe(span_text("VxWorks WIND version 2.5"), &f).kind,
		FAULT_NONE); /* a text about it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_each_sample_without_a_fault),
		cmocka_unit_test(ends_where_its_own_length_says),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(survives_fields_of_all_ones),
		cmocka_unit_test(tells_what_was_changed),
		cmocka_unit_test(names_parts_by_text_or_by_code),
		cmocka_unit_test(sums_as_the_catalogue_does),
		cmocka_unit_test(unpacks_the_configuration_of_zte_in_chunks),
		cmocka_unit_test(decrypts_a_configuration_of_zte_whose_key_is_published),
		cmocka_unit_test(says_that_a_configuration_of_zte_is_encrypted),
		cmocka_unit_test(opens_the_first_of_a_split_file),
		cmocka_unit_test(unpacks_disks_of_cloop_and_uzip),
		cmocka_unit_test(keeps_the_size_of_a_disk_with_a_broken_block),
		cmocka_unit_test(keeps_what_was_deleted_from_the_flash_of_cisco),
		cmocka_unit_test(follows_a_file_through_sectors_of_nvram),
		cmocka_unit_test(tells_the_sum_of_a_packed_image_of_ios),
		cmocka_unit_test(lists_the_symbols_of_vxworks),
		cmocka_unit_test(needs_the_banner_of_the_kernel_of_vxworks),
	};

	return cmocka_run_group_tests(tests, start_hashing, NULL);
}
