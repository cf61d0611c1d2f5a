/* otherfs_live.c - JFS, ReiserFS and HFS+ that Linux wrote, QNX6 that Linux reads; hostile ones are
 * made of them. */
#include "format/parts.h"
#include "unit/format/live_tree.h"

extern const struct format format_jfs, format_reiserfs, format_hfsplus, format_qnx6;

#define ENTRIES 121

static const struct live {
	const char *sample;
	const struct format *format;
	int count; /* attributes of /attributes, but for two */
	uint32_t ns;
} lives[] = {
	{ "otherfs/live.jfs.xz", &format_jfs, 12, LIVE_NS },
	{ "otherfs/live.reiserfs.xz", &format_reiserfs, 12, 0 },
	{ "otherfs/live.hfsplus.xz", &format_hfsplus, 12, 0 },
	{ "otherfs/live.hfsx.xz", &format_hfsplus, 12, 0 },
};

#define LIVES (sizeof(lives) / sizeof(lives[0]))

static void gives_what_linux_wrote(void **state)
{
	(void)state;
	for (size_t i = 0; i < LIVES; i++) {
		struct span in = sample_unxz(lives[i].sample);
		struct opened o;

		in = with_room(in, 3000);
		open_sample(&o, lives[i].format, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n - 3000);
		assert_int_equal(o.l.count, ENTRIES);
		has_live_tree_of(&o, lives[i].count, 500, lives[i].ns);
		opened_free(&o);
		sample_free(in);
	}
}

static void reads_inodes_of_reiserfs_3_5(void **state)
{
	struct span in = sample_unxz("otherfs/empty.reiserfs35.xz");
	struct opened o;

	(void)state;
	open_sample(&o, &format_reiserfs, in);
	assert_string_equal(o.found.label, "version 3.5, 41943040 bytes");
	assert_int_equal(o.l.count, 1);
	assert_int_equal(o.l.entries[0].kind, KIND_DIRECTORY);
	assert_int_equal(o.l.entries[0].mode, 0755);
	opened_free(&o);
	sample_free(in);
}

/* `seq 1 60000` in blocks by way of tables; by the newer superblock, which is the second. */
static void reads_qnx6_of_both_orders(void **state)
{
	static const char *const samples[] = { "otherfs/qnx6-le.xz", "otherfs/qnx6-be.xz" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_unxz(samples[i]);
		struct opened o;

		open_sample(&o, &format_qnx6, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n);
		assert_int_equal(o.l.count, 14);
		has_disk_files(&o);
		has_disk_owner(&o);
		is_link(&o);
		is_seq(&o, "/large", 60000);
		is_sparse(&o, wanted(&o, "/sparse"));
		is_hard_link(&o, "/again", "/a.txt");
		content_is(&o, wanted(&o, "/a-name-of-more-than-twenty-seven-bytes"),
			   span_text("long\n"));
		assert_int_equal(wanted(&o, "/a.txt")->mtime, DISK_MTIME);
		assert_int_equal(wanted(&o, "/null")->kind, KIND_CHAR_DEVICE);
		assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
		opened_free(&o);
		sample_free(in);
	}
}

/* Where these bytes stand in a sample, at or behind `from`. */
static size_t place_of(struct span in, size_t from, const void *bytes, size_t n)
{
	size_t at = span_find(in, from, (struct span){ bytes, n });

	assert_int_not_equal(at, SIZE_MAX);
	return at;
}

static bool has_fault(const struct opened *o, const char *what)
{
	if (o->fault.kind && strcmp(o->fault.what, what) == 0)
		return true;
	if (o->l.fault.kind && strcmp(o->l.fault.what, what) == 0)
		return true;
	for (uint32_t i = 0; i < o->l.count; i++)
		if (o->l.entries[i].fault.kind && strcmp(o->l.entries[i].fault.what, what) == 0)
			return true;
	return false;
}

