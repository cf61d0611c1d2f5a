/* volumes.c - file systems that are identified and measured: btrfs, F2FS, against the first
 * bytes of what their mkfs made. */
#include "unit/format/disk_tree.h"

extern const struct format format_btrfs, format_f2fs;

#define MIB (1024u * 1024)

static const struct volume {
	const char *file, *label;
	const struct format *format;
	uint64_t size;
	enum proof proof;
} volumes[] = {
	{ "volumes/btrfs.gz", "16777216 bytes, small", &format_btrfs, 16 * MIB, PROOF_CHECKSUM },
	{ "volumes/f2fs.gz", "1.15, 67108864 bytes, small", &format_f2fs, 64 * MIB,
	  PROOF_STRUCTURE },
};

#define VOLUMES (sizeof(volumes) / sizeof(volumes[0]))

static void knows_size_and_name_of_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		const struct volume *v = &volumes[i];
		struct span in = sample_unzipped(v->file);
		struct opened o;

		opened_init(&o, v->format, in); /* the rest is cut */
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		opened_free(&o);
		in = with_room(in, v->size + 5000 - in.n);
		opened_init(&o, v->format, in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_int_equal(o.found.len, v->size);
		assert_int_equal(o.found.proof, v->proof);
		assert_string_equal(o.found.label, v->label);
		opened_free(&o);
		sample_free(in);
	}
}

static void says_that_it_is_not_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		struct span in = sample_unzipped(volumes[i].file);
		struct opened o;

		opened_init(&o, volumes[i].format, in);
		assert_int_equal(o.fault.kind, FAULT_UNKNOWN);
		assert_string_equal(o.fault.what, "contents of this file system");
		assert_int_equal(o.l.count, 0);
		assert_true(volumes[i].format->identified_only);
		opened_free(&o);
		sample_free(in);
	}
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		uint32_t volume, at, bytes;
		uint64_t value;
	} wrong[] = {
		{ 0, 65536 + 48, 8, 67108864 },
		{ 0, 65536 + 1000, 1, 9 },
		{ 0, 65536 + 144, 4, 0 },
		{ 1, 1028, 2, 9 },
		{ 1, 1040, 4, 40 },
		{ 1, 1060, 8, UINT64_MAX },
		{ 1, 1060, 8, 0 },
		{ 1, 1120, 4, 0 },
	};
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct volume *v = &volumes[wrong[i].volume];
		struct span in = sample_unzipped(v->file);

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, (int)wrong[i].bytes);
		if (v->format->probe(in, &f).kind == FAULT_NONE)
			fail_msg("%s with %u changed", v->file, wrong[i].at);
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		struct span in = sample_unzipped(volumes[i].file);
		struct guarded g = guarded_new(in.n);
		uint8_t *p = sample_bytes(in);

		for (size_t n = in.n > 70000 ? 65000 : 0; n<in.n; n += in.n> 20000 ? 61 : 1) {
			uint8_t kept = p[n];

			open_anyhow(volumes[i].format, guarded_copy(g, span_head(in, n)));
			p[n] = (uint8_t)~kept;
			open_anyhow(volumes[i].format, in);
			p[n] = kept;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_size_and_name_of_each),
		cmocka_unit_test(says_that_it_is_not_opened),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
