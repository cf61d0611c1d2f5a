/* lvm.c - LVM2 physical volumes that its own tools made; hostile ones are made of these. */
#include "format/lvm.h"
#include "unit/format/disk_tree.h"

extern const struct format format_lvm;

#define SECTOR  512u
#define AREA    4096u /* of metadata */
#define LABEL   512u
#define EXTENT  16384u
#define DISK    (1024u * 1024)
#define DATA_AT 81920u /* in small.lvm: the third extent */

static struct opened open_volume(struct span in)
{
	struct opened o;

	opened_init(&o, &format_lvm, in);
	return o;
}

/* Each sector begins with the volume's name and counts on. */
static void is_volume(const struct opened *o, const char *name, uint64_t extents)
{
	char path[16], want[24];
	const struct entry *e;
	struct sink content;

	snprintf(path, sizeof(path), "/%s", name);
	e = wanted(o, path);
	assert_int_equal(e->fault.kind, FAULT_NONE);
	assert_int_equal(e->size, extents * EXTENT);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, e, &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, extents * EXTENT);
	for (uint32_t i = 0; i < content.n / SECTOR; i++) {
		snprintf(want, sizeof(want), "%-9s%06u\n", name, i);
		assert_memory_equal(content.p + (size_t)i * SECTOR, want, 16);
	}
	sink_free(&content);
}

static void joins_the_segments_of_each_volume(void **state)
{
	struct span in = with_room(sample_unzipped("lvm/small.lvm.gz"), 5000);
	struct opened o;

	(void)state;
	open_sample(&o, &format_lvm, in);
	assert_int_equal(o.found.len, DISK);
	assert_int_equal(o.found.proof, PROOF_CHECKSUM);
	assert_string_equal(o.found.label, "device of 1048576");
	assert_string_equal(o.l.label, "volume group small");
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 2);
	is_volume(&o, "root", 4);
	is_volume(&o, "data", 3);
	assert_false(wanted(&o, "/root")->stored);
	assert_true(wanted(&o, "/data")->stored);
	assert_int_equal(wanted(&o, "/data")->offset, DATA_AT);
	opened_free(&o);
	sample_free(in);
}

