/* headers.c - boot headers, tables of partitions and kernels: which parts they give, which damage
 * they tell, and that no cut of them reads too far. */
#include "unit/format/disk_tree.h"

struct sample {
	const char *format, *file, *label;
	unsigned parts;
};

static const struct sample samples[] = {
	{ "uimage", "good-kernel.uimage", "mips kernel none, MIPS Linux-6.1", 1 },
	{ "uimage", "good-multi.uimage", "mips multi none, two", 2 },
	{ "uimage", "good-script.uimage", "mips script none, boot", 1 },
	{ "uimage", "odd-altered-magic.uimage", "mips kernel none, altered magic, MIPS Linux-6.1",
	  1 },
	{ "fit", "good-embedded.itb", "2 images", 4 },
	{ "fit", "good-external.itb", "2 images", 2 },
	{ "dtb", "good.dtb", "Acme AR7", 0 },
	{ "trx", "good-v1.trx", "v1", 3 },
	{ "trx", "good-v2.trx", "v2", 4 },
	{ "trx", "odd-unordered.trx", "v2", 3 },
	{ "tplink", "good.tplink", "header v1", 2 },
	{ "tplink", "odd-openwrt.tplink", "header v1", 2 },
	{ "gpt", "good.gpt.gz", "sectors of 512", 3 },
	{ "zimage", "good.zimage", "ARM little-endian", 1 },
	{ "bzimage", "good.bzimage", "6.1.0-18-amd64", 4 },
	{ "zboot", "good.zboot", "gzip", 3 },
	{ "vmlinux", "good-vmlinux", "Linux 6.1.0-9-malta", 1 },
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static int set_up(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static struct span header_sample(const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "headers/%s", file);
	return span_ends(span_text(file), span_text(".gz")) ? sample_unzipped(path)
							    : sample_read(path);
}

static void opens_each_sample_without_a_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		struct span in = header_sample(s->file);
		struct opened o;

		opened_init(&o, format_named(s->format), in);
		if (o.refused.kind || o.fault.kind || o.l.fault.kind)
			fail_msg("%s: %s", s->file, o.l.fault.what ? o.l.fault.what : "refused");
		assert_string_equal(o.found.label, s->label);
		assert_int_equal(o.l.count, s->parts);
		assert_true(o.found.len <= in.n && in.n - o.found.len < 4);
		opened_free(&o);
		sample_free(in);
	}
}

static void parts_stand_in_order_inside_the_container(const struct opened *o)
{
	uint64_t pos = 0;

	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		assert_int_equal(e->kind, KIND_REGION);
		assert_true(e->offset <= o->l.in.n && e->length <= o->l.in.n - e->offset);
		assert_true(e->offset >= pos);
		pos = e->offset + e->length;
	}
}

/* Every prefix against an unreadable page. What is missing is told by a refusal or a fault; leaves
 * and open ends have none to tell. */
static void takes_every_prefix_without_reading_too_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		struct span in = header_sample(s->file);
		struct guarded g = guarded_new(in.n);
		size_t step = in.n > 8192 ? 61 : 1;

		for (size_t n = 0; n < in.n - 4; n += step) {
			struct opened o;

			opened_init(&o, format_named(s->format), guarded_copy(g, span_head(in, n)));
			if (o.refused.kind == FAULT_NONE) {
				parts_stand_in_order_inside_the_container(&o);
				if (!o.fault.kind && !o.l.fault.kind && o.format->list)
					fail_msg("%s: cut at %zu is not told", s->file, n);
			}
			opened_free(&o);
		}
		guarded_free(g);
		sample_free(in);
	}
}

static struct fault fault_after(const char *format, const char *file, size_t at, uint8_t flip)
{
	struct span in = header_sample(file);
	struct opened o;
	struct fault f;

	sample_bytes(in)[at] ^= flip;
	opened_init(&o, format_named(format), in);
	assert_int_equal(o.refused.kind, FAULT_NONE);
	assert_true(o.l.count > 0);
	f = o.l.fault;
	opened_free(&o);
	sample_free(in);
	return f;
}

