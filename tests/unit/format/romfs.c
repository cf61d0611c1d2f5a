/* romfs.c - against an image of genromfs; hostile ones are made of it. */
#include "unit/format/disk_tree.h"

extern const struct format format_romfs;

#define SAMPLE "romfs/small.romfs"

static void reads_the_tree(void **state)
{
	struct span in = sample_read(SAMPLE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_romfs, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(opened_faults(&o), 0);
	assert_int_equal(o.found.len, in.n);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, "small");
	assert_int_equal(o.l.count, 12);
	has_disk_files(&o);
	has_disk_nodes(&o);
	is_hard_link(&o, "/dir/two", "/dir/one");
	assert_int_equal(wanted(&o, "/a.txt")->mode, 0755); /* of a mode one bit is kept */
	assert_int_equal(wanted(&o, "/dir/one")->mode, 0644);
	assert_false(wanted(&o, "/a.txt")->has_owner);
	opened_free(&o);
	sample_free(in);
}

static void ends_behind_its_padding_and_no_further(void **state)
{
	struct span in = with_room(sample_read(SAMPLE), 5000);
	uint32_t size = span_u32(in, 8, true);
	struct found f;

	(void)state;
	assert_int_equal(format_romfs.probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, in.n - 5000);
	sample_bytes(in)[size + 1] = 7; /* something begins at once */
	assert_int_equal(format_romfs.probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, size);
	sample_free(in);
}

/* Where the header of a name stands: the name's last place, for a link's target stands before. */
static uint64_t header_of(struct span in, const char *name)
{
	size_t at = SIZE_MAX;

	for (size_t next = 64; (next = span_find(in, next, span_text(name))) != SIZE_MAX; next++)
		at = next;
	assert_true(at < in.n);
	return at - 16;
}

/* Makes the checksum of a header right, then that of the image. */
static void mend(struct span in, uint64_t at)
{
	const uint64_t places[][2] = { { at, 32 }, { 0, 512 } };

	for (int i = 0; i < 2; i++) {
		uint8_t *sum = sample_bytes(in) + places[i][0] + 12;
		uint32_t total = 0;

		memset(sum, 0, 4);
		for (uint64_t k = 0; k < places[i][1]; k += 4)
			total += span_u32(in, places[i][0] + k, true);
		put_be(sum, ~total + 1, 4);
		if (i == 0 && at == 0)
			return;
	}
}

static void says_which_checksum_is_wrong(void **state)
{
	struct span in = sample_read(SAMPLE);
	struct opened o;

	(void)state;
	memcpy(sample_bytes(in) + header_of(in, "a.txt") + 16, "a.tXX", 5);
	sample_bytes(in)[100] ^= 1;
	open_sample(&o, &format_romfs, in);
	assert_int_not_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.l.fault.what, "checksum");
	assert_string_equal(wanted(&o, "/a.tXX")->fault.what, "header checksum");
	opened_free(&o);
	sample_free(in);
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_read(SAMPLE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_romfs, span_head(in, 700));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.found.len, 700);
	opened_free(&o);
	sample_free(in);
}

static void chains_that_come_back_end(void **state)
{
	struct span in = sample_read(SAMPLE);
	uint64_t inline_at = header_of(in, "inline");
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + inline_at, inline_at | 2, 4); /* next: itself */
	mend(in, inline_at);
	open_sample(&o, &format_romfs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "file header met twice");
	content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
	opened_free(&o);
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = sample_read(SAMPLE);
	uint64_t deep = header_of(in, "deep");
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + deep + 4, 32, 4); /* its files: those of the root */
	mend(in, deep);
	open_sample(&o, &format_romfs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "file header met twice");
	assert_true(o.l.count <= 12);
	opened_free(&o);
	sample_free(in);
}

static void a_hard_link_may_lead_nowhere(void **state)
{
	struct span in = sample_read(SAMPLE);
	const uint64_t targets[] = { 0, header_of(in, "two"), header_of(in, "deep"), 0xfffffff0 };
	uint64_t two = header_of(in, "two");
	struct opened o;

	(void)state;
	/* Which of the two names came first is genromfs's choice. */
	if (span_u32(in, two, true) & 7)
		two = header_of(in, "one");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const struct entry *e;

		put_be(sample_bytes(in) + two + 4, i == 1 ? two : targets[i], 4);
		mend(in, two);
		open_sample(&o, &format_romfs, in);
		e = opened_entry(&o, two == header_of(in, "two") ? "/dir/two" : "/dir/one");
		assert_string_equal(e->fault.what, "hard link's target");
		opened_free(&o);
	}
	sample_free(in);
}

static void a_size_beyond_the_image_is_cut(void **state)
{
	struct span in = sample_read(SAMPLE);
	uint64_t a = header_of(in, "a.txt"), link = header_of(in, "link");
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + a + 8, 0x7fff, 4);
	mend(in, a);
	put_be(sample_bytes(in) + link + 8, 0xffffffff, 4);
	mend(in, link);
	open_sample(&o, &format_romfs, in);
	assert_int_equal(wanted(&o, "/a.txt")->length, 0x7fff); /* loading says that it is short */
	assert_string_equal(wanted(&o, "/link")->fault.what, "link target");
	opened_free(&o);
	put_be(sample_bytes(in) + a + 8, 0xffffffff, 4);
	mend(in, a);
	open_sample(&o, &format_romfs, in);
	assert_int_equal(wanted(&o, "/a.txt")->fault.kind, FAULT_LIMIT);
	opened_free(&o);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	cut_everywhere(&format_romfs, SAMPLE, 1);
	spoil_everywhere(&format_romfs, SAMPLE, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_tree),
		cmocka_unit_test(ends_behind_its_padding_and_no_further),
		cmocka_unit_test(says_which_checksum_is_wrong),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(chains_that_come_back_end),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(a_hard_link_may_lead_nowhere),
		cmocka_unit_test(a_size_beyond_the_image_is_cut),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
