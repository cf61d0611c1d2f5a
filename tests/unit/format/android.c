/* android.c - boot images against those of mkbootimg. */
#include "unit/format/disk_tree.h"

extern const struct format format_android;

#define MOST 4

struct expected {
	const char *name;
	uint64_t at, length;
};

static const struct {
	const char *file, *label;
	struct expected parts[MOST];
} images[] = {
	{ "android/v0.img",
	  "header 0, Android 11.0.0, patches of 2021-02",
	  { { "kernel", 2048, 292 }, { "ramdisk", 4096, 730 }, { "second", 6144, 7 } } },
	{ "android/v1.img",
	  "header 1, Android 11.0.0, patches of 2021-02",
	  { { "kernel", 2048, 292 }, { "ramdisk", 4096, 730 }, { "recovery dtbo", 6144, 292 } } },
	{ "android/v2.img",
	  "header 2, Android 11.0.0, patches of 2021-02",
	  { { "kernel", 2048, 292 }, { "ramdisk", 4096, 730 }, { "dtb", 6144, 301 } } },
	{ "android/v3.img",
	  "header 3, Android 11.0.0, patches of 2021-02",
	  { { "kernel", 4096, 292 }, { "ramdisk", 8192, 730 } } },
	{ "android/vendor.img",
	  "vendor, header 3",
	  { { "vendor ramdisk", 4096, 730 }, { "dtb", 6144, 301 } } },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static void has_parts(const struct opened *o, const struct expected *parts)
{
	uint32_t i = 0;

	for (; i < MOST && parts[i].name; i++) {
		assert_true(i < o->l.count);
		assert_true(span_is(o->l.entries[i].name, parts[i].name));
		assert_int_equal(o->l.entries[i].offset, parts[i].at);
		assert_int_equal(o->l.entries[i].length, parts[i].length);
	}
	assert_int_equal(o->l.count, i);
}

static void lists_the_parts_of_every_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = with_room(sample_read(images[i].file), 5000);
		struct opened o;

		open_sample(&o, &format_android, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_string_equal(o.found.label, images[i].label);
		assert_int_equal(o.found.len, in.n - 5000);
		assert_int_equal(o.found.proof, PROOF_STRUCTURE);
		has_parts(&o, images[i].parts);
		opened_free(&o);
		sample_free(in);
	}
}

static void the_fourth_version_has_a_signature(void **state)
{
	static const struct expected parts[MOST] = { { "kernel", 4096, 292 },
						     { "ramdisk", 8192, 730 },
						     { "signature", 12288, 4096 } };
	struct span in = with_room(sample_read("android/v3.img"), 4096);
	struct opened o;

	(void)state;
	put_le(sample_bytes(in) + 40, 4, 4);
	put_le(sample_bytes(in) + 20, 1584, 4);
	put_le(sample_bytes(in) + 1580, 4096, 4);
	open_sample(&o, &format_android, in);
	has_parts(&o, parts);
	opened_free(&o);
	sample_free(in);
}

/* Two ramdisks with names, a table, a bootconfig. */
static struct span vendor_of_version_four(void)
{
	struct span in = with_room(sample_read("android/vendor.img"), 4096);
	uint8_t *p = sample_bytes(in), *table = p + 8192;

	put_le(p + 8, 4, 4);
	put_le(p + 2096, 2128, 4);
	put_le(p + 2112, 2 * 108, 4);
	put_le(p + 2116, 2, 4);
	put_le(p + 2120, 108, 4);
	put_le(p + 2124, 33, 4);
	put_le(table, 300, 4);
	memcpy(table + 12, "first", 5);
	put_le(table + 108, 430, 4);
	put_le(table + 108 + 4, 300, 4);
	return in;
}