static void keeps_parts_when_a_checksum_is_wrong(void **state)
{
	static const struct {
		const char *format, *file;
		size_t at;
		const char *what;
	} changes[] = {
		{ "uimage", "good-kernel.uimage", 200, "data CRC-32" },
		{ "trx", "good-v1.trx", 100, "CRC-32" },
		{ "tplink", "good.tplink", 1000, "MD5 of the image" },
		{ "gpt", "good.gpt.gz", 1024 + 56, "entries CRC-32" },
		{ "gpt", "good.gpt.gz", 65536 - 512 + 40, "backup header" },
		{ "fit", "good-embedded.itb", 200, "digest of an image" },
		{ "fit", "good-external.itb", 1500, "digest of an image" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct fault f =
			fault_after(changes[i].format, changes[i].file, changes[i].at, 0x20);

		assert_int_equal(f.kind, FAULT_BROKEN);
		assert_string_equal(f.what, changes[i].what);
	}
}

static void refuses_headers_whose_fields_disagree(void **state)
{
	static const struct {
		const char *format, *file;
		size_t at;
	} changes[] = {
		{ "uimage", "good-kernel.uimage", 40 }, /* name, under the header CRC */
		{ "trx", "good-v1.trx", 14 },           /* version */
		{ "trx", "good-v1.trx", 17 },           /* first part behind the end */
		{ "tplink", "good.tplink", 128 },       /* kernel offset */
		{ "tplink", "good.tplink", 132 },       /* kernel length */
		{ "gpt", "good.gpt.gz", 512 + 40 },     /* first usable sector */
		{ "fit", "good-embedded.itb", 8 },      /* structure block */
		{ "dtb", "good.dtb", 20 },              /* version */
		{ "bzimage", "good.bzimage", 0x1fe },   /* mark of the boot sector */
		{ "bzimage", "good.bzimage", 0x207 },   /* protocol */
		{ "zboot", "good.zboot", 0x40 },        /* PE */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct span in = header_sample(changes[i].file);

		refuses_once_changed(changes[i].format, in, changes[i].at);
		sample_free(in);
	}
}

/* Big-endian kernels from before the mark of the byte order have code in its place, and begin with
 * instructions that do nothing. */
static void takes_old_big_endian_kernels(void **state)
{
	struct span in = header_sample("good.zimage");
	uint8_t *p = sample_bytes(in);
	const struct format *f = format_named("zimage");
	struct found found = { 0 };

	(void)state;
	for (size_t at = 0x24; at < 0x30; at += 4) {
		const uint8_t word[] = { p[at + 3], p[at + 2], p[at + 1], p[at] };

		memcpy(p + at, word, 4);
	}
	memcpy(p, "\xe1\xa0\x00\x00", 4);
	memcpy(p + 0x30, "\xe1\xa0\x70\x01", 4);
	assert_int_equal(f->probe(in, &found).kind, FAULT_NONE);
	assert_string_equal(found.label, "ARM big-endian");
	p[1] = 0xa1;
	assert_int_equal(f->probe(in, &found).kind, FAULT_UNKNOWN);
	memcpy(p + 0x30, "\4\3\2\1", 4);
	assert_int_equal(f->probe(in, &found).kind, FAULT_NONE);
	sample_free(in);
}

static void opens_openwrt_where_the_root_really_begins(void **state)
{
	struct span in = header_sample("odd-openwrt.tplink");
	struct opened o;

	(void)state;
	opened_init(&o, format_named("tplink"), in);
	assert_int_equal(o.l.entries[1].offset, 512 + 500);
	assert_int_equal(o.l.entries[1].length, 301);
	assert_true(span_is(o.l.entries[1].name, "rootfs"));
	opened_free(&o);
	sample_free(in);
}

static void names_partitions_and_images_as_their_tables_do(void **state)
{
	static const struct {
		const char *format, *file;
		const char *first, *second;
	} names[] = { { "gpt", "good.gpt.gz", "/boot", "/rootfs" },
		      { "fit", "good-external.itb", "/kernel-1", "/fdt-1" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span in = header_sample(names[i].file);
		struct opened o;

		opened_init(&o, format_named(names[i].format), in);
		assert_non_null(opened_entry(&o, names[i].first));
		assert_non_null(opened_entry(&o, names[i].second));
		opened_free(&o);
		sample_free(in);
	}
}

/* The second header of a disk is no disk of its own, four sectors earlier or not. */
static void takes_no_backup_header_for_a_disk(void **state)
{
	struct span in = header_sample("good.gpt.gz");
	struct found f = { 0 };

	(void)state;
	assert_int_not_equal(format_named("gpt")->probe(span_from(in, in.n - 512 - 512), &f).kind,
			     FAULT_NONE);
	sample_free(in);
}

static struct fault probe_text(const char *format, const char *text, size_t size, struct found *f)
{
	uint8_t *p = calloc(1, size);
	struct fault bad;

	assert_non_null(p);
	memcpy(p + size / 2, text, strlen(text));
	bad = format_named(format)->probe((struct span){ p, size }, f);
	free(p);
	return bad;
}

static void knows_a_bare_kernel_by_its_banner_alone(void **state)
{
	static const char banner[] =
		"Linux version 4.4.182 (b@h) (gcc version 5.4.0 (LEDE)) #0 Thu Jun 27 2019\n";
	struct found f = { 0 };

	(void)state;
	assert_int_equal(probe_text("linux", banner, 1 << 17, &f).kind, FAULT_NONE);
	assert_string_equal(f.label, "Linux 4.4.182");
	assert_int_equal(f.len, 1 << 17);
	assert_int_not_equal(
		probe_text("linux", "Linux version %s (%s) (gcc) #1", 1 << 17, &f).kind,
		FAULT_NONE);
	assert_int_not_equal(probe_text("linux", "Linux version 4 of the text", 1 << 17, &f).kind,
			     FAULT_NONE);
	assert_int_equal(probe_text("u-boot", "U-Boot 2023.01 (Jan 09 2023)", 1 << 17, &f).kind,
			 FAULT_NONE);
	assert_int_not_equal(probe_text("u-boot", "U-Boot %s (%s)", 1 << 17, &f).kind, FAULT_NONE);
}

static void takes_no_library_for_a_kernel(void **state)
{
	struct span in = header_sample("good-be32.so");
	struct found f = { 0 };

	(void)state;
	assert_int_not_equal(format_named("vmlinux")->probe(in, &f).kind, FAULT_NONE);
	sample_free(in);
}

static void takes_no_document_for_a_kernel(void **state)
{
	static const char line[] =
		"[    0.000000] Linux version 6.1.0 (b@h) (gcc-12 12.2.0) #1 SMP PREEMPT\n";
	size_t size = 2000 * (sizeof(line) - 1);
	char *log = malloc(size + 1);
	struct found f = { 0 };

	(void)state;
	assert_non_null(log);
	for (size_t i = 0; i < size; i += sizeof(line) - 1)
		memcpy(log + i, line, sizeof(line));
	assert_int_not_equal(
		format_named("linux")->probe((struct span){ (uint8_t *)log, size }, &f).kind,
		FAULT_NONE);
	free(log);
}

/* A header may claim what it wants: nothing overflows, nothing hangs. */
static void survives_fields_of_all_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = header_sample(samples[i].file);
		size_t end = in.n > 2048 ? 2048 : in.n - 4;

		for (size_t at = 4; at < end; at += 4) {
			uint8_t kept[4];
			struct opened o;

			memcpy(kept, in.p + at, 4);
			memset(sample_bytes(in) + at, 0xff, 4);
			opened_init(&o, format_named(samples[i].format), in);
			if (o.refused.kind == FAULT_NONE)
				assert_true(o.found.len > 0 && o.found.len <= in.n);
			opened_free(&o);
			memcpy(sample_bytes(in) + at, kept, 4);
		}
		sample_free(in);
	}
}

