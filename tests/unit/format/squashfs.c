/* squashfs.c - SquashFS against samples whose tree is known from their makers. */
#include "unit/support.h"

#define LIMIT (1u << 20)

extern const struct format format_squashfs;

static const char *const one_tree[] = {
	"good-v1-le",
	"good-v1-be",
	"good-v2-le",
	"good-v2-be-checked",
	"good-v3-be",
	"good-v3-le-checked",
	"good-v4-be",
	"good-v4-le",
	"good-v4-gzip",
	"good-v4-lzma",
	"good-v4-lzo",
	"good-v4-xz",
	"good-v4-lz4",
	"good-v4-zstd",
	"good-v4-plain",
	"odd-v3-lzma-ddwrt",
	"odd-v4-be-avm",
	"odd-v3-be-lzma-late",
	"odd-v4-lzma-properties",
	"odd-v2-lzma-bare",
};

#define ONE_TREE (sizeof(one_tree) / sizeof(one_tree[0]))

static struct span image(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "squashfs/%s.sqfs", name);
	return sample_read(path);
}

static void open_image(struct opened *o, struct span in)
{
	opened_init(o, &format_squashfs, in);
	assert_int_equal(o->refused.kind, FAULT_NONE);
	assert_int_equal(o->fault.kind, FAULT_NONE);
}

static void put_rest(const struct opened *o, const struct entry *e, struct sink *content, FILE *out)
{
	uint8_t digest[SHA256_SIZE];
	char first[512];

	switch (e->kind) {
	case KIND_HARDLINK:
		opened_path(o, e->first, first, sizeof(first));
		fprintf(out, " %s", first);
		break;
	case KIND_SYMLINK:
		fprintf(out, " %.*s", (int)e->target.n, (const char *)e->target.p);
		break;
	case KIND_CHAR_DEVICE:
	case KIND_BLOCK_DEVICE:
		fprintf(out, " %u,%u", e->major, e->minor);
		break;
	case KIND_FILE:
		assert_int_equal(opened_load(o, e, content, LIMIT).kind, FAULT_NONE);
		assert_int_equal(content->n, e->size);
		sha256_of(sink_span(content), digest);
		fputc(' ', out);
		for (size_t i = 0; i < sizeof(digest); i++)
			fprintf(out, "%02x", digest[i]);
		break;
	default:
		break;
	}
}

/* One line an entry, as make_squashfs.py writes tree.txt. */
static char *describe(const struct opened *o)
{
	char *text = NULL, path[512];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		opened_path(o, i, path, sizeof(path));
		fprintf(out, "%s %s %04o %u:%u", path, kind_name(e->kind), e->mode, e->uid, e->gid);
		put_rest(o, e, &content, out);
		fputc('\n', out);
	}
	fclose(out);
	sink_free(&content);
	return text;
}