static void says_that_a_journal_waits(void **state)
{
	static const struct {
		size_t live, at;
		const char *bytes;
		size_t n;
	} dirty[] = { { 0, 0x8000 + 40, "\2", 1 },
		      { 1, 65536 + 50, "\2", 1 },
		      { 2, 1024 + 6, "\x20\x00", 2 } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span in = sample_unxz(lives[dirty[i].live].sample);
		struct opened o;

		memcpy(sample_bytes(in) + dirty[i].at, dirty[i].bytes, dirty[i].n);
		opened_init(&o, lives[dirty[i].live].format, in);
		assert_true(has_fault(&o, "journal not replayed"));
		assert_int_equal(o.l.count, ENTRIES);
		opened_free(&o);
		sample_free(in);
	}
}

/* The name leads to a number, wherever it stands: pages that are no longer used hold it, too. */
static void lead_to(struct span in, uint32_t number)
{
	const struct span name = { (const uint8_t *)"a\0.\0t\0x\0t\0", 10 };

	for (size_t at = 6; (at = span_find(in, at, name)) != SIZE_MAX; at++)
		put_le(sample_bytes(in) + at - 6, number, 4);
}

static void jfs_inode_that_is_another(void **state)
{
	struct span in = sample_unxz(lives[0].sample);
	struct opened o;

	(void)state;
	lead_to(in, 2); /* the root itself */
	opened_init(&o, &format_jfs, in);
	assert_true(has_fault(&o, "directory met twice"));
	opened_free(&o);
	lead_to(in, 0x7fffffff);
	opened_init(&o, &format_jfs, in);
	assert_true(has_fault(&o, "inode number"));
	opened_free(&o);
	sample_free(in);
}

/* /even begins where /odd does: its first extent is changed to the other's. */
static void jfs_extent_of_two_files(void **state)
{
	struct span in = sample_unxz(lives[0].sample);
	struct opened o;
	uint64_t one, two;

	(void)state;
	open_sample(&o, &format_jfs, in);
	one = wanted(&o, "/a.txt")->offset / 4096;
	two = wanted(&o, "/large")->offset / 4096;
	opened_free(&o);
	for (size_t at = 0; at + 512 <= in.n; at += 512) {
		uint8_t *inode = sample_bytes(in) + at;

		if (span_u32(in, at + 224 + 32 + 12, false) == two && inode[224 + 16] & 2)
			put_le(inode + 224 + 32 + 12, one, 4);
	}
	opened_init(&o, &format_jfs, in);
	assert_true(has_fault(&o, "block used twice"));
	opened_free(&o);
	sample_free(in);
}

/* The root of the tree is made a node that leads to itself, and one whose leaves are all the same.
 */
static void reiserfs_trees_that_go_round(void **state)
{
	struct span in = sample_unxz(lives[1].sample);
	uint32_t root = span_u32(in, 65536 + 8, false), child;
	uint8_t *node = sample_bytes(in) + (size_t)root * 4096;
	uint16_t items = span_u16(in, (uint64_t)root * 4096 + 2, false);
	uint8_t *pointers = node + 24 + items * 16u;
	struct opened o;

	(void)state;
	assert_true(items > 1);
	child = span_u32((struct span){ pointers, 4 }, 0, false);
	for (uint32_t i = 0; i <= items; i++)
		put_le(pointers + i * 8, child, 4);
	opened_init(&o, &format_reiserfs, in);
	assert_true(has_fault(&o, "node met twice"));
	opened_free(&o);
	for (uint32_t i = 0; i <= items; i++)
		put_le(pointers + i * 8, root, 4);
	opened_init(&o, &format_reiserfs, in);
	assert_true(has_fault(&o, "node met twice"));
	opened_free(&o);
	put_le(sample_bytes(in) + 65536 + 68, 60, 2);
	opened_init(&o, &format_reiserfs, in);
	assert_true(has_fault(&o, "height of the tree"));
	opened_free(&o);
	sample_free(in);
}

