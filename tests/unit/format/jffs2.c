/* jffs2.c - JFFS2 against images of mkfs.jffs2, and logs made node by node: what a kernel that was
 * interrupted, or an attacker, leaves. */
#include "unit/format/small_tree.h"

extern const struct format format_jffs2;

static const struct {
	const char *file, *label;
	uint32_t minor; /* of /disk */
} images[] = {
	{ "jffs2/good-le.jffs2", "little-endian, zlib", 30 },
	{ "jffs2/good-be.jffs2", "big-endian, rtime", 30 },
	{ "jffs2/good-le-lzo.jffs2", "little-endian, lzo", 30 },
	{ "jffs2/good-be-sum.jffs2", "big-endian, zlib", 30 },
	{ "jffs2/odd-lzma.jffs2", "little-endian, lzma", 300 },
	{ "jffs2/odd-lzma-properties.jffs2", "little-endian, lzma with properties", 300 },
	{ "jffs2/odd-rubin-3.jffs2", "little-endian, rubin", 300 },
	{ "jffs2/odd-rubin-5.jffs2", "little-endian, rubin", 300 },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static void reads_one_tree_whatever_packs_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_read(images[i].file);
		const struct entry *e;
		struct opened o;

		open_sample(&o, &format_jffs2, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_string_equal(o.l.label, images[i].label);
		e = wanted(&o, "/a.txt");
		is_a_txt(&o, e);
		assert_int_equal(e->mode, 04755);
		assert_int_equal(e->uid, 7000);
		assert_int_equal(e->gid, 8000);
		assert_int_equal(e->mtime, MTIME);
		has_xattr(e, "user.key", span_text("value"));
		is_link(&o);
		is_hard_link(&o, "/dir/two", "/dir/one");
		content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
		assert_true(wanted(&o, "/dir/deep/inline")->stored);
		is_device(&o, "/null", KIND_CHAR_DEVICE, 1, 3);
		is_device(&o, "/disk", KIND_BLOCK_DEVICE, 179, images[i].minor);
		assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
		is_sparse(&o, wanted(&o, "/sparse"));
		opened_free(&o);
		sample_free(in);
	}
}

static void ends_behind_its_last_node(void **state)
{
	struct span in = sample_read("jffs2/good-le.jffs2");
	uint8_t *bytes = calloc(1, in.n + 200000);
	struct found f = { 0 };

	(void)state;
	memcpy(bytes, in.p, in.n);
	memset(bytes + in.n, 0xff, 100000);
	assert_int_equal(format_jffs2.probe((struct span){ bytes, in.n + 200000 }, &f).kind,
			 FAULT_NONE);
	assert_int_equal(f.len, in.n);
	assert_int_equal(f.proof, PROOF_CHECKSUM);
	free(bytes);
	sample_free(in);
}

/* -- logs made by hand, little-endian -- */

struct log {
	uint8_t bytes[1 << 20];
	size_t n;
};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A node of that type over `size` bytes with `fields` behind its header; the checksum over all
 * before `covered` goes to `at`. */
static uint8_t *put_node(struct log *log, uint16_t type, uint32_t size)
{
	uint8_t *p = log->bytes + log->n;

	memset(p, 0, size);
	put32(p, 0x1985u | (uint32_t)type << 16);
	put32(p + 4, size);
	put32(p + 8, crc32_bare((struct span){ p, 8 }));
	log->n += (size + 3) / 4 * 4;
	return p;
}

static uint8_t *put_name(struct log *log, uint32_t parent, uint32_t version, uint32_t ino,
			 const char *name)
{
	uint32_t n = (uint32_t)strlen(name);
	uint8_t *p = put_node(log, 0xe001, 40 + n);

	put32(p + 12, parent);
	put32(p + 16, version);
	put32(p + 20, ino);
	p[28] = (uint8_t)n;
	p[29] = 8;
	memcpy(p + 40, name, n);
	put32(p + 32, crc32_bare((struct span){ p, 32 }));
	put32(p + 36, crc32_bare((struct span){ p + 40, n }));
	return p;
}