static void reads_one_tree_from_every_version_order_and_codec(void **state)
{
	struct span want = sample_read("squashfs/tree.txt");

	(void)state;
	sample_bytes(want)[want.n] = 0;
	for (size_t i = 0; i < ONE_TREE; i++) {
		struct span in = image(one_tree[i]);
		struct opened o;
		char *have;

		open_image(&o, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		have = describe(&o);
		if (strcmp(have, (const char *)want.p) != 0)
			fail_msg("%s holds\n%s", one_tree[i], have);
		free(have);
		opened_free(&o);
		sample_free(in);
	}
	sample_free(want);
}

static void says_version_codec_and_variant_in_the_label(void **state)
{
	static const char *const labels[][2] = {
		{ "good-v1-be", "1.0 gzip big-endian" },
		{ "good-v4-zstd", "4.0 zstd" },
		{ "good-v4-lzma", "4.0 lzma" },
		{ "odd-v3-lzma-ddwrt", "3.0 lzma (DD-WRT)" },
		{ "odd-v4-lzma-properties", "4.0 lzma (5-byte properties)" },
		{ "odd-v3-be-lzma-late", "3.0 lzma (properties at 4) big-endian" },
		{ "odd-v2-lzma-bare", "2.0 lzma (bare)" },
		{ "odd-v4-be-avm", "4.0 gzip big-endian (AVM)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct span in = image(labels[i][0]);
		struct opened o;

		open_image(&o, in);
		assert_string_equal(o.l.label, labels[i][1]);
		opened_free(&o);
		sample_free(in);
	}
}

static void finds_the_exact_end_before_the_padding(void **state)
{
	struct span in = image("good-v4-gzip");
	struct found f = { 0 };

	(void)state;
	assert_int_equal(format_squashfs.probe(in, &f).kind, FAULT_NONE);
	assert_true(f.len < in.n && in.n - f.len < 4096);
	for (size_t i = f.len; i < in.n; i++)
		assert_int_equal(in.p[i], 0);
	assert_int_equal(f.proof, PROOF_STRUCTURE);
	sample_free(in);
}

static void takes_the_byte_order_from_the_version_not_the_magic(void **state)
{
	struct span in = image("good-v4-be");
	struct opened o;

	(void)state;
	memcpy(sample_bytes(in), "hsqs", 4);
	open_image(&o, in);
	assert_int_equal(opened_faults(&o), 0);
	assert_non_null(opened_entry(&o, "/etc/passwd"));
	opened_free(&o);
	sample_free(in);
}

static void refuses_a_superblock_whose_fields_disagree(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} changes[] = { { 0, 'x' }, { 4, 0 } /* with 5: no inodes */,
			{ 12, 1 },  { 22, 13 },
			{ 28, 5 },  { 33, 0x20 },
			{ 55, 1 },  { 71, 1 },
			{ 79, 1 },  { 87, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span in = image("good-v4-gzip");
		struct found f = { 0 };

		sample_bytes(in)[changes[i].at] = changes[i].byte;
		if (format_squashfs.probe(in, &f).kind == FAULT_NONE)
			fail_msg("byte %zu was not looked at", changes[i].at);
		sample_free(in);
	}
}

static const struct xattr *attribute(const struct entry *e, const char *name)
{
	for (uint32_t i = 0; i < e->xattr_count; i++)
		if (span_is(e->xattrs[i].name, name))
			return &e->xattrs[i];
	fail_msg("no attribute %s", name);
	return NULL;
}

static void keeps_attributes_in_line_and_out_of_line(void **state)
{
	static const char *const names[] = { "good-v4-be", "good-v4-le", "good-v4-xz",
					     "good-v4-plain" };
	struct span shared = span_text("a value that several files share and that is stored once");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span in = image(names[i]);
		const struct entry *e;
		struct opened o;

		open_image(&o, in);
		e = opened_entry(&o, "/files/capable");
		assert_int_equal(e->xattr_count, 2);
		assert_int_equal(attribute(e, "security.capability")->value.n, 20);
		assert_true(span_equal(attribute(e, "user.long")->value, shared));
		e = opened_entry(&o, "/files/set-uid");
		assert_true(span_equal(attribute(e, "trusted.long")->value, shared));
		assert_true(span_is(attribute(e, "user.note")->value, "plain"));
		opened_free(&o);
		sample_free(in);
	}
}

static void keeps_times_where_the_version_has_them(void **state)
{
	static const char *const names[] = { "good-v1-le", "good-v2-le", "good-v3-be",
					     "good-v4-be" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span in = image(names[i]);
		const struct entry *e;
		struct opened o;

		open_image(&o, in);
		e = opened_entry(&o, "/etc/passwd");
		assert_true(e->has_mtime);
		assert_int_equal(e->mtime, 1500000000);
		e = opened_entry(&o, "/dev/null");
		assert_int_equal(e->has_mtime, i >= 2);
		opened_free(&o);
		sample_free(in);
	}
}

static void tells_where_unpacked_files_stand(void **state)
{
	struct span in = image("good-v4-plain");
	const struct entry *e;
	struct opened o;

	(void)state;
	open_image(&o, in);
	e = opened_entry(&o, "/files/capable");
	assert_true(e->stored);
	assert_true(span_is(span_sub(in, e->offset, e->length), "program"));
	assert_true(opened_entry(&o, "/files/exact")->stored);
	assert_false(opened_entry(&o, "/files/hole")->stored);
	opened_free(&o);
	sample_free(in);
}

static void gives_files_of_one_fragment_one_order(void **state)
{
	struct span in = image("good-v4-zstd");
	struct opened o;

	(void)state;
	open_image(&o, in);
	assert_int_equal(opened_entry(&o, "/etc/passwd")->order,
			 opened_entry(&o, "/files/set-uid")->order);
	assert_true(opened_entry(&o, "/files/exact")->order <
		    opened_entry(&o, "/etc/passwd")->order);
	opened_free(&o);
	sample_free(in);
}

/* The same fragment number of two images, by turns, in one thread. */
static void never_takes_a_fragment_of_another_image(void **state)
{
	struct span in[2] = { image("good-v4-zstd"), image("good-v4-many") };
	struct span again = image("good-v3-be");
	struct opened o[2];
	struct sink content;

	(void)state;
	sample_free(in[1]);
	in[1] = again;
	sink_init(&content, NULL, LIMIT);
	for (int i = 0; i < 2; i++)
		open_image(&o[i], in[i]);
	for (int i = 0; i < 6; i++) {
		const struct entry *e = opened_entry(&o[i % 2], "/files/capable");

		assert_int_equal(opened_load(&o[i % 2], e, &content, LIMIT).kind, FAULT_NONE);
		assert_true(span_is(sink_span(&content), "program"));
	}
	for (int i = 0; i < 2; i++) {
		opened_free(&o[i]);
		sample_free(in[i]);
	}
	sink_free(&content);
}

static void keeps_what_fits_when_the_limit_is_met(void **state)
{
	struct span in = image("good-v4-gzip");
	struct opened o;
	struct sink content;

	(void)state;
	open_image(&o, in);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, opened_entry(&o, "/files/hole"), &content, 6000).kind,
			 FAULT_LIMIT);
	assert_int_equal(content.n, 6000);
	assert_int_equal(content.p[4095], 'x');
	assert_int_equal(content.p[4096], 0);
	sink_free(&content);
	opened_free(&o);
	sample_free(in);
}

