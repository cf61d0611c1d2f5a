/* f2fs.c - against volumes that the kernel filled; hostile ones are made of them. */
#include "unit/format/disk_tree.h"

#include "format/f2fs.h"

extern const struct format format_f2fs;

#define SUPER 1024
#define BLOCK 4096u
#define PLAIN "f2fs/plain.gz"
#define FULL  "f2fs/full.gz"
#define LARGE 614181

/* The next n plain bytes of a stream; false at its end. */
static bool take(z_stream *z, void *to, uint32_t n)
{
	z->next_out = to;
	z->avail_out = n;
	inflate(z, Z_NO_FLUSH);
	return z->avail_out == 0;
}

static uint64_t take_number(z_stream *z, bool *more)
{
	uint8_t bytes[4] = { 0 };

	*more = take(z, bytes, 4);
	return span_u32((struct span){ bytes, 4 }, 0, false);
}

/* A sample of which only the blocks that hold something are kept; sample_free gives it back. */
static struct span volume(const char *name)
{
	struct span packed = sample_read(name), in;
	z_stream z = { .next_in = sample_bytes(packed), .avail_in = (uInt)packed.n };
	uint64_t number;
	bool more;
	uint8_t *p;

	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	in.n = (size_t)take_number(&z, &more) * BLOCK;
	p = calloc(1, in.n);
	assert_non_null(p);
	in.p = p;
	for (number = take_number(&z, &more); more; number = take_number(&z, &more)) {
		assert_true(number < in.n / BLOCK);
		assert_true(take(&z, p + number * BLOCK, BLOCK));
	}
	inflateEnd(&z);
	sample_free(packed);
	return in;
}

static void open_fs(struct f2fs *fs, struct span in)
{
	assert_int_equal(f2fs_super(in, fs).kind, FAULT_NONE);
	assert_int_equal(f2fs_checkpoint(fs).kind, FAULT_NONE);
}

/* The block of a file's inode. */
static uint8_t *inode_of(struct span in, const char *path)
{
	struct f2fs fs;
	struct f2fs_inode i;
	struct opened o;

	open_fs(&fs, in);
	open_sample(&o, &format_f2fs, in);
	assert_int_equal(f2fs_inode_read(&fs, (uint32_t)wanted(&o, path)->key[0], &i).kind,
			 FAULT_NONE);
	opened_free(&o);
	return sample_bytes(in) + span_place(in, i.bytes);
}

static void is_large(const struct opened *o)
{
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(o, wanted(o, "/large"), &content, LIMIT).kind, FAULT_NONE);
	assert_int_equal(content.n, LARGE);
	assert_true(span_starts(sink_span(&content), span_text("1\n2\n3\n")));
	assert_memory_equal(content.p + 13888, "3000\n\0\0\0", 8);
	assert_true(span_ends(sink_span(&content), span_text("98\n99\n")));
	for (size_t i = 13893; i < 613893; i++)
		assert_int_equal(content.p[i], 0);
	sink_free(&content);
}

static void has_three_xattrs(const struct entry *e)
{
	bool has[3] = { false };

	assert_int_equal(e->xattr_count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct xattr *x = &e->xattrs[i];

		has[0] |= span_is(x->name, "user.first") && x->value.n == 150;
		has[1] |= span_is(x->name, "trusted.second") && x->value.n == 1892 &&
			  span_ends(x->value, span_text("\n499\n500\n"));
		has[2] |= span_is(x->name, "security.third") && x->value.n == 0;
	}
	assert_true(has[0] && has[1] && has[2]);
}

static void has_many(const struct opened *o)
{
	char path[80], want[16];

	for (int n = 0; n < 300; n++) {
		snprintf(path, sizeof(path),
			 "/many/%03d\\x20a\\x20name\\x20that\\x20takes\\x20some\\x20room", n);
		snprintf(want, sizeof(want), "%d\n", n);
		content_is(o, wanted(o, path), span_text(want));
	}
}