struct data {
	uint32_t ino, version, mode, size, offset, plain;
	uint8_t method;
	const char *text;
};

static uint8_t *put_data(struct log *log, const struct data *d)
{
	uint32_t n = d->text ? (uint32_t)strlen(d->text) : 0;
	uint8_t *p = put_node(log, 0xe002, 68 + n);

	put32(p + 12, d->ino);
	put32(p + 16, d->version);
	put32(p + 20, d->mode ? d->mode : 0100644);
	put32(p + 28, d->size);
	put32(p + 44, d->offset);
	put32(p + 48, n);
	put32(p + 52, d->plain ? d->plain : n);
	p[56] = d->method;
	if (n)
		memcpy(p + 68, d->text, n);
	put32(p + 60, crc32_bare((struct span){ p + 68, n }));
	put32(p + 64, crc32_bare((struct span){ p, 60 }));
	return p;
}

static struct log *log_new(void)
{
	struct log *log = calloc(1, sizeof(*log));

	assert_non_null(log);
	put_name(log, 1, 1, 2, "file");
	return log;
}

static void open_log(struct opened *o, const struct log *log)
{
	open_sample(o, &format_jffs2, (struct span){ log->bytes, log->n });
}

static void file_is(const struct log *log, const char *want)
{
	struct opened o;

	open_log(&o, log);
	content_is(&o, wanted(&o, "/file"), span_text(want));
	opened_free(&o);
}

static void a_higher_version_covers_a_lower_one_wherever_it_stands(void **state)
{
	struct log *log = log_new();

	(void)state;
	put_data(log,
		 &(struct data){ .ino = 2, .version = 3, .size = 10, .offset = 2, .text = "ZZ" });
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 10, .text = "0123456789" });
	put_data(log, &(struct data){
			      .ino = 2, .version = 2, .size = 10, .offset = 1, .text = "yyyyyy" });
	file_is(log, "0yZZyyy789");
	free(log);
}

static void a_file_is_as_long_as_its_newest_node_says(void **state)
{
	struct log *log = log_new();

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 10, .text = "0123456789" });
	put_data(log, &(struct data){ .ino = 2, .version = 2, .size = 4 });
	file_is(log, "0123");
	free(log);
}

static void a_hole_and_a_node_of_zeros_read_as_zeros(void **state)
{
	struct log *log = log_new();
	struct opened o;

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 4, .text = "abcd" });
	put_data(log,
		 &(struct data){ .ino = 2, .version = 2, .size = 8, .offset = 7, .text = "h" });
	put_data(log,
		 &(struct data){
			 .ino = 2, .version = 3, .size = 8, .offset = 1, .plain = 2, .method = 1 });
	open_log(&o, log);
	content_is(&o, wanted(&o, "/file"), (struct span){ (const uint8_t *)"a\0\0d\0\0\0h", 8 });
	opened_free(&o);
	free(log);
}

static void a_deleted_name_is_gone_and_a_later_one_back(void **state)
{
	struct log *log = log_new();
	struct opened o;

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 3, .text = "old" });
	put_name(log, 1, 2, 0, "file");
	put_name(log, 1, 3, 3, "other");
	open_log(&o, log);
	assert_null(opened_entry(&o, "/file"));
	assert_int_equal(wanted(&o, "/other")->fault.kind, FAULT_SHORT);
	opened_free(&o);
	put_name(log, 1, 4, 2, "file");
	file_is(log, "old");
	free(log);
}

static void an_obsolete_node_does_not_count(void **state)
{
	struct log *log = log_new();

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 3, .text = "new" });
	put_data(log, &(struct data){ .ino = 2, .version = 9, .size = 3, .text = "old" })[3] &=
		0xdf;
	file_is(log, "new");
	free(log);
}

