/* packages.c - packages and update files: MikroTik, QNAP, Moxa, Airoha, Instar. */
#include "unit/format/header_cases.h"

enum { NPK, FILES, NAS, SWITCH, FRM, ROM, AIROHA, BNEG, SIGNED, TWO };

static const struct header_case cases[] = {
	{ .format = "npk", .file = "good.npk", .label = "gps 6.48.4", .parts = 6 },
	{ .format = "npk-files",
	  .file = "good.npkfiles",
	  .label = "4 files",
	  .parts = 4,
	  .open_end = true,
	  .untold = 3 }, /* between two files */
	{ .format = "qnap",
	  .file = "good-nas.qnap",
	  .label = "PC1, published key, QNAPNASVERSION5 5.1.0 20240102",
	  .parts = 1,
	  .open_end = true },
	{ .format = "qnap",
	  .file = "good-switch.qnap",
	  .label = "PC1, published key, QSW-M2108 1.2.0 20240102",
	  .parts = 1,
	  .open_end = true },
	{ .format = "moxa-frm", .file = "good.frm", .label = "2 sections", .parts = 2 },
	{ .format = "moxa-rom",
	  .file = "good.rom",
	  .label = "NPW2X50A, AES-128 ECB, published key",
	  .parts = 1,
	  .open_end = true },
	{ .format = "airoha", .file = "good.airoha", .label = "plain, SHA-256", .parts = 1 },
	{ .format = "bneg", .file = "good.bneg", .label = "", .parts = 2 },
	{ .format = "npk", .file = "../signature/one.npk", .label = "gps 6.48.4", .parts = 7 },
	{ .format = "npk", .file = "../signature/two.npk", .label = "gps 6.48.4", .parts = 12 },
};

HEADER_CASES(cases)

static void lists_files_with_their_metadata(void **state)
{
	struct span in = case_read(&cases[FILES]);
	const struct entry *e;
	struct opened o;

	(void)state;
	opened_init(&o, format_named("npk-files"), in);
	assert_int_equal(opened_entry(&o, "/boot")->kind, KIND_DIRECTORY);
	e = opened_entry(&o, "/boot/kernel");
	assert_int_equal(e->mode, 0755);
	assert_int_equal(e->mtime, 1500000000);
	assert_int_equal(e->size, 200);
	assert_true(span_is(opened_entry(&o, "/boot/now")->target, "kernel"));
	opened_free(&o);
	sample_free(in);
}

static void keeps_the_first_files_of_a_torn_list(void **state)
{
	struct span in = case_read(&cases[FILES]);
	struct opened o;

	(void)state;
	opened_init(&o, format_named("npk-files"), span_head(in, in.n - 5));
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 3);
	assert_int_not_equal(o.fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

static void owns_what_speaks_of_the_package(void **state)
{
	struct span in = case_read(&cases[NPK]);
	struct opened o;

	(void)state;
	opened_init(&o, format_named("npk"), in);
	assert_true(opened_entry(&o, "/commit")->owned);
	assert_true(opened_entry(&o, "/architecture")->owned);
	assert_false(opened_entry(&o, "/files")->owned);
	opened_free(&o);
	sample_free(in);
}

/* A package's parts are signed but the one called "head"; of two in one file each by itself. */
static void checks_the_digest_of_each_package(void **state)
{
	static const struct {
		int sample;
		uint32_t signatures;
		struct byte_range last;
		size_t changed;
	} files[] = { { SIGNED, 2, { 14, 156 }, 100 }, { TWO, 4, { 312, 156 }, 330 } };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct span in = case_read(&cases[files[i].sample]);
		const struct signature *s;
		struct opened o;

		opened_init(&o, format_named("npk"), in);
		assert_string_equal(o.l.label, "gps 6.48.4, SHA-1 holds");
		assert_int_equal(o.l.signature_count, files[i].signatures);
		s = &o.l.signatures[o.l.signature_count - 1];
		assert_int_equal(s->by, SIGNING_ED25519);
		assert_int_equal(s->cover_count, 1);
		assert_memory_equal(s->covers, &files[i].last, sizeof(files[i].last));
		opened_free(&o);
		sample_bytes(in)[files[i].changed] ^= 1;
		opened_init(&o, format_named("npk"), in);
		assert_string_equal(o.l.label, "gps 6.48.4");
		assert_string_equal(o.l.fault.what, "SHA-1 of the package");
		assert_int_equal(o.l.signature_count, files[i].signatures);
		opened_free(&o);
		sample_free(in);
	}
}

/* 379 bytes: the gzip stream, the first hundred of them encrypted, then noise. */
static void decrypts_with_either_key(void **state)
{
	struct sink nas, device;

	(void)state;
	sink_init(&nas, NULL, CASE_CONTENT);
	sink_init(&device, NULL, CASE_CONTENT);
	case_content(&cases[NAS], "/image", &nas);
	case_content(&cases[SWITCH], "/image", &device);
	assert_int_equal(nas.n, 379);
	assert_memory_equal(nas.p, "\x1f\x8b\x08", 3);
	assert_true(span_equal(sink_span(&nas), sink_span(&device)));
	sink_free(&nas);
	sink_free(&device);
}

/* What QNAP's images for NAS begin with: gzip's head under the published key. */
static void begins_as_images_in_the_field_do(void **state)
{
	struct span in = case_read(&cases[NAS]);

	(void)state;
	assert_memory_equal(in.p, "\xf5\x7b\x47\x03", 4);
	sample_free(in);
}

