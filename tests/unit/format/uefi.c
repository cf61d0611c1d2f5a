/* uefi.c - firmware volumes, their sections, stores of variables, capsules: what EDK II's tools
 * packed must come out, and LongSoft's UEFIExtract says the same of it. */
#include "unit/format/firmware.h"

#define FILE_(n) "11111111-2222-3333-4444-55555555000" #n

static void lists_files_by_name_and_guid(void **state)
{
	static const char *const paths[] = {
		"/Alpha-" FILE_(1) "/dxe-depex",
		"/Alpha-" FILE_(1) "/pe32",
		"/Beta-" FILE_(2) "/tiano",
		"/Gamma-" FILE_(3) "/lzma",
		"/" FILE_(5) "/crc32",
		"/" FILE_(5) "/plain",
		"/" FILE_(6) "/lzma-x86",
		"/" FILE_(7),
		"/" FILE_(8) "/brotli",
		"/" FILE_(8) "/guided",
		"/" FILE_(9) "/raw",
	};
	struct span in = firmware("good.fv");
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-fv", in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, "FFS2 11111111-2222-3333-4444-55555555aaaa");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		wanted(&o, paths[i]);
	assert_int_equal(o.l.count, 21);
	assert_int_equal(opened_faults(&o), 1); /* Brotli */
	assert_true(has_note(wanted(&o, "/Alpha-" FILE_(1)), "uefi.type", "driver"));
	assert_true(has_note(wanted(&o, "/Alpha-" FILE_(1)), "uefi.version", "1.2"));
	content_is(&o, wanted(&o, "/Alpha-" FILE_(1) "/dxe-depex"), span_text("\6\10"));
	content_is(&o, wanted(&o, "/" FILE_(7)), packed_text());
	content_is(&o, wanted(&o, "/" FILE_(9) "/raw"), packed_text());
	content_is(&o, wanted(&o, "/" FILE_(8) "/freeform-11111111-2222-3333-4444-555555550099"),
		   packed_text());
	opened_free(&o);
	sample_free(in);
}

/* A slash in a name would open a directory that is none. */
static void keeps_a_slash_out_of_names(void **state)
{
	struct span in = firmware("good.fv");
	struct opened o;
	bool found = false;

	(void)state;
	open_firmware(&o, "uefi-fv", in);
	for (uint32_t i = 0; i < o.l.count; i++) {
		struct span name = o.l.entries[i].name;

		found |= span_starts(name, span_text("Delta_"));
		assert_int_equal(span_find(name, 0, span_text("/")), SIZE_MAX);
	}
	assert_true(found);
	opened_free(&o);
	sample_free(in);
}

static void unpacks_sections_by_every_method(void **state)
{
	static const char *const paths[] = {
		"/Beta-" FILE_(2) "/tiano",
		"/Gamma-" FILE_(3) "/lzma",
		"/" FILE_(5) "/crc32",
		"/" FILE_(5) "/plain",
	};
	struct span in = firmware("good.fv");
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-fv", in);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct span plain = unpack(&o, paths[i]);
		struct opened inner;

		open_firmware(&inner, "uefi-sections", plain);
		assert_int_equal(inner.found.len, plain.n);
		assert_string_equal(inner.l.label, "Beta");
		assert_int_equal(inner.l.count, 1);
		content_is(&inner, wanted(&inner, "/raw"), packed_text());
		opened_free(&inner);
		sample_free(plain);
	}
	opened_free(&o);
	sample_free(in);
}

static void opens_a_volume_in_a_volume(void **state)
{
	struct span in = firmware("good.fv"), sections, volume, program = firmware("good.efi");
	struct opened o, row, inner;

	(void)state;
	open_firmware(&o, "uefi-fv", in);
	sections = unpack(&o, "/" FILE_(6) "/lzma-x86");
	open_firmware(&row, "uefi-sections", sections);
	content_is(&row, wanted(&row, "/pe32"), program);
	volume = unpack(&row, "/volume");
	open_firmware(&inner, "uefi-fv", volume);
	content_is(&inner, wanted(&inner, "/11111111-2222-3333-4444-555555550020/raw"),
		   packed_text());
	opened_free(&inner);
	opened_free(&row);
	opened_free(&o);
	sample_free(volume);
	sample_free(sections);
	sample_free(program);
	sample_free(in);
}