static void reads_one_tree_with_few_features_and_with_all(void **state)
{
	static const char *const samples[] = { PLAIN, FULL };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = volume(samples[i]);
		struct opened o;

		open_sample(&o, &format_f2fs, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n);
		assert_int_equal(o.found.proof, PROOF_CHECKSUM);
		assert_string_equal(o.found.label, "1.15, 54525952 bytes, small");
		has_disk_files(&o);
		has_disk_nodes(&o);
		has_disk_owner(&o);
		is_device(&o, "/new", KIND_CHAR_DEVICE, 10, 300);
		assert_int_equal(wanted(&o, "/socket")->kind, KIND_SOCKET);
		assert_int_equal(wanted(&o, "/longlink")->target.n, 4000);
		content_is(&o, wanted(&o, "/latin-\\xe9"), span_text("first\n"));
		assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME);
		assert_int_equal(wanted(&o, "/a.txt")->mtime_ns, 789000000);
		has_xattr(wanted(&o, "/a.txt"), "user.key", span_text("value"));
		has_three_xattrs(wanted(&o, "/dir/deep/inline"));
		is_sparse(&o, wanted(&o, "/sparse"));
		is_hard_link(&o, "/dir/two", "/dir/one");
		is_large(&o);
		has_many(&o);
		opened_free(&o);
		sample_free(in);
	}
}

static void unpacks_clusters_of_each_method(void **state)
{
	static const char *const samples[] = { "f2fs/zstd.gz", "f2fs/rle.gz", "f2fs/lzo.gz" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span in = volume(samples[i]);
		struct f2fs_inode inode;
		struct f2fs fs;
		struct opened o;

		open_sample(&o, &format_f2fs, in);
		open_fs(&fs, in);
		f2fs_inode_read(&fs, (uint32_t)wanted(&o, "/large")->key[0], &inode);
		assert_true(inode.is_packed);
		is_large(&o);
		opened_free(&o);
		sample_free(in);
	}
}

/* Blocks by the inode, two nodes, two trees of nodes, and a tree of trees. */
static void finds_blocks_at_every_depth(void **state)
{
	static const uint64_t blocks[] = {
		0, 900, 1000, 2000, 3000, 3000 + 1018 * 1018, 3000 + 2 * 1018 * 1018 + 77
	};
	struct span in = volume(PLAIN);
	struct f2fs_inode i;
	struct f2fs_map m;
	struct f2fs fs;
	struct opened o;
	uint64_t count;
	uint32_t number, found = 0;

	(void)state;
	open_sample(&o, &format_f2fs, in);
	open_fs(&fs, in);
	f2fs_inode_read(&fs, (uint32_t)wanted(&o, "/far")->key[0], &i);
	m = f2fs_map_of(&fs, &i);
	while (f2fs_map_next(&m, &number, &count)) {
		char want[32];

		if (number == F2FS_HOLE)
			continue;
		assert_true(found < 7);
		assert_int_equal(m.next - 1, blocks[found]);
		snprintf(want, sizeof(want), "block %d\n", (int)blocks[found++]);
		assert_true(span_starts(f2fs_block(&fs, number), span_text(want)));
	}
	assert_int_equal(found, 7);
	assert_int_equal(m.fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_free(in);
}

static void takes_the_other_superblock(void **state)
{
	struct span in = volume(FULL);
	struct opened o;

	(void)state;
	sample_bytes(in)[SUPER + 124] ^= 1; /* covered by its checksum */
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(o.l.fault.what, "superblock CRC-32");
	assert_string_equal(o.found.label, "1.15, 54525952 bytes, small");
	opened_free(&o);
	memset(sample_bytes(in), 0, BLOCK);
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(o.l.fault.what, "F2FS magic");
	has_disk_files(&o);
	opened_free(&o);
	memset(sample_bytes(in) + BLOCK, 0, BLOCK);
	opened_init(&o, &format_f2fs, in);
	assert_int_equal(o.refused.kind, FAULT_UNKNOWN);
	sample_free(in);
}

static void takes_the_older_checkpoint_or_none(void **state)
{
	struct span in = volume(FULL);
	struct f2fs fs;
	struct opened o;
	uint64_t first, version;

	(void)state;
	open_fs(&fs, in);
	first = fs.pack;
	version = span_u64(fs.check, 0, false);
	sample_bytes(in)[first * BLOCK + 16] ^= 1;
	open_fs(&fs, in);
	assert_int_not_equal(fs.pack, first);
	assert_int_equal(span_u64(fs.check, 0, false), version - 1);
	opened_init(&o, &format_f2fs, in); /* as it was before: empty, or nearly */
	assert_int_equal(o.fault.kind, FAULT_NONE);
	opened_free(&o);
	sample_bytes(in)[fs.pack * BLOCK + 16] ^= 1;
	opened_init(&o, &format_f2fs, in);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE);
	assert_string_equal(o.fault.what, "checkpoint");
	opened_free(&o);
	sample_free(in);
}

