/* qnx.c - what QNX Neutrino boots from: the tree in each packing, which damage is told, and that no
 * cut reads too far. Samples that are little-endian were listed by dumpifs, those of deflate
 * unpacked by unblob. */
#include "unit/format/disk_tree.h"

extern const struct format format_qnxstartup, format_qnxifs, format_qnxpacked, format_qnxdeflate;

#define CODE 360 /* where the image begins */

static void has_tree(struct span image)
{
	struct opened o;

	open_sample(&o, &format_qnxifs, image);
	assert_int_equal(o.l.fault.kind, FAULT_NONE);
	assert_int_equal(o.l.count, 11); /* not what was taken away */
	assert_string_equal(o.found.label, "/");
	has_disk_files(&o);
	has_disk_owner(&o);
	is_link(&o);
	is_device(&o, "/null", KIND_CHAR_DEVICE, 1, 3);
	is_device(&o, "/disk", KIND_BLOCK_DEVICE, 17, 200);
	assert_int_equal(wanted(&o, "/pipe")->kind, KIND_FIFO);
	assert_int_equal(wanted(&o, "/dir/deep")->mode, 0700);
	assert_int_equal(wanted(&o, "/dir/one")->mtime, DISK_MTIME);
	opened_free(&o);
}

static void reads_the_tree_in_both_byte_orders(void **state)
{
	static const char *const samples[] = { "qnx/plain.ifs", "qnx/big.ifs" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(samples[i]);
		struct opened o;

		open_sample(&o, &format_qnxstartup, in);
		assert_int_equal(o.l.fault.kind, FAULT_NONE);
		assert_int_equal(o.found.len, in.n);
		assert_string_equal(o.found.label,
				    i ? "machine 40, big-endian" : "machine 40, little-endian");
		assert_int_equal(o.l.entries[1].offset, CODE);
		assert_int_equal(o.l.entries[1].length, in.n - CODE);
		opened_free(&o);
		has_tree(span_from(in, CODE));
		sample_free(in);
	}
}

static void unpacks_both_codecs(void **state)
{
	static const char *const samples[] = { "qnx/lzo.ifs", "qnx/ucl.ifs" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(samples[i]);
		struct sink out;
		struct opened o;

		sink_init(&out, NULL, LIMIT);
		opened_init(&o, &format_qnxpacked, span_sub(in, CODE, in.n - CODE - 4));
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_string_equal(o.found.label, i ? "UCL" : "LZO");
		assert_int_equal(format_qnxpacked.load(&o.l, NULL, &out).kind, FAULT_NONE);
		assert_true(in.n - CODE - 4 - o.stream_length < 4); /* padded to a word */
		has_tree(sink_span(&out));
		opened_free(&o);
		sink_free(&out);
		sample_free(in);
	}
}

static void unpacks_what_deflate_packed(void **state)
{
	static const char *const samples[] = { "qnx/lzo.deflate", "qnx/ucl.deflate" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = sample_read(samples[i]);
		struct sink out;
		struct opened o;

		sink_init(&out, NULL, LIMIT);
		opened_init(&o, &format_qnxdeflate, in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_int_equal(format_qnxdeflate.load(&o.l, NULL, &out).kind, FAULT_NONE);
		assert_int_equal(o.stream_length, in.n);
		assert_int_equal(out.n, 5460);
		assert_memory_equal(out.p, "1\n2\n3\n", 6);
		assert_memory_equal(out.p + out.n - 8, "299\n300\n", 8);
		opened_free(&o);
		sink_free(&out);
		sample_free(in);
	}
}

struct change {
	const struct format *format;
	size_t from, at;
	const char *what; /* NULL: it is no longer taken */
};

static void tells_what_was_changed(void **state)
{
	static const struct change changes[] = {
		{ &format_qnxstartup, 0, 300, "checksum of the startup code" },
		{ &format_qnxstartup, 0, CODE + 1000, "checksum of the image" },
		{ &format_qnxstartup, 0, 6, NULL },  /* byte order */
		{ &format_qnxstartup, 0, 8, NULL },  /* size of the header */
		{ &format_qnxstartup, 0, 32, NULL }, /* size of the startup code */
		{ &format_qnxstartup, 0, 52, NULL }, /* zeros */
		{ &format_qnxifs, CODE, 1000, "checksum" },
		{ &format_qnxifs, CODE, 19, NULL }, /* place of the directory */
		{ &format_qnxifs, CODE, 15, NULL }, /* its end */
	};
	struct span in = sample_read("qnx/plain.ifs");

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];
		struct opened o;

		sample_bytes(in)[c->from + c->at] ^= 0xff;
		opened_init(&o, c->format, span_from(in, c->from));
		if (!c->what)
			assert_int_not_equal(o.refused.kind, FAULT_NONE);
		else
			assert_string_equal(o.l.fault.what, c->what);
		opened_free(&o);
		sample_bytes(in)[c->from + c->at] ^= 0xff;
	}
	sample_free(in);
}

/* Sizes that are not what comes out: of a block, of all. */
static void tells_sizes_that_do_not_hold(void **state)
{
	static const size_t places[] = { 8, 16 + 6 };
	struct span in = sample_read("qnx/lzo.deflate");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sink out;
		struct opened o;

		sample_bytes(in)[places[i]]++;
		sink_init(&out, NULL, LIMIT);
		opened_init(&o, &format_qnxdeflate, in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_string_equal(format_qnxdeflate.load(&o.l, NULL, &out).what, "plain size");
		opened_free(&o);
		sink_free(&out);
		sample_bytes(in)[places[i]]--;
	}
	sample_free(in);
}

/* Every cut and every byte spoilt of the part that is the format's. */
static void harm(const struct format *f, const char *sample, size_t from)
{
	struct span in = sample_read(sample), part = span_from(in, from);
	struct guarded g = guarded_new(part.n);
	struct sink out;

	for (size_t n = 0; n < 4 * part.n; n++) {
		static const uint8_t values[] = { 0, 0xff, 0x80 };
		struct span copy = guarded_copy(g, n < part.n ? span_head(part, n) : part);
		struct opened o;

		if (n >= part.n)
			sample_bytes(copy)[n % part.n] = values[n / part.n - 1];
		if (f->shape != SHAPE_STREAM) {
			open_anyhow(f, copy);
			continue;
		}
		sink_init(&out, NULL, LIMIT);
		opened_init(&o, f, copy);
		if (o.refused.kind == FAULT_NONE)
			f->load(&o.l, NULL, &out);
		assert_true(o.stream_length <= copy.n);
		opened_free(&o);
		sink_free(&out);
	}
	guarded_free(g);
	sample_free(in);
}

static void survives_every_cut_and_change(void **state)
{
	(void)state;
	harm(&format_qnxstartup, "qnx/plain.ifs", 0);
	harm(&format_qnxifs, "qnx/plain.ifs", CODE);
	harm(&format_qnxifs, "qnx/big.ifs", CODE);
	harm(&format_qnxpacked, "qnx/lzo.ifs", CODE);
	harm(&format_qnxpacked, "qnx/ucl.ifs", CODE);
	harm(&format_qnxdeflate, "qnx/ucl.deflate", 0);
	harm(&format_qnxdeflate, "qnx/lzo.deflate", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_tree_in_both_byte_orders),
		cmocka_unit_test(unpacks_both_codecs),
		cmocka_unit_test(unpacks_what_deflate_packed),
		cmocka_unit_test(tells_what_was_changed),
		cmocka_unit_test(tells_sizes_that_do_not_hold),
		cmocka_unit_test(survives_every_cut_and_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