static void put_sum(uint8_t *header)
{
	uint16_t sum = 0;

	header[50] = header[51] = 0;
	for (size_t i = 0; i < 72; i += 2)
		sum = (uint16_t)(sum - (header[i] | header[i + 1] << 8));
	header[50] = (uint8_t)sum;
	header[51] = (uint8_t)(sum >> 8);
}

/* The variables of ARM virtual machines: a map of 64 MiB in a volume of 768 KiB. */
static void takes_a_map_of_more_than_the_volume(void **state)
{
	struct span in = firmware("good-large.fv");
	struct found f = { 0 };

	(void)state;
	sample_bytes(in)[57] = 1; /* blocks: 258 */
	put_sum(sample_bytes(in));
	assert_int_equal(format_named("uefi-fv")->probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, in.n);
	sample_bytes(in)[56] = 1;
	sample_bytes(in)[57] = 0;
	put_sum(sample_bytes(in));
	assert_string_equal(format_named("uefi-fv")->probe(in, &f).what, "block map");
	sample_free(in);
}

static void reads_the_header_of_large_files(void **state)
{
	struct span in = firmware("good-large.fv");
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-fv", in);
	assert_string_equal(o.found.label, "FFS3");
	content_is(&o, wanted(&o, "/11111111-2222-3333-4444-555555550030/raw"),
		   span_head(packed_text(), 100));
	opened_free(&o);
	sample_free(in);
}

static void goes_on_behind_a_torn_header(void **state)
{
	struct span in = firmware("good.fv");
	struct opened o;

	(void)state;
	sample_bytes(in)[0x6c0 + 3] ^= 1; /* of the second file */
	open_firmware(&o, "uefi-fv", in);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(o.l.fault.at, 0x6c0);
	wanted(&o, "/unlisted-0x6c0");
	wanted(&o, "/Alpha-" FILE_(1) "/pe32");
	wanted(&o, "/Gamma-" FILE_(3) "/lzma");
	wanted(&o, "/" FILE_(9) "/raw");
	opened_free(&o);
	sample_free(in);
}

static void tells_a_wrong_checksum_of_the_data(void **state)
{
	struct span in = firmware("good.fv");
	struct opened o;

	(void)state;
	sample_bytes(in)[0x78 + 0x18 + 40] ^= 1;   /* in a file with a sum */
	sample_bytes(in)[0x980 + 0x18 + 100] ^= 1; /* under the CRC-32 */
	open_firmware(&o, "uefi-fv", in);
	assert_string_equal(wanted(&o, "/Alpha-" FILE_(1))->fault.what, "checksum of the file");
	assert_string_equal(wanted(&o, "/" FILE_(5) "/crc32")->fault.what, "CRC-32");
	opened_free(&o);
	sample_free(in);
}

static uint64_t end_of(const struct opened *o, const char *path)
{
	const struct entry *e = wanted(o, path);

	return (e->offset + e->length + 7) / 8 * 8;
}

static void unlisted_is(const struct opened *o, uint64_t at)
{
	char path[40];

	snprintf(path, sizeof(path), "/unlisted-0x%llx", (unsigned long long)at);
	wanted(o, path);
}

static void counts_deleted_files_and_lists_what_hides_in_free_space(void **state)
{
	struct span in = firmware("good.fv");
	uint64_t raw, pad, left;
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-fv", in);
	raw = wanted(&o, "/" FILE_(7))->offset;
	pad = end_of(&o, "/" FILE_(8) "/freeform-11111111-2222-3333-4444-555555550099") + 24;
	left = end_of(&o, "/" FILE_(9) "/raw");
	opened_free(&o);
	sample_bytes(in)[raw - 1] = 0xe8; /* deleted */
	memcpy(sample_bytes(in) + pad + 16, "pad", 3);
	memcpy(sample_bytes(in) + left + 100, "behind", 6);
	open_firmware(&o, "uefi-fv", in);
	assert_null(opened_entry(&o, "/" FILE_(7)));
	assert_string_equal(o.l.label, "FFS2, 1 deleted files");
	unlisted_is(&o, pad);
	unlisted_is(&o, left);
	opened_free(&o);
	sample_free(in);
}

