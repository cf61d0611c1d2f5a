/* ubifs.c - UBIFS as mkfs.ubifs and the kernel write it, and what is left of it when parts are
 * torn.
 */
#include "codec/codec.h"
#include "unit/format/small_tree.h"

extern const struct format format_ubifs;

#define LEB 15360

enum { INODE, DATA, DENTRY, XENTRY, SUPER = 6, MASTER, INDEX = 9 };

/* The image of a sample, in memory of its own; free() the sink. */
static struct span unpack(const char *name, struct sink *out)
{
	struct span gz = sample_read(name);

	sink_init(out, NULL, 1u << 20);
	assert_int_equal(inflate_gzip(gz, PLAIN_UNKNOWN, out).fault.kind, FAULT_NONE);
	sample_free(gz);
	return sink_span(out);
}

static uint32_t le32(const uint8_t *p)
{
	return span_u32((struct span){ p, 4 }, 0, false);
}

static void put_le32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static void seal(uint8_t *node)
{
	put_le32(node + 4, crc32_open((struct span){ node + 8, le32(node + 16) - 8 }));
}

/* The next node of that type at or behind *at; NULL where there is none. */
static uint8_t *next_node(const struct sink *image, size_t *at, uint8_t type)
{
	for (; *at + 24 <= image->n; *at += 8) {
		uint8_t *p = image->p + *at;

		if (memcmp(p, "\x31\x18\x10\x06", 4) == 0 && p[20] == type) {
			*at += 8;
			return p;
		}
	}
	return NULL;
}

static uint8_t *named(const struct sink *image, const char *name)
{
	uint8_t *p;

	for (size_t at = 0; (p = next_node(image, &at, DENTRY));)
		if (strcmp((const char *)p + 56, name) == 0)
			return p;
	fail_msg("no entry %s", name);
	return NULL;
}

static uint8_t *node_of(const struct sink *image, uint8_t type, uint32_t inode)
{
	uint8_t *p;

	for (size_t at = 0; (p = next_node(image, &at, type));)
		if (le32(p + 24) == inode)
			return p;
	fail_msg("no node of inode %u", inode);
	return NULL;
}

/* The node at the top of the index. */
static uint8_t *root_of_index(const struct sink *image)
{
	const uint8_t *master;
	size_t at = 0;

	master = next_node(image, &at, MASTER);
	assert_non_null(master);
	return image->p + le32(master + 48) * LEB + le32(master + 52);
}

static void is_whole_tree(const struct opened *o)
{
	const struct entry *e = wanted(o, "/a.txt");

	is_a_txt(o, e);
	assert_int_equal(e->mode, 04755);
	assert_int_equal(e->uid, 70000);
	assert_int_equal(e->gid, 80000);
	assert_int_equal(e->mtime, MTIME);
	content_is(o, wanted(o, "/dir/deep/inline"), span_text("tiny"));
	content_is(o, wanted(o, "/dir/one"), span_text("first\n"));
	is_hard_link(o, "/dir/two", "/dir/one");
	is_link(o);
	is_device(o, "/null", KIND_CHAR_DEVICE, 1, 3);
	is_device(o, "/disk", KIND_BLOCK_DEVICE, 179, 300);
	assert_int_equal(wanted(o, "/pipe")->kind, KIND_FIFO);
	assert_int_equal(wanted(o, "/sock")->kind, KIND_SOCKET);
	is_sparse(o, wanted(o, "/sparse"));
	assert_int_equal(o->l.count, 13);
	assert_int_equal(opened_faults(o), 0);
}

static void reads_one_tree_with_every_compressor(void **state)
{
	static const char *const names[] = { "none", "lzo", "zlib", "zstd" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char sample[64], label[64];
		struct sink image;
		struct opened o;

		snprintf(sample, sizeof(sample), "ubifs/good-%s.ubifs.gz", names[i]);
		snprintf(label, sizeof(label), "format 4, %s, LEBs of 15360", names[i]);
		open_sample(&o, &format_ubifs, unpack(sample, &image));
		assert_int_equal(o.found.len, image.n);
		assert_string_equal(o.found.label, label);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		is_whole_tree(&o);
		opened_free(&o);
		sink_free(&image);
	}
}

