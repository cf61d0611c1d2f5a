/* otherfs.c - superblocks of JFS and ReiserFS against the first bytes of what their mkfs made; of
 * HFS+, APFS and QNX6 laid out here as documented. */
#include "unit/format/disk_tree.h"

extern const struct format format_jfs, format_reiserfs, format_hfsplus, format_apfs, format_qnx6;

#define KIB 1024u
#define MIB (1024u * KIB)

static struct span empty(size_t n)
{
	uint8_t *p = calloc(1, n);

	assert_non_null(p);
	return (struct span){ p, n };
}

static struct span jfs(void)
{
	struct span in = sample_unzipped("otherfs/jfs.gz");

	return with_room(in, 16 * MIB - in.n);
}

static struct span reiserfs(void)
{
	struct span in = sample_unzipped("otherfs/reiserfs.gz");

	return with_room(in, 40 * MIB - in.n);
}

static struct span hfsplus(void)
{
	struct span in = empty(400 * KIB);
	uint8_t *p = sample_bytes(in) + 1024;

	memcpy(p, "H+\x00\x04", 4);
	put_be(p + 32, 7, 4);
	put_be(p + 40, 4096, 4);
	put_be(p + 44, 100, 4);
	put_be(p + 48, 60, 4);
	memcpy(sample_bytes(in) + in.n - 1024, p, 512);
	return in;
}

/* Fletcher's sums as the reference defines them: with the checksum behind the words both are zero.
 */
static struct span apfs(void)
{
	struct span in = empty(256 * KIB);
	uint8_t *p = sample_bytes(in);
	uint64_t low = 0, high = 0, first;

	memcpy(p + 32, "NXSB", 4);
	put_le(p + 36, 4096, 4);
	put_le(p + 40, 64, 8);
	for (size_t i = 8; i < 4096; i += 4) {
		low += span_u32(in, i, false);
		high += low;
	}
	first = UINT32_MAX - (low % UINT32_MAX + high % UINT32_MAX) % UINT32_MAX;
	put_le(p, first, 4);
	put_le(p + 4, UINT32_MAX - (low % UINT32_MAX + first) % UINT32_MAX, 4);
	return in;
}

/* Gives the superblock its sum. */
static void qnx6_seal(uint8_t *p)
{
	uint32_t crc = 0;

	for (size_t i = 8 * 8; i < 512 * 8; i++) { /* by single bits, as a shift register */
		uint32_t bit = p[i / 8] >> (7 - i % 8) & 1;

		crc = crc << 1 ^ ((crc >> 31 ^ bit) ? 0x04c11db7 : 0);
	}
	put_le(p + 4, crc, 4);
}

static struct span qnx6(void)
{
	struct span in = empty(16 * KIB + 100 * KIB);
	uint8_t *p = sample_bytes(in) + 8192;

	put_le(p, 0x68191122, 4);
	put_le(p + 48, 1024, 4);
	put_le(p + 60, 100, 4);
	qnx6_seal(p);
	return in;
}

static const struct volume {
	struct span (*make)(void);
	const struct format *format;
	const char *label;
	enum proof proof;
	size_t super;
	const char *obstacle; /* of what is nothing but a superblock */
} volumes[] = {
	{ jfs, &format_jfs, "version 1, 16777216 bytes, small", PROOF_STRUCTURE, 0x8000,
	  "inode number" },
	{ reiserfs, &format_reiserfs, "version 3.6, 41943040 bytes, small", PROOF_STRUCTURE, 65536,
	  "inode" },
	{ hfsplus, &format_hfsplus, "HFS+, 7 files, 409600 bytes", PROOF_STRUCTURE, 1024,
	  "root of the catalog" },
	{ apfs, &format_apfs, "blocks of 4096, 262144 bytes", PROOF_CHECKSUM, 0,
	  "contents of this file system" },
	{ qnx6, &format_qnx6, "little-endian, 118784 bytes", PROOF_CHECKSUM, 8192, "inode number" },
};