static void takes_only_sections_that_fill_the_space(void **state)
{
	static uint8_t bytes[64] = { 20, 0, 0, 0x19 };
	const struct format *f = format_named("uefi-sections");
	struct found found = { 0 };

	(void)state;
	assert_int_equal(f->probe((struct span){ bytes, 20 }, &found).kind, FAULT_NONE);
	assert_int_not_equal(f->probe((struct span){ bytes, 21 }, &found).kind, FAULT_NONE);
	assert_int_not_equal(f->probe((struct span){ bytes, 19 }, &found).kind, FAULT_NONE);
	bytes[3] = 0x1a; /* no such type */
	assert_int_not_equal(f->probe((struct span){ bytes, 20 }, &found).kind, FAULT_NONE);
	memset(bytes, 0, sizeof(bytes)); /* a length of zero goes nowhere */
	bytes[3] = 0x19;
	assert_int_not_equal(f->probe((struct span){ bytes, 64 }, &found).kind, FAULT_NONE);
}

/* The last byte of the GUID of signed sections stands in the padding before the next section. */
static void reads_no_header_behind_its_section(void **state)
{
	static const uint8_t bytes[] = { 19,   0,    0,    2,    0xe8, 0x89, 0x9d, 0x0f, 0x59, 0x92,
					 0x76, 0x4f, 0xa5, 0xaf, 0x0c, 0x89, 0xe3, 0x40, 0x23, 0xdf,
					 20,   0,    0,    0x19, 1,    2,    3,    4,    5,    6,
					 7,    8,    9,    10,   11,   12,   13,   14,   15,   16 };
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-sections", (struct span){ bytes, sizeof(bytes) });
	entries_stay_inside(&o);
	assert_int_equal(o.l.count, 2);
	assert_string_equal(wanted(&o, "/guided")->fault.what, "header of the section");
	opened_free(&o);
}

