/* mbn.c - what the signatures of Qualcomm's images cover, and what their hashes bind. */
#include "unit/format/small_tree.h"

#include "format/mbn.h"

static void open_signed(struct opened *o, const char *format, struct span in)
{
	hash_start();
	opened_init(o, format_named(format), in);
	assert_int_equal(o->refused.kind, FAULT_NONE);
}

static void covers_from_the_header_to_the_hashes(void **state)
{
	struct span in = sample_read("signature/v6.qcom");
	const struct signature *s;
	struct opened o;

	(void)state;
	open_signed(&o, "qcom-elf", in);
	assert_int_equal(o.l.signature_count, 1);
	s = &o.l.signatures[0];
	assert_int_equal(s->by, SIGNING_QUALCOMM);
	assert_false(s->told_only);
	assert_int_equal(s->blank, 0);
	assert_int_equal(s->cover_count, 1);
	assert_int_equal(s->covers[0].offset, 212);
	assert_int_equal(s->covers[0].length, 48 + 24 + 5 * 48);
	assert_int_equal(s->value.n, 104);
	assert_int_equal(s->offset + s->length, span_place(in, s->certificates));
	opened_free(&o);
	sample_free(in);
}

/* Each leaves blank the other's two lengths and metadata. */
static void leaves_out_what_is_the_others(void **state)
{
	static const struct byte_range qualcomm[] = {
		{ 212, 32 }, { 244, 8 }, { 252, 40 }, { 292, 24 }, { 316, 240 }
	};
	static const struct byte_range maker[] = {
		{ 212, 24 }, { 236, 8 }, { 244, 32 }, { 276, 16 }, { 292, 264 }
	};
	struct span in = sample_read("signature/v7.qcom");
	struct opened o;

	(void)state;
	open_signed(&o, "qcom-elf", in);
	assert_int_equal(o.l.signature_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(o.l.signatures[i].blank, 2 | 8);
		assert_int_equal(o.l.signatures[i].cover_count, 5);
		assert_memory_equal(o.l.signatures[i].covers, i ? maker : qualcomm, sizeof(maker));
	}
	opened_free(&o);
	sample_free(in);
}

/* Header, eight bytes of code, and four each of signatures and certificates of both. */
static void only_tells_two_signatures_of_an_older_version(void **state)
{
	static const uint32_t fields[] = { 0, 5, 4, 4, 24, 8, ~0u, 4, ~0u, 4 };
	struct arena arena = { 0 };
	uint8_t bytes[sizeof(fields) + 24] = { 0 };
	struct listing l = { .in = { bytes, sizeof(bytes) }, .arena = &arena };
	struct mbn m;

	(void)state;
	for (size_t i = 0; i < sizeof(fields); i++)
		bytes[i] = (uint8_t)(fields[i / 4] >> i % 4 * 8);
	assert_int_equal(mbn_read(l.in, &m).kind, FAULT_NONE);
	mbn_signatures(&l, &m, 0, (struct mbn_bound){ 0 });
	assert_int_equal(l.signature_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(l.signatures[i].told_only);
		assert_int_equal(l.signatures[i].offset, i ? 56 : 48);
		assert_int_equal(l.signatures[i].covers[0].length, 48);
	}
	bytes[8] = 0;
	bytes[16] = 20;
	l.signature_count = 0;
	assert_int_equal(mbn_read(l.in, &m).kind, FAULT_NONE);
	mbn_signatures(&l, &m, 0, (struct mbn_bound){ 0 });
	assert_int_equal(l.signature_count, 1);
	assert_false(l.signatures[0].told_only);
	arena_free(&arena);
}

/* The dynamic segment lies in the first that is loaded; both have hashes. */
static void binds_no_byte_twice(void **state)
{
	struct span in = sample_read("signature/v3.qcom");
	const struct signature *s;
	struct opened o;

	(void)state;
	open_signed(&o, "qcom-elf", in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	s = &o.l.signatures[0];
	assert_int_equal(s->bound_count, 3);
	for (uint32_t i = 1; i < s->bound_count; i++)
		assert_true(s->bound[i].offset >= s->bound[i - 1].offset + s->bound[i - 1].length);
	opened_free(&o);
	sample_bytes(in)[0x12] ^= 1; /* the file's header: none of the hashes is known to be one */
	open_signed(&o, "qcom-elf", in);
	assert_string_equal(o.l.fault.what, "hash of the header");
	assert_int_equal(o.l.signatures[0].bound_count, 0);
	opened_free(&o);
	sample_free(in);
}

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
		cmocka_unit_test(covers_from_the_header_to_the_hashes),
		cmocka_unit_test(leaves_out_what_is_the_others),
		cmocka_unit_test(only_tells_two_signatures_of_an_older_version),
		cmocka_unit_test(binds_no_byte_twice),
		cmocka_unit_test(takes_both_lengths_of_version_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
