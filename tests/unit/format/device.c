/* device.c - containers of phones and devices: which parts they give, which damage they tell, and
 * that no cut of them reads too far. */
#include "unit/format/header_samples.h"

static const struct header_sample samples[] = {
	{ "ota-payload", "device/good.payload", "3 partitions, over an older version", 3, ENDS },
};

static const struct header_change changes[] = {
	{ "ota-payload", "device/good.payload", 11, NULL }, /* version */
	{ "ota-payload", "device/good.payload", 13, NULL }, /* length of the manifest */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void opens_each_sample(void **state)
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

/* The digests are those that the maker put into the manifest. */
static struct fault make_partition(const char *path, size_t change, uint8_t digest[SHA256_SIZE])
{
	struct span in = sample_read("device/good.payload");
	struct opened o;
	struct sink out;
	struct fault f;

	if (change)
		sample_bytes(in)[in.n - change] ^= 1;
	open_sample(&o, format_named("ota-payload"), in);
	sink_init(&out, NULL, LIMIT);
	f = opened_load(&o, wanted(&o, path), &out, LIMIT);
	sha256_of(sink_span(&out), digest);
	sink_free(&out);
	opened_free(&o);
	sample_free(in);
	return f;
}

static void makes_partitions_from_operations_in_disorder(void **state)
{
	static const uint8_t boot[] = { 0x25, 0xeb, 0xf0, 0x95, 0xc2, 0xf0, 0xf7, 0x8e };
	uint8_t digest[SHA256_SIZE];

	(void)state;
	assert_int_equal(make_partition("/boot", 0, digest).kind, FAULT_NONE);
	assert_memory_equal(digest, boot, sizeof(boot));
	assert_int_equal(make_partition("/vendor", 0, digest).kind, FAULT_NONE);
	assert_string_equal(make_partition("/vendor", 5, digest).what, "SHA-256 of a blob");
}

static void says_which_partition_needs_an_older_version(void **state)
{
	uint8_t digest[SHA256_SIZE];
	struct fault f = make_partition("/system", 0, digest);

	(void)state;
	assert_int_equal(f.kind, FAULT_UNKNOWN);
	assert_string_equal(f.what, "operation over an older version");
	assert_int_equal(f.got, 4); /* SOURCE_COPY */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_each_sample),
		cmocka_unit_test(ends_where_its_own_length_says),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(survives_fields_of_all_ones),
		cmocka_unit_test(tells_what_was_changed),
		cmocka_unit_test(makes_partitions_from_operations_in_disorder),
		cmocka_unit_test(says_which_partition_needs_an_older_version),
	};

	return cmocka_run_group_tests(tests, start_hashing, NULL);
}