static void a_torn_node_shows_what_stood_before_it_and_is_reported(void **state)
{
	struct log *log = log_new();
	struct opened o;
	uint8_t *p;

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 4, .text = "good" });
	p = put_data(log, &(struct data){ .ino = 2, .version = 2, .size = 4, .text = "torn" });
	p[70] ^= 1;
	file_is(log, "good");
	open_log(&o, log);
	assert_int_equal(wanted(&o, "/file")->fault.kind, FAULT_BROKEN);
	opened_free(&o);
	p[30] ^= 1; /* now the node itself is broken */
	file_is(log, "good");
	open_log(&o, log);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(wanted(&o, "/file")->fault.kind, FAULT_NONE);
	opened_free(&o);
	free(log);
}

static void goes_on_behind_a_broken_header_and_erased_blocks(void **state)
{
	struct log *log = log_new();
	struct opened o;
	uint8_t *p;

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 4, .text = "good" });
	p = put_data(log, &(struct data){ .ino = 2, .version = 2, .size = 4, .text = "lost" });
	p[8] ^= 1;
	memset(log->bytes + log->n, 0xff, 0x40000);
	log->n = 0x40000;
	put_data(log,
		 &(struct data){ .ino = 2, .version = 3, .size = 4, .offset = 3, .text = "r" });
	file_is(log, "goor");
	open_log(&o, log);
	assert_int_equal(o.found.len, log->n);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	opened_free(&o);
	free(log);
}

static void a_second_file_system_behind_a_gap_is_another(void **state)
{
	struct log *log = log_new();
	struct found f = { 0 };
	size_t end;

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 4, .text = "good" });
	end = log->n;
	memset(log->bytes + log->n, 0xff, 0x20000);
	log->n = 0x20000;
	put_name(log, 1, 1, 2, "another");
	put_data(log, &(struct data){ .ino = 2, .version = 1, .size = 4, .text = "else" });
	assert_int_equal(format_jffs2.probe((struct span){ log->bytes, log->n }, &f).kind,
			 FAULT_NONE);
	assert_int_equal(f.len, end);
	free(log);
}

static void put_names(struct log *log, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		char name[16];

		snprintf(name, sizeof(name), "name%u", i);
		put_name(log, 1, 10 + i, 100 + i, name);
	}
}

/* Two slots of a flash with the same release; in the first one a name was written since. */
static void a_copy_behind_a_gap_is_another(void **state)
{
	struct log *log = log_new();
	struct found f = { 0 };
	size_t end;

	(void)state;
	put_names(log, 0, 41);
	end = log->n;
	memset(log->bytes + log->n, 0xff, 0x20000);
	log->n = 0x20000;
	put_names(log, 0, 40);
	assert_int_equal(format_jffs2.probe((struct span){ log->bytes, log->n }, &f).kind,
			 FAULT_NONE);
	assert_int_equal(f.len, end);
	free(log);
}

/* The garbage collector copies a block before it erases the old one. */
static void a_block_that_was_copied_is_no_other(void **state)
{
	struct log *log = log_new();
	struct found f = { 0 };

	(void)state;
	put_names(log, 0, 100);
	memset(log->bytes + log->n, 0xff, 0x20000);
	log->n = 0x20000;
	put_names(log, 0, 30);
	put_names(log, 200, 260);
	assert_int_equal(format_jffs2.probe((struct span){ log->bytes, log->n }, &f).kind,
			 FAULT_NONE);
	assert_int_equal(f.len, log->n);
	free(log);
}