#define VOLUMES (sizeof(volumes) / sizeof(volumes[0]))

static void knows_size_and_name_of_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		const struct volume *v = &volumes[i];
		struct span in = v->make();
		size_t size = in.n;
		struct opened o;

		in = with_room(in, 5000);
		opened_init(&o, v->format, in);
		assert_int_equal(o.refused.kind, FAULT_NONE);
		assert_int_equal(o.found.len, size);
		assert_int_equal(o.found.proof, v->proof);
		assert_string_equal(o.found.label, v->label);
		assert_string_equal(o.fault.kind ? o.fault.what : o.l.entries[0].fault.what,
				    v->obstacle);
		opened_free(&o);
		opened_init(&o, v->format, span_head(in, v->super + 8192)); /* the rest is cut */
		assert_int_equal(o.found.len, v->super + 8192);
		opened_free(&o);
		sample_free(in);
	}
}

static void refuses_fields_that_make_no_volume(void **state)
{
	static const struct {
		uint32_t volume, at, bytes;
		uint64_t value;
	} wrong[] = {
		{ 0, 4, 4, 3 },    { 0, 8, 8, 0 },           { 0, 8, 8, UINT64_MAX },
		{ 0, 16, 4, 100 }, { 0, 20, 2, 40 },         { 0, 24, 4, 3 },
		{ 1, 0, 4, 3 },    { 1, 4, 4, UINT32_MAX },  { 1, 8, 4, UINT32_MAX },
		{ 1, 44, 2, 0 },   { 1, 44, 2, 3000 },       { 2, 40, 4, 0 },
		{ 2, 44, 4, 0 },   { 2, 48, 4, UINT32_MAX }, { 2, 44, 4, 0x32000000 },
		{ 3, 36, 4, 0 },   { 3, 40, 8, 0 },          { 3, 100, 1, 1 },
		{ 4, 100, 1, 1 },  { 4, 4, 4, 0 },
	};
	struct found f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct volume *v = &volumes[wrong[i].volume];
		struct span in = v->make();

		put_le(sample_bytes(in) + v->super + wrong[i].at, wrong[i].value,
		       (int)wrong[i].bytes);
		if (v->format->probe(in, &f).kind == FAULT_NONE)
			fail_msg("%s with %u changed", v->format->name, wrong[i].at);
		sample_free(in);
	}
}

/* Five levels of tables of 64 KiB reach further than 64 bits can count. */
static void qnx6_counts_what_its_levels_reach(void **state)
{
	struct span in = empty(16 * KIB + 100 * KIB);
	uint8_t *p = sample_bytes(in) + 8192;
	struct found f;

	(void)state;
	put_le(p, 0x68191122, 4);
	put_le(p + 48, 65536, 4);
	put_le(p + 60, 1, 4);
	put_le(p + 72, 128, 8);
	p[72 + 72] = 3;
	qnx6_seal(p);
	assert_int_equal(format_qnx6.probe(in, &f).kind, FAULT_NONE);
	p[72 + 72] = 5;
	qnx6_seal(p);
	assert_string_equal(format_qnx6.probe(in, &f).what, "levels of pointers");
	open_anyhow(&format_qnx6, in);
	sample_free(in);
}

static void cuts_and_flips_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < VOLUMES; i++) {
		struct span in = volumes[i].make();
		size_t from = volumes[i].super;
		struct guarded g = guarded_new(from + 4096);
		uint8_t *p = sample_bytes(in);

		for (size_t n = from; n < from + 520; n++) {
			uint8_t kept = p[n];

			open_anyhow(volumes[i].format, guarded_copy(g, span_head(in, n)));
			p[n] = (uint8_t)~kept;
			open_anyhow(volumes[i].format, in);
			p[n] = kept;
		}
		guarded_free(g);
		sample_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_size_and_name_of_each),
		cmocka_unit_test(refuses_fields_that_make_no_volume),
		cmocka_unit_test(qnx6_counts_what_its_levels_reach),
		cmocka_unit_test(cuts_and_flips_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