static void says_what_is_encrypted(void **state)
{
	uint32_t files = 0;
	struct sink image;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ubifs, unpack("ubifs/odd-encrypted.ubifs.gz", &image));
	assert_int_equal(o.l.count, 13);
	assert_int_equal(o.l.entries[0].fault.kind, FAULT_ENCRYPTED);
	for (uint32_t i = 0; i < o.l.count; i++) {
		files += o.l.entries[i].encrypted;
		if (o.l.entries[i].kind == KIND_SYMLINK)
			assert_int_equal(o.l.entries[i].fault.kind, FAULT_ENCRYPTED);
	}
	assert_int_equal(files, 3);
	opened_free(&o);
	sink_free(&image);
}

/* Opens the zlib sample after a change. */
static void open_changed(struct opened *o, const struct sink *image)
{
	open_sample(o, &format_ubifs, sink_span(image));
}

static void reads_all_nodes_where_the_index_is_torn(void **state)
{
	struct sink image;
	struct opened o;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	root_of_index(&image)[30] ^= 1;
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	is_whole_tree(&o);
	opened_free(&o);
	sink_free(&image);
}

static void needs_one_of_two_masters(void **state)
{
	struct sink image;
	struct opened o;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	image.p[LEB + 60] ^= 1;
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	is_whole_tree(&o);
	opened_free(&o);

	image.p[2 * LEB + 60] ^= 1;
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	is_whole_tree(&o);
	opened_free(&o);
	sink_free(&image);
}

static void says_that_the_superblock_is_damaged(void **state)
{
	struct found f;
	struct sink image;
	struct opened o;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	image.p[200] ^= 1;
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	is_whole_tree(&o);
	opened_free(&o);

	image.p[LEB] = image.p[2 * LEB] = 0;
	assert_int_equal(format_ubifs.probe(sink_span(&image), &f).kind, FAULT_BROKEN);
	sink_free(&image);
}

static void gives_zeros_for_a_block_that_is_torn(void **state)
{
	static const uint8_t zeros[6], places[] = { 0, 20, 28, 49 }; /* magic, type, key, data */
	struct sink image, content;
	struct opened o;

	(void)state;
	for (size_t i = 0; i < sizeof(places); i++) {
		unpack("ubifs/good-zlib.ubifs.gz", &image);
		node_of(&image, DATA, le32(named(&image, "one") + 40))[places[i]] ^= 1;
		open_changed(&o, &image);
		sink_init(&content, NULL, LIMIT);
		assert_int_equal(opened_load(&o, wanted(&o, "/dir/one"), &content, LIMIT).kind,
				 FAULT_BROKEN);
		assert_int_equal(content.n, 6);
		assert_memory_equal(content.p, zeros, 6);
		sink_free(&content);
		opened_free(&o);
		sink_free(&image);
	}
}

static void lists_files_that_lost_their_name(void **state)
{
	struct sink image;
	struct opened o;
	char path[16];
	uint8_t *dentry;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	dentry = named(&image, "dir");
	snprintf(path, sizeof(path), "/#%u", le32(dentry + 40));
	dentry[57] ^= 1;
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(wanted(&o, path)->kind, KIND_DIRECTORY);
	assert_int_equal(wanted(&o, path)->fault.kind, FAULT_BROKEN);
	strcat(path, "/one");
	content_is(&o, wanted(&o, path), span_text("first\n"));
	opened_free(&o);
	sink_free(&image);
}

static void ends_an_index_that_leads_back(void **state)
{
	struct sink image;
	struct opened o;
	uint8_t *root;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	root = root_of_index(&image);
	assert_int_equal(root[26], 1); /* one level above the lowest */
	memcpy(root + 28 + 20, root + 28, 8);
	seal(root);
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	is_whole_tree(&o);
	opened_free(&o);

	put_le32(root + 28, 0x7fffffff); /* LEB */
	put_le32(root + 32, UINT32_MAX); /* place in it */
	seal(root);
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	is_whole_tree(&o);
	opened_free(&o);
	sink_free(&image);
}

static void meets_a_directory_within_itself_once(void **state)
{
	struct sink image;
	struct opened o;
	uint8_t *deep;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	deep = named(&image, "deep");
	put_le32(deep + 40, le32(named(&image, "dir") + 40));
	seal(deep);
	open_changed(&o, &image);
	assert_int_equal(wanted(&o, "/dir/deep")->fault.kind, FAULT_BROKEN);
	assert_null(opened_entry(&o, "/dir/deep/deep"));
	opened_free(&o);
	sink_free(&image);
}