/* A leaf that is the next one of itself; a hard link to a file that is not there. */
static void hfsplus_chains_and_links(void **state)
{
	struct span in = sample_unxz(lives[2].sample);
	size_t catalog = (size_t)span_u32(in, 1024 + 272 + 16, true) * 4096;
	uint32_t leaf = span_u32(in, catalog + 24, true);
	size_t link = place_of(in, catalog, "hlnkhfs+", 8);
	struct opened o;

	(void)state;
	put_be(sample_bytes(in) + link - 48 + 44, 0xfffffff0, 4);
	opened_init(&o, &format_hfsplus, in);
	assert_true(o.l.count >= ENTRIES);
	opened_free(&o);
	put_be(sample_bytes(in) + catalog + leaf * 4096ull, leaf, 4);
	opened_init(&o, &format_hfsplus, in);
	assert_true(has_fault(&o, "leaf of a tree"));
	opened_free(&o);
	sample_free(in);
}

/* A table of blocks that leads to itself; levels beyond those there can be; a size of 2^63. */
static void qnx6_tables_and_sizes(void **state)
{
	struct span in = sample_unxz("otherfs/qnx6-le.xz");
	struct opened o;
	struct span large;
	size_t inode;

	(void)state;
	open_sample(&o, &format_qnx6, in);
	large = (struct span){ (const uint8_t *)"\xde\x52\x05\0\0\0\0\0", 8 }; /* 348894 */
	inode = place_of(in, 0x3000, large.p, large.n);
	opened_free(&o);
	put_le(sample_bytes(in) + inode, 1ull << 63, 8);
	opened_init(&o, &format_qnx6, in);
	assert_true(has_fault(&o, "size beyond the blocks"));
	opened_free(&o);
	put_le(sample_bytes(in) + inode, 348894, 8);
	put_le(sample_bytes(in) + inode + 100, 6, 1);
	opened_init(&o, &format_qnx6, in);
	assert_true(has_fault(&o, "levels of pointers"));
	opened_free(&o);
	put_le(sample_bytes(in) + inode + 100, 2, 1);
	put_le(sample_bytes(in) + 0x3000 + span_u32(in, inode + 36, false) * (size_t)1024,
	       span_u32(in, inode + 36, false), 4);
	opened_init(&o, &format_qnx6, in);
	assert_true(has_fault(&o, "block used twice"));
	opened_free(&o);
	sample_free(in);
}

/* Cut at every block, and every field of the first bytes of blocks changed. */
static void cuts_and_flips_do_no_harm(void **state)
{
	static const char *const more[] = { "otherfs/qnx6-le.xz", "otherfs/qnx6-be.xz" };

	(void)state;
	for (size_t i = 0; i < LIVES + 2; i++) {
		const struct format *f = i < LIVES ? lives[i].format : &format_qnx6;
		struct span in = sample_unxz(i < LIVES ? lives[i].sample : more[i - LIVES]);
		uint8_t *p = sample_bytes(in);

		for (size_t n = 4096, done = 0; n < in.n && done < 60; n += 4096) {
			if (is_filled(in, n, 64, 0))
				continue;
			done++;
			open_anyhow(f, span_head(in, n + 40));
			for (size_t k = done % 8; k < 64; k += 8) {
				uint8_t kept = p[n + k];

				p[n + k] = (uint8_t)~kept;
				open_anyhow(f, in);
				p[n + k] = kept;
			}
		}
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_linux_wrote),
		cmocka_unit_test(reads_inodes_of_reiserfs_3_5),
		cmocka_unit_test(reads_qnx6_of_both_orders),
		cmocka_unit_test(says_that_a_journal_waits),
		cmocka_unit_test(jfs_inode_that_is_another),
		cmocka_unit_test(jfs_extent_of_two_files),
		cmocka_unit_test(reiserfs_trees_that_go_round),
		cmocka_unit_test(hfsplus_chains_and_links),
		cmocka_unit_test(qnx6_tables_and_sizes),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