static void directories_in_a_circle_are_not_walked(void **state)
{
	struct log *log = log_new();
	struct opened o;

	(void)state;
	put_data(log, &(struct data){ .ino = 2, .version = 1, .mode = 040755 });
	put_name(log, 2, 1, 3, "down");
	put_data(log, &(struct data){ .ino = 3, .version = 1, .mode = 040755 });
	put_name(log, 3, 1, 2, "up");
	put_name(log, 3, 2, 1, "root");
	put_name(log, 7, 1, 8, "apart");
	put_data(log, &(struct data){ .ino = 8, .version = 1, .mode = 040755 });
	put_name(log, 8, 1, 7, "and round");
	open_log(&o, log);
	assert_int_equal(o.l.count, 5);
	assert_int_equal(wanted(&o, "/file/down/up")->fault.kind, FAULT_BROKEN);
	assert_int_equal(wanted(&o, "/file/down/root")->fault.kind, FAULT_SHORT);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(o.l.fault.got, 2);
	opened_free(&o);
	free(log);
}

static void many_overlapping_zeros_cost_no_more_than_the_file(void **state)
{
	struct log *log = log_new();
	struct opened o;
	struct sink content;

	(void)state;
	for (uint32_t v = 1; v < 6000; v++)
		put_data(log, &(struct data){ .ino = 2,
					      .version = v,
					      .size = 16u << 20,
					      .offset = v % 7,
					      .plain = UINT32_MAX,
					      .method = 1 });
	open_log(&o, log);
	sink_init(&content, NULL, 32u << 20);
	assert_int_equal(opened_load(&o, wanted(&o, "/file"), &content, 32u << 20).kind,
			 FAULT_NONE);
	assert_int_equal(content.n, 16u << 20);
	assert_int_equal(opened_load(&o, wanted(&o, "/file"), &content, 1000).kind, FAULT_LIMIT);
	sink_free(&content);
	opened_free(&o);
	free(log);
}

static void says_which_compression_it_does_not_know(void **state)
{
	struct log *log = log_new();
	struct opened o;
	struct sink content;

	(void)state;
	put_data(log,
		 &(struct data){ .ino = 2, .version = 1, .size = 4, .method = 99, .text = "what" });
	put_data(log,
		 &(struct data){ .ino = 2, .version = 2, .size = 8, .offset = 4, .text = "here" });
	open_log(&o, log);
	sink_init(&content, NULL, LIMIT);
	assert_int_equal(opened_load(&o, wanted(&o, "/file"), &content, LIMIT).kind, FAULT_UNKNOWN);
	assert_memory_equal(content.p, "\0\0\0\0here", 8);
	sink_free(&content);
	opened_free(&o);
	free(log);
}

static void refuses_one_node_alone(void **state)
{
	struct log *log = log_new();
	struct found f = { 0 };

	(void)state;
	log->n += 5000;
	assert_int_equal(format_jffs2.probe((struct span){ log->bytes, log->n }, &f).kind,
			 FAULT_BROKEN);
	free(log);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		cut_everywhere(&format_jffs2, images[i].file, 7);
		spoil_everywhere(&format_jffs2, images[i].file, 11);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_whatever_packs_it),
		cmocka_unit_test(ends_behind_its_last_node),
		cmocka_unit_test(a_higher_version_covers_a_lower_one_wherever_it_stands),
		cmocka_unit_test(a_file_is_as_long_as_its_newest_node_says),
		cmocka_unit_test(a_hole_and_a_node_of_zeros_read_as_zeros),
		cmocka_unit_test(a_deleted_name_is_gone_and_a_later_one_back),
		cmocka_unit_test(an_obsolete_node_does_not_count),
		cmocka_unit_test(a_torn_node_shows_what_stood_before_it_and_is_reported),
		cmocka_unit_test(goes_on_behind_a_broken_header_and_erased_blocks),
		cmocka_unit_test(a_second_file_system_behind_a_gap_is_another),
		cmocka_unit_test(a_copy_behind_a_gap_is_another),
		cmocka_unit_test(a_block_that_was_copied_is_no_other),
		cmocka_unit_test(directories_in_a_circle_are_not_walked),
		cmocka_unit_test(many_overlapping_zeros_cost_no_more_than_the_file),
		cmocka_unit_test(says_which_compression_it_does_not_know),
		cmocka_unit_test(refuses_one_node_alone),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
