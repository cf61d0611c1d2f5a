/* pe.c - PE executables that binutils, EDK II and sbsign made, and kernels, which are not theirs.
 */
#include "unit/format/firmware.h"

static void ends_behind_its_last_section(void **state)
{
	struct span in = firmware("good.efi");
	uint8_t *more = calloc(1, in.n + 100);
	struct opened o;

	(void)state;
	assert_non_null(more);
	memcpy(more, in.p, in.n);
	open_firmware(&o, "pe", (struct span){ more, in.n + 100 });
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.found.len, in.n);
	assert_string_equal(o.found.label, "x86-64, EFI application");
	part_is(&o, "/.text", 512, 63);
	part_is(&o, "/.data", 1024, 23);
	assert_int_equal(o.l.count, 2);
	assert_true(o.l.entries[0].owned);
	opened_free(&o);
	free(more);
	sample_free(in);
}

static void names_the_region_of_a_signature(void **state)
{
	struct span in = firmware("good-signed.efi");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_firmware(&o, "pe", in);
	assert_int_equal(o.found.len, in.n);
	e = wanted(&o, "/signature");
	assert_int_equal(e->offset, 1536 + 8);
	assert_int_equal(span_u16(in, e->offset, true), 0x3082); /* DER begins there */
	opened_free(&o);
	sample_free(in);
}

/* That sbsign signed the SHA-256 of just the bytes that the signature is said to cover: the digest
 * stands in the SignedData as a string of 32 bytes. */
static void covers_what_authenticode_digests(void **state)
{
	struct span in = firmware("good-signed.efi"), covered, digest;
	uint8_t *bytes = malloc(in.n), octets[2 + SHA256_SIZE] = { 0x04, SHA256_SIZE };
	const struct signature *s;
	struct opened o;

	(void)state;
	assert_non_null(bytes);
	covered = (struct span){ bytes, 0 };
	digest = (struct span){ octets, sizeof(octets) };
	open_firmware(&o, "pe", in);
	assert_int_equal(o.l.signature_count, 1);
	s = &o.l.signatures[0];
	assert_int_equal(s->by, SIGNING_AUTHENTICODE);
	assert_int_equal(s->offset, 1536 + 8);
	for (uint32_t i = 0; i < s->cover_count; i++) {
		struct span range = span_sub(in, s->covers[i].offset, s->covers[i].length);

		assert_int_equal(range.n, s->covers[i].length);
		memcpy(bytes + covered.n, range.p, range.n);
		covered.n += range.n;
	}
	assert_int_equal(covered.n, 1536 - 4 - 8);
	sha256_of(covered, octets + 2);
	assert_int_not_equal(span_find(s->value, 0, digest), SIZE_MAX);
	opened_free(&o);
	free(bytes);
	sample_free(in);
}

static void parts_a_unified_kernel_image(void **state)
{
	struct span in = firmware("good-unified.efi");
	struct opened o;

	(void)state;
	open_firmware(&o, "pe", in);
	assert_string_equal(o.found.label, "x86-64, EFI application, unified kernel image");
	part_is(&o, "/.cmdline", 2560, 16);
	part_is(&o, "/.initrd", 3072, 512);
	part_is(&o, "/.linux", 3584, packed_text().n);
	assert_true(span_equal(span_sub(in, 3584, packed_text().n), packed_text()));
	assert_true(wanted(&o, "/.osrel")->owned);
	assert_false(wanted(&o, "/.linux")->owned);
	opened_free(&o);
	sample_free(in);
}

static void counts_places_of_a_terse_image_from_its_own_header(void **state)
{
	struct span in = firmware("good.te");
	struct opened o;

	(void)state;
	open_firmware(&o, "te", in);
	assert_int_equal(o.found.len, in.n);
	assert_string_equal(o.found.label, "x86-64, EFI boot driver");
	part_is(&o, "/.text", 224, 192);
	part_is(&o, "/.data", 416, 320);
	opened_free(&o);
	sample_free(in);
}

static void leaves_kernels_to_their_own_formats(void **state)
{
	static const struct {
		size_t at;
		const char *mark;
	} marks[] = { { 0x202, "HdrS" }, { 4, "zimg" }, { 0x38, "ARMd" }, { 0x38, "RSC\x05" } };

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct span in = firmware("good.efi");
		struct found f = { 0 };

		memcpy(sample_bytes(in) + marks[i].at, marks[i].mark, 4);
		assert_int_not_equal(format_named("pe")->probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void refuses_headers_that_make_no_sense(void **state)
{
	static const size_t places[] = {
		0x3c,      /* place of the PE header */
		0x80 + 1,  /* PE */
		0x80 + 4,  /* machine */
		0x80 + 24, /* optional header */
		0x80 + 92, /* subsystem */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct span in = firmware("good.efi");

		refuses_once_changed("pe", in, places[i]);
		sample_free(in);
	}
}

static void tells_of_sections_that_overlap(void **state)
{
	struct span in = firmware("good.efi");
	uint64_t table = 0x80 + 24 + span_u16(in, 0x80 + 20, false);
	struct opened o;

	(void)state;
	sample_bytes(in)[table + 40 + 21] = 2; /* .data where .text is */
	open_firmware(&o, "pe", in);
	assert_string_equal(o.l.fault.what, "place of a section");
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
	sample_free(in);
}

static void says_that_a_cut_image_ends_early(void **state)
{
	struct span in = firmware("good-signed.efi");
	struct opened o;

	(void)state;
	open_firmware(&o, "pe", span_head(in, 1030));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_non_null(strstr(o.found.label, "ends early"));
	part_is(&o, "/.data", 1024, 6);
	opened_free(&o);
	sample_free(in);
}

static void survives_cuts_and_wild_fields(void **state)
{
	static const char *const samples[][2] = { { "pe", "good.efi" },
						  { "pe", "good-signed.efi" },
						  { "pe", "good-unified.efi" },
						  { "te", "good.te" } };

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct span in = firmware(samples[i][1]);

		cuts_do_no_harm(samples[i][0], in);
		wild_fields_do_no_harm(samples[i][0], in);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_behind_its_last_section),
		cmocka_unit_test(names_the_region_of_a_signature),
		cmocka_unit_test(covers_what_authenticode_digests),
		cmocka_unit_test(parts_a_unified_kernel_image),
		cmocka_unit_test(counts_places_of_a_terse_image_from_its_own_header),
		cmocka_unit_test(leaves_kernels_to_their_own_formats),
		cmocka_unit_test(refuses_headers_that_make_no_sense),
		cmocka_unit_test(tells_of_sections_that_overlap),
		cmocka_unit_test(says_that_a_cut_image_ends_early),
		cmocka_unit_test(survives_cuts_and_wild_fields),
	};

	return cmocka_run_group_tests(tests, firmware_set_up, firmware_tear_down);
}
