/* linksys.c - headers of Linksys, Belkin and Asus, and of Sercomm, who builds for several. */
#include "unit/format/header_table.h"

static const struct header_sample samples[] = {
	{ "linksys-footer", "broadband/good.linksys", "MX4200, cksum A9353C42", .parts = 0 },
	{ "linksys-chdr", "broadband/good.chdr", "", .parts = 1 },
	{ "belkin", "broadband/good.belkin", "IMG-1.01.02.02", .parts = 1 },
	{ "asus-tail", "broadband/good.asustail", "GT-AC5300 3.0.0.4.384", .open_end = true },
	{ "asus-footer", "broadband/good.asusfooter", "build 388.51234", .parts = 0 },
	{ "trx", "broadband/good.asustrx", "v1", .parts = 3 },
	{ "sercomm", "broadband/good.sercomm", "A001 1 version 257", .parts = 1, .open_end = true,
	  .may_be_whole = true },
	{ "sercomm", "broadband/good-footer.sercomm", "A001 1 version 257", .parts = 1 },
	{ "sercomm-payload", "broadband/good.sercommpayload",
	  "hardware 0001000043504A, software 1001", .parts = 1, .open_end = true },
	{ "sercomm-factory", "broadband/good.sercommfactory",
	  "hardware 0001000043504A, software 1001", .parts = 3 },
	{ "sercomm-part", "broadband/good.sercommpart", "version 1001", .parts = 1 },
	{ "sercomm-kernel", "broadband/good.sercommkernel",
	  "kernel at 0x400100, rootfs at 0x1000000", .parts = 1, .may_be_whole = true },
	{ "sercomm-encrypted", "broadband/good.sercommenc",
	  "version 1001, AES-256-CBC, key from the header",
	  .plain = "broadband/good.sercommpayload" },
};

static const struct header_change changes[] = {
	{ "linksys-footer", "broadband/good.linksys", 100, NULL },
	{ "linksys-chdr", "broadband/good.chdr", 12, NULL },
	{ "linksys-chdr", "broadband/good.chdr", 8, "CRC-32" },
	{ "linksys-chdr", "broadband/good.chdr", 200, "CRC-32" },
	{ "belkin", "broadband/good.belkin", 10, NULL }, /* time, under the CRC */
	{ "belkin", "broadband/good.belkin", 200, "CRC-32 of the data" },
	{ "asus-tail", "broadband/good.asustail", 22, NULL },
	{ "asus-footer", "broadband/good.asusfooter", 13, NULL },
	{ "sercomm", "broadband/good.sercomm", 63, NULL },
	{ "sercomm", "broadband/good.sercomm", 600, "sum of bytes" },
	{ "sercomm-payload", "broadband/good.sercommpayload", 0x30, NULL },
	{ "sercomm-payload", "broadband/good.sercommpayload", 300, "SHA-256" },
	{ "sercomm-factory", "broadband/good.sercommfactory", 0x72, NULL },
	{ "sercomm-factory", "broadband/good.sercommfactory", 1100, "MD5" },
	{ "sercomm-part", "broadband/good.sercommpart", 34, NULL },
	{ "sercomm-kernel", "broadband/good.sercommkernel", 100, NULL },
	{ "sercomm-kernel", "broadband/good.sercommkernel", 300, "CRC-32 of the kernel" },
	{ "sercomm-encrypted", "broadband/good.sercommenc", 35, "content" }, /* the key */
	{ "sercomm-encrypted", "broadband/good.sercommenc", 130, NULL },
};

HEADER_CASES(samples, changes)

static void tells_product_and_version_of_an_asus_tail(void **state)
{
	struct span in = sample_read("broadband/good.asustrx");
	struct opened o;

	(void)state;
	opened_init(&o, format_named("trx"), in);
	assert_true(span_is(o.l.entries[2].name, "Asus RT-AC68U 3.0.0.4"));
	assert_int_equal(o.l.entries[2].length, 64);
	assert_int_equal(o.l.entries[1].length, 136);
	opened_free(&o);
	sample_bytes(in)[in.n - 1] = 1; /* then it is data */
	opened_init(&o, format_named("trx"), in);
	assert_int_equal(o.l.count, 2);
	opened_free(&o);
	sample_free(in);
}

static void takes_nothing_but_broadcoms_foot_behind_an_asus_tail(void **state)
{
	struct span tail = sample_read("broadband/good.asustail");
	uint8_t both[84] = { 0 };
	struct span in = { both, sizeof(both) };
	struct found f = { 0 };

	(void)state;
	memcpy(both, tail.p, 64);
	memcpy(both + 64 + 4, "\x32\x57", 2);
	assert_int_equal(format_named("asus-tail")->probe(in, &f).kind, FAULT_NONE);
	assert_int_equal(f.len, 64);
	assert_int_not_equal(format_named("asus-tail")->probe(span_head(in, 83), &f).kind,
			     FAULT_NONE);
	refuses_once_changed("asus-tail", in, 64 + 5); /* version */
	sample_free(tail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HEADER_TESTS,
		cmocka_unit_test(tells_product_and_version_of_an_asus_tail),
		cmocka_unit_test(takes_nothing_but_broadcoms_foot_behind_an_asus_tail),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
