/* erofs.c - against images of mkfs.erofs; hostile ones are made of them. */
#include "unit/format/disk_tree.h"

extern const struct format format_erofs;

#define SUPER 1024
#define LARGE 614181

static const char *const images[] = { "erofs/plain.img.gz",      "erofs/chunks.img.gz",
				      "erofs/lz4.img.gz",        "erofs/legacy.img.gz",
				      "erofs/big.img.gz",        "erofs/tail.img.gz",
				      "erofs/compact.img.gz",    "erofs/lzma.img.gz",
				      "erofs/deflate.img.gz",    "erofs/zstd.img.gz",
				      "erofs/fragments.img.gz",  "erofs/all-fragments.img.gz",
				      "erofs/dedupe-lzma.img.gz" };

#define IMAGES (sizeof(images) / sizeof(images[0]))

/* `seq 1 3000`, zeros, `seq 1 99` */
static void is_large(const struct opened *o)
{
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, wanted(o, "/large"), &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, LARGE);
	assert_true(span_starts(sink_span(&content), span_text("1\n2\n3\n")));
	assert_true(span_ends(sink_span(&content), span_text("98\n99\n")));
	assert_int_equal(content.p[300000], 0);
	sink_free(&content);
}

static void reads_one_tree_from_every_layout(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = with_room(sample_unzipped(images[i]), 3000);
		const struct entry *e;
		struct opened o;

		open_sample(&o, &format_erofs, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n - 3000);
		assert_int_equal(o.found.proof, PROOF_CHECKSUM);
		assert_string_equal(o.found.label, "blocks of 4096");
		assert_int_equal(o.l.count, 14);
		has_disk_files(&o);
		has_disk_nodes(&o);
		has_disk_owner(&o);
		is_hard_link(&o, "/dir/two", "/dir/one");
		is_sparse(&o, wanted(&o, "/sparse"));
		is_large(&o);
		e = wanted(&o, "/a.txt");
		assert_int_equal(e->mtime, DISK_MTIME);
		has_xattr(e, "user.key", span_text("value"));
		opened_free(&o);
		sample_free(in);
	}
}

static void a_wrong_checksum_is_no_superblock(void **state)
{
	struct span in = sample_unzipped(images[0]);
	struct found f;

	(void)state;
	sample_bytes(in)[SUPER + 50] ^= 1;
	assert_string_equal(format_erofs.probe(in, &f).what, "superblock CRC-32C");
	sample_free(in);
}

/* Without the bit that says that there is a checksum. */
static struct span unchecked(const char *file)
{
	struct span in = sample_unzipped(file);

	sample_bytes(in)[SUPER + 8] &= 0xfe;
	return in;
}

static void says_that_the_image_is_cut(void **state)
{
	struct span in = sample_unzipped("erofs/lz4.img.gz");
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	open_sample(&o, &format_erofs, span_head(in, 6000));
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	is_a_txt(&o, wanted(&o, "/a.txt"));
	assert_int_not_equal(opened_load(&o, wanted(&o, "/large"), &content, LIMIT).kind,
			     FAULT_NONE);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

static uint8_t *inode_of(struct span in, const struct opened *o, const char *path)
{
	return sample_bytes(in) + span_u32(in, SUPER + 40, false) * 4096ull +
	       wanted(o, path)->key[0] * 32;
}

static void says_what_it_cannot_unpack(void **state)
{
	static const struct {
		const char *what;
		uint32_t at, value;
		enum fault_kind kind;
	} odd[] = { { "compression", 6, 4, FAULT_UNKNOWN },
		    { "features of a file", 4, 0x40, FAULT_UNKNOWN },
		    { "fragment", 7, 0x80, FAULT_SHORT } };

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct span in = unchecked("erofs/lz4.img.gz");
		struct sink content;
		struct fault bad;
		struct opened o;

		sink_init(&content, NULL, LIMIT);
		open_sample(&o, &format_erofs, in);
		/* Behind an inode of 64 bytes. */
		inode_of(in, &o, "/large")[64 + odd[i].at] |= (uint8_t)odd[i].value;
		bad = opened_load(&o, wanted(&o, "/large"), &content, LIMIT);
		assert_int_equal(bad.kind, odd[i].kind);
		assert_string_equal(bad.what, odd[i].what);
		opened_free(&o);
		sink_free(&content);
		sample_free(in);
	}
}

