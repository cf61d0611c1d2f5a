/* buffalo.c - headers of Buffalo and Edimax, and of kernels for the boot loaders of AVM and TI. */
#include "unit/format/header_table.h"

#include "format/sums.h"

#define UIMAGE "headers/good-kernel.uimage"

static const struct header_sample samples[] = {
	{ "buffalo-enc", "broadband/good.buffaloenc", "WZR-HP-AG300H 1.99, RC4, published key",
	  .plain = UIMAGE, .may_be_whole = true },
	{ "buffalo-enc", "broadband/good-long.buffaloenc",
	  "WZR-HP-AG300H 1.99, RC4 in the long form, published key", .plain = UIMAGE,
	  .may_be_whole = true },
	{ "buffalo-tag", "broadband/good.buffalotag", "WZR-HP-AG300H 1.99 1.01 M_", .parts = 1 },
	{ "buffalo-tag", "broadband/good-two.buffalotag", "WZR-HP-AG300H 1.99 1.01 M_",
	  .parts = 2 },
	{ "buffalo-tag", "broadband/good-dhp.buffalotag", "WZR-HP-AG300H 1.99 1.01 M_",
	  .parts = 1 },
	{ "buffalo-dhp", "broadband/good.bgn", "", .parts = 1 },
	{ "dni", "broadband/good.buffalodni", "BHR-4GRV2 0.00_0.00", .parts = 2, .open_end = true,
	  .may_be_whole = true }, /* one sum in 256 is right */
	{ "edimax", "broadband/good.edimax", "BR-6475ND 1.0", .parts = 1 },
	{ "csys", "broadband/good.csys", "RN52", .parts = 2 },
	{ "csys", "broadband/good-big.csys", "RN52", .parts = 2 },
	{ "csys-adm", "broadband/good.csysadm", "", .parts = 2 },
	{ "eva", "broadband/good.eva", "LZMA", .plain = "broadband/plain.eva" },
	{ "eva-dual", "broadband/good.evadual", "two kernels", .parts = 2 },
	{ "titan", "broadband/good.titan", "nsp", .parts = 2 },
	{ "ti-cksum", "broadband/good.ticksum", "1addfbb9", .open_end = true },
};

static const struct header_change changes[] = {
	{ "dni", "broadband/good.buffalodni", 126, NULL },
	{ "dni", "broadband/good.buffalodni", 200, "sum of bytes" },
	{ "buffalo-enc", "broadband/good.buffaloenc", 7, NULL }, /* length */
	{ "buffalo-enc", "broadband/good.buffaloenc", 12, NULL },
	{ "buffalo-enc", "broadband/good.buffaloenc", 100, "checksum" },
	{ "buffalo-enc", "broadband/good-long.buffaloenc", 100, "checksum" },
	{ "buffalo-tag", "broadband/good.buffalotag", 139, NULL },
	{ "buffalo-tag", "broadband/good.buffalotag", 300, "cksum" },
	{ "buffalo-tag", "broadband/good-two.buffalotag", 300, "cksum" },
	{ "buffalo-dhp", "broadband/good.bgn", 300, "cksum" },
	{ "edimax", "broadband/good.edimax", 20, NULL },
	{ "edimax", "broadband/good.edimax", 300, "sum of the data" },
	{ "csys", "broadband/good.csys", 18, "length" },
	{ "csys", "broadband/good.csys", 300, "sum of the data" },
	{ "csys", "broadband/good-big.csys", 300, "sum of the data" },
	{ "csys-adm", "broadband/good.csysadm", 300, "sum of the data" },
	{ "eva", "broadband/good.eva", 14, NULL },
	{ "eva", "broadband/good.eva", 25, "CRC-32 of the packed bytes" },
	{ "eva", "broadband/good.eva", 620, "sum of the record" },
	{ "eva-dual", "broadband/good.evadual", 25, NULL },
	{ "titan", "broadband/good.titan", 184, NULL }, /* size of an entry */
	{ "titan", "broadband/good.titan", 300, "cksum of a section" },
	{ "titan", "broadband/good.titan", 34, "length" }, /* of the file */
};

HEADER_CASES(samples, changes)

/* cksum of coreutils, and the catalogue's value of the CRC. */
static void sums_as_cksum_does(void **state)
{
	struct span nine = span_text("123456789"),
		    parts[] = { span_text("1234"), span_text("56789") };

	(void)state;
	assert_int_equal(cksum_of(&nine, 1), 930766865);
	assert_int_equal(cksum_of(parts, 2), 930766865);
	assert_int_equal(~crc32_msb(~0u, nine), 0xfc891918);
}

int main(void)
{
	const struct CMUnitTest tests[] = { HEADER_TESTS, cmocka_unit_test(sums_as_cksum_does) };

	return cmocka_run_group_tests(tests, set_up, NULL);
}