static void stops_at_the_number_of_entries_allowed(void **state)
{
	struct span in = image("good-v4-many");
	struct arena arena = { 0 };
	struct listing l = { .in = in, .beyond = in, .arena = &arena, .most = 100 };

	(void)state;
	assert_int_equal(format_squashfs.list(&l).kind, FAULT_NONE);
	assert_int_equal(l.count, 100);
	assert_int_equal(l.fault.kind, FAULT_LIMIT);
	arena_free(&arena);
	sample_free(in);
}

static void loses_only_the_inodes_of_a_broken_block(void **state)
{
	struct span in = image("good-v4-many");
	uint64_t table = span_u64(in, 64, false);
	uint32_t lost = 0, kept = 0;
	struct opened o;

	(void)state;
	memset(sample_bytes(in) + table + 2, 0xA5, 40); /* the first block of inodes */
	open_image(&o, in);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(o.l.count, 401);
	for (uint32_t i = 0; i < o.l.count; i++) {
		lost += o.l.entries[i].fault.kind != FAULT_NONE;
		kept += o.l.entries[i].has_owner;
	}
	assert_int_equal(lost + kept, 401);
	assert_in_range(lost, 240, 260); /* 8192 bytes of 32 each */
	opened_free(&o);
	sample_free(in);
}

static void reads_other_files_when_one_block_is_broken(void **state)
{
	struct span in = image("good-v4-gzip");
	struct opened o;
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	memset(sample_bytes(in) + 96 + 20, 0xFF, 8); /* the first data block */
	open_image(&o, in);
	assert_int_equal(o.l.count, 19);
	assert_int_equal(opened_load(&o, opened_entry(&o, "/files/blocks"), &content, LIMIT).kind,
			 FAULT_BROKEN);
	assert_int_equal(content.n, opened_entry(&o, "/files/blocks")->size);
	assert_int_equal(opened_load(&o, opened_entry(&o, "/files/hole"), &content, LIMIT).kind,
			 FAULT_NONE);
	sink_free(&content);
	opened_free(&o);
	sample_free(in);
}