static void root_is_there(struct span in, bool is_there)
{
	struct opened o;

	open_sample(&o, &format_f2fs, in);
	assert_int_equal(o.l.count, 1);
	assert_int_equal(wanted(&o, "/")->kind, KIND_DIRECTORY);
	assert_int_equal(wanted(&o, "/")->fault.kind, is_there ? FAULT_NONE : FAULT_BROKEN);
	opened_free(&o);
}

/* The first block of a pack and its last say the same. */
static void seal(uint8_t *pack, uint32_t last)
{
	put_le(pack + 4092, f2fs_crc(F2FS_MAGIC, (struct span){ pack, 4092 }), 4);
	memcpy(pack + (size_t)last * BLOCK, pack, BLOCK);
}

/* Of mkfs.f2fs, in the short form; and moved to where the long form has it. */
static void what_the_journal_has_counts(void **state)
{
	struct span in = volume("f2fs/empty.gz");
	uint8_t *pack = sample_bytes(in) + span_u32(in, SUPER + 76, false) * (size_t)BLOCK;
	uint8_t *table = sample_bytes(in) + span_u32(in, SUPER + 84, false) * (size_t)BLOCK;

	(void)state;
	root_is_there(in, true);
	memset(table, 0, BLOCK);
	root_is_there(in, true);
	memcpy(pack + BLOCK + 3584, pack + BLOCK, 507);
	memset(pack + BLOCK, 0, 507);
	root_is_there(in, false);
	pack[132] &= (uint8_t)~4; /* no longer the short form: six summaries, then the last block */
	put_le(pack + 136, 8, 4);
	seal(pack, 7);
	root_is_there(in, true);
	sample_free(in);
}

static void says_that_nodes_were_written_since(void **state)
{
	struct span in = volume(FULL);
	struct f2fs fs;
	struct opened o;
	uint64_t next, version;

	(void)state;
	open_fs(&fs, in);
	assert_int_equal(fs.fault.kind, FAULT_NONE);
	/* Where the next node of a file would stand, with the version and the checksum's bits. */
	next = fs.main_at + span_u32(fs.check, 40, false) * 512ull + span_u16(fs.check, 70, false);
	version = span_u64(fs.check, 0, false);
	if (span_u32(fs.check, 132, false) & 0x40)
		version |= (uint64_t)span_u32(fs.check, 4092, false) << 32;
	put_le(sample_bytes(in) + (next + 1) * BLOCK - 12, version, 8);
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(o.l.fault.what, "nodes written since the checkpoint");
	has_disk_files(&o);
	opened_free(&o);
	sample_free(in);
}

static void says_which_inode_is_damaged(void **state)
{
	struct span in = volume(FULL);
	struct opened o;

	(void)state;
	inode_of(in, "/a.txt")[48] ^= 1;
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(wanted(&o, "/a.txt")->fault.what, "inode CRC-32");
	opened_free(&o);
	put_le(inode_of(in, "/dir/one") + BLOCK - 24, 9, 4);
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(wanted(&o, "/dir/one")->fault.what, "number of a node");
	assert_int_equal(wanted(&o, "/dir/one")->kind, KIND_FILE);
	opened_free(&o);
	sample_free(in);
}

