/* yaffs.c - YAFFS1 and YAFFS2 against images of mkyaffsimage and mkyaffs2image, and logs made page
 * by page. */
#include "unit/format/small_tree.h"

extern const struct format format_yaffs;

#define PAGE  2048u
#define SPARE 64u
#define ALL   (PAGE + SPARE)

static const struct {
	const char *file, *label;
} images[] = {
	{ "yaffs/good-le.yaffs2", "2, little-endian, pages of 2048 + 64" },
	{ "yaffs/odd-be.yaffs2", "2, big-endian, pages of 2048 + 64" },
	{ "yaffs/good-le.yaffs1", "1, little-endian, pages of 512 + 16" },
	{ "yaffs/odd-be.yaffs1", "1, big-endian, pages of 512 + 16" },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static void reads_one_tree_of_both_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = sample_read(images[i].file);
		const struct entry *e;
		struct opened o;

		open_sample(&o, &format_yaffs, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(opened_faults(&o), 0);
		assert_int_equal(o.found.len, in.n);
		assert_int_equal(o.found.proof, PROOF_CHECKSUM);
		assert_string_equal(o.found.label, images[i].label);
		e = wanted(&o, "/a.txt");
		is_a_txt(&o, e);
		assert_int_equal(e->mode, 04755);
		assert_int_equal(e->uid, 70000);
		assert_int_equal(e->gid, 80000);
		assert_int_equal(e->mtime, MTIME);
		is_link(&o);
		is_hard_link(&o, "/dir/two", "/dir/one");
		content_is(&o, wanted(&o, "/dir/deep/inline"), span_text("tiny"));
		is_device(&o, "/null", KIND_CHAR_DEVICE, 1, 3);
		is_device(&o, "/disk", KIND_BLOCK_DEVICE, 179, 300);
		assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
		opened_free(&o);
		sample_free(in);
	}
}

/* -- logs made by hand, little-endian -- */

struct log {
	uint8_t bytes[64 * ALL];
	uint32_t pages, tags; /* place of the tags in the spare bytes */
};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint8_t *put_page(struct log *log, uint32_t object, uint32_t chunk, uint32_t sequence,
			 uint32_t n)
{
	uint8_t *p = log->bytes + (size_t)log->pages++ * ALL;
	uint8_t *tags = p + PAGE + log->tags;

	memset(p, 0xff, ALL);
	put32(tags, sequence);
	put32(tags + 4, object);
	put32(tags + 8, chunk);
	put32(tags + 12, n);
	return p;
}

struct header {
	uint32_t object, type, parent, sequence, size, equivalent;
	const char *name;
};

static uint8_t *put_header(struct log *log, const struct header *h)
{
	uint8_t *p = put_page(log, h->object, 0, h->sequence, 0xffff);

	put32(p, h->type);
	put32(p + 4, h->parent);
	memset(p + 10, 0, 256);
	memcpy(p + 10, h->name, strlen(h->name));
	put32(p + 268, h->type == 3 ? 040755 : 0100644);
	put32(p + 292, h->size);
	put32(p + 296, h->equivalent);
	return p;
}

static void put_text(struct log *log, uint32_t object, uint32_t chunk, uint32_t sequence,
		     const char *text)
{
	uint32_t n = (uint32_t)strlen(text);

	memcpy(put_page(log, object, chunk, sequence, n), text, n);
}

static struct log *log_new(void)
{
	struct log *log = calloc(1, sizeof(*log));

	assert_non_null(log);
	put_header(log, &(struct header){ 300, 1, 1, 0x1000, 3, 0, "file" });
	put_text(log, 300, 1, 0x1000, "old");
	return log;
}

static void open_log(struct opened *o, const struct log *log)
{
	open_sample(o, &format_yaffs, (struct span){ log->bytes, (size_t)log->pages * ALL });
}

static void the_later_block_wins_wherever_it_stands(void **state)
{
	struct log *log = log_new();
	struct opened o;

	(void)state;
	put_text(log, 300, 1, 0x1002, "new");
	put_text(log, 300, 1, 0x1001, "mid");
	put_header(log, &(struct header){ 300, 1, 1, 0x1003, 3, 0, "renamed" });
	open_log(&o, log);
	assert_int_equal(o.l.count, 2);
	assert_int_equal(o.found.proof, PROOF_STRUCTURE); /* these tags have no check bytes */
	content_is(&o, wanted(&o, "/renamed"), span_text("new"));
	opened_free(&o);
	free(log);
}

static void tags_may_stand_behind_the_bad_block_mark(void **state)
{
	struct log *log = calloc(1, sizeof(*log));
	struct opened o;

	(void)state;
	assert_non_null(log);
	log->tags = 2;
	put_header(log, &(struct header){ 300, 1, 1, 0x1000, 3, 0, "file" });
	put_text(log, 300, 1, 0x1000, "old");
	open_log(&o, log);
	content_is(&o, wanted(&o, "/file"), span_text("old"));
	opened_free(&o);
	free(log);
}

static void sizes_truncate_holes_fill_and_late_chunks_extend(void **state)
{
	struct log *log = log_new();
	struct opened o;
	uint8_t want[2 * PAGE + 3] = { 0 };

	(void)state;
	put_header(log, &(struct header){ 300, 1, 1, 0x1001, 2, 0, "file" });
	put_header(log, &(struct header){ 301, 1, 1, 0x1001, 0, 0, "late" });
	put_text(log, 301, 3, 0x1001, "end");
	memcpy(want + sizeof(want) - 3, "end", 3);
	open_log(&o, log);
	content_is(&o, wanted(&o, "/file"), span_text("ol"));
	content_is(&o, wanted(&o, "/late"), (struct span){ want, sizeof(want) });
	opened_free(&o);
	free(log);
}