static void lists_a_truncated_image_without_its_last_tables(void **state)
{
	struct span in = image("good-v4-le");
	uint64_t ids = span_u64(in, 48, false);
	struct opened o;

	(void)state;
	open_image(&o, span_head(in, ids)); /* index of ids and xattrs are gone */
	assert_int_equal(o.found.len, ids);
	assert_int_equal(o.l.fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.count, 19);
	assert_false(opened_entry(&o, "/etc/passwd")->has_owner);
	assert_true(opened_entry(&o, "/etc/passwd")->has_mode);
	opened_free(&o);
	sample_free(in);
}

/* The plain sample's inodes are all in one block, so that a name can be led to another inode. */
static void ends_a_directory_that_holds_itself(void **state)
{
	struct span in = image("good-v4-plain");
	size_t name = span_find(in, (size_t)span_u64(in, 72, false), span_text("etc"));
	const struct entry *e;
	struct opened o;

	(void)state;
	memcpy(sample_bytes(in) + name - 8, in.p + 32, 2); /* the root's own place */
	open_image(&o, in);
	e = opened_entry(&o, "/etc");
	assert_int_equal(e->kind, KIND_DIRECTORY);
	assert_int_equal(e->fault.kind, FAULT_BROKEN);
	assert_null(opened_entry(&o, "/etc/etc"));
	assert_non_null(opened_entry(&o, "/files/exact"));
	opened_free(&o);
	sample_free(in);
}

static void keeps_names_with_slashes_and_dots_as_they_are(void **state)
{
	struct span in = image("good-v4-plain");
	size_t name = span_find(in, (size_t)span_u64(in, 72, false), span_text("capable"));
	struct opened o;
	bool found = false;

	(void)state;
	memcpy(sample_bytes(in) + name, "../..//", 7);
	open_image(&o, in);
	for (uint32_t i = 0; i < o.l.count; i++)
		found |= span_is(o.l.entries[i].name, "../..//");
	assert_true(found);
	opened_free(&o);
	sample_free(in);
}

static void load_all(const struct opened *o, struct sink *content)
{
	for (uint32_t i = 0; i < o->l.count; i++)
		if (o->l.entries[i].kind == KIND_FILE)
			opened_load(o, &o->l.entries[i], content, LIMIT);
}

static void survives_every_prefix_of_every_sample(void **state)
{
	struct sink content;

	(void)state;
	sink_init(&content, NULL, LIMIT);
	for (size_t i = 0; i < ONE_TREE; i++) {
		struct span in = image(one_tree[i]);
		struct guarded g = guarded_new(in.n);
		struct found f = { 0 };

		format_squashfs.probe(in, &f);
		for (size_t n = 0; n <= f.len; n++) {
			struct opened o;

			opened_init(&o, &format_squashfs, guarded_copy(g, span_head(in, n)));
			if (o.refused.kind == FAULT_NONE && n < f.len)
				assert_int_equal(o.l.fault.kind, FAULT_SHORT);
			load_all(&o, &content);
			opened_free(&o);
		}
		guarded_free(g);
		sample_free(in);
	}
	sink_free(&content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_from_every_version_order_and_codec),
		cmocka_unit_test(says_version_codec_and_variant_in_the_label),
		cmocka_unit_test(finds_the_exact_end_before_the_padding),
		cmocka_unit_test(takes_the_byte_order_from_the_version_not_the_magic),
		cmocka_unit_test(refuses_a_superblock_whose_fields_disagree),
		cmocka_unit_test(keeps_attributes_in_line_and_out_of_line),
		cmocka_unit_test(keeps_times_where_the_version_has_them),
		cmocka_unit_test(tells_where_unpacked_files_stand),
		cmocka_unit_test(gives_files_of_one_fragment_one_order),
		cmocka_unit_test(never_takes_a_fragment_of_another_image),
		cmocka_unit_test(keeps_what_fits_when_the_limit_is_met),
		cmocka_unit_test(stops_at_the_number_of_entries_allowed),
		cmocka_unit_test(loses_only_the_inodes_of_a_broken_block),
		cmocka_unit_test(reads_other_files_when_one_block_is_broken),
		cmocka_unit_test(lists_a_truncated_image_without_its_last_tables),
		cmocka_unit_test(ends_a_directory_that_holds_itself),
		cmocka_unit_test(keeps_names_with_slashes_and_dots_as_they_are),
		cmocka_unit_test(survives_every_prefix_of_every_sample),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