/* The record of a name in a directory within its inode: its bit is in *bits. */
static uint8_t *record_of(uint8_t *inode, const char *name, uint32_t *k)
{
	struct span in = { inode, BLOCK };
	uint64_t extra = inode[3] & F2FS_EXTRA ? span_u16(in, 360, false) : 0;
	struct span at = { (const uint8_t *)name, strlen(name) };
	size_t text = span_find(in, 360 + extra + 100, at), count, end;
	uint32_t xattrs = inode[3] & F2FS_EXTRA ? span_u16(in, 362, false) * 4u : 200;

	/* Names end the area, in slots of eight bytes. */
	end = BLOCK - 44 - xattrs;
	count = (end - 364 - extra) * 8 / 153;
	*k = (uint32_t)((text - (end - count * 8)) / 8);
	return inode + end - count * 19 + *k * 11ull;
}

static void what_no_directory_leads_to_is_lost(void **state)
{
	struct span in = volume(PLAIN);
	uint8_t *dir = inode_of(in, "/dir");
	char path[64];
	struct opened o;
	uint32_t k, number;

	(void)state;
	open_sample(&o, &format_f2fs, in);
	number = (uint32_t)wanted(&o, "/dir/deep")->key[0];
	opened_free(&o);
	record_of(dir, "deep", &k);
	dir[364 + k / 8] &= (uint8_t) ~(1u << k % 8);
	open_sample(&o, &format_f2fs, in);
	assert_null(opened_entry(&o, "/dir/deep"));
	snprintf(path, sizeof(path), "/#%u\\x20deep", number);
	assert_string_equal(wanted(&o, path)->fault.what, "directory of a name");
	snprintf(path, sizeof(path), "/#%u\\x20deep/inline", number);
	content_is(&o, wanted(&o, path), span_text("tiny"));
	opened_free(&o);
	sample_free(in);
}

static void a_directory_within_itself_is_met_once(void **state)
{
	struct span in = volume(PLAIN);
	uint8_t *dir = inode_of(in, "/dir"), *record;
	struct opened o;
	uint32_t k;

	(void)state;
	record = record_of(dir, "deep", &k);
	memcpy(record + 4, dir + BLOCK - 24, 4);
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "directory met twice");
	opened_free(&o);
	put_le(record + 4, UINT32_MAX, 4);
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(wanted(&o, "/dir/deep")->fault.what, "node without a block");
	opened_free(&o);
	put_le(record + 8, 0, 2); /* a name of no length */
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(wanted(&o, "/dir")->fault.what, "name in a directory");
	opened_free(&o);
	sample_free(in);
}

static void says_that_blocks_are_shared(void **state)
{
	struct span in = volume(PLAIN);
	uint8_t *large = inode_of(in, "/large");
	struct opened o;

	(void)state;
	memcpy(large + 364, large + 360, 4);
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(wanted(&o, "/large")->fault.what, "block used twice");
	opened_free(&o);
	sample_free(in);
}

static void a_size_of_the_largest_number_ends_somewhere(void **state)
{
	static const char *const paths[] = { "/large", "/far", "/dir/deep/inline", "/longlink",
					     "/many" };
	static const char *const samples[] = { PLAIN, FULL };

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		struct span in = volume(samples[s]);
		struct sink content;
		struct opened o;

		sink_init(&content, NULL, LIMIT);
		for (size_t i = 0; i < 5; i++)
			put_le(inode_of(in, paths[i]) + 16, UINT64_MAX, 8);
		open_sample(&o, &format_f2fs, in);
		assert_string_equal(wanted(&o, "/large")->fault.what,
				    s ? "inode CRC-32" : "file size");
		assert_int_not_equal(wanted(&o, "/longlink")->fault.kind, FAULT_NONE);
		opened_load(&o, wanted(&o, "/far"), &content, LIMIT);
		opened_load(&o, wanted(&o, "/dir/deep/inline"), &content, LIMIT);
		opened_free(&o);
		sink_free(&content);
		sample_free(in);
	}
}

static void what_is_encrypted_is_not_loaded(void **state)
{
	struct span in = volume(PLAIN);
	struct opened o;

	(void)state;
	inode_of(in, "/a.txt")[2] |= F2FS_ENCRYPTED;
	inode_of(in, "/link")[2] |= F2FS_ENCRYPTED;
	inode_of(in, "/dir/deep")[2] |= F2FS_ENCRYPTED;
	open_sample(&o, &format_f2fs, in);
	assert_true(wanted(&o, "/a.txt")->encrypted);
	assert_true(wanted(&o, "/link")->encrypted);
	assert_int_equal(wanted(&o, "/dir/deep")->fault.kind, FAULT_ENCRYPTED);
	assert_non_null(opened_entry(&o, "/dir/deep/696e6c696e65")); /* "inline" */
	opened_free(&o);
	sample_free(in);
}