static void what_was_deleted_is_gone(void **state)
{
	struct log *log = log_new();
	struct opened o;

	(void)state;
	put_header(log, &(struct header){ 300, 1, 4, 0x1001, 0, 0, "deleted" });
	open_log(&o, log);
	assert_int_equal(o.l.count, 1);
	opened_free(&o);
	free(log);
}

static void circles_and_links_to_nothing_are_named(void **state)
{
	struct log *log = log_new();
	struct opened o;

	(void)state;
	put_header(log, &(struct header){ 301, 3, 302, 0x1001, 0, 0, "a" });
	put_header(log, &(struct header){ 302, 3, 301, 0x1001, 0, 0, "b" });
	put_header(log, &(struct header){ 303, 4, 1, 0x1001, 0, 303, "self" });
	put_header(log, &(struct header){ 304, 4, 1, 0x1001, 0, 999, "nothing" });
	open_log(&o, log);
	assert_int_equal(o.l.count, 4);
	assert_int_equal(o.l.fault.kind, FAULT_BROKEN);
	assert_int_equal(o.l.fault.got, 2);
	assert_int_equal(wanted(&o, "/self")->fault.kind, FAULT_BROKEN);
	assert_int_equal(wanted(&o, "/nothing")->fault.kind, FAULT_BROKEN);
	opened_free(&o);
	free(log);
}

static void ends_behind_its_last_page(void **state)
{
	struct log *log = log_new();
	struct found f = { 0 };

	(void)state;
	memset(log->bytes + 2 * ALL, 0xff, 60 * ALL);
	put_text(log, 300, 1, 0x1001, "new");
	assert_int_equal(
		format_yaffs.probe((struct span){ log->bytes, sizeof(log->bytes) }, &f).kind,
		FAULT_NONE);
	assert_int_equal(f.len, 3 * ALL);
	assert_int_equal(f.len % ALL, 0);
	free(log);
}

static void refuses_a_header_without_tags(void **state)
{
	struct log *log = log_new();
	struct found f = { 0 };

	(void)state;
	memset(log->bytes + PAGE, 0xff, SPARE);
	assert_int_equal(format_yaffs.probe((struct span){ log->bytes, 2 * ALL }, &f).kind,
			 FAULT_BROKEN);
	free(log);
}

/* Of YAFFS1: the page with the header of a.txt. */
static size_t first_header(struct span in)
{
	static const uint8_t head[] = { 0, 0, 0, 0xff, 0xff, 'a', '.', 't', 'x', 't' };
	size_t at = span_find(in, 0, (struct span){ head, sizeof(head) });

	assert_true(at != SIZE_MAX && at % 528 == 5);
	return at - 5;
}

static void a_page_marked_as_deleted_is_none(void **state)
{
	struct span in = sample_read("yaffs/good-le.yaffs1");
	struct opened o;

	(void)state;
	sample_bytes(in)[first_header(in) + 512 + 4] = 0;
	open_sample(&o, &format_yaffs, in);
	assert_null(opened_entry(&o, "/a.txt"));
	assert_non_null(opened_entry(&o, "/link"));
	opened_free(&o);
	sample_free(in);
}

/* A second header of a.txt with the bits of its serial number set, and with them those of the sum.
 */
static void second_header_shows(uint8_t serial_bits, uint8_t sum_bits, const char *path)
{
	struct span in = sample_read("yaffs/good-le.yaffs1");
	uint8_t *bytes = malloc(in.n + 528), *page = bytes + in.n;
	struct opened o;

	memcpy(bytes, in.p, in.n);
	memcpy(page, in.p + first_header(in), 528);
	page[10] = 'b';
	page[512 + 2] ^= serial_bits;
	page[512 + 11] ^= sum_bits;
	open_sample(&o, &format_yaffs, (struct span){ bytes, in.n + 528 });
	assert_int_equal(o.l.count, 11);
	is_a_txt(&o, wanted(&o, path));
	opened_free(&o);
	free(bytes);
	sample_free(in);
}

static void serial_numbers_go_round(void **state)
{
	(void)state;
	second_header_shows(0x10, 0x54, "/b.txt"); /* 1 follows 0 */
	second_header_shows(0x30, 0x0c, "/a.txt"); /* 0 follows 3 */
	second_header_shows(0x10, 0x00, "/a.txt"); /* wrong sum */
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		cut_everywhere(&format_yaffs, images[i].file, 61);
		spoil_everywhere(&format_yaffs, images[i].file, 13);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_tree_of_both_orders),
		cmocka_unit_test(the_later_block_wins_wherever_it_stands),
		cmocka_unit_test(tags_may_stand_behind_the_bad_block_mark),
		cmocka_unit_test(sizes_truncate_holes_fill_and_late_chunks_extend),
		cmocka_unit_test(what_was_deleted_is_gone),
		cmocka_unit_test(circles_and_links_to_nothing_are_named),
		cmocka_unit_test(ends_behind_its_last_page),
		cmocka_unit_test(refuses_a_header_without_tags),
		cmocka_unit_test(a_page_marked_as_deleted_is_none),
		cmocka_unit_test(serial_numbers_go_round),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