static void bounds_what_sizes_claim(void **state)
{
	struct sink image, content;
	struct opened o;
	uint32_t inode;
	uint8_t *node;

	(void)state;
	unpack("ubifs/good-zlib.ubifs.gz", &image);
	inode = le32(named(&image, "one") + 40);
	node = node_of(&image, INODE, inode);
	node[55] = 0x80; /* 2^63 bytes */
	seal(node);
	open_changed(&o, &image);
	assert_int_equal(wanted(&o, "/dir/one")->fault.kind, FAULT_BROKEN);
	assert_int_equal(wanted(&o, "/dir/one")->size, 4096);
	opened_free(&o);

	node[55] = 0;
	node[53] = 1; /* 2^40, of which a block says to hold 2^31 */
	seal(node);
	node = node_of(&image, DATA, inode);
	node[43] = 0x80;
	seal(node);
	open_changed(&o, &image);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/dir/one"), &content, LIMIT).kind,
			 FAULT_LIMIT);
	sink_free(&content);
	opened_free(&o);
	sink_free(&image);
}

/* What a running device left: names, blocks and attributes newer than the last commit. */
static void is_changed_tree(const struct opened *o)
{
	const struct entry *e = wanted(o, "/two");
	static uint8_t want[12000];

	content_is(o, e, span_text("kept, changed\n"));
	has_xattr(e, "user.key", span_text("new"));
	assert_null(opened_entry(o, "/gone"));
	assert_null(opened_entry(o, "/dir/old"));
	content_is(o, wanted(o, "/dir/new"), span_text("moved\n"));
	memset(want, 'A', 5000);
	content_is(o, wanted(o, "/cut"), (struct span){ want, sizeof(want) });
	is_hard_link(o, "/kept", "/two");
	is_device(o, "/disk", KIND_BLOCK_DEVICE, 259, 70000);
	assert_int_equal(o->l.count, 7);
}

static void replays_the_journal(void **state)
{
	struct sink image;
	struct opened o;

	(void)state;
	open_sample(&o, &format_ubifs, unpack("ubifs/good-journal.ubifs.gz", &image));
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	is_changed_tree(&o);
	opened_free(&o);

	/* Without any master the same comes from all nodes. */
	for (size_t at = LEB; at < 3u * LEB; at += 512)
		image.p[at + 60] ^= 1;
	open_changed(&o, &image);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	is_changed_tree(&o);
	opened_free(&o);
	sink_free(&image);
}

/* The last node of a group was not written: the name and the inode before it do not count. */
static void drops_a_change_that_was_cut_off(void **state)
{
	struct sink image;
	struct opened o;
	uint8_t *dentry;

	(void)state;
	unpack("ubifs/good-journal.ubifs.gz", &image);
	dentry = named(&image, "disk");
	assert_int_equal(dentry[21], 1);
	memset(dentry + 64 + 168, 0xff, LEB - (size_t)(dentry + 64 + 168 - image.p) % LEB);
	open_changed(&o, &image);
	assert_null(opened_entry(&o, "/disk"));
	content_is(&o, wanted(&o, "/dir/new"), span_text("moved\n"));
	assert_int_equal(o.l.count, 6);
	opened_free(&o);
	sink_free(&image);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	struct sink image;
	struct guarded g;

	(void)state;
	unpack("ubifs/good-journal.ubifs.gz", &image);
	g = guarded_new(image.n);
	for (size_t n = 0; n <= image.n; n += 1019)
		open_anyhow(&format_ubifs, guarded_copy(g, span_head(sink_span(&image), n)));
	for (size_t i = 0; i < image.n; i += 3) {
		uint8_t kept = image.p[i];

		if (kept == 0xff || kept == 0 || kept == 'A')
			continue;
		image.p[i] = (uint8_t)~kept;
		open_anyhow(&format_ubifs, sink_span(&image));
		image.p[i] = kept;
	}
	guarded_free(g);
	sink_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_with_every_compressor),
		cmocka_unit_test(says_what_is_encrypted),
		cmocka_unit_test(reads_all_nodes_where_the_index_is_torn),
		cmocka_unit_test(needs_one_of_two_masters),
		cmocka_unit_test(says_that_the_superblock_is_damaged),
		cmocka_unit_test(gives_zeros_for_a_block_that_is_torn),
		cmocka_unit_test(lists_files_that_lost_their_name),
		cmocka_unit_test(ends_an_index_that_leads_back),
		cmocka_unit_test(meets_a_directory_within_itself_once),
		cmocka_unit_test(bounds_what_sizes_claim),
		cmocka_unit_test(replays_the_journal),
		cmocka_unit_test(drops_a_change_that_was_cut_off),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