static void says_that_it_has_newer_features(void **state)
{
	struct span in = unchecked("erofs/lz4.img.gz");
	struct opened o;

	(void)state;
	sample_bytes(in)[SUPER + 80] |= 0x80;
	opened_init(&o, &format_erofs, in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_int_equal(o.found.proof, PROOF_PLAUSIBLE);
	assert_string_equal(o.fault.what, "incompatible features");
	opened_free(&o);
	sample_free(in);
}

/* Fragments of files that stand in an inode of which nothing can be read. */
static void says_that_fragments_are_missing(void **state)
{
	struct span in = unchecked("erofs/all-fragments.img.gz");
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	put_le(sample_bytes(in) + SUPER + 96, UINT32_MAX, 8);
	opened_init(&o, &format_erofs, in);
	assert_string_equal(o.l.fault.what, "inode");
	assert_string_equal(opened_load(&o, wanted(&o, "/large"), &content, LIMIT).what,
			    "fragment");
	assert_int_equal(content.n, 0);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

/* The record of a name in the root: its number of eight bytes. */
static void point_to(struct span in, const struct opened *o, const char *from, const char *to)
{
	uint64_t number = wanted(o, from)->key[0];
	uint8_t record[8];
	size_t at;

	put_le(record, number, 8);
	at = span_find(in, SUPER + 128, (struct span){ record, 8 });
	while (at != SIZE_MAX && at % 4)
		at = span_find(in, at + 1, (struct span){ record, 8 });
	assert_true(at < in.n);
	put_le(sample_bytes(in) + at, wanted(o, to)->key[0], 8);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = unchecked(images[0]);
	struct opened o;
	uint32_t count;

	(void)state;
	open_sample(&o, &format_erofs, in);
	count = o.l.count;
	point_to(in, &o, "/dir/deep", "/dir");
	opened_free(&o);
	open_sample(&o, &format_erofs, in);
	assert_true(o.l.count <= count);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	sample_free(in);
}

static void a_size_of_the_largest_number_meets_a_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct span in = unchecked(images[i]);
		struct sink content;
		struct opened o;

		sink_init(&content, NULL, LIMIT);
		open_sample(&o, &format_erofs, in);
		memset(inode_of(in, &o, "/large") + 8, 0xff, 8);
		memset(inode_of(in, &o, "/link") + 8, 0xff, 8);
		opened_free(&o);
		open_sample(&o, &format_erofs, in);
		assert_int_equal(wanted(&o, "/large")->fault.kind, FAULT_LIMIT);
		assert_string_equal(wanted(&o, "/link")->fault.what, "link target");
		opened_free(&o);
		sink_free(&content);
		sample_free(in);
	}
}

static void refuses_fields_that_make_no_file_system(void **state)
{
	static const struct {
		uint32_t at, bytes, value;
	} wrong[] = { { 0, 4, 0 },  { 12, 1, 8 },    { 12, 1, 17 },
		      { 36, 4, 0 }, { 80, 4, 0x80 }, { 14, 2, 0xfff0 } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = unchecked(images[0]);

		put_le(sample_bytes(in) + SUPER + wrong[i].at, wrong[i].value, (int)wrong[i].bytes);
		if (format_erofs.probe(in, &f).kind == FAULT_NONE)
			assert_int_equal(f.proof, PROOF_PLAUSIBLE); /* a root behind the end */
		sample_free(in);
	}
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = unchecked(images[i]);
		struct guarded g = guarded_new(in.n);
		uint8_t *p = sample_bytes(in);

		for (size_t n = SUPER; n < in.n && n < 6000; n += 7) {
			uint8_t kept = p[n];

			if (n % 3 == 0)
				open_anyhow(&format_erofs, guarded_copy(g, span_head(in, n * 4)));
			p[n] = (uint8_t)~kept;
			open_anyhow(&format_erofs, in);
			p[n] = kept;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_layout),
		cmocka_unit_test(a_wrong_checksum_is_no_superblock),
		cmocka_unit_test(says_that_the_image_is_cut),
		cmocka_unit_test(says_what_it_cannot_unpack),
		cmocka_unit_test(says_that_it_has_newer_features),
		cmocka_unit_test(says_that_fragments_are_missing),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(a_size_of_the_largest_number_meets_a_limit),
		cmocka_unit_test(refuses_fields_that_make_no_file_system),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