static void says_what_it_cannot_unpack(void **state)
{
	struct span in = volume("f2fs/lzo.gz");
	uint8_t *large = inode_of(in, "/large");
	struct sink content;
	struct opened o;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	large[392] = 9;
	open_sample(&o, &format_f2fs, in);
	assert_string_equal(opened_load(&o, wanted(&o, "/large"), &content, LIMIT).what,
			    "compression");
	assert_int_equal(content.n, LARGE); /* zeros in its place */
	opened_free(&o);
	large[392] = 1; /* LZ4 */
	open_sample(&o, &format_f2fs, in);
	assert_int_equal(opened_load(&o, wanted(&o, "/large"), &content, LIMIT).kind, FAULT_BROKEN);
	opened_free(&o);
	sink_free(&content);
	sample_free(in);
}

static void says_that_the_volume_is_cut(void **state)
{
	struct span in = volume(FULL);
	struct opened o;

	(void)state;
	for (size_t n = 8192; n < in.n; n += 3333333) {
		opened_init(&o, &format_f2fs, span_head(in, n));
		assert_int_equal(o.l.fault.kind, FAULT_SHORT);
		opened_free(&o);
	}
	sample_free(in);
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		uint32_t at, bytes;
		uint64_t value;
	} wrong[] = { { 0, 4, 0 },           { 4, 2, 9 },           { 16, 4, 40 }, { 20, 4, 8 },
		      { 36, 8, 0 },          { 36, 8, UINT64_MAX }, { 96, 4, 0 },  { 100, 4, 0 },
		      { 76, 4, UINT32_MAX }, { 84, 4, UINT32_MAX } };
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct span in = volume(PLAIN);

		for (uint32_t copy = 0; copy < 2; copy++)
			put_le(sample_bytes(in) + SUPER + copy * BLOCK + wrong[i].at,
			       wrong[i].value, (int)wrong[i].bytes);
		if (format_f2fs.probe(in, &f).kind == FAULT_NONE)
			fail_msg("%u changed", wrong[i].at);
		sample_free(in);
	}
}

/* Bytes of some inodes: more are changed by the fuzzer. */
static void flips_do_no_harm(void **state)
{
	static const char *const samples[] = { "f2fs/zstd.gz", PLAIN };
	static const char *const paths[] = { "/", "/large", "/dir" };

	(void)state;
	for (size_t s = 0; s < 2; s++) {
		struct span in = volume(samples[s]);
		struct f2fs fs;

		open_fs(&fs, in);
		for (size_t k = 0; k < s + 2; k++) {
			uint8_t *p = inode_of(in, paths[k]);

			for (size_t n = k; n < BLOCK; n += n < 440 ? 11 : 411) {
				uint8_t kept = p[n];

				p[n] = (uint8_t)~kept;
				open_anyhow(&format_f2fs, in);
				p[n] = kept;
			}
		}
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_with_few_features_and_with_all),
		cmocka_unit_test(unpacks_clusters_of_each_method),
		cmocka_unit_test(finds_blocks_at_every_depth),
		cmocka_unit_test(takes_the_other_superblock),
		cmocka_unit_test(takes_the_older_checkpoint_or_none),
		cmocka_unit_test(what_the_journal_has_counts),
		cmocka_unit_test(says_that_nodes_were_written_since),
		cmocka_unit_test(says_which_inode_is_damaged),
		cmocka_unit_test(what_no_directory_leads_to_is_lost),
		cmocka_unit_test(a_directory_within_itself_is_met_once),
		cmocka_unit_test(says_that_blocks_are_shared),
		cmocka_unit_test(a_size_of_the_largest_number_ends_somewhere),
		cmocka_unit_test(what_is_encrypted_is_not_loaded),
		cmocka_unit_test(says_what_it_cannot_unpack),
		cmocka_unit_test(says_that_the_volume_is_cut),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(flips_do_no_harm),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
