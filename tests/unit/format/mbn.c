/* mbn.c - the header of Qualcomm's signed images. */
#include "unit/format/small_tree.h"

#include "format/mbn.h"

/* Some packers of version 6 leave the metadata, here 120 bytes, out of the length behind the
 * header. */
static void takes_both_lengths_of_version_6(void **state)
{
	struct span in = sample_read("telecom/good-v6.elf");
	uint8_t *total = sample_bytes(in) + 4096 + 16;
	uint32_t said = span_u32(in, 4096 + 16, false) - 120;
	struct mbn m;

	(void)state;
	assert_int_equal(mbn_read(span_from(in, 4096), &m).kind, FAULT_NONE);
	total[0] = (uint8_t)said;
	total[1] = (uint8_t)(said >> 8);
	assert_int_equal(mbn_read(span_from(in, 4096), &m).kind, FAULT_NONE);
	total[0]++;
	assert_int_equal(mbn_read(span_from(in, 4096), &m).kind, FAULT_BROKEN);
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_both_lengths_of_version_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