static void lists_the_ramdisks_of_a_vendor_by_their_table(void **state)
{
	static const struct expected parts[] = { { "first", 4096, 300 },
						 { "vendor ramdisk", 4396, 430 },
						 { "dtb", 6144, 301 },
						 { "ramdisk table", 8192, 216 },
						 { "bootconfig", 10240, 33 } };
	struct span in = vendor_of_version_four();
	struct opened o;

	(void)state;
	open_sample(&o, &format_android, in);
	assert_int_equal(o.l.count, 5);
	for (uint32_t i = 0; i < 5; i++) {
		assert_true(span_is(o.l.entries[i].name, parts[i].name));
		assert_int_equal(o.l.entries[i].offset, parts[i].at);
		assert_int_equal(o.l.entries[i].length, parts[i].length);
	}
	assert_true(o.l.entries[3].owned);
	opened_free(&o);
	sample_free(in);
}

static void a_table_that_contradicts_itself_leaves_one_ramdisk(void **state)
{
	static const struct {
		uint32_t at, value;
	} wrong[] = { { 8192, 731 },
		      { 8192, UINT32_MAX },
		      { 8192 + 108 + 4, 200 },
		      { 8192 + 4, UINT32_MAX },
		      { 2116, 3 },
		      { 2116, UINT32_MAX },
		      { 2120, 7 },
		      { 2120, UINT32_MAX } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = vendor_of_version_four();
		struct opened o;

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, 4);
		open_sample(&o, &format_android, in);
		assert_int_equal(o.l.count, 4);
		assert_int_equal(o.l.entries[0].length, 730);
		opened_free(&o);
		sample_free(in);
	}
}

static void a_large_version_is_the_length_of_a_device_tree(void **state)
{
	static const struct expected parts[MOST] = { { "kernel", 2048, 292 },
						     { "ramdisk", 4096, 730 },
						     { "second", 6144, 7 },
						     { "device tree", 8192, 1000 } };
	struct span in = with_room(sample_read("android/v0.img"), 2048);
	struct opened o;

	(void)state;
	put_le(sample_bytes(in) + 40, 1000, 4);
	open_sample(&o, &format_android, in);
	has_parts(&o, parts);
	opened_free(&o);
	sample_free(in);
}

static void says_that_a_part_is_cut(void **state)
{
	static const struct expected parts[MOST] = { { "kernel", 2048, 292 },
						     { "ramdisk", 4096, 404 } };
	struct span in = sample_read("android/v0.img");
	struct opened o;

	(void)state;
	open_sample(&o, &format_android, span_head(in, 4500));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	has_parts(&o, parts);
	opened_free(&o);
	put_le(sample_bytes(in) + 16, UINT32_MAX, 4);
	open_sample(&o, &format_android, in);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.count, 2);
	opened_free(&o);
	sample_free(in);
}

static void refuses_fields_that_make_no_image(void **state)
{
	static const struct {
		const char *file;
		uint32_t at, value;
	} wrong[] = { { "android/v0.img", 36, 0 },      { "android/v0.img", 36, 3000 },
		      { "android/v1.img", 1644, 7 },    { "android/v2.img", 1644, 1648 },
		      { "android/v3.img", 20, 0 },      { "android/vendor.img", 8, 2 },
		      { "android/vendor.img", 8, 5 },   { "android/vendor.img", 12, 1 },
		      { "android/vendor.img", 2096, 0 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = sample_read(wrong[i].file);

		put_le(sample_bytes(in) + wrong[i].at, wrong[i].value, 4);
		assert_int_not_equal(format_android.probe(in, &f).kind, FAULT_NONE);
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		cut_everywhere(&format_android, images[i].file, 13);
		spoil_everywhere(&format_android, images[i].file, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_the_parts_of_every_version),
		cmocka_unit_test(the_fourth_version_has_a_signature),
		cmocka_unit_test(lists_the_ramdisks_of_a_vendor_by_their_table),
		cmocka_unit_test(a_table_that_contradicts_itself_leaves_one_ramdisk),
		cmocka_unit_test(a_large_version_is_the_length_of_a_device_tree),
		cmocka_unit_test(says_that_a_part_is_cut),
		cmocka_unit_test(refuses_fields_that_make_no_image),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