static void lists_live_variables(void **state)
{
	struct span in = firmware("good.vars");
	const struct entry *db;
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-vars", span_from(in, 72));
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.found.len, 0xf00);
	assert_string_equal(o.l.label, "authenticated, 4 variables, 3 replaced or deleted");
	content_is(&o, wanted(&o, "/Boot0000-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
		   span_text("new"));
	content_is(&o, wanted(&o, "/Timeout-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
		   (struct span){ (const uint8_t *)"\0", 2 });
	content_is(&o, wanted(&o, "/Wait_ing-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
		   span_text("kept"));
	assert_true(has_note(wanted(&o, "/Wait_ing-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
			     "uefi.count", "9"));
	db = wanted(&o, "/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	assert_true(db->has_mtime);
	assert_int_equal(db->mtime, 1709209815); /* 2024-02-29T12:30:15Z */
	assert_true(has_note(db, "uefi.attributes", "nv,bs,rt,at"));
	opened_free(&o);
	sample_free(in);
}

static void keeps_variables_behind_damage(void **state)
{
	struct span in = firmware("good.vars");
	struct opened o;

	(void)state;
	sample_bytes(in)[0xb4] = 0; /* where the second record begins */
	open_firmware(&o, "uefi-vars", span_from(in, 72));
	assert_string_equal(o.l.fault.what, "variable");
	wanted(&o, "/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	opened_free(&o);
	sample_free(in);
}

static void reads_older_stores(void **state)
{
	struct span in = firmware("good.vss");
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-vars", in);
	content_is(&o, wanted(&o, "/Lang-8be4df61-93ca-11d2-aa0d-00e098032b8c"), span_text("eng"));
	content_is(&o, wanted(&o, "/Odd-8be4df61-93ca-11d2-aa0d-00e098032b8c"), span_text("12345"));
	content_is(&o, wanted(&o, "/Sum-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
		   span_text("with a sum"));
	assert_int_equal(o.l.count, 3);
	assert_int_equal(opened_faults(&o), 0);
	opened_free(&o);
	sample_bytes(in)[span_find(in, 0, span_text("with a"))] ^= 1;
	open_firmware(&o, "uefi-vars", in);
	assert_string_equal(wanted(&o, "/Sum-8be4df61-93ca-11d2-aa0d-00e098032b8c")->fault.what,
			    "CRC-32 of a variable");
	opened_free(&o);
	sample_free(in);
}

static void follows_a_variable_of_ami_to_its_newest_value(void **state)
{
	struct span in = firmware("good.nvar");
	struct opened o;

	(void)state;
	open_firmware(&o, "ami-nvar", in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_string_equal(o.l.label, "3 variables, 1 replaced or deleted");
	content_is(&o, wanted(&o, "/Own-11111111-2222-3333-4444-555555550070"),
		   span_text("its value"));
	content_is(&o, wanted(&o, "/Setup-11111111-2222-3333-4444-555555550071"),
		   span_text("newest"));
	content_is(&o, wanted(&o, "/Wide-11111111-2222-3333-4444-555555550072"), span_text("wide"));
	assert_int_equal(o.l.count, 3);
	opened_free(&o);
	sample_free(in);
}

/* Records that lead to one value: the second to come finds the way taken. */
static void walks_no_chain_of_values_twice(void **state)
{
	struct span in = firmware("good.nvar");
	size_t own = 0, setup = 39;
	struct opened o;

	(void)state;
	assert_memory_equal(in.p + setup, "NVAR", 4);
	sample_bytes(in)[own + 6] = (uint8_t)(setup + 23 - own); /* to "older" */
	sample_bytes(in)[own + 7] = sample_bytes(in)[own + 8] = 0;
	open_firmware(&o, "ami-nvar", in);
	content_is(&o, wanted(&o, "/Own-11111111-2222-3333-4444-555555550070"),
		   span_text("newest"));
	content_is(&o, wanted(&o, "/Setup-11111111-2222-3333-4444-555555550071"),
		   span_text("oldest"));
	opened_free(&o);
	sample_free(in);
}

static void gives_each_certificate_and_the_digests(void **state)
{
	struct span in = firmware("good.siglist"), vars = firmware("good.vars"), db;
	struct opened o, store;

	(void)state;
	open_firmware(&o, "uefi-siglist", in);
	assert_int_equal(o.found.len, in.n);
	assert_string_equal(o.l.label, "2 x509, 5 sha256");
	assert_int_equal(
		span_u16(
			span_from(in,
				  wanted(&o, "/x509-11111111-2222-3333-4444-555555550050")->offset),
			0, true),
		0x3082);
	wanted(&o, "/x509-11111111-2222-3333-4444-555555550051");
	assert_int_equal(wanted(&o, "/sha256")->size, 5 * 48);
	opened_free(&o);
	open_firmware(&store, "uefi-vars", span_from(vars, 72));
	db = unpack(&store, "/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
	open_firmware(&o, "uefi-siglist", db);
	assert_string_equal(o.l.label, "2 x509");
	assert_int_equal(o.found.len, db.n);
	opened_free(&o);
	opened_free(&store);
	sample_free(db);
	sample_free(vars);
	sample_free(in);
}

static void parts_signed_changes_and_capsules(void **state)
{
	struct span auth = firmware("good.auth"), fmp = firmware("good-fmp.cap"),
		    cap = firmware("good.cap");
	struct opened o;

	(void)state;
	open_firmware(&o, "uefi-auth", auth);
	assert_string_equal(o.found.label, "of 2024-02-29");
	part_is(&o, "/value", auth.n - 1676, 1676);
	opened_free(&o);
	open_firmware(&o, "uefi-capsule", fmp);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_string_equal(o.l.label, "FMP for 11111111-2222-3333-4444-555555550060");
	assert_true(span_is(span_sub(fmp, wanted(&o, "/driver")->offset, 8), "a driver"));
	assert_true(span_is(span_sub(fmp, wanted(&o, "/signature")->offset, 19),
			    "signature of a test"));
	part_is(&o, "/image", 155, 300);
	part_is(&o, "/vendor\\x20code", 455, 11);
	opened_free(&o);
	open_firmware(&o, "uefi-capsule", cap);
	assert_string_equal(o.found.label, "EFI");
	part_is(&o, "/image", 32, 1536);
	opened_free(&o);
	sample_free(auth);
	sample_free(fmp);
	sample_free(cap);
}

static void knows_the_working_block(void **state)
{
	struct span in = firmware("good.vars"), block = span_from(in, 72 + 0xf00);
	struct found f = { 0 };

	(void)state;
	assert_int_equal(format_named("uefi-ftw")->probe(block, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, 0x80);
	assert_string_equal(f.label, "nothing under way");
	refuses_once_changed("uefi-ftw", block, 24);
	sample_free(in);
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	static const struct {
		const char *format, *file;
		size_t at;
	} changes[] = {
		{ "uefi-fv", "good.fv", 60 },           /* block map */
		{ "uefi-fv", "good.fv", 20 },           /* under the header's sum */
		{ "uefi-vars", "good.vss", 8 },         /* formatted */
		{ "uefi-vars", "good.vss", 16 },        /* first record */
		{ "uefi-siglist", "good.siglist", 24 }, /* size of a signature */
		{ "uefi-auth", "good.auth", 18 },       /* length of the signature */
		{ "uefi-capsule", "good-fmp.cap", 23 }, /* flags */
		{ "uefi-capsule", "good-fmp.cap", 32 }, /* version of the payload */
		{ "uefi-capsule", "good.cap", 17 },     /* size of the header */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span in = firmware(changes[i].file);

		refuses_once_changed(changes[i].format, in, changes[i].at);
		sample_free(in);
	}
}

static void survives_cuts_and_wild_fields(void **state)
{
	static const char *const samples[][2] = {
		{ "uefi-fv", "good.fv" },           { "uefi-fv", "good-large.fv" },
		{ "uefi-fv", "good.vars" },         { "uefi-vars", "good.vss" },
		{ "uefi-siglist", "good.siglist" }, { "uefi-auth", "good.auth" },
		{ "uefi-capsule", "good-fmp.cap" }, { "uefi-capsule", "good.cap" },
		{ "ami-nvar", "good.nvar" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct span in = firmware(samples[i][1]);

		cuts_do_no_harm(samples[i][0], in);
		wild_fields_do_no_harm(samples[i][0], in);
		sample_free(in);
	}
}

static void survives_cuts_of_a_store(void **state)
{
	struct span in = firmware("good.vars"), store = span_from(in, 72);

	(void)state;
	cuts_do_no_harm("uefi-vars", store);
	wild_fields_do_no_harm("uefi-vars", store);
	sample_free(in);
}

/* Every bit of a volume's files that may be wrong, in time that the volume's size bounds. */
static void survives_wild_files_behind_a_sound_header(void **state)
{
	struct span in = firmware("good.fv");

	(void)state;
	for (size_t at = 72; at < in.n; at += 5) {
		uint8_t kept = in.p[at];
		struct opened o;

		sample_bytes(in)[at] = (uint8_t)~kept;
		opened_init(&o, format_named("uefi-fv"), in);
		if (o.refused.kind == FAULT_NONE)
			entries_stay_inside(&o);
		if (at % 50 == 0)
			load_all(&o);
		opened_free(&o);
		sample_bytes(in)[at] = kept;
	}
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_files_by_name_and_guid),
		cmocka_unit_test(keeps_a_slash_out_of_names),
		cmocka_unit_test(unpacks_sections_by_every_method),
		cmocka_unit_test(opens_a_volume_in_a_volume),
		cmocka_unit_test(takes_a_map_of_more_than_the_volume),
		cmocka_unit_test(reads_the_header_of_large_files),
		cmocka_unit_test(goes_on_behind_a_torn_header),
		cmocka_unit_test(tells_a_wrong_checksum_of_the_data),
		cmocka_unit_test(counts_deleted_files_and_lists_what_hides_in_free_space),
		cmocka_unit_test(takes_only_sections_that_fill_the_space),
		cmocka_unit_test(reads_no_header_behind_its_section),
		cmocka_unit_test(lists_live_variables),
		cmocka_unit_test(keeps_variables_behind_damage),
		cmocka_unit_test(reads_older_stores),
		cmocka_unit_test(follows_a_variable_of_ami_to_its_newest_value),
		cmocka_unit_test(walks_no_chain_of_values_twice),
		cmocka_unit_test(gives_each_certificate_and_the_digests),
		cmocka_unit_test(parts_signed_changes_and_capsules),
		cmocka_unit_test(knows_the_working_block),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
		cmocka_unit_test(survives_cuts_and_wild_fields),
		cmocka_unit_test(survives_cuts_of_a_store),
		cmocka_unit_test(survives_wild_files_behind_a_sound_header),
	};

	return cmocka_run_group_tests(tests, firmware_set_up, firmware_tear_down);
}