static void stripes_take_turns(void **state)
{
	struct span in = sample_unzipped("lvm/kinds.lvm.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_lvm, in);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	is_volume(&o, "striped", 4);
	is_volume(&o, "origin", 2);
	is_volume(&o, "store", 1);
	opened_free(&o);
	sample_free(in);
}

/* Writes over all of the newest metadata's places of a text; the checksum is then wrong. */
static void replace(struct span in, const char *old, const char *new)
{
	size_t at = 0;

	assert_int_equal(strlen(old), strlen(new));
	for (; (at = span_find(in, at, span_text(old))) != SIZE_MAX; at += strlen(new))
		memcpy(sample_bytes(in) + at, new, strlen(new));
}

static void says_what_is_no_plain_volume(void **state)
{
	static const struct {
		const char *type, *what;
	} kinds[] = {
		{ "\"snapshot\"", "snapshot over another volume" },
		{ "\"thin\"    ", "thin volume" },
		{ "\"thin-pool", "pool of thin volumes" },
		{ "\"raid1\"   ", "RAID volume" },
		{ "\"mirror\"  ", "mirrored volume" },
		{ "\"cache\"   ", "cached volume" },
		{ "\"other\"   ", "type of logical volume" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span in = sample_unzipped("lvm/kinds.lvm.gz");
		struct opened o;

		replace(in, "\"snapshot\"", kinds[i].type);
		o = open_volume(in);
		assert_int_equal(wanted(&o, "/over")->fault.kind, FAULT_UNKNOWN);
		assert_string_equal(wanted(&o, "/over")->fault.what, kinds[i].what);
		assert_int_equal(wanted(&o, "/over")->size, 0);
		is_volume(&o, "origin", 2);
		opened_free(&o);
		sample_free(in);
	}
}

static void metadata_with_a_wrong_checksum_are_said_and_used(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");
	struct opened o;

	(void)state;
	replace(in, "tag23", "tag24");
	o = open_volume(in);
	assert_string_equal(o.l.fault.what, "metadata CRC-32");
	assert_int_equal(o.l.fault.at, AREA + span_u64(in, AREA + 40, false));
	is_volume(&o, "root", 4);
	opened_free(&o);
	sample_free(in);
}

static void the_second_copy_of_the_metadata_serves_too(void **state)
{
	struct span in = sample_unzipped("lvm/kinds.lvm.gz");
	struct opened o;

	(void)state;
	memset(sample_bytes(in) + AREA, 0, 8192);
	o = open_volume(in);
	assert_string_equal(o.l.fault.what, "metadata area header");
	is_volume(&o, "origin", 2);
	opened_free(&o);
	sample_free(in);
}

static void content_ends_where_a_segment_lies_elsewhere(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");
	struct opened o;
	size_t at = span_find(in, 0, span_text("\"pv0\", 5"));

	(void)state;
	assert_true(at < in.n);
	replace(in, "\"pv0\", 5", "\"pv1\", 5");
	o = open_volume(in);
	assert_string_equal(wanted(&o, "/root")->fault.what, "segment on another physical volume");
	assert_int_equal(wanted(&o, "/root")->size, 2 * EXTENT);
	is_volume(&o, "data", 3);
	opened_free(&o);
	sample_free(in);
}

static void extents_behind_the_end_are_said(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");
	struct opened o;

	(void)state;
	replace(in, "\"pv0\", 5", "\"pv0\",62");
	o = open_volume(in);
	assert_string_equal(wanted(&o, "/root")->fault.what, "extent");
	assert_int_equal(wanted(&o, "/root")->fault.got, 62);
	opened_free(&o);
	sample_free(in);
}

static void a_volume_that_is_cut_gives_what_it_has(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");
	struct opened o = open_volume(span_head(in, DATA_AT + EXTENT + 100));

	(void)state;
	assert_string_equal(o.l.fault.what, "device size");
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(wanted(&o, "/data")->size, EXTENT + 100);
	assert_int_equal(wanted(&o, "/data")->fault.kind, FAULT_SHORT);
	assert_int_equal(wanted(&o, "/root")->size, 2 * EXTENT);
	opened_free(&o);
	sample_free(in);
}

static void refuses_what_is_no_label(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");

	(void)state;
	refuses_once_changed("lvm", in, LABEL + 16);
	sample_free(in);
	in = sample_unzipped("lvm/small.lvm.gz");
	refuses_once_changed("lvm", in, LABEL + 40);
	sample_free(in);
	in = sample_unzipped("lvm/small.lvm.gz");
	refuses_once_changed("lvm", in, LABEL + 8); /* a copy of the label at another place */
	sample_free(in);
}

static void what_has_partitions_is_no_physical_volume(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + 510, 0x55aa, 2);
	o = open_volume(in); /* a boot sector alone */
	assert_int_equal(o.refused.kind, FAULT_NONE);
	opened_free(&o);
	put_le(sample_bytes(in) + 446 + 12, 100, 4);
	o = open_volume(in);
	assert_string_equal(o.refused.what, "partition table");
	opened_free(&o);
	sample_free(in);
}

static void extents_used_again_and_again_meet_a_limit(void **state)
{
	struct span in = sample_unzipped("lvm/small.lvm.gz");
	char *text = (char *)sample_bytes(in) + AREA + 512;
	size_t n = (size_t)sprintf(text, "g { extent_size = 32 physical_volumes { pv0 { id = "
					 "\"aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg\" pe_start = 96 "
					 "pe_count = 61 } } logical_volumes {");
	uint64_t sum = 0;
	struct opened o;

	(void)state;
	for (int i = 0; i < 100; i++)
		n += (size_t)sprintf(text + n,
				     "v%d { segment1 { start_extent = 0 extent_count = 61 type = "
				     "\"striped\" stripe_count = 1 stripes = [\"pv0\", 0] } }",
				     i);
	n += (size_t)sprintf(text + n, "} }");
	put_le(sample_bytes(in) + AREA + 40, 512, 8);
	put_le(sample_bytes(in) + AREA + 48, n, 8);
	o = open_volume(in);
	assert_int_equal(o.l.count, 100);
	for (uint32_t i = 0; i < o.l.count; i++)
		sum += o.l.entries[i].size;
	assert_int_equal(sum, 2 * 61 * EXTENT);
	assert_string_equal(o.l.entries[2].fault.what, "extents used more than once");
	opened_free(&o);
	sample_free(in);
}

static void text_is_read_as_it_is_written(void **state)
{
	static const char written[] = "a = 5 # not } this\nb { c = [\"x # y\", 7] d = \"e \\\" f\""
				      " g { } }\nh = -1\n";
	struct arena a = { 0 };
	struct lvm_text t;
	struct span list, value;
	uint64_t number;
	uint32_t b;

	(void)state;
	assert_int_equal(lvm_text_read(&a, span_text(written), &t).kind, FAULT_NONE);
	assert_int_equal(t.count, 7);
	assert_true(lvm_number(&t, 0, "a", &number));
	assert_int_equal(number, 5);
	b = lvm_find(&t, 0, "b");
	assert_true(t.items[b].is_section);
	list = lvm_value(&t, b, "c");
	assert_true(lvm_list_next(&list, &value) && span_is(value, "x # y"));
	assert_true(lvm_list_next(&list, &value) && span_is(value, "7"));
	assert_false(lvm_list_next(&list, &value));
	assert_true(span_is(lvm_value(&t, b, "d"), "e \\\" f"));
	assert_true(t.items[lvm_find(&t, b, "g")].is_section);
	assert_false(lvm_number(&t, 0, "h", &number));
	assert_true(span_is(lvm_value(&t, 0, "h"), "-1"));
	assert_int_equal(lvm_find(&t, b, "h"), LVM_NONE);
	arena_free(&a);
}

static void text_that_breaks_off_gives_what_stands_before(void **state)
{
	static const struct {
		const char *text;
		enum fault_kind kind;
		uint64_t at;
	} torn[] = {
		{ "a = 1 b { c = 2", FAULT_SHORT, 15 },   { "a = 1 }", FAULT_BROKEN, 7 },
		{ "a = 1 b = \"c", FAULT_BROKEN, 13 },    { "a = 1 b = [1, 2", FAULT_BROKEN, 16 },
		{ "a = 1 = 2", FAULT_BROKEN, 6 },         { "a = 1 b", FAULT_BROKEN, 7 },
		{ "a = 1 b { c { d {", FAULT_SHORT, 17 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
		struct arena a = { 0 };
		struct lvm_text t;
		struct fault bad = lvm_text_read(&a, span_text(torn[i].text), &t);
		uint64_t number;

		assert_int_equal(bad.kind, torn[i].kind);
		assert_int_equal(bad.at, torn[i].at);
		assert_true(lvm_number(&t, 0, "a", &number));
		arena_free(&a);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	harm_unzipped(&format_lvm, "lvm/kinds.lvm.gz", 600, 7);
	harm_unzipped(&format_lvm, "lvm/kinds.lvm.gz", 60000, 997);
}

/* Each byte of the newest text in turn, for each way in which it can be torn. */
static void flips_in_the_metadata_do_no_harm(void **state)
{
	struct span in = sample_unzipped("lvm/kinds.lvm.gz");
	uint64_t at = AREA + span_u64(in, AREA + 40, false), size = span_u64(in, AREA + 48, false);
	static const uint8_t values[] = { 0, '"', '{', '}', ']', '9', '#', 0xff };
	uint8_t *p = sample_bytes(in);

	(void)state;
	for (uint64_t i = at; i < at + size; i += 3) {
		uint8_t kept = p[i];

		p[i] = values[i / 3 % sizeof(values)];
		open_anyhow(&format_lvm, in);
		p[i] = kept;
	}
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_the_segments_of_each_volume),
		cmocka_unit_test(stripes_take_turns),
		cmocka_unit_test(says_what_is_no_plain_volume),
		cmocka_unit_test(metadata_with_a_wrong_checksum_are_said_and_used),
		cmocka_unit_test(the_second_copy_of_the_metadata_serves_too),
		cmocka_unit_test(content_ends_where_a_segment_lies_elsewhere),
		cmocka_unit_test(extents_behind_the_end_are_said),
		cmocka_unit_test(a_volume_that_is_cut_gives_what_it_has),
		cmocka_unit_test(refuses_what_is_no_label),
		cmocka_unit_test(what_has_partitions_is_no_physical_volume),
		cmocka_unit_test(extents_used_again_and_again_meet_a_limit),
		cmocka_unit_test(text_is_read_as_it_is_written),
		cmocka_unit_test(text_that_breaks_off_gives_what_stands_before),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
		cmocka_unit_test(flips_in_the_metadata_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