/* The header of arch/riscv/boot-image-header.rst: both magics, in their places. */
static void a_riscv_kernel_has_both_magics(void **state)
{
	static uint8_t image[65536];
	struct span in = { image, sizeof(image) };
	struct found f = { 0 };

	(void)state;
	image[17] = 0x80; /* image_size: 32 KiB */
	memcpy(image + 0x38, "RSC\x05", 4);
	assert_int_not_equal(format_named("arm64-image")->probe(in, &f).kind, FAULT_NONE);
	memcpy(image + 0x30, "RISCV", 5);
	assert_int_equal(format_named("arm64-image")->probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, 32768);
	assert_string_equal(f.label, "RISC-V");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_each_sample_without_a_fault),
		cmocka_unit_test(takes_every_prefix_without_reading_too_far),
		cmocka_unit_test(keeps_parts_when_a_checksum_is_wrong),
		cmocka_unit_test(refuses_headers_whose_fields_disagree),
		cmocka_unit_test(takes_old_big_endian_kernels),
		cmocka_unit_test(opens_openwrt_where_the_root_really_begins),
		cmocka_unit_test(names_partitions_and_images_as_their_tables_do),
		cmocka_unit_test(takes_no_backup_header_for_a_disk),
		cmocka_unit_test(knows_a_bare_kernel_by_its_banner_alone),
		cmocka_unit_test(takes_no_library_for_a_kernel),
		cmocka_unit_test(takes_no_document_for_a_kernel),
		cmocka_unit_test(survives_fields_of_all_ones),
		cmocka_unit_test(a_riscv_kernel_has_both_magics),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
