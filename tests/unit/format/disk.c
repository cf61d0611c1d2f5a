/* disk.c - images of disks: Android sparse, qcow2, VDI, VHD, VMDK, against one disk that the
 * reference tools put into all of them; hostile ones are made of these. */
#include "unit/format/disk_tree.h"

extern const struct format format_simg, format_qcow2, format_vdi, format_vhd, format_vmdk,
	format_vmdktext;

#define DISK (256u << 10)

static const struct image {
	const char *file, *label;
	const struct format *format;
} images[] = {
	{ "disk/v2.qcow2.gz", "version 2, zlib, disk of 262144", &format_qcow2 },
	{ "disk/v3.qcow2.gz", "version 3, zlib, disk of 262144", &format_qcow2 },
	{ "disk/zlib.qcow2.gz", "version 3, zlib, disk of 262144", &format_qcow2 },
	{ "disk/zstd.qcow2.gz", "version 3, zstd, disk of 262144", &format_qcow2 },
	{ "disk/parts.qcow2.gz", "version 3, zlib, disk of 262144", &format_qcow2 },
	{ "disk/dynamic.vdi.gz", "dynamic, disk of 262144", &format_vdi },
	{ "disk/fixed.vdi.gz", "fixed, disk of 262144", &format_vdi },
	{ "disk/dynamic.vhd.gz", "dynamic, disk of 262144", &format_vhd },
	{ "disk/sparse.vmdk.gz", "version 1, sparse, disk of 262144", &format_vmdk },
	{ "disk/stream.vmdk.gz", "version 3, packed, disk of 262144", &format_vmdk },
	{ "simg/small.simg", "64 blocks of 4096", &format_simg },
};

#define IMAGES (sizeof(images) / sizeof(images[0]))

static struct span read_image(const char *file)
{
	return span_ends(span_text(file), span_text(".gz")) ? sample_unzipped(file)
							    : sample_read(file);
}

static void every_image_gives_the_same_disk(void **state)
{
	struct span plain = sample_unzipped("simg/plain.disk.gz");

	(void)state;
	assert_int_equal(plain.n, DISK);
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = with_room(read_image(images[i].file), 3000);
		struct found found;
		struct sink out;

		/* What follows must not matter. */
		memset(sample_bytes(in) + in.n - 3000, 0xa5, 3000);
		assert_int_equal(decode_disk(images[i].format, in, &found, LIMIT, &out).kind,
				 FAULT_NONE);
		assert_string_equal(found.label, images[i].label);
		assert_true(found.proof > PROOF_PLAUSIBLE);
		assert_int_equal(out.n, DISK);
		assert_memory_equal(out.p, plain.p, DISK);
		sink_free(&out);
		sample_free(in);
	}
	sample_free(plain);
}

static void lengths_are_exact(void **state)
{
	/* Written in whole clusters or grains by QEMU: what is behind is padding. */
	static const size_t padding[IMAGES] = { [9] = 64000 };

	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = read_image(images[i].file);
		struct found found;

		assert_int_equal(images[i].format->probe(in, &found).kind, FAULT_NONE);
		assert_int_equal(found.len, in.n - padding[i]);
		sample_free(in);
	}
}

static void a_limit_is_met_and_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = read_image(images[i].file);
		struct found found;
		struct sink out;

		assert_int_equal(decode_disk(images[i].format, in, &found, 100000, &out).kind,
				 FAULT_LIMIT);
		assert_true(out.n <= 100000);
		sink_free(&out);
		sample_free(in);
	}
}

/* Zeros in the place of what is missing: what comes behind keeps its place. */
static void an_image_that_is_cut_gives_what_it_has(void **state)
{
	struct span plain = sample_unzipped("simg/plain.disk.gz");

	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = read_image(images[i].file);
		struct found found;
		struct sink out;
		struct fault bad;
		size_t end = span_find(in, 0, span_text("\n1000\n"));

		bool packed = end == SIZE_MAX;

		if (packed)
			end = images[i].format->probe(in, &found).kind ? 0 : found.len * 2 / 3;
		bad = decode_disk(images[i].format, span_head(in, end), &found, LIMIT, &out);
		assert_true(bad.kind == FAULT_SHORT || bad.kind == FAULT_BROKEN);
		if (!packed)
			assert_memory_equal(out.p, plain.p, 1000);
		sink_free(&out);
		sample_free(in);
	}
	sample_free(plain);
}

