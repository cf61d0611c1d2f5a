/* ntfs_file.c - what NTFS has beside names and plain contents: packed ones, further streams,
 * special files, owners. */
#include "unit/format/disk_tree.h"

extern const struct format format_ntfs;

#define TREE  "ntfs/tree.ntfs.gz"
#define LINUX "ntfs/linux.ntfs.gz"

static void is_large(const struct opened *o, const struct entry *e, size_t zeros)
{
	size_t numbers = 13893;
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, e, &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, numbers + zeros + 288);
	assert_true(span_starts(sink_span(&content), span_text("1\n2\n3\n")));
	assert_memory_equal(content.p + numbers - 5, "3000\n", 5);
	for (size_t i = 0; i < zeros; i++)
		assert_int_equal(content.p[numbers + i], 0);
	assert_true(
		span_starts(span_from(sink_span(&content), numbers + zeros), span_text("1\n2\n")));
	assert_true(span_ends(sink_span(&content), span_text("98\n99\n")));
	sink_free(&content);
}

static void unpacks_what_is_packed_in_units(void **state)
{
	struct span in = sample_unzipped(TREE);
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	is_large(&o, wanted(&o, "/packed/large"), 200000);
	assert_int_equal(wanted(&o, "/packed/noise")->size, 22400);
	opened_free(&o);
	sample_free(in);
}

static void unpacks_what_the_overlay_filter_packed(void **state)
{
	struct span in = sample_unzipped("ntfs/overlay.ntfs.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	assert_int_equal(o.l.count, 5);
	is_large(&o, wanted(&o, "/large0"), 60000);
	is_large(&o, wanted(&o, "/large1"), 60000);
	is_large(&o, wanted(&o, "/large2"), 60000);
	is_large(&o, wanted(&o, "/large3"), 60000);
	opened_free(&o);
	sample_free(in);
}

static void gives_long_streams_as_files_of_their_own(void **state)
{
	struct span in = sample_unzipped(TREE);
	struct sink content;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	sink_init(&content, NULL, LIMIT);
	opened_load(&o, wanted(&o, "/a.txt:long"), &content, LIMIT);
	assert_int_equal(content.n, 8893);
	assert_true(span_ends(sink_span(&content), span_text("1999\n2000\n")));
	sink_free(&content);
	opened_free(&o);
	sample_free(in);
}

static void reads_what_the_linux_subsystem_writes(void **state)
{
	struct span in = sample_unzipped(LINUX);
	const struct entry *e;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	has_disk_nodes(&o);
	assert_int_equal(wanted(&o, "/socket")->kind, KIND_SOCKET);
	e = wanted(&o, "/owned");
	assert_true(e->has_mode && e->has_owner);
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->uid, 700);
	assert_int_equal(e->gid, 80);
	has_xattr(e, "OTHER", span_text("value"));
	opened_free(&o);
	sample_free(in);
}

static void owner_is(const struct opened *o, const char *path, uint32_t uid, uint32_t gid)
{
	const struct entry *e = wanted(o, path);

	assert_true(e->has_owner);
	assert_int_equal(e->uid, uid);
	assert_int_equal(e->gid, gid);
}

static void reads_owners_that_are_numbers(void **state)
{
	/* Of NFS, S-1-5-88-1-5; and of Samba, S-1-22-2-6. */
	static const uint8_t nfs[] = {
		1, 3, 0, 0, 0, 0, 0, 5, 88, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0
	};
	static const uint8_t samba[] = { 1, 2, 0, 0, 0, 0, 0, 22, 2, 0, 0, 0, 6, 0, 0, 0 };
	struct span in = sample_unzipped("ntfs/owner.ntfs.gz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	owner_is(&o, "/user", 700, 80);
	owner_is(&o, "/group", 0, 80);
	assert_false(wanted(&o, "/root")->has_owner); /* only Windows' administrators */
	opened_free(&o);
	/* The owner's and the group's identifier, 28 bytes each, end a descriptor. */
	for (size_t at = 0; at + 56 < in.n; at += 4)
		if (span_u32(in, at + 24, false) == 10000 + 2 * 700 &&
		    span_u32(in, at + 52, false) == 10001 + 2 * 80) {
			memcpy(sample_bytes(in) + at, nfs, sizeof(nfs));
			memcpy(sample_bytes(in) + at + 28, samba, sizeof(samba));
		}
	open_sample(&o, &format_ntfs, in);
	owner_is(&o, "/user", 5, 6);
	opened_free(&o);
	sample_free(in);
}

static void follows_reparse_points(void **state)
{
	static const struct {
		const char *path, *target;
	} links[] = { { "/relative", "dir/owned" },
		      { "/absolute", "C:/x/y" },
		      { "/junction", "C:/dir" } };
	struct span in = sample_unzipped(LINUX);
	struct opened o;

	(void)state;
	open_sample(&o, &format_ntfs, in);
	for (size_t i = 0; i < 3; i++) {
		const struct entry *e = wanted(&o, links[i].path);

		assert_int_equal(e->kind, KIND_SYMLINK);
		assert_true(span_is(e->target, links[i].target));
	}
	assert_int_equal(wanted(&o, "/cloud")->fault.kind, FAULT_UNKNOWN);
	assert_int_equal(wanted(&o, "/cloud")->fault.got, 0x9000001a);
	opened_free(&o);
	sample_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks_what_is_packed_in_units),
		cmocka_unit_test(unpacks_what_the_overlay_filter_packed),
		cmocka_unit_test(gives_long_streams_as_files_of_their_own),
		cmocka_unit_test(reads_what_the_linux_subsystem_writes),
		cmocka_unit_test(reads_owners_that_are_numbers),
		cmocka_unit_test(follows_reparse_points),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