static void says_that_no_published_key_fits(void **state)
{
	struct span in = case_read(&cases[SWITCH]);
	struct opened o;

	(void)state;
	sample_bytes(in)[0] ^= 1;
	opened_init(&o, format_named("qnap"), in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_true(o.l.entries[0].encrypted);
	assert_string_equal(o.found.label, "PC1, QSW-M2108 1.2.0 20240102");
	opened_free(&o);
	sample_free(in);
}

static void decrypts_whole_blocks_and_drops_the_filler(void **state)
{
	(void)state;
	case_holds_text(&cases[ROM], "/image", 1);
}

static void opens_the_files_of_a_section(void **state)
{
	struct span in = case_read(&cases[FRM]);
	struct opened o, web;
	const struct entry *e;

	(void)state;
	opened_init(&o, format_named("moxa-frm"), in);
	e = opened_entry(&o, "/web");
	opened_init(&web, format_named("moxa-web"), span_sub(o.l.in, e->offset, e->length));
	assert_int_equal(web.refused.kind, FAULT_NONE);
	assert_string_equal(web.found.label, "NPort 5110");
	assert_int_equal(web.found.len, e->length);
	assert_int_equal(opened_entry(&web, "/index.htm")->length, 80);
	assert_int_equal(opened_entry(&web, "/logo.gif")->length, 50);
	opened_free(&web);
	opened_free(&o);
	sample_free(in);
}

/* Every cut of it that leaves the table, and fields of the table that cannot be. */
static void tells_damage_of_files_of_a_section(void **state)
{
	struct span in = case_read(&cases[FRM]), web;
	const struct format *moxaweb = format_named("moxa-web");
	struct found f = { 0 };
	unsigned opened = 0;
	struct opened o;

	(void)state;
	opened_init(&o, format_named("moxa-frm"), in);
	web = span_sub(in, opened_entry(&o, "/web")->offset, opened_entry(&o, "/web")->length);
	opened_free(&o);
	assert_int_equal(moxaweb->probe(web, &f).kind, FAULT_NONE);
	for (size_t n = 0; n < web.n; n++) {
		opened_init(&o, moxaweb, span_head(web, n));
		if (o.refused.kind == FAULT_NONE) {
			opened++;
			assert_int_equal(o.l.count, 2);
			assert_int_equal(o.l.fault.kind, FAULT_SHORT);
			assert_int_equal(o.l.entries[1].fault.kind, FAULT_SHORT);
			assert_true(o.l.entries[1].length < 50);
		}
		opened_free(&o);
	}
	assert_true(opened > 0);
	refuses_once_changed("moxa-web", web, 59); /* number of files */
	sample_bytes(web)[59] ^= 0x40;
	refuses_once_changed("moxa-web", web, 49); /* place of the table */
	sample_free(in);
}

static void says_that_aes_was_used(void **state)
{
	struct span in = case_read(&cases[AIROHA]);
	struct opened o;

	(void)state;
	sample_bytes(in)[260] = 2;
	opened_init(&o, format_named("airoha"), in);
	assert_true(o.l.entries[0].encrypted);
	assert_string_equal(o.found.label, "LZMA and AES, SHA-256");
	opened_free(&o);
	sample_free(in);
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	(void)state;
	case_refuses(&cases[NPK], 9);       /* identifier of a part */
	case_refuses(&cases[FILES], 5);     /* zeros */
	case_refuses(&cases[NAS], 379);     /* foot */
	case_refuses(&cases[NAS], 379 + 8); /* encrypted length */
	case_refuses(&cases[FRM], 12);
	case_refuses(&cases[FRM], 0x46);   /* offset of a section */
	case_refuses(&cases[ROM], 14);     /* flag */
	case_refuses(&cases[ROM], 9);      /* size */
	case_refuses(&cases[AIROHA], 100); /* filler */
	case_refuses(&cases[BNEG], 5);
}

/* A peer's sample has version 1.2. */
static void takes_later_minor_versions(void **state)
{
	struct span in = case_read(&cases[BNEG]);
	struct opened o;

	(void)state;
	sample_bytes(in)[8] = 2;
	opened_init(&o, format_named("bneg"), in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 2);
	opened_free(&o);
	sample_free(in);
}

static void tells_a_wrong_checksum(void **state)
{
	(void)state;
	case_tells_damage(&cases[AIROHA], 600, 1, "SHA-256");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(lists_files_with_their_metadata),
		cmocka_unit_test(keeps_the_first_files_of_a_torn_list),
		cmocka_unit_test(owns_what_speaks_of_the_package),
		cmocka_unit_test(checks_the_digest_of_each_package),
		cmocka_unit_test(decrypts_with_either_key),
		cmocka_unit_test(begins_as_images_in_the_field_do),
		cmocka_unit_test(says_that_no_published_key_fits),
		cmocka_unit_test(decrypts_whole_blocks_and_drops_the_filler),
		cmocka_unit_test(opens_the_files_of_a_section),
		cmocka_unit_test(tells_damage_of_files_of_a_section),
		cmocka_unit_test(says_that_aes_was_used),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
		cmocka_unit_test(takes_later_minor_versions),
		cmocka_unit_test(tells_a_wrong_checksum),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