static void says_why_a_disk_cannot_be_given(void **state)
{
	static const struct {
		const char *file, *what;
		const struct format *format;
		uint32_t at, bytes;
		uint64_t value;
		bool big;
		enum fault_kind kind;
	} odd[] = {
		{ "disk/luks.qcow2.gz", "LUKS", &format_qcow2, 0, 0, 0, true, FAULT_ENCRYPTED },
		{ "disk/over.qcow2.gz", "backing file", &format_qcow2, 0, 0, 0, true,
		  FAULT_UNKNOWN },
		{ "disk/v3.qcow2.gz", "external data file", &format_qcow2, 72, 8, 4, true,
		  FAULT_UNKNOWN },
		{ "disk/v3.qcow2.gz", "incompatible features", &format_qcow2, 72, 8, 1ull << 40,
		  true, FAULT_UNKNOWN },
		{ "disk/v3.qcow2.gz", "marked as corrupt", &format_qcow2, 72, 8, 2, true,
		  FAULT_BROKEN },
		{ "disk/zstd.qcow2.gz", "compression", &format_qcow2, 104, 1, 9, true,
		  FAULT_UNKNOWN },
		{ "disk/dynamic.vdi.gz", "disk over another one", &format_vdi, 76, 4, 4, false,
		  FAULT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct span in = read_image(odd[i].file);
		struct found found;
		struct sink out;
		struct fault bad;

		(odd[i].big ? put_be : put_le)(sample_bytes(in) + odd[i].at, odd[i].value,
					       (int)odd[i].bytes);
		bad = decode_disk(odd[i].format, in, &found, LIMIT, &out);
		assert_int_equal(bad.kind, odd[i].kind);
		assert_string_equal(bad.what, odd[i].what);
		assert_true(found.proof > PROOF_PLAUSIBLE);
		sink_free(&out);
		sample_free(in);
	}
}

static void a_vmdk_over_another_one_is_said(void **state)
{
	struct span in = sample_unzipped("disk/sparse.vmdk.gz");
	size_t at = span_find(in, 0, span_text("parentCID="));
	struct found found;
	struct sink out;

	(void)state;
	assert_true(at < in.n);
	memcpy(sample_bytes(in) + at + 10, "12345678", 8);
	assert_string_equal(decode_disk(&format_vmdk, in, &found, LIMIT, &out).what,
			    "disk over another one");
	sink_free(&out);
	sample_free(in);
}

/* As QEMU writes it for a disk in two files. */
static void a_descriptor_says_that_its_extents_are_elsewhere(void **state)
{
	uint8_t image[1024] = "# Disk DescriptorFile\nversion=1\nCID=be8b1de4\n"
			      "parentCID=ffffffff\ncreateType=\"twoGbMaxExtentFlat\"\n\n"
			      "# Extent description\nRW 4192256 FLAT \"a-f001.vmdk\" 0\n"
			      "RW 512 FLAT \"a-f002.vmdk\" 0\n\nddb.adapterType = \"ide\"\n";
	struct span in = { image, sizeof(image) };
	struct found found = { 0 };

	(void)state;
	image[600] = 1; /* what follows is not the descriptor's */
	assert_int_equal(format_vmdktext.probe(in, &found).kind, FAULT_NONE);
	assert_int_equal(found.len, 512);
	assert_string_equal(found.label, "twoGbMaxExtentFlat, 2 extents in other files");
	assert_int_equal(format_vmdktext.probe(span_head(in, 100), &found).kind, FAULT_UNKNOWN);
}

static void a_fixed_vhd_is_a_footer_behind_its_disk(void **state)
{
	struct span in = sample_unzipped("disk/fixed.vhd.gz");
	struct found found;
	struct sink out;

	(void)state;
	assert_int_equal(format_vhd.probe(in, &found).kind, FAULT_UNKNOWN);
	assert_int_equal(decode_disk(&format_vhd, span_from(in, DISK), &found, LIMIT, &out).kind,
			 FAULT_NONE);
	assert_string_equal(found.label, "fixed, footer, disk of 262144");
	assert_int_equal(found.len, 512);
	assert_int_equal(out.n, 0);
	sink_free(&out);
	sample_free(in);
}

static void says_that_a_checksum_is_wrong(void **state)
{
	struct span in = sample_read("simg/small.simg");
	struct found found;
	struct sink out;

	(void)state;
	sample_bytes(in)[100] ^= 1;
	assert_string_equal(decode_disk(&format_simg, in, &found, LIMIT, &out).what, "CRC-32");
	assert_int_equal(out.n, DISK);
	sink_free(&out);
	sample_free(in);
	in = sample_unzipped("disk/dynamic.vhd.gz");
	sample_bytes(in)[100] ^= 1;
	assert_string_equal(format_vhd.probe(in, &found).what, "footer checksum");
	sample_free(in);
}

static void a_chunk_of_nothing_reads_as_zeros(void **state)
{
	uint8_t image[28 + 12 + 12] = { 0 };
	struct span in = { image, sizeof(image) };
	struct found found;
	struct sink out;

	(void)state;
	put_le(image, 0xed26ff3a, 4);
	put_le(image + 4, 1, 2);
	put_le(image + 8, 28, 2);
	put_le(image + 10, 12, 2);
	put_le(image + 12, 4096, 4);
	put_le(image + 16, 3, 4);
	put_le(image + 20, 2, 4);
	for (int i = 0; i < 2; i++) {
		put_le(image + 28 + 12 * i, 0xcac3, 2);
		put_le(image + 32 + 12 * i, 1 + (uint64_t)i, 4);
		put_le(image + 36 + 12 * i, 12, 4);
	}
	assert_int_equal(decode_disk(&format_simg, in, &found, LIMIT, &out).kind, FAULT_NONE);
	assert_int_equal(found.proof, PROOF_STRUCTURE);
	assert_int_equal(out.n, 3 * 4096);
	sink_free(&out);
	put_le(image + 16, UINT32_MAX, 4);
	put_le(image + 32, UINT32_MAX, 4); /* 16 TiB of nothing */
	assert_int_equal(decode_disk(&format_simg, in, &found, LIMIT, &out).kind, FAULT_LIMIT);
	assert_int_equal(out.n, LIMIT);
	sink_free(&out);
}

/* All tables lead to one cluster: the disk that comes out stays in proportion to the image. */
static void clusters_used_again_and_again_meet_a_limit(void **state)
{
	struct span in = sample_unzipped("disk/v3.qcow2.gz");
	uint64_t l1 = span_u64(in, 40, true), l2 = span_u64(in, l1, true) & 0xfffffffffe00;
	struct found found;
	struct sink out;

	(void)state;
	put_be(sample_bytes(in) + 24, 1ull << 40, 8);
	for (uint32_t i = 0; i < 512; i++) {
		put_be(sample_bytes(in) + l2 + i * 8, l2, 8);
		if (i < 16)
			put_be(sample_bytes(in) + l1 + i * 8, l2, 8);
	}
	put_be(sample_bytes(in) + 36, 16, 4);
	assert_string_equal(decode_disk(&format_qcow2, in, &found, 1u << 30, &out).what,
			    "blocks used more than once");
	assert_true(out.n < 8 * in.n);
	sink_free(&out);
	sample_free(in);
}

static void grains_out_of_order_end_a_stream(void **state)
{
	/* A header whose directory stands in the footer, then two markers. */
	uint8_t image[5 * 512] = "KDMV";
	struct span in = { image, sizeof(image) };
	static const uint8_t packed[] = { 0x78, 0x9c, 0xed, 0xc1, 0x01, 0x0d, 0x00, 0x00, 0x00,
					  0xc2, 0xa0, 0xf7, 0x4f, 0x6d, 0x0f, 0x07, 0x14, 0x00,
					  0x00, 0x00, 0xf0, 0x6e, 0x10, 0x00, 0x00, 0x01 };
	struct found found;
	struct sink out;

	(void)state;
	put_le(image + 4, 3, 4);
	put_le(image + 8, 0x30001, 4);
	put_le(image + 12, 24, 8); /* sectors of the disk */
	put_le(image + 20, 8, 8);
	put_le(image + 44, 512, 4);
	put_le(image + 56, UINT64_MAX, 8);
	put_le(image + 64, 1, 8);
	put_le(image + 77, 1, 2);
	for (int i = 0; i < 2; i++) {
		put_le(image + 512 * (1 + i), 8 + 8 * (uint64_t)i, 8);
		put_le(image + 512 * (1 + i) + 8, sizeof(packed), 4);
		memcpy(image + 512 * (1 + i) + 12, packed, sizeof(packed));
	}
	assert_int_equal(decode_disk(&format_vmdk, in, &found, LIMIT, &out).kind, FAULT_NONE);
	assert_int_equal(found.len, 4 * 512); /* a marker of zeros ends it */
	assert_int_equal(found.proof, PROOF_STRUCTURE);
	assert_int_equal(out.n, 24 * 512);
	sink_free(&out);
	put_le(image + 512 * 2, 8, 8); /* the same grain again */
	assert_string_equal(decode_disk(&format_vmdk, in, &found, LIMIT, &out).what,
			    "order of grains");
	sink_free(&out);
	memset(image + 512 * 3, 0xff, 1024); /* no end */
	put_le(image + 12, 32, 8);
	put_le(image + 512 * 2, 16, 8);
	assert_int_equal(decode_disk(&format_vmdk, in, &found, LIMIT, &out).kind, FAULT_SHORT);
	assert_int_equal(found.len, sizeof(image));
	assert_int_equal(out.n, 32 * 512);
	sink_free(&out);
}

/* Every entry of the directory leads to one table: a probe that followed them all would never end.
 */
static void tables_used_again_and_again_end_the_search(void **state)
{
	const size_t size = 1u << 20;
	struct span in = with_room((struct span){ malloc(1), 0 }, size);
	uint8_t *p = sample_bytes(in);
	struct found found;

	(void)state;
	memcpy(p, "KDMV", 4);
	put_le(p + 4, 1, 4);
	put_le(p + 12, (uint64_t)200000 * 4096 * 8, 8);
	put_le(p + 20, 8, 8);
	put_le(p + 44, 4096, 4);
	put_le(p + 56, 1, 8);
	put_le(p + 64, 1, 8);
	for (size_t at = 512; at < size; at += 4)
		put_le(p + at, 1, 4);
	assert_int_equal(format_vmdk.probe(in, &found).kind, FAULT_NONE);
	assert_int_equal(found.len, size);
	sample_free(in);
}

static void harm(const struct format *f, struct span in)
{
	struct found found;
	struct sink out;

	decode_disk(f, in, &found, LIMIT, &out);
	sink_free(&out);
}

/* The fuzzer had not met it: a chunk that repeats four bytes, of which some are missing. */
static void a_cut_fill_chunk_is_said(void **state)
{
	uint8_t image[28 + 12 + 4096 + 16] = { 0x3a, 0xff, 0x26, 0xed, 1, 0, 0, 0, 28, 0, 12 };
	struct guarded g = guarded_new(sizeof(image));

	(void)state;
	put_le(image + 12, 4096, 4);
	put_le(image + 16, 2, 4);
	put_le(image + 20, 2, 4);
	put_le(image + 28, 0xcac1, 2);
	put_le(image + 32, 1, 4);
	put_le(image + 36, 12 + 4096, 4);
	put_le(image + 40 + 4096, 0xcac2, 2);
	put_le(image + 44 + 4096, 1, 4);
	put_le(image + 48 + 4096, 16, 4);
	for (size_t n = sizeof(image) - 4; n <= sizeof(image); n++) {
		struct found found;
		struct sink out;
		struct fault bad =
			decode_disk(&format_simg, guarded_copy(g, (struct span){ image, n }),
				    &found, LIMIT, &out);

		assert_int_equal(bad.kind, n < sizeof(image) ? FAULT_SHORT : FAULT_NONE);
		assert_int_equal(out.n, n < sizeof(image) ? 4096 : 8192);
		sink_free(&out);
	}
	guarded_free(g);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	static const uint64_t values[] = { 0, UINT64_MAX, 1ull << 63, 0x8000000080000000 };

	(void)state;
	for (size_t i = 0; i < IMAGES; i++) {
		struct span in = read_image(images[i].file);
		struct guarded g = guarded_new(in.n);
		uint8_t *bytes = sample_bytes(in), kept[8];

		for (size_t n = 0; n < in.n; n += n < 700 ? 7 : 4099)
			harm(images[i].format, guarded_copy(g, span_head(in, n)));
		for (size_t n = 0; n < 1600 && n + 8 <= in.n; n += 4) {
			memcpy(kept, bytes + n, 8);
			for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
				put_be(bytes + n, values[k], 8);
				harm(images[i].format, in);
			}
			memcpy(bytes + n, kept, 8);
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_image_gives_the_same_disk),
		cmocka_unit_test(lengths_are_exact),
		cmocka_unit_test(a_limit_is_met_and_said),
		cmocka_unit_test(an_image_that_is_cut_gives_what_it_has),
		cmocka_unit_test(says_why_a_disk_cannot_be_given),
		cmocka_unit_test(a_vmdk_over_another_one_is_said),
		cmocka_unit_test(a_descriptor_says_that_its_extents_are_elsewhere),
		cmocka_unit_test(a_fixed_vhd_is_a_footer_behind_its_disk),
		cmocka_unit_test(says_that_a_checksum_is_wrong),
		cmocka_unit_test(a_chunk_of_nothing_reads_as_zeros),
		cmocka_unit_test(clusters_used_again_and_again_meet_a_limit),
		cmocka_unit_test(grains_out_of_order_end_a_stream),
		cmocka_unit_test(tables_used_again_and_again_end_the_search),
		cmocka_unit_test(a_cut_fill_chunk_is_said),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
